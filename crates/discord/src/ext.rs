//! What Discord alone can do, for authors: serenity's types and raw calls, from a handler's context. Owns no state.

use std::sync::Arc;

use duologue_core::{Context, Event, Raw};
use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serenity::http::Http;
use serenity::model::application::{CommandInteraction, ComponentInteraction, Interaction};

use crate::call::route::Route;
use crate::call::{Body, parse};
use crate::error::{CallError, CallErrorKind};
use crate::sender::DiscordSender;

/// Reaches Discord's own side of things. `None` on any other network.
///
/// ```no_run
/// # use duologue_core::Context;
/// # async fn handler(ctx: Context) {
/// use duologue_discord::DiscordExt;
///
/// if let Some(discord) = ctx.discord() {
///     let roles: Result<serde_json::Value, _> = discord.get("/guilds/1/roles").await;
/// }
/// # }
/// ```
pub trait DiscordExt {
    /// Discord's side of this event.
    fn discord(&self) -> Option<Discord<'_>>;
}

impl DiscordExt for Context {
    fn discord(&self) -> Option<Discord<'_>> {
        let sender = self.sender().as_any().downcast_ref()?;
        Some(Discord {
            sender,
            event: self.event(),
        })
    }
}

/// Discord's side of an event.
#[derive(Clone, Copy)]
pub struct Discord<'a> {
    sender: &'a DiscordSender,
    event: &'a Event,
}

impl<'a> Discord<'a> {
    /// The event as serenity parsed it. Events that core has no word for come as JSON alone: see
    /// [`Event::raw`](duologue_core::Event).
    #[must_use]
    pub fn event(&self) -> Option<&'a serenity::model::event::Event> {
        dispatch(&self.event.raw)
    }

    /// The slash command that came.
    #[must_use]
    pub fn command(&self) -> Option<&'a CommandInteraction> {
        match self.interaction()? {
            Interaction::Command(command) => Some(command),
            _ => None,
        }
    }

    /// The component that was used.
    #[must_use]
    pub fn component(&self) -> Option<&'a ComponentInteraction> {
        match self.interaction()? {
            Interaction::Component(component) => Some(component),
            _ => None,
        }
    }

    fn interaction(&self) -> Option<&'a Interaction> {
        match self.event()? {
            serenity::model::event::Event::InteractionCreate(created) => Some(&created.interaction),
            _ => None,
        }
    }

    /// serenity's own way of calling, at the configured address. Its calls are not paced: its rate limiter is off and
    /// the book of limits does not see them.
    #[must_use]
    pub fn http(&self) -> &'a Arc<Http> {
        &self.sender.bot.http
    }

    /// Calls `GET` with a path behind `/api/v10`.
    ///
    /// # Errors
    ///
    /// [`CallError`], also when the call has to wait for a rate limit: it is not repeated.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, CallError> {
        self.call::<(), T>(Method::GET, path, None).await
    }

    /// Calls any method with a path behind `/api/v10` and a JSON body, for what serenity does not know yet.
    ///
    /// An answer without a body reads as `null`: ask for `()` or a [`serde_json::Value`].
    ///
    /// # Errors
    ///
    /// [`CallError`], also when the call has to wait for a rate limit: it is not repeated.
    pub async fn call<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&B>,
    ) -> Result<T, CallError> {
        let route = Route::raw(method, path);
        let body = match body {
            None => Body::Empty,
            Some(body) => Body::Json(serde_json::to_vec(body).map_err(|error| CallError {
                call: "raw call",
                kind: CallErrorKind::BadRequest("the body cannot be written as json".to_owned()),
                source: Some(Box::new(error)),
            })?),
        };
        let answer = self.sender.bot.caller.call(&route, body).await?;
        parse("raw call", if answer.is_empty() { b"null" } else { &answer })
    }
}

/// serenity's form of a raw event, for code that holds an [`Event`] alone.
#[must_use]
pub fn dispatch(raw: &Raw) -> Option<&serenity::model::event::Event> {
    raw.downcast()
}
