//! The store in one SQLite file. Owns the threads that alone touch it; everything else is a question to one of them.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot, watch};

use duologue_core::store::{
    Account, Batch, BotAccount, Claim, ClaimRequest, Commit, Counts, DeadId, DeadLetter, DueRequest,
    Forgotten, Hold, Ingested, Job, JobOwner, LinkCode, LinkGuess, LinkedPerson, Looked, NextDue, Outcome,
    Outgoing, OutgoingId, OutgoingState, Page, PersonalData, Position, Pruned, Redeemed, Settlement,
    SourceId, StateKey, StateValue, Store, StoreError, StoreErrorKind, StoredTask, TakeRequest, Timestamp,
    check_batch, check_commits,
};
use duologue_core::{Person, TaskId};

use crate::backup::{self, Verified};
use crate::fault::{Fault, Result as Done};
use crate::live::Live;
use crate::names::Names;
use crate::open::{Parts, limit_size, open};
use crate::ops::{inbox, outbox, people, personal, state, turn, upkeep, work};
use crate::threads::{
    Asked, Desk, Handed, Lens, Queue, READS_BOUND, Reading, Return, Returned, WRITES_BOUND, Work, Written,
    start_writer,
};
use crate::tx::Tx;

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    /// The data directory. It is made where it is missing; one process can use it at a time.
    pub directory: PathBuf,
    /// Whether to begin with an empty store where a damaged one was moved aside and nothing was put in its place.
    pub start_anew: bool,
    /// The most bytes of the database's file; `None` leaves it to the disk. Its log comes on top.
    pub size_limit: Option<u64>,
}

impl SqliteOptions {
    /// A store in a directory, bounded by the disk.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            start_anew: false,
            size_limit: None,
        }
    }
}

/// What an opening found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The database's file.
    pub file: PathBuf,
    /// Whether it was made just now.
    pub fresh: bool,
    /// Conversations that the process before held when it ended; they are free again.
    pub held: usize,
    /// Events that went to the dead letters because processes ended at each attempt.
    pub dead: usize,
    /// Things that were being sent: unknown now, or waiting again.
    pub sending: usize,
}

/// How much was written since the opening. The more operations share a transaction, the fewer trips to the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Writes {
    /// Operations of the writer: those that write, and those that look at what is under way.
    pub operations: u64,
    /// Transactions that were committed for them, each with one trip to the disk where it wrote anything.
    pub transactions: u64,
}

/// Keeps everything in one SQLite file, with a log that is on the disk before a write is answered.
///
/// One thread writes. It takes all writes that wait, does them in one transaction, and answers after its commit, so
/// the trip to the disk is shared by all who wait for it; a few other threads read. When the disk is full, writes fail
/// with [`StoreErrorKind::Full`] and work again as soon as there is room.
pub struct SqliteStore {
    writes: Mutex<Option<Queue<Desk>>>,
    reads: Mutex<Option<Queue<Lens>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Each thread has the other end.
    alive: watch::Sender<()>,
    returned: Arc<Returned>,
    opened: Opened,
    written: Arc<Written>,
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("opened", &self.opened)
            .finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the store of a data directory, or makes one.
    ///
    /// Dropping the future leaves an opening that closes by itself.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::InUse`] while another process, or another store of this one, has the directory;
    /// [`StoreErrorKind::Damaged`] when the file does not pass its check, and at each later opening until something is
    /// put in its place or [`SqliteOptions::start_anew`] is set; [`StoreErrorKind::Newer`] and
    /// [`StoreErrorKind::Foreign`] for a file that is not for this program; [`StoreErrorKind::Impossible`] for a journal
    /// that cannot be read, which is left as it is; [`StoreErrorKind::Full`] when there is no room for what opening has
    /// to write.
    pub async fn open(options: SqliteOptions) -> Result<Self, StoreError> {
        let fail = |fault: Fault| fault.tell("open");
        let (writes, wanted) = mpsc::channel(WRITES_BOUND);
        let (reads, asked) = mpsc::channel(READS_BOUND);
        let (alive, living) = watch::channel(());
        let (names, returned) = (Arc::new(Names::default()), Arc::new(Returned::default()));
        let begin = {
            let (names, returned) = (Arc::clone(&names), Arc::clone(&returned));
            move || open(&options, names, returned)
        };
        let (writer, opened) =
            start_writer(begin, wanted, living.clone()).map_err(|error| fail(error.into()))?;
        let mut threads = vec![writer];
        let closed = || StoreError::new("open", StoreErrorKind::Closed);
        let Parts {
            readers,
            opened,
            written,
        } = opened.await.map_err(|_| closed())?.map_err(fail)?;
        let reading = Reading {
            queue: Arc::new(Mutex::new(asked)),
            names,
            alive: living,
        };
        for connection in readers {
            let reader = reading
                .clone()
                .start(connection)
                .map_err(|error| fail(error.into()))?;
            threads.push(reader);
        }
        if opened.held > 0 || opened.sending > 0 {
            let Opened {
                held, dead, sending, ..
            } = opened;
            tracing::warn!(
                held,
                dead,
                sending,
                "the process before did not close its store; what it held is free"
            );
        }
        Ok(Self {
            writes: Mutex::new(Some(writes)),
            reads: Mutex::new(Some(reads)),
            threads: Mutex::new(threads),
            alive,
            returned,
            opened,
            written,
        })
    }

    /// What the opening found.
    #[must_use]
    pub fn opened(&self) -> &Opened {
        &self.opened
    }

    /// How much was written since the opening.
    #[must_use]
    pub fn writes(&self) -> Writes {
        Writes {
            operations: self.written.operations.load(Ordering::Relaxed),
            transactions: self.written.transactions.load(Ordering::Relaxed),
        }
    }

    /// Copies the whole store, as of one moment, into a new file that [`verify`](crate::verify) has passed. Reads and
    /// writes go on meanwhile. To use a backup, put it in the place of [`DATABASE_FILE`](crate::DATABASE_FILE), without
    /// any `-wal` or `-shm` file beside it.
    ///
    /// Dropping the future lets the copy be finished all the same.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Exists`] where the file is there already, [`StoreErrorKind::Full`] where it does not fit; a
    /// copy that failed leaves no file.
    pub async fn backup(&self, file: impl Into<PathBuf>) -> Result<Verified, StoreError> {
        let (from, to) = (self.opened.file.clone(), file.into());
        self.read("backup", move |_| backup::copy(&from, &to)).await
    }

    /// Checks a backup as [`verify`](crate::verify) does, on a thread of the store.
    ///
    /// # Errors
    ///
    /// As [`verify`](crate::verify), with the name `verify` for the operation.
    pub async fn verify(&self, file: impl AsRef<Path>) -> Result<Verified, StoreError> {
        let file = file.as_ref().to_owned();
        self.read("verify", move |_| Ok(backup::verify(&file))).await?
    }

    /// Changes the most bytes that the database's file may have; `None` leaves it to the disk. A file that is larger
    /// already stays, and takes nothing more.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Closed`] and [`StoreErrorKind::Failed`].
    pub async fn set_size_limit(&self, limit: Option<u64>) -> Result<(), StoreError> {
        self.write("set_size_limit", move |desk| limit_size(&desk.connection, limit))
            .await
    }

    /// Has the writer do something. It does it even if the future is dropped.
    async fn write<T, F>(&self, operation: &'static str, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Desk) -> Done<T> + Send + 'static,
    {
        ask(&self.writes, operation, work).await
    }

    /// Has the writer do something with what is under way.
    async fn with_live<T, F>(&self, operation: &'static str, mut work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&Tx<'_>, &mut Live) -> Done<T> + Send + 'static,
    {
        let work = move |desk: &mut Desk| {
            let (tx, live) = desk.parts();
            work(&tx, live)
        };
        self.write(operation, work).await
    }

    /// Has a reader do something with what only the tables have.
    async fn read<T, F>(&self, operation: &'static str, mut work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&Tx<'_>) -> Done<T> + Send + 'static,
    {
        ask(&self.reads, operation, move |lens: &mut Lens| work(&lens.tx())).await
    }

    /// Has the writer hand something out; if nobody receives it, it goes back.
    async fn hand_out<T, F>(
        &self,
        operation: &'static str,
        mut work: F,
        back: fn(T) -> Return,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&Tx<'_>, &mut Live) -> Done<T> + Send + 'static,
    {
        let returned = Arc::clone(&self.returned);
        let handed = move |desk: &mut Desk| {
            let (tx, live) = desk.parts();
            Ok(Handed::new(work(&tx, live)?, Arc::clone(&returned), back))
        };
        let (asked, answer) = Asked::new(operation, handed);
        let handed = put(&self.writes, operation, asked.only_if_wanted(), answer);
        let closed = || StoreError::new(operation, StoreErrorKind::Closed);
        handed.await?.arrived().ok_or_else(closed)
    }
}

async fn ask<D, T, F>(
    queue: &Mutex<Option<Queue<D>>>,
    operation: &'static str,
    work: F,
) -> Result<T, StoreError>
where
    T: Send + 'static,
    F: FnMut(&mut D) -> Done<T> + Send + 'static,
{
    let (asked, answer) = Asked::new(operation, work);
    put(queue, operation, asked, answer).await
}

async fn put<D, T>(
    queue: &Mutex<Option<Queue<D>>>,
    operation: &'static str,
    asked: impl Work<D> + 'static,
    answer: oneshot::Receiver<Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let closed = || StoreError::new(operation, StoreErrorKind::Closed);
    let queue = queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let queue = queue.ok_or_else(closed)?;
    queue.send(Box::new(asked)).await.map_err(|_| closed())?;
    // Not held while waiting: the threads end when nobody can ask any more.
    drop(queue);
    answer.await.map_err(|_| closed())?
}

impl Drop for SqliteStore {
    /// Does what waits and closes. It blocks until the last commit is on the disk.
    fn drop(&mut self) {
        drop(take(&self.writes));
        drop(take(&self.reads));
        for thread in self
            .threads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain(..)
        {
            if thread.join().is_err() {
                tracing::error!("a thread of the store ended in a panic");
            }
        }
    }
}

fn take<D>(queue: &Mutex<Option<Queue<D>>>) -> Option<Queue<D>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).take()
}

impl Store for SqliteStore {
    fn ingest(&self, batch: Batch) -> BoxFuture<'_, Result<Ingested, StoreError>> {
        async move {
            check_batch(&batch)?;
            self.with_live("ingest", move |tx, live| inbox::ingest(tx, live, &batch))
                .await
        }
        .boxed()
    }

    fn position<'a>(&'a self, source: &'a SourceId) -> BoxFuture<'a, Result<Option<Position>, StoreError>> {
        let source = source.clone();
        self.with_live("position", move |tx, live| live.position(tx, &source))
            .boxed()
    }

    fn claim(&self, request: ClaimRequest) -> BoxFuture<'_, Result<Vec<Claim>, StoreError>> {
        let back = |claims: Vec<(Claim, Timestamp)>| {
            let now = claims.first().map(|(_, now)| *now).unwrap_or_default();
            Return::Claims(claims.into_iter().map(|(claim, _)| claim.hold).collect(), now)
        };
        async move {
            let now = request.now;
            let dated = move |tx: &Tx<'_>, live: &mut Live| {
                let claims = live.inbox.claim(tx, &request, &mut live.journal)?;
                Ok(claims.into_iter().map(|claim| (claim, now)).collect())
            };
            let claims: Vec<(Claim, Timestamp)> = self.hand_out("claim", dated, back).await?;
            Ok(claims.into_iter().map(|(claim, _)| claim).collect())
        }
        .boxed()
    }

    fn release(&self, holds: Vec<Hold>, now: Timestamp) -> BoxFuture<'_, Result<usize, StoreError>> {
        self.with_live("release", move |tx, live| inbox::release(tx, live, &holds, now))
            .boxed()
    }

    fn commit(&self, commits: Vec<Commit>) -> BoxFuture<'_, Result<Vec<Outcome>, StoreError>> {
        async move {
            check_commits(&commits)?;
            self.with_live("commit", move |tx, live| turn::commit(tx, live, &commits))
                .await
        }
        .boxed()
    }

    fn dead(&self, page: Page<DeadId>) -> BoxFuture<'_, Result<Vec<DeadLetter>, StoreError>> {
        self.read("dead", move |tx| turn::dead(tx, page)).boxed()
    }

    fn retry_dead(&self, ids: Vec<DeadId>, now: Timestamp) -> BoxFuture<'_, Result<usize, StoreError>> {
        self.with_live("retry_dead", move |tx, live| {
            turn::retry_dead(tx, live, &ids, now)
        })
        .boxed()
    }

    fn delete_dead(&self, ids: Vec<DeadId>) -> BoxFuture<'_, Result<usize, StoreError>> {
        self.write("delete_dead", move |desk| turn::delete_dead(&desk.tx(), &ids))
            .boxed()
    }

    fn take(&self, request: TakeRequest) -> BoxFuture<'_, Result<Vec<Outgoing>, StoreError>> {
        let back = |taken: Vec<Outgoing>| Return::Outgoing(taken.iter().map(|one| one.id).collect());
        self.hand_out(
            "take",
            move |_, live| live.outbox.take(&request, &mut live.journal),
            back,
        )
        .boxed()
    }

    fn settle(
        &self,
        settlements: Vec<Settlement>,
    ) -> BoxFuture<'_, Result<Vec<Option<OutgoingState>>, StoreError>> {
        self.with_live("settle", move |_, live| outbox::settle(live, &settlements))
            .boxed()
    }

    fn outgoing(&self, id: OutgoingId) -> BoxFuture<'_, Result<Option<Outgoing>, StoreError>> {
        self.with_live("outgoing", move |tx, live| outbox::get(tx, live, id))
            .boxed()
    }

    fn outgoing_in(
        &self,
        state: OutgoingState,
        page: Page<OutgoingId>,
    ) -> BoxFuture<'_, Result<Vec<Outgoing>, StoreError>> {
        self.with_live("outgoing_in", move |tx, live| outbox::list(tx, live, state, page))
            .boxed()
    }

    fn state(&self, keys: Vec<StateKey>) -> BoxFuture<'_, Result<Vec<Option<StateValue>>, StoreError>> {
        self.read("state", move |tx| state::read(tx, &keys)).boxed()
    }

    fn due(&self, request: DueRequest) -> BoxFuture<'_, Result<Vec<Job>, StoreError>> {
        self.read("due", move |tx| work::due(tx, &request)).boxed()
    }

    fn jobs<'a>(&'a self, owner: &'a JobOwner) -> BoxFuture<'a, Result<Vec<Job>, StoreError>> {
        let owner = owner.clone();
        self.read("jobs", move |tx| work::jobs(tx, &owner)).boxed()
    }

    fn tasks(&self) -> BoxFuture<'_, Result<Vec<StoredTask>, StoreError>> {
        self.read("tasks", work::tasks).boxed()
    }

    fn reserve_task_ids(&self, count: u32) -> BoxFuture<'_, Result<TaskId, StoreError>> {
        self.write("reserve_task_ids", move |desk| work::reserve(&desk.tx(), count))
            .boxed()
    }

    fn person<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Option<LinkedPerson>, StoreError>> {
        let account = account.clone();
        self.read("person", move |tx| people::of(tx, &account)).boxed()
    }

    fn offer_link(&self, code: LinkCode) -> BoxFuture<'_, Result<(), StoreError>> {
        self.write("offer_link", move |desk| people::offer(&desk.tx(), &code))
            .boxed()
    }

    fn look_at_link(&self, guess: LinkGuess) -> BoxFuture<'_, Result<Looked, StoreError>> {
        self.write("look_at_link", move |desk| people::look(&desk.tx(), &guess))
            .boxed()
    }

    fn redeem_link(&self, guess: LinkGuess) -> BoxFuture<'_, Result<Redeemed, StoreError>> {
        self.write("redeem_link", move |desk| people::redeem(&desk.tx(), &guess))
            .boxed()
    }

    fn unlink<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<bool, StoreError>> {
        let account = account.clone();
        self.write("unlink", move |desk| people::unlink(&desk.tx(), &account))
            .boxed()
    }

    fn value<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        let key = key.to_owned();
        self.read("value", move |tx| state::value(tx, &key)).boxed()
    }

    fn export<'a>(&'a self, person: &'a Person) -> BoxFuture<'a, Result<PersonalData, StoreError>> {
        let person = person.clone();
        self.with_live("export", move |tx, live| personal::export(tx, live, &person))
            .boxed()
    }

    fn forget<'a>(&'a self, person: &'a Person) -> BoxFuture<'a, Result<Forgotten, StoreError>> {
        let person = person.clone();
        async move {
            let forgotten = self
                .with_live("forget", move |tx, live| personal::forget(tx, live, &person))
                .await?;
            // Pages that are free still have it, such as those of the journal before.
            self.write("forget", |desk| upkeep::shrink(&desk.tx(), true))
                .await?;
            // The log has it until it is folded in; that comes before the next write.
            self.returned.push(Return::Log);
            self.write("forget", |_| Ok(())).await?;
            Ok(forgotten)
        }
        .boxed()
    }

    fn prune(&self, now: Timestamp) -> BoxFuture<'_, Result<Pruned, StoreError>> {
        async move {
            let mut all = Pruned::default();
            // In slices, between which others write.
            loop {
                let (pruned, more) = self
                    .with_live("prune", move |tx, live| upkeep::prune(tx, live, now))
                    .await?;
                all.add(pruned);
                if !more {
                    break;
                }
            }
            self.write("prune", |desk| upkeep::shrink(&desk.tx(), false))
                .await?;
            Ok(all)
        }
        .boxed()
    }

    fn counts(&self) -> BoxFuture<'_, Result<Counts, StoreError>> {
        self.with_live("counts", |tx, live| upkeep::counts(tx, live))
            .boxed()
    }

    fn next_due(&self, bots: Vec<BotAccount>) -> BoxFuture<'_, Result<NextDue, StoreError>> {
        self.with_live("next_due", move |tx, live| upkeep::next_due(tx, live, &bots))
            .boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        async move {
            drop(take(&self.writes));
            drop(take(&self.reads));
            self.alive.closed().await;
        }
        .boxed()
    }
}
