//! Learns why the gateway closes every new session, which serenity does not tell for some close codes.
//! Owns one short connection of its own.
//!
//! It costs one IDENTIFY and is only used after several were closed before READY. If READY comes after all, its
//! session is handed to the shard to resume, so the IDENTIFY is not lost.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::Url;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use serenity::model::gateway::GatewayIntents;
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tracing::debug;

use super::session::Session;

/// What the probe learned.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// The gateway closed the connection with this code.
    Closed(u16),
    /// The gateway began a session after all.
    Session(Session),
    /// Neither: no connection, no answer, or an end without a code.
    Unclear,
}

/// Identifies once and reports what comes back within `patience`.
pub(super) async fn probe(url: &str, token: &str, intents: GatewayIntents, patience: Duration) -> Finding {
    timeout(patience, ask(url, token, intents))
        .await
        .ok()
        .flatten()
        .unwrap_or(Finding::Unclear)
}

#[derive(Deserialize)]
struct Frame<'a> {
    op: u8,
    #[serde(borrow)]
    t: Option<&'a str>,
    #[serde(borrow)]
    d: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct ReadyBody {
    session_id: String,
    resume_gateway_url: Option<String>,
}

async fn ask(url: &str, token: &str, intents: GatewayIntents) -> Option<Finding> {
    // Through the URL type, which adds the path that a request needs.
    let address = Url::parse(&format!("{url}?v=10")).ok()?;
    let (mut socket, _) = connect_async(address.as_str()).await.ok()?;
    while let Some(message) = socket.next().await {
        let text = match message.ok()? {
            Message::Text(text) => text,
            Message::Close(frame) => {
                debug!(?frame, "the gateway closed the probe");
                return Some(Finding::Closed(frame?.code.into()));
            }
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
        };
        let Ok(frame) = serde_json::from_str::<Frame<'_>>(&text) else {
            continue;
        };
        match (frame.op, frame.t) {
            (10, _) => socket.send(Message::Text(identify(token, intents))).await.ok()?,
            (0, Some("READY")) => {
                let ready: ReadyBody = serde_json::from_str(frame.d?.get()).ok()?;
                let session = Session {
                    id: ready.session_id,
                    seq: 1,
                    resume_url: ready.resume_gateway_url,
                };
                return Some(Finding::Session(session));
            }
            (9, _) => return None,
            _ => {}
        }
    }
    None
}

fn identify(token: &str, intents: GatewayIntents) -> String {
    let properties = json!({ "os": std::env::consts::OS, "browser": "duologue", "device": "duologue" });
    json!({ "op": 2, "d": { "token": token, "intents": intents.bits(), "shard": [0, 1], "properties": properties } })
        .to_string()
}
