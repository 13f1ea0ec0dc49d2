//! The errors of fetching: a client that cannot be made, and a fetch that did not bring what was asked, with what can
//! be done about it. No error holds credentials or a query. Pure data and functions.

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;
use url::Url;

use crate::address::Shown;
use crate::guard::Refusal;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a fetcher cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The user agent is empty or has characters that a header cannot carry.
    #[error("the user agent is not one word or more of visible ASCII")]
    UserAgent,
    /// A limit is zero, so that nothing could ever be fetched.
    #[error("the limit {0} is zero")]
    Zero(&'static str),
    /// The HTTP client could not be set up.
    #[error("the HTTP client could not be set up")]
    Client(#[source] reqwest::Error),
}

/// A fetch that did not bring what was asked.
///
/// Its text names the address without user name, password, query and fragment, and never an address inside that a
/// name led to.
///
/// ```
/// use duologue_web::{FetchConfig, FetchErrorKind, Fetcher, Request, Retry};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let fetcher = Fetcher::new(FetchConfig::new("ExampleBot/1.0"))?;
/// let error = fetcher.get(Request::parse("http://2130706433/?key=secret")?).await.unwrap_err();
/// assert!(matches!(error.kind, FetchErrorKind::Refused(_)));
/// assert_eq!(error.retry(), Retry::Never);
/// assert_eq!(error.to_string(), "http://127.0.0.1/: refused, as the host leads to a loopback address");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct FetchError {
    /// What happened.
    pub kind: FetchErrorKind,
    shown: Option<Shown>,
    source: Option<Source>,
}

/// What happened to a fetch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchErrorKind {
    /// The text is no address.
    #[error("not an address that can be read")]
    Unreadable,
    /// The guard refused the address. Nothing went out.
    #[error("refused, as {0}")]
    Refused(Refusal),
    /// Nobody has this name.
    #[error("there is no host of this name")]
    NameNotFound,
    /// The name servers did not answer, or not in time.
    #[error("the name could not be looked up")]
    NameUnresolved,
    /// The host does not take connections.
    #[error("the host was not reached")]
    Unreachable,
    /// No encrypted connection came about: a certificate that is not valid, or a host that does not speak TLS.
    #[error("no secure connection came about")]
    Tls,
    /// One of the time-outs passed.
    #[error("{0}")]
    TimedOut(TimeOut),
    /// The body came in slower than the lowest rate.
    #[error("the body came in slower than {lowest} bytes a second")]
    TooSlow {
        /// The lowest average rate, in bytes a second.
        lowest: u64,
    },
    /// The body is larger than its limit.
    #[error("the body is larger than {limit} bytes {part}")]
    TooLarge {
        /// Where it was counted.
        part: Part,
        /// The limit, in bytes.
        limit: u64,
    },
    /// The head of the answer has too many headers, or too large ones.
    #[error("the head of the answer is too large")]
    HeadTooLarge,
    /// One redirect led to the next, more often than the limit.
    #[error("more than {0} redirects")]
    TooManyRedirects(usize),
    /// The target of a redirect cannot be read.
    #[error("the target of a redirect is no address")]
    Redirect,
    /// The answer has a status that is no success. Only
    /// [`Response::error_for_status`](crate::Response::error_for_status) makes it.
    #[error("the host answered with status {status}")]
    Status {
        /// The status.
        status: StatusCode,
        /// How long the host asks to wait, where it says so in seconds.
        retry_after: Option<Duration>,
    },
    /// The body is coded in a way that was not asked for, or in more than one.
    #[error("the body has a content coding that is not supported")]
    Coding,
    /// The body is not what its coding says: damaged, or made to be wrong.
    #[error("the body could not be decompressed")]
    Garbled,
    /// The connection broke before the answer was whole.
    #[error("the connection broke before the answer was whole")]
    Broken,
    /// What answered does not speak HTTP/1.1.
    #[error("the answer is not HTTP")]
    NotHttp,
}

/// Which time-out passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeOut {
    /// Waiting for a place among the fetches in flight.
    #[error("there was no place for the fetch in time")]
    Place,
    /// Name, connection and TLS.
    #[error("the host did not connect in time")]
    Connect,
    /// From the start of a hop to the head of its answer.
    #[error("the host did not answer in time")]
    FirstByte,
    /// Everything.
    #[error("the fetch took longer than it may")]
    Total,
}

/// Where bytes are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Part {
    /// As they came in.
    #[error("on the wire")]
    Wire,
    /// After decompression.
    #[error("after decompression")]
    Decoded,
}

/// What to do with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Again after this long.
    After(Duration),
    /// Again soon, with a growing pause.
    Soon,
    /// Never as it is.
    Never,
}

impl FetchError {
    pub(crate) fn new(url: Option<&Url>, kind: FetchErrorKind) -> Self {
        Self {
            kind,
            shown: url.map(Shown::new),
            source: None,
        }
    }

    pub(crate) fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Whether it makes sense to fetch the same again.
    #[must_use]
    pub fn retry(&self) -> Retry {
        use FetchErrorKind as Kind;
        match &self.kind {
            Kind::Status {
                retry_after: Some(after),
                ..
            } => Retry::After(*after),
            Kind::Status { status, .. } => match status.as_u16() {
                408 | 425 | 429 | 500 | 502..=504 => Retry::Soon,
                _ => Retry::Never,
            },
            Kind::NameUnresolved
            | Kind::Unreachable
            | Kind::TimedOut(_)
            | Kind::TooSlow { .. }
            | Kind::Broken => Retry::Soon,
            Kind::Unreadable
            | Kind::Refused(_)
            | Kind::NameNotFound
            | Kind::Tls
            | Kind::TooLarge { .. }
            | Kind::HeadTooLarge
            | Kind::TooManyRedirects(_)
            | Kind::Redirect
            | Kind::Coding
            | Kind::Garbled
            | Kind::NotHttp => Retry::Never,
        }
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.shown {
            Some(shown) => write!(f, "{shown}: {}", self.kind),
            None => self.kind.fmt(f),
        }
    }
}

impl std::error::Error for FetchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_by_itself_is_tried_again_and_the_rest_is_not() {
        let status = |code: u16, seconds: Option<u64>| FetchErrorKind::Status {
            status: StatusCode::from_u16(code).unwrap(),
            retry_after: seconds.map(Duration::from_secs),
        };
        let table = [
            (FetchErrorKind::TimedOut(TimeOut::FirstByte), Retry::Soon),
            (FetchErrorKind::Broken, Retry::Soon),
            (FetchErrorKind::NameNotFound, Retry::Never),
            (FetchErrorKind::Refused(Refusal::Scheme), Retry::Never),
            (FetchErrorKind::Garbled, Retry::Never),
            (status(404, None), Retry::Never),
            (status(501, None), Retry::Never),
            (status(503, None), Retry::Soon),
            (status(429, Some(7)), Retry::After(Duration::from_secs(7))),
        ];
        for (kind, retry) in table {
            assert_eq!(FetchError::new(None, kind.clone()).retry(), retry, "{kind}");
        }
    }

    #[test]
    fn neither_text_nor_debug_holds_a_secret() {
        let url = Url::parse("https://user:hunter2@example.com/path?token=hunter3#hunter4").unwrap();
        let error = FetchError::new(Some(&url), FetchErrorKind::Broken);
        assert_eq!(
            error.to_string(),
            "https://example.com/path: the connection broke before the answer was whole"
        );
        assert!(!format!("{error:?}").contains("hunter"));
    }
}
