//! Helpers for tests of adapters and bots: a network that exists only in memory, and the conformance suite.

mod network;

pub use self::network::{NETWORK, capabilities, chat};
