//! Sending: text alone, which is the way of nearly every message, and files. Owns nothing.

use duologue_core::{LimitScope, MessageId, MessageRef, Performed, SendError, SendErrorKind, SendOperation};
use serde::Deserialize;

use crate::call::Method;
use crate::convert::{FilesRequest, check_files, send_files, send_text};
use crate::error::CallError;
use crate::files::{FileKind, Outgoing, outgoing};
use crate::sender::TelegramSender;

const OPERATION: &str = "send";

/// All that a receipt needs of a message that was sent.
#[derive(Deserialize)]
pub(super) struct Sent {
    message_id: i64,
}

impl TelegramSender {
    /// Sends a text.
    pub(super) async fn send_text(&self, send: &SendOperation) -> Result<Performed, SendError> {
        let body = send_text(send, self.link_previews);
        let sent: Sent = self
            .shared
            .calls
            .call(Method::SendMessage, &body)
            .await
            .map_err(|error| error.send_error(OPERATION, LimitScope::Chat))?;
        Ok(performed(&[sent]))
    }

    /// Sends a file or an album. Pictures that the network does not take as such go as documents.
    pub(super) async fn send_files(&self, send: &SendOperation) -> Result<Performed, SendError> {
        let mut files = self.prepare(send, false).await?;
        // An album is of one kind: one picture that is too large makes documents of all.
        let documents = files
            .iter()
            .filter(|file| file.kind == FileKind::Document)
            .count();
        if documents > 0 && documents < files.len() {
            files = self.prepare(send, true).await?;
        }
        let pictures = files.iter().any(|file| file.kind == FileKind::Photo);
        let sent = match self.try_files(send, files).await {
            Err(error) if pictures && error.picture_refused() => {
                let files = self.prepare(send, true).await?;
                self.try_files(send, files).await
            }
            result => result,
        };
        let sent = sent.map_err(|error| error.send_error(OPERATION, LimitScope::Chat))?;
        let performed = performed(&sent);
        for id in &performed.messages {
            self.file_messages.insert(MessageRef {
                chat: send.chat.clone(),
                id: id.clone(),
            });
        }
        Ok(performed)
    }

    async fn prepare(&self, send: &SendOperation, as_documents: bool) -> Result<Vec<Outgoing>, SendError> {
        let failed = |kind: SendErrorKind| SendError::new(OPERATION, kind);
        let mut files = Vec::with_capacity(send.part.media.len());
        for media in &send.part.media {
            files.push(outgoing(media, as_documents).await.map_err(failed)?);
        }
        check_files(&files, &send.part.text).map_err(failed)?;
        Ok(files)
    }

    async fn try_files(&self, send: &SendOperation, files: Vec<Outgoing>) -> Result<Vec<Sent>, CallError> {
        let single = match files.as_slice() {
            [file] => Some(file.kind.method()),
            _ => None,
        };
        let request = send_files(send, files);
        match single {
            Some(method) => Ok(vec![self.exchange(method, request).await?]),
            None => self.exchange(Method::SendMediaGroup, request).await,
        }
    }

    pub(super) async fn exchange<T: serde::de::DeserializeOwned>(
        &self,
        method: Method,
        request: FilesRequest,
    ) -> Result<T, CallError> {
        match request.finish() {
            Ok(body) => self.shared.calls.call(method, &body).await,
            Err(form) => self.shared.calls.upload(method, form).await,
        }
    }
}

fn performed(sent: &[Sent]) -> Performed {
    Performed {
        messages: sent
            .iter()
            .map(|message| MessageId::number(message.message_id))
            .collect(),
    }
}
