//! Where sources put events. The inbox belongs to the executor; this is the handle that adapters hold.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::adapter::Identity;
use crate::event::Event;
use crate::id::NetworkId;
use crate::store::{Position, SourceId};

/// The way of events into the bot. Cheap to clone.
#[derive(Clone)]
pub struct Inbox(Arc<dyn Intake>);

/// What stands behind an [`Inbox`]: the executor, or a test's collector.
pub trait Intake: Send + Sync + 'static {
    /// Takes events, in order, or says why not. It never waits.
    fn offer(&self, event: Event) -> Admission;

    /// Takes events together, in order. What stands behind it is told once, so this is how a store that keeps them does
    /// it in one write; without one they are offered one by one.
    fn offer_all(&self, events: Vec<Event>, position: Option<Position>) -> BoxFuture<'_, Offered> {
        let _ = position;
        offer_each(self, events)
    }

    /// How far a source was read, by an earlier process too; nothing where that is not kept.
    fn position<'a>(&'a self, source: &'a SourceId) -> BoxFuture<'a, Option<Position>> {
        let _ = source;
        std::future::ready(None).boxed()
    }

    /// Completes when there is room for more.
    fn room(&self) -> BoxFuture<'_, ()>;

    /// Hears how a network is.
    fn report(&self, network: NetworkId, status: SourceStatus);

    /// Hears that the network has answered, with news or without; its silence from then on is one to be ended.
    fn alive(&self) {}

    /// Hears the same of a network whose source ends such a silence itself.
    fn beats(&self) {}

    /// Whether any handler wants messages that do not speak to the bot.
    fn wants_all_text(&self) -> bool;
}

/// Offers events one by one, in order, up to the first that is not taken.
pub(crate) fn offer_each<'a, I: Intake + ?Sized>(intake: &I, events: Vec<Event>) -> BoxFuture<'a, Offered> {
    let mut offered = Offered::default();
    let mut events = events.into_iter();
    for event in events.by_ref() {
        match intake.offer(event) {
            Admission::Accepted | Admission::Shed => offered.fresh += 1,
            Admission::Duplicate => {}
            Admission::Busy(event) => offered.left.push(*event),
            Admission::Stopping(event) => {
                offered.stopping = true;
                offered.left.push(*event);
            }
        }
        if !offered.left.is_empty() {
            break;
        }
    }
    offered.left.extend(events);
    std::future::ready(offered).boxed()
}

/// What became of an event that was offered.
#[derive(Debug)]
pub enum Admission {
    /// It waits for its turn.
    Accepted,
    /// It was here before and is not handled again.
    Duplicate,
    /// There is no room. The source keeps what its network has for it, waits for [`Inbox::room`], and offers it again.
    Busy(Box<Event>),
    /// This conversation alone is over its bound; the event was answered with "busy" and is done with.
    Shed,
    /// The bot is stopping; the event was not taken and must not be confirmed.
    Stopping(Box<Event>),
}

/// What became of events that were offered together.
#[derive(Debug, Default)]
pub struct Offered {
    /// How many were taken that had not been here before.
    pub fresh: usize,
    /// Those that were not taken, in order: the first of them and all behind it. They are not confirmed to the network;
    /// the source waits for [`Inbox::room`] and offers them again.
    pub left: Vec<Event>,
    /// Whether they were not taken because the bot is stopping.
    pub stopping: bool,
}

/// How a network is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceStatus {
    /// It is being reached.
    Connecting,
    /// Events can arrive.
    Online(Identity),
    /// It cannot be reached at the moment; the words say why.
    Degraded(String),
    /// It ended for good; the words say what to do.
    Failed(String),
    /// It was stopped.
    Stopped,
}

impl Inbox {
    /// Wraps what takes the events.
    #[must_use]
    pub fn new(intake: Arc<dyn Intake>) -> Self {
        Self(intake)
    }

    /// Takes an event or says why not. It waits for the store alone, where there is one, so one full conversation cannot
    /// hold up the others.
    pub async fn offer(&self, event: Event) -> Admission {
        let Offered {
            fresh,
            left,
            stopping,
        } = self.0.offer_all(vec![event], None).await;
        match left.into_iter().next().map(Box::new) {
            Some(event) if stopping => Admission::Stopping(event),
            Some(event) => Admission::Busy(event),
            None if fresh > 0 => Admission::Accepted,
            None => Admission::Duplicate,
        }
    }

    /// Takes events together, in order, with how far the source has been read behind them. When it completes, what was
    /// taken may be confirmed to the network: a bot that outlives its process has stored it.
    ///
    /// Dropping the future leaves open which of them are taken; offered again, those are recognized.
    pub async fn offer_all(&self, events: Vec<Event>, position: Option<Position>) -> Offered {
        self.0.offer_all(events, position).await
    }

    /// How far a source was read, as it was told with the events of [`Inbox::offer_all`], by an earlier process too.
    /// Nothing where that is not kept.
    pub async fn position(&self, source: &SourceId) -> Option<Position> {
        self.0.position(source).await
    }

    /// Completes when there is room for more. A source that can pause, such as a poller, waits here before it fetches.
    ///
    /// Cancel safe.
    pub async fn room(&self) {
        self.0.room().await;
    }

    /// Tells how the network is, for health and logs.
    pub fn report(&self, network: NetworkId, status: SourceStatus) {
        self.0.report(network, status);
    }

    /// Tells that the network has answered, with news or without, such as by a poll that came back. A source that has told
    /// so once, is online, and then tells nothing for [`SILENCE`](crate::SILENCE) is started again. One that looks after
    /// its connection itself tells by [`Inbox::beats`], or not at all.
    pub fn alive(&self) {
        self.0.alive();
    }

    /// Tells that the network has answered, such as to a heartbeat, for metrics alone: the source looks after its
    /// connection itself, and its silence is no reason to start it again.
    pub fn beats(&self) {
        self.0.beats();
    }

    /// Whether any handler wants messages that do not speak to the bot: for networks that ask for a right to read
    /// them. Private messages and those that mention the bot come without it.
    #[must_use]
    pub fn wants_all_text(&self) -> bool {
        self.0.wants_all_text()
    }
}
