//! One call to Discord's REST API: limits, request, envelope. Owns the HTTP client and the book of limits.
//! It neither retries nor waits for a limit: core's outbox does, in one place.

pub(crate) mod limits;
pub(crate) mod route;

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use duologue_core::Secret;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use self::limits::{Admit, Book, Told, TooMany};
use self::route::{Kind, Route};
use crate::error::{CallError, CallErrorKind};
use crate::gateway::{Locate, LocateError, Located, StartLimit};

/// Calls in flight at once, apart from first answers to interactions. Each takes one connection.
pub(crate) const MAX_IN_FLIGHT: usize = 32;

/// First answers to interactions in flight at once: they have a deadline and do not stand behind uploads.
const MAX_CALLBACKS_IN_FLIGHT: usize = 32;

/// Idle connections that are kept.
const MAX_IDLE: usize = MAX_IN_FLIGHT;

/// After how long an idle connection is closed: sooner than the other side does it.
const IDLE_TIMEOUT: Duration = Duration::from_secs(45);

/// The largest answer that is read, in bytes.
const MAX_ANSWER: usize = 8 << 20;

/// For a call without files, from start to end.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);

/// For the first answer to an interaction: later than this it is no use.
const CALLBACK_TIMEOUT: Duration = Duration::from_secs(4);

/// For a call with files.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(120);

/// For TCP and TLS.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a 429 without a time makes us wait.
const UNTOLD_WAIT: Duration = Duration::from_secs(1);

/// Discord asks for this form and refuses others (error 40333).
pub(crate) const USER_AGENT: &str = concat!(
    "DiscordBot (https://github.com/duologue/duologue, ",
    env!("CARGO_PKG_VERSION"),
    ")"
);

/// What a call carries.
pub(crate) enum Body {
    /// Nothing.
    Empty,
    /// JSON, already written.
    Json(Vec<u8>),
    /// JSON and files.
    Files(reqwest::multipart::Form),
}

/// Makes calls. One for each bot.
pub(crate) struct Caller {
    client: Client,
    /// What stands before a route's path, such as `https://discord.com/api/v10`.
    base: String,
    book: Mutex<Book>,
    slots: Semaphore,
    callback_slots: Semaphore,
}

/// Why locking cannot fail here.
const NO_PANIC_INSIDE: &str = "nothing panics while the book is locked";

impl Caller {
    /// A caller for `api_url`, which stands before `/api/v10`.
    pub(crate) fn new(api_url: &str, token: &Secret) -> Result<Self, CallError> {
        let bad = |why: &str| CallError::new("set up", CallErrorKind::BadRequest(why.to_owned()));
        let mut authorization = HeaderValue::from_str(&format!("Bot {}", token.expose()))
            .map_err(|_| bad("the token has characters that no token has"))?;
        authorization.set_sensitive(true);
        let client = Client::builder()
            .default_headers(HeaderMap::from_iter([(AUTHORIZATION, authorization)]))
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_max_idle_per_host(MAX_IDLE)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .build()
            .map_err(|error| CallError::transport("set up", error))?;
        Ok(Self {
            client,
            base: format!("{}/api/v10", api_url.trim_end_matches('/')),
            book: Mutex::default(),
            slots: Semaphore::new(MAX_IN_FLIGHT),
            callback_slots: Semaphore::new(MAX_CALLBACKS_IN_FLIGHT),
        })
    }

    /// The HTTP client, with the token in its headers. For calls to Discord's API alone.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Makes a call and gives the body of its success.
    pub(crate) async fn call(&self, route: &Route, body: Body) -> Result<Bytes, CallError> {
        let name = route.kind.name();
        let slots = if route.kind == Kind::Callback {
            &self.callback_slots
        } else {
            &self.slots
        };
        let _slot = slots.acquire().await.expect("the semaphore is never closed");
        let limited = |after, all| Err(CallError::new(name, CallErrorKind::RateLimited { after, all }));
        match self.book().admit(route, Instant::now()) {
            Admit::Go => {}
            Admit::WaitBucket(after) => return limited(after, false),
            Admit::WaitAll(after) => return limited(after, true),
        }
        let request = self
            .client
            .request(route.method.clone(), format!("{}{}", self.base, route.path));
        let short = if route.kind == Kind::Callback {
            CALLBACK_TIMEOUT
        } else {
            CALL_TIMEOUT
        };
        let request = match body {
            Body::Empty => request.timeout(short),
            Body::Json(json) => request.timeout(short).header(CONTENT_TYPE, JSON).body(json),
            Body::Files(form) => request.timeout(UPLOAD_TIMEOUT).multipart(form),
        };
        let response = request
            .send()
            .await
            .map_err(|error| CallError::transport(name, error))?;
        let status = response.status().as_u16();
        let told = told(response.headers());
        let shared = header(response.headers(), "x-ratelimit-scope") == Some("shared");
        let wait = header(response.headers(), "retry-after").and_then(seconds);
        self.book().learn(route, told, Instant::now());
        let answer = read(response, MAX_ANSWER)
            .await
            .map_err(|error| CallError::transport(name, error));
        match status {
            200..300 => answer?.ok_or_else(|| CallError::new(name, CallErrorKind::BadAnswer)),
            429 => {
                let body = answer.ok().flatten().unwrap_or_default();
                let too_many = too_many(&body, wait);
                let mut book = self.book();
                book.too_many(route, too_many, Instant::now());
                if !shared {
                    book.invalid(Instant::now());
                }
                limited(too_many.after, too_many.global)
            }
            _ => {
                if matches!(status, 401 | 403) {
                    self.book().invalid(Instant::now());
                }
                Err(CallError::answer(
                    name,
                    status,
                    &answer.ok().flatten().unwrap_or_default(),
                ))
            }
        }
    }

    /// Makes a call and reads its success.
    pub(crate) async fn get<T: DeserializeOwned>(&self, route: &Route) -> Result<T, CallError> {
        let body = self.call(route, Body::Empty).await?;
        parse(route.kind.name(), &body)
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().expect(NO_PANIC_INSIDE)
    }
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Reads what a call answered.
pub(crate) fn parse<'a, T: Deserialize<'a>>(call: &'static str, body: &'a [u8]) -> Result<T, CallError> {
    serde_json::from_slice(body).map_err(|error| CallError {
        call,
        kind: CallErrorKind::BadAnswer,
        source: Some(Box::new(error)),
    })
}

/// The whole body, or nothing if it is larger than `most`.
async fn read(mut response: Response, most: usize) -> Result<Option<Bytes>, reqwest::Error> {
    let Some(first) = response.chunk().await? else {
        return Ok(Some(Bytes::new()));
    };
    let mut whole = Vec::new();
    let Some(second) = response.chunk().await? else {
        return Ok((first.len() <= most).then_some(first));
    };
    whole.extend_from_slice(&first);
    whole.extend_from_slice(&second);
    while let Some(chunk) = response.chunk().await? {
        if whole.len() + chunk.len() > most {
            return Ok(None);
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(Some(whole.into()))
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.parse().ok()?).ok()
}

fn told(headers: &HeaderMap) -> Told {
    let Some(bucket) = header(headers, "x-ratelimit-bucket") else {
        return Told::default();
    };
    Told {
        bucket: Some(bucket.into()),
        limit: header(headers, "x-ratelimit-limit").and_then(|text| text.parse().ok()),
        remaining: header(headers, "x-ratelimit-remaining").and_then(|text| text.parse().ok()),
        reset_after: header(headers, "x-ratelimit-reset-after").and_then(seconds),
    }
}

fn too_many(body: &[u8], header: Option<Duration>) -> TooMany {
    #[derive(Default, Deserialize)]
    struct TooManyBody {
        retry_after: Option<f64>,
        #[serde(default)]
        global: bool,
    }
    let body: TooManyBody = serde_json::from_slice(body).unwrap_or_default();
    let after = body
        .retry_after
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    TooMany {
        after: after.or(header).unwrap_or(UNTOLD_WAIT),
        global: body.global,
    }
}

impl Locate for Caller {
    fn locate(&self) -> BoxFuture<'_, Result<Located, LocateError>> {
        async move {
            let mut answer = self.get::<GatewayAnswer>(&Route::gateway_bot()).await;
            if answer.as_ref().is_err_and(|error| error.status() == Some(404)) {
                answer = self.get(&Route::gateway()).await;
            }
            let answer = answer.map_err(|error| match error.status() {
                Some(401) => LocateError::Unauthorized,
                _ => LocateError::Failed(Box::new(error)),
            })?;
            let limit = answer.session_start_limit.map(|limit| StartLimit {
                total: limit.total,
                remaining: limit.remaining,
                reset_after: Duration::from_millis(limit.reset_after),
            });
            Ok(Located {
                url: answer.url,
                limit,
            })
        }
        .boxed()
    }
}

#[derive(Deserialize)]
struct GatewayAnswer {
    url: String,
    session_start_limit: Option<LimitAnswer>,
}

#[derive(Deserialize)]
struct LimitAnswer {
    total: u64,
    remaining: u64,
    /// Milliseconds.
    reset_after: u64,
}
