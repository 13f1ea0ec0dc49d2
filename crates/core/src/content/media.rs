//! Pictures and other files in content. Owns the bytes that are to be sent, shared and never copied.

use std::fmt;
use std::path::PathBuf;

use bytes::Bytes;
use smol_str::SmolStr;

use crate::event::{Attachment, AttachmentKind, FileRef};
use crate::id::NetworkId;

/// A picture or another file to send.
#[derive(Clone, Debug, PartialEq)]
pub struct Media {
    /// What it is.
    pub kind: AttachmentKind,
    /// Its name, with an ending.
    pub name: SmolStr,
    /// Its media type, where it is known.
    pub mime: Option<SmolStr>,
    /// Where its bytes are.
    pub source: MediaSource,
    /// What it shows, for those who cannot see it.
    pub description: Option<String>,
}

/// Where the bytes of a file are.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum MediaSource {
    /// In memory.
    Bytes(Bytes),
    /// In a file of this machine; it is read when it is sent.
    Path(PathBuf),
    /// On a network: sent again by its reference on the same one, fetched first for another one.
    Received {
        /// The network that holds it; `None` is the one it is sent to.
        network: Option<NetworkId>,
        /// The reference there.
        file: FileRef,
    },
}

impl fmt::Debug for MediaSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Path(path) => path.fmt(f),
            Self::Received { network, file } => write!(f, "{file:?} on {network:?}"),
        }
    }
}

impl Media {
    /// A picture from memory.
    #[must_use]
    pub fn photo(name: impl Into<SmolStr>, bytes: impl Into<Bytes>) -> Self {
        Self::new(AttachmentKind::Photo, name, MediaSource::Bytes(bytes.into()))
    }

    /// A file from memory.
    #[must_use]
    pub fn document(name: impl Into<SmolStr>, bytes: impl Into<Bytes>) -> Self {
        Self::new(AttachmentKind::Document, name, MediaSource::Bytes(bytes.into()))
    }

    /// A file of any kind.
    #[must_use]
    pub fn new(kind: AttachmentKind, name: impl Into<SmolStr>, source: MediaSource) -> Self {
        Self {
            kind,
            name: name.into(),
            mime: None,
            source,
            description: None,
        }
    }

    /// A file that came in, to be sent to the network it came from.
    #[must_use]
    pub fn received(attachment: &Attachment) -> Self {
        Self {
            kind: attachment.kind,
            name: attachment
                .name
                .clone()
                .unwrap_or_else(|| SmolStr::new_static("file")),
            mime: attachment.mime.clone(),
            source: MediaSource::Received {
                network: None,
                file: attachment.file.clone(),
            },
            description: None,
        }
    }

    /// With words for those who cannot see it.
    #[must_use]
    pub fn description(mut self, words: impl Into<String>) -> Self {
        self.description = Some(words.into());
        self
    }
}
