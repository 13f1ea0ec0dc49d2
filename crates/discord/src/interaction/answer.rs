//! Answers through an interaction's token: the transitions of its state.

use duologue_core::MessageId;
use reqwest::Method;
use serde::Deserialize;

use super::{Interaction, Interactions, Origin, Phase, State};
use crate::call::route::Route;
use crate::call::{Body, Caller, parse};
use crate::convert::outbound::{Outgoing, Purpose};
use crate::error::{CallError, CallErrorKind, code};

/// The callback type of a first answer (interactions/receiving-and-responding).
const NEW_MESSAGE: u8 = 4;

/// With more bytes of files than this the first call is a deferral: an upload may take longer than its 3 s.
pub(super) const HEAVY: usize = 256 << 10;

/// What the first answer is called on an interaction's webhook.
pub(super) const ORIGINAL: &str = "@original";

/// What became of something that should go through an interaction.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is this message now.
    Message(MessageId),
    /// Done, and there is no message.
    Done,
    /// The token is no way any more, or never was one for this message: go through the channel.
    UseChannel,
}

#[derive(Deserialize)]
struct MessageAnswer<'a> {
    #[serde(borrow)]
    id: &'a str,
}

#[derive(Deserialize)]
struct CallbackAnswer<'a> {
    #[serde(borrow)]
    resource: Option<Resource<'a>>,
}

#[derive(Deserialize)]
struct Resource<'a> {
    #[serde(borrow)]
    message: Option<MessageAnswer<'a>>,
}

impl Interactions {
    /// Says something new: the first answer if there was none, else a follow-up.
    pub(crate) async fn answer(
        &self,
        interaction: &Interaction,
        outgoing: &Outgoing,
        ephemeral: bool,
        caller: &Caller,
    ) -> Result<Outcome, CallError> {
        let mut state = interaction.state.lock().await;
        if interaction.expired() {
            return Ok(Outcome::UseChannel);
        }
        if state.phase == Phase::Pending && outgoing.file_bytes() > HEAVY {
            self.defer(interaction, &mut state, caller).await?;
        }
        if state.phase == Phase::Pending
            && let Some(outcome) = self
                .first_answer(interaction, &mut state, outgoing, ephemeral, caller)
                .await?
        {
            return Ok(outcome);
        }
        match state.phase {
            Phase::Lost => Ok(Outcome::UseChannel),
            Phase::Deferred if !matches!(interaction.origin, Origin::Component(_)) => {
                self.after_deferral(interaction, &mut state, outgoing, ephemeral, caller)
                    .await
            }
            Phase::Pending | Phase::Deferred | Phase::Answered => {
                self.follow_up(interaction, &mut state, outgoing, ephemeral, caller)
                    .await
            }
        }
    }

    /// The first call with an answer in it. Nothing if the call was made before and the state has moved on.
    async fn first_answer(
        &self,
        interaction: &Interaction,
        state: &mut State,
        outgoing: &Outgoing,
        ephemeral: bool,
        caller: &Caller,
    ) -> Result<Option<Outcome>, CallError> {
        let route = Route::callback(interaction.id, &interaction.token, true);
        let purpose = Purpose {
            callback: Some(NEW_MESSAGE),
            ephemeral,
            ..Purpose::default()
        };
        match caller.call(&route, body(outgoing, purpose)?).await {
            Ok(answer) => {
                self.answered(interaction, state, Phase::Answered);
                let id = match callback_message(&answer) {
                    Some(id) => id,
                    // A server that does not know `with_response` answers with nothing.
                    None => self.ask_original(interaction, caller).await?,
                };
                state.original = id.parse();
                self.remember(interaction, &id);
                Ok(Some(Outcome::Message(id)))
            }
            Err(error) if error.token_dead() => {
                self.answered(interaction, state, Phase::Lost);
                Ok(None)
            }
            Err(error) if error.code() == Some(code::ALREADY_ACKNOWLEDGED) => {
                state.phase = Phase::Deferred;
                state.hidden = interaction.ephemeral;
                self.settle(interaction);
                Ok(None)
            }
            Err(error) => {
                if matches!(error.kind, CallErrorKind::NoAnswer | CallErrorKind::BadAnswer) {
                    // It may stand there already: what comes next must not overwrite it.
                    self.answered(interaction, state, Phase::Answered);
                }
                Err(error)
            }
        }
    }

    /// Fills the message that "is thinking", or replaces it where it cannot be what is asked for.
    async fn after_deferral(
        &self,
        interaction: &Interaction,
        state: &mut State,
        outgoing: &Outgoing,
        ephemeral: bool,
        caller: &Caller,
    ) -> Result<Outcome, CallError> {
        if ephemeral != state.hidden {
            // Who sees a message is decided when it is made.
            self.delete_through(interaction, ORIGINAL, caller).await?;
            self.answered(interaction, state, Phase::Answered);
            return self
                .follow_up(interaction, state, outgoing, ephemeral, caller)
                .await;
        }
        let edited = self.edit_through(interaction, ORIGINAL, outgoing, caller).await;
        match edited {
            Ok(Outcome::Message(id)) => {
                self.answered(interaction, state, Phase::Answered);
                state.original = id.parse();
                self.remember(interaction, &id);
                Ok(Outcome::Message(id))
            }
            Ok(other) => {
                self.answered(interaction, state, Phase::Lost);
                Ok(other)
            }
            Err(error) => Err(error),
        }
    }

    async fn follow_up(
        &self,
        interaction: &Interaction,
        state: &mut State,
        outgoing: &Outgoing,
        ephemeral: bool,
        caller: &Caller,
    ) -> Result<Outcome, CallError> {
        let route = Route::webhook(Method::POST, interaction.application, &interaction.token, None);
        let purpose = Purpose {
            ephemeral,
            ..Purpose::default()
        };
        match caller.call(&route, body(outgoing, purpose)?).await {
            Ok(answer) => {
                let id = message_id(route.kind.name(), &answer)?;
                self.remember(interaction, &id);
                Ok(Outcome::Message(id))
            }
            Err(error) if error.token_dead() => {
                self.answered(interaction, state, Phase::Lost);
                Ok(Outcome::UseChannel)
            }
            Err(error) => Err(error),
        }
    }

    async fn ask_original(&self, interaction: &Interaction, caller: &Caller) -> Result<MessageId, CallError> {
        let route = Route::webhook(
            Method::GET,
            interaction.application,
            &interaction.token,
            Some(ORIGINAL),
        );
        let answer = caller.call(&route, Body::Empty).await?;
        message_id(route.kind.name(), &answer)
    }

    fn remember(&self, interaction: &Interaction, message: &MessageId) {
        if let Some(message) = message.parse() {
            self.made(interaction, message);
        }
    }
}

/// Writes a body; core's content always can be written.
pub(crate) fn body(outgoing: &Outgoing, purpose: Purpose<'_>) -> Result<Body, CallError> {
    outgoing.body(purpose).map_err(|error| CallError {
        call: "write a message",
        kind: CallErrorKind::BadRequest("it cannot be written as json".to_owned()),
        source: Some(Box::new(error)),
    })
}

/// The id of the message that a call answered with.
pub(crate) fn message_id(call: &'static str, answer: &[u8]) -> Result<MessageId, CallError> {
    parse::<MessageAnswer<'_>>(call, answer).map(|message| MessageId::new(message.id))
}

fn callback_message(answer: &[u8]) -> Option<MessageId> {
    let answer: CallbackAnswer<'_> = serde_json::from_slice(answer).ok()?;
    Some(MessageId::new(answer.resource?.message?.id))
}
