//! Files: references to those that came in, streams to fetch them, and the parts of those that go out. Owns nothing
//! but open files on their way.

use std::io;
use std::path::Path;

use bytes::{Bytes, BytesMut};
use duologue_core::content::{Media, MediaSource};
use duologue_core::{AttachmentKind, FileRef, FileStream, LimitScope, SendError, SendErrorKind};
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use reqwest::{Body, multipart};
use serde::Deserialize;
use smol_str::SmolStr;
use tokio::fs::File;
use tokio::io::AsyncReadExt;

use crate::adapter::NETWORK;
use crate::call::{Calls, Method};
use crate::capabilities::PHOTO_BYTES;

/// How much of a file on disk is read at once, in bytes.
const READ_BYTES: usize = 64 << 10;

/// What a file is to Telegram. A reference works for its own kind alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    Photo,
    Video,
    Animation,
    Audio,
    Voice,
    VideoNote,
    Document,
    Sticker,
}

/// A file that is being fetched.
pub struct Download {
    /// Its size in bytes, where the network tells.
    pub bytes: Option<u64>,
    /// Its bytes as they arrive.
    pub stream: FileStream,
}

/// A file that is ready to go out.
pub(crate) struct Outgoing {
    pub(crate) kind: FileKind,
    pub(crate) content: OutgoingContent,
}

/// Where the bytes of an outgoing file come from.
pub(crate) enum OutgoingContent {
    /// The network has them, under this reference.
    Held(String),
    /// They go with the request.
    Upload(Box<multipart::Part>),
}

impl FileKind {
    const ALL: [Self; 8] = [
        Self::Photo,
        Self::Video,
        Self::Animation,
        Self::Audio,
        Self::Voice,
        Self::VideoNote,
        Self::Document,
        Self::Sticker,
    ];

    /// The field of a message that holds such a file, the field of a request that sends it, and its type in an album.
    pub(crate) fn field(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Video => "video",
            Self::Animation => "animation",
            Self::Audio => "audio",
            Self::Voice => "voice",
            Self::VideoNote => "video_note",
            Self::Document => "document",
            Self::Sticker => "sticker",
        }
    }

    pub(crate) fn method(self) -> Method {
        match self {
            Self::Photo => Method::SendPhoto,
            Self::Video => Method::SendVideo,
            Self::Animation => Method::SendAnimation,
            Self::Audio => Method::SendAudio,
            Self::Voice => Method::SendVoice,
            Self::VideoNote => Method::SendVideoNote,
            Self::Document => Method::SendDocument,
            Self::Sticker => Method::SendSticker,
        }
    }

    /// Whether it can hold a text beside it.
    pub(crate) fn captioned(self) -> bool {
        !matches!(self, Self::Sticker | Self::VideoNote)
    }

    /// Whether it can share a message with others of its kind.
    pub(crate) fn groups(self) -> bool {
        matches!(self, Self::Photo | Self::Video | Self::Audio | Self::Document)
    }
}

/// The reference of a file that came in: its kind, a colon, and the network's own id.
pub(crate) fn file_ref(kind: FileKind, id: &str) -> FileRef {
    FileRef(SmolStr::from_iter([kind.field(), ":", id]))
}

/// The kind and the network's id of a reference. One without a kind is an id that somebody noted elsewhere.
pub(crate) fn file_id(file: &FileRef) -> (Option<FileKind>, &str) {
    let parts = file.0.split_once(':').and_then(|(kind, id)| {
        let kind = FileKind::ALL.into_iter().find(|known| known.field() == kind)?;
        Some((kind, id))
    });
    match parts {
        Some((kind, id)) => (Some(kind), id),
        None => (None, &file.0),
    }
}

/// Opens a file that came in.
pub(crate) async fn download(calls: &Calls, file: &FileRef) -> Result<Download, SendError> {
    const OPERATION: &str = "open";

    #[derive(Deserialize)]
    struct Answer {
        file_path: Option<String>,
        file_size: Option<u64>,
    }

    let body = serde_json::json!({ "file_id": file_id(file).1 });
    let answer: Answer = calls
        .call(Method::GetFile, &body)
        .await
        .map_err(|error| error.send_error(OPERATION, LimitScope::Network))?;
    let path = answer.file_path.ok_or_else(|| {
        SendError::new(
            OPERATION,
            SendErrorKind::NotFound("the network gives no path for this file".to_owned()),
        )
    })?;
    // A Bot API server of one's own that runs on this machine gives the place on its disk.
    if Path::new(&path).is_absolute() && Path::new(&path).exists() {
        let (file, length) = open(Path::new(&path))
            .await
            .map_err(|kind| SendError::new(OPERATION, kind))?;
        let stream = chunks(file).map_err(|error| {
            SendError::new(
                OPERATION,
                SendErrorKind::Transient("the file cannot be read".to_owned()),
            )
            .with_source(error)
        });
        return Ok(Download {
            bytes: Some(length),
            stream: stream.boxed(),
        });
    }
    let response = calls
        .download(&path)
        .await
        .map_err(|error| error.send_error(OPERATION, LimitScope::Network))?;
    let bytes = answer.file_size.or(response.content_length());
    let stream = response.bytes_stream().map_err(|error| {
        SendError::new(
            OPERATION,
            SendErrorKind::Transient("the download broke off".to_owned()),
        )
        // The address holds the token.
        .with_source(error.without_url())
    });
    Ok(Download {
        bytes,
        stream: stream.boxed(),
    })
}

/// Makes a file ready to go out. `as_document` sends pictures and videos as plain files.
pub(crate) async fn outgoing(media: &Media, as_document: bool) -> Result<Outgoing, SendErrorKind> {
    let (held, length, body) = match &media.source {
        MediaSource::Received { network, file } if network.is_none_or(|network| network == NETWORK) => {
            let (kind, id) = file_id(file);
            (Some((kind, id.to_owned())), 0, None)
        }
        MediaSource::Received { .. } => return Err(SendErrorKind::Unsupported("files of another network")),
        MediaSource::Bytes(bytes) => (None, bytes.len() as u64, Some(Body::from(bytes.clone()))),
        MediaSource::Path(path) => {
            let (file, length) = open(path).await?;
            (None, length, Some(Body::wrap_stream(chunks(file))))
        }
        _ => return Err(SendErrorKind::Unsupported("this source of a file")),
    };
    let kind = match media.kind {
        _ if as_document => FileKind::Document,
        AttachmentKind::Photo if length > PHOTO_BYTES => FileKind::Document,
        AttachmentKind::Photo => FileKind::Photo,
        AttachmentKind::Video => FileKind::Video,
        AttachmentKind::Audio => FileKind::Audio,
        _ => FileKind::Document,
    };
    if let Some((own, id)) = held {
        return Ok(Outgoing {
            kind: own.unwrap_or(kind),
            content: OutgoingContent::Held(id),
        });
    }
    let part = multipart::Part::stream_with_length(body.unwrap_or_default(), length)
        .file_name(media.name.to_string());
    // A media type that cannot be read is left to the network to guess.
    let typed = media.mime.as_deref().filter(|mime| is_mime(mime));
    let part = match typed {
        Some(mime) => part
            .mime_str(mime)
            .map_err(|_| SendErrorKind::Refused(format!("`{mime}` is no media type")))?,
        None => part,
    };
    Ok(Outgoing {
        kind,
        content: OutgoingContent::Upload(Box::new(part)),
    })
}

async fn open(path: &Path) -> Result<(File, u64), SendErrorKind> {
    let found = async {
        let file = File::open(path).await?;
        let length = file.metadata().await?.len();
        Ok::<_, io::Error>((file, length))
    };
    found.await.map_err(|error| {
        SendErrorKind::NotFound(format!("the file {} cannot be opened: {error}", path.display()))
    })
}

fn chunks(file: File) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    stream::try_unfold(file, |mut file| async move {
        let mut chunk = BytesMut::with_capacity(READ_BYTES);
        let read = file.read_buf(&mut chunk).await?;
        Ok((read > 0).then(|| (chunk.freeze(), file)))
    })
}

/// Whether a text has the shape of a media type: two words with a slash between.
fn is_mime(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'+' | b'.' | b'_'))
    };
    text.split_once('/')
        .is_some_and(|(kind, subtype)| word(kind) && word(subtype))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_keep_the_kind_and_the_networks_id() {
        let file = file_ref(FileKind::VideoNote, "AgAC-_1");
        assert_eq!(file_id(&file), (Some(FileKind::VideoNote), "AgAC-_1"));
        assert_eq!(file_id(&FileRef("AgAC".into())), (None, "AgAC"));
        assert_eq!(file_id(&FileRef("odd:AgAC".into())), (None, "odd:AgAC"));
    }

    #[tokio::test]
    async fn pictures_above_the_limit_go_as_documents() {
        let small = Media::photo("a.png", vec![0; 16]);
        let large = Media::photo("a.png", vec![0; usize::try_from(PHOTO_BYTES).unwrap() + 1]);
        assert_eq!(outgoing(&small, false).await.ok().unwrap().kind, FileKind::Photo);
        assert_eq!(
            outgoing(&small, true).await.ok().unwrap().kind,
            FileKind::Document
        );
        assert_eq!(
            outgoing(&large, false).await.ok().unwrap().kind,
            FileKind::Document
        );
    }

    #[tokio::test]
    async fn a_file_that_is_not_there_is_named() {
        let media = Media::new(
            AttachmentKind::Document,
            "a.txt",
            MediaSource::Path("/nonexistent/a.txt".into()),
        );
        let error = outgoing(&media, false).await.err().unwrap();
        assert!(matches!(&error, SendErrorKind::NotFound(words) if words.contains("/nonexistent/a.txt")));
    }
}
