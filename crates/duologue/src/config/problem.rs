//! What is wrong with a configuration. Pure data.

use std::fmt;

use crate::log::redact;
use crate::words::Trouble;

/// Everything that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Each thing that is wrong.
    pub problems: Vec<ConfigProblem>,
    /// What is odd beside that: it may be the reason.
    pub warnings: Vec<String>,
}

/// One thing that is wrong, and what to do about it. It never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// The variable, or the key in the file.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl std::error::Error for ConfigError {}

impl ConfigProblem {
    pub(crate) fn new(key: impl Into<String>, trouble: Trouble) -> Self {
        Self {
            key: redact(&key.into()),
            what: redact(&trouble.what),
            remedy: trouble.remedy,
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration cannot be used")?;
        for problem in &self.problems {
            write!(f, "\n  {problem}")?;
        }
        for warning in &self.warnings {
            write!(f, "\n  {warning}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.key, self.what, self.remedy)
    }
}

/// What was found so far.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<ConfigProblem>);

impl Problems {
    pub(crate) fn add(&mut self, key: impl Into<String>, trouble: Trouble) {
        self.0.push(ConfigProblem::new(key, trouble));
    }

    pub(crate) fn extend(&mut self, problems: impl IntoIterator<Item = ConfigProblem>) {
        self.0.extend(problems);
    }

    pub(crate) fn into_inner(self) -> Vec<ConfigProblem> {
        self.0
    }

    /// Nothing may be wrong; what is odd is said together with what is.
    pub(crate) fn end(self, warnings: &[String]) -> Result<(), ConfigError> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(ConfigError {
            problems: self.0,
            warnings: warnings.to_vec(),
        })
    }
}
