//! The ids of events that came lately, to recognize a second delivery. Owns those that are not in the tables yet, and
//! the highest number of each account: what is above it is new without a look.

use std::collections::{HashMap, HashSet};

use rusqlite::params;
use smol_str::SmolStr;

use duologue_core::EventId;
use duologue_core::store::{BotAccount, Timestamp};

use super::change::{Change, Journal};
use crate::fault::{Result, impossible};
use crate::tx::{Tx, bot, first, rows, text};

/// An id in the tables: eight bytes.
const NUMBER: usize = size_of::<i64>();

#[derive(Debug, Default)]
pub(crate) struct Seen {
    accounts: HashMap<BotAccount, Known>,
    /// Those that are not in the tables yet, in the order they came.
    fresh: Vec<(BotAccount, Timestamp, Id)>,
}

/// What is known of an account.
#[derive(Debug, Default)]
struct Known {
    /// The highest number, or -1.
    highest: i64,
    /// Numbers that are not in the tables yet.
    numbers: HashSet<i64>,
    /// The same for ids that are no numbers.
    names: HashSet<SmolStr>,
    /// Whether a file of an older version has numbers among the names.
    mixed: bool,
}

#[derive(Clone, Debug)]
enum Id {
    Number(i64),
    Name(SmolStr),
}

impl Id {
    fn of(event: &str) -> Self {
        match event.parse() {
            // A number in another spelling is another id.
            Ok(number) if plain(event) => Self::Number(number),
            _ => Self::Name(event.into()),
        }
    }
}

/// Whether it is how a number is written that is not negative.
fn plain(event: &str) -> bool {
    event.bytes().all(|byte| byte.is_ascii_digit()) && (event.len() == 1 || !event.starts_with('0'))
}

impl Seen {
    /// Notes an id; says whether it is new.
    pub(super) fn note(
        &mut self,
        tx: &Tx<'_>,
        account: &BotAccount,
        event: &EventId,
        at: Timestamp,
        journal: &mut Journal,
    ) -> Result<bool> {
        let id = Id::of(event.as_str());
        if !self.is_new(tx, account, &id)? {
            return Ok(false);
        }
        let (network, name) = bot(account);
        journal.put(&Change::Seen {
            network,
            account: name,
            event: event.as_str(),
            at: at.0,
        })?;
        self.put(account, id, at);
        Ok(true)
    }

    /// Notes an id that is new.
    pub(super) fn apply(&mut self, account: &BotAccount, event: &str, at: Timestamp) {
        self.put(account, Id::of(event), at);
    }

    fn put(&mut self, account: &BotAccount, id: Id, at: Timestamp) {
        let known = self.known(account);
        match &id {
            Id::Number(number) => {
                known.highest = known.highest.max(*number);
                known.numbers.insert(*number);
            }
            Id::Name(name) => {
                known.names.insert(name.clone());
            }
        }
        self.fresh.push((account.clone(), at, id));
    }

    fn known(&mut self, account: &BotAccount) -> &mut Known {
        if !self.accounts.contains_key(account) {
            let known = Known {
                highest: -1,
                ..Known::default()
            };
            self.accounts.insert(account.clone(), known);
        }
        self.accounts.get_mut(account).expect("it was put there just now")
    }

    fn is_new(&self, tx: &Tx<'_>, account: &BotAccount, id: &Id) -> Result<bool> {
        let (network, name) = bot(account);
        let known = self.accounts.get(account);
        let by_name = |event: &str| -> Result<bool> {
            let find = "SELECT 1 FROM seen WHERE network = ?1 AND account = ?2 AND event = ?3";
            Ok(first(tx.sql(find)?, params![network, name, event], |_| Ok(()))?.is_none())
        };
        match id {
            Id::Name(event) if known.is_some_and(|known| known.names.contains(event)) => Ok(false),
            Id::Name(event) => by_name(event),
            Id::Number(number) => {
                let Some(known) = known.filter(|known| known.highest >= *number) else {
                    return Ok(true);
                };
                if known.numbers.contains(number) {
                    return Ok(false);
                }
                let find = "SELECT numbers FROM seen_number
                     WHERE network = ?1 AND account = ?2 AND last >= ?3 AND first <= ?3";
                let found = rows(tx.sql(find)?, params![network, name, number], |row| {
                    let numbers = row.get_ref(0)?.as_blob();
                    Ok(holds(
                        numbers.map_err(|_| impossible("numbers that are none"))?,
                        *number,
                    ))
                })?;
                Ok(!found.contains(&true) && (!known.mixed || by_name(&number.to_string())?))
            }
        }
    }

    /// Puts what is not there yet into the tables.
    pub(super) fn flush(&mut self, tx: &Tx<'_>) -> Result<()> {
        let mut fresh = std::mem::take(&mut self.fresh);
        // Those of one moment together.
        fresh.sort_by(|(one, at, _), (other, then, _)| {
            (one.network, &one.account, at).cmp(&(other.network, &other.account, then))
        });
        for moment in fresh.chunk_by(|one, other| (&one.0, one.1) == (&other.0, other.1)) {
            let Some((account, at, _)) = moment.first() else {
                continue;
            };
            let (network, name) = bot(account);
            let mut numbers: Vec<i64> = Vec::with_capacity(moment.len());
            for (_, _, id) in moment {
                match id {
                    Id::Number(number) => numbers.push(*number),
                    Id::Name(event) => {
                        let put = "INSERT INTO seen (network, account, event, at) VALUES (?1, ?2, ?3, ?4)";
                        tx.sql(put)?
                            .execute(params![network, name, event.as_str(), at.0])?;
                    }
                }
            }
            numbers.sort_unstable();
            if let (Some(lowest), Some(highest)) = (numbers.first(), numbers.last()) {
                let put = "INSERT INTO seen_number (network, account, first, last, at, numbers)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
                let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
                tx.sql(put)?
                    .execute(params![network, name, lowest, highest, at.0, bytes])?;
            }
        }
        for known in self.accounts.values_mut() {
            known.numbers.clear();
            known.names.clear();
        }
        Ok(())
    }

    /// Reads the highest numbers.
    pub(super) fn load(tx: &Tx<'_>) -> Result<Self> {
        let mut seen = Self::default();
        let find = "SELECT network, account, max(last), 0 FROM seen_number GROUP BY network, account
             UNION ALL
             SELECT network, account, max(CAST(event AS INTEGER)), 1 FROM seen
                 WHERE event NOT GLOB '*[^0-9]*' GROUP BY network, account";
        let found = rows(tx.sql(find)?, [], |row| {
            let account = duologue_core::AccountId::new(text(row, 1)?);
            let network = tx.network(row, 0)?;
            let highest: i64 = row.get(2)?;
            let mixed: bool = row.get(3)?;
            Ok((BotAccount { network, account }, highest, mixed))
        })?;
        for (account, highest, mixed) in found {
            let known = seen.known(&account);
            known.highest = known.highest.max(highest);
            known.mixed |= mixed;
        }
        Ok(seen)
    }
}

/// Whether a number is among those of a moment, which are in order.
fn holds(numbers: &[u8], number: i64) -> bool {
    let (numbers, _) = numbers.as_chunks::<NUMBER>();
    numbers
        .binary_search_by_key(&number, |bytes| i64::from_be_bytes(*bytes))
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_written_as_a_number_is_one() {
        for number in ["0", "41", "9223372036854775807"] {
            assert!(matches!(Id::of(number), Id::Number(_)), "{number}");
        }
        for name in [
            "",
            "-1",
            "+1",
            "041",
            "00",
            "9223372036854775808",
            "1/2",
            "again.41",
        ] {
            assert!(matches!(Id::of(name), Id::Name(_)), "{name}");
        }
    }

    #[test]
    fn a_number_is_found_among_others() {
        let bytes: Vec<u8> = [3_i64, 5, 900]
            .iter()
            .flat_map(|number| number.to_be_bytes())
            .collect();
        for number in [3, 5, 900] {
            assert!(holds(&bytes, number));
        }
        for number in [0, 4, 901] {
            assert!(!holds(&bytes, number));
        }
        assert!(!holds(&[], 3));
    }
}
