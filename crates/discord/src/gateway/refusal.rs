//! Why Discord refuses the bot for good, each with a sentence that says what to do. Pure data.

use serenity::gateway::GatewayError;
use thiserror::Error;

use super::address::AddressError;

/// Why the bot will never get a gateway session with this configuration.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GatewayRefused {
    /// Close code 4004, or 401 from the REST API.
    #[error("discord refused the bot's token: check DISCORD_TOKEN")]
    Token,
    /// Close code 4010.
    #[error("discord refused the shard's number (close code 4010)")]
    Shard,
    /// Close code 4011.
    #[error("the bot is on too many servers for one connection (close code 4011): it needs sharding")]
    ShardingRequired,
    /// Close code 4012.
    #[error("discord no longer accepts this version of its gateway (close code 4012): update the bot")]
    ApiVersion,
    /// Close code 4013.
    #[error("discord does not know the intents asked for (close code 4013)")]
    InvalidIntents,
    /// Close code 4014.
    #[error(
        "discord does not allow the intents asked for (close code 4014): switch on \"Message Content Intent\" \
         (and \"Server Members Intent\" if members are asked for) for the bot in discord's developer portal"
    )]
    DisallowedIntents,
    /// The REST API names a gateway that may not be used.
    #[error("the gateway's address is refused")]
    Address(#[source] AddressError),
    /// Something else that serenity takes as final.
    #[error("discord refused the connection for good")]
    Other(#[source] serenity::Error),
}

impl GatewayRefused {
    /// The refusal a close code stands for, if it is final.
    pub(super) fn from_code(code: u16) -> Option<Self> {
        Some(match code {
            4004 => Self::Token,
            4010 => Self::Shard,
            4011 => Self::ShardingRequired,
            4012 => Self::ApiVersion,
            4013 => Self::InvalidIntents,
            4014 => Self::DisallowedIntents,
            _ => return None,
        })
    }

    pub(super) fn from_serenity(error: serenity::Error) -> Self {
        match error {
            serenity::Error::Gateway(GatewayError::InvalidAuthentication) => Self::Token,
            serenity::Error::Gateway(GatewayError::InvalidGatewayIntents) => Self::InvalidIntents,
            serenity::Error::Gateway(GatewayError::DisallowedGatewayIntents) => Self::DisallowedIntents,
            other => Self::Other(other),
        }
    }
}
