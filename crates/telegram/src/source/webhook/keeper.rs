//! Keeps the network's end of a webhook: sets it where it differs, and looks now and then whether updates get through.
//! Owns what is known of that.

use std::time::Duration;

use duologue_core::SourceError;
use serde_json::json;
use tokio::time::{Instant, sleep_until};

use crate::call::Method;
use crate::source::link::{Flow, Link};
use crate::source::request::{SetWebhook, WebhookInfo};
use crate::source::webhook::health::Health;
use crate::source::webhook::reception::Reception;
use crate::webhook::Endpoint;

/// How many times as often it is looked while something is wrong.
const OFTEN: u32 = 10;

/// How much of the network's words is told, in characters.
const WORDS: usize = 200;

pub(super) struct Keeper<'a, 'l> {
    link: &'l mut Link<'a>,
    endpoint: &'a Endpoint,
    reception: &'l Reception,
    /// When the network last met an error, by its own clock.
    last_error: i64,
    /// How many requests had the secret when it was looked last, and how many had not.
    reached: u64,
    refused: u64,
    /// Whether the network does not get through, as far as is known.
    troubled: bool,
    /// When strangers last made it look.
    heeded: Option<Instant>,
    look_at: Instant,
}

impl<'a, 'l> Keeper<'a, 'l> {
    pub(super) fn new(link: &'l mut Link<'a>, endpoint: &'a Endpoint, reception: &'l Reception) -> Self {
        let now = Instant::now();
        Self {
            link,
            endpoint,
            reception,
            last_error: 0,
            reached: 0,
            refused: 0,
            troubled: false,
            heeded: None,
            look_at: now,
        }
    }

    /// Until the source is stopped, or the network refuses the token for good.
    pub(super) async fn run(mut self) -> Result<(), SourceError> {
        if self.register().await? == Flow::Stop {
            return Ok(());
        }
        loop {
            tokio::select! {
                biased;
                () = self.link.stop.cancelled() => return Ok(()),
                () = sleep_until(self.look_at) => {
                    if self.look().await? == Flow::Stop {
                        return Ok(());
                    }
                }
                () = self.health().news() => self.hear(),
            }
        }
    }

    /// Makes the webhook what it is to be.
    async fn register(&mut self) -> Result<Flow, SourceError> {
        let Some(info) = self.ask().await? else {
            return Ok(Flow::Stop);
        };
        if info.pending_update_count > 0 {
            tracing::info!(
                waiting = info.pending_update_count,
                last_error = words(&info),
                "updates wait at telegram for the webhook"
            );
        }
        self.last_error = info.last_error_date;
        let refused = info.secret_refused() && info.pending_update_count > 0;
        if (!info.is_as(self.endpoint) || refused) && self.set().await? == Flow::Stop {
            return Ok(Flow::Stop);
        }
        self.well();
        // The first look is soon: that nothing gets through shows when something waits.
        self.look_at = Instant::now() + self.often();
        Ok(Flow::Go)
    }

    async fn ask(&mut self) -> Result<Option<WebhookInfo>, SourceError> {
        self.link.ask(Method::GetWebhookInfo, &json!({})).await
    }

    async fn set(&mut self) -> Result<Flow, SourceError> {
        let body = SetWebhook::new(self.endpoint);
        let set = self.link.ask::<bool>(Method::SetWebhook, &body).await?;
        if set.is_none() {
            return Ok(Flow::Stop);
        }
        tracing::info!(to = self.endpoint.origin(), "telegram's webhook is set");
        Ok(Flow::Go)
    }

    /// Asks the network whether it gets through.
    async fn look(&mut self) -> Result<Flow, SourceError> {
        let refused = self.health().refused();
        if refused > self.refused {
            self.refused = refused;
            self.heeded = Some(Instant::now());
        }
        let Some(info) = self.ask().await? else {
            return Ok(Flow::Stop);
        };
        let reached = self.health().reached();
        let came = reached > self.reached;
        self.reached = reached;
        let failed = info.last_error_date > self.last_error;
        self.last_error = self.last_error.max(info.last_error_date);
        let waiting = info.pending_update_count;
        if failed {
            tracing::warn!(
                waiting,
                came,
                error = words(&info),
                "telegram met an error at the webhook"
            );
        } else {
            tracing::debug!(waiting, came, "telegram's webhook was looked at");
        }
        let stuck = waiting > 0 && !came && !info.last_error_message.is_empty();
        if !info.leads_to(self.endpoint) {
            self.trouble(elsewhere(self.endpoint, &info));
        } else if stuck && (failed || self.troubled) {
            if failed && info.secret_refused() && self.set().await? == Flow::Stop {
                return Ok(Flow::Stop);
            }
            self.trouble(not_reached(self.endpoint, &info));
        } else {
            self.well();
        }
        let pause = if stuck || self.troubled {
            self.often()
        } else {
            self.link.shared.calls.timing().webhook_check
        };
        self.look_at = Instant::now() + pause;
        Ok(Flow::Go)
    }

    /// Requests came. Strangers do not count for themselves: they make it ask whether Telegram was refused, the
    /// first time at once, and then not more often than it looks when something is wrong.
    fn hear(&mut self) {
        if self.troubled && self.health().reached() > self.reached {
            self.well();
        }
        if self.health().refused() > self.refused {
            // What was answered a moment ago is not yet known there.
            let settled = Instant::now() + self.link.shared.calls.timing().backoff;
            let earliest = self.heeded.map_or(settled, |heeded| heeded + self.often());
            self.look_at = self.look_at.min(settled.max(earliest));
        }
    }

    fn well(&mut self) {
        self.troubled = false;
        self.health().wait_for_sign(false);
        self.link.faults.online(&self.reception.me);
    }

    fn trouble(&mut self, sentence: String) {
        self.troubled = true;
        self.link.faults.degraded(sentence);
        self.health().wait_for_sign(true);
    }

    fn health(&self) -> &Health {
        &self.reception.health
    }

    fn often(&self) -> Duration {
        self.link.shared.calls.timing().webhook_check / OFTEN
    }
}

/// What the network says of its last error.
fn words(info: &WebhookInfo) -> String {
    info.last_error_message.chars().take(WORDS).collect()
}

fn elsewhere(endpoint: &Endpoint, info: &WebhookInfo) -> String {
    let what = if info.url.is_empty() {
        "was taken away"
    } else {
        "leads elsewhere now"
    };
    format!(
        "The bot's webhook {what}: another program with the same token has changed it, so no updates come to {}. Stop \
         the other program, or give each a token of its own, and start this one again.",
        endpoint.origin()
    )
}

/// That the network does not get through, what it says of that, and where to look.
fn not_reached(endpoint: &Endpoint, info: &WebhookInfo) -> String {
    let words = words(info);
    let says = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    let hint = if info.secret_refused() {
        "The proxy must pass the header X-Telegram-Bot-Api-Secret-Token on as it comes. It was set again."
            .to_owned()
    } else if says(&["404", "405"]) {
        format!("The proxy must pass the path {} on to the bot.", endpoint.path)
    } else if says(&["413"]) {
        "The proxy must let bodies of 1 MiB pass.".to_owned()
    } else if says(&["502", "503", "504"]) {
        format!(
            "The proxy answers and does not reach the bot: send it to {}.",
            endpoint.bound().unwrap_or(endpoint.listen)
        )
    } else if says(&["SSL", "certificate"]) {
        "Its certificate must be publicly trusted and complete.".to_owned()
    } else {
        "Check its name, its firewall and its proxy.".to_owned()
    };
    format!(
        "Telegram does not reach {} ({words}); {} updates wait there. {hint}",
        endpoint.origin(),
        info.pending_update_count
    )
}
