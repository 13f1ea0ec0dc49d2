//! What users do: send, edit, delete, press. Owns no state.

use serde_json::{Map, Value, json};

use super::media::{self, ALBUM};
use super::methods::tell_message;
use super::state::{Chat, Key, Kind, Press, bots_of, chat_json, key_name};
use super::{entities, file, members, updates};
use crate::error::ActError;
use crate::files::Upload;
use crate::store::Stored;
use crate::world::World;

/// What a user sends.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    pub(crate) text: String,
    /// Files with the kind they are sent as: `photo`, `document`, …
    pub(crate) files: Vec<(String, Upload)>,
    pub(crate) reply_to: Option<i64>,
    pub(crate) thread: Option<i64>,
}

fn room(world: &World, key: Key) -> Result<&Chat, ActError> {
    let chat = world
        .telegram
        .chats
        .get(&key)
        .ok_or_else(|| ActError::NoChat(key_name(key)))?;
    if chat.migrated_to.is_some() {
        return Err(ActError::Refused("the group became a supergroup".to_owned()));
    }
    Ok(chat)
}

/// Sends a message, or an album when there are several files. Returns the ids.
pub(crate) fn send(
    world: &mut World,
    key: Key,
    user: i64,
    outgoing: &Outgoing,
) -> Result<Vec<i64>, ActError> {
    let chat = room(world, key)?;
    members::may_write(chat, user)?;
    if chat.blocked && chat.kind == Kind::Private {
        // Writing to a bot unblocks it.
        super::rooms::block(world, key, user, false)?;
    }
    if outgoing.text.chars().count() > if outgoing.files.is_empty() { 4096 } else { 1024 } {
        return Err(ActError::Refused("the message is too long".to_owned()));
    }
    let found = entities::detect(&outgoing.text);
    if outgoing.files.is_empty() {
        if outgoing.text.trim().is_empty() {
            return Err(ActError::Refused("the message is empty".to_owned()));
        }
        let mut fields = json!({ "text": outgoing.text });
        if !found.is_empty() {
            fields["entities"] = Value::Array(found);
        }
        return Ok(vec![add(world, key, user, outgoing, fields)?]);
    }
    check_files(&outgoing.files)?;
    let kinds: Vec<&str> = outgoing.files.iter().map(|(kind, _)| kind.as_str()).collect();
    // What does not fit together is sent one by one, as the apps do.
    let together = kinds.len() > 1 && media::fit_together(&kinds);
    let album = together.then(|| world.telegram.next_album());
    let mut ids = Vec::new();
    for (index, (kind, upload)) in outgoing.files.iter().enumerate() {
        let number = world.files.add(upload.clone());
        let mut fields = file::field(world, kind, number);
        if let Some(album) = &album {
            fields.insert("media_group_id".to_owned(), Value::from(album.clone()));
        }
        if index == 0 && !outgoing.text.is_empty() {
            fields.insert("caption".to_owned(), Value::from(outgoing.text.clone()));
            if !found.is_empty() {
                fields.insert("caption_entities".to_owned(), Value::Array(found.clone()));
            }
        }
        ids.push(add(world, key, user, outgoing, Value::Object(fields))?);
    }
    Ok(ids)
}

/// Refuses what the app would not send.
fn check_files(files: &[(String, Upload)]) -> Result<(), ActError> {
    if files.len() > *ALBUM.end() {
        return Err(ActError::Refused(format!(
            "at most {} files at once",
            ALBUM.end()
        )));
    }
    let mut photos = files.iter().filter(|(kind, _)| kind == "photo");
    photos
        .try_for_each(|(_, upload)| file::check_photo(upload))
        .map_err(|why| ActError::Refused(why.words().to_owned()))
}

fn add(world: &mut World, key: Key, user: i64, outgoing: &Outgoing, fields: Value) -> Result<i64, ActError> {
    let chat = chat_json(world, key);
    let person = world.telegram.users.get(&user).map(super::state::User::json);
    let person = person.ok_or_else(|| ActError::NoUser(user.to_string()))?;
    let (date, at_ms) = (world.now_s(), world.now_ms);
    let room = world
        .telegram
        .chats
        .get_mut(&key)
        .ok_or_else(|| ActError::NoChat(key_name(key)))?;
    if let Some(thread) = outgoing.thread.filter(|thread| !room.topics.contains_key(thread)) {
        return Err(ActError::Refused(format!("no topic {thread} in this chat")));
    }
    let mut raw = Map::new();
    if let Some(reply) = outgoing.reply_to {
        let quoted = room.history.get(reply).ok_or(ActError::NoMessage(reply))?;
        raw.insert("reply_to_message".to_owned(), super::send::quoted(&quoted.raw));
    }
    let id = room.next_message();
    raw.insert("message_id".to_owned(), Value::from(id));
    raw.insert("from".to_owned(), person);
    raw.insert("chat".to_owned(), chat);
    raw.insert("date".to_owned(), Value::from(date));
    if let Some(thread) = outgoing.thread {
        raw.insert("message_thread_id".to_owned(), Value::from(thread));
        raw.insert("is_topic_message".to_owned(), Value::Bool(true));
    }
    if let Value::Object(fields) = fields {
        raw.extend(fields);
    }
    let raw = Value::Object(raw);
    room.history.push(Stored {
        id,
        raw: raw.clone(),
        from: user,
        at_ms,
        ..Stored::default()
    });
    // A one-time keyboard goes away once it was used.
    if room.reply_keyboard["one_time_keyboard"] == Value::Bool(true)
        || room.reply_keyboard.get("force_reply").is_some()
    {
        room.reply_keyboard = Value::Null;
    }
    hear(world, key, "message", &raw);
    tell_message(world, key, id);
    Ok(id)
}

/// Gives a user's message to the bots that may see it.
fn hear(world: &mut World, key: Key, kind: &str, raw: &Value) {
    for bot in bots_of(world, key) {
        if sees(world, key, bot, raw) {
            updates::push(world, bot, kind, raw.clone());
        }
    }
}

/// Whether a bot sees a message. With privacy mode on, in groups only what is meant for it.
fn sees(world: &World, key: Key, bot: i64, raw: &Value) -> bool {
    let Some(account) = world.telegram.bots.get(&bot) else {
        return false;
    };
    if key.0 != 0 || !account.privacy {
        return true;
    }
    if raw["reply_to_message"]["from"]["id"].as_i64() == Some(bot) {
        return true;
    }
    let text = raw["text"]
        .as_str()
        .or_else(|| raw["caption"].as_str())
        .unwrap_or_default();
    let entities = raw["entities"]
        .as_array()
        .or_else(|| raw["caption_entities"].as_array());
    let units: Vec<u16> = text.encode_utf16().collect();
    let me = format!("@{}", account.username).to_lowercase();
    entities.into_iter().flatten().any(|entity| {
        let (from, length) = (entities::offset(entity), entities::length(entity));
        let word = units
            .get(from..from + length)
            .map(String::from_utf16_lossy)
            .unwrap_or_default()
            .to_lowercase();
        match entity["type"].as_str() {
            Some("mention") => word == me,
            Some("bot_command") => !word.contains('@') || word.ends_with(&me),
            _ => false,
        }
    })
}

/// A user edits a message of their own.
pub(crate) fn edit(world: &mut World, key: Key, user: i64, message: i64, text: &str) -> Result<(), ActError> {
    room(world, key)?;
    let found = entities::detect(text);
    let date = world.now_s();
    let chat = world
        .telegram
        .chats
        .get_mut(&key)
        .ok_or_else(|| ActError::NoChat(key_name(key)))?;
    let stored = chat
        .history
        .get_mut(message)
        .ok_or(ActError::NoMessage(message))?;
    if stored.from != user {
        return Err(ActError::Refused(
            "only one's own messages can be edited".to_owned(),
        ));
    }
    let field = if stored.raw.get("text").is_some() {
        ("text", "entities")
    } else {
        ("caption", "caption_entities")
    };
    let before = stored.text(&["text", "caption"]).to_owned();
    stored.remember(before);
    stored.edits += 1;
    stored.raw[field.0] = Value::from(text);
    stored.raw[field.1] = Value::Array(found);
    stored.raw["edit_date"] = Value::from(date);
    let raw = stored.raw.clone();
    hear(world, key, "edited_message", &raw);
    tell_message(world, key, message);
    Ok(())
}

/// A user deletes a message. Bots are not told: the Bot API has no such update.
pub(crate) fn delete(world: &mut World, key: Key, message: i64) -> Result<(), ActError> {
    let chat = world
        .telegram
        .chats
        .get_mut(&key)
        .ok_or_else(|| ActError::NoChat(key_name(key)))?;
    chat.history
        .get_mut(message)
        .ok_or(ActError::NoMessage(message))?
        .deleted = true;
    tell_message(world, key, message);
    Ok(())
}

/// A user presses a button with callback data. Returns the query's id; the answer comes later.
pub(crate) fn press(
    world: &mut World,
    key: Key,
    user: i64,
    message: i64,
    button: &str,
) -> Result<String, ActError> {
    let person = world.telegram.users.get(&user).map(super::state::User::json);
    let person = person.ok_or_else(|| ActError::NoUser(user.to_string()))?;
    let stored = room(world, key)?
        .history
        .get(message)
        .ok_or(ActError::NoMessage(message))?;
    let rows = stored.raw["reply_markup"]["inline_keyboard"].as_array();
    let mut buttons = rows.into_iter().flatten().filter_map(Value::as_array).flatten();
    let pressed = buttons.find(|b| b["text"] == button || b["callback_data"] == button);
    let pressed = pressed.ok_or_else(|| ActError::NoComponent(button.to_owned()))?;
    let data = pressed["callback_data"].as_str();
    let data = data.ok_or_else(|| ActError::Refused("the button sends nothing to the bot".to_owned()))?;
    let bot = stored.from;
    let id = format!(
        "{}",
        4_300_000_000_000_000_u64
            + world.now_ms
            + u64::try_from(world.telegram.presses.len()).unwrap_or(0) * 7919
    );
    let id = unique(world, id);
    let query = json!({ "id": id, "from": person, "message": stored.raw, "chat_instance": format!("{}", key.1),
                        "data": data });
    let at_ms = world.now_ms;
    world.telegram.remember_press(Press {
        id: id.clone(),
        bot,
        chat: key,
        message,
        at_ms,
        answer: None,
    });
    updates::push(world, bot, "callback_query", query);
    Ok(id)
}

fn unique(world: &World, mut id: String) -> String {
    while world.telegram.presses.iter().any(|press| press.id == id) {
        id.push('0');
    }
    id
}
