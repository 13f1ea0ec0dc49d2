//! The body of an answer: its bytes in pieces, decoded, under limits of size, rate and time. Owns what is left of it.

mod coding;
mod wire;

use std::future::poll_fn;
use std::time::Duration;

use bytes::Bytes;
use tokio::task::consume_budget;
use tokio::time::{Instant, timeout_at};

use crate::config::later;
use crate::error::{FetchErrorKind, Part, TimeOut};

use self::coding::{CodingFault, Decoder};
use self::wire::WireFault;

pub(crate) use self::coding::{ACCEPT_ENCODING, Coding};
pub(crate) use self::wire::Wire;

/// A fault of a body: what happened, and the cause below.
pub(crate) type BodyFault = (FetchErrorKind, Option<Box<dyn std::error::Error + Send + Sync>>);

/// What a body is held to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimits {
    pub(crate) deadline: Instant,
    /// The lowest average rate, in bytes a second; 0 for none.
    pub(crate) lowest_rate: u64,
    pub(crate) grace: Duration,
    pub(crate) decoded_bytes: u64,
}

/// What is left of a body.
pub(crate) struct Body {
    /// Gone, and the connection with it, at the end and after an error.
    decoder: Option<Decoder>,
    limits: BodyLimits,
    decoded: u64,
    received: u64,
    /// How long the body was waited for. The caller's own time between two pieces is not the host's fault.
    waited: Duration,
}

/// Counts the time of one wait, also of one that is given up.
struct Waiting<'a> {
    waited: &'a mut Duration,
    since: Instant,
}

impl Body {
    pub(crate) fn new(coding: Coding, wire: Wire, limits: BodyLimits) -> Self {
        Self {
            decoder: Some(Decoder::new(coding, wire)),
            limits,
            decoded: 0,
            received: 0,
            waited: Duration::ZERO,
        }
    }

    /// The next bytes, `None` at the end and after an error. Cancel safe: what was not returned comes next time.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, BodyFault> {
        // A body that is all there must not keep its thread for itself.
        consume_budget().await;
        let next = match &mut self.decoder {
            None => return Ok(None),
            Some(decoder) => {
                let next = piece(decoder, &mut self.waited, &self.limits).await;
                // After an error there may be nothing left to count.
                if next.is_ok() {
                    self.received = decoder.received();
                }
                next
            }
        };
        let next = next.and_then(|piece| self.count(piece));
        if !matches!(next, Ok(Some(_))) {
            self.decoder = None;
        }
        next
    }

    /// How many bytes came in on the wire for what was returned.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    fn count(&mut self, piece: Bytes) -> Result<Option<Bytes>, BodyFault> {
        self.decoded += piece.len() as u64;
        let limit = self.limits.decoded_bytes;
        if self.decoded > limit {
            let part = Part::Decoded;
            return Err((FetchErrorKind::TooLarge { part, limit }, None));
        }
        Ok((!piece.is_empty()).then_some(piece))
    }
}

/// Waits for a piece until the deadline, or until what came in is too little for the time it was waited for.
async fn piece(
    decoder: &mut Decoder,
    waited: &mut Duration,
    limits: &BodyLimits,
) -> Result<Bytes, BodyFault> {
    loop {
        let now = Instant::now();
        if now >= limits.deadline {
            return Err((FetchErrorKind::TimedOut(TimeOut::Total), None));
        }
        let until = match limits.patience(decoder.received(), *waited) {
            Some(Duration::ZERO) => {
                let lowest = limits.lowest_rate;
                return Err((FetchErrorKind::TooSlow { lowest }, None));
            }
            Some(left) => limits.deadline.min(later(now, left)),
            None => limits.deadline,
        };
        let waiting = Waiting { waited, since: now };
        let outcome = timeout_at(until, poll_fn(|cx| decoder.poll_next(cx))).await;
        drop(waiting);
        if let Ok(piece) = outcome {
            return piece.map_err(fault);
        }
    }
}

impl BodyLimits {
    /// How long to wait before the average rate is under the lowest, if nothing comes in; `None` for ever.
    fn patience(&self, received: u64, waited: Duration) -> Option<Duration> {
        let earned = match self.lowest_rate {
            0 => return None,
            rate => Duration::from_millis(received.saturating_mul(1000) / rate),
        };
        Some(self.grace.max(earned).saturating_sub(waited))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        *self.waited += self.since.elapsed();
    }
}

fn fault(fault: CodingFault) -> BodyFault {
    match fault {
        CodingFault::Wire(WireFault::TooLarge(limit)) => {
            let part = Part::Wire;
            (FetchErrorKind::TooLarge { part, limit }, None)
        }
        CodingFault::Wire(WireFault::Broken(error)) => (FetchErrorKind::Broken, Some(error.into())),
        CodingFault::Garbled(error) => (FetchErrorKind::Garbled, Some(error.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_is_the_grace_and_then_what_the_bytes_have_earned() {
        let limits = BodyLimits {
            deadline: Instant::now(),
            lowest_rate: 1000,
            grace: Duration::from_secs(5),
            decoded_bytes: 0,
        };
        let seconds = Duration::from_secs;
        assert_eq!(limits.patience(0, seconds(0)), Some(seconds(5)));
        assert_eq!(limits.patience(4999, seconds(5)), Some(seconds(0)));
        assert_eq!(limits.patience(9000, seconds(5)), Some(seconds(4)));
        assert_eq!(limits.patience(9000, seconds(60)), Some(seconds(0)));
        assert_eq!(
            limits
                .patience(u64::MAX, seconds(60))
                .map(|left| left > seconds(60)),
            Some(true)
        );
        let without = BodyLimits {
            lowest_rate: 0,
            ..limits
        };
        assert_eq!(without.patience(0, seconds(60)), None);
    }
}
