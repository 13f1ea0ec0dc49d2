//! What belongs to a person, found in every table: read to be handed out, or deleted.

use std::collections::BTreeMap;

use rusqlite::Row;

use duologue_core::store::{Account, Forgotten, PersonId, PersonalData, button_of};
use duologue_core::{Chat, Conversation, Person, UserId};

use super::{inbox, outbox, people, state, turn, work};
use crate::fault::Result;
use crate::live::Live;
use crate::tx::{Tx, rows, user_at};

/// The condition of each table for what is about somebody: `?1` is the network, `?2` the user or the chat.
struct Conditions {
    of: Of,
    state: &'static str,
    inbox: &'static str,
    dead: &'static str,
    outbox: &'static str,
    work: &'static str,
}

/// What somebody is.
#[derive(Clone, Copy)]
enum Of {
    User,
    Chat,
}

const OF_USER: Conditions = Conditions {
    of: Of::User,
    state: "scope IN (1, 4) AND network = ?1 AND user = ?2",
    inbox: "c.network = ?1 AND (i.user = ?2 OR c.user = ?2)",
    dead: "network = ?1 AND (user = ?2 OR person = ?2)",
    outbox: "network = ?1 AND user = ?2",
    work: "person_kind = 0 AND person_network = ?1 AND person = ?2",
};

const OF_CHAT: Conditions = Conditions {
    of: Of::Chat,
    state: "scope IN (3, 4) AND network = ?1 AND chat = ?2",
    inbox: "c.network = ?1 AND c.chat = ?2",
    dead: "network = ?1 AND chat = ?2",
    outbox: "network = ?1 AND chat = ?2",
    work: "((network = ?1 AND chat = ?2) OR (person_kind = 1 AND person_network = ?1 AND person = ?2))",
};

/// Whose data it is about.
struct About {
    conditions: &'static Conditions,
    /// The network with the user or chat; several where accounts are linked.
    keys: Vec<(String, String)>,
    accounts: Vec<Account>,
    person: Option<PersonId>,
}

impl About {
    /// The conditions for events and what goes out, for what is in memory: whether something in a chat, in the
    /// conversation of one of its members, and of or for a user, is about whom the key names.
    fn is(
        &self,
        (network, id): &(String, String),
        chat: &Chat,
        member: Option<&UserId>,
        user: Option<&UserId>,
    ) -> bool {
        let is = |user: Option<&UserId>| user.is_some_and(|user| user.as_str() == id);
        chat.network.as_str() == network
            && match self.conditions.of {
                Of::User => is(user) || is(member),
                Of::Chat => chat.id.as_str() == id,
            }
    }
}

fn about(tx: &Tx<'_>, person: &Person) -> Result<About> {
    match person {
        Person::User(network, user) => {
            let account = Account {
                network: *network,
                user: user.clone(),
            };
            let linked = people::of(tx, &account)?;
            let id = linked.as_ref().map(|person| person.id);
            let accounts = linked.map_or_else(|| vec![account], |person| person.accounts);
            let key = |account: &Account| (account.network.to_string(), account.user.to_string());
            Ok(About {
                conditions: &OF_USER,
                keys: accounts.iter().map(key).collect(),
                accounts,
                person: id,
            })
        }
        Person::Chat(network, chat) => Ok(About {
            conditions: &OF_CHAT,
            keys: vec![(network.to_string(), chat.to_string())],
            accounts: Vec::new(),
            person: None,
        }),
    }
}

pub(crate) fn export(tx: &Tx<'_>, live: &mut Live, person: &Person) -> Result<PersonalData> {
    live.flush(tx)?;
    let about = about(tx, person)?;
    let mut data = PersonalData {
        accounts: about.accounts.clone(),
        ..PersonalData::default()
    };
    // Linked accounts can share an entry, such as an event of one in the conversation of the other.
    let mut events = BTreeMap::new();
    let mut dead = BTreeMap::new();
    let conditions = about.conditions;
    let read = |from: &str, key: &(String, String), row: &mut dyn FnMut(&Row<'_>) -> Result<()>| {
        rows(tx.sql(from)?, (&key.0, &key.1), |found| row(found)).map(drop)
    };
    for key in &about.keys {
        let find = format!(
            "SELECT {} FROM state WHERE {} AND body IS NOT NULL",
            state::STATE,
            conditions.state
        );
        read(&find, key, &mut |row| {
            data.states.push(state::entry(tx, row)?);
            Ok(())
        })?;
        let find = format!(
            "SELECT c.network, c.account, c.chat, c.thread, c.user, c.id, i.number, i.event, i.user, i.kind, i.received,
                 i.sent, i.attempts, i.body
             FROM inbox AS i JOIN conversation AS c ON c.id = i.conversation WHERE {}",
            conditions.inbox
        );
        read(&find, key, &mut |row| {
            let chat = tx.chat(row, 0)?;
            let user = user_at(row, 4)?;
            let id: i64 = row.get(5)?;
            let event = inbox::event(row, 6)?;
            let place = (event.received, id, event.number);
            events.insert(place, (Conversation { chat, user }, event));
            Ok(())
        })?;
        let find = format!("SELECT {} FROM dead WHERE {}", turn::LETTER, conditions.dead);
        read(&find, key, &mut |row| {
            let letter = turn::letter(tx, row)?;
            dead.insert(letter.id, letter);
            Ok(())
        })?;
        let find = format!(
            "SELECT {} FROM outbox WHERE {}",
            outbox::OUTGOING,
            conditions.outbox
        );
        read(&find, key, &mut |row| {
            data.outgoing.push(outbox::outgoing(tx, row)?);
            Ok(())
        })?;
        let find = format!("SELECT {} FROM job WHERE {}", work::JOB, conditions.work);
        read(&find, key, &mut |row| {
            data.jobs.push(work::job(tx, row)?);
            Ok(())
        })?;
        let find = format!("SELECT {} FROM task WHERE {}", work::TASK, conditions.work);
        read(&find, key, &mut |row| {
            data.tasks.push(work::task(tx, row)?);
            Ok(())
        })?;
    }
    if let Some(id) = about.person {
        let find = format!(
            "SELECT {} FROM state WHERE scope = 2 AND user = ?1 AND body IS NOT NULL",
            state::STATE
        );
        let mut of_person = rows(tx.sql(&find)?, [id.0.to_string()], |row| state::entry(tx, row))?;
        data.states.append(&mut of_person);
    }
    data.events = events.into_values().collect();
    data.dead = dead.into_values().collect();
    data.outgoing.sort_by_key(|outgoing| outgoing.id);
    data.jobs.sort_by_key(|job| job.id);
    data.tasks.sort_by_key(|task| (task.place, task.record.id));
    Ok(data)
}

pub(crate) fn forget(tx: &Tx<'_>, live: &mut Live, person: &Person) -> Result<Forgotten> {
    // What was deleted is overwritten, not only marked as free, until the next operation.
    tx.connection.pragma_update(None, "secure_delete", "ON")?;
    let forgotten = forget_all(tx, live, person);
    tx.connection.pragma_update(None, "secure_delete", "FAST")?;
    forgotten
}

fn forget_all(tx: &Tx<'_>, live: &mut Live, person: &Person) -> Result<Forgotten> {
    let about = about(tx, person)?;
    live.flush(tx)?;
    let mut forgotten = Forgotten::default();
    let conditions = about.conditions;
    let delete = |sql: &str, key: &(String, String)| -> Result<u64> {
        Ok(tx.sql(sql)?.execute((&key.0, &key.1))? as u64)
    };
    for key in &about.keys {
        // Marks of states that were taken away go as well, but are no states.
        let gone = format!("DELETE FROM state WHERE {} AND body IS NULL", conditions.state);
        delete(&gone, key)?;
        forgotten.states += delete(&format!("DELETE FROM state WHERE {}", conditions.state), key)?;
        forgotten.events += forget_events(tx, live, &about, key)?;
        forgotten.dead += delete(&format!("DELETE FROM dead WHERE {}", conditions.dead), key)?;
        forgotten.outgoing += delete(&format!("DELETE FROM outbox WHERE {}", conditions.outbox), key)?;
        live.outbox.forget(|chat, user| about.is(key, chat, None, user));
        forgotten.jobs += delete(&format!("DELETE FROM job WHERE {}", conditions.work), key)?;
        forgotten.tasks += delete(&format!("DELETE FROM task WHERE {}", conditions.work), key)?;
    }
    if let Some(id) = about.person {
        let count = "SELECT count(*) FROM state WHERE scope = 2 AND user = ?1 AND body IS NOT NULL";
        let states: i64 = tx.sql(count)?.query_row([id.0.to_string()], |row| row.get(0))?;
        forgotten.states += u64::try_from(states).unwrap_or(0);
    }
    for account in &about.accounts {
        forget_buttons(tx, account)?;
        forgotten.accounts += u64::from(people::unlink(tx, account)?);
        people::forget(tx, account)?;
    }
    // Of what is gone nothing stays in the journal.
    live.flush(tx)?;
    Ok(forgotten)
}

/// Deletes events and ends the holds on their conversations, so that no turn can bring anything back.
fn forget_events(tx: &Tx<'_>, live: &mut Live, whose: &About, key: &(String, String)) -> Result<u64> {
    let of = |at: &Conversation, user: Option<&UserId>| whose.is(key, &at.chat, at.user.as_ref(), user);
    live.inbox.forget(tx.opening, of, &mut live.journal)
}

/// Deletes what the buttons do that this account alone may press. Whose the others are is not known.
fn forget_buttons(tx: &Tx<'_>, account: &Account) -> Result<()> {
    let delete = "DELETE FROM value WHERE key GLOB 'button.*' AND instr(body, ?1) > 0";
    let only = button_of(&account.user);
    tx.sql(delete)?.execute([only.as_bytes()])?;
    Ok(())
}
