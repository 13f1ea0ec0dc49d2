//! The handle of a running sandbox: observing, acting, faults, shutdown. Owns the sandbox's life.

mod discord;
mod faults;
mod telegram;
mod wait;

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::broadcast;

pub use discord::{DiscordHandle, DiscordUser, Slash};
pub use faults::FaultsHandle;
pub use telegram::{TelegramHandle, TelegramUser};

pub(crate) use discord::id as discord_id;
pub(crate) use telegram::{key as telegram_key, menu as telegram_menu};

use crate::bounds::SHUTDOWN;
use crate::clock::Clock;
use crate::config::SandboxConfig;
use crate::error::StartError;
use crate::requests::RequestEntry;
use crate::site::SiteVisit;
use crate::view::{ChatKey, ChatSnapshot, Event, Status};
use crate::world::{Shared, World};
use crate::{conn, server, site};

/// A local Telegram Bot API, a local Discord and the page to chat in.
pub struct Sandbox;

impl Sandbox {
    /// Starts a sandbox on loopback. It runs until [`SandboxHandle::shutdown`], or until the runtime ends.
    ///
    /// # Errors
    /// When the address is not a loopback one, or cannot be listened on.
    pub async fn start(config: SandboxConfig) -> Result<SandboxHandle, StartError> {
        let (listener, addr) = conn::listen(config.listen).await?;
        let (site, site_addr) = conn::listen_near(config.site).await?;
        let shared = Arc::new(Shared::new(config, addr, site_addr));
        shared.tasks.spawn_to_end(site::serve(Arc::clone(&shared), site));
        shared
            .tasks
            .spawn_to_end(server::serve(Arc::clone(&shared), listener));
        shared
            .tasks
            .spawn(crate::telegram::draft::expire(Arc::clone(&shared)));
        Ok(SandboxHandle { shared })
    }
}

/// A running sandbox. Clones are the same sandbox.
#[derive(Clone)]
pub struct SandboxHandle {
    pub(crate) shared: Arc<Shared>,
}

impl SandboxHandle {
    /// The page's address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.shared.addr)
    }

    /// What stands before `/bot<token>`; files are downloaded at `<this>/file/bot<token>/<path>`.
    #[must_use]
    pub fn telegram_api_url(&self) -> String {
        format!("{}/telegram", self.url())
    }

    /// What stands before `/api/v10`.
    #[must_use]
    pub fn discord_api_url(&self) -> String {
        format!("{}/discord", self.url())
    }

    /// The address of the sandbox's own site, for trying without the Internet what fetches things: articles,
    /// pictures, downloads and, at `/trap/`, what goes wrong. It begins with `http://127.0.0.1:` and has no slash at
    /// its end.
    #[must_use]
    pub fn site_url(&self) -> String {
        format!("http://{}", self.shared.site_addr)
    }

    /// The requests to the site so far, oldest first, within the bound.
    #[must_use]
    pub fn site_visits(&self) -> Vec<SiteVisit> {
        self.shared.site.visits()
    }

    /// Makes a Telegram bot account of this name, and returns its token. The same name gives the same token.
    #[must_use]
    pub fn telegram_token(&self, name: &str) -> String {
        let (id, secret) = token_parts(name);
        let token = format!("{id}:{secret}");
        self.with(|world| {
            if !world.telegram.bots.contains_key(&id) {
                crate::telegram::state::add_bot(world, id, &token, name);
            }
        });
        token
    }

    /// Makes a Discord bot account of this name, and returns its token. The same name gives the same token.
    #[must_use]
    pub fn discord_token(&self, name: &str) -> String {
        let (id, secret) = token_parts(name);
        // A snowflake of the year 2017, different for every name.
        let id = 300_000_000_000_000_000 + id;
        let first = crate::discord::state::encode_base64(&id.to_string());
        let token = format!("{first}.Sandbx.{secret}");
        self.with(|world| {
            if !world.discord.bots.contains_key(&id) {
                crate::discord::state::add_bot(world, id, &token, name);
            }
        });
        token
    }

    /// The clock behind every rule that depends on time.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.shared.clock.clone()
    }

    /// The fault switch.
    #[must_use]
    pub fn faults(&self) -> FaultsHandle {
        FaultsHandle {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Telegram's side.
    #[must_use]
    pub fn telegram(&self) -> TelegramHandle {
        TelegramHandle {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Discord's side.
    #[must_use]
    pub fn discord(&self) -> DiscordHandle {
        DiscordHandle {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Bots, users and chats of both networks.
    #[must_use]
    pub fn status(&self) -> Status {
        self.shared.read(World::status)
    }

    /// A chat and its messages.
    #[must_use]
    pub fn snapshot(&self, chat: &ChatKey) -> Option<ChatSnapshot> {
        self.shared.read(|world| snapshot(world, chat))
    }

    /// What happens from now on. A receiver that falls behind is told how much it missed.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.shared.events.subscribe()
    }

    /// The API calls so far, oldest first, within the log's bound.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestEntry> {
        self.shared.requests(|log| log.iter().cloned().collect())
    }

    /// The calls of one method (Telegram) or route (Discord), such as `POST /channels/{channel_id}/messages`.
    #[must_use]
    pub fn requests_of(&self, method: &str) -> Vec<RequestEntry> {
        self.shared.requests(|log| {
            log.iter()
                .filter(|entry| entry.method == method)
                .cloned()
                .collect()
        })
    }

    /// One API call, by its number.
    #[must_use]
    pub fn request(&self, id: u64) -> Option<RequestEntry> {
        self.shared.requests(|log| log.get(id).cloned())
    }

    /// Ends every connection and task, and waits for them, at most five seconds.
    pub async fn shutdown(&self) {
        if tokio::time::timeout(SHUTDOWN, self.shared.tasks.finish())
            .await
            .is_err()
        {
            tracing::warn!("some connections of the sandbox did not end in time");
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        self.shared.with(act)
    }
}

/// A number and a secret that follow from a name.
fn token_parts(name: &str) -> (i64, String) {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut next = |byte: u8| {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        hash
    };
    let seed = name.bytes().map(&mut next).last().unwrap_or(1);
    let id = 7_000_000_000 + i64::try_from(seed % 900_000_000).unwrap_or(0);
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let secret = (0..35_u8).map(|index| {
        let at = usize::try_from((next(index) >> 20) % 62).unwrap_or(0);
        char::from(LETTERS[at])
    });
    (id, secret.collect())
}

pub(crate) fn snapshot(world: &World, chat: &ChatKey) -> Option<ChatSnapshot> {
    if let Some(key) = crate::telegram::state::parse_key(&chat.0) {
        return crate::telegram::view::snapshot(world, key);
    }
    crate::discord::view::snapshot(world, crate::discord::state::parse_key(&chat.0)?)
}

/// A JSON object from pairs, for options and fields.
pub(crate) fn object(pairs: impl IntoIterator<Item = (String, Value)>) -> serde_json::Map<String, Value> {
    pairs.into_iter().collect()
}
