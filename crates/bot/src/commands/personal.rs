//! `export` and `forget`: what is kept about a person, to be handed out or deleted. Owns nothing.

use anyhow::Result;
use duologue::store::{Account, Forgotten, PersonalData, Store};
use duologue::{HandlerError, NetworkId, Person, SqliteOptions, SqliteStore, UserId};
use serde_json::{Value, json};

use super::{data_that_is_there, explained, say};
use crate::cli::Address;
use crate::features::{book, link, owner};
use crate::words::hosting::{self as words, Beside};

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
    let beside = beside(store, &kept.accounts).await?;
    if amounts == Forgotten::default() && beside == Beside::default() {
        return Ok(words::NOTHING_KEPT.to_owned());
    }
    if !yes {
        say(&words::is_kept(&name, &amounts, &beside))?;
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
    Ok(words::forgotten(&name, &forgotten, &beside))
}

/// What the features keep of somebody.
async fn beside(store: &SqliteStore, accounts: &[Account]) -> Result<Beside> {
    let mut chats = 0;
    for account in accounts {
        let chat = book::kept_of(store, account)
            .await
            .map_err(|error| failed(&error))?;
        chats += u64::from(chat.is_some());
    }
    Ok(Beside {
        chats,
        owner: owner::is_one(store, accounts)
            .await
            .map_err(|error| failed(&error))?,
        name: link::has_name(store, accounts).await.map_err(explained)?,
    })
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

fn account(address: &Address) -> Account {
    Account {
        network: NetworkId::new(address.network),
        user: UserId::new(address.id.as_str()),
    }
}

fn person(address: &Address) -> Person {
    let account = account(address);
    Person::User(account.network, account.user)
}

#[cfg(test)]
mod tests {
    use duologue::store::{Commit, Store, Timestamp};
    use duologue::{SqliteOptions, SqliteStore};

    use super::{Address, forget_in};
    use crate::features::book;
    use crate::words::hosting as words;

    #[tokio::test]
    async fn an_owner_of_whom_nothing_else_is_kept_is_forgotten_too() {
        let folder = std::env::temp_dir().join(format!("duologue-personal-{}", std::process::id()));
        let store = SqliteStore::open(SqliteOptions::new(&folder)).await.unwrap();
        let owners = vec![("telegram".to_owned(), "1".to_owned())];
        let writes = vec![
            book::value("owner.accounts".to_owned(), Some(&owners)).unwrap(),
            book::value("link.name.telegram:2".to_owned(), Some(&"Ben")).unwrap(),
        ];
        let commit = Commit::writes(writes, Timestamp::now());
        store.commit(vec![commit]).await.unwrap();
        let forget = async |id: &str| {
            let address = Address {
                network: "telegram",
                id: id.to_owned(),
            };
            forget_in(&store, &address, true).await.unwrap()
        };
        assert!(forget("1").await.contains("  ownership of the bot\n"));
        assert!(forget("2").await.contains("  name beside a link code\n"));
        let left: Vec<(String, String)> = book::read(&store, "owner.accounts").await.unwrap().unwrap();
        assert!(left.is_empty());
        assert_eq!(store.value("link.name.telegram:2").await.unwrap(), None);
        assert_eq!(forget("1").await, words::NOTHING_KEPT);
        store.close().await;
        drop(store);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
