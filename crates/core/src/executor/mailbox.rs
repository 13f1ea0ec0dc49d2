//! The mailboxes and the fair list. Pure state behind the executor's lock; no await, no I/O.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::{ExecutorConfig, Item};
use crate::event::{Event, EventKind};
use crate::id::{AccountId, Conversation, EventId, NetworkId};
use crate::outbox::Load;

/// How many event ids are remembered to recognize a second delivery; networks repeat within minutes.
const REMEMBERED_EVENTS: usize = 16_384;

/// The most control events that wait; more are answered with "busy".
const CONTROL_BOUND: usize = 1024;

/// How long the parts of an album are waited for, after each of them: they come as messages of their own.
pub(crate) const ALBUM_PAUSE: Duration = Duration::from_millis(600);

/// The most parts of an album; with the last one there is nothing to wait for.
const ALBUM_PARTS: usize = 10;

/// What became of an event.
pub(crate) enum Placed {
    /// It waits for its turn.
    Waits,
    /// It was here before.
    Duplicate,
    /// There is no room in all.
    Full(Item),
    /// Its conversation is over its bound; `first` is the first event of this overflow.
    Overflow {
        /// The event.
        item: Item,
        /// Whether no other event was turned away since the conversation was last below its bound.
        first: bool,
    },
}

/// All mailboxes.
pub(crate) struct Mailboxes {
    boxes: HashMap<Conversation, Mailbox>,
    /// Conversations with work that no worker has; each stands here at most once.
    ready: VecDeque<Conversation>,
    /// Conversations whose next event is an album that may not be whole yet.
    held: BinaryHeap<Reverse<Held>>,
    control: VecDeque<Item>,
    seen: Seen,
    /// Conversations that were told that the bot is busy.
    overflowing: HashSet<Conversation>,
    /// Workers that were woken and did not look yet.
    waking: bool,
    waiting: usize,
    running: usize,
    conversation_bound: usize,
    total_bound: usize,
}

#[derive(Default)]
struct Mailbox {
    queue: VecDeque<Waiting>,
}

/// An event in its mailbox.
struct Waiting {
    item: Item,
    /// When an album is taken for whole, and how many parts it has.
    album: Option<(Instant, usize)>,
}

/// A conversation that is looked at again at a time.
#[derive(PartialEq, Eq)]
struct Held {
    at: Instant,
    conversation: Conversation,
}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Held {
    fn cmp(&self, other: &Self) -> Ordering {
        self.at.cmp(&other.at)
    }
}

impl Mailboxes {
    pub(super) fn new(config: &ExecutorConfig) -> Self {
        Self {
            boxes: HashMap::new(),
            ready: VecDeque::new(),
            held: BinaryHeap::new(),
            control: VecDeque::new(),
            seen: Seen::default(),
            overflowing: HashSet::new(),
            waking: false,
            waiting: 0,
            running: 0,
            conversation_bound: config.conversation_bound.max(1),
            total_bound: config.total_bound.max(1),
        }
    }

    /// Puts an event where it belongs; says whether a worker should be woken.
    pub(super) fn place(&mut self, item: Item, load: Load, now: Instant) -> (Placed, bool) {
        let chat = &item.event.chat;
        let key = (chat.network, chat.account.clone(), item.event.id.clone());
        if self.seen.contains(&key) {
            return (Placed::Duplicate, false);
        }
        if item.route.control() {
            if self.control.len() >= CONTROL_BOUND {
                return (Placed::Full(item), false);
            }
            self.seen.remember(key);
            self.control.push_back(item);
            return (Placed::Waits, true);
        }
        let conversation = item.route.conversation(&item.event);
        let item = match self.join(&conversation, item, now) {
            Ok(()) => {
                self.seen.remember(key);
                return (Placed::Waits, false);
            }
            Err(item) => item,
        };
        if self.waiting + load.network >= self.total_bound {
            return (Placed::Full(item), false);
        }
        self.seen.remember(key);
        let before = load.chat
            + self
                .boxes
                .get(&conversation)
                .map_or(0, |mailbox| mailbox.queue.len());
        if before >= self.conversation_bound {
            let first = self.overflows(&conversation);
            return (Placed::Overflow { item, first }, false);
        }
        self.flows(&conversation, before);
        let album = item.event.group().map(|_| (now + ALBUM_PAUSE, 1));
        let waiting = Waiting { item, album };
        if let Some(mailbox) = self.boxes.get_mut(&conversation) {
            // It stands in the ready list or is held, or a worker has it and will look again.
            mailbox.queue.push_back(waiting);
            self.waiting += 1;
            return (Placed::Waits, false);
        }
        let mut mailbox = Mailbox::default();
        mailbox.queue.push_back(waiting);
        self.boxes.insert(conversation.clone(), mailbox);
        self.ready.push_back(conversation);
        self.waiting += 1;
        (Placed::Waits, !std::mem::replace(&mut self.waking, true))
    }

    /// Notes that a conversation is over its bound; says whether it was not before.
    pub(super) fn overflows(&mut self, conversation: &Conversation) -> bool {
        self.overflowing.insert(conversation.clone())
    }

    /// Notes how many events of a conversation wait: with half of the bound it is below it again.
    pub(super) fn flows(&mut self, conversation: &Conversation, waiting: usize) {
        if !self.overflowing.is_empty() && waiting * 2 <= self.conversation_bound {
            self.overflowing.remove(conversation);
        }
    }

    /// Puts events behind those of a conversation, whatever the bounds: the store was asked for no more than there is
    /// room for. Says whether a worker should be woken.
    pub(super) fn place_claimed(&mut self, conversation: &Conversation, items: Vec<Item>) -> bool {
        self.waiting += items.len();
        let waiting = items.into_iter().map(|item| Waiting { item, album: None });
        if let Some(mailbox) = self.boxes.get_mut(conversation) {
            mailbox.queue.extend(waiting);
            return false;
        }
        let queue = waiting.collect();
        self.boxes.insert(conversation.clone(), Mailbox { queue });
        self.ready.push_back(conversation.clone());
        !std::mem::replace(&mut self.waking, true)
    }

    /// Drops events that came from the store and have not begun.
    pub(super) fn drop_claimed(&mut self) {
        for mailbox in self.boxes.values_mut() {
            let before = mailbox.queue.len();
            mailbox.queue.retain(|waiting| waiting.item.kept.is_none());
            self.waiting -= before - mailbox.queue.len();
        }
        // One whose queue is empty goes when it is claimed or its turn ends.
    }

    /// The conversation at the head of the list with its first event. It is the caller's until [`Self::advance`]
    /// gives nothing back.
    pub(super) fn claim(&mut self, now: Instant) -> Option<(Conversation, Item)> {
        self.waking = false;
        while let Some(conversation) = self.ready.pop_front() {
            if let Some(item) = self.take(&conversation, now) {
                return Some((conversation, item));
            }
        }
        None
    }

    /// The next event of a conversation, unless it is an album that may not be whole: then the conversation is held.
    fn take(&mut self, conversation: &Conversation, now: Instant) -> Option<Item> {
        let queue = &mut self.boxes.get_mut(conversation)?.queue;
        match queue.front()?.album {
            Some((at, parts)) if at > now && parts < ALBUM_PARTS => {
                self.held.push(Reverse(Held {
                    at,
                    conversation: conversation.clone(),
                }));
                None
            }
            _ => {
                self.waiting -= 1;
                self.running += 1;
                queue.pop_front().map(|waiting| waiting.item)
            }
        }
    }

    /// Makes conversations ready whose albums are whole by now; says how many did and when to look again.
    pub(super) fn ring(&mut self, now: Instant) -> (usize, Option<Instant>) {
        let mut rung = 0;
        while let Some(Reverse(held)) = self.held.peek() {
            if held.at > now {
                return (rung, Some(held.at));
            }
            if let Some(Reverse(held)) = self.held.pop() {
                self.ready.push_back(held.conversation);
                rung += 1;
            }
        }
        (rung, None)
    }

    /// When the first album that is held is looked at again.
    pub(super) fn next_ring(&self) -> Option<Instant> {
        self.held.peek().map(|Reverse(held)| held.at)
    }

    /// Puts a part of an album to its other parts, where those wait. What nobody else wants is wanted as a part.
    pub(super) fn join(&mut self, conversation: &Conversation, item: Item, now: Instant) -> Result<(), Item> {
        let Some(group) = item.event.group() else {
            return Err(item);
        };
        let mailbox = self.boxes.get_mut(conversation);
        let same = |waiting: &&mut Waiting| waiting.item.event.group() == Some(group);
        let Some(Waiting {
            item: first,
            album: Some((at, parts)),
        }) = mailbox.and_then(|mailbox| mailbox.queue.iter_mut().rev().find(same))
        else {
            return Err(item);
        };
        *at = now + ALBUM_PAUSE;
        *parts += 1;
        let event = Arc::try_unwrap(item.event).unwrap_or_else(|event| Event::clone(&event));
        let words_before = matches!(first.event.kind, EventKind::Command(_));
        Arc::make_mut(&mut first.event).join(event);
        // The words may have come with a later part: they say where the album goes.
        if !words_before && matches!(first.event.kind, EventKind::Command(_)) {
            first.route = item.route;
        }
        Ok(())
    }

    /// A turn has ended: the next event of the same conversation, or none when it gives way or has no more. Says too
    /// whether others wait.
    pub(super) fn advance(
        &mut self,
        conversation: &Conversation,
        give_way: bool,
        now: Instant,
    ) -> (Option<Item>, bool) {
        let others = !self.ready.is_empty();
        self.running -= 1;
        let Some(mailbox) = self.boxes.get_mut(conversation) else {
            return (None, others);
        };
        if mailbox.queue.is_empty() {
            self.boxes.remove(conversation);
            return (None, others);
        }
        if give_way && others {
            self.ready.push_back(conversation.clone());
            return (None, others);
        }
        (self.take(conversation, now), others)
    }

    pub(super) fn claim_control(&mut self) -> Option<(Item, bool)> {
        let item = self.control.pop_front()?;
        self.running += 1;
        Some((item, !self.control.is_empty()))
    }

    pub(super) fn finish_control(&mut self) {
        self.running -= 1;
    }

    pub(super) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    pub(super) fn unfinished(&self) -> usize {
        self.waiting + self.running + self.control.len()
    }
}

/// The ids of the newest events.
#[derive(Default)]
struct Seen {
    ids: HashSet<Key>,
    ages: VecDeque<Key>,
}

/// An event's id is unique per account.
type Key = (NetworkId, AccountId, EventId);

impl Seen {
    fn contains(&self, key: &Key) -> bool {
        self.ids.contains(key)
    }

    fn remember(&mut self, key: Key) {
        if self.ages.len() >= REMEMBERED_EVENTS
            && let Some(oldest) = self.ages.pop_front()
        {
            self.ids.remove(&oldest);
        }
        self.ids.insert(key.clone());
        self.ages.push_back(key);
    }
}
