//! The behaviour of the facade and of the code that the macros write.

mod app;
mod buttons;
mod commands;
mod paper;
#[cfg(all(feature = "discord", feature = "sandbox", feature = "telegram"))]
mod sandbox;
mod tasks;
