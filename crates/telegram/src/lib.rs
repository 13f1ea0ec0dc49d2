//! Telegram for Duologue: long polling or a webhook on raw JSON in, one lean call out, and a way to everything that
//! Telegram alone has.
//!
//! [`adapter`] makes what `core` runs. [`Telegram`] is the same with a handle for the bot's author: teloxide's `Bot`,
//! its typed payloads, and any method by name. [`TelegramExt`] finds that handle from a
//! handler, and [`TelegramEvent`] reads teloxide's `Update` out of an event.

#![warn(missing_docs)]

mod adapter;
mod call;
mod capabilities;
mod commands;
mod convert;
mod error;
mod ext;
mod files;
mod recent;
mod sender;
mod source;
mod webhook;

pub use self::adapter::{API_URL, NETWORK, Telegram, TelegramConfig, Timing, adapter};
pub use self::capabilities::{capabilities, pace};
pub use self::error::{ApiError, CallError, CallErrorKind, TelegramError};
pub use self::ext::{TelegramEvent, TelegramExt};
pub use self::files::Download;
pub use self::webhook::{Updates, Webhook};
pub use teloxide;
