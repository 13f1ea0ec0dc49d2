//! Telegram's side of what observers see. Owns no state.

use serde_json::Value;

use super::state::{Bot, Chat, Key, key_name};
use super::{draft, file, members};
use crate::store::Stored;
use crate::view::{
    Author, BotView, ButtonView, ChatInfo, ChatSnapshot, FileView, MessageView, Network, ReactionView,
    Status, UserView,
};
use crate::world::World;

fn author(world: &World, id: i64) -> Author {
    if let Some(bot) = world.telegram.bots.get(&id) {
        return Author {
            id,
            name: bot.name.clone(),
            bot: true,
        };
    }
    let name = world
        .telegram
        .users
        .get(&id)
        .map(|user| user.first_name.clone())
        .unwrap_or_default();
    Author { id, name, bot: false }
}

/// One message as an observer sees it.
pub(crate) fn message(world: &World, key: Key, stored: &Stored) -> MessageView {
    let raw = &stored.raw;
    let service = [
        "new_chat_members",
        "left_chat_member",
        "forum_topic_created",
        "migrate_to_chat_id",
        "migrate_from_chat_id",
    ]
    .into_iter()
    .find(|field| raw.get(*field).is_some());
    let (text, entities) = match raw.get("text") {
        Some(text) => (text, raw.get("entities")),
        None => (&raw["caption"], raw.get("caption_entities")),
    };
    let extra = raw["dice"]["emoji"]
        .as_str()
        .map(|emoji| format!("{emoji} {}", raw["dice"]["value"]));
    let place = raw
        .get("location")
        .map(|place| format!("📍 {}, {}", place["latitude"], place["longitude"]));
    MessageView {
        id: stored.id,
        chat: key_name(key),
        thread: raw["message_thread_id"].as_i64(),
        from: author(world, stored.from),
        at_ms: stored.at_ms,
        text: text
            .as_str()
            .map(str::to_owned)
            .or(extra)
            .or(place)
            .unwrap_or_default(),
        entities: entities.and_then(Value::as_array).cloned().unwrap_or_default(),
        buttons: buttons(&raw["reply_markup"]["inline_keyboard"]),
        files: files(world, raw),
        poll: raw["poll"].clone(),
        reactions: stored
            .reactions
            .iter()
            .map(|(emoji, users)| ReactionView {
                emoji: emoji.clone(),
                by: users.iter().map(|user| author(world, *user).name).collect(),
            })
            .collect(),
        reply_to: raw["reply_to_message"]["message_id"].as_i64(),
        edits: stored.edits,
        history: stored.history.clone(),
        deleted: stored.deleted,
        service: service.map(str::to_owned),
        calls: stored.calls.clone(),
        raw: raw.clone(),
        ..MessageView::default()
    }
}

fn buttons(rows: &Value) -> Vec<Vec<ButtonView>> {
    let rows = rows.as_array().into_iter().flatten().filter_map(Value::as_array);
    rows.map(|row| {
        row.iter()
            .map(|button| ButtonView {
                text: button["text"].as_str().unwrap_or_default().to_owned(),
                data: button["callback_data"].as_str().map(str::to_owned),
                url: button["url"].as_str().map(str::to_owned),
                style: button["style"].clone(),
                disabled: button.get("disabled").is_some_and(|value| !value.is_null()),
                kind: "button".to_owned(),
                ..ButtonView::default()
            })
            .collect()
    })
    .collect()
}

fn files(world: &World, raw: &Value) -> Vec<FileView> {
    let mut found = Vec::new();
    for kind in ["photo", "animation", "video", "audio", "voice", "document"] {
        let Some(object) = raw.get(kind) else { continue };
        // Of a photo's sizes the last one is the picture itself.
        let object = object.as_array().and_then(|sizes| sizes.last()).unwrap_or(object);
        let Some(number) = object["file_id"].as_str().and_then(file::number) else {
            continue;
        };
        let upload = world.files.get(number);
        found.push(FileView {
            kind: kind.to_owned(),
            name: upload.map(|u| u.name.clone()).unwrap_or_default(),
            mime: upload.map(|u| u.mime.clone()).unwrap_or_default(),
            size: upload.map_or(0, |u| u.bytes.len()),
            url: format!(
                "/cdn/{number}/{}",
                upload.map(|u| u.name.clone()).unwrap_or_default()
            ),
            spoiler: raw["has_media_spoiler"] == Value::Bool(true),
        });
        // An animation comes as a document as well: once is enough.
        break;
    }
    found
}

/// A chat and its messages.
pub(crate) fn snapshot(world: &World, key: Key) -> Option<ChatSnapshot> {
    let chat = world.telegram.chats.get(&key)?;
    let typing = chat.actions.iter().filter(|(_, _, until)| *until > world.now_ms);
    Some(ChatSnapshot {
        chat: info(world, chat),
        messages: chat
            .history
            .iter()
            .map(|stored| message(world, key, stored))
            .collect(),
        typing: typing
            .map(|(who, action, _)| {
                if action == "typing" {
                    who.clone()
                } else {
                    format!("{who}: {action}")
                }
            })
            .collect(),
        drafts: draft::shown(world, key),
        reply_keyboard: chat.reply_keyboard.clone(),
    })
}

fn info(world: &World, chat: &Chat) -> ChatInfo {
    let private = chat.key.0 != 0;
    ChatInfo {
        key: key_name(chat.key),
        network: Network::Telegram,
        kind: chat.kind.name().to_owned(),
        title: if private {
            author(world, chat.key.0).name
        } else {
            chat.title.clone()
        },
        id: chat.key.1,
        bot: private.then(|| chat.key.0.to_string()),
        user: private.then(|| chat.key.1.to_string()),
        topics: chat.topics.iter().map(|(id, name)| (*id, name.clone())).collect(),
        forum: chat.forum,
        moderators: members::moderators(world, chat),
    }
}

/// How long after a poll a bot still counts as polling.
const POLLING_MS: u64 = 10_000;

fn bot(world: &World, bot: &Bot) -> BotView {
    let recent = bot.last_poll_ms > 0 && world.now_ms.saturating_sub(bot.last_poll_ms) < POLLING_MS;
    let connection = match () {
        () if bot.webhook.is_some() => "webhook",
        () if bot.polls_open > 0 || recent => "polling",
        () => "offline",
    };
    let default = (r#"{"type":"default"}"#.to_owned(), String::new());
    BotView {
        id: bot.id,
        name: bot.name.clone(),
        username: bot.username.clone(),
        connection: connection.to_owned(),
        pending: bot.updates.len(),
        commands: bot.commands.get(&default).cloned().unwrap_or_default(),
        revoked: bot.revoked,
    }
}

pub(crate) fn status(world: &World, status: &mut Status) {
    let telegram = &world.telegram;
    status.telegram_bots = telegram
        .bots
        .values()
        .map(|account| bot(world, account))
        .collect();
    status.telegram_users = telegram
        .users
        .values()
        .map(|user| UserView {
            id: user.id,
            name: user.first_name.clone(),
            username: user.username.clone(),
            language: user.language.clone(),
        })
        .collect();
    status.chats.extend(
        telegram
            .chats
            .values()
            .filter(|c| c.migrated_to.is_none())
            .map(|chat| info(world, chat)),
    );
}
