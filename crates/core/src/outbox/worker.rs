//! The workers of an outbox and its clock. They own nothing but the job in hand.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use rand::Rng;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::queue::Job;
use super::{PATIENCE, Shared};
use crate::adapter::Performed;
use crate::error::{LimitScope, Retry, SendError, SendErrorKind};
use crate::id::{Chat, MessageRef};

/// The pause after the first fault that passes; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Sends one job after the other until it is stopped.
pub(super) async fn work(shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        let woken = shared.work.notified();
        let (next, more, clock_changed) = {
            let mut queues = shared.lock();
            let next = queues.next(Instant::now());
            (next, queues.has_ready(), queues.take_clock_changed())
        };
        if clock_changed {
            shared.clock.notify_one();
        }
        let Some(job) = next else {
            tokio::select! {
                () = woken => continue,
                () = stop.cancelled() => return,
            }
        };
        if more {
            shared.work.notify_one();
        }
        let chat = job.chat.clone();
        let after = perform(&shared, job).await;
        finish(&shared, &chat, after);
    }
}

/// Wakes workers for chats whose time has come.
pub(super) async fn ring(shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        let earlier = shared.clock.notified();
        let (rung, next) = shared.lock().ring(Instant::now());
        for _ in 0..rung.min(shared.sender.capabilities().pace.in_flight) {
            shared.work.notify_one();
        }
        tokio::select! {
            () = earlier => {}
            () = sleep_until(next) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

enum After {
    Done(Job, Result<(), SendError>),
    /// The next call of the same job, or the same call again at a time.
    Again(Job, Option<Instant>),
    /// The whole network has to wait.
    Blocked(Job, Instant),
    Moved(Job, Chat),
}

async fn perform(shared: &Shared, mut job: Job) -> After {
    let Some(operation) = job.operations.front() else {
        return After::Done(job, Ok(()));
    };
    if job.failures > 0 {
        shared.counters.retries.one();
    }
    job.receipt.attempts += 1;
    let result = match AssertUnwindSafe(shared.sender.perform(operation))
        .catch_unwind()
        .await
    {
        Ok(result) => result,
        Err(_) => Err(SendError::new(
            operation.name(),
            SendErrorKind::Unknown("the adapter panicked".to_owned()),
        )),
    };
    match result {
        Ok(performed) => success(shared, job, performed),
        Err(error) => failure(job, error),
    }
}

fn success(shared: &Shared, mut job: Job, performed: Performed) -> After {
    let chat = job.chat.clone();
    let first = job.receipt.messages.len();
    job.receipt
        .messages
        .extend(performed.messages.into_iter().map(|id| MessageRef {
            chat: chat.clone(),
            id,
        }));
    let operation = job.operations.pop_front();
    if let (Some(operation), Some(message)) = (&operation, job.receipt.messages.get(first)) {
        let mut tokens = operation.tokens().peekable();
        if tokens.peek().is_some() {
            shared.presses.attach(message, tokens);
        }
    }
    job.failures = 0;
    if job.operations.is_empty() {
        After::Done(job, Ok(()))
    } else {
        After::Again(job, None)
    }
}

fn failure(mut job: Job, error: SendError) -> After {
    let idempotent = job
        .operations
        .front()
        .is_some_and(crate::action::Operation::idempotent);
    let now = Instant::now();
    if let SendErrorKind::Moved(to) = &error.kind {
        let to = Chat {
            id: to.clone(),
            ..job.chat.clone()
        };
        // Twice is a circle.
        job.failures += 1;
        return if job.failures > 1 {
            After::Done(job, Err(error))
        } else {
            After::Moved(job, to)
        };
    }
    let pause = match error.retry(idempotent) {
        Retry::Never => return After::Done(job, Err(error)),
        Retry::After(pause) => pause,
        Retry::Soon => backoff(job.failures),
    };
    if job.born.elapsed() + pause > PATIENCE {
        return After::Done(job, Err(error));
    }
    job.failures += 1;
    job.receipt.waited += pause;
    tracing::debug!(chat = %job.chat, %error, pause_ms = pause.as_millis(), "will try again");
    match error.kind {
        SendErrorKind::RateLimited {
            scope: LimitScope::Network,
            ..
        } => After::Blocked(job, now + pause),
        _ => After::Again(job, Some(now + pause)),
    }
}

fn backoff(failures: u32) -> Duration {
    let longest = FIRST_PAUSE
        .saturating_mul(1 << failures.min(10))
        .min(LONGEST_PAUSE);
    longest.mul_f64(rand::rng().random_range(0.5..1.0))
}

fn finish(shared: &Shared, chat: &Chat, after: After) {
    let now = Instant::now();
    let done = {
        let mut queues = shared.lock();
        match after {
            After::Done(job, result) => {
                queues.finish(chat, None);
                Some((job, result))
            }
            After::Again(job, at) => {
                queues.finish(chat, Some((job, at)));
                None
            }
            After::Blocked(job, until) => {
                queues.block(until);
                queues.finish(chat, Some((job, None)));
                None
            }
            After::Moved(job, to) => {
                tracing::info!(from = %chat, %to, "the chat has a new id");
                queues.finish(chat, Some((job, None)));
                queues.moved(chat, &to, now);
                None
            }
        }
    };
    if let Some((job, result)) = done {
        shared.counters.ended(&result);
        if let (Some(received), Ok(())) = (job.answers, &result) {
            shared.counters.answered(received.elapsed());
        }
        job.finish(result);
        shared.idle.notify_waiters();
    }
}
