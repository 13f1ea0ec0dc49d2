//! What users do with messages: send, edit, delete, react, type. Owns no state.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::error::ApiError;
use super::message_rules;
use super::state::key_name;
use super::write::{self, New};
use super::{channel, reaction};
use crate::error::ActError;
use crate::files::Upload;
use crate::world::World;

pub(crate) fn refused(error: &ApiError) -> ActError {
    ActError::Refused(error.body["message"].as_str().unwrap_or("refused").to_owned())
}

fn check(world: &World, channel: i64, user: i64) -> Result<(), ActError> {
    if !world.discord.users.contains_key(&user) {
        return Err(ActError::NoUser(user.to_string()));
    }
    if !world.discord.channels.contains_key(&channel) {
        return Err(ActError::NoChat(key_name(channel)));
    }
    Ok(())
}

/// Sends a message. Returns its id.
pub(crate) fn send(
    world: &mut World,
    channel: i64,
    user: i64,
    text: &str,
    files: Vec<Upload>,
    reply_to: Option<i64>,
) -> Result<i64, ActError> {
    check(world, channel, user)?;
    let files: BTreeMap<String, Upload> = files
        .into_iter()
        .enumerate()
        .map(|(index, upload)| (format!("files[{index}]"), upload))
        .collect();
    let body = json!({ "content": text });
    message_rules::check_new(&body, &files).map_err(|error| refused(&error))?;
    let mut more = Value::Null;
    if let Some(reply) = reply_to {
        let room = world.discord.channels.get(&channel);
        let raw = room
            .and_then(|room| room.history.get(reply))
            .ok_or(ActError::NoMessage(reply))?
            .raw
            .clone();
        more = json!({ "type": 19, "referenced_message": raw, "message_reference": { "type": 0,
            "message_id": reply.to_string(), "channel_id": channel.to_string() } });
    }
    let new = New {
        by_bot: false,
        more,
        ..New::by_bot(channel, user, &body, &files)
    };
    let raw = write::create(world, new).map_err(|error| refused(&error))?;
    Ok(raw["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or(0))
}

/// Edits a message of the user's own.
pub(crate) fn edit(world: &mut World, channel: i64, user: i64, id: i64, text: &str) -> Result<(), ActError> {
    check(world, channel, user)?;
    let stored = world
        .discord
        .channels
        .get(&channel)
        .and_then(|room| room.history.get(id));
    if stored.ok_or(ActError::NoMessage(id))?.from != user {
        return Err(ActError::Refused(
            "only one's own messages can be edited".to_owned(),
        ));
    }
    let none = BTreeMap::new();
    write::change(world, channel, id, &json!({ "content": text }), &none, None)
        .map_err(|error| refused(&error))?;
    Ok(())
}

/// Deletes a message, as somebody who may.
pub(crate) fn delete(world: &mut World, channel: i64, id: i64) -> Result<(), ActError> {
    write::remove(world, channel, id, None).map_err(|_| ActError::NoMessage(id))
}

/// Adds or takes back a reaction.
pub(crate) fn react(
    world: &mut World,
    place: (i64, i64),
    user: i64,
    emoji: &str,
    on: bool,
) -> Result<(), ActError> {
    check(world, place.0, user)?;
    reaction::react(world, place, user, emoji, on).map_err(|error| refused(&error))
}

/// Shows the user as typing.
pub(crate) fn typing(world: &mut World, channel: i64, user: i64) -> Result<(), ActError> {
    check(world, channel, user)?;
    channel::start_typing(world, channel, user).map_err(|error| refused(&error))
}
