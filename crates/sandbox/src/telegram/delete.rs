//! `deleteMessage` and `deleteMessages`. Owns no state.

use serde_json::Value;

use super::error::{ApiError, Outcome};
use super::methods::Call;
use super::state::Key;

/// Hours after which a message cannot be deleted any more.
const HOURS: u64 = 48;

fn remove(call: &mut Call<'_>, key: Key, id: i64) -> Result<(), ApiError> {
    let now_ms = call.world.now_ms;
    let number = call.id;
    let chat = call.world.telegram.chats.get_mut(&key);
    let stored = chat.and_then(|chat| chat.history.get_mut(id));
    let stored = stored.ok_or_else(|| ApiError::bad("message to delete not found"))?;
    if now_ms.saturating_sub(stored.at_ms) > HOURS * 3_600_000 {
        return Err(ApiError::bad("message can't be deleted for everyone"));
    }
    stored.deleted = true;
    stored.called(number);
    call.tell_message(key, id);
    Ok(())
}

pub(crate) fn one(call: &mut Call<'_>) -> Outcome {
    let key = call.chat()?;
    let id = call
        .int("message_id")
        .ok_or_else(|| ApiError::bad("message identifier is not specified"))?;
    remove(call, key, id)?;
    Ok(Value::Bool(true))
}

pub(crate) fn many(call: &mut Call<'_>) -> Outcome {
    let key = call.chat()?;
    let ids: Vec<i64> = call
        .value("message_ids")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_i64)
        .collect();
    if !(1..=100).contains(&ids.len()) {
        return Err(ApiError::bad("there must be 1-100 message identifiers"));
    }
    for id in ids {
        // Those that cannot be found are skipped, as the documentation says.
        remove(call, key, id).ok();
    }
    Ok(Value::Bool(true))
}
