//! `export` and `forget`: what is kept about a person, to be handed out or deleted. Owns nothing.

use anyhow::Result;
use duologue::store::{Forgotten, PersonalData, Store};
use duologue::{HandlerError, NetworkId, Person, SqliteOptions, SqliteStore, UserId};
use serde_json::{Value, json};

use super::{data_that_is_there, explained, say};
use crate::cli::Address;
use crate::features::{book, link, owner};
use crate::words::hosting as words;

/// Prints what is kept about a person, as JSON.
///
/// # Errors
///
/// Where there is no data, or a bot uses it.
pub(crate) async fn export(address: Address) -> Result<()> {
    let store = open().await?;
    let exported = export_from(&store, &address).await;
    store.close().await;
    say(&format!("{}\n", serde_json::to_string_pretty(&exported?)?))
}

async fn export_from(store: &SqliteStore, address: &Address) -> Result<Value> {
    let data = store.export(&person(address)).await.map_err(explained)?;
    let mut chats = Vec::new();
    for account in &data.accounts {
        if let Some(chat) = book::kept_of(store, account)
            .await
            .map_err(|error| failed(&error))?
        {
            chats.push(
                json!({ "network": account.network.as_str(), "user": account.user.as_str(), "chat": chat }),
            );
        }
    }
    let mut json = data.to_json();
    json["private_chats"] = chats.into();
    Ok(json)
}

/// Deletes what is kept about a person.
///
/// # Errors
///
/// Where there is no data, or a bot uses it.
pub(crate) async fn forget(address: Address, yes: bool) -> Result<()> {
    let store = open().await?;
    let result = forget_in(&store, &address, yes).await;
    store.close().await;
    say(&result?)
}

async fn forget_in(store: &SqliteStore, address: &Address, yes: bool) -> Result<String> {
    let (person, name) = (person(address), format!("{}:{}", address.network, address.id));
    let kept = store.export(&person).await.map_err(explained)?;
    let linked = store.person(&account(address)).await.map_err(explained)?;
    let amounts = amounts(&kept, linked.map_or(0, |person| person.accounts.len()));
    let mut chats = 0;
    for account in &kept.accounts {
        let chat = book::kept_of(store, account)
            .await
            .map_err(|error| failed(&error))?;
        chats += u64::from(chat.is_some());
    }
    if amounts == Forgotten::default() && chats == 0 {
        return Ok(words::NOTHING_KEPT.to_owned());
    }
    if !yes {
        say(&words::is_kept(&name, &amounts, chats))?;
        say(words::REALLY)?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        if answer.trim() != words::YES {
            return Ok(words::KEPT.to_owned());
        }
    }
    owner::forget(store, &kept.accounts)
        .await
        .map_err(|error| failed(&error))?;
    link::forget(store, &kept.accounts)
        .await
        .map_err(|error| failed(&error))?;
    book::forget(store, &kept.accounts)
        .await
        .map_err(|error| failed(&error))?;
    let forgotten = store.forget(&person).await.map_err(explained)?;
    Ok(words::forgotten(&name, &forgotten, chats))
}

/// An error of a feature, which has a form of its own.
fn failed(error: &HandlerError) -> anyhow::Error {
    anyhow::anyhow!("{error:?}")
}

fn amounts(data: &PersonalData, accounts: usize) -> Forgotten {
    let mut amounts = Forgotten::default();
    for (place, number) in [
        (&mut amounts.accounts, accounts),
        (&mut amounts.states, data.states.len()),
        (&mut amounts.events, data.events.len()),
        (&mut amounts.dead, data.dead.len()),
        (&mut amounts.outgoing, data.outgoing.len()),
        (&mut amounts.jobs, data.jobs.len()),
        (&mut amounts.tasks, data.tasks.len()),
    ] {
        *place = number as u64;
    }
    amounts
}

async fn open() -> Result<SqliteStore> {
    let options = SqliteOptions::new(data_that_is_there()?);
    SqliteStore::open(options).await.map_err(explained)
}

fn account(address: &Address) -> duologue::store::Account {
    duologue::store::Account {
        network: NetworkId::new(address.network),
        user: UserId::new(address.id.as_str()),
    }
}

fn person(address: &Address) -> Person {
    let account = account(address);
    Person::User(account.network, account.user)
}
