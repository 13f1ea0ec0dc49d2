//! Files in messages: photos, documents and their relatives, and albums. Owns no state.

use serde_json::{Map, Value, json};

use super::error::{ApiError, Outcome};
use super::methods::Call;
use super::send::{CAPTION, deliver};
use super::state::Key;
use super::{entities, file};

/// Items of an album.
pub(crate) const ALBUM: std::ops::RangeInclusive<usize> = 2..=10;

/// Whether items of these kinds can stand in one album: documents and audio only among themselves.
pub(crate) fn fit_together(kinds: &[&str]) -> bool {
    let visual = |kind: &&str| ["photo", "video"].contains(kind);
    let first = kinds.first().copied().unwrap_or_default();
    kinds.iter().all(visual)
        || (["document", "audio"].contains(&first) && kinds.iter().all(|kind| *kind == first))
}

/// `sendPhoto`, `sendDocument`, `sendVideo`, `sendAudio`, `sendVoice`, `sendAnimation`.
pub(crate) fn send(call: &mut Call<'_>, method: &str) -> Outcome {
    let key = call.chat()?;
    let kind = method[4..].to_ascii_lowercase();
    let mut fields = caption(call.values)?;
    fields.extend(content(call, &kind, call.text(&kind).map(str::to_owned), &kind)?);
    if call.flag("has_spoiler") {
        fields.insert("has_media_spoiler".to_owned(), Value::Bool(true));
    }
    deliver(call, key, Value::Object(fields))
}

/// Caption and its entities, from parameters or from an item of an album.
pub(crate) fn caption(values: &Map<String, Value>) -> Result<Map<String, Value>, ApiError> {
    let mut fields = Map::new();
    let Some(caption) = values.get("caption").and_then(Value::as_str) else {
        return Ok(fields);
    };
    let mode = values.get("parse_mode").and_then(Value::as_str);
    let (text, found) = entities::read(caption, mode, values.get("caption_entities"))?;
    if text.chars().count() > CAPTION {
        return Err(ApiError::bad("message caption is too long"));
    }
    if !text.is_empty() {
        fields.insert("caption".to_owned(), Value::from(text));
        if !found.is_empty() {
            fields.insert("caption_entities".to_owned(), Value::Array(found));
        }
    }
    Ok(fields)
}

/// The message field of one file: from an upload, an `attach://` name, or an id of a file the bot knows.
pub(crate) fn content(
    call: &mut Call<'_>,
    kind: &str,
    given: Option<String>,
    part: &str,
) -> Result<Map<String, Value>, ApiError> {
    let missing = || ApiError::bad(format!("there is no {kind} in the request"));
    let upload = match given.as_deref() {
        None => Some(call.files.get(part).cloned().ok_or_else(missing)?),
        Some(name) => match name.strip_prefix("attach://") {
            Some(name) => Some(
                call.files
                    .get(name)
                    .cloned()
                    .ok_or_else(|| ApiError::bad(format!("file \"{name}\" not found in the request")))?,
            ),
            None if name.starts_with("http://") || name.starts_with("https://") => {
                // The sandbox fetches nothing from elsewhere; it stays offline.
                return Err(ApiError::bad("failed to get HTTP URL content"));
            }
            None => None,
        },
    };
    let id = match (upload, given) {
        (Some(upload), _) => {
            if upload.bytes.is_empty() {
                return Err(ApiError::bad("file must be non-empty"));
            }
            file::check(kind, &upload)?;
            call.world.files.add(upload)
        }
        (None, given) => {
            let known = given
                .as_deref()
                .and_then(file::number)
                .filter(|id| call.world.files.get(*id).is_some());
            known.ok_or_else(|| ApiError::bad("wrong file identifier/HTTP URL specified"))?
        }
    };
    Ok(file::field(call.world, kind, id))
}

/// `sendMediaGroup`.
pub(crate) fn send_group(call: &mut Call<'_>) -> Outcome {
    let key = call.chat()?;
    let items = call
        .value("media")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    if !ALBUM.contains(&items.len()) {
        return Err(ApiError::bad("media group must include 2-10 items"));
    }
    let kinds: Vec<&str> = items
        .iter()
        .map(|item| item["type"].as_str().unwrap_or_default())
        .collect();
    for kind in &kinds {
        if !["photo", "video", "document", "audio"].contains(kind) {
            return Err(ApiError::bad(format!(
                "can't use media of the type \"{kind}\" in the album"
            )));
        }
    }
    if !fit_together(&kinds) {
        return Err(ApiError::bad(
            "document and audio can't be mixed with other media types in an album",
        ));
    }
    let album = call.world.telegram.next_album();
    // All items are checked before the first is sent: an album comes whole or not at all.
    let mut bodies = Vec::new();
    for item in &items {
        let mut fields = item_fields(call, item)?;
        fields.insert("media_group_id".to_owned(), Value::from(album.clone()));
        bodies.push(fields);
    }
    send_all(call, key, bodies)
}

fn send_all(call: &mut Call<'_>, key: Key, bodies: Vec<Map<String, Value>>) -> Outcome {
    let mut sent = Vec::new();
    for body in bodies {
        sent.push(deliver(call, key, Value::Object(body))?);
    }
    Ok(json!(sent))
}

/// The fields of one `InputMedia`.
pub(crate) fn item_fields(call: &mut Call<'_>, item: &Value) -> Result<Map<String, Value>, ApiError> {
    let kind = item["type"].as_str().unwrap_or_default().to_owned();
    if !["photo", "video", "document", "audio", "animation"].contains(&kind.as_str()) {
        return Err(ApiError::bad(format!(
            "can't parse InputMedia: unsupported type \"{kind}\""
        )));
    }
    let media = item["media"].as_str().map(str::to_owned);
    if media.is_none() {
        return Err(ApiError::bad(
            "can't parse InputMedia: can't find field \"media\"",
        ));
    }
    let mut fields = item.as_object().map(caption).transpose()?.unwrap_or_default();
    fields.extend(content(call, &kind, media, "media")?);
    if item["has_spoiler"] == Value::Bool(true) {
        fields.insert("has_media_spoiler".to_owned(), Value::Bool(true));
    }
    Ok(fields)
}
