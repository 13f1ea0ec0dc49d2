//! The gateway: one WebSocket connection from HELLO to its end. Owns the connection; the session outlives it.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use super::dispatch::{self, PRIVILEGED};
use super::guild::{guild_create, member_json};
use super::session::Session;
use super::state::{self, GUILD, snowflake};
use super::user::{FLAGS, gateway_url};
use crate::bounds::{GATEWAY_COMMANDS, SESSIONS};
use crate::conn::Conn;
use crate::faults::{Call, FaultKind, GatewayAction};
use crate::view::Network;
use crate::world::{Shared, World};

/// Bytes of one frame from a client.
const FRAME: usize = 4096;
/// Frames of one client in a minute.
const FRAMES_PER_MINUTE: u32 = 120;

/// Whether a fault of the gateway holds for a connection.
pub(crate) fn fault(shared: &Shared, bot: i64, wanted: &FaultKind) -> bool {
    let call = Call {
        network: Network::Discord,
        method: "gateway",
        bot,
        now_ms: shared.clock.now_ms(),
    };
    let hit = shared.faults.hit(&call, |kind| kind == wanted).is_some();
    if hit {
        shared.tell("faults", String::new(), Value::Null);
    }
    hit
}

/// How a connection ends.
enum End {
    /// A close frame with this code, or an empty one.
    Close(Option<u16>, &'static str),
    Reset,
    /// The TCP connection ends without a word.
    Silent,
    /// The client closed, with this code.
    Client(Option<u16>),
}

struct Connection {
    shared: Arc<Shared>,
    socket: WebSocket,
    number: u64,
    /// The bot and the session, once identified.
    session: Option<(i64, String)>,
    /// The last event that was sent.
    sent: u64,
    wake: Arc<Notify>,
    orders: mpsc::Receiver<GatewayAction>,
    order: mpsc::Sender<GatewayAction>,
    heartbeat: Instant,
    frames: (Instant, u32),
}

/// Serves one connection until it ends.
pub(crate) async fn serve(shared: Arc<Shared>, conn: Conn, mut socket: WebSocket) {
    if fault(&shared, 0, &FaultKind::GatewayNoHello) {
        tokio::select! {
            () = async { while let Some(Ok(_)) = socket.recv().await {} } => {}
            () = shared.tasks.stop().cancelled() => {}
        }
        return;
    }
    let (order, orders) = mpsc::channel(GATEWAY_COMMANDS);
    let number = shared.with(|world| {
        world.discord.last_connection += 1;
        world.discord.last_connection
    });
    let now = Instant::now();
    let mut connection = Connection {
        shared: Arc::clone(&shared),
        socket,
        number,
        session: None,
        sent: 0,
        wake: Arc::default(),
        orders,
        order,
        heartbeat: now,
        frames: (now, 0),
    };
    let end = connection.run().await;
    connection.leave(&end);
    match end {
        End::Close(code, reason) => {
            let frame = code.map(|code| CloseFrame {
                code,
                reason: reason.into(),
            });
            let _ = connection.socket.send(Message::Close(frame)).await;
            connection.drain().await;
        }
        End::Reset => conn.cut_after(0),
        End::Client(_) => {
            let _ = connection.socket.send(Message::Close(None)).await;
        }
        End::Silent => {}
    }
}

impl Connection {
    async fn run(&mut self) -> End {
        let interval = Duration::from_millis(self.shared.read(|world| world.config.heartbeat_interval_ms));
        let hello = json!({ "op": 10, "s": null, "t": null, "d":
            { "heartbeat_interval": interval.as_millis().min(u128::from(u32::MAX)) as u64, "_trace": ["sandbox"] } });
        if self.send(&hello.to_string()).await.is_err() {
            return End::Silent;
        }
        self.heartbeat = Instant::now();
        loop {
            if let Err(end) = self.flush().await {
                return end;
            }
            // Heartbeats are the client's own real time, whatever the sandbox's clock shows.
            let overdue = self.heartbeat + interval * 2 + Duration::from_secs(5);
            let wake = Arc::clone(&self.wake);
            tokio::select! {
                frame = self.socket.recv() => {
                    if let Err(end) = self.receive(frame).await {
                        return end;
                    }
                }
                () = wake.notified() => {}
                Some(action) = self.orders.recv() => {
                    if let Err(end) = self.obey(action).await {
                        return end;
                    }
                }
                () = tokio::time::sleep_until(overdue) => return End::Close(Some(4009), "Session timed out."),
                () = self.shared.tasks.stop().cancelled() => return End::Close(Some(1001), "Going away."),
            }
        }
    }

    async fn send(&mut self, text: &str) -> Result<(), End> {
        self.socket
            .send(Message::Text(text.into()))
            .await
            .map_err(|_| End::Silent)
    }

    /// Sends what the session has and the connection has not sent yet.
    async fn flush(&mut self) -> Result<(), End> {
        loop {
            let Some((bot, id)) = self.session.clone() else {
                return Ok(());
            };
            let (sent, number) = (self.sent, self.number);
            let next = self.shared.read(|world| {
                let session = world
                    .discord
                    .bots
                    .get(&bot)?
                    .sessions
                    .iter()
                    .find(|session| session.id == id)?;
                let mine = session
                    .connection
                    .as_ref()
                    .is_some_and(|(holder, _)| *holder == number);
                (mine && session.covers(sent)).then(|| session.after(sent))
            });
            // Gone, taken over by a newer connection, or so far behind that events are lost.
            let Some(events) = next else {
                return Err(End::Close(Some(4009), "Session timed out."));
            };
            if events.is_empty() {
                return Ok(());
            }
            for (seq, frame) in events {
                self.send(&frame).await?;
                self.sent = seq;
            }
        }
    }

    async fn receive(&mut self, frame: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let text = match frame {
            None | Some(Err(_)) => return Err(End::Silent),
            Some(Ok(Message::Close(frame))) => return Err(End::Client(frame.map(|frame| frame.code))),
            Some(Ok(Message::Text(text))) => text.to_string(),
            Some(Ok(Message::Binary(bytes))) => String::from_utf8_lossy(&bytes).into_owned(),
            Some(Ok(_)) => return Ok(()),
        };
        if text.len() > FRAME {
            return Err(End::Close(Some(4002), "Error while decoding payload."));
        }
        if self.frames.0.elapsed() > Duration::from_secs(60) {
            self.frames = (Instant::now(), 0);
        }
        self.frames.1 += 1;
        if self.frames.1 > FRAMES_PER_MINUTE {
            return Err(End::Close(Some(4008), "You are being rate limited."));
        }
        let Ok(payload) = serde_json::from_str::<Value>(&text) else {
            return Err(End::Close(Some(4002), "Error while decoding payload."));
        };
        self.handle(&payload).await
    }

    async fn handle(&mut self, payload: &Value) -> Result<(), End> {
        match payload["op"].as_u64() {
            Some(1) => {
                self.heartbeat = Instant::now();
                let bot = self.session.as_ref().map_or(0, |(bot, _)| *bot);
                if fault(&self.shared, bot, &FaultKind::GatewayNoAck) {
                    return Ok(());
                }
                self.send(r#"{"op":11,"s":null,"t":null,"d":null}"#).await
            }
            Some(2) if self.session.is_some() => Err(End::Close(Some(4005), "Already authenticated.")),
            Some(2) => self.identify(&payload["d"]),
            Some(6) if self.session.is_some() => Err(End::Close(Some(4005), "Already authenticated.")),
            Some(6) => self.resume(&payload["d"]).await,
            Some(3 | 4 | 8 | 31 | 43) if self.session.is_none() => {
                Err(End::Close(Some(4003), "Not authenticated."))
            }
            Some(8) => {
                self.chunk(&payload["d"]);
                Ok(())
            }
            Some(3 | 4 | 31 | 43) => Ok(()),
            _ => Err(End::Close(Some(4001), "Unknown opcode.")),
        }
    }

    /// The bot of a token, unless a fault revoked it.
    fn login(&self, token: &Value) -> Result<i64, End> {
        let token = token.as_str().unwrap_or_default();
        let token = token.strip_prefix("Bot ").unwrap_or(token);
        let bot = self.shared.with(|world| state::login(world, token));
        let bot = bot.ok_or(End::Close(Some(4004), "Authentication failed."))?;
        if fault(&self.shared, bot, &FaultKind::TokenRevoked) {
            return Err(End::Close(Some(4004), "Authentication failed."));
        }
        Ok(bot)
    }

    fn identify(&mut self, data: &Value) -> Result<(), End> {
        let bot = self.login(&data["token"])?;
        let intents = data["intents"].as_u64().filter(|intents| *intents < 1 << 26);
        let intents = intents.ok_or(End::Close(Some(4013), "Invalid intent(s)."))?;
        let shard = data["shard"]
            .as_array()
            .map(|shard| (shard[0].as_u64(), shard.get(1).and_then(Value::as_u64)));
        if let Some((id, count)) = shard {
            let valid = matches!((id, count), (Some(id), Some(count)) if id < count);
            if !valid {
                return Err(End::Close(Some(4010), "Invalid shard."));
            }
        }
        let (number, order) = (self.number, self.order.clone());
        let shard = data["shard"].clone();
        let started = self
            .shared
            .with(|world| start_session(world, bot, intents, (number, order), &shard));
        let (id, wake) = started.ok_or(End::Close(Some(4014), "Disallowed intent(s)."))?;
        self.session = Some((bot, id));
        self.sent = 0;
        self.wake = wake;
        Ok(())
    }

    async fn resume(&mut self, data: &Value) -> Result<(), End> {
        let bot = self.login(&data["token"])?;
        let id = data["session_id"].as_str().unwrap_or_default().to_owned();
        let seq = data["seq"].as_u64().unwrap_or(0);
        let refused = fault(&self.shared, bot, &FaultKind::GatewayRefuseResume);
        let (number, order) = (self.number, self.order.clone());
        let resumed = self.shared.with(|world| {
            let bot = world.discord.bots.get_mut(&bot)?;
            let session = bot
                .sessions
                .iter_mut()
                .find(|session| session.id == id && !refused)?;
            if seq > session.seq {
                return Some(Err(End::Close(Some(4007), "Invalid seq.")));
            }
            if !session.covers(seq) {
                return None;
            }
            session.connection = Some((number, order));
            session.push("RESUMED", r#"{"_trace":["sandbox"]}"#);
            let wake = Arc::clone(&session.wake);
            world.tell_status();
            Some(Ok(wake))
        });
        match resumed {
            Some(Ok(wake)) => {
                self.session = Some((bot, id));
                self.sent = seq;
                self.wake = wake;
                Ok(())
            }
            Some(Err(end)) => Err(end),
            None => self.send(r#"{"op":9,"s":null,"t":null,"d":false}"#).await,
        }
    }

    /// Answers a request for guild members.
    fn chunk(&self, data: &Value) {
        let Some((bot, _)) = &self.session else { return };
        self.shared.with(|world| {
            let people: Vec<i64> = world
                .discord
                .users
                .keys()
                .chain(world.discord.bots.keys())
                .copied()
                .collect();
            let members: Vec<Value> = people
                .into_iter()
                .filter_map(|id| member_json(world, id))
                .collect();
            let mut chunk = json!({ "guild_id": GUILD.to_string(), "members": members, "chunk_index": 0,
                                    "chunk_count": 1, "not_found": [] });
            if let Some(nonce) = data.get("nonce").filter(|nonce| !nonce.is_null()) {
                chunk["nonce"] = nonce.clone();
            }
            dispatch::to_bot(world, *bot, "GUILD_MEMBERS_CHUNK", &chunk);
        });
    }

    /// Does what the fault switch orders.
    async fn obey(&mut self, action: GatewayAction) -> Result<(), End> {
        match action {
            GatewayAction::Reconnect => self.send(r#"{"op":7,"s":null,"t":null,"d":null}"#).await,
            GatewayAction::InvalidSession { resumable } => {
                // What is queued goes out first, as it does when the session was still good.
                self.flush().await?;
                self.part(!resumable);
                self.send(&format!(r#"{{"op":9,"s":null,"t":null,"d":{resumable}}}"#))
                    .await
            }
            GatewayAction::Close { code } => {
                self.flush().await?;
                Err(End::Close(code, "Closed by the fault switch."))
            }
            GatewayAction::Reset => Err(End::Reset),
            GatewayAction::End => Err(End::Silent),
        }
    }

    /// Leaves the session; it is forgotten when nobody may resume it.
    fn part(&mut self, forget: bool) {
        let Some((bot, id)) = self.session.take() else {
            return;
        };
        let number = self.number;
        self.wake = Arc::default();
        self.shared.with(|world| {
            if let Some(bot) = world.discord.bots.get_mut(&bot) {
                // A newer connection may have taken the session over: then it is no longer ours to leave.
                let mine = bot.sessions.iter().position(|session| {
                    session.id == id
                        && session
                            .connection
                            .as_ref()
                            .is_some_and(|(holder, _)| *holder == number)
                });
                if let Some(mine) = mine {
                    bot.sessions[mine].connection = None;
                    if forget {
                        bot.sessions.remove(mine);
                    }
                }
            }
            world.tell_status();
        });
    }

    /// After the connection: a session can be resumed unless its end says otherwise.
    fn leave(&mut self, end: &End) {
        let forget = match end {
            End::Client(code) => matches!(code, Some(1000 | 1001)),
            End::Close(code, _) => matches!(code, Some(4004 | 4007 | 4009..=4014)),
            End::Reset | End::Silent => false,
        };
        self.part(forget);
    }

    /// Reads until the client answers the close frame, for a short while.
    async fn drain(&mut self) {
        let rest = async { while let Some(Ok(_)) = self.socket.recv().await {} };
        let _ = tokio::time::timeout(Duration::from_secs(1), rest).await;
    }
}

/// A new session with READY and GUILD_CREATE in it. `None`: intents that are not switched on for the bot.
fn start_session(
    world: &mut World,
    bot_id: i64,
    intents: u64,
    connection: (u64, mpsc::Sender<GatewayAction>),
    shard: &Value,
) -> Option<(String, Arc<Notify>)> {
    let bot = world.discord.bots.get(&bot_id)?;
    if intents & PRIVILEGED != 0 && !bot.privileged {
        return None;
    }
    let user = bot.json();
    let id = format!("{:032x}", snowflake(world));
    let url = gateway_url(&world.base);
    let mut ready = json!({ "v": 10, "user": user, "guilds": [{ "id": GUILD.to_string(), "unavailable": true }],
        "session_id": id, "resume_gateway_url": url, "session_type": "normal", "user_settings": {},
        "relationships": [], "private_channels": [], "presences": [], "guild_join_requests": [],
        "geo_ordered_rtc_regions": [], "application": { "id": bot_id.to_string(), "flags": FLAGS },
        "_trace": ["sandbox"] });
    ready["user"]["verified"] = Value::Bool(true);
    ready["user"]["mfa_enabled"] = Value::Bool(true);
    ready["user"]["email"] = Value::Null;
    if !shard.is_null() {
        ready["shard"] = shard.clone();
    }
    let guild = (intents & dispatch::GUILDS != 0).then(|| guild_create(world).to_string());
    let wake = Arc::<Notify>::default();
    let mut session = Session {
        id: id.clone(),
        intents,
        seq: 0,
        events: std::collections::VecDeque::new(),
        wake: Arc::clone(&wake),
        connection: Some(connection),
    };
    session.push("READY", &ready.to_string());
    if let Some(guild) = guild {
        session.push("GUILD_CREATE", &guild);
    }
    let bot = world.discord.bots.get_mut(&bot_id)?;
    if bot.sessions.len() >= SESSIONS {
        bot.sessions.pop_front();
    }
    bot.sessions.push_back(session);
    world.tell_status();
    Some((id, wake))
}

/// Orders something of every connected session of a bot, or of all bots. Returns how many were reached.
pub(crate) fn order(world: &mut World, bot: Option<i64>, action: GatewayAction) -> usize {
    let bots = world
        .discord
        .bots
        .values()
        .filter(|account| bot.is_none_or(|wanted| wanted == account.id));
    let connected = bots
        .flat_map(|bot| &bot.sessions)
        .filter_map(|session| session.connection.as_ref());
    connected
        .filter(|(_, orders)| orders.try_send(action).is_ok())
        .count()
}
