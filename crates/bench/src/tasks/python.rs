//! The same downloads and the same simulation as a plain Python script does them, with nothing but its standard
//! library: `python/tasks.py`.
//!
//! - Downloads: files of 64 KiB from a server of ours, each 20 ms late, at most 32 at once, each hashed with SHA-256.
//!   Duologue has a task for each file, or a pipeline that hashes in the blocking lane, over one `reqwest` client.
//!   Python has `asyncio` with raw streams and 32 connections that stay open, or 32 threads with `urllib`, which opens
//!   a connection for each file.
//! - Simulation: π by darts in 16 parts, with each language's own generator. Duologue has the process lane, Python a
//!   `ProcessPoolExecutor`, both with a process for each processor, started within the measured time.
//!
//! Each contender is a process that has loaded everything and waits for a word. Wall time is that from the word to the
//! result, by its own clock; processor time is what it and its children have used between the two, so no start of an
//! interpreter is in it; memory is the sum of the peaks of it and its children at the end, where what processes share
//! counts in each of them. Contenders take turns in rounds, and medians are shown. The proofs of the downloads have to
//! be the same everywhere.

use std::path::Path;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use duologue_core::{Context, TaskContext, TaskError, TaskLimits};
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use super::args::Role;
use super::download::{self, Shape};
use super::section::Section;
use super::stage::Stage;
use super::{drive, trials};
use crate::child::{Child, Fault};
use crate::stats::{bytes, median, ratio, time};

/// How many files may be on their way at once.
const BOUND: usize = 32;

/// How long a contender may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// The script, in the sources of this crate.
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/python/tasks.py");

/// What one of ours is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Contender {
    Downloads { shape: Shape, port: u16, files: u64 },
    Trials { trials: u64 },
}

/// What a contender says when it is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Done {
    /// Wall time, in seconds.
    wall: f64,
    /// What came of it.
    proof: String,
}

/// What a contender has used.
#[derive(Clone, Debug, Default)]
struct Used {
    wall: Vec<f64>,
    cpu: Vec<f64>,
    peak: Vec<f64>,
}

/// One contender of a race: a name, and how it is started.
struct Racer {
    name: &'static str,
    start: Box<dyn Fn() -> Result<Child, Fault>>,
    used: Used,
}

/// Measures all contenders, and prints what is not there.
pub(super) async fn measure(quick: bool) -> Result<Section, Fault> {
    let (files, darts, rounds) = if quick {
        (320, 5_000_000, 1)
    } else {
        (1_600, 20_000_000, 3)
    };
    let python = python().await;
    let mut server = Child::start(&Role::Files.words())?;
    let port: u16 = server.hear(PATIENCE).await?;
    let mut downloads = vec![
        ours(
            "for_each_bounded",
            Contender::Downloads {
                shape: Shape::ForEach,
                port,
                files,
            },
        ),
        ours(
            "pipeline",
            Contender::Downloads {
                shape: Shape::Pipeline,
                port,
                files,
            },
        ),
    ];
    let mut simulations = vec![ours("process lane", Contender::Trials { trials: darts })];
    if python.is_ok() {
        let words = [
            format!("http://127.0.0.1:{port}"),
            files.to_string(),
            BOUND.to_string(),
        ];
        downloads.push(theirs("asyncio, raw streams", "asyncio", &words));
        downloads.push(theirs("ThreadPoolExecutor, urllib", "threads", &words));
        simulations.push(theirs("ProcessPoolExecutor", "processes", &[darts.to_string()]));
    }
    for _ in 0..rounds {
        let proofs = race(&mut downloads).await?;
        if proofs.windows(2).any(|pair| pair[0] != pair[1]) {
            return Err(format!("the downloads differ: {proofs:?}"));
        }
        for proof in race(&mut simulations).await? {
            let pi: f64 = proof.parse().map_err(|_| format!("{proof} is no number"))?;
            if (pi - std::f64::consts::PI).abs() > 0.01 {
                return Err(format!("a simulation found π as {pi}"));
            }
        }
    }
    server.kill().await;
    let mut section = Section::new(
        "7. beside plain Python",
        ["wall", "CPU", "peak RSS", "wall ratio", "CPU ratio", "RSS ratio"],
    );
    rows(&mut section, &format!("{files} downloads"), &downloads);
    rows(
        &mut section,
        &format!("{} M trials", darts / 1_000_000),
        &simulations,
    );
    match python {
        Ok(version) => {
            section.note(format!(
                "{version}, its standard library alone. Ratios are to the first row of the same work."
            ));
            section.note(
                "With numpy the inner loop of the simulation would be one in C, and far faster than here.",
            );
            section.note("The server of the files shares the processors with who fetches them.");
        }
        Err(why) => section.note(format!(
            "python3 is not there ({why}): Duologue's rows stand alone."
        )),
    }
    Ok(section)
}

/// The version of Python, or why there is none.
async fn python() -> Result<String, Fault> {
    if !Path::new(SCRIPT).exists() {
        return Err("its script was moved".to_owned());
    }
    let output = Command::new("python3").arg("--version").output().await;
    let output = output.map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn ours(name: &'static str, contender: Contender) -> Racer {
    Racer {
        name,
        start: Box::new(move || Child::start(&Role::Contender(contender).words())),
        used: Used::default(),
    }
}

fn theirs(name: &'static str, job: &'static str, words: &[String]) -> Racer {
    let words = words.to_vec();
    Racer {
        name,
        start: Box::new(move || {
            let mut command = Command::new("python3");
            command.arg(SCRIPT).arg(job).args(&words);
            Child::of(command)
        }),
        used: Used::default(),
    }
}

/// Each once, one after the other: what came of it.
async fn race(racers: &mut [Racer]) -> Result<Vec<String>, Fault> {
    let mut proofs = Vec::new();
    for racer in racers {
        let named = |fault| format!("{}: {fault}", racer.name);
        let mut child = (racer.start)().map_err(named)?;
        let ready: String = child.hear(PATIENCE).await.map_err(named)?;
        if ready != "ready" {
            return Err(named(ready));
        }
        let before = child.usage_of_all().map_err(named)?;
        child.go().await?;
        let done: Done = child.hear(PATIENCE).await.map_err(named)?;
        let after = child.usage_of_all().map_err(named)?;
        child.end().await;
        racer.used.wall.push(done.wall);
        racer.used.cpu.push((after.cpu - before.cpu).as_secs_f64());
        racer.used.peak.push(after.peak as f64);
        proofs.push(done.proof);
    }
    Ok(proofs)
}

fn rows(section: &mut Section, work: &str, racers: &[Racer]) {
    let of = |used: &Used| [&used.wall, &used.cpu, &used.peak].map(|values| median(values.iter().copied()));
    let first = racers.first().map_or([f64::NAN; 3], |racer| of(&racer.used));
    for racer in racers {
        let [wall, cpu, peak] = of(&racer.used);
        section.row(
            format!("{work}: {}", racer.name),
            [
                time(wall),
                time(cpu),
                bytes(peak),
                ratio(wall, first[0]),
                ratio(cpu, first[1]),
                ratio(peak, first[2]),
            ],
        );
    }
}

/// One of ours, in its own process: loads everything, waits for a word, works, and stays until it is killed.
pub(super) async fn run(contender: Contender, told: Receiver<String>) {
    let stage = Stage::new(|_| {});
    let (begin, begun) = tokio::sync::oneshot::channel();
    let work = move |_: Context, task: TaskContext| -> futures_util::future::BoxFuture<'static, _> {
        Box::pin(async move {
            let _: Result<(), _> = begun.await;
            let since = Instant::now();
            let proof = work(&task, contender).await?;
            super::say(&Done {
                wall: since.elapsed().as_secs_f64(),
                proof,
            });
            // Its workers are counted now.
            std::future::pending::<Result<(), TaskError>>().await
        })
    };
    let driven = drive::task(&stage, TaskLimits::default(), drive::usual_pool(), work);
    let word = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        super::say(&"ready");
        // The runtime has other threads, and nothing is measured yet.
        let _ = tokio::task::block_in_place(|| told.recv());
        let _: Result<(), _> = begin.send(());
    };
    tokio::join!(driven, word);
}

async fn work(task: &TaskContext, contender: Contender) -> Result<String, TaskError> {
    match contender {
        Contender::Downloads { shape, port, files } => {
            download::run(task, shape, format!("http://127.0.0.1:{port}"), files, BOUND).await
        }
        Contender::Trials { trials } => {
            let hits = trials::simulate(task, trials).await?;
            Ok(trials::pi(hits, trials).to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Done;

    #[test]
    fn what_the_script_says_is_understood() {
        let line = r#"{"wall": 1.25, "proof": "3.14"}"#;
        let done: Done = serde_json::from_str(line).expect("it is the script's own form");
        assert_eq!((done.wall, done.proof.as_str()), (1.25, "3.14"));
    }
}
