//! The state of both networks under one lock, and what everybody shares. Owns all of it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::sync::{broadcast, watch};

use crate::bounds::OBSERVER_EVENTS;
use crate::clock::Clock;
use crate::config::SandboxConfig;
use crate::faults::Faults;
use crate::files::Files;
use crate::requests::{RequestEntry, RequestLog};
use crate::site::Site;
use crate::tasks::Tasks;
use crate::view::{Event, Status};
use crate::{discord, telegram};

/// Both networks. Every function that changes it runs to its end under the lock, so nobody sees half a change.
pub(crate) struct World {
    pub(crate) telegram: telegram::state::State,
    pub(crate) discord: discord::state::State,
    pub(crate) files: Files,
    pub(crate) faults: Arc<Faults>,
    /// Milliseconds since the Unix epoch, taken when the lock was.
    pub(crate) now_ms: u64,
    /// `http://127.0.0.1:PORT`.
    pub(crate) base: String,
    pub(crate) config: SandboxConfig,
    /// Whether anybody listens to events; nothing is written down for nobody.
    observed: bool,
    outbox: Vec<(&'static str, String, Value)>,
}

impl World {
    fn new(config: SandboxConfig, addr: SocketAddr, now_ms: u64, faults: Arc<Faults>) -> Self {
        Self {
            faults,
            telegram: telegram::state::State::default(),
            discord: discord::state::State::default(),
            files: Files::default(),
            now_ms,
            base: format!("http://{addr}"),
            config,
            observed: false,
            outbox: Vec::new(),
        }
    }

    /// Tells observers. `data` is only asked for when somebody listens.
    pub(crate) fn tell(&mut self, kind: &'static str, chat: &str, data: impl FnOnce(&Self) -> Value) {
        if self.observed {
            let data = data(self);
            self.outbox.push((kind, chat.to_owned(), data));
        }
    }

    /// Bots, users or chats changed.
    pub(crate) fn tell_status(&mut self) {
        self.tell("status", "", |_| Value::Null);
    }

    pub(crate) fn status(&self) -> Status {
        let mut status = Status::default();
        telegram::view::status(self, &mut status);
        discord::view::status(self, &mut status);
        status
    }

    /// Seconds since the Unix epoch.
    pub(crate) fn now_s(&self) -> u64 {
        self.now_ms / 1000
    }
}

/// What every connection, task and handle of one sandbox shares.
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    pub(crate) tasks: Tasks,
    pub(crate) faults: Arc<Faults>,
    pub(crate) addr: SocketAddr,
    /// Where the sandbox's site listens.
    pub(crate) site_addr: SocketAddr,
    pub(crate) site: Site,
    pub(crate) events: broadcast::Sender<Event>,
    /// Goes up with every change: what a waiting test waits for.
    pub(crate) version: watch::Sender<u64>,
    world: Mutex<World>,
    log: Mutex<RequestLog>,
    /// The number of the last event.
    seq: Mutex<u64>,
}

impl Shared {
    pub(crate) fn new(config: SandboxConfig, addr: SocketAddr, site_addr: SocketAddr) -> Self {
        let clock = Clock::new();
        let faults = Arc::<Faults>::default();
        let mut world = World::new(config, addr, clock.now_ms(), Arc::clone(&faults));
        if world.config.demo {
            telegram::demo::furnish(&mut world);
            discord::demo::furnish(&mut world);
        }
        Self {
            tasks: Tasks::default(),
            faults,
            addr,
            site_addr,
            site: Site::default(),
            events: broadcast::Sender::new(OBSERVER_EVENTS),
            version: watch::Sender::new(0),
            world: Mutex::new(world),
            log: Mutex::new(RequestLog::default()),
            seq: Mutex::new(0),
            clock,
        }
    }

    /// Reads or changes the world, then tells observers what changed.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.now_ms = self.clock.now_ms();
        world.observed = self.events.receiver_count() > 0;
        let result = act(&mut world);
        let told = std::mem::take(&mut world.outbox);
        // Sent under the lock: observers must see changes in the order in which they happened.
        for (kind, chat, data) in told {
            self.tell(kind, chat, data);
        }
        drop(world);
        self.touch();
        result
    }

    /// Reads the world without waking anybody who waits for a change.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.now_ms = self.clock.now_ms();
        look(&world)
    }

    pub(crate) fn tell(&self, kind: &'static str, chat: String, data: Value) {
        let mut seq = self.seq.lock().unwrap_or_else(PoisonError::into_inner);
        *seq += 1;
        // An error means that nobody listens.
        let _ = self.events.send(Event {
            seq: *seq,
            kind,
            chat,
            data,
        });
    }

    /// Wakes whoever waits for a change.
    pub(crate) fn touch(&self) {
        self.version.send_modify(|version| *version += 1);
    }

    pub(crate) fn next_call(&self) -> u64 {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).next_id()
    }

    pub(crate) fn record(&self, entry: RequestEntry) {
        let brief = (self.events.receiver_count() > 0).then(|| {
            serde_json::json!({ "id": entry.id, "network": entry.network, "bot": entry.bot.to_string(),
                "method": entry.method, "verb": entry.verb, "status": entry.status, "took_ms": entry.took_ms,
                "at_ms": entry.at_ms, "warnings": entry.warnings.len(), "fault": entry.fault })
        });
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(entry);
        if let Some(brief) = brief {
            self.tell("request", String::new(), brief);
        }
        self.touch();
    }

    pub(crate) fn requests<T>(&self, look: impl FnOnce(&RequestLog) -> T) -> T {
        look(&self.log.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
