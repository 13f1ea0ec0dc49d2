//! Who may use the bot, as the file has it. Pure data and its check.

use serde::Deserialize;

use super::super::problem::Problems;
use super::super::{AccessEntry, Config};
use crate::words;

/// The networks that an entry may name.
const NETWORKS: [&str; 2] = ["telegram", "discord"];

/// The section as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAccess {
    #[serde(default)]
    allow: Vec<String>,
    #[serde(default)]
    deny: Vec<String>,
}

impl RawAccess {
    /// Checks the entries and puts them into the configuration.
    pub(super) fn apply(&self, config: &mut Config, problems: &mut Problems) {
        for (key, entries, place) in [
            ("access.allow", &self.allow, &mut config.access.allow),
            ("access.deny", &self.deny, &mut config.access.deny),
        ] {
            for text in entries {
                match entry(text) {
                    Some(entry) => place.push(entry),
                    None => problems.add(key, words::bad_access(text)),
                }
            }
        }
    }
}

fn entry(text: &str) -> Option<AccessEntry> {
    let (network, rest) = text.trim().split_once(':')?;
    let network = NETWORKS.contains(&network).then(|| network.to_owned())?;
    let (chat, id) = match rest.strip_prefix("chat:") {
        Some(id) => (true, id),
        None => (false, rest),
    };
    // Chats of several people have negative numbers on one of the networks.
    let digits = id.strip_prefix('-').filter(|_| chat).unwrap_or(id);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let id = id.to_owned();
    Some(if chat {
        AccessEntry::Chat { network, id }
    } else {
        AccessEntry::User { network, id }
    })
}

#[cfg(test)]
mod tests {
    use super::entry;
    use crate::config::AccessEntry;

    #[test]
    fn an_entry_is_a_user_or_a_chat_of_a_network() {
        let network = || "telegram".to_owned();
        let id = "-1001".to_owned();
        assert_eq!(
            entry("telegram:chat:-1001"),
            Some(AccessEntry::Chat {
                network: network(),
                id
            })
        );
        let id = "42".to_owned();
        assert_eq!(
            entry(" telegram:42 "),
            Some(AccessEntry::User {
                network: network(),
                id
            })
        );
        for bad in [
            "42",
            "telegram",
            "telegram:",
            "telegram:-42",
            "irc:42",
            "discord:guild:1",
            "discord:x",
        ] {
            assert_eq!(entry(bad), None, "{bad}");
        }
    }
}
