//! The engine joins the parts of a bot and runs them: sources, executor, outboxes and background work. It owns their
//! lifecycle: start, supervision, and shutdown in phases.

mod intake;
mod pulse;
mod supervise;

pub use self::supervise::SILENCE;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::adapter::{Adapter, Identity};
use crate::clock::Clock;
use crate::command::{CommandSpec, Problem, check};
use crate::durable::{self, Durable};
use crate::executor::{Executor, ExecutorConfig};
use crate::id::{AccountId, Chat, NetworkId};
use crate::inbox::SourceStatus;
use crate::jobs::Jobs;
use crate::metrics::{EventCounters, Metrics, NetworkMetrics, TurnCounters};
use crate::outbox::Outbox;
use crate::press::PressTable;
use crate::router::Router;
use crate::store::{Counts, DeadLetter, MemoryStore, Store, StoreError};
use crate::task::{Backends, Lane, LaneLoad, Scheduler, TaskLimits};
use crate::tasks::Tracker;

/// How long sources have to end once they were asked to.
const SOURCES_END_WITHIN: Duration = Duration::from_secs(2);

/// What is kept of the shutdown's time for the last messages.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Settings of the engine.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// How many turns and events there may be.
    pub executor: ExecutorConfig,
    /// How many tasks there may be, and what they may use.
    pub tasks: TaskLimits,
    /// How long a shutdown may take; Docker kills after 10 s.
    pub shutdown: Duration,
    /// Whether the networks' menus are kept up to date.
    pub register_commands: bool,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            executor: ExecutorConfig::default(),
            tasks: TaskLimits::default(),
            shutdown: Duration::from_secs(8),
            register_commands: true,
        }
    }
}

/// A bot, joined and ready to run.
pub struct Engine {
    shared: Arc<Shared>,
    adapters: Vec<Adapter>,
    problems: Vec<(NetworkId, Problem)>,
}

/// How a running bot is seen from outside. Cheap to clone.
#[derive(Clone)]
pub struct EngineHandle {
    shared: Arc<Shared>,
}

/// What all parts share.
pub(crate) struct Shared {
    pub(crate) router: Router,
    pub(crate) executor: Executor,
    pub(crate) presses: Arc<PressTable>,
    pub(crate) networks: Vec<Network>,
    pub(crate) background: Tracker,
    pub(crate) scheduler: Arc<Scheduler>,
    pub(crate) turns: TurnCounters,
    pub(crate) store: Arc<dyn Store>,
    /// What is held of a store that outlives the process, where there is one.
    pub(crate) durable: Option<Arc<Durable>>,
    pub(crate) clock: Clock,
    pub(crate) jobs: Jobs,
    pulse: pulse::Pulse,
    config: EngineConfig,
    /// Cancelled when no more events are taken.
    closing: CancellationToken,
}

/// One adapter as the engine sees it.
pub(crate) struct Network {
    pub(crate) id: NetworkId,
    pub(crate) outbox: Outbox,
    /// The commands that the network's menu can have.
    commands: Vec<CommandSpec>,
    pub(crate) events: EventCounters,
    state: Mutex<NetworkState>,
}

struct NetworkState {
    status: SourceStatus,
    /// Since when it is like this.
    since: Instant,
    identity: Option<Identity>,
}

/// How a network is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkHealth {
    /// The network.
    pub network: NetworkId,
    /// How it is.
    pub status: SourceStatus,
}

/// How a run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// Events that were taken and not handled in time.
    pub unhandled: usize,
    /// Actions that were not sent in time.
    pub unsent: usize,
    /// Work that had to be aborted, by name.
    pub aborted: Vec<&'static str>,
    /// Whether the bot ended because no network was left.
    pub deserted: bool,
}

impl Engine {
    /// Joins the parts. Commands that a network cannot have are left out of its menu; see [`Engine::problems`].
    #[must_use]
    pub fn new(config: EngineConfig, router: Router, adapters: Vec<Adapter>) -> Self {
        Self::with_backends(config, router, adapters, Backends::default())
    }

    /// The same, on backends that are not the usual.
    #[must_use]
    pub fn with_backends(
        config: EngineConfig,
        router: Router,
        adapters: Vec<Adapter>,
        backends: Backends,
    ) -> Self {
        let presses = Arc::new(PressTable::default());
        let durable = backends
            .store
            .as_ref()
            .map(|store| Arc::new(Durable::new(Arc::clone(store), backends.clock)));
        let mut problems = Vec::new();
        let networks = adapters.iter().map(|adapter| {
            let id = adapter.sender.network();
            let (good, bad) = check(router.specs(), &adapter.sender.capabilities().commands);
            problems.extend(bad.into_iter().map(|problem| (id, problem)));
            Network {
                id,
                outbox: Outbox::new(Arc::clone(&adapter.sender), Arc::clone(&presses), durable.clone()),
                commands: good.into_iter().filter(|spec| !spec.hidden).cloned().collect(),
                events: EventCounters::new(),
                state: Mutex::new(NetworkState {
                    status: SourceStatus::Connecting,
                    since: Instant::now(),
                    identity: None,
                }),
            }
        });
        let networks = networks.collect();
        let shared = Shared {
            router,
            executor: Executor::new(config.executor.clone()),
            presses,
            networks,
            durable,
            background: Tracker::new(CancellationToken::new()),
            store: backends
                .store
                .clone()
                .unwrap_or_else(|| Arc::new(MemoryStore::new())),
            clock: backends.clock,
            jobs: Jobs::default(),
            pulse: pulse::Pulse::default(),
            scheduler: Scheduler::new(config.tasks.clone(), backends),
            turns: TurnCounters::default(),
            config,
            closing: CancellationToken::new(),
        };
        Self {
            shared: Arc::new(shared),
            adapters,
            problems,
        }
    }

    /// What is wrong with the commands, by network.
    #[must_use]
    pub fn problems(&self) -> &[(NetworkId, Problem)] {
        &self.problems
    }

    /// What survives the process, as handlers see it; without any, what is kept in memory.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.shared.store
    }

    /// A view on the bot for while it runs.
    #[must_use]
    pub fn handle(&self) -> EngineHandle {
        EngineHandle {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Runs until `stop` is cancelled or no network is left, then shuts down in phases: no more events are taken,
    /// background work is asked to end, what was taken is handled, what was said is sent, the rest is aborted.
    ///
    /// Not cancel safe: dropping the future aborts everything at once.
    pub async fn run(self, stop: CancellationToken) -> Ended {
        let Self {
            shared,
            adapters,
            problems,
        } = self;
        for (network, problem) in &problems {
            tracing::warn!(%network, command = problem.command, "left out of the menu: {}", problem.sentence);
        }
        let workers = Tracker::new(CancellationToken::new());
        let outboxes = Tracker::new(CancellationToken::new());
        let sources = Tracker::new(CancellationToken::new());
        // Whatever way this function ends, nothing that it started goes on.
        let _guards = [&workers, &outboxes, &sources, &shared.background]
            .map(|tasks| tasks.stop().clone().drop_guard());
        Executor::start(&shared, &workers);
        for network in &shared.networks {
            network.outbox.start(&outboxes);
        }
        if let Some(durable) = &shared.durable {
            outboxes.spawn(
                "settle",
                durable::settle(Arc::clone(durable), outboxes.stop().clone()),
            );
        }
        let deserted = CancellationToken::new();
        supervise::start(&shared, adapters, &sources, &deserted);
        sources.spawn("feed", durable::feed(Arc::clone(&shared), sources.stop().clone()));
        sources.spawn("pulse", pulse::run(Arc::clone(&shared), sources.stop().clone()));
        sources.spawn(
            "upkeep",
            durable::upkeep(Arc::clone(&shared), sources.stop().clone()),
        );
        sources.spawn(
            "jobs",
            crate::jobs::run(Arc::clone(&shared), sources.stop().clone()),
        );
        let alone = tokio::select! {
            () = stop.cancelled() => false,
            () = deserted.cancelled() => true,
        };
        let mut ended = shutdown(&shared, &sources, &workers, &outboxes).await;
        ended.deserted = alone;
        ended
    }
}

async fn shutdown(shared: &Arc<Shared>, sources: &Tracker, workers: &Tracker, outboxes: &Tracker) -> Ended {
    let deadline = Instant::now() + shared.config.shutdown;
    let before_last_words = deadline
        .checked_sub(LAST_WORDS.min(shared.config.shutdown / 2))
        .unwrap_or(deadline);
    tracing::info!(
        within_ms = shared.config.shutdown.as_millis(),
        "stopping: no more events are taken"
    );
    shared.closing.cancel();
    sources.stop().cancel();
    let mut aborted = sources
        .finish(deadline.min(Instant::now() + SOURCES_END_WITHIN))
        .await;
    shared.background.stop().cancel();
    if shared.durable.is_some() {
        // They are handled after the restart.
        shared.executor.drop_claimed();
    }
    let unhandled = shared.executor.drain(before_last_words).await;
    aborted.extend(shared.background.finish(before_last_words).await);
    let mut unsent = 0;
    for network in &shared.networks {
        unsent += network.outbox.drain(deadline).await;
    }
    for tasks in [workers, outboxes] {
        tasks.stop().cancel();
        // Workers in the middle of something end with it or are aborted: the deadline has passed for them.
        let stuck = tasks
            .finish(deadline.max(Instant::now() + Duration::from_millis(50)))
            .await;
        aborted.extend(stuck);
    }
    if let Some(durable) = &shared.durable {
        let in_vain = shared
            .networks
            .iter()
            .flat_map(|network| network.outbox.begun_in_vain());
        durable.put_back(in_vain);
        if let Err(error) = durable.settle_all().await {
            tracing::warn!(%error, "of some messages it will be unknown whether they were sent");
        }
        durable.release().await;
    }
    if unhandled + unsent > 0 || !aborted.is_empty() {
        tracing::warn!(unhandled, unsent, ?aborted, "stopped, with work left undone");
    } else {
        tracing::info!("stopped, nothing was left undone");
    }
    Ended {
        unhandled,
        unsent,
        aborted,
        deserted: false,
    }
}

impl EngineHandle {
    pub(crate) fn of(shared: &Arc<Shared>) -> Self {
        let shared = Arc::clone(shared);
        Self { shared }
    }

    /// How full the lanes of tasks are.
    #[must_use]
    pub fn lanes(&self) -> [LaneLoad; 3] {
        [Lane::Async, Lane::Blocking, Lane::Process].map(|lane| self.shared.scheduler.load(lane))
    }

    /// What the bot has counted since it began, and how full it is now.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        let network = |network: &Network| {
            let (sends, answers) = network.outbox.counted();
            let unsent = network.outbox.unfinished();
            let state = network.lock();
            NetworkMetrics {
                network: network.id,
                status: state.status.clone(),
                status_for: state.since.elapsed(),
                silent_for: network.events.silent_for(),
                unheard_for: network.events.unheard_for(),
                events: network.events.read(),
                sends,
                unsent,
                answers,
            }
        };
        Metrics {
            networks: self.shared.networks.iter().map(network).collect(),
            turns: self.shared.turns.read(),
            waiting: self.shared.executor.waiting(),
            lanes: self.lanes(),
            late: self.shared.pulse.late(),
            store: self.shared.durable.as_ref().map(|durable| durable.metrics()),
        }
    }

    /// How much there is of everything in the store.
    ///
    /// # Errors
    ///
    /// That of the store.
    pub async fn counts(&self) -> Result<Counts, StoreError> {
        self.shared.store.counts().await
    }

    /// Puts a dead letter back at the end of its conversation, as new, and has it handled at once; says whether it was
    /// still there. Cancel safe: dropping the future leaves open whether it was put back.
    ///
    /// # Errors
    ///
    /// That of the store; the letter is then where it was.
    pub async fn retry_dead(&self, letter: &DeadLetter) -> Result<bool, StoreError> {
        let Some(durable) = &self.shared.durable else {
            let now = self.shared.clock.now();
            return Ok(self.shared.store.retry_dead(vec![letter.id], now).await? > 0);
        };
        // Counted before, as it may be handled before the store's answer is seen.
        let _storing = durable.storing();
        durable.count(&letter.conversation);
        let put_back = durable.store.retry_dead(vec![letter.id], durable.now()).await;
        match put_back {
            Ok(1..) => durable.stored(Duration::ZERO),
            Ok(0) | Err(_) => durable.uncount(&letter.conversation, 1),
        }
        Ok(put_back? > 0)
    }

    /// How the networks are, in the order of their adapters.
    #[must_use]
    pub fn health(&self) -> Vec<NetworkHealth> {
        let health = |network: &Network| NetworkHealth {
            network: network.id,
            status: network.lock().status.clone(),
        };
        self.shared.networks.iter().map(health).collect()
    }
}

impl Shared {
    /// Completes when no more events are taken.
    pub(crate) async fn closed(&self) {
        self.closing.cancelled().await;
    }

    /// The longest that a handler may take.
    pub(crate) fn turn_deadline(&self) -> Duration {
        self.config.executor.turn_deadline
    }

    /// Cancelled when no more events are taken.
    pub(crate) fn closing(&self) -> &CancellationToken {
        &self.closing
    }

    /// The outbox for a chat: that of its account, else of its network.
    pub(crate) fn outbox(&self, chat: &Chat) -> &Outbox {
        let of_network = |network: &&Network| network.id == chat.network;
        let mut same = self.networks.iter().filter(of_network);
        let first = same.next();
        let network = if same.next().is_none() {
            first
        } else {
            self.networks.iter().filter(of_network).find(|network| {
                network
                    .lock()
                    .identity
                    .as_ref()
                    .is_some_and(|identity| identity.account == chat.account)
            })
        };
        &network.or(first).unwrap_or(&self.networks[0]).outbox
    }
}

impl Network {
    /// The bot's account there, while the network is there.
    pub(crate) fn account(&self) -> Option<AccountId> {
        let state = self.lock();
        let online = matches!(state.status, SourceStatus::Online(_));
        state
            .identity
            .as_ref()
            .filter(|_| online)
            .map(|identity| identity.account.clone())
    }

    /// The bot's account there, once the network has said so.
    pub(crate) fn known_account(&self) -> Option<AccountId> {
        self.lock()
            .identity
            .as_ref()
            .map(|identity| identity.account.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, NetworkState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
