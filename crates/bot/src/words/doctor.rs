//! The words of the doctor. Pure functions.

use std::io;
use std::path::Path;

use crate::doctor::{Finding, Verdict};

/// What is looked at.
pub(crate) const CONFIGURATION: &str = "configuration";
pub(crate) const TELEGRAM: &str = "Telegram";
pub(crate) const DISCORD: &str = "Discord";
pub(crate) const DATA: &str = "data folder";
pub(crate) const WORKERS: &str = "worker processes";

/// What is well.
pub(crate) const CONFIGURATION_READ: &str = "everything in it is understood";
pub(crate) const TOKEN_SET: &str = "a token is set";

/// What is worth to know.
pub(crate) const NO_TOKEN: &str = "no token is set, so the bot is not there";

/// What to do.
pub(crate) const FOLDER_REMEDY: &str =
    "Let the user that runs the bot write there, or name another folder with DUOLOGUE_DATA.";
pub(crate) const WORKERS_REMEDY: &str = "Files and pages of strangers are worked on in these processes. Run the bot on Linux, or in a container, if \
                                         strangers use it.";
pub(crate) const NO_WORKER_REMEDY: &str = "The bot starts its own program again for them: it has to be a file that can be executed, and processes must be left.";

/// What to do about a token that is not set.
pub(crate) fn set_token(network: &str) -> String {
    format!(
        "Set {}_TOKEN in .env if you want it there.",
        network.to_uppercase()
    )
}

pub(crate) fn folder_is_fine(folder: &Path) -> String {
    format!("{} can be written", folder.display())
}

pub(crate) fn cannot_write(folder: &Path, error: &io::Error) -> String {
    format!("{} cannot be written: {error}", folder.display())
}

pub(crate) fn limited(what: &str) -> String {
    format!("limited: {what}")
}

pub(crate) fn not_limited(what: &str, why: &str) -> String {
    format!("not limited here: {what} ({why})")
}

pub(crate) fn no_worker(error: &io::Error) -> String {
    format!("none can be started: {error}")
}

/// All findings for a terminal, with their sum.
pub(crate) fn findings(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let sign = match finding.verdict {
            Verdict::Well => "ok  ",
            Verdict::Note => "note",
            Verdict::Bad => "BAD ",
        };
        text.push_str(&format!("{sign}  {}: {}\n", finding.topic, finding.found));
        if let Some(remedy) = &finding.remedy {
            text.push_str(&format!("      {remedy}\n"));
        }
    }
    let bad = findings
        .iter()
        .filter(|finding| finding.verdict == Verdict::Bad)
        .count();
    text.push_str(&match bad {
        0 => "\nThe bot can run.\n".to_owned(),
        1 => "\nOne thing has to be mended.\n".to_owned(),
        bad => format!("\n{bad} things have to be mended.\n"),
    });
    text
}
