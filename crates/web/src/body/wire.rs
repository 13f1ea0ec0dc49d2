//! The bytes of a body as they come in, counted against their limit. Owns the connection: dropping it ends it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use futures_util::Stream;
use tokio::io::AsyncBufRead;

type Pieces = Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>;

/// What is left of a body.
pub(crate) struct Wire {
    pieces: Pieces,
    /// What came in and was not taken yet.
    piece: Bytes,
    received: u64,
    limit: u64,
}

/// Why no more bytes come, inside of an [`io::Error`] where a decoder stands between.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WireFault {
    #[error("more than {0} bytes came in")]
    TooLarge(u64),
    #[error("the connection broke")]
    Broken(#[source] reqwest::Error),
}

impl Wire {
    pub(crate) fn new(response: reqwest::Response, limit: u64) -> Self {
        Self {
            pieces: Box::pin(response.bytes_stream()),
            piece: Bytes::new(),
            received: 0,
            limit,
        }
    }

    /// How many bytes came in so far.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// The next bytes, none at the end.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, WireFault>> {
        ready!(self.poll_piece(cx))?;
        Poll::Ready(Ok(std::mem::take(&mut self.piece)))
    }

    /// The first byte of what comes next, not taken; `None` at the end.
    pub(crate) fn poll_peek(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<u8>, WireFault>> {
        ready!(self.poll_piece(cx))?;
        Poll::Ready(Ok(self.piece.first().copied()))
    }

    /// Has a piece that is not empty, except at the end.
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), WireFault>> {
        while self.piece.is_empty() {
            match ready!(self.pieces.as_mut().poll_next(cx)) {
                None => break,
                Some(Err(error)) => return Poll::Ready(Err(WireFault::Broken(error.without_url()))),
                Some(Ok(piece)) => {
                    self.received += piece.len() as u64;
                    if self.received > self.limit {
                        return Poll::Ready(Err(WireFault::TooLarge(self.limit)));
                    }
                    self.piece = piece;
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncBufRead for Wire {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let wire = self.get_mut();
        ready!(wire.poll_piece(cx)).map_err(io::Error::other)?;
        Poll::Ready(Ok(&wire.piece))
    }

    fn consume(self: Pin<&mut Self>, taken: usize) {
        self.get_mut().piece.advance(taken);
    }
}

impl tokio::io::AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut tokio::io::ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let piece = ready!(self.as_mut().poll_fill_buf(cx))?;
        let taken = piece.len().min(into.remaining());
        into.put_slice(&piece[..taken]);
        self.consume(taken);
        Poll::Ready(Ok(()))
    }
}
