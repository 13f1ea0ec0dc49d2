//! An inbox that keeps what it is given, and a run of the source that puts events there. Owns the events of a test.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use duologue_core::store::Position;
use duologue_core::{
    Adapter, Admission, Event, EventId, Inbox, Intake, NetworkId, Offered, SourceError, SourceStatus,
};
use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The longest that a test waits for anything.
pub(crate) const DEADLINE: Duration = Duration::from_secs(10);

/// What stands behind the inbox.
pub(crate) struct Collector {
    inner: Mutex<Inner>,
    changed: watch::Sender<u64>,
    /// Whether the store is still busy with what it was given.
    writing: watch::Sender<bool>,
}

#[derive(Default)]
struct Inner {
    events: Vec<Event>,
    known: HashSet<EventId>,
    statuses: Vec<SourceStatus>,
    /// How many events there is room for; `None` is no bound.
    room: Option<usize>,
    /// How often there was none.
    busy: usize,
    stopping: bool,
}

impl Collector {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            inner: Mutex::default(),
            changed: watch::Sender::new(0),
            writing: watch::Sender::new(false),
        })
    }

    pub(crate) fn set_room(&self, room: Option<usize>) {
        self.inner.lock().unwrap().room = room;
        self.touch();
    }

    pub(crate) fn set_writing(&self, writing: bool) {
        self.writing.send_replace(writing);
    }

    /// Waits until events wait for the store.
    pub(crate) async fn until_written_to(&self) {
        while self.writing.receiver_count() == 0 {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) fn refuse(&self) {
        self.inner.lock().unwrap().stopping = true;
        self.touch();
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.inner.lock().unwrap().events.clone()
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        self.events().iter().map(|event| event.id.to_string()).collect()
    }

    pub(crate) fn statuses(&self) -> Vec<SourceStatus> {
        self.inner.lock().unwrap().statuses.clone()
    }

    pub(crate) fn busy(&self) -> usize {
        self.inner.lock().unwrap().busy
    }

    /// Waits until something holds, and says what there was if it never does.
    pub(crate) async fn until(&self, holds: impl Fn(&Self) -> bool) {
        let mut changes = self.changed.subscribe();
        let waited = tokio::time::timeout(DEADLINE, async {
            while !holds(self) {
                changes.changed().await.unwrap();
            }
        });
        if waited.await.is_err() {
            panic!(
                "it never came; events {:?}, statuses {:?}",
                self.ids(),
                self.statuses()
            );
        }
    }

    pub(crate) async fn until_events(&self, count: usize) {
        self.until(|it| it.events().len() >= count).await;
    }

    fn touch(&self) {
        self.changed.send_modify(|count| *count += 1);
    }
}

/// The intake that a collector is.
struct Handle(Arc<Collector>);

impl Intake for Handle {
    fn offer(&self, event: Event) -> Admission {
        let mut inner = self.0.inner.lock().unwrap();
        let admission = if inner.stopping {
            Admission::Stopping(Box::new(event))
        } else if inner.known.contains(&event.id) {
            Admission::Duplicate
        } else if inner.room.is_some_and(|room| inner.events.len() >= room) {
            inner.busy += 1;
            Admission::Busy(Box::new(event))
        } else {
            inner.known.insert(event.id.clone());
            inner.events.push(event);
            Admission::Accepted
        };
        drop(inner);
        self.0.touch();
        admission
    }

    fn room(&self) -> BoxFuture<'_, ()> {
        let mut changes = self.0.changed.subscribe();
        Box::pin(async move {
            let full = || {
                let inner = self.0.inner.lock().unwrap();
                inner.room.is_some_and(|room| inner.events.len() >= room)
            };
            while full() {
                changes.changed().await.unwrap();
            }
        })
    }

    fn report(&self, network: NetworkId, status: SourceStatus) {
        assert_eq!(network, duologue_telegram::NETWORK);
        self.0.inner.lock().unwrap().statuses.push(status);
        self.0.touch();
    }

    fn wants_all_text(&self) -> bool {
        true
    }
}

/// A collector behind a store, which takes its time while it is told to.
struct Store(Handle);

impl Intake for Store {
    fn offer(&self, event: Event) -> Admission {
        self.0.offer(event)
    }

    fn offer_all(&self, events: Vec<Event>, position: Option<Position>) -> BoxFuture<'_, Offered> {
        Box::pin(async move {
            let mut writing = self.0.0.writing.subscribe();
            writing.wait_for(|writing| !writing).await.unwrap();
            self.0.offer_all(events, position).await
        })
    }

    fn room(&self) -> BoxFuture<'_, ()> {
        self.0.room()
    }

    fn report(&self, network: NetworkId, status: SourceStatus) {
        self.0.report(network, status);
    }

    fn wants_all_text(&self) -> bool {
        self.0.wants_all_text()
    }
}

/// A source that runs.
pub(crate) struct Running {
    pub(crate) collector: Arc<Collector>,
    stop: CancellationToken,
    tasks: JoinSet<Result<(), SourceError>>,
}

impl Running {
    pub(crate) fn start(adapter: &Adapter) -> Self {
        Self::start_with(adapter, Collector::new())
    }

    pub(crate) fn start_with(adapter: &Adapter, collector: Arc<Collector>) -> Self {
        let (source, stop) = (Arc::clone(&adapter.source), CancellationToken::new());
        let store = Store(Handle(Arc::clone(&collector)));
        let inbox = Inbox::new(Arc::new(store));
        let mut tasks = JoinSet::new();
        let stopped = stop.clone();
        tasks.spawn(async move { source.run(&inbox, &stopped).await });
        Self {
            collector,
            stop,
            tasks,
        }
    }

    /// Waits for its end.
    pub(crate) async fn ended(&mut self) -> Result<(), SourceError> {
        let ended = tokio::time::timeout(DEADLINE, self.tasks.join_next()).await;
        ended
            .expect("the source ends in time")
            .expect("it runs")
            .expect("it does not panic")
    }

    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        self.ended().await.expect("a stop is no error");
    }
}
