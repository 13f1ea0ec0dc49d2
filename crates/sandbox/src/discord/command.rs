//! Application commands, global and of the guild, in all verbs. The commands themselves are in the bot's account.

use serde_json::{Value, json};

use super::command_rules;
use super::error::ApiError;
use super::request::{Call, Outcome, Reply};
use super::state::{Bot, GUILD, snowflake};

/// Where commands are registered: 0 for everywhere, or the guild.
fn scope(call: &Call<'_>) -> Result<i64, ApiError> {
    if call.id("application_id") != call.bot {
        return Err(ApiError::new(
            403,
            20012,
            "You are not authorized to perform this action on this application",
        ));
    }
    match call.ids.get("guild_id") {
        None => Ok(0),
        Some(_) if call.id("guild_id") == GUILD => Ok(GUILD),
        Some(_) => Err(ApiError::missing_access()),
    }
}

fn bot<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Bot, ApiError> {
    call.world
        .discord
        .bots
        .get_mut(&call.bot)
        .ok_or_else(ApiError::unauthorized)
}

fn of_scope(bot: &Bot, scope: i64) -> impl Iterator<Item = &Value> {
    bot.commands
        .range((scope, 0)..(scope, i64::MAX))
        .map(|(_, command)| command)
}

/// A command as Discord answers it: with its ids and every default filled in.
fn complete(call: &mut Call<'_>, scope: i64, id: i64, body: &Value) -> Value {
    let version = snowflake(call.world);
    let mut command = json!({ "id": id.to_string(), "application_id": call.bot.to_string(),
        "version": version.to_string(), "default_member_permissions": null, "type": 1, "name": "",
        "name_localizations": null, "description": "", "description_localizations": null, "dm_permission": true,
        "contexts": null, "integration_types": [0], "nsfw": false });
    if scope != 0 {
        command["guild_id"] = Value::from(GUILD.to_string());
        if let Some(command) = command.as_object_mut() {
            for global in ["dm_permission", "contexts", "integration_types"] {
                command.remove(global);
            }
        }
    }
    for (field, value) in body.as_object().into_iter().flatten() {
        if !value.is_null() && !["id", "application_id", "version", "guild_id"].contains(&field.as_str()) {
            command[field.as_str()] = value.clone();
        }
    }
    if let Some(bits) = command["default_member_permissions"].as_u64() {
        command["default_member_permissions"] = Value::from(bits.to_string());
    }
    if let Some(options) = command.get_mut("options") {
        if options.as_array().is_some_and(Vec::is_empty) {
            if let Some(command) = command.as_object_mut() {
                command.remove("options");
            }
        } else {
            tidy(options);
        }
    }
    command
}

/// What Discord leaves out of options: nulls, and `required` where it is false.
fn tidy(options: &mut Value) {
    for option in options.as_array_mut().into_iter().flatten() {
        if let Some(option) = option.as_object_mut() {
            option.retain(|field, value| {
                !value.is_null()
                    && (field != "required" || *value != Value::Bool(false))
                    && (field != "autocomplete" || *value != Value::Bool(false))
            });
            if let Some(inner) = option.get_mut("options") {
                tidy(inner);
            }
        }
    }
}

/// A command without its translations, as lists show it unless they are asked for.
fn brief(command: &Value, localized: bool) -> Value {
    let mut command = command.clone();
    if !localized && let Some(fields) = command.as_object_mut() {
        fields.remove("name_localizations");
        fields.remove("description_localizations");
    }
    command
}

pub(crate) fn list(call: &mut Call<'_>) -> Outcome {
    let scope = scope(call)?;
    let localized = call
        .query("with_localizations")
        .is_some_and(|flag| flag == "true" || flag == "1");
    let bot = bot(call)?;
    Ok(Reply::ok(
        of_scope(bot, scope)
            .map(|command| brief(command, localized))
            .collect(),
    ))
}

fn same(command: &Value, body: &Value) -> bool {
    command["name"] == body["name"] && command["type"].as_u64() == Some(body["type"].as_u64().unwrap_or(1))
}

pub(crate) fn create(call: &mut Call<'_>) -> Outcome {
    let scope = scope(call)?;
    let body = call.body.clone();
    command_rules::check(&body)?;
    let existing = of_scope(bot(call)?, scope)
        .find(|command| same(command, &body))
        .cloned();
    let known: Option<i64> = existing
        .as_ref()
        .and_then(|command| command["id"].as_str()?.parse().ok());
    if known.is_none() {
        let count = of_scope(bot(call)?, scope)
            .filter(|c| c["type"].as_u64() == Some(body["type"].as_u64().unwrap_or(1)));
        command_rules::check_room(body["type"].as_u64().unwrap_or(1), count.count())?;
    }
    let id = known.unwrap_or_else(|| snowflake(call.world));
    let command = complete(call, scope, id, &body);
    bot(call)?.commands.insert((scope, id), command.clone());
    call.world.tell_status();
    Ok(if known.is_some() {
        Reply::ok(command)
    } else {
        Reply::created(command)
    })
}

pub(crate) fn overwrite(call: &mut Call<'_>) -> Outcome {
    let scope = scope(call)?;
    let list = call.body.as_array().cloned().unwrap_or_default();
    command_rules::check_all(&list)?;
    let old: Vec<Value> = of_scope(bot(call)?, scope).cloned().collect();
    let mut fresh = Vec::new();
    for body in &list {
        // A command that keeps its name keeps its id, and with it the permissions people gave it.
        let kept: Option<i64> = old
            .iter()
            .find(|c| same(c, body))
            .and_then(|c| c["id"].as_str()?.parse().ok());
        let id = kept.unwrap_or_else(|| snowflake(call.world));
        fresh.push((id, complete(call, scope, id, body)));
    }
    let bot = bot(call)?;
    bot.commands.retain(|(place, _), _| *place != scope);
    for (id, command) in &fresh {
        bot.commands.insert((scope, *id), command.clone());
    }
    call.world.tell_status();
    Ok(Reply::ok(fresh.into_iter().map(|(_, command)| command).collect()))
}

pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let (scope, id) = (scope(call)?, call.id("command_id"));
    bot(call)?
        .commands
        .get(&(scope, id))
        .cloned()
        .map(Reply::ok)
        .ok_or_else(ApiError::unknown_command)
}

pub(crate) fn edit(call: &mut Call<'_>) -> Outcome {
    let (scope, id) = (scope(call)?, call.id("command_id"));
    let mut body = bot(call)?
        .commands
        .get(&(scope, id))
        .cloned()
        .ok_or_else(ApiError::unknown_command)?;
    for (field, value) in call.body.as_object().into_iter().flatten() {
        body[field.as_str()] = value.clone();
    }
    command_rules::check(&body)?;
    let command = complete(call, scope, id, &body);
    bot(call)?.commands.insert((scope, id), command.clone());
    call.world.tell_status();
    Ok(Reply::ok(command))
}

pub(crate) fn delete(call: &mut Call<'_>) -> Outcome {
    let (scope, id) = (scope(call)?, call.id("command_id"));
    bot(call)?
        .commands
        .remove(&(scope, id))
        .ok_or_else(ApiError::unknown_command)?;
    call.world.tell_status();
    Ok(Reply::nothing())
}
