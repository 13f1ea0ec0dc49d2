//! The guard: where a fetch may go, as data, and what is refused with which reason. Pure functions; it resolves
//! nothing itself.
//!
//! An address is judged twice: its text before anything happens ([`Guard::check`]), and what its name leads to at the
//! moment of connecting ([`Reach::check_addresses`]). Every hop of a redirect is a new address.

mod range;

use std::net::IpAddr;

use url::{Host, Url};

use crate::address::Origin;

pub use self::range::{Range, not_public};

/// The ports that may be connected to: those of http and https (80 and 443).
pub const PORTS: [u16; 2] = [80, 443];

/// Where a fetch may go. The schemes are http and https, and nothing changes that.
///
/// ```
/// use duologue_web::Policy;
///
/// // A site on this machine, for trying things out; everything else inside stays closed.
/// let policy = Policy { inside: vec!["http://127.0.0.1:8080".parse()?], ..Policy::default() };
/// # Ok::<(), duologue_web::OriginError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The ports that may be connected to, for both schemes. [`PORTS`] by default.
    pub ports: Vec<u16>,
    /// Origins that may be on any port and lead to any address, also inside. None by default.
    pub inside: Vec<Origin>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            ports: PORTS.to_vec(),
            inside: Vec::new(),
        }
    }
}

/// Why an address is not fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Another scheme than http and https.
    #[error("it is no http or https address")]
    Scheme,
    /// A user name or a password in the address.
    #[error("it holds a user name or a password")]
    Credentials,
    /// A port that is not allowed.
    #[error("its port {0} is not allowed")]
    Port(u16),
    /// The host is, or leads to, an address that is not public. One of several is enough.
    ///
    /// The text does not name the address: it can be of a name that only the inside knows.
    #[error("the host leads to {range}")]
    Address {
        /// The address.
        address: IpAddr,
        /// What makes it not public.
        range: Range,
    },
    /// A redirect from https to http.
    #[error("it is a redirect from https to http")]
    Downgrade,
}

/// Where the host of a checked address may lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// To public addresses alone.
    Public,
    /// To any address, as its origin is on the list of [`Policy::inside`].
    Inside,
}

/// A policy that is applied.
///
/// ```
/// use duologue_web::{Guard, Policy, Range, Reach, Refusal};
///
/// let guard = Guard::new(Policy::default());
/// assert_eq!(guard.check(&"https://example.com/".parse()?), Ok(Reach::Public));
/// assert_eq!(guard.check(&"file:///etc/passwd".parse()?), Err(Refusal::Scheme));
/// // 169.254.169.254, in another spelling.
/// let refused = guard.check(&"http://0xa9fea9fe/latest/meta-data/".parse()?);
/// assert!(matches!(refused, Err(Refusal::Address { range: Range::LinkLocal, .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Guard {
    policy: Policy,
}

impl Guard {
    /// A guard with a policy.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self { policy }
    }

    /// Judges an address by its text. A host that is an IP address is judged here, as nothing will look it up.
    ///
    /// # Errors
    ///
    /// The first reason against it.
    pub fn check(&self, url: &Url) -> Result<Reach, Refusal> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refusal::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::Credentials);
        }
        if Origin::of(url).is_some_and(|origin| self.policy.inside.contains(&origin)) {
            return Ok(Reach::Inside);
        }
        let port = url.port_or_known_default().unwrap_or_default();
        if !self.policy.ports.contains(&port) {
            return Err(Refusal::Port(port));
        }
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) | None => None,
        };
        Reach::Public.check_addresses(literal.as_slice())?;
        Ok(Reach::Public)
    }

    /// Judges the target of a redirect, seen from where the redirect was.
    ///
    /// # Errors
    ///
    /// The first reason against it: those of [`Guard::check`], and a way down from https to http.
    pub fn check_redirect(&self, from: &Url, to: &Url) -> Result<Reach, Refusal> {
        if from.scheme() == "https" && to.scheme() == "http" {
            return Err(Refusal::Downgrade);
        }
        self.check(to)
    }
}

impl Reach {
    /// Judges all that a name leads to: one address that is not public refuses the whole name.
    ///
    /// # Errors
    ///
    /// The first address that is not public.
    pub fn check_addresses(self, addresses: &[IpAddr]) -> Result<(), Refusal> {
        if self == Self::Inside {
            return Ok(());
        }
        let inside = addresses.iter().find_map(|&address| {
            Some(Refusal::Address {
                address,
                range: not_public(address)?,
            })
        });
        inside.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(policy: &Policy, url: &str) -> Result<Reach, Refusal> {
        Guard::new(policy.clone()).check(&Url::parse(url).unwrap())
    }

    fn range(url: &str) -> Range {
        match check(&Policy::default(), url) {
            Err(Refusal::Address { range, .. }) => range,
            other => panic!("{url}: {other:?}"),
        }
    }

    #[test]
    fn ports_80_and_443_are_the_default() {
        assert_eq!(Policy::default().ports, [80, 443]);
        assert!(Policy::default().inside.is_empty());
    }

    #[test]
    fn only_http_and_https_on_their_ports_without_credentials_pass() {
        let table = [
            ("http://example.com/", Ok(Reach::Public)),
            ("https://example.com:80/", Ok(Reach::Public)),
            ("http://example.com:443/", Ok(Reach::Public)),
            ("http://93.184.216.34/", Ok(Reach::Public)),
            ("http://[2606:2800:220:1::1]/", Ok(Reach::Public)),
            ("http://example.com:22/", Err(Refusal::Port(22))),
            ("https://example.com:8443/", Err(Refusal::Port(8443))),
            ("http://user@example.com/", Err(Refusal::Credentials)),
            ("http://:password@example.com/", Err(Refusal::Credentials)),
            ("ftp://example.com/", Err(Refusal::Scheme)),
            ("file:///etc/passwd", Err(Refusal::Scheme)),
            ("gopher://example.com:80/", Err(Refusal::Scheme)),
            ("data:text/plain,hello", Err(Refusal::Scheme)),
            ("javascript:alert(1)", Err(Refusal::Scheme)),
        ];
        for (url, expected) in table {
            assert_eq!(check(&Policy::default(), url), expected, "{url}");
        }
    }

    #[test]
    fn an_ip_address_is_seen_in_every_spelling() {
        for url in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://017700000001/",
            "http://0177.0.0.1/",
            "http://0x7f.0.0.1/",
            "http://127.1/",
            "http://127.0.1/",
            "http://127.0.0.1./",
            "http://%31%32%37.0.0.1/",
            "http://１２７.０.０.１/",
            "http://①②⑦.0.0.1/",
            "http://127。0。0。1/",
            "http:\\\\127.0.0.1\\",
            "http:127.0.0.1",
        ] {
            match check(&Policy::default(), url) {
                Err(Refusal::Address {
                    range: Range::Loopback,
                    ..
                }) => {}
                other => panic!("{url}: {other:?}"),
            }
        }
    }

    #[test]
    fn ipv6_that_holds_ipv4_is_refused_whatever_it_holds() {
        let table = [
            ("http://[::]/", Range::Unspecified),
            ("http://[::1]/", Range::Loopback),
            ("http://[::ffff:7f00:1]/", Range::Mapped),
            ("http://[::ffff:127.0.0.1]/", Range::Mapped),
            ("http://[::ffff:8.8.8.8]/", Range::Mapped),
            ("http://[::7f00:1]/", Range::Compatible),
            ("http://[64:ff9b::7f00:1]/", Range::Nat64),
            ("http://[64:ff9b:1::7f00:1]/", Range::Nat64),
            ("http://[2002:7f00:1::]/", Range::SixToFour),
            ("http://[2001:0:7f00:1::]/", Range::Teredo),
        ];
        for (url, expected) in table {
            assert_eq!(range(url), expected, "{url}");
        }
    }

    #[test]
    fn an_allowed_origin_may_lead_inside_and_its_neighbours_may_not() {
        let policy = Policy {
            inside: vec!["http://127.0.0.1:8080".parse().unwrap()],
            ..Policy::default()
        };
        assert_eq!(check(&policy, "http://127.0.0.1:8080/a"), Ok(Reach::Inside));
        assert_eq!(check(&policy, "http://0x7f.1:8080/a"), Ok(Reach::Inside));
        assert_eq!(
            check(&policy, "http://u@127.0.0.1:8080/"),
            Err(Refusal::Credentials)
        );
        assert_eq!(check(&policy, "http://127.0.0.1:8081/"), Err(Refusal::Port(8081)));
        assert_eq!(
            check(&policy, "https://127.0.0.1:8080/"),
            Err(Refusal::Port(8080))
        );
        assert!(matches!(
            check(&policy, "http://127.0.0.1/"),
            Err(Refusal::Address { .. })
        ));
        assert!(matches!(
            check(&policy, "http://127.0.0.2:80/"),
            Err(Refusal::Address { .. })
        ));
    }

    #[test]
    fn one_address_that_is_not_public_refuses_the_whole_name() {
        let public: IpAddr = "93.184.216.34".parse().unwrap();
        let private: IpAddr = "10.0.0.7".parse().unwrap();
        assert_eq!(Reach::Public.check_addresses(&[public]), Ok(()));
        assert_eq!(
            Reach::Public.check_addresses(&[public, private]),
            Err(Refusal::Address {
                address: private,
                range: Range::Private
            })
        );
        assert_eq!(Reach::Inside.check_addresses(&[private]), Ok(()));
    }

    #[test]
    fn a_redirect_never_leads_from_https_to_http() {
        let guard = Guard::new(Policy::default());
        let check =
            |from: &str, to: &str| guard.check_redirect(&Url::parse(from).unwrap(), &Url::parse(to).unwrap());
        assert_eq!(
            check("https://a.example/", "http://a.example/"),
            Err(Refusal::Downgrade)
        );
        assert_eq!(
            check("http://a.example/", "https://a.example/"),
            Ok(Reach::Public)
        );
        assert_eq!(
            check("https://a.example/", "https://b.example/"),
            Ok(Reach::Public)
        );
        assert!(matches!(
            check("https://a.example/", "https://169.254.169.254/"),
            Err(Refusal::Address {
                range: Range::LinkLocal,
                ..
            })
        ));
    }

    #[test]
    fn a_refusal_does_not_tell_the_address_behind_a_name() {
        let refusal = Reach::Public
            .check_addresses(&["10.1.2.3".parse().unwrap()])
            .unwrap_err();
        assert_eq!(refusal.to_string(), "the host leads to a private address");
    }
}
