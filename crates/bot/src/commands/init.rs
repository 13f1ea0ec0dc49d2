//! `init`: asks for the tokens and writes them into `.env`. Owns nothing, and never prints a token.

use std::io::IsTerminal;
use std::path::Path;

use anyhow::{Context as _, bail};

use super::token::{Candidate, Network, Verdict, Wrong};
use super::{dotenv, say};
use crate::FAILED;
use crate::words::init as words;

/// The file with the variables.
const FILE: &str = ".env";

/// How often a token is asked for.
const TRIES: u32 = 3;

/// Asks on the terminal, or reads answers line by line from a pipe.
///
/// # Errors
///
/// When no good token comes, something else in the configuration is wrong, or the file cannot be written.
pub(crate) async fn init() -> anyhow::Result<()> {
    // A terminal that is asked on shows nothing that is typed: that has to end with the program.
    let asked_to_stop = crate::asked_to_stop()?;
    tokio::select! {
        done = set_up() => done,
        stop = asked_to_stop => {
            stop?;
            eprintln!("\nduologue: {}", words::STOPPED);
            // Not in the usual way: it would wait for an answer, which is still being read.
            std::process::exit(FAILED.into())
        }
    }
}

async fn set_up() -> anyhow::Result<()> {
    let before = match std::fs::read_to_string(FILE) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => words::NEW_FILE.to_owned(),
        Err(error) => return Err(error).context(words::unreadable(Path::new(FILE))),
    };
    say(words::INTRODUCTION)?;
    let mut text = before.clone();
    for network in Network::ALL {
        if let Some(with_token) = ask(network, &text).await? {
            text = with_token;
            if std::env::var_os(network.variable()).is_some_and(|value| !value.is_empty()) {
                say(&words::hidden(network.variable()))?;
            }
        } else {
            say(&words::left(network.name()))?;
        }
    }
    if text == before {
        return say(words::NOTHING);
    }
    let kept = dotenv::write(Path::new(FILE), &text)?;
    let kept = kept.as_deref().and_then(Path::file_name).map(Path::new);
    say(&words::written(kept))
}

/// Asks for the token of a network until a good one comes; gives the text with it, or nothing where it stays.
async fn ask(network: Network, text: &str) -> anyhow::Result<Option<String>> {
    for _ in 0..TRIES {
        say(words::ask(network.name()))?;
        let token = read_line().await?;
        if token.is_empty() {
            return Ok(None);
        }
        let with_token = dotenv::set(text, network.variable(), &token);
        let candidate = match Candidate::read(network, &with_token) {
            Ok(candidate) if candidate.is(&token) => candidate,
            Ok(_) => {
                say(&words::wrong(words::NOT_CHANGED))?;
                continue;
            }
            Err(Wrong::Token(problem)) => {
                say(&words::wrong(&problem))?;
                continue;
            }
            Err(Wrong::Else(error)) => return Err(duologue::Error::Config(error).into()),
        };
        match candidate.ask().await {
            Verdict::Good(name) => say(&words::is_good(network.name(), &name))?,
            Verdict::Refused => {
                say(&words::refused(network.name()))?;
                continue;
            }
            Verdict::Unreachable(why) => say(&words::not_checked(network.name(), &why))?,
        }
        return Ok(Some(with_token));
    }
    bail!(words::given_up(network.name()))
}

/// An answer. What is typed on a terminal is not shown there.
async fn read_line() -> anyhow::Result<String> {
    let input = std::io::stdin();
    let _hidden = input.is_terminal().then(Hidden::begin);
    let answer = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|_| line)
    });
    let line = answer.await??;
    if input.is_terminal() {
        // The line's end was not shown either.
        say("\n")?;
    }
    Ok(line.trim().to_owned())
}

/// A terminal that does not show what is typed, until it is dropped.
#[cfg(unix)]
struct Hidden(Option<rustix::termios::Termios>);

#[cfg(unix)]
impl Hidden {
    fn begin() -> Self {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

        let Ok(before) = tcgetattr(std::io::stdin()) else {
            return Self(None);
        };
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        let set = tcsetattr(std::io::stdin(), OptionalActions::Flush, &quiet);
        Self(set.is_ok().then_some(before))
    }
}

#[cfg(unix)]
impl Drop for Hidden {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};

        if let Some(before) = &self.0 {
            // A terminal that is gone needs nothing.
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, before);
        }
    }
}

#[cfg(not(unix))]
struct Hidden;

#[cfg(not(unix))]
impl Hidden {
    fn begin() -> Self {
        Self
    }
}
