//! The calls this crate makes, each with its path and its place in Discord's rate limits. Pure data.
//!
//! Discord limits by route and by the "major" part of the path: the channel, the server, or the webhook's id with its
//! token. Source: discord-api-docs, topics/rate-limits.

use std::fmt;
use std::hash::{Hash, Hasher};

use reqwest::Method;

/// One call's address.
#[derive(Clone)]
pub(crate) struct Route {
    pub(crate) method: Method,
    /// What stands behind `/api/v10`.
    pub(crate) path: String,
    /// The route as the limits know it.
    pub(crate) kind: Kind,
    /// The major part of the path.
    pub(crate) major: Major,
}

/// The route without its ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Gateway,
    OwnUser,
    OwnApplication,
    ListCommands,
    CreateCommand,
    EditCommand,
    DeleteCommand,
    Callback,
    EditOriginal,
    DeleteOriginal,
    FollowUp,
    EditFollowUp,
    DeleteFollowUp,
    CreateMessage,
    EditMessage,
    DeleteMessage,
    AddReaction,
    RemoveReaction,
    Typing,
    /// A call by an author, by the hash of its method and path without ids.
    Raw(u64),
}

/// The major part of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Major {
    None,
    Id(u64),
    /// A webhook's id and the hash of its token.
    Webhook(u64, u64),
}

impl Kind {
    /// Answers to interactions do not count for the limit of all calls together.
    pub(crate) fn exempt(self) -> bool {
        matches!(
            self,
            Self::Callback
                | Self::EditOriginal
                | Self::DeleteOriginal
                | Self::FollowUp
                | Self::EditFollowUp
                | Self::DeleteFollowUp
        )
    }

    /// The call in words, for errors and logs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gateway => "get the gateway",
            Self::OwnUser => "get the bot's user",
            Self::OwnApplication => "get the bot's application",
            Self::ListCommands => "list commands",
            Self::CreateCommand => "create a command",
            Self::EditCommand => "edit a command",
            Self::DeleteCommand => "delete a command",
            Self::Callback => "answer an interaction",
            Self::EditOriginal => "edit an interaction's answer",
            Self::DeleteOriginal => "delete an interaction's answer",
            Self::FollowUp => "send a follow-up",
            Self::EditFollowUp => "edit a follow-up",
            Self::DeleteFollowUp => "delete a follow-up",
            Self::CreateMessage => "send a message",
            Self::EditMessage => "edit a message",
            Self::DeleteMessage => "delete a message",
            Self::AddReaction => "add a reaction",
            Self::RemoveReaction => "remove a reaction",
            Self::Typing => "show typing",
            Self::Raw(_) => "raw call",
        }
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The path can hold an interaction's token.
        write!(f, "Route({})", self.kind.name())
    }
}

/// The hash that keeps a token out of the book of limits.
pub(crate) fn hash(value: impl Hash) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn route(method: Method, kind: Kind, major: Major, path: String) -> Route {
    Route {
        method,
        path,
        kind,
        major,
    }
}

impl Route {
    pub(crate) fn gateway_bot() -> Self {
        route(Method::GET, Kind::Gateway, Major::None, "/gateway/bot".to_owned())
    }

    /// The address alone, for servers that have no more.
    pub(crate) fn gateway() -> Self {
        route(Method::GET, Kind::Gateway, Major::None, "/gateway".to_owned())
    }

    pub(crate) fn own_user() -> Self {
        route(Method::GET, Kind::OwnUser, Major::None, "/users/@me".to_owned())
    }

    pub(crate) fn own_application() -> Self {
        route(
            Method::GET,
            Kind::OwnApplication,
            Major::None,
            "/applications/@me".to_owned(),
        )
    }

    /// `/applications/{id}/commands`, or the same of one server.
    pub(crate) fn commands(
        method: Method,
        application: u64,
        guild: Option<u64>,
        command: Option<&str>,
    ) -> Self {
        let kind = match (method.as_str(), command.is_some()) {
            ("GET", _) => Kind::ListCommands,
            ("DELETE", _) => Kind::DeleteCommand,
            (_, true) => Kind::EditCommand,
            (_, false) => Kind::CreateCommand,
        };
        let mut path = format!("/applications/{application}");
        if let Some(guild) = guild {
            path.push_str(&format!("/guilds/{guild}"));
        }
        path.push_str("/commands");
        if let Some(command) = command {
            path.push('/');
            path.push_str(command);
        }
        route(method, kind, guild.map_or(Major::None, Major::Id), path)
    }

    pub(crate) fn callback(interaction: u64, token: &str, with_response: bool) -> Self {
        let query = if with_response { "?with_response=true" } else { "" };
        let path = format!("/interactions/{interaction}/{token}/callback{query}");
        route(Method::POST, Kind::Callback, Major::Id(interaction), path)
    }

    /// Calls on an interaction's own webhook.
    pub(crate) fn webhook(method: Method, application: u64, token: &str, message: Option<&str>) -> Self {
        let kind = match (method.as_str(), message) {
            ("POST", _) => Kind::FollowUp,
            ("DELETE", Some("@original")) => Kind::DeleteOriginal,
            ("DELETE", _) => Kind::DeleteFollowUp,
            (_, Some("@original")) => Kind::EditOriginal,
            (_, _) => Kind::EditFollowUp,
        };
        let mut path = format!("/webhooks/{application}/{token}");
        match message {
            Some(message) => path.push_str(&format!("/messages/{message}")),
            None => path.push_str("?wait=true"),
        }
        route(method, kind, Major::Webhook(application, hash(token)), path)
    }

    /// `/channels/{id}/messages`, or one of them.
    pub(crate) fn message(method: Method, channel: u64, message: Option<&str>) -> Self {
        let kind = match (method.as_str(), message.is_some()) {
            ("DELETE", _) => Kind::DeleteMessage,
            (_, true) => Kind::EditMessage,
            (_, false) => Kind::CreateMessage,
        };
        let mut path = format!("/channels/{channel}/messages");
        if let Some(message) = message {
            path.push('/');
            path.push_str(message);
        }
        route(method, kind, Major::Id(channel), path)
    }

    /// The bot's own reaction; `emoji` is one character or `name:id`.
    pub(crate) fn reaction(method: Method, channel: u64, message: &str, emoji: &str) -> Self {
        let kind = if method == Method::DELETE {
            Kind::RemoveReaction
        } else {
            Kind::AddReaction
        };
        let emoji = percent_encode(emoji);
        let path = format!("/channels/{channel}/messages/{message}/reactions/{emoji}/@me");
        route(method, kind, Major::Id(channel), path)
    }

    pub(crate) fn typing(channel: u64) -> Self {
        route(
            Method::POST,
            Kind::Typing,
            Major::Id(channel),
            format!("/channels/{channel}/typing"),
        )
    }

    /// An author's call: its limits go by the path with the ids behind the major part left out.
    pub(crate) fn raw(method: Method, path: &str) -> Self {
        let path = format!("/{}", path.trim_start_matches('/'));
        let mut parts = path.split(['/', '?']).filter(|part| !part.is_empty());
        let (first, second, third) = (parts.next(), parts.next(), parts.next());
        let id = second.and_then(|id| id.parse().ok());
        let major = match (first, id, third) {
            (Some("channels" | "guilds"), Some(id), _) => Major::Id(id),
            (Some("webhooks"), Some(id), Some(token)) => Major::Webhook(id, hash(token)),
            (Some("webhooks"), Some(id), None) => Major::Id(id),
            _ => Major::None,
        };
        let without_query = path.split('?').next().unwrap_or_default();
        let shape: Vec<&str> = without_query
            .split('/')
            .map(|part| if part.parse::<u64>().is_ok() { "" } else { part })
            .collect();
        let shape = if matches!(major, Major::Webhook(..)) {
            &shape[..2]
        } else {
            &shape[..]
        };
        let kind = Kind::Raw(hash((method.as_str(), shape)));
        route(method, kind, major, path)
    }
}

/// Encodes everything but letters, digits and `-._~:`.
fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reactions_are_percent_encoded() {
        let route = Route::reaction(Method::PUT, 1, "2", "👍");
        assert_eq!(route.path, "/channels/1/messages/2/reactions/%F0%9F%91%8D/@me");
        assert!(
            Route::reaction(Method::PUT, 1, "2", "blob:33")
                .path
                .contains("/blob:33/")
        );
    }

    #[test]
    fn raw_calls_share_limits_by_shape_and_major_part() {
        let kind = |path| Route::raw(Method::GET, path).kind;
        assert_eq!(kind("/channels/1/pins"), kind("channels/2/pins"));
        assert_ne!(kind("/channels/1/pins"), kind("/channels/1/invites"));
        assert_eq!(
            Route::raw(Method::GET, "/channels/7/pins?limit=3").major,
            Major::Id(7)
        );
        assert_eq!(Route::raw(Method::GET, "/users/7").major, Major::None);
        assert_eq!(
            kind("/webhooks/1/aaa/messages/3"),
            kind("/webhooks/1/bbb/messages/4")
        );
    }

    #[test]
    fn a_route_does_not_show_its_token() {
        let route = Route::callback(1, "verysecret", false);
        assert!(!format!("{route:?}").contains("verysecret"));
    }
}
