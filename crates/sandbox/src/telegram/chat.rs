//! Chats as bots see them: `getChat`, members, pins, topics. Owns no state.

use serde_json::{Value, json};

use super::error::{ApiError, Outcome};
use super::methods::Call;
use super::rooms;
use super::state::{Kind, bots_of, chat_json};

pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let key = call.chat()?;
    let mut json = chat_json(call.world, key);
    let Some(chat) = call.world.telegram.chats.get(&key) else {
        return Err(ApiError::bad("chat not found"));
    };
    json["accent_color_id"] = Value::from(0);
    json["max_reaction_count"] = Value::from(11);
    json["accepted_gift_types"] = json!({ "unlimited_gifts": true, "limited_gifts": true, "unique_gifts": true,
                                          "premium_subscription": true, "gifts_from_channels": true });
    if chat.kind != Kind::Private {
        json["permissions"] = json!({ "can_send_messages": true, "can_send_audios": true, "can_send_documents": true,
            "can_send_photos": true, "can_send_videos": true, "can_send_video_notes": true,
            "can_send_voice_notes": true, "can_send_polls": true, "can_send_other_messages": true,
            "can_add_web_page_previews": true, "can_change_info": false, "can_invite_users": true,
            "can_pin_messages": false, "can_manage_topics": false });
    }
    if let Some(pinned) = chat.pinned.and_then(|id| chat.history.get(id)) {
        json["pinned_message"] = pinned.raw.clone();
    }
    Ok(json)
}

/// The member object of a user or bot in a chat. The bots of a sandbox are administrators nowhere.
pub(crate) fn member_json(call: &Call<'_>, user: i64) -> Option<Value> {
    let telegram = &call.world.telegram;
    if let Some(bot) = telegram.bots.get(&user) {
        return Some(json!({ "status": "member", "user": bot.json() }));
    }
    let person = telegram.users.get(&user)?;
    // The first user made the groups.
    let first = telegram.users.keys().next() == Some(&user);
    Some(if first {
        json!({ "status": "creator", "user": person.json(), "is_anonymous": false })
    } else {
        json!({ "status": "member", "user": person.json() })
    })
}

pub(crate) fn member(call: &mut Call<'_>) -> Outcome {
    let key = call.chat()?;
    let user = call.int("user_id").unwrap_or(0);
    let known = member_json(call, user).ok_or_else(|| ApiError::bad("invalid user_id specified"))?;
    let there = call
        .world
        .telegram
        .chats
        .get(&key)
        .is_some_and(|chat| chat.members.contains(&user));
    if there || bots_of(call.world, key).contains(&user) {
        return Ok(known);
    }
    Ok(json!({ "status": "left", "user": known["user"] }))
}

pub(crate) fn member_count(call: &mut Call<'_>) -> Outcome {
    let key = call.chat()?;
    let users = call
        .world
        .telegram
        .chats
        .get(&key)
        .map_or(0, |chat| chat.members.len());
    Ok(Value::from(users + bots_of(call.world, key).len()))
}

pub(crate) fn administrators(call: &mut Call<'_>) -> Outcome {
    let key = call.chat()?;
    if key.0 != 0 {
        return Err(ApiError::bad("there are no administrators in the private chat"));
    }
    let first = call.world.telegram.users.keys().next().copied();
    Ok(json!(
        first
            .and_then(|user| member_json(call, user))
            .into_iter()
            .collect::<Vec<_>>()
    ))
}

pub(crate) fn pin(call: &mut Call<'_>) -> Outcome {
    let key = call.chat()?;
    let id = call.int("message_id").unwrap_or(0);
    let chat = call.world.telegram.chats.get_mut(&key);
    let chat = chat.filter(|chat| chat.history.get(id).is_some());
    let chat = chat.ok_or_else(|| ApiError::bad("message to pin not found"))?;
    if chat.kind != Kind::Private {
        return Err(ApiError::bad(
            "not enough rights to manage pinned messages in the chat",
        ));
    }
    chat.pinned = Some(id);
    Ok(Value::Bool(true))
}

pub(crate) fn unpin(call: &mut Call<'_>) -> Outcome {
    let key = call.chat()?;
    if let Some(chat) = call.world.telegram.chats.get_mut(&key) {
        chat.pinned = None;
    }
    Ok(Value::Bool(true))
}

pub(crate) fn create_topic(call: &mut Call<'_>) -> Outcome {
    let key = call.chat()?;
    let name = call.text("name").unwrap_or_default().to_owned();
    if !(1..=128).contains(&name.chars().count()) {
        return Err(ApiError::bad("TOPIC_TITLE_EMPTY"));
    }
    let thread =
        rooms::add_topic(call.world, key, &name).map_err(|_| ApiError::bad("the chat is not a forum"))?;
    Ok(json!({ "message_thread_id": thread, "name": name, "icon_color": 7_322_096 }))
}

pub(crate) fn leave(call: &mut Call<'_>) -> Outcome {
    let key = call.chat()?;
    if key.0 != 0 {
        return Err(ApiError::bad(
            "chat member status can't be changed in private chats",
        ));
    }
    Ok(Value::Bool(true))
}
