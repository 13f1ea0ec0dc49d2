//! What receives: the gateway's events, and what is posted to the endpoint, into core's inbox. Owns one gateway and one
//! endpoint for each run, as configured.

mod portal;

use std::sync::Arc;

use duologue_core::store::{BotAccount, Position, SourceId};
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
use crate::endpoint::{Delivery, EndpointConfig, Reception, Server};
use crate::error::{CallError, CallErrorKind};
use crate::gateway::{
    AddressPolicy, Backoff, Chain, Events, Gateway, GatewayRefused, Locate, Place, Session, Setup, State,
};

/// How many events may wait between the gateway and core; over it the connection is cut and resumed later. At some
/// 5 kB each, 10 MB.
const EVENT_QUEUE: usize = 2_048;

/// How many events are handed on together at most.
const BATCH: usize = 100;

/// How often the token must be refused before it counts as invalid.
const REFUSALS: u32 = 3;

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
        // First of all: a port that is taken is told at once, and requests can wait in the socket.
        let endpoint = match &self.bot.config.delivery {
            Delivery::Gateway => None,
            Delivery::Endpoint(config) => Some((config, Server::bind(config).await.map_err(for_good)?)),
        };
        let Some(identity) = self.identity(inbox, stop).await? else {
            return Ok(());
        };
        // The end of one ends the others.
        let stop = stop.child_token();
        let Some((config, server)) = endpoint else {
            let (ended, ()) = tokio::join!(
                self.by_gateway(&identity, inbox, &stop),
                self.bot.interactions.defer_in_time(&self.bot.caller, &stop),
            );
            return ended;
        };
        // Requests may still be under way after `stop`, and what they bring is deferred too.
        let served = CancellationToken::new();
        let (by_gateway, by_endpoint, ()) = tokio::join!(
            async {
                if config.gateway {
                    self.by_gateway(&identity, inbox, &stop).await
                } else {
                    Ok(())
                }
            },
            async {
                let ended = self.by_endpoint(config, server, &identity, inbox, &stop).await;
                served.cancel();
                ended
            },
            self.bot.interactions.defer_in_time(&self.bot.caller, &served),
        );
        by_endpoint.and(by_gateway)
    }

    async fn by_gateway(
        &self,
        identity: &OwnUser,
        inbox: &Inbox,
        stop: &CancellationToken,
    ) -> Result<(), SourceError> {
        let setup = self.setup(identity, inbox).inspect_err(|_| stop.cancel())?;
        let source = source_id(identity);
        if setup.sessions.get().is_none() {
            // An earlier process may have left one: what was sent meanwhile is replayed then.
            setup
                .sessions
                .put(inbox.position(&source).await.and_then(session));
        }
        let (gateway, mut events) = Gateway::new(setup);
        let state = events.state.clone();
        let run = async {
            let ended = gateway.run(stop.clone()).await;
            stop.cancel();
            ended
        };
        let (ended, (), ()) = tokio::join!(
            run,
            pump(&mut events, inbox, stop),
            report(state, identity, inbox, stop),
        );
        ended.map_err(for_good)
    }

    async fn by_endpoint(
        &self,
        config: &EndpointConfig,
        server: Server,
        identity: &OwnUser,
        inbox: &Inbox,
        stop: &CancellationToken,
    ) -> Result<(), SourceError> {
        let inbound = self.inbound(identity).inspect_err(|_| stop.cancel())?;
        let reception = Reception::new(config, inbound, inbox.clone(), Arc::clone(&self.bot.caller));
        let address = server.address();
        info!(user = %identity.username, ?address, path = config.path, "discord's interactions are waited for");
        if !config.gateway {
            if inbox.wants_all_text() {
                warn!(
                    "the bot reads messages, but without the gateway discord brings none: set the gateway beside the \
                     endpoint"
                );
            }
            inbox.report(NETWORK, SourceStatus::Online(online(identity)));
        }
        let ask = async {
            let fits = stop
                .run_until_cancelled(portal::check(config, &self.bot.caller))
                .await;
            fits.unwrap_or(Ok(())).inspect_err(|_| stop.cancel())
        };
        let (fits, ()) = tokio::join!(ask, server.serve(Arc::new(reception), stop));
        fits.map_err(for_good)
    }

    /// Who the bot is. Asked for until it is known; a refused token ends it.
    async fn identity(
        &self,
        inbox: &Inbox,
        stop: &CancellationToken,
    ) -> Result<Option<OwnUser>, SourceError> {
        let timing = self.bot.config.timing;
        let mut backoff = Backoff::new(timing.backoff_min, timing.backoff_max);
        let mut refusals = 0;
        loop {
            let route = Route::own_user();
            let asked = self.bot.caller.get::<OwnUser>(&route);
            let Some(answer) = stop.run_until_cancelled(asked).await else {
                return Ok(None);
            };
            let error = match answer {
                Ok(user) => return Ok(Some(user)),
                Err(error) => error,
            };
            let refused = error.status() == Some(401);
            refusals = if refused { refusals + 1 } else { 0 };
            if refusals >= REFUSALS {
                return Err(for_good(GatewayRefused::Token));
            }
            let wait = match error.kind {
                _ if refused => timing.token_doubt / (REFUSALS - 1),
                CallErrorKind::RateLimited { after, .. } => after,
                _ => backoff.next(),
            };
            warn!(error = %Chain(&error), ?wait, "discord does not say who the bot is");
            let why = if refused {
                "Discord refuses the bot's token; it is asked again before that counts. See DISCORD_TOKEN."
                    .to_owned()
            } else {
                unreachable(&error)
            };
            inbox.report(NETWORK, SourceStatus::Degraded(why));
            if stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                return Ok(None);
            }
        }
    }

    fn inbound(&self, identity: &OwnUser) -> Result<Inbound, SourceError> {
        let bot = identity
            .id
            .parse()
            .map_err(|_| SourceError::new("Discord gave the bot an id that is no number"))?;
        Ok(Inbound {
            account: AccountId::new(identity.id.as_str()),
            bot,
            interactions: Arc::clone(&self.bot.interactions),
            ephemeral: Arc::clone(&self.bot.ephemeral),
        })
    }

    fn setup(&self, identity: &OwnUser, inbox: &Inbox) -> Result<Setup<Event>, SourceError> {
        let inbound = self.inbound(identity)?;
        let config = &self.bot.config;
        let alive = inbox.clone();
        Ok(Setup {
            http: Arc::clone(&self.bot.http),
            token: config.token.clone(),
            intents: intents(inbox.wants_all_text(), config.members) | config.more_intents,
            policy: AddressPolicy::for_base(&self.bot.base),
            locate: Arc::clone(&self.bot.caller) as Arc<dyn Locate>,
            sessions: Arc::clone(&config.sessions),
            convert: Arc::new(move |event, place, session| inbound.convert(event, place, session)),
            // The gateway ends a silence itself: serenity does at the second heartbeat that is not answered.
            alive: Arc::new(move || alive.beats()),
            queue: EVENT_QUEUE,
            timing: config.timing,
        })
    }
}

/// Where the gateway's events are kept to come from.
fn source_id(identity: &OwnUser) -> SourceId {
    SourceId {
        bot: BotAccount {
            network: NETWORK,
            account: AccountId::new(identity.id.as_str()),
        },
        part: 0,
    }
}

/// A session as it is kept.
fn position(session: Session) -> Position {
    Position::Session {
        id: session.id.into(),
        sequence: session.seq,
        resume: session.resume_url.map(Into::into),
    }
}

/// A session that was kept.
fn session(position: Position) -> Option<Session> {
    match position {
        Position::Session { id, sequence, resume } => Some(Session {
            id: id.into(),
            seq: sequence,
            resume_url: resume.map(Into::into),
        }),
        _ => None,
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
            let position = places
                .last()
                .and_then(|place| events.session(*place))
                .map(position);
            let offered = inbox.offer_all(waiting, position).await;
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
                SourceStatus::Online(online(identity))
            }
            State::Waiting { why, .. } => SourceStatus::Degraded((*why).to_owned()),
        };
        inbox.report(NETWORK, status);
        if !matches!(stop.run_until_cancelled(state.changed()).await, Some(Ok(()))) {
            return;
        }
    }
}

fn online(identity: &OwnUser) -> Identity {
    Identity {
        account: AccountId::new(identity.id.as_str()),
        handle: identity.username.clone(),
    }
}

/// An error with its causes as a sentence for people.
fn for_good(error: impl std::error::Error + Send + Sync + 'static) -> SourceError {
    let mut sentence = Chain(&error).to_string();
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    SourceError {
        sentence,
        source: Some(Box::new(error)),
    }
}

fn unreachable(error: &CallError) -> String {
    format!("Discord cannot be reached: {}", error.kind)
}
