//! What follows an interaction's first answer: the original message and follow-ups, by the token. Owns no state.

use serde_json::Value;

use super::error::ApiError;
use super::interaction::{metadata, raw, token_lives, used};
use super::request::{Call, Outcome, Reply};
use super::state::Interaction;
use super::write::{self, EPHEMERAL, New, SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS, V2};

/// The interaction of the token in the path, while it lives.
fn interaction(call: &mut Call<'_>) -> Result<Interaction, ApiError> {
    let application = call.id("webhook_id");
    let token = call.part("webhook_token").to_owned();
    let found = call.world.discord.by_token(&token).cloned();
    let found = found
        .filter(|found| found.bot == application)
        .ok_or_else(ApiError::unknown_webhook)?;
    if token_lives(call.world, &found) {
        Ok(found)
    } else {
        Err(ApiError::invalid_webhook_token())
    }
}

/// The message in the path: the original, or a follow-up of this interaction.
fn target(call: &Call<'_>, interaction: &Interaction) -> Result<i64, ApiError> {
    let Some(given) = call.ids.get("message_id") else {
        return interaction.original.ok_or_else(ApiError::unknown_message);
    };
    let id: i64 = given.parse().unwrap_or(0);
    let room = call
        .world
        .discord
        .channels
        .get(&interaction.channel)
        .ok_or_else(ApiError::unknown_channel)?;
    let stored = room.history.get(id).ok_or_else(ApiError::unknown_message)?;
    let mine = u64::try_from(interaction.id).ok();
    let own = stored.interaction == mine || interaction.original == Some(id);
    if own {
        Ok(id)
    } else {
        Err(ApiError::unknown_message())
    }
}

pub(crate) fn follow_up(call: &mut Call<'_>) -> Outcome {
    let interaction = interaction(call)?;
    if interaction.answered.is_none() {
        return Err(ApiError::unknown_webhook());
    }
    let room = call
        .world
        .discord
        .channels
        .get(&interaction.channel)
        .ok_or_else(ApiError::unknown_channel)?;
    let waiting = interaction
        .original
        .filter(|id| room.history.get(*id).is_some_and(|stored| stored.thinking));
    if let Some(original) = waiting.filter(|_| interaction.answered == Some(5)) {
        // The first follow-up after a deferred answer takes its place.
        let raw = write::change(
            call.world,
            interaction.channel,
            original,
            call.body,
            call.files,
            Some(call.number),
        )?;
        return Ok(Reply::ok(raw));
    }
    let allowed = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | V2 | EPHEMERAL;
    let mut body = call.body.clone();
    let flags = body["flags"].as_u64().unwrap_or(0) & allowed;
    if !body.is_object() {
        return Err(ApiError::empty_message());
    }
    body["flags"] = Value::from(flags);
    let mut new = New::by_bot(interaction.channel, interaction.bot, &body, call.files);
    new.call = Some(call.number);
    new.interaction = Some(interaction.id);
    new.used = used(call.world, &interaction);
    new.only_for = (flags & EPHEMERAL != 0).then_some(interaction.user);
    new.more = metadata(call.world, &interaction);
    let raw = write::create(call.world, new)?;
    Ok(Reply::ok(raw))
}

pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let interaction = interaction(call)?;
    let id = target(call, &interaction)?;
    let found = raw(call.world, interaction.channel, id);
    if found.is_null() {
        Err(ApiError::unknown_message())
    } else {
        Ok(Reply::ok(found))
    }
}

pub(crate) fn edit(call: &mut Call<'_>) -> Outcome {
    let interaction = interaction(call)?;
    let id = target(call, &interaction)?;
    let raw = write::change(
        call.world,
        interaction.channel,
        id,
        call.body,
        call.files,
        Some(call.number),
    )?;
    Ok(Reply::ok(raw))
}

pub(crate) fn delete(call: &mut Call<'_>) -> Outcome {
    let interaction = interaction(call)?;
    let id = target(call, &interaction)?;
    write::remove(call.world, interaction.channel, id, Some(call.number))?;
    Ok(Reply::nothing())
}
