//! Bodies that are made while they are sent: paced by the sandbox's clock, in bounded memory. Owns no state.

use std::convert::Infallible;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;

use super::Visit;
use crate::bounds::SITE_DOWNLOAD;
use crate::world::Shared;

/// Bytes of one piece at the most.
const PIECE: usize = 64 * 1024;
/// Pieces a second, when there is a rate.
const PIECES_PER_SECOND: u64 = 10;

/// What downloads are made of: the same bytes on every machine, and none that compress well.
static PATTERN: LazyLock<Bytes> = LazyLock::new(|| {
    let mut state = 0x2545_f491_u32;
    let bytes = (0..PIECE).map(|_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 24) as u8
    });
    bytes.collect::<Vec<u8>>().into()
});

/// A body of pieces with a pause between them. It ends after its last piece, or when the sandbox stops.
pub(super) fn body(
    shared: &Arc<Shared>,
    pieces: impl Iterator<Item = Bytes> + Send + 'static,
    pause: Duration,
) -> Body {
    // When the next piece is due. Counted from the beginning, so that pauses do not grow by what lies between them.
    let due = shared.clock.now();
    let state = (pieces, Arc::clone(shared), due, true);
    let stream = stream::unfold(state, move |(mut pieces, shared, due, first)| async move {
        let piece = pieces.next();
        if first {
            return Some((Ok::<_, Infallible>(piece?), (pieces, shared, due + pause, false)));
        }
        // What was handed over so far is written out first, also before an end that comes too early.
        tokio::task::yield_now().await;
        let piece = piece?;
        if !pause.is_zero() {
            tokio::select! {
                () = shared.clock.sleep_until(due) => {}
                () = shared.tasks.stop().cancelled() => return None,
            }
        }
        Some((Ok(piece), (pieces, shared, due + pause, false)))
    });
    Body::from_stream(stream)
}

/// Pieces of the pattern, `bytes` in all, each of at most `piece` bytes.
fn pieces(bytes: u64, piece: usize) -> impl Iterator<Item = Bytes> {
    let mut at = 0_u64;
    std::iter::from_fn(move || {
        let within = usize::try_from(at % PATTERN.len() as u64).unwrap_or(0);
        let left = usize::try_from(bytes - at).unwrap_or(usize::MAX);
        let length = piece.min(PATTERN.len() - within).min(left);
        at += length as u64;
        (length > 0).then(|| PATTERN.slice(within..within + length))
    })
}

/// The pattern without an end.
pub(super) fn endless() -> impl Iterator<Item = Bytes> {
    pieces(u64::MAX, PIECE)
}

/// `/slow/<bytes>?rate=<bytes per second>`.
pub(super) fn slow(visit: &Visit, bytes: &str) -> Response {
    let Some(bytes) = bytes.parse().ok().filter(|bytes| *bytes <= SITE_DOWNLOAD) else {
        let why = format!("a number of bytes is needed, at most {SITE_DOWNLOAD}");
        return (StatusCode::BAD_REQUEST, why).into_response();
    };
    download(visit, bytes, "slow.bin")
}

/// A download of this size. With `rate` in the query it comes at that many bytes per second, and else at once.
pub(super) fn download(visit: &Visit, bytes: u64, name: &str) -> Response {
    let rate = visit.asked("rate");
    let rate = match rate.map(|rate| rate.parse::<u64>()) {
        None => None,
        Some(Ok(rate)) if rate > 0 => Some(rate),
        Some(_) => {
            return (
                StatusCode::BAD_REQUEST,
                "the rate is a number of bytes per second",
            )
                .into_response();
        }
    };
    let piece = rate.map_or(PIECE, |rate| {
        let piece = (rate / PIECES_PER_SECOND).max(1);
        usize::try_from(piece).unwrap_or(PIECE).min(PIECE)
    });
    let pause = rate.map_or(Duration::ZERO, |rate| {
        Duration::from_secs(1).mul_f64(piece as f64 / rate as f64)
    });
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    (headers, body(&visit.shared, pieces(bytes, piece), pause)).into_response()
}
