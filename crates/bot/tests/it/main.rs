//! The program as a person starts it: its process, its output, and what people say to it on both networks.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the way to fail")]

mod by_http;
mod config_files;
mod dead;
mod doctor;
mod hosting;
mod init;
mod killed;
mod people;
mod process;
mod shipped;
mod start;
