//! What users ask of bots: slash commands, autocomplete, components. Owns no state.

use rand::Rng;
use rand::distr::Alphanumeric;
use serde_json::{Map, Value, json};

use super::guild::{acting_member_json, channel_json};
use super::state::{GUILD, Interaction, User, key_name, snowflake, user_json};
use super::write::escape;
use super::{dispatch, endpoint, permissions};
use crate::error::ActError;
use crate::files::Upload;
use crate::picture;
use crate::world::World;

/// A command as a user fills it in: its path (`config set`) and the options by name.
#[derive(Debug, Default)]
pub(crate) struct Filled {
    pub(crate) path: String,
    pub(crate) options: Map<String, Value>,
    pub(crate) files: Vec<(String, Upload)>,
    /// The bot, where several offer the same name.
    pub(crate) bot: Option<i64>,
    /// The option that is being typed: an autocomplete request instead of a command.
    pub(crate) focused: Option<String>,
}

/// What kind of interaction is begun, and by which component.
pub(super) struct Begin {
    pub(super) bot: i64,
    pub(super) kind: u64,
    pub(super) source: Option<i64>,
    pub(super) command: Option<String>,
}

/// The commands a channel's picker offers: with the bot that has them.
pub(crate) fn offered(world: &World, channel: i64) -> Vec<(i64, Value)> {
    let dm = world
        .discord
        .channels
        .get(&channel)
        .and_then(|channel| channel.dm);
    let mut found = Vec::new();
    for bot in world
        .discord
        .bots
        .values()
        .filter(|bot| dm.is_none_or(|(own, _)| own == bot.id))
    {
        for ((scope, _), command) in &bot.commands {
            let here = if dm.is_some() {
                // Contexts: 0 guild, 1 the bot's own direct messages, 2 others.
                let contexts = command["contexts"].as_array();
                *scope == 0
                    && command["dm_permission"] != Value::Bool(false)
                    && contexts.is_none_or(|list| list.iter().any(|c| c.as_u64() == Some(1)))
            } else {
                let contexts = command["contexts"].as_array();
                contexts.is_none_or(|list| list.iter().any(|c| c.as_u64() == Some(0)))
            };
            if here {
                found.push((bot.id, command.clone()));
            }
        }
    }
    found
}

/// Whether the client offers a command to a person. Permissions are a guild's.
pub(crate) fn may_use(world: &World, channel: i64, user: i64, command: &Value) -> bool {
    let dm = world
        .discord
        .channels
        .get(&channel)
        .is_some_and(|channel| channel.dm.is_some());
    dm || permissions::may_use(world, user, command)
}

/// Issues a slash command, or asks for autocomplete. Returns the interaction's id.
pub(crate) fn slash(world: &mut World, channel: i64, user: i64, filled: &Filled) -> Result<i64, ActError> {
    let mut path = filled.path.trim().trim_start_matches('/').split_whitespace();
    let name = path.next().unwrap_or_default().to_owned();
    let found = offered(world, channel).into_iter().find(|(bot, command)| {
        command["name"] == name.as_str()
            && command["type"] == 1
            && filled.bot.is_none_or(|wanted| wanted == *bot)
    });
    let (bot, command) = found.ok_or_else(|| ActError::NoCommand(format!("/{name}")))?;
    if !may_use(world, channel, user, &command) {
        return Err(ActError::Refused(format!("/{name} is not for everybody")));
    }
    let mut resolved = json!({});
    let (place, groups) = descend(&command, path, &filled.path)?;
    let mut options = fill(world, user, &place, filled, &mut resolved)?;
    for (kind, part) in groups.iter().rev() {
        options = json!([{ "name": part, "type": kind, "options": options }]);
    }
    let mut data = json!({ "id": command["id"], "name": name, "type": 1 });
    if options.as_array().is_some_and(|options| !options.is_empty()) {
        data["options"] = options;
    }
    if resolved.as_object().is_some_and(|resolved| !resolved.is_empty()) {
        data["resolved"] = resolved;
    }
    if command.get("guild_id").is_some() {
        data["guild_id"] = command["guild_id"].clone();
    }
    let typed = filled.path.trim().trim_start_matches('/').to_owned();
    let kind = if filled.focused.is_some() { 4 } else { 2 };
    begin(
        world,
        channel,
        user,
        &Begin {
            bot,
            kind,
            source: None,
            command: Some(typed),
        },
        data,
    )
}

/// The part of a command that a path leads to, and the sub-commands on the way with their types.
fn descend<'a>(
    command: &Value,
    path: impl Iterator<Item = &'a str>,
    whole: &str,
) -> Result<(Value, Vec<(Value, String)>), ActError> {
    let mut place = command.clone();
    let mut groups = Vec::new();
    for part in path {
        let mut inner = place["options"].as_array().into_iter().flatten();
        let found = inner.find(|option| option["name"] == part).cloned();
        place = found.ok_or_else(|| ActError::NoCommand(format!("/{whole}")))?;
        groups.push((place["type"].clone(), part.to_owned()));
    }
    let mut inner = place["options"].as_array().into_iter().flatten();
    if inner.any(|option| matches!(option["type"].as_u64(), Some(1 | 2))) {
        return Err(ActError::NoCommand(format!("/{whole} needs a sub-command")));
    }
    Ok((place, groups))
}

/// The options of a command, checked as the client checks them.
fn fill(
    world: &mut World,
    user: i64,
    place: &Value,
    filled: &Filled,
    resolved: &mut Value,
) -> Result<Value, ActError> {
    let known = place["options"].as_array().cloned().unwrap_or_default();
    let mut out = Vec::new();
    for option in &known {
        let name = option["name"].as_str().unwrap_or_default();
        let focused = filled.focused.as_deref() == Some(name);
        let upload = filled
            .files
            .iter()
            .find(|(option, _)| option == name)
            .map(|(_, upload)| upload.clone());
        let given = filled.options.get(name).filter(|value| !value.is_null());
        if given.is_none() && upload.is_none() {
            if option["required"] == Value::Bool(true) && filled.focused.is_none() {
                return Err(ActError::Refused(format!("the option {name} is required")));
            }
            continue;
        }
        let kind = option["type"].as_u64().unwrap_or(3);
        let value = match (kind, upload) {
            (11, Some(upload)) => attach(world, upload, resolved),
            (_, _) if focused => given
                .cloned()
                .map(|value| value.as_str().map_or(value.to_string(), str::to_owned))
                .map(Value::from)
                .unwrap_or_default(),
            (kind, _) => check(world, user, option, kind, given.unwrap_or(&Value::Null), resolved)?,
        };
        let mut entry = json!({ "name": name, "type": kind, "value": value });
        if focused {
            entry["focused"] = Value::Bool(true);
        }
        out.push(entry);
    }
    let stray = filled
        .options
        .keys()
        .find(|name| !known.iter().any(|option| option["name"] == name.as_str()));
    match stray {
        Some(name) => Err(ActError::Refused(format!("the command has no option {name}"))),
        None => Ok(Value::Array(out)),
    }
}

fn attach(world: &mut World, upload: Upload, resolved: &mut Value) -> Value {
    let id = snowflake(world).to_string();
    let (name, mime, length) = (upload.name.clone(), upload.mime.clone(), upload.bytes.len());
    let size = picture::size(&upload.bytes).filter(|_| mime.starts_with("image/"));
    let number = world.files.add(upload);
    let url = format!("{}/cdn/{number}/{}", world.base, escape(&name));
    let mut attachment = json!({ "id": id, "filename": name, "size": length, "url": url, "proxy_url": url,
        "content_type": mime, "ephemeral": true });
    if let Some((width, height)) = size {
        attachment["width"] = Value::from(width);
        attachment["height"] = Value::from(height);
    }
    resolved["attachments"][&id] = attachment;
    Value::from(id)
}

fn in_range(option: &Value, number: f64) -> bool {
    let below = option["min_value"].as_f64().is_some_and(|least| number < least);
    let above = option["max_value"].as_f64().is_some_and(|most| number > most);
    !below && !above
}

/// One value in the option's type and within its bounds.
fn check(
    world: &World,
    user: i64,
    option: &Value,
    kind: u64,
    given: &Value,
    resolved: &mut Value,
) -> Result<Value, ActError> {
    let name = option["name"].as_str().unwrap_or_default();
    let text = given.as_str().map_or_else(|| given.to_string(), str::to_owned);
    let wrong = |what: &str| ActError::Refused(format!("the option {name} must be {what}"));
    let value = match kind {
        3 => {
            let length = text.chars().count();
            let bound = |field: &str| option[field].as_u64().and_then(|n| usize::try_from(n).ok());
            if bound("min_length").is_some_and(|n| length < n) || bound("max_length").unwrap_or(6000) < length
            {
                return Err(wrong("of the right length"));
            }
            Value::from(text)
        }
        4 => Value::from(text.trim().parse::<i64>().map_err(|_| wrong("a whole number"))?),
        10 => Value::from(text.trim().parse::<f64>().map_err(|_| wrong("a number"))?),
        5 => Value::from(text.parse::<bool>().map_err(|_| wrong("true or false"))?),
        6 | 9 => {
            let id = text
                .parse()
                .ok()
                .filter(|id| user_json(world, *id).is_some())
                .ok_or_else(|| wrong("a user"))?;
            resolve_user(world, id, resolved);
            Value::from(text)
        }
        7 => {
            let id = text
                .parse()
                .ok()
                .filter(|id| world.discord.channels.contains_key(id));
            let id = id.ok_or_else(|| wrong("a channel"))?;
            let mut channel = channel_json(world, id);
            channel["permissions"] = Value::from(permissions::of_member(world, user).to_string());
            resolved["channels"][&text] = channel;
            Value::from(text)
        }
        8 => {
            let role = permissions::roles()
                .into_iter()
                .find(|role| role["id"] == text.as_str());
            resolved["roles"][&text] = role.ok_or_else(|| wrong("a role"))?;
            Value::from(text)
        }
        _ => return Err(wrong("a file")),
    };
    if let Some(number) = value.as_f64().filter(|_| kind == 4 || kind == 10)
        && !in_range(option, number)
    {
        return Err(wrong("within its range"));
    }
    let choices = option["choices"].as_array().filter(|choices| !choices.is_empty());
    if choices.is_some_and(|choices| !choices.iter().any(|choice| choice["value"] == value)) {
        return Err(wrong("one of its choices"));
    }
    Ok(value)
}

fn resolve_user(world: &World, id: i64, resolved: &mut Value) {
    let name = id.to_string();
    resolved["users"][&name] = json!(user_json(world, id));
    if let Some(mut member) = acting_member_json(world, id) {
        if let Some(member) = member.as_object_mut() {
            for gone in ["user", "deaf", "mute"] {
                member.remove(gone);
            }
        }
        resolved["members"][&name] = member;
    }
}

/// Finds a component of a message by its `custom_id` or its label.
pub(crate) fn find_component<'a>(components: &'a Value, name: &str) -> Option<&'a Value> {
    components.as_array().into_iter().flatten().find_map(|component| {
        if component["custom_id"] == name || (component["type"] == 2 && component["label"] == name) {
            return Some(component);
        }
        if component["accessory"]["custom_id"] == name || component["accessory"]["label"] == name {
            return Some(&component["accessory"]);
        }
        find_component(&component["components"], name)
    })
}

/// Presses a button, or chooses values in a select. Returns the interaction's id.
pub(crate) fn press(
    world: &mut World,
    (channel, message): (i64, i64),
    user: i64,
    name: &str,
    values: &[String],
) -> Result<i64, ActError> {
    let room = world
        .discord
        .channels
        .get(&channel)
        .ok_or_else(|| ActError::NoChat(key_name(channel)))?;
    let stored = room.history.get(message).ok_or(ActError::NoMessage(message))?;
    if stored.only_for.is_some_and(|only| only != user) {
        return Err(ActError::NoMessage(message));
    }
    let component = find_component(&stored.raw["components"], name);
    let component = component
        .ok_or_else(|| ActError::NoComponent(name.to_owned()))?
        .clone();
    if component["disabled"] == Value::Bool(true) {
        return Err(ActError::Refused("the component is disabled".to_owned()));
    }
    let (raw, bot) = (stored.raw.clone(), stored.from);
    let kind = component["type"].as_u64().unwrap_or(0);
    let Some(custom_id) = component["custom_id"].as_str() else {
        return Err(ActError::Refused("the button is a link".to_owned()));
    };
    let mut data = json!({ "custom_id": custom_id, "component_type": kind, "id": component["id"] });
    if kind != 2 {
        check_values(&component, values)?;
        data["values"] = json!(values);
        let mut resolved = json!({});
        for id in values
            .iter()
            .filter(|_| matches!(kind, 5 | 7))
            .filter_map(|value| value.parse().ok())
        {
            resolve_user(world, id, &mut resolved);
        }
        for value in values.iter().filter(|_| kind == 8) {
            resolved["channels"][value] = channel_json(world, value.parse().unwrap_or(0));
        }
        data["resolved"] = resolved;
    }
    data["message"] = raw;
    begin(
        world,
        channel,
        user,
        &Begin {
            bot,
            kind: 3,
            source: Some(message),
            command: None,
        },
        data,
    )
}

fn check_values(select: &Value, values: &[String]) -> Result<(), ActError> {
    let least = select["min_values"].as_u64().unwrap_or(1);
    let most = select["max_values"].as_u64().unwrap_or(1);
    let count = u64::try_from(values.len()).unwrap_or(u64::MAX);
    if !(least..=most).contains(&count) {
        return Err(ActError::Refused(format!(
            "between {least} and {most} values must be chosen"
        )));
    }
    if let Some(options) = select["options"].as_array() {
        let stray = values
            .iter()
            .find(|value| !options.iter().any(|option| option["value"] == value.as_str()));
        if let Some(stray) = stray {
            return Err(ActError::Refused(format!("the select has no option {stray}")));
        }
    }
    Ok(())
}

/// Makes the interaction and delivers it to its bot.
pub(super) fn begin(
    world: &mut World,
    channel: i64,
    user: i64,
    begin: &Begin,
    mut data: Value,
) -> Result<i64, ActError> {
    let person = world
        .discord
        .users
        .get(&user)
        .cloned()
        .ok_or_else(|| ActError::NoUser(user.to_string()))?;
    let room = world
        .discord
        .channels
        .get(&channel)
        .ok_or_else(|| ActError::NoChat(key_name(channel)))?;
    let dm = room.dm.is_some();
    let id = snowflake(world);
    let secret: String = rand::rng()
        .sample_iter(Alphanumeric)
        .take(48)
        .map(char::from)
        .collect();
    let token = format!("sandbox-{id}-{secret}");
    let message = data.as_object_mut().and_then(|data| data.remove("message"));
    let mut event = json!({ "id": id.to_string(), "application_id": begin.bot.to_string(), "type": begin.kind,
        "data": data, "channel_id": channel.to_string(), "channel": channel_json(world, channel), "token": token,
        "version": 1, "locale": person.locale, "entitlements": [], "app_permissions": permissions::EVERYONE.to_string(),
        "attachment_size_limit": 10_485_760, "authorizing_integration_owners": {}, "context": u8::from(dm) });
    add_person(world, &mut event, &person, dm);
    if let Some(message) = message {
        event["message"] = message;
    }
    let at_ms = world.now_ms;
    world.discord.remember(Interaction {
        id,
        token,
        bot: begin.bot,
        kind: begin.kind,
        channel,
        user,
        at_ms,
        answered: None,
        ephemeral: false,
        original: None,
        source: begin.source,
        command: begin.command.clone(),
        form: None,
        choices: None,
    });
    if !endpoint::take(world, begin.bot, &event) {
        dispatch::to_bot(world, begin.bot, "INTERACTION_CREATE", &event);
    }
    Ok(id)
}

/// The fields that tell who acted, and where: a member of the guild, or a user in a direct message.
fn add_person(world: &World, event: &mut Value, person: &User, dm: bool) {
    if dm {
        event["user"] = person.json();
        event["authorizing_integration_owners"]["0"] = json!("0");
    } else {
        event["member"] = json!(acting_member_json(world, person.id));
        event["guild_id"] = json!(GUILD.to_string());
        event["guild"] = json!({ "id": GUILD.to_string(), "locale": "en-US", "features": [] });
        event["guild_locale"] = json!("en-US");
        event["authorizing_integration_owners"]["0"] = json!(GUILD.to_string());
    }
}
