//! How events and operations are written down and read again. Pure functions.
//!
//! Events are JSON: people look at those that were set aside. Operations are in postcard's form, as they hold files.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use serde_json::value::RawValue;
use smol_str::SmolStr;
use tokio::time::Instant;

use crate::action::{Operation, Part, SendOperation, WireButton};
use crate::content::{Button, Media, MediaSource, StyledText};
use crate::event::{AttachmentKind, ChatKind, Event, EventKind, FileRef, Raw, ReplyToken, User};
use crate::id::{Chat, EventId, MessageId, NetworkId, ServerId};
use crate::store::{BODY_LIMIT, StoredEvent, Timestamp};

/// The form of operations; another one is not read.
const OPERATION_FORM: u8 = 1;

/// What is left for the rest of an event beside its raw JSON.
const RAW_LIMIT: usize = BODY_LIMIT / 2;

/// How long the rest of an event is most of the time, in bytes.
const BESIDE_RAW: usize = 512;

#[derive(Serialize, Deserialize)]
struct KeptEvent<'a> {
    chat_kind: ChatKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    server: Option<Cow<'a, ServerId>>,
    user: Option<Cow<'a, User>>,
    reply: Option<Cow<'a, str>>,
    event: Cow<'a, EventKind>,
    raw: Option<Cow<'a, RawValue>>,
    /// The tasks that go on with it, where it is one that comes again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    resumed: Vec<Resumed>,
    /// The event that it was at first, where it is one that comes again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first: Option<EventId>,
}

/// A task that goes on after a restart.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Resumed {
    /// Which of the tasks that the event starts, from 0.
    pub(crate) index: u32,
    pub(crate) id: u64,
    pub(crate) card: Option<MessageId>,
    /// The last checkpoint, in its own form. It stands in a value of its own, as it may be as large as an event.
    #[serde(skip)]
    pub(crate) checkpoint: Option<Bytes>,
}

/// What an event that comes again goes on with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Again {
    pub(crate) resumed: Vec<Resumed>,
    /// The event that it was at first.
    pub(crate) first: Option<EventId>,
}

/// An event as it is kept. Its chat, id and times stand beside it in the store.
pub(crate) fn write_event(event: &Event) -> Bytes {
    let reply = event.reply.as_ref().map(ReplyToken::as_str);
    write(event, reply, Again::default()).into()
}

/// An event that may come again much later: nothing of it can be answered by its token then.
pub(crate) fn write_origin(event: &Event, again: Again) -> String {
    String::from_utf8(write(event, None, again)).unwrap_or_default()
}

fn write(event: &Event, reply: Option<&str>, again: Again) -> Vec<u8> {
    let raw = event.raw.to_value();
    let length = raw.as_ref().map_or(0, |raw| raw.get().len());
    let mut kept = KeptEvent {
        chat_kind: event.chat_kind,
        server: event.server.as_ref().map(Cow::Borrowed),
        user: event.user.as_ref().map(Cow::Borrowed),
        reply: reply.map(Cow::Borrowed),
        event: Cow::Borrowed(&event.kind),
        raw: raw.filter(|_| length <= RAW_LIMIT),
        resumed: again.resumed,
        first: again.first,
    };
    let body = write_down(&kept, length);
    if body.len() <= BODY_LIMIT {
        return body;
    }
    kept.raw = None;
    write_down(&kept, 0)
}

fn write_down(kept: &KeptEvent<'_>, raw: usize) -> Vec<u8> {
    let mut body = Vec::with_capacity(raw + BESIDE_RAW);
    // Every part of it can be written: there are no maps with keys that are no text.
    match serde_json::to_writer(&mut body, kept) {
        Ok(()) => body,
        Err(_) => Vec::new(),
    }
}

/// Reads an event again, with the tasks that go on with it.
pub(super) fn read_event(
    chat: &Chat,
    stored: &StoredEvent,
    now: Timestamp,
) -> Result<(Event, Again), String> {
    let (mut event, again) = read(chat, &stored.id, &stored.body)?;
    let age = now.since(stored.received);
    event.received = event.received.checked_sub(age).unwrap_or(event.received);
    event.sent = stored
        .sent
        .map(|at| std::time::UNIX_EPOCH + at.since(Timestamp(0)));
    Ok((event, again))
}

/// Reads what [`write_origin`] has written.
pub(crate) fn read_origin(chat: &Chat, id: &EventId, body: &str) -> Result<Event, String> {
    read(chat, id, body.as_bytes()).map(|(event, _)| event)
}

fn read(chat: &Chat, id: &EventId, body: &[u8]) -> Result<(Event, Again), String> {
    let kept: KeptEvent<'_> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let raw = kept.raw.map(|raw| raw.get().to_owned());
    let event = Event {
        id: id.clone(),
        chat: chat.clone(),
        chat_kind: kept.chat_kind,
        server: kept.server.map(Cow::into_owned),
        user: kept.user.map(Cow::into_owned),
        received: Instant::now(),
        sent: None,
        reply: kept.reply.map(|reply| ReplyToken::new(&*reply)),
        kind: kept.event.into_owned(),
        raw: Raw::json(raw.unwrap_or_else(|| "null".to_owned())),
    };
    let again = Again {
        resumed: kept.resumed,
        first: kept.first,
    };
    Ok((event, again))
}

#[derive(Serialize, Deserialize)]
struct KeptOperation {
    chat_kind: ChatKind,
    what: KeptWhat,
}

#[derive(Serialize, Deserialize)]
enum KeptWhat {
    Send {
        reply: Option<String>,
        replies_to: Option<MessageId>,
        text: StyledText,
        media: Vec<KeptMedia>,
        buttons: Vec<Vec<(Button, Option<SmolStr>)>>,
        ephemeral: bool,
        nonce: u64,
    },
    Acknowledge {
        reply: String,
        note: Option<String>,
    },
}

#[derive(Serialize, Deserialize)]
struct KeptMedia {
    kind: AttachmentKind,
    name: SmolStr,
    mime: Option<SmolStr>,
    source: KeptSource,
    description: Option<String>,
}

#[derive(Serialize, Deserialize)]
enum KeptSource {
    Bytes(ByteBuf),
    Path(std::path::PathBuf),
    Received { network: Option<SmolStr>, file: FileRef },
}

/// An operation as it is kept, or nothing where it is none that is kept, or larger than the store takes.
pub(super) fn write_operation(operation: &Operation, chat_kind: ChatKind) -> Option<Bytes> {
    let what = match operation {
        Operation::Send(send) => KeptWhat::Send {
            reply: send.reply.as_ref().map(|reply| reply.as_str().to_owned()),
            replies_to: send.replies_to.clone(),
            text: StyledText::clone(&send.part.text),
            media: send.part.media.iter().map(keep_media).collect::<Option<_>>()?,
            buttons: send
                .part
                .buttons
                .iter()
                .map(|row| {
                    row.iter()
                        .map(|wire| (wire.button.clone(), wire.token.clone()))
                        .collect()
                })
                .collect(),
            ephemeral: send.ephemeral,
            nonce: send.nonce,
        },
        Operation::Acknowledge { reply, note, .. } => KeptWhat::Acknowledge {
            reply: reply.as_str().to_owned(),
            note: note.clone(),
        },
        _ => return None,
    };
    let mut body = vec![OPERATION_FORM];
    body.extend(postcard::to_allocvec(&KeptOperation { chat_kind, what }).ok()?);
    (body.len() <= BODY_LIMIT).then(|| body.into())
}

/// Reads an operation again.
pub(super) fn read_operation(
    chat: &Chat,
    body: &[u8],
    networks: &[NetworkId],
) -> Result<(Operation, ChatKind), String> {
    let form = match body.split_first() {
        Some((&OPERATION_FORM, form)) => form,
        _ => return Err("it was written by another version".to_owned()),
    };
    let kept: KeptOperation = postcard::from_bytes(form).map_err(|error| error.to_string())?;
    let operation = match kept.what {
        KeptWhat::Send {
            reply,
            replies_to,
            text,
            media,
            buttons,
            ephemeral,
            nonce,
        } => {
            let media: Result<_, String> = media
                .into_iter()
                .map(|media| read_media(media, networks))
                .collect();
            let wire = |(button, token)| WireButton { button, token };
            Operation::Send(SendOperation {
                chat: chat.clone(),
                reply: reply.map(ReplyToken::new),
                replies_to,
                part: Part {
                    text: Arc::new(text),
                    media: media?,
                    buttons: buttons
                        .into_iter()
                        .map(|row| row.into_iter().map(wire).collect())
                        .collect(),
                },
                ephemeral,
                nonce,
            })
        }
        KeptWhat::Acknowledge { reply, note } => Operation::Acknowledge {
            chat: chat.clone(),
            reply: ReplyToken::new(reply),
            note,
        },
    };
    Ok((operation, kept.chat_kind))
}

fn keep_media(media: &Media) -> Option<KeptMedia> {
    let source = match &media.source {
        // Not worth a copy where it cannot be kept.
        MediaSource::Bytes(bytes) if bytes.len() > BODY_LIMIT => return None,
        MediaSource::Bytes(bytes) => KeptSource::Bytes(ByteBuf::from(bytes.to_vec())),
        MediaSource::Path(path) => KeptSource::Path(path.clone()),
        MediaSource::Received { network, file } => KeptSource::Received {
            network: network.map(|network| SmolStr::new(network.as_str())),
            file: file.clone(),
        },
    };
    Some(KeptMedia {
        kind: media.kind,
        name: media.name.clone(),
        mime: media.mime.clone(),
        source,
        description: media.description.clone(),
    })
}

fn read_media(media: KeptMedia, networks: &[NetworkId]) -> Result<Media, String> {
    let source = match media.source {
        KeptSource::Bytes(bytes) => MediaSource::Bytes(bytes.into_vec().into()),
        KeptSource::Path(path) => MediaSource::Path(path),
        KeptSource::Received { network, file } => {
            let known = |name: SmolStr| {
                let found = networks.iter().find(|network| network.as_str() == name);
                found.copied().ok_or_else(|| format!("the bot is not on {name}"))
            };
            MediaSource::Received {
                network: network.map(known).transpose()?,
                file,
            }
        }
    };
    Ok(Media {
        kind: media.kind,
        name: media.name,
        mime: media.mime,
        source,
        description: media.description,
    })
}
