//! What is sent from the store: marked before the call, settled after it. Owns nothing.

use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Durable;
use super::codec::{read_operation, write_operation};
use crate::action::{Operation, Priority};
use crate::error::Retry;
use crate::event::ChatKind;
use crate::id::{Chat, NetworkId, UserId};
use crate::store::{
    BATCH_BOUND, Commit, NewOutgoing, Outcome, Outgoing, OutgoingId, OutgoingState, Page, Policy, SendResult,
    Settlement, StoreError, Timestamp, Write,
};

/// How long a network recognizes a message that is sent again under its key. Discord says "the past few minutes".
pub(crate) const KEY_KNOWN: Duration = Duration::from_secs(120);

/// Why something that may have been sent is not sent again under its key.
pub(crate) const TOO_LATE: &str = "it may have been sent, too long ago to send it again";

/// How many entries are read at once.
const PAGE: usize = 256;

/// The look again at something that waits behind another.
const BEHIND: Duration = Duration::from_millis(25);

/// How long what became of a message waits for a turn that takes it along into the store.
const TAKEN_ALONG: Duration = Duration::from_millis(2);

/// Whether something may be sent now.
pub(crate) enum Begun {
    /// It is marked.
    Go,
    /// Not before this long.
    Later(Duration),
    /// Another one of the same chat goes first; this long it may take to come.
    Behind(Duration),
    /// It has left the outbox.
    Gone(OutgoingState),
}

/// What became of things that were sent, on its way into the store.
pub(super) struct Unsettled<'a> {
    durable: &'a Durable,
    settlements: Vec<Settlement>,
}

impl Unsettled<'_> {
    /// The writes that keep it, where there is something.
    pub(super) fn commit(&self, now: Timestamp) -> Option<Commit> {
        let writes: Vec<Write> = self.settlements.iter().cloned().map(Write::Settle).collect();
        (!writes.is_empty()).then(|| Commit::writes(writes, now))
    }

    /// It is kept.
    pub(super) fn kept(mut self) {
        self.settlements.clear();
    }
}

impl Drop for Unsettled<'_> {
    /// What is kept twice is kept once.
    fn drop(&mut self) {
        if !self.settlements.is_empty() {
            let mut settlements = std::mem::take(&mut self.settlements);
            let mut all = self.durable.lock_unsettled();
            settlements.append(&mut all);
            *all = settlements;
            drop(all);
            self.durable.settles.notify_one();
        }
    }
}

/// Keeps what became of things that were sent, where no turn takes it along, until it is stopped.
pub(crate) async fn settle(durable: Arc<Durable>, stop: CancellationToken) {
    let work = async {
        loop {
            durable.settles.notified().await;
            tokio::time::sleep(TAKEN_ALONG).await;
            while let Err(error) = durable.settle_all().await {
                durable.fault(&error);
                tokio::time::sleep(super::FAULT_PAUSE).await;
            }
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = work => {}
    }
}

/// What was read back from the store.
pub(super) struct Left {
    pub(super) chat: Chat,
    pub(super) chat_kind: ChatKind,
    pub(super) priority: Priority,
    /// What to do, or what to call it where it cannot be done.
    pub(super) operation: Result<Operation, SendResult>,
    pub(super) id: OutgoingId,
}

/// What to do when it is unknown whether an operation was done.
fn policy(operation: &Operation, keyed: bool) -> Policy {
    if operation.idempotent_with(keyed) {
        Policy::Idempotent
    } else {
        Policy::AtMostOnce
    }
}

/// An operation as the store keeps it; nothing where it cannot be kept.
pub(crate) fn kept(
    operation: &Operation,
    chat_kind: ChatKind,
    user: Option<&UserId>,
    priority: Priority,
    keyed: bool,
) -> Option<NewOutgoing> {
    Some(NewOutgoing {
        chat: operation.chat().clone(),
        user: user.cloned(),
        priority,
        policy: policy(operation, keyed),
        not_before: None,
        body: write_operation(operation, chat_kind)?,
    })
}

impl Durable {
    /// Marks something as being sent.
    pub(crate) async fn begin(&self, id: OutgoingId) -> Begun {
        // What was sent before it may be of the same chat.
        let settled = self.unsettled();
        let begin = Commit::writes(vec![Write::Begin(id)], self.now());
        let commits = settled.commit(self.now()).into_iter().chain([begin]);
        let outcome = match self.store.commit(commits.collect()).await {
            Ok(mut outcomes) => outcomes.pop(),
            Err(error) => {
                self.fault(&error);
                return Begun::Later(super::FAULT_PAUSE);
            }
        };
        settled.kept();
        self.works();
        let begun = outcome.as_ref().and_then(Outcome::committed);
        if begun.is_some_and(|committed| !committed.begun.is_empty()) {
            return Begun::Go;
        }
        match self.store.outgoing(id).await {
            Ok(Some(Outgoing { state, .. })) if state != OutgoingState::New => Begun::Gone(state),
            Ok(None) => Begun::Gone(OutgoingState::Failed),
            Ok(Some(_)) => Begun::Behind(BEHIND),
            Err(error) => {
                self.fault(&error);
                Begun::Later(super::FAULT_PAUSE)
            }
        }
    }

    /// Keeps what became of something that was marked. While the store cannot be written it waits: what is not kept
    /// would be unknown after a restart.
    pub(crate) async fn settle(&self, id: OutgoingId, result: SendResult) {
        loop {
            let settlement = Settlement {
                id,
                result: result.clone(),
                now: self.now(),
            };
            match self.store.settle(vec![settlement]).await {
                Ok(_) => return self.works(),
                Err(error) if error.retry() == Retry::Never => return self.fault(&error),
                Err(error) => self.fault(&error),
            }
            tokio::time::sleep(super::FAULT_PAUSE).await;
        }
    }

    /// Keeps what became of something that was marked, together with what is written next: for what nobody waits to
    /// hear of. They cannot become many: each was marked in the store before, and while that cannot be written nothing is.
    pub(crate) fn settle_soon(&self, id: OutgoingId, result: SendResult) {
        let now = self.now();
        self.lock_unsettled().push(Settlement { id, result, now });
        self.settles.notify_one();
    }

    fn lock_unsettled(&self) -> MutexGuard<'_, Vec<Settlement>> {
        self.unsettled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what is to be kept; it goes back unless it is.
    pub(super) fn unsettled(&self) -> Unsettled<'_> {
        let mut all = self.lock_unsettled();
        let most = all.len().min(BATCH_BOUND);
        Unsettled {
            durable: self,
            settlements: all.drain(..most).collect(),
        }
    }

    /// Keeps what is to be kept.
    pub(crate) async fn settle_all(&self) -> Result<(), StoreError> {
        loop {
            let unsettled = self.unsettled();
            if unsettled.settlements.is_empty() {
                return Ok(());
            }
            match self.store.settle(unsettled.settlements.clone()).await {
                Err(error) if error.retry() != Retry::Never => return Err(error),
                // What can never be kept is unknown after a restart.
                Err(error) => self.fault(&error),
                Ok(_) => self.works(),
            }
            unsettled.kept();
        }
    }

    /// Puts things back that were marked and not tried, with what is settled next: they go after the restart.
    pub(crate) fn put_back(&self, ids: impl Iterator<Item = OutgoingId>) {
        let now = self.now();
        let settlement = |id| Settlement {
            id,
            result: SendResult::Again {
                not_before: now,
                error: "the bot was stopped".to_owned(),
            },
            now,
        };
        self.lock_unsettled().extend(ids.map(settlement));
    }

    /// Gives something up that was not tried. While the store cannot be written it waits: what is not kept would stand
    /// in the way of all that follows it.
    pub(crate) async fn give_up(&self, id: OutgoingId, result: SendResult) {
        loop {
            match self.begin(id).await {
                Begun::Go => return self.settle(id, result).await,
                Begun::Later(pause) => tokio::time::sleep(pause).await,
                Begun::Behind(_) | Begun::Gone(_) => return,
            }
        }
    }

    /// What an earlier process has left to be sent, in order.
    pub(super) async fn left(&self, networks: &[NetworkId]) -> Result<Vec<Left>, StoreError> {
        let (mut left, mut after) = (Vec::new(), None);
        loop {
            let page = Page { after, limit: PAGE };
            let entries = self.store.outgoing_in(OutgoingState::New, page).await?;
            let Some(last) = entries.last() else {
                return Ok(left);
            };
            after = Some(last.id);
            for entry in entries {
                left.extend(self.read(entry, networks));
            }
        }
    }

    fn read(&self, entry: Outgoing, networks: &[NetworkId]) -> Option<Left> {
        let Outgoing { id, ask, .. } = entry;
        if !networks.contains(&ask.chat.network) {
            // Its network is not set up now; it may be again.
            return None;
        }
        let old = entry.doubtful && self.now().since(entry.created) > KEY_KNOWN;
        let read = if old && ask.policy == Policy::Idempotent {
            Err(SendResult::Doubtful(TOO_LATE.to_owned()))
        } else {
            read_operation(&ask.chat, &ask.body, networks).map_err(SendResult::Failed)
        };
        let (operation, chat_kind) = match read {
            Ok((operation, chat_kind)) => (Ok(operation), chat_kind),
            Err(result) => {
                tracing::warn!(outgoing = id.0, chat = %ask.chat, ?result, "given up");
                (Err(result), ChatKind::Private)
            }
        };
        Some(Left {
            chat: ask.chat,
            chat_kind,
            priority: ask.priority,
            operation,
            id,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::store::MemoryStore;

    #[tokio::test(start_paused = true)]
    async fn what_a_write_took_along_in_vain_is_settled_without_another_one() {
        let durable = Arc::new(Durable::new(Arc::new(MemoryStore::new()), Clock::System));
        let settler = settle(Arc::clone(&durable), CancellationToken::new());
        let unsettled = || durable.lock_unsettled().len();
        let failing = async {
            durable.settle_soon(OutgoingId(1), SendResult::Sent(Vec::new()));
            // A write that fails late: the settler has looked meanwhile, and found nothing.
            let taken = durable.unsettled();
            tokio::time::sleep(10 * TAKEN_ALONG).await;
            drop(taken);
            assert_eq!(unsettled(), 1);
            tokio::time::sleep(10 * TAKEN_ALONG).await;
            assert_eq!(unsettled(), 0);
        };
        tokio::select! {
            () = settler => {}
            () = failing => {}
        }
    }
}
