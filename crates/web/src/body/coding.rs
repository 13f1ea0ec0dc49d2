//! Content codings: which one a body has, and its decoder with a bounded window. Owns the decoder's state.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use async_compression::tokio::bufread::{
    BrotliDecoder, DeflateDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder,
};
use async_compression::zstd::DParameter;
use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_ENCODING, HeaderMap};
use tokio::io::{AsyncRead, ReadBuf};

use super::wire::{Wire, WireFault};

/// What is asked for, as the `Accept-Encoding` header has it.
pub(crate) const ACCEPT_ENCODING: &str = "gzip, br, zstd, deflate";

/// The largest window of zstd, as a power of two: 8 MiB, the most that RFC 9659 lets the web use. The decoder's own
/// limit is 128 MiB.
const ZSTD_WINDOW_LOG: u32 = 23;

/// How much is decoded at once, in bytes.
const PIECE_BYTES: usize = 16 << 10;

/// How a body is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Plain,
    Gzip,
    /// zlib by the standard, bare deflate by some servers: the first byte tells.
    Deflate,
    Brotli,
    Zstd,
}

/// Why a coded body does not go on.
#[derive(Debug)]
pub(crate) enum CodingFault {
    Wire(WireFault),
    Garbled(io::Error),
}

/// A body that is being decoded.
pub(crate) enum Decoder {
    /// Nothing was looked at yet.
    Fresh(Coding, Option<Wire>),
    Plain(Wire),
    Gzip(Box<GzipDecoder<Wire>>),
    Zlib(Box<ZlibDecoder<Wire>>),
    Deflate(Box<DeflateDecoder<Wire>>),
    Brotli(Box<BrotliDecoder<Wire>>),
    Zstd(Box<ZstdDecoder<Wire>>),
}

/// The wire leaves a fresh decoder in one step, which puts another decoder there.
const FRESH: &str = "a fresh decoder has its wire";

impl Coding {
    /// The coding of a body by its header; `None` for one that was not asked for, or for more than one: a coding in
    /// a coding multiplies what little input becomes, and no honest server needs it.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut coding = Self::Plain;
        for value in headers.get_all(CONTENT_ENCODING) {
            for name in value.to_str().ok()?.split(',') {
                let next = match name.trim().to_ascii_lowercase().as_str() {
                    "" | "identity" => continue,
                    "gzip" | "x-gzip" => Self::Gzip,
                    "deflate" => Self::Deflate,
                    "br" => Self::Brotli,
                    "zstd" => Self::Zstd,
                    _ => return None,
                };
                if coding != Self::Plain {
                    return None;
                }
                coding = next;
            }
        }
        Some(coding)
    }
}

impl Decoder {
    pub(crate) fn new(coding: Coding, wire: Wire) -> Self {
        match coding {
            Coding::Plain => Self::Plain(wire),
            coding => Self::Fresh(coding, Some(wire)),
        }
    }

    /// How many bytes came in so far.
    pub(crate) fn received(&self) -> u64 {
        match self {
            Self::Fresh(_, wire) => wire.as_ref().expect(FRESH).received(),
            Self::Plain(wire) => wire.received(),
            Self::Gzip(decoder) => decoder.get_ref().received(),
            Self::Zlib(decoder) => decoder.get_ref().received(),
            Self::Deflate(decoder) => decoder.get_ref().received(),
            Self::Brotli(decoder) => decoder.get_ref().received(),
            Self::Zstd(decoder) => decoder.get_ref().received(),
        }
    }

    /// The next decoded bytes, none at the end.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, CodingFault>> {
        loop {
            match self {
                Self::Plain(wire) => return wire.poll_next(cx).map_err(CodingFault::Wire),
                Self::Gzip(decoder) => return poll_read(decoder.as_mut(), cx),
                Self::Zlib(decoder) => return poll_read(decoder.as_mut(), cx),
                Self::Deflate(decoder) => return poll_read(decoder.as_mut(), cx),
                Self::Brotli(decoder) => return poll_read(decoder.as_mut(), cx),
                Self::Zstd(decoder) => return poll_read(decoder.as_mut(), cx),
                Self::Fresh(coding, wire) => {
                    let coding = *coding;
                    let first = ready!(wire.as_mut().expect(FRESH).poll_peek(cx));
                    let first = first.map_err(CodingFault::Wire)?;
                    let wire = wire.take().expect(FRESH);
                    *self = start(coding, first, wire).map_err(CodingFault::Garbled)?;
                }
            }
        }
    }
}

/// The decoder for a body that begins with a byte. An empty body is empty in every coding.
fn start(coding: Coding, first: Option<u8>, wire: Wire) -> io::Result<Decoder> {
    let Some(first) = first else {
        return Ok(Decoder::Plain(wire));
    };
    Ok(match coding {
        Coding::Plain => Decoder::Plain(wire),
        Coding::Gzip => {
            let mut decoder = GzipDecoder::new(wire);
            decoder.multiple_members(true);
            Decoder::Gzip(Box::new(decoder))
        }
        // RFC 1950: the low half of the first byte is the method, 8. In bare deflate that is a stored block with
        // padding that is not zero, which nobody writes.
        Coding::Deflate if first & 0x0f == 8 => Decoder::Zlib(Box::new(ZlibDecoder::new(wire))),
        Coding::Deflate => Decoder::Deflate(Box::new(DeflateDecoder::new(wire))),
        // Not of RFC 7932: the mark of the large window extension, up to 1 GiB, which the decoder would take.
        Coding::Brotli if first & 0x7f == 0x11 => {
            return Err(io::Error::other("brotli with a window larger than 16 MiB"));
        }
        Coding::Brotli => Decoder::Brotli(Box::new(BrotliDecoder::new(wire))),
        Coding::Zstd => {
            let window = DParameter::window_log_max(ZSTD_WINDOW_LOG);
            let mut decoder = ZstdDecoder::with_params(wire, &[window]);
            decoder.multiple_members(true);
            Decoder::Zstd(Box::new(decoder))
        }
    })
}

fn poll_read(
    decoder: &mut (impl AsyncRead + Unpin),
    cx: &mut Context<'_>,
) -> Poll<Result<Bytes, CodingFault>> {
    let mut piece = BytesMut::zeroed(PIECE_BYTES);
    let mut into = ReadBuf::new(&mut piece);
    ready!(Pin::new(decoder).poll_read(cx, &mut into)).map_err(fault)?;
    let read = into.filled().len();
    if read < PIECE_BYTES / 2 {
        // A host can make every piece a byte, and a caller may keep them all.
        return Poll::Ready(Ok(Bytes::copy_from_slice(into.filled())));
    }
    piece.truncate(read);
    Poll::Ready(Ok(piece.freeze()))
}

/// An error that came through a decoder: the wire's own, or the decoder's.
fn fault(error: io::Error) -> CodingFault {
    match error.downcast::<WireFault>() {
        Ok(fault) => CodingFault::Wire(fault),
        Err(error) => CodingFault::Garbled(error),
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn coding(values: &[&'static str]) -> Option<Coding> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(CONTENT_ENCODING, HeaderValue::from_static(value));
        }
        Coding::of(&headers)
    }

    #[test]
    fn one_coding_is_understood_and_a_second_is_not() {
        let table: [(&[&str], Option<Coding>); 11] = [
            (&[], Some(Coding::Plain)),
            (&["identity"], Some(Coding::Plain)),
            (&["gzip"], Some(Coding::Gzip)),
            (&["X-GZIP"], Some(Coding::Gzip)),
            (&["identity, br"], Some(Coding::Brotli)),
            (&["zstd"], Some(Coding::Zstd)),
            (&["deflate"], Some(Coding::Deflate)),
            (&["gzip, gzip"], None),
            (&["gzip", "br"], None),
            (&["compress"], None),
            (&["aws-chunked"], None),
        ];
        for (values, expected) in table {
            assert_eq!(coding(values), expected, "{values:?}");
        }
    }
}
