//! Changing a message: which method fits depends on what the message holds. Owns nothing.

use duologue_core::{LimitScope, MessageRef, Part, Performed, SendError, SendErrorKind};
use serde::de::IgnoredAny;

use crate::call::Method;
use crate::convert::{
    EditText, check_files, edit_buttons, edit_caption, edit_media, edit_text, message_number,
};
use crate::error::CallError;
use crate::files::outgoing;
use crate::sender::TelegramSender;

const OPERATION: &str = "edit";

impl TelegramSender {
    /// Makes a message say something else. One that says it already is no error.
    pub(super) async fn edit(&self, message: &MessageRef, part: &Part) -> Result<Performed, SendError> {
        let number = message_number(&message.id).map_err(|kind| SendError::new(OPERATION, kind))?;
        let edited = match part.media.as_slice() {
            [] if part.text.is_empty() => {
                let body = edit_buttons(&message.chat, number, part);
                self.edit_with(Method::EditMessageReplyMarkup, &body).await
            }
            [] => self.edit_words(message, number, part).await,
            [_] => self.edit_file(message, number, part).await?,
            _ => {
                return Err(SendError::new(
                    OPERATION,
                    SendErrorKind::Unsupported("edits of a message to several files"),
                ));
            }
        };
        match edited {
            Err(error) if !error.not_modified() => Err(error.send_error(OPERATION, LimitScope::Chat)),
            _ => Ok(Performed {
                messages: vec![message.id.clone()],
            }),
        }
    }

    /// Text is a caption where the message holds a file. Where that is not known the network says so, once.
    async fn edit_words(&self, message: &MessageRef, number: i64, part: &Part) -> Result<(), CallError> {
        if !self.file_messages.contains(message) {
            let body = edit_text(&message.chat, number, part, self.link_previews);
            match self.edit_with(Method::EditMessageText, &body).await {
                Err(error) if error.has_no_text() => {}
                result => return result,
            }
            self.file_messages.insert(message.clone());
        }
        let body = edit_caption(&message.chat, number, part);
        self.edit_with(Method::EditMessageCaption, &body).await
    }

    async fn edit_with(&self, method: Method, body: &EditText<'_>) -> Result<(), CallError> {
        let answer: IgnoredAny = self.shared.calls.call(method, body).await?;
        let IgnoredAny = answer;
        Ok(())
    }

    async fn edit_file(
        &self,
        message: &MessageRef,
        number: i64,
        part: &Part,
    ) -> Result<Result<(), CallError>, SendError> {
        let failed = |kind: SendErrorKind| SendError::new(OPERATION, kind);
        let Some(media) = part.media.first() else {
            return Ok(Ok(()));
        };
        let file = outgoing(media, false).await.map_err(failed)?;
        check_files(std::slice::from_ref(&file), &part.text).map_err(failed)?;
        let request = edit_media(&message.chat, number, part, file);
        let edited: Result<IgnoredAny, CallError> = self.exchange(Method::EditMessageMedia, request).await;
        if edited.is_ok() {
            self.file_messages.insert(message.clone());
        }
        Ok(edited.map(|_| ()))
    }
}
