//! The private chats that the bot knows, each by the account it is with. The store has them; this owns which of them
//! were seen since the start.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use duologue::prelude::*;
use duologue::store::{Account, Commit, Store, StoreError, Timestamp, Write};
use duologue::{AccountId, Chat, ChatId, ChatKind, NetworkId, UserId};
use serde::{Deserialize, Serialize};

/// How many accounts stand on one page of the list.
const PAGE: usize = 500;

/// The name of the value with the number of pages.
const PAGES: &str = "book.pages";

/// How many accounts are remembered as seen. Beyond it all are looked up anew.
const SEEN: usize = 10_000;

/// What was seen. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Book {
    seen: Arc<Mutex<HashMap<Account, Chat>>>,
    /// Held while the list is written, so that nobody is lost.
    writing: Arc<tokio::sync::Mutex<()>>,
}

/// A private chat as it is kept.
#[derive(PartialEq, Serialize, Deserialize)]
struct Place {
    /// The bot's own account.
    account: String,
    chat: String,
}

/// The account behind an event, where its network says whose it is.
pub(crate) fn account_of(ctx: &Context) -> Option<Account> {
    let user = ctx.user()?;
    Some(Account {
        network: ctx.network(),
        user: user.id.clone(),
    })
}

impl Book {
    /// Notes the private chat of an event, if it is one and is not known.
    pub(crate) async fn note(&self, ctx: &Context) -> Result<(), HandlerError> {
        let (ChatKind::Private, Some(account)) = (ctx.event().chat_kind, account_of(ctx)) else {
            return Ok(());
        };
        let chat = ctx.chat();
        if self.lock().get(&account) == Some(chat) {
            return Ok(());
        }
        let _one = self.writing.lock().await;
        let place = Place {
            account: chat.account.to_string(),
            chat: chat.id.to_string(),
        };
        let store = ctx.store();
        let known: Option<Place> = read(&**store, &key(&account)).await?;
        if known.as_ref() != Some(&place) {
            let mut writes = vec![value(key(&account), Some(&place))?];
            if known.is_none() {
                let pages = pages(&**store).await?;
                let mut page = self::page(&**store, pages).await?;
                let number = if page.len() < PAGE { pages } else { pages + 1 };
                if number > pages {
                    page.clear();
                }
                page.push((account.network.to_string(), account.user.to_string()));
                writes.push(value(page_key(number), Some(&page))?);
                writes.push(value(PAGES.to_owned(), Some(&number))?);
            }
            store.commit(vec![Commit::writes(writes, ctx.now())]).await?;
        }
        let mut seen = self.lock();
        if seen.len() >= SEEN {
            seen.clear();
        }
        seen.insert(account, chat.clone());
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Account, Chat>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The last private chat of an account with the bot, where one is known.
pub(crate) async fn chat_of(store: &dyn Store, account: &Account) -> Result<Option<Chat>, HandlerError> {
    let place: Option<Place> = read(store, &key(account)).await?;
    Ok(place.map(|place| Chat {
        network: account.network,
        account: AccountId::new(place.account),
        id: ChatId::new(place.chat),
        thread: None,
    }))
}

/// How many pages the list of all accounts has.
pub(crate) async fn pages(store: &dyn Store) -> Result<u64, HandlerError> {
    Ok(read(store, PAGES).await?.unwrap_or(0))
}

/// The accounts of a page, from 0, as far as they are on one of these networks. Those that were forgotten have no chat.
pub(crate) async fn accounts(
    store: &dyn Store,
    number: u64,
    networks: &[NetworkId],
) -> Result<Vec<Option<Account>>, HandlerError> {
    let account = |(network, user): (String, String)| {
        let network = networks.iter().find(|known| known.as_str() == network)?;
        Some(Account {
            network: *network,
            user: UserId::new(user),
        })
    };
    Ok(page(store, number).await?.into_iter().map(account).collect())
}

/// What is kept of an account here, for an export: the id of its private chat.
pub(crate) async fn kept_of(store: &dyn Store, account: &Account) -> Result<Option<String>, HandlerError> {
    let place: Option<Place> = read(store, &key(account)).await?;
    Ok(place.map(|place| place.chat))
}

/// Forgets accounts; to be called while no bot runs.
pub(crate) async fn forget(store: &dyn Store, accounts: &[Account]) -> Result<(), HandlerError> {
    let mut writes = Vec::new();
    for account in accounts {
        writes.push(value::<()>(key(account), None)?);
    }
    for number in 0..=pages(store).await? {
        let page = page(store, number).await?;
        let named = |(network, user): &(String, String)| {
            accounts
                .iter()
                .any(|account| account.network.as_str() == network && account.user.as_str() == user)
        };
        if page.iter().any(named) {
            // The places of the others stay: a broadcast that goes on counts by them.
            let left: Vec<(String, String)> = page
                .into_iter()
                .map(|entry| if named(&entry) { Default::default() } else { entry })
                .collect();
            writes.push(value(page_key(number), Some(&left))?);
        }
    }
    for writes in writes.chunks(duologue::store::BATCH_BOUND) {
        let commit = Commit::writes(writes.to_vec(), Timestamp::now());
        store.commit(vec![commit]).await?;
    }
    Ok(())
}

async fn page(store: &dyn Store, number: u64) -> Result<Vec<(String, String)>, HandlerError> {
    Ok(read(store, &page_key(number)).await?.unwrap_or_default())
}

fn key(account: &Account) -> String {
    format!("book.chat.{}:{}", account.network, account.user)
}

fn page_key(number: u64) -> String {
    format!("book.page.{number}")
}

/// A small value of JSON.
pub(crate) async fn read<T: for<'a> Deserialize<'a>>(
    store: &dyn Store,
    key: &str,
) -> Result<Option<T>, HandlerError> {
    let kept: Result<_, StoreError> = store.value(key).await;
    Ok(kept?.map(|body| serde_json::from_slice(&body)).transpose()?)
}

/// The write of a small value of JSON.
pub(crate) fn value<T: Serialize>(key: String, value: Option<&T>) -> Result<Write, HandlerError> {
    let body = value.map(serde_json::to_vec).transpose()?;
    Ok(Write::Value {
        key: key.into(),
        body: body.map(Into::into),
        until: None,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use duologue::store::Account;
    use duologue::{ChatKind, Config, Message, NetworkId, UserId};
    use duologue_core::store::MemoryStore;
    use duologue_core::testing::NETWORK;

    use super::{accounts, chat_of, forget, pages};
    use crate::testing::{ADA, BOB, OTHER, Stage};

    fn account(network: NetworkId, user: &str) -> Account {
        let user = UserId::new(user);
        Account { network, user }
    }

    #[tokio::test(start_paused = true)]
    async fn private_chats_are_known_once_each_and_groups_are_not() {
        let store = Arc::new(MemoryStore::new());
        let stage = Stage::with(Config::default(), Arc::clone(&store));
        for _ in 0..2 {
            stage.types_as(ADA, "/roll 1").await;
        }
        stage.said(1).await;
        let message = Message {
            addressed: true,
            ..Message::default()
        };
        stage.sends("Cleo", ChatKind::Group, message).await;
        stage.said(2).await;
        stage.goes_elsewhere(true);
        stage.types_as(BOB, "/roll 1").await;
        stage.said(0).await;
        let store = &*store;
        assert_eq!(pages(store).await.unwrap(), 0);
        let known = accounts(store, 0, &[NETWORK, OTHER]).await.unwrap();
        let (ada, bob) = (account(NETWORK, ADA), account(OTHER, BOB));
        assert_eq!(known, [Some(ada.clone()), Some(bob.clone())]);
        let chat = chat_of(store, &bob).await.unwrap().unwrap();
        assert_eq!((chat.network, chat.id.as_str()), (OTHER, BOB));

        forget(store, std::slice::from_ref(&ada)).await.unwrap();
        assert_eq!(chat_of(store, &ada).await.unwrap(), None);
        let known = accounts(store, 0, &[NETWORK, OTHER]).await.unwrap();
        assert_eq!(known, [None, Some(bob)]);
        stage.ends().await;
    }
}
