//! Polls: `sendPoll`, `stopPoll` and votes. Owns no state.

use serde_json::{Value, json};

use super::error::{ApiError, Outcome};
use super::methods::{Call, tell_message};
use super::send::deliver;
use super::state::Key;
use super::{keyboard, updates};
use crate::error::ActError;
use crate::world::World;

/// Options of a poll.
const OPTIONS: usize = 12;

pub(crate) fn send(call: &mut Call<'_>) -> Outcome {
    let key = call.chat()?;
    let question = call.text("question").unwrap_or_default().to_owned();
    if question.is_empty() || question.chars().count() > 300 {
        return Err(ApiError::bad("poll question length must be from 1 to 300"));
    }
    let options = call
        .value("options")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    if options.is_empty() {
        return Err(ApiError::bad("poll must have at least 1 option"));
    }
    if options.len() > OPTIONS {
        return Err(ApiError::bad(format!(
            "poll can't have more than {OPTIONS} options"
        )));
    }
    let mut shown = Vec::new();
    for option in &options {
        let text = option["text"]
            .as_str()
            .or_else(|| option.as_str())
            .unwrap_or_default();
        if text.is_empty() || text.chars().count() > 100 {
            return Err(ApiError::bad("poll options length must not exceed 100"));
        }
        let persistent = (shown.len() + 1).to_string();
        shown.push(json!({ "persistent_id": persistent, "text": text, "voter_count": 0 }));
    }
    let kind = call.text("type").unwrap_or("regular").to_owned();
    let correct = call.int("correct_option_id");
    let fits = |id: i64| usize::try_from(id).is_ok_and(|id| id < options.len());
    if kind == "quiz" && !correct.is_some_and(fits) {
        return Err(ApiError::bad("wrong correct option ID specified"));
    }
    call.world.telegram.last_poll += 1;
    let anonymous = call
        .value("is_anonymous")
        .and_then(Value::as_bool)
        .unwrap_or(true);
    let mut poll = json!({
        "id": (5_300_000_000_000_000_000_u64 + call.world.telegram.last_poll).to_string(),
        "question": question, "options": shown, "total_voter_count": 0, "is_closed": call.flag("is_closed"),
        "is_anonymous": anonymous, "type": kind, "allows_multiple_answers": call.flag("allows_multiple_answers"),
        "allows_revoting": call.flag("allows_revoting"), "members_only": call.flag("members_only")
    });
    if let Some(correct) = correct {
        poll["correct_option_id"] = Value::from(correct);
    }
    deliver(call, key, json!({ "poll": poll }))
}

pub(crate) fn stop(call: &mut Call<'_>) -> Outcome {
    let key = call.chat()?;
    let id = call
        .int("message_id")
        .ok_or_else(|| ApiError::bad("message identifier is not specified"))?;
    let markup = keyboard::read(call.value("reply_markup"), key)?;
    let (bot, number) = (call.bot, call.id);
    let chat = call.world.telegram.chats.get_mut(&key);
    let stored = chat.and_then(|chat| chat.history.get_mut(id));
    let stored = stored.filter(|m| m.from == bot && m.raw.get("poll").is_some());
    let stored = stored.ok_or_else(|| ApiError::bad("message with poll to stop not found"))?;
    if stored.raw["poll"]["is_closed"] == Value::Bool(true) {
        return Err(ApiError::bad("poll has already been closed"));
    }
    stored.raw["poll"]["is_closed"] = Value::Bool(true);
    if let keyboard::Markup::Inline(markup) = markup {
        stored.raw["reply_markup"] = markup;
    }
    stored.called(number);
    let poll = stored.raw["poll"].clone();
    call.tell_message(key, id);
    Ok(poll)
}

/// A user votes: the counts change and the bot hears of it.
pub(crate) fn vote(
    world: &mut World,
    key: Key,
    user: i64,
    message: i64,
    choice: &[usize],
) -> Result<(), ActError> {
    let person = world.telegram.users.get(&user).map(super::state::User::json);
    let chat = world
        .telegram
        .chats
        .get_mut(&key)
        .ok_or_else(|| ActError::NoChat(key.1.to_string()))?;
    let stored = chat
        .history
        .get_mut(message)
        .ok_or(ActError::NoMessage(message))?;
    let from = stored.from;
    let poll = stored.raw.get_mut("poll").ok_or(ActError::NoMessage(message))?;
    if poll["is_closed"] == Value::Bool(true) {
        return Err(ActError::Refused("the poll is closed".to_owned()));
    }
    for index in choice {
        let count = poll["options"][*index]["voter_count"].as_u64().unwrap_or(0);
        if poll["options"].get(*index).is_none() {
            return Err(ActError::NoComponent(format!("poll option {index}")));
        }
        poll["options"][*index]["voter_count"] = Value::from(count + 1);
    }
    poll["total_voter_count"] = Value::from(poll["total_voter_count"].as_u64().unwrap_or(0) + 1);
    let poll = poll.clone();
    updates::push(world, from, "poll", poll.clone());
    if poll["is_anonymous"] == Value::Bool(false) {
        let ids: Vec<&Value> = choice
            .iter()
            .map(|index| &poll["options"][*index]["persistent_id"])
            .collect();
        let answer = json!({ "poll_id": poll["id"], "user": person, "option_ids": choice,
                             "option_persistent_ids": ids });
        updates::push(world, from, "poll_answer", answer);
    }
    tell_message(world, key, message);
    Ok(())
}
