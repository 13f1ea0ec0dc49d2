//! The program as a person starts it: its process, its output, and what people say to it on both networks.

mod process;
mod shipped;
mod start;
