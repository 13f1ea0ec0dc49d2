//! The message catalogue: every sentence that a person can see from `core`. Pure functions.

pub(crate) mod task;

use std::time::Duration;

use crate::command::{ArgumentKind, CommandSpec, UsageError};
use crate::content::{Content, Inline, bold, code, text};

pub use self::task::{CANCEL, bar, bytes, count};

/// What may stand for an argument.
pub(crate) fn expects(kind: &ArgumentKind) -> String {
    match kind {
        ArgumentKind::Integer { min, max } => format!("a whole number from {min} to {max}"),
        ArgumentKind::Number { min, max } if *min == f64::MIN && *max == f64::MAX => "a number".to_owned(),
        ArgumentKind::Number { min, max } => format!("a number from {min} to {max}"),
        ArgumentKind::Text { min: 0 | 1, max } => format!("a text of up to {max} characters"),
        ArgumentKind::Text { min, max } => format!("a text of {min} to {max} characters"),
        ArgumentKind::Rest { max } => format!("a text of up to {max} characters"),
        ArgumentKind::Bool => "yes or no".to_owned(),
        ArgumentKind::Choice(choices) => {
            let names: Vec<&str> = choices.iter().map(|choice| choice.value.as_str()).collect();
            format!("one of {}", names.join(", "))
        }
        ArgumentKind::Duration { min, max } => {
            format!(
                "a time from {} to {}, such as 90s or 5m",
                duration(*min),
                duration(*max)
            )
        }
        ArgumentKind::User => "a person, such as @name".to_owned(),
        ArgumentKind::Attachment => "a file, sent together with the command".to_owned(),
    }
}

/// A length of time, short: `1h 30m`, `2.5 s`.
#[must_use]
pub fn duration(length: Duration) -> String {
    let seconds = length.as_secs();
    match seconds {
        0 if length.is_zero() => "0 s".to_owned(),
        0 => format!("{} ms", length.as_millis()),
        1..60 if length.subsec_millis() > 0 => format!("{:.1} s", length.as_secs_f64()),
        1..60 => format!("{seconds} s"),
        60..3600 if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86_400 if seconds % 3600 < 60 => format!("{} h", seconds / 3600),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// The answer to a call with bad or missing arguments.
pub(crate) fn usage(spec: &CommandSpec, error: &UsageError) -> Content {
    let what: Vec<Inline> = match error {
        UsageError::Missing { name, expects } => {
            vec![bold(name.as_str()), text(format!(" is missing: {expects}."))]
        }
        UsageError::Bad { name, found, expects } => {
            vec![
                bold(name.as_str()),
                text(" should be "),
                text(expects.as_str()),
                text(", not "),
                code(found.as_str()),
                text("."),
            ]
        }
        UsageError::TooMany(rest) => vec![text("This is more than I can use: "), code(rest.as_str())],
    };
    Content::new()
        .paragraph(what)
        .paragraph([text("Usage: "), code(spec.usage())])
}

/// The answer to a turn that failed.
pub(crate) fn failed(error_id: &str) -> Content {
    Content::new().paragraph([
        text("Something went wrong on my side, sorry. If it happens again, tell whoever runs me this id: "),
        code(error_id),
    ])
}

/// The answer to a turn that took too long.
pub(crate) fn timed_out(limit: Duration, error_id: &str) -> Content {
    Content::new().paragraph([
        text(format!(
            "This took longer than {} and was stopped. Try something smaller; the id is ",
            duration(limit)
        )),
        code(error_id),
    ])
}

/// The answer when there is no room for more.
pub(crate) fn busy() -> &'static str {
    "I am busy right now. Please try again in a moment."
}

/// The answer to a button of another person.
pub(crate) fn not_yours() -> &'static str {
    "This button is for somebody else."
}

/// The answer to a button that no longer works.
pub(crate) fn expired() -> &'static str {
    "This button is too old. Please give the command again."
}

/// The answer to a command nobody knows, with the nearest names.
pub(crate) fn unknown_command(name: &str, nearest: &[&str]) -> Content {
    match nearest {
        [] => Content::new().paragraph([
            text("I do not know "),
            code(format!("/{name}")),
            text(". "),
            code("/help"),
            text(" lists what I can do."),
        ]),
        nearest => {
            let mut line = vec![
                text("I do not know "),
                code(format!("/{name}")),
                text(". Did you mean "),
            ];
            for (index, name) in nearest.iter().enumerate() {
                if index > 0 {
                    line.push(text(" or "));
                }
                line.push(code(format!("/{name}")));
            }
            line.push(text("?"));
            Content::new().paragraph(line)
        }
    }
}
