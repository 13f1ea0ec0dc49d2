//! One chat bot on Telegram and Discord: what a bot author depends on.

#![warn(missing_docs)]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
pub mod prelude;
pub mod words;

pub use duologue_core::command::{
    Argument, ArgumentError, ArgumentKind, ArgumentSpec, ArgumentValue, Arguments, Choice, ChoiceSpec,
    Command, CommandSpec, Order, Problem, Rest, UsageError, parse_duration,
};
pub use duologue_core::content::{
    self, Block, Button, ButtonStyle, Content, Fallback, Inline, Inlines, Media, MediaSource, Span, Style,
    StyledText,
};
pub use duologue_core::{
    AccountId, Adapter, Admission, Attachment, AttachmentKind, Became, ButtonAction, ButtonCall, ButtonValue,
    Capabilities, Chat, ChatId, ChatKind, CommandCall, CommandInput, Context, Conversation, Ended, Engine,
    EngineConfig, EngineHandle, Event, EventId, EventKind, ExecutorConfig, FileRef, HandlerError, Identity,
    IntoReply, LimitScope, Live, Loss, MemberChange, MemberStatus, Message, MessageId, MessageRef,
    NetworkHealth, NetworkId, Other, Press, Priority, Raw, Reaction, Receipt, Reply, Retry, Router, Secret,
    SendError, SendErrorKind, Sender, Source, SourceError, SourceStatus, Support, Tasks, ThreadId, User,
    UserId,
};
pub use duologue_macros::{Button, Choice, command};
