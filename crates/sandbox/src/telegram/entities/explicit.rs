//! Entities that a bot gives itself: their kinds, fields and places are checked. Owns no state.

use serde_json::Value;

use super::utf16;
use crate::telegram::error::ApiError;

const KINDS: [&str; 20] = [
    "mention",
    "hashtag",
    "cashtag",
    "bot_command",
    "url",
    "email",
    "phone_number",
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "blockquote",
    "expandable_blockquote",
    "code",
    "pre",
    "text_link",
    "text_mention",
    "custom_emoji",
    "date_time",
];

/// The entities that are kept. Found kinds (mention, url, …) are dropped, as the server finds them itself.
pub(super) fn check(text: &str, entities: Option<&Value>) -> Result<Vec<Value>, ApiError> {
    let Some(entities) = entities.and_then(Value::as_array) else {
        return Ok(Vec::new());
    };
    let units: Vec<u16> = text.encode_utf16().collect();
    let total = utf16(text);
    let mut kept = Vec::new();
    for entity in entities {
        let kind = entity["type"].as_str().unwrap_or_default();
        if !KINDS.contains(&kind) {
            return Err(ApiError::bad(format!(
                "can't parse MessageEntity: unsupported type \"{kind}\""
            )));
        }
        let number = |name: &str| {
            entity[name]
                .as_u64()
                .and_then(|n| usize::try_from(n).ok())
                .ok_or_else(|| {
                    ApiError::bad(format!(
                        "can't parse MessageEntity: field \"{name}\" must be a non-negative number"
                    ))
                })
        };
        let (from, length) = (number("offset")?, number("length")?);
        if length == 0 || from + length > total {
            return Err(ApiError::bad(
                "entity beginning or end is out of the text's bounds",
            ));
        }
        // A boundary in the middle of a surrogate pair would tear a character apart.
        let torn = |at: usize| units.get(at).is_some_and(|unit| (0xdc00..0xe000).contains(unit));
        if torn(from) || torn(from + length) {
            return Err(ApiError::bad(
                "entity begins or ends in the middle of a UTF-16 surrogate pair",
            ));
        }
        if kind == "text_link" && entity["url"].as_str().is_none_or(str::is_empty) {
            return Err(ApiError::bad(
                "can't parse MessageEntity: field \"url\" is required",
            ));
        }
        if kind == "text_mention" && entity["user"]["id"].as_i64().is_none() {
            return Err(ApiError::bad(
                "can't parse MessageEntity: field \"user\" is required",
            ));
        }
        if !matches!(
            kind,
            "mention" | "hashtag" | "cashtag" | "bot_command" | "url" | "email" | "phone_number"
        ) {
            kept.push(entity.clone());
        }
    }
    Ok(kept)
}
