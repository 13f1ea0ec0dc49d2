//! Reply markups: which are accepted, and their limits. Owns no state.

use serde_json::Value;

use super::error::ApiError;
use super::state::Key;

/// Bytes of a button's callback data.
const CALLBACK_DATA: usize = 64;
/// Buttons under one message.
const BUTTONS: usize = 100;
/// Buttons in one row.
const ROW: usize = 8;

/// A reply markup that was accepted.
pub(crate) enum Markup {
    None,
    /// Buttons under the message.
    Inline(Value),
    /// A keyboard in place of the user's own.
    Reply(Value),
    /// That keyboard goes away.
    Remove,
}

/// Reads `reply_markup`.
pub(crate) fn read(markup: Option<&Value>, chat: Key) -> Result<Markup, ApiError> {
    let Some(markup) = markup else {
        return Ok(Markup::None);
    };
    if let Some(rows) = markup.get("inline_keyboard") {
        return inline(rows, markup);
    }
    if let Some(rows) = markup["keyboard"].as_array() {
        for button in rows.iter().filter_map(Value::as_array).flatten() {
            let text = button
                .as_str()
                .or_else(|| button["text"].as_str())
                .unwrap_or_default();
            if text.is_empty() {
                return Err(ApiError::bad("text buttons are unallowed in the inline keyboard"));
            }
        }
        if rows.iter().filter_map(Value::as_array).all(Vec::is_empty) {
            return Err(ApiError::bad("reply keyboard is empty"));
        }
        return Ok(Markup::Reply(markup.clone()));
    }
    if markup["remove_keyboard"] == Value::Bool(true) {
        return Ok(Markup::Remove);
    }
    if markup["force_reply"] == Value::Bool(true) {
        return Ok(Markup::Reply(markup.clone()));
    }
    let _ = chat;
    if markup.as_object().is_some_and(serde_json::Map::is_empty) {
        return Ok(Markup::None);
    }
    Err(ApiError::bad("object expected as reply markup"))
}

fn inline(rows: &Value, markup: &Value) -> Result<Markup, ApiError> {
    let Some(rows) = rows.as_array() else {
        return Err(ApiError::bad("field \"inline_keyboard\" must be an Array"));
    };
    let mut kept = Vec::new();
    let mut count = 0;
    for row in rows {
        let Some(buttons) = row.as_array() else {
            return Err(ApiError::bad("an inline keyboard row must be an Array"));
        };
        if buttons.len() > ROW {
            return Err(ApiError::bad("BUTTONS_TOO_MUCH"));
        }
        for button in buttons {
            check_button(button)?;
            count += 1;
        }
        if !buttons.is_empty() {
            kept.push(row.clone());
        }
    }
    if count > BUTTONS {
        return Err(ApiError::bad("reply markup is too long"));
    }
    if kept.is_empty() {
        return Ok(Markup::None);
    }
    let mut markup = markup.clone();
    markup["inline_keyboard"] = Value::Array(kept);
    Ok(Markup::Inline(markup))
}

fn check_button(button: &Value) -> Result<(), ApiError> {
    if button["text"].as_str().is_none_or(str::is_empty) {
        return Err(ApiError::bad(
            "can't parse inline keyboard button: Field \"text\" must be non-empty",
        ));
    }
    const ACTIONS: [&str; 11] = [
        "url",
        "callback_data",
        "web_app",
        "login_url",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
        "copy_text",
        "callback_game",
        "pay",
        "disabled",
    ];
    let given = ACTIONS
        .iter()
        .filter(|action| button.get(**action).is_some_and(|v| !v.is_null()))
        .count();
    if given == 0 {
        return Err(ApiError::bad(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ));
    }
    if let Some(data) = button.get("callback_data").filter(|data| !data.is_null()) {
        let fits = data
            .as_str()
            .is_some_and(|data| (1..=CALLBACK_DATA).contains(&data.len()));
        if !fits {
            return Err(ApiError::bad("BUTTON_DATA_INVALID"));
        }
    }
    if let Some(url) = button.get("url").and_then(Value::as_str) {
        let known = ["http://", "https://", "tg://", "ton://"]
            .iter()
            .any(|scheme| url.starts_with(scheme));
        if !known && !url.contains('.') {
            return Err(ApiError::bad(format!(
                "inline keyboard button URL '{url}' is invalid: Wrong HTTP URL"
            )));
        }
    }
    Ok(())
}
