//! Updates that this version has no words for, or whose inner form is unknown: what can be told of them is told, and
//! their JSON stays. Pure functions.

use std::collections::BTreeMap;

use duologue_core::{ChatKind, EventKind, Other};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use smol_str::{SmolStr, SmolStrBuilder};

use crate::call::Text;
use crate::convert::incoming::{Happened, said, with_person};
use crate::convert::update::LooseUpdate;
use crate::convert::wire::{Anything, BareMessage};
use crate::convert::{Me, message};

/// An update that we have no words for, or whose inner form is unknown. What can be told of it is told.
pub(super) fn loose(json: &str, me: &Me) -> Happened {
    let update = serde_json::from_str::<LooseUpdate<'_>>(json).ok();
    let Some((name, value)) = update.and_then(|update| update.kind) else {
        return nowhere(SmolStr::new_static("empty"));
    };
    let about_message = matches!(
        &*name,
        "message" | "edited_message" | "channel_post" | "edited_channel_post"
    );
    if about_message
        && let Ok(bare) = serde_json::from_str::<BareMessage<'_>>(value.get())
        && let Some(happened) = said(&bare.into(), name.starts_with("edited_"), me)
    {
        return happened;
    }
    let name = if about_message {
        content_name(&name, value)
    } else {
        SmolStr::new(&*name)
    };
    let kind = EventKind::Other(Other { name: name.clone() });
    let anything: Anything<'_> = serde_json::from_str(value.get()).unwrap_or_default();
    let user = anything.from.as_ref().or(anything.user.as_ref());
    match (&anything.chat, user) {
        (Some(chat), user) => Happened {
            thread: message::thread(anything.message_thread_id, anything.is_topic_message),
            date: anything.date,
            ..Happened::new(chat, user, kind)
        },
        (None, Some(user)) => with_person(user, kind),
        (None, None) => nowhere(name),
    }
}

/// An event without a chat and a person, such as a poll's new counts, stands in chat 0, which does not exist.
fn nowhere(name: SmolStr) -> Happened {
    Happened {
        chat: 0,
        thread: None,
        chat_kind: ChatKind::Broadcast,
        user: None,
        date: None,
        reply: None,
        kind: EventKind::Other(Other { name }),
    }
}

/// The name of a message without text and files, with what it holds instead: `message:poll`, `message:pinned_message`.
fn content_name(name: &str, message: &RawValue) -> SmolStr {
    /// What any message can have beside its content.
    const FRAME: &[&str] = &[
        "message_id",
        "message_thread_id",
        "direct_messages_topic",
        "from",
        "sender_chat",
        "sender_boost_count",
        "sender_business_bot",
        "business_connection_id",
        "date",
        "chat",
        "forward_origin",
        "is_topic_message",
        "is_automatic_forward",
        "reply_to_message",
        "external_reply",
        "quote",
        "reply_to_story",
        "via_bot",
        "edit_date",
        "has_protected_content",
        "is_from_offline",
        "is_paid_post",
        "media_group_id",
        "author_signature",
        "paid_star_count",
        "link_preview_options",
        "effect_id",
        "reply_markup",
        "sender_tag",
        "show_caption_above_media",
        "has_media_spoiler",
        "reply_to_checklist_task_id",
    ];
    let fields: BTreeMap<Text<'_>, IgnoredAny> = serde_json::from_str(message.get()).unwrap_or_default();
    let content = fields.keys().find(|field| !FRAME.contains(&&***field));
    let mut whole = SmolStrBuilder::new();
    whole.push_str(name);
    if let Some(content) = content {
        whole.push(':');
        whole.push_str(content);
    }
    whole.finish()
}
