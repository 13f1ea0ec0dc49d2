//! What the control API does. Owns no state.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Given, unknown};
use crate::discord;
use crate::discord::form;
use crate::discord::invoke::{self, Filled};
use crate::error::ActError;
use crate::faults::{Fault, GatewayAction};
use crate::files::Upload;
use crate::handle::{DiscordUser, SandboxHandle, TelegramUser, discord_id, telegram_key};
use crate::telegram::file;
use crate::telegram::people::{self, Outgoing};
use crate::view::ChatKey;
use crate::world::Shared;

/// How long an autocomplete call waits for the bot, in real time.
const AUTOCOMPLETE: Duration = Duration::from_secs(4);

fn telegram_user(shared: &Arc<Shared>, given: &Given) -> Result<TelegramUser, ActError> {
    Ok(TelegramUser {
        shared: Arc::clone(shared),
        id: given.need("user")?,
    })
}

fn discord_user(shared: &Arc<Shared>, given: &Given) -> Result<DiscordUser, ActError> {
    Ok(DiscordUser {
        shared: Arc::clone(shared),
        id: given.need("user")?,
    })
}

fn done() -> Value {
    json!({ "ok": true })
}

pub(crate) fn post(shared: &Arc<Shared>, path: &str, given: &Given) -> Result<Value, ActError> {
    match path {
        "bots" | "users" | "chats" | "topics" => make(shared, path, given),
        "send" | "edit" | "delete" | "react" | "typing" | "vote" => message(shared, path, given),
        "press" | "select" | "slash" | "submit" | "stop" => ask(shared, path, given),
        "block" | "member" | "promote" | "restrict" | "ban" | "migrate" | "privacy" | "privileged"
        | "writable" | "inject" => circumstances(shared, path, given),
        "faults" => {
            let fault: Fault = serde_json::from_value(given.body.clone())
                .map_err(|error| ActError::Refused(error.to_string()))?;
            let handle = SandboxHandle {
                shared: Arc::clone(shared),
            };
            Ok(json!({ "id": handle.faults().add(fault) }))
        }
        "gateway" => {
            let action: GatewayAction = serde_json::from_value(given.body.clone())
                .map_err(|error| ActError::Refused(error.to_string()))?;
            let handle = SandboxHandle {
                shared: Arc::clone(shared),
            };
            Ok(json!({ "reached": handle.faults().gateway(given.id("bot"), action) }))
        }
        "revoke" => {
            let faults = SandboxHandle {
                shared: Arc::clone(shared),
            }
            .faults();
            let (bot, revoked) = (
                given.need("bot")?,
                given.body["revoked"].as_bool().unwrap_or(true),
            );
            if given.telegram() {
                faults.revoke_telegram(bot, revoked)
            } else {
                faults.revoke_discord(bot, revoked)
            }
            Ok(done())
        }
        "clock" => {
            match given.body["paused"].as_bool() {
                Some(true) => shared.clock.pause(),
                Some(false) => shared.clock.resume(),
                None => {}
            }
            shared.clock.advance(Duration::from_millis(
                given.body["advance_ms"].as_u64().unwrap_or(0),
            ));
            shared.touch();
            Ok(json!({ "now_ms": shared.clock.now_ms(), "paused": shared.clock.is_paused() }))
        }
        _ => Err(unknown(path)),
    }
}

pub(crate) fn delete(shared: &Arc<Shared>, path: &str) -> Result<Value, ActError> {
    let faults = SandboxHandle {
        shared: Arc::clone(shared),
    }
    .faults();
    match path.split_once('/') {
        None if path == "faults" => faults.clear(),
        Some(("faults", id)) => {
            faults.remove(id.parse().unwrap_or(0));
        }
        _ => return Err(unknown(path)),
    }
    Ok(done())
}

fn make(shared: &Arc<Shared>, path: &str, given: &Given) -> Result<Value, ActError> {
    let handle = SandboxHandle {
        shared: Arc::clone(shared),
    };
    let name = given.body["name"]
        .as_str()
        .or_else(|| given.body["title"].as_str())
        .unwrap_or_default()
        .trim();
    if name.is_empty() && !matches!(given.text("kind"), "private" | "dm") {
        return Err(ActError::Refused("a name is needed".to_owned()));
    }
    match (path, given.telegram()) {
        ("bots", true) => {
            let token = handle.telegram_token(name);
            Ok(json!({ "id": handle.telegram().bot_of(&token).map(|id| id.to_string()), "token": token }))
        }
        ("bots", false) => {
            let token = handle.discord_token(name);
            Ok(json!({ "id": handle.discord().bot_of(&token).map(|id| id.to_string()), "token": token }))
        }
        ("users", true) => handle
            .telegram()
            .user(name)
            .map(|user| json!({ "id": user.id.to_string() })),
        ("users", false) => handle
            .discord()
            .user(name)
            .map(|user| json!({ "id": user.id.to_string() })),
        ("topics", _) => {
            let thread = handle
                .telegram()
                .topic(&ChatKey(given.text("chat").to_owned()), name)?;
            Ok(json!({ "thread": thread }))
        }
        (_, telegram) => {
            let key = if telegram {
                match given.text("kind") {
                    "private" => handle
                        .telegram()
                        .private_chat(given.need("bot")?, &telegram_user(shared, given)?)?,
                    "group" => handle.telegram().group(name)?,
                    "forum" => handle.telegram().forum(name)?,
                    _ => handle.telegram().supergroup(name)?,
                }
            } else {
                match given.text("kind") {
                    "dm" => handle
                        .discord()
                        .dm(given.need("bot")?, &discord_user(shared, given)?)?,
                    _ => handle.discord().channel(name)?,
                }
            };
            Ok(json!({ "key": key.0 }))
        }
    }
}

/// What users do with messages.
fn message(shared: &Arc<Shared>, path: &str, given: &Given) -> Result<Value, ActError> {
    let chat = ChatKey(given.text("chat").to_owned());
    if path == "send" {
        return send(shared, &chat, given);
    }
    let id = if path == "typing" {
        0
    } else {
        given.need("message")?
    };
    let (text, emoji) = (given.text("text"), given.text("emoji"));
    let on = given.body["on"].as_bool().unwrap_or(true);
    if given.telegram() {
        let user = telegram_user(shared, given)?;
        match path {
            "edit" => user.edit(&chat, id, text)?,
            "delete" => user.delete(&chat, id)?,
            "react" => user.react(&chat, id, emoji, on)?,
            "vote" => {
                let options = given.body["options"].as_array().into_iter().flatten();
                let options: Vec<usize> = options
                    .filter_map(Value::as_u64)
                    .filter_map(|n| usize::try_from(n).ok())
                    .collect();
                user.vote(&chat, id, &options)?;
            }
            // The Bot API tells bots nothing of typing users.
            _ => {}
        }
    } else {
        let user = discord_user(shared, given)?;
        match path {
            "edit" => user.edit(&chat, id, text)?,
            "delete" => user.delete(&chat, id)?,
            "react" => user.react(&chat, id, emoji, on)?,
            "typing" => user.typing(&chat)?,
            _ => return Err(unknown(path)),
        }
    }
    Ok(done())
}

/// How a file is sent on Telegram, when the caller does not say.
fn kind_of(upload: &Upload) -> &'static str {
    match upload.mime.as_str() {
        // What cannot be a photo is sent as a file, as the apps do.
        "image/png" | "image/jpeg" | "image/webp" if file::check_photo(upload).is_ok() => "photo",
        "image/gif" => "animation",
        mime if mime.starts_with("video/") => "video",
        mime if mime.starts_with("audio/") => "audio",
        _ => "document",
    }
}

fn send(shared: &Arc<Shared>, chat: &ChatKey, given: &Given) -> Result<Value, ActError> {
    let text = given.text("text").to_owned();
    let user = given.need("user")?;
    let files = given.files.iter().map(|(_, upload)| upload.clone());
    if given.telegram() {
        let key = telegram_key(chat)?;
        let kind = given.body["as"].as_str();
        let files = files
            .map(|upload| (kind.unwrap_or_else(|| kind_of(&upload)).to_owned(), upload))
            .collect();
        let outgoing = Outgoing {
            text,
            files,
            reply_to: given.id("reply_to"),
            thread: given.id("thread"),
        };
        let ids = shared.with(|world| people::send(world, key, user, &outgoing))?;
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        return Ok(json!({ "messages": ids }));
    }
    let channel = discord_id(chat)?;
    let (files, reply) = (files.collect(), given.id("reply_to"));
    let id = shared.with(|world| discord::people::send(world, channel, user, &text, files, reply))?;
    Ok(json!({ "messages": [id.to_string()] }))
}

fn filled(given: &Given) -> Filled {
    let files = given.files.iter();
    Filled {
        path: given.text("command").to_owned(),
        options: given.body["options"].as_object().cloned().unwrap_or_default(),
        // A file option's part has the option's name.
        files: files.cloned().collect(),
        bot: given.id("bot"),
        focused: given.body["focused"].as_str().map(str::to_owned),
    }
}

/// What users ask of bots.
fn ask(shared: &Arc<Shared>, path: &str, given: &Given) -> Result<Value, ActError> {
    let chat = ChatKey(given.text("chat").to_owned());
    let user = given.need("user")?;
    if given.telegram() {
        if path == "stop" {
            let draft = telegram_user(shared, given)?.stop_draft(&chat)?;
            return Ok(json!({ "draft": draft.to_string() }));
        }
        let key = telegram_key(&chat)?;
        let (message, button) = (given.need("message")?, given.text("button"));
        let query = shared.with(|world| people::press(world, key, user, message, button))?;
        return Ok(json!({ "query": query }));
    }
    let interaction = match path {
        "submit" => {
            let fields = given.body["fields"].as_object().cloned().unwrap_or_default();
            let opened = given.need("interaction")?;
            shared.with(|world| form::submit(world, opened, user, &fields))?
        }
        "slash" => {
            let channel = discord_id(&chat)?;
            shared.with(|world| invoke::slash(world, channel, user, &filled(given)))?
        }
        _ => {
            let place = (discord_id(&chat)?, given.need("message")?);
            let values = given.body["values"].as_array().into_iter().flatten();
            let values: Vec<String> = values
                .filter_map(|value| value.as_str().map(str::to_owned))
                .collect();
            shared.with(|world| invoke::press(world, place, user, given.text("button"), &values))?
        }
    };
    Ok(json!({ "interaction": interaction.to_string() }))
}

/// Asks a bot for an option's choices and waits for them.
pub(crate) async fn autocomplete(shared: &Arc<Shared>, given: &Given) -> Result<Value, ActError> {
    let channel = discord_id(&ChatKey(given.text("chat").to_owned()))?;
    let user = given.need("user")?;
    let interaction = shared.with(|world| invoke::slash(world, channel, user, &filled(given)))?;
    let handle = SandboxHandle {
        shared: Arc::clone(shared),
    };
    let look = |handle: &SandboxHandle| {
        handle
            .shared
            .read(|world| world.discord.interactions.get(&interaction)?.choices.clone())
    };
    let choices = handle
        .wait_for(AUTOCOMPLETE, look)
        .await
        .unwrap_or_else(|_| json!([]));
    Ok(json!({ "interaction": interaction.to_string(), "choices": choices }))
}

fn circumstances(shared: &Arc<Shared>, path: &str, given: &Given) -> Result<Value, ActError> {
    let handle = SandboxHandle {
        shared: Arc::clone(shared),
    };
    let chat = ChatKey(given.text("chat").to_owned());
    let on = given.body["on"].as_bool().unwrap_or(true);
    match path {
        "block" => handle
            .telegram()
            .set_blocked(&chat, &telegram_user(shared, given)?, on)?,
        "member" => handle
            .telegram()
            .set_member(&chat, &telegram_user(shared, given)?, on)?,
        "promote" if given.telegram() => {
            handle
                .telegram()
                .promote(&chat, &telegram_user(shared, given)?, on)?
        }
        "promote" => handle.discord().promote(&discord_user(shared, given)?, on)?,
        "restrict" => handle
            .telegram()
            .restrict(&chat, &telegram_user(shared, given)?, on)?,
        "ban" => handle.telegram().ban(&chat, &telegram_user(shared, given)?, on)?,
        "migrate" => {
            return handle
                .telegram()
                .migrate(&chat)
                .map(|key| json!({ "key": key.0 }));
        }
        "privacy" => handle.telegram().set_privacy(given.need("bot")?, on)?,
        "privileged" => handle.discord().set_privileged(given.need("bot")?, on)?,
        "writable" => handle.discord().set_writable(&chat, on)?,
        _ if given.telegram() => {
            let id = handle
                .telegram()
                .inject_update(given.need("bot")?, given.body["update"].clone())?;
            return Ok(json!({ "update_id": id }));
        }
        _ => handle
            .discord()
            .inject_event(given.need("bot")?, given.text("event"), &given.body["data"]),
    }
    Ok(done())
}
