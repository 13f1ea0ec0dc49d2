//! Work that takes long, beside the conversation, with a button that stops it: write anything to the bot, go on
//! writing, and stop one of the counts. Run it with `cargo run -p duologue --example stop_button`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use duologue::prelude::*;
use duologue::{ButtonAction, CancellationToken};

/// How far it counts, one step a second.
const STEPS: u32 = 60;

/// What the button carries: which count it stops. The press goes past the queue of its conversation.
#[derive(Button)]
#[button(control)]
struct Stop {
    count: u64,
}

/// The counts that go on, with what stops each.
#[derive(Clone, Default)]
struct Counts(Arc<Mutex<HashMap<u64, CancellationToken>>>);

impl Counts {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts a count. The turn ends at once, so that the chat goes on.
fn start(ctx: &Context, counts: Counts) -> Result<(), HandlerError> {
    let count = rand::random();
    // It also ends when the bot stops.
    let stop = ctx.stopping().child_token();
    counts.lock().insert(count, stop.clone());
    let button = Button::with_action(
        "Stop",
        ButtonAction::Value(ButtonCall::new(&Stop { count })?.once()),
    );
    ctx.background("count", move |ctx, _| async move {
        let result = run(&ctx, &stop, &button.style(ButtonStyle::Danger)).await;
        counts.lock().remove(&count);
        result
    });
    Ok(())
}

/// Counts, in one message that is edited.
async fn run(ctx: &Context, stop: &CancellationToken, button: &Button) -> Result<(), SendError> {
    let shown = |step: u32| Content::text(format!("{step} of {STEPS}")).buttons([button.clone()]);
    let live = ctx.live(shown(0)).await?;
    for step in 1..=STEPS {
        tokio::select! {
            () = stop.cancelled() => {
                live.finish(format!("Stopped before {step}.")).await?;
                return Ok(());
            }
            () = tokio::time::sleep(Duration::from_secs(1)) => live.update(shown(step)),
        }
    }
    live.finish(format!("{STEPS} steps, all done.")).await?;
    Ok(())
}

#[tokio::main]
async fn main() -> duologue::Result {
    let counts = Counts::default();
    let running = counts.clone();
    App::from_env()?
        .text(move |ctx, _message| {
            let started = start(&ctx, counts.clone());
            async move { started }
        })
        .press(move |_ctx, stop: Stop| {
            if let Some(token) = running.lock().get(&stop.count) {
                token.cancel();
            }
            async {}
        })
        .run()
        .await
}
