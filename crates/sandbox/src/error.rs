//! What can go wrong when a sandbox starts and when somebody acts in it. Owns no state.

use std::net::SocketAddr;

/// The sandbox did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address is reachable from other machines.
    #[error("the sandbox listens on loopback addresses only, not on {0}")]
    NotLoopback(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {addr}")]
    Listen {
        /// The address asked for.
        addr: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

/// A user's action is not possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ActError {
    /// There is no such chat.
    #[error("no such chat: {0}")]
    NoChat(String),
    /// There is no such user.
    #[error("no such user: {0}")]
    NoUser(String),
    /// There is no such bot account: it has not called the network yet.
    #[error("no such bot: {0}")]
    NoBot(String),
    /// There is no such message in the chat, or it was deleted.
    #[error("no such message: {0}")]
    NoMessage(i64),
    /// The message has no such button, select or form.
    #[error("no such component: {0}")]
    NoComponent(String),
    /// No bot has registered this command here.
    #[error("no such command here: {0}")]
    NoCommand(String),
    /// An address where interactions cannot be posted.
    #[error("the endpoint for interactions cannot be verified: {0}")]
    BadEndpoint(String),
    /// The client would not let the user do this.
    #[error("{0}")]
    Refused(String),
    /// A bound of the sandbox is reached.
    #[error("the sandbox is full: at most {limit} {what}")]
    Full {
        /// What there is too much of.
        what: &'static str,
        /// The bound.
        limit: usize,
    },
}

/// What was waited for did not happen in time.
#[derive(Debug, thiserror::Error)]
#[error("not seen within {waited:?}; the last status was:\n{last}")]
pub struct WaitError {
    /// How long was waited, in real time.
    pub waited: std::time::Duration,
    /// The last status, as text for a person.
    pub last: String,
}
