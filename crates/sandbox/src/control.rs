//! The control API: what the handle offers, over HTTP, for the page and for tests in other languages. Owns no state.
//!
//! | call | what |
//! |---|---|
//! | `GET /control/status` | bots, users, chats, faults, the clock and the addresses to give to a bot |
//! | `GET /control/chat?key=K&user=U` | a chat's messages, and the commands its menu offers that user |
//! | `GET /control/events` | server-sent events, one per change; `resync` when some were missed |
//! | `GET /control/requests?limit=N`, `GET /control/requests/ID` | the request log |
//! | `GET /control/visits` | the requests to the sandbox's own site, oldest first |
//! | `GET /control/interaction/ID` | what answered an interaction: callback type, message, form, choices |
//! | `POST /control/bots`, `users`, `chats`, `topics` | new ones |
//! | `POST /control/send`, `edit`, `delete`, `react`, `typing`, `vote` | what users do with messages |
//! | `POST /control/press`, `select`, `slash`, `autocomplete`, `submit`, `stop` | what users ask of bots |
//! | `POST /control/block`, `member`, `promote`, `restrict`, `ban`, `migrate`, `privacy`, `privileged`, `writable` | circumstances |
//! | `POST /control/inject` | a raw update (Telegram) or gateway event (Discord) for a bot |
//! | `GET`, `POST`, `DELETE /control/faults[/ID]` | the fault switch |
//! | `POST /control/gateway` | something once to gateway connections: `{"do": "reconnect"}` and so on |
//! | `POST /control/revoke` | revokes a token, or gives it back |
//! | `POST /control/clock` | `{"advance_ms": N}`, `{"paused": true}` |
//!
//! Bodies are JSON; with files they are `multipart/form-data` with the JSON in the part `payload`. Ids are strings.

mod act;
mod events;
mod read;

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use serde_json::{Value, json};

use crate::error::ActError;
use crate::files::Upload;
use crate::http::{self, BodyError};
use crate::server::{own_origin, refuse};
use crate::world::Shared;

/// A call's body.
pub(crate) struct Given {
    pub(crate) body: Value,
    /// Files, by the name of their part.
    pub(crate) files: Vec<(String, Upload)>,
}

impl Given {
    pub(crate) fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }

    /// A number, written as one or as a string.
    pub(crate) fn id(&self, name: &str) -> Option<i64> {
        let value = &self.body[name];
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    }

    pub(crate) fn need(&self, name: &str) -> Result<i64, ActError> {
        self.id(name)
            .ok_or_else(|| ActError::Refused(format!("the field {name} is missing")))
    }

    pub(crate) fn telegram(&self) -> bool {
        self.body["network"] == "telegram" || self.text("chat").starts_with("telegram:")
    }
}

/// Answers `/control/...`.
pub(crate) async fn handle(shared: Arc<Shared>, request: Request) -> Response {
    if !own_origin(&request) {
        return refuse(
            403,
            "the control API takes calls of programs and of the sandbox's own page only",
        );
    }
    let path = request
        .uri()
        .path()
        .trim_start_matches("/control")
        .trim_matches('/')
        .to_owned();
    let query = request.uri().query().map(http::decode).unwrap_or_default();
    let method = request.method().as_str().to_owned();
    if method == "GET" {
        return match path.as_str() {
            "events" => events::stream(&shared),
            path => answer(read::get(&shared, path, &query)),
        };
    }
    let given = match body(request).await {
        Ok(given) => given,
        Err(why) => return refuse(400, &why),
    };
    match (method.as_str(), path.as_str()) {
        ("POST", "autocomplete") => answer(act::autocomplete(&shared, &given).await),
        ("POST", path) => answer(act::post(&shared, path, &given)),
        ("DELETE", path) => answer(act::delete(&shared, path)),
        _ => refuse(405, "the control API knows GET, POST and DELETE"),
    }
}

async fn body(request: Request) -> Result<Given, String> {
    let (parts, body) = request.into_parts();
    let read = http::read(body).await;
    let bytes = read.map_err(|_| "the body is too large".to_owned())?;
    let parsed = http::parse(&parts.headers, bytes)
        .await
        .map_err(|error| match error {
            BodyError::TooLarge => "the body is too large".to_owned(),
            BodyError::NotJson(why) | BodyError::Broken(why) => why,
        })?;
    let payload = parsed.fields.get("payload").and_then(Value::as_str);
    let body = match (parsed.json, payload) {
        (Some(json), _) => json,
        (None, Some(payload)) => serde_json::from_str(payload).map_err(|error| error.to_string())?,
        (None, None) => json!({}),
    };
    Ok(Given {
        body,
        files: parsed.files.into_iter().collect(),
    })
}

fn answer(result: Result<Value, ActError>) -> Response {
    match result {
        Ok(value) => http::json(200, &value),
        Err(error) => {
            let status = match error {
                ActError::Refused(_) => 422,
                ActError::Full { .. } => 507,
                _ => 404,
            };
            refuse(status, &error.to_string())
        }
    }
}

/// There is no such call.
pub(crate) fn unknown(path: &str) -> ActError {
    ActError::NoComponent(format!("control call {path}"))
}
