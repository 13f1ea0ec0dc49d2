//! The words of the doctor. Pure functions.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use duologue::Verified;
use duologue::words::bytes;

use crate::doctor::{Finding, Verdict};

/// How much of a server's name is shown, in characters.
const SERVER_NAME: usize = 60;

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

/// What a network says about the bot.
pub(crate) const REFUSED: &str = "the network does not know this token";
pub(crate) const UNREACHABLE_REMEDY: &str = "Look at this machine's way to the Internet, and at a proxy or a firewall in it. The bot itself goes on trying.";
pub(crate) const PRIVACY: &str =
    "privacy mode is on, so the bot does not hear what it wants to read in groups";
pub(crate) const PRIVACY_REMEDY: &str =
    "Send /setprivacy to @BotFather and choose Disable, then add the bot to its groups anew.";
pub(crate) const WEBHOOK_IN_THE_WAY: &str =
    "a webhook is set, so nothing comes to a bot that asks for updates";
pub(crate) const WEBHOOK_REMEDY: &str =
    "Set TELEGRAM_WEBHOOK_URL if it should come by webhook, or call deleteWebhook.";
pub(crate) const OTHER_WEBHOOK: &str = "another webhook is set; the bot sets its own when it starts";
pub(crate) const NO_CONTENT: &str =
    "the bot wants to read messages, and the portal does not give it their content";
pub(crate) const NO_CONTENT_REMEDY: &str =
    "Switch on Message Content Intent on the page Bot of the application in the developer portal.";
pub(crate) const ENDPOINT_IN_THE_WAY: &str =
    "the portal names an address for interactions, so commands and buttons do not come over the gateway";
pub(crate) const ENDPOINT_REMEDY: &str = "Take Interactions Endpoint URL away in the developer portal, or set interactions = \"endpoint\" in [discord].";
pub(crate) const NO_ENDPOINT: &str = "the portal names no address for interactions, so none come";
pub(crate) const NO_ENDPOINT_REMEDY: &str =
    "Put the public address into Interactions Endpoint URL in the developer portal while the bot runs.";
pub(crate) const SESSIONS_REMEDY: &str = "Something starts the bot again and again. End that, and wait until tomorrow: too many sessions cost the token.";
pub(crate) const MENU_REMEDY: &str =
    "The bot puts it right when it starts, unless register_commands is false.";
pub(crate) const CLOCK_REMEDY: &str =
    "Let the machine keep its time by NTP: reminders and signatures depend on it.";

pub(crate) fn known(name: &str) -> String {
    format!("the token is that of @{name}")
}

pub(crate) fn refused_remedy(network: &str) -> String {
    format!(
        "Put the token that is valid now into {}_TOKEN.",
        network.to_uppercase()
    )
}

pub(crate) fn unreachable(error: &reqwest::Error) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    format!("not reached: {last}")
}

pub(crate) fn odd_answer(status: u16) -> String {
    format!("it answers with status {status}")
}

pub(crate) fn webhook_error(error: &str) -> String {
    format!("the last update did not get through by webhook: {error}")
}

pub(crate) fn sessions(remaining: u64, total: u64) -> String {
    format!("{remaining} of {total} sessions of the gateway are left today")
}

pub(crate) fn menu(commands: usize) -> String {
    format!("the menu shows the bot's {commands} commands")
}

pub(crate) fn other_menu(missing: usize, foreign: usize) -> String {
    format!("the menu is not the bot's: {missing} commands are missing, {foreign} are not its own")
}

/// What the bot may on servers. A server's name is its people's, so nothing of it but letters reaches the terminal.
pub(crate) const LACKS_REMEDY: &str = "Give them to the bot's role there (Server Settings, Roles), or leave it so if that is meant. Answers to commands and presses come all the same; reminders, results that take long and files may not.";

pub(crate) fn may_all(servers: usize) -> String {
    match servers {
        1 => "the bot may do what it needs on its one server".to_owned(),
        _ => format!("the bot may do what it needs on its {servers} servers"),
    }
}

pub(crate) fn lacks(server: &str, permissions: &[&str]) -> String {
    let shown: String = server
        .chars()
        .filter(|letter| !letter.is_control())
        .take(SERVER_NAME)
        .collect();
    format!("on the server {shown:?} the bot lacks {}", permissions.join(", "))
}

pub(crate) fn more_lack(servers: usize) -> String {
    format!("on {servers} more of its servers the bot lacks permissions")
}

pub(crate) fn only_first(servers: usize) -> String {
    format!("the bot is on many servers; only {servers} of them were looked at")
}

pub(crate) fn clock(skew: Duration) -> String {
    format!("this machine's clock is {} s off", skew.as_secs())
}

/// What the store says.
pub(crate) const STORE_REMEDY: &str =
    "Put a backup in its place with `duologue restore`, see config/hosting.md.";
pub(crate) const DISK_REMEDY: &str = "Make room before the bot has to stop taking events.";

pub(crate) fn store_is_fine(file: &Path, found: &Verified) -> String {
    format!(
        "{} is whole: {}, {} waiting events, {} unsent messages, {} dead letters",
        file.display(),
        bytes(found.counts.bytes),
        found.counts.inbox,
        found.counts.outgoing + found.counts.sending,
        found.counts.dead
    )
}

pub(crate) fn store_is_bad(file: &Path, error: &dyn std::error::Error) -> String {
    format!("{} cannot be used: {error}", file.display())
}

pub(crate) fn disk(free: u64) -> String {
    format!("{} are free on its disk", bytes(free))
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
