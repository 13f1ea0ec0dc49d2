//! What waits to be sent, in order per chat and priority, and what became of it. Pure state.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::super::{
    BotAccount, Counts, NewOutgoing, Outgoing, OutgoingId, OutgoingState, Page, SENT_KEPT, SendResult,
    Settlement, TakeRequest, Timestamp, UNSENT_KEPT,
};
use crate::action::Priority;
use crate::id::Chat;

/// How many things that left the outbox can still be looked up.
const FINISHED_KEPT: usize = 1000;

#[derive(Debug, Default)]
pub(super) struct Outbox {
    rows: BTreeMap<OutgoingId, Outgoing>,
    chats: HashMap<Chat, Lanes>,
    /// The first of each chat and priority, by account and priority, in the order in which they go.
    fronts: HashMap<(BotAccount, Priority), BTreeSet<(Timestamp, OutgoingId)>>,
    /// What left, the oldest first.
    finished: VecDeque<OutgoingId>,
    last: u64,
}

#[derive(Debug, Default)]
struct Lanes {
    waiting: [VecDeque<OutgoingId>; 3],
    sending: Option<OutgoingId>,
}

impl Outbox {
    pub(super) fn push(&mut self, ask: NewOutgoing, now: Timestamp) -> OutgoingId {
        self.last += 1;
        let id = OutgoingId(self.last);
        let lanes = self.chats.entry(ask.chat.clone()).or_default();
        let lane = &mut lanes.waiting[ask.priority as usize];
        lane.push_back(id);
        let front = lane.len() == 1;
        let row = Outgoing {
            id,
            state: OutgoingState::New,
            attempts: 0,
            doubtful: false,
            created: now,
            settled: None,
            messages: Vec::new(),
            error: String::new(),
            ask: NewOutgoing {
                not_before: Some(ask.not_before.map_or(now, |at| at.max(now))),
                ..ask
            },
        };
        if front {
            line(&mut self.fronts, &row.ask).insert(place(&row));
        }
        self.rows.insert(id, row);
        id
    }

    /// Marks something as being sent, where nothing else of its chat waits or is being sent and its time has come; says
    /// whether it is.
    pub(super) fn begin_alone(&mut self, id: OutgoingId, now: Timestamp) -> bool {
        let row = self.rows.get(&id);
        let alone = row.is_some_and(|row| {
            let lanes = self.chats.get(&row.ask.chat);
            let waiting = lanes.map_or(0, |lanes| lanes.waiting.iter().map(VecDeque::len).sum());
            waiting == 1 && place(row).0 <= now
        });
        alone && self.begin(id)
    }

    /// Marks something as being sent, where it is the first of its lane and nothing of its chat is being sent; says
    /// whether it is.
    pub(super) fn begin(&mut self, id: OutgoingId) -> bool {
        let Some(row) = self.rows.get_mut(&id) else {
            return false;
        };
        let Some(lanes) = self.chats.get_mut(&row.ask.chat) else {
            return false;
        };
        if lanes.sending.is_some() || !line(&mut self.fronts, &row.ask).remove(&place(row)) {
            return false;
        }
        lanes.sending = Some(id);
        row.state = OutgoingState::Sending;
        row.attempts += 1;
        true
    }

    pub(super) fn take(&mut self, request: &TakeRequest) -> Vec<Outgoing> {
        let mut taken = Vec::new();
        for priority in [Priority::Answer, Priority::Progress, Priority::Broadcast] {
            for at in self.due(request, priority) {
                if taken.len() >= request.limit {
                    return taken;
                }
                let Some(row) = self.rows.get_mut(&at.1) else {
                    continue;
                };
                let Some(lanes) = self.chats.get_mut(&row.ask.chat) else {
                    continue;
                };
                if lanes.sending.is_some() {
                    continue;
                }
                lanes.sending = Some(row.id);
                line(&mut self.fronts, &row.ask).remove(&at);
                row.state = OutgoingState::Sending;
                row.attempts += 1;
                taken.push(row.clone());
            }
        }
        taken
    }

    /// The first of each chat whose time has come, in the order in which they go.
    fn due(&self, request: &TakeRequest, priority: Priority) -> Vec<(Timestamp, OutgoingId)> {
        let mut due = Vec::new();
        for bot in &request.bots {
            let Some(line) = self.fronts.get(&(bot.clone(), priority)) else {
                continue;
            };
            due.extend(line.iter().take_while(|(at, _)| *at <= request.now));
        }
        due.sort_unstable();
        due
    }

    pub(super) fn settle(&mut self, settlement: Settlement) -> Option<OutgoingState> {
        let row = self.rows.get_mut(&settlement.id)?;
        if row.state != OutgoingState::Sending {
            return None;
        }
        match settlement.result {
            SendResult::Sent(messages) => {
                row.state = OutgoingState::Sent;
                row.messages = messages;
                row.error = String::new();
            }
            SendResult::Again { not_before, error } => {
                row.state = OutgoingState::New;
                row.ask.not_before = Some(not_before.max(settlement.now));
                row.error = error;
            }
            SendResult::Unknown(error) => {
                row.doubtful = true;
                row.error = error;
                row.state = OutgoingState::Unknown;
                if row.ask.policy.repeats() {
                    row.state = OutgoingState::New;
                    row.ask.not_before = Some(settlement.now);
                }
            }
            SendResult::Doubtful(error) => {
                row.doubtful = true;
                row.state = OutgoingState::Unknown;
                row.error = error;
            }
            SendResult::Failed(error) => {
                row.state = OutgoingState::Failed;
                row.error = error;
            }
        }
        let state = row.state;
        if state != OutgoingState::New {
            row.settled = Some(settlement.now);
        }
        if let Some(lanes) = self.chats.get_mut(&row.ask.chat) {
            lanes.sending = None;
        }
        if state == OutgoingState::New {
            line(&mut self.fronts, &row.ask).insert(place(row));
        } else {
            self.leave(settlement.id);
            self.finished.push_back(settlement.id);
            if self.finished.len() > FINISHED_KEPT
                && let Some(oldest) = self.finished.pop_front()
            {
                self.rows.remove(&oldest);
            }
        }
        Some(state)
    }

    /// Takes something out of its chat's line; what waits behind it moves up.
    fn leave(&mut self, id: OutgoingId) {
        let Some(row) = self.rows.get(&id) else { return };
        line(&mut self.fronts, &row.ask).remove(&place(row));
        let Some(lanes) = self.chats.get_mut(&row.ask.chat) else {
            return;
        };
        if lanes.sending == Some(id) {
            lanes.sending = None;
        }
        let lane = &mut lanes.waiting[row.ask.priority as usize];
        lane.retain(|other| *other != id);
        if let Some(next) = lane.front().and_then(|next| self.rows.get(next)) {
            if next.state == OutgoingState::New {
                line(&mut self.fronts, &next.ask).insert(place(next));
            }
        } else if lanes.waiting.iter().all(VecDeque::is_empty) {
            self.chats.remove(&row.ask.chat);
        }
    }

    pub(super) fn get(&self, id: OutgoingId) -> Option<Outgoing> {
        self.rows.get(&id).cloned()
    }

    pub(super) fn list(&self, state: OutgoingState, page: Page<OutgoingId>) -> Vec<Outgoing> {
        let behind = |id: OutgoingId| page.after.is_none_or(|after| id > after);
        let rows = self
            .rows
            .values()
            .filter(|row| row.state == state && behind(row.id));
        rows.take(page.limit).cloned().collect()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Outgoing> {
        self.rows.values()
    }

    pub(super) fn forget(&mut self, about: impl Fn(&Outgoing) -> bool) -> u64 {
        let ids: Vec<_> = self.all().filter(|row| about(row)).map(|row| row.id).collect();
        for id in &ids {
            self.leave(*id);
            self.rows.remove(id);
        }
        self.finished.retain(|id| self.rows.contains_key(id));
        ids.len() as u64
    }

    pub(super) fn prune(&mut self, now: Timestamp) -> u64 {
        let before = self.rows.len();
        self.rows.retain(|_, row| {
            let kept = match row.state {
                OutgoingState::New | OutgoingState::Sending => return true,
                OutgoingState::Sent => SENT_KEPT,
                OutgoingState::Unknown | OutgoingState::Failed => UNSENT_KEPT,
            };
            row.settled.is_none_or(|at| at >= now.minus(kept))
        });
        self.finished.retain(|id| self.rows.contains_key(id));
        (before - self.rows.len()) as u64
    }

    pub(super) fn count(&self, counts: &mut Counts) {
        for row in self.rows.values() {
            match row.state {
                OutgoingState::New => counts.outgoing += 1,
                OutgoingState::Sending => counts.sending += 1,
                OutgoingState::Unknown => counts.unknown += 1,
                OutgoingState::Failed => counts.failed += 1,
                OutgoingState::Sent => {}
            }
        }
    }

    pub(super) fn next_due(&self, bots: &[BotAccount]) -> Option<Timestamp> {
        let served = self.fronts.iter().filter(|((bot, _), _)| bots.contains(bot));
        let free = |id: &OutgoingId| {
            let chat = &self.rows.get(id)?.ask.chat;
            self.chats.get(chat)?.sending.is_none().then_some(())
        };
        let firsts =
            served.filter_map(|(_, line)| line.iter().find(|(_, id)| free(id).is_some()).map(|(at, _)| *at));
        firsts.min()
    }
}

fn place(row: &Outgoing) -> (Timestamp, OutgoingId) {
    (row.ask.not_before.unwrap_or_default(), row.id)
}

fn line<'a>(
    fronts: &'a mut HashMap<(BotAccount, Priority), BTreeSet<(Timestamp, OutgoingId)>>,
    ask: &NewOutgoing,
) -> &'a mut BTreeSet<(Timestamp, OutgoingId)> {
    fronts
        .entry((BotAccount::of(&ask.chat), ask.priority))
        .or_default()
}
