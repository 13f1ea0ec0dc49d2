//! The words of the commands that look after a bot and its data, on the terminal. Pure functions.

use std::path::Path;

use duologue::store::{Counts, Forgotten};
use duologue::words::bytes;
use duologue::{Restored, Verified};

/// What is asked before somebody is forgotten, and what is taken for a yes.
pub(crate) const REALLY: &str = "Type yes to delete it for good: ";
pub(crate) const YES: &str = "yes";

/// Nothing was deleted.
pub(crate) const KEPT: &str = "Nothing was deleted.\n";

/// Nothing is kept about somebody.
pub(crate) const NOTHING_KEPT: &str = "Nothing is kept about this person.\n";

/// Health is served nowhere.
pub(crate) const NO_HEALTH: &str = "the bot serves its health nowhere: set DUOLOGUE_HEALTH=127.0.0.1:9464, or listen in the section [health], and start it again";

/// There is no data.
pub(crate) fn no_data(directory: &Path) -> String {
    format!(
        "there is no data in {}: has the bot run, and is DUOLOGUE_DATA the same as the bot's?",
        directory.display()
    )
}

/// Nothing was kept of a text.
pub(crate) const NO_TEXT: &str = "there is no text on the input";

/// The text is too long.
pub(crate) fn too_long(most: u64) -> String {
    format!("the text has more than {}", bytes(most))
}

/// The bot has the data.
pub(crate) fn in_use(pid: &str, since: &str) -> String {
    format!("the bot runs (process {pid}, since {since}): stop it first, then do this again")
}

/// What is in a file of data.
fn contents(verified: &Verified) -> String {
    let Counts {
        inbox,
        outgoing,
        sending,
        unknown,
        failed,
        dead,
        jobs,
        tasks,
        ..
    } = verified.counts;
    let lines = [
        (inbox, "event that waits", "events that wait"),
        (outgoing + sending, "message to send", "messages to send"),
        (
            unknown + failed,
            "message that was not sent, or perhaps not",
            "messages that were not sent, or perhaps not",
        ),
        (dead, "event that was given up", "events that were given up"),
        (jobs, "reminder or other job", "reminders and other jobs"),
        (tasks, "task", "tasks"),
    ];
    let lines = lines
        .iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| format!("  {}\n", amount(*number, one, many)));
    format!(
        "  {}, version {} of the data\n{}",
        bytes(verified.bytes),
        verified.version,
        lines.collect::<String>()
    )
}

/// A number of things.
fn amount(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A backup was made.
pub(crate) fn backed_up(file: &Path, verified: &Verified) -> String {
    format!("{}: all data, checked\n{}", file.display(), contents(verified))
}

/// A backup is whole.
pub(crate) fn is_whole(file: &Path, verified: &Verified) -> String {
    format!("{}: a whole backup\n{}", file.display(), contents(verified))
}

/// A backup was put in place.
pub(crate) fn restored(directory: &Path, restored: &Restored) -> String {
    let kept = match &restored.kept {
        Some(kept) => format!("What was there is kept as {}.\n", kept.display()),
        None => "Nothing was there before.\n".to_owned(),
    };
    format!(
        "The backup is in place in {}:\n{}{kept}",
        directory.display(),
        contents(&restored.verified)
    )
}

/// Something was said.
pub(crate) fn sent(chat: &str, messages: &[String]) -> String {
    let messages = messages.join(", ");
    format!("sent to {chat}: message {messages}\n")
}

/// What the features keep about somebody.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Beside {
    pub(crate) chats: u64,
    pub(crate) owner: bool,
    pub(crate) name: bool,
}

/// How much is kept about somebody.
pub(crate) fn is_kept(person: &str, kept: &Forgotten, beside: &Beside) -> String {
    format!("Kept about {person}:\n{}", amounts(kept, beside))
}

/// Somebody was forgotten.
pub(crate) fn forgotten(person: &str, forgotten: &Forgotten, beside: &Beside) -> String {
    format!(
        "Deleted about {person}:\n{}Backups are not touched: what is in them stays until you delete them.\nWhat the \
         buttons of messages do is kept for up to 30 days, under random names without the person's id.\n",
        amounts(forgotten, beside)
    )
}

fn amounts(forgotten: &Forgotten, beside: &Beside) -> String {
    let lines = [
        (forgotten.accounts, "linked account", "linked accounts"),
        (
            beside.chats,
            "private chat that the bot knows",
            "private chats that the bot knows",
        ),
        (forgotten.states, "setting or memory", "settings and memories"),
        (forgotten.events, "event that waits", "events that wait"),
        (
            forgotten.dead,
            "event that was given up",
            "events that were given up",
        ),
        (
            forgotten.outgoing,
            "message in the outbox",
            "messages in the outbox",
        ),
        (
            forgotten.jobs,
            "reminder or other job",
            "reminders and other jobs",
        ),
        (forgotten.tasks, "task", "tasks"),
    ];
    let lines = lines.iter().filter(|(number, ..)| *number > 0);
    let mut text: String = lines
        .map(|(number, one, many)| format!("  {}\n", amount(*number, one, many)))
        .collect();
    if beside.owner {
        text.push_str("  ownership of the bot\n");
    }
    if beside.name {
        text.push_str("  name beside a link code\n");
    }
    text
}

/// How the bot is, in one line: each network with its state and what is wrong there.
pub(crate) fn health(
    well: bool,
    networks: &[(String, String, Option<String>)],
    data: Option<&str>,
) -> String {
    let networks = networks.iter().map(|(network, status, why)| match why {
        Some(why) => format!("{network} {status} ({why})"),
        None => format!("{network} {status}"),
    });
    let networks = networks.collect::<Vec<_>>().join(", ");
    let verdict = if well { "well" } else { "not well" };
    match data {
        Some(trouble) => format!("{verdict}: {networks}; the data cannot be written: {trouble}"),
        None => format!("{verdict}: {networks}"),
    }
}

/// Why there was no answer to a question for health.
pub(crate) const TOO_SLOW: &str = "it takes too long";
pub(crate) const NOBODY_LISTENS: &str = "nobody listens";
pub(crate) const ODD_ANSWER: &str = "the answer is none of a bot's";

/// Nobody answers.
pub(crate) fn no_answer(address: &str, why: &str) -> String {
    format!("not well: nobody answers at {address} ({why})")
}
