//! The engine's end of the inbox: routes what sources offer and places it with the executor. Owns nothing.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::{Network, Shared};
use crate::context::Context;
use crate::event::Event;
use crate::executor::{Item, Placed};
use crate::id::NetworkId;
use crate::inbox::{Admission, Intake, SourceStatus};
use crate::router::Route;
use crate::words;

/// The inbox of one adapter.
pub(super) struct AdapterIntake {
    pub(super) shared: Arc<Shared>,
    /// Which adapter, by its place.
    pub(super) index: usize,
    /// Tells the supervisor that the network is there.
    pub(super) online: Arc<tokio::sync::Notify>,
}

impl Intake for AdapterIntake {
    fn offer(&self, event: Event) -> Admission {
        let admission = self.admit(event);
        self.network().events.count(&admission);
        admission
    }

    fn room(&self) -> BoxFuture<'_, ()> {
        self.has_room().boxed()
    }

    fn report(&self, network: NetworkId, status: SourceStatus) {
        let entry = self.network();
        let mut state = entry.lock();
        if state.status == status {
            return;
        }
        match &status {
            SourceStatus::Online(identity) => {
                tracing::info!(%network, account = %identity.account, handle = identity.handle, "online");
                state.identity = Some(identity.clone());
            }
            SourceStatus::Connecting => tracing::info!(%network, "connecting"),
            SourceStatus::Degraded(why) => tracing::warn!(%network, why, "not reached; trying again"),
            SourceStatus::Failed(why) => tracing::error!(%network, "{why}"),
            SourceStatus::Stopped => tracing::info!(%network, "stopped"),
        }
        let online = matches!(status, SourceStatus::Online(_));
        state.status = status;
        state.since = Instant::now();
        drop(state);
        if online {
            self.online.notify_one();
        }
    }

    fn wants_all_text(&self) -> bool {
        self.shared.router.wants_all_text()
    }
}

impl AdapterIntake {
    fn admit(&self, event: Event) -> Admission {
        if self.shared.closing.is_cancelled() {
            return Admission::Stopping(Box::new(event));
        }
        let route = self.shared.router.route(&event, &self.shared.presses);
        if matches!(route, Route::Nowhere) {
            // A part of an album whose first part somebody wants: in a group only that one speaks to the bot.
            if event.group().is_some() {
                let conversation = route.conversation(&event);
                let event = Arc::new(event);
                self.shared.executor.join(&conversation, Item { event, route });
                return Admission::Accepted;
            }
            tracing::trace!(event = %event.id, kind = event.kind.name(), "nobody wants this event");
            return Admission::Accepted;
        }
        let item = Item {
            event: Arc::new(event),
            route,
        };
        let load = self.network().outbox.load(&item.event.chat);
        match self.shared.executor.place(item, load) {
            Placed::Waits => Admission::Accepted,
            Placed::Duplicate => Admission::Duplicate,
            Placed::Full(item) => match Arc::try_unwrap(item.event) {
                Ok(event) => Admission::Busy(Box::new(event)),
                Err(event) => Admission::Busy(Box::new(Event::clone(&event))),
            },
            Placed::Overflow { item, first } => {
                let event = &item.event;
                if first {
                    tracing::warn!(chat = %event.chat, "this conversation is over its bound: its events are turned away");
                }
                self.turn_away(event, first);
                Admission::Shed
            }
        }
    }

    fn network(&self) -> &Network {
        &self.shared.networks[self.index]
    }

    /// Completes when a good part of the room is free again, so that a source is not woken for every single event.
    async fn has_room(&self) {
        let (executor, outbox) = (&self.shared.executor, &self.network().outbox);
        let enough = executor.config.total_bound * 3 / 4;
        loop {
            let (turned, sent) = (executor.changed(), outbox.finished());
            if executor.waiting() + outbox.unfinished() <= enough {
                return;
            }
            tokio::select! {
                () = turned => {}
                () = sent => {}
            }
        }
    }

    /// Says "busy": always where the network waits for an answer, else once.
    fn turn_away(&self, event: &Arc<Event>, once: bool) {
        let context = Context::new(&self.shared, event, true);
        if event.reply.is_some() {
            context.acknowledge(Some(words::busy().to_owned()));
        } else if once {
            context.conclude(crate::reply::Reply::new(words::busy()));
        }
    }
}
