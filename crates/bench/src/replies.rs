//! What a reply costs: our bot beside a bare teloxide bot and a bare serenity bot, on a load server of our own.
//!
//! `cargo bench -p duologue-bench --bench replies` starts one process for the server and one for the bot, alternates
//! the bots over several rounds, and prints medians and the ratios that the design has budgets for. Settings stand
//! behind `--`: `--rounds`, `--replies`, `--chats`, `--window`, and `--only` with a part of a name (`telegram`,
//! `serenity`, `fairness`, `backlog`).
//!
//! - CPU is the time of the bot's whole process, user and kernel, from the first update handed out to the last answer.
//!   It moves by 10 to 25 % between rounds, and the server and the bot share the machine: trust ratios, not figures.
//! - The updates are a backlog on Telegram, fetched as the bot likes; on Discord they are pushed, so many at a time.
//!   Chats send several updates one after the other, and the server checks that no answer is lost, doubled, sent to
//!   another chat or out of order in its chat.
//! - The bare bots are what their libraries' examples show. serenity's rate limiter is off, because it cannot be used
//!   with another address; its cache is not built in. Our pace per chat is unlimited, since the baselines have none.
//! - To look into one bot, run the two processes by hand: `--server JSON` and `--bot NAME URL`.

mod args;
mod bots;
mod fairness;
mod ledger;
mod measure;
mod plan;
mod server;
mod table;

use std::process::ExitCode;

use self::args::{Args, Role};
use crate::child;

/// Runs what the arguments ask for: the benchmark, or one of its processes.
pub(crate) fn main(args: Vec<String>) -> ExitCode {
    match args::parse(args) {
        Ok(Args::Nothing) => {
            println!(
                "nothing is measured without --bench: run `cargo bench -p duologue-bench --bench replies`"
            );
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
