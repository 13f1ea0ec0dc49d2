//! What the bot may do on each of its Discord servers, and what it lacks. Pure functions.
//!
//! It is what the roles give on a whole server. A channel can take it away or give it, which would be a call for each.

use serde_json::Value;

use super::{Finding, Verdict};
use crate::words::doctor as words;

/// The most servers that one call tells of, which is the only one that is made (resources/user, "Get Current User
/// Guilds").
const TOLD: usize = 200;

/// How many servers are named; the others are counted.
const NAMED: usize = 5;

/// `ADMINISTRATOR`: all of them.
const ADMINISTRATOR: u64 = 1 << 3;

/// What the bot needs to say something by itself, by the names in Discord's client (topics/permissions).
const NEEDED: [(u64, &str); 6] = [
    (1 << 10, "View Channels"),
    (1 << 11, "Send Messages"),
    (1 << 38, "Send Messages in Threads"),
    (1 << 14, "Embed Links"),
    (1 << 15, "Attach Files"),
    (1 << 16, "Read Message History"),
];

/// One server on which something is missing.
struct Lacking<'a> {
    server: &'a str,
    permissions: Vec<&'static str>,
}

/// What is found about the permissions in a list of the bot's servers; nothing where it is on none.
pub(super) fn permissions(guilds: &Value) -> Vec<Finding> {
    let guilds = guilds.as_array().map(Vec::as_slice).unwrap_or_default();
    let lacking: Vec<Lacking<'_>> = guilds.iter().filter_map(lacking).collect();
    let mut findings: Vec<Finding> = lacking
        .iter()
        .take(NAMED)
        .map(|lacking| note(words::lacks(lacking.server, &lacking.permissions)))
        .collect();
    if lacking.len() > NAMED {
        findings.push(note(words::more_lack(lacking.len() - NAMED)));
    }
    if lacking.is_empty() && !guilds.is_empty() {
        findings.push(Finding::well(words::DISCORD, words::may_all(guilds.len())));
    }
    if guilds.len() >= TOLD {
        let found = words::only_first(guilds.len());
        findings.push(Finding::new(words::DISCORD, Verdict::Note, found, None));
    }
    findings
}

/// What is missing on a server, where that is known.
fn lacking(guild: &Value) -> Option<Lacking<'_>> {
    let has: u64 = guild["permissions"].as_str()?.parse().ok()?;
    if has & ADMINISTRATOR != 0 {
        return None;
    }
    let missing = NEEDED.iter().filter(|(bit, _)| has & bit == 0);
    let permissions: Vec<&str> = missing.map(|(_, name)| *name).collect();
    (!permissions.is_empty()).then(|| Lacking {
        server: guild["name"].as_str().unwrap_or_default(),
        permissions,
    })
}

fn note(found: String) -> Finding {
    let remedy = Some(words::LACKS_REMEDY.to_owned());
    Finding::new(words::DISCORD, Verdict::Note, found, remedy)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{NAMED, NEEDED, TOLD, permissions};

    fn found(guilds: &[Value]) -> Vec<String> {
        let findings = permissions(&json!(guilds));
        findings.into_iter().map(|finding| finding.found).collect()
    }

    fn guild(name: &str, permissions: u64) -> Value {
        json!({ "id": "1", "name": name, "permissions": permissions.to_string() })
    }

    #[test]
    fn what_is_missing_is_named_and_an_administrator_lacks_nothing() {
        let all = NEEDED.iter().fold(0, |all, (bit, _)| all | bit);
        assert_eq!(
            found(&[guild("a", all), guild("b", 1 << 3)]),
            ["the bot may do what it needs on its 2 servers"]
        );
        assert_eq!(
            found(&[
                guild("bees\u{1b}[31m", all & !(1 << 11 | 1 << 15)),
                guild("b", all)
            ]),
            ["on the server \"bees[31m\" the bot lacks Send Messages, Attach Files"]
        );
        assert!(found(&[]).is_empty());
        // What cannot be read is no finding.
        assert!(permissions(&json!({ "message": "401" })).is_empty());
    }

    #[test]
    fn of_many_servers_some_are_named_and_the_rest_is_counted() {
        let many: Vec<Value> = (0..TOLD).map(|number| guild(&number.to_string(), 0)).collect();
        let found = found(&many);
        assert_eq!(found.len(), NAMED + 2);
        assert!(found[NAMED].contains("195 more"), "{}", found[NAMED]);
        assert!(found[NAMED + 1].contains("only 200"), "{}", found[NAMED + 1]);
    }
}
