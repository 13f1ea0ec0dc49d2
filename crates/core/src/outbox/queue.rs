//! What waits to be sent: one queue per chat with three priorities, and one fair list of chats that can go on. Pure
//! state behind the outbox's lock; no await, no I/O.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::pace::Bucket;
use super::{CHAT_QUEUE_BOUND, Delivery, OUTBOX_BOUND};
use crate::action::{Operation, Priority};
use crate::capabilities::Pace;
use crate::error::{SendError, SendErrorKind};
use crate::event::ChatKind;
use crate::id::{Chat, MessageRef};
use crate::receipt::Receipt;
use crate::store::{OutgoingId, SendResult};

/// One action on its way: the calls it takes, and what came of those that were made.
pub(super) struct Job {
    pub(super) chat: Chat,
    pub(super) chat_kind: ChatKind,
    pub(super) priority: Priority,
    pub(super) operations: VecDeque<Operation>,
    /// For each of them its entry in the store, where the action is kept; else empty.
    pub(super) kept: VecDeque<OutgoingId>,
    /// Whether the first of them is marked as being sent already.
    pub(super) begun: bool,
    pub(super) receipt: Receipt,
    pub(super) done: Option<oneshot::Sender<Result<Receipt, SendError>>>,
    pub(super) born: Instant,
    /// When the event arrived that this is the first answer to.
    pub(super) answers: Option<Instant>,
    /// How often the call in front failed in a way that passes.
    pub(super) failures: u32,
    /// Since when the call in front may have had its effect, although no answer says so.
    pub(super) doubt: Option<Instant>,
    /// What to call it where it cannot be done at all: in its place, so that nothing goes before its turn.
    pub(super) given_up: Option<SendResult>,
}

impl Job {
    pub(super) fn new(
        chat: Chat,
        delivery: &Delivery,
        operations: Vec<Operation>,
        receipt: Receipt,
        done: Option<oneshot::Sender<Result<Receipt, SendError>>>,
    ) -> Self {
        Self {
            chat,
            chat_kind: delivery.chat_kind,
            priority: delivery.priority,
            operations: operations.into(),
            kept: VecDeque::new(),
            begun: false,
            receipt,
            done,
            born: Instant::now(),
            answers: delivery.answers,
            failures: 0,
            doubt: None,
            given_up: None,
        }
    }

    pub(super) fn finish(self, result: Result<(), SendError>) {
        match (self.done, result) {
            (Some(done), result) => {
                // Nobody may be waiting any more; then the result is of no interest.
                let _ = done.send(result.map(|()| self.receipt));
            }
            (None, Err(error)) => tracing::warn!(chat = %self.chat, %error, "not sent"),
            (None, Ok(())) => {}
        }
    }

    /// What it changes, where that is all it does.
    fn changes(&self) -> Option<Changed<'_>> {
        match self.operations.front()? {
            Operation::Edit { message, .. } => Some(Changed::Message(message)),
            Operation::Draft { draft, .. } => Some(Changed::Draft(*draft)),
            _ => None,
        }
    }

    /// Whether the network counts its next call as a message.
    fn counts(&self) -> bool {
        !matches!(
            self.operations.front(),
            None | Some(
                Operation::Typing(_)
                    | Operation::Draft { .. }
                    | Operation::Acknowledge { .. }
                    | Operation::Delete { .. }
            )
        )
    }
}

/// What a job changes: of several changes of the same thing only the newest counts.
#[derive(PartialEq, Eq)]
enum Changed<'a> {
    Message(&'a MessageRef),
    Draft(u64),
}

/// All that waits on one network.
pub(super) struct Queues {
    pace: Pace,
    chats: HashMap<Chat, ChatQueue>,
    /// Chats that can go on now; each stands here at most once.
    ready: VecDeque<Chat>,
    /// Chats that can go on later.
    later: BinaryHeap<Reverse<Later>>,
    /// Broadcasts share one bucket.
    broadcast: Bucket,
    /// The whole network has to wait until then.
    blocked_until: Option<Instant>,
    /// Whether the clock has to look at its list again.
    clock_changed: bool,
    /// At how many chats the silent ones are forgotten.
    sweep_at: usize,
    waiting: usize,
    running: usize,
}

/// Below so many chats nothing is forgotten: it would not be worth the look.
const FEWEST_TO_SWEEP: usize = 1024;

#[derive(PartialEq, Eq)]
struct Later {
    at: Instant,
    chat: Chat,
}

impl PartialOrd for Later {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Later {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}

struct ChatQueue {
    /// By priority, the most urgent first.
    lanes: [VecDeque<Job>; 3],
    place: Place,
    bucket: Bucket,
    /// The next edit that is only news may go then.
    next_progress: Instant,
    blocked_until: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing waits.
    Idle,
    /// In the ready list.
    Ready,
    /// In the list of those that wait for a time.
    Later(Instant),
    /// A worker has it.
    Running,
}

impl Queues {
    pub(super) fn new(pace: Pace) -> Self {
        let broadcast = Bucket::new(pace.broadcast, Instant::now());
        Self {
            pace,
            chats: HashMap::new(),
            ready: VecDeque::new(),
            later: BinaryHeap::new(),
            broadcast,
            blocked_until: None,
            clock_changed: false,
            sweep_at: FEWEST_TO_SWEEP,
            waiting: 0,
            running: 0,
        }
    }

    pub(super) fn unfinished(&self) -> usize {
        self.waiting + self.running
    }

    /// How much waits for a chat.
    pub(super) fn waiting_for(&self, chat: &Chat) -> usize {
        self.chats.get(chat).map_or(0, ChatQueue::len)
    }

    /// Whether a worker would find a chat to look at.
    pub(super) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Puts a job at the end of its chat's queue; says whether a worker has something to do now.
    pub(super) fn push(&mut self, job: Job, now: Instant) -> Result<bool, SendError> {
        let full = |what| SendError::new("send", SendErrorKind::NotTaken(what));
        // What a store keeps is there anyway, and would stand in the way of what comes after it.
        if self.waiting >= OUTBOX_BOUND && job.kept.is_empty() {
            return Err(full("too much waits to be sent"));
        }
        self.sweep(now);
        let rate = if job.chat_kind == ChatKind::Private {
            self.pace.private
        } else {
            self.pace.group
        };
        let queue = self
            .chats
            .entry(job.chat.clone())
            .or_insert_with(|| ChatQueue::new(rate, now));
        self.waiting -= queue.supersede(&job);
        // An answer that nobody waits for always finds room: the inbox takes no more events than there is room for.
        let answer = job.priority == Priority::Answer && job.done.is_none();
        if queue.len() >= CHAT_QUEUE_BOUND && !answer {
            return Err(full("too much waits for this chat"));
        }
        let chat = job.chat.clone();
        queue.lanes[lane(job.priority)].push_back(job);
        self.waiting += 1;
        let wake = match queue.place {
            Place::Idle => {
                queue.place = Place::Ready;
                self.ready.push_back(chat);
                true
            }
            // What waits for its pace may be news only, and this may be an answer: look again.
            Place::Later(_) => {
                queue.place = Place::Ready;
                self.ready.push_back(chat);
                true
            }
            Place::Ready | Place::Running => false,
        };
        Ok(wake && self.blocked_until.is_none_or(|until| until <= now))
    }

    /// Whether something for this chat would go at once.
    pub(super) fn stands_ready(&self, chat: &Chat, now: Instant) -> bool {
        let open = self.blocked_until.is_none_or(|until| until <= now);
        open && self.chats.get(chat).is_none_or(|queue| queue.stands_ready(now))
    }

    /// The entries of jobs that wait although they are marked as being sent.
    pub(super) fn begun_in_vain(&self) -> Vec<OutgoingId> {
        let jobs = self.chats.values().flat_map(|queue| queue.lanes.iter().flatten());
        jobs.filter(|job| job.begun)
            .filter_map(|job| job.kept.front().copied())
            .collect()
    }

    /// A draft is over: what of it waits is dropped.
    pub(super) fn withdraw(&mut self, chat: &Chat, draft: u64) {
        if let Some(queue) = self.chats.get_mut(chat) {
            self.waiting -= queue.drop_news(&Changed::Draft(draft));
        }
    }

    /// The next job that may go now. Its chat is then the caller's until [`Queues::finish`].
    pub(super) fn next(&mut self, now: Instant) -> Option<Job> {
        if self.blocked_until.is_some_and(|until| until > now) {
            return None;
        }
        self.blocked_until = None;
        while let Some(chat) = self.ready.pop_front() {
            let Some(queue) = self.chats.get_mut(&chat) else {
                continue;
            };
            if queue.place != Place::Ready {
                continue;
            }
            match queue.pick(&self.broadcast, now) {
                Pick::Now(lane) => {
                    let Some(job) = queue.lanes[lane].pop_front() else {
                        continue;
                    };
                    queue.count(&job, &self.pace, now);
                    if job.priority == Priority::Broadcast {
                        self.broadcast.take(now);
                    }
                    queue.place = Place::Running;
                    self.waiting -= 1;
                    self.running += 1;
                    return Some(job);
                }
                Pick::At(at) => {
                    queue.place = Place::Later(at);
                    self.clock_changed |= self.later.peek().is_none_or(|Reverse(first)| at < first.at);
                    self.later.push(Reverse(Later { at, chat }));
                }
                Pick::Nothing => queue.place = Place::Idle,
            }
        }
        None
    }

    /// Gives a chat back, with the job where it is not done. The worker that gives it back looks for the next one.
    pub(super) fn finish(&mut self, chat: &Chat, again: Option<(Job, Option<Instant>)>) {
        self.running -= 1;
        let Some(queue) = self.chats.get_mut(chat) else {
            return;
        };
        // A draft that did not go is not worth a second try when something newer is there to be said.
        let again = again.filter(|(job, _)| {
            !matches!(job.changes(), Some(Changed::Draft(_))) || queue.lanes.iter().all(VecDeque::is_empty)
        });
        if let Some((job, not_before)) = again {
            if let Some(until) = not_before {
                queue.blocked_until = queue.blocked_until.max(until);
            }
            queue.lanes[lane(job.priority)].push_front(job);
            self.waiting += 1;
        }
        queue.place = Place::Ready;
        self.ready.push_back(chat.clone());
    }

    /// Gives a chat back with a job that another one has to go before, in the order in which a store keeps them: turns
    /// that end at the same moment may come here in another order than there. Where the other one is not here yet, the
    /// chat waits for it.
    pub(super) fn finish_behind(&mut self, chat: &Chat, job: Job, until: Instant) {
        let earlier = |other: &Job| other.kept.front().is_some_and(|id| Some(id) < job.kept.front());
        let last = self.chats.get(chat).and_then(|queue| {
            let jobs = &queue.lanes[lane(job.priority)];
            jobs.iter().rposition(earlier)
        });
        let Some(last) = last else {
            return self.finish(chat, Some((job, Some(until))));
        };
        if let Some(queue) = self.chats.get_mut(chat) {
            queue.lanes[lane(job.priority)].insert(last + 1, job);
            self.waiting += 1;
        }
        self.finish(chat, None);
    }

    /// The whole network waits.
    pub(super) fn block(&mut self, until: Instant) {
        self.blocked_until = Some(self.blocked_until.map_or(until, |other| other.max(until)));
        self.clock_changed = true;
    }

    /// Whether the clock has to look again; asking answers it.
    pub(super) fn take_clock_changed(&mut self) -> bool {
        std::mem::take(&mut self.clock_changed)
    }

    /// Forgets chats that were silent long enough to be as good as new. The list may double before it is looked
    /// through, so the cost per message stays the same however many chats there are.
    fn sweep(&mut self, now: Instant) {
        if self.chats.len() >= self.sweep_at {
            self.chats.retain(|_, queue| !queue.forgettable(now));
            self.sweep_at = (2 * self.chats.len()).max(FEWEST_TO_SWEEP);
        }
    }

    /// A chat goes on under another id: what waits for it waits there.
    pub(super) fn moved(&mut self, from: &Chat, to: &Chat, now: Instant) {
        let Some(queue) = self.chats.get_mut(from) else {
            return;
        };
        let jobs: Vec<Job> = queue.lanes.iter_mut().flat_map(std::mem::take).collect();
        self.waiting -= jobs.len();
        for mut job in jobs {
            job.retarget(to);
            // The queue of the new chat is no fuller than the old one was.
            let _ = self.push(job, now);
        }
    }

    /// Makes chats ready whose time has come; says how many did and when to look again.
    pub(super) fn ring(&mut self, now: Instant) -> (usize, Option<Instant>) {
        if let Some(until) = self.blocked_until {
            if until > now {
                return (0, Some(until));
            }
            self.blocked_until = None;
        }
        let mut rung = self.ready.len();
        while let Some(Reverse(later)) = self.later.peek() {
            if later.at > now {
                return (rung, Some(later.at));
            }
            let Some(Reverse(later)) = self.later.pop() else {
                break;
            };
            let Some(queue) = self.chats.get_mut(&later.chat) else {
                continue;
            };
            match queue.place {
                Place::Later(at) if at == later.at => {
                    queue.place = Place::Ready;
                    self.ready.push_back(later.chat);
                    rung += 1;
                }
                // It was woken by something else meanwhile.
                _ => {}
            }
        }
        (rung, None)
    }
}

enum Pick {
    Now(usize),
    At(Instant),
    Nothing,
}

impl ChatQueue {
    fn new(rate: crate::capabilities::Rate, now: Instant) -> Self {
        Self {
            lanes: Default::default(),
            place: Place::Idle,
            bucket: Bucket::new(rate, now),
            next_progress: now,
            blocked_until: now,
        }
    }

    fn len(&self) -> usize {
        self.lanes.iter().map(VecDeque::len).sum()
    }

    fn stands_ready(&self, now: Instant) -> bool {
        self.place == Place::Idle
            && self.len() == 0
            && self.blocked_until <= now
            && self.bucket.ready_at(now) <= now
    }

    fn forgettable(&self, now: Instant) -> bool {
        self.place == Place::Idle
            && self.bucket.is_full(now)
            && self.blocked_until <= now
            && self.next_progress <= now
    }

    /// Drops news that a newer edit of the same message makes old; says how many.
    fn supersede(&mut self, job: &Job) -> usize {
        job.changes().map_or(0, |changed| self.drop_news(&changed))
    }

    fn drop_news(&mut self, changed: &Changed<'_>) -> usize {
        let news = &mut self.lanes[lane(Priority::Progress)];
        let before = news.len();
        let (old, kept): (VecDeque<Job>, VecDeque<Job>) = std::mem::take(news)
            .into_iter()
            .partition(|other| other.changes().as_ref() == Some(changed));
        *news = kept;
        for job in old {
            // Its words are not lost: something newer says what is true now.
            job.finish(Ok(()));
        }
        before - news.len()
    }

    /// Which job may go, or when one may.
    fn pick(&self, broadcast: &Bucket, now: Instant) -> Pick {
        let mut earliest: Option<Instant> = None;
        for (lane, jobs) in self.lanes.iter().enumerate() {
            let Some(job) = jobs.front() else { continue };
            let mut at = self.blocked_until.max(now);
            if job.counts() {
                at = at.max(self.bucket.ready_at(now));
            }
            if job.priority == Priority::Progress && job.changes().is_some() {
                at = at.max(self.next_progress);
            }
            if job.priority == Priority::Broadcast {
                at = at.max(broadcast.ready_at(now));
            }
            if at <= now {
                return Pick::Now(lane);
            }
            earliest = Some(earliest.map_or(at, |other| other.min(at)));
        }
        earliest.map_or(Pick::Nothing, Pick::At)
    }

    fn count(&mut self, job: &Job, pace: &Pace, now: Instant) {
        if job.counts() {
            self.bucket.take(now);
        }
        if job.changes().is_some() {
            let pause = if job.chat_kind == ChatKind::Private {
                pace.edit_private
            } else {
                pace.edit_group
            };
            self.next_progress = now + pause;
        }
    }
}

impl Job {
    pub(super) fn retarget(&mut self, to: &Chat) {
        self.chat = to.clone();
        for operation in &mut self.operations {
            match operation {
                Operation::Send(send) => send.chat = to.clone(),
                Operation::Edit { message, .. }
                | Operation::Delete { message, .. }
                | Operation::React { message, .. } => message.chat = to.clone(),
                Operation::Typing(chat)
                | Operation::Draft { chat, .. }
                | Operation::Acknowledge { chat, .. } => {
                    *chat = to.clone();
                }
            }
        }
    }
}

fn lane(priority: Priority) -> usize {
    match priority {
        Priority::Answer => 0,
        Priority::Progress => 1,
        Priority::Broadcast => 2,
    }
}
