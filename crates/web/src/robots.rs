//! robots.txt (RFC 9309): whether a host lets the bot read an address. Owns the cache of what hosts said.

mod cache;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::StatusCode;
use tokio::time::Instant;
use url::Url;

use crate::address::Origin;
use crate::config::later;
use crate::error::{FetchError, FetchErrorKind};
use crate::fetch::Fetcher;
use crate::request::Request;

use self::cache::{Cache, Known};

/// The most bytes of a file that are read; the rest is ignored. RFC 9309, 2.5, asks for 500 KiB at least.
pub const ROBOTS_BYTES: usize = 500 << 10;

/// How long a file counts: the most that RFC 9309, 2.4, lets it.
pub const ROBOTS_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// How long a host that did not answer stays closed before it is asked again.
pub const ROBOTS_PAUSE: Duration = Duration::from_secs(5 * 60);

/// The most origins whose rules are kept.
pub const ROBOTS_ENTRIES: usize = 512;

/// The most bytes of files whose rules are kept, 4 MiB. As rules they take up to eight times as much.
pub const ROBOTS_KEPT_BYTES: usize = 4 << 20;

/// The longest `Crawl-delay` that is passed on; a longer one means the same to a person who waits.
pub const LONGEST_CRAWL_DELAY: Duration = Duration::from_secs(3600);

/// How robots.txt is read and kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RobotsConfig {
    /// The product token that the files know the bot by, such as `ExampleBot`, without a version.
    pub agent: String,
    /// How long a file counts. [`ROBOTS_LIFETIME`] by default.
    pub lifetime: Duration,
    /// How long a host that did not answer stays closed. [`ROBOTS_PAUSE`] by default.
    pub pause: Duration,
    /// The most origins that are kept. [`ROBOTS_ENTRIES`] by default.
    pub entries: usize,
    /// The most bytes of files that are kept. [`ROBOTS_KEPT_BYTES`] by default.
    pub bytes: usize,
}

impl RobotsConfig {
    /// The defaults, for a product token.
    #[must_use]
    pub fn new(agent: impl Into<String>) -> Self {
        Self {
            agent: agent.into(),
            lifetime: ROBOTS_LIFETIME,
            pause: ROBOTS_PAUSE,
            entries: ROBOTS_ENTRIES,
            bytes: ROBOTS_KEPT_BYTES,
        }
    }
}

/// Whether a host lets the bot read an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permission {
    /// Whether it does.
    pub allowed: bool,
    /// How long the host wants the bot to wait between two requests, at most [`LONGEST_CRAWL_DELAY`].
    pub crawl_delay: Option<Duration>,
    /// Why.
    pub basis: Basis,
}

/// Why a host does or does not let the bot read an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Its rules say so.
    Rules,
    /// It has none (4xx), and lets everybody read everything.
    NoRules,
    /// It did not say: 5xx, 429, or not reached. Closed for a while.
    Unknown,
}

/// What hosts let the bot read. One file is fetched at a time for each origin, through the same guard and limits as
/// everything else.
///
/// ```no_run
/// use duologue_web::{FetchConfig, Fetcher, Robots, RobotsConfig, address};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let fetcher = Fetcher::new(FetchConfig::new("ExampleBot/1.0"))?;
/// let robots = Robots::new(fetcher, RobotsConfig::new("ExampleBot"));
/// let permission = robots.permission(&address("example.com/private")?).await?;
/// if !permission.allowed {
///     println!("the site asks robots to stay away: {:?}", permission.basis);
/// }
/// # Ok(())
/// # }
/// ```
pub struct Robots {
    fetcher: Fetcher,
    config: RobotsConfig,
    cache: Mutex<Cache>,
}

impl Robots {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(fetcher: Fetcher, config: RobotsConfig) -> Self {
        let cache = Mutex::new(Cache::new(config.entries, config.bytes));
        Self {
            fetcher,
            config,
            cache,
        }
    }

    /// Whether the host of an address lets the bot read it. Cancel safe: who else waits for the same file goes on.
    ///
    /// # Errors
    ///
    /// [`FetchErrorKind::Refused`] for an address that the guard refuses. Whatever else goes wrong is a permission
    /// that is not given.
    pub async fn permission(&self, url: &Url) -> Result<Permission, FetchError> {
        let refused = |refusal| FetchError::new(Some(url), FetchErrorKind::Refused(refusal));
        self.fetcher.guard().check(url).map_err(refused)?;
        let Some(origin) = Origin::of(url) else {
            return Err(refused(crate::Refusal::Scheme));
        };
        let entry = self
            .cache
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(origin, Instant::now());
        let known = entry.get_or_init(|| self.ask(url)).await;
        Ok(known.permission(url))
    }

    /// What a host says now.
    async fn ask(&self, url: &Url) -> Known {
        let outcome = self.fetch(url).await;
        let (known, lifetime) = match outcome {
            Outcome::File(file) => (Known::rules(&file, &self.config.agent), self.config.lifetime),
            Outcome::None => (Known::no_rules(), self.config.lifetime),
            Outcome::Unknown => (Known::unknown(), self.config.pause),
        };
        known.until(later(Instant::now(), lifetime))
    }

    async fn fetch(&self, url: &Url) -> Outcome {
        let mut file = url.clone();
        file.set_path("/robots.txt");
        file.set_query(None);
        let request = Request::new(file).accept("text/plain, */*;q=0.1");
        let mut response = match self.fetcher.get(request).await {
            Ok(response) => response,
            // RFC 9309, 2.3.1.2: as if there were none.
            Err(error) if matches!(error.kind, FetchErrorKind::TooManyRedirects(_)) => return Outcome::None,
            Err(_) => return Outcome::Unknown,
        };
        match response.status() {
            status if status.is_success() => match response.prefix(ROBOTS_BYTES).await {
                Ok(prefix) if prefix.whole => Outcome::File(prefix.bytes.to_vec()),
                Ok(prefix) => Outcome::File(whole_lines(&prefix.bytes).to_vec()),
                Err(_) => Outcome::Unknown,
            },
            // The standard lets a 429 pass as "no rules". A host that asks to be left alone is left alone.
            StatusCode::TOO_MANY_REQUESTS => Outcome::Unknown,
            status if status.is_server_error() => Outcome::Unknown,
            _ => Outcome::None,
        }
    }
}

/// What came of asking for a file.
enum Outcome {
    File(Vec<u8>),
    None,
    Unknown,
}

/// The beginning of a file up to its last whole line: half a rule is another rule.
fn whole_lines(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| matches!(byte, b'\n' | b'\r'));
    &bytes[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_documented_ones() {
        let expected = RobotsConfig {
            agent: "Bot".to_owned(),
            lifetime: Duration::from_secs(86_400),
            pause: Duration::from_secs(300),
            entries: 512,
            bytes: 4 * 1024 * 1024,
        };
        assert_eq!(RobotsConfig::new("Bot"), expected);
        assert_eq!(ROBOTS_BYTES, 500 * 1024);
    }

    #[test]
    fn a_file_that_is_cut_keeps_its_whole_lines() {
        assert_eq!(whole_lines(b"a: b\nc: d\ne"), b"a: b\nc: d");
        assert_eq!(whole_lines(b"a: b\rc"), b"a: b");
        assert_eq!(whole_lines(b"no line at all"), b"");
    }
}
