//! One network call: a prepared address, a body, and the envelope of the answer. Owns the HTTP clients, the token and
//! the bounds on connections.

mod connection;
mod envelope;
mod method;

use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use duologue_core::Secret;
use hyper::Uri;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Body, Client, Request, Response, Url, multipart};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::adapter::{TelegramConfig, Timing};
use crate::call::connection::Connections;
use crate::error::{CallError, CallErrorKind, TelegramError};

pub(crate) use self::connection::Fault;
pub(crate) use self::envelope::{Answer, Text};
pub(crate) use self::method::Method;

/// The largest answer that is read, in bytes: 100 updates of the largest kind stay far below.
const ANSWER_BYTES: usize = 32 << 20;

/// How many files travel at once, up and down together; others wait for their turn.
const FILES_AT_ONCE: usize = 8;

/// How long an unused connection is kept. Servers close theirs after a minute or more; being first avoids a request
/// on a connection that is just being closed.
const IDLE: Duration = Duration::from_secs(50);

/// What errors call the fetching of a file, which is no method.
pub(crate) const DOWNLOAD: &str = "download";

/// Everything that is needed to call the Bot API as one bot.
pub(crate) struct Calls {
    token: Secret,
    api_url: Url,
    /// The addresses of the known methods; they hold the token.
    methods: Vec<Address>,
    /// `None` where a proxy stands between: reqwest knows how to speak to one.
    connections: Option<Connections>,
    polling: Client,
    calling: Client,
    files: Client,
    call_slots: Semaphore,
    file_slots: Semaphore,
    timing: Timing,
}

/// Where a method is called.
struct Address {
    url: Url,
    /// The part behind the host.
    path: Uri,
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calls").finish_non_exhaustive()
    }
}

impl Calls {
    pub(crate) fn new(config: &TelegramConfig) -> Result<Self, TelegramError> {
        let timing = config.timing.clone();
        let api_url = parse_api_url(&config.api_url)?;
        let methods = Method::ALL
            .iter()
            .map(|method| Address::new(address(&api_url, &[], &config.token, &[method.name()])))
            .collect::<Result<_, _>>()?;
        let direct = is_loopback(&api_url) || !has_proxy();
        let origin = api_url
            .origin()
            .ascii_serialization()
            .parse()
            .ok()
            .filter(|_| direct);
        let build = |builder: reqwest::ClientBuilder| {
            let builder = builder
                .connect_timeout(timing.connect)
                .pool_idle_timeout(IDLE)
                .tcp_keepalive(Some(IDLE))
                .redirect(reqwest::redirect::Policy::none());
            // A proxy cannot reach this machine's own loopback.
            let builder = if is_loopback(&api_url) {
                builder.no_proxy()
            } else {
                builder
            };
            builder
                .build()
                .map_err(|error| TelegramError::Client(error.without_url()))
        };
        Ok(Self {
            token: config.token.clone(),
            methods,
            connections: origin.and_then(|origin| Connections::new(origin, timing.connect, timing.call)),
            polling: build(
                Client::builder()
                    .pool_max_idle_per_host(1)
                    .timeout(timing.poll + timing.call),
            )?,
            calling: build(
                Client::builder()
                    .pool_max_idle_per_host(config.connections)
                    .timeout(timing.call),
            )?,
            files: build(
                Client::builder()
                    .pool_max_idle_per_host(FILES_AT_ONCE)
                    .read_timeout(timing.stall),
            )?,
            call_slots: Semaphore::new(config.connections.max(1)),
            file_slots: Semaphore::new(FILES_AT_ONCE),
            timing,
            api_url,
        })
    }

    pub(crate) fn timing(&self) -> &Timing {
        &self.timing
    }

    /// What teloxide's `Bot` needs to call the same server.
    pub(crate) fn parts(&self) -> (&Secret, &Client, &Url) {
        (&self.token, &self.calling, &self.api_url)
    }

    /// Calls a method with a JSON body and reads what its result must have.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        body: &(impl Serialize + Sync),
    ) -> Result<T, CallError> {
        let body = serde_json::to_vec(body)
            .map_err(|error| CallError::new(method.name(), CallErrorKind::Request).with_source(error))?;
        let _slot = slot(&self.call_slots).await;
        let address = &self.methods[method as usize];
        let answer = self.post(method.name(), address, body).await?;
        answer.result(method.name(), self.token.expose())
    }

    async fn post(&self, method: &str, address: &Address, body: Vec<u8>) -> Result<Answer, CallError> {
        let Some(connections) = &self.connections else {
            let request = json_request(address.url.clone(), body);
            return self.exchange(&self.calling, method, request).await;
        };
        match connections.post(&address.path, body).await {
            Ok((status, body)) => Ok(Answer::new(status, body)),
            Err(fault) => Err(CallError::fault(method, fault)),
        }
    }

    /// Calls any method by its name, also one that this version does not know.
    pub(crate) async fn call_named(&self, method: &str, body: Vec<u8>) -> Result<Answer, CallError> {
        let _slot = slot(&self.call_slots).await;
        let address = Address::new(address(&self.api_url, &[], &self.token, &[method]))
            .map_err(|_| CallError::new(method, CallErrorKind::Request))?;
        self.post(method, &address, body).await
    }

    /// Waits for updates.
    pub(crate) async fn poll(&self, body: &(impl Serialize + Sync)) -> Result<Answer, CallError> {
        let name = Method::GetUpdates.name();
        let body = serde_json::to_vec(body)
            .map_err(|error| CallError::new(name, CallErrorKind::Request).with_source(error))?;
        let request = json_request(self.method(Method::GetUpdates).clone(), body);
        self.exchange(&self.polling, name, request).await
    }

    /// Calls a method with files.
    pub(crate) async fn upload<T: DeserializeOwned>(
        &self,
        method: Method,
        form: multipart::Form,
    ) -> Result<T, CallError> {
        let _slot = slot(&self.file_slots).await;
        let request = self
            .files
            .post(self.method(method).clone())
            .timeout(self.timing.upload)
            .multipart(form)
            .build()
            .map_err(|error| CallError::transport(method.name(), error))?;
        let answer = self.exchange(&self.files, method.name(), request).await?;
        answer.result(method.name(), self.token.expose())
    }

    /// Opens a file that the network holds, by the path that it gave.
    pub(crate) async fn download(&self, path: &str) -> Result<Response, CallError> {
        let segments: Vec<&str> = path.split('/').collect();
        let address = address(&self.api_url, &["file"], &self.token, &segments);
        // The bound is on opening files; how fast a stream is read is up to its reader.
        let _slot = slot(&self.file_slots).await;
        let response = self
            .files
            .get(address)
            .send()
            .await
            .map_err(|error| CallError::transport(DOWNLOAD, error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let answer = self.read(DOWNLOAD, response).await?;
        Err(answer.refusal(DOWNLOAD, self.token.expose()))
    }

    fn method(&self, method: Method) -> &Url {
        &self.methods[method as usize].url
    }

    async fn exchange(&self, client: &Client, method: &str, request: Request) -> Result<Answer, CallError> {
        let response = client
            .execute(request)
            .await
            .map_err(|error| CallError::transport(method, error))?;
        self.read(method, response).await
    }

    /// Reads an answer's body whole; one that came in one piece is not copied.
    async fn read(&self, method: &str, mut response: Response) -> Result<Answer, CallError> {
        let status = response.status();
        let cut = |error| CallError::transport(method, error);
        let first = response.chunk().await.map_err(cut)?.unwrap_or_default();
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(cut)? {
            if body.is_empty() {
                body.extend_from_slice(&first);
            }
            if body.len() + chunk.len() > ANSWER_BYTES {
                return Err(CallError::new(method, CallErrorKind::Unreadable));
            }
            body.extend_from_slice(&chunk);
        }
        let body = if body.is_empty() { first } else { body.freeze() };
        Ok(Answer::new(status, body))
    }

    /// The token, for taking it out of words that come from outside.
    pub(crate) fn token(&self) -> &str {
        self.token.expose()
    }
}

impl Address {
    fn new(url: Url) -> Result<Self, TelegramError> {
        let path = url
            .path()
            .parse()
            .map_err(|_| TelegramError::ApiUrl("its path cannot be read"))?;
        Ok(Self { url, path })
    }
}

async fn slot(slots: &Semaphore) -> SemaphorePermit<'_> {
    slots
        .acquire()
        .await
        .expect("the bounds on connections are never closed")
}

fn json_request(address: Url, body: Vec<u8>) -> Request {
    let mut request = Request::new(reqwest::Method::POST, address);
    request
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    *request.body_mut() = Some(Body::from(Bytes::from(body)));
    request
}

fn parse_api_url(text: &str) -> Result<Url, TelegramError> {
    let mut url = Url::parse(text.trim()).map_err(|_| TelegramError::ApiUrl("it cannot be read"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(TelegramError::ApiUrl(
            "it must begin with https:// or http:// and a host",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(TelegramError::ApiUrl("it must end before any ? or #"));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// `{api_url}/{before}/bot{token}/{behind}`.
fn address(api_url: &Url, before: &[&str], token: &Secret, behind: &[&str]) -> Url {
    let mut url = api_url.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(before);
        segments.push(&format!("bot{}", token.expose()));
        // It leaves out `.` and `..`: no path leads out of the bot's own.
        segments.extend(behind);
    }
    url
}

/// Whether the environment names a proxy, by one of the names that are in use for it.
fn has_proxy() -> bool {
    ["https_proxy", "http_proxy", "all_proxy"].iter().any(|name| {
        [name.to_string(), name.to_uppercase()]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
    })
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(api_url: &str, expected: &str) {
        let url = parse_api_url(api_url).unwrap();
        let token = Secret::new("1:a");
        assert_eq!(address(&url, &[], &token, &["getMe"]).as_str(), expected);
    }

    #[test]
    fn addresses_stand_behind_any_base() {
        check(
            "https://api.telegram.org",
            "https://api.telegram.org/bot1:a/getMe",
        );
        check(
            "https://api.telegram.org/",
            "https://api.telegram.org/bot1:a/getMe",
        );
        check(
            " http://127.0.0.1:8081/tg/ ",
            "http://127.0.0.1:8081/tg/bot1:a/getMe",
        );
        let url = parse_api_url("http://localhost/x").unwrap();
        assert_eq!(
            address(
                &url,
                &["file"],
                &Secret::new("1:a"),
                &["photos", "..", "file 1.jpg"]
            )
            .as_str(),
            "http://localhost/x/file/bot1:a/photos/file%201.jpg"
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "api.telegram.org",
            "ftp://host",
            "https://host/?a=1",
            "data:text",
        ] {
            assert!(parse_api_url(bad).is_err(), "{bad}");
        }
    }
}
