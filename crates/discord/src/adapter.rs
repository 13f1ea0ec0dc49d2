//! The adapter's configuration and constructor. Owns what source and sender share.

use std::collections::HashSet;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use duologue_core::{Adapter, Capabilities, Secret};
use reqwest::Url;
use serde::Deserialize;
use serenity::http::{Http, HttpBuilder};
use serenity::model::gateway::GatewayIntents;
use serenity::model::id::ApplicationId;
use smol_str::SmolStr;
use thiserror::Error;
use tokio::sync::OnceCell;
use tracing::warn;

use crate::call::Caller;
use crate::call::route::Route;
use crate::capabilities::capabilities;
use crate::endpoint::{Delivery, EndpointError};
use crate::error::CallError;
use crate::files::Files;
use crate::gateway::{MemorySessions, SessionStore, Timing};
use crate::interaction::Interactions;
use crate::sender::DiscordSender;
use crate::source::DiscordSource;

/// What stands before `/api/v10` on Discord itself.
pub const DISCORD_API_URL: &str = "https://discord.com";

/// Half of the 3 s that Discord waits: the other half is for the call itself.
const DEFER_AFTER: Duration = Duration::from_millis(1_500);

/// How the bot takes part in Discord.
#[derive(Clone)]
#[non_exhaustive]
pub struct Config {
    /// The bot's token.
    pub token: Secret,
    /// What stands before `/api/v10`. The gateway's address comes from there alone.
    pub api_url: String,
    /// The server on which commands are registered at once; everywhere if there is none.
    pub guild_id: Option<u64>,
    /// Whether joins and leaves are asked for. It needs the "Server Members Intent" in the developer portal.
    pub members: bool,
    /// Intents besides those that the adapter asks for by itself; their events come as `Other`.
    pub more_intents: GatewayIntents,
    /// How interactions arrive: over the gateway, or by HTTP.
    pub delivery: Delivery,
    /// How long after receipt an unanswered interaction is deferred. Discord forgets it after 3 s.
    pub defer_after: Duration,
    /// The gateway's waits and deadlines.
    pub timing: Timing,
    /// Where the gateway session is kept between two runs.
    pub sessions: Arc<dyn SessionStore>,
}

impl Config {
    /// Discord itself with commands everywhere.
    #[must_use]
    pub fn new(token: Secret) -> Self {
        Self {
            token,
            api_url: DISCORD_API_URL.to_owned(),
            guild_id: None,
            members: false,
            more_intents: GatewayIntents::empty(),
            delivery: Delivery::Gateway,
            defer_after: DEFER_AFTER,
            timing: Timing::default(),
            sessions: Arc::new(MemorySessions::default()),
        }
    }
}

/// Why an adapter could not be made. Nothing was sent yet.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SetupError {
    /// `api_url` is not what stands before `/api/v10`.
    #[error("the address of discord's api is not an http address: {0}")]
    ApiUrl(String),
    /// The token or the HTTP client cannot be used.
    #[error("discord's api cannot be called")]
    Client(#[source] CallError),
    /// The endpoint for interactions cannot be set up so.
    #[error("the endpoint for discord's interactions cannot be set up")]
    Endpoint(#[source] EndpointError),
}

/// Makes the adapter: what receives and what sends, for one bot account.
///
/// Nothing is sent before the source runs or the sender is used.
///
/// # Errors
///
/// [`SetupError`] when the address, the token or the endpoint cannot be used at all. Whether the endpoint's port is free
/// is seen when the source runs.
pub fn adapter(config: Config) -> Result<Adapter, SetupError> {
    let bot = Arc::new(Bot::new(config)?);
    Ok(Adapter {
        source: Arc::new(DiscordSource::new(Arc::clone(&bot))),
        sender: Arc::new(DiscordSender::new(bot)),
    })
}

/// What source and sender share.
pub(crate) struct Bot {
    pub(crate) config: Config,
    pub(crate) base: Url,
    pub(crate) caller: Arc<Caller>,
    pub(crate) files: Files,
    pub(crate) interactions: Arc<Interactions>,
    pub(crate) capabilities: Capabilities,
    /// Commands whose answers are for one person alone.
    pub(crate) ephemeral: Arc<RwLock<HashSet<SmolStr>>>,
    /// serenity's way of calling, for authors.
    pub(crate) http: Arc<Http>,
    application: OnceCell<u64>,
}

#[derive(Deserialize)]
struct WithId {
    id: String,
    /// Where Discord posts interactions to, as far as this is an application.
    interactions_endpoint_url: Option<String>,
}

impl Bot {
    fn new(config: Config) -> Result<Self, SetupError> {
        let base = Url::parse(&config.api_url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| SetupError::ApiUrl(config.api_url.clone()))?;
        check(&config).map_err(SetupError::Endpoint)?;
        let caller = Caller::new(&config.api_url, &config.token).map_err(SetupError::Client)?;
        // Its limiter would ignore the other address, and the book of limits is ours.
        let http = HttpBuilder::new(config.token.expose())
            .proxy(config.api_url.trim_end_matches('/'))
            .ratelimiter_disabled(true)
            .client(caller.client().clone())
            .build();
        Ok(Self {
            base,
            caller: Arc::new(caller),
            files: Files::new().map_err(SetupError::Client)?,
            interactions: Arc::new(Interactions::new(config.defer_after)),
            capabilities: capabilities(),
            ephemeral: Arc::default(),
            http: Arc::new(http),
            application: OnceCell::new(),
            config,
        })
    }

    /// The application's id, asked for once.
    pub(crate) async fn application(&self) -> Result<u64, CallError> {
        let ask = || async {
            let answer: Result<WithId, _> = self.caller.get(&Route::own_application()).await;
            let answer = match answer {
                // The two ids are the same for all bots made since 2016.
                Err(error) if error.status() == Some(404) => self.caller.get(&Route::own_user()).await?,
                other => other?,
            };
            if matches!(self.config.delivery, Delivery::Gateway)
                && answer
                    .interactions_endpoint_url
                    .is_some_and(|url| !url.is_empty())
            {
                warn!(
                    "discord's developer portal names an interactions endpoint for this bot, so no commands and \
                     presses come over the gateway: empty \"Interactions Endpoint URL\" under \"General Information\", \
                     or set discord.interactions to \"endpoint\""
                );
            }
            let id = answer.id.parse().map_err(|_| bad_id())?;
            if let Some(known) = std::num::NonZeroU64::new(id) {
                self.http.set_application_id(ApplicationId::from(known));
            }
            Ok(id)
        };
        self.application.get_or_try_init(ask).await.copied()
    }
}

/// Finds an endpoint that could never work, or bring what is asked for.
fn check(config: &Config) -> Result<(), EndpointError> {
    let Delivery::Endpoint(endpoint) = &config.delivery else {
        return Ok(());
    };
    endpoint.check()?;
    if endpoint.gateway {
        Ok(())
    } else if config.members {
        Err(EndpointError::NeedsGateway("joins and leaves"))
    } else if !config.more_intents.is_empty() {
        Err(EndpointError::NeedsGateway("the events of more intents"))
    } else {
        Ok(())
    }
}

fn bad_id() -> CallError {
    CallError::new(
        "get the bot's application",
        crate::error::CallErrorKind::BadAnswer,
    )
}
