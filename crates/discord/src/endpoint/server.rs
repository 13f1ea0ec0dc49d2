//! The endpoint's connections: a bound socket, a bounded number of them, and a time limit for each. Owns the socket.
//!
//! Each connection carries one request. Between a proxy and this process that costs little, and no request is lost
//! because it was written to a connection that was just being closed as idle: a POST is not tried again.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::config::{EndpointConfig, EndpointError, EndpointTiming, Listen};
use super::reception::{Reception, router};

/// Connections at once, so requests at once. What is over it waits in the system's queue. With the largest bodies
/// 128 MiB.
const MAX_CONNECTIONS: usize = 128;

/// For one connection from start to end, whatever it does.
const CONNECTION: Duration = Duration::from_secs(10);

/// Before the next try when the system gives no more connections.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// The endpoint with its socket.
pub(crate) struct Server {
    listener: TcpListener,
    path: String,
    timing: EndpointTiming,
}

impl Server {
    /// Takes the socket. Requests wait in it until [`serve`](Self::serve) runs.
    pub(crate) async fn bind(config: &EndpointConfig) -> Result<Self, EndpointError> {
        let listener = match &config.listen {
            Listen::Address(address) => listen(*address).await?,
            Listen::Socket(socket) => adopt(socket).map_err(EndpointError::Socket)?,
        };
        Ok(Self {
            listener,
            path: config.path.clone(),
            timing: config.timing,
        })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// Serves until `stop`, and then what is under way, within its time.
    pub(crate) async fn serve(self, reception: Arc<Reception>, stop: &CancellationToken) {
        let Self {
            listener,
            path,
            timing,
        } = self;
        let router = router(&path, reception);
        let mut connections = FuturesUnordered::new();
        loop {
            tokio::select! {
                stream = accept(&listener), if connections.len() < MAX_CONNECTIONS => {
                    connections.push(serve(stream, router.clone(), timing));
                }
                Some(()) = connections.next(), if !connections.is_empty() => {}
                () = stop.cancelled() => break,
            }
        }
        drop(listener);
        let rest = async { while connections.next().await.is_some() {} };
        if timeout(timing.drain, rest).await.is_err() {
            warn!("some of discord's requests could not be answered before the end");
        }
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, EndpointError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => EndpointError::Taken(address),
            _ => EndpointError::Listen { address, source },
        })
}

/// A copy of the socket, so that a source that runs again finds it.
fn adopt(socket: &StdListener) -> io::Result<TcpListener> {
    let socket = socket.try_clone()?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket)
}

/// The next connection. Cancel-safe.
async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            // The other side's doing.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                warn!(%error, "the system gives no more connections");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, router: Router, timing: EndpointTiming) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(timing.read)
        .keep_alive(false);
    let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    match timeout(CONNECTION, connection).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => debug!(%error, "a connection to the endpoint broke"),
        Err(_) => debug!("a connection to the endpoint was cut: it took too long"),
    }
}
