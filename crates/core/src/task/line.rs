//! The lines of those who wait for room in a lane, fair between people. Pure state behind the scheduler's lock; no
//! await, no I/O.
//!
//! Waiting is start-time fair queueing: each person has a clock of their own that runs on with the weight of what they
//! were given, and the person whose clock stands lowest is next. So ten tasks of one person do not stand before the
//! first one of another, whoever came first.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::{Lane, LaneLimits, TaskLimits};
use crate::id::{Chat, Person};

/// What one unit of weight adds to a person's clock.
const UNIT: u64 = 1 << 20;

/// Somebody's wish for room in a lane.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) ticket: u64,
    pub(super) lane: Lane,
    pub(super) person: Person,
    pub(super) chat: Chat,
    pub(super) weight: usize,
    /// In bytes.
    pub(super) memory: u64,
    /// How many times the usual part this person gets.
    pub(super) share: u32,
}

/// Why a task may not even wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// So many tasks of this person wait already.
    Person(usize),
    /// So many tasks wait already.
    All(usize),
    /// It needs more than there ever is.
    Memory(u64),
}

/// All lines.
pub(super) struct Lines {
    lanes: [Line; 3],
    /// Where each waiting ticket stands.
    waiting: HashMap<u64, (Lane, Person)>,
    memory: u64,
    memory_used: u64,
    next_entry: u64,
}

struct Line {
    limits: LaneLimits,
    people: HashMap<Person, Place>,
    /// Those who wait, the next one first: by clock, then by who came first.
    order: BTreeMap<(u64, u64), Person>,
    chats: HashMap<Chat, usize>,
    running: usize,
    waiting: usize,
    clock: u64,
    /// The tickets in the order in which they will go, until something changes.
    places: Option<HashMap<u64, usize>>,
}

#[derive(Default)]
struct Place {
    queue: VecDeque<Wish>,
    running: usize,
    /// Where the person's clock stands.
    clock: u64,
    /// The key in the order, while something waits.
    key: Option<(u64, u64)>,
}

impl Lines {
    pub(super) fn new(limits: &TaskLimits) -> Self {
        let line = |lane| Line {
            limits: *limits.lane(lane),
            people: HashMap::new(),
            order: BTreeMap::new(),
            chats: HashMap::new(),
            running: 0,
            waiting: 0,
            clock: 0,
            places: None,
        };
        Self {
            lanes: [line(Lane::Async), line(Lane::Blocking), line(Lane::Process)],
            waiting: HashMap::new(),
            memory: limits.memory,
            memory_used: 0,
            next_entry: 0,
        }
    }

    /// Whether a task of this kind may wait, were it to come now.
    pub(super) fn admits(&self, wish: &Wish) -> Result<(), Full> {
        let line = &self.lanes[wish.lane as usize];
        if wish.memory > self.memory {
            return Err(Full::Memory(self.memory));
        }
        let own = line.people.get(&wish.person).map_or(0, |place| place.queue.len());
        if own >= line.limits.waiting_per_person {
            return Err(Full::Person(own));
        }
        if line.waiting >= line.limits.waiting {
            return Err(Full::All(line.waiting));
        }
        Ok(())
    }

    /// Lets a wish wait; [`Lines::next`] says when it may go.
    pub(super) fn enter(&mut self, mut wish: Wish) {
        self.next_entry += 1;
        let line = &mut self.lanes[wish.lane as usize];
        wish.weight = wish.weight.clamp(1, line.limits.running.max(1));
        wish.memory = wish.memory.min(self.memory);
        self.waiting.insert(wish.ticket, (wish.lane, wish.person.clone()));
        line.waiting += 1;
        line.places = None;
        let place = line.people.entry(wish.person.clone()).or_default();
        if place.key.is_none() {
            let key = (place.clock.max(line.clock), self.next_entry);
            place.key = Some(key);
            line.order.insert(key, wish.person.clone());
        }
        place.queue.push_back(wish);
    }

    /// A wish is given up while it waits; says whether it did.
    pub(super) fn leave(&mut self, ticket: u64) -> bool {
        let Some((lane, person)) = self.waiting.remove(&ticket) else {
            return false;
        };
        let line = &mut self.lanes[lane as usize];
        line.waiting -= 1;
        line.places = None;
        if let Some(place) = line.people.get_mut(&person) {
            place.queue.retain(|wish| wish.ticket != ticket);
            if place.queue.is_empty()
                && let Some(key) = place.key.take()
            {
                line.order.remove(&key);
            }
            line.forget(&person);
        }
        true
    }

    /// The next wish that may go now; its room is taken.
    pub(super) fn next(&mut self) -> Option<Wish> {
        let free = self.memory - self.memory_used;
        let wish = self.lanes.iter_mut().find_map(|line| line.next(free))?;
        self.memory_used += wish.memory;
        self.waiting.remove(&wish.ticket);
        Some(wish)
    }

    /// What was given room has ended.
    pub(super) fn finish(&mut self, wish: &Wish) {
        self.memory_used -= wish.memory;
        let line = &mut self.lanes[wish.lane as usize];
        line.running -= wish.weight;
        if let Some(count) = line.chats.get_mut(&wish.chat) {
            *count -= wish.weight;
            if *count == 0 {
                line.chats.remove(&wish.chat);
            }
        }
        if let Some(place) = line.people.get_mut(&wish.person) {
            place.running -= wish.weight;
            line.forget(&wish.person);
        }
    }

    /// How many go before this one, and it: 1 is the next. `None` when it does not wait.
    pub(super) fn place(&mut self, ticket: u64) -> Option<usize> {
        let (lane, _) = self.waiting.get(&ticket)?;
        let line = &mut self.lanes[*lane as usize];
        if line.places.is_none() {
            line.places = Some(line.foresee());
        }
        line.places.as_ref()?.get(&ticket).copied()
    }

    /// How many run and wait in a lane.
    pub(super) fn load(&self, lane: Lane) -> (usize, usize) {
        let line = &self.lanes[lane as usize];
        (line.running, line.waiting)
    }
}

impl Line {
    fn next(&mut self, memory: u64) -> Option<Wish> {
        let mut chosen = None;
        for (key, person) in &self.order {
            let place = self.people.get(person)?;
            let wish = place.queue.front()?;
            // Who is next and needs more room than is free waits for it: smaller ones must not pass for ever.
            if self.running > 0 && self.running + wish.weight > self.limits.running || wish.memory > memory {
                return None;
            }
            let in_chat = self.chats.get(&wish.chat).copied().unwrap_or_default();
            let own_limit = over(place.running, wish.weight, self.limits.per_person);
            if !own_limit && !over(in_chat, wish.weight, self.limits.per_chat) {
                chosen = Some((*key, person.clone()));
                break;
            }
        }
        let (key, person) = chosen?;
        self.order.remove(&key);
        self.places = None;
        self.clock = key.0;
        let place = self.people.get_mut(&person)?;
        let wish = place.queue.pop_front()?;
        place.clock = key.0 + UNIT * wish.weight as u64 / u64::from(wish.share.max(1));
        place.running += wish.weight;
        place.key = None;
        if !place.queue.is_empty() {
            let key = (place.clock, key.1);
            place.key = Some(key);
            self.order.insert(key, person);
        }
        self.running += wish.weight;
        self.waiting -= 1;
        *self.chats.entry(wish.chat.clone()).or_default() += wish.weight;
        Some(wish)
    }

    /// Who has nothing left here is forgotten; their clock with them, as it stood no lower than that of the line.
    fn forget(&mut self, person: &Person) {
        if self
            .people
            .get(person)
            .is_some_and(|place| place.running == 0 && place.queue.is_empty())
        {
            self.people.remove(person);
        }
    }

    /// In which order those who wait will go, as far as can be said now: as if nobody had a limit of their own.
    fn foresee(&self) -> HashMap<u64, usize> {
        let mut order = self.order.clone();
        let mut taken: HashMap<&Person, usize> = HashMap::new();
        let mut places = HashMap::with_capacity(self.waiting);
        while let Some((key, person)) = order.pop_first() {
            let Some((person, place)) = self.people.get_key_value(&person) else {
                continue;
            };
            let index = taken.entry(person).or_default();
            let Some(wish) = place.queue.get(*index) else {
                continue;
            };
            places.insert(wish.ticket, places.len() + 1);
            *index += 1;
            if *index < place.queue.len() {
                let clock = key.0 + UNIT * wish.weight as u64 / u64::from(wish.share.max(1));
                order.insert((clock, key.1), person.clone());
            }
        }
        places
    }
}

/// Whether another one would be too much. Who has nothing running may always have one, however heavy.
fn over(running: usize, weight: usize, limit: usize) -> bool {
    running > 0 && running + weight > limit
}

#[cfg(test)]
mod tests;
