//! One turn: the handling of one event, with its panic, its deadline and its answer. Owns nothing.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;

use super::Item;
use crate::command::{CommandSpec, parse};
use crate::content::Content;
use crate::context::Context;
use crate::engine::Shared;
use crate::event::{CommandCall, CommandInput, Event, EventKind, Press};
use crate::press::{ButtonAction, Pressed};
use crate::reply::{HandlerError, Reply};
use crate::router::{CommandEntry, Outcome, Route};
use crate::words;

/// Handles one event. It always completes: what goes wrong is answered and logged here.
pub(super) async fn run(shared: &Arc<Shared>, item: Item) {
    let Item { event, route } = item;
    if super::gate::keeps_out(shared, &event, &route).await {
        return;
    }
    let (context, outcome) = dispatch(shared, &event, &route);
    let Some(outcome) = outcome else { return };
    let deadline = shared.executor.config.turn_deadline;
    let result = tokio::time::timeout(deadline, AssertUnwindSafe(outcome).catch_unwind()).await;
    let reply = match result {
        Ok(Ok(Ok(reply))) => {
            shared.turns.done.one();
            reply
        }
        Ok(Ok(Err(error))) => {
            let counter = if error.is_fault() {
                &shared.turns.failed
            } else {
                &shared.turns.done
            };
            counter.one();
            context.apology(error)
        }
        Ok(Err(panic)) => {
            shared.turns.panicked.one();
            context.apology_for_panic(&*panic)
        }
        Err(_) => {
            shared.turns.timed_out.one();
            let id = error_id();
            let deadline_ms = deadline.as_millis();
            tracing::error!(error_id = %id, event = %event.id, chat = %event.chat, deadline_ms, "a handler took too long");
            Reply::new(words::timed_out(deadline, &id)).ephemeral()
        }
    };
    context.conclude(reply);
}

/// Finds the handler's future. `None` where nothing is to be done, or it was done already.
fn dispatch(shared: &Arc<Shared>, event: &Arc<Event>, route: &Route) -> (Context, Option<Outcome>) {
    match route {
        Route::Command(entry, call) => {
            let context = Context::new(shared, event, entry.spec.ephemeral);
            let call = match (call, &event.kind) {
                (Some(call), _) => &**call,
                (None, EventKind::Command(call)) => call,
                (None, _) => return (context, None),
            };
            let outcome = command(&context, entry, call);
            (context, Some(outcome))
        }
        Route::UnknownCommand(name) => {
            let context = Context::new(shared, event, true);
            let nearest = shared.router.nearest(name);
            let outcome = says(words::unknown_command(name, &nearest));
            (context, Some(outcome))
        }
        Route::Press { .. } => {
            let EventKind::Press(press) = &event.kind else {
                return (Context::new(shared, event, false), None);
            };
            self::press(shared, event, press)
        }
        Route::Stop(stop) => {
            let context = Context::new(shared, event, false);
            crate::task::stopped(&context, *stop);
            (context, None)
        }
        Route::Handler(handler) => {
            let context = Context::new(shared, event, false);
            let outcome = handler(context.clone());
            (context, Some(outcome))
        }
        Route::Nowhere => (Context::new(shared, event, false), None),
    }
}

fn command(context: &Context, entry: &CommandEntry, call: &CommandCall) -> Outcome {
    match parse(&entry.spec, call) {
        Ok(arguments) => entry.command.call(context.clone(), arguments),
        Err(error) => says(usage(&entry.spec, &error)),
    }
}

fn usage(spec: &CommandSpec, error: &crate::command::UsageError) -> Content {
    words::usage(spec, error)
}

fn press(shared: &Arc<Shared>, event: &Arc<Event>, press: &Press) -> (Context, Option<Outcome>) {
    let user = event.user.as_ref().map(|user| &user.id);
    let noted = |context: Context, note: &str| {
        context.acknowledge(Some(note.to_owned()));
        (context, None)
    };
    match shared.presses.press(&press.token, user) {
        Pressed::NotYours => noted(Context::new(shared, event, true), words::not_yours()),
        Pressed::Expired | Pressed::Action(ButtonAction::Open(_)) => {
            noted(Context::new(shared, event, true), words::expired())
        }
        Pressed::Action(ButtonAction::Command { name, arguments }) => {
            let Some(entry) = shared.router.entry(&name) else {
                return noted(Context::new(shared, event, true), words::expired());
            };
            let context = Context::new(shared, event, entry.spec.ephemeral);
            let call = CommandCall {
                name,
                input: CommandInput::Text(crate::content::StyledText::plain(arguments)),
                attachments: Vec::new(),
                message: press.message.clone(),
                replies_to: None,
                group: None,
            };
            let outcome = command(&context, entry, &call);
            (context, Some(outcome))
        }
        Pressed::Action(ButtonAction::Value(call)) => {
            let context = Context::new(shared, event, false);
            let outcome = shared.router.press_value(context.clone(), &call.name, &call.json);
            (context, Some(outcome))
        }
    }
}

fn says(content: Content) -> Outcome {
    async move { Err(HandlerError::say(content)) }.boxed()
}

/// A short id that the person sees and the log carries.
pub(crate) fn error_id() -> String {
    format!("{:08x}", rand::random::<u32>())
}

/// An error with all its causes, joined in the one place that does so.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without words")
}
