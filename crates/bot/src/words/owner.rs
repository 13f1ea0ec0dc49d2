//! The words for whoever owns the bot, and for those who are kept out. Pure functions.

use std::time::Duration;

use duologue::metrics::Metrics;
use duologue::prelude::{Button, ButtonStyle, Content, bold, code, text};
use duologue::store::{Counts, Job, Timestamp};
use duologue::words::{bar, bytes, duration};
use duologue::{ButtonAction, Inline, SourceStatus};

use super::link::network;
use crate::features::broadcast::{End, Run};

/// How wide the bar of a broadcast is.
const CELLS: usize = 12;

/// For those who are no owner.
pub(crate) const NOT_OWNER: &str = "That is for whoever owns me.";

/// How somebody becomes the owner.
pub(crate) const HOW: &str = "Whoever runs me finds a code in my log when I start and nobody owns me. Give it to me: /owner and the code.";

/// Codes that make no owner.
pub(crate) const WRONG: &str = "That is not the code in my log. A new one is there after each start.";
pub(crate) const BLOCKED: &str = "There were too many wrong codes. Try again in an hour.";
pub(crate) const OWNED: &str = "Somebody owns me already.";

/// While the bot pauses.
pub(crate) const PAUSED: &str = "I pause: nobody but you gets an answer. Reminders come all the same, and what runs goes on. /resume ends it.";
pub(crate) const RESUMED: &str = "I am there for everybody again.";
pub(crate) const IS_PAUSED: &str = "I am having a break. Please try again later.";

/// For those who may not use the bot.
pub(crate) const NOT_ALLOWED: &str =
    "I am not for everybody, and this account or chat is not on my list. Whoever runs me can change that.";

/// A broadcast is asked to end.
pub(crate) const STOPPING: &str = "I stop after the message that is on its way.";

/// A broadcast that nothing went on with is asked to end.
pub(crate) const STOPPED: &str = "It had come to a halt already, and has ended now.";

/// For the log, while nobody owns the bot.
pub(crate) fn unowned(shown: &str) -> String {
    format!("nobody owns this bot yet: write `/owner {shown}` to it in a private chat")
}

/// What an owner can do.
pub(crate) fn commands() -> Content {
    let line =
        |command: &str, what: &str| -> Vec<Inline> { vec![code(command), text(format!(" – {what}"))] };
    Content::new()
        .paragraph("You own me. In our private chat you can give:")
        .list([
            line("/status", "how I am"),
            line("/jobs", "what is due next"),
            line("/dead", "the events that I gave up"),
            line("/pause", "answer nobody but you for now"),
            line("/resume", "answer everybody again"),
            line("/broadcast", "say something in every private chat that I know"),
        ])
}

/// Somebody is the owner.
pub(crate) fn claimed() -> Content {
    Content::new()
        .paragraph(bold("You own me from now on."))
        .paragraph([
            text("That goes for your linked accounts as well. "),
            code("/owner"),
            text(" lists what you can do."),
        ])
}

/// How the bot is.
pub(crate) fn status(
    metrics: &Metrics,
    counts: &Counts,
    free: Option<u64>,
    uptime: Duration,
    paused: bool,
    now: Timestamp,
) -> Content {
    let mut lines: Vec<Vec<Inline>> = Vec::new();
    for seen in &metrics.networks {
        let how = match &seen.status {
            SourceStatus::Online(identity) => format!("there as @{}", identity.handle),
            SourceStatus::Connecting => "being reached".to_owned(),
            SourceStatus::Degraded(why) => format!("away: {why}"),
            SourceStatus::Failed(why) => format!("given up: {why}"),
            _ => "stopped".to_owned(),
        };
        lines.push(vec![
            bold(network(seen.network)),
            text(format!(
                " {how} for {}; {} sent, {} not, {} unknown, {} on the way",
                duration(whole(seen.status_for)),
                seen.sends.sent,
                seen.sends.not_sent,
                seen.sends.unknown,
                seen.unsent
            )),
        ]);
    }
    let oldest = match counts.oldest {
        Some(oldest) => format!(", the oldest for {}", duration(whole(now.since(oldest)))),
        None => String::new(),
    };
    let line = |name: &str, what: String| -> Vec<Inline> { vec![bold(name), text(format!(" {what}"))] };
    lines.push(line(
        "Events",
        format!(
            "{} wait in memory, {} on the disk{oldest}",
            metrics.waiting, counts.inbox
        ),
    ));
    lines.push(line(
        "Messages",
        format!(
            "{} wait, {} were not sent, of {} it is unknown",
            counts.outgoing + counts.sending,
            counts.failed,
            counts.unknown
        ),
    ));
    let list = if counts.dead > 0 { super::dead::WHERE } else { "" };
    lines.push(line(
        "Given up",
        format!("{} events (dead letters){list}", counts.dead),
    ));
    for (name, lane) in ["Async", "Blocking", "Process"].into_iter().zip(&metrics.lanes) {
        lines.push(line(
            &format!("{name} lane"),
            format!("{} run, {} wait", lane.running, lane.waiting),
        ));
    }
    lines.push(line(
        "Turns",
        format!(
            "{} done, {} failed, {} panicked, {} took too long",
            metrics.turns.done, metrics.turns.failed, metrics.turns.panicked, metrics.turns.timed_out
        ),
    ));
    lines.push(line("Jobs", format!("{}, tasks {}", counts.jobs, counts.tasks)));
    let free = free.map_or(String::new(), |free| format!(", {} free", bytes(free)));
    lines.push(line("Disk", format!("{} of data{free}", bytes(counts.bytes))));
    let mut content = Content::new().heading("How I am");
    if paused {
        content = content.paragraph("I pause. /resume ends it.");
    }
    if let Some(trouble) = metrics.store.as_ref().and_then(|store| store.trouble.as_deref()) {
        content = content.paragraph([bold("The data cannot be written: "), text(trouble)]);
    }
    content
        .paragraph(format!("I have run for {}.", duration(whole(uptime))))
        .list(lines)
}

/// A length in whole seconds.
fn whole(length: Duration) -> Duration {
    Duration::from_secs(length.as_secs())
}

/// What is due next.
pub(crate) fn jobs(all: u64, names: &[(&str, usize)], next: &[Job], now: Timestamp) -> Content {
    if all == 0 {
        return Content::text("Nothing is due, now or later.");
    }
    let names: Vec<String> = names
        .iter()
        .map(|(name, number)| format!("{number} × {name}"))
        .collect();
    let lines: Vec<Vec<Inline>> = next
        .iter()
        .map(|job| {
            let far = job.ask.due.since(now);
            let when = if far.is_zero() {
                "now".to_owned()
            } else {
                format!("in {}", duration(whole(far)))
            };
            let again = if job.ask.repeat.is_some() { " ↻" } else { "" };
            vec![
                code(format!("#{}", job.id.0)),
                text(format!(
                    " {when}: {}{again} · {}",
                    job.ask.name,
                    network(job.ask.chat.network)
                )),
            ]
        })
        .collect();
    Content::new()
        .paragraph([bold(format!("{all} jobs: ")), text(names.join(", "))])
        .list(lines)
}

/// The text is too long.
pub(crate) fn too_long(most: usize) -> String {
    format!("That is too long for a broadcast: it has up to {most} characters.")
}

/// Another broadcast goes on.
pub(crate) fn still_running(run: &Run) -> String {
    format!(
        "A broadcast is on its way, at {} of {}. Stop it on its card, or wait.",
        reached(run),
        run.all
    )
}

/// The question before a broadcast.
pub(crate) fn broadcast_what(what: &str, all: u64, begin: ButtonAction) -> Content {
    let chats = if all == 1 { "chat" } else { "chats" };
    Content::new()
        .paragraph(format!("This goes into {all} private {chats}:"))
        .quote(what)
        .buttons([Button::with_action("Send it", begin).style(ButtonStyle::Danger)])
}

fn reached(run: &Run) -> u64 {
    run.sent + run.blocked + run.failed
}

/// How far a broadcast is.
pub(crate) fn broadcast_card(run: &Run, stop: ButtonAction) -> Content {
    let numbers = format!(
        "{} sent, {} have blocked me or are gone, {} failed, of {}",
        run.sent, run.blocked, run.failed, run.all
    );
    match run.ended {
        Some(End::Done) => {
            Content::new().paragraph([bold("The broadcast is done: "), text(format!("{numbers}."))])
        }
        Some(End::Stopped) => {
            Content::new().paragraph([bold("The broadcast was stopped: "), text(format!("{numbers}."))])
        }
        None => {
            #[expect(clippy::cast_precision_loss, reason = "it is a bar")]
            let share = reached(run) as f64 / run.all.max(1) as f64;
            Content::new()
                .paragraph([
                    bold("Broadcast "),
                    code(bar(share, CELLS)),
                    text(format!("\n{numbers}")),
                ])
                .buttons([Button::with_action("Stop", stop)])
        }
    }
}
