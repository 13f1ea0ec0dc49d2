//! One request, from its bytes to its response. Owns the order in which interactions come to core, and the ids of
//! those that came.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{DefaultBodyLimit, FromRequest, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use duologue_core::{Admission, Event, Inbox, ReplyToken};
use serde_json::{Value, json};
use tokio::sync::RwLock;
use tokio::time::{Instant, timeout, timeout_at};
use tracing::{debug, warn};

use super::clock::WallClock;
use super::config::EndpointConfig;
use super::key::PublicKey;
use super::seen::Seen;
use super::signature;
use crate::call::Caller;
use crate::convert::inbound::{Inbound, Posted};
use crate::convert::outbound::Outgoing;
use crate::interaction::Interactions;
use crate::words;

/// The largest body, in bytes. Discord's own are some kilobytes.
const MAX_BODY: usize = 1 << 20;

/// Takes requests in.
pub(crate) struct Reception {
    key: PublicKey,
    clock: Arc<dyn WallClock>,
    read: Duration,
    room: Duration,
    inbound: Inbound,
    inbox: Inbox,
    caller: Arc<Caller>,
    seen: Seen,
    /// Shut by who waits for room, so that nobody overtakes it; open to all others at once.
    door: RwLock<()>,
}

/// What became of an interaction.
enum Taken {
    Yes,
    NoRoom,
    Stopping,
}

/// An interaction that core has not taken yet. If its request ends before it has, nobody will ever answer it, and it
/// must not be deferred.
struct Untaken<'a> {
    interactions: &'a Interactions,
    reply: Option<ReplyToken>,
}

/// Answers at this path alone, and POST alone.
pub(super) fn router(path: &str, reception: Arc<Reception>) -> Router {
    let answer =
        async |State(reception): State<Arc<Reception>>, request: Request| reception.receive(request).await;
    Router::new()
        .route(path, post(answer))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(reception)
}

impl Reception {
    pub(crate) fn new(config: &EndpointConfig, inbound: Inbound, inbox: Inbox, caller: Arc<Caller>) -> Self {
        Self {
            key: config.public_key,
            clock: Arc::clone(&config.clock),
            read: config.timing.read,
            room: config.timing.room,
            inbound,
            inbox,
            caller,
            seen: Seen::default(),
            door: RwLock::default(),
        }
    }

    async fn receive(&self, request: Request) -> Response {
        let headers = request.headers().clone();
        let body = match self.read(request).await {
            Ok(body) => body,
            Err(status) => return status.into_response(),
        };
        if let Err(why) = signature::check(&self.key, &headers, &body, self.clock.now()) {
            // Discord tries this on purpose, and so does everybody else.
            debug!(%why, "a request to the endpoint is not discord's");
            return StatusCode::UNAUTHORIZED.into_response();
        }
        let posted: Posted<'_> = match serde_json::from_slice(&body) {
            Ok(posted) => posted,
            Err(error) => {
                warn!(%error, "discord posted something that is no interaction");
                return StatusCode::BAD_REQUEST.into_response();
            }
        };
        if posted.is_ping() {
            return answer(&json!({ "type": 1 }));
        }
        let Some(id) = posted.id() else {
            warn!("discord posted an interaction whose id is no number");
            return StatusCode::BAD_REQUEST.into_response();
        };
        if !self.seen.is_new(id) {
            debug!(id, "an interaction was posted again");
            return StatusCode::ACCEPTED.into_response();
        }
        let event = self.inbound.posted(&posted, &body);
        self.hand_over(event, posted.is_autocomplete()).await
    }

    async fn read(&self, request: Request<Body>) -> Result<Bytes, StatusCode> {
        if request.body().size_hint().lower() > MAX_BODY as u64 {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        match timeout(self.read, Bytes::from_request(request, &())).await {
            Ok(Ok(body)) => Ok(body),
            Ok(Err(rejection)) => Err(rejection.status()),
            Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
        }
    }

    async fn hand_over(&self, event: Event, autocomplete: bool) -> Response {
        let interactions = &*self.inbound.interactions;
        let mut untaken = Untaken {
            interactions,
            reply: event.reply.clone(),
        };
        let words = match self.offer(event).await {
            Taken::Yes => {
                untaken.reply = None;
                return StatusCode::ACCEPTED.into_response();
            }
            Taken::NoRoom => words::BUSY,
            Taken::Stopping => words::STOPPING,
        };
        if autocomplete {
            return answer(&json!({ "type": 8, "data": { "choices": [] } }));
        }
        let Some(reply) = untaken.reply.take() else {
            return StatusCode::ACCEPTED.into_response();
        };
        if interactions.decline(&reply) {
            return answer(&json!({ "type": 4, "data": { "content": words, "flags": 64 } }));
        }
        // It was deferred meanwhile, so the answer has to come the same way.
        if let Some(interaction) = interactions.find(&reply) {
            let note = Outgoing::note(words);
            if let Err(error) = interactions
                .acknowledge(&interaction, Some(&note), &self.caller)
                .await
            {
                warn!(%error, "an interaction could not be turned away");
            }
        }
        StatusCode::ACCEPTED.into_response()
    }

    /// Offers an event until there is room, for a while. Those that find room are stored side by side; who waits for it
    /// shuts the door behind itself.
    async fn offer(&self, event: Event) -> Taken {
        let deadline = Instant::now() + self.room;
        let offered = {
            let Ok(_open) = timeout_at(deadline, self.door.read()).await else {
                return Taken::NoRoom;
            };
            self.inbox.offer(event).await
        };
        let mut event = match Taken::of(offered) {
            Ok(taken) => return taken,
            Err(refused) => refused,
        };
        let Ok(_turn) = timeout_at(deadline, self.door.write()).await else {
            return Taken::NoRoom;
        };
        loop {
            event = match Taken::of(self.inbox.offer(*event).await) {
                Ok(taken) => return taken,
                Err(refused) => refused,
            };
            if timeout_at(deadline, self.inbox.room()).await.is_err() {
                return Taken::NoRoom;
            }
        }
    }
}

impl Taken {
    /// What an admission means, or the event for which there was no room.
    fn of(admission: Admission) -> Result<Self, Box<Event>> {
        match admission {
            Admission::Accepted | Admission::Duplicate | Admission::Shed => Ok(Self::Yes),
            Admission::Stopping(_) => Ok(Self::Stopping),
            Admission::Busy(event) => Err(event),
        }
    }
}

impl Drop for Untaken<'_> {
    fn drop(&mut self) {
        if let Some(reply) = &self.reply {
            self.interactions.decline(reply);
        }
    }
}

fn answer(body: &Value) -> Response {
    let json = [(header::CONTENT_TYPE, "application/json")];
    (StatusCode::OK, json, body.to_string()).into_response()
}
