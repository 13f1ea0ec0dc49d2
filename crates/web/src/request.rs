//! What is asked for: an address, and limits of its own. Pure data.

use std::fmt;
use std::time::Duration;

use url::Url;

use crate::address::{Shown, address, normal};
use crate::error::FetchError;

/// What is accepted where the request does not say otherwise.
const ACCEPT: &str = "*/*";

/// A GET request for one address. It carries no cookies, no credentials and no referrer. Its `Debug` leaves out the
/// query.
///
/// ```
/// use std::time::Duration;
/// use duologue_web::Request;
///
/// let request = Request::parse("example.com/picture.png")?
///     .accept("image/*")
///     .deadline(Duration::from_secs(8))
///     .max_bytes(5 << 20);
/// assert_eq!(request.url().as_str(), "https://example.com/picture.png");
/// # Ok::<(), duologue_web::FetchError>(())
/// ```
#[derive(Clone)]
pub struct Request {
    url: Url,
    accept: String,
    deadline: Option<Duration>,
    patience: Duration,
    max_bytes: Option<u64>,
}

impl Request {
    /// A request for an address.
    #[must_use]
    pub fn new(url: Url) -> Self {
        Self {
            url: normal(url),
            accept: ACCEPT.to_owned(),
            deadline: None,
            patience: Duration::ZERO,
            max_bytes: None,
        }
    }

    /// A request for an address as a person typed it; see [`address`].
    ///
    /// # Errors
    ///
    /// Those of [`address`].
    pub fn parse(text: &str) -> Result<Self, FetchError> {
        address(text).map(Self::new)
    }

    /// The media types to ask for, as the `Accept` header has them. A host is free to answer with another.
    #[must_use]
    pub fn accept(mut self, media_types: impl Into<String>) -> Self {
        self.accept = media_types.into();
        self
    }

    /// How long the fetch may take in all, in place of [`Limits::total`](crate::Limits).
    #[must_use]
    pub fn deadline(mut self, total: Duration) -> Self {
        self.deadline = Some(total);
        self
    }

    /// How long the fetch may wait for its first place among those in flight before its time begins. Zero by default:
    /// waiting is part of the time that it may take in all. For many files of one host, which come in a few at a time.
    #[must_use]
    pub fn patience(mut self, waiting: Duration) -> Self {
        self.patience = waiting;
        self
    }

    /// The most bytes of the body, as they come in and again after decompression, in place of
    /// [`Limits::wire_bytes`](crate::Limits) and [`Limits::decoded_bytes`](crate::Limits).
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// The address.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) fn accepted(&self) -> &str {
        &self.accept
    }

    pub(crate) fn time(&self, otherwise: Duration) -> Duration {
        self.deadline.unwrap_or(otherwise)
    }

    pub(crate) fn waiting(&self) -> Duration {
        self.patience
    }

    pub(crate) fn bytes(&self, otherwise: u64) -> u64 {
        self.max_bytes.unwrap_or(otherwise)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("url", &Shown::new(&self.url))
            .field("accept", &self.accept)
            .field("deadline", &self.deadline)
            .field("patience", &self.patience)
            .field("max_bytes", &self.max_bytes)
            .finish()
    }
}
