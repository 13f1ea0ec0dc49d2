//! Looks after the sources: each on its own, started again after a panic, and its menu registered once it is online.
//! Owns how many networks are left.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use rand::Rng;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Shared;
use super::intake::AdapterIntake;
use crate::adapter::Adapter;
use crate::error::Retry;
use crate::executor::panic_text;
use crate::inbox::{Inbox, Intake, SourceStatus};
use crate::tasks::Tracker;

/// The first pause after a panic or a failed registration; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// A network that is said to be there and has not answered for so long is reached anew: longer than any poll takes. It is
/// for sources that tell of answers by [`Inbox::alive`](crate::Inbox::alive), while they do not wait for room.
pub const SILENCE: Duration = Duration::from_secs(180);

/// How long a source has to end that is reached anew.
const ENDS_WITHIN: Duration = Duration::from_secs(5);

/// Starts every source and, beside it, the registration of its commands.
pub(super) fn start(
    shared: &Arc<Shared>,
    adapters: Vec<Adapter>,
    tasks: &Tracker,
    deserted: &CancellationToken,
) {
    let left = Arc::new(AtomicUsize::new(adapters.len()));
    for (index, adapter) in adapters.into_iter().enumerate() {
        let online = Arc::new(Notify::new());
        let intake = Arc::new(AdapterIntake {
            shared: Arc::clone(shared),
            index,
            online: Arc::clone(&online),
            albums: Mutex::default(),
            waits: AtomicUsize::new(0),
        });
        if shared.config.register_commands {
            let registration = register(
                Arc::clone(shared),
                index,
                adapter.clone(),
                online,
                tasks.stop().clone(),
            );
            tasks.spawn("command registration", registration);
        }
        let (stop, left, deserted) = (tasks.stop().clone(), Arc::clone(&left), deserted.clone());
        tasks.spawn("source", async move {
            run(adapter, intake, &stop).await;
            if left.fetch_sub(1, Ordering::AcqRel) == 1 {
                deserted.cancel();
            }
        });
    }
}

async fn run(adapter: Adapter, intake: Arc<AdapterIntake>, stop: &CancellationToken) {
    let network = adapter.source.network();
    let inbox = Inbox::new(Arc::clone(&intake) as Arc<dyn Intake>);
    let mut failures = 0;
    loop {
        intake.report(network, SourceStatus::Connecting);
        let began = Instant::now();
        let end = stop.child_token();
        let mut running = std::pin::pin!(AssertUnwindSafe(adapter.source.run(&inbox, &end)).catch_unwind());
        let ended = tokio::select! {
            ended = &mut running => Some(ended),
            () = silence(&intake) => {
                end.cancel();
                // One that does not even hear that is dropped.
                tokio::time::timeout(ENDS_WITHIN, running).await.ok()
            }
        };
        let Some(ended) = ended.filter(|_| !end.is_cancelled() || stop.is_cancelled()) else {
            let why = format!("it has not answered for {} s: reached anew", SILENCE.as_secs());
            intake.report(network, SourceStatus::Degraded(why));
            if !pause(0, stop).await {
                return;
            }
            continue;
        };
        if began.elapsed() > LONGEST_PAUSE {
            // What went wrong before is over.
            failures = 0;
        }
        match ended {
            Ok(Ok(())) => return intake.report(network, SourceStatus::Stopped),
            Ok(Err(error)) => {
                let sentence = crate::executor::chain(&error);
                return intake.report(network, SourceStatus::Failed(sentence));
            }
            Err(panic) => {
                let why = format!("its adapter panicked: {}", panic_text(&*panic));
                intake.report(network, SourceStatus::Degraded(why));
            }
        }
        if !pause(failures, stop).await {
            return;
        }
        failures += 1;
    }
}

/// Completes when a network that is said to be there has not answered for too long.
async fn silence(intake: &AdapterIntake) {
    loop {
        let left = intake.silence_left();
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left).await;
    }
}

/// Keeps the network's menu true: once it is online, and again while that fails in a way that passes.
async fn register(
    shared: Arc<Shared>,
    index: usize,
    adapter: Adapter,
    online: Arc<Notify>,
    stop: CancellationToken,
) {
    tokio::select! {
        () = online.notified() => {}
        () = stop.cancelled() => return,
    }
    let network = &shared.networks[index];
    for failures in 0.. {
        let result = tokio::select! {
            result = adapter.sender.register(&network.commands) => result,
            () = stop.cancelled() => return,
        };
        match result {
            Ok(registered) => {
                tracing::info!(
                    network = %network.id,
                    changed = registered.changed,
                    removed = registered.removed,
                    kept = registered.kept,
                    "the menu of commands is up to date"
                );
                return;
            }
            Err(error) => {
                let error_text = crate::executor::chain(&error);
                tracing::warn!(network = %network.id, error = error_text, "the menu of commands was not registered");
                let again = match error.retry(true) {
                    Retry::Never => false,
                    Retry::After(wait) => sleep(wait, &stop).await,
                    Retry::Soon => pause(failures, &stop).await,
                };
                if !again {
                    return;
                }
            }
        }
    }
}

async fn pause(failures: u32, stop: &CancellationToken) -> bool {
    let longest = FIRST_PAUSE
        .saturating_mul(1 << failures.min(10))
        .min(LONGEST_PAUSE);
    let wait = longest.mul_f64(rand::rng().random_range(0.5..1.0));
    sleep(wait, stop).await
}

/// Waits; says whether to go on.
async fn sleep(wait: Duration, stop: &CancellationToken) -> bool {
    tokio::select! {
        () = tokio::time::sleep(wait) => true,
        () = stop.cancelled() => false,
    }
}
