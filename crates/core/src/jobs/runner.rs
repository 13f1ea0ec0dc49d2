//! Hands jobs that are due to their handlers, and keeps what became of them. Owns how often each job has failed.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{FutureExt, StreamExt, stream};
use smol_str::SmolStr;
use tokio_util::sync::CancellationToken;

use super::context::JobContext;
use super::schedule;
use crate::engine::Shared;
use crate::executor::panic_text;
use crate::reply::{HandlerError, HandlerErrorKind};
use crate::store::{BotAccount, Commit, DueRequest, Job, JobId, Missed, Outcome, StoreError, Write};

/// How many jobs run at once, and how many are fetched for that.
const AT_ONCE: usize = 8;
const BATCH: usize = 64;

/// The longest time between two looks, for clocks that are set meanwhile.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// A job that is later than this was missed: the bot was not there.
const MISSED_AFTER: Duration = Duration::from_secs(60);

/// The pause after the first failure; it doubles with each further one, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);

/// After so many failures in a row a job is given up: more than a day.
const MOST_FAILURES: u32 = 100;

/// How often each job has failed in a row.
type Failures = Mutex<HashMap<JobId, u32>>;

/// Runs jobs until it is stopped. A job that runs then is finished.
pub(crate) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    let failures = Failures::default();
    while !stop.is_cancelled() {
        let changed = shared.jobs.changed.notified();
        let pause = match round(&shared, &failures).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::error!(%error, "jobs that are due cannot be read; trying again");
                FIRST_PAUSE
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = changed => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Runs what is due; says when to look again.
async fn round(shared: &Arc<Shared>, failures: &Failures) -> Result<Duration, StoreError> {
    let bots = shared.accounts();
    if bots.is_empty() {
        // Nobody is there yet to say anything.
        return Ok(Duration::from_secs(1));
    }
    let now = shared.clock.now();
    let request = DueRequest {
        bots: bots.clone(),
        limit: BATCH,
        now,
    };
    let due = shared.store.due(request).await?;
    let full = due.len() == BATCH;
    let mut running = stream::iter(due)
        .map(|job| one(shared, failures, job))
        .buffer_unordered(AT_ONCE);
    while let Some(result) = running.next().await {
        result?;
    }
    if full {
        return Ok(Duration::ZERO);
    }
    let next = shared.store.next_due(bots).await?.job;
    let pause = next.map_or(LOOK_EVERY, |next| next.since(shared.clock.now()));
    Ok(pause.min(LOOK_EVERY))
}

/// The name under which it is kept that a job was begun.
fn mark(id: JobId) -> SmolStr {
    smol_str::format_smolstr!("job.{}.begun", id.0)
}

async fn one(shared: &Arc<Shared>, failures: &Failures, job: Job) -> Result<(), StoreError> {
    let (id, due) = (job.id, job.ask.due);
    let late = shared.clock.now().since(due);
    let mark = mark(id);
    let begun = shared.store.value(&mark).await?.is_some();
    if job.ask.missed == Missed::Skip && late > MISSED_AFTER && !begun {
        tracing::info!(job = id.0, name = %job.ask.name, "left out, as it was missed");
        return next(shared, &job, Vec::new()).await;
    }
    let Some(handler) = shared.router.job_handler(&job.ask.name) else {
        tracing::error!(job = id.0, name = %job.ask.name, "nobody handles jobs of this name; it waits");
        return write(shared, vec![later(shared, id, LONGEST_PAUSE)]).await;
    };
    let begin = Write::Value {
        key: mark.clone(),
        body: Some("1".into()),
    };
    write(shared, vec![begin]).await?;
    let end = Write::Value {
        key: mark,
        body: None,
    };
    let context = JobContext {
        shared: Arc::clone(shared),
        job: Arc::new(job.clone()),
        late: if late > MISSED_AFTER { late } else { Duration::ZERO },
        may_repeat: begun,
    };
    let deadline = shared.turn_deadline();
    let result = tokio::time::timeout(deadline, AssertUnwindSafe(handler(context)).catch_unwind()).await;
    let error = match result {
        Ok(Ok(Ok(()))) => {
            lock(failures).remove(&id);
            return next(shared, &job, vec![end]).await;
        }
        Ok(Ok(Err(error))) => words_of(error),
        Ok(Err(panic)) => format!("it panicked: {}", panic_text(&*panic)),
        Err(_) => format!("it took longer than {} s", deadline.as_secs()),
    };
    let failed = {
        let mut failures = lock(failures);
        let failed = failures.entry(id).or_default();
        *failed += 1;
        *failed
    };
    tracing::warn!(job = id.0, name = %job.ask.name, chat = %job.ask.chat, failed, error, "a job failed");
    if failed >= MOST_FAILURES {
        lock(failures).remove(&id);
        tracing::error!(job = id.0, name = %job.ask.name, "given up");
        return next(shared, &job, vec![end]).await;
    }
    let pause = FIRST_PAUSE
        .saturating_mul(1 << (failed - 1).min(10))
        .min(LONGEST_PAUSE);
    // A failure is known not to have been done: what follows is no repetition.
    write(shared, vec![end, later(shared, id, pause)]).await
}

fn later(shared: &Shared, id: JobId, pause: Duration) -> Write {
    let due = shared.clock.now().plus(pause);
    Write::MoveJob { id, due }
}

/// The job is done: it is due again, or gone.
async fn next(shared: &Shared, job: &Job, mut writes: Vec<Write>) -> Result<(), StoreError> {
    let again = match &job.ask.repeat {
        None => Ok(None),
        Some(repeat) => schedule::again(repeat, job.ask.due, shared.clock.now(), job.ask.missed),
    };
    let again = again.unwrap_or_else(|error| {
        tracing::error!(job = job.id.0, %error, "a job is not due again");
        None
    });
    writes.push(match again {
        Some(due) => Write::MoveJob { id: job.id, due },
        None => Write::DropJob(job.id),
    });
    write(shared, writes).await
}

async fn write(shared: &Shared, writes: Vec<Write>) -> Result<(), StoreError> {
    let outcomes = shared
        .store
        .commit(vec![Commit::writes(writes, shared.clock.now())])
        .await?;
    debug_assert!(
        outcomes
            .iter()
            .all(|outcome| matches!(outcome, Outcome::Committed(_)))
    );
    Ok(())
}

fn words_of(error: HandlerError) -> String {
    match error.0 {
        HandlerErrorKind::Say(content) => content.to_plain(),
        HandlerErrorKind::Fault(error) => crate::executor::chain(&*error),
    }
}

fn lock(failures: &Failures) -> std::sync::MutexGuard<'_, HashMap<JobId, u32>> {
    failures.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// The accounts that are there now.
    fn accounts(&self) -> Vec<BotAccount> {
        let account = |network: &crate::engine::Network| {
            let account = network.account()?;
            Some(BotAccount {
                network: network.id,
                account,
            })
        };
        self.networks.iter().filter_map(account).collect()
    }
}
