//! The thread that starts worker processes. A worker dies with the thread that started it, so that thread must live as
//! long as the pool; one of the runtime's own may not.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;

use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use crate::worker::WORKER_ARGUMENT;

/// How many wishes for a worker may wait; each comes from a task with room in its lane.
const WISHES_BOUND: usize = 64;

type Wish = oneshot::Sender<io::Result<Child>>;

/// Starts workers, in a thread of its own that ends with it.
pub(crate) struct Spawner {
    wishes: mpsc::Sender<Wish>,
}

impl Spawner {
    pub(crate) fn start(program: PathBuf, memory: u64) -> io::Result<Self> {
        let (wishes, mut asked) = mpsc::channel::<Wish>(WISHES_BOUND);
        let runtime = Handle::current();
        let work = move || {
            // The runtime waits for the processes and reads their pipes.
            let _inside = runtime.enter();
            while let Some(wish) = asked.blocking_recv() {
                // Nobody may be waiting any more: the process is then killed as it is dropped.
                let _ = wish.send(command(&program, memory).spawn());
            }
        };
        let thread = std::thread::Builder::new().name("worker spawner".to_owned());
        // Detached: it ends when the pool drops the other end, and has nothing to lose.
        thread.spawn(work)?;
        Ok(Self { wishes })
    }

    pub(crate) async fn spawn(&self) -> io::Result<Child> {
        let gone = || io::Error::other("the thread that starts workers has ended");
        let (wish, started) = oneshot::channel();
        self.wishes.send(wish).await.map_err(|_| gone())?;
        started.await.map_err(|_| gone())?
    }
}

fn command(program: &PathBuf, memory: u64) -> Command {
    let mut command = Command::new(program);
    command
        .args([
            WORKER_ARGUMENT,
            &std::process::id().to_string(),
            &memory.to_string(),
        ])
        .env_clear()
        // Each arena of the allocator would reserve address space of its own.
        .env("MALLOC_ARENA_MAX", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    #[cfg(windows)]
    {
        // The system's own libraries are found by this one.
        if let Some(root) = std::env::var_os("SystemRoot") {
            command.env("SystemRoot", root);
        }
    }
    command
}
