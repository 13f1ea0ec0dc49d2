//! How updates come, and the configuration of a webhook: what is written down, and what was checked. Owns the address
//! that is listened on.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};

use duologue_core::Secret;
use reqwest::Url;

use crate::error::TelegramError;

/// The ports that Telegram calls: "Ports currently supported for webhooks: 443, 80, 88, 8443"
/// ([`setWebhook`](https://core.telegram.org/bots/api#setwebhook)).
const PORTS: [u16; 4] = [443, 80, 88, 8443];

/// The longest secret, in characters: "1-256 characters"
/// ([`setWebhook`](https://core.telegram.org/bots/api#setwebhook)).
const SECRET: usize = 256;

/// How updates come.
#[derive(Clone, Debug, Default)]
pub enum Updates {
    /// The bot asks for them and waits. It needs no address of its own, and works behind any router.
    #[default]
    Polling,
    /// Telegram brings them to an address of the bot's.
    Webhook(Webhook),
}

/// A webhook: Telegram makes an HTTPS request for every update, a proxy in front of the bot does the TLS, and the bot
/// answers plain HTTP/1.1.
///
/// # What is promised
///
/// - An update is answered with 200 only once the inbox has taken it or knows it already. Anything else makes Telegram
///   bring it again: after the seconds of `Retry-After`, or after pauses that grow from 1 s to 60–120 s, until it is
///   [too old](https://core.telegram.org/bots/api#getting-updates), after 24 hours at most
///   ([source](https://github.com/tdlib/telegram-bot-api/blob/01a3679c0bbf9bbba03d1d3e20f621fa4becddcc/telegram-bot-api/WebhookActor.cpp)).
/// - When the inbox is full the answer is 503 with `Retry-After`, and nothing is lost.
/// - A request without the secret in its `X-Telegram-Bot-Api-Secret-Token` header is refused before its body is read.
/// - The webhook stays set when the bot stops: Telegram keeps what comes meanwhile, and the next start takes it.
/// - Who takes the webhook away or sets another one elsewhere is named in the health and not fought; a start sets it
///   anew. A bot that polls never takes a webhook away either.
///
/// # Order
///
/// Telegram keeps a queue for each chat's messages and begins its next update only when the one before was answered
/// well, however many connections there are: messages of one chat come in order, over any `max_connections`. The
/// same holds for the presses of one person, and for each other kind by itself
/// ([`add_update` in its source](https://github.com/tdlib/telegram-bot-api/blob/01a3679c0bbf9bbba03d1d3e20f621fa4becddcc/telegram-bot-api/Client.cpp)).
/// What cannot be had is an order *between* these queues: a message and a press that happen within the same moment in
/// one chat may come the other way around, and so may a message and a reaction. One connection does not mend that,
/// because the server picks the queue by its time and not by the update's number, and it makes the slowest way to the
/// bot the bound on all its chats. So the default is Telegram's own of 40. Where the order of everything in a chat
/// matters, poll: then it comes as it happened.
///
/// # No answer in the answer
///
/// Telegram would take one method call in the body of the reply to an update, and says itself that "it's not possible
/// to know that such a request was successful or get its result"
/// ([making requests when getting updates](https://core.telegram.org/bots/api#making-requests-when-getting-updates)).
/// Without a result there is no receipt: no message to edit later, no error, no pace by the network's 429. It would
/// also hold the update open until its handler has ended. So the body is always empty, and replies go out as calls.
///
/// ```
/// use duologue_core::Secret;
/// use duologue_telegram::{TelegramConfig, Updates, Webhook};
///
/// let webhook = Webhook::new("https://bot.example.org/telegram", Secret::new("a-long-random-text"));
/// let config = TelegramConfig {
///     updates: Updates::Webhook(webhook),
///     ..TelegramConfig::new(Secret::new("110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"))
/// };
/// # let _ = config;
/// ```
#[derive(Clone, Debug)]
pub struct Webhook {
    /// The public address that Telegram calls, such as `https://bot.example.org/telegram`. It begins with `https://`,
    /// has a certificate that is publicly trusted, and one of the ports
    /// [443, 80, 88 and 8443](https://core.telegram.org/bots/api#setwebhook). Plain `http` and any port are taken for
    /// this machine itself alone: a Bot API server of one's own in its
    /// [local mode](https://core.telegram.org/bots/api#using-a-local-bot-api-server) calls that.
    pub url: String,
    /// What Telegram sends along with every update, to show that it is Telegram:
    /// [1–256 characters of `A-Z a-z 0-9 _ -`](https://core.telegram.org/bots/api#setwebhook). Make it long and random.
    /// A new one is told to Telegram by itself: at the next start, or as soon as Telegram has come with the old one.
    pub secret: Secret,
    /// Where the proxy finds the bot. Port 0 takes any free one. This speaks plain HTTP: open it to this machine alone,
    /// or to a network that is the proxy's and the bot's own.
    pub listen: SocketAddr,
    /// The path that is served, where it is another one than that of `url`, because the proxy takes a part away.
    pub path: Option<String>,
    /// How many updates Telegram may bring at once,
    /// [1–100](https://core.telegram.org/bots/api#setwebhook). Under it the order in a chat holds as is said above.
    pub max_connections: u8,
}

impl Webhook {
    /// The default of [`listen`](Self::listen): this machine alone.
    pub const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

    /// The default of [`max_connections`](Self::max_connections), which is
    /// [Telegram's own](https://core.telegram.org/bots/api#setwebhook).
    pub const MAX_CONNECTIONS: u8 = 40;

    /// A webhook with the defaults.
    #[must_use]
    pub fn new(url: impl Into<String>, secret: Secret) -> Self {
        Self {
            url: url.into(),
            secret,
            listen: Self::LISTEN,
            path: None,
            max_connections: Self::MAX_CONNECTIONS,
        }
    }
}

/// A webhook that can work.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// What Telegram calls.
    pub(crate) url: Url,
    pub(crate) secret: Secret,
    pub(crate) listen: SocketAddr,
    /// What is served.
    pub(crate) path: String,
    pub(crate) max_connections: u8,
    bound: Mutex<Option<SocketAddr>>,
}

impl Endpoint {
    pub(crate) fn new(webhook: &Webhook) -> Result<Self, TelegramError> {
        let url = parse_url(&webhook.url)?;
        let path = webhook.path.as_deref().unwrap_or(url.path()).to_owned();
        if !is_path(&path) {
            return Err(TelegramError::WebhookPath);
        }
        if !is_secret(webhook.secret.expose()) {
            return Err(TelegramError::WebhookSecret);
        }
        if !(1..=100).contains(&webhook.max_connections) {
            return Err(TelegramError::WebhookConnections(webhook.max_connections));
        }
        Ok(Self {
            url,
            secret: webhook.secret.clone(),
            listen: webhook.listen,
            path,
            max_connections: webhook.max_connections,
            bound: Mutex::new(None),
        })
    }

    /// The host and the port of the public address: its path may be meant to be unknown.
    pub(crate) fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Where it is listened, while it is.
    pub(crate) fn bound(&self) -> Option<SocketAddr> {
        *self.bound.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_bound(&self, address: Option<SocketAddr>) {
        *self.bound.lock().unwrap_or_else(PoisonError::into_inner) = address;
    }
}

fn parse_url(text: &str) -> Result<Url, TelegramError> {
    let bad = |why| Err(TelegramError::WebhookUrl(why));
    let Ok(url) = Url::parse(text.trim()) else {
        return bad("it cannot be read");
    };
    if !url.has_host() {
        return bad("it has no host");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return bad("it must have no name and no password in it; the secret does their work");
    }
    if url.fragment().is_some() {
        return bad("it must end before any #");
    }
    if crate::call::is_loopback(&url) {
        return match url.scheme() {
            "http" | "https" => Ok(url),
            _ => bad("it must begin with https://"),
        };
    }
    if url.scheme() != "https" {
        return bad("it must begin with https://, and a proxy in front of the bot does the TLS");
    }
    if !PORTS.contains(&url.port_or_known_default().unwrap_or_default()) {
        return bad("Telegram calls the ports 443, 80, 88 and 8443 alone");
    }
    Ok(url)
}

fn is_path(path: &str) -> bool {
    let fits = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_' | b'~' | b'/');
    path.starts_with('/') && path.bytes().all(fits)
}

fn is_secret(secret: &str) -> bool {
    let fits = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-');
    (1..=SECRET).contains(&secret.len()) && secret.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Result<String, String> {
        let webhook = Webhook::new(text, Secret::new("s"));
        match Endpoint::new(&webhook) {
            Ok(endpoint) => Ok(format!("{} {}", endpoint.url, endpoint.path)),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn an_address_that_telegram_calls_is_taken_with_its_path() {
        for (text, expected) in [
            ("https://bot.example", "https://bot.example/ /"),
            (
                " https://bot.example/a/b?c=d ",
                "https://bot.example/a/b?c=d /a/b",
            ),
            ("https://bot.example:443/x", "https://bot.example/x /x"),
            ("https://bot.example:8443/x", "https://bot.example:8443/x /x"),
            ("http://127.0.0.1:8090/x", "http://127.0.0.1:8090/x /x"),
            ("http://localhost/x", "http://localhost/x /x"),
        ] {
            assert_eq!(url(text).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn an_address_that_telegram_does_not_call_is_refused_with_what_to_do() {
        for (text, why) in [
            ("", "cannot be read"),
            ("bot.example/x", "cannot be read"),
            ("http://bot.example/x", "begin with https://"),
            ("ftp://localhost/x", "begin with https://"),
            ("https://bot.example:8080/x", "443, 80, 88 and 8443"),
            ("https://me:pass@bot.example/x", "no password"),
            ("https://bot.example/x#y", "before any #"),
            ("https://bot.example/%C3%A4", "telegram.webhook.path"),
            ("data:text", "no host"),
        ] {
            let error = url(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn what_stands_beside_the_address_is_checked() {
        let webhook = || Webhook::new("https://bot.example/x", Secret::new("A-z_09"));
        let error = |webhook: Webhook| Endpoint::new(&webhook).map(drop).unwrap_err().to_string();
        for secret in ["", "two words", "ä", "a.b", &"x".repeat(257)] {
            let secret = Secret::new(secret);
            assert!(error(Webhook { secret, ..webhook() }).contains("TELEGRAM_WEBHOOK_SECRET"));
        }
        for path in ["", "x", "/a b", "/{a}", "/:a", "/*a", "/%20"] {
            let path = Some(path.to_owned());
            assert!(error(Webhook { path, ..webhook() }).contains("telegram.webhook.path"));
        }
        for max_connections in [0, 101] {
            let error = error(Webhook {
                max_connections,
                ..webhook()
            });
            assert!(error.contains("1 to 100"), "{error}");
        }
        let fine = Webhook {
            secret: Secret::new("x".repeat(256)),
            path: Some("/here".to_owned()),
            max_connections: 100,
            ..webhook()
        };
        assert_eq!(Endpoint::new(&fine).unwrap().path, "/here");
    }
}
