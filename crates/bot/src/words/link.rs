//! The words of accounts that are one person's. Pure functions.

use std::time::Duration;

use duologue::prelude::{Button, ButtonStyle, Content, bold, code, text};
use duologue::store::{Account, Redeemed, Timestamp};
use duologue::words::duration;
use duologue::{ButtonAction, NetworkId};

/// Others read along.
pub(crate) const NOT_HERE: &str = "Others can read along here. Ask me in our private chat.";

/// Both are one person already.
pub(crate) const ALREADY: &str = "These two accounts are linked already.";

/// The account stands alone.
pub(crate) const NOT_LINKED: &str = "This account is not linked with another one. /link does that.";

/// It was taken away.
pub(crate) const UNLINKED: &str = "Done: this account stands alone again. Settings stay with the other accounts. Reminders go with the account that \
     made them.";

/// A network's name for people.
pub(crate) fn network(network: NetworkId) -> String {
    let name = network.as_str();
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// A code to be entered elsewhere.
pub(crate) fn show(shown: &str, good_for: Duration) -> Content {
    Content::new()
        .paragraph([text("Your code: "), code(shown)])
        .paragraph([
            text("On the other network, write "),
            code(format!("/link {shown}")),
            text(format!(
                " to me within {}. Show it to nobody else: whoever enters it becomes you.",
                duration(good_for)
            )),
        ])
}

/// The question before two accounts are joined.
pub(crate) fn confirm(name: &str, there: NetworkId, here: NetworkId, join: ButtonAction) -> Content {
    let whose = if name.is_empty() {
        format!("an account on {}", network(there))
    } else {
        format!("{name} on {}", network(there))
    };
    Content::new()
        .paragraph([text("This code is of "), bold(whose), text(".")])
        .paragraph(format!(
            "Is that you? Then your account on {} and that one become one person: your settings and reminders are the \
             same in both. Do not link the account of somebody else.",
            network(here)
        ))
        .buttons([Button::with_action("Link them", join).style(ButtonStyle::Primary)])
}

/// They are one person.
pub(crate) fn linked(accounts: &[Account], lost: &[impl AsRef<str>]) -> Content {
    let content = Content::new().paragraph([
        bold("Linked. "),
        text(format!("You are one person now on {}.", names(accounts))),
    ]);
    if lost.is_empty() {
        return content;
    }
    let lost: Vec<&str> = lost.iter().map(AsRef::as_ref).collect();
    content.paragraph(format!(
        "Both had something of their own for: {}. What was set where there was a link before stays, or else in the account \
         with the code.",
        lost.join(", ")
    ))
}

/// The networks of accounts: `Discord and Telegram`, `Telegram (2 accounts)`.
fn names(accounts: &[Account]) -> String {
    let mut networks: Vec<(NetworkId, usize)> = Vec::new();
    for account in accounts {
        match networks.iter_mut().find(|(known, _)| *known == account.network) {
            Some((_, number)) => *number += 1,
            None => networks.push((account.network, 1)),
        }
    }
    let names: Vec<String> = networks
        .into_iter()
        .map(|(known, number)| match number {
            1 => network(known),
            _ => format!("{} ({number} accounts)", network(known)),
        })
        .collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// Nothing was linked.
pub(crate) fn not_linked(why: &Redeemed, now: Timestamp) -> Content {
    match why {
        Redeemed::Wrong { left: 0 } => {
            Content::text("There is no such code, and that was the last try for now.")
        }
        Redeemed::Wrong { left } => {
            let tries = if *left == 1 { "try" } else { "tries" };
            Content::text(format!(
                "There is no such code. Look at it once more: you have {left} more {tries}."
            ))
        }
        Redeemed::Expired => Content::new().paragraph([
            text("This code is too old. Get a new one with "),
            code("/link"),
            text(" where you got it."),
        ]),
        Redeemed::Own => {
            Content::text("That is the code of this very account. Enter it on the other network.")
        }
        Redeemed::Blocked { until } => Content::text(format!(
            "That were too many wrong codes. Try again in {}.",
            duration(whole_minutes(until.since(now)))
        )),
        _ => Content::text("That did not work. Get a new code and try again."),
    }
}

/// A length in whole minutes, at least one.
fn whole_minutes(length: Duration) -> Duration {
    Duration::from_secs(length.as_secs().div_ceil(60).max(1) * 60)
}

/// The question before an account is taken away.
pub(crate) fn confirm_unlink(others: &[Account], unlink: ButtonAction) -> Content {
    Content::new()
        .paragraph(format!(
            "This account is linked with {}. Shall it stand alone again? Settings stay there. Reminders that were made here \
             go with this account, and those made there stay there.",
            names(others)
        ))
        .buttons([Button::with_action("Unlink it", unlink).style(ButtonStyle::Danger)])
}
