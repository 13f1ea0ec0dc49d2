//! A Monte Carlo simulation of a fixed size, as `/simulate` splits its work: 16 parts, each a job of the process lane,
//! on one and on two worker processes.
//!
//! The model is π by darts, with the generator that the shipped bot has. Wall time is that of `gather` in a task of
//! the async lane, with workers that were started before; a worker runs one part after the other. Beside it stand the
//! very same parts on bare threads: on one for the cost of the lane, on two for what the machine gives at all, since
//! two processors that are shared with others are seldom two. The contenders take turns, and medians are shown.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Instant;

use duologue::prelude::*;
use duologue_core::{LaneLimits, TaskLimits};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::drive;
use super::section::Section;
use super::stage::Stage;
use crate::stats::{median, ratio, time};

/// In how many parts the trials are done.
const PARTS: u32 = 16;

/// How many trials lie between two looks at how far it is.
const LOOK_EVERY: u64 = 1 << 16;

/// The numbers are the same in every run.
const SEED: u64 = 2026;

/// Throwing darts
#[task(lane = "process")]
fn darts(task: &TaskContext, part: u32, trials: u64) -> Result<u64, TaskError> {
    Ok(throw(part, trials, |done| task.progress(done, trials)))
}

/// How many of the darts hit the quarter of a circle.
fn throw(part: u32, trials: u64, look: impl Fn(u64)) -> u64 {
    let mut chance = ChaCha8Rng::seed_from_u64(SEED);
    chance.set_stream(u64::from(part));
    let mut hits = 0;
    for done in 0..trials {
        if done % LOOK_EVERY == 0 {
            look(done);
        }
        let (x, y): (f64, f64) = (chance.random(), chance.random());
        hits += u64::from(x * x + y * y <= 1.0);
    }
    hits
}

fn of_part(trials: u64, part: u32) -> u64 {
    let (parts, part) = (u64::from(PARTS), u64::from(part));
    trials / parts + u64::from(part < trials % parts)
}

/// All trials of a task, in worker processes, as many at once as there is room.
pub(super) async fn simulate(task: &TaskContext, trials: u64) -> Result<u64, TaskError> {
    let parts = (0..PARTS).map(|part| darts::task(part, of_part(trials, part)));
    Ok(task.gather(parts).await?.into_iter().sum())
}

/// The simulation's result.
pub(super) fn pi(hits: u64, trials: u64) -> f64 {
    4.0 * hits as f64 / trials as f64
}

pub(super) async fn run(quick: bool) -> Section {
    let (trials, rounds) = if quick { (30_000_000, 2) } else { (200_000_000, 5) };
    let mut walls: [Vec<f64>; 4] = Default::default();
    let mut results = Vec::new();
    for _ in 0..rounds {
        for (count, at) in [(1, 0), (2, 1)] {
            let (wall, hits) = threads(count, trials);
            walls[at].push(wall);
            results.push(hits);
            let (wall, hits) = processes(count, trials).await;
            walls[2 + at].push(wall);
            results.push(hits);
        }
    }
    assert!(
        results.windows(2).all(|pair| pair[0] == pair[1]),
        "the same seed gives the same hits"
    );
    section(
        trials,
        pi(results[0], trials),
        &walls.map(|walls| median(walls.into_iter())),
    )
}

fn threads(count: usize, trials: u64) -> (f64, u64) {
    let (next, hits) = (AtomicU32::new(0), AtomicU64::new(0));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..count {
            scope.spawn(|| {
                loop {
                    let part = next.fetch_add(1, Ordering::Relaxed);
                    if part >= PARTS {
                        return;
                    }
                    hits.fetch_add(throw(part, of_part(trials, part), |_| {}), Ordering::Relaxed);
                }
            });
        }
    });
    (begun.elapsed().as_secs_f64(), hits.into_inner())
}

async fn processes(count: usize, trials: u64) -> (f64, u64) {
    let usual = TaskLimits::default();
    let limits = TaskLimits {
        process: LaneLimits {
            running: count,
            per_person: count,
            per_chat: count,
            ..usual.process
        },
        ..usual
    };
    let stage = Stage::new(|_| {});
    let work = move |_: Context, task: TaskContext| -> futures_util::future::BoxFuture<'static, _> {
        Box::pin(async move {
            // The workers are started.
            simulate(&task, u64::from(PARTS)).await?;
            let begun = Instant::now();
            let hits = simulate(&task, trials).await?;
            Ok((begun.elapsed().as_secs_f64(), hits))
        })
    };
    drive::task(&stage, limits, drive::usual_pool(), work).await
}

fn section(trials: u64, pi: f64, walls: &[f64; 4]) -> Section {
    let [thread, two_threads, process, two_processes] = *walls;
    let mut section = Section::new(
        format!(
            "3. a simulation, {} M trials in {PARTS} parts",
            trials / 1_000_000
        ),
        ["wall", "to a thread", "scaling"],
    );
    let mut row = |name: &str, wall: f64, thread: f64, one: f64| {
        section.row(name, [time(wall), ratio(wall, thread), ratio(one, wall)]);
    };
    row("bare threads: 1", thread, thread, thread);
    row("bare threads: 2", two_threads, two_threads, thread);
    row("process lane: 1 worker / 1 thread", process, thread, process);
    row(
        "process lane: 2 workers / 2 threads",
        two_processes,
        two_threads,
        process,
    );
    section.note(format!(
        "Scaling is one divided by two, 2x at best. Every run found π as {pi:.5}."
    ));
    section
}

#[cfg(test)]
mod tests {
    use super::{PARTS, of_part, pi, throw};

    #[test]
    fn the_parts_are_the_whole_and_find_pi() {
        let trials = 100_001;
        assert_eq!((0..PARTS).map(|part| of_part(trials, part)).sum::<u64>(), trials);
        let hits = (0..PARTS)
            .map(|part| throw(part, of_part(trials, part), |_| {}))
            .sum();
        assert!((pi(hits, trials) - std::f64::consts::PI).abs() < 0.05);
    }
}
