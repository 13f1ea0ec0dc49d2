//! Channels: reading one, and typing in it. Owns no state.

use serde_json::json;

use super::dispatch::{self, About};
use super::error::ApiError;
use super::guild::{channel_json, member_json};
use super::message;
use super::request::{Call, Outcome, Reply};
use super::state::{GUILD, key_name, user_json};
use crate::bounds::TYPING;
use crate::world::World;

pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let id = message::channel(call)?;
    Ok(Reply::ok(channel_json(call.world, id)))
}

pub(crate) fn typing(call: &mut Call<'_>) -> Outcome {
    let id = message::channel(call)?;
    start_typing(call.world, id, call.bot)?;
    Ok(Reply::nothing())
}

/// Somebody types: shown for 10 s.
pub(crate) fn start_typing(world: &mut World, id: i64, who: i64) -> Result<(), ApiError> {
    let (now, seconds) = (world.now_ms, world.now_s());
    let lasts = u64::try_from(TYPING.as_millis()).unwrap_or(0);
    let channel = world
        .discord
        .channels
        .get_mut(&id)
        .ok_or_else(ApiError::unknown_channel)?;
    channel
        .typing
        .retain(|(user, until)| *user != who && *until > now);
    channel.typing.push((who, now + lasts));
    let dm = channel.dm.is_some();
    let mut event = json!({ "channel_id": id.to_string(), "user_id": who.to_string(), "timestamp": seconds });
    if !dm {
        event["guild_id"] = json!(GUILD.to_string());
        event["member"] = json!(member_json(world, who));
    }
    dispatch::to_channel(world, id, "TYPING_START", About::Typing, &event);
    let user = user_json(world, who).unwrap_or_default();
    let name = user["global_name"]
        .as_str()
        .or_else(|| user["username"].as_str())
        .unwrap_or_default()
        .to_owned();
    world.tell(
        "typing",
        &key_name(id),
        |_| json!({ "who": name, "action": "typing", "ms": lasts }),
    );
    Ok(())
}
