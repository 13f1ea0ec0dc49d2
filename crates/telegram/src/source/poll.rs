//! Long polling: asks for updates, offers them in order, and confirms only what was taken. Owns the position in the
//! network's stream.

use std::time::Duration;

use duologue_core::{Admission, Event, SourceError, SourceStatus};
use tokio::time::{Instant, timeout};

use crate::call::{Answer, Method};
use crate::convert::{self, Envelope, Me};
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
        let mut fresh = false;
        for update in updates {
            let Some(known) = convert::event(update, answer.body(), received, me) else {
                tracing::warn!(
                    bytes = update.get().len(),
                    "telegram sent an update without a number"
                );
                continue;
            };
            match self.offer(known.event).await {
                Offered::Taken => fresh = true,
                Offered::Known => {}
                Offered::Not => return Ok(Flow::Stop),
            }
            self.offset = Some(known.id.saturating_add(1));
        }
        Ok(if fresh {
            Flow::Go
        } else {
            self.link.pause(IDLE_PAUSE).await
        })
    }

    async fn offer(&self, mut event: Event) -> Offered {
        loop {
            match self.link.inbox.offer(event) {
                Admission::Accepted | Admission::Shed => return Offered::Taken,
                Admission::Duplicate => return Offered::Known,
                Admission::Stopping(_) => return Offered::Not,
                Admission::Busy(back) => event = *back,
            }
            tokio::select! {
                biased;
                () = self.link.stop.cancelled() => return Offered::Not,
                () = self.link.inbox.room() => {}
            }
        }
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

/// What became of an update that was offered.
enum Offered {
    Taken,
    /// It had been there before.
    Known,
    /// The bot is stopping.
    Not,
}
