//! The frame of the site's pages: an article or a list, in the middle of everything that papers put around it. Owns
//! no state.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::typed;

/// A page of the paper. `head` is more HTML for its head, `body` what stands in its middle.
pub(super) fn page(title: &str, head: &str, body: &str) -> Response {
    let filled = include_str!("../../site/shell.html")
        .replace("{{title}}", title)
        .replace("{{head}}", head)
        .replace("{{body}}", body);
    html(filled)
}

/// HTML as an answer.
pub(super) fn html(text: String) -> Response {
    typed("text/html; charset=utf-8", text)
}

/// There is no such page.
pub(super) fn missing() -> Response {
    let body = "<h1>404</h1><p>There is no such page in this paper. Perhaps the bees took it.</p>";
    (StatusCode::NOT_FOUND, page("Not found", "", body)).into_response()
}
