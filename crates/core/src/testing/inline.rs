//! A process lane without processes: jobs run on threads of the test, by the same functions and the same messages. A
//! job is not confined, and cannot be killed.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use smol_str::SmolStr;
use tokio::sync::mpsc;

use crate::task::{
    InputSource, JobHost, ProcessJob, ProcessLane, TaskError, WorkerEvent, WorkerPort, run_job,
};

/// How many messages may wait between a job and its host.
const EVENTS_BOUND: usize = 64;

/// A process lane without processes.
#[derive(Clone, Copy, Debug, Default)]
pub struct InlineLane;

impl ProcessLane for InlineLane {
    fn run<'a>(
        &'a self,
        job: ProcessJob,
        host: &'a dyn JobHost,
    ) -> BoxFuture<'a, Result<Vec<u8>, TaskError>> {
        async move {
            let (sender, mut events) = mpsc::channel(EVENTS_BOUND);
            let inputs: io::Result<Vec<(SmolStr, Bytes)>> = job.files.iter().map(read).collect();
            let inputs = inputs?;
            let port = Port {
                events: sender,
                names: inputs
                    .iter()
                    .map(|(name, bytes)| (name.clone(), bytes.len() as u64))
                    .collect(),
                inputs: Mutex::new(
                    inputs
                        .into_iter()
                        .map(|(_, bytes)| io::Cursor::new(bytes))
                        .collect(),
                ),
            };
            let running = tokio::task::spawn_blocking(move || {
                let port: Arc<dyn WorkerPort> = Arc::new(port);
                run_job(
                    &port,
                    job.function,
                    &job.input,
                    job.key,
                    job.within,
                    job.limits.output,
                )
            });
            while let Some(event) = events.recv().await {
                host.hear(event).await?;
            }
            Ok(running.await??)
        }
        .boxed()
    }
}

fn read(file: &crate::task::InputFile) -> io::Result<(SmolStr, Bytes)> {
    let bytes = match &file.source {
        InputSource::Bytes(bytes) => bytes.clone(),
        InputSource::Path(path) => std::fs::read(path)?.into(),
    };
    Ok((file.name.clone(), bytes))
}

struct Port {
    events: mpsc::Sender<WorkerEvent>,
    names: Vec<(SmolStr, u64)>,
    inputs: Mutex<Vec<io::Cursor<Bytes>>>,
}

impl WorkerPort for Port {
    fn tell(&self, event: WorkerEvent) -> io::Result<()> {
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        self.events.blocking_send(event).map_err(gone)
    }

    fn inputs(&self) -> &[(SmolStr, u64)] {
        &self.names
    }

    fn read(&self, file: usize, buffer: &mut [u8]) -> io::Result<usize> {
        let mut inputs = self.inputs.lock().unwrap_or_else(PoisonError::into_inner);
        io::Read::read(&mut inputs[file], buffer)
    }
}

/// While it is held, tokio's paused clock does not run on by itself: somebody works on a thread that tokio does not
/// know. Outside of a runtime it does nothing.
pub(crate) fn hold_the_clock() -> Option<std::sync::mpsc::Sender<()>> {
    let runtime = tokio::runtime::Handle::try_current().ok()?;
    let (held, dropped) = std::sync::mpsc::channel();
    // It ends when the sender is dropped.
    runtime.spawn_blocking(move || dropped.recv());
    Some(held)
}
