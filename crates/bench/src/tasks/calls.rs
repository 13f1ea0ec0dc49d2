//! What a call of a function in a worker process costs, there and back: the function gives back the bytes that it is
//! given.
//!
//! A call is `task.run(echo::task(bytes))` in a task of the async lane, awaited: a place in the line, the arguments
//! written, both ways through the pipe, the result read. Beside it stand
//!
//! - the same function, called directly, which moves its argument whatever its length;
//! - a bare pipe: a process of ours that gives back each frame, a length and as many bytes, without anything around it;
//! - a fresh process for each call: that same bare process, started, asked once and waited for; and a worker of the
//!   pool that is replaced after each call, confined as always.
//!
//! Calls follow one another. The contenders take turns in rounds, each of them with a warm-up that is not counted. Two
//! processes that wait for each other are fast or slow for a whole round, by whether they share a processor, or one
//! that sleeps has to be woken: so beside the p50 and p99 over all calls stands the p50 of the best round, and the
//! ratio is that of the best rounds.
//!
//! The row "usual settings" shows what the replacement of a worker after 100 jobs does. Bytes per second are those of
//! the payload, counted once although they travel there and back.

use std::hint::black_box;
use std::io::{Read, Write};
use std::process::Stdio;
use std::time::Instant;

use duologue::prelude::*;
use duologue_core::TaskLimits;
use duologue_lanes::WorkerPool;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use super::args::Role;
use super::drive;
use super::section::Section;
use super::stage::Stage;
use crate::child::Fault;
use crate::stats::{Times, bytes, rate, ratio, time};

/// The payloads, in bytes.
const SMALL: usize = 16;
const MIDDLE: usize = 1 << 10;
const LARGE: usize = 1 << 20;

/// The longest frame of the bare process.
const LONGEST: usize = 4 << 20;

/// Giving back
#[task(lane = "process")]
fn echo(bytes: Vec<u8>) -> Result<Vec<u8>, TaskError> {
    Ok(bytes)
}

/// Who is called.
#[derive(Clone, Copy, PartialEq)]
enum Callee {
    Direct,
    Pipe,
    Worker,
    UsualWorker,
    FreshProcess,
    FreshWorker,
}

use Callee::{Direct, FreshProcess, FreshWorker, Pipe, UsualWorker, Worker};

/// What is measured: who, how many bytes, and how often in a round.
const CALLS: [(Callee, usize, usize); 10] = [
    (Direct, SMALL, 5_000),
    (Pipe, SMALL, 600),
    (Worker, SMALL, 600),
    (UsualWorker, SMALL, 600),
    (FreshProcess, SMALL, 20),
    (FreshWorker, SMALL, 20),
    (Pipe, MIDDLE, 600),
    (Worker, MIDDLE, 600),
    (Pipe, LARGE, 40),
    (Worker, LARGE, 40),
];

pub(super) async fn run(quick: bool) -> Section {
    let rounds = if quick { 3 } else { 12 };
    let mut times = CALLS.map(|_| Vec::new());
    for _ in 0..rounds {
        for ((callee, size, count), times) in CALLS.into_iter().zip(&mut times) {
            let took = calls(callee, size, count).await;
            times.push(took.expect("the processes answer"));
        }
    }
    section(&times)
}

async fn calls(callee: Callee, size: usize, count: usize) -> Result<Times, Fault> {
    let payload = vec![7; size];
    match callee {
        Direct => Ok(direct(&payload, count)),
        Pipe => beside(pipe(payload, count)).await,
        FreshProcess => beside(fresh(payload, count)).await,
        Worker => Ok(workers(drive::pool(u32::MAX), payload, count).await),
        UsualWorker => Ok(workers(drive::usual_pool(), payload, count).await),
        FreshWorker => Ok(workers(drive::pool(1), payload, count).await),
    }
}

/// On a thread of the runtime, as tasks run: what waits in `block_on` itself is woken later.
#[expect(clippy::disallowed_methods, reason = "it is what tasks are compared with")]
async fn beside(
    calls: impl Future<Output = std::io::Result<Times>> + Send + 'static,
) -> Result<Times, Fault> {
    let ended = tokio::spawn(calls).await.map_err(|error| error.to_string())?;
    ended.map_err(|error| error.to_string())
}

fn direct(payload: &[u8], count: usize) -> Times {
    let call = |_| {
        let bytes = black_box(payload.to_vec());
        let begun = Instant::now();
        // The argument is owned here as it is in a worker, so there is nothing to copy.
        let _ = black_box(echo(bytes));
        begun.elapsed()
    };
    (0..count).map(call).collect()
}

async fn workers(pool: WorkerPool, payload: Vec<u8>, count: usize) -> Times {
    let stage = Stage::new(|_| {});
    let work = move |_: Context, task: TaskContext| -> futures_util::future::BoxFuture<'static, _> {
        Box::pin(async move {
            let mut times = Times::default();
            let warm_up = warm_up(count);
            for number in 0..warm_up + count {
                let bytes = payload.clone();
                let begun = Instant::now();
                let back = task.run(echo::task(bytes)).await?;
                let took = begun.elapsed();
                if back.len() != payload.len() {
                    return Err("a worker lost some bytes".into());
                }
                if number >= warm_up {
                    times.push(took);
                }
            }
            Ok(times)
        })
    };
    drive::task(&stage, TaskLimits::default(), pool, work).await
}

async fn pipe(payload: Vec<u8>, count: usize) -> std::io::Result<Times> {
    let mut process = bare_process()?;
    let mut times = Times::default();
    let warm_up = warm_up(count);
    for number in 0..warm_up + count {
        let begun = Instant::now();
        ask(&mut process, &payload).await?;
        if number >= warm_up {
            times.push(begun.elapsed());
        }
    }
    Ok(times)
}

async fn fresh(payload: Vec<u8>, count: usize) -> std::io::Result<Times> {
    let mut times = Times::default();
    for _ in 0..count {
        let begun = Instant::now();
        let mut process = bare_process()?;
        ask(&mut process, &payload).await?;
        drop(process.stdin.take());
        process.wait().await?;
        times.push(begun.elapsed());
    }
    Ok(times)
}

fn warm_up(count: usize) -> usize {
    count / 20
}

/// This program, giving back frames: [`give_back`].
fn bare_process() -> std::io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .args(Role::Pipe.words())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
}

async fn ask(process: &mut Child, payload: &[u8]) -> std::io::Result<()> {
    let (Some(input), Some(output)) = (&mut process.stdin, &mut process.stdout) else {
        return Err(std::io::ErrorKind::BrokenPipe.into());
    };
    let mut frame = Vec::with_capacity(4 + payload.len());
    frame.extend((payload.len() as u32).to_le_bytes());
    frame.extend(payload);
    input.write_all(&frame).await?;
    let length = output.read_u32_le().await? as usize;
    let mut back = vec![0; length.min(LONGEST)];
    output.read_exact(&mut back).await?;
    black_box(back);
    Ok(())
}

/// The bare process: gives back each frame until there are no more.
pub(super) fn give_back() -> std::io::Result<()> {
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    let mut length = [0; 4];
    while input.read_exact(&mut length).is_ok() {
        let bytes = u32::from_le_bytes(length) as usize;
        let mut frame = vec![0; 4 + bytes.min(LONGEST)];
        frame[..4].copy_from_slice(&length);
        input.read_exact(&mut frame[4..])?;
        output.write_all(&frame)?;
        output.flush()?;
    }
    Ok(())
}

fn section(times: &[Vec<Times>; CALLS.len()]) -> Section {
    let mut section = Section::new(
        "2. a call in a worker process, there and back",
        ["p50", "p99", "calls", "payload", "best p50", "ratio of best"],
    );
    let best = |rounds: &[Times]| rounds.iter().map(Times::p50).fold(f64::NAN, f64::min);
    let of = |callee, size| {
        let mut calls = CALLS.iter();
        let place = calls.position(|(other, bytes, _)| (*other, *bytes) == (callee, size));
        place.map_or(f64::NAN, |place| best(&times[place]))
    };
    for ((callee, size, _), rounds) in CALLS.into_iter().zip(times) {
        let (name, beside) = match callee {
            Direct => ("the function itself", Direct),
            Pipe if size == SMALL => ("a bare pipe / function", Direct),
            Pipe => ("a bare pipe", Pipe),
            Worker => ("process lane, warm worker / bare pipe", Pipe),
            UsualWorker => ("process lane, usual settings / warm worker", Worker),
            FreshProcess => ("a bare fresh process / warm worker", Worker),
            FreshWorker => ("a fresh worker for each call / warm worker", Worker),
        };
        let all: Times = rounds.iter().flat_map(Times::iter).collect();
        let per_second = all.per_second();
        section.row(
            format!("{}: {name}", bytes(size as f64)),
            [
                time(all.p50()),
                time(all.p99()),
                rate(per_second),
                match size {
                    SMALL => "-".to_owned(),
                    size => format!("{}/s", bytes(per_second * size as f64)),
                },
                time(best(rounds)),
                ratio(best(rounds), of(beside, size)),
            ],
        );
    }
    section.note("Calls are those in a second, one after the other: the mean, so replaced workers count.");
    section
}
