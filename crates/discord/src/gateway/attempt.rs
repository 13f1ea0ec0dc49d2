//! One connection of the shard, from handshake to its end, and the watch over it. Owns the attempt's counters.
//!
//! serenity's manager exists only to fill a field: its queue is dead, so it cannot start a second shard behind our
//! back.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use duologue_core::Secret;
use serenity::gateway::{
    CollectorCallback, ConnectionStage, Shard, ShardManager, ShardManagerOptions, ShardMessenger,
    ShardRunner, ShardRunnerInfo, ShardRunnerOptions,
};
use serenity::http::Http;
use serenity::model::event::GatewayEvent;
use serenity::model::gateway::{GatewayIntents, ShardInfo};
use serenity::model::id::ShardId;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, oneshot};
use tokio::time::{Instant, MissedTickBehavior, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::pulse::{Beat, Pulse};
use super::session::Session;
use super::tap::Taps;
use super::thread::ShardThread;
use super::{Alive, Timing};

/// Duologue runs one shard; Discord asks for more above 2,500 servers.
const SHARD: ShardInfo = ShardInfo {
    id: ShardId(0),
    total: 1,
};

/// What one attempt needs.
pub(super) struct Plan<T> {
    pub(super) http: Arc<Http>,
    pub(super) token: Secret,
    pub(super) intents: GatewayIntents,
    pub(super) taps: Arc<Taps<T>>,
    pub(super) alive: Alive,
    /// Where to connect, already checked.
    pub(super) url: String,
    /// The session to resume, or nothing to identify.
    pub(super) session: Option<Session>,
    pub(super) timing: Timing,
}

/// How an attempt ended.
#[derive(Debug)]
pub(super) enum End {
    /// serenity gave up on the connection, for one of many reasons that look alike.
    Closed,
    /// serenity says that Discord will refuse every further attempt.
    Refused(serenity::Error),
    /// No connection came about.
    NotConnected(serenity::Error),
    /// The server did not finish the handshake in time.
    HandshakeTimeout,
    /// The queue was full: what follows is replayed after it has drained.
    QueueFull,
    /// Connected, but no session began in time.
    NotReady,
    /// The loop does nothing at all any more.
    Stalled,
    /// We were asked to stop.
    Stopped,
    /// The thread could not be started, or it panicked.
    Broken,
}

/// What the thread shares with the supervisor.
struct Link {
    pulse: Arc<Pulse>,
    /// Cancelled by the tap when the queue is full.
    full: CancellationToken,
    /// Cancelled by the supervisor: drop the run.
    cut: CancellationToken,
    connected: oneshot::Sender<Connected>,
}

/// What the thread gives to the supervisor once it is connected.
struct Connected {
    messenger: ShardMessenger,
    /// Where serenity notes at each answer to a heartbeat how long it took.
    runners: Runners,
}

type Runners = Arc<Mutex<HashMap<ShardId, ShardRunnerInfo>>>;

/// Runs one attempt to its end. If this future is dropped, the thread ends by itself at its next await.
pub(super) async fn run<T: Send + 'static>(plan: Plan<T>, stop: &CancellationToken) -> End {
    let cut = stop.child_token();
    let _cut_when_dropped = cut.clone().drop_guard();
    let pulse = Arc::new(Pulse::default());
    let (connected_tx, connected) = oneshot::channel();
    let (timing, taps, alive) = (plan.timing, Arc::clone(&plan.taps), Arc::clone(&plan.alive));
    let link = Link {
        pulse: Arc::clone(&pulse),
        full: CancellationToken::new(),
        cut: cut.clone(),
        connected: connected_tx,
    };
    let Ok(mut thread) = ShardThread::start(move |handle| on_thread(handle, plan, link)) else {
        return End::Broken;
    };
    let mut watch = Watch {
        pulse: &pulse,
        taps: &taps,
        alive: &*alive,
        timing,
        started: Instant::now(),
        messenger: None,
        signs: Signs::default(),
    };
    let verdict = tokio::select! {
        ended = thread.ended() => return ended.unwrap_or(End::Broken),
        verdict = watch.until_broken(connected) => verdict,
        () = stop.cancelled() => End::Stopped,
    };
    cut.cancel();
    // A shard that spins does not see the cut.
    watch.ping();
    if timeout(timing.stop, thread.ended()).await.is_err() {
        // It spins in serenity's code and ends with the next heartbeat; its sockets are useless to it.
        warn!("the shard's thread does not end; it is left behind");
    }
    verdict
}

/// Looks at the shard from outside.
struct Watch<'a, T> {
    pulse: &'a Pulse,
    taps: &'a Taps<T>,
    alive: &'a (dyn Fn() + Send + Sync),
    timing: Timing,
    started: Instant,
    messenger: Option<ShardMessenger>,
    signs: Signs,
}

/// By what Discord was heard of last.
#[derive(Default)]
struct Signs {
    /// When the last event came.
    event: Option<Instant>,
    /// How long the last answer to a heartbeat took; no two take the same.
    answer: Option<Duration>,
}

impl Signs {
    /// Whether there are others than before, which they replace.
    fn are_new(&mut self, event: Option<Instant>, answer: Option<Duration>) -> bool {
        let came = event.is_some() && event != self.event;
        let answered = answer.is_some() && answer != self.answer;
        *self = Self { event, answer };
        came || answered
    }
}

impl<T> Watch<'_, T> {
    /// A send that fails is what ends a spin.
    fn ping(&self) {
        if let Some(messenger) = &self.messenger {
            messenger.websocket_message(Message::Ping(Vec::new()));
        }
    }

    /// Ends when the attempt must be cut; pings a shard that spins, which makes it end by itself.
    async fn until_broken(&mut self, connected: oneshot::Receiver<Connected>) -> End {
        // An error means that the thread has ended; its end is about to arrive.
        let Ok(Connected { messenger, runners }) = connected.await else {
            return std::future::pending().await;
        };
        self.messenger = Some(messenger);
        let mut polls = 0;
        let mut quiet_since = Instant::now();
        let mut ticks = tokio::time::interval(self.timing.tick);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match self.pulse.look(&mut polls) {
                Beat::Alive => quiet_since = Instant::now(),
                Beat::Spinning => {
                    debug!("the shard spins: pinging it");
                    self.ping();
                    quiet_since = Instant::now();
                }
                Beat::Quiet if quiet_since.elapsed() > self.timing.stall => return End::Stalled,
                Beat::Quiet => {}
            }
            let progress = self.taps.progress();
            let answer = match runners.try_lock() {
                Ok(runners) => runners.get(&SHARD.id).and_then(|runner| runner.latency),
                // It is being noted right now, and seen at the next look.
                Err(_) => self.signs.answer,
            };
            if self.signs.are_new(progress.heard, answer) {
                (self.alive)();
            }
            if !progress.ready && progress.heard.unwrap_or(self.started).elapsed() > self.timing.ready {
                return End::NotReady;
            }
        }
    }
}

/// The thread's whole life.
fn on_thread<T: Send + 'static>(handle: &Handle, plan: Plan<T>, link: Link) -> End {
    let ws_url = Arc::new(Mutex::new(plan.url.clone()));
    let Some(manager) = idle_manager(&plan, &ws_url) else {
        return End::Broken;
    };
    let (full, cut) = (link.full.clone(), link.cut.clone());
    handle.block_on(async {
        tokio::select! {
            biased;
            () = full.cancelled() => End::QueueFull,
            () = cut.cancelled() => End::Stopped,
            end = shard(plan, link, manager, ws_url) => end,
        }
    })
}

/// A manager whose queue is dead: the runtime it started the queue on is gone.
fn idle_manager<T>(plan: &Plan<T>, ws_url: &Arc<Mutex<String>>) -> Option<Arc<ShardManager>> {
    let throw_away = tokio::runtime::Builder::new_current_thread().build().ok()?;
    let inside = throw_away.enter();
    let (manager, _) = ShardManager::new(ShardManagerOptions {
        data: Arc::default(),
        event_handlers: Vec::new(),
        raw_event_handlers: Vec::new(),
        shard_index: 0,
        shard_init: 1,
        shard_total: 1,
        ws_url: Arc::clone(ws_url),
        http: Arc::clone(&plan.http),
        intents: plan.intents,
        presence: None,
    });
    drop(inside);
    throw_away.shutdown_background();
    // A restart that the shard asks for waits for this message, 5 s if it is not there.
    manager.shutdown_finished(SHARD.id);
    Some(manager)
}

async fn shard<T: Send + 'static>(
    plan: Plan<T>,
    link: Link,
    manager: Arc<ShardManager>,
    ws_url: Arc<Mutex<String>>,
) -> End {
    let connecting = Shard::new(
        Arc::clone(&ws_url),
        plan.token.expose(),
        SHARD,
        plan.intents,
        None,
    );
    let mut shard = match timeout(plan.timing.connect, connecting).await {
        Ok(Ok(shard)) => shard,
        Ok(Err(error)) => return End::NotConnected(error),
        Err(_) => return End::HandshakeTimeout,
    };
    if let Some(session) = &plan.session
        && let Some(ready) = made_up_ready(session)
        && let Err(error) = shard.handle_event(&Ok(ready))
    {
        return End::NotConnected(error);
    }
    let mut runner = ShardRunner::new(ShardRunnerOptions {
        data: Arc::default(),
        event_handlers: Vec::new(),
        raw_event_handlers: Vec::new(),
        manager: Arc::clone(&manager),
        shard,
        http: plan.http,
    });
    let messenger = ShardMessenger::new(&runner);
    let (taps, full) = (plan.taps, link.full);
    messenger.add_collector(CollectorCallback(Box::new(move |event| {
        taps.take(event, &ws_url, &full);
        true
    })));
    let info = ShardRunnerInfo {
        latency: None,
        runner_tx: messenger.clone(),
        stage: ConnectionStage::Handshake,
    };
    manager.runners.lock().await.insert(SHARD.id, info);
    // Nobody listens any more only if this attempt is being dropped.
    let runners = Arc::clone(&manager.runners);
    let _ = link.connected.send(Connected { messenger, runners });
    match link.pulse.count(runner.run()).await {
        Ok(()) => End::Closed,
        Err(error) => End::Refused(error),
    }
}

/// A READY as the server would have sent it, which makes the shard resume on the HELLO that follows.
fn made_up_ready(session: &Session) -> Option<GatewayEvent> {
    let ready = serde_json::json!({
        "op": 0, "t": "READY", "s": session.seq,
        "d": {
            "v": 10, "user": { "id": "1", "username": "resuming" }, "guilds": [],
            "session_id": session.id, "resume_gateway_url": "", "application": { "id": "1", "flags": 0 },
        },
    });
    serde_json::from_value(ready).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serenity_accepts_the_made_up_ready() {
        let session = Session {
            id: "s".to_owned(),
            seq: 7,
            resume_url: None,
        };
        assert!(matches!(
            made_up_ready(&session),
            Some(GatewayEvent::Dispatch(7, _))
        ));
    }
}
