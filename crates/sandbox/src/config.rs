//! What a sandbox is started with. Owns no state.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The port of the `duologue-sandbox` program when none is given.
pub const DEFAULT_PORT: u16 = 8765;

/// What the sandbox's Bot API knows of `sendMessageDraft`: bots meet servers of different age.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DraftSupport {
    /// Nothing, as before Bot API 9.3: the method is answered 404.
    Missing,
    /// The method without `can_stop` and `keep_on_stop`, as before Bot API 10.3: both are ignored.
    NoStop,
    /// All of it, as since Bot API 10.3.
    #[default]
    Full,
}

/// Settings of a sandbox. The default suits a test: any free port, every rule enforced, a demo guild and group.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// Where to listen. Only loopback addresses are accepted. Port 0 takes any free port.
    pub listen: SocketAddr,
    /// Where the sandbox's own site listens (see [`SandboxHandle::site_url`](crate::SandboxHandle::site_url)), on a
    /// loopback address as well. When the port is taken, any free one is used.
    pub site: SocketAddr,
    /// Whether both networks' rate limits are enforced. Faults can answer 429 in either case.
    pub rate_limits: bool,
    /// Whether every bot account begins with Telegram's privacy mode on (in groups it sees only what is meant for it).
    pub telegram_privacy: bool,
    /// How much of drafts Telegram's side knows.
    pub telegram_drafts: DraftSupport,
    /// How long a Discord client may take between two heartbeats, in milliseconds.
    pub heartbeat_interval_ms: u64,
    /// Whether the demo users, group, forum and channels exist from the start.
    pub demo: bool,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            site: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            rate_limits: true,
            telegram_privacy: true,
            telegram_drafts: DraftSupport::Full,
            heartbeat_interval_ms: 41_250,
            demo: true,
        }
    }
}

impl SandboxConfig {
    /// The default settings on a port of 127.0.0.1, with the site on the next port.
    #[must_use]
    pub fn on_port(port: u16) -> Self {
        let next = if port == 0 { 0 } else { port.wrapping_add(1) };
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port),
            site: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), next),
            ..Self::default()
        }
    }
}
