//! The message catalogue: what a person can read of this adapter's own.

/// The answer when there is no room for more.
pub(crate) const BUSY: &str = "I am busy right now. Please try again in a moment.";

/// The answer to what comes while the bot stops.
pub(crate) const STOPPING: &str = "I am just being restarted. Please try again in a moment.";
