//! The hostile corner: what goes wrong on the real Internet, within bounds. Owns no state.

mod bomb;
mod list;
mod odd;

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::{Visit, flow, page};

/// Redirects of a chain, at the most.
const CHAIN: u32 = 1_000;
/// Seconds that a 429 and a 503 ask for.
const WAIT: &str = "7";
/// Bytes that the answer with the wrong length promises, and that it has.
const PROMISED: (u64, usize) = (100_000, 1_000);
/// Bytes of the answer that is cut, and after how many it is.
const CUT: (usize, usize) = (200_000, 50_000);
/// Bytes of the header that is too long.
const HEADER: usize = 1024 * 1024;
/// Drops of the drip: an hour of them.
const DROPS: usize = 3_600;

/// Where a redirect leads, by its name. `{page}` stands for the address of the sandbox's own page and APIs.
const REDIRECTS: [(&str, &str); 13] = [
    ("metadata", "http://169.254.169.254/latest/meta-data/"),
    ("loopback", "http://127.0.0.1:9/"),
    ("loopback6", "http://[::1]:9/"),
    ("mapped", "http://[::ffff:127.0.0.1]:9/"),
    ("decimal", "http://2130706433:9/"),
    ("zero", "http://0.0.0.0:9/"),
    ("private", "http://10.0.0.1/"),
    ("local-name", "http://localhost:9/"),
    ("file", "file:///etc/hostname"),
    ("credentials", "http://user:secret@127.0.0.1:9/"),
    ("control", "{page}/control/status"),
    ("telegram", "{page}/telegram/bot1:x/getMe"),
    ("discord", "{page}/discord/api/v10/gateway"),
];

/// Statuses that can be asked for.
const STATUSES: [u16; 8] = [401, 403, 404, 410, 429, 500, 502, 503];

/// `/trap/<rest>`.
pub(super) async fn answer(visit: &Visit, rest: &str) -> Response {
    let (name, more) = rest.split_once('/').unwrap_or((rest, ""));
    match name {
        "" => list::show(),
        "loop" if more.is_empty() => redirect("/trap/loop/again"),
        "loop" => redirect("/trap/loop"),
        "chain" => chain(more),
        "redirect" => elsewhere(visit, more),
        "status" => status(more),
        "flaky" => flaky(visit),
        "silent" => silent(visit).await,
        "drip" => text(flow::body(
            &visit.shared,
            std::iter::repeat_n(Bytes::from_static(b"."), DROPS),
            Duration::from_secs(1),
        )),
        "endless" => text(flow::body(&visit.shared, flow::endless(), Duration::ZERO)),
        "bomb" => bomb(visit),
        "length" => {
            let body = Bytes::from(vec![b'x'; PROMISED.1]);
            let length = [(CONTENT_LENGTH, HeaderValue::from(PROMISED.0))];
            let body = flow::body(&visit.shared, [body].into_iter(), Duration::ZERO);
            (length, text(body)).into_response()
        }
        "cut" => {
            visit.conn.cut_after(CUT.1);
            text(vec![b'x'; CUT.0].into())
        }
        "header" => {
            let long = HeaderValue::from_maybe_shared(vec![b'x'; HEADER]);
            let mut response = text("a very long header stands before this".into());
            if let Ok(long) = long {
                response.headers_mut().insert("x-long", long);
            }
            response
        }
        "deep" => odd::deep(),
        "name" => odd::name(more),
        name => odd::file(name),
    }
}

fn text(body: Body) -> Response {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], body).into_response()
}

fn redirect(to: &str) -> Response {
    (StatusCode::FOUND, [(LOCATION, to)], "this way").into_response()
}

/// So many redirects, and then a page.
fn chain(left: &str) -> Response {
    match left.parse::<u32>() {
        Ok(0) => page::html("<!doctype html><title>The end</title><p>The end of the chain.</p>".to_owned()),
        Ok(left) if left <= CHAIN => redirect(&format!("/trap/chain/{}", left - 1)),
        _ => page::missing(),
    }
}

fn elsewhere(visit: &Visit, name: &str) -> Response {
    let found = REDIRECTS.iter().find(|(known, _)| *known == name);
    let own = format!("http://{}", visit.shared.addr);
    found.map_or_else(page::missing, |(_, to)| redirect(&to.replace("{page}", &own)))
}

fn status(code: &str) -> Response {
    let code = code.parse().ok().filter(|code| STATUSES.contains(code));
    let Some(status) = code.and_then(|code| StatusCode::from_u16(code).ok()) else {
        return page::missing();
    };
    let mut response = (status, format!("{status}\n")).into_response();
    if matches!(status.as_u16(), 429 | 503) {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from_static(WAIT));
    }
    response
}

/// Every address below `/trap/flaky/` fails when it is asked for the first time, and works from then on.
fn flaky(visit: &Visit) -> Response {
    let address = format!("{}?{}", visit.path, visit.query.as_deref().unwrap_or_default());
    if visit.shared.site.is_first(&address) {
        return (StatusCode::SERVICE_UNAVAILABLE, "not now\n").into_response();
    }
    text("this time it worked\n".into())
}

/// Takes the request and never says a word. The connection's bound ends it.
async fn silent(visit: &Visit) -> Response {
    visit.shared.tasks.stop().cancelled().await;
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

fn bomb(visit: &Visit) -> Response {
    let body = flow::body(&visit.shared, bomb::pieces(), Duration::ZERO);
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_ENCODING, "gzip"),
    ];
    (headers, body).into_response()
}
