//! One accepted connection, with a switch that cuts it. Owns the socket and the bytes it may still write.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// No cut is ordered: write as much as you like.
const WHOLE: i64 = i64::MAX;

/// The switch of one connection. Clones belong to the same connection.
#[derive(Clone, Debug)]
pub(crate) struct Conn {
    /// How many bytes may still be written before the connection is reset.
    budget: Arc<AtomicI64>,
}

impl Conn {
    fn new() -> Self {
        Self {
            budget: Arc::new(AtomicI64::new(WHOLE)),
        }
    }

    /// Resets the connection once this many more bytes are written; 0 cuts at the next write or at its end.
    pub(crate) fn cut_after(&self, bytes: usize) {
        self.budget
            .store(i64::try_from(bytes).unwrap_or(WHOLE - 1), Ordering::SeqCst);
    }

    fn is_cut(&self) -> bool {
        self.budget.load(Ordering::SeqCst) != WHOLE
    }

    /// How much of `wanted` may be written. `None`: nothing, ever again.
    fn grant(&self, wanted: usize) -> Option<usize> {
        let left = self.budget.load(Ordering::SeqCst);
        if left == WHOLE {
            return Some(wanted);
        }
        let granted = usize::try_from(left).unwrap_or(0).min(wanted);
        (granted > 0).then(|| {
            self.budget
                .fetch_sub(i64::try_from(granted).unwrap_or(0), Ordering::SeqCst);
            granted
        })
    }
}

/// The listener that hands out connections with a switch.
pub(crate) struct CutListener(pub(crate) TcpListener);

impl Listener for CutListener {
    type Io = CutStream;
    type Addr = Conn;

    async fn accept(&mut self) -> (CutStream, Conn) {
        let (stream, _) = Listener::accept(&mut self.0).await;
        // Small frames of the gateway must not wait for each other.
        let _ = stream.set_nodelay(true);
        let conn = Conn::new();
        (
            CutStream {
                stream,
                conn: conn.clone(),
            },
            conn,
        )
    }

    fn local_addr(&self) -> io::Result<Conn> {
        Ok(Conn::new())
    }
}

impl Connected<IncomingStream<'_, CutListener>> for Conn {
    fn connect_info(stream: IncomingStream<'_, CutListener>) -> Self {
        stream.remote_addr().clone()
    }
}

/// A TCP stream under its switch.
pub(crate) struct CutStream {
    stream: TcpStream,
    conn: Conn,
}

impl Drop for CutStream {
    fn drop(&mut self) {
        if self.conn.is_cut() {
            // A reset instead of an orderly end: what a broken network looks like to the client.
            let _ = self.stream.set_zero_linger();
        }
    }
}

fn reset() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "cut by the fault switch")
}

impl AsyncRead for CutStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for CutStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let Some(granted) = self.conn.grant(buf.len()) else {
            return Poll::Ready(Err(reset()));
        };
        Pin::new(&mut self.stream).poll_write(cx, &buf[..granted])
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.conn.is_cut() {
            return Poll::Ready(Err(reset()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Opens a listener at the address, or at any free port beside one that is taken.
pub(crate) async fn listen_near(addr: SocketAddr) -> Result<(CutListener, SocketAddr), crate::StartError> {
    match listen(addr).await {
        Err(crate::StartError::Listen { source, .. })
            if addr.port() != 0 && source.kind() == io::ErrorKind::AddrInUse =>
        {
            listen(SocketAddr::new(addr.ip(), 0)).await
        }
        other => other,
    }
}

/// Opens the listener, on loopback only.
pub(crate) async fn listen(addr: SocketAddr) -> Result<(CutListener, SocketAddr), crate::StartError> {
    if !addr.ip().is_loopback() {
        return Err(crate::StartError::NotLoopback(addr));
    }
    let error = |source| crate::StartError::Listen { addr, source };
    let listener = TcpListener::bind(addr).await.map_err(error)?;
    let local = listener.local_addr().map_err(error)?;
    Ok((CutListener(listener), local))
}
