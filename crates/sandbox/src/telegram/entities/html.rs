//! `parse_mode: HTML`. Owns no state.

use serde_json::{Value, json};

use super::{entity, utf16};

struct Open {
    tag: String,
    entity: Value,
    start: usize,
}

/// Text and entities of Telegram's HTML; errors in the server's words.
pub(super) fn parse(source: &str) -> Result<(String, Vec<Value>), String> {
    let mut text = String::new();
    let mut open: Vec<Open> = Vec::new();
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let at = source.len() - rest.len();
        match c {
            '<' => {
                let end = rest
                    .find('>')
                    .ok_or_else(|| format!("unclosed start tag at byte offset {at}"))?;
                let tag = &rest[1..end];
                rest = &rest[end + 1..];
                match tag.strip_prefix('/') {
                    Some(name) => close(name.trim(), &mut open, &mut found, &text, at)?,
                    None => open.push(start(tag, &text, at)?),
                }
            }
            '&' => {
                let (decoded, used) = reference(rest);
                text.push_str(&decoded);
                rest = &rest[used..];
            }
            c => {
                text.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    if let Some(open) = open.last() {
        return Err(format!(
            "can't find end tag corresponding to start tag \"{}\"",
            open.tag
        ));
    }
    Ok((text, found))
}

fn start(tag: &str, text: &str, at: usize) -> Result<Open, String> {
    let name = tag
        .split(char::is_whitespace)
        .next()
        .unwrap_or_default()
        .trim_end_matches('/')
        .to_ascii_lowercase();
    let kind = match name.as_str() {
        "b" | "strong" => "bold",
        "i" | "em" => "italic",
        "u" | "ins" => "underline",
        "s" | "strike" | "del" => "strikethrough",
        "tg-spoiler" => "spoiler",
        "span" if attribute(tag, "class").as_deref() == Some("tg-spoiler") => "spoiler",
        "span" => {
            return Err(format!(
                "tag \"span\" must have class \"tg-spoiler\" at byte offset {at}"
            ));
        }
        "a" => "text_link",
        "code" => "code",
        "pre" => "pre",
        "blockquote" if tag.contains("expandable") => "expandable_blockquote",
        "blockquote" => "blockquote",
        "tg-emoji" => "custom_emoji",
        "tg-time" => "date_time",
        _ => return Err(format!("unsupported start tag \"{name}\" at byte offset {at}")),
    };
    let mut value = json!({ "type": kind });
    if kind == "text_link" {
        value["url"] = Value::from(attribute(tag, "href").unwrap_or_default());
    }
    if kind == "custom_emoji" {
        value["custom_emoji_id"] = Value::from(attribute(tag, "emoji-id").unwrap_or_default());
    }
    if kind == "date_time" {
        let time = attribute(tag, "unix")
            .and_then(|time| time.parse::<i64>().ok())
            .unwrap_or(0);
        value["unix_time"] = Value::from(time);
        value["date_time_format"] = Value::from(attribute(tag, "format").unwrap_or_default());
    }
    if let Some(language) =
        attribute(tag, "class").and_then(|class| class.strip_prefix("language-").map(str::to_owned))
    {
        value["language"] = Value::from(language);
    }
    Ok(Open {
        tag: name,
        entity: value,
        start: utf16(text),
    })
}

fn close(
    name: &str,
    open: &mut Vec<Open>,
    found: &mut Vec<Value>,
    text: &str,
    at: usize,
) -> Result<(), String> {
    let name = name.to_ascii_lowercase();
    let Some(mut top) = open.pop() else {
        return Err(format!("unexpected end tag at byte offset {at}"));
    };
    if top.tag != name && !name.is_empty() {
        return Err(format!(
            "unmatched end tag at byte offset {at}, expected \"</{}>\", found \"</{name}>\"",
            top.tag
        ));
    }
    let length = utf16(text) - top.start;
    if length == 0 {
        return Ok(());
    }
    top.entity["offset"] = Value::from(top.start);
    top.entity["length"] = Value::from(length);
    // <pre><code class="language-x"> is one block with a language, not two entities.
    if top.tag == "pre" {
        let twin = found.iter().position(|e| {
            e["type"] == "code" && e["offset"] == top.entity["offset"] && e["length"] == top.entity["length"]
        });
        if let Some(twin) = twin {
            let code = found.remove(twin);
            if let Some(language) = code.get("language") {
                top.entity["language"] = language.clone();
            }
        }
    }
    if top.tag == "code" && !open.iter().any(|open| open.tag == "pre") {
        top.entity = entity("code", top.start, length);
    }
    if top.entity["type"] == "text_link" && top.entity["url"].as_str().is_none_or(str::is_empty) {
        return Ok(());
    }
    found.push(top.entity);
    Ok(())
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let at = tag.find(&format!("{name}="))? + name.len() + 1;
    let value = &tag[at..];
    let quote = value.chars().next()?;
    let raw = if quote == '"' || quote == '\'' {
        value[1..].split(quote).next()?
    } else {
        value.split(char::is_whitespace).next()?
    };
    let mut decoded = String::new();
    let mut rest = raw;
    while let Some(c) = rest.chars().next() {
        let (text, used) = if c == '&' {
            reference(rest)
        } else {
            (c.to_string(), c.len_utf8())
        };
        decoded.push_str(&text);
        rest = &rest[used..];
    }
    Some(decoded)
}

/// The character a reference such as `&lt;` stands for, and its bytes. An unknown one stands for itself.
fn reference(text: &str) -> (String, usize) {
    let Some(end) = text.find(';').filter(|end| *end <= 10) else {
        return ("&".to_owned(), 1);
    };
    let decoded = match &text[1..end] {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        number => number.strip_prefix('#').and_then(|number| {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }),
    };
    decoded.map_or(("&".to_owned(), 1), |c| (c.to_string(), end + 1))
}
