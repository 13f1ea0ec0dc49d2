//! Editing: text, caption, buttons and media of a bot's own messages. Owns no state.

use serde_json::{Map, Value};

use super::error::{ApiError, Outcome};
use super::methods::Call;
use super::send::TEXT;
use super::state::Key;
use super::{entities, keyboard, limits, media};

/// Fields that hold a message's content; an edit replaces them.
const CONTENT: [&str; 12] = [
    "text",
    "entities",
    "caption",
    "caption_entities",
    "photo",
    "document",
    "video",
    "audio",
    "voice",
    "animation",
    "has_media_spoiler",
    "link_preview_options",
];

/// What is said of a message that is not the bot's own.
const FOREIGN: &str = "message can't be edited";
/// The same, where its media should be replaced, and of messages that cannot have any.
const NO_MEDIA: &str = "message media can't be edited";

/// The message to edit, if the bot may; `foreign` is said if it may not.
fn target(call: &Call<'_>, foreign: &str) -> Result<(Key, i64, Value), ApiError> {
    if call.text("inline_message_id").is_some() {
        return Err(ApiError::bad("MESSAGE_ID_INVALID"));
    }
    let key = call.chat()?;
    let id = call
        .int("message_id")
        .ok_or_else(|| ApiError::bad("message identifier is not specified"))?;
    let chat = call.world.telegram.chats.get(&key);
    let stored = chat.and_then(|chat| chat.history.get(id));
    let stored = stored.ok_or_else(|| ApiError::bad("message to edit not found"))?;
    if stored.from != call.bot || !stored.from_bot {
        return Err(ApiError::bad(foreign));
    }
    Ok((key, id, stored.raw.clone()))
}

/// Replaces fields of the message and keeps what it was.
fn apply(call: &mut Call<'_>, key: Key, id: i64, old: &Value, fields: Map<String, Value>) -> Outcome {
    let markup = keyboard::read(call.value("reply_markup"), key)?;
    let mut raw = old.clone();
    let replaces = |group: &[&str]| fields.keys().any(|field| group.contains(&field.as_str()));
    if let Some(raw) = raw.as_object_mut() {
        if replaces(&CONTENT) {
            raw.retain(|field, _| !CONTENT.contains(&field.as_str()));
        }
        raw.extend(fields);
        raw.remove("reply_markup");
        if let keyboard::Markup::Inline(markup) = markup {
            raw.insert("reply_markup".to_owned(), markup);
        }
    }
    if raw == *old {
        return Err(ApiError::bad(
            "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
        ));
    }
    limits::count(call.world, call.bot, key, true)?;
    let now = call.world.now_s();
    let number = call.id;
    let chat = call.world.telegram.chats.get_mut(&key);
    let Some(stored) = chat.and_then(|chat| chat.history.get_mut(id)) else {
        return Err(ApiError::bad("message to edit not found"));
    };
    let before = stored.text(&["text", "caption"]).to_owned();
    raw["edit_date"] = Value::from(now);
    stored.raw = raw.clone();
    stored.edits += 1;
    if stored.text(&["text", "caption"]) != before {
        stored.remember(before);
    }
    stored.called(number);
    call.tell_message(key, id);
    Ok(raw)
}

/// What an edit leaves as it is.
fn kept(old: &Value, keep: impl Fn(&str) -> bool) -> Map<String, Value> {
    let fields = old.as_object().into_iter().flatten();
    let content = fields.filter(|(field, _)| CONTENT.contains(&field.as_str()) && keep(field));
    content
        .map(|(field, value)| (field.clone(), value.clone()))
        .collect()
}

pub(crate) fn text(call: &mut Call<'_>) -> Outcome {
    let (key, id, old) = target(call, FOREIGN)?;
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
    if old.get("text").is_none() {
        return Err(ApiError::bad("there is no text in the message to edit"));
    }
    let mut fields = Map::new();
    fields.insert("text".to_owned(), Value::from(text));
    if !found.is_empty() {
        fields.insert("entities".to_owned(), Value::Array(found));
    }
    if let Some(options) = call.value("link_preview_options") {
        fields.insert("link_preview_options".to_owned(), options.clone());
    }
    apply(call, key, id, &old, fields)
}

pub(crate) fn caption(call: &mut Call<'_>) -> Outcome {
    let (key, id, old) = target(call, FOREIGN)?;
    if old.get("text").is_some() {
        return Err(ApiError::bad("there is no caption in the message to edit"));
    }
    let mut fields = kept(&old, |field| !field.starts_with("caption"));
    fields.extend(media::caption(call.values)?);
    apply(call, key, id, &old, fields)
}

pub(crate) fn markup(call: &mut Call<'_>) -> Outcome {
    let (key, id, old) = target(call, FOREIGN)?;
    apply(call, key, id, &old, Map::new())
}

/// The kind of what a message holds, if `editMessageMedia` may replace it. A text may become media; the way back
/// does not exist.
fn replaceable(message: &Value) -> Option<&'static str> {
    let mut kinds = ["text", "animation", "photo", "video", "audio", "document"].into_iter();
    kinds.find(|kind| message.get(*kind).is_some_and(|content| !content.is_null()))
}

/// An item of an album stays of the album's kind.
fn check_album(old: &str, new: &str) -> Result<(), ApiError> {
    if new == "animation" {
        return Err(ApiError::bad("message content type can't be used in an album"));
    }
    if old != new && !media::fit_together(&[old, new]) {
        return Err(ApiError::bad("can't change media type in the album"));
    }
    Ok(())
}

pub(crate) fn media(call: &mut Call<'_>) -> Outcome {
    let (key, id, old) = target(call, NO_MEDIA)?;
    let was = replaceable(&old).ok_or_else(|| ApiError::bad(NO_MEDIA))?;
    let item = call.value("media").cloned().unwrap_or_default();
    let fields = media::item_fields(call, &item)?;
    if old.get("media_group_id").is_some() {
        check_album(was, item["type"].as_str().unwrap_or_default())?;
    }
    apply(call, key, id, &old, fields)
}
