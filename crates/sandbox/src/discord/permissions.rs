//! What people may do in the guild: the owner, the moderators and everybody else. Who is a moderator stands in the
//! state.

use serde_json::{Value, json};

use super::dispatch::{self, GUILD_MEMBERS};
use super::guild::member_json;
use super::state::{GUILD, user_json};
use crate::error::ActError;
use crate::world::World;

/// The role of the moderators. Everybody else has the guild's own role alone, whose id is the guild's.
pub(crate) const MODERATORS: i64 = 100_000_000_000_000_101;

/// Every permission of a text channel that does not touch other people's things: what everybody may do.
pub(crate) const EVERYONE: u64 = 2_248_473_465_835_073;
const KICK_MEMBERS: u64 = 1 << 1;
const BAN_MEMBERS: u64 = 1 << 2;
const ADMINISTRATOR: u64 = 1 << 3;
const MANAGE_CHANNELS: u64 = 1 << 4;
const MANAGE_GUILD: u64 = 1 << 5;
const VIEW_AUDIT_LOG: u64 = 1 << 7;
const MANAGE_MESSAGES: u64 = 1 << 13;
const MANAGE_NICKNAMES: u64 = 1 << 27;
const MANAGE_ROLES: u64 = 1 << 28;
const MANAGE_WEBHOOKS: u64 = 1 << 29;
const MANAGE_EXPRESSIONS: u64 = 1 << 30;
const MANAGE_EVENTS: u64 = 1 << 33;
const MANAGE_THREADS: u64 = 1 << 34;
const MODERATE_MEMBERS: u64 = 1 << 40;
const PIN_MESSAGES: u64 = 1 << 51;

/// What a moderator may do.
const MODERATOR: u64 = EVERYONE
    | KICK_MEMBERS
    | BAN_MEMBERS
    | VIEW_AUDIT_LOG
    | MANAGE_MESSAGES
    | MANAGE_NICKNAMES
    | MANAGE_THREADS
    | MODERATE_MEMBERS
    | PIN_MESSAGES;

/// What the guild's owner may do: everything.
const OWNER: u64 = MODERATOR
    | ADMINISTRATOR
    | MANAGE_CHANNELS
    | MANAGE_GUILD
    | MANAGE_ROLES
    | MANAGE_WEBHOOKS
    | MANAGE_EXPRESSIONS
    | MANAGE_EVENTS;

/// The guild's owner: its first user.
pub(crate) fn owner(world: &World) -> Option<i64> {
    world.discord.users.keys().next().copied()
}

/// The people who may moderate: the owner and the moderators.
pub(crate) fn moderators(world: &World) -> Vec<i64> {
    let appointed = world.discord.moderators.iter().copied();
    owner(world).into_iter().chain(appointed).collect()
}

/// What a member of the guild may do.
pub(crate) fn of_member(world: &World, user: i64) -> u64 {
    if owner(world) == Some(user) {
        OWNER
    } else if world.discord.moderators.contains(&user) {
        MODERATOR
    } else {
        EVERYONE
    }
}

/// The ids of a member's roles; the guild's own one is never listed.
pub(crate) fn roles_of(world: &World, user: i64) -> Vec<String> {
    let moderator = world.discord.moderators.contains(&user);
    moderator.then(|| MODERATORS.to_string()).into_iter().collect()
}

/// The guild's roles.
pub(crate) fn roles() -> Vec<Value> {
    let role = |id: i64, name: &str, position: u8, permissions: u64| {
        json!({ "id": id.to_string(), "name": name, "color": 0, "colors": { "primary_color": 0,
            "secondary_color": null, "tertiary_color": null }, "hoist": false, "icon": null, "unicode_emoji": null,
            "position": position, "permissions": permissions.to_string(), "managed": false, "mentionable": false,
            "flags": 0 })
    };
    vec![
        role(GUILD, "@everyone", 0, EVERYONE),
        role(MODERATORS, "Moderators", 1, MODERATOR),
    ]
}

/// Whether a member may use a command, by the permissions that its bot asks for.
pub(crate) fn may_use(world: &World, user: i64, command: &Value) -> bool {
    let needed = command["default_member_permissions"].as_str();
    let Some(needed) = needed.and_then(|bits| bits.parse::<u64>().ok()) else {
        return true;
    };
    let has = of_member(world, user);
    // A command that asks for nothing by "0" is for administrators alone.
    has & ADMINISTRATOR != 0 || (needed != 0 && has & needed == needed)
}

/// Makes a person a moderator or not.
pub(crate) fn promote(world: &mut World, user: i64, on: bool) -> Result<(), ActError> {
    if !world.discord.users.contains_key(&user) {
        return Err(ActError::NoUser(user.to_string()));
    }
    if owner(world) == Some(user) {
        return Err(ActError::Refused(
            "the owner of the guild stays its owner".to_owned(),
        ));
    }
    let changed = if on {
        world.discord.moderators.insert(user)
    } else {
        world.discord.moderators.remove(&user)
    };
    if changed {
        let mut event = json!(member_json(world, user));
        event["guild_id"] = json!(GUILD.to_string());
        event["user"] = json!(user_json(world, user));
        dispatch::to_guild(world, "GUILD_MEMBER_UPDATE", &event, GUILD_MEMBERS);
        world.tell_status();
    }
    Ok(())
}
