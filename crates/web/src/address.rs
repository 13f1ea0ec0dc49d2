//! Addresses: what a person typed as a URL, what of a URL may be shown, and where a URL points. Pure functions.

use std::fmt;
use std::str::FromStr;

use url::{Host, ParseError, Url};

use crate::error::{FetchError, FetchErrorKind};

/// The longest address, in bytes as it goes out. Servers take about as much.
pub const ADDRESS_BYTES: usize = 8 << 10;

/// Reads an address as people type it: spaces around it are dropped, and `https` is what is meant without a scheme.
/// The host comes out as the WHATWG URL standard has it (decimal and octal IPv4 too), without a dot at its end, and
/// the fragment is dropped, as no server sees it.
///
/// # Errors
///
/// [`FetchErrorKind::Unreadable`] for a text that is no address, or one longer than [`ADDRESS_BYTES`]. Whether it may be fetched is the guard's question.
///
/// ```
/// let url = duologue_web::address(" example.com/news#top ")?;
/// assert_eq!(url.as_str(), "https://example.com/news");
/// assert_eq!(duologue_web::address("http://0x7f.1/")?.host_str(), Some("127.0.0.1"));
/// # Ok::<(), duologue_web::FetchError>(())
/// ```
pub fn address(text: &str) -> Result<Url, FetchError> {
    let text = text.trim();
    let url = match Url::parse(text) {
        // `example.com:80/news` has the form of a scheme with something behind it.
        Ok(url) if url.scheme().contains('.') => Url::parse(&format!("https://{text}")),
        Err(ParseError::RelativeUrlWithoutBase) => Url::parse(&format!("https://{text}")),
        other => other,
    };
    let unreadable = FetchError::new(None, FetchErrorKind::Unreadable);
    match url {
        Ok(url) if url.as_str().len() <= ADDRESS_BYTES => Ok(normal(url)),
        Ok(_) => Err(unreadable),
        Err(error) => Err(unreadable.with_source(error)),
    }
}

/// The same address without what no server sees or what two spellings differ in.
pub(crate) fn normal(mut url: Url) -> Url {
    url.set_fragment(None);
    let bare = url
        .host_str()
        .and_then(|host| host.strip_suffix('.'))
        .map(str::to_owned);
    if let Some(bare) = bare {
        // A host of dots alone stays as it is, and leads nowhere.
        let _ = url.set_host(Some(&bare));
    }
    url
}

/// What of an address may stand in an error, a log or a chat: no user name, no password, no query, no fragment.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Shown(String);

impl Shown {
    pub(crate) fn new(url: &Url) -> Self {
        let mut text = format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default());
        if let Some(port) = url.port() {
            text.push_str(&format!(":{port}"));
        }
        if !url.cannot_be_a_base() {
            text.push_str(url.path());
        }
        Self(text)
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// An origin in the sense of RFC 6454: scheme, host and port.
///
/// ```
/// use duologue_web::Origin;
///
/// let origin: Origin = "http://127.0.0.1:8080".parse()?;
/// assert_eq!(Origin::of(&"http://2130706433:8080/any?thing".parse()?), Some(origin));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    scheme: Scheme,
    host: Host<String>,
    port: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Scheme {
    Http,
    Https,
}

/// A text that is no origin, such as `http://127.0.0.1:8080`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an origin such as http://127.0.0.1:8080: a scheme http or https, a host, perhaps a port")]
pub struct OriginError;

impl Origin {
    /// The origin of an address; `None` for another scheme than http and https.
    #[must_use]
    pub fn of(url: &Url) -> Option<Self> {
        let scheme = match url.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return None,
        };
        let host = match url.host()? {
            Host::Domain(name) => Host::Domain(name.strip_suffix('.').unwrap_or(name).to_owned()),
            Host::Ipv4(address) => Host::Ipv4(address),
            Host::Ipv6(address) => Host::Ipv6(address),
        };
        Some(Self {
            scheme,
            host,
            port: url.port_or_known_default()?,
        })
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let url = Url::parse(text).map_err(|_| OriginError)?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let anonymous = url.username().is_empty() && url.password().is_none();
        if !bare || !anonymous {
            return Err(OriginError);
        }
        Self::of(&url).ok_or(OriginError)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_becomes_an_address() {
        let table = [
            ("example.com", "https://example.com/"),
            ("  http://example.com/a?b=c#d \n", "http://example.com/a?b=c"),
            ("example.com:80/x", "https://example.com:80/x"),
            ("EXAMPLE.com./x", "https://example.com/x"),
            ("HTTP://EXAMPLE.COM:80", "http://example.com/"),
            ("http://bücher.example/", "http://xn--bcher-kva.example/"),
            ("http://127.0.0.1./", "http://127.0.0.1/"),
            ("ftp://example.com/", "ftp://example.com/"),
        ];
        for (typed, url) in table {
            assert_eq!(address(typed).unwrap().as_str(), url, "{typed}");
        }
    }

    #[test]
    fn what_is_no_address_is_an_error_that_does_not_repeat_it() {
        for typed in [
            "",
            "   ",
            "http://",
            "https://exa mple.com/",
            "http://[::1",
            "http://256.1.1.1.1/",
        ] {
            let error = address(typed).unwrap_err();
            assert!(matches!(error.kind, FetchErrorKind::Unreadable), "{typed}");
        }
        assert_eq!(ADDRESS_BYTES, 8192);
        let long = |length: usize| format!("http://a.test/{}", "x".repeat(length - "http://a.test/".len()));
        assert!(address(&long(ADDRESS_BYTES)).is_ok());
        assert!(address(&long(ADDRESS_BYTES + 1)).is_err());
        let error = address("http://user:hunter2@[bad/").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }

    #[test]
    fn what_is_shown_holds_no_credentials_and_no_query() {
        let url = Url::parse("https://user:hunter2@example.com:444/path?token=hunter3#hunter4").unwrap();
        assert_eq!(Shown::new(&url).to_string(), "https://example.com:444/path");
        let url = Url::parse("data:text/plain,hunter5").unwrap();
        assert_eq!(Shown::new(&url).to_string(), "data://");
    }

    #[test]
    fn an_origin_is_scheme_host_and_port_alone() {
        let origin = |text: &str| Origin::of(&Url::parse(text).unwrap());
        assert_eq!(origin("http://a.example/x?y"), origin("http://A.example.:80/"));
        assert_ne!(origin("http://a.example/"), origin("https://a.example/"));
        assert_ne!(origin("http://a.example/"), origin("http://a.example:81/"));
        assert_eq!(origin("ftp://a.example/"), None);
        let parsed: Origin = "http://[::1]:8080".parse().unwrap();
        assert_eq!(parsed.to_string(), "http://[::1]:8080");
        for bad in [
            "",
            "a.example",
            "http://a.example/x",
            "http://u@a.example",
            "http://a.example?x",
            "ws://a",
        ] {
            assert_eq!(bad.parse::<Origin>(), Err(OriginError), "{bad}");
        }
    }
}
