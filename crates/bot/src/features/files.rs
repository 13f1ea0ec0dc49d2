//! Files that came in, for all features that take them: those of a command, and those that a button remembers. Owns
//! nothing.

use duologue::prelude::*;
use duologue::{AttachmentKind, EventKind, FileRef, MediaSource};
use serde::{Deserialize, Serialize};

use crate::words;

/// All files that came with a command: text can carry more of them than the command has arguments.
pub(crate) fn carried<'a>(ctx: &'a Context, named: &'a [Attachment]) -> Vec<&'a Attachment> {
    let carried = match &ctx.event().kind {
        EventKind::Command(call) => &call.attachments,
        EventKind::Message(message) => &message.attachments,
        _ => return named.iter().collect(),
    };
    if carried.is_empty() {
        named.iter().collect()
    } else {
        carried.iter().collect()
    }
}

/// What a button remembers of a file.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptFile {
    kind: KeptKind,
    name: Option<String>,
    mime: Option<String>,
    reference: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KeptKind {
    Photo,
    Video,
    Audio,
    Document,
}

impl KeptFile {
    pub(crate) fn new(file: &Attachment) -> Self {
        Self {
            kind: match file.kind {
                AttachmentKind::Photo => KeptKind::Photo,
                AttachmentKind::Video => KeptKind::Video,
                AttachmentKind::Audio => KeptKind::Audio,
                _ => KeptKind::Document,
            },
            name: file.name.as_ref().map(ToString::to_string),
            mime: file.mime.as_ref().map(ToString::to_string),
            reference: file.file.0.to_string(),
        }
    }

    /// The file as it was, for what takes files that come in.
    pub(crate) fn attachment(self) -> Attachment {
        Attachment {
            file: FileRef(self.reference.into()),
            kind: self.kind.into(),
            name: self.name.map(Into::into),
            mime: self.mime.map(Into::into),
            bytes: None,
            size: None,
        }
    }

    /// The file, to be sent.
    pub(crate) fn media(self) -> Media {
        let kind = self.kind.into();
        let source = MediaSource::Received {
            network: None,
            file: FileRef(self.reference.into()),
        };
        let name = self.name.unwrap_or_else(|| words::NAMELESS_FILE.to_owned());
        Media {
            mime: self.mime.map(Into::into),
            ..Media::new(kind, name, source)
        }
    }
}

impl From<KeptKind> for AttachmentKind {
    fn from(kind: KeptKind) -> Self {
        match kind {
            KeptKind::Photo => Self::Photo,
            KeptKind::Video => Self::Video,
            KeptKind::Audio => Self::Audio,
            KeptKind::Document => Self::Document,
        }
    }
}
