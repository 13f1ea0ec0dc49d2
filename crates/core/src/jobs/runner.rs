//! Hands jobs that are due to their handlers, and keeps what became of them. Owns the jobs that run, and how often each
//! has failed.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use smol_str::SmolStr;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::context::JobContext;
use super::schedule;
use crate::engine::Shared;
use crate::error::{SendError, SendErrorKind};
use crate::executor::panic_text;
use crate::reply::{HandlerError, HandlerErrorKind};
use crate::store::{BotAccount, Commit, DueRequest, Job, JobId, Missed, Outcome, StoreError, Write};

/// How many jobs run at once. One that hangs takes one of these places, and delays nobody.
const AT_ONCE: usize = 16;

/// The longest time between two looks, for clocks that are set meanwhile.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// The longest time between two looks while jobs run or nobody is online: the store then does not say what comes next.
const LOOK_SOON: Duration = Duration::from_secs(1);

/// A job that is later than this was missed: the bot was not there.
const MISSED_AFTER: Duration = Duration::from_secs(60);

/// The pause after the first failure; it doubles with each further one, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);

/// After so many failures in a row a job is given up: more than a day.
const MOST_FAILURES: u32 = 100;

/// What became of a job.
enum Became {
    Done,
    Failed,
}

/// Runs jobs until it is stopped. Those that run then are finished.
pub(crate) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    let mut running = FuturesUnordered::new();
    // Those that run, and those that have failed, with how often in a row.
    let (mut begun, mut failures) = (Vec::<JobId>::new(), HashMap::<JobId, u32>::new());
    let mut quiet_until = Instant::now();
    loop {
        let changed = shared.jobs.changed.notified();
        let mut pause = quiet_until.saturating_duration_since(Instant::now());
        if pause.is_zero() {
            match due(&shared, &begun).await {
                Ok((jobs, wait)) => {
                    pause = wait;
                    for job in jobs {
                        let (id, shared) = (job.id, Arc::clone(&shared));
                        let failed = failures.get(&id).copied().unwrap_or_default();
                        begun.push(id);
                        running.push(async move { (id, one(&shared, job, failed).await) });
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "jobs that are due cannot be read; trying again");
                    pause = FIRST_PAUSE;
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => break,
            Some((id, became)) = running.next() => {
                begun.retain(|other| *other != id);
                match became {
                    Ok(Became::Done) => drop(failures.remove(&id)),
                    Ok(Became::Failed) => *failures.entry(id).or_default() += 1,
                    Err(error) => {
                        tracing::error!(job = id.0, %error, "what became of a job cannot be kept; trying again");
                        quiet_until = Instant::now() + FIRST_PAUSE;
                    }
                }
            }
            () = changed => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    while running.next().await.is_some() {}
}

/// The jobs that can be begun, as far as there is room beside those that run; and when to look again.
async fn due(shared: &Shared, begun: &[JobId]) -> Result<(Vec<Job>, Duration), StoreError> {
    let (bots, room) = (shared.accounts(), AT_ONCE - begun.len());
    if bots.is_empty() || room == 0 {
        return Ok((Vec::new(), LOOK_SOON));
    }
    let request = DueRequest {
        bots: bots.clone(),
        // Those that run are still due.
        limit: AT_ONCE,
        now: shared.clock.now(),
    };
    let mut jobs = shared.store.due(request).await?;
    jobs.retain(|job| !begun.contains(&job.id));
    jobs.truncate(room);
    if !begun.is_empty() || !jobs.is_empty() {
        return Ok((jobs, LOOK_SOON));
    }
    let next = shared.store.next_due(bots).await?.job;
    let wait = next.map_or(LOOK_EVERY, |next| next.since(shared.clock.now()));
    Ok((jobs, wait.min(LOOK_EVERY)))
}

/// The name under which it is kept that a job was begun.
fn mark(id: JobId) -> SmolStr {
    smol_str::format_smolstr!("job.{}.begun", id.0)
}

async fn one(shared: &Arc<Shared>, job: Job, failed: u32) -> Result<Became, StoreError> {
    let (id, due) = (job.id, job.ask.due);
    let late = shared.clock.now().since(due);
    let mark = mark(id);
    let begun = shared.store.value(&mark).await?.is_some();
    if job.ask.missed == Missed::Skip && late > MISSED_AFTER && !begun {
        tracing::info!(job = id.0, name = %job.ask.name, "left out, as it was missed");
        next(shared, &job, Vec::new()).await?;
        return Ok(Became::Done);
    }
    let Some(handler) = shared.router.job_handler(&job.ask.name) else {
        tracing::error!(job = id.0, name = %job.ask.name, "nobody handles jobs of this name; it waits");
        write(shared, vec![later(shared, id, LONGEST_PAUSE)]).await?;
        return Ok(Became::Done);
    };
    let begin = Write::Value {
        key: mark.clone(),
        body: Some("1".into()),
        until: None,
    };
    write(shared, vec![begin]).await?;
    let end = Write::Value {
        key: mark,
        body: None,
        until: None,
    };
    let context = JobContext {
        shared: Arc::clone(shared),
        job: Arc::new(job.clone()),
        late: if late > MISSED_AFTER { late } else { Duration::ZERO },
        may_repeat: begun,
    };
    let deadline = shared.turn_deadline();
    // What panics before its future is there is caught too.
    let called = AssertUnwindSafe(async move { handler(context).await }).catch_unwind();
    let result = tokio::time::timeout(deadline, called).await;
    // Whether it is not known what it has done, as invariant 9 has it of a send.
    let (error, unknown) = match result {
        Ok(Ok(Ok(()))) => {
            next(shared, &job, vec![end]).await?;
            return Ok(Became::Done);
        }
        Ok(Ok(Err(error))) => {
            let unknown = is_unknown(&error);
            (words_of(error), unknown)
        }
        Ok(Err(panic)) => (format!("it panicked: {}", panic_text(&*panic)), true),
        Err(_) => (format!("it took longer than {} s", deadline.as_secs()), true),
    };
    let failed = failed + 1;
    tracing::warn!(job = id.0, name = %job.ask.name, chat = %job.ask.chat, failed, error, "a job failed");
    if failed >= MOST_FAILURES {
        tracing::error!(job = id.0, name = %job.ask.name, "given up");
        next(shared, &job, vec![end]).await?;
        return Ok(Became::Done);
    }
    let pause = FIRST_PAUSE
        .saturating_mul(1 << (failed - 1).min(10))
        .min(LONGEST_PAUSE);
    let mut writes = vec![later(shared, id, pause)];
    if !unknown {
        writes.push(end);
    }
    write(shared, writes).await?;
    Ok(Became::Failed)
}

/// Whether a handler does not know what its network did.
fn is_unknown(error: &HandlerError) -> bool {
    let HandlerErrorKind::Fault(error) = &error.0 else {
        return false;
    };
    let send = error.downcast_ref::<SendError>();
    send.is_some_and(|send| matches!(send.kind, SendErrorKind::Unknown(_)))
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
