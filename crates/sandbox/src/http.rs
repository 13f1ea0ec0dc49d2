//! Bodies and queries of HTTP calls, read the way both networks read them. Owns no state.

use std::collections::BTreeMap;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use crate::bounds::BODY_BYTES;
use crate::files::{Upload, mime_of};

/// A body, parsed by its content type.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    /// A JSON body.
    pub(crate) json: Option<Value>,
    /// Form fields and a multipart body's text parts.
    pub(crate) fields: Map<String, Value>,
    /// A multipart body's files, by the part's name.
    pub(crate) files: BTreeMap<String, Upload>,
}

/// Why a body could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BodyError {
    TooLarge,
    NotJson(String),
    Broken(String),
}

/// Reads the whole body, within the bound.
pub(crate) async fn read(body: Body) -> Result<Bytes, BodyError> {
    axum::body::to_bytes(body, BODY_BYTES)
        .await
        .map_err(|_| BodyError::TooLarge)
}

/// Parses a body by its content type.
pub(crate) async fn parse(headers: &HeaderMap, body: Bytes) -> Result<Parsed, BodyError> {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase();
    if kind.starts_with("multipart/form-data") {
        return multipart(headers, body).await;
    }
    if kind.starts_with("application/x-www-form-urlencoded") {
        return Ok(Parsed {
            fields: decode(&String::from_utf8_lossy(&body)),
            ..Parsed::default()
        });
    }
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Parsed::default());
    }
    if !kind.is_empty() && !kind.starts_with("application/json") {
        return Ok(Parsed::default());
    }
    let json = serde_json::from_slice(&body).map_err(|error| BodyError::NotJson(error.to_string()))?;
    Ok(Parsed {
        json: Some(json),
        ..Parsed::default()
    })
}

async fn multipart(headers: &HeaderMap, body: Bytes) -> Result<Parsed, BodyError> {
    let mut request = Request::new(Body::from(body));
    *request.headers_mut() = headers.clone();
    axum::extract::DefaultBodyLimit::max(BODY_BYTES).apply(&mut request);
    let broken = |error: String| BodyError::Broken(error);
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|e| broken(e.to_string()))?;
    let mut parsed = Parsed::default();
    while let Some(field) = form.next_field().await.map_err(|e| broken(e.to_string()))? {
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.file_name().map(str::to_owned);
        let mime = field.content_type().map(str::to_owned);
        let bytes = field.bytes().await.map_err(|e| broken(e.to_string()))?;
        match file {
            Some(file) => {
                let mime = mime.unwrap_or_else(|| mime_of(&file).to_owned());
                parsed.files.insert(
                    name,
                    Upload {
                        name: file,
                        mime,
                        bytes,
                    },
                );
            }
            None => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                parsed.fields.insert(name, Value::String(text));
            }
        }
    }
    Ok(parsed)
}

/// Decodes `a=b&c=d`.
pub(crate) fn decode(text: &str) -> Map<String, Value> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent(name), Value::String(percent(value)))
        })
        .collect()
}

/// Decodes `%41` and `+`.
pub(crate) fn percent(text: &str) -> String {
    let raw = text.as_bytes();
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(byte) = raw.get(at) {
        let hex = raw
            .get(at + 1..at + 3)
            .and_then(|hex| std::str::from_utf8(hex).ok());
        match (byte, hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(decoded)) => {
                out.push(decoded);
                at += 3;
            }
            (b'+', _) => {
                out.push(b' ');
                at += 1;
            }
            (other, _) => {
                out.push(*other);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Decodes the `%41` of a path, where `+` stands for itself.
pub(crate) fn percent_path(text: &str) -> String {
    percent(&text.replace('+', "%2B"))
}

/// A JSON answer.
pub(crate) fn json(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (
        status,
        [(header::CONTENT_TYPE, "application/json")],
        body.to_string(),
    )
        .into_response()
}

/// The page a proxy answers with when what is behind it is down.
pub(crate) fn html(status: u16) -> Response {
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let reason = code.canonical_reason().unwrap_or("Error");
    let page = format!(
        "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n<center><h1>{status} {reason}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    (code, [(header::CONTENT_TYPE, "text/html")], page).into_response()
}
