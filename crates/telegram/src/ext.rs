//! What Telegram alone has, for a bot's author: teloxide's `Bot`, its payloads and types, any method by name, and
//! teloxide's `Update` out of an event. Owns nothing.

use std::sync::Arc;

use duologue_core::{Context, Event, FileRef, SendError, Sender};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use teloxide::Bot;
use teloxide::requests::Payload;
use teloxide::types::Update;

use crate::adapter::{NETWORK, Telegram};
use crate::error::{CallError, CallErrorKind};
use crate::files::{self, Download};
use crate::sender::TelegramSender;

impl Telegram {
    /// teloxide's `Bot` for the same token and server. Its calls go past the bot's pace and receipts, it waits ten
    /// seconds inside a call that met a fault of the server, and it knows the Bot API up to version 9.1; where that
    /// matters, use [`Telegram::call`] or [`Telegram::call_raw`].
    pub fn bot(&self) -> Bot {
        let (token, client, api_url) = self.shared.calls.parts();
        Bot::with_client(token.expose(), client.clone()).set_api_url(api_url.clone())
    }

    /// Calls a method with one of teloxide's payloads, such as `teloxide::payloads::SendDice`. It goes past the bot's
    /// pace and is tried once. Payloads with files go through [`Telegram::bot`].
    ///
    /// # Errors
    ///
    /// [`CallError`], with everything that the network said.
    pub async fn call<P>(&self, payload: &P) -> Result<P::Output, CallError>
    where
        P: Payload + Serialize,
        P::Output: DeserializeOwned,
    {
        let (first, rest) = P::NAME.split_at(1);
        let method = first.to_ascii_lowercase() + rest;
        let answer = self.exchange(&method, payload).await?;
        answer.result(&method, self.shared.calls.token())
    }

    /// Calls any method by its name, also one that is newer than this program, and gives the raw result. It goes past
    /// the bot's pace and is tried once.
    ///
    /// ```no_run
    /// # async fn example(telegram: duologue_telegram::Telegram) -> Result<(), duologue_telegram::CallError> {
    /// let draft = serde_json::json!({ "chat_id": 1, "draft_id": 7, "text": "I am thinking" });
    /// let result = telegram.call_raw("sendMessageDraft", &draft).await?;
    /// assert_eq!(result.get(), "true");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`CallError`], with everything that the network said.
    pub async fn call_raw(&self, method: &str, body: &impl Serialize) -> Result<Box<RawValue>, CallError> {
        let answer = self.exchange(method, body).await?;
        let result: &RawValue = answer.result(method, self.shared.calls.token())?;
        Ok(result.to_owned())
    }

    /// Opens a file that came in, with its size.
    ///
    /// # Errors
    ///
    /// [`SendError`] when the file cannot be had.
    pub async fn download(&self, file: &FileRef) -> Result<Download, SendError> {
        files::download(&self.shared.calls, file).await
    }

    /// The network's own id of a file that came in, for calls of one's own.
    #[must_use]
    pub fn file_id(file: &FileRef) -> &str {
        files::file_id(file).1
    }

    async fn exchange(&self, method: &str, body: &impl Serialize) -> Result<crate::call::Answer, CallError> {
        let body = serde_json::to_vec(body)
            .map_err(|error| CallError::new(method, CallErrorKind::Request).with_source(error))?;
        self.shared.calls.call_named(method, body).await
    }
}

/// The way from a handler's [`Context`], or from any [`Sender`], to what Telegram alone has.
///
/// ```no_run
/// # use duologue_core::Context;
/// use duologue_telegram::TelegramExt;
///
/// async fn draft(context: Context) -> Result<(), duologue_telegram::CallError> {
///     let Some(telegram) = context.telegram() else { return Ok(()) };
///     let body = serde_json::json!({ "chat_id": 1, "draft_id": 7, "text": "I am thinking" });
///     telegram.call_raw("sendMessageDraft", &body).await?;
///     Ok(())
/// }
/// ```
pub trait TelegramExt {
    /// The bot on Telegram; `None` on another network.
    fn telegram(&self) -> Option<Telegram>;
}

impl TelegramExt for dyn Sender {
    fn telegram(&self) -> Option<Telegram> {
        let sender = self.as_any().downcast_ref::<TelegramSender>()?;
        Some(Telegram {
            shared: Arc::clone(&sender.shared),
        })
    }
}

impl TelegramExt for Context {
    fn telegram(&self) -> Option<Telegram> {
        self.sender().telegram()
    }
}

/// What an event from Telegram holds beyond `core`'s words.
pub trait TelegramEvent {
    /// The update as teloxide's type, parsed from the raw JSON now; `None` for an event of another network. A kind that
    /// teloxide does not know is `UpdateKind::Error` with its JSON, and a message in which it does not know something
    /// is `MessageKind::Empty`: then read [`Event::raw`].
    fn telegram_update(&self) -> Option<Result<Update, serde_json::Error>>;
}

impl TelegramEvent for Event {
    fn telegram_update(&self) -> Option<Result<Update, serde_json::Error>> {
        (self.chat.network == NETWORK).then(|| serde_json::from_slice(&self.raw.to_json()))
    }
}
