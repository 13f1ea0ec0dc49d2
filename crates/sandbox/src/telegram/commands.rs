//! The command menu: `setMyCommands` and relatives, per scope and language. Owns no state.

use serde_json::{Value, json};

use super::error::{ApiError, Outcome};
use super::methods::Call;
use super::state::{Bot, Key};

const SCOPES: [&str; 7] = [
    "default",
    "all_private_chats",
    "all_group_chats",
    "all_chat_administrators",
    "chat",
    "chat_administrators",
    "chat_member",
];

fn slot(call: &Call<'_>) -> Result<(String, String), ApiError> {
    let scope = call
        .value("scope")
        .cloned()
        .unwrap_or_else(|| json!({ "type": "default" }));
    let kind = scope["type"].as_str().unwrap_or_default();
    if !SCOPES.contains(&kind) {
        return Err(ApiError::bad(
            "can't parse BotCommandScope: unsupported type specified",
        ));
    }
    if kind.starts_with("chat") && scope.get("chat_id").is_none_or(Value::is_null) {
        return Err(ApiError::bad(
            "can't parse BotCommandScope: can't find field \"chat_id\"",
        ));
    }
    let language = call.text("language_code").unwrap_or_default().to_owned();
    if !language.is_empty() && language.len() != 2 {
        return Err(ApiError::bad("invalid language code specified"));
    }
    Ok((scope.to_string(), language))
}

pub(crate) fn set(call: &mut Call<'_>) -> Outcome {
    let slot = slot(call)?;
    let commands = call
        .value("commands")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    if commands.len() > 100 {
        return Err(ApiError::bad("BOT_COMMANDS_TOO_MUCH"));
    }
    let mut kept = Vec::new();
    for command in &commands {
        let name = command["command"]
            .as_str()
            .unwrap_or_default()
            .trim_start_matches('/');
        let fits = name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !(1..=32).contains(&name.len()) || !fits {
            return Err(ApiError::bad("BOT_COMMAND_INVALID"));
        }
        let description = command["description"].as_str().unwrap_or_default();
        if description.trim().is_empty() {
            return Err(ApiError::bad("command description must be non-empty"));
        }
        if description.chars().count() > 256 {
            return Err(ApiError::bad("BOT_COMMAND_DESCRIPTION_INVALID"));
        }
        kept.push(json!({ "command": name, "description": description }));
    }
    let bot = call
        .world
        .telegram
        .bots
        .get_mut(&call.bot)
        .ok_or_else(ApiError::unauthorized)?;
    if kept.is_empty() {
        bot.commands.remove(&slot);
    } else {
        bot.commands.insert(slot, kept);
    }
    call.world.tell_status();
    Ok(Value::Bool(true))
}

pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let slot = slot(call)?;
    let bot = call
        .world
        .telegram
        .bots
        .get(&call.bot)
        .ok_or_else(ApiError::unauthorized)?;
    Ok(json!(bot.commands.get(&slot).cloned().unwrap_or_default()))
}

pub(crate) fn delete(call: &mut Call<'_>) -> Outcome {
    let slot = slot(call)?;
    let bot = call
        .world
        .telegram
        .bots
        .get_mut(&call.bot)
        .ok_or_else(ApiError::unauthorized)?;
    bot.commands.remove(&slot);
    call.world.tell_status();
    Ok(Value::Bool(true))
}

/// The commands a user sees in a chat: of the narrowest scope that has any, in the user's language first.
pub(crate) fn visible(bot: &Bot, chat: Key, user: i64, language: &str) -> Vec<Value> {
    let kind = if chat.0 != 0 {
        "all_private_chats"
    } else {
        "all_group_chats"
    };
    let scopes = [
        json!({ "type": "chat_member", "chat_id": chat.1, "user_id": user }),
        json!({ "type": "chat", "chat_id": chat.1 }),
        json!({ "type": kind }),
        json!({ "type": "default" }),
    ];
    let short = language.get(..2).unwrap_or_default();
    for scope in scopes {
        for language in [short, ""] {
            if let Some(commands) = bot.commands.get(&(scope.to_string(), language.to_owned())) {
                return commands.clone();
            }
        }
    }
    Vec::new()
}
