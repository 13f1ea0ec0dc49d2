//! What the control API tells. Owns no state.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::unknown;
use crate::discord::{self, invoke};
use crate::error::ActError;
use crate::handle::{SandboxHandle, snapshot, telegram_menu};
use crate::view::ChatKey;
use crate::world::{Shared, World};

/// Entries of the request log in one answer, when none are asked for.
const REQUESTS: usize = 100;

pub(crate) fn get(shared: &Arc<Shared>, path: &str, query: &Map<String, Value>) -> Result<Value, ActError> {
    let asked = |name: &str| query.get(name).and_then(Value::as_str).unwrap_or_default();
    match path.split_once('/') {
        None if path == "status" => Ok(status(shared)),
        None if path == "chat" => chat(shared, asked("key"), asked("user")),
        None if path == "faults" => Ok(json!(shared.faults.list(shared.clock.now_ms()))),
        None if path == "visits" => Ok(json!(shared.site.visits())),
        None if path == "requests" => Ok(requests(shared, asked("limit").parse().unwrap_or(REQUESTS))),
        Some(("requests", id)) => {
            let found = id
                .parse()
                .ok()
                .and_then(|id| shared.requests(|log| log.get(id).cloned()));
            found.map(|entry| json!(entry)).ok_or_else(|| unknown(path))
        }
        Some(("interaction", id)) => {
            interaction(shared, id.parse().unwrap_or(0)).ok_or_else(|| unknown(path))
        }
        Some(("answer", id)) => {
            let answer = shared.read(|world| {
                let press = world.telegram.presses.iter().rev().find(|press| press.id == id)?;
                Some(press.answer.clone())
            });
            answer
                .map(|answer| json!({ "answer": answer }))
                .ok_or_else(|| unknown(path))
        }
        _ => Err(unknown(path)),
    }
}

fn status(shared: &Arc<Shared>) -> Value {
    let handle = SandboxHandle {
        shared: Arc::clone(shared),
    };
    let mut status = json!(shared.read(World::status));
    status["faults"] = json!(shared.faults.list(shared.clock.now_ms()));
    status["clock"] = json!({ "now_ms": shared.clock.now_ms(), "paused": shared.clock.is_paused() });
    status["urls"] = json!({ "page": handle.url(), "telegram": handle.telegram_api_url(),
                             "discord": handle.discord_api_url(), "site": handle.site_url() });
    status["roles"] = json!(discord::permissions::roles());
    status["guild"] = json!(handle.discord().guild_id().to_string());
    status
}

fn chat(shared: &Shared, key: &str, user: &str) -> Result<Value, ActError> {
    let key = ChatKey(key.to_owned());
    let user: i64 = user.parse().unwrap_or(0);
    shared.read(|world| {
        let snapshot = snapshot(world, &key).ok_or_else(|| ActError::NoChat(key.0.clone()))?;
        let mut chat = json!(snapshot);
        if let Some(place) = crate::telegram::state::parse_key(&key.0) {
            chat["menu"] = json!(telegram_menu(world, place, user));
        } else if let Some(place) = crate::discord::state::parse_key(&key.0) {
            let offered = invoke::offered(world, place).into_iter();
            let offered = offered.filter(|(_, command)| invoke::may_use(world, place, user, command));
            chat["menu"] = offered
                .map(|(bot, mut command)| {
                    let name = world.discord.bots.get(&bot).map(|bot| bot.name.clone());
                    command["bot"] = json!({ "id": bot.to_string(), "name": name });
                    command
                })
                .collect();
        }
        Ok(chat)
    })
}

fn requests(shared: &Shared, limit: usize) -> Value {
    shared.requests(|log| {
        let newest = log.iter().rev().take(limit);
        newest
            .map(|entry| {
                json!({ "id": entry.id, "network": entry.network, "bot": entry.bot.to_string(),
                    "method": entry.method, "verb": entry.verb, "status": entry.status, "took_ms": entry.took_ms,
                    "at_ms": entry.at_ms, "warnings": entry.warnings.len(), "fault": entry.fault })
            })
            .collect()
    })
}

fn interaction(shared: &Shared, id: i64) -> Option<Value> {
    shared.read(|world| {
        let found = world.discord.interactions.get(&id)?;
        Some(json!({ "id": id.to_string(), "answered": found.answered, "form": found.form, "choices": found.choices,
            "message": found.original.map(|id| id.to_string()) }))
    })
}
