//! The HTTP side of the Bot API: from a request to an answer and an entry in the log. Owns no state.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::error::{ApiError, Outcome};
use super::methods::{self, Call};
use super::{file, state, updates, webhook};
use crate::config::DraftSupport;
use crate::conn::Conn;
use crate::faults::FaultKind;
use crate::faults::apply::{Trial, Verdict};
use crate::files::Upload;
use crate::http::{self, BodyError};
use crate::requests::RequestEntry;
use crate::schema;
use crate::view::Network;
use crate::world::Shared;

/// The method that not every server knows.
const DRAFTS: &str = "sendMessageDraft";

/// What a call came with.
#[derive(Default)]
struct Given {
    values: Map<String, Value>,
    files: BTreeMap<String, Upload>,
    warnings: Vec<String>,
}

/// Answers `/bot<token>/<method>`; `rest` is what stands after `/bot`.
pub(crate) async fn handle(shared: Arc<Shared>, conn: Conn, rest: String, request: Request) -> Response {
    let (token, asked) = rest.split_once('/').unwrap_or((&rest, ""));
    let token = http::percent_path(token);
    let asked = asked.trim_end_matches('/');
    let method = schema::telegram::method_name(asked);
    let drafts = shared.read(|world| world.config.telegram_drafts);
    let method = method.filter(|method| *method != DRAFTS || drafts != DraftSupport::Missing);
    let bot = shared.with(|world| state::login(world, &token));
    let shown = bot.or_else(|| state::token_bot(&token)).unwrap_or(0);
    let started = shared.clock.now_ms();
    let id = shared.next_call();
    let verb = request.method().to_string();
    let name = method.unwrap_or(asked);

    let mut trial = Trial::new(&shared, &conn, Network::Telegram, name, shown);
    let mut given = Given::default();
    let (status, body, page) = match trial.before().await {
        Verdict::Cut => (0, Value::Null, None),
        _ => match read(request, method).await {
            Err(error) => (error.code, error.body(), None),
            Ok(read) => {
                given = read;
                if drafts == DraftSupport::NoStop && method == Some(DRAFTS) {
                    let unknown = ["can_stop", "keep_on_stop"].into_iter();
                    let unknown = unknown.filter(|name| given.values.contains_key(*name));
                    let warnings = unknown.map(|name| schema::telegram::unknown_parameter(DRAFTS, name));
                    given.warnings.extend(warnings);
                }
                match trial.instead() {
                    Verdict::Instead(kind) => fault_answer(&kind),
                    _ => {
                        let outcome = answer(&shared, bot, method, &mut given, id).await;
                        let (status, body) = envelope(outcome);
                        (status, body, None)
                    }
                }
            }
        },
    };
    // An empty long poll says nothing: the log keeps what does.
    let dull = method == Some("getUpdates") && body["result"].as_array().is_some_and(Vec::is_empty);
    let cut = trial.after(body.to_string().len());
    let fault = (!trial.applied.is_empty()).then(|| trial.applied.join(", "));
    if !dull || fault.is_some() {
        let took_ms = shared.clock.now_ms().saturating_sub(started);
        shared.record(RequestEntry {
            id,
            network: Network::Telegram,
            bot: shown,
            verb,
            path: format!("/bot{shown}:…/{asked}"),
            method: name.to_owned(),
            request: Value::Object(given.values),
            files: given.files.values().map(|file| file.name.clone()).collect(),
            status: if cut { 0 } else { status },
            response: body.clone(),
            at_ms: started,
            took_ms,
            warnings: given.warnings,
            fault,
        });
    }
    page.map_or_else(|| http::json(status.max(200), &body), http::html)
}

fn envelope(outcome: Outcome) -> (u16, Value) {
    match outcome {
        Ok(result) => (200, json!({ "ok": true, "result": result })),
        Err(error) => (error.code, error.body()),
    }
}

/// Query, form, JSON and multipart parameters of a call, in their types.
async fn read(request: Request, method: Option<&'static str>) -> Result<Given, ApiError> {
    let (parts, body) = request.into_parts();
    let mut values = parts.uri.query().map(http::decode).unwrap_or_default();
    let too_large = || ApiError::new(413, "Request Entity Too Large");
    let bytes = http::read(body).await.map_err(|_| too_large())?;
    let parsed = http::parse(&parts.headers, bytes)
        .await
        .map_err(|error| match error {
            BodyError::TooLarge => too_large(),
            BodyError::NotJson(_) => ApiError::bad("can't parse JSON object"),
            BodyError::Broken(_) => ApiError::bad("can't parse the multipart form"),
        })?;
    values.extend(parsed.fields);
    match parsed.json {
        Some(Value::Object(object)) => values.extend(object),
        Some(_) => return Err(ApiError::bad("can't parse JSON object")),
        None => {}
    }
    // A part without a file name is a file as well when the method wants one there: libraries differ.
    let mut given = Given {
        values,
        files: parsed.files,
        warnings: Vec::new(),
    };
    if let Some(method) = method {
        let checked = schema::telegram::check(method, &mut given.values, &given.files);
        given.warnings = checked.map_err(ApiError::bad)?;
    }
    Ok(given)
}

async fn answer(
    shared: &Arc<Shared>,
    bot: Option<i64>,
    method: Option<&'static str>,
    given: &mut Given,
    id: u64,
) -> Outcome {
    let bot = bot.ok_or_else(ApiError::unauthorized)?;
    let method = method.ok_or_else(ApiError::no_method)?;
    if method == "getUpdates" {
        return updates::get_updates(shared, bot, &given.values).await;
    }
    let outcome = shared.with(|world| {
        let mut call = Call {
            world,
            bot,
            values: &given.values,
            files: &given.files,
            id,
        };
        methods::answer(&mut call, method)
    });
    if method == "setWebhook" && outcome.is_ok() {
        webhook::start(shared, bot);
    }
    outcome
}

fn fault_answer(kind: &FaultKind) -> (u16, Value, Option<u16>) {
    let error = match kind {
        FaultKind::RateLimit { retry_after, .. } => ApiError::too_many(
            format!("{:.0}", retry_after.clamp(1.0, 1e6).ceil())
                .parse()
                .unwrap_or(1),
        ),
        FaultKind::ServerError { status, html: true } => return (*status, Value::Null, Some(*status)),
        FaultKind::ServerError { status, .. } => ApiError::new(*status, server_error(*status)),
        FaultKind::Answer { status, body } => return (*status, body.clone(), None),
        FaultKind::SecondPoller => ApiError::other_poller(),
        _ => ApiError::unauthorized(),
    };
    (error.code, error.body(), None)
}

fn server_error(status: u16) -> &'static str {
    match status {
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Internal Server Error",
    }
}

/// Answers `/file/bot<token>/<path>`.
pub(crate) fn download(shared: &Shared, rest: &str) -> Response {
    let (token, path) = rest.split_once('/').unwrap_or((rest, ""));
    let token = http::percent_path(token);
    let found = shared.with(|world| {
        let bot = state::login(world, &token).ok_or_else(ApiError::unauthorized)?;
        file::download(world, bot, path)
    });
    match found {
        Ok(upload) => crate::server::file_response(&upload),
        Err(error) => http::json(error.code, &error.body()),
    }
}
