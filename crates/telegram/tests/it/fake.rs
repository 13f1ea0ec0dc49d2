//! A Bot API that does as it is told: it answers well, or with what a test put into its script. Owns the requests that
//! it got.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use duologue_core::Secret;
use duologue_telegram::{Telegram, TelegramConfig, Timing};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::collector::DEADLINE;

/// A token whose secret part is looked for wherever it must not be.
pub(crate) const TOKEN: &str = "4242:CANARY-in-the-coal_mine";

/// The server.
pub(crate) struct Fake {
    pub(crate) url: String,
    state: Arc<Shared>,
    _tasks: JoinSet<()>,
}

/// One request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) method: String,
    /// The JSON body, or the text fields of a form; those of a form that hold JSON are parsed.
    pub(crate) body: Value,
    /// The files of a form: field, file name, media type, bytes.
    pub(crate) files: Vec<(String, String, Option<String>, Bytes)>,
}

/// What to answer with.
#[derive(Clone)]
pub(crate) struct Answer {
    status: u16,
    body: Bytes,
}

struct Shared {
    inner: Mutex<Inner>,
    changed: watch::Sender<u64>,
}

#[derive(Default)]
struct Inner {
    script: HashMap<String, VecDeque<Answer>>,
    updates: Vec<Value>,
    got: Vec<Got>,
    files: HashMap<String, Bytes>,
    /// What `getWebhookInfo` answers.
    webhook: serde_json::Map<String, Value>,
    messages: i64,
    busy: usize,
    busiest: usize,
    hold: bool,
}

impl Answer {
    pub(crate) fn ok(result: Value) -> Self {
        Self::json(200, &json!({ "ok": true, "result": result }))
    }

    pub(crate) fn refuse(code: u16, description: &str) -> Self {
        Self::json(
            code,
            &json!({ "ok": false, "error_code": code, "description": description }),
        )
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, &body.to_string())
    }

    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self {
            status,
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    }
}

impl Fake {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Shared {
            inner: Mutex::default(),
            changed: watch::Sender::new(0),
        });
        let app = Router::new().fallback(answer).with_state(Arc::clone(&state));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            url,
            state,
            _tasks: tasks,
        }
    }

    /// The adapter for this server, with short times.
    pub(crate) fn telegram(&self) -> Telegram {
        Telegram::new(config(&self.url)).unwrap()
    }

    /// The next calls of a method get these answers.
    pub(crate) fn script(&self, method: &str, answers: impl IntoIterator<Item = Answer>) {
        let mut inner = self.state.inner.lock().unwrap();
        inner.script.entry(method.to_owned()).or_default().extend(answers);
    }

    /// An update that waits to be fetched.
    pub(crate) fn push(&self, update: Value) {
        self.state.inner.lock().unwrap().updates.push(update);
        self.state.touch();
    }

    /// Changes what `getWebhookInfo` answers.
    pub(crate) fn set_webhook(&self, changes: Value) {
        let mut inner = self.state.inner.lock().unwrap();
        inner.webhook.extend(changes.as_object().unwrap().clone());
    }

    pub(crate) fn put_file(&self, path: &str, bytes: &'static [u8]) {
        let mut inner = self.state.inner.lock().unwrap();
        inner.files.insert(path.to_owned(), Bytes::from_static(bytes));
    }

    /// Answers to calls are held back while this is set.
    pub(crate) fn hold(&self, hold: bool) {
        self.state.inner.lock().unwrap().hold = hold;
        self.state.touch();
    }

    /// How many calls were waiting for an answer at most, and how many are now.
    pub(crate) fn load(&self) -> (usize, usize) {
        let inner = self.state.inner.lock().unwrap();
        (inner.busiest, inner.busy)
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.state.inner.lock().unwrap().got.clone()
    }

    pub(crate) fn methods(&self) -> Vec<String> {
        self.got().into_iter().map(|got| got.method).collect()
    }

    /// The bodies of a method's calls.
    pub(crate) fn bodies(&self, method: &str) -> Vec<Value> {
        let got = self.got().into_iter();
        got.filter(|got| got.method == method)
            .map(|got| got.body)
            .collect()
    }

    /// The only call of a method.
    #[track_caller]
    pub(crate) fn only(&self, method: &str) -> Got {
        let mut got = self.got();
        got.retain(|got| got.method == method);
        assert_eq!(got.len(), 1, "{method}: {got:?}");
        got.remove(0)
    }

    pub(crate) async fn until(&self, holds: impl Fn(&Self) -> bool) {
        let mut changes = self.state.changed.subscribe();
        let waited = tokio::time::timeout(DEADLINE, async {
            while !holds(self) {
                changes.changed().await.unwrap();
            }
        });
        if waited.await.is_err() {
            panic!("it never came; got {:#?}", self.got());
        }
    }

    /// Waits for a call of a method whose body has something.
    pub(crate) async fn until_called(&self, method: &str, holds: impl Fn(&Value) -> bool) {
        self.until(|it| it.bodies(method).iter().any(&holds)).await;
    }
}

/// A configuration with short times.
pub(crate) fn config(api_url: &str) -> TelegramConfig {
    TelegramConfig {
        api_url: api_url.to_owned(),
        timing: Timing {
            poll: Duration::from_secs(5),
            call: Duration::from_secs(5),
            connect: Duration::from_secs(5),
            upload: Duration::from_secs(5),
            stall: Duration::from_secs(5),
            backoff: Duration::from_millis(1),
            backoff_most: Duration::from_millis(5),
            token_doubt: Duration::from_millis(4),
            ..Timing::default()
        },
        ..TelegramConfig::new(Secret::new(TOKEN))
    }
}

impl Shared {
    fn touch(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    async fn until(&self, holds: impl Fn(&mut Inner) -> bool, longest: Duration) {
        let mut changes = self.changed.subscribe();
        let waited = async {
            while !holds(&mut self.inner.lock().unwrap()) {
                changes.changed().await.unwrap();
            }
        };
        // Who waited in vain goes on.
        drop(tokio::time::timeout(longest, waited).await);
    }
}

async fn answer(State(state): State<Arc<Shared>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let answer = if let Some(path) = path.strip_prefix(&format!("/file/bot{TOKEN}/")) {
        let file = state.inner.lock().unwrap().files.get(path).cloned();
        match file {
            Some(body) => Answer { status: 200, body },
            None => Answer::refuse(404, "Not Found"),
        }
    } else if let Some(method) = path.strip_prefix(&format!("/bot{TOKEN}/")) {
        let got = read(method.to_owned(), request).await;
        respond(&state, got).await
    } else {
        Answer::refuse(404, "Not Found")
    };
    Response::builder()
        .status(StatusCode::from_u16(answer.status).unwrap())
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(answer.body))
        .unwrap()
}

async fn read(method: String, request: Request) -> Got {
    let form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/"));
    let mut files = Vec::new();
    let body = if form {
        let mut fields = serde_json::Map::new();
        let mut form = Multipart::from_request(request, &()).await.unwrap();
        while let Some(field) = form.next_field().await.unwrap() {
            let name = field.name().unwrap().to_owned();
            if let Some(file) = field.file_name().map(str::to_owned) {
                let kind = field.content_type().map(str::to_owned);
                files.push((name, file, kind, field.bytes().await.unwrap()));
            } else {
                let text = field.text().await.unwrap();
                let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
                fields.insert(name, value);
            }
        }
        Value::Object(fields)
    } else {
        let body = axum::body::to_bytes(request.into_body(), 1 << 24).await.unwrap();
        if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&body).unwrap()
        }
    };
    Got { method, body, files }
}

async fn respond(state: &Shared, got: Got) -> Answer {
    let (method, body) = (got.method.clone(), got.body.clone());
    let scripted = {
        let mut inner = state.inner.lock().unwrap();
        inner.got.push(got);
        inner.busy += 1;
        inner.busiest = inner.busiest.max(inner.busy);
        inner.script.get_mut(&method).and_then(VecDeque::pop_front)
    };
    state.touch();
    if method != "getUpdates" {
        state.until(|inner| !inner.hold, DEADLINE).await;
    }
    let answer = match scripted {
        Some(answer) => answer,
        None => usual(state, &method, &body).await,
    };
    state.inner.lock().unwrap().busy -= 1;
    state.touch();
    answer
}

/// What a Bot API in good order says.
async fn usual(state: &Shared, method: &str, body: &Value) -> Answer {
    let next_message = || {
        let mut inner = state.inner.lock().unwrap();
        inner.messages += 1;
        json!({ "message_id": 100 + inner.messages, "date": 1, "chat": { "id": 1, "type": "private" } })
    };
    match method {
        "getMe" => {
            Answer::ok(json!({ "id": 4242, "is_bot": true, "first_name": "Paper", "username": "Paper_Bot" }))
        }
        "getUpdates" => Answer::ok(updates(state, body).await),
        "setWebhook" => {
            // It never tells the secret.
            let mut info = body.as_object().unwrap().clone();
            info.retain(|key, _| matches!(&**key, "url" | "max_connections" | "allowed_updates"));
            state.inner.lock().unwrap().webhook.extend(info);
            Answer::ok(json!(true))
        }
        "getWebhookInfo" => {
            let mut info = json!({ "url": "", "has_custom_certificate": false, "pending_update_count": 0 });
            let known = state.inner.lock().unwrap().webhook.clone();
            info.as_object_mut().unwrap().extend(known);
            Answer::ok(info)
        }
        "getMyCommands" => Answer::ok(json!([])),
        "sendMediaGroup" => {
            let count = body["media"].as_array().map_or(0, Vec::len);
            Answer::ok((0..count).map(|_| next_message()).collect())
        }
        "sendChatAction" => Answer::ok(json!(true)),
        method if method.starts_with("send") => Answer::ok(next_message()),
        method if method.starts_with("edit") => {
            Answer::ok(json!({ "message_id": body["message_id"], "date": 1 }))
        }
        _ => Answer::ok(json!(true)),
    }
}

/// Holds the request while there is nothing, and forgets what an offset confirms.
async fn updates(state: &Shared, body: &Value) -> Value {
    let offset = body["offset"].as_i64();
    let limit = body["limit"]
        .as_u64()
        .map_or(100, |limit| usize::try_from(limit).unwrap());
    if let Some(offset) = offset {
        let mut inner = state.inner.lock().unwrap();
        inner
            .updates
            .retain(|update| update["update_id"].as_i64().unwrap() >= offset);
    }
    let longest = Duration::from_secs(body["timeout"].as_u64().unwrap_or(0));
    state.until(|inner| !inner.updates.is_empty(), longest).await;
    let inner = state.inner.lock().unwrap();
    inner.updates.iter().take(limit).cloned().collect()
}
