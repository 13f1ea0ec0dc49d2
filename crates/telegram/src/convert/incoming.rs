//! From an update to an event. Total: whatever has an `update_id` becomes an event, with its JSON as it came. Pure
//! functions.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use duologue_core::{
    ChatKind, Event, EventId, EventKind, MemberChange, MemberStatus, MessageId, Press, Raw, Reaction,
    ReplyToken, Stop, User, UserId,
};
use serde_json::value::RawValue;
use smol_str::SmolStr;
use tokio::time::Instant;

use crate::call::Text;
use crate::convert::loose::loose;
use crate::convert::update::{Kind, LooseUpdate, Update};
use crate::convert::wire::{
    CallbackQuery, Chat, MemberUpdate, Message, ReactionType, ReactionUpdate, StoppedGeneration,
    User as WireUser,
};
use crate::convert::{Me, message};

/// An update in its raw form, as the result of `getUpdates` lists them.
pub(crate) type Envelope<'a> = &'a RawValue;

/// What an update became.
#[derive(Debug)]
pub(crate) struct Known {
    /// Its number: the position in the network's stream.
    pub(crate) id: i64,
    /// The event.
    pub(crate) event: Event,
}

/// Reads one update. `batch` is the answer that holds it: the event keeps a part of it and copies nothing. `None` only
/// for what has no `update_id`, and so no place in the stream.
pub(crate) fn event(update: Envelope<'_>, batch: &Bytes, received: Instant, me: &Me) -> Option<Known> {
    let json = update.get();
    let (id, known) = match serde_json::from_str::<Update<'_>>(json) {
        Ok(update) => (update.id, known(update.kind, me)),
        Err(_) => (serde_json::from_str::<LooseUpdate<'_>>(json).ok()?.id, None),
    };
    let happened = known.unwrap_or_else(|| loose(json, me));
    let event = Event {
        id: EventId::number(id),
        chat: me.chat(happened.chat, happened.thread),
        chat_kind: happened.chat_kind,
        server: None,
        user: happened.user,
        received,
        sent: happened.date.and_then(time),
        reply: happened.reply,
        kind: happened.kind,
        raw: Raw::json(slice(batch, json)),
    };
    Some(Known { id, event })
}

/// What differs between the kinds of events.
pub(super) struct Happened {
    pub(super) chat: i64,
    pub(super) thread: Option<i64>,
    pub(super) chat_kind: ChatKind,
    pub(super) user: Option<User>,
    pub(super) date: Option<i64>,
    pub(super) reply: Option<ReplyToken>,
    pub(super) kind: EventKind,
}

impl Happened {
    pub(super) fn new(chat: &Chat<'_>, user: Option<&WireUser<'_>>, kind: EventKind) -> Self {
        Self {
            chat: chat.id,
            thread: None,
            chat_kind: chat_kind(chat),
            user: user.map(person),
            date: None,
            reply: None,
            kind,
        }
    }
}

fn known(kind: Kind<'_>, me: &Me) -> Option<Happened> {
    match kind {
        Kind::Message(message) => said(&message, false, me),
        Kind::Edited(message) => said(&message, true, me),
        Kind::Callback(query) => pressed(&query),
        Kind::Reaction(update) => Some(reacted(&update)),
        Kind::Member(update) => Some(changed(&update, me)),
        Kind::Stopped(stopped) => self::stopped(&stopped),
        Kind::Other => None,
    }
}

pub(super) fn said(message: &Message<'_>, edited: bool, me: &Me) -> Option<Happened> {
    let kind = message::kind(message, edited, me)?;
    Some(Happened {
        thread: message::thread(message.message_thread_id, message.is_topic_message),
        date: message.date,
        ..Happened::new(&message.chat, message.from.as_ref(), kind)
    })
}

/// A press. One without data belongs to a game and has no word here.
fn pressed(query: &CallbackQuery<'_>) -> Option<Happened> {
    let press = Press {
        token: SmolStr::new(&**query.data.as_ref()?),
        message: query
            .message
            .as_ref()
            .map(|message| MessageId::number(message.message_id)),
        values: Vec::new(),
    };
    let kind = EventKind::Press(press);
    let mut happened = match &query.message {
        Some(message) => Happened {
            thread: message::thread(message.message_thread_id, message.is_topic_message),
            ..Happened::new(&message.chat, Some(&query.from), kind)
        },
        // The button stood under a message that was sent by way of the bot, in a chat it does not see.
        None => with_person(&query.from, kind),
    };
    happened.reply = Some(ReplyToken::new(&*query.id.0));
    Some(happened)
}

fn reacted(update: &ReactionUpdate<'_>) -> Happened {
    let names = |list: &[ReactionType<'_>]| -> Vec<SmolStr> { list.iter().map(reaction).collect() };
    let (old, new) = (names(&update.old_reaction), names(&update.new_reaction));
    let without = |one: &[SmolStr], other: &[SmolStr]| -> Vec<SmolStr> {
        one.iter().filter(|name| !other.contains(name)).cloned().collect()
    };
    let kind = EventKind::Reaction(Reaction {
        message: MessageId::number(update.message_id),
        added: without(&new, &old),
        removed: without(&old, &new),
    });
    Happened {
        date: update.date,
        ..Happened::new(&update.chat, update.user.as_ref(), kind)
    }
}

/// The draft of a private chat, whose one person has the chat's id.
fn stopped(stopped: &StoppedGeneration<'_>) -> Option<Happened> {
    let kind = EventKind::Stop(Stop {
        draft: u64::try_from(stopped.draft_id).ok()?,
    });
    let mut happened = Happened::new(&stopped.chat, None, kind);
    happened.thread = stopped.message_thread_id;
    Some(happened)
}

/// The emoji; `custom:` and its id for a custom one, the kind's name for any other.
fn reaction(reaction: &ReactionType<'_>) -> SmolStr {
    match (&reaction.emoji, &reaction.custom_emoji_id) {
        (Some(emoji), _) => SmolStr::new(&**emoji),
        (None, Some(id)) => SmolStr::from_iter(["custom:", &**id]),
        (None, None) => SmolStr::new(&*reaction.kind),
    }
}

fn changed(update: &MemberUpdate<'_>, me: &Me) -> Happened {
    let member = &update.new_chat_member;
    let user = person(&member.user);
    let status = match (&*member.status, member.is_member) {
        ("creator" | "administrator", _) => MemberStatus::Moderator,
        ("member", _) => MemberStatus::Joined,
        ("left", _) | ("restricted", Some(false)) => MemberStatus::Left,
        ("kicked", _) => MemberStatus::Removed,
        _ => MemberStatus::Restricted,
    };
    let kind = EventKind::Member(MemberChange {
        own: me.is(&user.id),
        user,
        status,
    });
    Happened {
        date: update.date,
        ..Happened::new(&update.chat, Some(&update.from), kind)
    }
}

/// An event of a person outside any chat stands in their private chat, whose id is the person's.
pub(super) fn with_person(user: &WireUser<'_>, kind: EventKind) -> Happened {
    Happened {
        chat: user.id,
        thread: None,
        chat_kind: ChatKind::Private,
        user: Some(person(user)),
        date: None,
        reply: None,
        kind,
    }
}

fn chat_kind(chat: &Chat<'_>) -> ChatKind {
    match &*chat.kind {
        "private" => ChatKind::Private,
        "channel" => ChatKind::Broadcast,
        _ => ChatKind::Group,
    }
}

fn person(user: &WireUser<'_>) -> User {
    let text = |text: &Option<Text<'_>>| text.as_deref().map(SmolStr::new);
    let name = match user.last_name.as_deref() {
        Some(last) if !last.is_empty() => SmolStr::from_iter([&*user.first_name, " ", last]),
        _ => SmolStr::new(&*user.first_name),
    };
    User {
        id: UserId::number(user.id),
        name,
        handle: text(&user.username),
        language: text(&user.language_code),
        bot: user.is_bot,
        // Only the network's answer to a question says it.
        moderator: None,
    }
}

fn time(seconds: i64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds).ok()?))
}

/// The part of the batch that is this text; a copy only where the text is from elsewhere.
fn slice(batch: &Bytes, json: &str) -> Bytes {
    let inside = batch.as_ptr_range();
    let part = json.as_bytes().as_ptr_range();
    if inside.start <= part.start && part.end <= inside.end {
        batch.slice_ref(json.as_bytes())
    } else {
        Bytes::copy_from_slice(json.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_holds_a_part_of_the_batch_and_no_copy() {
        let batch = Bytes::from_static(br#"{"ok":true,"result":[{"update_id":1,"poll":{}}]}"#);
        let whole: &str = std::str::from_utf8(&batch).unwrap();
        let json = &whole[21..whole.len() - 2];
        let update: &RawValue = serde_json::from_str(json).unwrap();
        let me = Me {
            id: 1,
            account: duologue_core::AccountId::number(1),
            username: "bot".into(),
        };
        let known = event(update, &batch, Instant::now(), &me).unwrap();
        let raw = known.event.raw.to_json();
        assert_eq!(raw, json);
        assert!(batch.as_ptr_range().contains(&raw.as_ptr()));
    }
}
