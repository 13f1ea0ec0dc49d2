//! One chat bot on Telegram and Discord: what a bot author depends on.

#![warn(missing_docs)]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod app;
mod config;
mod error;
mod log;
pub mod prelude;
pub mod words;

pub use self::app::{App, Bot};
pub use self::config::{
    Config, ConfigError, ConfigProblem, DEFAULT_DATA, DEFAULT_FILE, DEFAULT_SANDBOX_PORT, DiscordSettings,
    Environment, LogFormat, LogSettings, SandboxSettings, TelegramSettings,
};
pub use self::error::{Error, Result};
pub use self::log::init_logging;

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
    Inbox, IntoReply, LimitScope, Live, Loss, MemberChange, MemberStatus, Message, MessageId, MessageRef,
    NetworkHealth, NetworkId, Other, Press, Priority, Raw, Reaction, Receipt, Reply, Retry, Router, Secret,
    SendError, SendErrorKind, Sender, Source, SourceError, SourceStatus, Support, Tasks, ThreadId, User,
    UserId,
};
pub use duologue_macros::{Button, Choice, command};
pub use tokio_util::sync::CancellationToken;

#[cfg(feature = "discord")]
pub use duologue_discord as discord;
#[cfg(feature = "sandbox")]
pub use duologue_sandbox as sandbox;
#[cfg(feature = "telegram")]
pub use duologue_telegram as telegram;
