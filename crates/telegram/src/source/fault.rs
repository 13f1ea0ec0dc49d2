//! What a fault of the network means: how long to wait, what to tell, and whether it can heal at all. Owns the count of
//! faults and the doubt about the token.

use std::time::Duration;

use duologue_core::{Inbox, SourceError, SourceStatus};
use rand::Rng;
use tokio::time::Instant;

use crate::adapter::{NETWORK, Timing};
use crate::call::Method;
use crate::convert::Me;
use crate::error::{CallError, CallErrorKind};

/// How often a token must be refused before it counts as invalid.
const REFUSALS: u32 = 3;

/// What a source has met lately.
pub(super) struct Faults<'a> {
    timing: &'a Timing,
    inbox: &'a Inbox,
    /// Faults in a row.
    count: u32,
    refused: Option<Refused>,
    /// What was reported last; only changes are.
    reported: Option<SourceStatus>,
}

struct Refused {
    since: Instant,
    count: u32,
}

impl<'a> Faults<'a> {
    pub(super) fn new(timing: &'a Timing, inbox: &'a Inbox) -> Self {
        Self {
            timing,
            inbox,
            count: 0,
            refused: None,
            reported: None,
        }
    }

    /// All is well.
    pub(super) fn online(&mut self, me: &Me) {
        self.count = 0;
        self.refused = None;
        if !matches!(self.reported, Some(SourceStatus::Online(_))) {
            self.report(SourceStatus::Online(me.identity()));
        }
    }

    /// Whether the last thing that was heard of the network is a fault.
    pub(super) fn troubled(&self) -> bool {
        matches!(self.reported, Some(SourceStatus::Degraded(_)))
    }

    /// Events cannot arrive; the words say why.
    pub(super) fn degraded(&mut self, why: String) {
        self.report(SourceStatus::Degraded(why));
    }

    /// How long to wait after a fault.
    ///
    /// # Errors
    ///
    /// When the network has refused the token often and long enough.
    pub(super) fn pause(&mut self, error: &CallError) -> Result<Duration, SourceError> {
        tracing::debug!(%error, "telegram did not do what it was asked");
        let pause = if error.unauthorized() {
            self.doubt_token(error)?
        } else {
            self.refused = None;
            let asked = error.api().and_then(|error| error.retry_after);
            asked.map_or_else(|| self.backoff(), Duration::from_secs)
        };
        self.degraded(sentence(error));
        Ok(pause)
    }

    /// Valid tokens are refused now and then: only several refusals over some time count.
    fn doubt_token(&mut self, error: &CallError) -> Result<Duration, SourceError> {
        let refused = self.refused.get_or_insert_with(|| Refused {
            since: Instant::now(),
            count: 0,
        });
        refused.count += 1;
        if refused.count >= REFUSALS && refused.since.elapsed() >= self.timing.token_doubt {
            return Err(SourceError::new(format!(
                "Telegram refuses the bot's token ({}). Ask @BotFather for the token that is valid now (/mybots, \
                 then API Token), put it into TELEGRAM_TOKEN and start again.",
                words(error)
            )));
        }
        // Spread over the span, the last one just behind its end.
        Ok(self.timing.token_doubt / (REFUSALS - 1) + Duration::from_millis(1))
    }

    /// Grows from fault to fault; a random part of it is waited, so that many bots do not come back at once.
    pub(super) fn backoff(&mut self) -> Duration {
        let longest = self
            .timing
            .backoff
            .saturating_mul(1 << self.count.min(16))
            .min(self.timing.backoff_most);
        self.count += 1;
        longest.mul_f64(rand::rng().random_range(0.1..=1.0))
    }

    fn report(&mut self, status: SourceStatus) {
        if self.reported.as_ref() != Some(&status) {
            self.inbox.report(NETWORK, status.clone());
            self.reported = Some(status);
        }
    }
}

/// What is wrong, and what to do where a person can do something.
fn sentence(error: &CallError) -> String {
    match &error.kind {
        _ if error.unauthorized() => {
            "Telegram refuses the bot's token; it is asked again before that counts. See TELEGRAM_TOKEN.".to_owned()
        }
        CallErrorKind::Api(refusal) if refusal.code == 409 && refusal.description.contains("webhook") => {
            "A webhook is set for this bot, so Telegram gives nothing to one that asks. Take it away by calling \
             deleteWebhook, or stop what serves it; the bot goes on by itself then."
                .to_owned()
        }
        CallErrorKind::Api(refusal) if refusal.code == 409 => {
            "Another program asks for updates with the same token; Telegram lets one at a time. Stop the other one, \
             or give each a token of its own; the bot goes on by itself then."
                .to_owned()
        }
        CallErrorKind::Api(refusal) if refusal.code == 400 && error.method == Method::SetWebhook.name() => format!(
            "Telegram does not take the webhook: {}. Check TELEGRAM_WEBHOOK_URL; it is set again.",
            refusal.description
        ),
        CallErrorKind::Api(refusal) if refusal.retry_after.is_some() => {
            "Telegram asks for a pause.".to_owned()
        }
        CallErrorKind::Foreign(status) if (400..500).contains(status) => format!(
            "What answers with status {status} is no Bot API. Check TELEGRAM_API_URL; it is asked again."
        ),
        _ => format!("Telegram cannot be reached ({}); it is asked again.", words(error)),
    }
}

fn words(error: &CallError) -> String {
    error.kind.to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use duologue_core::{Admission, Event, Intake, NetworkId};
    use futures_util::future::BoxFuture;

    use super::*;
    use crate::error::ApiError;

    struct Nobody;

    impl Intake for Nobody {
        fn offer(&self, event: Event) -> Admission {
            Admission::Stopping(Box::new(event))
        }

        fn room(&self) -> BoxFuture<'_, ()> {
            Box::pin(std::future::ready(()))
        }

        fn report(&self, _: NetworkId, _: SourceStatus) {}

        fn wants_all_text(&self) -> bool {
            false
        }
    }

    fn refusal(code: i64, retry_after: Option<u64>) -> CallError {
        let error = ApiError {
            code,
            retry_after,
            ..ApiError::default()
        };
        CallError::new("getUpdates", CallErrorKind::Api(error))
    }

    #[test]
    fn pauses_grow_to_a_bound_and_are_never_nothing() {
        let (timing, inbox) = (Timing::default(), Inbox::new(Arc::new(Nobody)));
        let mut faults = Faults::new(&timing, &inbox);
        for round in 0..40 {
            let longest = Duration::from_secs(1 << round.min(5)).min(timing.backoff_most);
            let pause = faults.pause(&refusal(409, None)).unwrap();
            assert!(pause <= longest && pause >= longest / 11, "{round}: {pause:?}");
        }
    }

    #[test]
    fn the_network_says_how_long_to_wait() {
        let (timing, inbox) = (Timing::default(), Inbox::new(Arc::new(Nobody)));
        let mut faults = Faults::new(&timing, &inbox);
        let pause = faults.pause(&refusal(429, Some(7))).unwrap();
        assert_eq!(pause, Duration::from_secs(7));
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_given_up_after_three_refusals_over_the_span() {
        let (timing, inbox) = (Timing::default(), Inbox::new(Arc::new(Nobody)));
        let mut faults = Faults::new(&timing, &inbox);
        for _ in 0..2 {
            let pause = faults.pause(&refusal(401, None)).unwrap();
            tokio::time::advance(pause).await;
        }
        faults.pause(&refusal(401, None)).unwrap_err();
    }
}
