//! One Bot API call: its parameters, and which function answers which method. Owns no state.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::error::{ApiError, Outcome};
use super::state::{Key, Kind, key_name};
use super::{
    account, callback, chat, commands, copy, delete, draft, edit, file, media, members, poll, reaction, send,
    view, webhook,
};
use crate::files::Upload;
use crate::world::World;

/// A call with typed parameters, under the world's lock.
pub(crate) struct Call<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) bot: i64,
    pub(crate) values: &'a Map<String, Value>,
    pub(crate) files: &'a BTreeMap<String, Upload>,
    /// The call's number in the request log.
    pub(crate) id: u64,
}

impl Call<'_> {
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.as_str()
    }

    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        self.values.get(name)?.as_i64()
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.values.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The chat that `chat_id` names, if the bot may write there.
    pub(crate) fn chat(&self) -> Result<Key, ApiError> {
        self.chat_named(self.value("chat_id"))
    }

    pub(crate) fn chat_named(&self, value: Option<&Value>) -> Result<Key, ApiError> {
        let telegram = &self.world.telegram;
        let value = value.ok_or_else(|| ApiError::bad("chat_id is empty"))?;
        let id = value.as_i64().or_else(|| value.as_str()?.parse().ok());
        let Some(id) = id else {
            return Err(ApiError::bad("chat not found"));
        };
        let key = if id > 0 { (self.bot, id) } else { (0, id) };
        let Some(chat) = telegram.chats.get(&key) else {
            if telegram.bots.contains_key(&id) {
                return Err(ApiError::new(403, "Forbidden: bots can't send messages to bots"));
            }
            if telegram.users.contains_key(&id) {
                return Err(ApiError::new(
                    403,
                    "Forbidden: bot can't initiate conversation with a user",
                ));
            }
            return Err(ApiError::bad("chat not found"));
        };
        match chat.migrated_to {
            Some(to) => Err(ApiError::migrated(to)),
            None if chat.blocked && chat.kind == Kind::Private => {
                Err(ApiError::new(403, "Forbidden: bot was blocked by the user"))
            }
            None if chat.blocked => Err(ApiError::new(
                403,
                format!("Forbidden: bot was kicked from the {} chat", chat.kind.name()),
            )),
            None => Ok(key),
        }
    }

    /// Tells observers that a message is new or changed.
    pub(crate) fn tell_message(&mut self, key: Key, id: i64) {
        tell_message(self.world, key, id);
    }
}

pub(crate) fn tell_message(world: &mut World, key: Key, id: i64) {
    world.tell("message", &key_name(key), |world| {
        let found = world
            .telegram
            .chats
            .get(&key)
            .and_then(|chat| chat.history.any(id));
        found.map_or(Value::Null, |stored| {
            serde_json::to_value(view::message(world, key, stored)).unwrap_or_default()
        })
    });
}

/// Answers a method. `getUpdates` waits, so it has a place of its own.
pub(crate) fn answer(call: &mut Call<'_>, method: &str) -> Outcome {
    match method {
        "getMe" => account::get_me(call),
        "logOut" | "close" => Ok(Value::Bool(true)),
        "setMyName" | "setMyDescription" | "setMyShortDescription" | "setChatMenuButton" => {
            account::set(call, method)
        }
        "getMyName" | "getMyDescription" | "getMyShortDescription" | "getChatMenuButton" => {
            account::get(call, method)
        }
        "setWebhook" => webhook::set(call),
        "deleteWebhook" => webhook::delete(call),
        "getWebhookInfo" => webhook::info(call),
        "sendMessage" => send::send_message(call),
        "sendDice" => send::send_dice(call),
        "sendLocation" => send::send_location(call),
        "sendChatAction" => send::send_chat_action(call),
        "sendMessageDraft" => draft::set(call),
        "sendPhoto" | "sendDocument" | "sendVideo" | "sendAudio" | "sendVoice" | "sendAnimation" => {
            media::send(call, method)
        }
        "sendMediaGroup" => media::send_group(call),
        "sendPoll" => poll::send(call),
        "stopPoll" => poll::stop(call),
        "forwardMessage" => copy::forward(call),
        "copyMessage" => copy::copy(call),
        "editMessageText" => edit::text(call),
        "editMessageCaption" => edit::caption(call),
        "editMessageReplyMarkup" => edit::markup(call),
        "editMessageMedia" => edit::media(call),
        "deleteMessage" => delete::one(call),
        "deleteMessages" => delete::many(call),
        "answerCallbackQuery" => callback::answer(call),
        "setMyCommands" => commands::set(call),
        "getMyCommands" => commands::get(call),
        "deleteMyCommands" => commands::delete(call),
        "getFile" => file::get(call),
        "setMessageReaction" => reaction::set(call),
        "getChat" => chat::get(call),
        "getChatMember" => members::get(call),
        "getChatMemberCount" => members::count(call),
        "getChatAdministrators" => members::administrators(call),
        "pinChatMessage" => chat::pin(call),
        "unpinChatMessage" => chat::unpin(call),
        "createForumTopic" => chat::create_topic(call),
        "leaveChat" => chat::leave(call),
        _ => Err(ApiError::no_method()),
    }
}
