//! The command line: what was asked for, or what is wrong with it. Pure functions.

use crate::words;

/// What the program should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// Run the bot.
    Run,
    /// Run the sandbox alone, on this port where one is given; 0 takes any free one.
    Sandbox { port: Option<u16> },
    /// Look at everything that the bot stands on, and say it for people or for machines.
    Doctor { json: bool },
    /// Say what can be asked for.
    Help,
    /// Say the version.
    Version,
}

/// What is wrong with a command line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UsageError {
    /// Nothing has this name.
    #[error("{}", words::unknown_word(.0))]
    Unknown(String),
    /// There is more than the job takes.
    #[error("{}", words::too_much(.job, .word))]
    TooMuch {
        /// What was asked for.
        job: &'static str,
        /// What is too much.
        word: String,
    },
    /// The port is no port.
    #[error("{}", words::bad_port(.0.as_deref()))]
    Port(Option<String>),
}

/// Reads the words behind the program's name.
pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Job, UsageError> {
    let mut words = words.into_iter();
    let Some(first) = words.next() else {
        return Ok(Job::Run);
    };
    let (name, job) = match first.as_str() {
        "run" => ("run", Job::Run),
        "sandbox" => return sandbox(words),
        "doctor" => return doctor(words),
        "help" | "--help" | "-h" => return Ok(Job::Help),
        "--version" | "-V" | "version" => ("--version", Job::Version),
        _ => return Err(UsageError::Unknown(first)),
    };
    match words.next() {
        None => Ok(job),
        Some(word) if asks_for_help(&word) => Ok(Job::Help),
        Some(word) => Err(UsageError::TooMuch { job: name, word }),
    }
}

fn sandbox(mut words: impl Iterator<Item = String>) -> Result<Job, UsageError> {
    let mut port = None;
    while let Some(word) = words.next() {
        let value = match word.split_once('=') {
            Some(("--port", value)) => Some(value.to_owned()),
            None if word == "--port" || word == "-p" => words.next(),
            None if asks_for_help(&word) => return Ok(Job::Help),
            _ => {
                let job = "sandbox";
                return Err(UsageError::TooMuch { job, word });
            }
        };
        match value.as_deref().map(str::parse) {
            Some(Ok(number)) => port = Some(number),
            _ => return Err(UsageError::Port(value)),
        }
    }
    Ok(Job::Sandbox { port })
}

fn doctor(words: impl Iterator<Item = String>) -> Result<Job, UsageError> {
    let mut json = false;
    for word in words {
        match word.as_str() {
            "--json" => json = true,
            word if asks_for_help(word) => return Ok(Job::Help),
            _ => {
                let job = "doctor";
                return Err(UsageError::TooMuch { job, word });
            }
        }
    }
    Ok(Job::Doctor { json })
}

fn asks_for_help(word: &str) -> bool {
    matches!(word, "--help" | "-h")
}

#[cfg(test)]
mod tests {
    use super::{Job, UsageError, parse};

    fn check(line: &str, expected: &Result<Job, UsageError>) {
        let words = line.split_whitespace().map(ToOwned::to_owned);
        assert_eq!(&parse(words), expected, "{line:?}");
    }

    #[test]
    fn every_job_has_its_words() {
        check("", &Ok(Job::Run));
        check("run", &Ok(Job::Run));
        check("sandbox", &Ok(Job::Sandbox { port: None }));
        check("sandbox --port 9000", &Ok(Job::Sandbox { port: Some(9000) }));
        check("sandbox --port=0", &Ok(Job::Sandbox { port: Some(0) }));
        check("sandbox -p 80", &Ok(Job::Sandbox { port: Some(80) }));
        for line in ["help", "--help", "-h", "help run", "run --help", "sandbox -h"] {
            check(line, &Ok(Job::Help));
        }
        check("doctor", &Ok(Job::Doctor { json: false }));
        check("doctor --json", &Ok(Job::Doctor { json: true }));
        check("--version", &Ok(Job::Version));
        check("-V", &Ok(Job::Version));
    }

    #[test]
    fn what_is_wrong_is_named() {
        check("rum", &Err(UsageError::Unknown("rum".to_owned())));
        check("--port 9000", &Err(UsageError::Unknown("--port".to_owned())));
        check("sandbox --port", &Err(UsageError::Port(None)));
        for port in ["x", "70000", "-1", ""] {
            check(
                &format!("sandbox --port={port}"),
                &Err(UsageError::Port(Some(port.to_owned()))),
            );
        }
        let too_much = |job, word: &str| {
            let word = word.to_owned();
            Err(UsageError::TooMuch { job, word })
        };
        check("run fast", &too_much("run", "fast"));
        check("doctor strange", &too_much("doctor", "strange"));
        check("sandbox 9000", &too_much("sandbox", "9000"));
    }

    #[test]
    fn an_error_says_what_to_do() {
        let sentence = UsageError::Unknown("rum".to_owned()).to_string();
        assert!(
            sentence.contains("rum") && sentence.contains("duologue help"),
            "{sentence}"
        );
    }
}
