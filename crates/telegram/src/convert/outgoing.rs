//! From `core`'s operations to the bodies of requests that hold no files. Pure functions.

use duologue_core::content::StyledText;
use duologue_core::{Chat, MessageId, Part, SendErrorKind, SendOperation};
use serde::Serialize;

use crate::convert::entities::{EntityOut, to_wire};
use crate::convert::keyboard::{Keyboard, keyboard};

/// `chat_id`: a number, or the `@name` of a public chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum ChatAddress<'a> {
    /// A chat by its id.
    Id(i64),
    /// A public chat by its name.
    Name(&'a str),
}

/// The body of `sendMessage`.
#[derive(Debug, Serialize)]
pub(crate) struct SendText<'a> {
    chat_id: ChatAddress<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_thread_id: Option<i64>,
    text: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entities: Vec<EntityOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_preview_options: Option<NoPreview>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_parameters: Option<ReplyTo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_markup: Option<Keyboard<'a>>,
}

/// The body of `editMessageText` and `editMessageCaption`.
#[derive(Debug, Serialize)]
pub(crate) struct EditText<'a> {
    chat_id: ChatAddress<'a>,
    message_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entities: Vec<EntityOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caption: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    caption_entities: Vec<EntityOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_preview_options: Option<NoPreview>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_markup: Option<Keyboard<'a>>,
}

#[derive(Debug, Serialize)]
struct NoPreview {
    is_disabled: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct ReplyTo {
    message_id: i64,
    allow_sending_without_reply: bool,
}

/// The body of `sendMessageDraft`.
#[derive(Debug, Serialize)]
pub(crate) struct SendDraft<'a> {
    chat_id: ChatAddress<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_thread_id: Option<i64>,
    draft_id: u64,
    text: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entities: Vec<EntityOut<'a>>,
    /// Whether the person gets a button to stop it (since Bot API 10.3; older servers leave it out).
    can_stop: bool,
}

/// Where a chat's messages go.
pub(crate) fn chat_address(chat: &Chat) -> ChatAddress<'_> {
    chat.id
        .parse()
        .map_or_else(|| ChatAddress::Name(chat.id.as_str()), ChatAddress::Id)
}

/// `message_thread_id`.
pub(crate) fn thread(chat: &Chat) -> Option<i64> {
    chat.thread.as_ref().and_then(|thread| thread.parse())
}

/// `message_id`.
pub(crate) fn message_number(id: &MessageId) -> Result<i64, SendErrorKind> {
    id.parse()
        .ok_or_else(|| SendErrorKind::NotFound(format!("`{id}` is no message of this network")))
}

/// The body that sends a text.
pub(crate) fn send_text(send: &SendOperation, link_previews: bool) -> SendText<'_> {
    SendText {
        chat_id: chat_address(&send.chat),
        message_thread_id: thread(&send.chat),
        text: &send.part.text.text,
        entities: to_wire(&send.part.text),
        link_preview_options: previews(link_previews),
        reply_parameters: reply_to(send),
        reply_markup: keyboard(&send.part.buttons),
    }
}

/// The body that shows a draft.
pub(crate) fn send_draft<'a>(chat: &'a Chat, draft: u64, text: &'a StyledText) -> SendDraft<'a> {
    SendDraft {
        chat_id: chat_address(chat),
        message_thread_id: thread(chat),
        draft_id: draft,
        text: &text.text,
        entities: to_wire(text),
        can_stop: true,
    }
}

/// The body that changes a text; the keyboard goes where none is given.
pub(crate) fn edit_text<'a>(
    chat: &'a Chat,
    message: i64,
    part: &'a Part,
    link_previews: bool,
) -> EditText<'a> {
    EditText {
        chat_id: chat_address(chat),
        message_id: message,
        text: Some(&part.text.text),
        entities: to_wire(&part.text),
        caption: None,
        caption_entities: Vec::new(),
        link_preview_options: previews(link_previews),
        reply_markup: keyboard(&part.buttons),
    }
}

/// The body that changes the text beside a file.
pub(crate) fn edit_caption<'a>(chat: &'a Chat, message: i64, part: &'a Part) -> EditText<'a> {
    EditText {
        text: None,
        entities: Vec::new(),
        caption: Some(&part.text.text),
        caption_entities: to_wire(&part.text),
        link_preview_options: None,
        ..edit_text(chat, message, part, true)
    }
}

/// The body that changes the buttons alone.
pub(crate) fn edit_buttons<'a>(chat: &'a Chat, message: i64, part: &'a Part) -> EditText<'a> {
    EditText {
        chat_id: chat_address(chat),
        message_id: message,
        text: None,
        entities: Vec::new(),
        caption: None,
        caption_entities: Vec::new(),
        link_preview_options: None,
        reply_markup: keyboard(&part.buttons),
    }
}

fn previews(wanted: bool) -> Option<NoPreview> {
    (!wanted).then_some(NoPreview { is_disabled: true })
}

/// An answer to a message that was deleted meanwhile is still sent.
pub(super) fn reply_to(send: &SendOperation) -> Option<ReplyTo> {
    Some(ReplyTo {
        message_id: send.replies_to.as_ref()?.parse()?,
        allow_sending_without_reply: true,
    })
}
