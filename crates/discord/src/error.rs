//! Errors of calls to Discord, typed by what can be done about them. No error holds a URL: it could hold a token.

use std::time::Duration;

use duologue_core::{LimitScope, SendError, SendErrorKind};
use serde::Deserialize;
use serde_json::value::RawValue;
use thiserror::Error;

/// A call that did not do what it should.
#[derive(Debug, Error)]
#[error("{call}: {kind}")]
pub struct CallError {
    /// What was tried, such as `send a message`.
    pub call: &'static str,
    /// What happened.
    pub kind: CallErrorKind,
    /// The cause below.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What happened to a call.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CallErrorKind {
    /// Discord asked to wait, or our book of its limits says that it would. Not done.
    #[error("rate limited for {} ms", after.as_millis())]
    RateLimited {
        /// How long to wait.
        after: Duration,
        /// Whether all calls have to wait, not only those of the same route and channel.
        all: bool,
    },
    /// No connection came about. Not done.
    #[error("discord was not reached")]
    NotReached,
    /// The connection broke or timed out after the request went out. Done or not.
    #[error("no answer came")]
    NoAnswer,
    /// Discord had a fault of its own (5xx). Mostly not done.
    #[error("discord answered with status {0}")]
    Fault(u16),
    /// Discord refused it (4xx). Not done.
    #[error("discord refused with status {status}, code {code}: {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Discord's own code; 0 if the answer had none.
        code: u32,
        /// Discord's own words.
        message: String,
    },
    /// Discord did it, but its answer could not be read.
    #[error("discord's answer could not be read")]
    BadAnswer,
    /// The request could not be made. Not done.
    #[error("the request could not be made: {0}")]
    BadRequest(String),
}

/// Codes of Discord's that need a reaction of their own.
/// Source: discord-api-docs, topics/opcodes-and-status-codes, "JSON error codes".
pub(crate) mod code {
    pub(crate) const UNKNOWN_INTERACTION: u32 = 10062;
    pub(crate) const UNKNOWN_WEBHOOK: u32 = 10015;
    pub(crate) const ALREADY_ACKNOWLEDGED: u32 = 40060;
    pub(crate) const INVALID_WEBHOOK_TOKEN: u32 = 50027;
    pub(crate) const TOO_LARGE: u32 = 40005;
    pub(crate) const THREAD_ARCHIVED: u32 = 50083;
}

impl CallError {
    pub(crate) fn new(call: &'static str, kind: CallErrorKind) -> Self {
        Self {
            call,
            kind,
            source: None,
        }
    }

    /// From the transport; its URL, which may hold a token, is taken out.
    pub(crate) fn transport(call: &'static str, error: reqwest::Error) -> Self {
        let kind = if error.is_connect() {
            CallErrorKind::NotReached
        } else if error.is_builder() {
            CallErrorKind::BadRequest("it could not be built".to_owned())
        } else {
            CallErrorKind::NoAnswer
        };
        Self {
            call,
            kind,
            source: Some(Box::new(error.without_url())),
        }
    }

    /// From an answer that is no success.
    pub(crate) fn answer(call: &'static str, status: u16, body: &[u8]) -> Self {
        if status >= 500 {
            return Self::new(call, CallErrorKind::Fault(status));
        }
        let body = serde_json::from_slice::<ErrorBody<'_>>(body).unwrap_or_default();
        let mut message = body.message;
        if let Some(errors) = body.errors {
            message.push_str(": ");
            message.extend(errors.get().chars().take(MAX_DETAILS));
        }
        Self::new(
            call,
            CallErrorKind::Refused {
                status,
                code: body.code,
                message,
            },
        )
    }

    /// Discord's own code, if it refused.
    pub(crate) fn code(&self) -> Option<u32> {
        match self.kind {
            CallErrorKind::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    pub(crate) fn status(&self) -> Option<u16> {
        match self.kind {
            CallErrorKind::Refused { status, .. } | CallErrorKind::Fault(status) => Some(status),
            _ => None,
        }
    }

    /// Whether the interaction's token is no longer accepted.
    pub(crate) fn token_dead(&self) -> bool {
        matches!(
            self.code(),
            Some(code::UNKNOWN_INTERACTION | code::UNKNOWN_WEBHOOK | code::INVALID_WEBHOOK_TOKEN)
        )
    }

    /// The same as core's error.
    pub(crate) fn into_send(self, operation: &'static str) -> SendError {
        let kind = match &self.kind {
            CallErrorKind::RateLimited { after, all } => SendErrorKind::RateLimited {
                after: *after,
                scope: if *all {
                    LimitScope::Network
                } else {
                    LimitScope::Chat
                },
            },
            CallErrorKind::NotReached => SendErrorKind::Transient("discord was not reached".to_owned()),
            CallErrorKind::Fault(status) => {
                SendErrorKind::Transient(format!("discord answered with status {status}"))
            }
            CallErrorKind::NoAnswer => SendErrorKind::Unknown("no answer came".to_owned()),
            CallErrorKind::BadAnswer => SendErrorKind::Unknown("the answer could not be read".to_owned()),
            CallErrorKind::BadRequest(why) => SendErrorKind::Refused(why.clone()),
            CallErrorKind::Refused {
                status,
                code,
                message,
            } => refusal(*status, *code, message),
        };
        SendError::new(operation, kind).with_source(self)
    }
}

fn refusal(status: u16, code: u32, message: &str) -> SendErrorKind {
    match (status, code) {
        (401, code::INVALID_WEBHOOK_TOKEN) => SendErrorKind::NotFound(message.to_owned()),
        (401, _) => SendErrorKind::Unauthorized,
        (413, _) | (_, code::TOO_LARGE) => SendErrorKind::TooLong {
            what: "the files in bytes",
            limit: crate::capabilities::UPLOAD_BYTES,
        },
        (403, _) | (_, code::THREAD_ARCHIVED) => SendErrorKind::Forbidden(message.to_owned()),
        (404, _) => SendErrorKind::NotFound(message.to_owned()),
        _ => SendErrorKind::Refused(message.to_owned()),
    }
}

/// How much of Discord's list of wrong fields is kept, in characters.
const MAX_DETAILS: usize = 400;

#[derive(Default, Deserialize)]
struct ErrorBody<'a> {
    #[serde(default)]
    code: u32,
    #[serde(default)]
    message: String,
    #[serde(borrow)]
    errors: Option<&'a RawValue>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, body: &str, expected: &str) {
        let error = CallError::answer("send a message", status, body.as_bytes()).into_send("send");
        assert_eq!(error.kind.to_string(), expected, "{status} {body}");
    }

    #[test]
    fn refusals_become_what_the_outbox_can_act_on() {
        check(
            401,
            r#"{"code":0,"message":"401: Unauthorized"}"#,
            "the token was refused",
        );
        check(
            403,
            r#"{"code":50013,"message":"Missing Permissions"}"#,
            "forbidden: Missing Permissions",
        );
        check(
            404,
            r#"{"code":10003,"message":"Unknown Channel"}"#,
            "not found: Unknown Channel",
        );
        check(413, "too big", "the files in bytes is larger than 10485760");
        check(
            400,
            r#"{"code":50035,"message":"Invalid Form Body","errors":{"content":{}}}"#,
            r#"refused: Invalid Form Body: {"content":{}}"#,
        );
        check(502, "<html>", "not reached: discord answered with status 502");
        check(418, "", "refused: ");
    }
}
