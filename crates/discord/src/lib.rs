//! The Discord adapter of Duologue, on serenity's models and gateway.
#![warn(missing_docs)]
#![allow(dead_code)]

mod call;
mod capabilities;
mod convert;
mod error;
mod gateway;
mod interaction;

pub use error::{CallError, CallErrorKind};
pub use gateway::{AddressError, GatewayRefused, MemorySessions, Session, SessionStore, Timing};
