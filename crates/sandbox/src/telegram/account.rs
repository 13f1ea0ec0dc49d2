//! The bot about itself: `getMe`, and its name and descriptions. Owns no state.

use serde_json::{Value, json};

use super::error::{ApiError, Outcome};
use super::methods::Call;

pub(crate) fn get_me(call: &mut Call<'_>) -> Outcome {
    let bot = call
        .world
        .telegram
        .bots
        .get(&call.bot)
        .ok_or_else(ApiError::unauthorized)?;
    let mut me = bot.json();
    let more = json!({
        "can_join_groups": true, "can_read_all_group_messages": !bot.privacy, "supports_inline_queries": false,
        "can_connect_to_business": false, "has_main_web_app": false, "has_topics_enabled": false,
        "allows_users_to_create_topics": false
    });
    if let (Some(me), Value::Object(more)) = (me.as_object_mut(), more) {
        me.extend(more);
    }
    Ok(me)
}

/// The key of what a method keeps: `setMyName` and `getMyName` share one, per language.
fn key(call: &Call<'_>, method: &str) -> String {
    format!(
        "{}:{}",
        &method[3..],
        call.text("language_code").unwrap_or_default()
    )
}

fn field(method: &str) -> &'static str {
    match &method[3..] {
        "MyName" => "name",
        "MyDescription" => "description",
        "MyShortDescription" => "short_description",
        _ => "menu_button",
    }
}

pub(crate) fn set(call: &mut Call<'_>, method: &str) -> Outcome {
    let key = key(call, method);
    let value = call.value(field(method)).cloned();
    let limit = if method == "setMyName" { 64 } else { 512 };
    if value
        .as_ref()
        .and_then(Value::as_str)
        .is_some_and(|text| text.chars().count() > limit)
    {
        return Err(ApiError::bad(format!("{} is too long", field(method))));
    }
    let bot = call
        .world
        .telegram
        .bots
        .get_mut(&call.bot)
        .ok_or_else(ApiError::unauthorized)?;
    bot.profile.insert(key, value.unwrap_or_default());
    Ok(Value::Bool(true))
}

pub(crate) fn get(call: &mut Call<'_>, method: &str) -> Outcome {
    let key = key(call, method);
    let bot = call
        .world
        .telegram
        .bots
        .get(&call.bot)
        .ok_or_else(ApiError::unauthorized)?;
    let kept = bot.profile.get(&key).filter(|value| !value.is_null()).cloned();
    Ok(match field(method) {
        "menu_button" => kept.unwrap_or_else(|| json!({ "type": "commands" })),
        "name" => json!({ "name": kept.unwrap_or_else(|| Value::from(bot.name.clone())) }),
        field => json!({ field: kept.unwrap_or_else(|| Value::from("")) }),
    })
}
