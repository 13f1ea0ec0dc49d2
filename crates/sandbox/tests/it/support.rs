//! Clients of the tests: plain HTTP and plain WebSocket, so that nothing of ours checks itself.

use std::time::Duration;

use duologue_sandbox::{ChatKey, DiscordUser, Sandbox, SandboxConfig, SandboxHandle, TelegramUser};
use futures_util::{SinkExt, StreamExt};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// How long a test waits, in real time, for what should happen at once.
pub(crate) const SOON: Duration = Duration::from_secs(10);

pub(crate) struct Bench {
    pub(crate) sandbox: SandboxHandle,
    pub(crate) http: Client,
    pub(crate) telegram_token: String,
    pub(crate) discord_token: String,
    pub(crate) telegram_bot: i64,
    pub(crate) discord_bot: i64,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with(SandboxConfig {
            rate_limits: false,
            ..SandboxConfig::default()
        })
        .await
    }

    pub(crate) async fn with(config: SandboxConfig) -> Self {
        let sandbox = Sandbox::start(config).await.unwrap();
        let (telegram_token, discord_token) =
            (sandbox.telegram_token("Tester"), sandbox.discord_token("Tester"));
        let telegram_bot = sandbox.telegram().bot_of(&telegram_token).unwrap();
        let discord_bot = sandbox.discord().bot_of(&discord_token).unwrap();
        Self {
            sandbox,
            http: Client::new(),
            telegram_token,
            discord_token,
            telegram_bot,
            discord_bot,
        }
    }

    // ---- Telegram ----

    pub(crate) fn tg_url(&self, method: &str) -> String {
        format!(
            "{}/bot{}/{method}",
            self.sandbox.telegram_api_url(),
            self.telegram_token
        )
    }

    /// The whole envelope of a call.
    pub(crate) async fn tg(&self, method: &str, body: Value) -> Value {
        self.http
            .post(self.tg_url(method))
            .json(&body)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    /// The result of a call that must succeed.
    pub(crate) async fn ok(&self, method: &str, body: Value) -> Value {
        let mut answer = self.tg(method, body).await;
        assert_eq!(answer["ok"], true, "{method}: {answer}");
        answer["result"].take()
    }

    /// The code and the description of a call that must fail.
    pub(crate) async fn refused(&self, method: &str, body: Value) -> (i64, String) {
        let answer = self.tg(method, body).await;
        assert_eq!(answer["ok"], false, "{method}: {answer}");
        (
            answer["error_code"].as_i64().unwrap(),
            answer["description"].as_str().unwrap().to_owned(),
        )
    }

    pub(crate) fn ada(&self) -> TelegramUser {
        self.sandbox.telegram().user("Ada").unwrap()
    }

    pub(crate) fn private(&self) -> ChatKey {
        self.sandbox
            .telegram()
            .private_chat(self.telegram_bot, &self.ada())
            .unwrap()
    }

    /// The number of a Telegram chat.
    pub(crate) fn number(&self, chat: &ChatKey) -> i64 {
        self.sandbox.snapshot(chat).unwrap().chat.id
    }

    /// Every update that waits, confirmed.
    pub(crate) async fn updates(&self) -> Vec<Value> {
        let waiting = self.ok("getUpdates", json!({})).await.as_array().unwrap().clone();
        if let Some(last) = waiting.last() {
            let next = last["update_id"].as_i64().unwrap() + 1;
            self.ok("getUpdates", json!({ "offset": next, "limit": 1 })).await;
        }
        waiting
    }

    // ---- the control API ----

    pub(crate) async fn control(&self, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/control/{path}", self.sandbox.url());
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    pub(crate) async fn look(&self, path: &str) -> Value {
        let url = format!("{}/control/{path}", self.sandbox.url());
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    // ---- Discord ----

    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Response {
        let url = format!("{}/api/v10{path}", self.sandbox.discord_api_url());
        let request = self
            .http
            .request(method, url)
            .header("authorization", format!("Bot {}", self.discord_token));
        let request = if let Some(body) = body {
            request.json(&body)
        } else {
            request
        };
        request.send().await.unwrap()
    }

    /// Status and body.
    pub(crate) async fn dc(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let response = self.call(method, path, body).await;
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    pub(crate) fn dana(&self) -> DiscordUser {
        self.sandbox.discord().user("Ada").unwrap()
    }

    pub(crate) fn general(&self) -> ChatKey {
        self.sandbox.discord().channel("general").unwrap()
    }

    /// Registers a command.
    pub(crate) async fn register(&self, command: Value) -> Value {
        let path = format!("/applications/{}/commands", self.discord_bot);
        let (status, body) = self.dc(Method::POST, &path, Some(command)).await;
        assert!(status == 200 || status == 201, "{body}");
        body
    }

    pub(crate) async fn gateway(&self) -> Gateway {
        Gateway::open(self).await
    }
}

/// A gateway client that sees every frame.
pub(crate) struct Gateway {
    socket: WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>,
    pub(crate) session: String,
    pub(crate) seq: u64,
    pub(crate) resume_url: String,
}

impl Gateway {
    /// Connects and reads HELLO.
    pub(crate) async fn connect(bench: &Bench) -> Self {
        let (_, answer) = bench.dc(Method::GET, "/gateway", None).await;
        Self::connect_to(answer["url"].as_str().unwrap()).await
    }

    pub(crate) async fn connect_to(url: &str) -> Self {
        let (socket, _) = connect_async(format!("{url}?v=10&encoding=json")).await.unwrap();
        let mut gateway = Self {
            socket,
            session: String::new(),
            seq: 0,
            resume_url: String::new(),
        };
        let hello = gateway.frame().await.unwrap();
        assert_eq!(hello["op"], 10);
        assert!(hello["d"]["heartbeat_interval"].as_u64().unwrap() > 0);
        gateway
    }

    /// Connects and identifies with every intent.
    pub(crate) async fn open(bench: &Bench) -> Self {
        let mut gateway = Self::connect(bench).await;
        gateway.identify(&bench.discord_token, (1 << 26) - 1).await;
        let ready = gateway.event("READY").await;
        gateway.session = ready["session_id"].as_str().unwrap().to_owned();
        gateway.resume_url = ready["resume_gateway_url"].as_str().unwrap().to_owned();
        gateway.event("GUILD_CREATE").await;
        gateway
    }

    pub(crate) async fn identify(&mut self, token: &str, intents: u64) {
        let properties = json!({ "os": "linux", "browser": "test", "device": "test" });
        self.send(json!({ "op": 2, "d": { "token": token, "intents": intents, "properties": properties } }))
            .await;
    }

    pub(crate) async fn resume(&mut self, token: &str, session: &str, seq: u64) {
        self.send(json!({ "op": 6, "d": { "token": token, "session_id": session, "seq": seq } }))
            .await;
    }

    pub(crate) async fn send(&mut self, payload: Value) {
        self.socket
            .send(Message::Text(payload.to_string()))
            .await
            .unwrap();
    }

    /// The next frame; `Err` holds the close code when the connection ends.
    pub(crate) async fn frame(&mut self) -> Result<Value, Option<u16>> {
        let next = tokio::time::timeout(SOON, self.socket.next())
            .await
            .expect("a frame in time");
        match next {
            Some(Ok(Message::Text(text))) => {
                let frame: Value = serde_json::from_str(&text).unwrap();
                if let Some(seq) = frame["s"].as_u64() {
                    self.seq = seq;
                }
                Ok(frame)
            }
            Some(Ok(Message::Close(frame))) => Err(frame.map(|frame| frame.code.into())),
            _ => Err(None),
        }
    }

    /// The data of the next event of this name; others are skipped.
    pub(crate) async fn event(&mut self, name: &str) -> Value {
        loop {
            let mut frame = self
                .frame()
                .await
                .unwrap_or_else(|code| panic!("closed with {code:?} before {name}"));
            if frame["t"] == name {
                return frame["d"].take();
            }
        }
    }

    /// Reads to the end of the connection.
    pub(crate) async fn closed(&mut self) -> Option<u16> {
        loop {
            if let Err(code) = self.frame().await {
                return code;
            }
        }
    }
}
