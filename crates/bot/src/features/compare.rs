//! `/compare`: the classic lesson of concurrent programming, live in one message and with a picture at the end. Owns
//! the list of the comparisons that run.

mod canvas;
pub(crate) mod lesson;
mod picture;
mod running;

use std::sync::Arc;

use duologue::prelude::*;
use duologue::{App, ArgumentKind, ArgumentSpec, Arguments, ButtonAction, Command, CommandSpec, Support};
use futures_util::future::BoxFuture;
use tokio::sync::Semaphore;

use self::lesson::{Board, Comparison, Plan, Way, perform};
use self::picture::{Theme, draw};
use self::running::{Person, Running, Seat};
use crate::words;

/// The most tasks, and how many there are where nothing else is said.
const MOST_TASKS: i64 = 6;
const USUAL_TASKS: u8 = 3;

/// The most seconds a task takes, and how many where nothing else is said.
const MOST_SECONDS: i64 = 10;
const USUAL_SECONDS: u8 = 2;

/// How many pictures are drawn at once; drawing one keeps a processor busy for some milliseconds.
const PICTURES_AT_ONCE: usize = 2;

/// How long the last edit may take before the picture goes out all the same.
const LAST_EDIT: Duration = Duration::from_secs(5);

/// Adds the command and its Stop button, which share the list of what runs.
pub(crate) fn add(app: App) -> App {
    let running = Arc::new(Running::default());
    let list = Arc::clone(&running);
    let stop = move |_ctx: Context, stop: StopCompare| {
        let ended = !list.stop(stop.run);
        async move { ended.then(|| Reply::new(words::ALREADY_ENDED).ephemeral()) }
    };
    let compare = Compare {
        running,
        easels: Arc::new(Semaphore::new(PICTURES_AT_ONCE)),
    };
    app.command(compare).press(stop)
}

/// The Stop button of one comparison.
#[derive(Button, Debug, PartialEq)]
#[button(name = "stop_compare", control)]
struct StopCompare {
    run: u64,
}

/// The command. It is written by hand because it keeps something of its own between calls.
struct Compare {
    running: Arc<Running>,
    /// A place to draw.
    easels: Arc<Semaphore>,
}

impl Command for Compare {
    fn spec(&self) -> CommandSpec {
        let optional = |name: &'static str, description: &'static str, max| ArgumentSpec {
            name: name.into(),
            description: description.into(),
            kind: ArgumentKind::Integer { min: 1, max },
            required: false,
        };
        CommandSpec {
            help: words::COMPARE_HELP.to_owned(),
            arguments: vec![
                optional("tasks", words::COMPARE_TASKS, MOST_TASKS),
                optional("seconds", words::COMPARE_SECONDS, MOST_SECONDS),
            ],
            ..CommandSpec::new("compare", words::COMPARE_DESCRIPTION)
        }
    }

    fn call(
        &self,
        context: Context,
        mut arguments: Arguments,
    ) -> BoxFuture<'static, Result<Reply, HandlerError>> {
        let (running, easels) = (Arc::clone(&self.running), Arc::clone(&self.easels));
        Box::pin(async move {
            let tasks: Option<u8> = arguments.take(0)?;
            let seconds: Option<u8> = arguments.take(1)?;
            let plan = Plan {
                tasks: usize::from(tasks.unwrap_or(USUAL_TASKS)),
                each: Duration::from_secs(u64::from(seconds.unwrap_or(USUAL_SECONDS))),
            };
            begin(&context, plan, &running, easels)
        })
    }
}

/// Starts a comparison beside the conversation, or says that one of this person still runs.
fn begin(
    ctx: &Context,
    plan: Plan,
    running: &Arc<Running>,
    easels: Arc<Semaphore>,
) -> Result<Reply, HandlerError> {
    let person = Person::of(ctx);
    match running.take_seat(person, plan.longest(), ctx.stopping()) {
        Ok(seat) => {
            ctx.background("compare", move |ctx, _stop| demonstrate(ctx, plan, seat, easels));
            Ok(Reply::none())
        }
        Err(taken) => {
            let words = Content::text(words::still_running(taken.left));
            let stop = stop_button(ctx, taken.run)?;
            Ok(Reply::new(words.buttons([stop])).ephemeral())
        }
    }
}

fn stop_button(ctx: &Context, run: u64) -> Result<duologue::Button, HandlerError> {
    let mut call = ButtonCall::new(&StopCompare { run })?;
    if let Some(user) = ctx.user() {
        call = call.only(user.id.clone());
    }
    let button = duologue::Button::with_action(words::STOP, ButtonAction::Value(call));
    Ok(button.style(ButtonStyle::Danger))
}

/// Runs the lesson and shows it. Only the first message has to arrive: whatever becomes of the edits, the lesson goes on.
async fn demonstrate(
    ctx: Context,
    plan: Plan,
    seat: Seat,
    easels: Arc<Semaphore>,
) -> Result<Reply, HandlerError> {
    let stop = stop_button(&ctx, seat.run)?;
    let start = words::running(plan, Err(&Board::new(plan)), None).buttons([stop.clone()]);
    let live = ctx.live(start).await?;
    let shown = Shown {
        live: &live,
        stop: &stop,
        plan,
        edits: ctx.capabilities().edit != Support::No,
    };
    let measured = tokio::select! {
        measured = measure(&shown) => Some(measured),
        () = seat.stop.cancelled() => None,
    };
    let Some(comparison) = measured else {
        finish(live, words::stopped(ctx.stopping().is_cancelled())).await;
        return Ok(Reply::none());
    };
    finish(live, words::compared(plan, &comparison)).await;
    let sentence = Content::text(words::compared_sentence(&comparison));
    let again = words::again(plan);
    Ok(Reply::new(match paint(comparison, &easels).await {
        Some(picture) => sentence.media(picture).buttons([again]),
        None => sentence.paragraph(words::NO_PICTURE).buttons([again]),
    }))
}

/// What is needed to show how things stand.
struct Shown<'a> {
    live: &'a Live,
    stop: &'a duologue::Button,
    plan: Plan,
    /// Whether the network lets messages change at all.
    edits: bool,
}

impl Shown<'_> {
    fn update(&self, content: Content) {
        if self.edits {
            self.live.update(content.buttons([self.stop.clone()]));
        }
    }
}

async fn measure(shown: &Shown<'_>) -> Comparison {
    let plan = shown.plan;
    let one_after_another = perform(plan, Way::OneAfterAnother, |board| {
        shown.update(words::running(plan, Err(board), None));
    })
    .await;
    let side_by_side = perform(plan, Way::SideBySide, |board| {
        shown.update(words::running(plan, Ok(&one_after_another), Some(board)));
    })
    .await;
    Comparison {
        one_after_another,
        side_by_side,
    }
}

async fn finish(live: Live, content: Content) {
    match tokio::time::timeout(LAST_EDIT, live.finish(content)).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the last edit of a comparison failed"),
        Err(_) => tracing::warn!("the last edit of a comparison takes long; it is not waited for"),
    }
}

/// Draws the picture beside the async workers. A panic of the drawing costs the picture alone.
async fn paint(comparison: Comparison, easels: &Semaphore) -> Option<Media> {
    let _easel = easels.acquire().await.ok()?;
    let description = words::picture_description(&comparison);
    let drawn = tokio::task::spawn_blocking(move || draw(&comparison, Theme::PAPER)).await;
    match drawn {
        Ok(png) => Some(Media::photo(words::PICTURE_NAME, png).description(description)),
        Err(error) => {
            tracing::error!(%error, "the picture of a comparison was not drawn");
            None
        }
    }
}

#[cfg(test)]
mod tests;
