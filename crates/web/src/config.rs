//! What a fetcher is made of: its name, its policy and its limits. Pure data; every default is a constant with its
//! reason.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::SetupError;
use crate::guard::Policy;

/// How long name, connection and TLS may take together. One lost packet of a connection is repeated after 1 s, so
/// that a host has a second chance.
pub const CONNECT: Duration = Duration::from_secs(3);

/// How long a hop may take from its start, connecting included, to the head of its answer. A person waits.
pub const FIRST_BYTE: Duration = Duration::from_secs(5);

/// How long a fetch may take in all, redirects and body included, where the request does not say otherwise.
pub const TOTAL: Duration = Duration::from_secs(20);

/// The lowest average rate of a body, in bytes a second: a slow phone line is faster.
pub const LOWEST_RATE: u64 = 1024;

/// How long a body may be waited for before its rate counts.
pub const GRACE: Duration = Duration::from_secs(5);

/// The most bytes of a body as they come in: what Telegram's Bot API lets a bot download, 20 MiB.
pub const WIRE_BYTES: u64 = 20 << 20;

/// The most bytes of a body after decompression.
pub const DECODED_BYTES: u64 = 20 << 20;

/// The most redirects that are followed.
pub const REDIRECTS: usize = 5;

/// The most fetches in flight in all. What one holds is at most a head and the window of a decompressor (16 MiB for
/// brotli at its largest), and what its caller keeps.
pub const AT_ONCE: usize = 16;

/// The most fetches in flight for one host, so that a chat cannot make the bot a burden on somebody.
pub const PER_HOST: usize = 2;

/// The most headers of an answer. hyper's bound, which a test holds it to.
pub const HEADERS: usize = 100;

/// The most bytes of an answer's head. hyper's bound, which a test holds it to.
pub const HEAD_BYTES: usize = 8192 + 4096 * 100;

/// What a [`Fetcher`](crate::Fetcher) is made of.
///
/// ```
/// use std::time::Duration;
/// use duologue_web::{FetchConfig, Fetcher};
///
/// let mut config = FetchConfig::new("ExampleBot/1.0 (+https://bot.example/about)");
/// config.limits.total = Duration::from_secs(10);
/// let fetcher = Fetcher::new(config)?;
/// # Ok::<(), duologue_web::SetupError>(())
/// ```
#[derive(Clone, Debug)]
pub struct FetchConfig {
    /// The `User-Agent` of every request: a product token, a version, and an address where to read about the bot.
    pub user_agent: String,
    /// Where fetches may go.
    pub policy: Policy,
    /// How much they may take.
    pub limits: Limits,
}

/// How much a fetch may take. [`Default`] is the constants of this crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Name, connection and TLS together. [`CONNECT`] by default.
    pub connect: Duration,
    /// From the start of a hop, connecting included, to the head of its answer. [`FIRST_BYTE`] by default.
    pub first_byte: Duration,
    /// Everything: waiting for a place, redirects, body. [`TOTAL`] by default; a request can set its own.
    pub total: Duration,
    /// The lowest average rate of a body in bytes a second; 0 takes every rate. [`LOWEST_RATE`] by default.
    pub lowest_rate: u64,
    /// How long a body is waited for before its rate counts. [`GRACE`] by default.
    pub grace: Duration,
    /// The most bytes of a body as they come in. [`WIRE_BYTES`] by default; a request can set its own.
    pub wire_bytes: u64,
    /// The most bytes of a body after decompression. [`DECODED_BYTES`] by default; a request can set its own.
    pub decoded_bytes: u64,
    /// The most redirects; 0 follows none. [`REDIRECTS`] by default.
    pub redirects: usize,
    /// The most fetches in flight in all. [`AT_ONCE`] by default.
    pub at_once: usize,
    /// The most fetches in flight for one host. [`PER_HOST`] by default.
    pub per_host: usize,
}

impl FetchConfig {
    /// The defaults, under a name.
    #[must_use]
    pub fn new(user_agent: impl Into<String>) -> Self {
        Self {
            user_agent: user_agent.into(),
            policy: Policy::default(),
            limits: Limits::default(),
        }
    }

    pub(crate) fn check(&self) -> Result<(), SetupError> {
        let visible = self.user_agent.bytes().all(|c| matches!(c, b' '..=b'~'));
        if self.user_agent.trim().is_empty() || !visible {
            return Err(SetupError::UserAgent);
        }
        let limits = &self.limits;
        let zero = [
            ("connect", limits.connect.is_zero()),
            ("first_byte", limits.first_byte.is_zero()),
            ("total", limits.total.is_zero()),
            ("at_once", limits.at_once == 0),
            ("per_host", limits.per_host == 0),
        ];
        match zero.iter().find(|(_, zero)| *zero) {
            Some((name, _)) => Err(SetupError::Zero(name)),
            None => Ok(()),
        }
    }
}

/// A moment so much later, within what a clock can hold: a limit may be as long as one likes.
pub(crate) fn later(now: Instant, time: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
    now + time.min(YEAR)
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: CONNECT,
            first_byte: FIRST_BYTE,
            total: TOTAL,
            lowest_rate: LOWEST_RATE,
            grace: GRACE,
            wire_bytes: WIRE_BYTES,
            decoded_bytes: DECODED_BYTES,
            redirects: REDIRECTS,
            at_once: AT_ONCE,
            per_host: PER_HOST,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_limits_are_the_documented_ones() {
        let expected = Limits {
            connect: Duration::from_secs(3),
            first_byte: Duration::from_secs(5),
            total: Duration::from_secs(20),
            lowest_rate: 1024,
            grace: Duration::from_secs(5),
            wire_bytes: 20 * 1024 * 1024,
            decoded_bytes: 20 * 1024 * 1024,
            redirects: 5,
            at_once: 16,
            per_host: 2,
        };
        assert_eq!(Limits::default(), expected);
    }

    #[test]
    fn a_nameless_or_impossible_config_is_refused() {
        for name in ["", "  ", "Bot\r\nX-Evil: 1", "Böt/1.0"] {
            assert!(
                matches!(FetchConfig::new(name).check(), Err(SetupError::UserAgent)),
                "{name:?}"
            );
        }
        let mut config = FetchConfig::new("Bot/1.0");
        assert!(config.check().is_ok());
        config.limits.per_host = 0;
        assert!(matches!(config.check(), Err(SetupError::Zero("per_host"))));
    }
}
