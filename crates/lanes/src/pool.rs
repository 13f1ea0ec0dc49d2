//! The pool of worker processes: those that are idle, and how new ones come. How many work at once is up to the lane's
//! line; the pool keeps no more than worked at once.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use duologue_core::TaskError;
use duologue_core::task::{JobHost, ProcessJob, ProcessLane};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::child::Worker;
use crate::confine::Measure;
use crate::spawner::Spawner;

/// What worker processes are and may do.
#[derive(Clone, Debug)]
pub struct WorkerConfig {
    /// The program that is started: this one. Its `main` has to begin with [`serve_if_asked`](crate::serve_if_asked).
    pub program: PathBuf,
    /// The memory that a worker may have beside what the program itself occupies, in bytes.
    pub memory: u64,
    /// After how many jobs a worker is replaced.
    pub jobs: u32,
    /// How long a worker may take to start.
    pub start: Duration,
}

impl WorkerConfig {
    /// The program of this process, with the usual limits.
    ///
    /// # Errors
    ///
    /// When the system does not say which program this is.
    pub fn of_this_program() -> io::Result<Self> {
        // Where the system has it, this is the very program that runs, also after an upgrade has replaced its file.
        let running = PathBuf::from("/proc/self/exe");
        let program = if running.exists() {
            running
        } else {
            std::env::current_exe()?
        };
        Ok(Self::new(program))
    }

    /// Another program, with the usual limits.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            memory: 256 << 20,
            jobs: 100,
            start: Duration::from_secs(10),
        }
    }
}

/// A pool of worker processes. Workers start when they are needed, are used again, and die with the pool.
#[derive(Clone)]
pub struct WorkerPool {
    inner: Arc<Inner>,
}

struct Inner {
    config: WorkerConfig,
    spawner: OnceLock<Spawner>,
    idle: Mutex<Vec<Worker>>,
    /// Whether what a worker lacks was told.
    told: OnceLock<()>,
}

impl WorkerPool {
    /// A pool without workers yet.
    #[must_use]
    pub fn new(config: WorkerConfig) -> Self {
        Self {
            inner: Arc::new(Inner {
                config,
                spawner: OnceLock::new(),
                idle: Mutex::default(),
                told: OnceLock::new(),
            }),
        }
    }

    /// What is limited on this machine, by the word of a worker itself.
    ///
    /// # Errors
    ///
    /// When no worker can be started.
    pub async fn confinement(&self) -> io::Result<Vec<Measure>> {
        let worker = self.inner.worker().await?;
        let measures = worker.measures.clone();
        self.inner.give_back(worker);
        Ok(measures)
    }

    /// How many workers wait for a job.
    #[must_use]
    pub fn idle(&self) -> usize {
        self.inner.idle().len()
    }
}

impl ProcessLane for WorkerPool {
    fn run<'a>(
        &'a self,
        job: ProcessJob,
        host: &'a dyn JobHost,
    ) -> BoxFuture<'a, Result<Vec<u8>, TaskError>> {
        async move {
            let mut worker = self.inner.worker().await?;
            // Whoever drops this future drops the worker with it, and so kills it.
            match worker.run(job, host).await {
                // A panic may have left anything behind.
                Ok(Err(error @ TaskError::Panicked(_))) => Err(error),
                Ok(result) => {
                    self.inner.give_back(worker);
                    result
                }
                Err(error) => Err(error),
            }
        }
        .boxed()
    }
}

impl Inner {
    async fn worker(&self) -> io::Result<Worker> {
        while let Some(mut worker) = self.take() {
            // One that was killed while it was idle costs no task.
            if worker.alive() {
                return Ok(worker);
            }
        }
        let process = self.spawner()?.spawn().await?;
        let greeting = Worker::greet(process, self.config.memory);
        let worker = tokio::time::timeout(self.config.start, greeting)
            .await
            .map_err(|_| io::Error::other("a worker process did not start in time"))??;
        self.tell(&worker.measures);
        Ok(worker)
    }

    fn take(&self) -> Option<Worker> {
        self.idle().pop()
    }

    fn give_back(&self, worker: Worker) {
        if worker.jobs < self.config.jobs {
            self.idle().push(worker);
        }
    }

    fn spawner(&self) -> io::Result<&Spawner> {
        if let Some(spawner) = self.spawner.get() {
            return Ok(spawner);
        }
        let spawner = Spawner::start(self.config.program.clone(), self.config.memory)?;
        // Of two that were started at once one is dropped again, before it has done anything.
        Ok(self.spawner.get_or_init(|| spawner))
    }

    /// Says once what workers are not kept from on this machine.
    fn tell(&self, measures: &[Measure]) {
        self.told.get_or_init(|| {
            for Measure { what, missing } in measures {
                if let Some(why) = missing {
                    tracing::warn!(what, why, "worker processes are not limited in this");
                }
            }
        });
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
