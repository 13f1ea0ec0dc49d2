//! The sandbox over real sockets: every rule it enforces and every fault it can switch on.
#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

mod attachments;
mod control;
mod discord_rest;
mod drafts;
mod faults;
mod gateway;
mod interactions;
mod media;
mod moderators;
mod site;
mod site_traps;
mod support;
mod telegram;
mod telegram_rules;
mod updates;
