//! Who may use the bot, as the file has it. Pure data and its check.

use serde::Deserialize;

use super::super::problem::Problems;
use super::super::{AccessEntry, Config};
use crate::words;

/// The networks that an entry may name.
const NETWORKS: [&str; 2] = ["telegram", "discord"];

/// Those that have servers.
const WITH_SERVERS: [&str; 1] = ["discord"];

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
    // The client says server, the network's documentation guild.
    if let Some(id) = rest
        .strip_prefix("server:")
        .or_else(|| rest.strip_prefix("guild:"))
    {
        let good = WITH_SERVERS.contains(&&*network) && is_number(id);
        let id = id.to_owned();
        return good.then_some(AccessEntry::Server { network, id });
    }
    let (chat, id) = match rest.strip_prefix("chat:") {
        Some(id) => (true, id),
        None => (false, rest),
    };
    // Chats of several people have negative numbers on one of the networks.
    let digits = id.strip_prefix('-').filter(|_| chat).unwrap_or(id);
    if !is_number(digits) {
        return None;
    }
    let id = id.to_owned();
    Some(if chat {
        AccessEntry::Chat { network, id }
    } else {
        AccessEntry::User { network, id }
    })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::entry;
    use crate::config::AccessEntry;

    #[test]
    fn an_entry_is_a_user_a_chat_or_a_server_of_a_network() {
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
        for text in ["discord:server:7", "discord:guild:7"] {
            let (network, id) = ("discord".to_owned(), "7".to_owned());
            assert_eq!(entry(text), Some(AccessEntry::Server { network, id }), "{text}");
        }
        for bad in [
            "42",
            "telegram",
            "telegram:",
            "telegram:-42",
            "irc:42",
            "discord:server:",
            "discord:server:-1",
            "telegram:server:1",
            "discord:room:1",
            "discord:x",
        ] {
            assert_eq!(entry(bad), None, "{bad}");
        }
    }
}
