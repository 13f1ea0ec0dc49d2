//! The gateway connection: one shard, supervised. Owns the session, the identify budget and the waits between attempts.
//!
//! serenity's `Shard` and `ShardRunner` speak the protocol; everything around them is here, because serenity's own
//! client loses events at start, loses order, and may connect to the real gateway when another was configured.
//! A converted event goes into a bounded queue in the order of its sequence number; a full queue cuts the connection
//! and what follows is replayed later, so a slow consumer costs time and never events.

mod address;
mod attempt;
mod backoff;
mod identify;
mod probe;
mod pulse;
mod refusal;
mod session;
mod tap;
#[cfg(test)]
mod tests;
mod thread;
mod timing;

use std::sync::Arc;

use duologue_core::Secret;
use serenity::http::Http;
use serenity::model::gateway::GatewayIntents;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use self::attempt::{End, Plan};
use self::backoff::jitter;
use self::identify::Pace;
use self::probe::Finding;
use self::tap::Taps;

pub use self::address::AddressError;
pub(crate) use self::address::AddressPolicy;
pub(crate) use self::backoff::Backoff;
pub(crate) use self::identify::{Located, StartLimit};
pub use self::refusal::GatewayRefused;
pub use self::session::{MemorySessions, Session, SessionStore};
pub(crate) use self::tap::{Convert, Item, Place};
pub use self::timing::Timing;

/// How many refused RESUMEs make the session count as lost. One may be the network's fault.
const RESUME_TRIES: u32 = 2;

/// After how many IDENTIFYs without READY the reason is asked for.
const IDENTIFY_TRIES: u32 = 3;

/// Why the gateway's address could not be learned.
#[derive(Debug)]
pub(crate) enum LocateError {
    /// The token is not accepted; asking again is no use.
    Unauthorized,
    /// Anything else; it may work later.
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

/// Asks the configured REST API for the gateway's address and the identify budget. There is no default address.
pub(crate) trait Locate: Send + Sync {
    fn locate(&self) -> futures_util::future::BoxFuture<'_, Result<Located, LocateError>>;
}

/// What the gateway does right now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// On the way to a session.
    Connecting,
    /// A session runs.
    Ready,
    /// Waits before the next attempt.
    Waiting { until: Instant, why: &'static str },
}

/// Hears that Discord was heard of: an event came, or the answer to a heartbeat.
pub(crate) type Alive = Arc<dyn Fn() + Send + Sync>;

/// What a gateway is made from.
pub(crate) struct Setup<T> {
    pub(crate) http: Arc<Http>,
    pub(crate) token: Secret,
    pub(crate) intents: GatewayIntents,
    pub(crate) policy: AddressPolicy,
    pub(crate) locate: Arc<dyn Locate>,
    pub(crate) sessions: Arc<dyn SessionStore>,
    pub(crate) convert: Convert<T>,
    pub(crate) alive: Alive,
    /// How many converted events may wait for the consumer.
    pub(crate) queue: usize,
    pub(crate) timing: Timing,
}

/// What the consumer holds.
pub(crate) struct Events<T> {
    queue: mpsc::Receiver<Item<T>>,
    taps: Arc<Taps<T>>,
    pub(crate) state: watch::Receiver<State>,
}

impl<T> Events<T> {
    /// The next event in order; nothing after the gateway has ended. Cancel-safe.
    #[cfg(test)]
    pub(crate) async fn next(&mut self) -> Option<Item<T>> {
        self.queue.recv().await
    }

    /// The next events in order, as many as are there up to a bound; nothing after the gateway has ended. Cancel-safe.
    pub(crate) async fn some(&mut self, most: usize) -> Option<Vec<Item<T>>> {
        let mut items = Vec::new();
        (self.queue.recv_many(&mut items, most).await > 0).then_some(items)
    }

    /// The session as a later process should resume it when everything up to here is done with; nothing where it is
    /// another one by now.
    pub(crate) fn session(&self, place: Place) -> Option<Session> {
        self.taps.session(place)
    }

    /// Notes that an event needs no replay in a later process.
    pub(crate) fn processed(&self, place: Place) {
        self.taps.processed(place);
    }
}

/// The supervisor. `run` it, and take the events on the other side.
pub(crate) struct Gateway<T> {
    http: Arc<Http>,
    token: Secret,
    intents: GatewayIntents,
    policy: AddressPolicy,
    locate: Arc<dyn Locate>,
    sessions: Arc<dyn SessionStore>,
    taps: Arc<Taps<T>>,
    alive: Alive,
    state: watch::Sender<State>,
    timing: Timing,
    pace: Pace,
    backoff: Backoff,
    /// The gateway's address as last told.
    url: Option<String>,
    refused_resumes: u32,
    refused_identifies: u32,
}

impl<T: Send + 'static> Gateway<T> {
    pub(crate) fn new(setup: Setup<T>) -> (Self, Events<T>) {
        let (queue_tx, queue) = mpsc::channel(setup.queue);
        let (state_tx, state) = watch::channel(State::Connecting);
        let taps = Arc::new(Taps::new(setup.convert, queue_tx, setup.policy, state_tx.clone()));
        let events = Events {
            queue,
            taps: Arc::clone(&taps),
            state,
        };
        let gateway = Self {
            http: setup.http,
            token: setup.token,
            intents: setup.intents,
            policy: setup.policy,
            locate: setup.locate,
            sessions: setup.sessions,
            taps,
            alive: setup.alive,
            state: state_tx,
            timing: setup.timing,
            pace: Pace::default(),
            backoff: Backoff::new(setup.timing.backoff_min, setup.timing.backoff_max),
            url: None,
            refused_resumes: 0,
            refused_identifies: 0,
        };
        (gateway, events)
    }

    /// Keeps a session alive until `stop`, or until Discord refuses for good.
    pub(crate) async fn run(mut self, stop: CancellationToken) -> Result<(), GatewayRefused> {
        if let Some(session) = self.sessions.get() {
            self.taps.adopt(session);
        }
        let mut result = Ok(());
        while result.is_ok() && !stop.is_cancelled() {
            result = self.attempt(&stop).await;
        }
        self.sessions.put(self.taps.to_keep());
        result
    }

    async fn attempt(&mut self, stop: &CancellationToken) -> Result<(), GatewayRefused> {
        self.state.send_replace(State::Connecting);
        let session = self.taps.begin();
        let resuming = session.is_some();
        let resume_url = session.as_ref().and_then(|session| session.resume_url.clone());
        let own_url = resume_url.is_some();
        let Some(url) = self.address(resume_url, resuming, stop).await? else {
            return Ok(());
        };
        if !resuming {
            self.pace.spend(self.timing.identify_gap);
        }
        debug!(%url, resuming, "connecting to the gateway");
        let plan = Plan {
            http: Arc::clone(&self.http),
            token: self.token.clone(),
            intents: self.intents,
            taps: Arc::clone(&self.taps),
            alive: Arc::clone(&self.alive),
            url: url.clone(),
            session,
            timing: self.timing,
        };
        let end = attempt::run(plan, stop).await;
        let ready = self.taps.progress().ready;
        debug!(?end, ready, "the gateway connection ended");
        if ready {
            self.backoff.reset();
            self.refused_resumes = 0;
            self.refused_identifies = 0;
        }
        match end {
            End::Stopped => return Ok(()),
            End::Refused(error) => return Err(GatewayRefused::from_serenity(error)),
            End::QueueFull => {
                warn!(
                    "events come faster than they are handled: the connection is cut, the rest is replayed later"
                );
                stop.run_until_cancelled(self.taps.drained()).await;
                return Ok(());
            }
            End::NotConnected(error) => {
                warn!(error = %Chain(&error), "the gateway was not reached");
                if own_url {
                    self.taps.forget_resume_url();
                }
            }
            End::HandshakeTimeout if own_url => self.taps.forget_resume_url(),
            End::Closed | End::NotReady if !ready => self.not_ready(resuming, &url).await?,
            End::Closed | End::NotReady | End::Stalled => {}
            End::HandshakeTimeout | End::Broken => {}
        }
        let wait = self.backoff.next();
        self.wait(Instant::now() + wait, "the connection broke", stop)
            .await;
        Ok(())
    }

    /// Where to connect, or nothing after a wait. Before an IDENTIFY the budget is asked for and the gap is kept.
    async fn address(
        &mut self,
        resume_url: Option<String>,
        resuming: bool,
        stop: &CancellationToken,
    ) -> Result<Option<String>, GatewayRefused> {
        if let Some(url) = resume_url.or_else(|| self.url.clone().filter(|_| resuming)) {
            return Ok(Some(url));
        }
        if !resuming {
            self.wait(self.pace.next(), "discord allows one new session in 5 s", stop)
                .await;
        }
        let Some(answer) = stop.run_until_cancelled(self.locate.locate()).await else {
            return Ok(None);
        };
        let located = match answer {
            Ok(located) => located,
            Err(LocateError::Unauthorized) => return Err(GatewayRefused::Token),
            Err(LocateError::Failed(error)) => {
                warn!(error = %Chain(&*error), "discord does not tell the gateway's address");
                let wait = self.backoff.next();
                self.wait(Instant::now() + wait, "discord's REST API does not answer", stop)
                    .await;
                return Ok(None);
            }
        };
        let url = self.policy.check(&located.url).map_err(GatewayRefused::Address)?;
        self.url = Some(url.clone());
        if let Some(wait) = located.limit.and_then(|limit| limit.wait()).filter(|_| !resuming) {
            warn!(
                ?wait,
                "nearly all of today's new gateway sessions are used up; waiting so that discord keeps the token"
            );
            self.wait(
                Instant::now() + wait,
                "today's new sessions are nearly used up",
                stop,
            )
            .await;
            return Ok(None);
        }
        Ok(Some(url))
    }

    /// A connection ended before its session began.
    async fn not_ready(&mut self, resuming: bool, url: &str) -> Result<(), GatewayRefused> {
        if resuming {
            self.refused_resumes += 1;
            if self.refused_resumes >= RESUME_TRIES {
                info!("the gateway does not resume the session: beginning a new one");
                self.refused_resumes = 0;
                self.taps.forget();
                self.pace.delay(jitter(self.timing.lost_session));
            }
            return Ok(());
        }
        self.refused_identifies += 1;
        if self.refused_identifies < IDENTIFY_TRIES {
            return Ok(());
        }
        self.refused_identifies = 0;
        tokio::time::sleep_until(self.pace.next()).await;
        self.pace.spend(self.timing.identify_gap);
        match probe::probe(url, self.token.expose(), self.intents, self.timing.ready).await {
            Finding::Closed(code) => {
                warn!(code, "the gateway closes every new session");
                GatewayRefused::from_code(code).map_or(Ok(()), Err)
            }
            Finding::Session(session) => {
                self.taps.adopt(session);
                Ok(())
            }
            Finding::Unclear => Ok(()),
        }
    }

    async fn wait(&self, until: Instant, why: &'static str, stop: &CancellationToken) {
        if until <= Instant::now() {
            return;
        }
        self.state.send_replace(State::Waiting { until, why });
        stop.run_until_cancelled(sleep_until(until)).await;
        self.state.send_replace(State::Connecting);
    }
}

/// Prints an error with its causes.
pub(crate) struct Chain<'a>(pub(crate) &'a (dyn std::error::Error + 'a));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}
