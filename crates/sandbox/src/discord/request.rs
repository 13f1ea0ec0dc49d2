//! The HTTP side of Discord's REST API: from a request to an answer and an entry in the log. Owns no state.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::routes::{self, Ids};
use super::{limits, state};
use crate::conn::Conn;
use crate::faults::FaultKind;
use crate::faults::apply::{Trial, Verdict};
use crate::files::Upload;
use crate::http::{self, BodyError};
use crate::requests::RequestEntry;
use crate::schema;
use crate::view::Network;
use crate::world::{Shared, World};

/// A call under the world's lock.
pub(crate) struct Call<'a> {
    pub(crate) world: &'a mut World,
    /// The bot that calls; for interactions the one the token belongs to, 0 when there is none.
    pub(crate) bot: i64,
    pub(crate) ids: &'a Ids,
    pub(crate) query: &'a Map<String, Value>,
    pub(crate) body: &'a Value,
    pub(crate) files: &'a BTreeMap<String, Upload>,
    /// The call's number in the request log.
    pub(crate) number: u64,
}

impl Call<'_> {
    /// A snowflake in the path; 0 when it is none.
    pub(crate) fn id(&self, name: &str) -> i64 {
        self.ids.get(name).and_then(|id| id.parse().ok()).unwrap_or(0)
    }

    pub(crate) fn part(&self, name: &str) -> &str {
        self.ids.get(name).map_or("", String::as_str)
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name)?.as_str()
    }
}

/// An answer without an error.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) fn ok(body: Value) -> Self {
        Self { status: 200, body }
    }

    pub(crate) fn created(body: Value) -> Self {
        Self { status: 201, body }
    }

    pub(crate) fn nothing() -> Self {
        Self {
            status: 204,
            body: Value::Null,
        }
    }
}

pub(crate) type Outcome = Result<Reply, ApiError>;

#[derive(Default)]
struct Given {
    body: Value,
    files: BTreeMap<String, Upload>,
}

struct Answer {
    status: u16,
    body: Value,
    headers: Vec<(&'static str, String)>,
    page: bool,
}

impl Answer {
    fn error(error: ApiError) -> Self {
        Self {
            status: error.status,
            body: error.body,
            headers: error.headers,
            page: false,
        }
    }
}

/// The path below `/api`, without its version. `None`: a version that Discord does not serve any more.
fn below_version(path: &str) -> Option<&str> {
    let Some(versioned) = path.strip_prefix("/v") else {
        return Some(path);
    };
    let (version, _) = versioned.split_once('/').unwrap_or((versioned, ""));
    match version.parse::<u8>() {
        Ok(9 | 10) => Some(&versioned[version.len()..]),
        Ok(_) => None,
        Err(_) => Some(path),
    }
}

/// Answers `/api/...`; `path` is what stands after `/api`.
pub(crate) async fn handle(shared: Arc<Shared>, conn: Conn, path: String, request: Request) -> Response {
    let verb = request.method().to_string();
    let started = shared.clock.now_ms();
    let Some(below) = below_version(&path) else {
        return respond(&Answer::error(ApiError::new(400, 50041, "Invalid API version")));
    };
    let Some((route, ids)) = routes::find(below) else {
        return respond(&Answer::error(ApiError::not_found()));
    };
    let method = format!("{verb} {route}");
    let token = authorization(request.headers()).map(str::to_owned);
    let bot = caller(&shared, token.as_deref(), &ids);
    let shown = bot
        .or_else(|| token.as_deref().and_then(state::token_bot))
        .unwrap_or(0);
    let number = shared.next_call();
    let query = request.uri().query().map(http::decode).unwrap_or_default();

    let mut trial = Trial::new(&shared, &conn, Network::Discord, &method, shown);
    let mut given = Given::default();
    let answer = match trial.before().await {
        Verdict::Cut => Answer {
            status: 0,
            body: Value::Null,
            headers: Vec::new(),
            page: false,
        },
        _ => match read(request).await {
            Err(error) => Answer::error(error),
            Ok(read) => {
                given = read;
                match trial.instead() {
                    Verdict::Instead(kind) => fault_answer(&kind, shared.clock.now_ms()),
                    _ => answer(&shared, bot, (&verb, route), &ids, &query, &given, number),
                }
            }
        },
    };
    let cut = trial.after(answer.body.to_string().len());
    let fault = (!trial.applied.is_empty()).then(|| trial.applied.join(", "));
    shared.record(RequestEntry {
        id: number,
        network: Network::Discord,
        bot: shown,
        verb,
        path: format!("/api{path}"),
        method,
        request: given.body,
        files: given.files.values().map(|file| file.name.clone()).collect(),
        status: if cut { 0 } else { answer.status },
        response: answer.body.clone(),
        at_ms: started,
        took_ms: shared.clock.now_ms().saturating_sub(started),
        warnings: Vec::new(),
        fault,
    });
    respond(&answer)
}

fn authorization(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bot ")
}

/// The bot a call belongs to: by its header, or by the interaction's token in the path.
fn caller(shared: &Shared, token: Option<&str>, ids: &Ids) -> Option<i64> {
    shared.with(|world| {
        let of_path = ids.get("interaction_token").or_else(|| ids.get("webhook_token"));
        let of_path = of_path
            .and_then(|token| world.discord.by_token(token))
            .map(|interaction| interaction.bot);
        of_path.or_else(|| state::login(world, token?))
    })
}

async fn read(request: Request) -> Result<Given, ApiError> {
    let (parts, body) = request.into_parts();
    let bytes = http::read(body).await.map_err(|_| ApiError::too_large())?;
    let parsed = http::parse(&parts.headers, bytes)
        .await
        .map_err(|error| match error {
            BodyError::TooLarge => ApiError::too_large(),
            _ => ApiError::bad_json(),
        })?;
    let payload = parsed.fields.get("payload_json").and_then(Value::as_str);
    let body = match (parsed.json, payload) {
        (Some(json), _) => json,
        (None, Some(payload)) => serde_json::from_str(payload).map_err(|_| ApiError::bad_json())?,
        (None, None) if parsed.fields.is_empty() && parsed.files.is_empty() => Value::Null,
        (None, None) => Value::Object(parsed.fields),
    };
    Ok(Given {
        body,
        files: parsed.files,
    })
}

fn answer(
    shared: &Shared,
    bot: Option<i64>,
    (verb, route): (&str, &'static str),
    ids: &Ids,
    query: &Map<String, Value>,
    given: &Given,
    number: u64,
) -> Answer {
    shared.with(|world| {
        if bot.is_none() && !routes::tokenless(route) {
            return Answer::error(ApiError::unauthorized());
        }
        let headers = match limits::count(
            world,
            bot.unwrap_or(0),
            &format!("{verb} {route}"),
            &routes::major(ids),
        ) {
            Ok(headers) => headers,
            Err(error) => return Answer::error(error),
        };
        let checked = schema::discord::check(verb, route, &given.body);
        let outcome = checked.and_then(|()| {
            let (body, files) = (&given.body, &given.files);
            routes::answer(
                &mut Call {
                    world,
                    bot: bot.unwrap_or(0),
                    ids,
                    query,
                    body,
                    files,
                    number,
                },
                verb,
                route,
            )
        });
        match outcome {
            Ok(reply) => Answer {
                status: reply.status,
                body: reply.body,
                headers,
                page: false,
            },
            Err(mut error) => {
                error.headers.extend(headers);
                Answer::error(error)
            }
        }
    })
}

fn fault_answer(kind: &FaultKind, _now_ms: u64) -> Answer {
    match kind {
        FaultKind::RateLimit { retry_after, global } => {
            let wait = std::time::Duration::from_secs_f64(retry_after.clamp(0.0, 1e6));
            let wait = u64::try_from(wait.as_millis()).unwrap_or(1000);
            let bucket = vec![
                ("x-ratelimit-limit", "5".to_owned()),
                ("x-ratelimit-remaining", "0".to_owned()),
                (
                    "x-ratelimit-reset-after",
                    format!("{}.{:03}", wait / 1000, wait % 1000),
                ),
                (
                    "x-ratelimit-bucket",
                    "5aadb0b05aadb0b05aadb0b05aadb0b0".to_owned(),
                ),
            ];
            Answer::error(limits::too_many(
                wait,
                *global,
                if *global { Vec::new() } else { bucket },
            ))
        }
        FaultKind::ServerError { status, html } => {
            let body = json!({ "message": "500: Internal Server Error", "code": 0 });
            Answer {
                status: *status,
                body,
                headers: Vec::new(),
                page: *html,
            }
        }
        FaultKind::Answer { status, body } => Answer {
            status: *status,
            body: body.clone(),
            headers: Vec::new(),
            page: false,
        },
        _ => Answer::error(ApiError::unauthorized()),
    }
}

fn respond(answer: &Answer) -> Response {
    if answer.page {
        return http::html(answer.status);
    }
    let mut response = if answer.status == 204 {
        StatusCode::NO_CONTENT.into_response()
    } else {
        http::json(answer.status.max(200), &answer.body)
    };
    for (name, value) in &answer.headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), value);
        }
    }
    response
}
