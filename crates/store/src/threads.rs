//! The threads of the store: one that writes and a few that read. They are started here alone, and the store waits for
//! each of them when it closes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use duologue_core::store::{Hold, OutgoingId, StoreError, StoreErrorKind, Timestamp};

use crate::fault::{Fault, Result};
use crate::live::Live;
use crate::lock::DirectoryLock;
use crate::names::Names;
use crate::ops::inbox;
use crate::tx::{Opening, Tx};

/// How many writes may wait for the writer; whoever comes later waits for room.
pub(crate) const WRITES_BOUND: usize = 1024;

/// How many reads may wait for a reader.
pub(crate) const READS_BOUND: usize = 256;

/// How many threads read.
pub(crate) const READERS: usize = 3;

/// The most writes that share one trip to the disk.
const GROUP: usize = 256;

/// Something to do on a thread of the store, at its desk. It may be run twice: together with others, and by itself if that
/// failed.
pub(crate) trait Work<D>: Send {
    fn run(&mut self, desk: &mut D) -> Result<()>;

    /// Tells the one who waits, after the commit.
    fn answer(self: Box<Self>, result: Result<()>);
}

/// Work whose answer goes to a future.
pub(crate) struct Asked<T, F> {
    operation: &'static str,
    work: F,
    made: Option<T>,
    /// Whether it is left undone when nobody waits for it any more.
    idle_if_unwanted: bool,
    reply: oneshot::Sender<std::result::Result<T, StoreError>>,
}

impl<T, F> Asked<T, F> {
    pub(crate) fn new(
        operation: &'static str,
        work: F,
    ) -> (Self, oneshot::Receiver<std::result::Result<T, StoreError>>) {
        let (reply, answer) = oneshot::channel();
        let asked = Self {
            operation,
            work,
            made: None,
            idle_if_unwanted: false,
            reply,
        };
        (asked, answer)
    }

    /// The same, left undone when nobody waits for it any more.
    pub(crate) fn only_if_wanted(mut self) -> Self {
        self.idle_if_unwanted = true;
        self
    }
}

impl<D, T, F> Work<D> for Asked<T, F>
where
    T: Send,
    F: FnMut(&mut D) -> Result<T> + Send,
{
    fn run(&mut self, desk: &mut D) -> Result<()> {
        if self.idle_if_unwanted && self.reply.is_closed() {
            return Ok(());
        }
        // A fault of ours must not cost the thread.
        let made = catch_unwind(AssertUnwindSafe(|| (self.work)(desk)));
        self.made = Some(made.map_err(|panic| Fault::Panic(panic_text(&*panic)))??);
        Ok(())
    }

    fn answer(self: Box<Self>, result: Result<()>) {
        let answer = match (result, self.made) {
            (Ok(()), Some(made)) => Ok(made),
            (Ok(()), None) => Err(StoreError::new(self.operation, StoreErrorKind::Closed)),
            (Err(fault), _) => Err(fault.tell(self.operation)),
        };
        // Nobody may be waiting any more; what must not be lost gives itself back when it is dropped.
        let _ = self.reply.send(answer);
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without words".to_owned())
}

/// What was handed out to futures that were dropped before they got it.
#[derive(Debug, Default)]
pub(crate) struct Returned(Mutex<Vec<Return>>);

/// Something that goes back.
#[derive(Debug)]
pub(crate) enum Return {
    /// Conversations, as of when they were claimed.
    Claims(Vec<Hold>, Timestamp),
    /// Things that were to be sent.
    Outgoing(Vec<OutgoingId>),
    /// Nothing was handed out: the log is to be folded into the file, since it has what was to be forgotten.
    Log,
}

impl Returned {
    pub(crate) fn push(&self, what: Return) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    fn take(&self) -> Vec<Return> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What was handed out, on its way to the future that asked. If nobody gets it, it goes back.
pub(crate) struct Handed<T> {
    value: Option<T>,
    returned: Arc<Returned>,
    back: fn(T) -> Return,
}

impl<T> Handed<T> {
    pub(crate) fn new(value: T, returned: Arc<Returned>, back: fn(T) -> Return) -> Self {
        let value = Some(value);
        Self {
            value,
            returned,
            back,
        }
    }

    /// It has arrived.
    pub(crate) fn arrived(mut self) -> Option<T> {
        self.value.take()
    }
}

impl<T> Drop for Handed<T> {
    fn drop(&mut self) {
        if let Some(value) = self.value.take() {
            self.returned.push((self.back)(value));
        }
    }
}

/// How much was written, to see how well trips to the disk are shared.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) operations: AtomicU64,
    pub(crate) transactions: AtomicU64,
}

/// The end of a thread's queue where work is put in.
pub(crate) type Queue<D> = mpsc::Sender<Box<dyn Work<D>>>;

/// What an operation of the writer works with.
pub(crate) struct Desk {
    pub(crate) connection: Connection,
    pub(crate) names: Arc<Names>,
    pub(crate) opening: Opening,
    pub(crate) live: Live,
}

impl Desk {
    /// The transaction, and what is under way.
    pub(crate) fn parts(&mut self) -> (Tx<'_>, &mut Live) {
        let tx = Tx {
            connection: &self.connection,
            names: &self.names,
            opening: &self.opening,
        };
        (tx, &mut self.live)
    }

    /// The transaction alone.
    pub(crate) fn tx(&mut self) -> Tx<'_> {
        self.parts().0
    }
}

/// What an operation of a reader works with.
pub(crate) struct Lens {
    connection: Connection,
    names: Arc<Names>,
    opening: Opening,
}

impl Lens {
    pub(crate) fn tx(&self) -> Tx<'_> {
        Tx {
            connection: &self.connection,
            names: &self.names,
            opening: &self.opening,
        }
    }
}

/// What the writer owns.
pub(crate) struct Writer {
    pub(crate) desk: Desk,
    /// Whether a transaction failed, so that what is in memory may not be what is on the disk.
    pub(crate) failed: bool,
    pub(crate) returned: Arc<Returned>,
    pub(crate) written: Arc<Written>,
    /// Goes with the writer, after its last commit.
    pub(crate) lock: DirectoryLock,
}

impl Writer {
    /// Does what comes until nobody can ask any more.
    fn run(mut self, mut queue: mpsc::Receiver<Box<dyn Work<Desk>>>) {
        let mut group = Vec::with_capacity(GROUP);
        while let Some(first) = queue.blocking_recv() {
            group.push(first);
            while group.len() < GROUP
                && let Ok(next) = queue.try_recv()
            {
                group.push(next);
            }
            self.take_back();
            let operations = u64::try_from(group.len()).unwrap_or(u64::MAX);
            self.written.operations.fetch_add(operations, Ordering::Relaxed);
            self.commit(&mut group);
        }
        self.take_back();
        let folded = self
            .transaction(true, |_| Ok(()))
            .and_then(|()| fold(&self.desk.connection));
        if let Err(error) = folded {
            tracing::warn!(%error, "the log of the database was not folded in at the end; the next start does it");
        }
        drop(self.desk);
        drop(self.lock);
    }

    /// Does all of a group in one transaction; where that fails, each by itself, so that one cannot cost the others, and
    /// straight into the tables: a journal that takes no more may be what is in the way.
    fn commit(&mut self, group: &mut Vec<Box<dyn Work<Desk>>>) {
        if self
            .transaction(false, |desk| group.iter_mut().try_for_each(|work| work.run(desk)))
            .is_ok()
        {
            group.drain(..).for_each(|work| work.answer(Ok(())));
            return;
        }
        for mut work in group.drain(..) {
            let result = self.transaction(true, |desk| work.run(desk));
            work.answer(result);
        }
    }

    fn transaction<T>(&mut self, in_tables: bool, work: impl FnOnce(&mut Desk) -> Result<T>) -> Result<T> {
        // At once and not with the first write: what was read could be old by then.
        self.desk.tx().sql("BEGIN IMMEDIATE")?.execute([])?;
        let done = self
            .reload()
            .and_then(|()| work(&mut self.desk))
            .and_then(|made| {
                let (tx, live) = self.desk.parts();
                live.keep(&tx, in_tables)?;
                tx.sql("COMMIT")?.execute([])?;
                self.written.transactions.fetch_add(1, Ordering::Relaxed);
                Ok(made)
            });
        self.failed |= done.is_err();
        // SQLite ends the transaction by itself after some errors.
        if done.is_err() && !self.desk.connection.is_autocommit() {
            self.desk.connection.execute_batch("ROLLBACK")?;
        }
        done
    }

    /// Reads what is under way from the disk again, where what is in memory has changes of a transaction that failed.
    fn reload(&mut self) -> Result<()> {
        if self.failed {
            let live = Live::load(&self.desk.tx())?;
            self.desk.live = live;
            self.failed = false;
        }
        Ok(())
    }

    /// Takes back what nobody received, before anything else is handed out.
    fn take_back(&mut self) {
        for what in self.returned.take() {
            let done = match &what {
                Return::Claims(holds, at) => self.transaction(false, |desk| {
                    let (tx, live) = desk.parts();
                    inbox::release(&tx, live, holds, *at).map(drop)
                }),
                Return::Outgoing(ids) => self.transaction(false, |desk| {
                    let live = &mut desk.live;
                    live.outbox.untake(ids, &mut live.journal)
                }),
                Return::Log => fold(&self.desk.connection),
            };
            if let Err(error) = done {
                tracing::warn!(%error, "what nobody received could not be taken back yet");
                self.returned.push(what);
            }
        }
    }
}

/// Folds the log into the file and empties it, as far as no reader needs it.
fn fold(connection: &Connection) -> Result<()> {
    Ok(connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?)
}

/// Starts the writer: `open` runs on its thread, then it works. Its opening's result comes by the channel.
pub(crate) fn start_writer<T: Send + 'static>(
    open: impl FnOnce() -> Result<(Writer, T)> + Send + 'static,
    queue: mpsc::Receiver<Box<dyn Work<Desk>>>,
    alive: watch::Receiver<()>,
) -> std::io::Result<(JoinHandle<()>, oneshot::Receiver<Result<T>>)> {
    let (opened, answer) = oneshot::channel();
    let named = thread::Builder::new().name("store writer".to_owned());
    let thread = named.spawn(move || {
        match open() {
            Ok((writer, made)) => {
                // If nobody waits any more the queue is closed as well, and the writer ends at once.
                let _ = opened.send(Ok(made));
                writer.run(queue);
            }
            Err(fault) => drop(opened.send(Err(fault))),
        }
        drop(alive);
    })?;
    Ok((thread, answer))
}

/// What the readers share.
#[derive(Clone)]
pub(crate) struct Reading {
    pub(crate) queue: Arc<Mutex<mpsc::Receiver<Box<dyn Work<Lens>>>>>,
    pub(crate) names: Arc<Names>,
    pub(crate) alive: watch::Receiver<()>,
}

impl Reading {
    /// Starts a reader with a connection of its own.
    pub(crate) fn start(self, connection: Connection) -> std::io::Result<JoinHandle<()>> {
        let named = thread::Builder::new().name("store reader".to_owned());
        named.spawn(move || {
            let mut lens = Lens {
                connection,
                names: self.names,
                opening: Opening::default(),
            };
            loop {
                // One of them waits inside the lock, the others outside.
                let next = self
                    .queue
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .blocking_recv();
                let Some(mut work) = next else { break };
                let result = snapshot(&mut lens, &mut *work);
                work.answer(result);
            }
            drop(lens);
            drop(self.alive);
        })
    }
}

/// Reads everything as of one moment.
fn snapshot(lens: &mut Lens, work: &mut dyn Work<Lens>) -> Result<()> {
    lens.tx().sql("BEGIN")?.execute([])?;
    let result = work.run(lens);
    if !lens.connection.is_autocommit() {
        lens.tx().sql("COMMIT")?.execute([])?;
    }
    result
}
