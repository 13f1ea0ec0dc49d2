//! The inbox on the disk: how it is put into the tables, and read back from them and from the journal.

use rusqlite::params;

use duologue_core::Conversation;
use duologue_core::store::StoredEvent;

use super::{BODIES_KEPT, Inbox, Line, Mailbox, Waiting};
use crate::fault::{Result, impossible};
use crate::ops::inbox::event;
use crate::tx::{Tx, column, rows, thread, user, user_at};

impl Inbox {
    /// Does a change that the journal has. One that fits nothing is of a journal that is damaged.
    pub(in crate::live) fn line_up(
        &mut self,
        id: i64,
        named: Option<Conversation>,
        line: Line,
    ) -> Result<()> {
        if let Some(conversation) = named {
            self.make(id, conversation);
        }
        let found = self.with(id, |mailbox| mailbox.line = line);
        found.ok_or(impossible("a change of a conversation that is not there"))
    }

    pub(in crate::live) fn go(&mut self, id: i64) {
        self.remove(id);
    }

    pub(in crate::live) fn arrive(&mut self, id: i64, event: StoredEvent) -> Result<()> {
        if !self.mailboxes.contains_key(&id) {
            return Err(impossible("an event of a conversation that is not there"));
        }
        self.push(id, event);
        Ok(())
    }

    pub(in crate::live) fn count_attempts(&mut self, id: i64, number: u64, attempts: u32) -> Result<()> {
        let mailbox = self.mailboxes.get_mut(&id);
        let found = mailbox.and_then(|mailbox| {
            let at = mailbox.position(number)?;
            mailbox.events.get_mut(at)
        });
        let waiting = found.ok_or(impossible("an attempt at an event that is not there"))?;
        waiting.event.attempts = attempts;
        self.arrived.push((id, number));
        Ok(())
    }

    pub(in crate::live) fn go_from(&mut self, id: i64, number: u64) -> Result<()> {
        let gone = self.take_out(id, number);
        gone.then_some(())
            .ok_or(impossible("the end of an event that is not there"))
    }

    /// Puts what changed into the tables.
    pub(in crate::live) fn flush(&mut self, tx: &Tx<'_>) -> Result<()> {
        // First what makes room.
        for number in self.left.drain(..) {
            tx.sql("DELETE FROM inbox WHERE number = ?1")?
                .execute([column(number)])?;
        }
        for id in self.gone.drain(..) {
            tx.sql("DELETE FROM conversation WHERE id = ?1")?.execute([id])?;
        }
        for id in self.changed.drain() {
            let Some(mailbox) = self.mailboxes.get_mut(&id) else {
                continue;
            };
            put_conversation(tx, id, mailbox)?;
            mailbox.stored = true;
        }
        for (id, number) in self.arrived.drain(..) {
            let Some(mailbox) = self.mailboxes.get_mut(&id) else {
                continue;
            };
            let waiting = mailbox.position(number).and_then(|at| mailbox.events.get_mut(at));
            if let Some(waiting) = waiting {
                put_event(tx, id, waiting)?;
                waiting.stored = true;
            }
        }
        if self.bodies > BODIES_KEPT {
            let mailboxes = self.mailboxes.values_mut();
            mailboxes
                .flat_map(|mailbox| &mut mailbox.events)
                .for_each(Waiting::spill);
            self.bodies = 0;
        }
        Ok(())
    }

    /// Reads everything from the tables, without the bodies beyond what is kept in memory.
    pub(in crate::live) fn load(tx: &Tx<'_>) -> Result<Self> {
        let mut inbox = Self::default();
        let find = "SELECT id, network, account, chat, thread, user, ready_at, line, owner, wait_until, alone
             FROM conversation";
        rows(tx.sql(find)?, [], |row| {
            let conversation = Conversation {
                chat: tx.chat(row, 1)?,
                user: user_at(row, 5)?,
            };
            let line = Line {
                ready_at: row.get(6)?,
                place: row.get(7)?,
                owner: row.get(8)?,
                wait_until: row.get(9)?,
                alone: row.get(10)?,
            };
            let id = row.get(0)?;
            inbox.line_up(id, Some(conversation), line)?;
            if let Some(mailbox) = inbox.mailboxes.get_mut(&id) {
                mailbox.stored = true;
            }
            Ok(())
        })?;
        inbox.changed.clear();
        let find = "SELECT conversation, number, event, user, kind, received, sent, attempts, body FROM inbox
             ORDER BY number";
        rows(tx.sql(find)?, [], |row| {
            let id = row.get(0)?;
            if !inbox.mailboxes.contains_key(&id) {
                return Err(impossible("an event without its conversation"));
            }
            let event = event(row, 1)?;
            let mut waiting = Waiting {
                event,
                whole: true,
                stored: true,
            };
            if inbox.bodies > BODIES_KEPT {
                waiting.spill();
            }
            inbox.bodies += waiting.event.body.len();
            inbox.with(id, |mailbox| mailbox.events.push_back(waiting));
            Ok(())
        })?;
        Ok(inbox)
    }
}

fn put_conversation(tx: &Tx<'_>, id: i64, mailbox: &Mailbox) -> Result<()> {
    let Line {
        ready_at,
        place,
        owner,
        wait_until,
        alone,
    } = mailbox.line;
    if mailbox.stored {
        let change =
            "UPDATE conversation SET ready_at = ?2, line = ?3, owner = ?4, wait_until = ?5, alone = ?6
             WHERE id = ?1";
        tx.sql(change)?
            .execute(params![id, ready_at, place, owner, wait_until, alone])?;
        return Ok(());
    }
    let put = "INSERT INTO conversation (id, network, account, chat, thread, user, ready_at, line, owner, wait_until,
             alone)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    let Conversation { chat, user: who } = &mailbox.conversation;
    tx.sql(put)?.execute(params![
        id,
        chat.network.as_str(),
        chat.account.as_str(),
        chat.id.as_str(),
        thread(chat),
        user(who.as_ref()),
        ready_at,
        place,
        owner,
        wait_until,
        alone
    ])?;
    Ok(())
}

fn put_event(tx: &Tx<'_>, id: i64, waiting: &Waiting) -> Result<()> {
    let event = &waiting.event;
    let number = column(event.number);
    if waiting.stored {
        let change = "UPDATE inbox SET attempts = ?2 WHERE number = ?1";
        tx.sql(change)?.execute(params![number, event.attempts])?;
        return Ok(());
    }
    let put = "INSERT INTO inbox (number, conversation, event, user, kind, received, sent, attempts, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    tx.sql(put)?.execute(params![
        number,
        id,
        event.id.as_str(),
        user(event.user.as_ref()),
        event.kind.as_str(),
        event.received.0,
        event.sent.map(|at| at.0),
        event.attempts,
        &event.body[..]
    ])?;
    Ok(())
}
