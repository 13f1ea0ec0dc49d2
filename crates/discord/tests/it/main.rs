//! The adapter over real sockets, against a small Discord of the tests' own.

mod bot;
mod commands;
mod events;
mod fake;
mod interactions;
mod sending;
mod source;
