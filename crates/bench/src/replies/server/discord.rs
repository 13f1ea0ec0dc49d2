//! As much of Discord as a bot needs that answers slash commands: the gateway and the calls around it. What it hands
//! out has the fields that the network sends for a command on a server.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::{Method, Uri};
use axum::response::Response;
use futures_util::SinkExt;
use serde::Deserialize;

use super::Load;

/// Where the gateway is.
pub(super) const GATEWAY_PATH: &str = "/gateway";

/// The first interaction has this id.
const FIRST: usize = 1_300_000_000_000_000_000;

/// The first channel has this id; each has one person in it.
const FIRST_CHANNEL: usize = 1_200_000_000_000_000_000;

/// The first person has this id.
const FIRST_USER: usize = 1_100_000_000_000_000_000;

/// The application, which is also the bot's account.
const APPLICATION: usize = 1_000_000_000_000_000_001;

const GUILD: usize = 1_000_000_000_000_000_002;

const COMMAND: usize = 1_000_000_000_000_000_003;

/// How often the bot shows that it lives, in milliseconds.
const HEARTBEAT: u32 = 41_250;

/// What stands before the number in an interaction's token; real ones are about as long.
const TOKEN: &str = "aW50ZXJhY3Rpb246MTMwMDAwMDAwMDAwMDAwMDAwMDpMb2FkU2VydmVyTG9hZFNlcnZlckxvYWRTZXJ2ZXJMb2FkU2VydmVyTG9hZFNlcnZlckxvYWRTZXJ2ZXJMb2FkU2VydmVy";

#[derive(Deserialize)]
struct Callback {
    #[serde(rename = "type")]
    kind: u8,
}

#[derive(Deserialize)]
struct Op {
    op: u8,
}

/// Answers a call; nothing is an answer without a body.
pub(super) fn answer(load: &Load, method: &Method, uri: &Uri, body: &[u8]) -> Option<String> {
    let path = uri.path().strip_prefix("/api/v10").unwrap_or_default();
    let mut parts = path.split('/').skip(1);
    let words = [(); 6].map(|()| parts.next().unwrap_or_default());
    match words {
        ["interactions", id, token, "callback", ..] => {
            let kind = serde_json::from_slice::<Callback>(body).map(|callback| callback.kind);
            if matches!(kind, Ok(4)) {
                let known = number(token).filter(|number| id.parse() == Ok(FIRST + number));
                load.reply(known.map(|number| (load.books().chat(number), number)));
            }
            let wants_message = uri
                .query()
                .is_some_and(|query| query.contains("with_response=true"));
            wants_message.then(|| callback_answer(load, id, token))
        }
        ["webhooks", _, token, ..] if method != Method::GET => {
            let known = number(token);
            load.reply(known.map(|number| (load.books().chat(number), number)));
            Some(message(load, token))
        }
        ["webhooks", _, token, ..] => Some(message(load, token)),
        ["gateway", "bot", ..] => Some(format!(
            r#"{{"url":"ws://127.0.0.1:{}{GATEWAY_PATH}","shards":1,"session_start_limit":{{"total":1000,"remaining":1000,"reset_after":86400000,"max_concurrency":1}}}}"#,
            load.port
        )),
        ["gateway", ..] => Some(format!(
            r#"{{"url":"ws://127.0.0.1:{}{GATEWAY_PATH}"}}"#,
            load.port
        )),
        ["users", "@me", ..] => Some(me()),
        ["applications", "@me", ..] | ["oauth2", ..] => Some(format!(
            r#"{{"id":"{APPLICATION}","name":"Bench","icon":null,"description":"","bot_public":true,"bot_require_code_grant":false,"verify_key":"00","flags":0,"bot":{}}}"#,
            me()
        )),
        ["applications", _, "commands", ..] | ["applications", _, "guilds", _, "commands", ..] => {
            commands(method)
        }
        _ => Some("{}".to_owned()),
    }
}

fn commands(method: &Method) -> Option<String> {
    match *method {
        Method::GET => Some("[]".to_owned()),
        Method::DELETE => None,
        Method::PUT => Some(format!("[{}]", command())),
        _ => Some(command()),
    }
}

fn command() -> String {
    format!(
        r#"{{"id":"{COMMAND}","type":1,"application_id":"{APPLICATION}","name":"ping","description":"Answers with pong","version":"{COMMAND}","options":[],"default_member_permissions":null,"nsfw":false}}"#
    )
}

fn me() -> String {
    format!(
        r#"{{"id":"{APPLICATION}","username":"bench","discriminator":"0","global_name":null,"avatar":null,"bot":true,"verified":true,"mfa_enabled":true,"flags":0,"email":null}}"#
    )
}

fn number(token: &str) -> Option<usize> {
    token.strip_prefix(TOKEN)?.parse().ok()
}

fn message(load: &Load, token: &str) -> String {
    let number = number(token).unwrap_or_default();
    let channel = FIRST_CHANNEL + load.books().chat(number);
    format!(
        r#"{{"id":"{}","type":20,"channel_id":"{channel}","author":{},"content":"pong","timestamp":"2025-10-09T08:53:20.000000+00:00","edited_timestamp":null,"tts":false,"mention_everyone":false,"mentions":[],"mention_roles":[],"attachments":[],"embeds":[],"components":[],"pinned":false,"flags":0,"application_id":"{APPLICATION}","webhook_id":"{APPLICATION}"}}"#,
        FIRST + number,
        me()
    )
}

fn callback_answer(load: &Load, id: &str, token: &str) -> String {
    let message = message(load, token);
    let message_id = FIRST + number(token).unwrap_or_default();
    format!(
        r#"{{"interaction":{{"id":"{id}","type":2,"response_message_id":"{message_id}","response_message_loading":false,"response_message_ephemeral":false}},"resource":{{"type":4,"message":{message}}}}}"#
    )
}

pub(super) async fn gateway(State(load): State<Arc<Load>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |socket| async move {
        // A bot that leaves shows in the books.
        let _ = session(&load, socket).await;
    })
}

/// One connection: hello, identify, ready, and then interactions as the window has room.
async fn session(load: &Load, mut socket: WebSocket) -> Result<(), axum::Error> {
    let mut seq = 0_usize;
    let mut identified = false;
    let hello = format!(r#"{{"op":10,"s":null,"t":null,"d":{{"heartbeat_interval":{HEARTBEAT}}}}}"#);
    socket.send(Message::text(hello)).await?;
    loop {
        tokio::select! {
            received = socket.recv() => match received.transpose()? {
                Some(Message::Text(text)) => match serde_json::from_str::<Op>(&text).map(|message| message.op) {
                    Ok(1) => socket.send(Message::text(r#"{"op":11,"s":null,"t":null,"d":null}"#)).await?,
                    Ok(2) => {
                        seq += 1;
                        socket.send(Message::text(ready(load.port, seq))).await?;
                        identified = true;
                        load.ready.notify_one();
                        load.room.notify_one();
                    }
                    // There is no session to resume.
                    Ok(6) => socket.send(Message::text(r#"{"op":9,"s":null,"t":null,"d":false}"#)).await?,
                    _ => {}
                },
                Some(_) => {}
                None => return Ok(()),
            },
            () = load.room.notified() => {
                if identified && *load.released.borrow() {
                    hand_out(load, &mut socket, &mut seq).await?;
                }
            }
        }
    }
}

async fn hand_out(load: &Load, socket: &mut WebSocket, seq: &mut usize) -> Result<(), axum::Error> {
    let (start, end) = {
        let mut books = load.books();
        let start = books.next();
        (start, books.hand_out(start, usize::MAX))
    };
    for number in start..end {
        *seq += 1;
        let chat = load.books().chat(number);
        socket
            .feed(Message::text(interaction(number, chat, *seq)))
            .await?;
    }
    if end > start {
        socket.flush().await?;
    }
    Ok(())
}

fn ready(port: u16, seq: usize) -> String {
    format!(
        r#"{{"op":0,"s":{seq},"t":"READY","d":{{"v":10,"user":{},"guilds":[],"session_id":"bench","session_type":"normal","resume_gateway_url":"ws://127.0.0.1:{port}{GATEWAY_PATH}","application":{{"id":"{APPLICATION}","flags":0}},"shard":[0,1]}}}}"#,
        me()
    )
}

fn interaction(number: usize, chat: usize, seq: usize) -> String {
    let (id, channel, user) = (FIRST + number, FIRST_CHANNEL + chat, FIRST_USER + chat);
    format!(
        r#"{{"op":0,"s":{seq},"t":"INTERACTION_CREATE","d":{{"version":1,"type":2,"token":"{TOKEN}{number}","member":{{"user":{{"username":"user{chat}","public_flags":0,"primary_guild":null,"id":"{user}","global_name":"Ada Lovelace","discriminator":"0","clan":null,"avatar_decoration_data":null,"avatar":null}},"unusual_dm_activity_until":null,"roles":[],"premium_since":null,"permissions":"2248473465835073","pending":false,"nick":null,"mute":false,"joined_at":"2024-01-01T00:00:00.000000+00:00","flags":0,"deaf":false,"communication_disabled_until":null,"banner":null,"avatar":null}},"locale":"en-US","id":"{id}","guild_locale":"en-US","guild_id":"{GUILD}","guild":{{"locale":"en-US","id":"{GUILD}","features":[]}},"entitlements":[],"entitlement_sku_ids":[],"data":{{"type":1,"name":"ping","id":"{COMMAND}"}},"context":0,"channel_id":"{channel}","channel":{{"type":0,"topic":null,"rate_limit_per_user":0,"position":0,"permissions":"2248473465835073","parent_id":null,"nsfw":false,"name":"channel{chat}","last_message_id":null,"id":"{channel}","guild_id":"{GUILD}","flags":0}},"authorizing_integration_owners":{{"0":"{GUILD}"}},"attachment_size_limit":10485760,"application_id":"{APPLICATION}","app_permissions":"2248473465835073"}}}}"#
    )
}
