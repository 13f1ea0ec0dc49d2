//! From `core`'s operations to the bodies of requests: addresses, texts with entities, keyboards. Pure functions.

use duologue_core::content::{ButtonStyle, StyledText};
use duologue_core::{ButtonAction, Chat, MessageId, Part, SendErrorKind, SendOperation, WireButton};
use reqwest::multipart::Form;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::convert::entities::{EntityOut, to_wire};
use crate::files::{FileKind, Outgoing, OutgoingContent};

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
struct ReplyTo {
    message_id: i64,
    allow_sending_without_reply: bool,
}

#[derive(Debug, Serialize)]
struct Keyboard<'a> {
    inline_keyboard: Vec<Vec<Key<'a>>>,
}

#[derive(Debug, Serialize)]
struct Key<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback_data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    style: Option<&'static str>,
}

/// A request with files: JSON where the network holds them all, a form where some go with it.
pub(crate) struct FilesRequest {
    fields: Map<String, Value>,
    uploads: Vec<(String, reqwest::multipart::Part)>,
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

/// The request that sends one file, or an album.
pub(crate) fn send_files(send: &SendOperation, files: Vec<Outgoing>) -> FilesRequest {
    let mut request = FilesRequest::new(&send.chat);
    if let Some(thread) = thread(&send.chat) {
        request.set("message_thread_id", thread);
    }
    request.set_json("reply_parameters", reply_to(send));
    match <[Outgoing; 1]>::try_from(files) {
        Ok([file]) => {
            request.caption(&send.part.text);
            request.set_json("reply_markup", keyboard(&send.part.buttons));
            request.file(file);
        }
        Err(files) => request.album(&send.part.text, files),
    }
    request
}

/// The request that puts a file into a message.
pub(crate) fn edit_media(chat: &Chat, message: i64, part: &Part, file: Outgoing) -> FilesRequest {
    let mut request = FilesRequest::new(chat);
    request.set("message_id", message);
    request.set_json("reply_markup", keyboard(&part.buttons));
    let media = request.item(0, file, Some(&part.text));
    request.set("media", media);
    request
}

impl FilesRequest {
    fn new(chat: &Chat) -> Self {
        let mut request = Self {
            fields: Map::new(),
            uploads: Vec::new(),
        };
        request.set_json("chat_id", Some(chat_address(chat)));
        request
    }

    fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.fields.insert(name.to_owned(), value.into());
    }

    fn set_json(&mut self, name: &str, value: Option<impl Serialize>) {
        if let Some(value) = value {
            self.set(name, json(value));
        }
    }

    fn caption(&mut self, text: &StyledText) {
        self.fields.extend(captioned(text));
    }

    fn file(&mut self, file: Outgoing) {
        let field = file.kind.field();
        match file.content {
            OutgoingContent::Held(id) => self.set(field, id),
            OutgoingContent::Upload(part) => self.uploads.push((field.to_owned(), *part)),
        }
    }

    /// The caption of an album is that of its first item.
    fn album(&mut self, text: &StyledText, files: Vec<Outgoing>) {
        let items = files.into_iter().enumerate();
        let items: Vec<Value> = items
            .map(|(place, file)| self.item(place, file, (place == 0).then_some(text)))
            .collect();
        self.set("media", items);
    }

    /// An `InputMedia`.
    fn item(&mut self, place: usize, file: Outgoing, text: Option<&StyledText>) -> Value {
        let mut item = text.map(captioned).unwrap_or_default();
        item.insert("type".to_owned(), file.kind.field().into());
        let media = match file.content {
            OutgoingContent::Held(id) => id,
            OutgoingContent::Upload(part) => {
                let name = format!("file{place}");
                let media = format!("attach://{name}");
                self.uploads.push((name, *part));
                media
            }
        };
        item.insert("media".to_owned(), media.into());
        Value::Object(item)
    }

    /// The body as JSON, or the form where files go with it.
    pub(crate) fn finish(self) -> Result<Map<String, Value>, Form> {
        if self.uploads.is_empty() {
            return Ok(self.fields);
        }
        let form = self.fields.into_iter().fold(Form::new(), |form, (name, value)| {
            let text = match value {
                Value::String(text) => text,
                other => other.to_string(),
            };
            form.text(name, text)
        });
        Err(self
            .uploads
            .into_iter()
            .fold(form, |form, (name, part)| form.part(name, part)))
    }
}

/// Whether files can go out in one message together.
pub(crate) fn check_files(files: &[Outgoing], text: &StyledText) -> Result<(), SendErrorKind> {
    let mut kinds = files.iter().map(|file| file.kind);
    if files.len() > 1 && !kinds.clone().all(FileKind::groups) {
        return Err(SendErrorKind::Unsupported("messages of several such files"));
    }
    if !text.is_empty() && !kinds.all(FileKind::captioned) {
        return Err(SendErrorKind::Unsupported("text beside such a file"));
    }
    Ok(())
}

fn captioned(text: &StyledText) -> Map<String, Value> {
    let mut fields = Map::new();
    if !text.is_empty() {
        fields.insert("caption".to_owned(), text.text.as_str().into());
        let entities = to_wire(text);
        if !entities.is_empty() {
            fields.insert("caption_entities".to_owned(), json(entities));
        }
    }
    fields
}

fn json(value: impl Serialize) -> Value {
    serde_json::to_value(value).expect("our own bodies have text keys alone, so they can be JSON")
}

fn previews(wanted: bool) -> Option<NoPreview> {
    (!wanted).then_some(NoPreview { is_disabled: true })
}

/// An answer to a message that was deleted meanwhile is still sent.
fn reply_to(send: &SendOperation) -> Option<ReplyTo> {
    Some(ReplyTo {
        message_id: send.replies_to.as_ref()?.parse()?,
        allow_sending_without_reply: true,
    })
}

fn keyboard(rows: &[Vec<WireButton>]) -> Option<Keyboard<'_>> {
    let rows = rows
        .iter()
        .map(|row| row.iter().filter_map(key).collect::<Vec<_>>());
    let inline_keyboard: Vec<Vec<Key<'_>>> = rows.filter(|row| !row.is_empty()).collect();
    (!inline_keyboard.is_empty()).then_some(Keyboard { inline_keyboard })
}

fn key(wire: &WireButton) -> Option<Key<'_>> {
    let url = match &wire.button.action {
        ButtonAction::Open(url) => Some(url.as_str()),
        _ => None,
    };
    // A button that neither carries a token nor leads anywhere would be refused with its whole message.
    if url.is_none() && wire.token.is_none() {
        return None;
    }
    Some(Key {
        text: &wire.button.label,
        callback_data: wire.token.as_deref().filter(|_| url.is_none()),
        url,
        style: match wire.button.style {
            ButtonStyle::Primary => Some("primary"),
            ButtonStyle::Danger => Some("danger"),
            ButtonStyle::Secondary => None,
        },
    })
}
