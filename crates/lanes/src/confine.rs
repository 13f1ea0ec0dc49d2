//! What a worker process gives up before it reads its first job. It cannot take any of it back. Owns nothing.

#[cfg(target_os = "linux")]
mod filter;
#[cfg(unix)]
mod unix;

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One thing that is limited, or is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// What it is about, such as `memory`.
    pub what: String,
    /// Why it is not limited; `None` when it is.
    pub missing: Option<String>,
}

impl Measure {
    #[cfg_attr(not(unix), expect(dead_code, reason = "nothing can be limited there"))]
    fn of<E: std::fmt::Display>(what: &str, result: Result<(), E>) -> Self {
        Self {
            what: what.to_owned(),
            missing: result.err().map(|error| error.to_string()),
        }
    }

    #[cfg_attr(
        target_os = "linux",
        expect(dead_code, reason = "everything can be limited here")
    )]
    fn missing(what: &str) -> Self {
        Self {
            what: what.to_owned(),
            missing: Some("this system has no way to do it".to_owned()),
        }
    }
}

/// Confines this process for good.
#[cfg(target_os = "linux")]
pub(crate) fn confine(memory: u64, parent: u32) -> Vec<Measure> {
    let mut measures = vec![unix::die_with(parent)];
    measures.extend(unix::limit(memory));
    measures.push(Measure::of("no files, network or processes", filter::install()));
    measures
}

/// Confines this process for good.
#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) fn confine(memory: u64, _parent: u32) -> Vec<Measure> {
    let mut measures = unix::limit(memory);
    measures.push(Measure::missing("no files, network or processes"));
    measures.push(Measure::missing("dies with the bot at once"));
    measures
}

/// Confines this process for good.
#[cfg(not(unix))]
pub(crate) fn confine(_memory: u64, _parent: u32) -> Vec<Measure> {
    [
        "memory",
        "processor time",
        "new files",
        "no files, network or processes",
        "dies with the bot at once",
    ]
    .map(Measure::missing)
    .into()
}

/// Lets this process use so much more time on the processor from now on, in whole seconds, rounded up.
#[cfg(unix)]
pub(crate) fn allow(processor: Duration) {
    unix::allow(processor);
}

/// Lets this process use so much more time on the processor from now on.
#[cfg(not(unix))]
pub(crate) fn allow(_processor: Duration) {}
