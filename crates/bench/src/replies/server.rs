//! A lean load server: it speaks just enough of a network for one bot and keeps the books. It owns its process: what it
//! has to say are lines of JSON on its output, and one line on its input lets it begin.

mod discord;
mod telegram;

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::serve::ListenerExt;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};

use crate::replies::bots::Network;
use crate::replies::ledger::{Ledger, Report};
use crate::replies::plan::Plan;

/// After so long without an answer the rest counts as lost.
const STALL: Duration = Duration::from_secs(5);

/// How long an answer too many may take to show up.
const GRACE: Duration = Duration::from_millis(250);

/// What a server is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ServerConfig {
    pub(crate) network: Network,
    pub(crate) plan: Plan,
    /// Hands out as soon as the bot is there, instead of waiting to be told.
    pub(crate) at_once: bool,
}

/// What a server says.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Line {
    /// It listens on this port of the loopback.
    Listening(u16),
    /// The bot is there and waits for updates.
    Ready,
    /// The last answer has come, or no more will come.
    Done,
    /// The books, a little later.
    Report(Report),
}

/// What the server's parts share.
struct Load {
    port: u16,
    ledger: Mutex<Ledger>,
    /// Whether updates may be handed out.
    released: watch::Sender<bool>,
    /// The bot is there.
    ready: Notify,
    /// There may be room in the window.
    room: Notify,
    /// Every update was answered.
    complete: Notify,
}

/// Serves until the load is done, or until whoever started it is gone.
pub(crate) fn run(config: ServerConfig) {
    let runtime = crate::child::runtime();
    runtime.block_on(serve(config));
    // A read of the input may be under way, and it cannot be interrupted.
    runtime.shutdown_background();
}

async fn serve(config: ServerConfig) {
    let listener = TcpListener::bind(("127.0.0.1", 0))
        .await
        .expect("the loopback has a free port");
    let port = listener
        .local_addr()
        .expect("a bound socket has an address")
        .port();
    let load = Arc::new(Load {
        port,
        ledger: Mutex::new(Ledger::new(config.plan)),
        released: watch::Sender::new(config.at_once),
        ready: Notify::new(),
        room: Notify::new(),
        complete: Notify::new(),
    });
    let router = match config.network {
        Network::Telegram => Router::new().fallback(telegram_call),
        Network::Discord => Router::new()
            .route(discord::GATEWAY_PATH, any(discord::gateway))
            .fallback(discord_call),
    };
    let router = router.with_state(Arc::clone(&load));
    let listener = listener.tap_io(|stream| {
        // Without it answers wait for a timer of the kernel; a socket that is gone already needs none.
        let _ = stream.set_nodelay(true);
    });
    say(Line::Listening(port));
    tokio::select! {
        ended = axum::serve(listener, router) => ended.expect("a listening socket goes on accepting"),
        () = keep_the_books(&load) => {}
        () = obey(&load) => {}
    }
}

async fn telegram_call(State(load): State<Arc<Load>>, uri: Uri, body: Bytes) -> Response {
    json(telegram::answer(&load, uri.path(), &body).await)
}

async fn discord_call(State(load): State<Arc<Load>>, method: Method, uri: Uri, body: Bytes) -> Response {
    match discord::answer(&load, &method, &uri, &body) {
        Some(answer) => json(answer),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

fn json(text: String) -> Response {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    ([(CONTENT_TYPE, JSON)], text).into_response()
}

/// Says when the bot is there and when all is done. Completes after the report.
async fn keep_the_books(load: &Load) {
    load.ready.notified().await;
    say(Line::Ready);
    let mut released = load.released.subscribe();
    // The sender lives as long as the load.
    let _ = released.wait_for(|released| *released).await;
    let mut replies = 0;
    while tokio::time::timeout(STALL, load.complete.notified())
        .await
        .is_err()
    {
        let now = load.books().replies();
        if now == replies {
            break;
        }
        replies = now;
    }
    say(Line::Done);
    tokio::time::sleep(GRACE).await;
    say(Line::Report(load.books().report()));
}

/// Releases the updates on a line of input. Completes when the input ends.
async fn obey(load: &Load) {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Ok(Some(_)) = lines.next_line().await {
        load.released.send_replace(true);
        load.room.notify_one();
    }
}

fn say(line: Line) {
    let text = serde_json::to_string(&line).expect("a line is plain data");
    let mut out = std::io::stdout().lock();
    // Whoever started it is gone; the end of the input says so too.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

impl Load {
    fn books(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Books an answer: where to, and to which update.
    fn reply(&self, answer: Option<(usize, usize)>) {
        let mut books = self.books();
        match answer {
            Some((chat, number)) => books.reply(chat, number),
            None => books.stray(),
        }
        if books.complete() {
            self.complete.notify_one();
        }
        drop(books);
        self.room.notify_one();
    }
}
