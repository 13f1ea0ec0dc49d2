//! What both ways to updates need of the network's other end: one call until it succeeds, and pauses that a stop cuts
//! short. Owns the account of faults.

use std::time::Duration;

use duologue_core::{Inbox, SourceError, SourceStatus};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::adapter::{NETWORK, Shared};
use crate::call::Method;
use crate::convert::{Me, MeAnswer};
use crate::error::{CallError, CallErrorKind};
use crate::source::fault::Faults;

/// One run of a source and what it stands between.
pub(super) struct Link<'a> {
    pub(super) shared: &'a Shared,
    pub(super) inbox: &'a Inbox,
    pub(super) stop: &'a CancellationToken,
    pub(super) faults: Faults<'a>,
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    Go,
    Stop,
}

impl<'a> Link<'a> {
    pub(super) fn new(shared: &'a Shared, inbox: &'a Inbox, stop: &'a CancellationToken) -> Self {
        Self {
            shared,
            inbox,
            stop,
            faults: Faults::new(shared.calls.timing(), inbox),
        }
    }

    /// Tells how the network is.
    pub(super) fn report(&self, status: SourceStatus) {
        self.inbox.report(NETWORK, status);
    }

    /// Asks who the bot is until the network says so; `None` when stopped before.
    pub(super) async fn introduce(&mut self) -> Result<Option<Me>, SourceError> {
        let answer = self.ask::<MeAnswer>(Method::GetMe, &json!({})).await?;
        let me = answer.map(Me::from);
        if let Some(me) = &me {
            tracing::debug!(account = %me.account, handle = %me.username, "telegram knows the bot");
        }
        Ok(me)
    }

    /// Calls a method until it succeeds; `None` when stopped before.
    pub(super) async fn ask<T: DeserializeOwned>(
        &mut self,
        method: Method,
        body: &(impl Serialize + Sync),
    ) -> Result<Option<T>, SourceError> {
        loop {
            let asked = tokio::select! {
                biased;
                () = self.stop.cancelled() => return Ok(None),
                asked = self.shared.calls.call::<T>(method, body) => asked,
            };
            let error = match asked {
                Ok(answer) => return Ok(Some(answer)),
                Err(error) => self.without_secret(error),
            };
            if self.wait_out(&error).await? == Flow::Stop {
                return Ok(None);
            }
        }
    }

    /// The secret goes out with `setWebhook`; what is said of that must not hold it.
    fn without_secret(&self, mut error: CallError) -> CallError {
        if let (Some(endpoint), CallErrorKind::Api(refusal)) = (&self.shared.endpoint, &mut error.kind) {
            refusal.description = refusal.description.replace(endpoint.secret.expose(), "<secret>");
        }
        error
    }

    pub(super) async fn wait_out(&mut self, error: &CallError) -> Result<Flow, SourceError> {
        let pause = self.faults.pause(error)?;
        Ok(self.pause(pause).await)
    }

    pub(super) async fn pause(&self, length: Duration) -> Flow {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Flow::Stop,
            () = sleep(length) => Flow::Go,
        }
    }
}
