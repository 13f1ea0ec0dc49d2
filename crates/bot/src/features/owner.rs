//! `/owner`: who looks after the bot from inside a chat, and whether the bot pauses. Owns both while the bot runs; the
//! store has them beyond that.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use duologue::Person;
use duologue::prelude::*;
use duologue::store::{Account, CodeHash, Commit, Store, StoreError, Timestamp, Write};
use tokio::time::Instant;

use super::book::{self, account_of};
use super::code::{self, Codes};
use super::link::private;
use crate::words::owner as words;

/// The names of the values.
const OWNERS: &str = "owner.accounts";
const PAUSED: &str = "owner.paused";

/// How many letters the code has: 59 bits.
const LENGTH: usize = 12;

/// After how many wrong codes in an hour an account is told to wait. The right one is taken all the same: nobody finds it
/// by guessing, and whoever has it shall not be kept out.
const GUESSES: u32 = 20;
const WINDOW: Duration = Duration::from_secs(3600);

/// How many accounts are remembered with their wrong codes. Beyond it all are forgotten.
const GUESSERS: usize = 10_000;

/// Who looks after the bot, and whether it pauses. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Owners {
    inner: Arc<Mutex<Inner>>,
    /// Held while somebody becomes the owner, so that nobody else does.
    claiming: Arc<tokio::sync::Mutex<()>>,
    began: Instant,
}

#[derive(Default)]
struct Inner {
    /// Accounts, as their networks and ids there.
    owners: Vec<(String, String)>,
    /// What makes an owner, once, while there is none.
    code: Option<CodeHash>,
    /// The wrong codes of accounts, since when.
    wrong: HashMap<Account, (Timestamp, u32)>,
    paused: bool,
}

impl Owners {
    pub(crate) fn new() -> Self {
        Self {
            inner: Arc::default(),
            claiming: Arc::default(),
            began: Instant::now(),
        }
    }

    /// Reads who it is. Where nobody is, the log tells the code that makes an owner; only its hash is kept, and only
    /// until the bot stops.
    pub(crate) async fn begin(self, codes: Codes, store: Arc<dyn Store>) -> Result<(), StoreError> {
        let owners = store.value(OWNERS).await?;
        let owners: Vec<(String, String)> = owners
            .and_then(|body| serde_json::from_slice(&body).ok())
            .unwrap_or_default();
        let paused = store.value(PAUSED).await?.is_some();
        let made = code::make(LENGTH);
        let mut inner = self.lock();
        if owners.is_empty()
            && let Ok(hash) = codes.hash(&made)
        {
            inner.code = Some(hash);
            tracing::warn!("{}", words::unowned(&made));
        }
        inner.owners = owners;
        inner.paused = paused;
        Ok(())
    }

    /// Whether the bot answers nobody but its owners.
    pub(crate) fn paused(&self) -> bool {
        self.lock().paused
    }

    /// How long the bot has run.
    pub(crate) fn uptime(&self) -> Duration {
        self.began.elapsed()
    }

    /// Whether who asks is an owner, on any linked account.
    pub(crate) async fn has(&self, ctx: &Context) -> Result<bool, HandlerError> {
        match account_of(ctx) {
            Some(account) => self.has_account(&**ctx.store(), &account).await,
            None => Ok(false),
        }
    }

    /// Whether an account is an owner's, linked as it may be.
    pub(crate) async fn has_account(
        &self,
        store: &dyn Store,
        account: &Account,
    ) -> Result<bool, HandlerError> {
        if self.lock().owners.is_empty() {
            return Ok(false);
        }
        if self.names(account) {
            return Ok(true);
        }
        let linked = store.person(account).await?;
        let accounts = linked.map(|person| person.accounts).unwrap_or_default();
        Ok(accounts.iter().any(|account| self.names(account)))
    }

    /// Nothing for an owner, and a sentence for everybody else.
    pub(crate) async fn must(&self, ctx: &Context) -> Result<(), HandlerError> {
        if self.has(ctx).await? {
            return Ok(());
        }
        Err(HandlerError::say(words::NOT_OWNER))
    }

    fn names(&self, account: &Account) -> bool {
        let inner = self.lock();
        let mut owners = inner.owners.iter();
        owners.any(|(network, user)| account.network.as_str() == network && account.user.as_str() == user)
    }

    /// Whether a code makes an owner. Wrong ones are counted.
    fn claims(&self, hash: CodeHash, account: &Account, now: Timestamp) -> Claim {
        let mut inner = self.lock();
        let Some(code) = inner.code else {
            return Claim::Owned;
        };
        if code == hash {
            return Claim::Good;
        }
        if inner.wrong.len() >= GUESSERS {
            inner.wrong.clear();
        }
        let (since, wrong) = inner.wrong.entry(account.clone()).or_insert((now, 0));
        if now >= since.plus(WINDOW) {
            (*since, *wrong) = (now, 0);
        }
        if *wrong >= GUESSES {
            return Claim::Blocked;
        }
        *wrong += 1;
        Claim::Wrong
    }

    /// Makes an account the owner. The code is used up when that is kept.
    async fn own(&self, store: &dyn Store, account: &Account, now: Timestamp) -> Result<(), HandlerError> {
        let entry = (account.network.to_string(), account.user.to_string());
        let write = book::value(OWNERS.to_owned(), Some(&[&entry]))?;
        store.commit(vec![Commit::writes(vec![write], now)]).await?;
        let mut inner = self.lock();
        inner.code = None;
        inner.owners.push(entry);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What becomes of a code for an owner.
#[derive(Debug, PartialEq)]
enum Claim {
    Good,
    Wrong,
    Blocked,
    Owned,
}

/// Claim the bot, or see what its owner can do
///
/// The code stands in the bot's log, as long as nobody owns it.
#[command(ephemeral)]
pub(crate) async fn owner(
    ctx: Context,
    /// the code in the bot's log
    #[rest]
    code: Option<String>,
) -> Result<Content, HandlerError> {
    let account = private(&ctx)?;
    let owners = of(&ctx)?;
    if owners.has(&ctx).await? {
        return Ok(words::commands());
    }
    let Some(typed) = code.filter(|code| !code.trim().is_empty()) else {
        return Err(HandlerError::say(words::HOW));
    };
    let codes = ctx.resource::<Codes>().ok_or("there are no codes")?;
    let _one = owners.claiming.lock().await;
    match owners.claims(codes.hash(&typed)?, &account, ctx.now()) {
        Claim::Good => {}
        Claim::Wrong => return Err(HandlerError::say(words::WRONG)),
        Claim::Blocked => return Err(HandlerError::say(words::BLOCKED)),
        Claim::Owned => return Err(HandlerError::say(words::OWNED)),
    }
    owners.own(&**ctx.store(), &account, ctx.now()).await?;
    tracing::info!(owner = %Person::User(account.network, account.user), "somebody owns the bot now");
    Ok(words::claimed())
}

/// Answer nobody but the owner for now
#[command(hidden, ephemeral)]
pub(crate) async fn pause(ctx: Context) -> Result<&'static str, HandlerError> {
    switch(&ctx, true).await?;
    Ok(words::PAUSED)
}

/// Answer everybody again
#[command(hidden, ephemeral)]
pub(crate) async fn resume(ctx: Context) -> Result<&'static str, HandlerError> {
    switch(&ctx, false).await?;
    Ok(words::RESUMED)
}

async fn switch(ctx: &Context, paused: bool) -> Result<(), HandlerError> {
    let owners = of(ctx)?;
    owners.must(ctx).await?;
    let write: Write = book::value(PAUSED.to_owned(), paused.then_some(&true))?;
    ctx.store()
        .commit(vec![Commit::writes(vec![write], ctx.now())])
        .await?;
    owners.lock().paused = paused;
    Ok(())
}

/// The owners, as a resource.
pub(crate) fn of(ctx: &Context) -> Result<Arc<Owners>, HandlerError> {
    Ok(ctx.resource::<Owners>().ok_or("there are no owners")?)
}

/// Whether one of these accounts owns the bot.
pub(crate) async fn is_one(store: &dyn Store, accounts: &[Account]) -> Result<bool, HandlerError> {
    let owners: Option<Vec<(String, String)>> = book::read(store, OWNERS).await?;
    Ok(owners
        .unwrap_or_default()
        .iter()
        .any(|entry| is_of(entry, accounts)))
}

fn is_of((network, user): &(String, String), accounts: &[Account]) -> bool {
    accounts
        .iter()
        .any(|account| account.network.as_str() == network && account.user.as_str() == user)
}

/// Takes accounts out of the owners; to be called while no bot runs. Without any, the next start gives a code.
pub(crate) async fn forget(store: &dyn Store, accounts: &[Account]) -> Result<(), HandlerError> {
    let owners: Option<Vec<(String, String)>> = book::read(store, OWNERS).await?;
    let Some(mut owners) = owners else { return Ok(()) };
    owners.retain(|entry| !is_of(entry, accounts));
    let write = book::value(OWNERS.to_owned(), Some(&owners))?;
    store
        .commit(vec![Commit::writes(vec![write], Timestamp::now())])
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests;
