//! Reactions, of bots and of users. Owns no state.

use serde_json::{Value, json};

use super::error::{ApiError, Outcome};
use super::methods::{Call, tell_message};
use super::state::{Key, bots_of, chat_json};
use super::updates;
use crate::error::ActError;
use crate::world::World;

/// Emoji that Telegram takes as reactions.
const EMOJI: &str = "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡";

fn known(emoji: &str) -> bool {
    let bare = emoji.trim_end_matches('\u{fe0f}');
    EMOJI.split(' ').any(|known| known == bare)
}

/// `setMessageReaction`.
pub(crate) fn set(call: &mut Call<'_>) -> Outcome {
    let key = call.chat()?;
    let id = call
        .int("message_id")
        .ok_or_else(|| ApiError::bad("message identifier is not specified"))?;
    let wanted = call
        .value("reaction")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let mut emoji = Vec::new();
    for reaction in &wanted {
        let one = reaction["emoji"].as_str().unwrap_or_default();
        if reaction["type"] != "emoji" || !known(one) {
            return Err(ApiError::bad("REACTION_INVALID"));
        }
        emoji.push(one.to_owned());
    }
    if emoji.len() > 1 {
        return Err(ApiError::bad("REACTIONS_TOO_MANY"));
    }
    let (bot, number) = (call.bot, call.id);
    let chat = call.world.telegram.chats.get_mut(&key);
    let stored = chat.and_then(|chat| chat.history.get_mut(id));
    let stored = stored.ok_or_else(|| ApiError::bad("message to react not found"))?;
    let had: Vec<String> = stored.reactions.iter().map(|(emoji, _)| emoji.clone()).collect();
    for old in had {
        stored.react(&old, bot, false);
    }
    for one in &emoji {
        stored.react(one, bot, true);
    }
    stored.called(number);
    call.tell_message(key, id);
    Ok(Value::Bool(true))
}

/// A user adds or takes back a reaction; bots that asked for such updates hear of it.
pub(crate) fn react(
    world: &mut World,
    key: Key,
    user: i64,
    message: i64,
    emoji: &str,
    on: bool,
) -> Result<(), ActError> {
    if !known(emoji) {
        return Err(ActError::Refused(format!(
            "{emoji} is not one of Telegram's reactions"
        )));
    }
    let chat_value = chat_json(world, key);
    let person = world.telegram.users.get(&user).map(super::state::User::json);
    let person = person.ok_or_else(|| ActError::NoUser(user.to_string()))?;
    let date = world.now_s();
    let chat = world
        .telegram
        .chats
        .get_mut(&key)
        .ok_or_else(|| ActError::NoChat(key.1.to_string()))?;
    let stored = chat
        .history
        .get_mut(message)
        .ok_or(ActError::NoMessage(message))?;
    let of_user = |reactions: &[(String, Vec<i64>)]| -> Vec<Value> {
        let mine = reactions.iter().filter(|(_, users)| users.contains(&user));
        mine.map(|(emoji, _)| json!({ "type": "emoji", "emoji": emoji }))
            .collect()
    };
    let old = of_user(&stored.reactions);
    if !stored.react(emoji, user, on) {
        return Ok(());
    }
    let new = of_user(&stored.reactions);
    let update = json!({ "chat": chat_value, "message_id": message, "user": person, "date": date,
                         "old_reaction": old, "new_reaction": new });
    for bot in bots_of(world, key) {
        updates::push(world, bot, "message_reaction", update.clone());
    }
    tell_message(world, key, message);
    Ok(())
}
