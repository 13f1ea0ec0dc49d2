//! The heart of Duologue: the words of a chat bot as types, the executor, routing, rendering and rate limits.
//!
//! This crate opens no socket and knows no network by name. An adapter implements [`Source`] and [`Sender`]; a bot
//! implements handlers; [`Engine`] joins and runs them.
//!
//! ```
//! use duologue_core::testing::Paper;
//! use duologue_core::{Context, Engine, EngineConfig, Message, Router};
//! use tokio_util::sync::CancellationToken;
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! let mut router = Router::new();
//! router.text(|_: Context, message: Message| async move { format!("You said: {}", message.text.text) });
//!
//! // A network that exists only in memory; a bot has Telegram and Discord here.
//! let paper = Paper::new();
//! let engine = Engine::new(EngineConfig::default(), router, vec![paper.adapter()]);
//! let stop = CancellationToken::new();
//! let chat = async {
//!     paper.text("anna", "hello");
//!     assert_eq!(paper.heard(1).await, ["You said: hello"]);
//!     stop.cancel();
//! };
//! let (ended, ()) = tokio::join!(engine.run(stop.clone()), chat);
//! assert_eq!((ended.unhandled, ended.unsent), (0, 0));
//! # }
//! ```

#![warn(missing_docs)]

mod action;
mod adapter;
mod capabilities;
mod clock;
pub mod command;
pub mod content;
mod context;
mod durable;
mod engine;
mod errand;
mod error;
mod event;
mod executor;
mod id;
mod inbox;
pub mod jobs;
mod live;
pub mod metrics;
mod outbox;
mod press;
mod receipt;
pub mod render;
mod reply;
mod router;
mod secret;
pub mod state;
pub mod store;
pub mod task;
pub mod tasks;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod words;

pub use self::action::{Action, Operation, Part, Priority, Send, SendOperation, WireButton};
pub use self::adapter::{Adapter, FileStream, Identity, Performed, Registered, Sender, Source, SourceError};
pub use self::capabilities::{
    ButtonLimits, Capabilities, CommandRules, FileLimits, Markup, NameCharacters, OptionRules, Pace, Rate,
    Support, TextLimits, TextUnit,
};
pub use self::clock::Clock;
pub use self::context::Context;
pub use self::durable::INBOX_BOUND;
pub use self::engine::{Ended, Engine, EngineConfig, EngineHandle, NetworkHealth, SILENCE};
pub use self::errand::send_once;
pub use self::error::{LimitScope, Retry, SendError, SendErrorKind};
pub use self::event::{
    Attachment, AttachmentKind, ChatKind, CommandCall, CommandInput, Event, EventKind, FileRef, MemberChange,
    MemberStatus, Message, Native, OptionValue, Other, Press, Raw, Reaction, ReplyToken, Stop, User,
};
pub use self::executor::{ExecutorConfig, QUANTUM_EVENTS, QUANTUM_TIME};
pub use self::id::{
    AccountId, Chat, ChatId, Conversation, EventId, MessageId, MessageRef, NetworkId, Person, ServerId,
    ThreadId, UserId,
};
pub use self::inbox::{Admission, Inbox, Intake, Offered, SourceStatus};
pub use self::live::Live;
pub use self::outbox::{CHAT_QUEUE_BOUND, KEPT_PATIENCE, OUTBOX_BOUND, PATIENCE};
pub use self::press::{BUTTON_LIFETIME, BUTTONS_KEPT, ButtonAction, ButtonCall, ButtonValue, TOKEN_BYTES};
pub use self::receipt::{Became, Loss, Receipt};
pub use self::reply::{HandlerError, IntoReply, Reply};
pub use self::router::Router;
pub use self::secret::Secret;
pub use self::task::{
    Backends, Canceller, Child, InputFile, Lane, LaneLimits, LaneLoad, Limit, Pipeline, Progress, Task,
    TaskContext, TaskError, TaskFile, TaskId, TaskLimits, Unit,
};
