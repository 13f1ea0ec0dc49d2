//! Long polling: asks for updates, offers them in order, and confirms only what was taken. Owns the position in the
//! network's stream.

use std::time::Duration;

use duologue_core::store::Position;
use duologue_core::{Event, SourceError, SourceStatus};
use tokio::time::{Instant, timeout};

use crate::call::{Answer, Method};
use crate::convert::{self, Envelope, Known, Me};
use crate::error::CallError;
use crate::source::link::{Flow, Link};
use crate::source::request::{ALLOWED_UPDATES, GetUpdates};

/// How many updates one answer may hold: "1-100" (`#getupdates`).
const BATCH: u8 = 100;

/// How long the last confirmation may take: it must not hold up the end of the program.
const CONFIRM: Duration = Duration::from_secs(2);

/// The pause after an empty answer that came without a wait, or after one with nothing new: a server that does not hold
/// requests, or does not heed confirmations, is not asked in a circle.
const IDLE_PAUSE: Duration = Duration::from_millis(250);

/// One run of the source.
pub(super) struct Poller<'a> {
    link: Link<'a>,
    /// The number behind the last update that was taken.
    offset: Option<i64>,
    /// The offset that the network has heard of.
    confirmed: Option<i64>,
    /// When updates came the last time.
    last_batch: Instant,
}

impl<'a> Poller<'a> {
    pub(super) fn new(link: Link<'a>) -> Self {
        Self {
            link,
            offset: None,
            confirmed: None,
            last_batch: Instant::now(),
        }
    }

    pub(super) async fn run(mut self) -> Result<(), SourceError> {
        self.link.report(SourceStatus::Connecting);
        let result = self.receive().await;
        self.confirm().await;
        if result.is_ok() {
            self.link.report(SourceStatus::Stopped);
        }
        result
    }

    async fn receive(&mut self) -> Result<(), SourceError> {
        let Some(me) = self.link.introduce().await? else {
            return Ok(());
        };
        self.link.faults.online(&me);
        loop {
            let asked = Instant::now();
            let polled = tokio::select! {
                biased;
                () = self.link.stop.cancelled() => return Ok(()),
                polled = self.poll() => polled,
            };
            let flow = match polled {
                Ok(answer) => self.take(&answer, asked, &me).await,
                Err(error) => Err(error),
            };
            let flow = match flow {
                Ok(flow) => flow,
                Err(error) => self.link.wait_out(&error).await?,
            };
            if flow == Flow::Stop {
                return Ok(());
            }
        }
    }

    async fn poll(&mut self) -> Result<Answer, CallError> {
        let timing = self.link.shared.calls.timing();
        let known_there = self.offset == self.confirmed;
        if known_there && self.last_batch.elapsed() > timing.position_kept {
            (self.offset, self.confirmed) = (None, None);
        }
        let body = GetUpdates {
            offset: self.offset,
            limit: BATCH,
            // After a fault the network is not asked to hold its answer: that it answers again is news.
            timeout: if self.link.faults.troubled() {
                0
            } else {
                timing.poll.as_secs()
            },
            allowed_updates: ALLOWED_UPDATES,
        };
        self.link.shared.calls.poll(&body).await
    }

    /// Offers a batch in order. The position moves behind an update only when it was taken.
    async fn take(&mut self, answer: &Answer, asked: Instant, me: &Me) -> Result<Flow, CallError> {
        let updates: Vec<Envelope<'_>> =
            answer.result(Method::GetUpdates.name(), self.link.shared.calls.token())?;
        self.confirmed = self.offset;
        self.link.inbox.alive();
        self.link.faults.online(me);
        let received = Instant::now();
        if updates.is_empty() {
            let waited = received - asked;
            return Ok(if waited < IDLE_PAUSE {
                self.link.pause(IDLE_PAUSE - waited).await
            } else {
                Flow::Go
            });
        }
        self.last_batch = received;
        let (mut events, mut last) = (Vec::with_capacity(updates.len()), self.offset);
        for update in updates {
            let Some(known) = convert::event(update, answer.body(), received, me) else {
                tracing::warn!(
                    bytes = update.get().len(),
                    "telegram sent an update without a number"
                );
                continue;
            };
            last = Some(known.id.saturating_add(1));
            events.push(known);
        }
        self.offer(events, last).await
    }

    /// Offers updates until all of them are taken. The position moves behind those that were.
    async fn offer(&mut self, updates: Vec<Known>, end: Option<i64>) -> Result<Flow, CallError> {
        let numbers: Vec<i64> = updates.iter().map(|known| known.id).collect();
        let mut events: Vec<Event> = updates.into_iter().map(|known| known.event).collect();
        let mut fresh = 0;
        loop {
            let offered = self.link.inbox.offer_all(events, end.map(Position::Offset)).await;
            fresh += offered.fresh;
            let taken = numbers.len() - offered.left.len();
            if offered.left.is_empty() {
                self.offset = end;
                break;
            }
            if let Some(next) = numbers.get(taken) {
                // Those before it are taken, whatever comes of it.
                self.offset = (taken > 0).then_some(*next).or(self.offset);
            }
            if offered.stopping {
                return Ok(Flow::Stop);
            }
            events = offered.left;
            tokio::select! {
                biased;
                () = self.link.stop.cancelled() => return Ok(Flow::Stop),
                () = self.link.inbox.room() => {}
            }
        }
        Ok(if fresh > 0 {
            Flow::Go
        } else {
            self.link.pause(IDLE_PAUSE).await
        })
    }

    /// Tells the network what was taken, so that it does not come again.
    async fn confirm(&self) {
        if self.offset == self.confirmed {
            return;
        }
        let body = GetUpdates {
            offset: self.offset,
            limit: 1,
            timeout: 0,
            allowed_updates: &[],
        };
        let confirmed = async {
            let answer = self.link.shared.calls.poll(&body).await?;
            let updates: Result<Vec<Envelope<'_>>, CallError> =
                answer.result(Method::GetUpdates.name(), self.link.shared.calls.token());
            updates.map(|_| ())
        };
        match timeout(CONFIRM, confirmed).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "the last updates may come again: telegram was not told")
            }
            Err(_) => tracing::warn!("the last updates may come again: telegram did not answer in time"),
        }
    }
}
