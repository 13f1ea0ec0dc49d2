//! The gate: what a bot asks before it hands an event to a handler. Owns nothing.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;

use super::Item;
use crate::context::{Context, End, Say};
use crate::engine::Shared;
use crate::router::Route;

/// Asks the gate about an event. Where it keeps it out, this is the turn's end, and no handler may run; a gate that fails
/// keeps it out. Work that goes on after a restart was let in before.
pub(super) async fn keeps_out(shared: &Arc<Shared>, item: &Item) -> Option<(Context, End)> {
    let gate = shared.router.find_gate()?;
    let resumed = item.kept.as_ref().is_some_and(|kept| kept.resumed.is_some());
    if resumed || matches!(item.route, Route::Nowhere) {
        return None;
    }
    let context = Context::of_turn(shared, &item.event, true, item.kept.as_deref());
    let asked = AssertUnwindSafe(async { gate(context.clone(), item.route.control()).await }).catch_unwind();
    let reply = match tokio::time::timeout(shared.turn_deadline(), asked).await {
        Ok(Ok(Ok(None))) => return None,
        Ok(Ok(Ok(Some(reply)))) => reply,
        Ok(Ok(Err(error))) => context.apology(error),
        Ok(Err(panic)) => context.apology_for_panic(&*panic),
        Err(_) => context.apology("the gate took too long".into()),
    };
    let say = Say::Reply(reply);
    Some((context, End { say, failure: None }))
}
