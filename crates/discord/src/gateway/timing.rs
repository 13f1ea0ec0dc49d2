//! The gateway's waits and deadlines. Pure data.

use std::time::Duration;

/// The gateway's waits and deadlines. The defaults fit Discord; tests use shorter ones.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// For TCP, TLS and the WebSocket handshake.
    pub connect: Duration,
    /// From the connection, or the last replayed event, to READY or RESUMED.
    pub ready: Duration,
    /// How long the shard's loop may do nothing at all. A healthy one wakes twice a second.
    pub stall: Duration,
    /// Between two looks at the shard's loop.
    pub tick: Duration,
    /// Between two IDENTIFYs; Discord allows one in 5 s.
    pub identify_gap: Duration,
    /// At most this long before the IDENTIFY that follows a lost session; Discord asks for 1 to 5 s.
    pub lost_session: Duration,
    /// The first wait after a broken connection.
    pub backoff_min: Duration,
    /// The longest wait between two attempts.
    pub backoff_max: Duration,
    /// How long the shard's thread may take to end.
    pub stop: Duration,
    /// Valid tokens are refused now and then, while Discord has an outage: only refusals over so long a time count.
    pub token_doubt: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            ready: Duration::from_secs(30),
            stall: Duration::from_secs(15),
            tick: Duration::from_millis(250),
            identify_gap: Duration::from_secs(5),
            lost_session: Duration::from_secs(5),
            backoff_min: Duration::from_millis(500),
            backoff_max: Duration::from_secs(60),
            stop: Duration::from_secs(2),
            token_doubt: Duration::from_secs(60),
        }
    }
}
