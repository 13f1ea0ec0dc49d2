//! The web page's files, as they stand in `page/`. Owns no state.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// What the page may do: load its own files and talk to its own server, nothing else.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; \
    style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// One file of the page.
pub(crate) fn file(path: &str) -> Response {
    let (mime, text) = match path {
        "/" | "/index.html" => ("text/html; charset=utf-8", include_str!("../page/index.html")),
        "/icon.svg" | "/favicon.ico" => ("image/svg+xml", include_str!("../page/icon.svg")),
        "/base.css" => (STYLE, include_str!("../page/base.css")),
        "/telegram.css" => (STYLE, include_str!("../page/telegram.css")),
        "/discord.css" => (STYLE, include_str!("../page/discord.css")),
        "/api.js" => (JAVASCRIPT, include_str!("../page/api.js")),
        "/app.js" => (JAVASCRIPT, include_str!("../page/app.js")),
        "/command.js" => (JAVASCRIPT, include_str!("../page/command.js")),
        "/discord.js" => (JAVASCRIPT, include_str!("../page/discord.js")),
        "/dom.js" => (JAVASCRIPT, include_str!("../page/dom.js")),
        "/drawer.js" => (JAVASCRIPT, include_str!("../page/drawer.js")),
        "/entities.js" => (JAVASCRIPT, include_str!("../page/entities.js")),
        "/markdown.js" => (JAVASCRIPT, include_str!("../page/markdown.js")),
        "/pane.js" => (JAVASCRIPT, include_str!("../page/pane.js")),
        "/telegram.js" => (JAVASCRIPT, include_str!("../page/telegram.js")),
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
