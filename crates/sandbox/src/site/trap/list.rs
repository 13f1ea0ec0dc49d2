//! The page that lists the traps. Owns no state.

use axum::response::Response;

use super::super::page;
use super::odd::NAMES;
use super::{REDIRECTS, STATUSES};

/// Traps without a family: address and what it does.
const TRAPS: [(&str, &str); 17] = [
    ("loop", "two redirects that lead to each other"),
    (
        "chain/5",
        "five redirects in a row, then a page; any number up to 1000",
    ),
    (
        "flaky/1",
        "503 the first time, 200 from then on; every address below /trap/flaky/ counts for itself",
    ),
    ("silent", "takes the request and never answers"),
    ("drip", "one byte a second, for an hour"),
    ("endless", "a body without an end"),
    ("bomb", "a megabyte of gzip that unpacks to a gibibyte"),
    ("length", "a Content-Length that is too large"),
    ("cut", "the connection is reset in the middle of the body"),
    ("header", "a header of a megabyte"),
    ("deep", "HTML with 100,000 elements inside each other"),
    ("huge.png", "a PNG that claims 100,000 by 100,000 pixels"),
    ("zip.jpg", "a ZIP archive that says it is a JPEG"),
    ("gif.html", "a GIF that says it is HTML"),
    ("page.png", "HTML that says it is a PNG"),
    ("latin.html", "Latin-1 that says it is UTF-8"),
    ("name/long", "a file name of 5,000 characters"),
];

pub(super) fn show() -> Response {
    let line = |address: &str, what: &str| {
        format!("<li><a href=\"{address}\"><code>{address}</code></a><p>{what}</p></li>\n")
    };
    let traps = TRAPS.iter().map(|(address, what)| line(address, what));
    let redirects = REDIRECTS.iter().map(|(name, to)| {
        line(
            &format!("redirect/{name}"),
            &format!("a redirect to <code>{to}</code>"),
        )
    });
    let statuses = STATUSES.iter().map(|code| {
        let wait = if matches!(code, 429 | 503) {
            " with Retry-After"
        } else {
            ""
        };
        line(&format!("status/{code}"), &format!("the status {code}{wait}"))
    });
    let names = NAMES
        .iter()
        .map(|(name, value)| line(&format!("name/{name}"), &format!("<code>{value}</code>")));
    let list = traps.chain(redirects).chain(statuses).chain(names);
    let body = format!(
        "<h1>Traps</h1><p class=\"summary\">What goes wrong on the real Internet. Some of these keep a browser busy: \
         they are meant for programs.</p>\n<ul class=\"cards\">\n{}</ul>",
        list.collect::<String>()
    );
    page::page("Traps", "", &body)
}
