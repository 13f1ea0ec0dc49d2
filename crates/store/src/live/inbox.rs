//! Conversations with the events that wait, and who holds them. Owns them all; of many, the bodies are in the tables
//! alone.

mod kept;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;

use duologue_core::store::{
    BotAccount, CLAIM_BYTES, Claim, ClaimRequest, Counts, Fence, Hold, StoredEvent, Timestamp,
};
use duologue_core::{Conversation, UserId};

use super::change::{Change, EventImage, Journal, Line, Name};
use crate::fault::{Result, impossible};
use crate::tx::{Opening, Tx, body, column, first};

/// How many bytes of bodies stay in memory over a flush; beyond it they are read back when they are claimed.
const BODIES_KEPT: usize = 16 << 20;

#[derive(Debug, Default)]
pub(crate) struct Inbox {
    ids: HashMap<Conversation, i64>,
    mailboxes: HashMap<i64, Mailbox>,
    /// Those that are held, by the right to commit their turns.
    held: HashMap<i64, i64>,
    /// How many of them run alone.
    held_alone: usize,
    /// Those that can be claimed, by account; of those that run alone, then in their order.
    ready: HashMap<BotAccount, [BTreeMap<Place, i64>; 2]>,
    /// How many bytes of bodies are in memory.
    bodies: usize,
    /// What the tables do not have, or not as it is.
    changed: HashSet<i64>,
    arrived: Vec<(i64, u64)>,
    /// What the tables have and should not.
    gone: Vec<i64>,
    left: Vec<u64>,
}

/// A place in the line: when it is ready, then in the order they came.
type Place = (i64, i64);

#[derive(Debug)]
struct Mailbox {
    conversation: Conversation,
    events: VecDeque<Waiting>,
    line: Line,
    /// Whether the tables have it.
    stored: bool,
}

#[derive(Debug)]
struct Waiting {
    /// Without its body where only the tables have that.
    event: StoredEvent,
    whole: bool,
    /// Whether the tables have it.
    stored: bool,
}

impl Mailbox {
    /// Its line and its place in it, where it can be claimed.
    fn place(&self) -> Option<(usize, Place)> {
        let claimable = self.line.owner.is_none() && !self.events.is_empty();
        claimable.then_some((
            usize::from(self.line.alone),
            (self.line.ready_at, self.line.place),
        ))
    }

    fn position(&self, number: u64) -> Option<usize> {
        // Most of the time it is the first.
        match self.events.front() {
            Some(first) if first.event.number == number => Some(0),
            _ => self
                .events
                .binary_search_by_key(&number, |waiting| waiting.event.number)
                .ok(),
        }
    }
}

impl Waiting {
    /// The event, with its body from where it is.
    fn read(&self, tx: &Tx<'_>) -> Result<StoredEvent> {
        let mut event = self.event.clone();
        if !self.whole {
            let find = "SELECT body FROM inbox WHERE number = ?1";
            let found = first(tx.sql(find)?, [column(event.number)], |row| body(row, 0))?;
            event.body = found.ok_or(impossible("an event without its body"))?;
        }
        Ok(event)
    }

    /// Lets go of the body.
    fn spill(&mut self) {
        self.event.body = Bytes::new();
        self.whole = false;
    }
}

impl Inbox {
    /// Puts an event at the end of a conversation under a number of its own.
    pub(crate) fn append(
        &mut self,
        opening: &Opening,
        at: &Conversation,
        mut event: StoredEvent,
        now: Timestamp,
        wait: Duration,
        journal: &mut Journal,
    ) -> Result<u64> {
        let next = opening.next()?;
        event.number = u64::try_from(next).map_err(|_| impossible("a number below zero"))?;
        let until = now.plus(wait).0;
        let (id, new) = match self.ids.get(at) {
            Some(id) => (*id, false),
            None => (next, true),
        };
        if new {
            self.make(id, at.clone());
        }
        let number = event.number;
        let image = EventImage::of(&event);
        let moved = self.with(id, |mailbox| {
            let line = &mut mailbox.line;
            let before = *line;
            match (line.owner.is_some(), mailbox.events.is_empty()) {
                (false, true) => (line.ready_at, line.place) = (until, next),
                // One that does not wait finds its conversation's time and leaves it: who is ready stays in its place.
                _ if wait.is_zero() => {}
                (true, _) => line.wait_until = line.wait_until.max(until),
                (false, false) => line.ready_at = line.ready_at.max(until),
            }
            before != *line
        });
        if new || moved == Some(true) {
            self.note(id, new, journal)?;
        }
        journal.put(&Change::Event {
            conversation: id,
            event: image,
        })?;
        self.push(id, event);
        Ok(number)
    }

    fn make(&mut self, id: i64, conversation: Conversation) {
        self.ids.insert(conversation.clone(), id);
        let mailbox = Mailbox {
            conversation,
            events: VecDeque::new(),
            line: Line::default(),
            stored: false,
        };
        self.mailboxes.insert(id, mailbox);
    }

    /// Puts an event that the tables do not have at the end of a conversation.
    fn push(&mut self, id: i64, event: StoredEvent) {
        self.bodies += event.body.len();
        self.arrived.push((id, event.number));
        let waiting = Waiting {
            event,
            whole: true,
            stored: false,
        };
        self.with(id, |mailbox| mailbox.events.push_back(waiting));
    }

    /// Changes a conversation, and keeps what depends on it right.
    fn with<T>(&mut self, id: i64, change: impl FnOnce(&mut Mailbox) -> T) -> Option<T> {
        let mailbox = self.mailboxes.get_mut(&id)?;
        let (place, line) = (mailbox.place(), mailbox.line);
        let made = change(mailbox);
        let (now, then) = (mailbox.place(), mailbox.line);
        if line != then {
            self.changed.insert(id);
        }
        if line.owner != then.owner || line.alone != then.alone {
            let alone = |line: &Line| usize::from(line.owner.is_some() && line.alone);
            self.held_alone = self.held_alone + alone(&then) - alone(&line);
            if let Some(owner) = line.owner {
                self.held.remove(&owner);
            }
            if let Some(owner) = then.owner {
                self.held.insert(owner, id);
            }
        }
        if place != now {
            let account = BotAccount::of(&mailbox.conversation.chat);
            let lines = self.ready.entry(account).or_default();
            if let Some((line, place)) = place {
                lines[line].remove(&place);
            }
            if let Some((line, place)) = now {
                lines[line].insert(place, id);
            }
        }
        Some(made)
    }

    /// Writes down where a conversation stands.
    fn note(&self, id: i64, named: bool, journal: &mut Journal) -> Result<()> {
        let Some(mailbox) = self.mailboxes.get(&id) else {
            return Ok(());
        };
        journal.put(&Change::Conversation {
            id,
            name: named.then(|| Name::of(&mailbox.conversation)),
            line: mailbox.line,
        })
    }

    pub(crate) fn claim(
        &mut self,
        tx: &Tx<'_>,
        request: &ClaimRequest,
        journal: &mut Journal,
    ) -> Result<Vec<Claim>> {
        let mut claims = Vec::new();
        let mut bytes = 0;
        while claims.len() < request.conversations && bytes < CLAIM_BYTES {
            let Some(id) = self.next_ready(&request.bots, request.now) else {
                break;
            };
            let owner = tx.opening.next()?;
            self.with(id, |mailbox| mailbox.line.owner = Some(owner));
            self.note(id, false, journal)?;
            let Some(mailbox) = self.mailboxes.get(&id) else {
                return Err(impossible("a conversation that is ready and not there"));
            };
            let mut events = Vec::new();
            for waiting in mailbox.events.iter().take(request.events.max(1)) {
                if bytes >= CLAIM_BYTES && !events.is_empty() {
                    break;
                }
                let event = waiting.read(tx)?;
                bytes += event.body.len();
                events.push(event);
            }
            let more = mailbox.events.len() > events.len();
            let fence = u64::try_from(owner).map_err(|_| impossible("a fence below zero"))?;
            let hold = Hold {
                conversation: mailbox.conversation.clone(),
                fence: Fence(fence),
            };
            claims.push(Claim { hold, events, more });
        }
        Ok(claims)
    }

    /// The first conversation of these accounts that can be claimed.
    fn next_ready(&self, bots: &[BotAccount], now: Timestamp) -> Option<i64> {
        let lines = if self.held_alone == 0 { 2 } else { 1 };
        let firsts = bots
            .iter()
            .filter_map(|bot| self.ready.get(bot))
            .flat_map(|ready| &ready[..lines])
            .filter_map(|line| line.first_key_value());
        let (place, id) = firsts.min()?;
        (place.0 <= now.0).then_some(*id)
    }

    /// The conversation of a hold that is valid.
    pub(crate) fn held(&self, hold: &Hold) -> Option<i64> {
        let id = *self.held.get(&column(hold.fence.0))?;
        let mailbox = self.mailboxes.get(&id)?;
        (mailbox.conversation == hold.conversation).then_some(id)
    }

    /// Ends a hold; the conversation waits until `at`, and for what came meanwhile, where it has events left. Says
    /// whether it has. With `together` its first event is not one any more that must run beside no other.
    pub(crate) fn free(
        &mut self,
        opening: &Opening,
        id: i64,
        at: Timestamp,
        together: bool,
        journal: &mut Journal,
    ) -> Result<bool> {
        let place = opening.next()?;
        let left = self.with(id, |mailbox| {
            let line = &mut mailbox.line;
            *line = Line {
                ready_at: at.0.max(line.wait_until),
                place,
                owner: None,
                wait_until: 0,
                alone: line.alone && !together,
            };
            !mailbox.events.is_empty()
        });
        if left == Some(true) {
            self.note(id, false, journal)?;
            return Ok(true);
        }
        self.remove(id);
        journal.put(&Change::Gone { conversation: id })?;
        Ok(false)
    }

    fn remove(&mut self, id: i64) {
        self.with(id, |mailbox| mailbox.line.owner = None);
        if let Some(mailbox) = self.mailboxes.remove(&id) {
            self.ids.remove(&mailbox.conversation);
            if mailbox.stored {
                self.gone.push(id);
            }
        }
    }

    /// Its first event is not one any more that must run beside no other. Says whether there are events.
    pub(crate) fn together(&mut self, id: i64, journal: &mut Journal) -> Result<bool> {
        let was = self.with(id, |mailbox| {
            (
                std::mem::take(&mut mailbox.line.alone),
                !mailbox.events.is_empty(),
            )
        });
        let (alone, left) = was.unwrap_or_default();
        if alone {
            self.note(id, false, journal)?;
        }
        Ok(left)
    }

    pub(crate) fn has_events(&self, id: i64) -> bool {
        self.mailboxes
            .get(&id)
            .is_some_and(|mailbox| !mailbox.events.is_empty())
    }

    /// Takes an event out of its conversation.
    pub(crate) fn leave(&mut self, id: i64, number: u64, journal: &mut Journal) -> Result<()> {
        if self.take_out(id, number) {
            journal.put(&Change::Left {
                conversation: id,
                number,
            })?;
        }
        Ok(())
    }

    fn take_out(&mut self, id: i64, number: u64) -> bool {
        let taken = self.with(id, |mailbox| {
            let at = mailbox.position(number)?;
            mailbox.events.remove(at)
        });
        let Some(Some(waiting)) = taken else { return false };
        self.bodies -= waiting.event.body.len();
        if waiting.stored {
            self.left.push(number);
        }
        true
    }

    /// Counts an attempt at an event; gives the event as it is then.
    pub(crate) fn attempted(
        &mut self,
        tx: &Tx<'_>,
        id: i64,
        number: u64,
        journal: &mut Journal,
    ) -> Result<Option<StoredEvent>> {
        let Some(mailbox) = self.mailboxes.get_mut(&id) else {
            return Ok(None);
        };
        let Some(at) = mailbox.position(number) else {
            return Ok(None);
        };
        let waiting = &mut mailbox.events[at];
        waiting.event.attempts += 1;
        self.arrived.push((id, number));
        journal.put(&Change::Attempted {
            conversation: id,
            number,
            attempts: waiting.event.attempts,
        })?;
        waiting.read(tx).map(Some)
    }

    /// The conversations that are held, with their first event, in order.
    pub(crate) fn all_held(&self) -> Vec<(i64, Option<u64>)> {
        let mut held: Vec<_> = self
            .held
            .values()
            .filter_map(|id| {
                let first = self.mailboxes.get(id)?.events.front();
                Some((*id, first.map(|waiting| waiting.event.number)))
            })
            .collect();
        held.sort_unstable();
        held
    }

    pub(crate) fn conversation(&self, id: i64) -> Option<&Conversation> {
        self.mailboxes.get(&id).map(|mailbox| &mailbox.conversation)
    }

    /// Frees a conversation whose holder is gone, in its old place, with the mark of one that runs alone where its first
    /// event was attempted so often.
    pub(crate) fn recover(&mut self, id: i64, alone_from: u32, journal: &mut Journal) -> Result<()> {
        let left = self.with(id, |mailbox| {
            let attempts = mailbox.events.front().map(|waiting| waiting.event.attempts);
            let line = &mut mailbox.line;
            line.owner = None;
            line.ready_at = line.ready_at.max(std::mem::take(&mut line.wait_until));
            line.alone = attempts.is_some_and(|attempts| attempts >= alone_from);
            attempts.is_some()
        });
        if left == Some(true) {
            return self.note(id, false, journal);
        }
        self.remove(id);
        journal.put(&Change::Gone { conversation: id })
    }

    /// Nobody waits longer than until then.
    pub(crate) fn soon(&mut self, now: Timestamp, latest: Timestamp, journal: &mut Journal) -> Result<()> {
        let late = |(id, mailbox): (&i64, &Mailbox)| (mailbox.line.ready_at > latest.0).then_some(*id);
        let late: Vec<i64> = self.mailboxes.iter().filter_map(late).collect();
        for id in late {
            self.with(id, |mailbox| mailbox.line.ready_at = now.0);
            self.note(id, false, journal)?;
        }
        Ok(())
    }

    /// Deletes events; says how many. Conversations that lose events are held no more.
    pub(crate) fn forget(
        &mut self,
        opening: &Opening,
        about: impl Fn(&Conversation, Option<&UserId>) -> bool,
        journal: &mut Journal,
    ) -> Result<u64> {
        let mut lost = Vec::new();
        for (id, mailbox) in &self.mailboxes {
            let of = |waiting: &&Waiting| about(&mailbox.conversation, waiting.event.user.as_ref());
            let numbers: Vec<u64> = mailbox
                .events
                .iter()
                .filter(of)
                .map(|waiting| waiting.event.number)
                .collect();
            if !numbers.is_empty() {
                lost.push((mailbox.line.place, *id, numbers));
            }
        }
        lost.sort_unstable();
        let mut events = 0;
        for (_, id, numbers) in lost {
            let ready = self.mailboxes.get(&id).and_then(Mailbox::place);
            events += numbers.len() as u64;
            for number in numbers {
                self.leave(id, number, journal)?;
            }
            // What was held waits as long as the first event that is left.
            let first = self.mailboxes.get(&id).and_then(|mailbox| mailbox.events.front());
            let first = first.map_or(Timestamp::default(), |waiting| waiting.event.received);
            let at = ready.map_or(first, |(_, place)| Timestamp(place.0));
            self.free(opening, id, at, false, journal)?;
        }
        Ok(events)
    }

    pub(crate) fn count(&self, counts: &mut Counts) {
        let events = || self.mailboxes.values().flat_map(|mailbox| &mailbox.events);
        counts.inbox = events().count() as u64;
        counts.oldest = events().map(|waiting| waiting.event.received).min();
        counts.held = self.held.len() as u64;
    }

    pub(crate) fn next_due(&self, bots: &[BotAccount]) -> Option<Timestamp> {
        let lines = bots.iter().filter_map(|bot| self.ready.get(bot)).flatten();
        lines
            .filter_map(|line| line.first_key_value())
            .map(|(place, _)| Timestamp(place.0))
            .min()
    }
}
