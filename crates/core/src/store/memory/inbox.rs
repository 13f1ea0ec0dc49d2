//! Conversations with the events that wait, the ids that were seen, and the dead letters. Pure state.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use super::super::{
    Admitted, BotAccount, CLAIM_BYTES, Claim, ClaimRequest, Committed, Counts, DeadId, DeadLetter, Fence,
    Hold, Keep, MAX_ATTEMPTS, NewEvent, Page, StoredEvent, Then, Timestamp, TurnEnd,
};
use super::MEMORY_IDS_KEPT;
use crate::id::{Conversation, EventId};

#[derive(Debug, Default)]
pub(super) struct Inbox {
    seen: HashMap<(BotAccount, EventId), Timestamp>,
    ages: VecDeque<(Timestamp, (BotAccount, EventId))>,
    /// Those with events, and those that are held.
    conversations: HashMap<Conversation, Mailbox>,
    /// Those that can be claimed, by account, in the order of their turns.
    ready: HashMap<BotAccount, BTreeMap<Place, Conversation>>,
    dead: BTreeMap<DeadId, DeadLetter>,
    last_number: u64,
    last_fence: u64,
    last_place: u64,
    last_dead: u64,
}

/// A place in the line of conversations: when it is ready, then in the order they came.
type Place = (Timestamp, u64);

#[derive(Debug, Default)]
struct Mailbox {
    events: VecDeque<StoredEvent>,
    held: Option<Fence>,
    /// Its place, where it can be claimed.
    ready: Option<Place>,
    /// What came while it is held may not be claimed before.
    wait_until: Timestamp,
}

impl Inbox {
    pub(super) fn push(&mut self, event: NewEvent, now: Timestamp) -> Admitted {
        let key = (BotAccount::of(&event.conversation.chat), event.id.clone());
        if self.seen.contains_key(&key) {
            return Admitted::Duplicate;
        }
        if self.ages.len() >= MEMORY_IDS_KEPT
            && let Some((_, oldest)) = self.ages.pop_front()
        {
            self.seen.remove(&oldest);
        }
        self.seen.insert(key.clone(), now);
        self.ages.push_back((now, key));
        if event.keep == Keep::IdOnly {
            return Admitted::Noted;
        }
        let (conversation, wait) = (event.conversation, event.wait);
        let stored = StoredEvent {
            number: 0,
            id: event.id,
            user: event.user,
            kind: event.kind,
            received: now,
            sent: event.sent,
            attempts: 0,
            body: event.body,
        };
        Admitted::Queued(self.append(&conversation, stored, now, wait))
    }

    fn append(
        &mut self,
        conversation: &Conversation,
        mut event: StoredEvent,
        now: Timestamp,
        wait: Duration,
    ) -> u64 {
        self.last_number += 1;
        event.number = self.last_number;
        let mailbox = self.conversations.entry(conversation.clone()).or_default();
        mailbox.events.push_back(event);
        let until = now.plus(wait);
        match mailbox.ready {
            None if mailbox.held.is_none() => self.line_up(conversation, until),
            // One that does not wait finds its conversation's time and leaves it: who is ready stays in its place.
            _ if wait.is_zero() => {}
            None => mailbox.wait_until = mailbox.wait_until.max(until),
            Some(place) => self.move_back(conversation, place, until),
        }
        self.last_number
    }

    /// Moves a conversation that is ready to a later time.
    fn move_back(&mut self, conversation: &Conversation, from: Place, until: Timestamp) {
        let to = (from.0.max(until), from.1);
        if let Some(mailbox) = self.conversations.get_mut(conversation) {
            mailbox.ready = Some(to);
            let line = self.ready.entry(BotAccount::of(&conversation.chat)).or_default();
            line.remove(&from);
            line.insert(to, conversation.clone());
        }
    }

    fn line_up(&mut self, conversation: &Conversation, at: Timestamp) {
        self.last_place += 1;
        let place = (at, self.last_place);
        if let Some(mailbox) = self.conversations.get_mut(conversation) {
            mailbox.ready = Some(place);
            let line = self.ready.entry(BotAccount::of(&conversation.chat)).or_default();
            line.insert(place, conversation.clone());
        }
    }

    pub(super) fn claim(&mut self, request: &ClaimRequest) -> Vec<Claim> {
        let mut claims = Vec::new();
        let mut bytes = 0;
        while claims.len() < request.conversations && bytes < CLAIM_BYTES {
            let firsts = request.bots.iter().filter_map(|bot| {
                let (place, _) = self.ready.get(bot)?.first_key_value()?;
                Some((*place, bot))
            });
            let Some((place, bot)) = firsts.min() else { break };
            if place.0 > request.now {
                break;
            }
            let Some(conversation) = self.ready.get_mut(bot).and_then(|line| line.remove(&place)) else {
                break;
            };
            let Some(mailbox) = self.conversations.get_mut(&conversation) else {
                continue;
            };
            self.last_fence += 1;
            let fence = Fence(self.last_fence);
            mailbox.ready = None;
            mailbox.held = Some(fence);
            let mut events = Vec::new();
            for event in mailbox.events.iter().take(request.events.max(1)) {
                if bytes >= CLAIM_BYTES && !events.is_empty() {
                    break;
                }
                bytes += event.body.len();
                events.push(event.clone());
            }
            let more = mailbox.events.len() > events.len();
            let hold = Hold { conversation, fence };
            claims.push(Claim { hold, events, more });
        }
        claims
    }

    pub(super) fn holds(&self, hold: &Hold) -> bool {
        let mailbox = self.conversations.get(&hold.conversation);
        mailbox.is_some_and(|mailbox| mailbox.held == Some(hold.fence))
    }

    pub(super) fn release(&mut self, hold: &Hold, now: Timestamp) -> bool {
        let held = self.holds(hold);
        if held {
            self.free(&hold.conversation, now);
        }
        held
    }

    /// Ends a hold; the conversation waits until `at`, and for what came meanwhile, where it has events left.
    fn free(&mut self, conversation: &Conversation, at: Timestamp) {
        let Some(mailbox) = self.conversations.get_mut(conversation) else {
            return;
        };
        mailbox.held = None;
        if mailbox.events.is_empty() {
            self.conversations.remove(conversation);
        } else {
            let at = at.max(std::mem::take(&mut mailbox.wait_until));
            self.line_up(conversation, at);
        }
    }

    /// Ends a turn whose hold is valid.
    pub(super) fn end(&mut self, turn: TurnEnd, now: Timestamp, made: &mut Committed) {
        let conversation = turn.hold.conversation;
        let Some(mailbox) = self.conversations.get_mut(&conversation) else {
            return;
        };
        mailbox
            .events
            .retain(|event| !turn.handled.contains(&event.number));
        let mut again = now;
        if let Some(failure) = turn.failed
            && let Some(at) = mailbox
                .events
                .iter()
                .position(|event| event.number == failure.number)
        {
            again = now.plus(failure.pause);
            let event = &mut mailbox.events[at];
            event.attempts += 1;
            if (failure.last || event.attempts >= MAX_ATTEMPTS)
                && let Some(event) = mailbox.events.remove(at)
            {
                self.last_dead += 1;
                let id = DeadId(self.last_dead);
                let letter = DeadLetter {
                    id,
                    conversation: conversation.clone(),
                    event,
                    error: failure.error,
                    died: now,
                };
                self.dead.insert(id, letter);
                made.dead = Some(id);
                again = now;
            }
        }
        made.more = !mailbox.events.is_empty();
        if turn.then == Then::Release {
            self.free(&conversation, again);
        }
    }

    pub(super) fn dead(&self, page: Page<DeadId>) -> Vec<DeadLetter> {
        let behind = |id: &DeadId| page.after.is_none_or(|after| *id > after);
        let letters = self.dead.iter().filter(|(id, _)| behind(id));
        letters
            .take(page.limit)
            .map(|(_, letter)| letter.clone())
            .collect()
    }

    pub(super) fn retry_dead(&mut self, id: DeadId, now: Timestamp) -> bool {
        let Some(letter) = self.dead.remove(&id) else {
            return false;
        };
        let event = StoredEvent {
            attempts: 0,
            ..letter.event
        };
        self.append(&letter.conversation, event, now, Duration::ZERO);
        true
    }

    pub(super) fn delete_dead(&mut self, id: DeadId) -> bool {
        self.dead.remove(&id).is_some()
    }

    /// All events that wait, by conversation.
    pub(super) fn events(&self) -> impl Iterator<Item = (&Conversation, &StoredEvent)> {
        self.conversations
            .iter()
            .flat_map(|(conversation, mailbox)| mailbox.events.iter().map(move |event| (conversation, event)))
    }

    pub(super) fn letters(&self) -> impl Iterator<Item = &DeadLetter> {
        self.dead.values()
    }

    /// Deletes events and dead letters; says how many of each. Conversations that lose events are held no more.
    pub(super) fn forget(&mut self, about: impl Fn(&Conversation, &StoredEvent) -> bool) -> (u64, u64) {
        let mut lost = Vec::new();
        let mut events = 0;
        for (conversation, mailbox) in &mut self.conversations {
            let before = mailbox.events.len();
            mailbox.events.retain(|event| !about(conversation, event));
            if mailbox.events.len() < before {
                events += (before - mailbox.events.len()) as u64;
                lost.push((conversation.clone(), mailbox.ready.take()));
            }
        }
        for (conversation, ready) in lost {
            // What was held waits as long as the first event that is left.
            let first = self
                .conversations
                .get(&conversation)
                .and_then(|mailbox| mailbox.events.front());
            let mut at = first.map_or(Timestamp::default(), |event| event.received);
            if let Some(place) = ready
                && let Some(line) = self.ready.get_mut(&BotAccount::of(&conversation.chat))
            {
                line.remove(&place);
                at = place.0;
            }
            self.free(&conversation, at);
        }
        let before = self.dead.len();
        self.dead
            .retain(|_, letter| !about(&letter.conversation, &letter.event));
        (events, (before - self.dead.len()) as u64)
    }

    pub(super) fn prune(&mut self, old: Timestamp) -> u64 {
        let mut pruned = 0;
        while let Some((at, _)) = self.ages.front()
            && *at < old
            && let Some((_, key)) = self.ages.pop_front()
        {
            self.seen.remove(&key);
            pruned += 1;
        }
        pruned
    }

    pub(super) fn count(&self, counts: &mut Counts) {
        counts.inbox = self.events().count() as u64;
        counts.oldest = self.events().map(|(_, event)| event.received).min();
        counts.held = self
            .conversations
            .values()
            .filter(|mailbox| mailbox.held.is_some())
            .count() as u64;
        counts.dead = self.dead.len() as u64;
    }

    pub(super) fn next_due(&self, bots: &[BotAccount]) -> Option<Timestamp> {
        let firsts = bots.iter().filter_map(|bot| {
            let (place, _) = self.ready.get(bot)?.first_key_value()?;
            Some(place.0)
        });
        firsts.min()
    }
}
