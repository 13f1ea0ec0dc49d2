//! `forwardMessage` and `copyMessage`. Owns no state.

use serde_json::{Map, Value, json};

use super::error::{ApiError, Outcome};
use super::media;
use super::methods::Call;
use super::send::deliver;

/// Fields of a message that a copy carries over.
const CARRIED: [&str; 13] = [
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
    "dice",
    "location",
    "poll",
];

fn source(call: &Call<'_>) -> Result<Value, ApiError> {
    let from = call.chat_named(call.value("from_chat_id"))?;
    let id = call
        .int("message_id")
        .ok_or_else(|| ApiError::bad("message identifier is not specified"))?;
    let stored = call
        .world
        .telegram
        .chats
        .get(&from)
        .and_then(|chat| chat.history.get(id));
    stored
        .map(|stored| stored.raw.clone())
        .ok_or_else(|| ApiError::bad("message to forward not found"))
}

fn carried(raw: &Value) -> Map<String, Value> {
    let fields = raw.as_object().into_iter().flatten();
    fields
        .filter(|(field, _)| CARRIED.contains(&field.as_str()))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect()
}

pub(crate) fn forward(call: &mut Call<'_>) -> Outcome {
    let key = call.chat()?;
    let raw = source(call)?;
    let mut fields = carried(&raw);
    let origin = json!({ "type": "user", "sender_user": raw["from"], "date": raw["date"] });
    fields.insert("forward_origin".to_owned(), origin);
    deliver(call, key, Value::Object(fields))
}

pub(crate) fn copy(call: &mut Call<'_>) -> Outcome {
    let key = call.chat()?;
    let raw = source(call)?;
    let mut fields = carried(&raw);
    if call.text("caption").is_some() && raw.get("text").is_none() {
        fields.retain(|field, _| !field.starts_with("caption"));
        fields.extend(media::caption(call.values)?);
    }
    let sent = deliver(call, key, Value::Object(fields))?;
    Ok(json!({ "message_id": sent["message_id"] }))
}
