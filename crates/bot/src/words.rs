//! The message catalogue: every sentence that a person can see from this bot. Pure functions.

pub(crate) mod compare;
pub(crate) mod dead;
pub(crate) mod doctor;
pub(crate) mod fetch;
mod help;
pub(crate) mod hosting;
pub(crate) mod image;
pub(crate) mod init;
pub(crate) mod link;
pub(crate) mod owner;
pub(crate) mod remind;
pub(crate) mod report;
pub(crate) mod simulate;
pub(crate) mod terminal;
pub(crate) mod web;

use std::time::Duration;

use duologue::prelude::{bold, code, text};
use duologue::{Attachment, AttachmentKind, Button, ButtonAction, ButtonStyle, Content};

use crate::features::Guess;

pub(crate) use self::help::{help, help_in_detail, no_such_command};
pub(crate) use self::terminal::{COMMAND_LINE, SANDBOX_FAILED, version};

/// The file name of a chart.
pub(crate) const CHART_NAME: &str = "chart.png";

/// The name of a file that has none.
pub(crate) const NAMELESS_FILE: &str = "file";

/// The greeting, with the first steps.
pub(crate) fn greeting(name: Option<&str>) -> Content {
    let hello = match name {
        Some(name) => format!("Hello {name}! 👋"),
        None => "Hello! 👋".to_owned(),
    };
    Content::new()
        .paragraph(bold(hello))
        .paragraph(
            "I research, download, draw and compute, many things at once, and we can go on chatting meanwhile.",
        )
        .paragraph("Where would you like to start?")
        .buttons([Button::command("Watch the lanes compete", "compare", "").style(ButtonStyle::Primary)])
        .buttons([
            Button::command("Simulate chance", "simulate", "all"),
            Button::command("Roll two dice", "roll", "2 d6"),
        ])
        .buttons([what_can_you_do()])
}

/// Whether somebody says hello.
pub(crate) fn is_greeting(word: &str) -> bool {
    matches!(
        word,
        "hello"
            | "hallo"
            | "hi"
            | "hey"
            | "hiya"
            | "howdy"
            | "greetings"
            | "hola"
            | "ciao"
            | "salut"
            | "bonjour"
    )
}

fn what_can_you_do() -> Button {
    Button::command("What can you do?", "help", "")
}

/// How long an event was under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    /// By a clock that tells parts of a second.
    Exact(Duration),
    /// By a clock that tells whole seconds.
    WholeSeconds(u64),
}

/// The times of a ping.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// From the network to the bot, where the network tells when an event happened.
    pub(crate) arrival: Option<Age>,
    /// In the bot's own queue.
    pub(crate) queue: Duration,
    /// From the answer to its confirmation, once it is known.
    pub(crate) trip: Option<Duration>,
}

/// The answer to a ping.
pub(crate) fn pong(times: &Times) -> Content {
    let mut lines = Vec::new();
    match times.arrival {
        Some(Age::Exact(age)) => lines.push(format!("{} to reach me", short_time(age))),
        Some(Age::WholeSeconds(0)) => lines.push("less than a second to reach me".to_owned()),
        Some(Age::WholeSeconds(age)) => lines.push(format!("about {age} s to reach me")),
        None => {}
    }
    lines.push(format!("{} in my queue", short_time(times.queue)));
    if let Some(trip) = times.trip {
        lines.push(format!("{} for my answer, there and back", short_time(trip)));
    }
    Content::new().paragraph([bold("pong"), text(" 🏓")]).list(lines)
}

/// A time of a program's life: `0.3 ms`, `42 ms`, `1.2 s`.
fn short_time(time: Duration) -> String {
    let millis = time.as_secs_f64() * 1000.0;
    if millis < 10.0 {
        format!("{millis:.1} ms")
    } else if millis < 1000.0 {
        format!("{millis:.0} ms")
    } else {
        format!("{:.1} s", millis / 1000.0)
    }
}

/// The answer to an echo of nothing.
pub(crate) fn echo_what() -> Content {
    Content::new().paragraph([
        text("Give me something to say back, such as "),
        code("/echo hello there"),
        text(", or send a file along."),
    ])
}

/// The dice that were thrown.
pub(crate) fn rolled(sides: u32, dice: &[u32]) -> Content {
    let heading = format!("🎲 {} × d{sides}", dice.len());
    let shown: Vec<String> = dice.iter().map(ToString::to_string).collect();
    let total: u32 = dice.iter().sum();
    let sum = match dice {
        [_] => vec![text("\n"), bold(total.to_string())],
        _ => vec![
            text(format!("\n{} = ", shown.join(" + "))),
            bold(total.to_string()),
        ],
    };
    let mut line = vec![bold(heading)];
    line.extend(sum);
    let again = format!("{} d{sides}", dice.len());
    Content::new()
        .paragraph(line)
        .buttons([Button::command("Roll again", "roll", again)])
}

/// The answer to text that looks like a command.
pub(crate) fn did_you_mean(guesses: &[Guess]) -> Content {
    let buttons = guesses.iter().map(|guess| {
        let call = format!("/{} {}", guess.name, guess.arguments);
        Button::command(call.trim_end(), guess.name.as_str(), guess.arguments.as_str())
    });
    let buttons: Vec<Button> = buttons.chain([what_can_you_do()]).collect();
    Content::text("That is not a command yet. Did you mean this?").buttons(buttons)
}

/// The answer to text that looks like nothing I know.
pub(crate) fn no_idea() -> Content {
    Content::new()
        .paragraph([
            text("I understand commands: they begin with a slash, such as "),
            code("/roll 2 d6"),
            text(". You can also send me a file."),
        ])
        .buttons([
            what_can_you_do(),
            Button::command("Watch the lanes compete", "compare", ""),
        ])
}

/// The answer to files, with a button that sends them back.
pub(crate) fn got_files(files: &[Attachment], send_back: ButtonAction, more: Vec<Button>) -> Content {
    let (intro, label) = match files {
        [_] => ("Thank you, this arrived:", "Send it back"),
        _ => ("Thank you, these arrived:", "Send them back"),
    };
    let lines = files.iter().map(|file| {
        let mut line = vec![bold(file.name.as_deref().unwrap_or("A file without a name"))];
        let kind = match &file.mime {
            Some(mime) => format!(" · {} ({mime})", kind_name(file.kind)),
            None => format!(" · {}", kind_name(file.kind)),
        };
        line.push(text(kind));
        if let Some((width, height)) = file.size {
            line.push(text(format!(" · {width} × {height}")));
        }
        if let Some(bytes) = file.bytes {
            line.push(text(format!(" · {}", duologue::words::bytes(bytes))));
        }
        line
    });
    Content::text(intro)
        .list(lines.collect::<Vec<_>>())
        .buttons([Button::with_action(label, send_back)])
        .buttons(more)
}

fn kind_name(kind: AttachmentKind) -> &'static str {
    match kind {
        AttachmentKind::Photo => "picture",
        AttachmentKind::Video => "video",
        AttachmentKind::Audio => "sound",
        _ => "file",
    }
}
