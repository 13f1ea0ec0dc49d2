//! A Bot API that hands out what a test gave it: in order and until it is confirmed, or every update twice and in any
//! order. Owns what waits and what was sent to it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Result;
use axum::Json;
use axum::Router;
use axum::extract::{Path, State};
use duologue::{Adapter, Secret};
use duologue_telegram::{TelegramConfig, Timing};
use rand::seq::SliceRandom;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// How many updates it hands out at once.
const BATCH: usize = 100;

/// The server, for as long as it lives.
pub struct BotApi {
    url: String,
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

#[derive(Default)]
struct Shared {
    inner: Mutex<Inner>,
    changed: Notify,
}

#[derive(Default)]
struct Inner {
    /// What waits until it is confirmed.
    waiting: VecDeque<Value>,
    /// What was confirmed and comes a second time.
    again: Vec<Value>,
    unruly: bool,
    last: i64,
    sent: Vec<(i64, String)>,
}

impl BotApi {
    /// One in good order.
    ///
    /// # Panics
    ///
    /// When there is no free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared::default());
        let app = Router::new()
            .route("/{token}/{method}", axum::routing::any(answer))
            .with_state(Arc::clone(&shared));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            // It ends with the test.
            let _ = axum::serve(listener, app).await;
        });
        Self {
            url: format!("http://{address}"),
            shared,
            _tasks: tasks,
        }
    }

    /// From now on every update comes twice, in any order, also behind its confirmation.
    pub fn be_unruly(&self) {
        self.inner().unruly = true;
    }

    /// All that was ever confirmed comes again.
    pub fn repeat_everything(&self, updates: impl IntoIterator<Item = Value>) {
        self.inner().again.extend(updates);
        self.shared.changed.notify_waiters();
    }

    /// A person writes to the bot in private; gives the update.
    pub fn says(&self, person: i64, words: &str) -> Value {
        let mut inner = self.inner();
        inner.last += 1;
        let id = inner.last;
        let update = update(id, person, words);
        inner.waiting.push_back(update.clone());
        drop(inner);
        self.shared.changed.notify_waiters();
        update
    }

    /// What was sent: to whom, and the words.
    #[must_use]
    pub fn sent(&self) -> Vec<(i64, String)> {
        self.inner().sent.clone()
    }

    /// How many updates wait that were not confirmed.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let inner = self.inner();
        inner.waiting.len() + inner.again.len()
    }

    /// The adapter for it, with short waits.
    ///
    /// # Errors
    ///
    /// When the adapter refuses the address.
    pub fn adapter(&self) -> Result<Adapter> {
        Self::adapter_at(self.url.clone(), Duration::from_millis(20))
    }

    /// Where it is, such as `127.0.0.1:4242`.
    #[must_use]
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// An adapter for what leads to it from another address, with waits from this one to ten times as long.
    ///
    /// # Errors
    ///
    /// When the adapter refuses the address.
    pub fn adapter_at(api_url: String, backoff: Duration) -> Result<Adapter> {
        let config = TelegramConfig {
            api_url,
            timing: Timing {
                backoff,
                backoff_most: backoff * 10,
                ..Timing::default()
            },
            ..TelegramConfig::new(Secret::new("4242:a-token-that-nobody-has-elsewhere"))
        };
        Ok(duologue_telegram::adapter(config)?)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.shared.lock()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An update as Telegram writes one.
fn update(id: i64, person: i64, words: &str) -> Value {
    let length = words.split(' ').next().unwrap_or_default().len();
    json!({
        "update_id": id,
        "message": {
            "message_id": id,
            "date": 1_700_000_000,
            "text": words,
            "entities": [{ "type": "bot_command", "offset": 0, "length": length }],
            "from": { "id": person, "is_bot": false, "first_name": format!("Person {person}") },
            "chat": { "id": person, "type": "private", "first_name": format!("Person {person}") },
        }
    })
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    Path((_, method)): Path<(String, String)>,
    body: Option<Json<Value>>,
) -> Json<Value> {
    let body = body.map(|Json(body)| body).unwrap_or_default();
    let result = match method.as_str() {
        "getMe" => json!({ "id": 4242, "is_bot": true, "first_name": "Paper", "username": "paper_bot" }),
        "getUpdates" => updates(&shared, &body).await,
        "getMyCommands" => json!([]),
        "sendMessage" => {
            let mut inner = shared.lock();
            let (chat, text) = (body["chat_id"].as_i64(), body["text"].as_str());
            let chat = chat.or_else(|| body["chat_id"].as_str()?.parse().ok());
            inner
                .sent
                .push((chat.unwrap_or_default(), text.unwrap_or_default().to_owned()));
            let id = 1_000_000 + inner.sent.len();
            json!({ "message_id": id, "date": 1, "chat": { "id": chat, "type": "private" } })
        }
        _ => json!(true),
    };
    Json(json!({ "ok": true, "result": result }))
}

async fn updates(shared: &Shared, body: &Value) -> Value {
    let longest = Duration::from_secs(body["timeout"].as_u64().unwrap_or(0));
    let deadline = tokio::time::Instant::now() + longest;
    if let Some(offset) = body["offset"].as_i64() {
        shared.lock().confirm(offset);
    }
    loop {
        let changed = shared.changed.notified();
        if let Some(batch) = shared.lock().batch() {
            return batch;
        }
        if tokio::time::timeout_at(deadline, changed).await.is_err() {
            return json!([]);
        }
    }
}

impl Inner {
    fn confirm(&mut self, offset: i64) {
        let before = |update: &Value| update["update_id"].as_i64().is_some_and(|id| id < offset);
        let (confirmed, waiting): (Vec<Value>, Vec<Value>) =
            std::mem::take(&mut self.waiting).into_iter().partition(before);
        self.waiting = waiting.into();
        if self.unruly {
            self.again.extend(confirmed);
        }
    }

    fn batch(&mut self) -> Option<Value> {
        let mut batch: Vec<Value> = self.waiting.iter().take(BATCH).cloned().collect();
        if self.unruly {
            let room = BATCH.saturating_sub(batch.len() / 2);
            batch.truncate(BATCH / 2);
            let again = self.again.len().min(room);
            batch.extend(self.again.drain(..again));
            batch.shuffle(&mut rand::rng());
        } else {
            let again = self.again.len().min(BATCH - batch.len());
            batch.extend(self.again.drain(..again));
        }
        (!batch.is_empty()).then_some(Value::Array(batch))
    }
}
