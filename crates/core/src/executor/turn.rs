//! One turn: the handling of one event, with its panic, its deadline and its answer. Owns nothing.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use tracing::Instrument;

use super::Item;
use crate::command::{CommandSpec, parse};
use crate::content::Content;
use crate::context::{Context, End, Say};
use crate::durable::{Kept, button_gone};
use crate::engine::Shared;
use crate::event::{CommandCall, CommandInput, Event, EventKind, Press};
use crate::press::{ButtonAction, Pressed};
use crate::reply::{HandlerError, Reply};
use crate::router::{CommandEntry, Outcome, Route};
use crate::store::Commit;
use crate::words;

/// How often a turn runs again because somebody else has changed what it read.
const TRIES: u32 = 20;

/// Handles one event. It always completes: what goes wrong is answered and logged here.
pub(super) async fn run(shared: &Arc<Shared>, item: Item) {
    if let (Some(kept), Some(durable)) = (&item.kept, &shared.durable) {
        durable.begins(&kept.hold);
    }
    if let Some((context, end)) = super::gate::keeps_out(shared, &item).await {
        match (&item.kept, &shared.durable) {
            // It has written nothing that somebody else could have changed.
            (Some(kept), Some(durable)) => drop(durable.conclude(shared, kept, &context, end).await),
            _ => context.conclude(end.say),
        }
        return;
    }
    let pressed = pressed(shared, &item);
    let (Some(kept), Some(durable)) = (&item.kept, &shared.durable) else {
        let (context, end) = handle(shared, &item, pressed.as_ref()).await;
        return context.conclude(end.say);
    };
    for _ in 0..TRIES {
        let (context, end) = handle(shared, &item, pressed.as_ref()).await;
        if durable.conclude(shared, kept, &context, end).await {
            return;
        }
        context.take_back();
    }
    let context = Context::of_turn(shared, &item.event, true, Some(kept));
    let end = fault(&context, "what it reads changes faster than it can be written");
    durable.conclude(shared, kept, &context, end).await;
}

/// Ends a turn that panicked outside of its handler.
pub(super) async fn fail(shared: &Arc<Shared>, event: &Arc<Event>, kept: Option<&Kept>) {
    let context = Context::of_turn(shared, event, true, kept);
    let end = fault(&context, "a panic outside of the handler");
    match (kept, &shared.durable) {
        (Some(kept), Some(durable)) => drop(durable.conclude(shared, kept, &context, end).await),
        _ => context.conclude(end.say),
    }
}

/// Runs the handler of an event.
async fn handle(shared: &Arc<Shared>, item: &Item, pressed: Option<&Pressed>) -> (Context, End) {
    let (context, dispatched) = dispatch(shared, item, pressed);
    if let Some(Pressed::Action { used: true, .. }) = pressed {
        forget_button(shared, &context).await;
    }
    let outcome = match dispatched {
        Dispatched::Runs(outcome) => outcome,
        Dispatched::Says(say) => return (context, End { say, failure: None }),
    };
    let deadline = shared.executor.config.turn_deadline;
    // Whatever is logged meanwhile says for which event, at any level.
    let span = tracing::error_span!("turn", event = %item.event.id, chat = %item.event.chat);
    let outcome = AssertUnwindSafe(outcome).catch_unwind().instrument(span);
    let result = tokio::time::timeout(deadline, outcome).await;
    let (reply, failure) = match result {
        Ok(Ok(Ok(reply))) => {
            shared.turns.done.one();
            (reply, None)
        }
        Ok(Ok(Err(error))) => {
            let counter = if error.is_fault() {
                &shared.turns.failed
            } else {
                &shared.turns.done
            };
            counter.one();
            (context.apology(error), None)
        }
        Ok(Err(panic)) => {
            shared.turns.panicked.one();
            let why = format!("the handler panicked: {}", panic_text(&*panic));
            (context.apology_for_panic(&*panic), Some(why))
        }
        Err(_) => {
            shared.turns.timed_out.one();
            let id = error_id();
            let deadline_ms = deadline.as_millis();
            let event = &item.event;
            tracing::error!(error_id = %id, event = %event.id, chat = %event.chat, deadline_ms, "a handler took too long");
            let why = format!("the handler took longer than {deadline_ms} ms");
            (Reply::new(words::timed_out(deadline, &id)).ephemeral(), Some(why))
        }
    };
    let say = Say::Reply(reply);
    (context, End { say, failure })
}

fn fault(context: &Context, why: &str) -> End {
    End {
        say: Say::Reply(context.apology(why.to_owned().into())),
        failure: Some(why.to_owned()),
    }
}

/// What a press stands for, looked up and used up once, however often its turn runs.
fn pressed(shared: &Shared, item: &Item) -> Option<Pressed> {
    let (Route::Press { .. }, EventKind::Press(press)) = (&item.route, &item.event.kind) else {
        return None;
    };
    let user = item.event.user.as_ref().map(|user| &user.id);
    Some(shared.presses.press(&press.token, user))
}

/// A button that was used up does not come back after a restart.
async fn forget_button(shared: &Shared, context: &Context) {
    let EventKind::Press(press) = &context.event().kind else {
        return;
    };
    let Some(write) = context.write_later(button_gone(&press.token)) else {
        return;
    };
    let commit = Commit::writes(vec![write], context.now());
    if let Err(error) = shared.store.commit(vec![commit]).await {
        tracing::warn!(%error, "a button that was used up may work again after a restart");
    }
}

/// What becomes of an event.
enum Dispatched {
    /// A handler runs.
    Runs(Outcome),
    /// Nothing runs, or what ran is done.
    Says(Say),
}

/// Finds the handler's future.
fn dispatch(shared: &Arc<Shared>, item: &Item, pressed: Option<&Pressed>) -> (Context, Dispatched) {
    let Item { event, route, kept } = item;
    let context = |ephemeral| Context::of_turn(shared, event, ephemeral, kept.as_deref());
    match route {
        Route::Command(entry, call) => {
            let context = context(entry.spec.ephemeral);
            let call = match (call, &event.kind) {
                (Some(call), _) => &**call,
                (None, EventKind::Command(call)) => call,
                (None, _) => return (context, Dispatched::Says(Say::Nothing)),
            };
            let outcome = command(&context, entry, call);
            (context, Dispatched::Runs(outcome))
        }
        Route::UnknownCommand(name) => {
            let nearest = shared.router.nearest(name);
            let outcome = says(words::unknown_command(name, &nearest));
            (context(true), Dispatched::Runs(outcome))
        }
        Route::Press { .. } => {
            let (EventKind::Press(press), Some(pressed)) = (&event.kind, pressed) else {
                return (context(false), Dispatched::Says(Say::Nothing));
            };
            self::press(shared, press, pressed, context)
        }
        Route::Stop(stop) => {
            let context = context(false);
            crate::task::stopped(&context, *stop);
            (context, Dispatched::Says(Say::Nothing))
        }
        Route::Handler(handler) => {
            let context = context(false);
            let outcome = handler(context.clone());
            (context, Dispatched::Runs(outcome))
        }
        Route::Nowhere => (context(false), Dispatched::Says(Say::Nothing)),
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

fn press(
    shared: &Arc<Shared>,
    press: &Press,
    pressed: &Pressed,
    context: impl Fn(bool) -> Context,
) -> (Context, Dispatched) {
    let noted = |note: &str| (context(true), Dispatched::Says(Say::Note(note.to_owned())));
    let action = match pressed {
        Pressed::NotYours => return noted(words::not_yours()),
        Pressed::Expired => return noted(words::expired()),
        Pressed::Action { action, .. } => action,
    };
    match action {
        ButtonAction::Open(_) => noted(words::expired()),
        ButtonAction::Command { name, arguments } => {
            let Some(entry) = shared.router.entry(name) else {
                return noted(words::expired());
            };
            let context = context(entry.spec.ephemeral);
            let call = CommandCall {
                name: name.clone(),
                input: CommandInput::Text(crate::content::StyledText::plain(arguments.clone())),
                attachments: Vec::new(),
                message: press.message.clone(),
                replies_to: None,
                group: None,
            };
            let outcome = command(&context, entry, &call);
            (context, Dispatched::Runs(outcome))
        }
        ButtonAction::Value(call) => {
            let context = context(false);
            let outcome = shared.router.press_value(context.clone(), &call.name, &call.json);
            (context, Dispatched::Runs(outcome))
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
