//! What is printed: each run as it ends, and at the end the medians beside their budgets. Pure text.

use crate::replies::args::Options;
use crate::replies::bots::Bot;
use crate::replies::fairness::Fairness;
use crate::replies::ledger::Report;
use crate::replies::measure::{BACKLOG, Run};
use crate::stats::median;

/// What a reply may cost, as a part of what one of another bot costs: of ours beside the bare library, and of one that
/// keeps everything beside one that keeps nothing.
const BUDGETS: [(Bot, Bot, f64); 4] = [
    (Bot::DuologueTelegram, Bot::BareTeloxide, 0.5),
    (Bot::DuologueDiscord, Bot::BareSerenity, 0.8),
    (Bot::DurableTelegram, Bot::DuologueTelegram, 1.5),
    (Bot::DurableDiscord, Bot::DuologueDiscord, 1.5),
];

/// Our bots.
const OURS: [Bot; 4] = [
    Bot::DuologueTelegram,
    Bot::DurableTelegram,
    Bot::DuologueDiscord,
    Bot::DurableDiscord,
];

/// Start to first answer, in milliseconds.
const START_BUDGET: f64 = 100.0;

/// The p99 under load, as a multiple of the quiet one.
const FAIRNESS_BUDGET: f64 = 2.0;

/// Prints one run.
pub(crate) fn progress(round: usize, run: &Run) {
    println!(
        "round {round}: {:<18} {:>6.1} ms/1k {:>7.0} replies/s {:>6.1} MB {:>5.0} ms to the first answer{}",
        run.bot.name(),
        run.cpu,
        run.rate,
        run.peak,
        run.start,
        faults(run)
    );
}

fn faults(run: &Run) -> String {
    if run.report.faults() == 0 {
        return String::new();
    }
    let report = run.report;
    format!(
        "  lost {}, doubled {}, strayed {}, out of order {}",
        report.lost, report.doubled, report.strayed, report.out_of_order
    )
}

/// Prints the medians and the budgets.
pub(crate) fn print(
    options: &Options,
    bots: &[Bot],
    runs: &[Run],
    fairness: &[Fairness],
    backlog: Option<Report>,
) {
    medians(options, bots, runs);
    budgets(runs);
    let backlog = backlog.map_or(f64::NAN, |report| report.faults() as f64);
    budget(
        &format!("the same in a backlog of {BACKLOG}, telegram-duologue"),
        backlog,
        0.0,
    );
    let ratio = median(fairness.iter().map(|result| result.loaded.p99 / result.quiet.p99));
    budget(
        "p99 beside a flood and slow users / quiet p99",
        ratio,
        FAIRNESS_BUDGET,
    );
    let faults = median(fairness.iter().map(|result| result.faults() as f64));
    budget("unanswered or out of order beside a flood", faults, 0.0);
    for result in fairness {
        println!("  {result}");
    }
}

fn medians(options: &Options, bots: &[Bot], runs: &[Run]) {
    let Options {
        rounds,
        replies,
        chats,
        window,
        ..
    } = options;
    println!("\nmedians of {rounds} rounds, {replies} updates of {chats} chats, Discord's window {window}");
    println!(
        "{:<18} {:>10} {:>10} {:>8} {:>9} {:>7} {:>8} {:>8} {:>8}",
        "bot", "CPU ms/1k", "replies/s", "peak MB", "first ms", "lost", "doubled", "strayed", "disorder"
    );
    for &bot in bots {
        let of = |value: fn(&Run) -> f64| median(runs.iter().filter(|run| run.bot == bot).map(value));
        println!(
            "{:<18} {:>10.1} {:>10.0} {:>8.1} {:>9.0} {:>7.0} {:>8.0} {:>8.0} {:>8.0}",
            bot.name(),
            of(|run| run.cpu),
            of(|run| run.rate),
            of(|run| run.peak),
            of(|run| run.start),
            of(|run| run.report.lost as f64),
            of(|run| run.report.doubled as f64),
            of(|run| run.report.strayed as f64),
            of(|run| run.report.out_of_order as f64),
        );
    }
}

fn budgets(runs: &[Run]) {
    println!("\n{:<58} {:>9} {:>9}", "budget", "measured", "at most");
    for (ours, theirs, most) in BUDGETS {
        let cpu = |bot| median(runs.iter().filter(|run| run.bot == bot).map(|run| run.cpu));
        let name = format!("CPU per reply, {} / {}", ours.name(), theirs.name());
        budget(&name, cpu(ours) / cpu(theirs), most);
    }
    for bot in OURS {
        let start = median(runs.iter().filter(|run| run.bot == bot).map(|run| run.start));
        budget(
            &format!("start to first answer, ms, {}", bot.name()),
            start,
            START_BUDGET,
        );
    }
    for bot in OURS {
        let faults = median(
            runs.iter()
                .filter(|run| run.bot == bot)
                .map(|run| run.report.faults() as f64),
        );
        budget(
            &format!("lost, doubled, strayed or out of order, {}", bot.name()),
            faults,
            0.0,
        );
    }
}

fn budget(name: &str, measured: f64, most: f64) {
    if measured.is_nan() {
        println!("{name:<58} {:>9} {most:>9.2}", "-");
        return;
    }
    let verdict = if measured <= most { "kept" } else { "MISSED" };
    println!("{name:<58} {measured:>9.2} {most:>9.2}  {verdict}");
}
