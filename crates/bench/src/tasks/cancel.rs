//! How long it takes to cancel a task while every lane is full: the async lane with 256 tasks that report progress, the
//! blocking lane with a task on each of its threads, the process lane with a worker that computes on each processor,
//! and more tasks of each kind in line.
//!
//! Tasks that run are cancelled one after the other, in all lanes by turns, by a press on the button of their cards.
//! From the press's arrival it takes so long until
//!
//! - the work has ended: the future was dropped, the function that looks at its token every millisecond has returned,
//!   the worker's process is gone, looked for every 100 µs;
//! - the card says so: the call that changes it to its last state is made.
//!
//! Beside the end of the work stands, under the same load and by turns, what it would be without Duologue: `abort` of a
//! bare tokio task, a flag that a bare thread looks at every millisecond, `kill` of a bare process that computes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use duologue::prelude::*;
use duologue_core::{Lane, Operation, Router, TaskLimits};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::args::Role;
use super::crowd::compute;
use super::drive;
use super::section::Section;
use super::stage::{Stage, whose};
use crate::child::{Child, gone};
use crate::stats::{Times, ratio, time};

/// How many wait in each lane beyond those that are cancelled.
const IN_LINE: usize = 64;

/// How often a blocking task looks at its token, and a bare thread at its flag.
const LOOK: Duration = Duration::from_millis(1);

/// How often a task that runs says how far it is.
const REPORT: Duration = Duration::from_millis(100);

/// How often it is looked whether a process is gone.
const WATCH: Duration = Duration::from_micros(100);

/// How long the tasks have to take their places.
const SETTLE: Duration = Duration::from_secs(3);

/// How long a cancel may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the design allows for a cancel while all workers are busy.
const BUDGET: Duration = Duration::from_millis(300);

/// More than any task reaches.
const LONG: u64 = 1_000_000;

/// The lanes by turns.
const LANES: [Lane; 3] = [Lane::Async, Lane::Blocking, Lane::Process];

/// What is known of the tasks, by who has started them.
#[derive(Default)]
struct Books {
    tasks: Mutex<HashMap<usize, Entry>>,
}

#[derive(Default)]
struct Entry {
    lane: Option<Lane>,
    /// Whether it runs, and in which process.
    runs: Option<u32>,
    /// The button that cancels it.
    token: Option<String>,
    /// What is told when its work has ended, and when its card says so.
    ended: Option<oneshot::Sender<Instant>>,
    told: Option<oneshot::Sender<Instant>>,
}

impl Books {
    fn lock(&self) -> MutexGuard<'_, HashMap<usize, Entry>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, operation: &Operation) {
        let (chat, part) = match operation {
            Operation::Send(send) => (&send.chat, &send.part),
            Operation::Edit { message, part, .. } => (&message.chat, part),
            _ => return,
        };
        let Some(person) = whose(chat) else { return };
        let now = Instant::now();
        let mut tasks = self.lock();
        let entry = tasks.entry(person).or_default();
        let token = part.buttons.iter().flatten().find_map(|wire| wire.token.clone());
        match token {
            Some(token) => entry.token = Some(token.to_string()),
            // The last state of a card has no button.
            None => {
                if let Some(told) = entry.told.take() {
                    let _ = told.send(now);
                }
            }
        }
    }

    fn runs(&self, person: usize, process: u32) {
        self.lock().entry(person).or_default().runs = Some(process);
    }

    fn ended(&self, person: usize) {
        let now = Instant::now();
        if let Some(ended) = self.lock().get_mut(&person).and_then(|entry| entry.ended.take()) {
            let _ = ended.send(now);
        }
    }

    /// Somebody whose task runs in this lane and has a button.
    fn running(&self, lane: Lane) -> Option<usize> {
        let tasks = self.lock();
        let mut running = tasks
            .iter()
            .filter(|(_, entry)| entry.lane == Some(lane) && entry.runs.is_some() && entry.token.is_some());
        running.next().map(|(person, _)| *person)
    }
}

/// Says that work has ended, however it ends.
struct End(Arc<Books>, usize);

impl Drop for End {
    fn drop(&mut self) {
        self.0.ended(self.1);
    }
}

pub(super) async fn run(quick: bool) -> Section {
    let cancels = if quick { 15 } else { 200 };
    let books = Arc::new(Books::default());
    let heard = Arc::clone(&books);
    let stage = Stage::new(move |operation| heard.hear(operation));
    let limits = TaskLimits::default();
    let mut router = Router::new();
    let known = Arc::clone(&books);
    router.text(move |context: Context, message: Message| {
        let person = whose(context.chat()).expect("people are numbers here");
        let started = start(&context, &message.text.text, person, &known);
        async move { started }
    });
    let working = Arc::clone(&stage);
    let room = LANES.map(|lane| match lane {
        Lane::Async => limits.asynchronous.running,
        Lane::Blocking => limits.blocking.running,
        Lane::Process => limits.process.running,
    });
    let work = async {
        let mut person = 0;
        for (lane, room) in LANES.into_iter().zip(room) {
            for _ in 0..room + cancels + IN_LINE {
                person += 1;
                books.lock().entry(person).or_default().lane = Some(lane);
                working.text(person, format!("{lane:?}"));
            }
        }
        sleep(SETTLE).await;
        let mut times: [[Times; 3]; 3] = Default::default();
        for _ in 0..cancels {
            for (lane, times) in LANES.into_iter().zip(&mut times) {
                let (ended, told) = cancel(&working, &books, lane).await;
                times[0].push(bare(lane).await);
                times[1].push(ended);
                times[2].push(told);
            }
        }
        times
    };
    let times = drive::bot(&stage, limits, drive::usual_pool(), router, work).await;
    section(&times)
}

fn start(context: &Context, lane: &str, person: usize, books: &Arc<Books>) -> Result<(), HandlerError> {
    let known = Arc::clone(books);
    match lane {
        "Async" => context.start(Task::new("Waiting", move |task: TaskContext| async move {
            let _end = End(Arc::clone(&known), person);
            known.runs(person, 0);
            for done in 0..LONG {
                task.progress(done, LONG);
                sleep(REPORT).await;
            }
            Ok("waited")
        })),
        "Blocking" => context.start(Task::blocking("Sleeping", move |task: &TaskContext| {
            let _end = End(Arc::clone(&known), person);
            known.runs(person, 0);
            for done in 0..LONG {
                task.check()?;
                task.progress(done, LONG);
                std::thread::sleep(LOOK);
            }
            Ok("slept")
        })),
        _ => context.start(compute::task().receive(move |process: u32| known.runs(person, process))),
    }?;
    Ok(())
}

/// Cancels one task of a lane: how long it takes until its work has ended, and until its card says so.
async fn cancel(stage: &Stage, books: &Arc<Books>, lane: Lane) -> (Duration, Duration) {
    let person = timeout(PATIENCE, async {
        loop {
            if let Some(person) = books.running(lane) {
                return person;
            }
            sleep(Duration::from_millis(5)).await;
        }
    });
    let person = person.await.expect("a task of each lane runs");
    let (ended, end) = oneshot::channel();
    let (told, card) = oneshot::channel();
    let (token, process) = {
        let mut tasks = books.lock();
        let entry = tasks.entry(person).or_default();
        entry.ended = Some(ended);
        entry.told = Some(told);
        // It is not chosen again.
        let process = entry.runs.take().unwrap_or_default();
        (entry.token.take().unwrap_or_default(), process)
    };
    if lane == Lane::Process {
        let books = Arc::clone(books);
        watch(process, move || books.ended(person));
    }
    let pressed = Instant::now();
    stage.press(person, &token);
    let both = timeout(PATIENCE, async { (end.await, card.await) }).await;
    let (end, card) = both.expect("a task ends when it is cancelled");
    let since = |instant: Result<Instant, _>| instant.expect("the books are kept") - pressed;
    (since(end), since(card))
}

/// Calls when a process is gone.
fn watch(process: u32, call: impl FnOnce() + Send + 'static) {
    // Another thread, as the timer of tokio knows only milliseconds.
    tokio::task::spawn_blocking(move || {
        while !gone(process) {
            std::thread::sleep(WATCH);
        }
        call();
    });
}

/// The same without Duologue: how long it takes until bare work has ended.
async fn bare(lane: Lane) -> Duration {
    let (ended, end) = oneshot::channel();
    let asked = match lane {
        Lane::Async => bare_task(ended).await,
        Lane::Blocking => bare_thread(ended).await,
        Lane::Process => bare_process(ended).await,
    };
    end.await.expect("it says when it has ended") - asked
}

/// Says when it is dropped.
struct Dropped(Option<oneshot::Sender<Instant>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        if let Some(ended) = self.0.take() {
            let _ = ended.send(Instant::now());
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "it is what tasks are compared with")]
async fn bare_task(ended: oneshot::Sender<Instant>) -> Instant {
    let task = tokio::spawn(async move {
        let _end = Dropped(Some(ended));
        std::future::pending::<()>().await;
    });
    sleep(Duration::from_millis(10)).await;
    let asked = Instant::now();
    task.abort();
    asked
}

async fn bare_thread(ended: oneshot::Sender<Instant>) -> Instant {
    let flag = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&flag);
    tokio::task::spawn_blocking(move || {
        let _end = Dropped(Some(ended));
        while !seen.load(Ordering::Relaxed) {
            std::thread::sleep(LOOK);
        }
    });
    sleep(Duration::from_millis(10)).await;
    let asked = Instant::now();
    flag.store(true, Ordering::Relaxed);
    asked
}

async fn bare_process(ended: oneshot::Sender<Instant>) -> Instant {
    let process = Child::start(&Role::Spin.words()).expect("a process can be started");
    sleep(Duration::from_millis(30)).await;
    let end = Dropped(Some(ended));
    watch(process.id().unwrap_or_default(), move || drop(end));
    let asked = Instant::now();
    process.kill().await;
    asked
}

fn section(times: &[[Times; 3]; 3]) -> Section {
    let mut section = Section::new(
        format!("5. cancel with all lanes full ({} each)", times[0][0].len()),
        ["p50", "p99", "p50 ratio", "p99 ratio"],
    );
    let names = [
        [
            "async: a bare task's end",
            "async: the work's end / bare",
            "async: the card's last state / bare",
        ],
        [
            "blocking: a bare thread's end",
            "blocking: the work's end / bare",
            "blocking: the card's last state / bare",
        ],
        [
            "process: a bare process's end",
            "process: the worker's end / bare",
            "process: the card's last state / bare",
        ],
    ];
    for (names, times) in names.into_iter().zip(times) {
        for (name, row) in names.into_iter().zip(times) {
            let beside = &times[0];
            section.row(
                name,
                [
                    time(row.p50()),
                    time(row.p99()),
                    ratio(row.p50(), beside.p50()),
                    ratio(row.p99(), beside.p99()),
                ],
            );
        }
    }
    section.note("Two workers compute on the machine's processors all the while, for all rows.");
    let ours = times.iter().flat_map(|[_, ended, told]| [ended, told]);
    let worst = ours.map(Times::p99).fold(0.0, f64::max);
    let verdict = if worst <= BUDGET.as_secs_f64() {
        "kept"
    } else {
        "MISSED"
    };
    section.note(format!(
        "Budget: under {} ms. The worst p99 is {}: {verdict}.",
        BUDGET.as_millis(),
        time(worst)
    ));
    section
}
