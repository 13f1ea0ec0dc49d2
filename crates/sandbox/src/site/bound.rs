//! Connections to the site, within bounds: so many at once, and each for so long. Owns the room that is left.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::bounds::{SITE_CONNECTION, SITE_CONNECTIONS};
use crate::conn::{Conn, CutListener, CutStream};

/// The listener that accepts a connection when there is room for it; until then it waits in the system's queue.
pub(super) struct SiteListener {
    inner: CutListener,
    room: Arc<Semaphore>,
    stop: CancellationToken,
}

impl SiteListener {
    pub(super) fn new(inner: CutListener, stop: CancellationToken) -> Self {
        Self {
            inner,
            room: Arc::new(Semaphore::new(SITE_CONNECTIONS)),
            stop,
        }
    }
}

impl Listener for SiteListener {
    type Io = SiteStream;
    type Addr = Conn;

    async fn accept(&mut self) -> (SiteStream, Conn) {
        // Nobody closes the semaphore; without a permit the connection would merely not be counted.
        let permit = Arc::clone(&self.room).acquire_owned().await.ok();
        let (stream, conn) = self.inner.accept().await;
        let stop = self.stop.clone();
        let end = async move {
            tokio::select! {
                () = tokio::time::sleep(SITE_CONNECTION) => {}
                () = stop.cancelled() => {}
            }
        };
        (
            SiteStream {
                stream,
                end: Box::pin(end),
                _permit: permit,
            },
            conn,
        )
    }

    fn local_addr(&self) -> io::Result<Conn> {
        self.inner.local_addr()
    }
}

impl Connected<IncomingStream<'_, SiteListener>> for Conn {
    fn connect_info(stream: IncomingStream<'_, SiteListener>) -> Self {
        stream.remote_addr().clone()
    }
}

/// A connection that ends when its time is over or the sandbox stops, whatever is still to be sent.
pub(super) struct SiteStream {
    stream: CutStream,
    end: Pin<Box<dyn Future<Output = ()> + Send>>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl SiteStream {
    fn check(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        match self.end.as_mut().poll(cx) {
            Poll::Pending => Ok(()),
            Poll::Ready(()) => {
                // It will not be asked again for anything but this.
                self.end = Box::pin(std::future::ready(()));
                Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "the connection's time is over",
                ))
            }
        }
    }
}

impl AsyncRead for SiteStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for SiteStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
