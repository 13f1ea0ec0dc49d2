//! Why a bot does not run. Pure data.

use std::fmt;

use crate::config::ConfigError;
use crate::log::redact;

/// What running a bot gives.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// Why a bot does not run, or runs no longer.
///
/// Its `Debug` is for people: `main` may return it, and the terminal then shows whole sentences.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Something in the configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no token, and this program has no sandbox, or no network, to run without one.
    #[error(
        "there is nothing to run on: set TELEGRAM_TOKEN, DISCORD_TOKEN or both, or build the program with a network \
         and the sandbox (the features telegram, discord and sandbox)"
    )]
    NoToken,
    /// There is a token for a network that this program was built without.
    #[error(
        "{variable} is set, but this program was built without that network; build it with the feature `{feature}`"
    )]
    NotBuilt {
        /// The variable.
        variable: &'static str,
        /// The feature of this crate that is missing.
        feature: &'static str,
    },
    /// An adapter cannot be made of its settings.
    #[error("{network} cannot be set up")]
    Network {
        /// The network.
        network: &'static str,
        /// The cause below, without any secret.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The sandbox does not start.
    #[error("the sandbox does not start")]
    Sandbox(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The program was started as a worker process, and did not begin as one.
    #[error("{}", crate::words::NO_WORKER)]
    NoWorker,
    /// The program of the worker processes is not known.
    #[error("the system does not say which program this is, so there can be no worker processes")]
    Workers(#[source] std::io::Error),
    /// What survives the process cannot be had.
    #[error("the data in {} cannot be used", directory.display())]
    Store {
        /// The data directory.
        directory: std::path::PathBuf,
        /// Why not, and what to do.
        #[source]
        source: Box<duologue_core::store::StoreError>,
    },
    /// Health and metrics cannot be served there.
    #[error(
        "health and metrics cannot be served at {address}: give another address in DUOLOGUE_HEALTH or health.listen, or end who has it"
    )]
    Health {
        /// Where they were to be served.
        address: std::net::SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// There is no token for a network that something should be sent to.
    #[error("{}", crate::words::no_such_network(.0))]
    NoSuchNetwork(String),
    /// Something was not sent.
    #[error("nothing was said in {chat}")]
    Send {
        /// The chat.
        chat: String,
        /// Why not.
        #[source]
        source: Box<duologue_core::SendError>,
    },
    /// The signals to stop cannot be heard.
    #[error("the signals to stop cannot be heard")]
    Signals(#[source] std::io::Error),
    /// Every network ended for good; each with the sentence that it gave.
    #[error("no network is left{}", sentences(.0))]
    AllFailed(Vec<String>),
}

fn sentences(sentences: &[String]) -> String {
    sentences
        .iter()
        .map(|sentence| format!("\n  {sentence}"))
        .collect()
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redact(&self.to_string()))?;
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            write!(f, ": {}", redact(&error.to_string()))?;
            cause = error.source();
        }
        Ok(())
    }
}
