//! A gateway whose every step a test plays by hand. Owns the listening socket and the connections.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, SinkExt, StreamExt};
use serde_json::{Value, json};
use serenity::model::event::Event;
use serenity::model::gateway::GatewayIntents;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{WebSocketStream, accept_async};
use tokio_util::sync::CancellationToken;

use super::super::{
    AddressPolicy, Events, Gateway, GatewayRefused, Locate, LocateError, Located, MemorySessions, Session,
    SessionStore, Setup, StartLimit, Timing,
};

/// No step of a test takes longer than this.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// The heartbeat interval of tests that do not care: no heartbeat is sent.
pub(super) const CALM: u64 = 60_000;

pub(super) async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("{what} did not happen within {PATIENCE:?}"))
}

pub(super) fn quick() -> Timing {
    Timing {
        connect: Duration::from_secs(5),
        ready: Duration::from_secs(8),
        stall: Duration::from_secs(8),
        tick: Duration::from_millis(20),
        identify_gap: Duration::from_millis(20),
        lost_session: Duration::from_millis(20),
        backoff_min: Duration::from_millis(20),
        backoff_max: Duration::from_millis(100),
        stop: Duration::from_secs(1),
        token_doubt: Duration::from_millis(40),
    }
}

/// What `GET /gateway/bot` would answer.
pub(super) struct Directory {
    pub(super) url: Mutex<String>,
    pub(super) limits: Mutex<Vec<StartLimit>>,
    pub(super) asked: std::sync::atomic::AtomicUsize,
}

impl Locate for Directory {
    fn locate(&self) -> BoxFuture<'_, Result<Located, LocateError>> {
        self.asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let url = self.url.lock().unwrap().clone();
        let limit = self.limits.lock().unwrap().pop();
        async move {
            if url == "unauthorized" {
                Err(LocateError::Unauthorized)
            } else {
                Ok(Located { url, limit })
            }
        }
        .boxed()
    }
}

/// The listening side and the gateway client under test.
pub(super) struct Fake {
    listener: Option<TcpListener>,
    pub(super) port: u16,
    pub(super) directory: Arc<Directory>,
    pub(super) sessions: Arc<MemorySessions>,
    pub(super) timing: Timing,
    pub(super) queue: usize,
}

/// The gateway under test while it runs.
pub(super) struct Running {
    pub(super) events: Events<u64>,
    /// How often Discord was heard of.
    pub(super) signs: watch::Receiver<u32>,
    pub(super) stop: CancellationToken,
    pub(super) ended: tokio::task::JoinHandle<Result<(), GatewayRefused>>,
}

impl Fake {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let directory = Directory {
            url: Mutex::new(format!("ws://127.0.0.1:{port}")),
            limits: Mutex::default(),
            asked: Default::default(),
        };
        Self {
            listener: Some(listener),
            port,
            directory: Arc::new(directory),
            sessions: Arc::default(),
            timing: quick(),
            queue: 4096,
        }
    }

    pub(super) fn with_session(self, id: &str, seq: u64) -> Self {
        self.sessions.put(Some(Session {
            id: id.to_owned(),
            seq,
            resume_url: None,
        }));
        self
    }

    #[expect(clippy::disallowed_methods, reason = "the test waits for it")]
    pub(super) fn run(&self) -> Running {
        let (alive, signs) = watch::channel(0);
        let (gateway, events) = Gateway::new(Setup {
            http: Arc::new(serenity::http::Http::new("token")),
            token: duologue_core::Secret::new("token"),
            intents: GatewayIntents::GUILD_MESSAGES,
            policy: AddressPolicy::Elsewhere,
            locate: Arc::clone(&self.directory) as Arc<dyn Locate>,
            sessions: Arc::clone(&self.sessions) as Arc<dyn SessionStore>,
            convert: Arc::new(|event: &Event, _, _: &str| number(event)),
            alive: Arc::new(move || alive.send_modify(|signs| *signs += 1)),
            queue: self.queue,
            timing: self.timing,
        });
        let stop = CancellationToken::new();
        let ended = tokio::spawn(gateway.run(stop.clone()));
        Running {
            events,
            signs,
            stop,
            ended,
        }
    }

    /// Accepts TCP only.
    pub(super) async fn accept_tcp(&self) -> TcpStream {
        let listener = self.listener.as_ref().expect("the port is open");
        soon("a connection", listener.accept()).await.unwrap().0
    }

    /// Accepts a connection up to the WebSocket handshake.
    pub(super) async fn accept(&self) -> Connection {
        let socket = soon("a handshake", accept_async(self.accept_tcp().await))
            .await
            .unwrap();
        Connection { socket, seq: 0 }
    }

    /// A connection that identifies and gets READY.
    pub(super) async fn identified(&self, session: &str) -> Connection {
        self.identified_with(session, CALM).await
    }

    pub(super) async fn identified_with(&self, session: &str, interval: u64) -> Connection {
        let mut connection = self.accept().await;
        connection.hello(interval).await;
        connection.expect(2).await;
        connection.ready(session, "").await;
        connection
    }

    /// The connection on which serenity itself resumes: RESUME comes without waiting for HELLO.
    pub(super) async fn resumes(&self, session: &str, seq: u64) -> Connection {
        let mut connection = self.accept().await;
        let resume = connection.expect(6).await;
        assert_eq!(resume["d"]["session_id"], session);
        assert_eq!(resume["d"]["seq"], seq);
        assert_eq!(resume["d"]["token"], "token");
        connection.seq = seq;
        connection.hello(CALM).await;
        connection
    }

    /// The pair of connections with which a new attempt resumes; the first only gets HELLO.
    pub(super) async fn resumes_anew(&self, session: &str, seq: u64) -> Connection {
        let mut first = self.accept().await;
        first.hello(CALM).await;
        self.resumes(session, seq).await
    }

    /// Stops listening; connecting is refused from now on.
    pub(super) fn refuse(&mut self) {
        self.listener = None;
    }

    pub(super) async fn listen_again(&mut self) {
        self.listener = Some(TcpListener::bind(("127.0.0.1", self.port)).await.unwrap());
    }
}

/// Test events carry a number; READY and RESUMED are not handed over.
fn number(event: &Event) -> Option<u64> {
    match event {
        Event::Unknown(unknown) => unknown.value["n"].as_u64(),
        _ => None,
    }
}

impl Running {
    /// Takes events up to and including `last` and checks that they are exactly `first..=last`.
    pub(super) async fn expect(&mut self, numbers: std::ops::RangeInclusive<u64>) {
        for number in numbers {
            let item = soon("an event", self.events.next())
                .await
                .expect("the gateway runs");
            assert_eq!(item.value, number);
            self.events.processed(item.place);
        }
    }

    pub(super) async fn stop(self) {
        self.stop.cancel();
        soon("the stop", self.ended).await.unwrap().unwrap();
    }

    /// The refusal it ends with by itself.
    pub(super) async fn refusal(self) -> String {
        soon("the end", self.ended)
            .await
            .unwrap()
            .unwrap_err()
            .to_string()
    }
}

/// One accepted connection.
pub(super) struct Connection {
    pub(super) socket: WebSocketStream<TcpStream>,
    pub(super) seq: u64,
}

impl Connection {
    pub(super) async fn send(&mut self, value: Value) {
        self.socket.send(Message::Text(value.to_string())).await.unwrap();
    }

    pub(super) async fn hello(&mut self, interval: u64) {
        self.send(json!({ "op": 10, "d": { "heartbeat_interval": interval } }))
            .await;
    }

    pub(super) async fn dispatch(&mut self, kind: &str, data: Value) {
        self.seq += 1;
        self.send(json!({ "op": 0, "t": kind, "s": self.seq, "d": data }))
            .await;
    }

    pub(super) async fn ready(&mut self, session: &str, resume_url: &str) {
        let data = json!({
            "v": 10, "user": { "id": "1", "username": "bot" }, "guilds": [], "session_id": session,
            "resume_gateway_url": resume_url, "application": { "id": "1", "flags": 0 },
        });
        self.dispatch("READY", data).await;
    }

    pub(super) async fn resumed(&mut self) {
        self.dispatch("RESUMED", json!({})).await;
    }

    /// Sends one numbered event for each number.
    pub(super) async fn events(&mut self, numbers: std::ops::RangeInclusive<u64>) {
        for number in numbers {
            self.dispatch("NUMBERED", json!({ "n": number })).await;
        }
    }

    /// The next message with this opcode; heartbeats are acknowledged on the way.
    pub(super) async fn expect(&mut self, op: u64) -> Value {
        soon("a message of the client", async {
            loop {
                let message = self.socket.next().await.expect("the client is there").unwrap();
                let Message::Text(text) = message else { continue };
                let value: Value = serde_json::from_str(&text).unwrap();
                if value["op"] == op {
                    return value;
                }
                assert_eq!(value["op"], 1, "unexpected {value}");
                self.send(json!({ "op": 11 })).await;
            }
        })
        .await
    }

    /// Waits for the client's next heartbeat.
    pub(super) async fn beat(&mut self) {
        soon("a heartbeat", async {
            loop {
                let message = self.socket.next().await.expect("the client is there").unwrap();
                let Message::Text(text) = message else { continue };
                let value: Value = serde_json::from_str(&text).unwrap();
                if value["op"] == 1 {
                    return;
                }
            }
        })
        .await;
    }

    /// Waits until the client has closed the connection, without answering anything.
    pub(super) async fn gone(mut self) {
        soon("the client's leaving", async {
            while let Some(Ok(_)) = self.socket.next().await {}
        })
        .await;
    }

    /// Sends a close frame and keeps the connection until the client leaves it.
    pub(super) async fn close(mut self, code: Option<u16>) {
        let frame = code.map(|code| CloseFrame {
            code: code.into(),
            reason: "".into(),
        });
        // An error means that the client has left already.
        let _ = self.socket.close(frame).await;
    }

    /// Ends the connection with a TCP reset.
    pub(super) fn reset(self) {
        let stream = self.socket.get_ref();
        stream.set_zero_linger().unwrap();
    }

    /// Ends the connection with a TCP FIN and no close frame.
    pub(super) fn fin(self) {
        drop(self.socket);
    }
}
