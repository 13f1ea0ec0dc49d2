//! What sends: core's operations as calls. Owns the bot's last reactions; all else is shared with the source.

mod reactions;

use std::any::Any;
use std::sync::Arc;

use duologue_core::command::CommandSpec;
use duologue_core::{
    Capabilities, Chat, ChatId, FileRef, FileStream, MessageId, MessageRef, NetworkId, Operation, Part,
    Performed, Registered, ReplyToken, SendError, SendErrorKind, SendOperation, Sender, UserId,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::Method;

use self::reactions::Reactions;
use crate::adapter::Bot;
use crate::call::Body;
use crate::call::route::Route;
use crate::commands;
use crate::convert::inbound::NETWORK;
use crate::convert::outbound::{Outgoing, Purpose};
use crate::error::{CallError, CallErrorKind};
use crate::interaction::{Outcome, body, message_id};

/// Discord's code for a message that is not there.
const UNKNOWN_MESSAGE: u32 = 10008;

/// Sends to Discord. Made by [`adapter`](crate::adapter).
pub struct DiscordSender {
    pub(crate) bot: Arc<Bot>,
    reactions: Reactions,
}

impl Sender for DiscordSender {
    fn network(&self) -> NetworkId {
        NETWORK
    }

    fn capabilities(&self) -> &Capabilities {
        &self.bot.capabilities
    }

    fn perform<'a>(&'a self, operation: &'a Operation) -> BoxFuture<'a, Result<Performed, SendError>> {
        async move {
            match operation {
                Operation::Send(send) => self.send(send).await,
                Operation::Edit { message, reply, part } => self.edit(message, reply.as_ref(), part).await,
                Operation::Delete { message, .. } => self
                    .delete(message)
                    .await
                    .map_err(|error| error.into_send("delete")),
                Operation::React { message, emoji } => self
                    .react(message, emoji.as_deref())
                    .await
                    .map_err(|error| error.into_send("react")),
                Operation::Typing(chat) => self
                    .typing(&chat.id)
                    .await
                    .map_err(|error| error.into_send("typing")),
                Operation::Acknowledge { reply, note, .. } => {
                    let acknowledged = self.acknowledge(reply, note.as_deref()).await;
                    acknowledged.map_err(|error| error.into_send("acknowledge"))
                }
                _ => Err(SendError::new(
                    operation.name(),
                    SendErrorKind::Unsupported("such operation"),
                )),
            }
        }
        .boxed()
    }

    fn register<'a>(&'a self, specs: &'a [CommandSpec]) -> BoxFuture<'a, Result<Registered, SendError>> {
        async move {
            let names = specs
                .iter()
                .filter(|spec| spec.ephemeral)
                .map(|spec| spec.name.clone())
                .collect();
            if let Ok(mut ephemeral) = self.bot.ephemeral.write() {
                *ephemeral = names;
            }
            let failed = |error: CallError| error.into_send("register");
            let application = self.bot.application().await.map_err(failed)?;
            commands::register(&self.bot.caller, application, self.bot.config.guild_id, specs)
                .await
                .map_err(failed)
        }
        .boxed()
    }

    fn open<'a>(&'a self, file: &'a FileRef) -> BoxFuture<'a, Result<FileStream, SendError>> {
        async move {
            self.bot
                .files
                .open(file)
                .await
                .map_err(|error| error.into_send("open"))
        }
        .boxed()
    }

    fn moderates<'a>(&'a self, _: &'a Chat, _: &'a UserId) -> BoxFuture<'a, Result<bool, SendError>> {
        let kind =
            SendErrorKind::Unsupported("question for moderators: commands and presses say it themselves");
        async { Err(SendError::new("ask for a member", kind)) }.boxed()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl DiscordSender {
    pub(crate) fn new(bot: Arc<Bot>) -> Self {
        Self {
            bot,
            reactions: Reactions::default(),
        }
    }

    async fn send(&self, send: &SendOperation) -> Result<Performed, SendError> {
        let failed = |error: CallError| error.into_send("send");
        let outgoing = self.outgoing(&send.part).await.map_err(failed)?;
        if let Some(interaction) = send
            .reply
            .as_ref()
            .and_then(|reply| self.bot.interactions.find(reply))
        {
            let (interactions, caller) = (&self.bot.interactions, &self.bot.caller);
            match interactions
                .answer(&interaction, &outgoing, send.ephemeral, caller)
                .await
                .map_err(failed)?
            {
                Outcome::Message(id) => return Ok(one(id)),
                Outcome::Done => return Ok(Performed::default()),
                // What one person alone should see does not go where all see it.
                Outcome::UseChannel if send.ephemeral => {
                    let why =
                        "the interaction has expired, and nothing else reaches one person alone".to_owned();
                    return Err(SendError::new("send", SendErrorKind::NotFound(why)));
                }
                Outcome::UseChannel => {}
            }
        } else if send.ephemeral {
            let what = "message for one person outside the answer to a command or a press";
            return Err(SendError::new("send", SendErrorKind::Unsupported(what)));
        }
        self.send_to_channel(send, &outgoing)
            .await
            .map(one)
            .map_err(|error| match error.kind {
                // The nonce makes a repetition harmless: Discord answers with the message that stands there.
                CallErrorKind::NoAnswer => {
                    SendError::new("send", SendErrorKind::Transient("no answer came".to_owned()))
                        .with_source(error)
                }
                _ => error.into_send("send"),
            })
    }

    async fn send_to_channel(
        &self,
        send: &SendOperation,
        outgoing: &Outgoing,
    ) -> Result<MessageId, CallError> {
        let route = Route::message(Method::POST, channel(&send.chat.id)?, None);
        let purpose = Purpose {
            replies_to: send.replies_to.as_ref(),
            nonce: Some(send.nonce),
            ..Purpose::default()
        };
        let answer = self.bot.caller.call(&route, body(outgoing, purpose)?).await?;
        message_id(route.kind.name(), &answer)
    }

    async fn edit(
        &self,
        message: &MessageRef,
        reply: Option<&ReplyToken>,
        part: &Part,
    ) -> Result<Performed, SendError> {
        let failed = |error: CallError| error.into_send("edit");
        let outgoing = self.outgoing(part).await.map_err(failed)?;
        let (interactions, caller) = (&self.bot.interactions, &self.bot.caller);
        if let Some(pressed) = reply.and_then(|reply| interactions.find(reply)) {
            let outcome = interactions
                .update_pressed(&pressed, &message.id, &outgoing, caller)
                .await;
            if let Outcome::Message(id) = outcome.map_err(failed)? {
                return Ok(one(id));
            }
        }
        if let Some(maker) = interactions.of_message(&message.id) {
            let outcome = interactions
                .edit_made(&maker, &message.id, &outgoing, caller)
                .await;
            if let Outcome::Message(id) = outcome.map_err(failed)? {
                return Ok(one(id));
            }
        }
        let channel = channel(&message.chat.id).map_err(failed)?;
        let route = Route::message(Method::PATCH, channel, Some(message.id.as_str()));
        let body = body(
            &outgoing,
            Purpose {
                edit: true,
                ..Purpose::default()
            },
        )
        .map_err(failed)?;
        caller.call(&route, body).await.map_err(failed)?;
        Ok(one(message.id.clone()))
    }

    async fn delete(&self, message: &MessageRef) -> Result<Performed, CallError> {
        let (interactions, caller) = (&self.bot.interactions, &self.bot.caller);
        if let Some(maker) = interactions.of_message(&message.id) {
            let deleted = interactions.delete_made(&maker, &message.id, caller).await;
            if gone_is_done(deleted)?.is_none_or(|outcome| outcome == Outcome::Done) {
                return Ok(Performed::default());
            }
        }
        let route = Route::message(
            Method::DELETE,
            channel(&message.chat.id)?,
            Some(message.id.as_str()),
        );
        gone_is_done(caller.call(&route, Body::Empty).await)?;
        Ok(Performed::default())
    }

    /// Sets the bot's one reaction: the one before goes.
    async fn react(&self, message: &MessageRef, emoji: Option<&str>) -> Result<Performed, CallError> {
        let channel = channel(&message.chat.id)?;
        let id = message.id.as_str();
        let before = match (self.reactions.of(&message.id), emoji) {
            (Some(before), _) => vec![before],
            (None, Some(_)) => Vec::new(),
            // Set by an earlier process, perhaps.
            (None, None) => reactions::own(&self.bot.caller, channel, id).await?,
        };
        for old in before.iter().filter(|old| Some(old.as_str()) != emoji) {
            let route = Route::reaction(Method::DELETE, channel, id, old);
            gone_is_done(self.bot.caller.call(&route, Body::Empty).await)?;
        }
        if let Some(emoji) = emoji {
            let route = Route::reaction(Method::PUT, channel, id, emoji);
            self.bot.caller.call(&route, Body::Empty).await?;
        }
        self.reactions.set(&message.id, emoji);
        Ok(Performed::default())
    }

    async fn typing(&self, chat: &ChatId) -> Result<Performed, CallError> {
        let channel = channel(chat)?;
        if !self.bot.interactions.waiting_in(channel) {
            self.bot.caller.call(&Route::typing(channel), Body::Empty).await?;
        }
        Ok(Performed::default())
    }

    async fn acknowledge(&self, reply: &ReplyToken, note: Option<&str>) -> Result<Performed, CallError> {
        if let Some(interaction) = self.bot.interactions.find(reply) {
            let note = note.map(Outgoing::note);
            self.bot
                .interactions
                .acknowledge(&interaction, note.as_ref(), &self.bot.caller)
                .await?;
        }
        Ok(Performed::default())
    }

    async fn outgoing(&self, part: &Part) -> Result<Outgoing, CallError> {
        let mut files = Vec::with_capacity(part.media.len());
        for media in &part.media {
            files.push(self.bot.files.read(media).await?);
        }
        Ok(Outgoing::new(part, files))
    }
}

fn one(id: MessageId) -> Performed {
    Performed { messages: vec![id] }
}

/// What should go and is not there is gone.
fn gone_is_done<T>(result: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match result {
        Err(error) if error.code() == Some(UNKNOWN_MESSAGE) => Ok(None),
        other => other.map(Some),
    }
}

fn channel(chat: &ChatId) -> Result<u64, CallError> {
    chat.parse().ok_or_else(|| {
        CallError::new(
            "find the channel",
            CallErrorKind::BadRequest(format!("{chat} is no channel of Discord's")),
        )
    })
}
