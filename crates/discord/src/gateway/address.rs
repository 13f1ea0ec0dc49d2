//! Which gateway hosts the bot may connect to. Owns no state.
//!
//! The token is sent to whatever host the REST API names, so the answer is checked: with the default REST base only
//! Discord's own gateway, with another base never Discord's own.

use reqwest::Url;
use thiserror::Error;

/// Hosts, and their subdomains, that are Discord's.
const DISCORD_HOSTS: [&str; 4] = ["discord.gg", "discord.com", "discordapp.com", "discord.media"];

/// The rule for gateway addresses that follows from the REST base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AddressPolicy {
    /// The REST base is Discord's: only `wss://` to Discord's own hosts.
    Discord,
    /// The REST base is another server: any host but Discord's own.
    Elsewhere,
}

impl AddressPolicy {
    /// The policy that fits a REST base.
    pub(crate) fn for_base(base: &Url) -> Self {
        if is_discord(base) {
            Self::Discord
        } else {
            Self::Elsewhere
        }
    }

    /// The address without query and trailing slash, as serenity wants it, or why it is refused.
    pub(crate) fn check(self, address: &str) -> Result<String, AddressError> {
        let mut url = Url::parse(address).map_err(|source| AddressError::NotAnAddress { source })?;
        if !matches!(url.scheme(), "ws" | "wss") {
            return Err(AddressError::NotAWebSocket {
                scheme: url.scheme().to_owned(),
            });
        }
        match (self, is_discord(&url)) {
            (Self::Elsewhere, true) => return Err(AddressError::RealGateway { host: host(&url) }),
            (Self::Discord, false) => return Err(AddressError::ForeignGateway { host: host(&url) }),
            (Self::Discord, true) if url.scheme() == "ws" => {
                return Err(AddressError::Unencrypted { host: host(&url) });
            }
            (Self::Discord, true) | (Self::Elsewhere, false) => {}
        }
        url.set_query(None);
        url.set_fragment(None);
        Ok(url.as_str().trim_end_matches('/').to_owned())
    }
}

/// Why a gateway address is not used.
#[derive(Debug, Error)]
pub enum AddressError {
    /// The address is not a URL.
    #[error("the gateway's address is not a url")]
    NotAnAddress {
        /// What the URL parser said.
        source: <Url as std::str::FromStr>::Err,
    },
    /// The address is a URL of another kind.
    #[error("the gateway's address must start with ws:// or wss://, not {scheme}://")]
    NotAWebSocket {
        /// The scheme that was given.
        scheme: String,
    },
    /// Another REST base was configured and its answer names Discord's real gateway.
    #[error(
        "DISCORD_API_URL names another server, but its answer points to Discord's real gateway {host}: refused"
    )]
    RealGateway {
        /// The host that was given.
        host: String,
    },
    /// The REST base is Discord's and its answer names a host that is not.
    #[error("discord's answer points to a gateway that is not discord's own, {host}: refused")]
    ForeignGateway {
        /// The host that was given.
        host: String,
    },
    /// Discord's own gateway without TLS.
    #[error("the gateway {host} was given without encryption: refused")]
    Unencrypted {
        /// The host that was given.
        host: String,
    },
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

fn is_discord(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    DISCORD_HOSTS.iter().any(|known| {
        host == *known
            || host
                .strip_suffix(known)
                .is_some_and(|subdomain| subdomain.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(base: &str, gateway: &str, expected: Result<&str, &str>) {
        let policy = AddressPolicy::for_base(&Url::parse(base).unwrap());
        let got = policy.check(gateway).map_err(|error| error.to_string());
        match expected {
            Ok(address) => assert_eq!(got.as_deref(), Ok(address), "{base} {gateway}"),
            Err(part) => assert!(
                got.as_ref().is_err_and(|e| e.contains(part)),
                "{base} {gateway}: {got:?}"
            ),
        }
    }

    #[test]
    fn the_gateway_must_belong_to_the_configured_server() {
        let real = "https://discord.com";
        let own = "http://127.0.0.1:8080";
        check(real, "wss://gateway.discord.gg", Ok("wss://gateway.discord.gg"));
        check(
            real,
            "wss://gateway-us-east1-b.discord.gg/?v=9",
            Ok("wss://gateway-us-east1-b.discord.gg"),
        );
        check(real, "ws://gateway.discord.gg", Err("without encryption"));
        check(real, "wss://evil-discord.gg", Err("not discord's own"));
        check(own, "ws://127.0.0.1:9000/ws", Ok("ws://127.0.0.1:9000/ws"));
        check(
            own,
            "wss://gateway.discord.gg",
            Err("real gateway gateway.discord.gg"),
        );
        check(own, "wss://GATEWAY.discord.gg.", Err("real gateway"));
        check(own, "http://127.0.0.1:9000", Err("ws://"));
        check(own, "nonsense", Err("not a url"));
    }
}
