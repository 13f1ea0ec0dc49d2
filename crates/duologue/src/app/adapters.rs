//! From settings to adapters. Owns nothing.

use duologue_core::Adapter;

use crate::config::{Config, DiscordSettings, TelegramSettings};
use crate::error::{Error, Result};

/// The adapters of all networks that are set up in the configuration, beside those that are there. One that cannot be
/// made is logged, as long as another one is left.
pub(super) fn of(config: &mut Config, mut adapters: Vec<Adapter>) -> Result<Vec<Adapter>> {
    let mut errors = Vec::new();
    let telegram = config.telegram.take().map(telegram);
    let discord = config.discord.take().map(discord);
    for made in [telegram, discord].into_iter().flatten() {
        match made {
            Ok(adapter) => adapters.push(adapter),
            Err(error) => errors.push(error),
        }
    }
    if adapters.is_empty() {
        return Err(match errors.len() {
            0 => Error::NoToken,
            1 => errors.remove(0),
            _ => Error::AllFailed(errors.iter().map(|error| format!("{error:?}")).collect()),
        });
    }
    for error in errors {
        tracing::error!("{error:?}");
    }
    Ok(adapters)
}

#[cfg(feature = "telegram")]
fn telegram(settings: TelegramSettings) -> Result<Adapter> {
    use duologue_telegram::{Updates, Webhook};

    let mut config = duologue_telegram::TelegramConfig::new(settings.token);
    if let Some(url) = settings.api_url {
        config.api_url = url;
    }
    config.drafts = settings.drafts;
    if let Some(webhook) = settings.webhook {
        config.updates = Updates::Webhook(Webhook {
            listen: webhook.listen,
            path: webhook.path,
            max_connections: webhook.max_connections,
            ..Webhook::new(webhook.url, webhook.secret)
        });
    }
    duologue_telegram::adapter(config).map_err(|error| Error::Network {
        network: "telegram",
        source: Box::new(error),
    })
}

#[cfg(not(feature = "telegram"))]
fn telegram(_settings: TelegramSettings) -> Result<Adapter> {
    Err(Error::NotBuilt {
        variable: "TELEGRAM_TOKEN",
        feature: "telegram",
    })
}

#[cfg(feature = "discord")]
fn discord(settings: DiscordSettings) -> Result<Adapter> {
    use duologue_discord::{Delivery, EndpointConfig, Listen, PublicKeyError};

    let mut config = duologue_discord::Config::new(settings.token);
    if let Some(url) = settings.api_url {
        config.api_url = url;
    }
    config.guild_id = settings.guild;
    if let Some(endpoint) = settings.endpoint {
        let key = endpoint
            .public_key
            .parse()
            .map_err(|error: PublicKeyError| no_discord(error))?;
        let mut posted = EndpointConfig::new(key);
        posted.listen = Listen::Address(endpoint.listen);
        posted.path = endpoint.path;
        posted.gateway = endpoint.gateway;
        config.delivery = Delivery::Endpoint(posted);
    }
    duologue_discord::adapter(config).map_err(no_discord)
}

#[cfg(feature = "discord")]
fn no_discord(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Network {
        network: "discord",
        source: Box::new(error),
    }
}

#[cfg(not(feature = "discord"))]
fn discord(_settings: DiscordSettings) -> Result<Adapter> {
    Err(Error::NotBuilt {
        variable: "DISCORD_TOKEN",
        feature: "discord",
    })
}
