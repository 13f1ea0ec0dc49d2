//! What a reply costs: our bot beside a bare teloxide bot and a bare serenity bot, on a load server of our own.
//!
//! `cargo bench -p duologue-bench` starts one process for the server and one for the bot, alternates the bots over
//! several rounds, and prints medians and the ratios that the design has budgets for. Everything is on loopback.

#![warn(missing_docs)]

mod args;
mod bots;
mod child;
mod fairness;
mod ledger;
mod measure;
mod plan;
mod server;
mod table;

use std::process::ExitCode;

use self::args::{Args, Role};

/// Runs what the arguments ask for: the benchmark, or one of its processes.
#[must_use]
pub fn main(args: Vec<String>) -> ExitCode {
    match args::parse(args) {
        Ok(Args::Nothing) => {
            println!("nothing is measured without --bench: run `cargo bench -p duologue-bench`");
            ExitCode::SUCCESS
        }
        Ok(Args::Bench(options)) => child::runtime().block_on(measure::all(&options)),
        Ok(Args::Child(role)) => {
            run_child(role);
            ExitCode::SUCCESS
        }
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::from(2)
        }
    }
}

fn run_child(role: Role) {
    match role {
        Role::Server(config) => server::run(config),
        Role::Bot(bot, url) => bots::run(bot, &url),
        Role::Fairness => fairness::run(),
    }
}
