//! Helpers for tests of adapters and bots: a network that exists only in memory, with real order and back-pressure.

mod inline;
mod network;
mod odd;
mod paper;

pub use self::inline::InlineLane;
pub(crate) use self::inline::hold_the_clock;
pub use self::network::{NETWORK, capabilities, chat};
pub use self::odd::Odd;
pub use self::paper::{Paper, Record, Said, person};
