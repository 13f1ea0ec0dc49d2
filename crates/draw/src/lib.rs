//! Pictures and documents as pure functions from data to bytes: charts, operations on images, PDF and Markdown.
//!
//! Nothing here starts a thread, opens a file, reads a clock or talks to a network, so that it can run inside a
//! confined worker process. Everything that crosses the border of that process can be serialized.

#![warn(missing_docs)]

pub mod canvas;
pub mod chart;
pub mod document;
pub mod picture;
mod text;
mod theme;

pub use theme::{Palette, SERIES, Theme};
