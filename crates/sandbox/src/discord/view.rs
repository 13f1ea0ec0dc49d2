//! Discord's side of what observers see. Owns no state.

use serde_json::Value;

use super::permissions;
use super::state::{Bot, Channel, key_name};
use crate::store::Stored;
use crate::view::{
    Author, BotView, ButtonView, ChatInfo, ChatSnapshot, FileView, MessageView, Network, ReactionView,
    Status, UserView,
};
use crate::world::World;

fn author(world: &World, id: i64) -> Author {
    if let Some(bot) = world.discord.bots.get(&id) {
        return Author {
            id,
            name: bot.name.clone(),
            bot: true,
        };
    }
    let name = world
        .discord
        .users
        .get(&id)
        .map(|user| user.name.clone())
        .unwrap_or_default();
    Author { id, name, bot: false }
}

/// One message as an observer sees it.
pub(crate) fn message(world: &World, channel: i64, stored: &Stored) -> MessageView {
    let raw = &stored.raw;
    let list = |field: &str| raw[field].as_array().cloned().unwrap_or_default();
    MessageView {
        id: stored.id,
        chat: key_name(channel),
        from: author(world, stored.from),
        at_ms: stored.at_ms,
        text: raw["content"].as_str().unwrap_or_default().to_owned(),
        buttons: buttons(&raw["components"]),
        embeds: list("embeds"),
        components: list("components"),
        files: list("attachments")
            .iter()
            .map(|file| file_view(world, file))
            .collect(),
        poll: raw["poll"].clone(),
        reactions: stored
            .reactions
            .iter()
            .map(|(emoji, by)| ReactionView {
                emoji: emoji.clone(),
                by: by.iter().map(|user| author(world, *user).name).collect(),
            })
            .collect(),
        reply_to: raw["message_reference"]["message_id"]
            .as_str()
            .and_then(|id| id.parse().ok()),
        edits: stored.edits,
        history: stored.history.clone(),
        deleted: stored.deleted,
        only_for: stored.only_for.map(|user| author(world, user)),
        thinking: stored.thinking,
        used: stored.used.clone(),
        silent: raw["flags"].as_u64().unwrap_or(0) & super::write::SUPPRESS_NOTIFICATIONS != 0,
        calls: stored.calls.clone(),
        raw: raw.clone(),
        ..MessageView::default()
    }
}

fn file_view(world: &World, file: &Value) -> FileView {
    let text = |field: &str| file[field].as_str().unwrap_or_default().to_owned();
    let name = text("filename");
    FileView {
        kind: "attachment".to_owned(),
        mime: text("content_type"),
        size: file["size"]
            .as_u64()
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(0),
        // Relative: the page may have been opened as "localhost".
        url: text("url").replace(&world.base, ""),
        spoiler: name.starts_with("SPOILER_"),
        name,
    }
}

/// Rows of buttons and selects, wherever they stand among the components.
fn buttons(components: &Value) -> Vec<Vec<ButtonView>> {
    let mut rows = Vec::new();
    for component in components.as_array().into_iter().flatten() {
        match component["type"].as_u64() {
            Some(1) => {
                let inner = component["components"].as_array().into_iter().flatten();
                rows.push(inner.map(button).collect());
            }
            _ => {
                if component["accessory"]["type"] == 2 {
                    rows.push(vec![button(&component["accessory"])]);
                }
                rows.extend(buttons(&component["components"]));
            }
        }
    }
    rows
}

fn button(component: &Value) -> ButtonView {
    let text = |field: &str| component[field].as_str().map(str::to_owned);
    let kind = match component["type"].as_u64() {
        Some(3) => "string",
        Some(5) => "user",
        Some(6) => "role",
        Some(7) => "mentionable",
        Some(8) => "channel",
        _ => "button",
    };
    let number = |field: &str| component[field].as_u64().unwrap_or(1);
    ButtonView {
        text: text("label").or_else(|| text("placeholder")).unwrap_or_default(),
        data: text("custom_id"),
        url: text("url"),
        style: component["style"].clone(),
        disabled: component["disabled"] == Value::Bool(true),
        kind: kind.to_owned(),
        options: component["options"].as_array().cloned().unwrap_or_default(),
        emoji: component["emoji"]["name"].as_str().map(str::to_owned),
        range: (number("min_values"), number("max_values")),
    }
}

/// A channel and its messages.
pub(crate) fn snapshot(world: &World, id: i64) -> Option<ChatSnapshot> {
    let channel = world.discord.channels.get(&id)?;
    let typing = channel.typing.iter().filter(|(_, until)| *until > world.now_ms);
    Some(ChatSnapshot {
        chat: info(world, channel),
        messages: channel
            .history
            .iter()
            .map(|stored| message(world, id, stored))
            .collect(),
        typing: typing.map(|(who, _)| author(world, *who).name).collect(),
        drafts: Vec::new(),
        reply_keyboard: Value::Null,
    })
}

fn info(world: &World, channel: &Channel) -> ChatInfo {
    ChatInfo {
        key: key_name(channel.id),
        network: Network::Discord,
        kind: if channel.dm.is_some() { "dm" } else { "channel" }.to_owned(),
        title: channel
            .dm
            .map_or_else(|| channel.name.clone(), |(bot, _)| author(world, bot).name),
        id: channel.id,
        bot: channel.dm.map(|(bot, _)| bot.to_string()),
        user: channel.dm.map(|(_, user)| user.to_string()),
        topics: Vec::new(),
        forum: false,
        moderators: if channel.dm.is_some() {
            Vec::new()
        } else {
            permissions::moderators(world)
        },
    }
}

fn bot(bot: &Bot) -> BotView {
    let connected = bot.sessions.iter().any(|session| session.connection.is_some());
    let connection = match () {
        () if connected => "connected",
        () if !bot.sessions.is_empty() => "resumable",
        () if bot.endpoint.is_some() => "endpoint",
        () => "offline",
    };
    BotView {
        id: bot.id,
        name: bot.name.clone(),
        username: bot.name.clone(),
        connection: connection.to_owned(),
        pending: 0,
        commands: bot.commands.values().cloned().collect(),
        revoked: bot.revoked,
    }
}

pub(crate) fn status(world: &World, status: &mut Status) {
    let discord = &world.discord;
    status.discord_bots = discord.bots.values().map(bot).collect();
    status.discord_users = discord
        .users
        .values()
        .map(|user| UserView {
            id: user.id,
            name: user.name.clone(),
            username: user.username.clone(),
            language: user.locale.clone(),
        })
        .collect();
    status
        .chats
        .extend(discord.channels.values().map(|channel| info(world, channel)));
}
