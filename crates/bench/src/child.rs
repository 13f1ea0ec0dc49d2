//! The processes that a benchmark starts: the same program again with a role, or another program. A child is killed when
//! its handle goes.

use std::ffi::OsStr;
use std::io::BufRead;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{ChildStdin, ChildStdout, Command};

/// A process of ours.
pub(crate) struct Child {
    process: tokio::process::Child,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

/// What a process has used since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Time on the processor, of the program and of the kernel for it.
    pub(crate) cpu: Duration,
    /// The most memory it had at a time, in bytes.
    pub(crate) peak: u64,
}

/// The times of a process as the kernel tells them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Times {
    own: Duration,
    /// Those of its children that have ended and were waited for, with their own.
    ended: Duration,
}

/// Something went wrong with a process; the words say what.
pub(crate) type Fault = String;

/// Proxies are not for the loopback.
const PROXIES: [&str; 6] = [
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
];

/// The kernel counts a process's time in hundredths of a second, on every machine where Rust runs.
const TICK: Duration = Duration::from_millis(10);

/// How long a process may take to end by itself.
const END: Duration = Duration::from_secs(5);

/// A runtime on the thread of the caller.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("the system has room for a runtime")
}

/// A runtime as `#[tokio::main]` makes it.
pub(crate) fn runtime_of_a_bot() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("the system has room for a runtime")
}

impl Child {
    /// Starts this program with other arguments.
    pub(crate) fn start(args: &[impl AsRef<OsStr>]) -> Result<Self, Fault> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        command.args(args);
        Self::of(command)
    }

    /// Starts any program that ends with its standard input.
    pub(crate) fn of(mut command: Command) -> Result<Self, Fault> {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        for name in PROXIES {
            command.env_remove(name);
        }
        let mut process = command.spawn().map_err(|error| error.to_string())?;
        let input = process.stdin.take().ok_or("the child has no input")?;
        let output = process.stdout.take().ok_or("the child has no output")?;
        Ok(Self {
            process,
            input,
            lines: BufReader::new(output).lines(),
        })
    }

    /// Its number, while it was not waited for.
    pub(crate) fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// The next thing that it says.
    pub(crate) async fn hear<T: DeserializeOwned>(&mut self, within: Duration) -> Result<T, Fault> {
        let line = tokio::time::timeout(within, self.lines.next_line())
            .await
            .map_err(|_| format!("a process said nothing for {within:?}"))?
            .map_err(|error| error.to_string())?
            .ok_or("a process ended too early")?;
        serde_json::from_str(&line).map_err(|error| format!("{error} in {line:?}"))
    }

    /// Lets it begin.
    pub(crate) async fn go(&mut self) -> Result<(), Fault> {
        self.input
            .write_all(b"go\n")
            .await
            .map_err(|error| error.to_string())?;
        self.input.flush().await.map_err(|error| error.to_string())
    }

    /// What it has used until now, without its children.
    pub(crate) fn usage(&self) -> Result<Usage, Fault> {
        let id = self.process.id().ok_or("the process has ended")?;
        Ok(Usage {
            cpu: times(&read(id, "stat")?)
                .ok_or("the process's times cannot be read")?
                .own,
            peak: memory(&read(id, "status")?, "VmHWM:").ok_or("the process's memory cannot be read")?,
        })
    }

    /// What it and all below it have used until now. The peaks of those that live are added up; memory that several
    /// share counts for each of them.
    pub(crate) fn usage_of_all(&self) -> Result<Usage, Fault> {
        let id = self.process.id().ok_or("the process has ended")?;
        let mut whole = self.usage()?;
        whole.cpu += times(&read(id, "stat")?).unwrap_or_default().ended;
        let mut below = children(id);
        while let Some(id) = below.pop() {
            // One that ends meanwhile is counted with its parent.
            let (Ok(stat), Ok(status)) = (read(id, "stat"), read(id, "status")) else {
                continue;
            };
            let times = times(&stat).unwrap_or_default();
            whole.cpu += times.own + times.ended;
            whole.peak += memory(&status, "VmHWM:").unwrap_or_default();
            below.extend(children(id));
        }
        Ok(whole)
    }

    /// Lets it end with its input, so that it can end its own children first; after a while it is killed.
    pub(crate) async fn end(self) {
        let Self {
            mut process, input, ..
        } = self;
        drop(input);
        if tokio::time::timeout(END, process.wait()).await.is_err() {
            let _ = process.kill().await;
        }
    }

    /// Kills it and waits for its end.
    pub(crate) async fn kill(mut self) {
        // It may have ended by itself.
        let _ = self.process.kill().await;
    }
}

/// Lets this process end when whoever started it is gone. What comes in, line by line, is what it is told.
pub(crate) fn end_with_parent() -> Receiver<String> {
    let (told, hears) = channel();
    let watch = move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            // Most processes are told nothing, and do not listen.
            let _ = told.send(line);
        }
        // The input ends with the process that holds the other end.
        std::process::exit(0);
    };
    std::thread::Builder::new()
        .name("parent".to_owned())
        .spawn(watch)
        .expect("the system has room for a thread");
    hears
}

/// The memory that this process has now, in bytes.
pub(crate) fn resident() -> Result<u64, Fault> {
    memory(&read(std::process::id(), "status")?, "VmRSS:")
        .ok_or_else(|| "the memory of this process cannot be read".to_owned())
}

/// Whether a process is gone. One that has ended and was not waited for yet is.
pub(crate) fn gone(id: u32) -> bool {
    read(id, "stat").map_or(true, |stat| {
        stat.rsplit_once(')')
            .is_none_or(|(_, rest)| rest.starts_with(" Z"))
    })
}

fn read(id: u32, name: &str) -> Result<String, Fault> {
    std::fs::read_to_string(format!("/proc/{id}/{name}")).map_err(|error| error.to_string())
}

/// The processes that the threads of a process have started.
fn children(id: u32) -> Vec<u32> {
    let threads = std::fs::read_dir(format!("/proc/{id}/task"));
    let lists = threads
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| numbers(&list)).collect()
}

fn numbers(list: &str) -> Vec<u32> {
    list.split_whitespace()
        .filter_map(|number| number.parse().ok())
        .collect()
}

/// The fields from the 14th on; the second one is a name in parentheses that may hold anything.
fn times(stat: &str) -> Option<Times> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some(Times {
        own: TICK * (ticks()? + ticks()?),
        ended: TICK * (ticks()? + ticks()?),
    })
}

fn memory(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_memory_are_read_from_the_kernels_files() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194560 100 0 0 0 25 5 3 1 20 0 3 0 99 1000 200";
        let times = times(stat).expect("all fields are there");
        assert_eq!(times.own, Duration::from_millis(300));
        assert_eq!(times.ended, Duration::from_millis(40));
        let status = "Name:\tx\nVmHWM:\t   2048 kB\nVmRSS:\t   1024 kB\n";
        assert_eq!(memory(status, "VmHWM:"), Some(2 << 20));
        assert_eq!(memory(status, "VmRSS:"), Some(1 << 20));
        assert_eq!(memory(status, "VmSwap:"), None);
    }

    #[test]
    fn children_are_numbers_in_a_line() {
        assert_eq!(numbers("12 7 \n"), [12, 7]);
        assert!(numbers("").is_empty());
    }

    #[test]
    fn this_process_is_there_and_has_memory() {
        assert!(!gone(std::process::id()));
        assert!(gone(u32::MAX));
        assert!(resident().expect("it can be read") > 0);
    }
}
