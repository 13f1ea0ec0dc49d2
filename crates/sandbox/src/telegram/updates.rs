//! Updates: what is put into a bot's queue and how `getUpdates` takes it out. Owns no state.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::error::{ApiError, Outcome};
use super::state::Bot;
use crate::bounds::PENDING_UPDATES;
use crate::faults::{Call, FaultKind};
use crate::view::Network;
use crate::world::{Shared, World};

/// Kinds that a bot gets only when it asks for them by name.
const ON_REQUEST: [&str; 3] = ["chat_member", "message_reaction", "message_reaction_count"];

/// Puts an update into a bot's queue, if the bot wants its kind.
pub(crate) fn push(world: &mut World, bot: i64, kind: &str, payload: Value) {
    let call = Call {
        network: Network::Telegram,
        method: kind,
        bot,
        now_ms: world.now_ms,
    };
    let twice = world
        .faults
        .hit(&call, |fault| *fault == FaultKind::DuplicateUpdates)
        .is_some();
    let Some(bot) = world.telegram.bots.get_mut(&bot) else {
        return;
    };
    let wanted = if bot.allowed.is_empty() {
        !ON_REQUEST.contains(&kind)
    } else {
        bot.allowed.iter().any(|allowed| allowed == kind)
    };
    if !wanted {
        return;
    }
    let mut update = Map::new();
    update.insert("update_id".to_owned(), Value::from(bot.next_update));
    update.insert(kind.to_owned(), payload);
    enqueue(bot, Value::Object(update), twice);
}

/// Puts any JSON into a bot's queue, under the next number.
pub(crate) fn push_raw(bot: &mut Bot, mut update: Value) -> i64 {
    let id = bot.next_update;
    update["update_id"] = Value::from(id);
    enqueue(bot, update, false);
    id
}

fn enqueue(bot: &mut Bot, update: Value, twice: bool) {
    bot.next_update += 1;
    if bot.updates.len() >= PENDING_UPDATES {
        bot.updates.pop_front();
    }
    if twice {
        bot.updates.push_back(update.clone());
    }
    bot.updates.push_back(update);
    bot.wake.notify_waiters();
}

fn id_of(update: &Value) -> i64 {
    update["update_id"].as_i64().unwrap_or(0)
}

/// Forgets what an offset confirms. A negative one keeps that many from the end.
fn confirm(bot: &mut Bot, offset: i64) {
    if offset < 0 {
        let keep = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
        while bot.updates.len() > keep {
            bot.updates.pop_front();
        }
        return;
    }
    while bot.updates.front().is_some_and(|update| id_of(update) < offset) {
        bot.updates.pop_front();
    }
}

/// An open `getUpdates`; closing it is seen even when the client went away.
struct OpenPoll {
    shared: Arc<Shared>,
    bot: i64,
}

impl Drop for OpenPoll {
    fn drop(&mut self) {
        self.shared.with(|world| {
            if let Some(bot) = world.telegram.bots.get_mut(&self.bot) {
                bot.polls_open = bot.polls_open.saturating_sub(1);
                bot.last_poll_ms = world.now_ms;
            }
        });
    }
}

/// `getUpdates`: confirms, then waits for updates until the time is up.
pub(crate) async fn get_updates(shared: &Arc<Shared>, bot_id: i64, values: &Map<String, Value>) -> Outcome {
    let limit = values
        .get("limit")
        .and_then(Value::as_i64)
        .filter(|n| (1..=100).contains(n))
        .unwrap_or(100);
    let limit = usize::try_from(limit).unwrap_or(100);
    let seconds = values.get("timeout").and_then(Value::as_u64).unwrap_or(0).min(50);
    let offset = values.get("offset").and_then(Value::as_i64);
    let deadline = shared.clock.now() + Duration::from_secs(seconds);

    let (mine, wake) = shared.with(|world| {
        let now_ms = world.now_ms;
        let bot = world
            .telegram
            .bots
            .get_mut(&bot_id)
            .ok_or_else(ApiError::unauthorized)?;
        if bot.webhook.is_some() {
            return Err(ApiError::webhook_active());
        }
        if let Some(allowed) = values.get("allowed_updates").and_then(Value::as_array) {
            bot.allowed = allowed
                .iter()
                .filter_map(|kind| kind.as_str().map(str::to_owned))
                .collect();
        }
        confirm(bot, offset.unwrap_or(0));
        bot.poll += 1;
        bot.polls_open += 1;
        let first = bot.last_poll_ms == 0;
        bot.last_poll_ms = now_ms;
        bot.wake.notify_waiters();
        let mine = (bot.poll, Arc::clone(&bot.wake));
        if first {
            world.tell_status();
        }
        Ok(mine)
    })?;
    let _open = OpenPoll {
        shared: Arc::clone(shared),
        bot: bot_id,
    };
    loop {
        let woken = wake.notified();
        tokio::pin!(woken);
        // Registered before the look, so that nothing slips in between.
        woken.as_mut().enable();
        let ready = shared.read(|world| look(world, bot_id, mine, limit))?;
        if !ready.is_empty() {
            return Ok(Value::Array(ready));
        }
        tokio::select! {
            () = &mut woken => {}
            () = shared.clock.sleep_until(deadline) => return Ok(json!([])),
            () = shared.tasks.stop().cancelled() => return Ok(json!([])),
        }
    }
}

fn look(world: &World, bot: i64, mine: u64, limit: usize) -> Result<Vec<Value>, ApiError> {
    let bot = world.telegram.bots.get(&bot).ok_or_else(ApiError::unauthorized)?;
    if bot.revoked {
        return Err(ApiError::unauthorized());
    }
    if bot.webhook.is_some() {
        return Err(ApiError::webhook_active());
    }
    if bot.poll != mine {
        return Err(ApiError::other_poller());
    }
    Ok(bot.updates.iter().take(limit).cloned().collect())
}
