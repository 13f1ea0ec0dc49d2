//! One chat bot on Telegram and Discord: what a bot author depends on.
//!
//! A command is an async function. It is a slash command with typed options on Discord, and `/roll 3 d20` with the same
//! checks on Telegram. Without a token the bot runs in a sandbox of both networks, with a page to chat in.
//!
//! ```no_run
//! use duologue::prelude::*;
//!
//! /// Say hello.
//! #[command]
//! async fn hello(ctx: Context) -> String {
//!     let name = ctx.user().map_or("you", |user| user.name.as_str());
//!     format!("Hello {name}!")
//! }
//!
//! #[duologue::main]
//! async fn main() -> duologue::Result {
//!     App::from_env()?.command(hello).run().await
//! }
//! ```
//!
//! # Commands and their arguments
//!
//! [`command`](macro@command) says what a function may look like. The function itself stays and can be called by hand:
//!
//! ```
//! use duologue::prelude::*;
//!
//! /// Add two numbers.
//! #[command]
//! async fn add(one: i32, #[range(0..=10)] other: i32) -> String {
//!     (one + other).to_string()
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! assert_eq!(add::run(2, 3).await, "5");
//! # }
//! ```
//!
//! # Answers and errors
//!
//! A handler returns whatever is an [`IntoReply`]: text, [`Content`], a [`Reply`], nothing, or a `Result` of these. Any
//! error becomes a short apology with an id for the person, and a line with its cause under that id in the log.
//! [`HandlerError::say`] is for what the person can mend:
//!
//! ```
//! use duologue::prelude::*;
//!
//! /// Read a number in any base.
//! #[command]
//! async fn number(digits: String, base: Option<u32>) -> Result<Reply, HandlerError> {
//!     let base = base.unwrap_or(16);
//!     if !(2..=36).contains(&base) {
//!         return Err(HandlerError::say("A base is a number from 2 to 36."));
//!     }
//!     let number = u64::from_str_radix(&digits, base)?;
//!     Ok(Reply::new(number.to_string()).ephemeral())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let reply = number::run("ff".to_owned(), None).await.expect("it is a number");
//! assert_eq!(reply.content().expect("it says something").to_plain(), "255");
//! # }
//! ```
//!
//! # Content
//!
//! What a bot says is a tree, never a string of markup: each network shows it as it can, and [`Receipt::losses`] lists
//! what it could not.
//!
//! ```
//! use duologue::prelude::*;
//!
//! let content = Content::new()
//!     .heading("Dinner")
//!     .paragraph([bold("Tonight: "), text("soup")])
//!     .list(["bread", "salt"])
//!     .buttons([Button::link("The recipe", "https://example.org/soup")]);
//! assert_eq!(content.to_plain(), "Dinner\n\nTonight: soup\n\n• bread\n• salt");
//! ```
//!
//! # Buttons that carry values
//!
//! A type with [`Button`](macro@Button) can stand behind a button; its handler gets the value back. On the wire there is
//! a short random token alone.
//!
//! ```
//! use duologue::prelude::*;
//! use duologue::{ButtonAction, ButtonCall};
//!
//! #[derive(Button)]
//! struct Order {
//!     table: u8,
//!     dish: String,
//! }
//!
//! /// See what there is.
//! #[command]
//! async fn menu(table: u8) -> Result<Content, HandlerError> {
//!     let soup = Order { table, dish: "soup".to_owned() };
//!     let soup = Button::with_action("Soup", ButtonAction::Value(ButtonCall::new(&soup)?.once()));
//!     Ok(Content::text("What will it be?").buttons([soup]))
//! }
//!
//! async fn ordered(_ctx: Context, order: Order) -> String {
//!     format!("{} for table {}, coming up", order.dish, order.table)
//! }
//!
//! let app = App::new(duologue::Config::default()).command(menu).press(ordered);
//! # let _ = app;
//! ```
//!
//! # Work that takes long
//!
//! A turn has a deadline, and the next event of the conversation waits for it. [`Context::start`] starts a task, which
//! goes on beside the conversation. It has a card in the chat with a bar, the time left and a button to cancel it, and
//! the card becomes its result.
//!
//! ```
//! use duologue::prelude::*;
//!
//! /// Count the words of a page
//! #[command]
//! async fn words(ctx: Context, page: u32) -> Result<(), HandlerError> {
//!     ctx.start(read::task(page))?;
//!     Ok(())
//! }
//!
//! /// Reading
//! #[task]
//! async fn read(task: TaskContext, page: u32) -> Result<String, TaskError> {
//!     task.text("loading");
//!     tokio::time::sleep(Duration::from_secs(2)).await;
//!     // Much computing, and whatever comes from strangers, is for a worker process with memory of its own.
//!     let number = task.run(count::task(format!("the text of page {page}"))).await?;
//!     Ok(format!("{number} words"))
//! }
//!
//! /// Counting
//! #[task(lane = "process")]
//! fn count(task: &TaskContext, text: String) -> Result<usize, TaskError> {
//!     task.progress(1, 1);
//!     Ok(text.split_whitespace().count())
//! }
//! ```
//!
//! [`task`](macro@task) says what a function may look like, [`TaskContext`] what a task can do: progress, children that
//! end with it, races and pipelines, files. [`App::task_commands`] adds `/tasks` and `/cancel`. [`Context::live`] is the
//! bare message that changes, for a handler that looks after it itself.
//!
//! # Text, and everything else
//!
//! ```
//! use duologue::EventKind;
//! use duologue::prelude::*;
//!
//! let app = App::new(duologue::Config::default())
//!     // What speaks to the bot and is no command.
//!     .text(|_ctx: Context, message: Message| async move { format!("You said: {}", message.text.text) })
//!     // Edits, reactions, members, and what this version has no words for.
//!     .event(|ctx: Context| async move {
//!         match &ctx.event().kind {
//!             EventKind::Reaction(_) => Some("Thank you!"),
//!             _ => None,
//!         }
//!     });
//! # let _ = app;
//! ```
//!
//! # Settings
//!
//! [`App::from_env`] reads variables, `.env` and `config/duologue.toml`; `.env.example` and that file list everything
//! there is. [`App::new`] takes a [`Config`] of one's own:
//!
//! ```
//! use std::time::Duration;
//!
//! use duologue::{App, Config, DiscordSettings, Secret};
//!
//! let mut config = Config {
//!     discord: Some(DiscordSettings {
//!         guild: Some(123_456_789_012_345_678),
//!         ..DiscordSettings::new(Secret::new("..."))
//!     }),
//!     ..Config::default()
//! };
//! config.engine.executor.turn_deadline = Duration::from_secs(5 * 60);
//! let app = App::new(config);
//! # let _ = app;
//! ```
//!
//! # What one network alone can do
//!
//! [`telegram`] and [`discord`] are the adapters themselves. Each has an extension of [`Context`] that leads to its
//! library, with the network's own types. A network of one's own is an [`Adapter`] for [`App::adapter`].

#![warn(missing_docs)]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod app;
mod config;
mod error;
mod log;
mod macros;
pub mod prelude;
pub mod words;

#[cfg(feature = "sandbox")]
pub use self::app::SandboxSite;
pub use self::app::{App, Bot};
pub use self::config::{
    AccessEntry, AccessSettings, Config, ConfigError, ConfigProblem, DEFAULT_DATA, DEFAULT_FILE,
    DEFAULT_SANDBOX_PORT, DiscordSettings, Durability, EndpointSettings, Environment, LogFormat, LogSettings,
    SandboxSettings, TelegramSettings, WebhookSettings, WorkerSettings,
};
pub use self::error::{Error, Result};
pub use self::log::init_logging;
pub use self::macros::{Button, Choice, command, main, task};

pub use duologue_core::command::{
    Argument, ArgumentError, ArgumentKind, ArgumentSpec, ArgumentValue, Arguments, Choice, ChoiceSpec,
    Command, CommandSpec, Order, Problem, Rest, UsageError, parse_duration,
};
pub use duologue_core::content::{
    self, Block, Button, ButtonStyle, Content, Fallback, Inline, Inlines, Media, MediaSource, Span, Style,
    StyledText,
};
pub use duologue_core::{
    AccountId, Adapter, Admission, Attachment, AttachmentKind, Backends, Became, ButtonAction, ButtonCall,
    ButtonValue, Canceller, Capabilities, Chat, ChatId, ChatKind, Child, Clock, CommandCall, CommandInput,
    Context, Conversation, Ended, Engine, EngineConfig, EngineHandle, Event, EventId, EventKind,
    ExecutorConfig, FileRef, HandlerError, Identity, Inbox, InputFile, IntoReply, Lane, LaneLimits, LaneLoad,
    Limit, LimitScope, Live, Loss, MemberChange, MemberStatus, Message, MessageId, MessageRef, NetworkHealth,
    NetworkId, Other, Person, Pipeline, Press, Priority, Progress, Raw, Reaction, Receipt, Reply, Retry,
    Router, Secret, SendError, SendErrorKind, Sender, ServerId, Source, SourceError, SourceStatus, Stop,
    Support, Task, TaskContext, TaskError, TaskFile, TaskId, TaskLimits, ThreadId, Unit, User, UserId,
};
pub use duologue_core::{jobs, metrics, state, store};
pub use duologue_lanes::{Measure, WorkerConfig, WorkerPool, serve_if_asked};
pub use duologue_store::{
    DATABASE_FILE, Restored, SqliteOptions, SqliteStore, Verified, backup, restore, verify,
};
pub use tokio_util::sync::CancellationToken;

#[cfg(feature = "discord")]
pub use duologue_discord as discord;
#[cfg(feature = "sandbox")]
pub use duologue_sandbox as sandbox;
#[cfg(feature = "telegram")]
pub use duologue_telegram as telegram;
