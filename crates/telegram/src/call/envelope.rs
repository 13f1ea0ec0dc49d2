//! The envelope of an answer: whether it went well, the result in its raw form, or everything that the network says
//! about the refusal. Owns the answer's bytes.

use std::borrow::Cow;

use bytes::Bytes;
use reqwest::StatusCode;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::error::{ApiError, CallError, CallErrorKind};

/// An answer whose body is there, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    body: Bytes,
}

/// Text that is borrowed from the answer wherever it needs no unescaping.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(transparent)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

#[derive(Deserialize)]
struct Envelope<'a, T> {
    ok: bool,
    #[serde(default = "Option::default")]
    result: Option<T>,
    #[serde(default)]
    error_code: i64,
    #[serde(borrow)]
    description: Option<Text<'a>>,
    #[serde(default)]
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
    migrate_to_chat_id: Option<i64>,
}

impl Answer {
    pub(crate) fn new(status: StatusCode, body: Bytes) -> Self {
        Self { status, body }
    }

    /// The body; what [`Answer::result`] borrows is a part of it.
    pub(crate) fn body(&self) -> &Bytes {
        &self.body
    }

    /// The result, or what the network said instead of one. `token` is taken out of what is said.
    pub(crate) fn result<'a, T: Deserialize<'a>>(
        &'a self,
        method: &str,
        token: &str,
    ) -> Result<T, CallError> {
        match serde_json::from_slice::<Envelope<'a, T>>(&self.body) {
            Ok(Envelope {
                ok: true,
                result: Some(result),
                ..
            }) => Ok(result),
            Ok(envelope) if !envelope.ok => Err(refused(envelope, self.status, method, token)),
            _ => Err(self.refusal(method, token)),
        }
    }

    /// What the network said instead of a result that can be read.
    pub(crate) fn refusal(&self, method: &str, token: &str) -> CallError {
        match serde_json::from_slice::<Envelope<'_, IgnoredAny>>(&self.body) {
            Ok(envelope) if !envelope.ok => refused(envelope, self.status, method, token),
            Ok(_) => CallError::new(method, CallErrorKind::Unreadable),
            // What the parser says may quote the answer, and a gateway's page may quote the address with the token.
            Err(_) => {
                let foreign = !self.status.is_success() || self.body.trim_ascii_start().starts_with(b"<");
                let kind = if foreign {
                    CallErrorKind::Foreign(self.status.as_u16())
                } else {
                    CallErrorKind::Unreadable
                };
                CallError::new(method, kind)
            }
        }
    }
}

fn refused<T>(envelope: Envelope<'_, T>, status: StatusCode, method: &str, token: &str) -> CallError {
    let description = envelope.description.as_deref().unwrap_or("no reason was given");
    let code = match envelope.error_code {
        0 => i64::from(status.as_u16()),
        code => code,
    };
    let parameters = envelope.parameters;
    CallError::new(
        method,
        CallErrorKind::Api(ApiError {
            code,
            description: description.replace(token, "<token>"),
            retry_after: parameters.as_ref().and_then(|parameters| parameters.retry_after),
            migrate_to_chat_id: parameters.and_then(|parameters| parameters.migrate_to_chat_id),
        }),
    )
}
