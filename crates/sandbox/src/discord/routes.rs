//! Which route a path is, and which function answers it. Owns no state.

use std::collections::BTreeMap;

use super::error::ApiError;
use super::request::{Call, Outcome};
use super::{channel, command, guild, interaction, message, reaction, user, webhook};

/// Every path that is served; literal parts come before placeholders.
const PATHS: [&str; 30] = [
    "/applications/@me",
    "/applications/{application_id}/commands",
    "/applications/{application_id}/commands/{command_id}",
    "/applications/{application_id}/guilds/{guild_id}/commands",
    "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}",
    "/channels/{channel_id}",
    "/channels/{channel_id}/messages",
    "/channels/{channel_id}/messages/bulk-delete",
    "/channels/{channel_id}/messages/{message_id}",
    "/channels/{channel_id}/messages/{message_id}/reactions",
    "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}",
    "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me",
    "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/{user_id}",
    "/channels/{channel_id}/typing",
    "/gateway",
    "/gateway/bot",
    "/guilds/{guild_id}",
    "/guilds/{guild_id}/channels",
    "/guilds/{guild_id}/members",
    "/guilds/{guild_id}/members/{user_id}",
    "/guilds/{guild_id}/roles",
    "/interactions/{interaction_id}/{interaction_token}/callback",
    "/oauth2/applications/@me",
    "/users/@me",
    "/users/@me/channels",
    "/users/@me/guilds",
    "/users/{user_id}",
    "/webhooks/{webhook_id}/{webhook_token}",
    "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
    "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
];

/// The placeholders of a path, by name.
pub(crate) type Ids = BTreeMap<&'static str, String>;

/// The route of a path, with what stands in its placeholders.
pub(crate) fn find(path: &str) -> Option<(&'static str, Ids)> {
    // Decoded first: some clients write `@original` as `%40original`.
    let given: Vec<String> = path
        .trim_matches('/')
        .split('/')
        .map(crate::http::percent_path)
        .collect();
    PATHS.iter().find_map(|route| {
        let wanted: Vec<&'static str> = route.trim_matches('/').split('/').collect();
        if wanted.len() != given.len() {
            return None;
        }
        let mut ids = Ids::new();
        for (wanted, given) in wanted.into_iter().zip(&given) {
            match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) => {
                    ids.insert(name, given.clone());
                }
                None if wanted == *given => {}
                None => return None,
            }
        }
        Some((*route, ids))
    })
}

/// The resource a rate limit counts for.
pub(crate) fn major(ids: &Ids) -> String {
    [
        "channel_id",
        "guild_id",
        "webhook_token",
        "webhook_id",
        "interaction_token",
    ]
    .iter()
    .find_map(|name| ids.get(name).cloned())
    .unwrap_or_default()
}

/// Routes whose token stands in the path: no `Authorization` is needed.
pub(crate) fn tokenless(route: &str) -> bool {
    route.starts_with("/interactions/") || route.starts_with("/webhooks/") || route == "/gateway"
}

/// Answers a call.
pub(crate) fn answer(call: &mut Call<'_>, verb: &str, route: &str) -> Outcome {
    match (verb, route) {
        ("GET", "/gateway") => user::gateway(call),
        ("GET", "/gateway/bot") => user::gateway_bot(call),
        ("GET", "/users/@me") => user::me(call),
        ("GET", "/users/@me/guilds") => user::guilds(call),
        ("POST", "/users/@me/channels") => user::open(call),
        ("GET", "/users/{user_id}") => user::get(call),
        ("GET", "/applications/@me" | "/oauth2/applications/@me") => user::application(call),
        ("GET", "/guilds/{guild_id}") => guild::get(call),
        ("GET", "/guilds/{guild_id}/channels") => guild::channels(call),
        ("GET", "/guilds/{guild_id}/roles") => guild::roles(call),
        ("GET", "/guilds/{guild_id}/members") => guild::members(call),
        ("GET", "/guilds/{guild_id}/members/{user_id}") => guild::member(call),
        (_, route) if route.contains("/commands") => commands(call, verb, route),
        (_, route) if route.starts_with("/channels/") => in_channel(call, verb, route),
        ("POST", "/interactions/{interaction_id}/{interaction_token}/callback") => {
            interaction::callback(call)
        }
        ("POST", "/webhooks/{webhook_id}/{webhook_token}") => webhook::follow_up(call),
        ("GET", route) if route.starts_with("/webhooks/") => webhook::get(call),
        ("PATCH", route) if route.starts_with("/webhooks/") => webhook::edit(call),
        ("DELETE", route) if route.starts_with("/webhooks/") => webhook::delete(call),
        _ => Err(ApiError::method_not_allowed()),
    }
}

fn commands(call: &mut Call<'_>, verb: &str, route: &str) -> Outcome {
    match (verb, route.ends_with("{command_id}")) {
        ("GET", false) => command::list(call),
        ("POST", false) => command::create(call),
        ("PUT", false) => command::overwrite(call),
        ("GET", true) => command::get(call),
        ("PATCH", true) => command::edit(call),
        ("DELETE", true) => command::delete(call),
        _ => Err(ApiError::method_not_allowed()),
    }
}

fn in_channel(call: &mut Call<'_>, verb: &str, route: &str) -> Outcome {
    let rest = route.strip_prefix("/channels/{channel_id}").unwrap_or_default();
    match (verb, rest) {
        ("GET", "") => channel::get(call),
        ("POST", "/typing") => channel::typing(call),
        ("GET", "/messages") => message::list(call),
        ("POST", "/messages") => message::create(call),
        ("POST", "/messages/bulk-delete") => message::bulk_delete(call),
        ("GET", "/messages/{message_id}") => message::get(call),
        ("PATCH", "/messages/{message_id}") => message::edit(call),
        ("DELETE", "/messages/{message_id}") => message::delete(call),
        ("DELETE", "/messages/{message_id}/reactions") => reaction::clear(call),
        ("GET", "/messages/{message_id}/reactions/{emoji_name}") => reaction::list(call),
        ("DELETE", "/messages/{message_id}/reactions/{emoji_name}") => reaction::clear_emoji(call),
        ("PUT", "/messages/{message_id}/reactions/{emoji_name}/@me") => reaction::add(call),
        ("DELETE", rest) if rest.contains("/reactions/") => reaction::remove(call),
        _ => Err(ApiError::method_not_allowed()),
    }
}
