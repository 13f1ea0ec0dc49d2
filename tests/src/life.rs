//! One bot in several processes, one after the other, on one data directory. Owns the directory, and of the process that
//! lives now its runtime: dropping that is the crash, as nothing of what ran on it runs any further.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use duologue::{
    Adapter, Backends, Clock, Ended, Engine, EngineConfig, EngineHandle, Router, SqliteOptions, SqliteStore,
};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long a test waits for a state before it fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// A data directory that goes with the test.
pub struct Directory(PathBuf);

impl Directory {
    /// An empty one.
    ///
    /// # Panics
    ///
    /// When it cannot be made.
    #[must_use]
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("duologue-data-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("there is room for a directory");
        Self(path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Default for Directory {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // What is left behind in the folder for temporary files does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// How a process differs from the usual one.
#[derive(Default)]
pub struct Nature {
    /// The engine's settings.
    pub engine: EngineConfig,
    /// The time of day.
    pub clock: Clock,
    /// The most bytes of the data.
    pub size_limit: Option<u64>,
    /// How many threads handle; without, the test's own does.
    pub threads: Option<usize>,
}

/// A process of the bot.
pub struct Life {
    // Before the store, so that nobody uses it when it closes.
    runtime: Runtime,
    running: JoinHandle<Ended>,
    stop: CancellationToken,
    /// The bot, seen from outside.
    pub bot: EngineHandle,
    /// What it keeps.
    pub store: Arc<SqliteStore>,
}

impl Life {
    /// The usual process.
    ///
    /// # Panics
    ///
    /// When the data cannot be opened.
    pub fn begin(directory: &Directory, adapter: Adapter, set_up: impl FnOnce(&mut Router)) -> Self {
        Self::begin_as(Nature::default(), directory, adapter, set_up)
    }

    /// Another one.
    ///
    /// # Panics
    ///
    /// When the data cannot be opened.
    pub fn begin_as(
        nature: Nature,
        directory: &Directory,
        adapter: Adapter,
        set_up: impl FnOnce(&mut Router),
    ) -> Self {
        let runtime = match nature.threads {
            Some(threads) => Builder::new_multi_thread()
                .worker_threads(threads)
                .enable_all()
                .build(),
            None => Builder::new_current_thread().enable_all().build(),
        };
        let runtime = runtime.expect("a runtime can be made");
        let options = SqliteOptions {
            size_limit: nature.size_limit,
            ..SqliteOptions::new(directory.path())
        };
        let store = runtime
            .block_on(SqliteStore::open(options))
            .expect("the data can be opened");
        let store = Arc::new(store);
        let backends = Backends {
            store: Some(Arc::clone(&store) as Arc<dyn duologue::store::Store>),
            clock: nature.clock,
            ..Backends::default()
        };
        let mut router = Router::new();
        set_up(&mut router);
        let engine = Engine::with_backends(nature.engine, router, vec![adapter], backends);
        let (bot, stop) = (engine.handle(), CancellationToken::new());
        let running = runtime.spawn(engine.run(stop.clone()));
        Self {
            runtime,
            running,
            stop,
            bot,
            store,
        }
    }

    /// Lets the process live until a future completes.
    ///
    /// # Panics
    ///
    /// When it does not in time.
    pub fn during<T>(&self, future: impl Future<Output = T>) -> T {
        let in_time = async { tokio::time::timeout(PATIENCE, future).await };
        self.runtime.block_on(in_time).expect("it happens in time")
    }

    /// Lets the process live for a time.
    pub fn live(&self, time: Duration) {
        self.during(async move { tokio::time::sleep(time).await });
    }

    /// Lets the process live until something is so.
    ///
    /// # Panics
    ///
    /// When it is not in time.
    pub fn until(&self, what: &str, mut so: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !so() {
            assert!(begun.elapsed() < PATIENCE, "{what} did not come");
            self.live(Duration::from_millis(1));
        }
    }

    /// Lets the process live until the store is as wanted.
    ///
    /// # Panics
    ///
    /// When it is not in time.
    pub fn until_kept(&self, what: &str, wanted: impl Fn(&duologue::store::Counts) -> bool) {
        let begun = Instant::now();
        loop {
            let counts = self.counts();
            if wanted(&counts) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{what} did not come: {counts:?}");
            self.live(Duration::from_millis(1));
        }
    }

    /// How much is kept.
    ///
    /// # Panics
    ///
    /// When the store does not say.
    #[must_use]
    pub fn counts(&self) -> duologue::store::Counts {
        use duologue::store::Store as _;
        self.during(self.store.counts()).expect("the store can be read")
    }

    /// The process ends in the middle of what it does.
    pub fn crash(self) {}

    /// The process is asked to end.
    ///
    /// # Panics
    ///
    /// When it does not in time.
    pub fn end(self) -> Ended {
        self.stop.cancel();
        let in_time = async { tokio::time::timeout(PATIENCE, self.running).await };
        let ended = self.runtime.block_on(in_time).expect("it ends in time");
        ended.expect("the engine does not panic")
    }
}
