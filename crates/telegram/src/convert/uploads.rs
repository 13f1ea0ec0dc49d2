//! Requests with files: one, an album, or one that takes a message's place. JSON where the network holds the files, a
//! form where they go with it. Pure functions.

use duologue_core::content::StyledText;
use duologue_core::{Chat, Part, SendErrorKind, SendOperation};
use reqwest::multipart::Form;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::convert::entities::to_wire;
use crate::convert::keyboard::keyboard;
use crate::convert::outgoing::{chat_address, reply_to, thread};
use crate::files::{FileKind, Outgoing, OutgoingContent};

/// A request with files: JSON where the network holds them all, a form where some go with it.
pub(crate) struct FilesRequest {
    fields: Map<String, Value>,
    uploads: Vec<(String, reqwest::multipart::Part)>,
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
