//! The fault switch: what goes wrong, where, how often. Owns the list of faults that are on.

pub(crate) mod apply;

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bounds::FAULTS;
use crate::view::Network;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultKind {
    /// The call is answered 429.
    RateLimit {
        /// How long the client is told to wait, in seconds (Telegram gets whole ones).
        retry_after: f64,
        /// Discord: the limit of all routes together.
        #[serde(default)]
        global: bool,
    },
    /// The call is answered with a server error.
    ServerError {
        /// The status, 500 to 599.
        status: u16,
        /// Whether the body is a page instead of JSON.
        #[serde(default)]
        html: bool,
    },
    /// The call is answered with this status and this body.
    Answer {
        /// The status.
        status: u16,
        /// The JSON body.
        body: Value,
    },
    /// The call is handled later.
    Latency {
        /// By how many milliseconds, on the sandbox's clock.
        ms: u64,
    },
    /// The connection is reset before the body is read: the call has no effect.
    CutBeforeBody,
    /// The connection is reset after the call has had its effect and before the answer.
    CutAfterProcessing,
    /// The connection is reset in the middle of the answer.
    CutMidResponse,
    /// Telegram's updates and Discord's messages and interactions are delivered twice.
    DuplicateUpdates,
    /// `getUpdates` is answered 409, as when another program polls with the same token.
    SecondPoller,
    /// The token is answered 401; the gateway closes with 4004.
    TokenRevoked,
    /// The gateway sends no events (they are not kept for later either, as when a session lost its way).
    GatewayMute,
    /// The gateway does not acknowledge heartbeats.
    GatewayNoAck,
    /// A connection to the gateway is reset at once.
    GatewayRefuse,
    /// The gateway accepts the connection and never answers the WebSocket handshake.
    GatewayNoHandshake,
    /// The gateway completes the handshake and never says HELLO.
    GatewayNoHello,
    /// A RESUME is answered with op 9 `false`.
    GatewayRefuseResume,
}

/// A fault, and for which calls it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// On which network.
    pub network: Network,
    /// Only for calls whose method (Telegram) or route (Discord, `POST /channels/{channel_id}/messages`) contains
    /// this, in any case of letters. All calls when absent.
    #[serde(default)]
    pub method: Option<String>,
    /// Only for this bot.
    #[serde(default)]
    pub bot: Option<i64>,
    /// Only so many times. Until switched off when absent.
    #[serde(default)]
    pub times: Option<u32>,
    /// Only for so many milliseconds on the sandbox's clock.
    #[serde(default)]
    pub for_ms: Option<u64>,
}

impl Fault {
    /// A fault for every call of a network, until it is switched off.
    #[must_use]
    pub fn new(network: Network, kind: FaultKind) -> Self {
        Self {
            kind,
            network,
            method: None,
            bot: None,
            times: None,
            for_ms: None,
        }
    }

    /// Only for calls whose method or route contains this.
    #[must_use]
    pub fn on(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Only so many times.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Only for this long, on the sandbox's clock.
    #[must_use]
    pub fn lasting(mut self, duration: std::time::Duration) -> Self {
        self.for_ms = u64::try_from(duration.as_millis()).ok();
        self
    }

    /// Only for this bot.
    #[must_use]
    pub fn of_bot(mut self, bot: i64) -> Self {
        self.bot = Some(bot);
        self
    }
}

/// A fault that is on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ActiveFault {
    /// Its number, to switch it off.
    pub id: u64,
    /// The fault; `times` counts down.
    #[serde(flatten)]
    pub fault: Fault,
    /// When it ends, in milliseconds since the Unix epoch on the sandbox's clock.
    pub until_ms: Option<u64>,
    /// How often it happened.
    pub hits: u64,
}

/// Something that happens once to the gateway's connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
#[non_exhaustive]
pub enum GatewayAction {
    /// Op 7: the client is asked to reconnect and resume. The connection ends when the client closes it.
    Reconnect,
    /// Op 9: the session is invalid; `resumable` tells whether it may be resumed.
    InvalidSession {
        /// The value in the payload.
        resumable: bool,
    },
    /// A close frame with this code, or an empty one.
    Close {
        /// The close code.
        #[serde(default)]
        code: Option<u16>,
    },
    /// The TCP connection is reset.
    Reset,
    /// The TCP connection ends without a close frame.
    End,
}

#[derive(Debug, Default)]
pub(crate) struct Faults {
    list: Mutex<(u64, Vec<ActiveFault>)>,
}

impl Faults {
    pub(crate) fn add(&self, fault: Fault, now_ms: u64) -> u64 {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.0 += 1;
        let id = list.0;
        if list.1.len() >= FAULTS {
            list.1.remove(0);
        }
        let until_ms = fault.for_ms.map(|ms| now_ms + ms);
        list.1.push(ActiveFault {
            id,
            fault,
            until_ms,
            hits: 0,
        });
        id
    }

    /// Switches one off, or all. Says whether there was any.
    pub(crate) fn remove(&self, id: Option<u64>) -> bool {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let before = list.1.len();
        list.1.retain(|fault| id.is_some_and(|id| fault.id != id));
        list.1.len() < before
    }

    pub(crate) fn list(&self, now_ms: u64) -> Vec<ActiveFault> {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.1
            .retain(|fault| fault.until_ms.is_none_or(|until| now_ms < until));
        list.1.clone()
    }

    /// The first fault that holds for this call and that `wanted` picks; it is counted.
    pub(crate) fn hit(&self, call: &Call<'_>, wanted: impl Fn(&FaultKind) -> bool) -> Option<FaultKind> {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        if list.1.is_empty() {
            return None;
        }
        list.1
            .retain(|fault| fault.until_ms.is_none_or(|until| call.now_ms < until));
        let index = list
            .1
            .iter()
            .position(|active| call.matches(&active.fault) && wanted(&active.fault.kind))?;
        let active = &mut list.1[index];
        active.hits += 1;
        let kind = active.fault.kind.clone();
        if let Some(times) = &mut active.fault.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                list.1.remove(index);
            }
        }
        Some(kind)
    }
}

/// A call that a fault may hold for.
pub(crate) struct Call<'a> {
    pub(crate) network: Network,
    pub(crate) method: &'a str,
    pub(crate) bot: i64,
    pub(crate) now_ms: u64,
}

impl Call<'_> {
    fn matches(&self, fault: &Fault) -> bool {
        fault.network == self.network
            && fault.times != Some(0)
            && fault.bot.is_none_or(|bot| bot == self.bot)
            && fault.method.as_ref().is_none_or(|method| {
                self.method
                    .to_ascii_lowercase()
                    .contains(&method.to_ascii_lowercase())
            })
    }
}
