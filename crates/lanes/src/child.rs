//! One worker process as the bot sees it. The owner of this value owns the process: dropping it kills it.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use duologue_core::task::{InputSource, JobHost, ProcessJob};
use duologue_core::{InputFile, Limit, TaskError};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, BufReader, BufWriter};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};

use crate::confine::Measure;
use crate::frame::{self, FromWorker, Job, PIECE, ToWorker};

/// How much of a worker's standard error is kept: its end, for the log.
const STDERR_KEPT: usize = 4096;

/// How long a worker that has closed its pipes may take to be gone.
const GONE_WITHIN: Duration = Duration::from_secs(1);

/// What the allocator of Rust says before it gives up.
const OUT_OF_MEMORY: &str = "memory allocation of";

/// A worker process that waits for a job.
pub(crate) struct Worker {
    process: Child,
    input: BufWriter<ChildStdin>,
    output: BufReader<ChildStdout>,
    stderr: Stderr,
    memory: u64,
    pub(crate) jobs: u32,
    pub(crate) measures: Vec<Measure>,
}

/// The end of what a worker wrote to its standard error.
struct Stderr {
    pipe: ChildStderr,
    end: Vec<u8>,
}

impl Worker {
    /// Waits until a process that was started says that it is ready.
    ///
    /// # Errors
    ///
    /// When it ends instead, or says something else.
    pub(crate) async fn greet(mut process: Child, memory: u64) -> io::Result<Self> {
        let pipes = (process.stdin.take(), process.stdout.take(), process.stderr.take());
        let (Some(input), Some(output), Some(stderr)) = pipes else {
            return Err(io::Error::other("the worker has no pipes"));
        };
        let mut worker = Self {
            process,
            input: BufWriter::new(input),
            output: BufReader::new(output),
            stderr: Stderr {
                pipe: stderr,
                end: Vec::new(),
            },
            memory,
            jobs: 0,
            measures: Vec::new(),
        };
        match frame::receive(&mut worker.output).await {
            Ok(Some(FromWorker::Ready(measures))) => {
                worker.measures = measures;
                Ok(worker)
            }
            Ok(_) | Err(_) => Err(io::Error::other(
                "the program did not begin as a worker: its `main` has to be `#[duologue::main]`, or to call \
                 `duologue::serve_if_asked()` first",
            )),
        }
    }

    /// Whether it is still there.
    pub(crate) fn alive(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Runs one job. After any error but the job's own the worker is of no use any more. Not cancel safe: a worker
    /// whose job was given up has to be dropped.
    pub(crate) async fn run(
        &mut self,
        job: ProcessJob,
        host: &dyn JobHost,
    ) -> Result<Result<Vec<u8>, TaskError>, TaskError> {
        self.jobs += 1;
        let limits = job.limits;
        let talked = talk(&mut self.input, &mut self.output, &mut self.stderr, job, host).await;
        match talked {
            Ok(Some(FromWorker::Done(output))) => Ok(Ok(output)),
            Ok(Some(FromWorker::Failed(fault))) => Ok(Err(fault.into())),
            Ok(None) => Err(self.autopsy(limits.processor).await),
            Ok(Some(_)) => Err("a worker spoke out of turn".into()),
            Err(error) => Err(error),
        }
    }

    /// What became of a worker that has closed its pipes.
    async fn autopsy(&mut self, processor: Duration) -> TaskError {
        let status = match tokio::time::timeout(GONE_WITHIN, self.process.wait()).await {
            Ok(Ok(status)) => Some(status),
            _ => None,
        };
        // The pipe is closed with the process, so this ends.
        let _ = tokio::time::timeout(GONE_WITHIN, self.stderr.read_on()).await;
        let said = String::from_utf8_lossy(&self.stderr.end).trim().to_owned();
        if said.contains(OUT_OF_MEMORY) {
            return TaskError::OverLimit(Limit::Memory(self.memory));
        }
        if status.is_some_and(over_time) {
            return TaskError::OverLimit(Limit::Processor(processor));
        }
        let how = status.map_or_else(|| "it closed its pipes".to_owned(), |status| status.to_string());
        TaskError::Crashed(if said.is_empty() {
            how
        } else {
            format!("{how}; it said: {said}")
        })
    }
}

/// Gives a job and its files, and hears what comes back, until its end. `None` is the end of the worker.
async fn talk(
    input: &mut BufWriter<ChildStdin>,
    output: &mut BufReader<ChildStdout>,
    stderr: &mut Stderr,
    job: ProcessJob,
    host: &dyn JobHost,
) -> Result<Option<FromWorker>, TaskError> {
    let mut give = std::pin::pin!(give(input, job));
    let mut hear = std::pin::pin!(hear(output, host));
    let mut errors = std::pin::pin!(stderr.read_on());
    let mut given = None;
    let mut errors_ended = false;
    // Each of them is kept until it completes: none is cancelled in the middle of a frame.
    let last = loop {
        tokio::select! {
            heard = &mut hear => break heard?,
            gave = &mut give, if given.is_none() => match gave {
                // A pipe that broke is the end of the worker: what it was, the other end tells.
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error.into()),
                gave => given = Some(gave.is_ok()),
            },
            () = &mut errors, if !errors_ended => errors_ended = true,
        }
    };
    // The worker reads what it had no use for before it says that it is done.
    if last.is_some() && given.is_none() {
        give.await?;
    }
    Ok(last)
}

async fn give(input: &mut BufWriter<ChildStdin>, job: ProcessJob) -> io::Result<()> {
    let mut files = Vec::with_capacity(job.files.len());
    for file in &job.files {
        files.push((file.name.to_string(), size(file).await?));
    }
    let message = ToWorker::Job(Job {
        function: job.function.to_owned(),
        input: job.input,
        files,
        key: job.key,
        within: job.within,
        processor: job.limits.processor,
        output: job.limits.output,
    });
    frame::send(input, &message).await?;
    for file in job.files {
        match file.source {
            InputSource::Bytes(bytes) => {
                for piece in bytes.chunks(PIECE) {
                    frame::send(input, &ToWorker::Piece(piece.to_vec())).await?;
                }
            }
            InputSource::Path(path) => {
                let mut file = File::open(path).await?;
                let mut piece = vec![0; PIECE];
                loop {
                    let length = file.read(&mut piece).await?;
                    if length == 0 {
                        break;
                    }
                    frame::send(input, &ToWorker::Piece(piece[..length].to_vec())).await?;
                }
            }
        }
        frame::send(input, &ToWorker::Piece(Vec::new())).await?;
    }
    Ok(())
}

async fn size(file: &InputFile) -> io::Result<u64> {
    match &file.source {
        InputSource::Bytes(bytes) => Ok(bytes.len() as u64),
        InputSource::Path(path) => Ok(tokio::fs::metadata(path).await?.len()),
    }
}

async fn hear(
    output: &mut BufReader<ChildStdout>,
    host: &dyn JobHost,
) -> Result<Option<FromWorker>, TaskError> {
    loop {
        match frame::receive(output).await {
            Ok(Some(FromWorker::Event(event))) => host.hear(event).await?,
            Ok(last) => return Ok(last),
            // Cut in the middle of a frame: the worker is gone.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
}

impl Stderr {
    /// Reads until the end, and keeps the last part.
    async fn read_on(&mut self) {
        let mut piece = [0; 1024];
        while let Ok(length @ 1..) = self.pipe.read(&mut piece).await {
            self.end.extend_from_slice(&piece[..length]);
            let surplus = self.end.len().saturating_sub(STDERR_KEPT);
            self.end.drain(..surplus);
        }
    }
}

#[cfg(unix)]
fn over_time(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;

    status.signal() == Some(rustix::process::Signal::XCPU.as_raw())
}

#[cfg(not(unix))]
fn over_time(_status: ExitStatus) -> bool {
    false
}
