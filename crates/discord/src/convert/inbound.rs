//! From serenity's gateway events to core's. Total: what has no word of its own becomes `Other` with its JSON.
//!
//! Runs in the shard's loop, once for each event and by reference. Interactions are entered into the book of open
//! ones here, so that their deadline counts from receipt.

mod interactions;
mod posted;

use std::any::Any;
use std::collections::HashSet;
use std::sync::{Arc, RwLock};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use duologue_core::{
    AccountId, Attachment, AttachmentKind, Chat, ChatId, ChatKind, Event, EventId, EventKind, FileRef,
    MemberChange, MemberStatus, Message, MessageId, Native, NetworkId, Other, Raw, Reaction, ReplyToken,
    ServerId, User, UserId,
};
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use serenity::model::channel::{self, ReactionType};
use serenity::model::event::{Event as Dispatch, MessageUpdateEvent};
use serenity::model::id::GuildId;
use serenity::model::user;
use smol_str::{SmolStr, format_smolstr};
use tokio::time::Instant;

pub(crate) use self::posted::Posted;
use super::message::styled;
use crate::gateway::Place;
use crate::interaction::Interactions;

/// The name under which Discord stands in chats and events.
pub const NETWORK: NetworkId = NetworkId::new("discord");

/// The first second of Discord's ids: 2015-01-01, in milliseconds since 1970.
const DISCORD_EPOCH: u64 = 1_420_070_400_000;

/// Converts the events of one account.
pub(crate) struct Inbound {
    pub(crate) account: AccountId,
    pub(crate) bot: u64,
    pub(crate) interactions: Arc<Interactions>,
    /// Commands whose answers are for one person alone.
    pub(crate) ephemeral: Arc<RwLock<HashSet<SmolStr>>>,
}

/// A dispatched event as serenity parsed it.
struct RawEvent {
    dispatch: Dispatch,
    /// Its JSON as it came, where that is at hand: serenity's types leave out what they do not know.
    json: Option<Bytes>,
}

impl Native for RawEvent {
    fn to_json(&self) -> Option<Box<RawValue>> {
        match &self.json {
            Some(json) => serde_json::from_slice(json).ok(),
            None => to_raw_value(&self.dispatch).ok(),
        }
    }

    fn as_any(&self) -> &dyn Any {
        &self.dispatch
    }
}

/// What an event's envelope is made from.
struct Envelope {
    id: EventId,
    channel: u64,
    guild: Option<u64>,
    user: Option<User>,
    sent: Option<SystemTime>,
    reply: Option<ReplyToken>,
}

impl Inbound {
    /// The event for core, or nothing for what is the bot's own doing or the protocol's.
    pub(crate) fn convert(&self, dispatch: &Dispatch, place: Place, session: &str) -> Option<Event> {
        let by_place = || EventId::new(format_smolstr!("{session}/{}", place.seq));
        let (envelope, kind) = match dispatch {
            Dispatch::Ready(_) | Dispatch::Resumed(_) => return None,
            Dispatch::InteractionCreate(created) => match self.interaction(&created.interaction) {
                Some(known) => known,
                None => return Some(self.other(dispatch, by_place())),
            },
            Dispatch::MessageCreate(created) => self.message(&created.message)?,
            Dispatch::MessageUpdate(update) => self.edited(update, by_place())?,
            Dispatch::MessageDelete(deleted) => {
                let ids = vec![MessageId::number(deleted.message_id)];
                let envelope = Envelope::plain(
                    by_place(),
                    deleted.channel_id.get(),
                    deleted.guild_id.map(GuildId::get),
                    None,
                );
                (envelope, EventKind::MessagesDeleted(ids))
            }
            Dispatch::MessageDeleteBulk(deleted) => {
                let ids = deleted.ids.iter().map(MessageId::number).collect();
                let envelope = Envelope::plain(
                    by_place(),
                    deleted.channel_id.get(),
                    deleted.guild_id.map(GuildId::get),
                    None,
                );
                (envelope, EventKind::MessagesDeleted(ids))
            }
            Dispatch::ReactionAdd(added) => self.reaction(&added.reaction, true, by_place())?,
            Dispatch::ReactionRemove(removed) => self.reaction(&removed.reaction, false, by_place())?,
            Dispatch::GuildMemberAdd(added) => {
                let user = &added.member.user;
                self.member(
                    user,
                    added.member.guild_id.get(),
                    MemberStatus::Joined,
                    by_place(),
                )
            }
            Dispatch::GuildMemberRemove(removed) => self.member(
                &removed.user,
                removed.guild_id.get(),
                MemberStatus::Left,
                by_place(),
            ),
            _ => return Some(self.other(dispatch, by_place())),
        };
        let raw = RawEvent {
            dispatch: dispatch.clone(),
            json: None,
        };
        Some(self.event(envelope, kind, Raw::native(Arc::new(raw))))
    }

    fn event(&self, envelope: Envelope, kind: EventKind, raw: Raw) -> Event {
        Event {
            id: envelope.id,
            chat: self.chat(envelope.channel),
            chat_kind: match envelope.guild {
                Some(_) => ChatKind::Group,
                None => ChatKind::Private,
            },
            server: envelope.guild.map(ServerId::number),
            user: envelope.user,
            received: Instant::now(),
            sent: envelope.sent,
            reply: envelope.reply,
            kind,
            raw,
        }
    }

    fn chat(&self, channel: u64) -> Chat {
        Chat {
            network: NETWORK,
            account: self.account.clone(),
            id: ChatId::number(channel),
            thread: None,
        }
    }

    fn message(&self, message: &channel::Message) -> Option<(Envelope, EventKind)> {
        if message.author.id.get() == self.bot {
            return None;
        }
        let mut author = person(&message.author, None);
        author.bot |= message.webhook_id.is_some();
        let answered = message
            .referenced_message
            .as_ref()
            .map(|other| other.author.id.get());
        let addressed = answered == Some(self.bot) || mentions(&message.mentions, self.bot);
        let envelope = Envelope {
            id: EventId::number(message.id),
            channel: message.channel_id.get(),
            guild: message.guild_id.map(GuildId::get),
            user: Some(author),
            sent: Some(time_of(message.id.get())),
            reply: None,
        };
        let kind = EventKind::Message(Message {
            id: Some(MessageId::number(message.id)),
            text: self.text(&message.content, &message.mentions),
            attachments: message.attachments.iter().map(attachment).collect(),
            replies_to: replied_to(message.message_reference.as_ref()),
            addressed,
            group: None,
        });
        Some((envelope, kind))
    }

    /// A change of what was said; a preview that Discord adds by itself is none.
    fn edited(&self, update: &MessageUpdateEvent, id: EventId) -> Option<(Envelope, EventKind)> {
        update.edited_timestamp?;
        let content = update.content.as_ref()?;
        if update
            .author
            .as_ref()
            .is_some_and(|author| author.id.get() == self.bot)
        {
            return None;
        }
        let author = update.author.as_ref().map(|author| person(author, None));
        let mentioned = update.mentions.as_deref().unwrap_or_default();
        let envelope = Envelope::plain(
            id,
            update.channel_id.get(),
            update.guild_id.map(GuildId::get),
            author,
        );
        let kind = EventKind::MessageEdited(Message {
            id: Some(MessageId::number(update.id)),
            text: self.text(content, mentioned),
            attachments: update.attachments.iter().flatten().map(attachment).collect(),
            replies_to: replied_to(update.message_reference.as_ref().and_then(Option::as_ref)),
            addressed: mentions(mentioned, self.bot),
            group: None,
        });
        Some((envelope, kind))
    }

    fn text(&self, content: &str, mentioned: &[user::User]) -> duologue_core::content::StyledText {
        styled(content, self.bot, &|id| {
            mentioned
                .iter()
                .find(|user| user.id.get() == id)
                .map(|user| user.display_name().to_owned())
        })
    }

    fn reaction(
        &self,
        reaction: &channel::Reaction,
        added: bool,
        id: EventId,
    ) -> Option<(Envelope, EventKind)> {
        let user = reaction.user_id?;
        if user.get() == self.bot {
            return None;
        }
        let known = reaction.member.as_ref().map(|member| person(&member.user, None));
        let user = known.unwrap_or_else(|| unnamed(user.get()));
        let emoji = match &reaction.emoji {
            ReactionType::Unicode(emoji) => SmolStr::new(emoji),
            ReactionType::Custom { id, name, .. } => {
                format_smolstr!("{}:{id}", name.as_deref().unwrap_or("_"))
            }
            _ => return None,
        };
        let (added, removed) = if added {
            (vec![emoji], Vec::new())
        } else {
            (Vec::new(), vec![emoji])
        };
        let envelope = Envelope::plain(
            id,
            reaction.channel_id.get(),
            reaction.guild_id.map(GuildId::get),
            Some(user),
        );
        let kind = EventKind::Reaction(Reaction {
            message: MessageId::number(reaction.message_id),
            added,
            removed,
        });
        Some((envelope, kind))
    }

    /// Who is on a server; the chat is the server itself, as no channel is named.
    fn member(
        &self,
        user: &user::User,
        guild: u64,
        status: MemberStatus,
        id: EventId,
    ) -> (Envelope, EventKind) {
        let change = MemberChange {
            user: person(user, None),
            status,
            own: user.id.get() == self.bot,
        };
        (
            Envelope::plain(id, guild, Some(guild), Some(change.user.clone())),
            EventKind::Member(change),
        )
    }

    fn other(&self, dispatch: &Dispatch, id: EventId) -> Event {
        let json = serde_json::to_vec(dispatch).unwrap_or_default();
        let outline: Outline<'_> = serde_json::from_slice(&json).unwrap_or_default();
        let name = outline
            .t
            .map_or_else(|| dispatch.name().unwrap_or_default().into(), SmolStr::new);
        let data = outline.d.unwrap_or_default();
        let number = |text: Option<&str>| text.and_then(|text| text.parse::<u64>().ok());
        let channel = number(data.channel_id)
            .or(number(data.guild_id))
            .unwrap_or(self.bot);
        let user = number(data.user_id).map(unnamed);
        let envelope = Envelope::plain(id, channel, number(data.guild_id), user);
        self.event(envelope, EventKind::Other(Other { name }), Raw::json(json))
    }
}

/// What is read of an event without a word of its own.
#[derive(Default, Deserialize)]
struct Outline<'a> {
    #[serde(borrow)]
    t: Option<&'a str>,
    #[serde(borrow)]
    d: Option<OutlineData<'a>>,
}

#[derive(Default, Deserialize)]
struct OutlineData<'a> {
    #[serde(borrow)]
    channel_id: Option<&'a str>,
    #[serde(borrow)]
    guild_id: Option<&'a str>,
    #[serde(borrow)]
    user_id: Option<&'a str>,
}

impl Envelope {
    fn plain(id: EventId, channel: u64, guild: Option<u64>, user: Option<User>) -> Self {
        Self {
            id,
            channel,
            guild,
            user,
            sent: None,
            reply: None,
        }
    }
}

fn attachment(file: &channel::Attachment) -> Attachment {
    let mime = file.content_type.as_deref();
    let kind = match mime.and_then(|mime| mime.split('/').next()) {
        Some("image") => AttachmentKind::Photo,
        Some("video") => AttachmentKind::Video,
        Some("audio") => AttachmentKind::Audio,
        _ => AttachmentKind::Document,
    };
    Attachment {
        file: FileRef(SmolStr::new(&file.url)),
        kind,
        name: Some(SmolStr::new(&file.filename)),
        mime: mime.map(SmolStr::new),
        bytes: Some(file.size.into()),
        size: file.width.zip(file.height),
    }
}

fn person(user: &user::User, locale: Option<&str>) -> User {
    User {
        id: UserId::number(user.id),
        name: SmolStr::new(user.display_name()),
        handle: Some(SmolStr::new(&user.name)),
        language: locale
            .or(user.locale.as_deref())
            .filter(|locale| !locale.is_empty())
            .map(SmolStr::new),
        bot: user.bot,
        moderator: None,
    }
}

fn unnamed(id: u64) -> User {
    let id = UserId::number(id);
    User {
        name: SmolStr::new(id.as_str()),
        id,
        handle: None,
        language: None,
        bot: false,
        moderator: None,
    }
}

fn mentions(mentioned: &[user::User], bot: u64) -> bool {
    mentioned.iter().any(|user| user.id.get() == bot)
}

fn replied_to(reference: Option<&channel::MessageReference>) -> Option<MessageId> {
    reference?.message_id.map(MessageId::number)
}

/// When a thing with this id was made.
fn time_of(id: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis((id >> 22) + DISCORD_EPOCH)
}
