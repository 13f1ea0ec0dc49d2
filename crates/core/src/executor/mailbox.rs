//! The mailboxes and the fair list. Pure state behind the executor's lock; no await, no I/O.

use std::collections::{HashMap, HashSet, VecDeque};

use super::{ExecutorConfig, Item};
use crate::id::{AccountId, Conversation, EventId, NetworkId};
use crate::outbox::Load;

/// How many event ids are remembered to recognize a second delivery; networks repeat within minutes.
const REMEMBERED_EVENTS: usize = 16_384;

/// The most control events that wait; more are answered with "busy".
const CONTROL_BOUND: usize = 1024;

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
    queue: VecDeque<Item>,
}

impl Mailboxes {
    pub(super) fn new(config: &ExecutorConfig) -> Self {
        Self {
            boxes: HashMap::new(),
            ready: VecDeque::new(),
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
    pub(super) fn place(&mut self, item: Item, load: Load) -> (Placed, bool) {
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
        if self.waiting + load.network >= self.total_bound {
            return (Placed::Full(item), false);
        }
        self.seen.remember(key);
        let conversation = item.route.conversation(&item.event);
        let before = load.chat
            + self
                .boxes
                .get(&conversation)
                .map_or(0, |mailbox| mailbox.queue.len());
        if before >= self.conversation_bound {
            let first = self.overflowing.insert(conversation);
            return (Placed::Overflow { item, first }, false);
        }
        if !self.overflowing.is_empty() && before * 2 <= self.conversation_bound {
            self.overflowing.remove(&conversation);
        }
        if let Some(mailbox) = self.boxes.get_mut(&conversation) {
            // It stands in the ready list, or a worker has it and will look again.
            mailbox.queue.push_back(item);
            self.waiting += 1;
            return (Placed::Waits, false);
        }
        let mut mailbox = Mailbox::default();
        mailbox.queue.push_back(item);
        self.boxes.insert(conversation.clone(), mailbox);
        self.ready.push_back(conversation);
        self.waiting += 1;
        (Placed::Waits, !std::mem::replace(&mut self.waking, true))
    }

    /// The conversation at the head of the list with its first event. It is the caller's until [`Self::advance`]
    /// gives nothing back.
    pub(super) fn claim(&mut self) -> Option<(Conversation, Item)> {
        self.waking = false;
        while let Some(conversation) = self.ready.pop_front() {
            if let Some(item) = self
                .boxes
                .get_mut(&conversation)
                .and_then(|mailbox| mailbox.queue.pop_front())
            {
                self.waiting -= 1;
                self.running += 1;
                return Some((conversation, item));
            }
        }
        None
    }

    /// A turn has ended: the next event of the same conversation, or none when it gives way or has no more. Says too
    /// whether others wait.
    pub(super) fn advance(&mut self, conversation: &Conversation, give_way: bool) -> (Option<Item>, bool) {
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
        let next = mailbox.queue.pop_front();
        self.waiting -= 1;
        self.running += 1;
        (next, others)
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
