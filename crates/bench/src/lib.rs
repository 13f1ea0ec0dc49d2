//! What Duologue costs, measured beside what one would write without it. Each benchmark is one program, which is also
//! every process that it starts; everything is on loopback, and every process is killed at the end.
//!
//! - `cargo bench -p duologue-bench --bench replies`: a reply, beside a bare teloxide bot and a bare serenity bot.
//! - `cargo bench -p duologue-bench --bench tasks`: tasks in the three lanes, beside bare tokio, bare processes and a
//!   plain Python script.
//!
//! The first lines of `src/replies.rs` and `src/tasks.rs` say what is measured and how.

#![warn(missing_docs)]

mod child;
mod replies;
mod stats;
mod tasks;

use std::process::ExitCode;

/// The benchmark of replies: runs what the arguments ask for, the benchmark or one of its processes.
#[must_use]
pub fn replies(args: Vec<String>) -> ExitCode {
    replies::main(args)
}

/// The benchmark of tasks: runs what the arguments ask for, the benchmark or one of its processes.
#[must_use]
pub fn tasks(args: Vec<String>) -> ExitCode {
    tasks::main(args)
}

/// Runs jobs and never returns, where this process was started as a worker of the process lane. `main` begins with it.
pub fn serve_if_asked() {
    duologue::serve_if_asked();
}
