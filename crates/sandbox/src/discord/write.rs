//! Writing a message: what every way of sending and editing on Discord shares. Owns no state.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::dispatch::{self, About};
use super::error::ApiError;
use super::message_rules;
use super::state::{key_name, snowflake, timestamp, user_json};
use super::view;
use crate::files::Upload;
use crate::picture;
use crate::store::Stored;
use crate::world::World;

pub(crate) const EPHEMERAL: u64 = 1 << 6;
pub(crate) const LOADING: u64 = 1 << 7;
pub(crate) const SUPPRESS_EMBEDS: u64 = 1 << 2;
pub(crate) const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;
pub(crate) const V2: u64 = 1 << 15;

/// A new message: who writes it, where, and what stands in it.
pub(crate) struct New<'a> {
    pub(crate) channel: i64,
    pub(crate) author: i64,
    pub(crate) by_bot: bool,
    pub(crate) body: &'a Value,
    pub(crate) files: &'a BTreeMap<String, Upload>,
    /// More fields of the raw message, such as `interaction_metadata`.
    pub(crate) more: Value,
    pub(crate) only_for: Option<i64>,
    pub(crate) thinking: bool,
    pub(crate) interaction: Option<i64>,
    pub(crate) used: Option<(String, String)>,
    pub(crate) call: Option<u64>,
}

impl<'a> New<'a> {
    pub(crate) fn by_bot(
        channel: i64,
        bot: i64,
        body: &'a Value,
        files: &'a BTreeMap<String, Upload>,
    ) -> Self {
        Self {
            channel,
            author: bot,
            by_bot: true,
            body,
            files,
            more: Value::Null,
            only_for: None,
            thinking: false,
            interaction: None,
            used: None,
            call: None,
        }
    }
}

/// The users that a text mentions, as objects.
fn mentions(world: &World, content: &str, allowed: Option<&Value>) -> Vec<Value> {
    let parse = |kind: &str| {
        let list = allowed.and_then(|allowed| allowed["parse"].as_array());
        list.is_none_or(|list| list.iter().any(|entry| entry == kind))
    };
    let named = allowed
        .and_then(|allowed| allowed["users"].as_array())
        .cloned()
        .unwrap_or_default();
    let explicit = allowed.is_some_and(|allowed| allowed.get("users").is_some());
    let all = (allowed.is_none() || parse("users")) && !explicit;
    let mut found = Vec::new();
    for part in content.split("<@").skip(1) {
        let id = part.split('>').next().unwrap_or_default().trim_start_matches('!');
        let pinged = all || named.iter().any(|name| name == id);
        if let Some(user) = id
            .parse()
            .ok()
            .and_then(|id| user_json(world, id))
            .filter(|_| pinged)
            && !found.contains(&user)
        {
            found.push(user);
        }
    }
    found
}

/// Uploaded files become attachments; `attachments` in the body gives them descriptions and new names.
fn attach(world: &mut World, body: &Value, files: &BTreeMap<String, Upload>) -> Vec<Value> {
    let described = body["attachments"].as_array().cloned().unwrap_or_default();
    let mut out = Vec::new();
    for (part, upload) in files {
        let index = part
            .strip_prefix("files[")
            .and_then(|part| part.strip_suffix(']'))
            .unwrap_or("0");
        let about = described.iter().find(|about| {
            about["id"].as_str().map_or_else(
                || about["id"].as_u64().is_some_and(|id| index.parse() == Ok(id)),
                |id| id == index,
            )
        });
        let name = about
            .and_then(|about| about["filename"].as_str())
            .unwrap_or(&upload.name)
            .to_owned();
        let id = snowflake(world);
        let mut upload = upload.clone();
        upload.name.clone_from(&name);
        let size = picture::size(&upload.bytes).filter(|_| upload.mime.starts_with("image/"));
        let (mime, length) = (upload.mime.clone(), upload.bytes.len());
        let number = world.files.add(upload);
        let url = format!("{}/cdn/{number}/{}", world.base, escape(&name));
        let mut attachment = json!({ "id": id.to_string(), "filename": name, "size": length, "url": url,
            "proxy_url": url, "content_type": mime, "content_scan_version": 0, "flags": 0, "placeholder_version": 1 });
        if let Some((width, height)) = size {
            attachment["width"] = Value::from(width);
            attachment["height"] = Value::from(height);
        }
        if let Some(about) = about.and_then(|about| about["description"].as_str()) {
            attachment["description"] = Value::from(about);
        }
        out.push(attachment);
    }
    out
}

/// A file name inside a URL.
pub(crate) fn escape(name: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-~".contains(&b);
    name.bytes()
        .map(|b| {
            if plain(b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

/// `attachment://name` becomes the attachment's address, wherever it stands.
fn resolve(value: &mut Value, attachments: &[Value]) {
    match value {
        Value::String(text) => {
            let name = text.strip_prefix("attachment://");
            let found = name.and_then(|name| attachments.iter().find(|a| a["filename"] == name));
            if let Some(url) = found.and_then(|found| found["url"].as_str()) {
                url.clone_into(text);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| resolve(item, attachments)),
        Value::Object(fields) => fields.values_mut().for_each(|field| resolve(field, attachments)),
        _ => {}
    }
}

/// Every component gets a number, as Discord gives them.
fn number(components: &mut Value, last: &mut u64) {
    for component in components.as_array_mut().into_iter().flatten() {
        if !component.is_object() {
            continue;
        }
        *last += 1;
        if component.get("id").is_none_or(Value::is_null) {
            component["id"] = Value::from(*last);
        }
        number(&mut component["components"], last);
        if component["components"].is_null()
            && let Some(object) = component.as_object_mut()
        {
            object.remove("components");
        }
    }
}

fn embeds(body: &Value, attachments: &[Value]) -> Value {
    let mut embeds = body["embeds"].as_array().cloned().unwrap_or_default();
    for embed in &mut embeds {
        if embed.get("type").is_none() {
            embed["type"] = Value::from("rich");
        }
        for field in embed["fields"].as_array_mut().into_iter().flatten() {
            if field.get("inline").is_none_or(Value::is_null) {
                field["inline"] = Value::Bool(false);
            }
        }
        if embed["fields"].is_null()
            && let Some(embed) = embed.as_object_mut()
        {
            embed.remove("fields");
        }
    }
    let mut embeds = Value::Array(embeds);
    resolve(&mut embeds, attachments);
    embeds
}

/// The content's fields of a raw message, from a body.
fn content_of(
    world: &mut World,
    body: &Value,
    files: &BTreeMap<String, Upload>,
    kept: Vec<Value>,
) -> Map<String, Value> {
    let mut attachments = kept;
    attachments.extend(attach(world, body, files));
    let mut fields = Map::new();
    let content = body["content"].as_str().unwrap_or_default().to_owned();
    fields.insert(
        "mentions".to_owned(),
        Value::Array(mentions(
            world,
            &content,
            body.get("allowed_mentions").filter(|v| !v.is_null()),
        )),
    );
    fields.insert("content".to_owned(), Value::from(content));
    fields.insert("embeds".to_owned(), embeds(body, &attachments));
    let mut components = body["components"].clone();
    if components.is_null() {
        components = json!([]);
    }
    resolve(&mut components, &attachments);
    number(&mut components, &mut 0);
    fields.insert("components".to_owned(), components);
    fields.insert("attachments".to_owned(), Value::Array(attachments));
    if let Some(poll) = body.get("poll").filter(|poll| !poll.is_null()) {
        let mut poll = poll.clone();
        for (index, answer) in poll["answers"].as_array_mut().into_iter().flatten().enumerate() {
            answer["answer_id"] = Value::from(index + 1);
        }
        let hours = poll["duration"].as_u64().unwrap_or(24);
        poll["expiry"] = Value::from(timestamp(world.now_ms + hours * 3_600_000));
        poll["results"] = json!({ "is_finalized": false, "answer_counts": [] });
        poll["layout_type"] = Value::from(1);
        poll["allow_multiselect"] = Value::Bool(poll["allow_multiselect"].as_bool().unwrap_or(false));
        fields.insert("poll".to_owned(), poll);
    }
    fields
}

/// Checks, stores and announces a message. Returns it as REST answers it.
pub(crate) fn create(world: &mut World, new: New<'_>) -> Result<Value, ApiError> {
    if new.by_bot && !new.thinking {
        message_rules::check_new(new.body, new.files)?;
    }
    let id = snowflake(world);
    let author = user_json(world, new.author).unwrap_or_default();
    let flags = new.body["flags"].as_u64().unwrap_or(0);
    let mut raw = json!({ "id": id.to_string(), "channel_id": new.channel.to_string(), "author": author,
        "timestamp": timestamp(world.now_ms), "edited_timestamp": null, "tts": new.body["tts"].as_bool().unwrap_or(false),
        "mention_everyone": false, "mention_roles": [], "pinned": false, "type": 0, "flags": flags });
    let content = content_of(world, new.body, new.files, Vec::new());
    if let Some(raw) = raw.as_object_mut() {
        raw.extend(content);
        if let Value::Object(more) = new.more {
            raw.extend(more);
        }
        if let Some(nonce) = new.body.get("nonce").filter(|nonce| !nonce.is_null()) {
            raw.insert("nonce".to_owned(), nonce.clone());
        }
    }
    let at_ms = world.now_ms;
    let channel = world
        .discord
        .channels
        .get_mut(&new.channel)
        .ok_or_else(ApiError::unknown_channel)?;
    channel.last_message = Some(id);
    channel.typing.retain(|(who, _)| *who != new.author);
    channel.history.push(Stored {
        id,
        raw: raw.clone(),
        from: new.author,
        from_bot: new.by_bot,
        at_ms,
        only_for: new.only_for,
        thinking: new.thinking,
        interaction: new.interaction.and_then(|id| u64::try_from(id).ok()),
        used: new.used,
        calls: new.call.into_iter().collect(),
        ..Stored::default()
    });
    if new.only_for.is_none() && !new.thinking {
        let event = dispatch::as_event(world, new.channel, &raw);
        dispatch::to_channel(world, new.channel, "MESSAGE_CREATE", About::Messages, &event);
    }
    tell_message(world, new.channel, id);
    Ok(raw)
}

/// Changes a message. A field that the body does not name stays as it is.
pub(crate) fn change(
    world: &mut World,
    channel: i64,
    id: i64,
    body: &Value,
    files: &BTreeMap<String, Upload>,
    call: Option<u64>,
) -> Result<Value, ApiError> {
    let room = world
        .discord
        .channels
        .get(&channel)
        .ok_or_else(ApiError::unknown_channel)?;
    let stored = room.history.get(id).ok_or_else(ApiError::unknown_message)?;
    let (old, was_thinking) = (stored.raw.clone(), stored.thinking);
    let merged = merged(&old, body, was_thinking);
    message_rules::check_edit(&merged, &old, files)?;
    // Attachments that the body does not list are gone; without a list all of them stay.
    let mut kept = old["attachments"].as_array().cloned().unwrap_or_default();
    if let Some(listed) = body["attachments"].as_array() {
        kept.retain(|attachment| listed.iter().any(|entry| entry["id"] == attachment["id"]));
    }
    message_rules::check_count(kept.len() + files.len())?;
    let content = content_of(world, &merged, files, kept);
    let mut raw = old.clone();
    if let Some(raw) = raw.as_object_mut() {
        raw.extend(content);
    }
    raw["flags"] = Value::from(flags_after(&old, &merged));
    if !was_thinking {
        raw["edited_timestamp"] = Value::from(timestamp(world.now_ms));
    }
    let room = world
        .discord
        .channels
        .get_mut(&channel)
        .ok_or_else(ApiError::unknown_channel)?;
    let stored = room.history.get_mut(id).ok_or_else(ApiError::unknown_message)?;
    let before = stored.text(&["content"]).to_owned();
    stored.raw = raw.clone();
    stored.thinking = false;
    if !was_thinking {
        stored.edits += 1;
        if stored.text(&["content"]) != before {
            stored.remember(before);
        }
    }
    if let Some(call) = call {
        stored.called(call);
    }
    if stored.only_for.is_none() {
        let event = dispatch::as_event(world, channel, &raw);
        let name = if was_thinking {
            "MESSAGE_CREATE"
        } else {
            "MESSAGE_UPDATE"
        };
        dispatch::to_channel(world, channel, name, About::Messages, &event);
    }
    tell_message(world, channel, id);
    Ok(raw)
}

/// The flags after an edit: whether it is ephemeral never changes, and nothing loads any more.
fn flags_after(old: &Value, merged: &Value) -> u64 {
    let before = old["flags"].as_u64().unwrap_or(0);
    let asked = merged["flags"].as_u64().unwrap_or(0) & !LOADING & !EPHEMERAL;
    (before & (EPHEMERAL | V2)) | asked
}

/// The body of an edit with what it leaves alone filled in from the message.
fn merged(old: &Value, body: &Value, was_thinking: bool) -> Value {
    let mut merged = body.as_object().cloned().unwrap_or_default();
    for field in ["content", "embeds", "components", "flags", "poll"] {
        if !merged.contains_key(field) && (!was_thinking || field == "flags") && !old[field].is_null() {
            merged.insert(field.to_owned(), old[field].clone());
        }
    }
    Value::Object(merged)
}

/// Removes a message and tells the bots.
pub(crate) fn remove(world: &mut World, channel: i64, id: i64, call: Option<u64>) -> Result<(), ApiError> {
    let dm = world
        .discord
        .channels
        .get(&channel)
        .is_some_and(|channel| channel.dm.is_some());
    let room = world
        .discord
        .channels
        .get_mut(&channel)
        .ok_or_else(ApiError::unknown_channel)?;
    let stored = room.history.get_mut(id).ok_or_else(ApiError::unknown_message)?;
    stored.deleted = true;
    if let Some(call) = call {
        stored.called(call);
    }
    let secret = stored.only_for.is_some();
    if !secret {
        let mut event = json!({ "id": id.to_string(), "channel_id": channel.to_string() });
        if !dm {
            event["guild_id"] = Value::from(super::user::guild_id());
        }
        dispatch::to_channel(world, channel, "MESSAGE_DELETE", About::Messages, &event);
    }
    tell_message(world, channel, id);
    Ok(())
}

/// Tells observers that a message is new or changed.
pub(crate) fn tell_message(world: &mut World, channel: i64, id: i64) {
    world.tell("message", &key_name(channel), |world| {
        let stored = world
            .discord
            .channels
            .get(&channel)
            .and_then(|channel| channel.history.any(id));
        stored.map_or(Value::Null, |s| {
            serde_json::to_value(view::message(world, channel, s)).unwrap_or_default()
        })
    });
}
