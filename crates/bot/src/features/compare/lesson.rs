//! The lesson itself: the same tasks one after another and side by side, on tokio's clock, with what was measured. Owns
//! the board that says how each task stands.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, interval, sleep};

/// How often the board is shown while tasks run. The outbox sends no more of it than the network takes.
pub(crate) const TICK: Duration = Duration::from_millis(500);

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// How many tasks there are.
    pub(crate) tasks: usize,
    /// How long each takes.
    pub(crate) each: Duration,
}

impl Plan {
    /// How long both ways take together, by the plan.
    pub(crate) fn longest(self) -> Duration {
        let tasks = u32::try_from(self.tasks).unwrap_or(u32::MAX);
        self.each.saturating_mul(tasks.saturating_add(1))
    }
}

/// A way to do several tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    OneAfterAnother,
    SideBySide,
}

/// From when to when a task ran, counted from the beginning of its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) start: Duration,
    pub(crate) end: Duration,
}

/// What was measured of one way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Timeline {
    /// The tasks, in their order.
    pub(crate) stretches: Vec<Stretch>,
    /// From the first beginning to the last end.
    pub(crate) total: Duration,
}

/// What was measured of both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comparison {
    pub(crate) one_after_another: Timeline,
    pub(crate) side_by_side: Timeline,
}

/// How a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Waiting,
    Running { since: Duration },
    Done(Stretch),
}

/// How all tasks of one way stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Board {
    pub(crate) elapsed: Duration,
    pub(crate) tasks: Vec<Standing>,
    each: Duration,
}

impl Comparison {
    /// How many times as fast side by side was.
    pub(crate) fn factor(&self) -> f64 {
        let side_by_side = self.side_by_side.total.as_secs_f64();
        if side_by_side > 0.0 {
            self.one_after_another.total.as_secs_f64() / side_by_side
        } else {
            1.0
        }
    }
}

impl Board {
    /// The board before anything has begun.
    pub(crate) fn new(plan: Plan) -> Self {
        Self {
            elapsed: Duration::ZERO,
            tasks: vec![Standing::Waiting; plan.tasks],
            each: plan.each,
        }
    }

    /// How much of a task is done, from 0 to 1.
    pub(crate) fn done(&self, task: Standing) -> f64 {
        match task {
            Standing::Waiting => 0.0,
            Standing::Done(_) => 1.0,
            Standing::Running { since } => {
                let ran = self.elapsed.saturating_sub(since).as_secs_f64();
                (ran / self.each.as_secs_f64()).clamp(0.0, 1.0)
            }
        }
    }
}

/// Does all tasks in one way and measures them. The board is shown at the beginning and at every tick.
///
/// Cancel safe: dropping it ends the tasks.
pub(crate) async fn perform(plan: Plan, way: Way, mut show: impl FnMut(&Board)) -> Timeline {
    let started = Instant::now();
    let board = Mutex::new(Board::new(plan));
    let tasks = (0..plan.tasks).map(|index| task(index, plan.each, started, &board));
    let mut all = std::pin::pin!(async {
        match way {
            Way::OneAfterAnother => {
                for task in tasks {
                    task.await;
                }
            }
            Way::SideBySide => {
                join_all(tasks).await;
            }
        }
    });
    let mut ticks = interval(TICK);
    loop {
        tokio::select! {
            // The tasks are first: a tick that comes with the last end has no news.
            biased;
            () = &mut all => break,
            _ = ticks.tick() => {
                let mut board = board.lock().unwrap_or_else(PoisonError::into_inner);
                board.elapsed = started.elapsed();
                show(&board);
            }
        }
    }
    let board = board.lock().unwrap_or_else(PoisonError::into_inner);
    let stretches = board.tasks.iter().map(|task| match *task {
        Standing::Done(stretch) => stretch,
        Standing::Waiting | Standing::Running { .. } => Stretch::default(),
    });
    Timeline {
        stretches: stretches.collect(),
        total: started.elapsed(),
    }
}

/// One task. What it does is to wait, as most work of a bot is.
async fn task(index: usize, length: Duration, started: Instant, board: &Mutex<Board>) {
    let note = |standing| {
        board.lock().unwrap_or_else(PoisonError::into_inner).tasks[index] = standing;
    };
    let start = started.elapsed();
    note(Standing::Running { since: start });
    sleep(length).await;
    let end = started.elapsed();
    note(Standing::Done(Stretch { start, end }));
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Board, Plan, Standing, Way, perform};

    const SECOND: Duration = Duration::from_secs(1);

    fn plan(tasks: usize, seconds: u32) -> Plan {
        Plan {
            tasks,
            each: SECOND * seconds,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_after_another_takes_the_sum_and_side_by_side_the_longest() {
        for (tasks, seconds) in [(3, 2), (1, 1), (6, 10)] {
            let plan = plan(tasks, seconds);
            let sum = SECOND * seconds * u32::try_from(tasks).unwrap();
            assert_eq!(perform(plan, Way::OneAfterAnother, |_| {}).await.total, sum);
            assert_eq!(
                perform(plan, Way::SideBySide, |_| {}).await.total,
                SECOND * seconds
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_after_another_each_task_begins_where_the_one_before_ended() {
        let timeline = perform(plan(3, 2), Way::OneAfterAnother, |_| {}).await;
        let starts: Vec<u64> = timeline.stretches.iter().map(|one| one.start.as_secs()).collect();
        assert_eq!(starts, [0, 2, 4]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_board_shows_who_runs_and_who_waits() {
        let mut boards: Vec<Board> = Vec::new();
        perform(plan(2, 2), Way::OneAfterAnother, |board| {
            boards.push(board.clone())
        })
        .await;
        assert_eq!(boards.len(), 8, "twice a second for four seconds");
        let second = &boards[2];
        assert_eq!(second.elapsed, SECOND);
        assert_eq!(second.tasks[1], Standing::Waiting);
        assert!((second.done(second.tasks[0]) - 0.5).abs() < 1e-6);
    }
}
