//! How long a task takes from its start by a handler's context to the first thing that it says: `progress` and right
//! behind it a value that whoever started it hears.
//!
//! The clock runs from before [`Context::start`] to when a waiting future has heard the value. Tasks are started one
//! after the other, each when the result of the one before was sent. Beside the async lane stands a bare `tokio::spawn`
//! whose future sends into the same channel, beside the blocking lane `spawn_blocking`; the process lane, which has a
//! worker process to reach, stands beside `tokio::spawn` as well. They take turns, one by one.

use std::time::Instant;

use duologue::prelude::*;
use duologue_core::{Lane, Operation, TaskLimits};
use tokio::sync::mpsc;

use super::drive;
use super::section::Section;
use super::stage::Stage;
use crate::child::Fault;
use crate::stats::{Times, ratio, time};

/// How many tasks are started in each lane.
fn starts(quick: bool) -> usize {
    if quick { 500 } else { 3_000 }
}

/// How many are started before the clock counts.
const WARM_UP: usize = 50;

/// What the tasks of this part say last.
const ENDED: &str = "ended";

/// First words
#[task]
async fn waiting(task: TaskContext) -> Result<&'static str, TaskError> {
    first_words(&task)
}

/// First words
#[task]
fn blocking(task: &TaskContext) -> Result<&'static str, TaskError> {
    first_words(task)
}

/// First words
#[task(lane = "process")]
fn computing(task: &TaskContext) -> Result<String, TaskError> {
    first_words(task).map(str::to_owned)
}

fn first_words(task: &TaskContext) -> Result<&'static str, TaskError> {
    task.progress(1, 2);
    task.emit(&())?;
    Ok(ENDED)
}

/// What is started.
#[derive(Clone, Copy, PartialEq)]
enum Start {
    Spawn,
    SpawnBlocking,
    Task(Lane),
}

const ALL: [Start; 5] = [
    Start::Spawn,
    Start::Task(Lane::Async),
    Start::SpawnBlocking,
    Start::Task(Lane::Blocking),
    Start::Task(Lane::Process),
];

pub(super) async fn run(quick: bool) -> Section {
    let (said, mut ended) = mpsc::channel(8);
    let stage = Stage::new(move |operation| {
        if let Operation::Send(send) = operation
            && send.part.text.text == ENDED
        {
            let _ = said.try_send(());
        }
    });
    let work = move |context: Context, _: TaskContext| -> futures_util::future::BoxFuture<'static, _> {
        Box::pin(async move {
            let (said, mut heard) = mpsc::channel(8);
            let mut times = ALL.map(|_| Times::default());
            for round in 0..WARM_UP + starts(quick) {
                for (start, times) in ALL.into_iter().zip(&mut times) {
                    let begun = Instant::now();
                    begin(start, &context, said.clone())?;
                    heard.recv().await.ok_or("nobody says anything")?;
                    let took = begun.elapsed();
                    if matches!(start, Start::Task(_)) {
                        ended.recv().await.ok_or("no result was sent")?;
                    }
                    if round >= WARM_UP {
                        times.push(took);
                    }
                }
            }
            Ok(times)
        })
    };
    let times = drive::task(&stage, TaskLimits::default(), drive::pool(u32::MAX), work).await;
    section(&times)
}

#[expect(clippy::disallowed_methods, reason = "it is what tasks are compared with")]
fn begin(start: Start, context: &Context, said: mpsc::Sender<()>) -> Result<(), Fault> {
    let hear = {
        let said = said.clone();
        move |()| {
            let _ = said.try_send(());
        }
    };
    let started = match start {
        Start::Spawn => {
            tokio::spawn(async move { said.send(()).await });
            return Ok(());
        }
        Start::SpawnBlocking => {
            tokio::task::spawn_blocking(move || said.try_send(()));
            return Ok(());
        }
        Start::Task(Lane::Async) => context.start(waiting::task().receive(hear)),
        Start::Task(Lane::Blocking) => context.start(blocking::task().receive(hear)),
        Start::Task(Lane::Process) => context.start(computing::task().receive(hear)),
    };
    started.map(drop).map_err(|error| format!("{error:?}"))
}

fn section(times: &[Times; 5]) -> Section {
    let [spawn, waiting, spawn_blocking, blocking, computing] = times;
    let count = spawn.len();
    let mut section = Section::new(
        format!("1. start of a task to its first progress ({count} each)"),
        ["p50", "p99", "p50 ratio", "p99 ratio"],
    );
    let mut row = |name: &str, times: &Times, beside: &Times| {
        section.row(
            name,
            [
                time(times.p50()),
                time(times.p99()),
                ratio(times.p50(), beside.p50()),
                ratio(times.p99(), beside.p99()),
            ],
        );
    };
    row("a bare tokio::spawn", spawn, spawn);
    row("async lane / spawn", waiting, spawn);
    row("a bare spawn_blocking", spawn_blocking, spawn_blocking);
    row("blocking lane / spawn_blocking", blocking, spawn_blocking);
    row("process lane, warm worker / spawn", computing, spawn);
    section
        .note("With its card, its place in the line, its cancel button and its limits; one after the other.");
    section
}
