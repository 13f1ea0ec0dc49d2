//! A local Telegram Bot API, a local Discord (REST and gateway), a web page to chat in and a fault switch.
//!
//! Start one with [`Sandbox::start`]; point bots at [`SandboxHandle::telegram_api_url`] and
//! [`SandboxHandle::discord_api_url`] with any token of the network's shape; act as their users through
//! [`SandboxHandle::telegram`] and [`SandboxHandle::discord`]; let things go wrong through
//! [`SandboxHandle::faults`]; let bots fetch from [`SandboxHandle::site_url`]. Everything lives in the handle: two sandboxes can run in one process.
#![warn(missing_docs)]

pub mod bounds;
mod bucket;
mod clock;
mod config;
mod conn;
mod control;
mod discord;
mod error;
mod faults;
mod files;
mod greeting;
mod handle;
mod http;
mod page;
mod picture;
mod requests;
mod schema;
mod server;
mod site;
mod store;
mod tasks;
mod telegram;
mod view;
mod world;

pub use clock::Clock;
pub use config::{DEFAULT_PORT, DraftSupport, SandboxConfig};
pub use error::{ActError, StartError, WaitError};
pub use faults::{ActiveFault, Fault, FaultKind, GatewayAction};
pub use files::Upload;
pub use handle::{
    DiscordHandle, DiscordUser, FaultsHandle, Sandbox, SandboxHandle, Slash, TelegramHandle, TelegramUser,
};
pub use requests::RequestEntry;
pub use site::SiteVisit;
pub use view::{
    Author, BotView, ButtonView, ChatInfo, ChatKey, ChatSnapshot, DraftView, Event, FileView, MessageView,
    Network, ReactionView, Status, UserView,
};
