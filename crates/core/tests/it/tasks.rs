//! Tasks: their cards, lanes, joins, lines and limits.

mod cards;
mod drafts;
mod files;
mod joins;
mod lanes;
mod lines;
mod restarts;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use duologue_core::command::Arguments;
use duologue_core::testing::{InlineLane, Paper, Record};
use duologue_core::{
    Backends, Context, EngineConfig, HandlerError, Operation, Router, Task, TaskContext, TaskError,
};

use crate::bot::{Bot, command};

const SECOND: Duration = Duration::from_secs(1);

/// A bot whose commands start tasks, on a process lane without processes.
fn start(paper: &Paper, config: EngineConfig, set_up: impl FnOnce(&mut Router)) -> Bot {
    let backends = Backends {
        process: Some(Arc::new(InlineLane)),
        ..Backends::default()
    };
    Bot::start_on(backends, vec![paper.adapter()], config, |router| {
        router.task_commands();
        router.command(command("ping", |_, _| async { "pong" }));
        set_up(router);
    })
}

/// A command that starts a task.
fn starts<F>(name: &str, task: F) -> crate::bot::Closure
where
    F: Fn() -> Task<String> + Send + Sync + 'static,
{
    command(name, move |ctx: Context, _: Arguments| {
        let started = ctx.start(task()).map(drop);
        async move { started }
    })
}

/// A task that counts seconds, each a step.
fn counts(seconds: u64) -> Task<String> {
    Task::new("Counting", move |task: TaskContext| async move {
        for second in 0..seconds {
            task.progress(second, seconds);
            tokio::time::sleep(SECOND).await;
        }
        Ok(format!("counted to {seconds}"))
    })
}

/// Counts how many are alive, and how many were at once.
#[derive(Clone, Default)]
struct Crowd {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

struct Member(Crowd);

impl Crowd {
    fn join(&self) -> Member {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        Member(self.clone())
    }

    fn now(&self) -> usize {
        self.now.load(Ordering::SeqCst)
    }

    fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Runs the body of a task in a bot of its own, and gives what it gave.
async fn inside<T, Fut>(body: impl FnOnce(TaskContext) -> Fut + Send + 'static) -> Result<T, TaskError>
where
    T: Send + 'static,
    Fut: Future<Output = Result<T, TaskError>> + Send + 'static,
{
    let paper = Paper::new();
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let slot = Arc::new(std::sync::Mutex::new(Some((sender, body))));
    let bot = start(&paper, EngineConfig::default(), |router| {
        router.command(command("go", move |ctx: Context, _| {
            let taken = slot.lock().map(|mut slot| slot.take());
            let (sender, body) = taken.ok().flatten().expect("the command is given once");
            let task = Task::new("the body of a test", move |task| async move {
                let _ = sender.send(body(task).await);
                Ok("done")
            });
            let started = ctx.start(task).map(drop);
            async move { started }
        }));
    });
    paper.command("anna", "go");
    let result = receiver.await.expect("the body runs to its end");
    paper.until("the end", |records| !texts(records).is_empty()).await;
    bot.stop().await;
    result
}

/// The words of everything that was sent or changed, in order.
fn texts(records: &[Record]) -> Vec<String> {
    let text = |record: &Record| match &record.operation {
        Operation::Send(send) => Some(send.part.text.text.clone()),
        Operation::Edit { part, .. } => Some(part.text.text.clone()),
        _ => None,
    };
    records.iter().filter_map(text).collect()
}

/// The notes of acknowledged presses.
fn notes(records: &[Record]) -> Vec<String> {
    let note = |record: &Record| match &record.operation {
        Operation::Acknowledge { note, .. } => note.clone(),
        _ => None,
    };
    records.iter().filter_map(note).collect()
}

/// Waits until something that was sent or changed says this.
async fn says(paper: &Paper, words: &str) -> Vec<Record> {
    paper
        .until(words, |records| {
            texts(records).iter().any(|text| text.contains(words))
        })
        .await
}

/// The buttons under a message as it is now, by the words in it.
fn buttons(records: &[Record], words: &str) -> Vec<String> {
    let part = |record: &Record| match &record.operation {
        Operation::Send(send) => Some(send.part.clone()),
        Operation::Edit { part, .. } => Some(part.clone()),
        _ => None,
    };
    let newest = records
        .iter()
        .rev()
        .filter_map(part)
        .find(|part| part.text.text.contains(words));
    let rows = newest.map(|part| part.buttons).unwrap_or_default();
    rows.iter()
        .flatten()
        .map(|wire| wire.button.label.to_string())
        .collect()
}

fn fails(words: &str) -> Result<(), HandlerError> {
    Err(HandlerError::say(words))
}
