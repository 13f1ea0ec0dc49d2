//! Changes and deletions through an interaction's token, and its end without an answer.

use duologue_core::MessageId;
use reqwest::Method;

use super::answer::{ORIGINAL, Outcome, body, message_id};
use super::{Interaction, Interactions, Origin, Phase};
use crate::call::route::Route;
use crate::call::{Body, Caller};
use crate::convert::outbound::{Outgoing, Purpose};
use crate::error::{CallError, code};

/// The callback type that changes the pressed message (interactions/receiving-and-responding).
const UPDATE_MESSAGE: u8 = 7;

impl Interactions {
    /// Changes the message whose component was pressed, with the first call if it was not made yet.
    pub(crate) async fn update_pressed(
        &self,
        interaction: &Interaction,
        message: &MessageId,
        outgoing: &Outgoing,
        caller: &Caller,
    ) -> Result<Outcome, CallError> {
        let Some(pressed) = interaction
            .pressed()
            .filter(|pressed| message.parse() == Some(*pressed))
        else {
            return Ok(Outcome::UseChannel);
        };
        let mut state = interaction.state.lock().await;
        if interaction.expired() || state.phase == Phase::Lost {
            return Ok(Outcome::UseChannel);
        }
        if state.phase == Phase::Pending && outgoing.file_bytes() > super::answer::HEAVY {
            self.defer(interaction, &mut state, caller).await?;
        }
        if state.phase != Phase::Pending {
            if state.original != Some(pressed) {
                return Ok(Outcome::UseChannel);
            }
            let edited = self.edit_through(interaction, ORIGINAL, outgoing, caller).await?;
            return Ok(match edited {
                Outcome::Message(_) => Outcome::Message(message.clone()),
                other => other,
            });
        }
        let route = Route::callback(interaction.id, &interaction.token, false);
        let purpose = Purpose {
            callback: Some(UPDATE_MESSAGE),
            edit: true,
            ..Purpose::default()
        };
        match caller.call(&route, body(outgoing, purpose)?).await {
            Ok(_) => {
                self.answered(interaction, &mut state, Phase::Answered);
                state.original = Some(pressed);
                Ok(Outcome::Message(message.clone()))
            }
            Err(error) if error.token_dead() => {
                self.answered(interaction, &mut state, Phase::Lost);
                Ok(Outcome::UseChannel)
            }
            Err(error) if error.code() == Some(code::ALREADY_ACKNOWLEDGED) => {
                self.answered(interaction, &mut state, Phase::Answered);
                Ok(Outcome::UseChannel)
            }
            Err(error) => Err(error),
        }
    }

    /// Changes a message that this interaction made.
    pub(crate) async fn edit_made(
        &self,
        interaction: &Interaction,
        message: &MessageId,
        outgoing: &Outgoing,
        caller: &Caller,
    ) -> Result<Outcome, CallError> {
        let name = interaction.name_of(message).await;
        let edited = self.edit_through(interaction, name, outgoing, caller).await?;
        Ok(match edited {
            Outcome::Message(_) => Outcome::Message(message.clone()),
            other => other,
        })
    }

    /// Takes back a message that this interaction made.
    pub(crate) async fn delete_made(
        &self,
        interaction: &Interaction,
        message: &MessageId,
        caller: &Caller,
    ) -> Result<Outcome, CallError> {
        let name = interaction.name_of(message).await;
        self.delete_through(interaction, name, caller).await
    }

    /// Ends an interaction without an answer; a note is shown to the one who asked alone.
    pub(crate) async fn acknowledge(
        &self,
        interaction: &Interaction,
        note: Option<&Outgoing>,
        caller: &Caller,
    ) -> Result<(), CallError> {
        if let Some(note) = note {
            // A note for one person has no way through the channel.
            return self.answer(interaction, note, true, caller).await.map(drop);
        }
        let mut state = interaction.state.lock().await;
        if state.phase == Phase::Pending {
            self.defer(interaction, &mut state, caller).await?;
        }
        if state.phase == Phase::Deferred && interaction.origin == Origin::Command {
            // "Is thinking" would stay for ever.
            self.delete_through(interaction, ORIGINAL, caller).await?;
            self.answered(interaction, &mut state, Phase::Answered);
        }
        Ok(())
    }

    pub(super) async fn edit_through(
        &self,
        interaction: &Interaction,
        name: &str,
        outgoing: &Outgoing,
        caller: &Caller,
    ) -> Result<Outcome, CallError> {
        let route = Route::webhook(
            Method::PATCH,
            interaction.application,
            &interaction.token,
            Some(name),
        );
        match caller
            .call(
                &route,
                body(
                    outgoing,
                    Purpose {
                        edit: true,
                        ..Purpose::default()
                    },
                )?,
            )
            .await
        {
            Ok(answer) => message_id(route.kind.name(), &answer).map(Outcome::Message),
            Err(error) if error.token_dead() => Ok(Outcome::UseChannel),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn delete_through(
        &self,
        interaction: &Interaction,
        name: &str,
        caller: &Caller,
    ) -> Result<Outcome, CallError> {
        let route = Route::webhook(
            Method::DELETE,
            interaction.application,
            &interaction.token,
            Some(name),
        );
        match caller.call(&route, Body::Empty).await {
            Ok(_) => Ok(Outcome::Done),
            Err(error) if error.token_dead() => Ok(Outcome::UseChannel),
            Err(error) => Err(error),
        }
    }
}

impl Interaction {
    /// What a message is called on this interaction's webhook.
    async fn name_of<'a>(&self, message: &'a MessageId) -> &'a str {
        let original = self.state.lock().await.original;
        if original.is_some() && original == message.parse() {
            ORIGINAL
        } else {
            message.as_str()
        }
    }
}
