//! Interaction callbacks: the first answer, within 3 s and only once. Owns no state.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::error::{ApiError, FormErrors};
use super::request::{Call, Outcome, Reply};
use super::state::{Interaction, key_name, user_json};
use super::write::{self, EPHEMERAL, LOADING, New, SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS, V2};
use crate::bounds::{INTERACTION_ANSWER, INTERACTION_TOKEN};
use crate::world::World;

/// The interaction a call is about, while its token lives.
fn alive(call: &mut Call<'_>) -> Result<Interaction, ApiError> {
    let id = call.id("interaction_id");
    let now = call.world.now_ms;
    let token = call.part("interaction_token").to_owned();
    let found = call
        .world
        .discord
        .by_token(&token)
        .filter(|interaction| interaction.id == id);
    let found = found.ok_or_else(ApiError::unknown_interaction)?.clone();
    let age = now.saturating_sub(found.at_ms);
    if found.answered.is_some() {
        return Err(ApiError::acknowledged());
    }
    if age > u64::try_from(INTERACTION_ANSWER.as_millis()).unwrap_or(0) {
        return Err(ApiError::unknown_interaction());
    }
    Ok(found)
}

/// Whether an interaction's token still works for follow-ups.
pub(crate) fn token_lives(world: &World, interaction: &Interaction) -> bool {
    let age = world.now_ms.saturating_sub(interaction.at_ms);
    age <= u64::try_from(INTERACTION_TOKEN.as_millis()).unwrap_or(0)
}

/// Which callback types may answer which kind of interaction.
fn fits(kind: u64, callback: u64) -> bool {
    match callback {
        4 | 5 => kind != 4,
        6 | 7 => kind == 3 || kind == 5,
        8 => kind == 4,
        9 => kind == 2 || kind == 3,
        _ => false,
    }
}

pub(crate) fn callback(call: &mut Call<'_>) -> Outcome {
    let interaction = alive(call)?;
    let kind = call.body["type"].as_u64().unwrap_or(0);
    if !fits(interaction.kind, kind) {
        let mut errors = FormErrors::default();
        let message = "The callback type cannot answer this interaction";
        errors.add("type", "INTERACTION_TYPE_INVALID", message);
        errors.result()?;
    }
    let data = call.body["data"].clone();
    let ephemeral = data["flags"].as_u64().unwrap_or(0) & EPHEMERAL != 0;
    let message = match kind {
        4 => Some(answer(call, &interaction, data)?),
        5 => Some(think(call, &interaction, ephemeral)?),
        6 => interaction.source,
        7 => Some(update(call, &interaction, &data)?),
        8 => choices(call, &interaction, &data)?,
        _ => form(call, &interaction, &data)?,
    };
    if let Some(kept) = call.world.discord.interactions.get_mut(&interaction.id) {
        kept.answered = Some(kind);
        kept.original = message;
        kept.ephemeral = ephemeral;
    }
    let id = interaction.id;
    call.world.tell(
        "interaction",
        &key_name(interaction.channel),
        |_| json!({ "id": id.to_string(), "answered": kind }),
    );
    if call.query("with_response") != Some("true") {
        return Ok(Reply::nothing());
    }
    let mut body = json!({ "interaction": { "id": interaction.id.to_string(), "type": interaction.kind,
        "response_message_loading": kind == 5, "response_message_ephemeral": ephemeral } });
    if let Some(message) = message.filter(|_| [4, 5, 7].contains(&kind)) {
        body["interaction"]["response_message_id"] = Value::from(message.to_string());
        let raw = raw(call.world, interaction.channel, message);
        body["resource"] = json!({ "type": kind, "message": raw });
    }
    Ok(Reply::ok(body))
}

pub(crate) fn raw(world: &World, channel: i64, message: i64) -> Value {
    let found = world
        .discord
        .channels
        .get(&channel)
        .and_then(|channel| channel.history.get(message));
    found.map(|stored| stored.raw.clone()).unwrap_or_default()
}

/// The fields a message has because it answers an interaction.
pub(crate) fn metadata(world: &World, interaction: &Interaction) -> Value {
    let user = user_json(world, interaction.user);
    let mut more = json!({ "application_id": interaction.bot.to_string(), "webhook_id": interaction.bot.to_string(),
        "type": if interaction.command.is_some() { 20 } else { 19 },
        "interaction_metadata": { "id": interaction.id.to_string(), "type": interaction.kind, "user": user,
            "authorizing_integration_owners": { "0": super::user::guild_id() } } });
    if let Some(command) = &interaction.command {
        more["interaction_metadata"]["name"] = Value::from(command.clone());
        more["interaction"] =
            json!({ "id": interaction.id.to_string(), "type": 2, "name": command, "user": user });
    } else if let Some(source) = interaction.source {
        more["interaction_metadata"]["interacted_message_id"] = Value::from(source.to_string());
    }
    more
}

/// Who used which command: the line over an answer.
pub(crate) fn used(world: &World, interaction: &Interaction) -> Option<(String, String)> {
    let name = world
        .discord
        .users
        .get(&interaction.user)
        .map(|user| user.name.clone())
        .unwrap_or_default();
    interaction.command.clone().map(|command| (command, name))
}

fn answer(call: &mut Call<'_>, interaction: &Interaction, mut data: Value) -> Result<i64, ApiError> {
    let allowed = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | V2 | EPHEMERAL;
    let flags = data["flags"].as_u64().unwrap_or(0) & allowed;
    if !data.is_object() {
        return Err(ApiError::empty_message());
    }
    data["flags"] = Value::from(flags);
    let mut new = New::by_bot(interaction.channel, interaction.bot, &data, call.files);
    new.call = Some(call.number);
    new.interaction = Some(interaction.id);
    new.used = used(call.world, interaction);
    new.only_for = (flags & EPHEMERAL != 0).then_some(interaction.user);
    new.more = metadata(call.world, interaction);
    let raw = write::create(call.world, new)?;
    Ok(raw["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or(0))
}

fn think(call: &mut Call<'_>, interaction: &Interaction, ephemeral: bool) -> Result<i64, ApiError> {
    let body = json!({ "flags": LOADING | if ephemeral { EPHEMERAL } else { 0 } });
    let none = BTreeMap::new();
    let mut new = New::by_bot(interaction.channel, interaction.bot, &body, &none);
    new.call = Some(call.number);
    new.thinking = true;
    new.interaction = Some(interaction.id);
    new.used = used(call.world, interaction);
    new.only_for = ephemeral.then_some(interaction.user);
    new.more = metadata(call.world, interaction);
    let raw = write::create(call.world, new)?;
    Ok(raw["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or(0))
}

fn update(call: &mut Call<'_>, interaction: &Interaction, data: &Value) -> Result<i64, ApiError> {
    let source = interaction.source.ok_or_else(ApiError::unknown_message)?;
    write::change(
        call.world,
        interaction.channel,
        source,
        data,
        call.files,
        Some(call.number),
    )?;
    Ok(source)
}

fn choices(call: &mut Call<'_>, interaction: &Interaction, data: &Value) -> Result<Option<i64>, ApiError> {
    let list = data["choices"].as_array().cloned().unwrap_or_default();
    if list.len() > 25 {
        let mut errors = FormErrors::default();
        errors.length("data.choices", 0, 25);
        errors.result()?;
    }
    let choices = Value::Array(list);
    if let Some(kept) = call.world.discord.interactions.get_mut(&interaction.id) {
        kept.choices = Some(choices.clone());
    }
    let id = interaction.id.to_string();
    call.world.tell(
        "choices",
        &key_name(interaction.channel),
        |_| json!({ "interaction": id, "choices": choices }),
    );
    Ok(None)
}

fn form(call: &mut Call<'_>, interaction: &Interaction, data: &Value) -> Result<Option<i64>, ApiError> {
    let rows = data["components"].as_array().map_or(0, Vec::len);
    let mut errors = FormErrors::default();
    if !(1..=5).contains(&rows) {
        errors.length("data.components", 1, 5);
    }
    if !(1..=45).contains(&data["title"].as_str().unwrap_or_default().chars().count()) {
        errors.length("data.title", 1, 45);
    }
    errors.result()?;
    if let Some(kept) = call.world.discord.interactions.get_mut(&interaction.id) {
        kept.form = Some(data.clone());
    }
    let (id, user, data) = (
        interaction.id.to_string(),
        interaction.user.to_string(),
        data.clone(),
    );
    call.world.tell(
        "form",
        &key_name(interaction.channel),
        |_| json!({ "interaction": id, "user": user, "form": data }),
    );
    Ok(None)
}
