//! As much of the Bot API as a bot needs that polls and answers. What it hands out has the fields that the network
//! sends for a command in a private chat.

use std::borrow::Cow;
use std::fmt::Write;
use std::time::Duration;

use serde::Deserialize;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::Load;

/// The first update and message have this number.
const FIRST: usize = 700_000_000;

/// The first chat has this id.
const FIRST_CHAT: usize = 100_000_000;

/// The most updates that one answer holds.
const MOST: usize = 100;

/// The longest that a request for updates is held, whatever it asks for.
const LONGEST: u64 = 50;

/// The network's time, which means nothing here.
const DATE: u32 = 1_760_000_000;

const ME: &str = r#"{"id":110201543,"is_bot":true,"first_name":"Bench","username":"duologue_bench_bot","can_join_groups":true,"can_read_all_group_messages":false,"supports_inline_queries":false,"can_connect_to_business":false,"has_main_web_app":false}"#;

#[derive(Default, Deserialize)]
#[serde(default)]
struct GetUpdates {
    offset: Option<usize>,
    limit: Option<usize>,
    timeout: Option<u64>,
}

#[derive(Deserialize)]
struct SendMessage<'a> {
    chat_id: usize,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

pub(super) async fn answer(load: &Load, path: &str, body: &[u8]) -> String {
    let method = path.rsplit('/').next().unwrap_or_default();
    // teloxide writes methods with a capital letter.
    if method.eq_ignore_ascii_case("sendMessage") {
        send_message(load, body)
    } else if method.eq_ignore_ascii_case("getUpdates") {
        let request = serde_json::from_slice(body).unwrap_or_default();
        get_updates(load, &request).await
    } else if method.eq_ignore_ascii_case("getMe") {
        format!(r#"{{"ok":true,"result":{ME}}}"#)
    } else if method.eq_ignore_ascii_case("getMyCommands") {
        r#"{"ok":true,"result":[]}"#.to_owned()
    } else {
        r#"{"ok":true,"result":true}"#.to_owned()
    }
}

async fn get_updates(load: &Load, request: &GetUpdates) -> String {
    load.ready.notify_one();
    let hold = Duration::from_secs(request.timeout.unwrap_or(0).min(LONGEST));
    let until = Instant::now() + hold;
    let mut released = load.released.subscribe();
    let start = request.offset.unwrap_or(FIRST).saturating_sub(FIRST);
    let most = request.limit.unwrap_or(MOST).min(MOST);
    let mut end = start;
    if timeout_at(until, released.wait_for(|released| *released))
        .await
        .is_ok()
    {
        end = load.books().hand_out(start, most);
    }
    if end <= start {
        // All were handed out.
        sleep_until(until).await;
        return r#"{"ok":true,"result":[]}"#.to_owned();
    }
    let mut text = String::with_capacity(512 * (end - start));
    text.push_str(r#"{"ok":true,"result":["#);
    for number in start..end {
        let comma = if number > start { "," } else { "" };
        let chat = FIRST_CHAT + load.books().chat(number);
        let id = FIRST + number;
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            r#"{comma}{{"update_id":{id},"message":{{"message_id":{id},"from":{{"id":{chat},"is_bot":false,"first_name":"Ada","last_name":"Lovelace","username":"user{chat}","language_code":"en"}},"chat":{{"id":{chat},"first_name":"Ada","last_name":"Lovelace","username":"user{chat}","type":"private"}},"date":{DATE},"text":"/ping {number}","entities":[{{"offset":0,"length":5,"type":"bot_command"}}]}}}}"#
        );
    }
    text.push_str("]}");
    text
}

fn send_message(load: &Load, body: &[u8]) -> String {
    let Ok(message) = serde_json::from_slice::<SendMessage<'_>>(body) else {
        load.reply(None);
        return r#"{"ok":false,"error_code":400,"description":"Bad Request: the load server cannot read it"}"#
            .to_owned();
    };
    let number = message
        .text
        .strip_prefix("pong ")
        .and_then(|number| number.parse::<usize>().ok());
    let chat = message.chat_id;
    load.reply(
        number
            .zip(chat.checked_sub(FIRST_CHAT))
            .map(|(number, chat)| (chat, number)),
    );
    let id = FIRST + number.unwrap_or_default();
    let text = number.map_or_else(String::new, |number| format!("pong {number}"));
    format!(
        r#"{{"ok":true,"result":{{"message_id":{id},"from":{ME},"chat":{{"id":{chat},"first_name":"Ada","last_name":"Lovelace","username":"user{chat}","type":"private"}},"date":{DATE},"text":"{text}"}}}}"#
    )
}
