//! Worker processes for real, and files on a real disk.

mod confinement;
mod files;
mod functions;
mod scratch;
mod workers;

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use duologue_core::TaskError;
use duologue_core::task::{InputSource, JobHost, ProcessJob, ProcessLane, ProcessLimits, WorkerEvent};
use duologue_lanes::{WorkerConfig, WorkerPool};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The longest that a test waits for a worker.
const PATIENCE: Duration = Duration::from_secs(30);

fn config() -> WorkerConfig {
    WorkerConfig::new(env!("CARGO_BIN_EXE_duologue-test-worker"))
}

fn pool() -> WorkerPool {
    WorkerPool::new(config())
}

fn job(function: &'static str, input: &impl Serialize) -> ProcessJob {
    ProcessJob {
        function,
        input: postcard::to_allocvec(input).expect("the arguments can be written"),
        files: Vec::new(),
        limits: ProcessLimits::default(),
        within: None,
        key: (1, 0),
    }
}

/// Runs a job that nobody listens to.
async fn run<T: DeserializeOwned>(pool: &WorkerPool, job: ProcessJob) -> Result<T, TaskError> {
    let host = Ear::default();
    let output = tokio::time::timeout(PATIENCE, pool.run(job, &host));
    let output = output.await.expect("the job ends in time")?;
    Ok(postcard::from_bytes(&output)?)
}

/// Hears what a job says, and keeps it.
#[derive(Default)]
struct Ear {
    heard: Mutex<Vec<WorkerEvent>>,
    /// After so many bytes of files the job has to end.
    most: Option<usize>,
}

impl Ear {
    fn heard(&self) -> Vec<WorkerEvent> {
        self.heard
            .lock()
            .expect("no test panics while it holds this")
            .clone()
    }

    fn file_bytes(&self) -> Vec<u8> {
        let bytes = |event| match event {
            WorkerEvent::FileBytes(_, bytes) => bytes,
            _ => Vec::new(),
        };
        self.heard().into_iter().flat_map(bytes).collect()
    }
}

impl JobHost for Ear {
    fn hear(&self, event: WorkerEvent) -> BoxFuture<'_, Result<(), TaskError>> {
        async move {
            self.heard
                .lock()
                .expect("no test panics while it holds this")
                .push(event);
            match self.most {
                Some(most) if self.file_bytes().len() > most => {
                    Err(TaskError::OverLimit(duologue_core::Limit::Files(most as u64)))
                }
                _ => Ok(()),
            }
        }
        .boxed()
    }
}

/// Whether a process is there.
fn alive(process: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/stat"));
    // A process that has ended and was not waited for yet is none.
    status.is_ok_and(|status| !status.contains(") Z "))
}

async fn until(what: &str, state: impl Fn() -> bool) {
    let deadline = std::time::Instant::now() + PATIENCE;
    while !state() {
        assert!(std::time::Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn bytes(source: &str) -> InputSource {
    InputSource::Bytes(source.as_bytes().to_vec().into())
}

fn exists(path: &str) -> bool {
    Path::new(path).exists()
}
