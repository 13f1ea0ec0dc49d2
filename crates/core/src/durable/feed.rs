//! Feeds the executor from the store: claims conversations as far as there is room, and reads their events. Owns nothing.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::turn::Kept;
use super::{Again, Durable, FAULT_PAUSE, Resumed, checkpoint_key};
use crate::engine::{Network, Shared};
use crate::event::{Event, EventKind};
use crate::executor::Item;
use crate::store::{
    BotAccount, Claim, ClaimRequest, Commit, Failure, Hold, OutgoingState, Page, StoreError, StoredEvent,
    Then, TurnEnd,
};

/// The most events of one conversation that are claimed at once: a quantum, or an album with some room.
const EVENTS: usize = 16;

/// The longest time between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The same while a network has too much to send.
const LOOK_SOON: Duration = Duration::from_millis(50);

/// How often the store is cleaned.
const UPKEEP_EVERY: Duration = Duration::from_secs(3600);

/// Sends what an earlier process has left, then hands out events until it is stopped.
pub(crate) async fn feed(shared: Arc<Shared>, stop: CancellationToken) {
    let Some(durable) = &shared.durable else { return };
    while let Err(error) = begin(&shared, durable).await {
        durable.fault(&error);
        tokio::select! {
            () = tokio::time::sleep(FAULT_PAUSE) => {}
            () = stop.cancelled() => return,
        }
    }
    loop {
        let fed = durable.fed.notified();
        let wait = match claim(&shared, durable).await {
            Ok(wait) => wait,
            Err(error) => {
                durable.fault(&error);
                FAULT_PAUSE
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = fed => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Cleans the store now and then, until it is stopped.
pub(crate) async fn upkeep(shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        match shared.store.prune(shared.clock.now()).await {
            Ok(pruned) => tracing::debug!(?pruned, "the store was cleaned"),
            Err(error) => tracing::warn!(%error, "the store was not cleaned"),
        }
        tokio::select! {
            () = tokio::time::sleep(UPKEEP_EVERY) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// What an earlier process has left.
async fn begin(shared: &Arc<Shared>, durable: &Durable) -> Result<(), StoreError> {
    let counts = durable.store.counts().await?;
    durable.lock().backlog = counts.inbox;
    let networks: Vec<_> = shared.networks.iter().map(|network| network.id).collect();
    let left = durable.left(&networks).await?;
    if counts.inbox + left.len() as u64 > 0 {
        tracing::info!(
            events = counts.inbox,
            sends = left.len(),
            "going on where the process before ended"
        );
    }
    let unknown = Page {
        after: None,
        limit: 1,
    };
    if !durable
        .store
        .outgoing_in(OutgoingState::Unknown, unknown)
        .await?
        .is_empty()
    {
        tracing::warn!(
            unknown = counts.unknown,
            "of some messages nobody knows whether they were sent; they are not sent again"
        );
    }
    for left in left {
        shared.outbox(&left.chat).push_left(
            left.chat,
            left.chat_kind,
            left.priority,
            left.operation,
            left.id,
        );
    }
    crate::task::revive(shared, durable).await?;
    Ok(())
}

/// Claims what there is room for; says when to look again.
async fn claim(shared: &Arc<Shared>, durable: &Durable) -> Result<Duration, StoreError> {
    let (bots, behind) = shared.known_accounts();
    let most = 2 * shared.executor.config.turns.max(1);
    let room = most.saturating_sub(durable.lock().holds.len());
    let longest = if behind { LOOK_SOON } else { LOOK_EVERY };
    if bots.is_empty() || room == 0 {
        return Ok(longest);
    }
    durable.lock().rings = None;
    let counted = durable.counted();
    let request = ClaimRequest {
        bots: bots.clone(),
        conversations: room,
        events: EVENTS,
        now: durable.now(),
    };
    let claims = durable.store.claim(request).await?;
    durable.works();
    let (all, none) = (claims.len() < room, claims.is_empty());
    // Whether what these accounts have is all that there is.
    let whole = !behind && bots.len() == shared.networks.len();
    for claim in claims {
        durable
            .lock()
            .holds
            .insert(claim.hold.conversation.clone(), claim.hold.clone());
        place(shared, durable, claim).await;
    }
    let due = match next(durable, bots, all).await? {
        // What is due and cannot be claimed waits for one that runs alone.
        Next::Look(at) if none => at.max(LOOK_SOON),
        Next::Look(at) => at,
        Next::Nothing if whole => {
            durable.nothing_waits(counted);
            LOOK_EVERY
        }
        Next::Nothing => LOOK_EVERY,
    };
    Ok(due.min(longest))
}

/// What is to be done next.
enum Next {
    /// Look again after a time.
    Look(Duration),
    /// Nothing of these accounts waits for a time.
    Nothing,
}

async fn next(durable: &Durable, bots: Vec<BotAccount>, all: bool) -> Result<Next, StoreError> {
    let rings = durable.lock().rings;
    if let Some(at) = rings {
        return Ok(Next::Look(at.saturating_duration_since(Instant::now())));
    }
    if !all {
        return Ok(Next::Look(LOOK_EVERY));
    }
    let due = durable.store.next_due(bots).await?.conversation;
    Ok(due.map_or(Next::Nothing, |due| Next::Look(due.since(durable.now()))))
}

/// Gives the events of a claim to the executor.
async fn place(shared: &Arc<Shared>, durable: &Durable, claim: Claim) {
    let Claim { hold, events, .. } = claim;
    let mut items: Vec<Item> = Vec::with_capacity(events.len());
    for stored in events {
        let (event, again) = match durable.event(&hold, &stored) {
            Ok(event) => event,
            Err(why) => {
                set_aside(durable, &hold, &stored, why).await;
                continue;
            }
        };
        let of_album = |item: &&mut Item| event.group().is_some() && item.event.group() == event.group();
        if let Some(first) = items.iter_mut().rev().find(of_album)
            && let Some(kept) = &mut first.kept
        {
            kept.numbers.push(stored.number);
            let part = Arc::try_unwrap(event).unwrap_or_else(|event| Event::clone(&event));
            Arc::make_mut(&mut first.event).join(part);
            first.route = shared.router.route(&first.event, &shared.presses);
            continue;
        }
        if let EventKind::Press(press) = &event.kind {
            durable.load_button(&shared.presses, &press.token).await;
        }
        let kept = Kept {
            hold: hold.clone(),
            numbers: vec![stored.number],
            last: false,
            attempts: stored.attempts,
            resumed: durable.checkpoints(again.resumed).await,
            first: again.first,
        };
        items.push(Item {
            route: shared.router.route(&event, &shared.presses),
            event,
            kept: Some(Box::new(kept)),
        });
    }
    match items.last_mut().and_then(|item| item.kept.as_deref_mut()) {
        Some(kept) => {
            kept.last = true;
            shared.executor.place_claimed(&hold.conversation, items);
        }
        None => {
            // Nothing of it could be read.
            if let Err(error) = durable.store.release(vec![hold.clone()], durable.now()).await {
                durable.fault(&error);
            }
            durable.let_go(&hold);
        }
    }
}

/// An event that cannot be read is kept for a person to look at.
async fn set_aside(durable: &Durable, hold: &Hold, stored: &StoredEvent, why: String) {
    tracing::error!(event = %stored.id, chat = %hold.conversation.chat, why, "an event cannot be read and is set aside");
    let failure = Failure {
        number: stored.number,
        error: why,
        pause: Duration::ZERO,
        last: true,
    };
    let end = TurnEnd {
        hold: hold.clone(),
        handled: Vec::new(),
        failed: Some(failure),
        then: Then::Hold,
    };
    let commit = Commit::turn(end, Vec::new(), durable.now());
    match durable.store.commit(vec![commit]).await {
        Ok(_) => durable.uncount(&hold.conversation, 1),
        // The event comes again with the next claim.
        Err(error) => durable.fault(&error),
    }
}

impl Durable {
    /// The tasks that go on with an event, with their checkpoints; nothing where there are none.
    async fn checkpoints(&self, mut resumed: Vec<Resumed>) -> Option<Arc<[Resumed]>> {
        for task in &mut resumed {
            match self.store.value(&checkpoint_key(task.id)).await {
                Ok(checkpoint) => task.checkpoint = checkpoint,
                Err(error) => self.fault(&error),
            }
        }
        (!resumed.is_empty()).then(|| resumed.into())
    }

    /// An event as it came, or as it was written down.
    fn event(&self, hold: &Hold, stored: &StoredEvent) -> Result<(Arc<Event>, Again), String> {
        let chat = &hold.conversation.chat;
        let key = (chat.network, chat.account.clone(), stored.id.clone());
        if let Some(event) = self.lock().recent.remove(&key) {
            return Ok((event, Again::default()));
        }
        let (event, again) = super::codec::read_event(chat, stored, self.now())?;
        Ok((Arc::new(event), again))
    }
}

impl Shared {
    /// The accounts that have said who they are, whether they can be reached now or not; without those on whose networks
    /// too much waits to be sent: turns that are faster than a network wait for it. Says whether there are such.
    fn known_accounts(&self) -> (Vec<BotAccount>, bool) {
        let bound = self.executor.config.total_bound;
        let (behind, good): (Vec<&Network>, Vec<&Network>) = self
            .networks
            .iter()
            .partition(|network| network.outbox.unfinished() >= bound);
        let account = |network: &Network| {
            let account = network.known_account()?;
            Some(BotAccount {
                network: network.id,
                account,
            })
        };
        let accounts = good.into_iter().filter_map(account).collect();
        (accounts, !behind.is_empty())
    }
}
