//! `answerCallbackQuery`. The presses themselves are in the state.

use serde_json::{Value, json};

use super::error::{ApiError, Outcome};
use super::methods::Call;
use super::state::key_name;
use crate::bounds::CALLBACK_ANSWER;

pub(crate) fn answer(call: &mut Call<'_>) -> Outcome {
    let id = call.text("callback_query_id").unwrap_or_default().to_owned();
    let text = call.text("text").unwrap_or_default().to_owned();
    if text.chars().count() > 200 {
        return Err(ApiError::bad("MESSAGE_TOO_LONG"));
    }
    let late = || ApiError::bad("query is too old and response timeout expired or query ID is invalid");
    let (now, bot) = (call.world.now_ms, call.bot);
    let limit = u64::try_from(CALLBACK_ANSWER.as_millis()).unwrap_or(u64::MAX);
    let answer = json!({ "text": text, "show_alert": call.flag("show_alert"), "url": call.text("url") });
    let press = call
        .world
        .telegram
        .presses
        .iter_mut()
        .rev()
        .find(|press| press.id == id && press.bot == bot);
    let press = press
        .filter(|press| now.saturating_sub(press.at_ms) <= limit)
        .ok_or_else(late)?;
    press.answer = Some(answer.clone());
    let (chat, message) = (key_name(press.chat), press.message);
    call.world.tell(
        "answer",
        &chat,
        |_| json!({ "id": id, "message": message.to_string(), "answer": answer }),
    );
    Ok(Value::Bool(true))
}
