//! Users, the application and the gateway's address, as bots ask for them. Owns no state.

use serde_json::{Value, json};

use super::error::ApiError;
use super::guild::{channel_json, guild_json};
use super::request::{Call, Outcome, Reply};
use super::state::{GUILD, open_dm, user_json};
use super::{endpoint, permissions};

pub(crate) fn me(call: &mut Call<'_>) -> Outcome {
    let mut me = user_json(call.world, call.bot).ok_or_else(ApiError::unauthorized)?;
    let more = json!({ "verified": true, "mfa_enabled": true, "email": null, "locale": "en-US", "bio": "" });
    if let (Some(me), Value::Object(more)) = (me.as_object_mut(), more) {
        me.extend(more);
    }
    Ok(Reply::ok(me))
}

pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let id = call.id("user_id");
    user_json(call.world, id)
        .map(Reply::ok)
        .ok_or_else(ApiError::unknown_user)
}

pub(crate) fn guilds(call: &mut Call<'_>) -> Outcome {
    let guild = guild_json(call.world);
    let bot = call.world.discord.bots.get(&call.bot);
    let permissions = permissions::EVERYONE & !bot.map_or(0, |bot| bot.denied);
    Ok(Reply::ok(
        json!([{ "id": guild["id"], "name": guild["name"], "icon": null, "banner": null, "owner": false,
        "permissions": permissions.to_string(), "features": [] }]),
    ))
}

pub(crate) fn application(call: &mut Call<'_>) -> Outcome {
    let bot = call
        .world
        .discord
        .bots
        .get(&call.bot)
        .ok_or_else(ApiError::unauthorized)?;
    let owner = call
        .world
        .discord
        .users
        .keys()
        .next()
        .copied()
        .unwrap_or(call.bot);
    let url = bot.endpoint.as_ref().map(|endpoint| &endpoint.url);
    Ok(Reply::ok(
        json!({ "id": bot.id.to_string(), "name": bot.name, "icon": null, "description": "", "summary": "",
        "type": null, "bot": bot.json(), "bot_public": true, "bot_require_code_grant": false,
        "verify_key": endpoint::public_key(bot.id),
        "owner": user_json(call.world, owner), "team": null, "flags": FLAGS, "guild_id": null, "tags": [],
        "integration_types_config": { "0": {} }, "approximate_guild_count": 1, "interactions_endpoint_url": url,
        "redirect_uris": [], "rpc_origins": [], "hook": true, "install_params": null }),
    ))
}

/// Application flags: the limited forms of the privileged intents are on.
pub(crate) const FLAGS: u64 = (1 << 13) | (1 << 15) | (1 << 19);

pub(crate) fn open(call: &mut Call<'_>) -> Outcome {
    let user = call.body["recipient_id"].as_str().and_then(|id| id.parse().ok());
    let user = user.or_else(|| call.body["recipient_id"].as_i64()).unwrap_or(0);
    let id = open_dm(call.world, call.bot, user).map_err(|_| {
        let mut errors = super::error::FormErrors::default();
        errors.add("recipient_id", "USER_INVALID", "User is invalid");
        errors.result().err().unwrap_or_else(ApiError::unknown_user)
    })?;
    Ok(Reply::ok(channel_json(call.world, id)))
}

/// Where the gateway listens.
pub(crate) fn gateway_url(base: &str) -> String {
    format!("{}/discord/gateway", base.replacen("http", "ws", 1))
}

pub(crate) fn gateway(call: &mut Call<'_>) -> Outcome {
    Ok(Reply::ok(json!({ "url": gateway_url(&call.world.base) })))
}

pub(crate) fn gateway_bot(call: &mut Call<'_>) -> Outcome {
    Ok(Reply::ok(
        json!({ "url": gateway_url(&call.world.base), "shards": 1, "session_start_limit":
        { "total": 1000, "remaining": 999, "reset_after": 14_400_000, "max_concurrency": 1 } }),
    ))
}

pub(crate) fn guild_id() -> String {
    GUILD.to_string()
}
