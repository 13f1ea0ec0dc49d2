//! One request to the webhook, from its head to its status. Owns the bound on requests at once.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use duologue_core::{Admission, Inbox, Secret};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use crate::convert::{self, Envelope, Me};
use crate::source::webhook::health::Health;
use crate::webhook::Endpoint;

/// The largest body that is read, in bytes. An update of the largest kind has some ten thousand.
const BODY: usize = 1 << 20;

/// Where Telegram puts the secret ([`setWebhook`](https://core.telegram.org/bots/api#setwebhook)).
const SECRET: &str = "x-telegram-bot-api-secret-token";

/// After how many seconds an update may come again for which there is no room now. Telegram heeds up to 3,600
/// (`WebhookActor.cpp` of its server).
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");

/// What every request meets.
pub(super) struct Reception {
    inbox: Inbox,
    pub(super) me: Me,
    secret: Secret,
    /// As many as Telegram was told to make at once. Strangers get none.
    requests: Semaphore,
    /// How long a body may take.
    patience: Duration,
    pub(super) health: Health,
}

/// How a request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Its update was taken, or need not come again.
    Done,
    /// It does not come from Telegram.
    Stranger,
    /// There is no room for its update now.
    Busy,
    TooLarge,
    TooSlow,
    /// Its body ended early.
    Cut,
}

/// Serves the path, and nothing else.
pub(super) fn router(reception: Arc<Reception>, path: &str) -> Router {
    Router::new()
        .route(path, post(receive))
        .layer(map_response(part))
        .with_state(reception)
}

async fn receive(State(reception): State<Arc<Reception>>, request: Request) -> Response {
    reception.answer(request).await.into_response()
}

/// Only who has shown the secret keeps the connection: strangers cannot hold many.
async fn part(mut response: Response) -> Response {
    let known = matches!(
        response.status(),
        StatusCode::OK | StatusCode::SERVICE_UNAVAILABLE
    );
    if !known {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    response
}

impl Reception {
    pub(super) fn new(inbox: Inbox, me: Me, endpoint: &Endpoint, patience: Duration) -> Self {
        Self {
            inbox,
            me,
            secret: endpoint.secret.clone(),
            requests: Semaphore::new(usize::from(endpoint.max_connections)),
            patience,
            health: Health::default(),
        }
    }

    async fn answer(&self, request: Request) -> Outcome {
        let received = Instant::now();
        if !self.knows(request.headers()) {
            self.health.refuse();
            tracing::debug!("a request to telegram's webhook did not have its secret");
            return Outcome::Stranger;
        }
        self.health.reach();
        let Ok(_place) = self.requests.try_acquire() else {
            return Outcome::Busy;
        };
        match self.read(request).await {
            Ok(body) => self.take(&body, received).await,
            Err(outcome) => {
                tracing::warn!(
                    ?outcome,
                    "an update could not be read from its request; telegram brings it again"
                );
                outcome
            }
        }
    }

    /// Compares in a time that tells nothing but whether the lengths are equal.
    fn knows(&self, headers: &HeaderMap) -> bool {
        let shown = headers.get(SECRET).map_or(&b""[..], HeaderValue::as_bytes);
        shown.ct_eq(self.secret.expose().as_bytes()).into()
    }

    async fn read(&self, request: Request) -> Result<Bytes, Outcome> {
        let body = request.into_body();
        // What says so itself is not waited for.
        if body.size_hint().lower() > BODY as u64 {
            return Err(Outcome::TooLarge);
        }
        let body = Limited::new(body, BODY);
        match timeout(self.patience, body.collect()).await {
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Outcome::TooLarge),
            Ok(Err(_)) => Err(Outcome::Cut),
            Err(_) => Err(Outcome::TooSlow),
        }
    }

    /// Waits for the store alone, where there is one: what is answered with 200 has been stored. Telegram begins the next
    /// update of a chat only then. If the request ends meanwhile it comes again, and is recognized.
    async fn take(&self, body: &Bytes, received: Instant) -> Outcome {
        let known = serde_json::from_slice::<Envelope<'_>>(body)
            .ok()
            .and_then(|update| convert::event(update, body, received, &self.me));
        let Some(known) = known else {
            // It would come for 24 hours and hold up all that is behind it.
            tracing::error!(
                bytes = body.len(),
                "telegram sent what is no update; it is passed over"
            );
            return Outcome::Done;
        };
        match self.inbox.offer(known.event).await {
            Admission::Accepted | Admission::Shed | Admission::Duplicate => Outcome::Done,
            Admission::Busy(_) | Admission::Stopping(_) => Outcome::Busy,
        }
    }
}

impl IntoResponse for Outcome {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Done => StatusCode::OK,
            Self::Stranger => StatusCode::UNAUTHORIZED,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Cut => StatusCode::BAD_REQUEST,
        };
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status;
        if self == Self::Busy {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        response
    }
}
