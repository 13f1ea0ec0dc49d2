//! The adapter over real sockets, against a small Discord of the tests' own.

#![expect(clippy::unwrap_used, reason = "a test's helper fails the test")]
#![expect(
    clippy::needless_pass_by_value,
    reason = "json!() reads better without a borrow at each call"
)]

mod bot;
mod commands;
mod endpoint;
mod endpoint_refusals;
mod engine;
mod events;
mod fake;
mod interactions;
mod odd;
mod poster;
mod sending;
mod servers;
mod source;
