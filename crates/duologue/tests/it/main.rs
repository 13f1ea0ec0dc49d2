//! The behaviour of the facade and of the code that the macros write.

mod app;
mod buttons;
mod commands;
mod paper;
mod sandbox;
