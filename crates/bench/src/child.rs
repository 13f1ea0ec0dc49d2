//! The processes that the benchmark starts: the same program again, with a role. A child is killed when its handle goes.

use std::process::Stdio;
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
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// Time on the processor, of the program and of the kernel for it.
    pub(crate) cpu: Duration,
    /// The most memory it had at a time, in bytes.
    pub(crate) peak: u64,
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

/// A runtime on the thread of the caller.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("the system has room for a runtime")
}

impl Child {
    /// Starts this program with other arguments.
    pub(crate) fn start(args: &[&str]) -> Result<Self, Fault> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        command
            .args(args)
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

    /// What it has used until now.
    pub(crate) fn usage(&self) -> Result<Usage, Fault> {
        let id = self.process.id().ok_or("the process has ended")?;
        let read =
            |name| std::fs::read_to_string(format!("/proc/{id}/{name}")).map_err(|error| error.to_string());
        Ok(Usage {
            cpu: cpu(&read("stat")?).ok_or("the process's times cannot be read")?,
            peak: peak(&read("status")?).ok_or("the process's memory cannot be read")?,
        })
    }

    /// Ends it and waits for its end.
    pub(crate) async fn kill(mut self) {
        // It may have ended by itself.
        let _ = self.process.kill().await;
    }
}

/// The 14th and 15th field; the second one is a name in parentheses that may hold anything.
fn cpu(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some(TICK * (ticks()? + ticks()?))
}

fn peak(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_memory_are_read_from_the_kernels_files() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194560 100 0 0 0 25 5 0 0 20 0 3 0 99 1000 200";
        assert_eq!(cpu(stat), Some(Duration::from_millis(300)));
        assert_eq!(peak("Name:\tx\nVmHWM:\t   2048 kB\n"), Some(2 << 20));
    }
}
