//! The one task that defers what was not answered in time. Owns the calls it makes.
//!
//! Every deadline is the same time after receipt, so they are met in the order of arrival and no timer per
//! interaction is needed. Nothing here waits for a handler, a worker or the outbox.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::{Interaction, Interactions, Origin, Phase, State};
use crate::call::route::Route;
use crate::call::{Body, Caller};
use crate::error::{CallError, CallErrorKind, code};

/// Deferrals in flight at once; the callers' own bound is lower.
const MAX_DEFERRING: usize = 64;

/// Discord forgets an interaction that has no answer for so long.
const DEADLINE: Duration = Duration::from_secs(3);

/// Between two tries of one deferral.
const PAUSE: Duration = Duration::from_millis(150);

impl Interactions {
    /// Defers until `stop`, and then at once all that still waits: its handlers may need longer than the deadline.
    pub(crate) async fn defer_in_time(&self, caller: &Caller, stop: &CancellationToken) {
        let mut running = FuturesUnordered::new();
        loop {
            let next = self.next_deadline();
            tokio::select! {
                () = self.arrived.notified(), if next.is_none() => {}
                () = until(next), if next.is_some() && running.len() < MAX_DEFERRING => {
                    running.extend(self.due().map(|interaction| self.defer_by_deadline(interaction, caller)));
                }
                Some(()) = running.next(), if !running.is_empty() => {}
                () = stop.cancelled() => break,
            }
        }
        let rest: Vec<_> = self
            .inner()
            .deadlines
            .drain(..)
            .filter(|waiting| !waiting.settled())
            .collect();
        running.extend(
            rest.into_iter()
                .map(|interaction| self.defer_by_deadline(interaction, caller)),
        );
        // A shutdown waits for this: not longer than it can be of use.
        let rest = async { while running.next().await.is_some() {} };
        if timeout(DEADLINE, rest).await.is_err() {
            warn!("some interactions could not be deferred before the end");
        }
    }

    /// When the next one is due; those that need nothing any more are dropped.
    fn next_deadline(&self) -> Option<Instant> {
        let mut inner = self.inner();
        while inner.deadlines.front().is_some_and(|first| first.settled()) {
            inner.deadlines.pop_front();
        }
        inner
            .deadlines
            .front()
            .map(|first| first.received + self.defer_after)
    }

    fn due(&self) -> Option<Arc<Interaction>> {
        self.inner().deadlines.pop_front()
    }

    async fn defer_by_deadline(&self, interaction: Arc<Interaction>, caller: &Caller) {
        // Waits only for a first answer that is under way.
        let mut state = interaction.state.lock().await;
        if state.phase != Phase::Pending {
            return;
        }
        loop {
            match self.defer(&interaction, &mut state, caller).await {
                Ok(()) => return,
                Err(error) => {
                    let pause = match error.kind {
                        CallErrorKind::RateLimited { after, .. } => after.max(PAUSE),
                        _ => PAUSE,
                    };
                    if interaction.received.elapsed() + pause >= DEADLINE {
                        warn!(%error, "an interaction could not be deferred in time");
                        return;
                    }
                    debug!(%error, "a deferral failed and is tried again");
                    sleep(pause).await;
                }
            }
        }
    }

    /// Makes the first call without an answer. An error leaves it pending.
    pub(super) async fn defer(
        &self,
        interaction: &Interaction,
        state: &mut State,
        caller: &Caller,
    ) -> Result<(), CallError> {
        let body: &[u8] = match (interaction.origin, interaction.ephemeral) {
            (Origin::Component(_), _) => br#"{"type":6}"#,
            (_, true) => br#"{"type":5,"data":{"flags":64}}"#,
            (_, false) => br#"{"type":5}"#,
        };
        let route = Route::callback(interaction.id, &interaction.token, false);
        match caller.call(&route, Body::Json(body.to_vec())).await {
            Ok(_) => {}
            Err(error) if error.token_dead() => {
                debug!(%error, "an interaction is too old to be answered");
                self.answered(interaction, state, Phase::Lost);
                return Ok(());
            }
            // It was there before: an answer of ours that seemed lost, or this one at the second try.
            Err(error) if error.code() == Some(code::ALREADY_ACKNOWLEDGED) => {}
            Err(error) if matches!(error.kind, CallErrorKind::NoAnswer) => {}
            Err(error) => return Err(error),
        }
        state.phase = Phase::Deferred;
        state.hidden = interaction.ephemeral;
        state.original = interaction.pressed();
        self.settle(interaction);
        Ok(())
    }
}

async fn until(deadline: Option<Instant>) {
    if let Some(deadline) = deadline {
        sleep_until(deadline).await;
    }
}
