//! Discord's side of the endpoint: a key pair, a clock, and signed requests over real sockets.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use duologue_core::SourceStatus;
use duologue_discord::{Config, Delivery, EndpointConfig, Listen, PublicKey, WallClock};
use reqwest::RequestBuilder;
use ring::rand::SystemRandom;
// All of it: the trait that gives the public key has a name that the speller takes for a mistake.
use ring::signature::*;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::bot::{Bot, config};
use crate::fake::{Fake, soon};

/// When the tests' clock begins, in seconds since 1970.
pub(crate) const NOW: u64 = 1_800_000_000;

/// Longer than any test, for waits that should not end.
pub(crate) const NEVER: Duration = Duration::from_secs(60);

/// A time of day that a test sets, in seconds since 1970.
pub(crate) struct Clock(AtomicU64);

impl Clock {
    pub(crate) fn set(&self, seconds: u64) {
        self.0.store(seconds, Ordering::Relaxed);
    }
}

impl WallClock for Clock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

pub(crate) struct Poster {
    pub(crate) clock: Arc<Clock>,
    pub(crate) address: String,
    pair: Ed25519KeyPair,
    client: reqwest::Client,
}

/// What came back.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The JSON body; null where there is none.
    pub(crate) body: Value,
}

pub(crate) fn pair() -> (Ed25519KeyPair, PublicKey) {
    let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
    let key = PublicKey::new(pair.public_key().as_ref().try_into().unwrap());
    (pair, key)
}

impl Poster {
    /// A poster with the configuration of a bot that it posts to.
    pub(crate) fn new(fake: &Fake, change: impl FnOnce(&mut EndpointConfig)) -> (Self, Config) {
        let (pair, key) = pair();
        let socket = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let clock = Arc::new(Clock(AtomicU64::new(NOW)));
        let poster = Self {
            clock: Arc::clone(&clock),
            address: socket.local_addr().unwrap().to_string(),
            pair,
            client: reqwest::Client::new(),
        };
        let mut endpoint = EndpointConfig::new(key);
        endpoint.listen = Listen::Socket(Arc::new(socket));
        endpoint.clock = clock;
        // What a loaded machine cannot break; the tests of these limits set their own.
        endpoint.timing.read = NEVER;
        endpoint.timing.room = NEVER;
        change(&mut endpoint);
        let mut config = config(fake);
        config.delivery = Delivery::Endpoint(endpoint);
        (poster, config)
    }

    /// A poster and a bot that it reaches.
    pub(crate) async fn online(fake: &Fake) -> (Self, Bot) {
        Self::online_with(fake, |_| {}, |_| {}).await
    }

    pub(crate) async fn online_with(
        fake: &Fake,
        endpoint: impl FnOnce(&mut EndpointConfig),
        change: impl FnOnce(&mut Config),
    ) -> (Self, Bot) {
        let (poster, mut config) = Self::new(fake, endpoint);
        change(&mut config);
        (poster, Bot::online_with(config).await)
    }

    /// The signature of a body at a time, in hexadecimal digits.
    pub(crate) fn sign(&self, timestamp: &str, body: &str) -> String {
        let signature = self.pair.sign(format!("{timestamp}{body}").as_bytes());
        signature
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// A request to the endpoint without any header of Discord's.
    pub(crate) fn request(&self, body: &str) -> RequestBuilder {
        self.client
            .post(format!("http://{}/interactions", self.address))
            .header("content-type", "application/json")
            .body(body.to_owned())
    }

    /// The same, signed at a time.
    pub(crate) fn signed_at(&self, seconds: u64, body: &str) -> RequestBuilder {
        let timestamp = seconds.to_string();
        self.request(body)
            .header("X-Signature-Ed25519", self.sign(&timestamp, body))
            .header("X-Signature-Timestamp", timestamp)
    }

    pub(crate) async fn post(&self, body: &Value) -> Answer {
        answer(self.signed_at(NOW, &body.to_string())).await
    }

    /// A connection on which the head of a signed request was sent, and nothing of its body.
    pub(crate) async fn begin(&self, body: &str) -> TcpStream {
        let (timestamp, length) = (NOW.to_string(), body.len());
        let signature = self.sign(&timestamp, body);
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let head = format!(
            "POST /interactions HTTP/1.1\r\nHost: bot\r\nContent-Length: {length}\r\n\
             X-Signature-Ed25519: {signature}\r\nX-Signature-Timestamp: {timestamp}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }
}

/// The first line of what comes back on a connection; empty if it is closed.
pub(crate) async fn status_line(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    // An end by a reset is an end.
    let _ended = soon("the end of the connection", stream.read_to_end(&mut all)).await;
    let all = String::from_utf8(all).unwrap();
    all.lines().next().unwrap_or_default().to_owned()
}

pub(crate) async fn answer(request: RequestBuilder) -> Answer {
    let response = soon("a response", request.send()).await.unwrap();
    let status = response.status().as_u16();
    let json = response
        .headers()
        .get("content-type")
        .map(|kind| kind == "application/json");
    let text = soon("its body", response.text()).await.unwrap();
    if status == 200 {
        assert_eq!(json, Some(true), "{text}");
    }
    Answer {
        status,
        body: if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        },
    }
}

/// What tells Discord that the answer comes by a call.
pub(crate) fn accepted() -> Answer {
    Answer {
        status: 202,
        body: Value::Null,
    }
}

/// Waits until the bot is there.
pub(crate) async fn online(bot: &mut Bot) {
    let there = bot
        .status
        .wait_for(|status| matches!(status, SourceStatus::Online(_)));
    soon("the endpoint", there).await.unwrap();
}
