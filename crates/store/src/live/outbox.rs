//! What waits to be sent and what is being sent, in order per chat and priority. Owns it, and what left since the tables
//! were written last.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use duologue_core::store::{
    BotAccount, Counts, NewOutgoing, Outgoing, OutgoingId, OutgoingState, SendResult, Settlement,
    TakeRequest, Timestamp,
};
use duologue_core::{Chat, Priority, UserId};

use super::change::{Change, Journal, MovedImage, OutgoingImage};
use crate::fault::{Result, impossible};
use crate::ops::outbox;
use crate::tx::{Tx, first, number, rows};

const PRIORITIES: [Priority; 3] = [Priority::Answer, Priority::Progress, Priority::Broadcast];

#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// What has not left.
    rows: BTreeMap<u64, Outgoing>,
    chats: HashMap<Chat, Lanes>,
    /// The first of each chat and priority, by account and priority, in the order in which they go.
    fronts: HashMap<BotAccount, [BTreeSet<Place>; 3]>,
    last: u64,
    /// What the tables do not have as it is: of what is here, and what left.
    changed: HashSet<u64>,
    left: BTreeMap<u64, Outgoing>,
}

/// When it can go, and its number.
type Place = (Timestamp, u64);

#[derive(Debug, Default)]
struct Lanes {
    waiting: [VecDeque<u64>; 3],
    sending: Option<u64>,
}

impl Lanes {
    fn waiting(&self) -> usize {
        self.waiting.iter().map(VecDeque::len).sum()
    }
}

fn place(row: &Outgoing) -> Place {
    (row.ask.not_before.unwrap_or_default(), row.id.0)
}

impl Outbox {
    /// Puts something into the outbox; says whether it is being sent from now on, which is so only where that is asked
    /// for and nothing of its chat waits or is being sent.
    pub(crate) fn push(
        &mut self,
        ask: &NewOutgoing,
        at_once: bool,
        now: Timestamp,
        journal: &mut Journal,
    ) -> Result<(OutgoingId, bool)> {
        self.last += 1;
        let id = OutgoingId(self.last);
        let not_before = ask.not_before.map_or(now, |at| at.max(now));
        let free = !self.chats.contains_key(&ask.chat);
        let begun = at_once && free && not_before <= now;
        let row = Outgoing {
            id,
            ask: NewOutgoing {
                not_before: Some(not_before),
                ..ask.clone()
            },
            state: if begun {
                OutgoingState::Sending
            } else {
                OutgoingState::New
            },
            attempts: u32::from(begun),
            doubtful: false,
            created: now,
            settled: None,
            messages: Vec::new(),
            error: String::new(),
        };
        journal.put(&Change::Outgoing(OutgoingImage::of(&row)))?;
        self.changed.insert(id.0);
        self.put(row);
        Ok((id, begun))
    }

    /// Puts something at the end of its lane.
    fn put(&mut self, row: Outgoing) {
        let id = row.id.0;
        self.last = self.last.max(id);
        let lanes = self.chats.entry(row.ask.chat.clone()).or_default();
        lanes.waiting[row.ask.priority as usize].push_back(id);
        self.rows.insert(id, row);
        self.list(id);
    }

    /// Puts what stands at the front of its lane, or is being sent, where it is looked for.
    fn list(&mut self, id: u64) {
        let Some(row) = self.rows.get(&id) else { return };
        let Some(lanes) = self.chats.get_mut(&row.ask.chat) else {
            return;
        };
        let lane = row.ask.priority as usize;
        match row.state {
            OutgoingState::Sending => lanes.sending = Some(id),
            OutgoingState::New if lanes.waiting[lane].front() == Some(&id) => {
                let fronts = self.fronts.entry(BotAccount::of(&row.ask.chat)).or_default();
                fronts[lane].insert(place(row));
            }
            _ => {}
        }
    }

    /// Takes it away from there.
    fn unlist(&mut self, id: u64) {
        let Some(row) = self.rows.get(&id) else { return };
        if row.state == OutgoingState::New
            && let Some(fronts) = self.fronts.get_mut(&BotAccount::of(&row.ask.chat))
        {
            fronts[row.ask.priority as usize].remove(&place(row));
        }
        if let Some(lanes) = self.chats.get_mut(&row.ask.chat)
            && lanes.sending == Some(id)
        {
            lanes.sending = None;
        }
    }

    /// Changes where something stands; what has left makes room for what waits behind it.
    fn with(&mut self, id: u64, change: impl FnOnce(&mut Outgoing)) -> Option<OutgoingState> {
        self.unlist(id);
        let row = self.rows.get_mut(&id)?;
        change(row);
        let state = row.state;
        match state {
            OutgoingState::New | OutgoingState::Sending => {
                self.changed.insert(id);
                self.list(id);
            }
            OutgoingState::Sent | OutgoingState::Unknown | OutgoingState::Failed => {
                if let Some(row) = self.take_out(id) {
                    self.left.insert(id, row);
                }
            }
        }
        Some(state)
    }

    /// Takes something out of its lane; what waits behind it moves up.
    fn take_out(&mut self, id: u64) -> Option<Outgoing> {
        self.unlist(id);
        let row = self.rows.remove(&id)?;
        self.changed.remove(&id);
        let Some(lanes) = self.chats.get_mut(&row.ask.chat) else {
            return Some(row);
        };
        let lane = &mut lanes.waiting[row.ask.priority as usize];
        match lane.front() {
            Some(first) if *first == id => drop(lane.pop_front()),
            _ => lane.retain(|other| *other != id),
        }
        let next = lane.front().copied();
        if lanes.waiting() == 0 {
            self.chats.remove(&row.ask.chat);
        }
        if let Some(next) = next {
            self.list(next);
        }
        Some(row)
    }

    fn note(&self, id: u64, journal: &mut Journal) -> Result<()> {
        match self.rows.get(&id).or_else(|| self.left.get(&id)) {
            Some(row) => journal.put(&Change::Moved(MovedImage::of(row))),
            None => Ok(()),
        }
    }

    pub(crate) fn take(&mut self, request: &TakeRequest, journal: &mut Journal) -> Result<Vec<Outgoing>> {
        let mut taken = Vec::new();
        for lane in PRIORITIES {
            for (_, id) in self.due(request, lane) {
                if taken.len() >= request.limit {
                    return Ok(taken);
                }
                if !self.is_free(id) {
                    continue;
                }
                self.mark(id, journal)?;
                taken.extend(self.rows.get(&id).cloned());
            }
        }
        Ok(taken)
    }

    /// Marks something as being sent, where it is the first of its lane and nothing of its chat is being sent; says
    /// whether it is.
    pub(crate) fn begin(&mut self, id: OutgoingId, journal: &mut Journal) -> Result<bool> {
        let id = id.0;
        let first = self.rows.get(&id).is_some_and(|row| {
            let lane = |lanes: &Lanes| lanes.waiting[row.ask.priority as usize].front() == Some(&id);
            row.state == OutgoingState::New && self.chats.get(&row.ask.chat).is_some_and(lane)
        });
        if !first || !self.is_free(id) {
            return Ok(false);
        }
        self.mark(id, journal)?;
        Ok(true)
    }

    fn mark(&mut self, id: u64, journal: &mut Journal) -> Result<()> {
        self.with(id, |row| {
            row.state = OutgoingState::Sending;
            row.attempts += 1;
        });
        self.note(id, journal)
    }

    /// Whether nothing of its chat is being sent.
    fn is_free(&self, id: u64) -> bool {
        let lanes = self.rows.get(&id).and_then(|row| self.chats.get(&row.ask.chat));
        lanes.is_some_and(|lanes| lanes.sending.is_none())
    }

    /// The first of each chat whose time has come, in the order in which they go.
    fn due(&self, request: &TakeRequest, priority: Priority) -> Vec<Place> {
        let lines = request.bots.iter().filter_map(|bot| self.fronts.get(bot));
        let lines = lines.map(|lanes| &lanes[priority as usize]);
        let mut due: Vec<Place> = lines
            .flat_map(|line| line.iter().take_while(|(at, _)| *at <= request.now).copied())
            .collect();
        due.sort_unstable();
        due
    }

    pub(crate) fn settle(
        &mut self,
        settlement: &Settlement,
        journal: &mut Journal,
    ) -> Result<Option<OutgoingState>> {
        let id = settlement.id.0;
        if self
            .rows
            .get(&id)
            .is_none_or(|row| row.state != OutgoingState::Sending)
        {
            return Ok(None);
        }
        let state = self.with(id, |row| apply(row, settlement));
        self.note(id, journal)?;
        Ok(state)
    }

    /// Undoes a take that nobody received.
    pub(crate) fn untake(&mut self, ids: &[OutgoingId], journal: &mut Journal) -> Result<()> {
        for id in ids {
            let row = self.rows.get(&id.0);
            if row.is_some_and(|row| row.state == OutgoingState::Sending) {
                self.with(id.0, |row| {
                    row.state = OutgoingState::New;
                    row.attempts -= 1;
                });
                self.note(id.0, journal)?;
            }
        }
        Ok(())
    }

    /// What was being sent when the process ended: nobody knows whether it arrived.
    pub(crate) fn recover(&mut self, now: Timestamp, journal: &mut Journal) -> Result<usize> {
        let sending = |row: &&Outgoing| row.state == OutgoingState::Sending;
        let ids: Vec<_> = self.rows.values().filter(sending).map(|row| row.id).collect();
        for id in &ids {
            let error = "the process ended while it was being sent".to_owned();
            let settlement = Settlement {
                id: *id,
                result: SendResult::Unknown(error),
                now,
            };
            self.settle(&settlement, journal)?;
        }
        Ok(ids.len())
    }

    /// Something that has not left, or left lately.
    pub(crate) fn get(&self, id: OutgoingId) -> Option<&Outgoing> {
        self.rows.get(&id.0).or_else(|| self.left.get(&id.0))
    }

    /// Takes things out without a trace.
    pub(crate) fn forget(&mut self, about: impl Fn(&Chat, Option<&UserId>) -> bool) {
        let of = |row: &&Outgoing| about(&row.ask.chat, row.ask.user.as_ref());
        let ids: Vec<u64> = self.rows.values().filter(of).map(|row| row.id.0).collect();
        for id in ids {
            self.take_out(id);
        }
    }

    pub(crate) fn count(&self, counts: &mut Counts) {
        let sending = self
            .rows
            .values()
            .filter(|row| row.state == OutgoingState::Sending);
        counts.sending = sending.count() as u64;
        counts.outgoing = self.rows.len() as u64 - counts.sending;
        for row in self.left.values() {
            match row.state {
                OutgoingState::Unknown => counts.unknown += 1,
                OutgoingState::Failed => counts.failed += 1,
                _ => {}
            }
        }
    }

    pub(crate) fn next_due(&self, bots: &[BotAccount]) -> Option<Timestamp> {
        let lines = bots.iter().filter_map(|bot| self.fronts.get(bot)).flatten();
        let firsts = lines.filter_map(|line| line.iter().find(|(_, id)| self.is_free(*id)));
        firsts.map(|(at, _)| *at).min()
    }

    pub(super) fn arrive(&mut self, row: Outgoing) {
        self.changed.insert(row.id.0);
        self.put(row);
    }

    pub(super) fn moved(&mut self, image: &MovedImage<'_>) -> Result<()> {
        let mut done = Ok(());
        let found = self.with(image.id, |row| done = image.put_on(row));
        found.ok_or(impossible(
            "a change of something in the outbox that is not there",
        ))?;
        done
    }

    /// Puts what changed into the tables.
    pub(super) fn flush(&mut self, tx: &Tx<'_>) -> Result<()> {
        for row in std::mem::take(&mut self.left).into_values() {
            outbox::put(tx, &row)?;
        }
        for id in self.changed.drain() {
            if let Some(row) = self.rows.get(&id) {
                outbox::put(tx, row)?;
            }
        }
        Ok(())
    }

    /// Reads what has not left from the tables.
    pub(super) fn load(tx: &Tx<'_>) -> Result<Self> {
        let last = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'outbox'";
        let mut outbox = Self {
            last: first(tx.sql(last)?, [], |row| number(row, 0))?.unwrap_or_default(),
            ..Self::default()
        };
        let find = format!(
            "SELECT {} FROM outbox WHERE state < 2 ORDER BY id",
            outbox::OUTGOING
        );
        rows(tx.sql(&find)?, [], |row| {
            outbox.put(outbox::outgoing(tx, row)?);
            Ok(())
        })?;
        Ok(outbox)
    }
}

/// What becomes of something that was being sent.
fn apply(row: &mut Outgoing, settlement: &Settlement) {
    let now = settlement.now;
    let (state, error) = match &settlement.result {
        SendResult::Sent(messages) => {
            row.messages.clone_from(messages);
            (OutgoingState::Sent, "")
        }
        SendResult::Again { not_before, error } => {
            row.ask.not_before = Some((*not_before).max(now));
            (OutgoingState::New, error.as_str())
        }
        SendResult::Unknown(error) if row.ask.policy.repeats() => {
            row.doubtful = true;
            row.ask.not_before = Some(now);
            (OutgoingState::New, error.as_str())
        }
        SendResult::Unknown(error) | SendResult::Doubtful(error) => {
            row.doubtful = true;
            (OutgoingState::Unknown, error.as_str())
        }
        SendResult::Failed(error) => (OutgoingState::Failed, error.as_str()),
    };
    row.state = state;
    error.clone_into(&mut row.error);
    row.settled = (state != OutgoingState::New).then_some(now);
}
