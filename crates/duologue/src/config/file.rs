//! The configuration file as it is written: the raw types, and the step to the checked ones. Owns nothing.

mod access;
mod networks;
mod tasks;

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use self::access::RawAccess;
use self::networks::{RawDiscord, RawTelegram};
use self::tasks::RawTasks;
use super::problem::Problems;
use super::{
    CONFIG_VARIABLE, Config, DEFAULT_FILE, Durability, Environment, HEALTH_EXAMPLE, LogFormat, check,
    variables,
};
use crate::words;

/// The file's sections, each as it is written.
#[derive(Debug, Default)]
pub(crate) struct File {
    register_commands: Option<bool>,
    durability: Option<String>,
    engine: RawEngine,
    tasks: RawTasks,
    log: RawLog,
    sandbox: RawSandbox,
    pub(crate) telegram: RawTelegram,
    pub(crate) discord: RawDiscord,
    health: RawHealth,
    access: RawAccess,
    features: Table,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEngine {
    turns: Option<usize>,
    control_turns: Option<usize>,
    turn_deadline: Option<String>,
    conversation_bound: Option<usize>,
    total_bound: Option<usize>,
    shutdown: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLog {
    filter: Option<String>,
    format: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSandbox {
    port: Option<u16>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHealth {
    listen: Option<String>,
}

/// What may stand at the top of the file.
const TOP: [&str; 11] = [
    "register_commands",
    "durability",
    "access",
    "engine",
    "tasks",
    "features",
    "health",
    "log",
    "sandbox",
    "telegram",
    "discord",
];

/// The most turns that may be asked for; each is a task of its own.
const MOST_TURNS: usize = 4096;

/// The most events that may be asked to be kept in memory.
const MOST_EVENTS: usize = 1 << 22;

impl File {
    /// Reads the file that the environment names, or the default one, which need not exist.
    pub(crate) fn read(environment: &Environment, problems: &mut Problems) -> Self {
        let named = environment.get(CONFIG_VARIABLE);
        let path = environment.path(named.unwrap_or(DEFAULT_FILE));
        let key = if named.is_some() {
            CONFIG_VARIABLE
        } else {
            DEFAULT_FILE
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&path.display().to_string(), &text, problems),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => Self::default(),
            Err(error) => {
                problems.add(key, words::unreadable(&path, &error));
                Self::default()
            }
        }
    }

    /// Reads the text of a file. Sections are read one by one, so that a mistake in one does not hide the next.
    pub(crate) fn parse(name: &str, text: &str, problems: &mut Problems) -> Self {
        let mut table: Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                let error: toml::de::Error = error;
                let line = error
                    .span()
                    .map(|span| text[..span.start.min(text.len())].lines().count().max(1));
                problems.add(name, words::bad_toml(line, error.message()));
                return Self::default();
            }
        };
        let file = Self {
            register_commands: section(&mut table, "register_commands", problems),
            durability: section(&mut table, "durability", problems),
            engine: section(&mut table, "engine", problems).unwrap_or_default(),
            tasks: section(&mut table, "tasks", problems).unwrap_or_default(),
            features: section(&mut table, "features", problems).unwrap_or_default(),
            health: section(&mut table, "health", problems).unwrap_or_default(),
            access: section(&mut table, "access", problems).unwrap_or_default(),
            log: section(&mut table, "log", problems).unwrap_or_default(),
            sandbox: section(&mut table, "sandbox", problems).unwrap_or_default(),
            telegram: section(&mut table, "telegram", problems).unwrap_or_default(),
            discord: section(&mut table, "discord", problems).unwrap_or_default(),
        };
        for key in table.keys() {
            problems.add(
                key,
                words::unknown_key(&TOP, variables::nearest(key, TOP.into_iter())),
            );
        }
        file
    }

    /// Checks what the file says and puts it into the configuration.
    pub(crate) fn apply(&self, config: &mut Config, problems: &mut Problems) {
        if let Some(register) = self.register_commands {
            config.engine.register_commands = register;
        }
        match self.durability.as_deref() {
            None => {}
            Some("full") => config.durability = Durability::Full,
            Some("none") => config.durability = Durability::None,
            Some(_) => problems.add("durability", words::bad_durability()),
        }
        let executor = &mut config.engine.executor;
        for (key, value, place, most) in [
            ("engine.turns", self.engine.turns, &mut executor.turns, MOST_TURNS),
            (
                "engine.control_turns",
                self.engine.control_turns,
                &mut executor.control_turns,
                MOST_TURNS,
            ),
            (
                "engine.conversation_bound",
                self.engine.conversation_bound,
                &mut executor.conversation_bound,
                MOST_EVENTS,
            ),
            (
                "engine.total_bound",
                self.engine.total_bound,
                &mut executor.total_bound,
                duologue_core::OUTBOX_BOUND / 2,
            ),
        ] {
            match value {
                Some(value) if (1..=most).contains(&value) => *place = value,
                Some(_) => {
                    problems.add(key, words::out_of_bounds(1, most));
                }
                None => {}
            }
        }
        for (key, value, place) in [
            (
                "engine.turn_deadline",
                &self.engine.turn_deadline,
                &mut executor.turn_deadline,
            ),
            (
                "engine.shutdown",
                &self.engine.shutdown,
                &mut config.engine.shutdown,
            ),
        ] {
            if let Some(length) = value.as_deref().and_then(|text| duration(key, text, problems)) {
                *place = length;
            }
        }
        self.tasks.apply(config, problems);
        self.access.apply(config, problems);
        config.features.clone_from(&self.features);
        if let Some(text) = &self.log.filter {
            config.log.filter = check::filter("log.filter", text, problems);
        }
        match self.log.format.as_deref() {
            Some("text") => config.log.format = LogFormat::Text,
            Some("json") => config.log.format = LogFormat::Json,
            Some(_) => {
                problems.add("log.format", words::bad_format());
            }
            None => {}
        }
        if let Some(listen) = &self.health.listen {
            config.health = check::address("health.listen", listen, HEALTH_EXAMPLE, problems);
        }
        if let Some(port) = self.sandbox.port {
            config.sandbox.port = port;
        }
    }
}

/// Takes a section out of the file.
fn section<T: DeserializeOwned>(table: &mut Table, key: &str, problems: &mut Problems) -> Option<T> {
    let value: Value = table.remove(key)?;
    // What a feature calls its settings is its own matter.
    if key != "features" && has_secret(&value) {
        problems.add(key, words::secret_in_file());
        return None;
    }
    match value.try_into() {
        Ok(value) => Some(value),
        Err(error) => {
            problems.add(key, words::bad_section(&error.to_string()));
            None
        }
    }
}

/// Whether a section holds a key that names a secret, at any depth.
fn has_secret(value: &Value) -> bool {
    value.as_table().is_some_and(|table| {
        table
            .iter()
            .any(|(key, value)| key.contains("token") || key.contains("secret") || has_secret(value))
    })
}

fn duration(key: &str, text: &str, problems: &mut Problems) -> Option<Duration> {
    let length = duologue_core::command::parse_duration(text).filter(|length| !length.is_zero());
    if length.is_none() {
        problems.add(key, words::bad_duration());
    }
    length
}
