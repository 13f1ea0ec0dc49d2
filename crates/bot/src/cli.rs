//! The command line: what was asked for, or what is wrong with it. Pure functions.

use std::path::PathBuf;

use crate::words::terminal as words;

/// What the program should do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// Run the bot.
    Run,
    /// Ask for the tokens and write them into `.env`.
    Init,
    /// Run the sandbox alone, on this port where one is given; 0 takes any free one.
    Sandbox { port: Option<u16> },
    /// Look at everything that the bot stands on, and say it for people or for machines; ask the networks too where that
    /// is said.
    Doctor { json: bool, live: bool },
    /// Ask the bot that runs how it is.
    Health,
    /// Copy the data into a new file, also while the bot runs.
    Backup { file: PathBuf },
    /// Put a backup in the place of the data, or only check it.
    Restore { file: PathBuf, verify: bool },
    /// Say something in a chat; the text is read from the input where it is `-`.
    Send { chat: Address, text: String },
    /// Print what is kept about a person.
    Export { person: Address },
    /// Delete what is kept about a person, without asking back where that is said.
    Forget { person: Address, yes: bool },
    /// Say what can be asked for.
    Help,
    /// Say the version.
    Version,
}

/// A person or a chat of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// The name of the network.
    pub(crate) network: &'static str,
    /// The id there.
    pub(crate) id: String,
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
    /// There is less than the job needs.
    #[error("{}", words::too_little(.job, .what))]
    TooLittle {
        /// What was asked for.
        job: &'static str,
        /// What is missing.
        what: &'static str,
    },
    /// The port is no port.
    #[error("{}", words::bad_port(.0.as_deref()))]
    Port(Option<String>),
    /// It is neither a person nor a chat.
    #[error("{}", words::bad_address(.0))]
    Address(String),
}

/// The networks as they are named on the command line.
const NETWORKS: [&str; 2] = ["telegram", "discord"];

/// Reads the words behind the program's name.
pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Job, UsageError> {
    let mut words = words.into_iter();
    let Some(first) = words.next() else {
        return Ok(Job::Run);
    };
    let rest: Vec<String> = words.collect();
    if let [only] = rest.as_slice()
        && asks_for_help(only)
    {
        return Ok(Job::Help);
    }
    match first.as_str() {
        "run" => alone("run", rest, Job::Run),
        "init" => alone("init", rest, Job::Init),
        "sandbox" => sandbox(rest),
        "doctor" => {
            let (rest, json) = take("--json", rest);
            let (rest, live) = take("--live", rest);
            alone("doctor", rest, Job::Doctor { json, live })
        }
        "health" => alone("health", rest, Job::Health),
        "backup" => {
            let file = one("backup", words::A_FILE, rest)?.into();
            Ok(Job::Backup { file })
        }
        "restore" => {
            let (rest, verify) = take("--verify", rest);
            let file = one("restore", words::A_FILE, rest)?.into();
            Ok(Job::Restore { file, verify })
        }
        "send" => send(rest),
        "export" => {
            let person = person(&one("export", words::A_PERSON, rest)?)?;
            Ok(Job::Export { person })
        }
        "forget" => {
            let (rest, yes) = take("--yes", rest);
            let person = person(&one("forget", words::A_PERSON, rest)?)?;
            Ok(Job::Forget { person, yes })
        }
        "help" | "--help" | "-h" => alone("help", Vec::new(), Job::Help),
        "--version" | "-V" | "version" => alone("--version", rest, Job::Version),
        _ => Err(UsageError::Unknown(first)),
    }
}

/// A job that takes nothing more.
fn alone(name: &'static str, rest: Vec<String>, job: Job) -> Result<Job, UsageError> {
    match rest.into_iter().next() {
        None => Ok(job),
        Some(word) => Err(UsageError::TooMuch { job: name, word }),
    }
}

/// Whether a switch is there, and the words without it.
fn take(switch: &str, mut rest: Vec<String>) -> (Vec<String>, bool) {
    let before = rest.len();
    rest.retain(|word| word != switch);
    let found = rest.len() < before;
    (rest, found)
}

/// The one word that a job takes.
fn one(job: &'static str, what: &'static str, rest: Vec<String>) -> Result<String, UsageError> {
    let mut rest = rest.into_iter();
    let found = rest.next().filter(|word| !word.is_empty());
    let found = found.ok_or(UsageError::TooLittle { job, what })?;
    let switch = found.starts_with("--").then(|| found.clone());
    match switch.or(rest.next()) {
        None => Ok(found),
        Some(word) => Err(UsageError::TooMuch { job, word }),
    }
}

fn sandbox(rest: Vec<String>) -> Result<Job, UsageError> {
    let mut port = None;
    let mut words = rest.into_iter();
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

/// Everything behind the chat is the text, so that it needs no quotation marks.
fn send(rest: Vec<String>) -> Result<Job, UsageError> {
    let job = "send";
    let mut words = rest.into_iter();
    let what = words::A_CHAT;
    let chat = address(&words.next().ok_or(UsageError::TooLittle { job, what })?)?;
    let text = words.collect::<Vec<_>>().join(" ");
    if text.trim().is_empty() {
        let what = words::A_TEXT;
        return Err(UsageError::TooLittle { job, what });
    }
    Ok(Job::Send { chat, text })
}

/// A network and a number there, which is below zero for some chats.
fn address(word: &str) -> Result<Address, UsageError> {
    let wrong = || UsageError::Address(word.to_owned());
    let (network, id) = word.split_once(':').ok_or_else(wrong)?;
    let network = NETWORKS.into_iter().find(|known| *known == network);
    let network = network.ok_or_else(wrong)?;
    let digits = id.strip_prefix('-').unwrap_or(id);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(wrong());
    }
    let id = id.to_owned();
    Ok(Address { network, id })
}

fn person(word: &str) -> Result<Address, UsageError> {
    let address = address(word)?;
    if address.id.starts_with('-') {
        return Err(UsageError::Address(word.to_owned()));
    }
    Ok(address)
}

fn asks_for_help(word: &str) -> bool {
    matches!(word, "--help" | "-h")
}

#[cfg(test)]
mod tests {
    use super::{Address, Job, UsageError, parse};

    fn check(line: &str, expected: &Result<Job, UsageError>) {
        let words = line.split_whitespace().map(ToOwned::to_owned);
        assert_eq!(&parse(words), expected, "{line:?}");
    }

    fn at(network: &'static str, id: &str) -> Address {
        let id = id.to_owned();
        Address { network, id }
    }

    #[test]
    fn every_job_has_its_words() {
        check("", &Ok(Job::Run));
        check("run", &Ok(Job::Run));
        check("init", &Ok(Job::Init));
        check("sandbox", &Ok(Job::Sandbox { port: None }));
        check("sandbox --port 9000", &Ok(Job::Sandbox { port: Some(9000) }));
        check("sandbox --port=0", &Ok(Job::Sandbox { port: Some(0) }));
        check("sandbox -p 80", &Ok(Job::Sandbox { port: Some(80) }));
        for line in [
            "help",
            "--help",
            "-h",
            "help run",
            "run --help",
            "sandbox -h",
            "send --help",
            "backup -h",
        ] {
            check(line, &Ok(Job::Help));
        }
        check(
            "doctor",
            &Ok(Job::Doctor {
                json: false,
                live: false,
            }),
        );
        check(
            "doctor --live --json",
            &Ok(Job::Doctor {
                json: true,
                live: true,
            }),
        );
        check("health", &Ok(Job::Health));
        check("--version", &Ok(Job::Version));
        check("-V", &Ok(Job::Version));
    }

    #[test]
    fn what_is_done_with_data_names_a_file_or_a_person() {
        let file = "a.db".into();
        check("backup a.db", &Ok(Job::Backup { file }));
        for (line, verify) in [
            ("restore a.db", false),
            ("restore a.db --verify", true),
            ("restore --verify a.db", true),
        ] {
            let file = "a.db".into();
            check(line, &Ok(Job::Restore { file, verify }));
        }
        let person = at("telegram", "42");
        check("export telegram:42", &Ok(Job::Export { person }));
        for (line, yes) in [("forget discord:42", false), ("forget discord:42 --yes", true)] {
            let person = at("discord", "42");
            check(line, &Ok(Job::Forget { person, yes }));
        }
        let text = "hello there".to_owned();
        let chat = at("telegram", "-1001");
        check("send telegram:-1001 hello there", &Ok(Job::Send { chat, text }));
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
        check("backup a.db b.db", &too_much("backup", "b.db"));
        check("restore --verfy a.db", &too_much("restore", "--verfy"));
        check("health now", &too_much("health", "now"));
        for line in [
            "backup",
            "restore --verify",
            "send",
            "send telegram:1",
            "export",
            "forget --yes",
        ] {
            let words = line.split_whitespace().map(ToOwned::to_owned);
            assert!(
                matches!(parse(words), Err(UsageError::TooLittle { .. })),
                "{line}"
            );
        }
        for address in ["42", "irc:42", "telegram:", "telegram:anna", "telegram:-42"] {
            let wrong = Err(UsageError::Address(address.to_owned()));
            check(&format!("export {address}"), &wrong);
        }
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
