//! The constructor and its configuration. The handle that it makes is shared by the source, the sender and the bot's
//! author.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use duologue_core::{Adapter, NetworkId, Pace, Secret, Support};

use crate::call::Calls;
use crate::capabilities;
use crate::error::TelegramError;
use crate::sender::TelegramSender;
use crate::source::TelegramSource;
use crate::webhook::{Endpoint, Updates};

/// The network.
pub const NETWORK: NetworkId = NetworkId::new("telegram");

/// Telegram's own Bot API.
pub const API_URL: &str = "https://api.telegram.org";

/// How a bot talks to Telegram.
///
/// ```
/// use duologue_core::Secret;
/// use duologue_telegram::TelegramConfig;
///
/// let config = TelegramConfig {
///     api_url: "http://127.0.0.1:8081".to_owned(),
///     ..TelegramConfig::new(Secret::new("110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"))
/// };
/// # let _ = config;
/// ```
#[derive(Clone, Debug)]
pub struct TelegramConfig {
    /// The token as @BotFather sends it.
    pub token: Secret,
    /// What stands before `/bot<token>`. Plain `http` is for servers of one's own. A proxy that the environment names
    /// (`HTTPS_PROXY`, `NO_PROXY` and the like) is used, except for this machine itself.
    pub api_url: String,
    /// How fast the bot speaks.
    pub pace: Pace,
    /// Whether the network shows a preview of the first address in a text.
    pub link_previews: bool,
    /// Whether the card of a task in a private chat is a draft with a stop button, as far as the server knows those.
    pub drafts: bool,
    /// The most connections for calls at once; polling and files have their own.
    pub connections: usize,
    /// How long things may take.
    pub timing: Timing,
    /// How updates come.
    pub updates: Updates,
}

/// How long things may take. The defaults are for Telegram's own servers; tests inject shorter ones.
#[derive(Clone, Debug)]
pub struct Timing {
    /// How long the network may hold a request for updates while there are none; whole seconds count. Zero asks
    /// without waiting.
    pub poll: Duration,
    /// How long a call may take, from its start to the end of its answer.
    pub call: Duration,
    /// How long making a connection may take.
    pub connect: Duration,
    /// How long sending files may take.
    pub upload: Duration,
    /// How long a download may stand still.
    pub stall: Duration,
    /// The pause after a first fault; it doubles up to `backoff_most`, and a random part of it is waited.
    pub backoff: Duration,
    /// The longest pause after faults.
    pub backoff_most: Duration,
    /// Over how long a token must be refused, three times, before it counts as invalid: the network refuses valid ones
    /// now and then.
    pub token_doubt: Duration,
    /// After how long without updates the position in the stream is forgotten: the network starts to count anew, at
    /// random, after a week.
    pub position_kept: Duration,
    /// How long a request to the webhook may take to arrive: its head, and then its body. Telegram itself gives up after
    /// [60 s](https://github.com/tdlib/telegram-bot-api/issues/341).
    pub webhook_request: Duration,
    /// How often Telegram is asked whether it reaches the webhook. A tenth of it while updates wait that do not come.
    pub webhook_check: Duration,
}

/// A bot on Telegram: the adapter for `core`, and the handle by which its author reaches what Telegram alone has (see
/// [`Telegram::bot`], [`Telegram::call`] and [`Telegram::call_raw`]). Cheap to clone.
#[derive(Clone, Debug)]
pub struct Telegram {
    pub(crate) shared: Arc<Shared>,
}

/// What the source, the sender and the author's handle have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) calls: Calls,
    /// Where updates are brought to; `None` where they are asked for.
    pub(crate) endpoint: Option<Endpoint>,
    config: TelegramConfig,
}

/// Makes the adapter. Nothing is sent before its source runs.
///
/// # Errors
///
/// [`TelegramError`] for a token, an address or a webhook that cannot be one.
pub fn adapter(config: TelegramConfig) -> Result<Adapter, TelegramError> {
    Ok(Telegram::new(config)?.adapter())
}

impl TelegramConfig {
    /// The defaults for Telegram's own servers.
    #[must_use]
    pub fn new(token: Secret) -> Self {
        let pace = capabilities::pace();
        Self {
            token,
            api_url: API_URL.to_owned(),
            connections: pace.in_flight,
            pace,
            link_previews: false,
            drafts: true,
            timing: Timing::default(),
            updates: Updates::default(),
        }
    }
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(50),
            call: Duration::from_secs(30),
            connect: Duration::from_secs(10),
            upload: Duration::from_secs(600),
            stall: Duration::from_secs(30),
            backoff: Duration::from_secs(1),
            backoff_most: Duration::from_secs(30),
            token_doubt: Duration::from_secs(60),
            position_kept: Duration::from_secs(6 * 24 * 3600),
            webhook_request: Duration::from_secs(10),
            webhook_check: Duration::from_secs(600),
        }
    }
}

impl Telegram {
    /// Checks the configuration and prepares the calls. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`TelegramError`] for a token, an address or a webhook that cannot be one.
    pub fn new(config: TelegramConfig) -> Result<Self, TelegramError> {
        if !is_token(config.token.expose()) {
            return Err(TelegramError::Token);
        }
        let endpoint = match &config.updates {
            Updates::Polling => None,
            Updates::Webhook(webhook) => Some(Endpoint::new(webhook)?),
        };
        Ok(Self {
            shared: Arc::new(Shared {
                calls: Calls::new(&config)?,
                endpoint,
                config,
            }),
        })
    }

    /// Where the webhook is listened for, once it is and as long as that lasts: the port that was found where the
    /// configuration leaves it open with 0.
    #[must_use]
    pub fn webhook_address(&self) -> Option<SocketAddr> {
        self.shared.endpoint.as_ref().and_then(Endpoint::bound)
    }

    /// What receives and what sends, for `core`.
    #[must_use]
    pub fn adapter(&self) -> Adapter {
        let config = &self.shared.config;
        let mut capabilities = capabilities::capabilities(config.pace.clone());
        if !config.drafts {
            capabilities.drafts = Support::No;
        }
        Adapter {
            source: Arc::new(TelegramSource::new(Arc::clone(&self.shared))),
            sender: Arc::new(TelegramSender::new(
                Arc::clone(&self.shared),
                capabilities,
                config.link_previews,
            )),
        }
    }
}

/// Whether a text has the shape of a token: the bot's id, a colon, and the secret.
fn is_token(text: &str) -> bool {
    let fits = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_');
    text.split_once(':').is_some_and(|(id, secret)| {
        !id.is_empty()
            && id.bytes().all(|c| c.is_ascii_digit())
            && !secret.is_empty()
            && secret.bytes().all(fits)
    })
}
