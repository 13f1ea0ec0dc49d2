//! The answer to a fetch: its head as declared, and its body in pieces. Owns the connection and the fetch's place.

use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::StatusCode;
use reqwest::header::{
    CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, RETRY_AFTER,
};
use url::Url;

use crate::address::Shown;
use crate::body::{Body, BodyFault};
use crate::error::{FetchError, FetchErrorKind, Part};
use crate::fetch::Slot;
use crate::sniff::ContentType;

/// The longest time that a host can ask to wait; more is taken as this.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// What a host said about its answer. Nothing of it is proved: [`sniff`](crate::sniff) looks at the bytes.
///
/// Its `Debug` leaves out the queries of the addresses.
#[derive(Clone, PartialEq, Eq)]
pub struct Head {
    /// The address that answered, after all redirects.
    pub url: Url,
    /// The addresses before it, in order; empty without redirects.
    pub hops: Vec<Url>,
    /// The status.
    pub status: StatusCode,
    /// The media type and charset as declared.
    pub content_type: Option<ContentType>,
    /// The length of the body on the wire in bytes, as declared.
    pub length: Option<u64>,
    /// The `Content-Disposition` header, for [`file_name`](crate::sniff::file_name).
    pub disposition: Option<String>,
    /// How long the host asks to wait before the next request, where it says so in seconds; at most a day.
    pub retry_after: Option<Duration>,
}

/// The beginning of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix {
    /// The bytes, not more than were asked for.
    pub bytes: Bytes,
    /// Whether that is the whole body.
    pub whole: bool,
}

/// An answer whose body is still to come. Dropping it ends the connection and gives its place to the next fetch.
pub struct Response {
    head: Head,
    body: Body,
    /// Given back at the end of the body.
    slot: Option<Slot>,
}

impl Head {
    pub(crate) fn new(url: Url, hops: Vec<Url>, status: StatusCode, headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| text(headers, &name);
        let seconds = text(RETRY_AFTER).and_then(|text| text.trim().parse().ok());
        Self {
            url,
            hops,
            status,
            content_type: text(CONTENT_TYPE).and_then(|text| ContentType::parse(&text)),
            length: text(CONTENT_LENGTH).and_then(|text| text.parse().ok()),
            disposition: text(CONTENT_DISPOSITION),
            retry_after: seconds.map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT)),
        }
    }
}

impl Response {
    pub(crate) fn new(head: Head, body: Body, slot: Slot) -> Self {
        Self {
            head,
            body,
            slot: Some(slot),
        }
    }

    /// What the host said about the answer.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The address that answered, after all redirects.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.head.url
    }

    /// The status. Any status is an answer; [`Response::error_for_status`] makes an error of those that are no
    /// success.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// The same answer if its status is a success (2xx).
    ///
    /// # Errors
    ///
    /// [`FetchErrorKind::Status`] for any other status. The body is dropped.
    pub fn error_for_status(self) -> Result<Self, FetchError> {
        let status = self.head.status;
        if status.is_success() {
            return Ok(self);
        }
        let retry_after = self.head.retry_after;
        Err(self.error((FetchErrorKind::Status { status, retry_after }, None)))
    }

    /// The next decoded bytes of the body; `None` at its end, and after an error.
    ///
    /// Cancel safe: what was not returned comes with the next call. Nothing is read ahead beyond the buffers of the
    /// connection, so a slow caller slows the host down.
    ///
    /// # Errors
    ///
    /// What the limits and the connection have to say: [`FetchErrorKind::TimedOut`], [`FetchErrorKind::TooSlow`],
    /// [`FetchErrorKind::TooLarge`], [`FetchErrorKind::Garbled`], [`FetchErrorKind::Broken`].
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, FetchError> {
        let chunk = self.body.chunk().await;
        if !matches!(chunk, Ok(Some(_))) {
            self.slot = None;
        }
        chunk.map_err(|fault| self.error(fault))
    }

    /// How many bytes of the body came in on the wire so far, for the progress towards [`Head::length`]: of a
    /// compressed body, [`Response::chunk`] gives more than that.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.body.received()
    }

    /// The whole body, if it has not more than so many bytes.
    ///
    /// # Errors
    ///
    /// [`FetchErrorKind::TooLarge`] for a larger one, and those of [`Response::chunk`].
    pub async fn bytes(mut self, limit: usize) -> Result<Bytes, FetchError> {
        let prefix = self.prefix(limit).await?;
        if prefix.whole {
            return Ok(prefix.bytes);
        }
        let (part, limit) = (Part::Decoded, limit as u64);
        Err(self.error((FetchErrorKind::TooLarge { part, limit }, None)))
    }

    /// The first bytes of the body, or all if it has not more. The rest is not read; dropping the answer ends it.
    ///
    /// Not cancel safe: what was read is lost.
    ///
    /// # Errors
    ///
    /// Those of [`Response::chunk`].
    pub async fn prefix(&mut self, limit: usize) -> Result<Prefix, FetchError> {
        let mut bytes = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            let room = limit - bytes.len();
            bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() > room {
                let bytes = bytes.freeze();
                return Ok(Prefix { bytes, whole: false });
            }
        }
        Ok(Prefix {
            bytes: bytes.freeze(),
            whole: true,
        })
    }

    fn error(&self, (kind, source): BodyFault) -> FetchError {
        let error = FetchError::new(Some(&self.head.url), kind);
        match source {
            Some(source) => error.with_source(source),
            None => error,
        }
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hops: Vec<Shown> = self.hops.iter().map(Shown::new).collect();
        f.debug_struct("Head")
            .field("url", &Shown::new(&self.url))
            .field("hops", &hops)
            .field("status", &self.status)
            .field("content_type", &self.content_type)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("head", &self.head)
            .finish_non_exhaustive()
    }
}

/// A header as text. Servers write file names in raw UTF-8, so this is read where it is valid.
fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let bytes = headers.get(name)?.as_bytes();
    Some(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn a_head_keeps_what_was_declared_and_survives_nonsense() {
        let url: Url = "https://example.com/".parse().unwrap();
        let head = |pairs: &[(HeaderName, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(name, HeaderValue::from_static(value));
            }
            Head::new(url.clone(), Vec::new(), StatusCode::OK, &headers)
        };
        let full = head(&[
            (CONTENT_TYPE, "Text/HTML; charset=\"UTF-8\""),
            (CONTENT_LENGTH, "12"),
            (RETRY_AFTER, "999999999"),
        ]);
        let content_type = full.content_type.unwrap();
        assert_eq!(content_type.essence, "text/html");
        assert_eq!(content_type.charset.as_deref(), Some("utf-8"));
        assert_eq!((full.length, full.retry_after), (Some(12), Some(LONGEST_WAIT)));
        let odd = head(&[
            (CONTENT_TYPE, "nonsense"),
            (CONTENT_LENGTH, "-1"),
            (RETRY_AFTER, "Fri, 31 Dec 1999 23:59:59 GMT"),
        ]);
        assert_eq!(
            (odd.content_type, odd.length, odd.retry_after),
            (None, None, None)
        );
    }
}
