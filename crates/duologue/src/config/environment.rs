//! The variables of a process and of `.env`, as values that tests can make. Owns the values.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::problem::{ConfigProblem, Problems};
use super::variables::{self, IN_FILE};
use crate::words;

/// The largest file that a variable's value is read from, in bytes.
const LARGEST_VALUE_FILE: u64 = 64 * 1024;

/// The name of the file with variables.
const DOTENV: &str = ".env";

/// Where the values of variables come from: the process, then `.env`.
///
/// A variable of the process counts before the same one in `.env`, even when it is empty; an empty variable counts as
/// not set.
#[derive(Clone, Default)]
pub struct Environment {
    values: BTreeMap<String, String>,
    /// What relative paths start from.
    folder: PathBuf,
    problems: Vec<ConfigProblem>,
}

/// The names alone: the values may be secrets.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl Environment {
    /// An environment of these variables, without any file.
    #[must_use]
    pub fn new<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let values = values
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            values: values.collect(),
            ..Self::default()
        }
    }

    /// The environment of this process, with the file `.env` of its working directory where there is one.
    #[must_use]
    pub fn of_process() -> Self {
        let mut environment = Self::default();
        for (name, value) in std::env::vars_os() {
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) => {
                    environment.values.insert(name, value);
                }
                Err(_) if variables::all().contains(&name) => {
                    environment.problem(&name, words::no_text());
                }
                Err(_) => {}
            }
        }
        match std::fs::read_to_string(DOTENV) {
            Ok(text) => environment.dotenv(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => environment,
            Err(error) => {
                environment.problem(DOTENV, words::unreadable(Path::new(DOTENV), &error));
                environment
            }
        }
    }

    /// The same with the folder that relative paths start from.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = folder.into();
        self
    }

    /// The same with what a text in the form of `.env` adds. What is set already stays.
    #[must_use]
    pub fn dotenv(mut self, text: &str) -> Self {
        // The line of an error is the reader's own, as its text may hold a secret.
        for (index, pair) in dotenvy::from_read_iter(text.as_bytes()).enumerate() {
            match pair {
                Ok((name, value)) => {
                    self.values.entry(name).or_insert(value);
                }
                Err(error) => {
                    let line = match &error {
                        dotenvy::Error::LineParse(line, _) => place(text, line),
                        _ => None,
                    };
                    self.problem(DOTENV, words::bad_line(line.unwrap_or(index + 1)));
                }
            }
        }
        self
    }

    fn problem(&mut self, key: &str, trouble: words::Trouble) {
        self.problems.push(ConfigProblem::new(key, trouble));
    }

    /// What went wrong when the variables were collected.
    pub(crate) fn problems(&self) -> Vec<ConfigProblem> {
        self.problems.clone()
    }

    /// The variables that look like ours and are none.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let unknown = self.values.keys().filter_map(|name| {
            let nearest = variables::unknown(name)?;
            Some(words::unknown_variable(name, nearest.as_deref()))
        });
        unknown.collect()
    }

    /// A variable's value, where it is set and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let value = self.values.get(name)?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// Whether a variable is set, by itself or with `_FILE`, whatever its value is worth.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some() || self.get(&format!("{name}{IN_FILE}")).is_some()
    }

    /// A path as this environment means it.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// The value of a variable, or of the file that the variable with `_FILE` names.
    pub(crate) fn value(&self, name: &str, problems: &mut Problems) -> Option<String> {
        let in_file = format!("{name}{IN_FILE}");
        let Some(path) = self.get(&in_file) else {
            return self.get(name).map(str::to_owned);
        };
        if self.get(name).is_some() {
            problems.add(&in_file, words::set_twice(name, &in_file));
            return None;
        }
        // What has no sign of a path may be the secret itself, put into the wrong variable.
        let shown = if path.contains(['/', '.', '\\']) {
            self.path(path)
        } else {
            PathBuf::from(words::ITS_FILE)
        };
        let path = self.path(path);
        let value = match read_small(&path) {
            Ok(value) => value.trim().to_owned(),
            Err(error) => {
                problems.add(in_file, words::unreadable(&shown, &error));
                return None;
            }
        };
        if value.is_empty() {
            problems.add(in_file, words::empty_file(&shown));
            return None;
        }
        Some(value)
    }
}

/// The number of the line, from 1, whose text the reader of `.env` stumbled over.
fn place(text: &str, line: &str) -> Option<usize> {
    let line = line.trim();
    let found = text.lines().position(|candidate| candidate.trim() == line)?;
    Some(found + 1)
}

fn read_small(path: &Path) -> std::io::Result<String> {
    if std::fs::metadata(path)?.len() > LARGEST_VALUE_FILE {
        return Err(std::io::Error::new(
            std::io::ErrorKind::FileTooLarge,
            "it is too large to hold a single value",
        ));
    }
    std::fs::read_to_string(path)
}
