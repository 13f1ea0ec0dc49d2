//! What receives: the gateway's events into core's inbox, in order. Owns one gateway for each run.

use std::sync::Arc;

use duologue_core::{AccountId, Event, Identity, Inbox, NetworkId, Source, SourceError, SourceStatus};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serenity::model::gateway::GatewayIntents;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::adapter::Bot;
use crate::call::route::Route;
use crate::convert::inbound::{Inbound, NETWORK};
use crate::error::{CallError, CallErrorKind};
use crate::gateway::{
    AddressPolicy, Backoff, Chain, Events, Gateway, GatewayRefused, Locate, Place, Setup, State,
};

/// How many events may wait between the gateway and core; over it the connection is cut and resumed later. At some
/// 5 kB each, 10 MB.
const EVENT_QUEUE: usize = 2_048;

/// How many events are handed on together at most.
const BATCH: usize = 100;

/// Receives from Discord. Made by [`adapter`](crate::adapter).
pub(crate) struct DiscordSource {
    bot: Arc<Bot>,
}

#[derive(Deserialize)]
struct OwnUser {
    id: String,
    username: String,
}

impl Source for DiscordSource {
    fn network(&self) -> NetworkId {
        NETWORK
    }

    fn run<'a>(
        &'a self,
        inbox: &'a Inbox,
        stop: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<(), SourceError>> {
        self.receive(inbox, stop).boxed()
    }
}

impl DiscordSource {
    pub(crate) fn new(bot: Arc<Bot>) -> Self {
        Self { bot }
    }

    async fn receive(&self, inbox: &Inbox, stop: &CancellationToken) -> Result<(), SourceError> {
        inbox.report(NETWORK, SourceStatus::Connecting);
        let Some(identity) = self.identity(inbox, stop).await? else {
            return Ok(());
        };
        // The end of the one below ends the others.
        let stop = stop.child_token();
        let (gateway, mut events) = Gateway::new(self.setup(&identity, inbox)?);
        let state = events.state.clone();
        let run = async {
            let ended = gateway.run(stop.clone()).await;
            stop.cancel();
            ended
        };
        let (ended, (), (), ()) = tokio::join!(
            run,
            pump(&mut events, inbox, &stop),
            report(state, &identity, inbox, &stop),
            self.bot.interactions.defer_in_time(&self.bot.caller, &stop),
        );
        ended.map_err(refused)
    }

    /// Who the bot is. Asked for until it is known; a refused token ends it.
    async fn identity(
        &self,
        inbox: &Inbox,
        stop: &CancellationToken,
    ) -> Result<Option<OwnUser>, SourceError> {
        let timing = self.bot.config.timing;
        let mut backoff = Backoff::new(timing.backoff_min, timing.backoff_max);
        loop {
            let route = Route::own_user();
            let asked = self.bot.caller.get::<OwnUser>(&route);
            let Some(answer) = stop.run_until_cancelled(asked).await else {
                return Ok(None);
            };
            let error = match answer {
                Ok(user) => return Ok(Some(user)),
                Err(error) if error.status() == Some(401) => return Err(refused(GatewayRefused::Token)),
                Err(error) => error,
            };
            let wait = match error.kind {
                CallErrorKind::RateLimited { after, .. } => after,
                _ => backoff.next(),
            };
            warn!(error = %Chain(&error), ?wait, "discord does not say who the bot is");
            inbox.report(NETWORK, SourceStatus::Degraded(unreachable(&error)));
            if stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                return Ok(None);
            }
        }
    }

    fn setup(&self, identity: &OwnUser, inbox: &Inbox) -> Result<Setup<Event>, SourceError> {
        let bot = identity
            .id
            .parse()
            .map_err(|_| SourceError::new("Discord gave the bot an id that is no number"))?;
        let inbound = Inbound {
            account: AccountId::new(identity.id.as_str()),
            bot,
            interactions: Arc::clone(&self.bot.interactions),
            ephemeral: Arc::clone(&self.bot.ephemeral),
        };
        let config = &self.bot.config;
        Ok(Setup {
            http: Arc::clone(&self.bot.http),
            token: config.token.clone(),
            intents: intents(inbox.wants_all_text(), config.members) | config.more_intents,
            policy: AddressPolicy::for_base(&self.bot.base),
            locate: Arc::clone(&self.bot.caller) as Arc<dyn Locate>,
            sessions: Arc::clone(&config.sessions),
            convert: Arc::new(move |event, place, session| inbound.convert(event, place, session)),
            queue: EVENT_QUEUE,
            timing: config.timing,
        })
    }
}

/// What is asked for. The content of messages only if somebody reads them: it needs a switch in Discord's portal.
/// Private messages and those that mention the bot come with their content anyway.
fn intents(all_text: bool, members: bool) -> GatewayIntents {
    let mut intents = GatewayIntents::GUILD_MESSAGES
        | GatewayIntents::DIRECT_MESSAGES
        | GatewayIntents::GUILD_MESSAGE_REACTIONS
        | GatewayIntents::DIRECT_MESSAGE_REACTIONS;
    intents.set(GatewayIntents::MESSAGE_CONTENT, all_text);
    intents.set(GatewayIntents::GUILD_MEMBERS, members);
    intents
}

/// Hands events to core in order, together as far as they are there. When core has no room the queue fills and the
/// gateway is cut and resumed.
async fn pump(events: &mut Events<Event>, inbox: &Inbox, stop: &CancellationToken) {
    while let Some(Some(items)) = stop.run_until_cancelled(events.some(BATCH)).await {
        let places: Vec<Place> = items.iter().map(|item| item.place).collect();
        let mut waiting: Vec<Event> = items.into_iter().map(|item| item.value).collect();
        loop {
            let offered = inbox.offer_all(waiting, None).await;
            if let Some(place) = places[..places.len() - offered.left.len()].last() {
                events.processed(*place);
            }
            if offered.left.is_empty() {
                break;
            }
            if offered.stopping || stop.run_until_cancelled(inbox.room()).await.is_none() {
                return;
            }
            waiting = offered.left;
        }
    }
}

/// Tells core how the connection is.
async fn report(
    mut state: watch::Receiver<State>,
    identity: &OwnUser,
    inbox: &Inbox,
    stop: &CancellationToken,
) {
    loop {
        let status = match &*state.borrow_and_update() {
            State::Connecting => SourceStatus::Connecting,
            State::Ready => {
                info!(user = %identity.username, "discord is there");
                SourceStatus::Online(Identity {
                    account: AccountId::new(identity.id.as_str()),
                    handle: identity.username.clone(),
                })
            }
            State::Waiting { why, .. } => SourceStatus::Degraded((*why).to_owned()),
        };
        inbox.report(NETWORK, status);
        if !matches!(stop.run_until_cancelled(state.changed()).await, Some(Ok(()))) {
            return;
        }
    }
}

fn refused(refused: GatewayRefused) -> SourceError {
    let mut sentence = Chain(&refused).to_string();
    // A sentence for people.
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    SourceError {
        sentence,
        source: Some(Box::new(refused)),
    }
}

fn unreachable(error: &CallError) -> String {
    format!("Discord cannot be reached: {}", error.kind)
}
