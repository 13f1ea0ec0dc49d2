//! What all features that fetch share: the settings, one fetcher, and what robots may read. Owns the fetcher.

use std::sync::{Arc, Mutex, PoisonError};

use duologue::prelude::*;
use duologue::{ConfigError, SandboxSite};
use duologue_web::readable::{self, Article};
use duologue_web::sniff::{self, ContentType};
use duologue_web::{FetchConfig, FetchError, Fetcher, Head, Origin, Retry, Robots, RobotsConfig};
use serde::{Deserialize, Deserializer, Serialize};

use crate::words::web as words;

/// The name that sites know the bot by.
const AGENT: &str = "Duologue";

/// The section `features.fetch` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct FetchSettings {
    /// Origins that may be on any port and lead inside, such as `http://wiki.intranet:8080`.
    #[serde(deserialize_with = "origins")]
    pub(crate) allow: Vec<Origin>,
    /// Where people can read about the bot: sites see it.
    pub(crate) about: Option<String>,
    /// The most addresses of one call.
    pub(crate) files: usize,
    /// The most of one file, in megabytes.
    pub(crate) megabytes: u64,
    /// The most seconds that one file may take.
    pub(crate) seconds: u64,
}

impl Default for FetchSettings {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            about: None,
            files: 20,
            megabytes: 20,
            seconds: 120,
        }
    }
}

impl FetchSettings {
    /// The most bytes of one file.
    pub(crate) fn bytes(&self) -> u64 {
        self.megabytes.saturating_mul(1_000_000)
    }

    /// The longest that one file may take.
    pub(crate) fn time(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

/// A resource of the bot.
pub(crate) struct Web {
    pub(crate) settings: FetchSettings,
    client: Mutex<Option<Client>>,
}

/// What is made once, when it is first needed: only then it is known whether the bot runs in a sandbox.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) fetcher: Fetcher,
    pub(crate) robots: Arc<Robots>,
}

impl Web {
    pub(crate) fn new(app: &App) -> Result<Self, ConfigError> {
        Ok(Self {
            settings: app.config().feature("fetch")?,
            client: Mutex::default(),
        })
    }

    /// The client; in a sandbox it also goes to the sandbox's own site.
    pub(crate) fn client(&self, ctx: &Context) -> Result<Client, HandlerError> {
        let mut client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*client {
            return Ok(client.clone());
        }
        let about = self.settings.about.iter().map(|about| format!(" (+{about})"));
        let about: String = about.collect();
        let mut config = FetchConfig::new(format!("{AGENT}/{}{about}", env!("CARGO_PKG_VERSION")));
        config.policy.inside.clone_from(&self.settings.allow);
        if let Some(site) = ctx.resource::<SandboxSite>() {
            config.policy.inside.push(site.0.parse()?);
        }
        let fetcher = Fetcher::new(config)?;
        let robots = Robots::new(fetcher.clone(), RobotsConfig::new(AGENT));
        let new = Client {
            fetcher,
            robots: Arc::new(robots),
        };
        Ok(client.insert(new).clone())
    }
}

/// What is known of a file before it is looked into. It goes to worker processes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Facts {
    /// Where it came from, after all redirects.
    pub(crate) url: String,
    pub(crate) name: String,
    /// What its host says that it is.
    declared: Option<ContentType>,
}

impl Facts {
    pub(crate) fn of(head: &Head) -> Self {
        let declared = head.content_type.clone();
        let media_type = declared.as_ref().map(|declared| declared.essence.as_str());
        Self {
            url: head.url.to_string(),
            name: sniff::file_name(head.disposition.as_deref(), &head.url, media_type),
            declared,
        }
    }

    /// What it is, by its bytes.
    pub(crate) fn media_type(&self, bytes: &[u8]) -> String {
        sniff::media_type(bytes, self.declared.as_ref())
    }

    /// It as text.
    pub(crate) fn text(&self, bytes: &[u8]) -> String {
        sniff::decode(bytes, self.declared.as_ref()).text
    }

    /// Its readable text; `None` where it is no text.
    pub(crate) fn article(&self, media_type: &str, bytes: &[u8]) -> Result<Option<Article>, TaskError> {
        Ok(match media_type {
            kind if is_page(kind) => Some(readable::article(&self.text(bytes), &self.url.parse()?)),
            "text/markdown" => Some(readable::markdown(&self.text(bytes))),
            kind if kind.starts_with("text/") => Some(readable::plain(&self.text(bytes))),
            _ => None,
        })
    }
}

/// Whether a media type is that of a page.
pub(crate) fn is_page(media_type: &str) -> bool {
    matches!(media_type, "text/html" | "application/xhtml+xml")
}

/// Why nothing came of an address.
pub(crate) struct Failure {
    pub(crate) why: String,
    /// Whether it may work another time.
    pub(crate) again: bool,
}

/// What is wrong with one address is said; what is wrong with the bot, or ends the whole, ends it.
pub(crate) fn why_not(error: TaskError) -> Result<Failure, TaskError> {
    let (why, again) = match error {
        TaskError::Fault(error) => match error.downcast::<FetchError>() {
            Ok(error) => (words::not_fetched(&error), error.retry() != Retry::Never),
            Err(error) => return Err(TaskError::Fault(error)),
        },
        TaskError::Say(content) => (content.to_plain().trim().to_owned(), false),
        TaskError::OverLimit(_) => (words::NO_ROOM.to_owned(), true),
        TaskError::Crashed(_) | TaskError::Panicked(_) | TaskError::TimedOut(_) => {
            (words::NOT_UNDERSTOOD.to_owned(), false)
        }
        error => return Err(error),
    };
    Ok(Failure { why, again })
}

fn origins<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Origin>, D::Error> {
    let words = Vec::<String>::deserialize(deserializer)?;
    let origin = |word: String| {
        word.parse()
            .map_err(|error| serde::de::Error::custom(format_args!("{word:?} is no origin: {error}")))
    };
    words.into_iter().map(origin).collect()
}

#[cfg(test)]
mod tests {
    use super::FetchSettings;

    fn read(text: &str) -> Result<FetchSettings, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn settings_have_defaults_and_say_what_is_wrong() {
        let settings = read("allow = [\"http://wiki.intranet:8080\"]\nmegabytes = 5").unwrap();
        assert_eq!(
            (settings.allow.len(), settings.bytes(), settings.files),
            (1, 5_000_000, 20)
        );
        let wrong = read("allow = [\"not an origin\"]").unwrap_err();
        assert!(wrong.contains("not an origin"), "{wrong}");
        assert!(read("allowed = []").unwrap_err().contains("allowed"));
    }
}
