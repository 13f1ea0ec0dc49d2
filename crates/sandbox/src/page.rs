//! The web page's files, as they stand in `page/`. Owns no state.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// What the page may do: load its own files and talk to its own server, nothing else.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

/// One file of the page.
pub(crate) fn file(path: &str) -> Response {
    let (mime, text) = match path {
        "/" | "/index.html" => ("text/html; charset=utf-8", include_str!("../page/index.html")),
        _ => return (StatusCode::NOT_FOUND, "not found").into_response(),
    };
    let headers = [
        (header::CONTENT_TYPE, mime),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}
