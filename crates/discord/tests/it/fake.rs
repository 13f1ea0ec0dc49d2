//! A small Discord on loopback: enough REST and gateway for the adapter, a log of every call, and answers that a test
//! scripts. Owns the server's state.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, timeout};

/// No step of a test takes longer than this.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The bot's user and application.
pub(crate) const BOT: &str = "100";
pub(crate) const APPLICATION: &str = "200";

pub(crate) async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("{what} did not happen within {PATIENCE:?}"))
}

/// One call as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// Path and query behind `/api/v10`.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    /// The JSON body, or the `payload_json` of a multipart one.
    pub(crate) body: Value,
    /// Field name, file name and content of each file.
    pub(crate) files: Vec<(String, String, Bytes)>,
    pub(crate) at: Instant,
}

/// An answer that a test wants.
struct Scripted {
    method: &'static str,
    path: String,
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Value,
    delay: Duration,
}

pub(crate) struct Fake {
    pub(crate) url: String,
    state: Arc<Server>,
}

struct Server {
    gateway: Mutex<String>,
    calls: Mutex<Vec<Call>>,
    called: Notify,
    scripted: Mutex<VecDeque<Scripted>>,
    commands: Mutex<Vec<Value>>,
    ids: AtomicU64,
    /// Frames for the connected client, and what it identified with.
    frames: Mutex<Option<mpsc::UnboundedReceiver<Value>>>,
    push: mpsc::UnboundedSender<Value>,
    identified: Mutex<Option<Value>>,
}

impl Fake {
    #[expect(clippy::disallowed_methods, reason = "it ends with the test's runtime")]
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (push, frames) = mpsc::unbounded_channel();
        let state = Arc::new(Server {
            gateway: Mutex::new(format!("ws://{address}/gateway")),
            calls: Mutex::default(),
            called: Notify::new(),
            scripted: Mutex::default(),
            commands: Mutex::default(),
            ids: AtomicU64::new(9_000),
            frames: Mutex::new(Some(frames)),
            push,
            identified: Mutex::default(),
        });
        let router = Router::new()
            .route("/gateway", axum::routing::get(gateway))
            .route("/files/{name}", axum::routing::get(|| async { "content" }))
            .fallback(rest)
            .with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            url: format!("http://{address}"),
            state,
        }
    }

    /// The address that `GET /gateway/bot` gives.
    pub(crate) fn set_gateway(&self, url: &str) {
        url.clone_into(&mut self.state.gateway.lock().unwrap());
    }

    /// The next call with this method and a path that starts so is answered like this.
    pub(crate) fn script(&self, method: &'static str, path: &str, status: u16, body: Value) {
        self.script_with(method, path, status, body, Vec::new(), Duration::ZERO);
    }

    pub(crate) fn script_with(
        &self,
        method: &'static str,
        path: &str,
        status: u16,
        body: Value,
        headers: Vec<(&'static str, String)>,
        delay: Duration,
    ) {
        let scripted = Scripted {
            method,
            path: path.to_owned(),
            status,
            headers,
            body,
            delay,
        };
        self.state.scripted.lock().unwrap().push_back(scripted);
    }

    /// Sends an event through the gateway.
    pub(crate) fn dispatch(&self, kind: &str, data: Value) {
        self.state.push.send(json!({ "t": kind, "d": data })).unwrap();
    }

    /// Someone issues a slash command. Gives the interaction's id.
    pub(crate) fn slash(&self, name: &str, options: Value, resolved: Value) -> u64 {
        self.slash_by(member("0"), name, options, resolved)
    }

    /// The same by a member with these rights.
    pub(crate) fn slash_with_rights(&self, rights: &str, name: &str) -> u64 {
        self.slash_by(member(rights), name, json!([]), json!({}))
    }

    fn slash_by(&self, member: Value, name: &str, options: Value, resolved: Value) -> u64 {
        let id = self.id();
        self.dispatch(
            "INTERACTION_CREATE",
            slash_body(id, member, name, options, resolved),
        );
        id
    }

    /// Someone presses a button of a message.
    pub(crate) fn press(&self, custom_id: &str, message: &str) -> u64 {
        let id = self.id();
        self.dispatch("INTERACTION_CREATE", press_body(id, custom_id, message));
        id
    }

    pub(crate) fn id(&self) -> u64 {
        self.state.ids.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.state.calls.lock().unwrap().clone()
    }

    /// The calls other than those with which a source begins.
    pub(crate) fn own_calls(&self) -> Vec<(String, String)> {
        let begins = |path: &str| matches!(path, "/users/@me" | "/gateway/bot" | "/applications/@me");
        let calls = self.calls().into_iter().filter(|call| !begins(&call.path));
        calls.map(|call| (call.method, call.path)).collect()
    }

    /// Waits for the first call with this method and a path that starts so.
    pub(crate) async fn call(&self, method: &str, path: &str) -> Call {
        self.nth_call(method, path, 0).await
    }

    pub(crate) async fn nth_call(&self, method: &str, path: &str, nth: usize) -> Call {
        soon(&format!("{method} {path}"), async {
            loop {
                let called = self.state.called.notified();
                let found = self
                    .calls()
                    .into_iter()
                    .filter(|call| call.method == method && call.path.starts_with(path))
                    .nth(nth);
                match found {
                    Some(call) => return call,
                    None => called.await,
                }
            }
        })
        .await
    }

    pub(crate) fn identified(&self) -> Option<Value> {
        self.state.identified.lock().unwrap().clone()
    }

    pub(crate) fn commands(&self) -> Vec<Value> {
        self.state.commands.lock().unwrap().clone()
    }
}

pub(crate) fn person() -> Value {
    json!({ "id": "500", "username": "ada", "global_name": "Ada", "discriminator": "0" })
}

pub(crate) fn member(rights: &str) -> Value {
    json!({ "user": person(), "roles": [], "deaf": false, "mute": false, "flags": 0, "permissions": rights })
}

fn interaction(id: u64, kind: u8, data: Value) -> Value {
    json!({
        "id": id.to_string(), "application_id": APPLICATION, "type": kind, "data": data, "channel_id": "300",
        "token": format!("secret-{id}"), "version": 1, "locale": "de", "entitlements": [],
        "attachment_size_limit": 10_485_760,
    })
}

/// A slash command on a server.
pub(crate) fn slash_body(id: u64, member: Value, name: &str, options: Value, resolved: Value) -> Value {
    let data = json!({ "id": "1", "name": name, "type": 1, "options": options, "resolved": resolved });
    let mut interaction = interaction(id, 2, data);
    interaction["member"] = member;
    interaction["guild_id"] = "400".into();
    interaction
}

/// A press on a button of a private message.
pub(crate) fn press_body(id: u64, custom_id: &str, message: &str) -> Value {
    let mut interaction = interaction(id, 3, json!({ "custom_id": custom_id, "component_type": 2 }));
    interaction["user"] = person();
    interaction["message"] = message_body(message, "300", "the card");
    interaction
}

/// Somebody types an option of a command.
pub(crate) fn typing_body(id: u64, name: &str, typed: &str) -> Value {
    let options = json!([{ "name": "text", "type": 3, "value": typed, "focused": true }]);
    let data = json!({ "id": "1", "name": name, "type": 1, "options": options });
    let mut interaction = interaction(id, 4, data);
    interaction["user"] = person();
    interaction
}

/// A form that was filled in, with a field in a label, as forms have them today.
pub(crate) fn form_body(id: u64, custom_id: &str, words: &str) -> Value {
    let field = json!({ "type": 4, "id": 2, "custom_id": "field", "value": words });
    let label = json!({ "type": 18, "id": 1, "component": field });
    let mut interaction = interaction(id, 5, json!({ "custom_id": custom_id, "components": [label] }));
    interaction["user"] = person();
    interaction
}

pub(crate) fn message_body(id: &str, channel: &str, content: &str) -> Value {
    json!({
        "id": id, "channel_id": channel, "author": person(), "content": content, "tts": false,
        "timestamp": "2026-01-01T00:00:00Z", "mention_everyone": false, "mentions": [], "mention_roles": [],
        "attachments": [], "embeds": [], "pinned": false, "type": 0,
    })
}

async fn gateway(State(server): State<Arc<Server>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |socket| serve(socket, server))
}

async fn serve(mut socket: WebSocket, server: Arc<Server>) {
    let hello = json!({ "op": 10, "d": { "heartbeat_interval": 60_000 } });
    if socket.send(Message::text(hello.to_string())).await.is_err() {
        return;
    }
    let mut seq = 1;
    while let Some(Ok(message)) = socket.recv().await {
        let Ok(frame) = serde_json::from_slice::<Value>(&message.into_data()) else {
            continue;
        };
        if frame["op"] == 2 {
            *server.identified.lock().unwrap() = Some(frame["d"].clone());
            break;
        }
    }
    let ready = json!({ "op": 0, "t": "READY", "s": 1, "d": {
        "v": 10, "user": { "id": BOT, "username": "bot" }, "guilds": [], "session_id": "session",
        "resume_gateway_url": "", "application": { "id": APPLICATION, "flags": 0 },
    } });
    if socket.send(Message::text(ready.to_string())).await.is_err() {
        return;
    }
    let Some(mut frames) = server.frames.lock().unwrap().take() else {
        return;
    };
    loop {
        tokio::select! {
            Some(mut frame) = frames.recv() => {
                seq += 1;
                frame["op"] = 0.into();
                frame["s"] = seq.into();
                if socket.send(Message::text(frame.to_string())).await.is_err() {
                    return;
                }
            }
            message = socket.recv() => if !matches!(message, Some(Ok(_))) { return },
        }
    }
}

async fn rest(State(server): State<Arc<Server>>, request: Request) -> Response {
    let method = request.method().to_string();
    let whole = request
        .uri()
        .path_and_query()
        .map(ToString::to_string)
        .unwrap_or_default();
    let Some(path) = whole.strip_prefix("/api/v10").map(str::to_owned) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = request.headers().clone();
    let (body, files) = read(request).await;
    let call = Call {
        method: method.clone(),
        path: path.clone(),
        headers,
        body: body.clone(),
        files,
        at: Instant::now(),
    };
    server.calls.lock().unwrap().push(call);
    server.called.notify_waiters();
    let scripted = {
        let mut all = server.scripted.lock().unwrap();
        let place = all
            .iter()
            .position(|one| one.method == method && path.starts_with(&one.path));
        place.and_then(|place| all.remove(place))
    };
    if let Some(scripted) = scripted {
        tokio::time::sleep(scripted.delay).await;
        let mut response = answer(scripted.status, &scripted.body);
        for (name, value) in scripted.headers {
            response.headers_mut().insert(name, value.parse().unwrap());
        }
        return response;
    }
    server.usual(&method, &path, body)
}

impl Server {
    fn usual(&self, method: &str, path: &str, body: Value) -> Response {
        let id = || self.ids.fetch_add(1, Ordering::Relaxed).to_string();
        let parts: Vec<&str> = path.split(['/', '?']).skip(1).collect();
        match (method, &parts[..]) {
            ("GET", ["users", "@me"]) => answer(200, &json!({ "id": BOT, "username": "bot" })),
            ("GET", ["applications", "@me"]) => answer(200, &json!({ "id": APPLICATION })),
            ("GET", ["gateway", "bot"]) => {
                let limit =
                    json!({ "total": 1000, "remaining": 999, "reset_after": 1, "max_concurrency": 1 });
                let url = self.gateway.lock().unwrap().clone();
                answer(
                    200,
                    &json!({ "url": url, "shards": 1, "session_start_limit": limit }),
                )
            }
            ("POST", ["interactions", interaction, _, "callback", query @ ..]) => {
                if query.contains(&"with_response=true") {
                    let message = json!({ "id": format!("{interaction}1"), "content": "" });
                    answer(
                        200,
                        &json!({ "interaction": {}, "resource": { "type": 4, "message": message } }),
                    )
                } else {
                    StatusCode::NO_CONTENT.into_response()
                }
            }
            ("PATCH" | "GET", ["webhooks", _, token, "messages", "@original"]) => answer(
                200,
                &json!({ "id": format!("{}1", token.trim_start_matches("secret-")) }),
            ),
            ("POST", ["webhooks", ..]) => answer(200, &json!({ "id": id() })),
            ("PATCH", ["webhooks", _, _, "messages", id]) => answer(200, &json!({ "id": id })),
            ("POST", ["channels", _, "messages"]) => answer(200, &json!({ "id": id() })),
            ("PATCH" | "GET", ["channels", _, "messages", id]) => answer(200, &json!({ "id": id })),
            ("DELETE" | "PUT", ["webhooks" | "channels", ..]) | ("POST", ["channels", _, "typing"]) => {
                StatusCode::NO_CONTENT.into_response()
            }
            (_, ["applications", .., "commands"]) => self.commands_call(method, None, body, id()),
            (_, ["applications", .., "commands", command]) => {
                self.commands_call(method, Some(command), body, id())
            }
            _ => answer(404, &json!({ "code": 0, "message": "404: Not Found" })),
        }
    }

    fn commands_call(&self, method: &str, command: Option<&str>, mut body: Value, id: String) -> Response {
        let mut commands = self.commands.lock().unwrap();
        if let Some(command) = command {
            commands.retain(|one| one["id"] != command);
        }
        match method {
            "GET" => return answer(200, &json!(*commands)),
            "DELETE" => return StatusCode::NO_CONTENT.into_response(),
            _ => {}
        }
        body["id"] = command.map_or(id, str::to_owned).into();
        commands.push(body.clone());
        answer(200, &body)
    }
}

async fn read(request: Request) -> (Value, Vec<(String, String, Bytes)>) {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    if !kind.starts_with("multipart/") {
        let bytes = Bytes::from_request(request, &()).await.unwrap();
        return (serde_json::from_slice(&bytes).unwrap_or(Value::Null), Vec::new());
    }
    let mut multipart = Multipart::from_request(request, &()).await.unwrap();
    let (mut body, mut files) = (Value::Null, Vec::new());
    while let Some(field) = multipart.next_field().await.unwrap() {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.unwrap();
        if name == "payload_json" {
            body = serde_json::from_slice(&bytes).unwrap();
        } else {
            files.push((name, file_name, bytes));
        }
    }
    (body, files)
}

fn answer(status: u16, body: &Value) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (StatusCode::from_u16(status).unwrap(), kind, body.to_string()).into_response()
}
