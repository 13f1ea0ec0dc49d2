//! From a rendered part to a request body: JSON alone, or multipart with files. Pure but for reading files.

use std::borrow::Cow;

use bytes::Bytes;
use duologue_core::content::ButtonStyle;
use duologue_core::render::markdown;
use duologue_core::{ButtonAction, MessageId, Part, WireButton};
use reqwest::multipart;
use serde::Serialize;
use smol_str::SmolStr;

use crate::call::Body;

/// `flags` of a message that one person alone sees.
const EPHEMERAL: u32 = 1 << 6;

/// A message ready to be written as often as needed.
#[derive(Debug)]
pub(crate) struct Outgoing {
    content: String,
    rows: Vec<Row>,
    files: Vec<OutFile>,
}

/// A file whose bytes are at hand.
#[derive(Debug)]
pub(crate) struct OutFile {
    pub(crate) name: SmolStr,
    pub(crate) mime: Option<SmolStr>,
    pub(crate) description: Option<String>,
    pub(crate) bytes: Bytes,
}

/// What a body is for.
#[derive(Clone, Copy, Default)]
pub(crate) struct Purpose<'a> {
    /// Wraps it as an answer to an interaction of this type.
    pub(crate) callback: Option<u8>,
    /// Shown to one person alone.
    pub(crate) ephemeral: bool,
    /// It replaces what a message says.
    pub(crate) edit: bool,
    /// The message that it answers.
    pub(crate) replies_to: Option<&'a MessageId>,
    /// The key by which Discord recognizes a repetition.
    pub(crate) nonce: Option<u64>,
}

#[derive(Serialize)]
struct Callback<'a> {
    r#type: u8,
    data: MessageBody<'a>,
}

#[derive(Serialize)]
struct MessageBody<'a> {
    content: &'a str,
    allowed_mentions: AllowedMentions,
    #[serde(skip_serializing_if = "Option::is_none")]
    components: Option<&'a [Row]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attachments: Option<Vec<AttachmentBody<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flags: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_reference: Option<Reference<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enforce_nonce: Option<bool>,
}

/// Nobody is notified by what a message says: people's own words pass through the bot.
#[derive(Serialize)]
struct AllowedMentions {
    parse: [(); 0],
}

#[derive(Serialize)]
struct Reference<'a> {
    message_id: &'a str,
    fail_if_not_exists: bool,
}

#[derive(Serialize)]
struct AttachmentBody<'a> {
    id: usize,
    filename: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Cow<'a, str>>,
}

/// An action row.
#[derive(Debug, Serialize)]
struct Row {
    r#type: u8,
    components: Vec<ButtonBody>,
}

#[derive(Debug, Serialize)]
struct ButtonBody {
    r#type: u8,
    style: u8,
    label: SmolStr,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_id: Option<SmolStr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

/// The longest description of a file, in characters (resources/message, "Attachment object").
const MAX_DESCRIPTION: usize = 1024;

impl Outgoing {
    /// A part with the bytes of its files.
    pub(crate) fn new(part: &Part, files: Vec<OutFile>) -> Self {
        let rows = part.buttons.iter().filter(|row| !row.is_empty()).map(|row| Row {
            r#type: 1,
            components: row.iter().map(button).collect(),
        });
        Self {
            content: markdown(&part.text),
            rows: rows.collect(),
            files,
        }
    }

    /// A line of our own.
    pub(crate) fn note(text: &str) -> Self {
        let text = duologue_core::content::StyledText::plain(text);
        Self {
            content: markdown(&text),
            rows: Vec::new(),
            files: Vec::new(),
        }
    }

    /// How many bytes its files have.
    pub(crate) fn file_bytes(&self) -> usize {
        self.files.iter().map(|file| file.bytes.len()).sum()
    }

    /// The body of a request.
    pub(crate) fn body(&self, purpose: Purpose<'_>) -> Result<Body, serde_json::Error> {
        let message = self.message(purpose);
        let json = match purpose.callback {
            Some(r#type) => serde_json::to_vec(&Callback {
                r#type,
                data: message,
            })?,
            None => serde_json::to_vec(&message)?,
        };
        if self.files.is_empty() {
            return Ok(Body::Json(json));
        }
        let payload = multipart::Part::bytes(json)
            .mime_str("application/json")
            .expect("a valid media type");
        let mut form = multipart::Form::new().part("payload_json", payload);
        for (index, file) in self.files.iter().enumerate() {
            form = form.part(format!("files[{index}]"), file.part());
        }
        Ok(Body::Files(form))
    }

    fn message<'a>(&'a self, purpose: Purpose<'a>) -> MessageBody<'a> {
        let attachments = self.files.iter().enumerate().map(|(id, file)| AttachmentBody {
            id,
            filename: &file.name,
            description: file
                .description
                .as_deref()
                .map(|text| shorten(text, MAX_DESCRIPTION)),
        });
        MessageBody {
            content: &self.content,
            allowed_mentions: AllowedMentions { parse: [] },
            components: (purpose.edit || !self.rows.is_empty()).then_some(&self.rows[..]),
            attachments: (purpose.edit || !self.files.is_empty()).then(|| attachments.collect()),
            flags: purpose.ephemeral.then_some(EPHEMERAL),
            message_reference: purpose.replies_to.map(|id| Reference {
                message_id: id.as_str(),
                fail_if_not_exists: false,
            }),
            nonce: purpose.nonce.map(|nonce| nonce.to_string()),
            enforce_nonce: purpose.nonce.map(|_| true),
        }
    }
}

impl OutFile {
    fn part(&self) -> multipart::Part {
        let part = || {
            let body = reqwest::Body::from(self.bytes.clone());
            multipart::Part::stream_with_length(body, self.bytes.len() as u64)
                .file_name(self.name.to_string())
        };
        match &self.mime {
            // A type that cannot stand in a header is left to Discord to guess.
            Some(mime) => part().mime_str(mime).unwrap_or_else(|_| part()),
            None => part(),
        }
    }
}

fn button(wire: &WireButton) -> ButtonBody {
    let url = match &wire.button.action {
        ButtonAction::Open(url) => Some(url.clone()),
        _ => None,
    };
    let style = match (&url, wire.button.style) {
        (Some(_), _) => 5,
        (None, ButtonStyle::Primary) => 1,
        (None, ButtonStyle::Secondary) => 2,
        (None, ButtonStyle::Danger) => 4,
    };
    let custom_id = if url.is_some() { None } else { wire.token.clone() };
    ButtonBody {
        r#type: 2,
        style,
        label: wire.button.label.clone(),
        custom_id,
        url,
    }
}

fn shorten(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Borrowed(&text[..end]),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use duologue_core::content::{Button, StyledText};
    use serde_json::{Value, json};

    use super::*;

    fn written(part: &Part, purpose: Purpose<'_>) -> Value {
        match Outgoing::new(part, Vec::new()).body(purpose).unwrap() {
            Body::Json(json) => serde_json::from_slice(&json).unwrap(),
            _ => panic!("no files, so no multipart"),
        }
    }

    fn words(text: &str) -> Part {
        Part {
            text: std::sync::Arc::new(StyledText::plain(text)),
            ..Part::default()
        }
    }

    #[test]
    fn a_message_notifies_nobody_and_carries_its_nonce() {
        let id = MessageId::new("7");
        let purpose = Purpose {
            replies_to: Some(&id),
            nonce: Some(9),
            ..Purpose::default()
        };
        let expected = json!({
            "content": "hi \\*there\\*", "allowed_mentions": { "parse": [] }, "nonce": "9", "enforce_nonce": true,
            "message_reference": { "message_id": "7", "fail_if_not_exists": false },
        });
        assert_eq!(written(&words("hi *there*"), purpose), expected);
    }

    #[test]
    fn an_answer_is_wrapped_and_an_edit_replaces_everything() {
        let callback = Purpose {
            callback: Some(4),
            ephemeral: true,
            ..Purpose::default()
        };
        let expected = json!({
            "type": 4, "data": { "content": "a", "allowed_mentions": { "parse": [] }, "flags": 64 },
        });
        assert_eq!(written(&words("a"), callback), expected);
        let expected = json!({
            "content": "a", "allowed_mentions": { "parse": [] }, "components": [], "attachments": [],
        });
        assert_eq!(
            written(
                &words("a"),
                Purpose {
                    edit: true,
                    ..Purpose::default()
                }
            ),
            expected
        );
    }

    #[test]
    fn buttons_become_rows() {
        let press = WireButton {
            button: Button::command("Again", "roll", ""),
            token: Some("tok".into()),
        };
        let danger = WireButton {
            button: press.button.clone().style(ButtonStyle::Danger),
            token: Some("t2".into()),
        };
        let link = WireButton {
            button: Button::link("Docs", "https://a.example"),
            token: None,
        };
        let part = Part {
            buttons: vec![vec![press, danger], vec![], vec![link]],
            ..words("x")
        };
        let expected = json!([
            { "type": 1, "components": [
                { "type": 2, "style": 2, "label": "Again", "custom_id": "tok" },
                { "type": 2, "style": 4, "label": "Again", "custom_id": "t2" },
            ] },
            { "type": 1, "components": [{ "type": 2, "style": 5, "label": "Docs", "url": "https://a.example" }] },
        ]);
        assert_eq!(written(&part, Purpose::default())["components"], expected);
    }

    #[test]
    fn files_go_as_multipart() {
        let file = OutFile {
            name: "a.png".into(),
            mime: Some("image/png".into()),
            description: None,
            bytes: "x".into(),
        };
        let outgoing = Outgoing::new(&words("a"), vec![file]);
        assert_eq!(outgoing.file_bytes(), 1);
        assert!(matches!(outgoing.body(Purpose::default()), Ok(Body::Files(_))));
    }
}
