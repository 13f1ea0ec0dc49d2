//! `sendMessageDraft`: a message that is shown while it is being written. The drafts stand in the state; they are
//! no messages and are in no history.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::error::{ApiError, Outcome};
use super::methods::Call;
use super::send::{self, TEXT};
use super::state::{Key, chat_json, key_name};
use super::{entities, updates};
use crate::bounds::{DRAFT, DRAFT_KEPT};
use crate::config::DraftSupport;
use crate::error::ActError;
use crate::view::DraftView;
use crate::world::{Shared, World};

/// A message that a bot is writing in a private chat.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    id: i64,
    text: String,
    entities: Vec<Value>,
    thread: Option<i64>,
    can_stop: bool,
    keep_on_stop: bool,
    /// The person stopped it, and it is kept for a moment.
    stopped: bool,
    until_ms: u64,
}

impl Draft {
    fn view(&self) -> DraftView {
        DraftView {
            id: self.id,
            thread: self.thread,
            text: self.text.clone(),
            entities: self.entities.clone(),
            can_stop: self.can_stop && !self.stopped,
            stopped: self.stopped,
        }
    }
}

fn after(now_ms: u64, wait: Duration) -> u64 {
    now_ms.saturating_add(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX))
}

/// `sendMessageDraft`.
pub(crate) fn set(call: &mut Call<'_>) -> Outcome {
    let key = call.chat()?;
    if key.0 == 0 {
        return Err(ApiError::bad("TEXTDRAFT_PEER_INVALID"));
    }
    let id = call.int("draft_id").unwrap_or(0);
    if id == 0 {
        return Err(ApiError::bad("RANDOM_ID_INVALID"));
    }
    let thread = send::thread(call, key)?;
    let text = call.text("text").unwrap_or_default();
    let (text, found) = entities::read(text, call.text("parse_mode"), call.value("entities"))?;
    if text.chars().count() > TEXT {
        return Err(ApiError::bad("message is too long"));
    }
    let stoppable = call.world.config.telegram_drafts == DraftSupport::Full;
    let draft = Draft {
        id,
        text,
        entities: found,
        thread,
        can_stop: stoppable && call.flag("can_stop"),
        keep_on_stop: call.flag("keep_on_stop"),
        stopped: false,
        until_ms: after(call.world.now_ms, DRAFT),
    };
    let telegram = &mut call.world.telegram;
    // Who stopped a draft sees no more of it: "a button to stop further drafts", says the documentation.
    if telegram.stopped_drafts.get(&key) != Some(&id) {
        telegram.stopped_drafts.remove(&key);
        telegram.drafts.insert(key, draft);
        telegram.draft_changed.notify_one();
        tell(call.world, key);
    }
    Ok(Value::Bool(true))
}

/// The drafts that a chat shows.
pub(crate) fn shown(world: &World, key: Key) -> Vec<DraftView> {
    let draft = world.telegram.drafts.get(&key);
    let alive = draft.filter(|draft| draft.until_ms > world.now_ms);
    alive.map(Draft::view).into_iter().collect()
}

fn tell(world: &mut World, key: Key) {
    world.tell(
        "draft",
        &key_name(key),
        |world| json!({ "drafts": shown(world, key) }),
    );
}

/// The bot sent a message, so what it was writing is said; or it cannot write here any more.
pub(crate) fn end(world: &mut World, key: Key) {
    world.telegram.stopped_drafts.remove(&key);
    if world.telegram.drafts.remove(&key).is_some() {
        tell(world, key);
    }
}

/// The person presses the draft's Stop button: the bot is told, and the draft goes, at once or soon. Returns its id.
pub(crate) fn stop(world: &mut World, key: Key, user: i64) -> Result<i64, ActError> {
    if !world.telegram.chats.contains_key(&key) {
        return Err(ActError::NoChat(key_name(key)));
    }
    let (now, chat) = (world.now_ms, chat_json(world, key));
    let draft = world.telegram.drafts.get_mut(&key);
    let draft = draft.filter(|draft| draft.until_ms > now && draft.can_stop && !draft.stopped);
    let draft = draft
        .filter(|_| key.1 == user)
        .ok_or_else(|| ActError::Refused("there is nothing to stop in this chat".to_owned()))?;
    draft.stopped = true;
    draft.until_ms = if draft.keep_on_stop {
        after(now, DRAFT_KEPT)
    } else {
        now
    };
    let (id, thread) = (draft.id, draft.thread);
    let mut update = json!({ "chat": chat, "draft_id": id });
    if let Some(thread) = thread {
        update["message_thread_id"] = Value::from(thread);
    }
    world.telegram.stopped_drafts.insert(key, id);
    world.telegram.draft_changed.notify_one();
    updates::push(world, key.0, "stopped_message_generation", update);
    tell(world, key);
    Ok(id)
}

/// Removes drafts when their time is over, so that observers hear of it. Runs until it is dropped.
pub(crate) async fn expire(shared: Arc<Shared>) {
    let changed = shared.read(|world| Arc::clone(&world.telegram.draft_changed));
    loop {
        let next = shared.read(|world| world.telegram.drafts.values().map(|draft| draft.until_ms).min());
        let Some(due) = next else {
            changed.notified().await;
            continue;
        };
        tokio::select! {
            // A draft is due.
            () = shared.clock.sleep_until(Duration::from_millis(due)) => shared.with(remove_expired),
            // There is a new one, or one that ends sooner: look again.
            () = changed.notified() => {}
        }
    }
}

fn remove_expired(world: &mut World) {
    let now = world.now_ms;
    let drafts = world.telegram.drafts.iter();
    let over = drafts.filter(|(_, draft)| draft.until_ms <= now);
    let over: Vec<Key> = over.map(|(key, _)| *key).collect();
    for key in over {
        world.telegram.drafts.remove(&key);
        tell(world, key);
    }
}
