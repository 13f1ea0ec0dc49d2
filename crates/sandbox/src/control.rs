//! placeholder
use crate::world::Shared;
use axum::extract::Request;
use axum::response::Response;
use std::sync::Arc;
pub(crate) async fn handle(_shared: Arc<Shared>, _request: Request) -> Response {
    crate::server::refuse(404, "x")
}
