//! Sending: `sendMessage`, small relatives, and what every way of sending shares. Owns no state.

use rand::Rng;
use serde_json::{Map, Value, json};

use super::error::{ApiError, Outcome};
use super::methods::Call;
use super::state::{Key, chat_json, key_name};
use super::{draft, entities, keyboard, limits};
use crate::bounds::CHAT_ACTION;
use crate::store::Stored;

/// Characters of a text, after its entities are parsed.
pub(crate) const TEXT: usize = 4096;
/// Characters of a caption, after its entities are parsed.
pub(crate) const CAPTION: usize = 1024;

pub(crate) fn send_message(call: &mut Call<'_>) -> Outcome {
    let key = call.chat()?;
    let text = call
        .text("text")
        .ok_or_else(|| ApiError::bad("message text is empty"))?;
    let (text, found) = entities::read(text, call.text("parse_mode"), call.value("entities"))?;
    if text.trim().is_empty() {
        return Err(ApiError::bad("message text is empty"));
    }
    if text.chars().count() > TEXT {
        return Err(ApiError::bad("message is too long"));
    }
    let mut fields = json!({ "text": text });
    if !found.is_empty() {
        fields["entities"] = Value::Array(found);
    }
    if let Some(options) = call.value("link_preview_options") {
        fields["link_preview_options"] = options.clone();
    }
    deliver(call, key, fields)
}

pub(crate) fn send_dice(call: &mut Call<'_>) -> Outcome {
    let key = call.chat()?;
    let emoji = call.text("emoji").unwrap_or("🎲").to_owned();
    let sides = match emoji.as_str() {
        "🎲" | "🎯" | "🎳" => 6,
        "🏀" | "⚽" | "⚽️" => 5,
        "🎰" => 64,
        _ => return Err(ApiError::bad("wrong dice emoji")),
    };
    let value = rand::rng().random_range(1..=sides);
    deliver(call, key, json!({ "dice": { "emoji": emoji, "value": value } }))
}

pub(crate) fn send_location(call: &mut Call<'_>) -> Outcome {
    let key = call.chat()?;
    let place = json!({ "latitude": call.value("latitude"), "longitude": call.value("longitude") });
    deliver(call, key, json!({ "location": place }))
}

pub(crate) fn send_chat_action(call: &mut Call<'_>) -> Outcome {
    const ACTIONS: [&str; 11] = [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ];
    let key = call.chat()?;
    let action = call.text("action").unwrap_or_default().to_owned();
    if !ACTIONS.contains(&action.as_str()) {
        return Err(ApiError::bad("wrong parameter action in request"));
    }
    let until = call.world.now_ms + u64::try_from(CHAT_ACTION.as_millis()).unwrap_or(0);
    act(call, key, &action, until);
    Ok(Value::Bool(true))
}

fn act(call: &mut Call<'_>, key: Key, action: &str, until: u64) {
    let name = call
        .world
        .telegram
        .bots
        .get(&call.bot)
        .map(|bot| bot.name.clone())
        .unwrap_or_default();
    let now = call.world.now_ms;
    if let Some(chat) = call.world.telegram.chats.get_mut(&key) {
        chat.actions
            .retain(|(who, _, until)| *who != name && *until > now);
        chat.actions.push((name.clone(), action.to_owned(), until));
    }
    call.world.tell(
        "typing",
        &key_name(key),
        |_| json!({ "who": name, "action": action, "ms": until - now }),
    );
}

/// The topic a message goes to.
pub(crate) fn thread(call: &Call<'_>, key: Key) -> Result<Option<i64>, ApiError> {
    let Some(thread) = call.int("message_thread_id").filter(|thread| *thread != 0) else {
        return Ok(None);
    };
    let known = call
        .world
        .telegram
        .chats
        .get(&key)
        .is_some_and(|chat| chat.topics.contains_key(&thread));
    if known {
        Ok(Some(thread))
    } else {
        Err(ApiError::bad("message thread not found"))
    }
}

/// The message a message answers, as it is quoted: without what it answers itself.
fn replied(call: &Call<'_>, key: Key) -> Result<Option<Value>, ApiError> {
    let parameters = call.value("reply_parameters");
    let id = parameters
        .and_then(|p| p["message_id"].as_i64())
        .or_else(|| call.int("reply_to_message_id"));
    let Some(id) = id else { return Ok(None) };
    let lenient = parameters
        .and_then(|p| p["allow_sending_without_reply"].as_bool())
        .unwrap_or(false)
        || call.flag("allow_sending_without_reply");
    let found = call
        .world
        .telegram
        .chats
        .get(&key)
        .and_then(|chat| chat.history.get(id));
    match found {
        Some(stored) => Ok(Some(quoted(&stored.raw))),
        None if lenient => Ok(None),
        None => Err(ApiError::bad("message to be replied not found")),
    }
}

/// A message as it stands inside another one.
pub(crate) fn quoted(raw: &Value) -> Value {
    let mut raw = raw.clone();
    if let Some(object) = raw.as_object_mut() {
        object.remove("reply_to_message");
    }
    raw
}

/// Sends what `fields` hold: the part that every kind of message shares.
pub(crate) fn deliver(call: &mut Call<'_>, key: Key, fields: Value) -> Outcome {
    let thread = thread(call, key)?;
    let reply = replied(call, key)?;
    let markup = keyboard::read(call.value("reply_markup"), key)?;
    limits::count(call.world, call.bot, key, false)?;
    let world = &mut *call.world;
    let from = world
        .telegram
        .bots
        .get(&call.bot)
        .map(super::state::Bot::json)
        .unwrap_or_default();
    let chat = chat_json(world, key);
    let (now, now_ms) = (world.now_s(), world.now_ms);
    let Some(room) = world.telegram.chats.get_mut(&key) else {
        return Err(ApiError::bad("chat not found"));
    };
    let id = room.next_message();
    let mut raw = Map::new();
    raw.insert("message_id".to_owned(), Value::from(id));
    raw.insert("from".to_owned(), from);
    raw.insert("chat".to_owned(), chat);
    raw.insert("date".to_owned(), Value::from(now));
    if let Some(thread) = thread {
        raw.insert("message_thread_id".to_owned(), Value::from(thread));
        raw.insert("is_topic_message".to_owned(), Value::Bool(true));
    }
    if let Some(reply) = reply {
        raw.insert("reply_to_message".to_owned(), reply);
    }
    if let Value::Object(fields) = fields {
        raw.extend(fields);
    }
    match markup {
        keyboard::Markup::Inline(markup) => {
            raw.insert("reply_markup".to_owned(), markup);
        }
        keyboard::Markup::Reply(markup) => room.reply_keyboard = markup,
        keyboard::Markup::Remove => room.reply_keyboard = Value::Null,
        keyboard::Markup::None => {}
    }
    if call.values.get("protect_content").and_then(Value::as_bool) == Some(true) {
        raw.insert("has_protected_content".to_owned(), Value::Bool(true));
    }
    let name = raw["from"]["first_name"].as_str().unwrap_or_default().to_owned();
    room.actions.retain(|(who, _, _)| *who != name);
    let raw = Value::Object(raw);
    room.history.push(Stored {
        id,
        raw: raw.clone(),
        from: call.bot,
        from_bot: true,
        at_ms: now_ms,
        calls: vec![call.id],
        ..Stored::default()
    });
    draft::end(call.world, key);
    call.tell_message(key, id);
    Ok(raw)
}
