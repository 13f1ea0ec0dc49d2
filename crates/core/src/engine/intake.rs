//! The engine's end of the inbox: routes what sources offer and places it with the executor. Owns nothing.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use smol_str::SmolStr;
use tokio::time::Instant;

use super::{Network, SILENCE, Shared};
use crate::context::{Context, Say};
use crate::durable::{Durable, INBOX_BOUND, write_event};
use crate::event::{Event, EventKind};
use crate::executor::{ALBUM_PAUSE, Item, Placed, error_id};
use crate::id::{Conversation, NetworkId};
use crate::inbox::{Admission, Intake, Offered, SourceStatus, offer_each};
use crate::reply::Reply;
use crate::router::Route;
use crate::store::{Admitted, BODY_LIMIT, Batch, BotAccount, Keep, NewEvent, Position, SourceId, Timestamp};
use crate::words;

/// The inbox of one adapter.
pub(super) struct AdapterIntake {
    pub(super) shared: Arc<Shared>,
    /// Which adapter, by its place.
    pub(super) index: usize,
    /// Tells the supervisor that the network is there.
    pub(super) online: Arc<tokio::sync::Notify>,
    /// Albums of which a part was wanted, until when that counts.
    pub(super) albums: Mutex<Vec<(Conversation, SmolStr, Instant)>>,
    /// How many wait for room.
    pub(super) waits: AtomicUsize,
}

/// How long the other parts of an album are known by one that was wanted.
const ALBUM_KNOWN: Duration = Duration::from_secs(10);

/// The most albums that are known at once.
const ALBUMS_KNOWN: usize = 1024;

/// How long a source waits before it asks a store again that has failed.
const STORE_PAUSE: Duration = Duration::from_secs(1);

impl Intake for AdapterIntake {
    fn offer(&self, event: Event) -> Admission {
        let admission = self.admit(event);
        self.network().events.count(&admission);
        admission
    }

    fn offer_all(&self, events: Vec<Event>, position: Option<Position>) -> BoxFuture<'_, Offered> {
        match &self.shared.durable {
            Some(durable) => self.keep(durable, events, position).boxed(),
            None => offer_each(self, events),
        }
    }

    fn position<'a>(&'a self, source: &'a SourceId) -> BoxFuture<'a, Option<Position>> {
        let Some(durable) = &self.shared.durable else {
            return std::future::ready(None).boxed();
        };
        let read = durable.store.position(source).map(|read| {
            read.unwrap_or_else(|error| {
                durable.fault(&error);
                None
            })
        });
        read.boxed()
    }

    fn room(&self) -> BoxFuture<'_, ()> {
        async move {
            // A source that waits here hears nothing of its network.
            let _waits = WaitsForRoom::new(self);
            match &self.shared.durable {
                Some(durable) => durable_room(durable).await,
                None => self.has_room().await,
            }
        }
        .boxed()
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
            if let Some(durable) = &self.shared.durable {
                // What an earlier process has left of this account can be claimed now.
                durable.fed.notify_one();
            }
        }
    }

    fn alive(&self) {
        self.network().events.alive();
    }

    fn beats(&self) {
        self.network().events.beats();
    }

    fn wants_all_text(&self) -> bool {
        self.shared.router.wants_all_text()
    }
}

/// A source that waits for room. Its silence is no silence of the network.
struct WaitsForRoom<'a>(&'a AdapterIntake);

impl<'a> WaitsForRoom<'a> {
    fn new(intake: &'a AdapterIntake) -> Self {
        intake.waits.fetch_add(1, Ordering::Relaxed);
        Self(intake)
    }
}

impl Drop for WaitsForRoom<'_> {
    fn drop(&mut self) {
        self.0.waits.fetch_sub(1, Ordering::Relaxed);
        // From here on it counts anew.
        let events = &self.0.network().events;
        if events.watched() {
            events.alive();
        }
    }
}

/// Completes when the store takes events, as far as one can tell before it is asked.
async fn durable_room(durable: &Durable) {
    loop {
        let freed = durable.freed.notified();
        let broken = durable.trouble().is_some();
        if !broken && durable.backlog() < INBOX_BOUND / 4 * 3 {
            return;
        }
        tokio::select! {
            () = freed => {}
            // Whether a disk has room again is known only by trying.
            () = tokio::time::sleep(STORE_PAUSE), if broken => return,
        }
    }
}

/// What becomes of an event that is going to be stored.
struct Sorted {
    event: Arc<Event>,
    route: Route,
    conversation: Conversation,
    keep: Keep,
    wait: Duration,
    body: Bytes,
}

/// What becomes of an event that is not stored.
enum Left {
    /// Nobody wants it.
    Unwanted,
    /// Its conversation is over its bound.
    Over(Conversation),
    /// It is larger than the store takes.
    TooLarge,
}

impl AdapterIntake {
    /// Stores events, in one write. Nothing is taken, and nothing may be confirmed, where that fails.
    async fn keep(&self, durable: &Durable, events: Vec<Event>, position: Option<Position>) -> Offered {
        let counters = &self.network().events;
        let stopping = self.shared.closing.is_cancelled();
        if stopping || durable.backlog() >= INBOX_BOUND {
            counters.refused(events.len());
            return Offered {
                left: events,
                stopping,
                fresh: 0,
            };
        }
        let Some(first) = events.first() else {
            return Offered::default();
        };
        let bot = BotAccount::of(&first.chat);
        let events: Vec<Arc<Event>> = events.into_iter().map(Arc::new).collect();
        let (mut sorted, mut others) = (Vec::with_capacity(events.len()), Vec::new());
        for event in &events {
            if let EventKind::Press(press) = &event.kind {
                durable.load_button(&self.shared.presses, &press.token).await;
            }
            match self.sort(durable, event) {
                Ok(event) => sorted.push(event),
                Err(left) => others.push((Arc::clone(event), left)),
            }
        }
        if sorted.is_empty() {
            // Not worth a write: what comes again is unwanted again.
            return Offered {
                fresh: self.leave(&others),
                ..Offered::default()
            };
        }
        let now = durable.now();
        let new = |sorted: &Sorted| NewEvent {
            id: sorted.event.id.clone(),
            conversation: sorted.conversation.clone(),
            user: sorted.event.user.as_ref().map(|user| user.id.clone()),
            kind: SmolStr::new_static(sorted.event.kind.name()),
            sent: sorted.event.sent.map(Timestamp::from),
            keep: sorted.keep,
            wait: sorted.wait,
            body: sorted.body.clone(),
        };
        let batch = Batch {
            source: SourceId { bot, part: 0 },
            events: sorted.iter().map(new).collect(),
            position,
            now,
        };
        let _storing = durable.storing();
        let queued = |sorted: &&Sorted| sorted.keep == Keep::Queue;
        for sorted in sorted.iter().filter(queued) {
            durable.queue(&sorted.event, &sorted.conversation);
        }
        let ingested = match durable.store.ingest(batch).await {
            Ok(ingested) => ingested,
            Err(error) => {
                durable.fault(&error);
                counters.refused(events.len());
                for sorted in sorted.iter().filter(queued) {
                    durable.unqueue(&sorted.event, &sorted.conversation);
                }
                drop((sorted, others));
                // Also those that are not stored: what is left is a tail of what was offered, without gaps.
                let left = events
                    .into_iter()
                    .map(|event| Arc::try_unwrap(event).unwrap_or_else(|event| Event::clone(&event)));
                return Offered {
                    left: left.collect(),
                    ..Offered::default()
                };
            }
        };
        durable.works();
        let mut fresh = self.leave(&others);
        for (sorted, admitted) in sorted.into_iter().zip(ingested.events) {
            match admitted {
                Admitted::Queued(_) => {
                    fresh += 1;
                    durable.stored(sorted.wait);
                    counters.count(&Admission::Accepted);
                }
                Admitted::Noted => {
                    fresh += 1;
                    counters.count(&self.place_control(sorted));
                }
                Admitted::Duplicate => {
                    if sorted.keep == Keep::Queue {
                        durable.unqueue(&sorted.event, &sorted.conversation);
                    }
                    counters.count(&Admission::Duplicate);
                }
            }
        }
        Offered {
            fresh,
            ..Offered::default()
        }
    }

    /// Where an event goes, or why nowhere. It has no effect yet: where the store fails, the event is offered again.
    fn sort(&self, durable: &Durable, event: &Arc<Event>) -> Result<Sorted, Left> {
        let route = self.shared.router.route(event, &self.shared.presses);
        let conversation = route.conversation(event);
        let group = event.group().cloned();
        if matches!(route, Route::Nowhere)
            && !group
                .as_ref()
                .is_some_and(|group| self.part_of(&conversation, group))
        {
            return Err(Left::Unwanted);
        }
        let (keep, body) = if route.control() {
            (Keep::IdOnly, Bytes::new())
        } else {
            (Keep::Queue, write_event(event))
        };
        if body.len() > BODY_LIMIT {
            return Err(Left::TooLarge);
        }
        let wait = match &group {
            Some(group) if keep == Keep::Queue => {
                self.note_part(&conversation, group);
                ALBUM_PAUSE
            }
            _ => Duration::ZERO,
        };
        let bound = self.shared.executor.config.conversation_bound;
        let waiting = durable.waiting_in(&conversation) + self.network().outbox.load(&event.chat).chat;
        if keep == Keep::Queue && waiting >= bound {
            return Err(Left::Over(conversation));
        }
        self.shared.executor.flows(&conversation, waiting);
        Ok(Sorted {
            event: Arc::clone(event),
            route,
            conversation,
            keep,
            wait,
            body,
        })
    }

    /// Is done with events that are not stored; says how many they are.
    fn leave(&self, others: &[(Arc<Event>, Left)]) -> usize {
        let counters = &self.network().events;
        for (event, left) in others {
            match left {
                Left::Unwanted => {
                    tracing::trace!(event = %event.id, kind = event.kind.name(), "nobody wants this event");
                    counters.count(&Admission::Accepted);
                }
                Left::Over(conversation) => {
                    // Whoever floods is told once in a while, at the bound.
                    let first = self.shared.executor.overflows(conversation);
                    if first {
                        tracing::warn!(chat = %event.chat, "this conversation is over its bound: its events are turned away");
                    }
                    counters.count(&Admission::Shed);
                    self.turn_away(event, first);
                }
                Left::TooLarge => {
                    let id = error_id();
                    tracing::error!(error_id = %id, event = %event.id, chat = %event.chat, "an event is larger than the store takes");
                    counters.count(&Admission::Shed);
                    let reply = Reply::new(words::failed(&id)).ephemeral();
                    Context::new(&self.shared, event, true).conclude(Say::Reply(reply));
                }
            }
        }
        others.len()
    }

    /// Whether an earlier part of the same album was wanted, shortly before.
    fn part_of(&self, conversation: &Conversation, group: &SmolStr) -> bool {
        let mut albums = self.albums();
        albums.retain(|(_, _, until)| *until > Instant::now());
        albums
            .iter()
            .any(|(other, name, _)| other == conversation && name == group)
    }

    fn note_part(&self, conversation: &Conversation, group: &SmolStr) {
        let until = Instant::now() + ALBUM_KNOWN;
        let mut albums = self.albums();
        albums.retain(|(other, name, until)| {
            *until > Instant::now() && !(other == conversation && name == group)
        });
        if albums.len() < ALBUMS_KNOWN {
            albums.push((conversation.clone(), group.clone(), until));
        }
    }

    fn albums(&self) -> MutexGuard<'_, Vec<(Conversation, SmolStr, Instant)>> {
        self.albums.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a control event past all others.
    fn place_control(&self, sorted: Sorted) -> Admission {
        let item = Item {
            event: sorted.event,
            route: sorted.route,
            kept: None,
        };
        let load = self.network().outbox.load(&item.event.chat);
        match self.shared.executor.place(item, load) {
            Placed::Waits => Admission::Accepted,
            Placed::Duplicate => Admission::Duplicate,
            Placed::Full(item) | Placed::Overflow { item, .. } => {
                self.turn_away(&item.event, true);
                Admission::Shed
            }
        }
    }

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
                self.shared.executor.join(
                    &conversation,
                    Item {
                        event,
                        route,
                        kept: None,
                    },
                );
                return Admission::Accepted;
            }
            tracing::trace!(event = %event.id, kind = event.kind.name(), "nobody wants this event");
            return Admission::Accepted;
        }
        let item = Item {
            event: Arc::new(event),
            route,
            kept: None,
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

    /// How much longer the network may say nothing. One that tells of no answers at all is not watched, nor one whose source
    /// looks after that, nor one that is not there.
    pub(super) fn silence_left(&self) -> Duration {
        let network = self.network();
        let state = network.lock();
        let online = matches!(state.status, SourceStatus::Online(_));
        match network.events.unheard_for() {
            Some(unheard)
                if online && network.events.watched() && self.waits.load(Ordering::Relaxed) == 0 =>
            {
                SILENCE.saturating_sub(unheard.min(state.since.elapsed()))
            }
            _ => SILENCE,
        }
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
            context.conclude(Say::Note(words::busy().to_owned()));
        } else if once {
            context.conclude(Say::Reply(Reply::new(words::busy())));
        }
    }
}
