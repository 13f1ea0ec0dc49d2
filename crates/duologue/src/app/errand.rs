//! One message without a running bot. Owns nothing.

use duologue_core::content::Content;
use duologue_core::{AccountId, Chat, ChatId, ChatKind, Receipt};

use super::{App, adapters};
use crate::error::{Error, Result};

impl App {
    /// Sends content into a chat of a network, with the tokens of the configuration, and ends: for command lines and
    /// timers of the system. Nothing is received, so a bot that runs is not disturbed. The network is named as it names
    /// itself: `telegram`, `discord`, or that of an adapter of one's own.
    ///
    /// Dropping the future leaves open whether it was sent.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchNetwork`] where the network has no token, [`Error::Send`] where it does not take the message.
    pub async fn send_once(
        mut self,
        network: &str,
        chat: ChatId,
        content: impl Into<Content>,
    ) -> Result<Receipt> {
        let mut config = self.config;
        // The other network's token may be wrong without any harm to this one.
        if network != "telegram" {
            config.telegram = None;
        }
        if network != "discord" {
            config.discord = None;
        }
        self.adapters
            .retain(|adapter| adapter.sender.network().as_str() == network);
        let none = || Error::NoSuchNetwork(network.to_owned());
        let adapters = match adapters::of(&mut config, self.adapters) {
            Err(Error::NoToken) => return Err(none()),
            made => made?,
        };
        let adapter = adapters.into_iter().next().ok_or_else(none)?;
        let chat = Chat {
            network: adapter.sender.network(),
            // Nobody has asked the network yet who the bot is there.
            account: AccountId::new(""),
            id: chat,
            thread: None,
        };
        let sent = duologue_core::send_once(&adapter.sender, chat.clone(), ChatKind::Private, content.into());
        sent.await.map_err(|source| Error::Send {
            chat: chat.to_string(),
            source: Box::new(source),
        })
    }
}
