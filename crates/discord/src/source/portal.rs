//! What Discord's developer portal has for the endpoint, compared with the configuration. Owns no state.

use serde::Deserialize;
use tracing::{debug, info, warn};

use crate::call::Caller;
use crate::call::route::Route;
use crate::endpoint::{EndpointConfig, EndpointError, PublicKey};

/// What is read of the application.
/// Source: discord-api-docs, resources/application, "Application Structure".
#[derive(Deserialize)]
struct Application {
    verify_key: Option<String>,
    interactions_endpoint_url: Option<String>,
}

/// Finds a public key that is another application's: with it every request would be refused. Where Discord does not
/// say, all is taken for well.
pub(super) async fn check(config: &EndpointConfig, caller: &Caller) -> Result<(), EndpointError> {
    let application: Application = match caller.get(&Route::own_application()).await {
        Ok(application) => application,
        Err(error) => {
            debug!(%error, "discord does not say what stands in its developer portal");
            return Ok(());
        }
    };
    let expected = application
        .verify_key
        .and_then(|key| key.parse::<PublicKey>().ok());
    if let Some(expected) = expected.filter(|key| *key != config.public_key) {
        return Err(EndpointError::WrongKey { expected });
    }
    match application.interactions_endpoint_url {
        Some(url) if !url.is_empty() => info!(url, "discord posts interactions there"),
        _ => warn!(
            "discord's developer portal names no interactions endpoint for this bot, so nothing will be posted: set \
             \"Interactions Endpoint URL\" under \"General Information\" while the bot runs"
        ),
    }
    Ok(())
}
