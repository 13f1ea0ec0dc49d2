//! The adapter over real sockets, against a Bot API that does as it is told.

#![expect(clippy::unwrap_used, reason = "a test ends by a panic")]
#![expect(
    clippy::needless_pass_by_value,
    reason = "`json!` makes values, and a table reads better without `&`"
)]

mod collector;
mod commands;
mod connections;
mod drafts;
mod ext;
mod fake;
mod files;
mod incoming;
mod limits;
mod secrets;
mod sending;
mod sending_errors;
mod source;
mod webhook;
mod webhook_health;
mod webhook_limits;
