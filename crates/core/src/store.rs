//! The contract of a store: what survives the process, as plain operations over plain data. No engine is named here;
//! [`MemoryStore`] is the one that forgets.
//!
//! The way of an event through it:
//!
//! 1. [`Store::ingest`] keeps a batch of events with the source's new position. Only then is it confirmed to the network.
//! 2. [`Store::claim`] hands out conversations, each with a [`Fence`] and its first events.
//! 3. A turn runs; [`Store::commit`] keeps all that it wrote together with the event's removal, or nothing of it.
//! 4. [`Store::take`] or [`Write::Begin`] marks what is about to be sent, before the call; [`Store::settle`] or
//!    [`Write::Settle`] keeps what became of it.
//!
//! A handler may run more than once for one event (the process can end at any moment), its effects on what is kept
//! here come to be exactly once.
//!
//! ```
//! use duologue_core::store::{
//!     Batch, BotAccount, ClaimRequest, Commit, Keep, MemoryStore, NewEvent, Position, SourceId, Store, Then,
//!     Timestamp, TurnEnd,
//! };
//! use duologue_core::{AccountId, Chat, ChatId, Conversation, EventId, NetworkId};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), duologue_core::store::StoreError> {
//! let store = MemoryStore::new();
//! let (network, account) = (NetworkId::new("pigeon"), AccountId::number(1));
//! let bot = BotAccount { network, account: account.clone() };
//! let now = Timestamp::now();
//! let chat = Chat { network, account, id: ChatId::number(7), thread: None };
//! let event = NewEvent {
//!     id: EventId::number(41),
//!     conversation: Conversation { chat, user: None },
//!     user: None,
//!     kind: "message".into(),
//!     sent: None,
//!     keep: Keep::Queue,
//!     wait: std::time::Duration::ZERO,
//!     body: "hello".into(),
//! };
//! let source = SourceId { bot: bot.clone(), part: 0 };
//! let position = Some(Position::Offset(42));
//! store.ingest(Batch { source, events: vec![event], position, now }).await?;
//!
//! let request = ClaimRequest { bots: vec![bot], conversations: 64, events: 8, now };
//! for claim in store.claim(request).await? {
//!     let handled = claim.events.iter().map(|event| event.number).collect();
//!     let end = TurnEnd { hold: claim.hold, handled, failed: None, then: Then::Release };
//!     let outcome = store.commit(vec![Commit::turn(end, Vec::new(), now)]).await?;
//!     assert!(outcome[0].committed().is_some());
//! }
//! # Ok(())
//! # }
//! ```

mod check;
mod claim;
mod commit;
mod dead;
mod error;
mod health;
mod ingest;
mod job;
mod memory;
mod outgoing;
mod person;
mod personal;
mod state;
mod task;
mod time;

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use crate::id::Person;
use crate::task::TaskId;

pub use self::check::{check_batch, check_commits, first_conflict};
pub use self::claim::{Claim, ClaimRequest, Fence, Hold, StoredEvent};
pub use self::commit::{Commit, Committed, Failure, Outcome, Then, TurnEnd, Write};
pub use self::dead::{DeadId, DeadLetter, Page};
pub use self::error::{StoreError, StoreErrorKind};
pub use self::health::{Counts, NextDue, Pruned};
pub use self::ingest::{Admitted, Batch, BotAccount, Ingested, Keep, NewEvent, Position, SourceId};
pub use self::job::{DueRequest, Job, JobId, JobOwner, Missed, NewJob};
pub use self::memory::{MEMORY_IDS_KEPT, MemoryStore};
pub use self::outgoing::{
    NewOutgoing, Outgoing, OutgoingId, OutgoingState, Policy, SendResult, Settlement, TakeRequest,
};
pub use self::person::{Account, CodeHash, LinkCode, LinkGuess, LinkedPerson, Looked, PersonId, Redeemed};
pub use self::personal::{Forgotten, PersonalData, button_of};
pub use self::state::{Scope, StateKey, StateValue, StateWrite};
pub use self::task::StoredTask;
pub use self::time::Timestamp;

/// The most bytes of one body: of an event, a state, something to send, a job, a task or a value.
pub const BODY_LIMIT: usize = 1 << 20;

/// The most events of a batch, and the most writes of a commit.
pub const BATCH_BOUND: usize = 1000;

/// The most commits that share one call.
pub const COMMITS_BOUND: usize = 256;

/// About how many bytes of events a claim hands out: beyond it, conversations get their first event only and no more
/// conversations are taken.
pub const CLAIM_BYTES: usize = 16 << 20;

/// After so many attempts that failed, or ended with the process, an event goes to the dead letters.
pub const MAX_ATTEMPTS: u32 = 3;

/// How long the ids of events are remembered to recognize a second delivery. The networks repeat for a day.
pub const IDS_KEPT: Duration = Duration::from_secs(48 * 3600);

/// How long what was sent stays in the outbox.
pub const SENT_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// How long what was not sent, or may have been, stays in the outbox for a person to look at.
pub const UNSENT_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// How many wrong link codes an account may enter within [`GUESS_WINDOW`].
pub const GUESSES: u32 = 5;

/// The time in which wrong link codes are counted, from the first of them.
pub const GUESS_WINDOW: Duration = Duration::from_secs(3600);

/// Keeps what must survive. One store serves one bot with all its networks.
///
/// **Durability.** When a write's future completes without an error, the write is as durable as the engine promises:
/// on the disk for a durable one. **Order.** A read sees every write that was answered before it was asked for.
///
/// **Cancel safety.** Dropping the future of a write leaves open whether it is done, never half of it. What
/// [`Store::claim`] and [`Store::take`] would have handed out to a future that was dropped goes back by itself before
/// the next one is handed out.
///
/// **Errors.** Every operation can fail with [`StoreErrorKind::Closed`], [`StoreErrorKind::Failed`] and
/// [`StoreErrorKind::Impossible`], every write with [`StoreErrorKind::Full`]; the others are named where they come.
/// A write that failed has kept nothing.
pub trait Store: Send + Sync + 'static {
    /// Keeps a batch of events and the source's new position, all of it or nothing. Events whose id is known for the
    /// account are left out, and the answer says so. Confirm to the network only after it.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::TooLarge`] for a body above [`BODY_LIMIT`] or a batch above [`BATCH_BOUND`];
    /// [`StoreErrorKind::Invalid`] for an event whose conversation is of another account than the source.
    fn ingest(&self, batch: Batch) -> BoxFuture<'_, Result<Ingested, StoreError>>;

    /// How far a source was read; nothing for one that is new.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn position<'a>(&'a self, source: &'a SourceId) -> BoxFuture<'a, Result<Option<Position>, StoreError>>;

    /// Takes conversations that have events and that nobody holds, those first that are ready longest. One with an
    /// event that waits ([`NewEvent::wait`]) is ready after the latest of these times. Each stays held
    /// until a commit or [`Store::release`] gives it back. The holds of a process that ended are free again when the
    /// store is opened, and the first event of each counts one attempt more.
    ///
    /// An event whose last attempt is due after the process ended under it runs beside no other such event, so that
    /// one that kills the process does not take the others with it.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn claim(&self, request: ClaimRequest) -> BoxFuture<'_, Result<Vec<Claim>, StoreError>>;

    /// Gives conversations back without an end: their events keep their attempts and wait again. Holds that are not
    /// valid any more are passed over; the answer is how many were valid.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn release(&self, holds: Vec<Hold>, now: Timestamp) -> BoxFuture<'_, Result<usize, StoreError>>;

    /// Keeps turns and other writes, each of them whole or not at all, all of them in one trip to the disk. The answer
    /// has one outcome for each, in order; one that is stale or in conflict leaves the others untouched.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::TooLarge`] for a body above [`BODY_LIMIT`], more than [`BATCH_BOUND`] writes in one commit or
    /// more than [`COMMITS_BOUND`] commits. With an error nothing of any of them was kept.
    fn commit(&self, commits: Vec<Commit>) -> BoxFuture<'_, Result<Vec<Outcome>, StoreError>>;

    /// The dead letters, the oldest first.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn dead(&self, page: Page<DeadId>) -> BoxFuture<'_, Result<Vec<DeadLetter>, StoreError>>;

    /// Puts dead letters back at the end of their conversations, as new; says how many there were.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn retry_dead(&self, ids: Vec<DeadId>, now: Timestamp) -> BoxFuture<'_, Result<usize, StoreError>>;

    /// Deletes dead letters; says how many there were.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn delete_dead(&self, ids: Vec<DeadId>) -> BoxFuture<'_, Result<usize, StoreError>>;

    /// Takes what can be sent now and marks it as being sent, before the call to the network. Of each chat there is at
    /// most one; while it is not settled nothing else of its chat is taken. Answers go before news, and news before
    /// broadcasts; with the same priority, what waits longest goes first. A sender that has one of
    /// its own in hand marks that one with [`Write::Begin`].
    ///
    /// What is found as being sent when the store is opened is [`OutgoingState::Unknown`] then, or waits again in its
    /// place where its [`Policy`] repeats.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn take(&self, request: TakeRequest) -> BoxFuture<'_, Result<Vec<Outgoing>, StoreError>>;

    /// Keeps what became of things that were taken. The answer has the state of each from now on, in order; nothing
    /// for one that is not being sent any more.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn settle(
        &self,
        settlements: Vec<Settlement>,
    ) -> BoxFuture<'_, Result<Vec<Option<OutgoingState>>, StoreError>>;

    /// Something that is or was in the outbox, with its receipt.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn outgoing(&self, id: OutgoingId) -> BoxFuture<'_, Result<Option<Outgoing>, StoreError>>;

    /// What is in the outbox in a state, by number.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn outgoing_in(
        &self,
        state: OutgoingState,
        page: Page<OutgoingId>,
    ) -> BoxFuture<'_, Result<Vec<Outgoing>, StoreError>>;

    /// States, all as of one moment, in the order of the keys; nothing for those that never were.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn state(&self, keys: Vec<StateKey>) -> BoxFuture<'_, Result<Vec<Option<StateValue>>, StoreError>>;

    /// The jobs that are due, the earliest first. They stay as they are: the caller moves or drops each in the commit
    /// that does its work.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn due(&self, request: DueRequest) -> BoxFuture<'_, Result<Vec<Job>, StoreError>>;

    /// All jobs of an owner, by the time they are due.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn jobs<'a>(&'a self, owner: &'a JobOwner) -> BoxFuture<'a, Result<Vec<Job>, StoreError>>;

    /// All tasks that are kept, by their place in the line, then by number.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn tasks(&self) -> BoxFuture<'_, Result<Vec<StoredTask>, StoreError>>;

    /// Sets numbers aside for tasks, `count` of them from the one that is returned; no task ever had one of them.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn reserve_task_ids(&self, count: u32) -> BoxFuture<'_, Result<TaskId, StoreError>>;

    /// The person behind an account, where it was linked with another one.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn person<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Option<LinkedPerson>, StoreError>>;

    /// Keeps a link code that an account shows. The account's earlier code is good no more.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Invalid`] where another account shows the same code at the moment: make another one.
    fn offer_link(&self, code: LinkCode) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Says whose account a code that was entered would link, without using it up. A wrong one counts as in
    /// [`Store::redeem_link`], and an account that guessed wrong too often is told nothing.
    ///
    /// # Errors
    ///
    /// See the trait. A wrong code is an answer, not an error.
    fn look_at_link(&self, guess: LinkGuess) -> BoxFuture<'_, Result<Looked, StoreError>>;

    /// Links the account in which a code was entered with the one that shows it. What was kept about each of the two in
    /// [`Scope::User`] is the person's from then on.
    ///
    /// # Errors
    ///
    /// See the trait. A wrong code is an answer, not an error.
    fn redeem_link(&self, guess: LinkGuess) -> BoxFuture<'_, Result<Redeemed, StoreError>>;

    /// Takes an account away from its person; the person's states stay with the accounts that are left, and go with
    /// the last one. Says whether it was linked.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn unlink<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// A small value by its name. It is written by [`Write::Value`]. One whose time is over is there until the next
    /// [`Store::prune`]: where the moment counts, put it into the value.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn value<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>>;

    /// What is kept about a person with all linked accounts, or about a chat as a whole.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn export<'a>(&'a self, person: &'a Person) -> BoxFuture<'a, Result<PersonalData, StoreError>>;

    /// Deletes what is kept about a person with all linked accounts, or about a chat as a whole, and unlinks the
    /// accounts. Conversations that lose events are held no more, so a turn that runs cannot bring anything back.
    /// Backups are not touched. Of the buttons of messages, those go that the person alone may press; what the others do is
    /// kept for up to 30 days under random names that do not say whose they are.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn forget<'a>(&'a self, person: &'a Person) -> BoxFuture<'a, Result<Forgotten, StoreError>>;

    /// Cleans away what is older than it must be kept: values whose time is over, ids of events ([`IDS_KEPT`]), what was
    /// sent ([`SENT_KEPT`]) or not ([`UNSENT_KEPT`]), link codes that are too old. To be called about once an hour.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn prune(&self, now: Timestamp) -> BoxFuture<'_, Result<Pruned, StoreError>>;

    /// How much there is of everything, for health and limits.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn counts(&self) -> BoxFuture<'_, Result<Counts, StoreError>>;

    /// When there is something to do next for these accounts, so that the caller can sleep until then.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn next_due(&self, bots: Vec<BotAccount>) -> BoxFuture<'_, Result<NextDue, StoreError>>;

    /// Does what waits, then closes. Every later operation fails with [`StoreErrorKind::Closed`]. Closing twice is the
    /// same as closing once.
    fn close(&self) -> BoxFuture<'_, ()>;
}

const _: fn(&dyn Store) = |_| {};
