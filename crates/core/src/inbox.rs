//! Where sources put events. The inbox belongs to the executor; this is the handle that adapters hold.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::adapter::Identity;
use crate::event::Event;
use crate::id::NetworkId;

/// The way of events into the bot. Cheap to clone.
#[derive(Clone)]
pub struct Inbox(Arc<dyn Intake>);

/// What stands behind an [`Inbox`]: the executor, or a test's collector.
pub trait Intake: Send + Sync + 'static {
    /// Takes events, in order, or says why not. It never waits.
    fn offer(&self, event: Event) -> Admission;

    /// Completes when there is room for more.
    fn room(&self) -> BoxFuture<'_, ()>;

    /// Hears how a network is.
    fn report(&self, network: NetworkId, status: SourceStatus);

    /// Whether any handler wants messages that do not speak to the bot.
    fn wants_all_text(&self) -> bool;
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

    /// Takes an event or says why not. It never waits, so one full conversation cannot hold up the others.
    pub fn offer(&self, event: Event) -> Admission {
        self.0.offer(event)
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

    /// Whether any handler wants messages that do not speak to the bot: for networks that ask for a right to read
    /// them. Private messages and those that mention the bot come without it.
    #[must_use]
    pub fn wants_all_text(&self) -> bool {
        self.0.wants_all_text()
    }
}
