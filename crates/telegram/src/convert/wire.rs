//! What we read of the Bot API's objects: only what `core`'s words need, borrowed from the answer. What is not named
//! here is skipped and stays in the raw JSON. Pure data.

use serde::Deserialize;

use crate::call::Text;
use crate::convert::entities::WireEntity;

#[derive(Debug, Deserialize)]
pub(super) struct Chat<'a> {
    pub(super) id: i64,
    #[serde(borrow, rename = "type", default)]
    pub(super) kind: Text<'a>,
}

#[derive(Debug, Deserialize)]
pub(super) struct User<'a> {
    pub(super) id: i64,
    #[serde(default)]
    pub(super) is_bot: bool,
    #[serde(borrow, default)]
    pub(super) first_name: Text<'a>,
    #[serde(borrow)]
    pub(super) last_name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) username: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) language_code: Option<Text<'a>>,
}

/// A draft whose writing a person has stopped.
#[derive(Debug, Deserialize)]
pub(super) struct StoppedGeneration<'a> {
    #[serde(borrow)]
    pub(super) chat: Chat<'a>,
    pub(super) message_thread_id: Option<i64>,
    pub(super) draft_id: i64,
}

/// A message with everything that we have words for.
#[derive(Debug, Deserialize)]
pub(super) struct Message<'a> {
    pub(super) message_id: i64,
    pub(super) message_thread_id: Option<i64>,
    #[serde(default)]
    pub(super) is_topic_message: bool,
    pub(super) date: Option<i64>,
    #[serde(borrow)]
    pub(super) chat: Chat<'a>,
    #[serde(borrow)]
    pub(super) from: Option<User<'a>>,
    #[serde(borrow)]
    pub(super) text: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) entities: Vec<WireEntity<'a>>,
    #[serde(borrow)]
    pub(super) caption: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) caption_entities: Vec<WireEntity<'a>>,
    #[serde(borrow)]
    pub(super) reply_to_message: Option<Box<Replied<'a>>>,
    #[serde(borrow)]
    pub(super) media_group_id: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) photo: Vec<File<'a>>,
    #[serde(borrow)]
    pub(super) animation: Option<Box<File<'a>>>,
    #[serde(borrow)]
    pub(super) document: Option<Box<File<'a>>>,
    #[serde(borrow)]
    pub(super) audio: Option<Box<File<'a>>>,
    #[serde(borrow)]
    pub(super) voice: Option<Box<File<'a>>>,
    #[serde(borrow)]
    pub(super) video: Option<Box<File<'a>>>,
    #[serde(borrow)]
    pub(super) video_note: Option<Box<File<'a>>>,
    #[serde(borrow)]
    pub(super) sticker: Option<Box<File<'a>>>,
}

/// The least of a message, for one whose other fields have a form that this version does not know.
#[derive(Debug, Deserialize)]
pub(super) struct BareMessage<'a> {
    pub(super) message_id: i64,
    pub(super) message_thread_id: Option<i64>,
    #[serde(default)]
    pub(super) is_topic_message: bool,
    pub(super) date: Option<i64>,
    #[serde(borrow)]
    pub(super) chat: Chat<'a>,
    #[serde(borrow)]
    pub(super) from: Option<User<'a>>,
    #[serde(borrow)]
    pub(super) text: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) caption: Option<Text<'a>>,
}

impl<'a> From<BareMessage<'a>> for Message<'a> {
    fn from(bare: BareMessage<'a>) -> Self {
        Self {
            message_id: bare.message_id,
            message_thread_id: bare.message_thread_id,
            is_topic_message: bare.is_topic_message,
            date: bare.date,
            chat: bare.chat,
            from: bare.from,
            text: bare.text,
            entities: Vec::new(),
            caption: bare.caption,
            caption_entities: Vec::new(),
            reply_to_message: None,
            media_group_id: None,
            photo: Vec::new(),
            animation: None,
            document: None,
            audio: None,
            voice: None,
            video: None,
            video_note: None,
            sticker: None,
        }
    }
}

/// The message that is answered.
#[derive(Debug, Deserialize)]
pub(super) struct Replied<'a> {
    pub(super) message_id: i64,
    pub(super) from: Option<Id>,
    #[serde(borrow, default)]
    pub(super) photo: Vec<File<'a>>,
    #[serde(borrow)]
    pub(super) animation: Option<Box<File<'a>>>,
    #[serde(borrow)]
    pub(super) document: Option<Box<File<'a>>>,
    #[serde(borrow)]
    pub(super) audio: Option<Box<File<'a>>>,
    #[serde(borrow)]
    pub(super) voice: Option<Box<File<'a>>>,
    #[serde(borrow)]
    pub(super) video: Option<Box<File<'a>>>,
    #[serde(borrow)]
    pub(super) video_note: Option<Box<File<'a>>>,
    #[serde(borrow)]
    pub(super) sticker: Option<Box<File<'a>>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Id {
    pub(super) id: i64,
}

/// A file of any kind: a picture's size, a document, a sticker.
#[derive(Debug, Deserialize)]
pub(super) struct File<'a> {
    #[serde(borrow)]
    pub(super) file_id: Text<'a>,
    #[serde(borrow)]
    pub(super) file_name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) mime_type: Option<Text<'a>>,
    pub(super) file_size: Option<u64>,
    pub(super) width: Option<u32>,
    pub(super) height: Option<u32>,
    /// Both sides of a round video.
    pub(super) length: Option<u32>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CallbackQuery<'a> {
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    #[serde(borrow)]
    pub(super) from: User<'a>,
    #[serde(borrow)]
    pub(super) message: Option<PressedMessage<'a>>,
    #[serde(borrow)]
    pub(super) data: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PressedMessage<'a> {
    pub(super) message_id: i64,
    pub(super) message_thread_id: Option<i64>,
    #[serde(default)]
    pub(super) is_topic_message: bool,
    #[serde(borrow)]
    pub(super) chat: Chat<'a>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ReactionUpdate<'a> {
    #[serde(borrow)]
    pub(super) chat: Chat<'a>,
    pub(super) message_id: i64,
    #[serde(borrow)]
    pub(super) user: Option<User<'a>>,
    pub(super) date: Option<i64>,
    #[serde(borrow, default)]
    pub(super) old_reaction: Vec<ReactionType<'a>>,
    #[serde(borrow, default)]
    pub(super) new_reaction: Vec<ReactionType<'a>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ReactionType<'a> {
    #[serde(borrow, rename = "type", default)]
    pub(super) kind: Text<'a>,
    #[serde(borrow)]
    pub(super) emoji: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) custom_emoji_id: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct MemberUpdate<'a> {
    #[serde(borrow)]
    pub(super) chat: Chat<'a>,
    #[serde(borrow)]
    pub(super) from: User<'a>,
    pub(super) date: Option<i64>,
    #[serde(borrow)]
    pub(super) new_chat_member: Member<'a>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Member<'a> {
    #[serde(borrow)]
    pub(super) user: User<'a>,
    #[serde(borrow, default)]
    pub(super) status: Text<'a>,
    /// Of one who is restricted: whether they are still in the chat.
    pub(super) is_member: Option<bool>,
}

/// Whatever an update without words of ours may tell about where it belongs.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Anything<'a> {
    #[serde(borrow)]
    pub(super) chat: Option<Chat<'a>>,
    #[serde(borrow)]
    pub(super) from: Option<User<'a>>,
    #[serde(borrow)]
    pub(super) user: Option<User<'a>>,
    pub(super) date: Option<i64>,
    pub(super) message_thread_id: Option<i64>,
    #[serde(default)]
    pub(super) is_topic_message: bool,
}
