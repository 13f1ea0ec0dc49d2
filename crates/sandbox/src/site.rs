//! A small site of the sandbox's own, on a listener of its own: what a bot that fetches things can be tried on
//! without the Internet. State: [`state::Site`].
//!
//! | address | what |
//! |---|---|
//! | `/`, `/articles/<name>`, `/pictures/`, `/files/` | a paper with articles, pictures and files |
//! | `/pictures/<name>`, `/files/<name>` | PNG, JPEG, GIF, WebP; text, Markdown, CSV; downloads of 5 and 30 MB |
//! | `/slow/<bytes>?rate=<bytes per second>` | that many bytes, at that rate on the sandbox's clock |
//! | `/robots.txt`, `/private/notes` | a folder that robots are asked to leave alone, and a crawl delay |
//! | `/trap/` | what goes wrong on the real Internet, with a list of it |

mod articles;
mod bits;
mod bound;
mod flow;
mod folders;
mod page;
mod paint;
mod state;
mod trap;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CONTENT_TYPE, USER_AGENT};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

pub use state::SiteVisit;

pub(crate) use state::Site;

use crate::conn::{Conn, CutListener};
use crate::http;
use crate::world::Shared;

/// Serves until the sandbox stops.
pub(crate) async fn serve(shared: Arc<Shared>, listener: CutListener) {
    let stop = shared.tasks.stop().clone();
    let listener = bound::SiteListener::new(listener, stop.clone());
    let service = Router::new()
        .fallback(route)
        .with_state(shared)
        .into_make_service_with_connect_info::<Conn>();
    let served = axum::serve(listener, service).with_graceful_shutdown(async move { stop.cancelled().await });
    if let Err(error) = served.await {
        tracing::error!(%error, "the sandbox's site ended");
    }
}

/// A request, as the site's pages look at it.
struct Visit {
    shared: Arc<Shared>,
    conn: Conn,
    path: String,
    query: Option<String>,
}

impl Visit {
    /// A value of the query.
    fn asked(&self, name: &str) -> Option<String> {
        let query = self.query.as_deref().map(http::decode)?;
        query.get(name)?.as_str().map(str::to_owned)
    }
}

async fn route(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(conn): ConnectInfo<Conn>,
    request: Request,
) -> Response {
    let agent = request.headers().get(USER_AGENT);
    let agent = agent.and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let address = request
        .uri()
        .path_and_query()
        .map_or("/", |address| address.as_str());
    shared.site.visited(address, agent, shared.clock.now_ms());
    shared.touch();
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, "the site knows GET and HEAD").into_response();
    }
    let visit = Visit {
        conn,
        path: http::percent_path(request.uri().path()),
        query: request.uri().query().map(str::to_owned),
        shared,
    };
    answer(&visit).await
}

async fn answer(visit: &Visit) -> Response {
    let path = visit.path.as_str();
    if let Some(rest) = path.strip_prefix("/trap/") {
        return trap::answer(visit, rest).await;
    }
    if let Some(name) = path.strip_prefix("/articles/") {
        return articles::answer(name);
    }
    if let Some(name) = path.strip_prefix("/pictures/") {
        return folders::pictures(visit, name).await;
    }
    if let Some(name) = path.strip_prefix("/files/") {
        return folders::files(visit, name);
    }
    if let Some(bytes) = path.strip_prefix("/slow/") {
        return flow::slow(visit, bytes);
    }
    match path {
        "/" | "/index.html" => folders::index(),
        "/style.css" => typed("text/css; charset=utf-8", include_str!("../site/style.css")),
        "/robots.txt" => typed("text/plain; charset=utf-8", ROBOTS),
        "/private/notes" => folders::private(),
        _ => page::missing(),
    }
}

/// What robots are asked to do.
const ROBOTS: &str = "User-agent: *\nDisallow: /private/\nCrawl-delay: 2\n";

/// An answer with a body of this type.
fn typed(mime: &str, body: impl Into<Bytes>) -> Response {
    ([(CONTENT_TYPE, mime)], Body::from(body.into())).into_response()
}
