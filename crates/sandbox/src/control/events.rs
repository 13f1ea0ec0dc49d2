//! The stream of changes to the page. Owns one subscription per reader.

use std::convert::Infallible;
use std::sync::Arc;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::broadcast::error::RecvError;

use crate::world::Shared;

/// Server-sent events. A reader that falls behind the bound is told to read everything anew.
pub(crate) fn stream(shared: &Arc<Shared>) -> Response {
    let receiver = shared.events.subscribe();
    let stop = shared.tasks.stop().clone();
    let events = stream::unfold((receiver, stop, true), |(mut receiver, stop, first)| async move {
        if first {
            // The reader's own state may be older than this subscription.
            return Some((named("resync"), (receiver, stop, false)));
        }
        tokio::select! {
            () = stop.cancelled() => None,
            event = receiver.recv() => match event {
                Ok(event) => {
                    let text = serde_json::to_string(&event).unwrap_or_default();
                    Some((Ok(Event::default().data(text)), (receiver, stop, false)))
                }
                Err(RecvError::Lagged(_)) => Some((named("resync"), (receiver, stop, false))),
                Err(RecvError::Closed) => None,
            },
        }
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

#[expect(clippy::unnecessary_wraps, reason = "the stream's items are results")]
fn named(kind: &str) -> Result<Event, Infallible> {
    Ok(Event::default().data(format!(r#"{{"kind":"{kind}"}}"#)))
}
