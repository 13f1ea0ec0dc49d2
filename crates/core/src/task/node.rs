//! One task in its tree as others see it: its name, phase, progress and children. A node owns the state that the card
//! shows; the tree's root knows whether anything changed.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use smol_str::SmolStr;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::progress::{Meter, Progress};
use super::{Canceller, TaskError, TaskId};

/// How many children that have ended are kept by name; the rest are counted.
const ENDED_KEPT: usize = 8;

/// How many lines of log are kept for the card.
const LOG_KEPT: usize = 3;

/// The longest line of log and the longest words shown, in characters.
const LINE: usize = 200;

/// One task in its tree.
pub(crate) struct Node {
    /// Its place in the tree; the root is 0.
    pub(crate) number: u64,
    pub(crate) tree: Arc<Tree>,
    /// Cancelled when it should end, with those above it.
    pub(crate) cancel: CancellationToken,
    state: Mutex<State>,
}

/// What all tasks of a tree share.
pub(crate) struct Tree {
    pub(crate) id: TaskId,
    changed: Notify,
    /// Whether something changed since somebody last looked.
    dirty: AtomicBool,
    next: AtomicU64,
    /// The bytes of all files that the tree has written.
    pub(crate) files: AtomicU64,
    /// How far it is, in its own form.
    checkpoint: Mutex<Option<Bytes>>,
    /// There is a new checkpoint, or it has begun.
    pub(super) kept_anew: Notify,
}

struct State {
    name: SmolStr,
    phase: Phase,
    meter: Meter,
    shown: String,
    log: VecDeque<String>,
    children: Vec<Arc<Node>>,
    folded: Folded,
    canceller: Option<Canceller>,
    /// The ticket in the line, while it waits.
    ticket: Option<u64>,
    began: Option<Instant>,
    /// When it has to be done; at first that of the task above it.
    deadline: Option<Instant>,
}

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Waiting,
    Running,
    Done,
    Failed,
    Cancelled,
}

/// Children that have ended and are only counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Folded {
    pub(crate) done: usize,
    pub(crate) failed: usize,
    pub(crate) cancelled: usize,
}

/// A node as it stood at one moment.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) name: SmolStr,
    pub(crate) phase: Phase,
    pub(crate) progress: Option<Progress>,
    /// The part that is done, from 0 to 1: its own, or that of its children.
    pub(crate) fraction: Option<f64>,
    pub(crate) rate: Option<f64>,
    pub(crate) left: Option<Duration>,
    pub(crate) shown: String,
    pub(crate) log: Vec<String>,
    pub(crate) children: Vec<View>,
    pub(crate) folded: Folded,
    /// The ticket in the line, while it waits.
    pub(crate) ticket: Option<u64>,
    /// How long it has run.
    pub(crate) ran: Duration,
}

impl Tree {
    pub(crate) fn new(id: TaskId, checkpoint: Option<Bytes>) -> Arc<Self> {
        Arc::new(Self {
            id,
            checkpoint: Mutex::new(checkpoint),
            kept_anew: Notify::new(),
            changed: Notify::new(),
            dirty: AtomicBool::new(false),
            next: AtomicU64::new(1),
            files: AtomicU64::new(0),
        })
    }

    /// How far it is, in its own form: by now, or before a restart.
    pub(crate) fn checkpoint(&self) -> Option<Bytes> {
        self.checkpoint
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn set_checkpoint(&self, checkpoint: Bytes) {
        *self.checkpoint.lock().unwrap_or_else(PoisonError::into_inner) = Some(checkpoint);
        self.kept_anew.notify_one();
    }

    /// Completes when something has changed that nobody has looked at.
    pub(crate) async fn changed(&self) {
        loop {
            let changed = self.changed.notified();
            if self.dirty.load(Ordering::Acquire) {
                return;
            }
            changed.await;
        }
    }

    fn touch(&self) {
        // Only the first change since the last look wakes anybody: a tight loop may report at every step.
        if !self.dirty.load(Ordering::Relaxed) && !self.dirty.swap(true, Ordering::Release) {
            self.changed.notify_one();
        }
    }
}

impl Node {
    pub(crate) fn root(tree: &Arc<Tree>, name: SmolStr, cancel: CancellationToken) -> Arc<Self> {
        Arc::new(Self::new(0, tree, name, cancel, None))
    }

    fn new(
        number: u64,
        tree: &Arc<Tree>,
        name: SmolStr,
        cancel: CancellationToken,
        deadline: Option<Instant>,
    ) -> Self {
        let state = State {
            name,
            phase: Phase::Waiting,
            meter: Meter::default(),
            shown: String::new(),
            log: VecDeque::new(),
            children: Vec::new(),
            folded: Folded::default(),
            canceller: None,
            ticket: None,
            began: None,
            deadline,
        };
        Self {
            number,
            tree: Arc::clone(tree),
            cancel,
            state: Mutex::new(state),
        }
    }

    /// A task below this one. It ends with it, and no later than it.
    pub(crate) fn child(&self, name: SmolStr) -> Arc<Self> {
        let number = self.tree.next.fetch_add(1, Ordering::Relaxed);
        let mut state = self.lock();
        let child = Self::new(
            number,
            &self.tree,
            name,
            self.cancel.child_token(),
            state.deadline,
        );
        let child = Arc::new(child);
        state.children.push(Arc::clone(&child));
        drop(state);
        self.tree.touch();
        child
    }

    pub(crate) fn phase(&self) -> Phase {
        self.lock().phase
    }

    pub(crate) fn change_progress(&self, change: impl FnOnce(&mut Progress)) {
        let mut state = self.lock();
        let mut progress = state.meter.progress().cloned().unwrap_or_default();
        change(&mut progress);
        state.meter.set(progress, Instant::now());
        drop(state);
        self.tree.touch();
    }

    /// How long it has run.
    pub(crate) fn ran(&self) -> Duration {
        self.lock().began.map(|began| began.elapsed()).unwrap_or_default()
    }

    pub(crate) fn show(&self, words: &str) {
        self.lock().shown = cut(words);
        self.tree.touch();
    }

    pub(crate) fn log(&self, line: &str) {
        tracing::debug!(task = %self.tree.id, part = self.number, "{line}");
        let mut state = self.lock();
        if state.log.len() >= LOG_KEPT {
            state.log.pop_front();
        }
        state.log.push_back(cut(line));
        drop(state);
        self.tree.touch();
    }

    /// It stands in a line.
    pub(crate) fn waits(&self, ticket: u64) {
        self.lock().ticket = Some(ticket);
        self.tree.touch();
    }

    /// It has its room, and may take so long at most.
    pub(crate) fn begins(&self, within: Option<Duration>) {
        let mut state = self.lock();
        let now = Instant::now();
        state.ticket = None;
        state.phase = Phase::Running;
        state.began = Some(now);
        let own = within.and_then(|within| now.checked_add(within));
        state.deadline = match (state.deadline, own) {
            (Some(above), Some(own)) => Some(above.min(own)),
            (above, own) => above.or(own),
        };
        drop(state);
        if self.number == 0 {
            self.tree.kept_anew.notify_one();
        }
        self.tree.touch();
    }

    /// Whether it has got its room.
    pub(crate) fn has_begun(&self) -> bool {
        self.lock().began.is_some()
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.lock().deadline
    }

    /// It has ended, if it had not.
    pub(crate) fn ends(&self, phase: Phase) {
        let mut state = self.lock();
        if matches!(state.phase, Phase::Waiting | Phase::Running) {
            state.ticket = None;
            state.phase = phase;
            // What it showed while it ran is of no use any more, and there may be many of its kind.
            state.log = VecDeque::new();
            drop(state);
            self.tree.touch();
        }
    }

    /// Asks it to end. The first one who asks is remembered.
    pub(crate) fn cancel(&self, by: Canceller) {
        self.lock().canceller.get_or_insert(by);
        self.cancel.cancel();
    }

    /// Who asked it to end. Where that was done above it, the task above did; above the first one is the bot.
    pub(crate) fn canceller(&self) -> Canceller {
        let above = if self.number == 0 {
            Canceller::Shutdown
        } else {
            Canceller::Parent
        };
        self.lock().canceller.unwrap_or(above)
    }

    /// Children that have ended are counted instead of kept, when there are many.
    pub(crate) fn fold(&self) {
        let mut state = self.lock();
        let phases: Vec<Phase> = state.children.iter().map(|child| child.phase()).collect();
        let ended = phases.iter().filter(|phase| phase.ended()).count();
        let mut surplus = ended.saturating_sub(ENDED_KEPT);
        if surplus == 0 {
            return;
        }
        let mut phases = phases.into_iter();
        let mut folded = state.folded;
        state.children.retain(|_| {
            let phase = phases.next().unwrap_or(Phase::Running);
            if surplus == 0 || !phase.ended() {
                return true;
            }
            surplus -= 1;
            folded.count(phase);
            false
        });
        state.folded = folded;
    }

    /// How it stands now; later changes wake whoever waits for [`Tree::changed`].
    pub(crate) fn look(&self) -> View {
        self.tree.dirty.store(false, Ordering::Release);
        self.view()
    }

    pub(crate) fn view(&self) -> View {
        let state = self.lock();
        let children: Vec<View> = state.children.iter().map(|child| child.view()).collect();
        let progress = state.meter.progress().cloned();
        let fraction = match &progress {
            Some(progress) if progress.of.is_some() => progress.fraction(),
            _ => of_children(&children, state.folded),
        };
        View {
            name: state.name.clone(),
            phase: state.phase,
            fraction,
            rate: state.meter.rate(),
            left: state.meter.left(),
            progress,
            shown: state.shown.clone(),
            log: state.log.iter().cloned().collect(),
            children,
            folded: state.folded,
            ticket: state.ticket,
            ran: state.began.map(|began| began.elapsed()).unwrap_or_default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Phase {
    pub(crate) fn ended(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }

    pub(crate) fn of<T>(result: &Result<T, TaskError>) -> Self {
        match result {
            Ok(_) => Self::Done,
            Err(error) if error.is_cancelled() => Self::Cancelled,
            Err(_) => Self::Failed,
        }
    }
}

impl Folded {
    pub(crate) fn count(&mut self, phase: Phase) {
        match phase {
            Phase::Done => self.done += 1,
            Phase::Failed => self.failed += 1,
            Phase::Cancelled => self.cancelled += 1,
            Phase::Waiting | Phase::Running => {}
        }
    }

    pub(crate) fn all(self) -> usize {
        self.done + self.failed + self.cancelled
    }
}

/// How far children are on the whole: each counts the same, and what has ended counts as done.
fn of_children(children: &[View], folded: Folded) -> Option<f64> {
    let count = children.len() + folded.all();
    if count == 0 {
        return None;
    }
    let done = |child: &View| {
        if child.phase.ended() {
            1.0
        } else {
            child.fraction.unwrap_or_default()
        }
    };
    Some((children.iter().map(done).sum::<f64>() + folded.all() as f64) / count as f64)
}

fn cut(words: &str) -> String {
    match words.char_indices().nth(LINE) {
        Some((at, _)) => format!("{}…", &words[..at]),
        None => words.to_owned(),
    }
}
