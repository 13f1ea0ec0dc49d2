//! The Discord adapter of Duologue, on serenity's models and gateway.
#![warn(missing_docs)]
#![allow(dead_code)]

mod gateway;

pub use gateway::{AddressError, GatewayRefused, MemorySessions, Session, SessionStore, Timing};
