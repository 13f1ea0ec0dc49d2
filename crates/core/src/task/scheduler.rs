//! Who may run: the lines of the lanes, the tasks that run or wait, and what they run on. The scheduler owns all of it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use smol_str::SmolStr;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::line::{Full, Lines, Wish};
use super::node::{Node, Tree};
use super::threads::Threads;
use super::{Canceller, Lane, MemoryScratch, Origin, ProcessLane, Scratch, Task, TaskId, TaskLimits};
use crate::clock::Clock;
use crate::durable::Resumed;
use crate::id::{Chat, MessageRef, Person};
use crate::store::Store;

/// How many times the usual part of the lanes a person gets.
pub type Share = Arc<dyn Fn(&Person) -> u32 + Send + Sync>;

/// The lines, the tasks, and what they run on.
pub(crate) struct Scheduler {
    pub(super) limits: TaskLimits,
    pub(super) threads: Threads,
    pub(super) process: Option<Arc<dyn ProcessLane>>,
    pub(super) scratch: Arc<dyn Scratch>,
    /// The bytes of all files that tasks keep.
    pub(super) files: AtomicU64,
    /// The last number that a task got.
    last: AtomicU64,
    share: Option<Share>,
    queue: Mutex<Queue>,
    book: Mutex<BTreeMap<TaskId, Arc<Entry>>>,
    /// The chats in which a task's card is a draft: one at a time, as clients show one.
    drafts: Mutex<HashSet<Chat>>,
}

/// How full a lane is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneLoad {
    /// The lane.
    pub lane: Lane,
    /// How much runs, by weight. What runs within its parent's room is not counted.
    pub running: usize,
    /// How many tasks wait, children among them.
    pub waiting: usize,
}

/// What an engine stands on, where it is not the usual: what `core` itself cannot do, as it touches no system.
#[derive(Clone, Default)]
pub struct Backends {
    /// What survives the process. Without, nothing does.
    pub store: Option<Arc<dyn Store>>,
    /// Where the time of day comes from.
    pub clock: Clock,
    /// The worker processes. Without, a task of the process lane is an error.
    pub process: Option<Arc<dyn ProcessLane>>,
    /// What keeps the files of tasks. Without, they are kept in memory.
    pub scratch: Option<Arc<dyn Scratch>>,
    /// How many times the usual part of the lanes a person gets. Without, all get the same.
    pub share: Option<Share>,
}

struct Queue {
    lines: Lines,
    waiters: HashMap<u64, oneshot::Sender<Permit>>,
    last_ticket: u64,
}

/// For whom a task runs.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    pub(crate) person: Person,
    pub(crate) chat: Chat,
    pub(crate) share: u32,
}

/// A task that was started, as the book keeps it.
pub(crate) struct Entry {
    pub(crate) id: TaskId,
    pub(crate) name: SmolStr,
    pub(crate) owner: Arc<Owner>,
    /// The name of who started it, for others to read.
    pub(crate) starter: SmolStr,
    pub(crate) node: Arc<Node>,
    /// What it was started by, where that is kept.
    pub(crate) origin: Option<Origin>,
    /// Its place in the line when it came.
    pub(crate) place: u64,
    /// Whether it ends without a word.
    discarded: AtomicBool,
    card: Mutex<Option<MessageRef>>,
}

/// How a task goes on over a restart.
#[derive(Default)]
pub(crate) struct GoesOn {
    /// What it is started by, where that is kept.
    pub(crate) origin: Option<Origin>,
    /// What there was of it before.
    pub(crate) resumed: Option<Resumed>,
}

/// The right to show a draft in a chat. Dropping it gives the right back.
pub(super) struct DraftRight {
    chat: Chat,
    scheduler: Arc<Scheduler>,
}

/// A place in a line. Dropping it gives the place up.
pub(crate) struct Ticket {
    pub(super) number: u64,
    receiver: oneshot::Receiver<Permit>,
    scheduler: Arc<Scheduler>,
}

/// Room in a lane. Dropping it gives the room back.
pub(super) struct Permit {
    wish: Wish,
    scheduler: Arc<Scheduler>,
}

impl Scheduler {
    pub(crate) fn new(limits: TaskLimits, backends: Backends) -> Arc<Self> {
        Arc::new(Self {
            threads: Threads::new(limits.blocking.running),
            process: backends.process,
            scratch: backends
                .scratch
                .unwrap_or_else(|| Arc::new(MemoryScratch::default())),
            files: AtomicU64::new(0),
            last: AtomicU64::new(0),
            share: backends.share,
            queue: Mutex::new(Queue {
                lines: Lines::new(&limits),
                waiters: HashMap::new(),
                last_ticket: 0,
            }),
            book: Mutex::default(),
            drafts: Mutex::default(),
            limits,
        })
    }

    /// How many times the usual part a person gets.
    pub(crate) fn share(&self, person: &Person) -> u32 {
        self.share.as_ref().map_or(1, |share| share(person))
    }

    /// Takes a task into the book and lets it stand in its line, or says why it may not.
    pub(crate) fn open<T>(
        self: &Arc<Self>,
        task: &Task<T>,
        owner: Owner,
        starter: SmolStr,
        stop: &CancellationToken,
        goes_on: GoesOn,
    ) -> Result<(Arc<Entry>, Ticket), Full> {
        let wish = wish(task, &owner);
        let mut queue = self.queue();
        queue.lines.admits(&wish)?;
        let ticket = queue.enter(wish, self);
        drop(queue);
        let GoesOn { origin, resumed } = goes_on;
        let id = match &resumed {
            Some(resumed) => TaskId(resumed.id),
            None => TaskId(self.last.fetch_add(1, Ordering::Relaxed) + 1),
        };
        let tree = Tree::new(
            id,
            resumed.as_ref().and_then(|resumed| resumed.checkpoint.clone()),
        );
        let node = Node::root(&tree, task.name.clone(), stop.child_token());
        node.waits(ticket.number);
        let card = resumed.and_then(|resumed| resumed.card).map(|id| MessageRef {
            chat: owner.chat.clone(),
            id,
        });
        let entry = Arc::new(Entry {
            id,
            name: task.name.clone(),
            owner: Arc::new(owner),
            starter,
            node,
            origin,
            place: ticket.number,
            discarded: AtomicBool::new(false),
            card: Mutex::new(card),
        });
        self.book().insert(id, Arc::clone(&entry));
        self.pump();
        Ok((entry, ticket))
    }

    /// Numbers go on with this one, as far as none above it was given.
    pub(crate) fn go_on_from(&self, first: TaskId) {
        self.last.fetch_max(first.0.saturating_sub(1), Ordering::Relaxed);
    }

    /// A task has ended: there is nothing left to cancel.
    pub(super) fn retire(&self, entry: &Entry) {
        let mut book = self.book();
        // One that was started once more has the same number.
        if book
            .get(&entry.id)
            .is_some_and(|other| std::ptr::eq(&**other, entry))
        {
            book.remove(&entry.id);
        }
    }

    /// The end of a task was told.
    pub(super) async fn close(&self, entry: &Entry) {
        self.remove_files(&entry.node.tree).await;
    }

    /// Lets a task stand in its line.
    pub(super) fn enter<T>(self: &Arc<Self>, task: &Task<T>, owner: &Owner) -> Ticket {
        let ticket = self.queue().enter(wish(task, owner), self);
        self.pump();
        ticket
    }

    /// The place in the line: 1 is the next.
    pub(crate) fn place(&self, ticket: u64) -> Option<usize> {
        self.queue().lines.place(ticket)
    }

    /// How full a lane is.
    pub(crate) fn load(&self, lane: Lane) -> LaneLoad {
        let (running, waiting) = self.queue().lines.load(lane);
        LaneLoad {
            lane,
            running,
            waiting,
        }
    }

    /// A task that runs or waits.
    pub(crate) fn find(&self, id: TaskId) -> Option<Arc<Entry>> {
        self.book().get(&id).cloned()
    }

    /// The right to show a draft in a chat, unless another task has it.
    pub(super) fn draft(self: &Arc<Self>, chat: &Chat) -> Option<DraftRight> {
        self.drafts().insert(chat.clone()).then(|| DraftRight {
            chat: chat.clone(),
            scheduler: Arc::clone(self),
        })
    }

    /// The tasks that are wanted, the oldest first.
    pub(crate) fn entries(&self, wanted: impl Fn(&Entry) -> bool) -> Vec<Arc<Entry>> {
        let book = self.book();
        book.values().filter(|entry| wanted(entry)).cloned().collect()
    }

    /// Gives room to whoever is next, as long as there is some.
    fn pump(self: &Arc<Self>) {
        let mut given = Vec::new();
        let mut queue = self.queue();
        while let Some(wish) = queue.lines.next() {
            let waiter = queue.waiters.remove(&wish.ticket);
            let permit = Permit {
                wish,
                scheduler: Arc::clone(self),
            };
            given.push((waiter, permit));
        }
        drop(queue);
        // A permit that nobody takes any more comes back here when it is dropped, so not under the lock.
        for (waiter, permit) in given {
            if let Some(waiter) = waiter {
                let _ = waiter.send(permit);
            }
        }
    }

    fn drafts(&self) -> MutexGuard<'_, HashSet<Chat>> {
        self.drafts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn book(&self) -> MutexGuard<'_, BTreeMap<TaskId, Arc<Entry>>> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn enter(&mut self, mut wish: Wish, scheduler: &Arc<Scheduler>) -> Ticket {
        self.last_ticket += 1;
        wish.ticket = self.last_ticket;
        let (sender, receiver) = oneshot::channel();
        self.waiters.insert(wish.ticket, sender);
        let number = wish.ticket;
        self.lines.enter(wish);
        Ticket {
            number,
            receiver,
            scheduler: Arc::clone(scheduler),
        }
    }
}

impl Entry {
    pub(crate) fn card(&self) -> Option<MessageRef> {
        self.card.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_card(&self, message: MessageRef) {
        *self.card.lock().unwrap_or_else(PoisonError::into_inner) = Some(message);
    }

    /// The turn that has started it runs again, and starts it once more: this one ends without a word.
    pub(crate) fn discard(&self) {
        self.discarded.store(true, Ordering::Relaxed);
        self.node.cancel(Canceller::Parent);
    }

    pub(super) fn is_discarded(&self) -> bool {
        self.discarded.load(Ordering::Relaxed)
    }

    /// Asks it to end.
    pub(crate) fn cancel(&self, by: Canceller) {
        self.node.cancel(by);
    }
}

impl Ticket {
    /// Waits for room.
    ///
    /// Cancel safe: dropping it gives the place up, as dropping the ticket does.
    pub(super) async fn permit(mut self) -> Option<Permit> {
        // The sender goes only with the scheduler itself.
        (&mut self.receiver).await.ok()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut queue = self.scheduler.queue();
        queue.waiters.remove(&self.number);
        let left = queue.lines.leave(self.number);
        drop(queue);
        if left {
            self.scheduler.pump();
        }
    }
}

impl Drop for DraftRight {
    fn drop(&mut self) {
        self.scheduler.drafts().remove(&self.chat);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.scheduler.queue().lines.finish(&self.wish);
        self.scheduler.pump();
    }
}

fn wish<T>(task: &Task<T>, owner: &Owner) -> Wish {
    Wish {
        ticket: 0,
        lane: task.lane,
        person: owner.person.clone(),
        chat: owner.chat.clone(),
        weight: task.weight,
        memory: task.memory,
        share: owner.share,
    }
}
