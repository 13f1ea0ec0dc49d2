//! The guild, its channels, roles and members as Discord writes them, and the routes that read them. Owns no state.

use serde_json::{Value, json};

use super::error::ApiError;
use super::permissions;
use super::request::{Call, Outcome, Reply};
use super::state::{GUILD, timestamp, user_json};
use crate::world::World;

/// When the guild began, for `joined_at` and the like.
const BEGAN_MS: u64 = 1_700_000_000_000;

fn owner(world: &World) -> String {
    permissions::owner(world).unwrap_or(GUILD).to_string()
}

/// A channel as Discord writes it.
pub(crate) fn channel_json(world: &World, id: i64) -> Value {
    let Some(channel) = world.discord.channels.get(&id) else {
        return Value::Null;
    };
    let last = channel.last_message.map(|id| id.to_string());
    match channel.dm {
        Some((_, user)) => json!({ "id": id.to_string(), "type": 1, "last_message_id": last, "flags": 0,
                                   "recipients": [user_json(world, user)] }),
        None => json!({ "id": id.to_string(), "type": 0, "guild_id": GUILD.to_string(), "name": channel.name,
            "position": id % 100, "permission_overwrites": [], "nsfw": false, "topic": null, "parent_id": null,
            "rate_limit_per_user": 0, "last_message_id": last, "last_pin_timestamp": null, "flags": 0 }),
    }
}

/// A member of the guild, as REST and the gateway's events have it: its rights follow from its roles.
pub(crate) fn member_json(world: &World, user: i64) -> Option<Value> {
    Some(
        json!({ "user": user_json(world, user)?, "nick": null, "avatar": null, "banner": null,
        "roles": permissions::roles_of(world, user), "joined_at": timestamp(BEGAN_MS), "premium_since": null,
        "deaf": false, "mute": false, "flags": 0, "pending": false, "communication_disabled_until": null }),
    )
}

/// A member as interactions have it: with what it may do in the channel.
pub(crate) fn acting_member_json(world: &World, user: i64) -> Option<Value> {
    let mut member = member_json(world, user)?;
    member["permissions"] = Value::from(permissions::of_member(world, user).to_string());
    Some(member)
}

/// The guild as REST answers it.
pub(crate) fn guild_json(world: &World) -> Value {
    json!({ "id": GUILD.to_string(), "name": "Sandbox", "icon": null, "icon_hash": null, "splash": null,
        "discovery_splash": null, "owner_id": owner(world), "region": null, "afk_channel_id": null,
        "afk_timeout": 300, "widget_enabled": false, "verification_level": 0, "default_message_notifications": 0,
        "explicit_content_filter": 0, "roles": permissions::roles(), "emojis": [], "features": [], "mfa_level": 0,
        "application_id": null, "system_channel_id": null, "system_channel_flags": 0, "rules_channel_id": null,
        "max_presences": null, "max_members": 500_000, "vanity_url_code": null, "description": null, "banner": null,
        "premium_tier": 0, "premium_subscription_count": 0, "preferred_locale": "en-US",
        "public_updates_channel_id": null, "max_video_channel_users": 25, "nsfw_level": 0, "nsfw": false,
        "stickers": [], "premium_progress_bar_enabled": false, "safety_alerts_channel_id": null,
        "incidents_data": null, "max_stage_video_channel_users": 50, "home_header": null })
}

/// The guild as `GUILD_CREATE` brings it.
pub(crate) fn guild_create(world: &World) -> Value {
    let mut guild = guild_json(world);
    let people = world.discord.users.keys().chain(world.discord.bots.keys());
    let members: Vec<Value> = people.filter_map(|id| member_json(world, *id)).collect();
    let channels = world
        .discord
        .channels
        .values()
        .filter(|channel| channel.dm.is_none());
    let channels: Vec<Value> = channels.map(|channel| channel_json(world, channel.id)).collect();
    let more = json!({ "joined_at": timestamp(BEGAN_MS), "large": false, "unavailable": false,
        "member_count": members.len(), "voice_states": [], "members": members, "channels": channels, "threads": [],
        "presences": [], "stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [] });
    if let (Some(guild), Value::Object(more)) = (guild.as_object_mut(), more) {
        guild.extend(more);
    }
    guild
}

fn known(call: &Call<'_>) -> Result<(), ApiError> {
    if call.id("guild_id") == GUILD {
        Ok(())
    } else {
        Err(ApiError::unknown_guild())
    }
}

pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    known(call)?;
    Ok(Reply::ok(guild_json(call.world)))
}

pub(crate) fn channels(call: &mut Call<'_>) -> Outcome {
    known(call)?;
    let channels = guild_create(call.world)["channels"].take();
    Ok(Reply::ok(channels))
}

pub(crate) fn roles(call: &mut Call<'_>) -> Outcome {
    known(call)?;
    Ok(Reply::ok(json!(permissions::roles())))
}

pub(crate) fn member(call: &mut Call<'_>) -> Outcome {
    known(call)?;
    let user = call.id("user_id");
    member_json(call.world, user)
        .map(Reply::ok)
        .ok_or_else(|| ApiError::new(404, 10007, "Unknown Member"))
}

pub(crate) fn members(call: &mut Call<'_>) -> Outcome {
    known(call)?;
    let limit = call
        .query("limit")
        .and_then(|limit| limit.parse().ok())
        .unwrap_or(1_usize)
        .clamp(1, 1000);
    let after = call
        .query("after")
        .and_then(|after| after.parse().ok())
        .unwrap_or(0_i64);
    let mut ids: Vec<i64> = call
        .world
        .discord
        .users
        .keys()
        .chain(call.world.discord.bots.keys())
        .copied()
        .collect();
    ids.sort_unstable();
    let page = ids.into_iter().filter(|id| *id > after).take(limit);
    Ok(Reply::ok(
        page.filter_map(|id| member_json(call.world, id)).collect(),
    ))
}
