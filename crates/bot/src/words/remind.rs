//! The words of reminders. Pure functions.

use std::time::Duration;

use duologue::prelude::{Button, Content, bold, code, italic, text};
use duologue::store::{Job, JobId};
use duologue::words::duration;
use duologue::{Inline, NetworkId};
use jiff::Zoned;

use super::link::network;
use crate::features::remind::{Reminder, SHORTEST, Unclear, When};

/// The label of the button that ends a reminder.
pub(crate) const DONE: &str = "Done";

/// The answer to a day that never comes.
pub(crate) const NEVER: &str = "There is no such day.";

/// The answer to a repetition where one time is wanted.
pub(crate) const ONE_TIME: &str =
    "Give me one time, such as tomorrow 9:00. To repeat it otherwise, delete it and make another.";

/// How many reminders have a button in the list.
const WITH_BUTTON: usize = 5;

/// The label of a button that puts a reminder off.
pub(crate) fn snooze(length: Duration) -> String {
    format!("In {}", duration(length))
}

/// A time for people: `Thu 26 November 09:00`.
fn time(at: &Zoned) -> String {
    at.strftime("%a %-d %B %H:%M").to_string()
}

/// The number of a reminder.
fn of(id: JobId) -> String {
    format!("#{}", id.0)
}

/// How long it is until a time.
fn far(at: &Zoned, now: &Zoned) -> Duration {
    let seconds = at.timestamp().duration_since(now.timestamp()).as_secs();
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

/// A time with how far it is.
fn time_from(at: &Zoned, now: &Zoned) -> String {
    format!("{} (in {})", time(at), distance(far(at, now)))
}

/// A length that needs no seconds when it is long.
fn distance(length: Duration) -> String {
    let seconds = length.as_secs();
    let rounded = match seconds {
        0..120 => seconds.max(1),
        120..86_400 => seconds.div_ceil(60) * 60,
        _ => seconds.div_ceil(3600) * 3600,
    };
    duration(Duration::from_secs(rounded))
}

/// The confirmation: it repeats what was understood.
pub(crate) fn set(id: JobId, what: &str, at: &Zoned, now: &Zoned, when: &When, zone_is_set: bool) -> Content {
    let lead = match when {
        When::Once(_) => "I will remind you on ".to_owned(),
        When::Every(interval) => format!("I will remind you every {}, first on ", duration(*interval)),
        When::Cron(_) => "I will remind you again and again, first on ".to_owned(),
    };
    let content = Content::new().paragraph([
        text("⏰ "),
        bold(what),
        text(format!(" {}\n{lead}", of(id))),
        bold(time_from(at, now)),
        text("."),
    ]);
    if zone_is_set {
        return content;
    }
    content.paragraph([
        text("That is on the clock of UTC. For yours: "),
        code("/timezone Berlin"),
        text("."),
    ])
}

/// The answer to a time that is not clear.
pub(crate) fn unclear(unclear: &Unclear) -> Content {
    match unclear {
        Unclear::NoTime => Content::new()
            .paragraph("I do not see a time in it. These I understand:")
            .list([
                "in 20 minutes tea",
                "tomorrow 9:00 stand-up",
                "every weekday at 8:30 mail",
                "call Ben friday at 10:00",
            ]),
        Unclear::NoText => Content::text("What shall I remind you of? Write it behind the time."),
        Unclear::Past => Content::text("That is over already."),
        Unclear::TooOften => Content::text(format!(
            "That is too often: at most every {}.",
            duration(SHORTEST)
        )),
        Unclear::TooFar => Content::text("That is too far away: I remember for ten years."),
    }
}

/// The answer to a text that is too long.
pub(crate) fn too_long(most: usize) -> String {
    format!("That is too long for a reminder: it has up to {most} characters.")
}

/// The answer to one reminder too many.
pub(crate) fn too_many(most: usize) -> String {
    format!("You have {most} reminders, which is the most. /reminders lists them.")
}

/// The reminder itself.
pub(crate) fn ring(what: &str, late: Option<&Zoned>, may_repeat: bool) -> Content {
    let mut line = vec![text("⏰ "), bold(what)];
    if let Some(due) = late {
        line.push(italic(format!("\nI was away: it was due on {}.", time(due))));
    }
    if may_repeat {
        line.push(italic("\nPerhaps I have said so before: I was interrupted."));
    }
    Content::new().paragraph(line)
}

/// A reminder that another chat did not take.
pub(crate) fn elsewhere(ring: Content, from: NetworkId) -> Content {
    ring.paragraph(italic(format!(
        "This was for {}, where I could not write to you.",
        network(from)
    )))
}

/// A reminder that is done with.
pub(crate) fn done(what: &str) -> Content {
    Content::new().paragraph([text("✓ "), text(what)])
}

/// A reminder that was put off.
pub(crate) fn snoozed(what: &str, at: &Zoned) -> Content {
    Content::new().paragraph([text("⏰ "), bold(what), text(format!("\nAgain on {}.", time(at)))])
}

/// All reminders.
pub(crate) fn list(
    reminders: &[(&Job, Reminder, Zoned, Option<String>)],
    elsewhere: &[NetworkId],
) -> Content {
    if reminders.is_empty() {
        return Content::new().paragraph([
            text("You have no reminders. Make one: "),
            code("/remind in 20 minutes tea"),
            text("."),
        ]);
    }
    let line = |(job, reminder, at, went): &(&Job, Reminder, Zoned, Option<String>)| -> Vec<Inline> {
        let mut line = vec![
            code(of(job.id)),
            text(format!(" {} ", time(at))),
            bold(reminder.text.as_str()),
        ];
        if job.ask.repeat.is_some() {
            line.push(text(" ↻"));
        }
        line.push(text(format!(" · {}", job.ask.chat.network)));
        if let Some(went) = went {
            line.push(italic(format!(
                " (I could not write there, the last one went to {went})"
            )));
        }
        line
    };
    let buttons = reminders.iter().take(WITH_BUTTON).map(|(job, ..)| {
        let arguments = format!("delete {}", job.id.0);
        Button::command(format!("Delete {}", of(job.id)), "reminders", arguments)
    });
    let mut content = Content::new().list(reminders.iter().map(line).collect::<Vec<_>>());
    if !elsewhere.is_empty() {
        let names: Vec<String> = elsewhere.iter().map(|other| network(*other)).collect();
        content = content.paragraph(format!(
            "Where I cannot write to you, a reminder goes to our private chat on {}.",
            names.join(" or ")
        ));
    }
    content.buttons(buttons.collect::<Vec<_>>())
}

/// There is no such reminder.
pub(crate) fn no_such(number: Option<u64>) -> String {
    match number {
        Some(number) => format!("You have no reminder #{number}. /reminders lists what you have."),
        None => "Give me the number of the reminder: /reminders lists them.".to_owned(),
    }
}

/// A reminder is gone.
pub(crate) fn deleted(what: &str) -> Content {
    Content::new().paragraph([text("Deleted: "), bold(what)])
}

/// A reminder has another time.
pub(crate) fn changed(what: &str, at: &Zoned, now: &Zoned, repeats: bool) -> Content {
    let and_then = if repeats { " After that as before." } else { "" };
    Content::new().paragraph([
        text("⏰ "),
        bold(what),
        text("\nNow on "),
        bold(time_from(at, now)),
        text(format!(".{and_then}")),
    ])
}

/// The zone of a person.
pub(crate) fn zone_is(name: &str, now: &Zoned, set: bool) -> Content {
    let content = Content::new().paragraph([
        text("Your clock is that of "),
        bold(name),
        text(format!(": it is {} there.", now.strftime("%H:%M"))),
    ]);
    if set {
        return content;
    }
    content.paragraph([
        text("Set yours with a city, such as "),
        code("/timezone Berlin"),
        text("."),
    ])
}

/// There is no such zone.
pub(crate) fn no_zone(place: &str) -> Content {
    Content::new().paragraph([
        text("I know no time zone "),
        code(place),
        text(". Try the largest city near you, or a name such as "),
        code("Europe/Berlin"),
        text("."),
    ])
}

/// There are several.
pub(crate) fn which_zone(names: &[String]) -> Content {
    let buttons = names
        .iter()
        .map(|name| Button::command(name.as_str(), "timezone", name.as_str()));
    Content::text("Which one?").buttons(buttons.collect::<Vec<_>>())
}
