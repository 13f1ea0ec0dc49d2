//! What came in: the event, its envelope and its kinds. Pure data; adapters make it, the executor moves it.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use smol_str::SmolStr;
use tokio::time::Instant;

use crate::content::Media;
use crate::id::{Chat, EventId, MessageId, ServerId, UserId};

/// One thing that happened on a network, with the envelope that routing needs.
#[derive(Clone, Debug)]
pub struct Event {
    /// The network's own id, by which a second delivery is recognized.
    pub id: EventId,
    /// Where it happened.
    pub chat: Chat,
    /// What kind of chat that is.
    pub chat_kind: ChatKind,
    /// The server that the chat is on, where its network has servers with many chats. A private chat is on none.
    pub server: Option<ServerId>,
    /// Who did it, where the network says so.
    pub user: Option<User>,
    /// When this process received it; deadlines count from here.
    pub received: Instant,
    /// When it happened by the network's clock, where the network says so.
    pub sent: Option<SystemTime>,
    /// What must be used to answer it, where the network asks for that (an interaction, a press).
    pub reply: Option<ReplyToken>,
    /// What happened.
    pub kind: EventKind,
    /// The network's own form of it.
    pub raw: Raw,
}

/// What kind of chat an event comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ChatKind {
    /// One person and the bot.
    Private,
    /// Several people.
    Group,
    /// A place where few write and many read.
    Broadcast,
}

/// A person or bot, as far as an event tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The id on its network.
    pub id: UserId,
    /// The name to show.
    pub name: SmolStr,
    /// The unique handle, without `@`.
    pub handle: Option<SmolStr>,
    /// The language that the network reports, as an IETF tag.
    pub language: Option<SmolStr>,
    /// Whether it is a bot.
    pub bot: bool,
    /// Whether they are a moderator of the chat, where the event says so.
    pub moderator: Option<bool>,
}

/// What happened. More kinds will come: match with a wildcard arm.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub enum EventKind {
    /// A command, by slash command or by text.
    Command(CommandCall),
    /// A message that is not a command.
    Message(Message),
    /// A message was changed; this is its new form.
    MessageEdited(Message),
    /// Messages were deleted.
    MessagesDeleted(Vec<MessageId>),
    /// A button or another component was used.
    Press(Press),
    /// The button that stops a draft was pressed.
    Stop(Stop),
    /// A reaction was added or taken away.
    Reaction(Reaction),
    /// Somebody joined, left or was changed in a chat; also the bot itself.
    Member(MemberChange),
    /// Something this version has no words for. Its JSON is in [`Event::raw`]; nothing is lost.
    Other(Other),
}

impl EventKind {
    /// The kind in one word, for logs and metrics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Command(_) => "command",
            Self::Message(_) => "message",
            Self::MessageEdited(_) => "message_edited",
            Self::MessagesDeleted(_) => "messages_deleted",
            Self::Press(_) => "press",
            Self::Stop(_) => "stop",
            Self::Reaction(_) => "reaction",
            Self::Member(_) => "member",
            Self::Other(_) => "other",
        }
    }
}

/// A command as it arrived, before its arguments are checked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CommandCall {
    /// The name without a prefix, lower case.
    pub name: SmolStr,
    /// The arguments in the form the network gave.
    pub input: CommandInput,
    /// Files that came with a command that is text: its own, or where it has none, those of the message it answers.
    pub attachments: Vec<Attachment>,
    /// The message that carries the command, where it is one.
    pub message: Option<MessageId>,
    /// The message it answers, where it answers one.
    pub replies_to: Option<MessageId>,
    /// Messages that belong together, such as an album, share this id.
    pub group: Option<SmolStr>,
}

/// The arguments of a command as they arrived.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum CommandInput {
    /// The text behind the command's name, with the styles and mentions it came with.
    Text(crate::content::StyledText),
    /// Options that the network parsed, by name.
    Options(Vec<(SmolStr, OptionValue)>),
}

/// A value that the network parsed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum OptionValue {
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// Yes or no.
    Bool(bool),
    /// Text.
    Text(String),
    /// A person.
    User(User),
    /// A file.
    Attachment(Box<Attachment>),
}

/// A message that came in.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Message {
    /// Its id.
    pub id: Option<MessageId>,
    /// Its text with what is bold, a link and so on; empty for a message of files alone.
    pub text: crate::content::StyledText,
    /// Its files.
    pub attachments: Vec<Attachment>,
    /// The message it answers.
    pub replies_to: Option<MessageId>,
    /// Whether it speaks to the bot: by mention or as an answer to it. The mention itself is taken out of the text.
    pub addressed: bool,
    /// Messages that belong together, such as an album, share this id.
    pub group: Option<SmolStr>,
}

/// A file that came in. It is fetched only when a handler asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attachment {
    /// How to fetch it.
    pub file: FileRef,
    /// What it is.
    pub kind: AttachmentKind,
    /// Its name, where the network keeps one.
    pub name: Option<SmolStr>,
    /// Its media type, where the network tells.
    pub mime: Option<SmolStr>,
    /// Its size in bytes, where the network tells.
    pub bytes: Option<u64>,
    /// Width and height in pixels, for pictures and videos.
    pub size: Option<(u32, u32)>,
}

/// What a file is to the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum AttachmentKind {
    /// A picture that the network shows.
    Photo,
    /// A moving picture.
    Video,
    /// Sound.
    Audio,
    /// Any other file.
    Document,
}

/// A file on a network, opaque outside its adapter.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileRef(pub SmolStr);

/// A button or another component that was used.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Press {
    /// The token that the wire carried; see [`Button`](crate::content::Button).
    pub token: SmolStr,
    /// The message that holds the button.
    pub message: Option<MessageId>,
    /// What was chosen, for a component with choices.
    pub values: Vec<SmolStr>,
}

/// A draft that a person has stopped. The network takes the preview away; what was being written is the bot's to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Its number.
    pub draft: u64,
}

/// A reaction that was added or taken away.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reaction {
    /// The message.
    pub message: MessageId,
    /// The reactions that are new.
    pub added: Vec<SmolStr>,
    /// The reactions that are gone.
    pub removed: Vec<SmolStr>,
}

/// A change of who is in a chat.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MemberChange {
    /// Whom it is about.
    pub user: User,
    /// What they are now.
    pub status: MemberStatus,
    /// Whether it is about the bot itself.
    pub own: bool,
}

/// What somebody is in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum MemberStatus {
    /// A member.
    Joined,
    /// A member with rights of moderation.
    Moderator,
    /// Gone by own will.
    Left,
    /// Put out, or the bot was blocked.
    Removed,
    /// In the chat with fewer rights, or changed in a way this version has no word for.
    Restricted,
}

/// An event without a kind of its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Other {
    /// The network's name for it.
    pub name: SmolStr,
}

/// What must be used to answer an event, opaque outside its adapter. It is as good as a secret while it lives, so it
/// has a redacted `Debug`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ReplyToken(Arc<str>);

impl ReplyToken {
    /// Wraps what the adapter needs to answer.
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The adapter's own text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ReplyToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReplyToken(..)")
    }
}

/// An event in the network's own form: raw JSON, or the library's type where the library parses the wire itself.
#[derive(Clone)]
pub struct Raw(RawForm);

#[derive(Clone)]
enum RawForm {
    Json(Bytes),
    Native(Arc<dyn Native>),
}

/// A library's own event type that can be written as the network's JSON.
pub trait Native: Any + Send + Sync {
    /// The event as JSON; nothing where it cannot be written.
    fn to_json(&self) -> Option<Box<RawValue>>;

    /// Itself, for a downcast by the adapter's extension trait.
    fn as_any(&self) -> &dyn Any;
}

impl Raw {
    /// Keeps JSON as it came.
    #[must_use]
    pub fn json(json: impl Into<Bytes>) -> Self {
        Self(RawForm::Json(json.into()))
    }

    /// Keeps a library's type; its JSON is made only when asked for.
    #[must_use]
    pub fn native(event: Arc<dyn Native>) -> Self {
        Self(RawForm::Native(event))
    }

    /// The JSON text.
    #[must_use]
    pub fn to_json(&self) -> Bytes {
        match &self.0 {
            RawForm::Json(json) => json.clone(),
            RawForm::Native(event) => {
                let json: Box<str> = event.to_json().unwrap_or_default().into();
                Bytes::from(String::from(json))
            }
        }
    }

    /// The same as a value; nothing where what the adapter gave is no JSON.
    pub(crate) fn to_value(&self) -> Option<Cow<'_, RawValue>> {
        match &self.0 {
            RawForm::Json(json) => serde_json::from_slice(json).ok().map(Cow::Borrowed),
            RawForm::Native(event) => event.to_json().map(Cow::Owned),
        }
    }

    /// The library's type, where the adapter kept one of this type.
    #[must_use]
    pub fn downcast<T: 'static>(&self) -> Option<&T> {
        match &self.0 {
            RawForm::Json(_) => None,
            RawForm::Native(event) => event.as_any().downcast_ref(),
        }
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            RawForm::Json(json) => write!(f, "Raw({} bytes of JSON)", json.len()),
            RawForm::Native(_) => f.write_str("Raw(native)"),
        }
    }
}

impl Event {
    /// What the messages of an album share.
    #[must_use]
    pub fn group(&self) -> Option<&SmolStr> {
        match &self.kind {
            EventKind::Command(call) => call.group.as_ref(),
            EventKind::Message(message) => message.group.as_ref(),
            _ => None,
        }
    }

    /// Takes in another part of the same album: its files, and its words where this one has none.
    pub(crate) fn join(&mut self, mut part: Self) {
        let mut files = self.attachments_mut().map(std::mem::take).unwrap_or_default();
        files.append(part.attachments_mut().unwrap_or(&mut Vec::new()));
        if part.has_words() && !self.has_words() {
            self.kind = part.kind;
        }
        if let Some(attachments) = self.attachments_mut() {
            *attachments = files;
        }
    }

    fn has_words(&self) -> bool {
        match &self.kind {
            EventKind::Message(message) => !message.text.is_empty(),
            _ => true,
        }
    }

    fn attachments_mut(&mut self) -> Option<&mut Vec<Attachment>> {
        match &mut self.kind {
            EventKind::Command(call) => Some(&mut call.attachments),
            EventKind::Message(message) => Some(&mut message.attachments),
            _ => None,
        }
    }
    /// The message that this event is about, where there is one.
    #[must_use]
    pub fn message_id(&self) -> Option<&MessageId> {
        match &self.kind {
            EventKind::Command(call) => call.message.as_ref(),
            EventKind::Message(message) | EventKind::MessageEdited(message) => message.id.as_ref(),
            EventKind::Press(press) => press.message.as_ref(),
            EventKind::Reaction(reaction) => Some(&reaction.message),
            EventKind::MessagesDeleted(_)
            | EventKind::Stop(_)
            | EventKind::Member(_)
            | EventKind::Other(_) => None,
        }
    }
}

/// A file that came in can be sent back as it came.
impl From<&Attachment> for Media {
    fn from(attachment: &Attachment) -> Self {
        Media::received(attachment)
    }
}
