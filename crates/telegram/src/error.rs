//! The errors of this crate: a configuration that cannot work, and a call that did not do what was asked, with what
//! `core` can do about it. Pure data and functions.

use std::time::Duration;

use duologue_core::{ChatId, LimitScope, SendError, SendErrorKind};
use smol_str::SmolStr;

use crate::call::Fault;
use crate::{call, capabilities};

/// Why an adapter cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TelegramError {
    /// The token has not the shape of one.
    #[error(
        "TELEGRAM_TOKEN has not the shape of a bot token: digits, a colon, and letters, as @BotFather sends it"
    )]
    Token,
    /// The address of the Bot API is none.
    #[error("TELEGRAM_API_URL is not an address such as https://api.telegram.org: {0}")]
    ApiUrl(&'static str),
    /// The webhook's public address is none that Telegram calls.
    #[error("TELEGRAM_WEBHOOK_URL is not an address such as https://bot.example.org/telegram: {0}")]
    WebhookUrl(&'static str),
    /// The path that the webhook is served on is none.
    #[error(
        "the webhook's path must begin with / and have only A-Z a-z 0-9 - . _ ~ / in it, such as /telegram: set \
         telegram.webhook.path to what the proxy asks for"
    )]
    WebhookPath,
    /// The webhook's secret is none.
    #[error(
        "TELEGRAM_WEBHOOK_SECRET must have 1 to 256 characters of A-Z a-z 0-9 _ -; make one with: openssl rand -hex 32"
    )]
    WebhookSecret,
    /// The number of the webhook's connections is out of bounds.
    #[error("telegram.webhook.max_connections is {0}, and must be 1 to 100")]
    WebhookConnections(u8),
    /// The HTTP client could not be set up.
    #[error("the HTTP client could not be set up")]
    Client(#[source] reqwest::Error),
}

/// A call to the Bot API that did not do what was asked. It never holds the token.
#[derive(Debug, thiserror::Error)]
#[error("{method}: {kind}")]
pub struct CallError {
    /// The method, such as `sendMessage`.
    pub method: SmolStr,
    /// What happened.
    pub kind: CallErrorKind,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What happened to a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallErrorKind {
    /// The request could not be written down. Nothing went out.
    #[error("the request could not be made")]
    Request,
    /// No connection was made: name, network or TLS. Nothing went out.
    #[error("the Bot API was not reached")]
    NotReached,
    /// The request may have been written, and no whole answer came back.
    #[error("the connection broke before the answer was there")]
    NoAnswer,
    /// Something answered that is no Bot API: a gateway's page, an empty body.
    #[error("the answer with status {0} does not come from the Bot API")]
    Foreign(u16),
    /// The Bot API did what was asked, in an answer of a form this version does not know.
    #[error("the answer has an unknown form")]
    Unreadable,
    /// The Bot API refused.
    #[error(transparent)]
    Api(#[from] ApiError),
}

/// A refusal of the Bot API, as its envelope tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("{description} (code {code})")]
pub struct ApiError {
    /// `error_code`; an HTTP status in practice.
    pub code: i64,
    /// `description`.
    pub description: String,
    /// `parameters.retry_after`, in seconds.
    pub retry_after: Option<u64>,
    /// `parameters.migrate_to_chat_id`.
    pub migrate_to_chat_id: Option<i64>,
}

impl CallError {
    pub(crate) fn new(method: &str, kind: CallErrorKind) -> Self {
        Self {
            method: SmolStr::new(method),
            kind,
            source: None,
        }
    }

    pub(crate) fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// An error of the HTTP client. Only a failed connection is certain not to have sent anything.
    pub(crate) fn transport(method: &str, error: reqwest::Error) -> Self {
        let kind = if error.is_builder() {
            CallErrorKind::Request
        } else if error.is_connect() {
            CallErrorKind::NotReached
        } else {
            CallErrorKind::NoAnswer
        };
        // The address holds the token.
        Self::new(method, kind).with_source(error.without_url())
    }

    /// An error of one of our own connections.
    pub(crate) fn fault(method: &str, fault: Fault) -> Self {
        let (kind, source) = match fault {
            Fault::NotReached(source) => (CallErrorKind::NotReached, Some(source)),
            Fault::NoAnswer(source) => (CallErrorKind::NoAnswer, Some(source)),
            Fault::TooLarge => (CallErrorKind::Unreadable, None),
        };
        Self {
            method: SmolStr::new(method),
            kind,
            source,
        }
    }

    /// The refusal, where the Bot API answered with one.
    #[must_use]
    pub fn api(&self) -> Option<&ApiError> {
        match &self.kind {
            CallErrorKind::Api(error) => Some(error),
            _ => None,
        }
    }

    /// Whether the server does not know the method.
    pub(crate) fn unknown_method(&self) -> bool {
        self.says("method not found")
    }

    /// Whether the message already is as the edit would make it.
    pub(crate) fn not_modified(&self) -> bool {
        self.says("message is not modified")
    }

    /// Whether the press was answered before or is too old for it.
    pub(crate) fn query_too_old(&self) -> bool {
        self.says("query is too old") || self.says("query id is invalid")
    }

    /// Whether the network does not take a picture as one, although it could take the file.
    pub(crate) fn picture_refused(&self) -> bool {
        self.says("photo_invalid_dimensions") || self.says("image_process_failed")
    }

    /// Whether the message holds a file, so that its text is a caption.
    pub(crate) fn has_no_text(&self) -> bool {
        self.says("there is no text in the message to edit")
    }

    fn says(&self, words: &str) -> bool {
        self.api().is_some_and(|error| holds(&error.description, words))
    }

    /// Whether the network says that the token is not, or no longer, valid. A malformed token is "not found".
    pub(crate) fn unauthorized(&self) -> bool {
        // Of a download the same words are about the file.
        let malformed = |error: &ApiError| {
            error.code == 404 && error.description == "Not Found" && self.method != call::DOWNLOAD
        };
        self.api()
            .is_some_and(|error| error.code == 401 || malformed(error))
    }

    /// What `core` can do about it; `scope` is what has to wait where the network asks for that.
    pub(crate) fn send_error(self, operation: &'static str, scope: LimitScope) -> SendError {
        let kind = match &self.kind {
            CallErrorKind::Request => SendErrorKind::Refused("the request could not be made".to_owned()),
            CallErrorKind::NotReached => SendErrorKind::Transient(self.kind.to_string()),
            CallErrorKind::NoAnswer | CallErrorKind::Unreadable => {
                SendErrorKind::Unknown(self.kind.to_string())
            }
            CallErrorKind::Foreign(status) => foreign(*status, &self.kind),
            CallErrorKind::Api(_) if self.unauthorized() => SendErrorKind::Unauthorized,
            CallErrorKind::Api(error) => refusal(error, scope),
        };
        SendError::new(operation, kind).with_source(self)
    }
}

/// Not from the Bot API. A gateway that waited in vain (504) had passed the request on.
fn foreign(status: u16, kind: &CallErrorKind) -> SendErrorKind {
    match status {
        413 => too_large(),
        504 => SendErrorKind::Unknown(kind.to_string()),
        _ => SendErrorKind::Transient(kind.to_string()),
    }
}

/// How long to wait where a 429 does not say.
const UNSAID_WAIT: Duration = Duration::from_secs(1);

fn refusal(error: &ApiError, scope: LimitScope) -> SendErrorKind {
    if let Some(chat) = error.migrate_to_chat_id {
        return SendErrorKind::Moved(ChatId::number(chat));
    }
    if error.code == 429 || error.retry_after.is_some() {
        return SendErrorKind::RateLimited {
            after: error.retry_after.map_or(UNSAID_WAIT, Duration::from_secs),
            scope,
        };
    }
    let words = error.description.clone();
    match error.code {
        401 => SendErrorKind::Unauthorized,
        403 => SendErrorKind::Forbidden(words),
        404 => SendErrorKind::NotFound(words),
        413 => too_large(),
        500.. => SendErrorKind::Transient(words),
        _ => by_words(words),
    }
}

/// What stands behind a 400, by what its description says: the network has no finer code.
fn by_words(words: String) -> SendErrorKind {
    const FORBIDDEN: &[&str] = &[
        "not enough rights",
        "have no rights",
        "need administrator rights",
        "chat_admin_required",
        "chat_write_forbidden",
        "chat_restricted",
        "bot was blocked",
        "bot was kicked",
        "user_is_blocked",
        "topic_closed",
    ];
    const NOT_FOUND: &[&str] = &[
        "not found",
        "query is too old",
        "query id is invalid",
        "message_id_invalid",
        "peer_id_invalid",
        "wrong file identifier",
        "wrong remote file",
        "invalid file_id",
        "temporarily unavailable",
    ];
    let any = |list: &[&str]| list.iter().any(|part| holds(&words, part));
    if holds(&words, "caption is too long") || holds(&words, "media_caption_too_long") {
        return SendErrorKind::TooLong {
            what: "the caption in UTF-16 units",
            limit: capabilities::CAPTION as u64,
        };
    }
    if holds(&words, "message is too long") || holds(&words, "message_too_long") {
        return SendErrorKind::TooLong {
            what: "the text in UTF-16 units",
            limit: capabilities::TEXT as u64,
        };
    }
    if holds(&words, "file is too big") {
        return SendErrorKind::TooLong {
            what: "the file in bytes",
            limit: capabilities::DOWNLOAD_BYTES,
        };
    }
    if any(FORBIDDEN) {
        SendErrorKind::Forbidden(words)
    } else if any(NOT_FOUND) {
        SendErrorKind::NotFound(words)
    } else {
        SendErrorKind::Refused(words)
    }
}

pub(crate) fn too_large() -> SendErrorKind {
    SendErrorKind::TooLong {
        what: "the file in bytes",
        limit: capabilities::UPLOAD_BYTES,
    }
}

/// Whether a description holds some words, given in lower case.
fn holds(description: &str, words: &str) -> bool {
    description
        .as_bytes()
        .windows(words.len())
        .any(|part| part.eq_ignore_ascii_case(words.as_bytes()))
}
