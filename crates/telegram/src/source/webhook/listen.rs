//! HTTP/1.1 connections: all within the source's own task, so that none is left when it ends. Owns the connections and
//! the bound on them.

use std::future::pending;
use std::io;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How many connections there may be at once: more than twice of what Telegram makes at most, since a proxy keeps idle
/// ones. Others wait to be accepted.
const CONNECTIONS: usize = 256;

/// How long an idle connection is kept. Longer than the proxies do (nginx 60 s, Caddy 2 min), so that they close it and
/// no request meets a connection that is just being closed.
const KEPT: Duration = Duration::from_secs(180);

/// The largest head of a request, in bytes; Telegram's has some hundred.
const HEAD: usize = 16 << 10;

/// How long the requests that are being answered may take at a stop: they must not hold up the end of the program.
const DRAIN: Duration = Duration::from_secs(2);

/// The pause after a connection could not be accepted for want of something, such as file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(250);

/// Serves until stopped; then refuses what is new and answers what is there. `patience` is how long a first request's
/// head may take.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    patience: Duration,
    stop: &CancellationToken,
) {
    let mut open = FuturesUnordered::new();
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(()) = open.next() => {}
            stream = accept(&listener), if open.len() < CONNECTIONS => {
                open.push(connection(stream, router.clone(), patience, stop));
            }
        }
    }
    drop(listener);
    let drained = timeout(DRAIN, async { while open.next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::warn!(
            cut = open.len(),
            "requests to telegram's webhook did not end in time; their updates come again"
        );
    }
}

/// Cancel safe.
async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) if is_theirs(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "telegram's webhook cannot accept a connection");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whether the other side gave up before it was accepted.
fn is_theirs(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}

async fn connection(stream: TcpStream, router: Router, patience: Duration, stop: &CancellationToken) {
    // Answers are small and are waited for.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection to telegram's webhook is as good as gone");
    }
    let begun = CancellationToken::new();
    let service = TowerToHyperService::new(router);
    let service = service_fn(|request: Request<Incoming>| {
        begun.cancel();
        service.call(request)
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(KEPT)
            .max_buf_size(HEAD)
            .serve_connection(TokioIo::new(stream), service)
    );
    let silent = async {
        if timeout(patience, begun.cancelled()).await.is_ok() {
            pending::<()>().await;
        }
    };
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = silent => return,
        () = stop.cancelled() => {
            if !begun.is_cancelled() {
                // There is nobody yet to answer.
                return;
            }
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection to telegram's webhook broke");
    }
}
