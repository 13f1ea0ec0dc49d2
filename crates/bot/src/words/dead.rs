//! The words about events that were given up. Pure functions.

use std::time::Duration;

use duologue::prelude::{Button, ButtonStyle, Content, bold, code, italic, text};
use duologue::store::{DeadLetter, Timestamp};
use duologue::words::duration;
use duologue::{ButtonAction, Inline};

use super::link::network;

/// How much of an error is shown, in characters.
const ERROR: usize = 160;

/// The buttons that turn the page.
pub(crate) const MORE: &str = "More";
pub(crate) const FIRST: &str = "From the start";

/// Where the list is, for the status.
pub(crate) const WHERE: &str = "; /dead lists them";

/// The button that has an event handled once more.
pub(crate) fn again(id: u64, action: ButtonAction) -> Button {
    Button::with_action(format!("Try #{id} again"), action)
}

/// The button that deletes an event.
pub(crate) fn away(id: u64, action: ButtonAction) -> Button {
    Button::with_action(format!("Delete #{id}"), action).style(ButtonStyle::Danger)
}

/// What became of an event that was to be tried again.
pub(crate) fn tried(id: u64, done: bool) -> String {
    if done {
        format!("I try #{id} again. If it fails once more, it comes back here with a new number.")
    } else {
        gone(id)
    }
}

/// What became of an event that was to be deleted.
pub(crate) fn deleted(id: u64, done: bool) -> String {
    if done {
        format!("#{id} is deleted.")
    } else {
        gone(id)
    }
}

fn gone(id: u64) -> String {
    format!("#{id} is not here any more.")
}

/// A page of events that were given up.
pub(crate) fn list(all: u64, letters: &[DeadLetter], done: Option<String>, now: Timestamp) -> Content {
    let mut content = Content::new();
    if let Some(done) = done {
        content = content.paragraph(italic(done));
    }
    if letters.is_empty() {
        return content.paragraph("There are no events that I gave up.");
    }
    let events = if all == 1 { "event" } else { "events" };
    content
        .paragraph([
            bold(format!("{all} {events} that I gave up. ")),
            text("One that is tried again is handled as if it had just come."),
        ])
        .list(letters.iter().map(|letter| line(letter, now)))
}

fn line(letter: &DeadLetter, now: Timestamp) -> Vec<Inline> {
    let chat = &letter.conversation.chat;
    let ago = Duration::from_secs(now.since(letter.died).as_secs());
    let place = match &chat.thread {
        Some(thread) => format!("{}/{thread}", chat.id),
        None => chat.id.to_string(),
    };
    let attempts = match letter.event.attempts {
        1 => "1 attempt".to_owned(),
        attempts => format!("{attempts} attempts"),
    };
    vec![
        code(format!("#{}", letter.id.0)),
        text(format!(" {} · {} ", letter.event.kind, network(chat.network))),
        code(place),
        text(format!(" · {} ago · {attempts}\n", duration(ago))),
        italic(shortened(&letter.error)),
    ]
}

/// The beginning of an error, on one line.
fn shortened(error: &str) -> String {
    let line = error.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= ERROR {
        return line;
    }
    line.chars().take(ERROR - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::{ERROR, shortened};

    #[test]
    fn an_error_is_one_line_with_an_end() {
        assert_eq!(shortened("a panic:\n  at ease"), "a panic: at ease");
        let long = shortened(&"ä".repeat(ERROR + 1));
        assert_eq!((long.chars().count(), long.chars().last()), (ERROR, Some('…')));
        assert_eq!(shortened(&"ä".repeat(ERROR)), "ä".repeat(ERROR));
    }
}
