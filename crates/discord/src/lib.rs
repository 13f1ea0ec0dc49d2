//! The Discord adapter of Duologue, on serenity's models and gateway.
//!
//! [`adapter()`] makes it from a [`Config`]. Events come from one gateway shard that this crate runs itself, in order
//! and with RESUME, or interactions by HTTP to an endpoint of its own ([`Delivery`]); answers go through calls of its
//! own that know Discord's limits. [`DiscordExt`] reaches what Discord alone can do.

#![warn(missing_docs)]

mod adapter;
mod call;
mod capabilities;
mod commands;
mod convert;
mod endpoint;
mod error;
mod ext;
mod files;
mod gateway;
mod interaction;
mod sender;
mod source;
mod words;

pub use adapter::{Config, DISCORD_API_URL, SetupError, adapter};
pub use convert::inbound::NETWORK;
pub use endpoint::{
    Delivery, EndpointConfig, EndpointError, EndpointTiming, Listen, PublicKey, PublicKeyError, SystemClock,
    WallClock,
};
pub use error::{CallError, CallErrorKind};
pub use ext::{Discord, DiscordExt, dispatch};
pub use gateway::{AddressError, GatewayRefused, MemorySessions, Session, SessionStore, Timing};
pub use sender::DiscordSender;
pub use serenity;
