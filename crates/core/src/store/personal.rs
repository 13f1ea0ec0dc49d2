//! What is kept about a person: collected to be handed out, or counted after it was forgotten. Pure data.

use serde_json::{Value, json};

use super::{
    Account, DeadLetter, Job, Outgoing, Scope, StateKey, StateValue, StoredEvent, StoredTask, Timestamp,
};
use crate::id::{Chat, Conversation, UserId};

/// What is kept about a person, or about a chat as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PersonalData {
    /// The linked accounts that it covers.
    pub accounts: Vec<Account>,
    /// States of the person, in every scope.
    pub states: Vec<(StateKey, StateValue)>,
    /// Events of the person that wait.
    pub events: Vec<(Conversation, StoredEvent)>,
    /// Events of the person that were given up.
    pub dead: Vec<DeadLetter>,
    /// What waits to be sent, or was sent not long ago.
    pub outgoing: Vec<Outgoing>,
    /// Jobs that the person asked for.
    pub jobs: Vec<Job>,
    /// Tasks that the person started.
    pub tasks: Vec<StoredTask>,
}

/// What stands in the value of a button, below `button.`, that one user alone may press: [`Store::forget`] finds it by
/// that.
///
/// [`Store::forget`]: super::Store::forget
#[must_use]
pub fn button_of(user: &UserId) -> String {
    format!("\"only\":{}", Value::from(user.as_str()))
}

/// How much was forgotten of a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forgotten {
    /// Linked accounts.
    pub accounts: u64,
    /// States.
    pub states: u64,
    /// Events that waited.
    pub events: u64,
    /// Dead letters.
    pub dead: u64,
    /// Things in the outbox.
    pub outgoing: u64,
    /// Jobs.
    pub jobs: u64,
    /// Tasks.
    pub tasks: u64,
}

impl PersonalData {
    /// The data as JSON that a person can read. Bytes that are JSON stand as JSON, other text as text, anything else as
    /// `{"hex": "…"}`; times are milliseconds since 1970 in UTC.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "accounts": self.accounts.iter().map(account).collect::<Vec<_>>(),
            "states": self.states.iter().map(|(key, value)| state(key, value)).collect::<Vec<_>>(),
            "events": self.events.iter().map(|(at, stored)| event(at, stored)).collect::<Vec<_>>(),
            "given_up": self.dead.iter().map(dead).collect::<Vec<_>>(),
            "outgoing": self.outgoing.iter().map(outgoing).collect::<Vec<_>>(),
            "jobs": self.jobs.iter().map(job).collect::<Vec<_>>(),
            "tasks": self.tasks.iter().map(task).collect::<Vec<_>>(),
        })
    }
}

fn account(account: &Account) -> Value {
    json!({ "network": account.network.as_str(), "user": account.user.as_str() })
}

fn chat(chat: &Chat) -> Value {
    json!({
        "network": chat.network.as_str(),
        "account": chat.account.as_str(),
        "chat": chat.id.as_str(),
        "thread": chat.thread.as_ref().map(|thread| thread.as_str()),
    })
}

fn state(key: &StateKey, value: &StateValue) -> Value {
    let about = match &key.scope {
        Scope::Bot => json!("bot"),
        Scope::User(network, user) => json!({ "network": network.as_str(), "user": user.as_str() }),
        Scope::Person(id) => json!({ "person": id.0 }),
        Scope::Chat(of) => chat(of),
        Scope::UserInChat(of, user) => json!({ "chat": chat(of), "user": user.as_str() }),
    };
    json!({
        "about": about,
        "name": key.name.as_str(),
        "version": value.version,
        "body": value.body.as_deref().map(body),
    })
}

fn event(at: &Conversation, event: &StoredEvent) -> Value {
    json!({
        "chat": chat(&at.chat),
        "number": event.number,
        "id": event.id.as_str(),
        "user": event.user.as_ref().map(|user| user.as_str()),
        "kind": event.kind.as_str(),
        "received": event.received.0,
        "sent": time(event.sent),
        "body": body(&event.body),
    })
}

fn dead(letter: &DeadLetter) -> Value {
    json!({
        "event": event(&letter.conversation, &letter.event),
        "error": letter.error,
        "given_up": letter.died.0,
    })
}

fn outgoing(outgoing: &Outgoing) -> Value {
    json!({
        "chat": chat(&outgoing.ask.chat),
        "user": outgoing.ask.user.as_ref().map(|user| user.as_str()),
        "state": format!("{:?}", outgoing.state).to_lowercase(),
        "created": outgoing.created.0,
        "settled": time(outgoing.settled),
        "messages": outgoing.messages.iter().map(|id| id.as_str()).collect::<Vec<_>>(),
        "body": body(&outgoing.ask.body),
    })
}

fn job(job: &Job) -> Value {
    json!({
        "chat": chat(&job.ask.chat),
        "person": job.ask.person.to_string(),
        "name": job.ask.name.as_str(),
        "created": job.created.0,
        "due": job.ask.due.0,
        "repeat": job.ask.repeat,
        "body": body(&job.ask.body),
    })
}

fn task(task: &StoredTask) -> Value {
    json!({
        "chat": chat(&task.record.chat),
        "person": task.record.person.to_string(),
        "number": task.record.id.0,
        "name": task.record.name.as_str(),
        "state": format!("{:?}", task.record.state).to_lowercase(),
        "body": body(&task.body),
        "checkpoint": task.checkpoint.as_deref().map(body),
    })
}

fn time(time: Option<Timestamp>) -> Option<i64> {
    time.map(|time| time.0)
}

fn body(bytes: &[u8]) -> Value {
    if let Ok(value) = serde_json::from_slice(bytes) {
        return value;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => json!(text),
        Err(_) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            json!({ "hex": hex })
        }
    }
}
