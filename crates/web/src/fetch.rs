//! The fetcher: one GET through the guard, along its redirects, to the head of the answer. Owns the clients and the
//! places of the fetches in flight.

mod client;
mod fault;
mod slots;

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, LOCATION};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::address::{ADDRESS_BYTES, normal};
use crate::body::{self, Body, BodyLimits, Coding, Wire};
use crate::config::{FetchConfig, Limits, later};
use crate::error::{FetchError, FetchErrorKind, Part, SetupError, TimeOut};
use crate::guard::{Guard, Reach};
use crate::request::Request;
use crate::resolve::{Resolver, SystemResolver};
use crate::response::{Head, Response};

use self::client::Clients;
use self::slots::Slots;

pub(crate) use self::slots::Slot;

/// Fetches addresses that people give. Cheap to clone; the clones share their places and limits.
///
/// ```no_run
/// use duologue_web::{FetchConfig, Fetcher, Request};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let fetcher = Fetcher::new(FetchConfig::new("ExampleBot/1.0 (+https://bot.example/about)"))?;
/// let mut response = fetcher.get(Request::parse("example.com")?).await?.error_for_status()?;
/// while let Some(bytes) = response.chunk().await? {
///     println!("{} bytes from {}", bytes.len(), response.url());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Fetcher {
    inner: Arc<Inner>,
}

struct Inner {
    guard: Guard,
    limits: Limits,
    clients: Clients,
    slots: Arc<Slots>,
}

/// One fetch on its way.
struct Fetch<'a> {
    inner: &'a Inner,
    request: &'a Request,
    /// When it has to be done; until it has its first place, this includes its patience.
    deadline: Instant,
    /// How long it may take from its first place on.
    total: Duration,
}

impl Fetcher {
    /// A fetcher with the machine's own resolver.
    ///
    /// # Errors
    ///
    /// A configuration that cannot work.
    pub fn new(config: FetchConfig) -> Result<Self, SetupError> {
        Self::with_resolver(config, SystemResolver::default())
    }

    /// A fetcher with another resolver.
    ///
    /// # Errors
    ///
    /// A configuration that cannot work.
    pub fn with_resolver(config: FetchConfig, resolver: impl Resolver) -> Result<Self, SetupError> {
        config.check()?;
        let resolver: Arc<dyn Resolver> = Arc::new(resolver);
        let clients = Clients::new(&config.user_agent, config.limits.connect, &resolver)?;
        let slots = Slots::new(config.limits.at_once, config.limits.per_host);
        Ok(Self {
            inner: Arc::new(Inner {
                guard: Guard::new(config.policy),
                limits: config.limits,
                clients,
                slots: Arc::new(slots),
            }),
        })
    }

    /// Fetches an address, up to the head of its answer. Any status is an answer.
    ///
    /// Dropping the future ends the fetch.
    ///
    /// # Errors
    ///
    /// Why there is no answer; see [`FetchErrorKind`].
    pub async fn get(&self, request: Request) -> Result<Response, FetchError> {
        let inner = &*self.inner;
        let total = request.time(inner.limits.total);
        let fetch = Fetch {
            inner,
            request: &request,
            deadline: later(Instant::now(), total.saturating_add(request.waiting())),
            total,
        };
        fetch.run().await
    }

    /// The guard, to judge an address without fetching it.
    #[must_use]
    pub fn guard(&self) -> &Guard {
        &self.inner.guard
    }
}

impl Fetch<'_> {
    async fn run(mut self) -> Result<Response, FetchError> {
        let mut url = self.request.url().clone();
        let mut hops = Vec::new();
        let mut reach = self
            .inner
            .guard
            .check(&url)
            .map_err(|refusal| FetchError::new(Some(&url), FetchErrorKind::Refused(refusal)))?;
        loop {
            // The place at the last hop's host was given back: no fetch waits for a place while it holds one.
            let slot = self.place(&url).await?;
            if hops.is_empty() {
                self.deadline = self.deadline.min(later(Instant::now(), self.total));
            }
            let answer = self.ask(&url, reach).await?;
            let Some(next) = target(&answer, &url)? else {
                let head = Head::new(url, hops, answer.status(), answer.headers());
                return self.open(head, answer, slot);
            };
            let refused = |kind| FetchError::new(Some(&next), kind);
            if hops.len() >= self.inner.limits.redirects {
                return Err(refused(FetchErrorKind::TooManyRedirects(
                    self.inner.limits.redirects,
                )));
            }
            reach = self
                .inner
                .guard
                .check_redirect(&url, &next)
                .map_err(|refusal| refused(FetchErrorKind::Refused(refusal)))?;
            hops.push(std::mem::replace(&mut url, next));
        }
    }

    async fn place(&self, url: &Url) -> Result<Slot, FetchError> {
        let host = url.host_str().unwrap_or_default();
        timeout_at(self.deadline, self.inner.slots.take(host))
            .await
            .map_err(|_| FetchError::new(Some(url), FetchErrorKind::TimedOut(TimeOut::Place)))
    }

    /// One hop: connects, asks, and waits for the head of the answer.
    async fn ask(&self, url: &Url, reach: Reach) -> Result<reqwest::Response, FetchError> {
        let hop = later(Instant::now(), self.inner.limits.first_byte);
        let sent = self
            .inner
            .clients
            .get(url.clone(), reach)
            .header(ACCEPT, self.request.accepted())
            .header(ACCEPT_ENCODING, body::ACCEPT_ENCODING)
            .send();
        match timeout_at(hop.min(self.deadline), sent).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(fault::fetch_error(url, error)),
            Err(_) => {
                let passed = if hop < self.deadline {
                    TimeOut::FirstByte
                } else {
                    TimeOut::Total
                };
                Err(FetchError::new(Some(url), FetchErrorKind::TimedOut(passed)))
            }
        }
    }

    /// The answer with its body, unless what it declares is over a limit already.
    fn open(&self, head: Head, answer: reqwest::Response, slot: Slot) -> Result<Response, FetchError> {
        let limits = &self.inner.limits;
        let wire_bytes = self.request.bytes(limits.wire_bytes);
        let refused = |kind| Err(FetchError::new(Some(&head.url), kind));
        if head.length.is_some_and(|length| length > wire_bytes) {
            let (part, limit) = (Part::Wire, wire_bytes);
            return refused(FetchErrorKind::TooLarge { part, limit });
        }
        let Some(coding) = Coding::of(answer.headers()) else {
            return refused(FetchErrorKind::Coding);
        };
        let limits = BodyLimits {
            deadline: self.deadline,
            lowest_rate: limits.lowest_rate,
            grace: limits.grace,
            decoded_bytes: self.request.bytes(limits.decoded_bytes),
        };
        let body = Body::new(coding, Wire::new(answer, wire_bytes), limits);
        Ok(Response::new(head, body, slot))
    }
}

/// Where an answer redirects to; `None` for an answer that is none. The statuses that redirect a GET: RFC 9110, 15.4.
fn target(answer: &reqwest::Response, from: &Url) -> Result<Option<Url>, FetchError> {
    if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = answer.headers().get(LOCATION) else {
        return Ok(None);
    };
    let target = str::from_utf8(location.as_bytes())
        .ok()
        .and_then(|text| from.join(text).ok())
        .filter(|target| target.as_str().len() <= ADDRESS_BYTES);
    match target {
        Some(target) => Ok(Some(normal(target))),
        None => Err(FetchError::new(Some(from), FetchErrorKind::Redirect)),
    }
}
