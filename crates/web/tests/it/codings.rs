//! Content codings: whole, cut, damaged, nested, and as bombs. What a bomb can hold in memory is counted, as the sum
//! of all that came out.

use std::time::Duration;

use async_compression::tokio::write::{BrotliEncoder, DeflateEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
use duologue_web::{FetchErrorKind, Limits, Part, Request};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::site::{Site, endless, ok, send};
use crate::world::{body, fetcher_of, get};

/// The limit that bombs meet, in bytes.
const LIMIT: u64 = 1 << 20;

/// How much a decoder hands out at once at most, in bytes.
const PIECE: u64 = 16 << 10;

macro_rules! encoded {
    ($encoder:ident, $bytes:expr) => {{
        let mut encoder = $encoder::new(Vec::new());
        write($bytes, &mut encoder).await;
        encoder.into_inner()
    }};
}

async fn write(bytes: &[u8], encoder: &mut (impl AsyncWrite + Unpin)) {
    encoder.write_all(bytes).await.expect("a vector takes everything");
    encoder.shutdown().await.expect("a vector takes everything");
}

/// The same bytes in each coding, with the header for it.
async fn all(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("gzip", encoded!(GzipEncoder, bytes)),
        ("deflate", encoded!(ZlibEncoder, bytes)),
        ("Deflate", encoded!(DeflateEncoder, bytes)),
        ("br", encoded!(BrotliEncoder, bytes)),
        ("zstd", encoded!(ZstdEncoder, bytes)),
    ]
}

fn coded(coding: &str, body: &[u8]) -> Vec<u8> {
    ok(&format!("Content-Encoding: {coding}\r\n"), body)
}

#[tokio::test]
async fn every_coding_is_decoded() {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, Limits::default());
    let text = "what goes around comes around, ".repeat(5000);
    for (coding, bytes) in all(text.as_bytes()).await {
        let outcome = site
            .answer(&coded(coding, &bytes), body(&fetcher, site.url("/")))
            .await;
        assert!(outcome.as_deref() == Ok(text.as_bytes()), "{coding}");
    }
}

#[tokio::test]
async fn an_empty_body_is_empty_in_every_coding() {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, Limits::default());
    for (coding, bytes) in all(b"").await {
        for bytes in [bytes, Vec::new()] {
            let outcome = site
                .answer(&coded(coding, &bytes), body(&fetcher, site.url("/")))
                .await;
            assert_eq!(outcome.as_deref(), Ok(&b""[..]), "{coding}");
        }
    }
}

#[tokio::test]
async fn a_small_piece_takes_little_memory_and_what_came_in_is_counted() {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, Limits::default());
    for (coding, bytes) in all(b"hello").await {
        let client = async {
            let mut response = get(&fetcher, site.url("/")).await.unwrap();
            assert_eq!(response.received(), 0);
            let piece = response.chunk().await.unwrap().unwrap();
            assert_eq!(piece, "hello", "{coding}");
            let held = piece.try_into_mut().unwrap().capacity() as u64;
            assert!(held < PIECE / 8, "{held} bytes for 5 of {coding}");
            assert!(response.chunk().await.unwrap().is_none());
            assert_eq!(response.received(), bytes.len() as u64, "{coding}");
        };
        site.answer(&coded(coding, &bytes), client).await;
    }
}

#[tokio::test]
async fn gzip_in_several_members_is_one_body() {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, Limits::default());
    let bytes = [encoded!(GzipEncoder, b"hello, "), encoded!(GzipEncoder, b"world")].concat();
    let outcome = site
        .answer(&coded("gzip", &bytes), body(&fetcher, site.url("/")))
        .await;
    assert_eq!(outcome.as_deref(), Ok(&b"hello, world"[..]));
}

#[tokio::test]
async fn a_coded_body_that_was_cut_before_it_was_sent_is_an_error_at_every_byte() {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, Limits::default());
    for (coding, bytes) in all(b"hello, hello, hello").await {
        for end in 1..bytes.len() {
            let answer = coded(coding, &bytes[..end]);
            let outcome = site.answer(&answer, body(&fetcher, site.url("/"))).await;
            assert_eq!(
                outcome,
                Err(FetchErrorKind::Garbled),
                "{coding} after {end} bytes"
            );
        }
    }
}

#[tokio::test]
async fn a_connection_that_breaks_under_a_decoder_is_a_broken_connection() {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, Limits::default());
    for (coding, bytes) in all(b"hello, hello, hello").await {
        let answer = coded(coding, &bytes);
        let outcome = site
            .answer(&answer[..answer.len() - 1], body(&fetcher, site.url("/")))
            .await;
        assert_eq!(outcome, Err(FetchErrorKind::Broken), "{coding}");
    }
}

#[tokio::test]
async fn what_is_not_in_its_coding_is_garbled() {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, Limits::default());
    for coding in ["gzip", "deflate", "br", "zstd"] {
        let answer = coded(coding, b"<html>not compressed at all</html>");
        let outcome = site.answer(&answer, body(&fetcher, site.url("/"))).await;
        assert_eq!(outcome, Err(FetchErrorKind::Garbled), "{coding}");
    }
}

#[tokio::test]
async fn codings_that_were_not_asked_for_and_nested_ones_are_refused() {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, Limits::default());
    let nested = encoded!(GzipEncoder, &encoded!(GzipEncoder, b"hello"));
    for coding in [
        "gzip, gzip",
        "br, gzip",
        "gzip\r\nContent-Encoding: gzip",
        "compress",
        "bzip2",
    ] {
        let outcome = site
            .answer(&coded(coding, &nested), body(&fetcher, site.url("/")))
            .await;
        assert_eq!(outcome, Err(FetchErrorKind::Coding), "{coding}");
    }
    // Said once, it is undone once.
    let outcome = site
        .answer(&coded("gzip", &nested), body(&fetcher, site.url("/")))
        .await;
    assert!(outcome.unwrap().starts_with(&[0x1f, 0x8b]));
}

/// A host that sends a beginning and then a piece for ever, and what a client sees of it: the bytes that came out,
/// the largest piece, and the error.
async fn bomb(coding: &str, beginning: &[u8], piece: &[u8]) -> (u64, u64, FetchErrorKind) {
    let site = Site::open().await;
    let fetcher = fetcher_of(
        &site,
        Limits {
            decoded_bytes: LIMIT,
            ..Limits::default()
        },
    );
    let play = async |_, stream: &mut TcpStream| {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\n\r\n");
        send(stream, head.as_bytes()).await;
        send(stream, beginning).await;
        endless(stream, piece).await;
    };
    let client = async {
        let mut response = get(&fetcher, site.url("/")).await.expect("a head");
        let (mut sum, mut largest) = (0, 0);
        loop {
            match response.chunk().await {
                Ok(chunk) => {
                    let length = chunk.expect("a bomb does not end").len() as u64;
                    sum += length;
                    largest = length.max(largest);
                }
                Err(error) => return (sum, largest, error.kind),
            }
        }
    };
    site.serve(play, client).await
}

fn is_defused((sum, largest, kind): (u64, u64, FetchErrorKind)) {
    assert_eq!(
        kind,
        FetchErrorKind::TooLarge {
            part: Part::Decoded,
            limit: LIMIT
        }
    );
    assert!(sum <= LIMIT && largest <= PIECE, "{sum} bytes, {largest} at once");
}

/// A stream of some coding, flushed: its bytes so far can be followed by more of the same.
macro_rules! flushed {
    ($encoder:ident, $bytes:expr) => {{
        let mut encoder = $encoder::new(Vec::new());
        encoder.write_all($bytes).await.unwrap();
        encoder.flush().await.unwrap();
        encoder.into_inner()
    }};
}

#[tokio::test]
async fn a_bomb_of_deflate_ends_at_the_limit() {
    // A flushed block of zeros stands for itself: a thousand bytes for each that was sent, as long as one likes.
    let block = flushed!(DeflateEncoder, &[0; 1 << 20]);
    assert!(block.len() < 2000);
    const GZIP: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    is_defused(bomb("gzip", &GZIP, &block).await);
    is_defused(bomb("deflate", &[0x78, 0x9c], &block).await);
    is_defused(bomb("deflate", &block, &block).await);
}

#[tokio::test]
async fn a_bomb_of_zstd_ends_at_the_limit() {
    // RFC 8878: magic, a window of 1 MiB, then run-length blocks of 128 KiB in 4 bytes each: 1 GiB in 32 kB.
    let beginning = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50];
    let size = 128_u32 << 10;
    let header = (size << 3 | 1 << 1).to_le_bytes();
    let block = [header[0], header[1], header[2], 0];
    is_defused(bomb("zstd", &beginning, &block).await);
}

#[tokio::test]
async fn a_bomb_of_brotli_ends_at_the_limit() {
    let site = Site::open().await;
    let fetcher = fetcher_of(
        &site,
        Limits {
            decoded_bytes: LIMIT,
            ..Limits::default()
        },
    );
    let bytes = encoded!(BrotliEncoder, &vec![0; 8 << 20]);
    assert!(bytes.len() < 10_000);
    let outcome = site
        .answer(&coded("br", &bytes), body(&fetcher, site.url("/")))
        .await;
    assert_eq!(
        outcome,
        Err(FetchErrorKind::TooLarge {
            part: Part::Decoded,
            limit: LIMIT
        })
    );
}

#[tokio::test]
async fn a_window_larger_than_the_webs_is_refused() {
    let site = Site::open().await;
    let fetcher = fetcher_of(&site, Limits::default());
    // zstd: a frame that asks for a window of 64 MiB. brotli: the mark of windows of up to 1 GiB.
    let zstd = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x80, 0x01, 0x00, 0x00];
    let brotli = [0x11, 0x1e, 0x00, 0x00, 0x00];
    for (coding, bytes) in [("zstd", &zstd[..]), ("br", &brotli[..])] {
        let outcome = site
            .answer(&coded(coding, bytes), body(&fetcher, site.url("/")))
            .await;
        assert_eq!(outcome, Err(FetchErrorKind::Garbled), "{coding}");
    }
}

#[tokio::test]
async fn members_that_hold_nothing_end_at_the_limit_of_the_wire() {
    let site = Site::open().await;
    let fetcher = fetcher_of(
        &site,
        Limits {
            wire_bytes: LIMIT,
            ..Limits::default()
        },
    );
    let empty = encoded!(GzipEncoder, b"");
    let play = async |_, stream: &mut TcpStream| {
        send(stream, b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n").await;
        endless(stream, &empty).await;
    };
    let outcome = site.serve(play, body(&fetcher, site.url("/"))).await;
    assert_eq!(
        outcome,
        Err(FetchErrorKind::TooLarge {
            part: Part::Wire,
            limit: LIMIT
        })
    );
}

#[tokio::test]
async fn a_wait_that_is_given_up_loses_nothing() {
    let site = Site::open().await;
    let fetcher = fetcher_of(
        &site,
        Limits {
            lowest_rate: 0,
            ..Limits::default()
        },
    );
    let text: String = (0..20_000).map(|n| format!("{n} ")).collect();
    let mut bodies = all(text.as_bytes()).await;
    bodies.push(("identity", text.clone().into_bytes()));
    for (coding, bytes) in bodies {
        let answer = coded(coding, &bytes);
        let play = async |_, stream: &mut TcpStream| {
            for piece in answer.chunks(1 << 13) {
                send(stream, piece).await;
                tokio::time::sleep(Duration::from_millis(3)).await;
            }
        };
        let client = async {
            let request = Request::parse(&site.url("/")).unwrap();
            let mut response = fetcher.get(request).await.unwrap();
            let mut seen = Vec::new();
            loop {
                match timeout(Duration::from_millis(1), response.chunk()).await {
                    Err(_) => {}
                    Ok(Ok(Some(chunk))) => seen.extend_from_slice(&chunk),
                    Ok(end) => {
                        end.unwrap();
                        return seen;
                    }
                }
            }
        };
        assert!(site.serve(play, client).await == text.as_bytes(), "{coding}");
    }
}
