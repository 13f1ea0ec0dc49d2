//! How much memory a task takes that waits, and one that runs and sleeps, each of another person and with its card.
//!
//! What is resident of a process of its own is read before and after so many tasks were started and everything has come
//! to rest, and the difference is divided by their number. It is everything that the bot keeps for such a task: the
//! event that started it, its place in the line, the card as it was sent, the button. The bare baseline is a tokio task
//! that sleeps and holds nothing. The allocator rounds up and keeps what was freed; each figure is the median of three
//! processes.

use std::time::Duration;

use duologue_core::{Context, LaneLimits, Message, Router, Task, TaskContext, TaskLimits};
use tokio::time::sleep;

use super::args::Role;
use super::drive;
use super::section::Section;
use super::stage::Stage;
use crate::child::{self, Child, Fault};
use crate::stats::{bytes, median, ratio};

/// How long everything has to come to rest.
const SETTLE: Duration = Duration::from_secs(2);

/// How long a process may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Longer than any part.
const LONG: Duration = Duration::from_secs(3600);

/// Whose memory is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bare,
    Waiting,
    Running,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Bare, Self::Waiting, Self::Running];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Waiting => "waiting",
            Self::Running => "running",
        }
    }

    pub(super) fn named(name: &str) -> Result<Self, String> {
        let mut kinds = Self::ALL.into_iter();
        kinds
            .find(|kind| kind.name() == name)
            .ok_or_else(|| format!("there is no memory of {name}"))
    }
}

/// Measures in processes of their own.
pub(super) async fn measure(quick: bool) -> Result<Section, Fault> {
    let (count, rounds) = if quick { (10_000, 1) } else { (10_000, 3) };
    let mut figures: [Vec<f64>; 3] = Default::default();
    for _ in 0..rounds {
        for (kind, figures) in Kind::ALL.into_iter().zip(&mut figures) {
            let mut child = Child::start(&Role::Memory(kind, count).words())?;
            let bytes: Result<u64, Fault> = child.hear(PATIENCE).await?;
            child.kill().await;
            figures.push(bytes? as f64 / count as f64);
        }
    }
    let mut section = Section::new(format!("6. memory of each of {count} tasks"), ["each", "ratio"]);
    let [bare, waiting, running] = figures.map(|figures| median(figures.into_iter()));
    for (name, figure) in [
        ("a bare tokio task that sleeps", bare),
        ("a task in line / bare", waiting),
        ("a task that sleeps in the async lane / bare", running),
    ] {
        section.row(name, [bytes(figure), ratio(figure, bare)]);
    }
    Ok(section)
}

/// In a process of its own: the bytes that so many take.
pub(super) async fn run(kind: Kind, count: usize) -> Result<u64, Fault> {
    match kind {
        Kind::Bare => bare(count).await,
        Kind::Waiting => tasks(1, count).await,
        Kind::Running => tasks(count + 1, count).await,
    }
}

#[expect(clippy::disallowed_methods, reason = "it is what tasks are compared with")]
async fn bare(count: usize) -> Result<u64, Fault> {
    sleep(SETTLE).await;
    let before = child::resident()?;
    for _ in 0..count {
        tokio::spawn(sleep(LONG));
    }
    sleep(SETTLE).await;
    Ok(child::resident()?.saturating_sub(before))
}

async fn tasks(running: usize, count: usize) -> Result<u64, Fault> {
    let usual = TaskLimits::default();
    let limits = TaskLimits {
        asynchronous: LaneLimits {
            running,
            waiting: count + 1,
            ..usual.asynchronous
        },
        // What a task says that it needs is not what is measured here.
        memory: u64::MAX,
        ..usual
    };
    let mut router = Router::new();
    router.text(|context: Context, _: Message| async move {
        let task = Task::new("Waiting", |_: TaskContext| async {
            sleep(LONG).await;
            Ok("waited")
        });
        context.start(task).map(drop)
    });
    let stage = Stage::new(|_| {});
    let work = async {
        // One that runs, so that the others wait, and everything that is there once is there.
        stage.text(0, "wait");
        sleep(SETTLE).await;
        let before = child::resident()?;
        for person in 1..=count {
            stage.text(person, "wait");
        }
        sleep(SETTLE * 2).await;
        Ok(child::resident()?.saturating_sub(before))
    };
    drive::bot(&stage, limits, drive::usual_pool(), router, work).await
}
