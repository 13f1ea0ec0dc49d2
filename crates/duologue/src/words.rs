//! The words of the facade: every sentence that a person who hosts or writes a bot can see from it. Pure functions.

pub use duologue_core::words::duration;
