//! The gate: what a bot asks before it hands an event to a handler. Owns nothing.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;

use crate::context::Context;
use crate::engine::Shared;
use crate::event::Event;
use crate::router::Route;

/// Whether the gate keeps an event out. Then it was answered, and no handler may run. A gate that fails keeps it out.
pub(super) async fn keeps_out(shared: &Arc<Shared>, event: &Arc<Event>, route: &Route) -> bool {
    let Some(gate) = shared.router.find_gate() else {
        return false;
    };
    if matches!(route, Route::Nowhere) {
        return false;
    }
    let context = Context::new(shared, event, true);
    let asked = AssertUnwindSafe(gate(context.clone(), route.control())).catch_unwind();
    let reply = match tokio::time::timeout(shared.turn_deadline(), asked).await {
        Ok(Ok(Ok(None))) => return false,
        Ok(Ok(Ok(Some(reply)))) => reply,
        Ok(Ok(Err(error))) => context.apology(error),
        Ok(Err(panic)) => context.apology_for_panic(&*panic),
        Err(_) => context.apology("the gate took too long".into()),
    };
    context.conclude(reply);
    true
}
