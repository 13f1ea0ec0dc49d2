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
