//! The executor: a mailbox per conversation, one fair list of those with work, and a bounded number of running turns.
//! It owns every event between the inbox and its turn.

mod gate;
mod mailbox;
mod turn;

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::durable::Kept;
use crate::engine::Shared;
use crate::event::Event;
use crate::id::Conversation;
use crate::outbox::{Load, OUTBOX_BOUND};
use crate::router::Route;
use crate::tasks::Tracker;

use self::mailbox::Mailboxes;
pub(crate) use self::mailbox::{ALBUM_PAUSE, Placed};
pub(crate) use self::turn::{chain, error_id, panic_text};

/// A conversation gives way after so many events of its own.
pub const QUANTUM_EVENTS: usize = 8;

/// A conversation gives way after so long a time of its own.
pub const QUANTUM_TIME: Duration = Duration::from_millis(50);

/// A turn that took longer than this asks another worker to take over what waits behind it.
const LONG_TURN: Duration = Duration::from_micros(200);

/// How many turns and events there may be.
#[derive(Clone, Debug)]
pub struct ExecutorConfig {
    /// The most turns that run at once.
    pub turns: usize,
    /// The most control turns that run at once, beside the others.
    pub control_turns: usize,
    /// The longest a turn may take.
    pub turn_deadline: Duration,
    /// The most events that wait in one conversation, together with what waits to be sent to its chat.
    pub conversation_bound: usize,
    /// The most events that wait in all, together with what waits to be sent on their network. At most half of
    /// [`OUTBOX_BOUND`](crate::OUTBOX_BOUND), so that an answer always finds room.
    pub total_bound: usize,
}

impl Default for ExecutorConfig {
    fn default() -> Self {
        Self {
            turns: 64,
            control_turns: 8,
            turn_deadline: Duration::from_secs(60),
            conversation_bound: 256,
            total_bound: 8192,
        }
    }
}

/// An event that waits for its turn, with the way it goes.
pub(crate) struct Item {
    pub(crate) event: Arc<Event>,
    pub(crate) route: Route,
    /// Its place in the store, where it came from there.
    pub(crate) kept: Option<Box<Kept>>,
}

/// The executor's own state.
pub(crate) struct Executor {
    mailboxes: Mutex<Mailboxes>,
    /// A worker may find a conversation with work.
    work: Notify,
    /// A control worker may find work.
    control: Notify,
    /// A turn ended.
    room: Notify,
    /// An album is held.
    clock: Notify,
    pub(crate) config: ExecutorConfig,
}

impl Executor {
    pub(crate) fn new(mut config: ExecutorConfig) -> Self {
        config.total_bound = config.total_bound.clamp(1, OUTBOX_BOUND / 2);
        Self {
            mailboxes: Mutex::new(Mailboxes::new(&config)),
            work: Notify::new(),
            control: Notify::new(),
            room: Notify::new(),
            clock: Notify::new(),
            config,
        }
    }

    /// Starts the workers. They run until `tasks` are stopped.
    pub(crate) fn start(shared: &Arc<Shared>, tasks: &Tracker) {
        let config = &shared.executor.config;
        for _ in 0..config.turns.max(1) {
            tasks.spawn("turn worker", work(Arc::clone(shared), tasks.stop().clone()));
        }
        tasks.spawn("album clock", ring(Arc::clone(shared), tasks.stop().clone()));
        for _ in 0..config.control_turns.max(1) {
            tasks.spawn(
                "control worker",
                control(Arc::clone(shared), tasks.stop().clone()),
            );
        }
    }

    /// Puts an event where it belongs. It never waits. What waits to be sent on its network counts like events that
    /// wait: turns that are faster than the network must not pile up answers.
    pub(crate) fn place(&self, item: Item, load: Load) -> Placed {
        let control = item.route.control();
        let (placed, wake) = self.lock().place(item, load, Instant::now());
        if wake {
            if control {
                self.control.notify_one()
            } else {
                self.work.notify_one()
            }
        }
        placed
    }

    /// Puts a part of an album to its other parts, although nobody wants it by itself; says whether they wait here.
    pub(crate) fn join(&self, conversation: &Conversation, item: Item) -> bool {
        self.lock().join(conversation, item, Instant::now()).is_ok()
    }

    /// Puts the events of a conversation that was claimed from the store behind what is left of an earlier claim.
    pub(crate) fn place_claimed(&self, conversation: &Conversation, items: Vec<Item>) {
        if self.lock().place_claimed(conversation, items) {
            self.work.notify_one();
        }
    }

    /// Notes that a conversation of the store is over its bound; says whether it was not before.
    pub(crate) fn overflows(&self, conversation: &Conversation) -> bool {
        self.lock().overflows(conversation)
    }

    /// Notes how many events of a conversation wait in the store.
    pub(crate) fn flows(&self, conversation: &Conversation, waiting: usize) {
        self.lock().flows(conversation, waiting);
    }

    /// Drops what was claimed from the store and has not begun.
    pub(crate) fn drop_claimed(&self) {
        self.lock().drop_claimed();
        self.room.notify_waiters();
    }

    /// How many events wait.
    pub(crate) fn waiting(&self) -> usize {
        self.lock().waiting()
    }

    /// Completes when a turn ended after this call.
    pub(crate) fn changed(&self) -> Notified<'_> {
        self.room.notified()
    }

    /// Waits until no event waits and no turn runs, at most until the deadline; says how many are left.
    pub(crate) async fn drain(&self, deadline: Instant) -> usize {
        loop {
            let changed = self.room.notified();
            let left = self.lock().unfinished();
            if left == 0 || tokio::time::timeout_at(deadline, changed).await.is_err() {
                return self.lock().unfinished();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Mailboxes> {
        self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes one conversation after the other and gives each its quantum.
async fn work(shared: Arc<Shared>, stop: CancellationToken) {
    let executor = &shared.executor;
    loop {
        let woken = executor.work.notified();
        let (claimed, ring) = {
            let mut mailboxes = executor.lock();
            (mailboxes.claim(Instant::now()), mailboxes.next_ring())
        };
        if ring.is_some() {
            executor.clock.notify_one();
        }
        let Some((conversation, first)) = claimed else {
            tokio::select! {
                () = woken => continue,
                () = stop.cancelled() => return,
            }
        };
        let started = Instant::now();
        let mut item = first;
        for done in 1.. {
            run(&shared, item).await;
            let spent = started.elapsed();
            let give_way = done >= QUANTUM_EVENTS || spent >= QUANTUM_TIME;
            let (next, others) = executor.lock().advance(&conversation, give_way, Instant::now());
            if others && spent > LONG_TURN {
                executor.work.notify_one();
            }
            executor.room.notify_waiters();
            match next {
                Some(next) => item = next,
                None => break,
            }
        }
    }
}

/// Wakes workers for conversations whose albums are whole by now.
async fn ring(shared: Arc<Shared>, stop: CancellationToken) {
    let executor = &shared.executor;
    loop {
        let held = executor.clock.notified();
        let (rung, next) = executor.lock().ring(Instant::now());
        if rung > 0 {
            executor.work.notify_one();
        }
        let next = async {
            match next {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = held => {}
            () = next => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Runs a turn. Where it has to wait, somebody else is asked to look after the other conversations first.
async fn run(shared: &Arc<Shared>, item: Item) {
    let (event, kept) = (Arc::clone(&item.event), item.kept.clone());
    let mut turn = std::pin::pin!(AssertUnwindSafe(turn::run(shared, item)).catch_unwind());
    let ended = match futures_util::poll!(turn.as_mut()) {
        Poll::Ready(ended) => ended,
        Poll::Pending => {
            if shared.executor.lock().has_ready() {
                shared.executor.work.notify_one();
            }
            turn.await
        }
    };
    // The turn catches its handler's panic itself: this is for one outside of it, which must cost the turn alone.
    let Err(panic) = ended else { return };
    tracing::error!(event = %event.id, panic = panic_text(&*panic), "a turn ended in a panic outside of its handler");
    let failed = AssertUnwindSafe(turn::fail(shared, &event, kept.as_deref())).catch_unwind();
    if failed.await.is_err()
        && let (Some(kept), Some(durable)) = (&kept, &shared.durable)
    {
        durable.abandon(kept).await;
    }
}

/// Takes control events, which wait for nothing but each other.
async fn control(shared: Arc<Shared>, stop: CancellationToken) {
    let executor = &shared.executor;
    loop {
        let woken = executor.control.notified();
        let claimed = executor.lock().claim_control();
        let Some((item, more)) = claimed else {
            tokio::select! {
                () = woken => continue,
                () = stop.cancelled() => return,
            }
        };
        if more {
            executor.control.notify_one();
        }
        if AssertUnwindSafe(turn::run(&shared, item))
            .catch_unwind()
            .await
            .is_err()
        {
            tracing::error!("a control turn ended in a panic outside of its handler");
        }
        executor.lock().finish_control();
        executor.room.notify_waiters();
    }
}
