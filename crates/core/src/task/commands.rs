//! What people do with tasks: the button that cancels one, and the commands that list and cancel them. Owns nothing.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::scheduler::Entry;
use super::{Canceller, TaskId};
use crate::command::{ArgumentKind, ArgumentSpec, Arguments, Command, CommandSpec, Rest};
use crate::content::{Button, ButtonStyle, Content, Inline};
use crate::context::Context;
use crate::event::Stop;
use crate::id::Person;
use crate::press::{ButtonAction, ButtonCall, ButtonValue};
use crate::reply::{HandlerError, Reply};
use crate::words::task as words;

/// How many tasks of a list have a button of their own: one row of five, on any network.
const BUTTONS: usize = 5;

/// The button that cancels a task. It goes past the queue of its conversation.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CancelTask {
    task: u64,
}

impl ButtonValue for CancelTask {
    const NAME: &'static str = "duologue.cancel_task";
    const CONTROL: bool = true;
}

/// A button that cancels a task, for who started it and for moderators.
pub(super) fn cancel_button(id: TaskId, label: impl Into<String>) -> Result<Button, serde_json::Error> {
    let call = ButtonCall::new(&CancelTask { task: id.0 })?;
    Ok(Button::with_action(label.into(), ButtonAction::Value(call)).style(ButtonStyle::Danger))
}

/// Somebody pressed the button.
pub(crate) async fn pressed(context: Context, press: CancelTask) {
    let note = match context.scheduler().find(TaskId(press.task)) {
        None => Some(words::ENDED.to_owned()),
        Some(entry) => match may_cancel(&context, &entry).await {
            Some(by) => {
                entry.cancel(by);
                None
            }
            None => Some(words::not_your_task(&entry.starter)),
        },
    };
    context.acknowledge(note);
}

/// Somebody pressed the button that stops a draft, which is the card of a task in a private chat.
pub(crate) fn stopped(context: &Context, stop: Stop) {
    if let Some(entry) = context.scheduler().find(TaskId(stop.draft))
        && *context.chat() == entry.owner.chat
    {
        entry.cancel(Canceller::Starter);
    }
}

/// Who somebody is to a task that they may cancel.
async fn may_cancel(context: &Context, entry: &Entry) -> Option<Canceller> {
    if persons(context).await.contains(&entry.owner.person) {
        return Some(Canceller::Starter);
    }
    // Being a moderator somewhere else does not count.
    let here = *context.chat() == entry.owner.chat;
    (here && context.moderates().await).then_some(Canceller::Moderator)
}

/// `/tasks`: lists a person's tasks. It goes past the queue of its conversation.
pub(crate) struct ListTasks;

/// `/cancel`: cancels a person's newest task, or a named one. It goes past the queue of its conversation.
pub(crate) struct CancelTasks;

impl Command for ListTasks {
    fn spec(&self) -> CommandSpec {
        CommandSpec {
            control: true,
            ephemeral: true,
            ..CommandSpec::new("tasks", words::TASKS_DESCRIPTION)
        }
    }

    fn call(&self, context: Context, _: Arguments) -> BoxFuture<'static, Result<Reply, HandlerError>> {
        Box::pin(async move {
            let entries = own(&context).await;
            let content = words::list(lines(&context, &entries));
            let newest = entries.iter().rev().take(BUTTONS);
            let buttons: Result<Vec<Button>, _> = newest
                .map(|entry| cancel_button(entry.id, words::cancel_one(entry.id)))
                .collect();
            let buttons = buttons?;
            Ok(Reply::new(if buttons.is_empty() {
                content
            } else {
                content.buttons(buttons)
            }))
        })
    }
}

impl Command for CancelTasks {
    fn spec(&self) -> CommandSpec {
        CommandSpec {
            help: words::CANCEL_HELP.to_owned(),
            arguments: vec![ArgumentSpec {
                name: "task".into(),
                description: words::CANCEL_WHICH.into(),
                kind: ArgumentKind::Rest { max: 200 },
                required: false,
            }],
            control: true,
            ephemeral: true,
            ..CommandSpec::new("cancel", words::CANCEL_DESCRIPTION)
        }
    }

    fn call(
        &self,
        context: Context,
        mut arguments: Arguments,
    ) -> BoxFuture<'static, Result<Reply, HandlerError>> {
        Box::pin(async move {
            let which: Option<Rest> = arguments.take(0)?;
            let which = which
                .map(|rest| rest.0.text.trim().to_owned())
                .unwrap_or_default();
            Ok(Reply::new(cancel(&context, &which).await))
        })
    }
}

async fn cancel(context: &Context, which: &str) -> Content {
    let entries = own(context).await;
    let chosen: Vec<Arc<Entry>> = match which {
        "" => entries.last().cloned().into_iter().collect(),
        word if word.eq_ignore_ascii_case("all") => entries.clone(),
        word => match word.trim_start_matches('#').parse() {
            Ok(number) => return cancel_number(context, TaskId(number), word, &entries).await,
            Err(_) => {
                let word = word.to_lowercase();
                let named = |entry: &&Arc<Entry>| entry.name.to_lowercase().contains(&word);
                entries.iter().rev().find(named).cloned().into_iter().collect()
            }
        },
    };
    if chosen.is_empty() {
        return match which {
            "" => Content::text(words::NOTHING_TO_CANCEL),
            word if word.eq_ignore_ascii_case("all") => Content::text(words::NOTHING_TO_CANCEL),
            word => words::no_such_task(word, lines(context, &entries)),
        };
    }
    let mut names = Vec::new();
    for entry in chosen {
        entry.cancel(Canceller::Starter);
        names.push(format!("{} {}", entry.name, entry.id));
    }
    words::cancelling(&names)
}

/// By its number a moderator can also cancel what another person started here.
async fn cancel_number(context: &Context, id: TaskId, word: &str, own: &[Arc<Entry>]) -> Content {
    let Some(entry) = context.scheduler().find(id) else {
        return words::no_such_task(word, lines(context, own));
    };
    match may_cancel(context, &entry).await {
        Some(by) => {
            entry.cancel(by);
            words::cancelling(&[format!("{} {}", entry.name, entry.id)])
        }
        None => words::no_such_task(word, lines(context, own)),
    }
}

/// The tasks of who asks, on all linked accounts, the oldest first.
async fn own(context: &Context) -> Vec<Arc<Entry>> {
    let persons = persons(context).await;
    context
        .scheduler()
        .entries(|entry| persons.contains(&entry.owner.person))
}

/// Who asks, on all linked accounts; on this one alone while the store cannot be read.
async fn persons(context: &Context) -> Vec<Person> {
    context.persons().await.unwrap_or_else(|error| {
        tracing::warn!(?error, "linked accounts cannot be read");
        vec![context.person()]
    })
}

fn lines(context: &Context, entries: &[Arc<Entry>]) -> Vec<Vec<Inline>> {
    let line = |entry: &Arc<Entry>| {
        let view = entry.node.view();
        let place = view.ticket.and_then(|ticket| context.scheduler().place(ticket));
        words::line(entry.id, &view, place)
    };
    entries.iter().map(line).collect()
}
