//! Performs one operation after the other. Owns short memories: which messages hold files, and which presses were
//! answered.

mod edit;
mod send;

use std::any::Any;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use duologue_core::command::CommandSpec;
use duologue_core::content::StyledText;
use duologue_core::{
    Capabilities, Chat, FileRef, FileStream, LimitScope, MessageRef, NetworkId, Operation, Performed,
    Registered, ReplyToken, SendError, SendErrorKind, Sender, UserId,
};
use futures_util::future::BoxFuture;
use serde::de::IgnoredAny;
use serde_json::json;
use smol_str::SmolStr;

use crate::adapter::{NETWORK, Shared};
use crate::call::Method;
use crate::capabilities::NOTE;
use crate::convert::{chat_address, message_number, send_draft, thread};
use crate::error::CallError;
use crate::recent::Recent;
use crate::{commands, files};

/// How many messages with files are remembered, to edit them without asking twice.
const FILE_MESSAGES_KEPT: usize = 10_000;

/// How many answered presses are remembered, to answer each once.
const ANSWERED_KEPT: usize = 10_000;

/// How long a message waits for the answer to its press, which is on its way at the same time.
const ANSWER_GRACE: Duration = Duration::from_secs(1);

pub(crate) struct TelegramSender {
    pub(crate) shared: Arc<Shared>,
    capabilities: Capabilities,
    link_previews: bool,
    file_messages: Recent<MessageRef>,
    answered: Recent<ReplyToken>,
    /// Whether the server has said that it knows no drafts.
    no_drafts: AtomicBool,
}

impl TelegramSender {
    pub(crate) fn new(shared: Arc<Shared>, capabilities: Capabilities, link_previews: bool) -> Self {
        Self {
            shared,
            capabilities,
            link_previews,
            file_messages: Recent::new(FILE_MESSAGES_KEPT),
            answered: Recent::new(ANSWERED_KEPT),
            no_drafts: AtomicBool::new(false),
        }
    }

    async fn answering(
        &self,
        operation: &Operation,
        reply: Option<&ReplyToken>,
    ) -> Result<Performed, SendError> {
        let Some(reply) = reply else {
            return self.say(operation).await;
        };
        beside(self.say(operation), self.end_wait(reply)).await
    }

    async fn say(&self, operation: &Operation) -> Result<Performed, SendError> {
        match operation {
            Operation::Send(send) => self.send_files(send).await,
            Operation::Edit { message, part, .. } => self.edit(message, part).await,
            Operation::Delete { message, .. } => self.delete(message).await,
            Operation::React { message, emoji } => self.react(message, emoji.as_ref()).await,
            Operation::Draft { chat, draft, text } => self.draft(chat, *draft, text).await,
            Operation::Typing(chat) => self.typing(chat).await,
            Operation::Acknowledge { reply, note, .. } => self.acknowledge(reply, note.as_deref()).await,
            _ => Err(SendError::new(
                operation.name(),
                SendErrorKind::Unsupported("this operation"),
            )),
        }
    }

    async fn delete(&self, message: &MessageRef) -> Result<Performed, SendError> {
        const OPERATION: &str = "delete";
        let body = json!({
            "chat_id": chat_address(&message.chat),
            "message_id": message_number(&message.id).map_err(|kind| SendError::new(OPERATION, kind))?,
        });
        self.simple(Method::DeleteMessage, &body, OPERATION).await
    }

    async fn react(&self, message: &MessageRef, emoji: Option<&SmolStr>) -> Result<Performed, SendError> {
        const OPERATION: &str = "react";
        let reaction = emoji.map(|emoji| match emoji.strip_prefix("custom:") {
            Some(id) => json!({ "type": "custom_emoji", "custom_emoji_id": id }),
            None => json!({ "type": "emoji", "emoji": emoji.as_str() }),
        });
        let body = json!({
            "chat_id": chat_address(&message.chat),
            "message_id": message_number(&message.id).map_err(|kind| SendError::new(OPERATION, kind))?,
            "reaction": Vec::from_iter(reaction),
        });
        self.simple(Method::SetMessageReaction, &body, OPERATION).await
    }

    async fn typing(&self, chat: &Chat) -> Result<Performed, SendError> {
        let mut body = json!({ "chat_id": chat_address(chat), "action": "typing" });
        if let Some(thread) = thread(chat) {
            body["message_thread_id"] = thread.into();
        }
        self.simple(Method::SendChatAction, &body, "typing").await
    }

    /// Shows a draft. A server that does not know the method is asked once.
    async fn draft(&self, chat: &Chat, draft: u64, text: &StyledText) -> Result<Performed, SendError> {
        const OPERATION: &str = "draft";
        let unknown = || SendError::new(OPERATION, SendErrorKind::Unsupported("drafts on this server"));
        if self.no_drafts.load(Ordering::Relaxed) {
            return Err(unknown());
        }
        let body = send_draft(chat, draft, text);
        let answer: Result<IgnoredAny, CallError> =
            self.shared.calls.call(Method::SendMessageDraft, &body).await;
        match answer {
            Err(error) if error.unknown_method() => {
                self.no_drafts.store(true, Ordering::Relaxed);
                Err(unknown())
            }
            Err(error) => Err(error.send_error(OPERATION, LimitScope::Chat)),
            Ok(_) => Ok(Performed::default()),
        }
    }

    /// Whether somebody may take away what others write in a chat.
    async fn is_moderator(&self, chat: &Chat, user: &UserId) -> Result<bool, SendError> {
        const OPERATION: &str = "ask for a member";
        #[derive(serde::Deserialize)]
        struct Member {
            status: String,
        }
        // A private chat has the id of its person.
        if chat.id.as_str() == user.as_str() {
            return Ok(false);
        }
        let Some(user) = user.parse::<i64>() else {
            return Err(SendError::new(
                OPERATION,
                SendErrorKind::NotFound(format!("`{user}` is no person here")),
            ));
        };
        let body = json!({ "chat_id": chat_address(chat), "user_id": user });
        let member: Result<Member, CallError> = self.shared.calls.call(Method::GetChatMember, &body).await;
        let member = member.map_err(|error| error.send_error(OPERATION, LimitScope::Network))?;
        Ok(matches!(member.status.as_str(), "creator" | "administrator"))
    }

    /// Ends the wait of the one who pressed. Words that are too late for the network are an error, silence is not.
    async fn acknowledge(&self, reply: &ReplyToken, note: Option<&str>) -> Result<Performed, SendError> {
        let first = self.answered.insert(reply.clone());
        if !first && note.is_none() {
            return Ok(Performed::default());
        }
        match self.answer(reply, note).await {
            Ok(()) => Ok(Performed::default()),
            Err(error) if error.query_too_old() && note.is_none() => Ok(Performed::default()),
            Err(error) => {
                if !error.query_too_old() {
                    self.answered.remove(reply);
                }
                Err(error.send_error("acknowledge", LimitScope::Network))
            }
        }
    }

    /// The same, beside a message that answers the press: once, and whatever comes of it is no error of the message.
    async fn end_wait(&self, reply: &ReplyToken) {
        if !self.answered.insert(reply.clone()) {
            return;
        }
        if let Err(error) = self.answer(reply, None).await
            && !error.query_too_old()
        {
            tracing::debug!(%error, "a press was not answered");
            self.answered.remove(reply);
        }
    }

    async fn answer(&self, reply: &ReplyToken, note: Option<&str>) -> Result<(), CallError> {
        let mut body = json!({ "callback_query_id": reply.as_str() });
        if let Some(note) = note {
            body["text"] = cut(note, NOTE).into();
        }
        let answer: Result<IgnoredAny, CallError> =
            self.shared.calls.call(Method::AnswerCallbackQuery, &body).await;
        answer.map(|_| ())
    }

    async fn simple(
        &self,
        method: Method,
        body: &serde_json::Value,
        operation: &'static str,
    ) -> Result<Performed, SendError> {
        let answer: Result<IgnoredAny, CallError> = self.shared.calls.call(method, body).await;
        answer
            .map(|_| Performed::default())
            .map_err(|error| error.send_error(operation, LimitScope::Chat))
    }
}

impl Sender for TelegramSender {
    fn network(&self) -> NetworkId {
        NETWORK
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn perform<'a>(&'a self, operation: &'a Operation) -> BoxFuture<'a, Result<Performed, SendError>> {
        // The way of nearly every message has a small future of its own.
        match operation {
            Operation::Send(send) if send.part.media.is_empty() => match &send.reply {
                None => Box::pin(self.send_text(send)),
                Some(reply) => Box::pin(beside(self.send_text(send), self.end_wait(reply))),
            },
            Operation::Send(send) => Box::pin(self.answering(operation, send.reply.as_ref())),
            Operation::Edit { reply, .. } => Box::pin(self.answering(operation, reply.as_ref())),
            _ => Box::pin(self.say(operation)),
        }
    }

    fn register<'a>(&'a self, specs: &'a [CommandSpec]) -> BoxFuture<'a, Result<Registered, SendError>> {
        Box::pin(commands::register(&self.shared.calls, specs))
    }

    fn open<'a>(&'a self, file: &'a FileRef) -> BoxFuture<'a, Result<FileStream, SendError>> {
        Box::pin(async move {
            let download = files::download(&self.shared.calls, file).await?;
            Ok(download.stream)
        })
    }

    fn moderates<'a>(&'a self, chat: &'a Chat, user: &'a UserId) -> BoxFuture<'a, Result<bool, SendError>> {
        Box::pin(self.is_moderator(chat, user))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Runs both at once and gives the first one's result; the second gets a short grace and no more.
async fn beside<T>(first: impl Future<Output = T>, second: impl Future<Output = ()>) -> T {
    tokio::pin!(first, second);
    tokio::select! {
        result = &mut first => {
            // Whether it was in time is of no matter any more.
            drop(tokio::time::timeout(ANSWER_GRACE, second).await);
            result
        }
        () = &mut second => first.await,
    }
}

/// The first so many UTF-16 units of a text, on a character's border.
fn cut(text: &str, most: usize) -> &str {
    let mut units = 0;
    let end = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > most
    });
    end.map_or(text, |(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_cut_between_characters() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abc", 2), "ab");
        assert_eq!(cut("a😀b", 2), "a");
        assert_eq!(cut("a😀b", 3), "a😀");
    }
}
