//! Chats as bots see them: `getChat`, pins, topics. Owns no state.

use serde_json::{Value, json};

use super::error::{ApiError, Outcome};
use super::methods::Call;
use super::rooms;
use super::state::{Kind, chat_json};

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
