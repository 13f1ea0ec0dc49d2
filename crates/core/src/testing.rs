//! Helpers for tests of adapters and bots: a network that exists only in memory, with real order and back-pressure.

mod network;
mod paper;

pub use self::network::{NETWORK, capabilities, chat};
pub use self::paper::{Paper, Record, Said, person};
