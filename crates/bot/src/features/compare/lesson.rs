//! The lesson itself: the same pieces of work done in four ways, with when each of them ran. Owns nothing.

use std::hint::black_box;
use std::time::{SystemTime, UNIX_EPOCH};

use duologue::prelude::*;
use serde::{Deserialize, Serialize};

use crate::words::compare as words;

/// How long a piece of computing goes on before it looks around: nobody else on the same thread waits longer.
const SLICE: Duration = Duration::from_millis(2);

/// In how many steps a piece of waiting tells how far it is.
const STEPS: u32 = 20;

/// How long computing is tried out to know how much of it takes a second.
const TRIAL: Duration = Duration::from_millis(60);

/// How many rounds are computed between two looks at the clock while it is tried out.
const TRIAL_ROUNDS: u64 = 10_000;

/// How much there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lesson {
    /// How many pieces of work there are.
    pub(crate) pieces: u32,
    /// How long each takes by itself.
    pub(crate) each: Duration,
}

/// What the pieces do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    Waiting,
    Computing,
}

/// A way to do several pieces of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    OneAfterAnother,
    Async,
    Threads,
    Processes,
}

/// From when to when a piece was worked on, counted from the beginning of its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stretch {
    pub(crate) from: Duration,
    pub(crate) to: Duration,
}

/// What was measured of one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Timeline {
    pub(crate) way: Way,
    /// The pieces, in their order.
    pub(crate) pieces: Vec<Stretch>,
    /// Until all was done, with everything that the way costs by itself.
    pub(crate) total: Duration,
}

/// What was measured of one kind of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) work: Work,
    /// The ways, in their order.
    pub(crate) ways: Vec<Timeline>,
}

/// A piece of work, as it is given to a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Piece {
    load: Load,
    /// When its way began, since the Unix epoch: the only clock that processes have in common.
    origin: Duration,
}

/// How much a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Load {
    Wait(Duration),
    Compute { rounds: u64 },
}

impl Way {
    pub(crate) const ALL: [Self; 4] = [Self::OneAfterAnother, Self::Async, Self::Threads, Self::Processes];
}

impl Outcome {
    pub(crate) fn of(&self, way: Way) -> Option<&Timeline> {
        self.ways.iter().find(|timeline| timeline.way == way)
    }

    /// How many pieces of work there were.
    pub(crate) fn pieces(&self) -> usize {
        self.ways.first().map_or(0, |way| way.pieces.len())
    }

    /// How many times as fast as one after another a way was.
    pub(crate) fn factor(&self, timeline: &Timeline) -> f64 {
        let first = self
            .of(Way::OneAfterAnother)
            .map_or(0.0, |first| first.total.as_secs_f64());
        let total = timeline.total.as_secs_f64();
        if total > 0.0 { first / total } else { 1.0 }
    }
}

/// Does one kind of work in all ways. So many steps of so many were done before, and each way is one.
pub(crate) async fn perform(
    task: &TaskContext,
    lesson: Lesson,
    work: Work,
    (begun, steps): (u64, u64),
) -> Result<Outcome, TaskError> {
    let load = match work {
        Work::Waiting => Load::Wait(lesson.each),
        Work::Computing => {
            let rate = task.run(Task::blocking(words::TRYING, |_| Ok(rate()))).await?;
            let rounds = (rate * lesson.each.as_secs_f64()) as u64;
            Load::Compute { rounds }
        }
    };
    let mut ways = Vec::with_capacity(Way::ALL.len());
    for (way, done) in Way::ALL.into_iter().zip(begun + 1..) {
        ways.push(task.run(one_way(lesson.pieces, load, work, way)).await?);
        task.progress(done, steps);
    }
    Ok(Outcome { work, ways })
}

/// All pieces in one way.
fn one_way(pieces: u32, load: Load, work: Work, way: Way) -> Task<Timeline> {
    Task::new(
        words::way_of_work(way, work),
        move |task: TaskContext| async move {
            let origin = now();
            let tasks = (0..pieces).map(|number| {
                let piece = Piece { load, origin };
                let task = match way {
                    Way::OneAfterAnother | Way::Async => in_async(piece),
                    Way::Threads => on_a_thread(piece),
                    Way::Processes => in_a_process::task(piece),
                };
                task.named(words::piece(number))
            });
            let pieces = match way {
                Way::OneAfterAnother => task.for_each_bounded(1, tasks, |task| task).await?,
                Way::Async | Way::Threads | Way::Processes => task.gather(tasks).await?,
            };
            let total = since(origin);
            Ok(Timeline { way, pieces, total })
        },
    )
}

/// A piece in the async lane: it waits without a thread of its own, and computes in slices between which others have
/// their turn. All pieces of a way are polled by one task, so that they share one thread, as in other languages.
fn in_async(piece: Piece) -> Task<Stretch> {
    Task::new(words::PIECE, move |task: TaskContext| async move {
        let from = since(piece.origin);
        match piece.load {
            Load::Wait(length) => {
                for step in 0..STEPS {
                    task.progress(step.into(), STEPS.into());
                    tokio::time::sleep(length / STEPS).await;
                }
            }
            Load::Compute { rounds } => {
                let mut computing = Computing::new(rounds);
                while computing.slice() {
                    task.progress(computing.done, rounds);
                    tokio::task::yield_now().await;
                }
            }
        }
        let to = since(piece.origin);
        Ok(Stretch { from, to })
    })
}

fn on_a_thread(piece: Piece) -> Task<Stretch> {
    Task::blocking(words::PIECE, move |task| work_through(task, piece))
}

/// Piece of work
#[task(lane = "process", processor = "60s")]
fn in_a_process(task: &TaskContext, piece: Piece) -> Result<Stretch, TaskError> {
    work_through(task, piece)
}

/// A piece where waiting keeps the thread.
fn work_through(task: &TaskContext, piece: Piece) -> Result<Stretch, TaskError> {
    let from = since(piece.origin);
    match piece.load {
        Load::Wait(length) => {
            for step in 0..STEPS {
                task.check()?;
                task.progress(step.into(), STEPS.into());
                std::thread::sleep(length / STEPS);
            }
        }
        Load::Compute { rounds } => {
            let mut computing = Computing::new(rounds);
            while computing.slice() {
                task.check()?;
                task.progress(computing.done, rounds);
            }
        }
    }
    let to = since(piece.origin);
    Ok(Stretch { from, to })
}

/// Numbers that are mixed over and over: it needs a processor and nothing else.
struct Computing {
    state: u64,
    done: u64,
    rounds: u64,
    /// How many rounds are done between two looks at the clock.
    step: u64,
}

impl Computing {
    fn new(rounds: u64) -> Self {
        Self {
            state: 0x9E37_79B9_7F4A_7C15,
            done: 0,
            rounds,
            step: TRIAL_ROUNDS,
        }
    }

    /// Goes on for a slice of time; says whether there is more to do.
    fn slice(&mut self) -> bool {
        let begun = std::time::Instant::now();
        while self.done < self.rounds {
            let step = self.step.min(self.rounds - self.done);
            self.state = mix(self.state, step);
            self.done += step;
            if begun.elapsed() >= SLICE {
                break;
            }
        }
        self.done < self.rounds
    }
}

fn mix(mut state: u64, rounds: u64) -> u64 {
    for _ in 0..rounds {
        state = (state ^ (state >> 29))
            .wrapping_mul(0xBF58_476D_1CE4_E5B9)
            .rotate_left(17);
    }
    black_box(state)
}

/// How many rounds a second this machine computes on one thread.
fn rate() -> f64 {
    let begun = std::time::Instant::now();
    let mut rounds = 0;
    while begun.elapsed() < TRIAL {
        mix(black_box(1), TRIAL_ROUNDS);
        rounds += TRIAL_ROUNDS;
    }
    rounds as f64 / begun.elapsed().as_secs_f64()
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn since(origin: Duration) -> Duration {
    now().saturating_sub(origin)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Computing, SLICE, rate};

    #[test]
    fn computing_looks_around_after_every_slice_and_ends_with_its_last_round() {
        let mut computing = Computing::new(u64::MAX);
        let begun = Instant::now();
        assert!(computing.slice());
        assert!(begun.elapsed() >= SLICE);
        assert!(computing.done > 0);
        let mut few = Computing::new(10);
        assert!(!few.slice());
        assert_eq!(few.done, 10);
    }

    #[test]
    fn a_second_of_computing_is_a_number_of_rounds() {
        let rounds = (rate() * Duration::from_millis(20).as_secs_f64()) as u64;
        assert!(rounds > 0);
        let mut computing = Computing::new(rounds);
        while computing.slice() {}
        assert_eq!(computing.done, rounds);
    }
}
