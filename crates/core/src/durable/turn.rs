//! The end of a turn whose event is kept: one commit. Owns nothing.

use std::sync::Arc;
use std::time::Duration;

use smol_str::SmolStr;

use super::{Durable, Resumed};
use crate::context::{Context, End, Say};
use crate::engine::Shared;
use crate::error::Retry;
use crate::executor::{chain, error_id};
use crate::id::EventId;
use crate::outbox::Prepared;
use crate::reply::Reply;
use crate::store::{Commit, Failure, Hold, Outcome, StoreError, Then, TurnEnd, Write};
use crate::words;

/// An event's place in the store.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) hold: Hold,
    /// The numbers of the event, and of the other parts of its album.
    pub(crate) numbers: Vec<u64>,
    /// Whether it is the last of those that were claimed.
    pub(crate) last: bool,
    /// How many attempts at it ended with the process.
    pub(crate) attempts: u32,
    /// The tasks that go on with it, where it is an event that comes again.
    pub(crate) resumed: Option<Arc<[Resumed]>>,
    /// The event that it was at first, where it is one that comes again.
    pub(crate) first: Option<EventId>,
}

impl Kept {
    /// The end of its turn; with a failure the event is set aside.
    fn end(&self, failure: Option<&str>) -> TurnEnd {
        let failed = failure.map(|error| Failure {
            number: self.numbers.first().copied().unwrap_or_default(),
            error: error.to_owned(),
            pause: Duration::ZERO,
            last: true,
        });
        TurnEnd {
            hold: self.hold.clone(),
            handled: self.numbers[usize::from(failed.is_some())..].to_vec(),
            failed,
            then: if self.last { Then::Release } else { Then::Hold },
        }
    }
}

/// What a turn leaves behind.
struct Leaves {
    said: Option<Prepared>,
    /// How many writes of the commit are what is said.
    outgoing: bool,
    /// The buttons that are kept with it.
    tokens: Vec<SmolStr>,
    writes: Vec<Write>,
    failure: Option<String>,
}

impl Durable {
    /// Keeps a turn's end, then sends what it says; says whether that is done. It is not when a state was changed by
    /// somebody else meanwhile: the turn is to run again.
    ///
    /// While the store cannot be written it waits, unless the bot stops: then the event is handled again after the
    /// restart.
    pub(crate) async fn conclude(
        &self,
        shared: &Arc<Shared>,
        kept: &Kept,
        context: &Context,
        end: End,
    ) -> bool {
        let leaves = self.leaves(shared, context, end, Vec::new());
        let error = match self.commit(shared, kept, &leaves).await {
            Ok(Some(outcome)) => return self.concluded(shared, kept, context, leaves, outcome),
            Ok(None) => return true,
            Err(error) => chain(&error),
        };
        // What the turn wrote cannot be kept at all, such as a state above the limit.
        let id = error_id();
        tracing::error!(error_id = %id, chat = %context.chat(), error, "what a turn wrote cannot be kept");
        let end = End {
            say: Say::Reply(Reply::new(words::failed(&id)).ephemeral()),
            failure: Some(error),
        };
        let leaves = self.leaves(shared, context, end, leaves.writes);
        match self.commit(shared, kept, &leaves).await {
            Ok(Some(outcome)) => self.concluded(shared, kept, context, leaves, outcome),
            Ok(None) => true,
            Err(error) => {
                self.fault(&error);
                self.abandon(kept).await;
                true
            }
        }
    }

    /// Ends a turn that cannot be ended in any other way: its event is set aside, without a word. Where even that fails
    /// its conversation waits for the next start, which counts an attempt.
    pub(crate) async fn abandon(&self, kept: &Kept) {
        let turn = kept.end(Some("its turn could not be ended"));
        match self
            .store
            .commit(vec![Commit::turn(turn, Vec::new(), self.now())])
            .await
        {
            Ok(_) => self.handled(kept),
            Err(error) => {
                self.fault(&error);
                self.let_go(&kept.hold);
            }
        }
    }

    fn leaves(&self, shared: &Shared, context: &Context, end: End, mut writes: Vec<Write>) -> Leaves {
        writes.extend(context.close());
        let mut leaves = Leaves {
            said: None,
            outgoing: false,
            tokens: Vec::new(),
            writes,
            failure: end.failure,
        };
        if leaves.failure.is_some() {
            // What a turn wrote goes with it; a task that should have gone on with it is not tried at each start,
            // and a button that it has used up stays used.
            leaves
                .writes
                .retain(|write| matches!(write, Write::DropTask(_) | Write::Value { body: None, .. }));
        }
        let outbox = context.outbox();
        let said = context
            .action(end.say)
            .map(|(action, delivery)| outbox.prepare(action, &delivery));
        match said.transpose() {
            Ok(said) => leaves.said = said,
            Err(error) => tracing::warn!(chat = %context.chat(), %error, "not sent"),
        }
        if let Some(said) = &leaves.said
            && let Some(outgoing) = said.kept(context.user().map(|user| &user.id), outbox.keyed())
        {
            leaves.outgoing = true;
            let (tokens, buttons) = self.button_writes(&shared.presses, said.tokens());
            leaves.tokens = tokens;
            leaves.writes.extend(buttons);
            // What goes at once is marked with the commit; the rest of it waits behind it.
            let mut now = outbox.stands_ready(context.chat());
            leaves.writes.extend(outgoing.into_iter().map(|outgoing| {
                if std::mem::take(&mut now) {
                    Write::SendNow(outgoing)
                } else {
                    Write::Send(outgoing)
                }
            }));
        }
        leaves
    }

    /// Commits until the store answers; nothing when the bot stops before.
    async fn commit(
        &self,
        shared: &Shared,
        kept: &Kept,
        leaves: &Leaves,
    ) -> Result<Option<Outcome>, StoreError> {
        let turn = kept.end(leaves.failure.as_deref());
        loop {
            // What was sent before goes first: this turn may have more for the same chat.
            let settled = self.unsettled();
            let commit = Commit::turn(turn.clone(), leaves.writes.clone(), self.now());
            let commits = settled.commit(self.now()).into_iter().chain([commit]);
            match self.store.commit(commits.collect()).await {
                Ok(mut outcomes) => {
                    settled.kept();
                    self.works();
                    return Ok(outcomes.pop());
                }
                Err(error) if error.retry() == Retry::Never => return Err(error),
                Err(error) => self.fault(&error),
            }
            tokio::select! {
                () = tokio::time::sleep(super::FAULT_PAUSE) => {}
                () = shared.closed() => return Ok(None),
            }
        }
    }

    fn concluded(
        &self,
        shared: &Shared,
        kept: &Kept,
        context: &Context,
        leaves: Leaves,
        outcome: Outcome,
    ) -> bool {
        match outcome {
            Outcome::Committed(committed) => {
                shared.presses.kept(&leaves.tokens);
                if let Some(dead) = committed.dead {
                    tracing::error!(dead = dead.0, chat = %context.chat(), "an event was set aside");
                }
                self.handled(kept);
                if committed.events > 0 {
                    self.fed.notify_one();
                }
                if let Some(said) = leaves.said {
                    let ids = if leaves.outgoing {
                        committed.outgoing
                    } else {
                        Vec::new()
                    };
                    context
                        .outbox()
                        .push_prepared(said, ids, !committed.begun.is_empty());
                }
                true
            }
            Outcome::Conflict { key, .. } => {
                tracing::debug!(state = %key.name, "changed by another turn; this one runs again");
                false
            }
            Outcome::Stale => {
                tracing::warn!(chat = %context.chat(), "a turn's end is thrown away: its conversation is held no more");
                self.let_go(&kept.hold);
                true
            }
        }
    }

    /// Counts events that left the inbox.
    pub(super) fn handled(&self, kept: &Kept) {
        let mut state = self.lock();
        state.commits += 1;
        state.running.remove(&kept.hold.conversation);
        state.uncount(&kept.hold.conversation, kept.numbers.len());
        drop(state);
        if kept.last {
            self.let_go(&kept.hold);
        }
        self.freed.notify_waiters();
    }

    /// A conversation is held no more.
    pub(super) fn let_go(&self, hold: &Hold) {
        let mut state = self.lock();
        // It may be held anew by now.
        if state.holds.get(&hold.conversation) == Some(hold) {
            state.holds.remove(&hold.conversation);
            state.running.remove(&hold.conversation);
        }
        drop(state);
        self.fed.notify_one();
    }
}
