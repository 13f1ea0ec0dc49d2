//! What is asked of the network about updates, and what it says of a webhook. Pure data.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::webhook::Endpoint;

/// The body of `getUpdates`.
#[derive(Serialize)]
pub(super) struct GetUpdates {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) offset: Option<i64>,
    pub(super) limit: u8,
    pub(super) timeout: u64,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) allowed_updates: &'static [&'static str],
}

/// The body of `setWebhook`.
#[derive(Serialize)]
pub(super) struct SetWebhook<'a> {
    url: &'a str,
    secret_token: &'a str,
    max_connections: u8,
    allowed_updates: &'static [&'static str],
    drop_pending_updates: bool,
}

/// What `getWebhookInfo` answers, as far as it is of use. The secret is not part of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WebhookInfo {
    pub(super) url: String,
    pub(super) pending_update_count: u64,
    /// In seconds of Unix time. It stays when all is well again.
    pub(super) last_error_date: i64,
    pub(super) last_error_message: String,
    max_connections: u64,
    allowed_updates: Vec<String>,
}

impl<'a> SetWebhook<'a> {
    pub(super) fn new(endpoint: &'a Endpoint) -> Self {
        Self {
            url: endpoint.url.as_str(),
            secret_token: endpoint.secret.expose(),
            max_connections: endpoint.max_connections,
            allowed_updates: ALLOWED_UPDATES,
            drop_pending_updates: false,
        }
    }
}

impl WebhookInfo {
    /// Whether the webhook leads to the bot.
    pub(super) fn leads_to(&self, endpoint: &Endpoint) -> bool {
        self.url == endpoint.url.as_str()
    }

    /// Whether it is what [`SetWebhook`] would make it. A server that does not know the name of a kind drops it, and so
    /// differs for ever; setting the same once more changes nothing there.
    pub(super) fn is_as(&self, endpoint: &Endpoint) -> bool {
        let allowed: BTreeSet<&str> = self.allowed_updates.iter().map(String::as_str).collect();
        self.leads_to(endpoint)
            && self.max_connections == u64::from(endpoint.max_connections)
            && allowed == ALLOWED_UPDATES.iter().copied().collect()
    }

    /// Whether the last that Telegram met was a refusal of its secret.
    pub(super) fn secret_refused(&self) -> bool {
        self.last_error_message.contains("401")
    }
}

/// What the network is asked to send. Named in full: the kinds that must be asked for (reactions, members) and those
/// that are newer than this program's words, which arrive as [`Other`](duologue_core::Other).
pub(super) const ALLOWED_UPDATES: &[&str] = &[
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "guest_message",
    "message_reaction",
    "message_reaction_count",
    "inline_query",
    "chosen_inline_result",
    "callback_query",
    "shipping_query",
    "pre_checkout_query",
    "purchased_paid_media",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
    "managed_bot",
    "subscription",
    "stopped_message_generation",
];
