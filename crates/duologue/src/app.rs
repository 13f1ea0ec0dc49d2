//! A bot as its author writes it: the handlers, and how they come to run. Owns both until the engine has them.

mod adapters;
#[cfg(feature = "sandbox")]
mod demo;
mod errand;
mod health;
mod signals;

use std::future::Future;
use std::sync::Arc;

use duologue_core::command::Command;
use duologue_core::jobs::JobContext;
use duologue_core::store::{Store, StoreError};
use duologue_core::{
    Adapter, Backends, ButtonValue, Context, Ended, Engine, EngineHandle, HandlerError, IntoReply, Message,
    Reply, Router, SourceStatus,
};
use duologue_lanes::{DiskScratch, WorkerConfig, WorkerPool};
use duologue_store::{SqliteOptions, SqliteStore};
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use self::health::Health;
use self::signals::Signals;
use crate::config::{Config, Durability};
use crate::error::{Error, Result};
use crate::log::init_logging;
use crate::words;

/// The exit code after a second signal: 128 and the number of SIGINT.
const EXIT_AT_ONCE: i32 = 130;

/// The folder for files of tasks, below that for data.
const SCRATCH: &str = "scratch";

/// A bot, while its handlers are put together.
///
/// ```no_run
/// use duologue::prelude::*;
///
/// /// Is it there?
/// #[command]
/// async fn ping() -> &'static str {
///     "pong"
/// }
///
/// #[duologue::main]
/// async fn main() -> duologue::Result {
///     App::from_env()?.command(ping).run().await
/// }
/// ```
pub struct App {
    config: Config,
    router: Router,
    adapters: Vec<Adapter>,
    /// The names of buttons that have a handler.
    presses: Vec<&'static str>,
    /// What the engine stands on, where that is not the usual.
    backends: Backends,
    /// What is done with the store before anything comes in.
    beginnings: Vec<Beginning>,
}

/// Something to be done with the store before anything comes in.
type Beginning = Box<dyn FnOnce(Arc<dyn Store>) -> BoxFuture<'static, Result<(), StoreError>> + Send>;

/// The address of the sandbox's own small site, such as `http://127.0.0.1:40123`: a resource of every bot that runs in
/// a sandbox of its own, for features that fetch things.
#[cfg(feature = "sandbox")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxSite(pub String);

/// A bot that is about to run: its networks are set up, and nothing was sent yet.
pub struct Bot {
    engine: Engine,
    store: Option<Arc<dyn Store>>,
    health: Option<Health>,
    #[cfg(feature = "sandbox")]
    sandbox: Option<duologue_sandbox::SandboxHandle>,
}

impl App {
    /// A bot with the configuration of this process: the environment, `.env` and `config/duologue.toml`. It sets the
    /// log up as well.
    ///
    /// Without any token, [`App::run`] starts the sandbox.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] with everything that is wrong, each with its remedy.
    pub fn from_env() -> Result<Self> {
        if duologue_lanes::started_as_worker() {
            return Err(Error::NoWorker);
        }
        let config = Config::from_env()?;
        init_logging(&config.log, &config.secrets());
        Ok(Self::new(config))
    }

    /// A bot with a configuration of one's own. It leaves the log alone.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            router: Router::new(),
            adapters: Vec::new(),
            presses: Vec::new(),
            backends: Backends::default(),
            beginnings: Vec::new(),
        }
    }

    /// What was set so far: the commands, and what is wanted of the networks.
    #[must_use]
    pub fn router(&self) -> &Router {
        &self.router
    }

    /// With a command. Of two with one name the first stays, and the log tells of the second.
    #[must_use]
    pub fn command(mut self, command: impl Command) -> Self {
        self.router.command(command);
        self
    }

    /// With a handler of buttons that carry values of a type, which has `#[derive(Button)]`. Of two handlers for one
    /// name the first stays, and the log tells of the second.
    #[must_use]
    pub fn press<T, F, Fut>(mut self, handler: F) -> Self
    where
        T: ButtonValue,
        F: Fn(Context, T) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoReply> + Send + 'static,
    {
        if self.presses.contains(&T::NAME) {
            tracing::error!(button = T::NAME, "{}", words::SECOND_BUTTON);
            return self;
        }
        self.presses.push(T::NAME);
        self.router.press(handler);
        self
    }

    /// With the handler of text that speaks to the bot and is no command: in private chats all, in groups what
    /// mentions or answers the bot.
    #[must_use]
    pub fn text<F, Fut>(mut self, handler: F) -> Self
    where
        F: Fn(Context, Message) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoReply> + Send + 'static,
    {
        self.router.text(handler);
        self
    }

    /// With the handler of all messages in groups that do not speak to the bot. Discord asks for the "Message Content
    /// Intent" in the developer portal, Telegram for the privacy mode to be off.
    #[must_use]
    pub fn message<F, Fut>(mut self, handler: F) -> Self
    where
        F: Fn(Context, Message) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoReply> + Send + 'static,
    {
        self.router.message(handler);
        self
    }

    /// With the handler of everything else: edits, reactions, members, and what this version has no words for.
    #[must_use]
    pub fn event<F, Fut>(mut self, handler: F) -> Self
    where
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoReply> + Send + 'static,
    {
        self.router.event(handler);
        self
    }

    /// With `/tasks`, which lists a person's tasks with buttons to cancel them, and `/cancel`, which cancels the newest
    /// or a named one. Both answer at once, however busy the bot is.
    #[must_use]
    pub fn task_commands(mut self) -> Self {
        self.router.task_commands();
        self
    }

    /// With backends of one's own: worker processes, files of tasks, the list of tasks. What is left out is the usual.
    #[must_use]
    pub fn backends(mut self, backends: Backends) -> Self {
        self.backends = backends;
        self
    }

    /// With a value that all handlers share, such as a client or a pool of connections: [`Context::resource`] gives it by
    /// its type. Of two of one type the last stays.
    ///
    /// ```
    /// use duologue::prelude::*;
    /// use duologue::Config;
    ///
    /// struct Motto(&'static str);
    ///
    /// /// What we live by
    /// #[command]
    /// async fn motto(ctx: Context) -> &'static str {
    ///     ctx.resource::<Motto>().map_or("None yet.", |motto| motto.0)
    /// }
    ///
    /// let app = App::new(Config::default()).resource(Motto("One thing at a time, many at once.")).command(motto);
    /// # drop(app);
    /// ```
    #[must_use]
    pub fn resource<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.router.resource(value);
        self
    }

    /// With the handler of jobs of a name, which [`Context::schedule`] makes: it runs when one is due, also after a
    /// restart.
    #[must_use]
    pub fn job<F, Fut>(mut self, name: &'static str, handler: F) -> Self
    where
        F: Fn(JobContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), HandlerError>> + Send + 'static,
    {
        self.router.job(name, handler);
        self
    }

    /// With what is asked before any handler runs: `None` lets the event through, a reply is given instead of the
    /// handler's, and [`Reply::none`] keeps the event out without a word. It is also told whether the event goes past the
    /// queue of its conversation, as control commands do. Of two the last stays.
    ///
    /// ```
    /// use duologue::prelude::*;
    /// use duologue::{ChatKind, Config};
    ///
    /// // A bot for private chats alone.
    /// let app = App::new(Config::default()).gate(|ctx: Context, _control: bool| async move {
    ///     let private = ctx.event().chat_kind == ChatKind::Private;
    ///     Ok((!private).then(|| Reply::new("Write to me in private, please.")))
    /// });
    /// # drop(app);
    /// ```
    #[must_use]
    pub fn gate<F, Fut>(mut self, gate: F) -> Self
    where
        F: Fn(Context, bool) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<Reply>, HandlerError>> + Send + 'static,
    {
        self.router.gate(gate);
        self
    }

    /// With something to do with what survives the process, before anything comes in. Several are done in order, and
    /// one that fails keeps the bot from starting.
    ///
    /// ```
    /// use duologue::Config;
    /// use duologue::prelude::*;
    ///
    /// let app = App::new(Config::default()).at_start(|store| async move {
    ///     let counts = store.counts().await?;
    ///     println!("{} jobs are waiting", counts.jobs);
    ///     Ok(())
    /// });
    /// # drop(app);
    /// ```
    #[must_use]
    pub fn at_start<F, Fut>(mut self, work: F) -> Self
    where
        F: FnOnce(Arc<dyn Store>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<(), StoreError>> + Send + 'static,
    {
        self.beginnings.push(Box::new(move |store| Box::pin(work(store))));
        self
    }

    /// The configuration, for features that have settings of their own.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// With a network of one's own, beside those of the configuration. A bot that has one starts no sandbox.
    #[must_use]
    pub fn adapter(mut self, adapter: Adapter) -> Self {
        self.adapters.push(adapter);
        self
    }

    /// Runs the bot until SIGTERM or SIGINT (Ctrl-C), or until no network is left. It then stops in order; a second
    /// signal ends the process at once.
    ///
    /// # Errors
    ///
    /// When nothing could be started, or every network ended for good. One network that fails is logged, and the
    /// others go on.
    pub async fn run(self) -> Result {
        let mut signals = Signals::listen().map_err(Error::Signals)?;
        let bot = self.start().await?;
        let stop = CancellationToken::new();
        let mut running = std::pin::pin!(bot.run_until(stop.clone().cancelled_owned()));
        tokio::select! {
            ended = &mut running => return ended.map(drop),
            signal = signals.next() => tracing::info!(signal, "asked to stop"),
        }
        stop.cancel();
        tokio::select! {
            ended = &mut running => ended.map(drop),
            signal = signals.next() => {
                tracing::warn!(signal, "asked again: stopping at once");
                std::process::exit(EXIT_AT_ONCE)
            }
        }
    }

    /// Runs the bot until a future completes, such as a token's `cancelled()`, or until no network is left. It hears
    /// no signals.
    ///
    /// # Errors
    ///
    /// As [`App::run`].
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> Result<Ended> {
        self.start().await?.run_until(stop).await
    }

    /// Sets the networks up without running them: for tests, and for programs that look after the bot.
    ///
    /// # Errors
    ///
    /// When no network can be set up. One that cannot is logged while there is another.
    pub async fn start(mut self) -> Result<Bot> {
        // A program that forgot to begin as a worker must not become a second bot.
        if duologue_lanes::started_as_worker() {
            return Err(Error::NoWorker);
        }
        for warning in &self.config.warnings {
            tracing::warn!("{warning}");
        }
        for problem in &self.config.broken {
            tracing::error!("{}", words::left_out(problem));
        }
        let mut config = self.config;
        #[cfg(feature = "sandbox")]
        let sandbox = if self.adapters.is_empty() && config.telegram.is_none() && config.discord.is_none() {
            let sandbox = demo::open(&mut config).await?;
            self.router.resource(SandboxSite(sandbox.site_url()));
            Some(sandbox)
        } else {
            None
        };
        let health = match config.health {
            Some(address) => Some(Health::bind(address).await?),
            None => None,
        };
        let adapters = adapters::of(&mut config, self.adapters)?;
        #[cfg(feature = "sandbox")]
        let durable = sandbox.is_none();
        #[cfg(not(feature = "sandbox"))]
        let durable = true;
        let mut backends = backends(&config, self.backends)?;
        // The chats of the sandbox are gone with the process, and its numbers begin anew.
        if durable && config.durability == Durability::Full && backends.store.is_none() {
            backends.store = Some(open_store(&config).await?);
        }
        let store = backends.store.clone();
        let engine = Engine::with_backends(config.engine, self.router, adapters, backends);
        for beginning in self.beginnings {
            beginning(Arc::clone(engine.store()))
                .await
                .map_err(|source| Error::Store {
                    directory: config.data.clone(),
                    source: Box::new(source),
                })?;
        }
        Ok(Bot {
            store,
            engine,
            health,
            #[cfg(feature = "sandbox")]
            sandbox,
        })
    }
}

/// What the engine stands on: worker processes of this program, and a folder for the files of tasks below that for data.
fn backends(config: &Config, own: Backends) -> Result<Backends> {
    let process = match own.process {
        Some(process) => process,
        None => {
            let workers = WorkerConfig::of_this_program().map_err(Error::Workers)?;
            Arc::new(WorkerPool::new(WorkerConfig {
                memory: config.workers.memory,
                jobs: config.workers.jobs,
                ..workers
            }))
        }
    };
    let scratch = own
        .scratch
        .unwrap_or_else(|| Arc::new(DiskScratch::new(config.data.join(SCRATCH))));
    Ok(Backends {
        process: Some(process),
        scratch: Some(scratch),
        ..own
    })
}

/// What survives the process, in the folder for data.
async fn open_store(config: &Config) -> Result<Arc<dyn Store>> {
    let opened = SqliteStore::open(SqliteOptions::new(&config.data)).await;
    let store = opened.map_err(|source| Error::Store {
        directory: config.data.clone(),
        source: Box::new(source),
    })?;
    tracing::info!(file = %store.opened().file.display(), fresh = store.opened().fresh, "the data is open");
    Ok(Arc::new(store))
}

/// Serves health and metrics for as long as it is polled; never ends.
async fn serve(health: Option<Health>, engine: EngineHandle) {
    if let Some(health) = health {
        health.serve(engine).await;
    }
    std::future::pending().await
}

impl Bot {
    /// A view on the bot for while it runs.
    #[must_use]
    pub fn handle(&self) -> EngineHandle {
        self.engine.handle()
    }

    /// The sandbox, where there is no token and one was started.
    #[cfg(feature = "sandbox")]
    #[must_use]
    pub fn sandbox(&self) -> Option<&duologue_sandbox::SandboxHandle> {
        self.sandbox.as_ref()
    }

    /// Runs until a future completes or no network is left, then stops in order.
    ///
    /// Not cancel safe: dropping the future aborts everything at once.
    ///
    /// # Errors
    ///
    /// [`Error::AllFailed`] when every network ended for good.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> Result<Ended> {
        let handle = self.engine.handle();
        let token = CancellationToken::new();
        let mut running = std::pin::pin!(self.engine.run(token.clone()));
        let mut serving = std::pin::pin!(serve(self.health, handle.clone()));
        let mut stop = std::pin::pin!(stop);
        let ended = loop {
            tokio::select! {
                ended = &mut running => break ended,
                () = &mut serving => {}
                () = &mut stop, if !token.is_cancelled() => token.cancel(),
            }
        };
        if let Some(store) = self.store {
            store.close().await;
        }
        #[cfg(feature = "sandbox")]
        if let Some(sandbox) = self.sandbox {
            sandbox.shutdown().await;
        }
        if !ended.deserted {
            return Ok(ended);
        }
        let sentences = handle
            .health()
            .into_iter()
            .filter_map(|health| match health.status {
                SourceStatus::Failed(sentence) => Some(format!("{}: {sentence}", health.network)),
                _ => None,
            });
        Err(Error::AllFailed(sentences.collect()))
    }
}

#[cfg(all(test, feature = "telegram", feature = "discord"))]
mod tests;
