//! Health and metrics over HTTP, for whoever looks after the bot: opt-in, on loopback unless told otherwise. Owns the
//! listener while the bot runs.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use duologue_core::metrics::{Histogram, LATENCY_STEPS, Metrics, NetworkMetrics};
use duologue_core::store::{Counts, Timestamp};
use duologue_core::{EngineHandle, SourceStatus};
use serde::Serialize;
use tokio::net::TcpListener;

use crate::error::{Error, Result};

/// How long a network may be away before the bot is no longer well: longer than it takes to come back after a
/// reconnect or a short outage, and short enough for a person to be told the same minute.
const AWAY: Duration = Duration::from_secs(60);

/// What Prometheus expects of the text format.
const METRICS_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A listener that is bound, so that a port that is taken is known before the bot starts.
pub(super) struct Health {
    listener: TcpListener,
}

impl Health {
    pub(super) async fn bind(address: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|source| Error::Health { address, source })?;
        tracing::info!(%address, "health and metrics are served");
        Ok(Self { listener })
    }

    #[cfg(test)]
    pub(super) fn address(&self) -> SocketAddr {
        self.listener.local_addr().expect("it is bound")
    }

    /// Serves until it is dropped.
    pub(super) async fn serve(self, engine: EngineHandle) {
        let service = Router::new()
            .route("/health", get(health))
            .route("/ready", get(ready))
            .route("/metrics", get(metrics))
            .with_state(engine);
        if let Err(error) = axum::serve(self.listener, service).await {
            tracing::error!(%error, "health and metrics are no longer served");
        }
    }
}

/// How the bot is, for machines.
#[derive(Debug, Serialize)]
struct Report {
    ok: bool,
    networks: Vec<NetworkReport>,
    /// What is wrong with the data and what to do, where something is.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<String>,
}

#[derive(Debug, Serialize)]
struct NetworkReport {
    network: &'static str,
    status: &'static str,
    /// What is wrong and what to do, where something is.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// Since how many seconds it is like this.
    seconds: u64,
}

/// Well while a network is there, or was until a moment ago.
async fn health(State(engine): State<EngineHandle>) -> Response {
    report(&engine.metrics(), |networks| networks.iter().any(is_well))
}

/// Ready once every network is there.
async fn ready(State(engine): State<EngineHandle>) -> Response {
    report(&engine.metrics(), |networks| {
        networks
            .iter()
            .all(|network| matches!(network.status, SourceStatus::Online(_)))
    })
}

async fn metrics(State(engine): State<EngineHandle>) -> Response {
    let mut text = exposition(&engine.metrics());
    // Without them the other figures are worth having all the same.
    if let Ok(counts) = engine.counts().await {
        text.push_str(&store(&counts));
    }
    ([(CONTENT_TYPE, METRICS_TYPE)], text).into_response()
}

/// How much there is in the store.
fn store(counts: &Counts) -> String {
    let mut text = Text::default();
    let age = counts
        .oldest
        .map_or(Duration::ZERO, |oldest| Timestamp::now().since(oldest));
    for (name, help, value) in [
        (
            "duologue_store_events",
            "Events that wait in the store.",
            counts.inbox as f64,
        ),
        (
            "duologue_store_oldest_event_seconds",
            "How long the oldest of them waits.",
            age.as_secs_f64(),
        ),
        (
            "duologue_store_unsent",
            "Messages that wait in the store or are on their way.",
            (counts.outgoing + counts.sending) as f64,
        ),
        (
            "duologue_store_unknown_sends",
            "Messages of which nobody knows whether they were sent.",
            counts.unknown as f64,
        ),
        (
            "duologue_store_failed_sends",
            "Messages that were not sent.",
            counts.failed as f64,
        ),
        (
            "duologue_store_dead_letters",
            "Events that were set aside.",
            counts.dead as f64,
        ),
        (
            "duologue_store_jobs",
            "Jobs that are due later.",
            counts.jobs as f64,
        ),
        (
            "duologue_store_tasks",
            "Tasks that have not ended.",
            counts.tasks as f64,
        ),
        (
            "duologue_store_bytes",
            "Bytes of the data on the disk.",
            counts.bytes as f64,
        ),
    ] {
        text.family(name, "gauge", help);
        text.sample(name, "", value);
    }
    text.0
}

fn is_well(network: &NetworkMetrics) -> bool {
    match network.status {
        SourceStatus::Online(_) => true,
        SourceStatus::Connecting | SourceStatus::Degraded(_) => network.status_for < AWAY,
        _ => false,
    }
}

fn report(metrics: &Metrics, ok: impl Fn(&[NetworkMetrics]) -> bool) -> Response {
    let data = metrics.store.as_ref().and_then(|store| store.trouble.clone());
    let ok = ok(&metrics.networks) && data.is_none();
    let networks = metrics.networks.iter().map(|network| {
        let (status, why) = status(&network.status);
        NetworkReport {
            network: network.network.as_str(),
            status,
            why: why.map(str::to_owned),
            seconds: network.status_for.as_secs(),
        }
    });
    let code = if ok {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let networks = networks.collect();
    (code, Json(Report { ok, networks, data })).into_response()
}

fn status(status: &SourceStatus) -> (&'static str, Option<&str>) {
    match status {
        SourceStatus::Connecting => ("connecting", None),
        SourceStatus::Online(_) => ("online", None),
        SourceStatus::Degraded(why) => ("degraded", Some(why)),
        SourceStatus::Failed(why) => ("failed", Some(why)),
        _ => ("stopped", None),
    }
}

/// The metrics in the text format of Prometheus.
fn exposition(metrics: &Metrics) -> String {
    let mut text = Text::default();
    text.family("duologue_network_online", "gauge", "Whether a network is there.");
    for network in &metrics.networks {
        let online = matches!(network.status, SourceStatus::Online(_));
        text.sample(
            "duologue_network_online",
            &of(network, ""),
            f64::from(u8::from(online)),
        );
    }
    text.family(
        "duologue_network_silent_seconds",
        "gauge",
        "How long no event has arrived from a network.",
    );
    for network in &metrics.networks {
        if let Some(silent) = network.silent_for {
            text.sample(
                "duologue_network_silent_seconds",
                &of(network, ""),
                silent.as_secs_f64(),
            );
        }
    }
    text.family(
        "duologue_network_unheard_seconds",
        "gauge",
        "How long a network has not answered, to a poll or to a heartbeat.",
    );
    for network in &metrics.networks {
        if let Some(unheard) = network.unheard_for {
            text.sample(
                "duologue_network_unheard_seconds",
                &of(network, ""),
                unheard.as_secs_f64(),
            );
        }
    }
    text.family(
        "duologue_events_total",
        "counter",
        "Events that networks offered, by what became of them.",
    );
    for network in &metrics.networks {
        let events = network.events;
        for (outcome, count) in [
            ("accepted", events.accepted),
            ("duplicate", events.duplicate),
            ("busy", events.busy),
            ("shed", events.shed),
        ] {
            text.sample(
                "duologue_events_total",
                &of(network, &outcome_label(outcome)),
                count as f64,
            );
        }
    }
    text.family(
        "duologue_sends_total",
        "counter",
        "Actions on networks, by what became of them.",
    );
    for network in &metrics.networks {
        let sends = network.sends;
        for (outcome, count) in [
            ("sent", sends.sent),
            ("not_sent", sends.not_sent),
            ("unknown", sends.unknown),
        ] {
            text.sample(
                "duologue_sends_total",
                &of(network, &outcome_label(outcome)),
                count as f64,
            );
        }
    }
    text.family(
        "duologue_send_retries_total",
        "counter",
        "Calls that were made again.",
    );
    for network in &metrics.networks {
        text.sample(
            "duologue_send_retries_total",
            &of(network, ""),
            network.sends.retries as f64,
        );
    }
    text.family(
        "duologue_unsent",
        "gauge",
        "Actions that wait to be sent or are on their way.",
    );
    for network in &metrics.networks {
        text.sample("duologue_unsent", &of(network, ""), network.unsent as f64);
    }
    text.family(
        "duologue_answer_seconds",
        "histogram",
        "From the receipt of an event to the confirmation of the first answer to it.",
    );
    for network in &metrics.networks {
        text.histogram("duologue_answer_seconds", &of(network, ""), &network.answers);
    }
    text.family(
        "duologue_waiting_events",
        "gauge",
        "Events that wait for their turn.",
    );
    text.sample("duologue_waiting_events", "", metrics.waiting as f64);
    text.family(
        "duologue_turns_total",
        "counter",
        "Turns of handlers, by how they ended.",
    );
    let turns = metrics.turns;
    for (outcome, count) in [
        ("done", turns.done),
        ("failed", turns.failed),
        ("panicked", turns.panicked),
        ("timed_out", turns.timed_out),
    ] {
        text.sample("duologue_turns_total", &outcome_label(outcome), count as f64);
    }
    text.family(
        "duologue_runtime_late_seconds_total",
        "counter",
        "How late the runtime's timers were: a handler blocked its thread, or the machine was too busy.",
    );
    text.sample(
        "duologue_runtime_late_seconds_total",
        "",
        metrics.late.as_secs_f64(),
    );
    if let Some(store) = &metrics.store {
        text.family(
            "duologue_store_commits_total",
            "counter",
            "Ends of turns that were kept.",
        );
        text.sample("duologue_store_commits_total", "", store.commits as f64);
        text.family(
            "duologue_store_faults_total",
            "counter",
            "Operations of the store that failed.",
        );
        text.sample("duologue_store_faults_total", "", store.faults as f64);
    }
    text.family(
        "duologue_tasks",
        "gauge",
        "Tasks by their lane and by whether they run or wait.",
    );
    for (lane, load) in ["async", "blocking", "process"].into_iter().zip(&metrics.lanes) {
        for (state, count) in [("running", load.running), ("waiting", load.waiting)] {
            let labels = format!("lane=\"{lane}\",state=\"{state}\"");
            text.sample("duologue_tasks", &labels, count as f64);
        }
    }
    text.0
}

fn of(network: &NetworkMetrics, more: &str) -> String {
    let comma = if more.is_empty() { "" } else { "," };
    format!("network=\"{}\"{comma}{more}", network.network)
}

fn outcome_label(outcome: &str) -> String {
    format!("outcome=\"{outcome}\"")
}

#[derive(Default)]
struct Text(String);

/// Writing into a string cannot fail.
impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &str, value: f64) {
        let labels = if labels.is_empty() {
            String::new()
        } else {
            format!("{{{labels}}}")
        };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }

    fn histogram(&mut self, name: &str, labels: &str, histogram: &Histogram) {
        let mut sum = 0;
        let bounds = LATENCY_STEPS
            .iter()
            .map(ToString::to_string)
            .chain(["+Inf".to_owned()]);
        for (bound, count) in bounds.zip(histogram.steps) {
            sum += count;
            self.sample(
                &format!("{name}_bucket"),
                &format!("{labels},le=\"{bound}\""),
                sum as f64,
            );
        }
        self.sample(&format!("{name}_sum"), labels, histogram.sum.as_secs_f64());
        self.sample(&format!("{name}_count"), labels, histogram.count() as f64);
    }
}

#[cfg(test)]
mod tests;
