//! The one server: what stands behind each path, and who may ask. Owns no state.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::conn::{Conn, CutListener};
use crate::discord::{self, gateway};
use crate::faults::FaultKind;
use crate::files::Upload;
use crate::world::Shared;
use crate::{control, http, page, telegram};

/// Serves until the sandbox stops.
pub(crate) async fn serve(shared: Arc<Shared>, listener: CutListener) {
    let stop = shared.tasks.stop().clone();
    let service = Router::new()
        .fallback(route)
        .with_state(shared)
        .into_make_service_with_connect_info::<Conn>();
    let served = axum::serve(listener, service).with_graceful_shutdown(async move { stop.cancelled().await });
    if let Err(error) = served.await {
        tracing::error!(%error, "the sandbox's server ended");
    }
}

/// Whether a request comes to this machine by its own name. A page of another site that has its name point
/// here (DNS rebinding) does not pass.
fn named_locally(request: &Request) -> bool {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let host = host.or_else(|| request.uri().host()).unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "localhost" | "127.0.0.1" | "[::1]" | "host.docker.internal")
        || name.starts_with("127.")
        || name.ends_with(".localhost")
}

async fn route(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(conn): ConnectInfo<Conn>,
    request: Request,
) -> Response {
    if !named_locally(&request) {
        return (
            StatusCode::FORBIDDEN,
            "the sandbox answers to this machine's own names only",
        )
            .into_response();
    }
    let path = request.uri().path().to_owned();
    let telegram = path.strip_prefix("/telegram").unwrap_or(&path);
    if let Some(rest) = telegram.strip_prefix("/bot") {
        return telegram::request::handle(shared, conn, rest.to_owned(), request).await;
    }
    if let Some(rest) = telegram.strip_prefix("/file/bot") {
        return telegram::request::download(&shared, rest);
    }
    let discord = path.strip_prefix("/discord").unwrap_or(&path);
    if let Some(rest) = discord.strip_prefix("/api").filter(|rest| rest.starts_with('/')) {
        return discord::request::handle(shared, conn, rest.to_owned(), request).await;
    }
    if discord == "/gateway" || discord == "/gateway/" {
        return upgrade(shared, conn, request).await;
    }
    if let Some(rest) = path.strip_prefix("/cdn/") {
        return cdn(&shared, rest);
    }
    if path.starts_with("/control") {
        return control::handle(shared, request).await;
    }
    page::file(&path)
}

/// Begins a gateway connection, unless a fault is in its way.
async fn upgrade(shared: Arc<Shared>, conn: Conn, request: Request) -> Response {
    if gateway::fault(&shared, 0, &FaultKind::GatewayRefuse) {
        conn.cut_after(0);
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if gateway::fault(&shared, 0, &FaultKind::GatewayNoHandshake) {
        shared.tasks.stop().cancelled().await;
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let (mut parts, _) = request.into_parts();
    match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => {
            let tasks = shared.tasks.clone();
            upgrade.on_upgrade(move |socket| tasks.track(gateway::serve(shared, conn, socket)))
        }
        Err(rejection) => rejection.into_response(),
    }
}

/// An uploaded file, at `/cdn/<number>/<name>`.
fn cdn(shared: &Shared, rest: &str) -> Response {
    let number = rest.split('/').next().and_then(|number| number.parse().ok());
    let upload = number.and_then(|number| shared.read(|world| world.files.get(number).cloned()));
    upload.map_or_else(
        || StatusCode::NOT_FOUND.into_response(),
        |upload| file_response(&upload),
    )
}

/// Types that a browser may show; everything else is only downloaded, as a file of a bot is not a page of ours.
const SHOWN: [&str; 8] = [
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "video/mp4",
    "audio/mpeg",
    "audio/ogg",
    "text/plain",
];

/// A file as an answer.
pub(crate) fn file_response(upload: &Upload) -> Response {
    let mut response = Body::from(upload.bytes.clone()).into_response();
    let shown = SHOWN.contains(&upload.mime.as_str());
    let mime = if shown {
        upload.mime.as_str()
    } else {
        "application/octet-stream"
    };
    let headers = response.headers_mut();
    if let Ok(mime) = HeaderValue::from_str(mime) {
        headers.insert(header::CONTENT_TYPE, mime);
    }
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox"),
    );
    if !shown {
        headers.insert(
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment"),
        );
    }
    response
}

/// Whether a request of a browser comes from the sandbox's own page. Requests without an origin are programs.
pub(crate) fn own_origin(request: &Request) -> bool {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let origin = request
        .headers()
        .get(header::ORIGIN)
        .and_then(|origin| origin.to_str().ok());
    let site = request
        .headers()
        .get("sec-fetch-site")
        .and_then(|site| site.to_str().ok());
    let foreign = matches!(site, Some("cross-site" | "same-site"));
    !foreign && origin.is_none_or(|origin| origin == format!("http://{host}"))
}

/// An answer of the control API that says what is wrong.
pub(crate) fn refuse(status: u16, why: &str) -> Response {
    http::json(status, &serde_json::json!({ "error": why }))
}
