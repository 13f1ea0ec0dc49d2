//! Jobs and tasks.

use rusqlite::{Row, params};
use smol_str::SmolStr;

use duologue_core::store::{DueRequest, Job, JobId, JobOwner, Missed, NewJob, StoredTask, Timestamp};
use duologue_core::task::{TaskRecord, TaskState};
use duologue_core::{AccountId, Chat, ChatId, MessageId, MessageRef, TaskId, ThreadId};

use crate::fault::{Result, impossible};
use crate::tx::{
    Tx, body, body_or_none, bot, column, first, limit, number, person, rows, text, thread, time,
};

/// The columns that [`job`] reads.
pub(crate) const JOB: &str =
    "id, network, account, chat, thread, person_kind, person_network, person, name, due,
    repeat, missed, created, body, origin";

pub(crate) fn add_job(tx: &Tx<'_>, ask: &NewJob, now: Timestamp) -> Result<JobId> {
    if let Some(origin) = &ask.origin {
        let kept = "SELECT id FROM job WHERE origin = ?1";
        if let Some(id) = first(tx.sql(kept)?, [origin.as_str()], |row| number(row, 0))? {
            return Ok(JobId(id));
        }
    }
    let insert =
        "INSERT INTO job (network, account, chat, thread, person_kind, person_network, person, name, due,
             repeat, missed, created, body, origin)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) RETURNING id";
    let (kind, network, who) = person(&ask.person);
    let values = params![
        ask.chat.network.as_str(),
        ask.chat.account.as_str(),
        ask.chat.id.as_str(),
        thread(&ask.chat),
        kind,
        network,
        who,
        ask.name.as_str(),
        ask.due.0,
        ask.repeat,
        missed(ask.missed),
        now.0,
        &ask.body[..],
        ask.origin.as_deref()
    ];
    let id = first(tx.sql(insert)?, values, |row| number(row, 0))?;
    id.map(JobId).ok_or(impossible("no job"))
}

pub(crate) fn move_job(tx: &Tx<'_>, id: JobId, due: Timestamp) -> Result<()> {
    tx.sql("UPDATE job SET due = ?2 WHERE id = ?1")?
        .execute(params![column(id.0), due.0])?;
    Ok(())
}

pub(crate) fn drop_job(tx: &Tx<'_>, id: JobId) -> Result<()> {
    tx.sql("DELETE FROM job WHERE id = ?1")?.execute([column(id.0)])?;
    Ok(())
}

pub(crate) fn due(tx: &Tx<'_>, request: &DueRequest) -> Result<Vec<Job>> {
    let mut all = Vec::new();
    for account in &request.bots {
        let find = format!(
            "SELECT {JOB} FROM job WHERE network = ?1 AND account = ?2 AND due <= ?3 ORDER BY due, id LIMIT ?4"
        );
        let (network, name) = bot(account);
        let values = params![network, name, request.now.0, limit(request.limit)];
        all.append(&mut rows(tx.sql(&find)?, values, |row| job(tx, row))?);
    }
    all.sort_by_key(|job| (job.ask.due, job.id));
    all.truncate(request.limit);
    Ok(all)
}

pub(crate) fn jobs(tx: &Tx<'_>, owner: &JobOwner) -> Result<Vec<Job>> {
    match owner {
        JobOwner::Chat(chat) => {
            let find = format!(
                "SELECT {JOB} FROM job WHERE network = ?1 AND account = ?2 AND chat = ?3 AND thread = ?4
                 ORDER BY due, id"
            );
            let (network, account) = (chat.network.as_str(), chat.account.as_str());
            let values = params![network, account, chat.id.as_str(), thread(chat)];
            rows(tx.sql(&find)?, values, |row| job(tx, row))
        }
        JobOwner::Person(of) => {
            let find = format!(
                "SELECT {JOB} FROM job WHERE person_kind = ?1 AND person_network = ?2 AND person = ?3
                 ORDER BY due, id"
            );
            rows(tx.sql(&find)?, person(of), |row| job(tx, row))
        }
    }
}

/// Reads a job from its [`JOB`] columns.
pub(crate) fn job(tx: &Tx<'_>, row: &Row<'_>) -> Result<Job> {
    let origin: Option<String> = row.get(14)?;
    Ok(Job {
        id: JobId(number(row, 0)?),
        created: time(row, 12)?,
        ask: NewJob {
            chat: tx.chat(row, 1)?,
            person: tx.person(row, 5)?,
            name: text(row, 8)?,
            due: time(row, 9)?,
            repeat: row.get(10)?,
            missed: missed_of(row.get(11)?)?,
            body: body(row, 13)?,
            origin: origin.map(SmolStr::from),
        },
    })
}

fn missed(missed: Missed) -> i64 {
    match missed {
        Missed::Once => 0,
        Missed::Skip => 1,
        Missed::Each => 2,
    }
}

fn missed_of(column: i64) -> Result<Missed> {
    match column {
        0 => Ok(Missed::Once),
        1 => Ok(Missed::Skip),
        2 => Ok(Missed::Each),
        _ => Err(impossible("a rule for missed jobs that is none")),
    }
}

/// The columns that [`task`] reads.
pub(crate) const TASK: &str = "id, name, network, account, chat, thread, person_kind, person_network, person,
    card_network, card_account, card_chat, card_thread, card, state, place, body, checkpoint";

pub(crate) fn put_task(tx: &Tx<'_>, task: &StoredTask) -> Result<()> {
    let put = format!(
        "INSERT OR REPLACE INTO task ({TASK})
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"
    );
    let record = &task.record;
    let (kind, network, who) = person(&record.person);
    let card = record.card.as_ref();
    let state = match record.state {
        TaskState::Waiting => 0,
        TaskState::Running => 1,
        TaskState::Ending => 2,
    };
    tx.sql(&put)?.execute(params![
        column(record.id.0),
        record.name.as_str(),
        record.chat.network.as_str(),
        record.chat.account.as_str(),
        record.chat.id.as_str(),
        thread(&record.chat),
        kind,
        network,
        who,
        card.map(|card| card.chat.network.as_str()),
        card.map(|card| card.chat.account.as_str()),
        card.map(|card| card.chat.id.as_str()),
        card.map(|card| thread(&card.chat)),
        card.map(|card| card.id.as_str()),
        state,
        column(task.place),
        &task.body[..],
        task.checkpoint.as_deref()
    ])?;
    raise(tx, record.id.0)
}

pub(crate) fn drop_task(tx: &Tx<'_>, id: TaskId) -> Result<()> {
    tx.sql("DELETE FROM task WHERE id = ?1")?
        .execute([column(id.0)])?;
    Ok(())
}

pub(crate) fn tasks(tx: &Tx<'_>) -> Result<Vec<StoredTask>> {
    let find = format!("SELECT {TASK} FROM task ORDER BY place, id");
    rows(tx.sql(&find)?, [], |row| task(tx, row))
}

/// Reads a task from its [`TASK`] columns.
pub(crate) fn task(tx: &Tx<'_>, row: &Row<'_>) -> Result<StoredTask> {
    let state = match row.get(14)? {
        0 => TaskState::Waiting,
        1 => TaskState::Running,
        2 => TaskState::Ending,
        _ => return Err(impossible("a task in an unknown state")),
    };
    let record = TaskRecord {
        id: TaskId(number(row, 0)?),
        name: text(row, 1)?,
        chat: tx.chat(row, 2)?,
        person: tx.person(row, 6)?,
        card: card(tx, row)?,
        state,
    };
    Ok(StoredTask {
        record,
        place: number(row, 15)?,
        body: body(row, 16)?,
        checkpoint: body_or_none(row, 17)?,
    })
}

fn card(tx: &Tx<'_>, row: &Row<'_>) -> Result<Option<MessageRef>> {
    let Some(id): Option<String> = row.get(13)? else {
        return Ok(None);
    };
    let thread = text(row, 12)?;
    let chat = Chat {
        network: tx.network(row, 9)?,
        account: AccountId::new(text(row, 10)?),
        id: ChatId::new(text(row, 11)?),
        thread: (!thread.is_empty()).then(|| ThreadId::new(thread)),
    };
    let id = MessageId::new(id);
    Ok(Some(MessageRef { chat, id }))
}

const LAST_TASK: &str = "last task";

/// Sees to it that numbers go on above this one.
fn raise(tx: &Tx<'_>, number: u64) -> Result<()> {
    let raise = "INSERT INTO counter (name, value) VALUES (?1, ?2)
         ON CONFLICT DO UPDATE SET value = max(value, excluded.value)";
    tx.sql(raise)?.execute(params![LAST_TASK, column(number)])?;
    Ok(())
}

pub(crate) fn reserve(tx: &Tx<'_>, count: u32) -> Result<TaskId> {
    let reserve = "INSERT INTO counter (name, value) VALUES (?1, ?2)
         ON CONFLICT DO UPDATE SET value = value + excluded.value RETURNING value";
    let last = first(tx.sql(reserve)?, params![LAST_TASK, count], |row| number(row, 0))?;
    let last = last.ok_or(impossible("no counter"))?;
    Ok(TaskId(last - u64::from(count) + 1))
}
