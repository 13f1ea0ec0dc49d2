//! Whether people who chat notice the tasks of others: 100 people write to a bot, each four times a second, at first
//! while it is quiet, then while 1,000 others have a task each.
//!
//! The time is that from a message's arrival in the network in memory to the call that sends its answer, so it is the
//! bot's own: the reading, the turn and the outbox. With usual limits 256 tasks of the async lane run and the rest
//! waits; those that run report progress five times a second, and every card that is out is kept true, once a second.
//!
//! - `waiting` has 850 tasks of the async and 150 of the blocking lane, which sleep.
//! - `computing` has 100 of the process lane in place of some: as many as there are processors run, and compute all
//!   the time. The machine has nothing left then, and the bot's threads share their processors with the workers. So
//!   this one stands beside a quiet bot on a machine where as many bare processes compute.
//!
//! The loads take turns in rounds, each with a bot of its own. Shown are medians of the rounds' p50 and p99; a message
//! that was never answered would be said.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use duologue::prelude::*;
use duologue_core::{Operation, Router, TaskLimits};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::args::Role;
use super::drive;
use super::section::Section;
use super::stage::Stage;
use crate::child::Child;
use crate::stats::{Times, median, ratio, time};

/// Who chats, and how often.
const CHATTING: usize = 100;
const EVERY: Duration = Duration::from_millis(250);

/// Who has a task. Their numbers are behind those who chat.
const WORKING: usize = 1_000;

/// How long the tasks have to take their places before the chat counts.
const SETTLE: Duration = Duration::from_secs(2);

/// How long the last messages have to be answered.
const REST: Duration = Duration::from_millis(500);

/// How often a task that runs says how far it is.
const REPORT: Duration = Duration::from_millis(200);

/// Longer than any part.
const LONG: u64 = 10_000;

/// What the others do.
#[derive(Clone, Copy, PartialEq)]
enum Load {
    Quiet,
    Waiting,
    Computing,
    BusyProcesses,
}

const LOADS: [Load; 4] = [Load::Quiet, Load::Waiting, Load::BusyProcesses, Load::Computing];

/// Waiting
#[task]
async fn wait(task: TaskContext) -> Result<String, TaskError> {
    for done in 0..LONG {
        task.progress(done, LONG);
        sleep(REPORT).await;
    }
    Ok("waited".to_owned())
}

/// Sleeping
#[task]
fn doze(task: &TaskContext) -> Result<String, TaskError> {
    for done in 0..LONG {
        task.check()?;
        task.progress(done, LONG);
        std::thread::sleep(REPORT);
    }
    Ok("slept".to_owned())
}

/// Computing
#[task(lane = "process")]
pub(super) fn compute(task: &TaskContext) -> Result<String, TaskError> {
    // Which process it is, for those who want to see its end.
    task.emit(&std::process::id())?;
    let begun = Instant::now();
    let mut number = 1_u64;
    while begun.elapsed() < Duration::from_secs(LONG) {
        for _ in 0..100_000 {
            number = std::hint::black_box(number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        }
        task.progress(begun.elapsed().as_secs(), LONG);
    }
    Ok(number.to_string())
}

/// When each message came, and how long its answer took.
#[derive(Default)]
struct Books {
    written: Mutex<Vec<(Instant, Option<Duration>)>>,
}

impl Books {
    fn lock(&self) -> MutexGuard<'_, Vec<(Instant, Option<Duration>)>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, operation: &Operation) {
        if let Operation::Send(send) = operation
            && let Some(number) = send.part.text.text.strip_prefix("pong ")
            && let Ok(number) = number.parse::<usize>()
            && let Some((at, took)) = self.lock().get_mut(number)
        {
            *took = Some(at.elapsed());
        }
    }
}

pub(super) async fn run(quick: bool) -> Section {
    let (rounds, length) = if quick {
        (1, Duration::from_secs(3))
    } else {
        (4, Duration::from_secs(4))
    };
    let mut figures: [Vec<(f64, f64)>; 4] = Default::default();
    let mut unanswered = 0;
    for _ in 0..rounds {
        for (load, figures) in LOADS.into_iter().zip(&mut figures) {
            let (times, lost) = chat(load, length).await;
            figures.push((times.p50(), times.p99()));
            unanswered += lost;
        }
    }
    section(&figures, unanswered)
}

async fn chat(load: Load, length: Duration) -> (Times, usize) {
    let books = Arc::new(Books::default());
    let heard = Arc::clone(&books);
    let stage = Stage::new(move |operation| heard.hear(operation));
    let mut router = Router::new();
    router.text(|context: Context, message: Message| async move { answer(&context, &message.text.text) });
    let writing = Arc::clone(&stage);
    let work = async {
        let mut busy = Vec::new();
        match load {
            Load::Quiet => {}
            Load::Waiting | Load::Computing => work(&writing, load == Load::Computing),
            Load::BusyProcesses => {
                for _ in 0..TaskLimits::default().process.running {
                    busy.push(Child::start(&Role::Spin.words()).expect("a process can be started"));
                }
            }
        }
        sleep(SETTLE).await;
        write(&writing, &books, length).await;
        sleep(REST).await;
        for child in busy {
            child.kill().await;
        }
    };
    drive::bot(&stage, TaskLimits::default(), drive::usual_pool(), router, work).await;
    let written = std::mem::take(&mut *books.lock());
    let times: Times = written.iter().filter_map(|(_, took)| *took).collect();
    let lost = written.len() - times.len();
    (times, lost)
}

fn answer(context: &Context, words: &str) -> Result<Option<String>, HandlerError> {
    match words {
        "wait" => context.start(wait::task())?,
        "doze" => context.start(doze::task())?,
        "compute" => context.start(compute::task())?,
        number => return Ok(Some(format!("pong {number}"))),
    };
    Ok(None)
}

/// The others start their tasks.
fn work(stage: &Stage, computing: bool) {
    for number in 0..WORKING {
        let words = match number % 20 {
            0..=2 => "doze",
            3 | 4 if computing => "compute",
            _ => "wait",
        };
        stage.text(CHATTING + number, words);
    }
}

/// Everybody writes in turn, spread over time as evenly as the timer allows.
async fn write(stage: &Stage, books: &Books, length: Duration) {
    const STEP: Duration = Duration::from_millis(5);
    let at_once = CHATTING * STEP.as_millis() as usize / EVERY.as_millis() as usize;
    let steps = length.as_millis() / STEP.as_millis();
    let mut clock = interval(STEP);
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for first in (0..steps as usize * at_once).step_by(at_once) {
        clock.tick().await;
        for number in first..first + at_once {
            books.lock().push((Instant::now(), None));
            stage.text(number % CHATTING, number.to_string());
        }
    }
}

fn section(figures: &[Vec<(f64, f64)>; 4], unanswered: usize) -> Section {
    let mut section = Section::new(
        format!("4. {CHATTING} people chat while {WORKING} have tasks"),
        ["p50", "p99", "p50 ratio", "p99 ratio"],
    );
    let [quiet, waiting, busy, computing] =
        [&figures[0], &figures[1], &figures[2], &figures[3]].map(|figures| {
            let p50 = median(figures.iter().map(|(p50, _)| *p50));
            (p50, median(figures.iter().map(|(_, p99)| *p99)))
        });
    for (name, (p50, p99), beside) in [
        ("a quiet bot", quiet, quiet),
        ("waiting tasks / quiet", waiting, quiet),
        ("a quiet bot beside busy processes / quiet", busy, quiet),
        ("computing tasks / beside busy processes", computing, busy),
    ] {
        section.row(
            name,
            [time(p50), time(p99), ratio(p50, beside.0), ratio(p99, beside.1)],
        );
    }
    section.note("A processor that has nothing to do falls asleep, so a quiet machine may answer later than a busy one.");
    if unanswered > 0 {
        section.note(format!("UNANSWERED: {unanswered} messages"));
    }
    section
}
