//! The words of the doctor. Pure functions.

use std::io;
use std::net::SocketAddr;
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
pub(crate) const POLLING: &str = "a token is set; the bot asks for updates (long polling)";
pub(crate) const GATEWAY: &str = "a token is set; everything comes over the gateway";

pub(crate) fn webhook(url: &str, listen: SocketAddr) -> String {
    format!("a token is set; updates come by webhook to {url}, which leads to {listen}")
}

pub(crate) fn endpoint(path: &str, listen: SocketAddr, gateway: bool) -> String {
    let rest = if gateway {
        "everything else over the gateway"
    } else {
        "and nothing else comes"
    };
    format!("a token is set; interactions come by HTTP to {listen}{path}, {rest}")
}

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

pub(crate) fn cannot_listen(address: SocketAddr, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("{address} is in use: by the bot, if it runs now, or by another program")
        }
        _ => format!("{address} cannot be listened at: {error}"),
    }
}

/// What to do about an address that cannot be listened at.
pub(crate) fn listen_remedy(network: &str) -> String {
    let setting = if network == TELEGRAM {
        "TELEGRAM_WEBHOOK_LISTEN in .env"
    } else {
        "discord.endpoint.listen in config/duologue.toml"
    };
    format!("Set {setting} to a free port of this machine, and lead the proxy there.")
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
