//! The worker's side: the entry of a worker process, which runs one job after the other. Owns the pipes to the bot.

use std::fs::File;
use std::io::{self, BufReader, BufWriter};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use duologue_core::task::{WorkerEvent, WorkerPort, run_job};
use smol_str::SmolStr;

use crate::confine;
use crate::frame::{self, FromWorker, Job, ToWorker};

/// The first argument of a worker process. Behind it stand the number of the bot's process and the memory in bytes.
pub const WORKER_ARGUMENT: &str = "__duologue-worker";

/// Whether this process was started as a worker.
#[must_use]
pub fn started_as_worker() -> bool {
    std::env::args_os()
        .nth(1)
        .is_some_and(|first| first == WORKER_ARGUMENT)
}

/// In a worker process: confines it, runs jobs until the bot has no more, and ends the process. Otherwise nothing.
///
/// It is the first thing that `main` does, before any thread or runtime is started: what `main` opened before would be
/// there for the jobs as well.
pub fn serve_if_asked() {
    if started_as_worker() {
        std::process::exit(i32::from(serve().is_err()));
    }
}

fn serve() -> io::Result<()> {
    let mut numbers = std::env::args().skip(2).map(|word| word.parse::<u64>());
    let (Some(Ok(parent)), Some(Ok(memory))) = (numbers.next(), numbers.next()) else {
        return Err(io::Error::other("a worker is started by a bot, not by hand"));
    };
    let (input, output) = pipes()?;
    let measures = confine::confine(memory, u32::try_from(parent).unwrap_or_default());
    let output = Arc::new(Mutex::new(BufWriter::new(output)));
    let input = Arc::new(Mutex::new(BufReader::new(input)));
    frame::write(&mut *lock(&output), &FromWorker::Ready(measures))?;
    loop {
        let message = frame::read(&mut *lock(&input))?;
        let job = match message {
            Some(ToWorker::Job(job)) => job,
            // A piece of a file that nobody waits for would be a fault of ours.
            Some(ToWorker::Piece(_)) => return Err(io::ErrorKind::InvalidData.into()),
            None => return Ok(()),
        };
        let answer = answer(job, &input, &output)?;
        frame::write(&mut *lock(&output), &answer)?;
    }
}

type Input = Arc<Mutex<BufReader<File>>>;
type Output = Arc<Mutex<BufWriter<File>>>;

fn answer(job: Job, input: &Input, output: &Output) -> io::Result<FromWorker> {
    confine::allow(job.processor);
    let names = job
        .files
        .into_iter()
        .map(|(name, bytes)| (name.into(), bytes))
        .collect();
    let port = Arc::new(Port {
        output: Arc::clone(output),
        names,
        files: Mutex::new(Files {
            input: Arc::clone(input),
            current: 0,
            piece: Vec::new(),
            used: 0,
        }),
    });
    let host: Arc<dyn WorkerPort> = Arc::clone(&port) as Arc<dyn WorkerPort>;
    let result = run_job(&host, &job.function, &job.input, job.key, job.within, job.output);
    // What the job did not read is still on its way.
    lock(&port.files).skip_to(port.names.len())?;
    Ok(match result {
        Ok(bytes) => FromWorker::Done(bytes),
        Err(fault) => FromWorker::Failed(fault),
    })
}

/// What a job's context stands on.
struct Port {
    output: Output,
    names: Vec<(SmolStr, u64)>,
    files: Mutex<Files>,
}

/// The files of a job as they arrive, one after the other.
struct Files {
    input: Input,
    /// Which file the next piece belongs to.
    current: usize,
    piece: Vec<u8>,
    used: usize,
}

impl WorkerPort for Port {
    fn tell(&self, event: WorkerEvent) -> io::Result<()> {
        frame::write(&mut *lock(&self.output), &FromWorker::Event(event))
    }

    fn inputs(&self) -> &[(SmolStr, u64)] {
        &self.names
    }

    fn read(&self, file: usize, buffer: &mut [u8]) -> io::Result<usize> {
        let mut files = lock(&self.files);
        if file < files.current {
            return if file + 1 == files.current && files.piece.is_empty() {
                Ok(0)
            } else {
                Err(io::Error::new(
                    io::ErrorKind::NotSeekable,
                    "files are read in their order, each once",
                ))
            };
        }
        files.skip_to(file)?;
        if files.used == files.piece.len() && !files.next_piece()? {
            return Ok(0);
        }
        let rest = &files.piece[files.used..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        files.used += length;
        Ok(length)
    }
}

impl Files {
    /// Takes the next piece; says whether the file has one.
    fn next_piece(&mut self) -> io::Result<bool> {
        let message = frame::read(&mut *lock(&self.input))?;
        let Some(ToWorker::Piece(piece)) = message else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        self.used = 0;
        self.piece = piece;
        if self.piece.is_empty() {
            self.current += 1;
        }
        Ok(!self.piece.is_empty())
    }

    /// Leaves out what is left of the files before this one.
    fn skip_to(&mut self, file: usize) -> io::Result<()> {
        while self.current < file {
            self.next_piece()?;
        }
        Ok(())
    }
}

/// The pipes to the bot under numbers of their own. Whatever a job reads is empty then, and what it prints goes to the
/// standard error, so that it cannot get between the frames.
#[cfg(unix)]
fn pipes() -> io::Result<(File, File)> {
    use std::os::fd::AsFd;

    let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok((input, output))
}

/// The pipes to the bot. A job must not print here.
#[cfg(windows)]
fn pipes() -> io::Result<(File, File)> {
    use std::os::windows::io::AsHandle;

    Ok((
        File::from(io::stdin().as_handle().try_clone_to_owned()?),
        File::from(io::stdout().as_handle().try_clone_to_owned()?),
    ))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
