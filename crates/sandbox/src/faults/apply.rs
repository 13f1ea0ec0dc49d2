//! How faults act on an HTTP call: before its body is read, instead of its effect, and on its answer. Owns no state.

use std::time::Duration;

use super::{Call, FaultKind};
use crate::conn::Conn;
use crate::view::Network;
use crate::world::Shared;

/// Bytes of an answer's head that certainly pass before a cut in its middle.
const HEAD: usize = 60;

/// What a fault makes of a call.
pub(crate) enum Verdict {
    /// Handle it.
    Pass,
    /// Answer this without any effect.
    Instead(FaultKind),
    /// The connection is cut; what is answered never arrives.
    Cut,
}

/// One call under the faults.
pub(crate) struct Trial<'a> {
    shared: &'a Shared,
    conn: &'a Conn,
    network: Network,
    method: &'a str,
    bot: i64,
    /// The names of the faults that were applied.
    pub(crate) applied: Vec<&'static str>,
}

impl<'a> Trial<'a> {
    pub(crate) fn new(
        shared: &'a Shared,
        conn: &'a Conn,
        network: Network,
        method: &'a str,
        bot: i64,
    ) -> Self {
        Self {
            shared,
            conn,
            network,
            method,
            bot,
            applied: Vec::new(),
        }
    }

    fn hit(&mut self, wanted: impl Fn(&FaultKind) -> bool) -> Option<FaultKind> {
        let now_ms = self.shared.clock.now_ms();
        let call = Call {
            network: self.network,
            method: self.method,
            bot: self.bot,
            now_ms,
        };
        let kind = self.shared.faults.hit(&call, wanted)?;
        self.applied.push(kind.name());
        self.shared.tell("faults", String::new(), serde_json::Value::Null);
        Some(kind)
    }

    /// Before the body is read.
    pub(crate) async fn before(&mut self) -> Verdict {
        if let Some(FaultKind::Latency { ms }) = self.hit(|kind| matches!(kind, FaultKind::Latency { .. })) {
            self.shared.clock.sleep(Duration::from_millis(ms)).await;
        }
        if self.hit(|kind| *kind == FaultKind::CutBeforeBody).is_some() {
            self.conn.cut_after(0);
            return Verdict::Cut;
        }
        Verdict::Pass
    }

    /// After the body is read, before the call has its effect.
    pub(crate) fn instead(&mut self) -> Verdict {
        let polls = self.method.eq_ignore_ascii_case("getUpdates");
        let instead = self.hit(|kind| match kind {
            FaultKind::RateLimit { .. }
            | FaultKind::ServerError { .. }
            | FaultKind::Answer { .. }
            | FaultKind::TokenRevoked => true,
            FaultKind::SecondPoller => polls,
            _ => false,
        });
        instead.map_or(Verdict::Pass, Verdict::Instead)
    }

    /// When the answer is known. Says whether it will not arrive whole.
    pub(crate) fn after(&mut self, answer_bytes: usize) -> bool {
        if self.hit(|kind| *kind == FaultKind::CutAfterProcessing).is_some() {
            self.conn.cut_after(0);
            return true;
        }
        if self.hit(|kind| *kind == FaultKind::CutMidResponse).is_some() {
            self.conn.cut_after(HEAD + answer_bytes / 2);
            return true;
        }
        false
    }
}

impl FaultKind {
    /// The name it has in the control API.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::RateLimit { .. } => "rate_limit",
            Self::ServerError { .. } => "server_error",
            Self::Answer { .. } => "answer",
            Self::Latency { .. } => "latency",
            Self::CutBeforeBody => "cut_before_body",
            Self::CutAfterProcessing => "cut_after_processing",
            Self::CutMidResponse => "cut_mid_response",
            Self::DuplicateUpdates => "duplicate_updates",
            Self::SecondPoller => "second_poller",
            Self::TokenRevoked => "token_revoked",
            Self::GatewayMute => "gateway_mute",
            Self::GatewayNoAck => "gateway_no_ack",
            Self::GatewayRefuse => "gateway_refuse",
            Self::GatewayNoHandshake => "gateway_no_handshake",
            Self::GatewayNoHello => "gateway_no_hello",
            Self::GatewayRefuseResume => "gateway_refuse_resume",
        }
    }
}
