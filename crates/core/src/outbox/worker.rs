//! The workers of an outbox and its clock. They own nothing but the job in hand.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use rand::Rng;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::queue::Job;
use super::{KEPT_PATIENCE, PATIENCE, Shared};
use crate::action::Operation;
use crate::adapter::Performed;
use crate::capabilities::Support;
use crate::durable::{Begun, Durable, KEY_KNOWN, TOO_LATE};
use crate::error::{LimitScope, Retry, SendError, SendErrorKind};
use crate::id::{Chat, MessageRef};
use crate::press::PressTable;
use crate::store::{OutgoingId, SendResult, Timestamp};

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
    /// Another one of the same chat goes first.
    Behind(Job, Instant),
    /// The whole network has to wait.
    Blocked(Job, Instant),
    Moved(Job, Chat),
}

async fn perform(shared: &Shared, mut job: Job) -> After {
    let Some(operation) = job.operations.front() else {
        if let (Some(durable), Some(kept), Some(result)) = (&shared.durable, job.kept.front(), &job.given_up)
        {
            durable.give_up(*kept, result.clone()).await;
            let why = SendErrorKind::NotTaken("what an earlier process has left cannot be sent");
            return After::Done(job, Err(SendError::new("send", why)));
        }
        return After::Done(job, Ok(()));
    };
    if too_late(operation, job.doubt, Duration::ZERO) {
        let error = SendError::new(operation.name(), SendErrorKind::Unknown(TOO_LATE.to_owned()));
        let kept = job.kept.front().copied();
        if let (Some(durable), Some(kept)) = (&shared.durable, kept) {
            durable
                .give_up(kept, SendResult::Doubtful(TOO_LATE.to_owned()))
                .await;
        }
        let after = After::Done(job, Err(error));
        give_up_rest(shared, &after).await;
        return after;
    }
    if let Some(durable) = &shared.durable {
        // A mark is good for one try: what comes back from it waits in the store again.
        let kept = job.kept.front().filter(|_| !std::mem::take(&mut job.begun));
        match begin(durable, &shared.presses, operation, kept).await {
            Begun::Go => {}
            Begun::Later(pause) => return After::Again(job, Some(Instant::now() + pause)),
            Begun::Behind(pause) => return After::Behind(job, Instant::now() + pause),
            Begun::Gone(state) => {
                tracing::warn!(chat = %job.chat, ?state, "a part of it left the outbox in another way");
                job.operations.pop_front();
                job.kept.pop_front();
                return if job.operations.is_empty() {
                    After::Done(job, Ok(()))
                } else {
                    After::Again(job, None)
                };
            }
        }
    }
    if job.failures > 0 {
        shared.counters.retries.one();
    }
    job.receipt.attempts += 1;
    let called = Instant::now();
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
    let kept = job.kept.front().copied();
    let (after, result) = match result {
        Ok(performed) => {
            let messages = performed.messages.clone();
            (success(shared, job, performed), SendResult::Sent(messages))
        }
        Err(error) => {
            if matches!(error.kind, SendErrorKind::Unknown(_)) {
                job.doubt.get_or_insert(called);
            }
            failure(shared, job, error)
        }
    };
    if let (Some(durable), Some(kept)) = (&shared.durable, kept) {
        match &after {
            // Nobody waits to hear of it.
            After::Done(job, Ok(())) if job.done.is_none() => durable.settle_soon(kept, result),
            _ => durable.settle(kept, result).await,
        }
        give_up_rest(shared, &after).await;
    }
    after
}

/// Whether it is too late to make a call again that may have had its effect: the network knows its key no more.
fn too_late(operation: &Operation, doubt: Option<Instant>, pause: Duration) -> bool {
    doubt.is_some_and(|since| !operation.idempotent() && since.elapsed() + pause > KEY_KNOWN)
}

/// Keeps what has to be on the disk before a call.
async fn begin(
    durable: &Durable,
    presses: &PressTable,
    operation: &Operation,
    kept: Option<&OutgoingId>,
) -> Begun {
    if let Err(error) = durable.keep_buttons(presses, operation.tokens()).await {
        durable.fault(&error);
        // A button that expires with the process is less bad than silence.
    }
    match kept {
        Some(kept) => durable.begin(*kept).await,
        None => Begun::Go,
    }
}

/// Gives up what was to follow a call that failed for good.
async fn give_up_rest(shared: &Shared, after: &After) {
    if let (Some(durable), After::Done(job, Err(_))) = (&shared.durable, after) {
        for rest in job.kept.iter().skip(1) {
            let why = SendResult::Failed("what stands before it was not sent".to_owned());
            durable.give_up(*rest, why).await;
        }
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
    job.kept.pop_front();
    if let (Some(operation), Some(message)) = (&operation, job.receipt.messages.get(first)) {
        let mut tokens = operation.tokens().peekable();
        if tokens.peek().is_some() {
            shared.presses.attach(message, tokens);
        }
    }
    job.failures = 0;
    job.doubt = None;
    if job.operations.is_empty() {
        After::Done(job, Ok(()))
    } else {
        After::Again(job, None)
    }
}

fn failure(shared: &Shared, mut job: Job, error: SendError) -> (After, SendResult) {
    let keyed = shared.sender.capabilities().keyed_sends == Support::Native;
    let idempotent = job
        .operations
        .front()
        .is_some_and(|operation| operation.idempotent_with(keyed));
    let now = Instant::now();
    let again = |pause: Duration, error: &SendError| SendResult::Again {
        not_before: Timestamp::now().plus(pause),
        error: error.to_string(),
    };
    if let SendErrorKind::Moved(to) = &error.kind {
        let to = Chat {
            id: to.clone(),
            ..job.chat.clone()
        };
        // Twice is a circle.
        job.failures += 1;
        return if job.failures > 1 {
            gone(job, error)
        } else {
            let result = again(Duration::ZERO, &error);
            (After::Moved(job, to), result)
        };
    }
    let pause = match error.retry(idempotent) {
        Retry::Never => return gone(job, error),
        Retry::After(pause) => pause,
        Retry::Soon => backoff(job.failures),
    };
    let patience = if job.kept.is_empty() {
        PATIENCE
    } else {
        KEPT_PATIENCE
    };
    let late = job
        .operations
        .front()
        .is_some_and(|operation| too_late(operation, job.doubt, pause));
    if late || job.born.elapsed() + pause > patience {
        return gone(job, error);
    }
    job.failures += 1;
    job.receipt.waited += pause;
    tracing::debug!(chat = %job.chat, %error, pause_ms = pause.as_millis(), "will try again");
    let result = match &error.kind {
        // It goes on being unknown in the store until a repetition has settled it.
        SendErrorKind::Unknown(why) => SendResult::Unknown(why.clone()),
        _ => again(pause, &error),
    };
    let after = match error.kind {
        SendErrorKind::RateLimited {
            scope: LimitScope::Network,
            ..
        } => After::Blocked(job, now + pause),
        _ => After::Again(job, Some(now + pause)),
    };
    (after, result)
}

fn gone(job: Job, error: SendError) -> (After, SendResult) {
    // An earlier call may have had its effect, whatever the last one says.
    let result = if job.doubt.is_some() {
        SendResult::Doubtful(error.to_string())
    } else {
        SendResult::Failed(error.to_string())
    };
    (After::Done(job, Err(error)), result)
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
            After::Behind(job, until) => {
                queues.finish_behind(chat, job, until);
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
