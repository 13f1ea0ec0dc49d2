//! Checks what a bot made of what it was sent, whatever happened to its process in between. Pure functions over plain
//! data: what was asked, what was answered, and what the bot's store says at the end.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

/// What was asked in each chat and what stands there as answers, each by the number that the question carried. No two
/// questions have the same number, in whichever chat they are.
#[derive(Clone, Debug, Default)]
pub struct History {
    chats: BTreeMap<String, Chat>,
}

#[derive(Clone, Debug, Default)]
struct Chat {
    asked: Vec<Asked>,
    answered: Vec<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    number: u64,
    /// Whether the network is bound to bring it to the bot: it keeps it until that says so, or the bot has reacted.
    bound: bool,
}

/// What the bot's store says when all is over.
#[derive(Clone, Debug, Default)]
pub struct EndState {
    /// The answers of which nobody knows whether they were sent.
    pub unknown: Vec<u64>,
    /// The answers that the network did not take.
    pub failed: Vec<u64>,
    /// Events that still wait.
    pub inbox: u64,
    /// Answers that still wait.
    pub outgoing: u64,
    /// Events that were set aside.
    pub dead: u64,
}

/// What may have happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allowed {
    /// The most answers that may be unknown: the calls that can be in flight at a kill, times the kills.
    pub unknown: usize,
    /// The most answers that a network may have refused, such as one to an interaction that is too old.
    pub failed: usize,
    /// The most events that may have been set aside.
    pub dead: u64,
}

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Anomaly {
    /// There is no answer, and the store does not say that it is unknown or was refused.
    Lost {
        /// The chat.
        chat: String,
        /// The number.
        number: u64,
    },
    /// There is more than one answer.
    Twice {
        /// The chat.
        chat: String,
        /// The number.
        number: u64,
    },
    /// It was answered before something that was asked earlier in its chat.
    OutOfOrder {
        /// The chat.
        chat: String,
        /// The number.
        number: u64,
        /// What was asked later and answered before it.
        behind: u64,
    },
    /// Nobody has asked that in this chat.
    Invented {
        /// The chat.
        chat: String,
        /// The number.
        number: u64,
    },
    /// More than may be: of what, and how many.
    TooMany(&'static str, u64),
    /// Something still waits at the end: what, and how many.
    Left(&'static str, u64),
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost { chat, number } => write!(f, "{number} was never answered in {chat}"),
            Self::Twice { chat, number } => write!(f, "{number} was answered twice in {chat}"),
            Self::OutOfOrder { chat, number, behind } => {
                write!(f, "{number} was answered behind {behind} in {chat}")
            }
            Self::Invented { chat, number } => {
                write!(f, "{number} was answered in {chat} and not asked there")
            }
            Self::TooMany(what, count) => write!(f, "{count} are {what}"),
            Self::Left(what, count) => write!(f, "{count} {what} were left"),
        }
    }
}

impl History {
    /// Something was asked that the network keeps until the bot has it.
    pub fn asked(&mut self, chat: &str, number: u64) {
        self.ask(chat, number, true);
    }

    /// Something was asked that the network may lose while the bot is away, and that the bot showed no sign of having
    /// received. It need not be answered, but no more than once and in order.
    pub fn perhaps_asked(&mut self, chat: &str, number: u64) {
        self.ask(chat, number, false);
    }

    fn ask(&mut self, chat: &str, number: u64, bound: bool) {
        let asked = Asked { number, bound };
        self.chats.entry(chat.to_owned()).or_default().asked.push(asked);
    }

    /// What a chat shows as answers, in order.
    pub fn answered(&mut self, chat: &str, numbers: impl IntoIterator<Item = u64>) {
        let chat = self.chats.entry(chat.to_owned()).or_default();
        chat.answered.extend(numbers);
    }

    /// How many questions there are.
    #[must_use]
    pub fn questions(&self) -> usize {
        self.chats.values().map(|chat| chat.asked.len()).sum()
    }

    /// How many answers there are.
    #[must_use]
    pub fn answers(&self) -> usize {
        self.chats.values().map(|chat| chat.answered.len()).sum()
    }

    /// Everything that must not be.
    #[must_use]
    pub fn check(&self, end: &EndState, allowed: &Allowed) -> Vec<Anomaly> {
        let excused: BTreeSet<u64> = end.unknown.iter().chain(&end.failed).copied().collect();
        let mut anomalies = Vec::new();
        for (name, chat) in &self.chats {
            chat.check(name, &excused, &mut anomalies);
        }
        let bounds = [
            ("unknown", end.unknown.len() as u64, allowed.unknown as u64),
            ("refused", end.failed.len() as u64, allowed.failed as u64),
            ("set aside", end.dead, allowed.dead),
        ];
        let over = bounds.into_iter().filter(|(_, count, most)| count > most);
        anomalies.extend(over.map(|(what, count, _)| Anomaly::TooMany(what, count)));
        let left = [("events", end.inbox), ("answers", end.outgoing)];
        let left = left.into_iter().filter(|(_, count)| *count > 0);
        anomalies.extend(left.map(|(what, count)| Anomaly::Left(what, count)));
        anomalies
    }
}

impl Chat {
    fn check(&self, name: &str, excused: &BTreeSet<u64>, anomalies: &mut Vec<Anomaly>) {
        let chat = || name.to_owned();
        let places: HashMap<u64, usize> = self
            .asked
            .iter()
            .enumerate()
            .map(|(place, asked)| (asked.number, place))
            .collect();
        let (mut seen, mut latest) = (BTreeSet::new(), None);
        for &number in &self.answered {
            let Some(&place) = places.get(&number) else {
                anomalies.push(Anomaly::Invented { chat: chat(), number });
                continue;
            };
            if !seen.insert(number) {
                anomalies.push(Anomaly::Twice { chat: chat(), number });
                continue;
            }
            match latest {
                Some((at, behind)) if at > place => anomalies.push(Anomaly::OutOfOrder {
                    chat: chat(),
                    number,
                    behind,
                }),
                _ => latest = Some((place, number)),
            }
        }
        let lost =
            |asked: &&Asked| asked.bound && !seen.contains(&asked.number) && !excused.contains(&asked.number);
        let lost = self.asked.iter().filter(lost);
        anomalies.extend(lost.map(|asked| Anomaly::Lost {
            chat: chat(),
            number: asked.number,
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::{Allowed, Anomaly, EndState, History};

    fn history(asked: &[u64], answered: &[u64]) -> History {
        let mut history = History::default();
        for number in asked {
            history.asked("anna", *number);
        }
        history.answered("anna", answered.iter().copied());
        history
    }

    fn chat() -> String {
        "anna".to_owned()
    }

    #[test]
    fn each_once_and_in_order_is_all_right() {
        let history = history(&[1, 2, 3], &[1, 2, 3]);
        assert_eq!(history.check(&EndState::default(), &Allowed::default()), []);
        assert_eq!((history.questions(), history.answers()), (3, 3));
    }

    #[test]
    fn what_is_lost_said_twice_out_of_order_or_invented_is_named() {
        let (number, check) = (2, |asked: &[u64], answered: &[u64]| {
            history(asked, answered).check(&EndState::default(), &Allowed::default())
        });
        assert_eq!(
            check(&[1, 2, 3], &[1, 3]),
            [Anomaly::Lost { chat: chat(), number }]
        );
        assert_eq!(
            check(&[1, 2, 3], &[1, 2, 3, 2]),
            [Anomaly::Twice { chat: chat(), number }]
        );
        let behind = 3;
        assert_eq!(
            check(&[1, 2, 3], &[1, 3, 2]),
            [Anomaly::OutOfOrder {
                chat: chat(),
                number,
                behind
            }]
        );
        assert_eq!(check(&[1], &[1, 2]), [Anomaly::Invented { chat: chat(), number }]);
    }

    #[test]
    fn what_the_store_calls_unknown_may_be_there_or_not_but_not_twice_and_not_more_often_than_allowed() {
        let end = EndState {
            unknown: vec![2],
            ..EndState::default()
        };
        let one = Allowed {
            unknown: 1,
            ..Allowed::default()
        };
        assert_eq!(history(&[1, 2], &[1]).check(&end, &one), []);
        assert_eq!(history(&[1, 2], &[1, 2]).check(&end, &one), []);
        assert_eq!(
            history(&[1, 2], &[1, 2, 2]).check(&end, &one),
            [Anomaly::Twice {
                chat: chat(),
                number: 2
            }]
        );
        let none = Allowed::default();
        assert_eq!(
            history(&[1, 2], &[1]).check(&end, &none),
            [Anomaly::TooMany("unknown", 1)]
        );
    }

    #[test]
    fn what_a_network_may_lose_need_not_be_answered_but_never_twice() {
        let mut history = History::default();
        history.perhaps_asked("anna", 1);
        history.perhaps_asked("anna", 2);
        let check = |history: &History| history.check(&EndState::default(), &Allowed::default());
        assert_eq!(check(&history), []);
        history.answered("anna", [2, 2]);
        assert_eq!(
            check(&history),
            [Anomaly::Twice {
                chat: chat(),
                number: 2
            }]
        );
    }

    #[test]
    fn what_still_waits_at_the_end_is_named() {
        let end = EndState {
            inbox: 4,
            dead: 1,
            ..EndState::default()
        };
        let found = history(&[1], &[1]).check(&end, &Allowed::default());
        assert_eq!(
            found,
            [Anomaly::TooMany("set aside", 1), Anomaly::Left("events", 4)]
        );
        assert_eq!(found[1].to_string(), "4 events were left");
    }
}
