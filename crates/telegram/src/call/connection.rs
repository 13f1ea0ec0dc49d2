//! Connections of our own for the calls that every reply makes: HTTP/1.1 that is driven by the task that waits for the
//! answer, so that no other task has to wake. Owns the idle connections.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Request, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use tokio::time::{Instant, timeout};
use tower_service::Service;

use crate::call::{ANSWER_BYTES, IDLE};

type Error = Box<dyn std::error::Error + Send + Sync>;

/// The connections to one server. How many there are is bounded by who asks: one request at a time needs one.
pub(crate) struct Connections {
    connector: HttpsConnector<HttpConnector>,
    origin: Uri,
    host: HeaderValue,
    connect: Duration,
    call: Duration,
    /// The last used one stands last and is used first, so that those too many grow old.
    idle: Mutex<Vec<Connection>>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Nothing was written.
    NotReached(Error),
    /// The request may have been written.
    NoAnswer(Error),
    /// There is an answer, and it is larger than what is read.
    TooLarge,
}

struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: Driver,
    used: Instant,
}

/// Moves the bytes, and makes progress only while it is polled. It is dropped when it ends: whoever still waits for it
/// hears of that.
struct Driver(Option<Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>>);

/// Why an exchange ended early.
enum Broken {
    /// Before anything was written; here is the request.
    Before(Box<Request<Full<Bytes>>>),
    After(hyper::Error),
    TooLarge,
}

impl Connections {
    /// `origin` has a scheme and a host.
    pub(crate) fn new(origin: Uri, connect: Duration, call: Duration) -> Option<Self> {
        let host = HeaderValue::from_str(origin.authority()?.as_str()).ok()?;
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(IDLE));
        tcp.set_connect_timeout(Some(connect));
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(rustls::crypto::ring::default_provider())
            .ok()?
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        Some(Self {
            connector,
            origin,
            host,
            connect,
            call,
            idle: Mutex::default(),
        })
    }

    /// Posts JSON to a path and reads the answer whole.
    pub(crate) async fn post(&self, path: &Uri, body: Vec<u8>) -> Result<(StatusCode, Bytes), Fault> {
        match timeout(self.call, self.exchange(self.request(path, body))).await {
            Ok(result) => result,
            Err(late) => Err(Fault::NoAnswer(late.into())),
        }
    }

    fn request(&self, path: &Uri, body: Vec<u8>) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(Bytes::from(body)));
        *request.method_mut() = hyper::Method::POST;
        *request.uri_mut() = path.clone();
        let headers = request.headers_mut();
        headers.insert(HOST, self.host.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        request
    }

    async fn exchange(&self, mut request: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes), Fault> {
        // Idle ones may have been closed by the server. That shows before anything is written.
        while let Some(connection) = self.take() {
            match self.run(connection, request).await {
                Err(Broken::Before(back)) => request = *back,
                other => return other.map_err(Fault::from),
            }
        }
        let connection = timeout(self.connect, self.open())
            .await
            .map_err(|late| Fault::NotReached(late.into()))?
            .map_err(Fault::NotReached)?;
        self.run(connection, request).await.map_err(Fault::from)
    }

    async fn run(
        &self,
        mut connection: Connection,
        request: Request<Full<Bytes>>,
    ) -> Result<(StatusCode, Bytes), Broken> {
        let answer = connection.exchange(request).await?;
        if connection.driver.0.is_some() && !connection.sender.is_closed() {
            connection.used = Instant::now();
            self.lock().push(connection);
        }
        Ok(answer)
    }

    async fn open(&self) -> Result<Connection, Error> {
        let stream = self.connector.clone().call(self.origin.clone()).await?;
        let (sender, driver) = http1::handshake(stream).await?;
        Ok(Connection {
            sender,
            driver: Driver(Some(Box::pin(driver))),
            used: Instant::now(),
        })
    }

    fn take(&self) -> Option<Connection> {
        let mut idle = self.lock();
        let last = idle.pop()?;
        if last.used.elapsed() < IDLE {
            return Some(last);
        }
        // All others were used before it.
        idle.clear();
        None
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// Sends a request and reads the answer, moving the bytes meanwhile.
    async fn exchange(&mut self, request: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes), Broken> {
        let Self { sender, driver, .. } = self;
        let mut talk = pin!(talk(sender, request));
        poll_fn(|cx| {
            loop {
                let ended = driver.turn(cx);
                if let Poll::Ready(result) = talk.as_mut().poll(cx) {
                    return Poll::Ready(result);
                }
                // What was just asked for goes out at once. Where the driver has ended, the other side has heard of it
                // by now.
                if !ended && !driver.turn(cx) {
                    return Poll::Pending;
                }
            }
        })
        .await
    }
}

impl Driver {
    /// Makes progress; says whether it has just ended.
    fn turn(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(driver) = &mut self.0 else {
            return false;
        };
        let ended = driver.as_mut().poll(cx).is_ready();
        if ended {
            self.0 = None;
        }
        ended
    }
}

async fn talk(
    sender: &mut SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> Result<(StatusCode, Bytes), Broken> {
    if sender.ready().await.is_err() {
        return Err(Broken::Before(Box::new(request)));
    }
    let response =
        sender
            .try_send_request(request)
            .await
            .map_err(|mut error| match error.take_message() {
                Some(request) => Broken::Before(Box::new(request)),
                None => Broken::After(error.into_error()),
            })?;
    let status = response.status();
    Ok((status, read(response.into_body()).await?))
}

/// Reads a body whole; one that came in one piece is not copied.
async fn read(mut body: Incoming) -> Result<Bytes, Broken> {
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(Broken::After)?.into_data() else {
            continue;
        };
        if first.is_empty() {
            first = data;
            continue;
        }
        if whole.is_empty() {
            whole.extend_from_slice(&first);
        }
        if whole.len() + data.len() > ANSWER_BYTES {
            return Err(Broken::TooLarge);
        }
        whole.extend_from_slice(&data);
    }
    Ok(if whole.is_empty() { first } else { whole.freeze() })
}

impl From<Broken> for Fault {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Before(_) => Self::NotReached("the connection was closed before the request".into()),
            Broken::After(error) => Self::NoAnswer(error.into()),
            Broken::TooLarge => Self::TooLarge,
        }
    }
}
