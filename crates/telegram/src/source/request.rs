//! What is asked of the network when it is polled. Pure data.

use serde::Serialize;

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
