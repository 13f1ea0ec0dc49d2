//! The bot without a token: both networks from the sandbox, and the page's address on the terminal. Owns nothing; the
//! bot has the sandbox.

use std::io::{ErrorKind, Write};

use duologue_core::Secret;
use duologue_sandbox::{Sandbox, SandboxConfig, SandboxHandle, StartError};

use crate::config::{Config, DiscordSettings, TelegramSettings};
use crate::error::{Error, Result};
use crate::words;

/// The bot's name in the sandbox.
const NAME: &str = "Duologue";

/// Starts a sandbox and points the configuration at it.
pub(super) async fn open(config: &mut Config) -> Result<SandboxHandle> {
    let sandbox = start(config.sandbox.port).await?;
    if cfg!(feature = "telegram") {
        let token = Secret::new(sandbox.telegram_token(NAME));
        config.telegram = Some(TelegramSettings {
            api_url: Some(sandbox.telegram_api_url()),
            ..TelegramSettings::new(token)
        });
    }
    if cfg!(feature = "discord") {
        let token = Secret::new(sandbox.discord_token(NAME));
        config.discord = Some(DiscordSettings {
            api_url: Some(sandbox.discord_api_url()),
            ..DiscordSettings::new(token)
        });
    }
    // For the person at the terminal, whatever the log is set to. Nobody may be reading any more, which is no fault.
    let _ = writeln!(std::io::stdout(), "{}", words::sandbox_is_open(&sandbox.url()));
    Ok(sandbox)
}

/// Starts a sandbox on this port, or on any other if somebody has it.
async fn start(port: u16) -> Result<SandboxHandle> {
    let taken = |error: &StartError| matches!(error, StartError::Listen { source, .. } if source.kind() == ErrorKind::AddrInUse);
    let started = match Sandbox::start(SandboxConfig::on_port(port)).await {
        Err(error) if taken(&error) => {
            tracing::warn!(port, "{}", words::PORT_TAKEN);
            Sandbox::start(SandboxConfig::on_port(0)).await
        }
        started => started,
    };
    started.map_err(|error| Error::Sandbox(Box::new(error)))
}
