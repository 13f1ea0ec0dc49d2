//! What survives the process: turns, answers, buttons and albums of a bot that ends in the middle of what it does.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the way to fail")]

mod answers;
mod bot;
mod cut;
mod intake;
mod presses;
mod telegram;
mod turns;
