//! Tasks that a restart interrupts: what is kept of them, how they go on, and the button that starts one again. Owns
//! nothing; the store does.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::scheduler::Entry;
use super::{TaskId, TaskRecord, TaskState};
use crate::action::{Action, Priority, Send};
use crate::content::{Button, Content};
use crate::context::Context;
use crate::durable::{Again, Durable, Resumed, checkpoint_key, read_origin, write_origin};
use crate::engine::Shared;
use crate::error::Retry;
use crate::event::{ChatKind, Event, EventKind, User};
use crate::id::{Chat, EventId};
use crate::press::{ButtonAction, ButtonCall, ButtonValue};
use crate::reply::HandlerError;
use crate::store::{Commit, Keep, NewEvent, StoreError, StoredTask, Timestamp, Write};
use crate::words::task as words;

/// What a task was started by, to start it again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// The event, as it is kept.
    event: String,
    id: EventId,
    /// Which of the tasks that the event has started, from 0.
    index: u32,
    /// Whether it goes on by itself.
    resumable: bool,
}

impl Origin {
    pub(crate) fn new(event: &Event, first: Option<&EventId>, index: u32, resumable: bool) -> Self {
        Self {
            event: write_origin(event, Again::default()),
            id: first.unwrap_or(&event.id).clone(),
            index,
            resumable,
        }
    }

    pub(super) fn resumable(&self) -> bool {
        self.resumable
    }

    fn read(&self, chat: &Chat) -> Result<Event, String> {
        read_origin(chat, &self.id, &self.event)
    }

    /// The event once more, with the tasks that go on with it.
    fn again(&self, shared: &Shared, chat: &Chat, again: Again) -> Result<NewEvent, String> {
        let event = self.read(chat)?;
        let route = shared.router.route(&event, &shared.presses);
        Ok(NewEvent {
            id: EventId::new(format!("again.{:016x}", rand::random::<u64>())),
            conversation: route.conversation(&event),
            user: event.user.as_ref().map(|user| user.id.clone()),
            kind: SmolStr::new_static(event.kind.name()),
            sent: event.sent.map(Timestamp::from),
            keep: Keep::Queue,
            wait: std::time::Duration::ZERO,
            body: write_origin(&event, again).into(),
        })
    }
}

/// The write that keeps a task as it stands; nothing where none is kept.
pub(super) fn write(entry: &Entry, state: TaskState) -> Option<Write> {
    let origin = entry.origin.as_ref()?;
    Some(Write::Task(StoredTask {
        record: TaskRecord {
            id: entry.id,
            name: entry.name.clone(),
            person: entry.owner.person.clone(),
            chat: entry.owner.chat.clone(),
            card: entry.card(),
            state,
        },
        place: entry.place,
        // Every part of it can be written.
        body: serde_json::to_vec(origin).unwrap_or_default().into(),
        checkpoint: entry.node.tree.checkpoint(),
    }))
}

/// The write that keeps a task that was just started.
pub(crate) fn first_write(entry: &Entry) -> Option<Write> {
    write(entry, TaskState::Waiting)
}

/// The button that starts an interrupted task again.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StartAgain {
    origin: Origin,
}

impl ButtonValue for StartAgain {
    const NAME: &'static str = "duologue.start_again";
}

/// Somebody pressed the button.
pub(crate) async fn start_again(context: Context, press: StartAgain) -> Result<(), HandlerError> {
    let event = press
        .origin
        .again(context.shared(), context.chat(), Again::default())?;
    context.put_event(event).await?;
    Ok(())
}

/// What the card of an interrupted task says, with a button for who started it.
pub(super) fn interrupted(name: &str, user: Option<&User>, origin: &Origin) -> Content {
    let content = words::interrupted(name);
    let Ok(call) = ButtonCall::new(&StartAgain {
        origin: origin.clone(),
    }) else {
        return content;
    };
    let call = match user {
        Some(user) => call.only(user.id.clone()),
        None => call,
    };
    let action = ButtonAction::Value(call.once());
    content.buttons([Button::with_action(words::AGAIN, action)])
}

/// Looks after the tasks that an earlier process has left: those that go on are started with their events, in the order
/// of the line; the others say that they were interrupted.
pub(crate) async fn revive(shared: &Arc<Shared>, durable: &Durable) -> Result<(), StoreError> {
    let first = durable.store.reserve_task_ids(1).await?;
    shared.scheduler.go_on_from(first);
    let mut going: Vec<Going> = Vec::new();
    for task in durable.store.tasks().await? {
        let chat = &task.record.chat;
        if !shared.networks.iter().any(|network| network.id == chat.network) {
            // Its network is not set up now; it may be again.
            continue;
        }
        let Ok(origin) = serde_json::from_slice::<Origin>(&task.body) else {
            tracing::warn!(task = %task.record.id, "what a task was started by cannot be read");
            forget(durable, task.record.id).await?;
            continue;
        };
        let event = origin.read(chat);
        let usable = match &event {
            Ok(event) => usable(shared, durable, event).await,
            Err(_) => false,
        };
        let goes_on = match task.record.state {
            TaskState::Waiting => true,
            TaskState::Running => origin.resumable,
            TaskState::Ending => false,
        };
        if goes_on && usable {
            go_on(&mut going, task, origin);
        } else {
            tell(shared, task, &origin, event.as_ref().ok().filter(|_| usable));
        }
    }
    for going in going {
        going.begin(shared, durable).await?;
    }
    Ok(())
}

/// An event whose tasks go on.
struct Going {
    chat: Chat,
    origin: Origin,
    tasks: Vec<StoredTask>,
}

impl Going {
    /// Puts the event into its conversation. From then on the tasks are the event's: what happens once is one commit.
    async fn begin(self, shared: &Arc<Shared>, durable: &Durable) -> Result<(), StoreError> {
        let resumed = self.tasks.iter().map(|task| Resumed {
            index: index(task),
            id: task.record.id.0,
            card: task.record.card.as_ref().map(|card| card.id.clone()),
            checkpoint: None,
        });
        let again = Again {
            resumed: resumed.collect(),
            first: Some(self.origin.id.clone()),
        };
        let event = match self.origin.again(shared, &self.chat, again) {
            Ok(event) => event,
            Err(why) => return self.tell(shared, &why),
        };
        let conversation = event.conversation.clone();
        let mut writes = vec![Write::Event(event)];
        for task in &self.tasks {
            tracing::info!(task = %task.record.id, name = %task.record.name, "goes on");
            writes.push(Write::DropTask(task.record.id));
            writes.extend(task.checkpoint.clone().map(|checkpoint| Write::Value {
                key: checkpoint_key(task.record.id.0),
                body: Some(checkpoint),
                until: None,
            }));
        }
        durable.count(&conversation);
        let done = durable
            .store
            .commit(vec![Commit::writes(writes, durable.now())])
            .await;
        let Err(error) = done else { return Ok(()) };
        durable.uncount(&conversation, 1);
        match error.retry() {
            // One that cannot be kept must not hold up all others.
            Retry::Never => self.tell(shared, &error.to_string()),
            _ => Err(error),
        }
    }

    fn tell(self, shared: &Arc<Shared>, why: &str) -> Result<(), StoreError> {
        tracing::warn!(chat = %self.chat, why, "tasks cannot go on");
        let event = self.origin.read(&self.chat).ok();
        for task in self.tasks {
            tell(shared, task, &self.origin, event.as_ref());
        }
        Ok(())
    }
}

/// Which of its event's tasks a task is.
fn index(task: &StoredTask) -> u32 {
    serde_json::from_slice::<Origin>(&task.body).map_or(0, |origin| origin.index)
}

fn go_on(going: &mut Vec<Going>, task: StoredTask, origin: Origin) {
    let chat = &task.record.chat;
    let same = |other: &&mut Going| other.chat == *chat && other.origin.id == origin.id;
    match going.iter_mut().find(same) {
        Some(other) => other.tasks.push(task),
        None => going.push(Going {
            chat: chat.clone(),
            origin,
            tasks: vec![task],
        }),
    }
}

/// Whether an event can be handled once more: a button that is gone leads nowhere.
async fn usable(shared: &Shared, durable: &Durable, event: &Event) -> bool {
    let EventKind::Press(press) = &event.kind else {
        return true;
    };
    durable.load_button(&shared.presses, &press.token).await;
    shared.presses.peek(&press.token).is_some()
}

/// Says that a task was interrupted, on its card or in a message of its own; it is forgotten when that was said.
fn tell(shared: &Arc<Shared>, task: StoredTask, origin: &Origin, event: Option<&Event>) {
    let (shared_too, record) = (Arc::clone(shared), task.record);
    let chat_kind = event.map_or(ChatKind::Private, |event| event.chat_kind);
    let content = match (event, record.state) {
        (_, TaskState::Ending) => words::ended_unseen(&record.name),
        (Some(event), _) => interrupted(&record.name, event.user.as_ref(), origin),
        (None, _) => words::interrupted(&record.name),
    };
    shared.background.spawn("interrupted task", async move {
        let shared = shared_too;
        // A result may stand on the card of one that was ending.
        let action = match record.card {
            Some(message) if record.state != TaskState::Ending => Action::Edit { message, content },
            _ => Action::Send(Send {
                chat: record.chat.clone(),
                chat_kind,
                reply: None,
                replies_to: None,
                content,
                ephemeral: false,
            }),
        };
        let told = tokio::select! {
            told = shared.deliver(&record.chat, chat_kind, action, Priority::Answer) => told,
            // The next start tells it.
            () = shared.background.stop().cancelled() => return,
        };
        if let Err(error) = told {
            tracing::warn!(task = %record.id, chat = %record.chat, %error, "nobody could be told that a task was interrupted");
            if error.retry(true) != Retry::Never {
                // Its network is away for longer than one waits: the next start tries again.
                return;
            }
        }
        if let Some(durable) = &shared.durable
            && let Err(error) = forget(durable, record.id).await
        {
            durable.fault(&error);
        }
    });
}

async fn forget(durable: &Durable, id: TaskId) -> Result<(), StoreError> {
    let commit = Commit::writes(vec![Write::DropTask(id)], durable.now());
    durable.store.commit(vec![commit]).await.map(drop)
}
