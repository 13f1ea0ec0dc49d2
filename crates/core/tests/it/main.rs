//! The core's behaviour, with a network in memory and a clock that is driven.

mod albums;
mod bot;
mod commands;
mod dead;
mod durable;
mod executor;
mod gate;
mod jobs;
mod metrics;
mod networks;
mod odd;
mod outbox;
mod presses;
mod rendering;
mod shutdown;
mod state;
mod tasks;
