//! Formatted text: the three parse modes, explicit entities, and what the server finds itself. Owns no state.

mod detect;
mod explicit;
mod html;
mod markdown;

use serde_json::{Value, json};

use super::error::ApiError;

pub(crate) use detect::detect;

/// Entities kept per message; Telegram drops the rest without a word.
const KEPT: usize = 100;

/// Length in UTF-16 units, the unit of every offset.
pub(crate) fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Text without its markup, and the entities over it: from a parse mode or an explicit list, and found ones.
pub(crate) fn read(
    text: &str,
    parse_mode: Option<&str>,
    entities: Option<&Value>,
) -> Result<(String, Vec<Value>), ApiError> {
    let (text, mut found) = match parse_mode.unwrap_or_default().to_ascii_lowercase().as_str() {
        "" => (text.to_owned(), explicit::check(text, entities)?),
        "html" => html::parse(text).map_err(|why| cannot_parse(&why))?,
        "markdownv2" => markdown::parse_v2(text).map_err(|why| cannot_parse(&why))?,
        "markdown" => markdown::parse_old(text).map_err(|why| cannot_parse(&why))?,
        _ => return Err(ApiError::bad("unsupported parse_mode")),
    };
    let (text, mut found_after_trim) = trim(&text, std::mem::take(&mut found));
    for entity in detect(&text) {
        let taken = found_after_trim.iter().any(|other| overlaps(other, &entity));
        if !taken {
            found_after_trim.push(entity);
        }
    }
    found_after_trim.sort_by_key(|entity| (offset(entity), std::cmp::Reverse(length(entity))));
    found_after_trim.truncate(KEPT);
    Ok((text, found_after_trim))
}

fn cannot_parse(why: &str) -> ApiError {
    ApiError::bad(format!("can't parse entities: {why}"))
}

pub(crate) fn entity(kind: &str, offset: usize, length: usize) -> Value {
    json!({ "type": kind, "offset": offset, "length": length })
}

pub(crate) fn offset(entity: &Value) -> usize {
    entity["offset"]
        .as_u64()
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(0)
}

pub(crate) fn length(entity: &Value) -> usize {
    entity["length"]
        .as_u64()
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(0)
}

fn overlaps(a: &Value, b: &Value) -> bool {
    offset(a) < offset(b) + length(b) && offset(b) < offset(a) + length(a)
}

/// Telegram cuts white space at both ends; the entities move along.
fn trim(text: &str, entities: Vec<Value>) -> (String, Vec<Value>) {
    let start = utf16(&text[..text.len() - text.trim_start().len()]);
    let trimmed = text.trim();
    let total = utf16(trimmed);
    let moved = entities.into_iter().filter_map(|mut entity| {
        let from = offset(&entity).max(start) - start;
        let to = (offset(&entity) + length(&entity))
            .saturating_sub(start)
            .min(total);
        if to <= from {
            return None;
        }
        entity["offset"] = Value::from(from);
        entity["length"] = Value::from(to - from);
        Some(entity)
    });
    (trimmed.to_owned(), moved.collect())
}
