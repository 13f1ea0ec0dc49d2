//! What is under way: the events that wait, the conversations that are held, what goes out, the ids that were seen and how
//! far sources were read. It is kept in memory, where each change costs little, and on the disk as a journal: the changes
//! of a commit are one entry of it, written in the transaction of the commit. What has come and gone between two flushes
//! never touches the tables; what is there still, and what has to stay, goes into them when the journal has grown.
//!
//! What is on the disk is the tables with the journal's changes on top of them: [`Live::load`] reads the one and does the
//! others, at the opening of a file, and after a commit that failed.

mod change;
mod inbox;
mod outbox;
mod seen;

use std::collections::HashMap;

use duologue_core::store::{BotAccount, Counts, Position, SourceId, Timestamp};
use duologue_core::{AccountId, EventId};

pub(crate) use self::change::Journal;
use self::change::{Change, PositionImage};
pub(crate) use self::inbox::Inbox;
pub(crate) use self::outbox::Outbox;
use self::seen::Seen;
use crate::fault::{Result, impossible};
use crate::ops::inbox::{position, put_position};
use crate::tx::{Tx, rows};

/// How many bytes the journal has before it goes into the tables. A start reads at most as much. What waits at that moment
/// goes into the tables and out of them again, so it has to be many times what waits in a busy bot.
const FLUSH_AT: usize = 8 << 20;

/// What is under way.
#[derive(Debug, Default)]
pub(crate) struct Live {
    pub(crate) inbox: Inbox,
    pub(crate) outbox: Outbox,
    seen: Seen,
    /// Those that the tables do not have.
    positions: HashMap<SourceId, Position>,
    /// What changed since the last commit.
    pub(crate) journal: Journal,
    /// How many bytes the journal has on the disk.
    kept: usize,
}

impl Live {
    /// Notes the id of an event; says whether it is new.
    pub(crate) fn note(
        &mut self,
        tx: &Tx<'_>,
        account: &BotAccount,
        event: &EventId,
        now: Timestamp,
    ) -> Result<bool> {
        self.seen.note(tx, account, event, now, &mut self.journal)
    }

    /// Notes how far a source was read.
    pub(crate) fn read_until(&mut self, source: &SourceId, position: &Position) -> Result<()> {
        let image = PositionImage::of(source, position)?;
        self.journal.put(&Change::Position(image))?;
        self.positions.insert(source.clone(), position.clone());
        Ok(())
    }

    /// How far a source was read.
    pub(crate) fn position(&self, tx: &Tx<'_>, source: &SourceId) -> Result<Option<Position>> {
        match self.positions.get(source) {
            Some(position) => Ok(Some(position.clone())),
            None => position(tx, source),
        }
    }

    /// Counts what is under way.
    pub(crate) fn count(&self, counts: &mut Counts) {
        self.inbox.count(counts);
        self.outbox.count(counts);
    }

    /// Writes down what changed, for the transaction that ends now: in the journal, or in the tables where that is asked
    /// for or the journal is long.
    pub(crate) fn keep(&mut self, tx: &Tx<'_>, in_tables: bool) -> Result<()> {
        let new = self.journal.bytes().len();
        if in_tables || self.kept + new > FLUSH_AT {
            return self.flush(tx);
        }
        if new > 0 {
            tx.sql("INSERT INTO journal (body) VALUES (?1)")?
                .execute([self.journal.bytes()])?;
            self.journal.clear();
            self.kept += new;
        }
        Ok(())
    }

    /// Puts all that changed into the tables, and empties the journal.
    pub(crate) fn flush(&mut self, tx: &Tx<'_>) -> Result<()> {
        if self.kept > 0 {
            // First what makes room.
            tx.sql("DELETE FROM journal")?.execute([])?;
        }
        self.inbox.flush(tx)?;
        self.outbox.flush(tx)?;
        self.seen.flush(tx)?;
        for (source, position) in self.positions.drain() {
            put_position(tx, &source, &position)?;
        }
        self.journal.clear();
        self.kept = 0;
        Ok(())
    }

    /// Reads what is on the disk. It changes nothing there.
    pub(crate) fn load(tx: &Tx<'_>) -> Result<Self> {
        let mut live = Self {
            inbox: Inbox::load(tx)?,
            outbox: Outbox::load(tx)?,
            seen: Seen::load(tx)?,
            ..Self::default()
        };
        rows(tx.sql("SELECT body FROM journal ORDER BY id")?, [], |row| {
            let entry = row.get_ref(0)?.as_blob();
            let entry = entry.map_err(|_| impossible("an entry of the journal that is none"))?;
            live.kept += entry.len();
            change::each(entry, |change| live.apply(tx, &change))
        })?;
        Ok(live)
    }

    fn apply(&mut self, tx: &Tx<'_>, change: &Change<'_>) -> Result<()> {
        let bot = |network: &str, account: &str| -> Result<BotAccount> {
            Ok(BotAccount {
                network: tx.names.network(network)?,
                account: AccountId::new(account),
            })
        };
        match change {
            Change::Seen {
                network,
                account,
                event,
                at,
            } => self.seen.apply(&bot(network, account)?, event, Timestamp(*at)),
            Change::Position(image) => {
                let source = SourceId {
                    bot: bot(image.network, image.account)?,
                    part: image.part,
                };
                self.positions.insert(source, image.read()?);
            }
            Change::Conversation { id, name, line } => {
                let name = name.as_ref().map(|name| name.read(tx.names)).transpose()?;
                self.inbox.line_up(*id, name, *line)?;
            }
            Change::Gone { conversation } => self.inbox.go(*conversation),
            Change::Event { conversation, event } => self.inbox.arrive(*conversation, event.read())?,
            Change::Attempted {
                conversation,
                number,
                attempts,
            } => self.inbox.count_attempts(*conversation, *number, *attempts)?,
            Change::Left { conversation, number } => self.inbox.go_from(*conversation, *number)?,
            Change::Outgoing(image) => self.outbox.arrive(image.read(tx.names)?),
            Change::Moved(image) => self.outbox.moved(image)?,
        }
        Ok(())
    }
}
