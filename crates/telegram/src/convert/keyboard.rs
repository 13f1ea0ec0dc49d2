//! Buttons as the network's inline keyboards. Pure functions.

use duologue_core::content::ButtonStyle;
use duologue_core::{ButtonAction, WireButton};
use serde::Serialize;

/// An `InlineKeyboardMarkup`.
#[derive(Debug, Serialize)]
pub(super) struct Keyboard<'a> {
    inline_keyboard: Vec<Vec<Key<'a>>>,
}

#[derive(Debug, Serialize)]
struct Key<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback_data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    style: Option<&'static str>,
}

/// The keyboard of a message; `None` where it has no buttons.
pub(super) fn keyboard(rows: &[Vec<WireButton>]) -> Option<Keyboard<'_>> {
    let rows = rows
        .iter()
        .map(|row| row.iter().filter_map(key).collect::<Vec<_>>());
    let inline_keyboard: Vec<Vec<Key<'_>>> = rows.filter(|row| !row.is_empty()).collect();
    (!inline_keyboard.is_empty()).then_some(Keyboard { inline_keyboard })
}

fn key(wire: &WireButton) -> Option<Key<'_>> {
    let url = match &wire.button.action {
        ButtonAction::Open(url) => Some(url.as_str()),
        _ => None,
    };
    // A button that neither carries a token nor leads anywhere would be refused with its whole message.
    if url.is_none() && wire.token.is_none() {
        return None;
    }
    Some(Key {
        text: &wire.button.label,
        callback_data: wire.token.as_deref().filter(|_| url.is_none()),
        url,
        style: match wire.button.style {
            ButtonStyle::Primary => Some("primary"),
            ButtonStyle::Danger => Some("danger"),
            ButtonStyle::Secondary => None,
        },
    })
}
