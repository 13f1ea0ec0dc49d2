//! How the endpoint is set up, and what can be wrong with that. Pure data.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use super::clock::{SystemClock, WallClock};
use super::key::PublicKey;

/// How Discord brings interactions: slash commands, presses, forms and autocomplete.
///
/// Discord knows one way at a time: with an "Interactions Endpoint URL" in its developer portal it posts them there,
/// without one they come over the gateway. What is chosen here has to fit.
/// Source: discord-api-docs, interactions/receiving-and-responding, "Receiving an Interaction".
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Delivery {
    /// Over the gateway, together with all other events.
    #[default]
    Gateway,
    /// By HTTP, to an endpoint that this process serves.
    Endpoint(EndpointConfig),
}

/// The endpoint that Discord posts interactions to. It speaks plain HTTP/1.1: a proxy that speaks TLS stands before
/// it.
#[derive(Clone)]
#[non_exhaustive]
pub struct EndpointConfig {
    /// The application's public key.
    pub public_key: PublicKey,
    /// Where it listens: 127.0.0.1:8081 if nothing else is said.
    pub listen: Listen,
    /// The path it answers at: `/interactions` if nothing else is said. Letters, digits and `/ - . _ ~`.
    pub path: String,
    /// Whether the gateway is used beside it, for messages, reactions and members. Without it the bot gets slash
    /// commands, presses, forms and autocomplete alone.
    pub gateway: bool,
    /// What requests and waits may take.
    pub timing: EndpointTiming,
    /// The time of day, which requests are compared with: one that is more than 5 minutes off is refused.
    pub clock: Arc<dyn WallClock>,
}

/// Where the endpoint listens.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Listen {
    /// At this address. Port 0 takes any free one.
    Address(SocketAddr),
    /// At a socket that listens already, such as one that systemd handed over.
    Socket(Arc<TcpListener>),
}

/// The endpoint's time limits. In sum they are less than the 3 s after which Discord forgets an interaction.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct EndpointTiming {
    /// For a request's head, and again for its body: 1 s.
    pub read: Duration,
    /// How long an interaction waits for room in core before it is answered with "busy": 500 ms.
    pub room: Duration,
    /// How long requests that are under way may take when the bot stops: 2.5 s.
    pub drain: Duration,
}

/// What is wrong with an endpoint.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// The path cannot be one.
    #[error(
        "the endpoint's path {0:?} cannot be one: begin it with \"/\" and use letters, digits and / - . _ ~ alone, \
         such as /interactions"
    )]
    Path(String),
    /// Something is asked for that only the gateway brings.
    #[error(
        "{0} come over the gateway alone, and with an endpoint there is none: use the gateway beside the endpoint, \
         or do not ask for them"
    )]
    NeedsGateway(&'static str),
    /// Another program listens at the address.
    #[error(
        "the interactions endpoint cannot listen on {0}, another program does: stop that one, or choose another port \
         here and in the proxy before it"
    )]
    Taken(SocketAddr),
    /// The address cannot be listened at.
    #[error(
        "the interactions endpoint cannot listen on {address}: choose an address of this machine and a port above 1023"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The socket that was handed over cannot be used.
    #[error(
        "the socket that was handed over for the interactions endpoint cannot be used: it must listen for tcp"
    )]
    Socket(#[source] io::Error),
    /// Discord has another public key for this application.
    #[error(
        "the public key is not the one of this bot's application: it should be {expected}, from \"General \
         Information\" in discord's developer portal"
    )]
    WrongKey {
        /// The application's key, as Discord says.
        expected: PublicKey,
    },
}

impl EndpointConfig {
    /// On 127.0.0.1:8081 at `/interactions`, without the gateway.
    #[must_use]
    pub fn new(public_key: PublicKey) -> Self {
        Self {
            public_key,
            listen: Listen::Address(SocketAddr::from((Ipv4Addr::LOCALHOST, 8_081))),
            path: "/interactions".to_owned(),
            gateway: false,
            timing: EndpointTiming::default(),
            clock: Arc::new(SystemClock),
        }
    }

    /// Finds what could never work.
    pub(crate) fn check(&self) -> Result<(), EndpointError> {
        let fits = |one: char| one.is_ascii_alphanumeric() || "/-._~".contains(one);
        if self.path.starts_with('/') && self.path.chars().all(fits) {
            Ok(())
        } else {
            Err(EndpointError::Path(self.path.clone()))
        }
    }
}

impl Default for EndpointTiming {
    fn default() -> Self {
        Self {
            read: Duration::from_secs(1),
            room: Duration::from_millis(500),
            drain: Duration::from_millis(2_500),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_of_a_url_without_surprises() {
        for (path, good) in [
            ("/", true),
            ("/interactions", true),
            ("/bots/my-bot_1/~x.y", true),
            ("", false),
            ("interactions", false),
            ("/{id}", false),
            ("/*all", false),
            ("/a?b", false),
            ("/a b", false),
            ("https://example.com/interactions", false),
        ] {
            let mut config = EndpointConfig::new(PublicKey::new([0; 32]));
            path.clone_into(&mut config.path);
            assert_eq!(config.check().is_ok(), good, "{path}");
        }
    }
}
