//! The request log: every API call with its answer. Owns a ring of entries.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;

use crate::bounds::{LOGGED_BODY_BYTES, REQUESTS};
use crate::view::Network;

/// One API call and its answer. Tokens are cut out of the path.
#[derive(Clone, Debug, Serialize)]
pub struct RequestEntry {
    /// Counts up by one for each call.
    pub id: u64,
    /// Which network was called.
    pub network: Network,
    /// The bot that called; 0 when the token was wrong.
    pub bot: i64,
    /// The HTTP method.
    pub verb: String,
    /// The path, without the token.
    pub path: String,
    /// Telegram's method name, or Discord's route such as `POST /channels/{channel_id}/messages`.
    pub method: String,
    /// The parameters or the JSON body.
    pub request: Value,
    /// The names of the uploaded files.
    pub files: Vec<String>,
    /// The status; 0 when the connection was cut before an answer.
    pub status: u16,
    /// The answer's body.
    pub response: Value,
    /// When, in milliseconds since the Unix epoch on the sandbox's clock.
    pub at_ms: u64,
    /// How long the answer took, in milliseconds.
    pub took_ms: u64,
    /// What the network would accept and a person should know: unknown parameters and the like.
    pub warnings: Vec<String>,
    /// The fault that was applied.
    pub fault: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    entries: VecDeque<RequestEntry>,
    last: u64,
}

impl RequestLog {
    pub(crate) fn next_id(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    pub(crate) fn push(&mut self, mut entry: RequestEntry) {
        for body in [&mut entry.request, &mut entry.response] {
            let size = body.to_string().len();
            if size > LOGGED_BODY_BYTES {
                *body = Value::String(format!("({size} bytes, too long for the log)"));
            }
        }
        if self.entries.len() >= REQUESTS {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    pub(crate) fn get(&self, id: u64) -> Option<&RequestEntry> {
        self.entries.iter().rev().find(|entry| entry.id == id)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &RequestEntry> {
        self.entries.iter()
    }
}
