//! `/link` and `/unlink`: one person with accounts on several networks. Owns nothing; the store does.

use duologue::prelude::*;
use duologue::store::{
    Account, CodeHash, Commit, LinkCode, LinkGuess, Looked, Redeemed, Store, StoreError, StoreErrorKind,
    Timestamp, Write,
};
use duologue::{ButtonAction, ChatKind, Support};

use super::book::account_of;
use super::code::{self, Codes};
use crate::words::link as words;

/// How long a code is good.
pub(crate) const GOOD_FOR: Duration = Duration::from_secs(600);

/// How many letters a code has: 40 bits, of which five may be guessed in an hour.
const LENGTH: usize = 8;

/// How often a code is made anew because another account shows the same.
const TRIES: u32 = 5;

/// Use me as one person on several networks
///
/// Give `/link` where you are: you get a code. Give `/link` with the code in the other network, and confirm. Your time
/// zone and your reminders are then the same everywhere. It goes with more than two accounts.
#[command(ephemeral)]
pub(crate) async fn link(
    ctx: Context,
    /// the code that I gave you elsewhere
    #[rest]
    code: Option<String>,
) -> Result<Content, HandlerError> {
    let account = private(&ctx)?;
    match code.filter(|code| !code.trim().is_empty()) {
        None => show(&ctx, account).await,
        Some(typed) => look(&ctx, account, &typed).await,
    }
}

/// The account of who asks, where nobody else reads along.
pub(crate) fn private(ctx: &Context) -> Result<Account, HandlerError> {
    let hidden = ctx.capabilities().ephemeral != Support::No && ctx.event().reply.is_some();
    if ctx.event().chat_kind != ChatKind::Private && !hidden {
        return Err(HandlerError::say(words::NOT_HERE));
    }
    account_of(ctx).ok_or_else(|| HandlerError::say(words::NOT_HERE))
}

async fn show(ctx: &Context, account: Account) -> Result<Content, HandlerError> {
    let expires = ctx.now().plus(GOOD_FOR);
    let codes = codes(ctx)?;
    for _ in 0..TRIES {
        let code = code::make(LENGTH);
        let offer = LinkCode {
            hash: codes.hash(&code)?,
            account: account.clone(),
            expires,
        };
        match ctx.store().offer_link(offer).await {
            Ok(()) => {}
            Err(error) if matches!(error.kind, StoreErrorKind::Invalid(_)) => continue,
            Err(error) => return Err(error.into()),
        }
        let name = ctx.user().map_or("", |user| user.name.as_str());
        let name = Write::Value {
            key: name_key(&account).into(),
            body: Some(name.to_owned().into()),
            until: Some(expires),
        };
        ctx.store()
            .commit(vec![Commit::writes(vec![name], ctx.now())])
            .await?;
        return Ok(words::show(&code, GOOD_FOR));
    }
    Err("every code that was made is shown by somebody".into())
}

/// The value with the name of who shows a code.
fn name_key(account: &Account) -> String {
    format!("link.name.{}:{}", account.network, account.user)
}

/// Whether the name of one of these accounts is kept, as it shows a code.
pub(crate) async fn has_name(store: &dyn Store, accounts: &[Account]) -> Result<bool, StoreError> {
    for account in accounts {
        if store.value(&name_key(account)).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Forgets the names of accounts that show a code.
pub(crate) async fn forget(store: &dyn Store, accounts: &[Account]) -> Result<(), HandlerError> {
    let writes = accounts.iter().map(|account| Write::Value {
        key: name_key(account).into(),
        body: None,
        until: None,
    });
    let commit = Commit::writes(writes.collect(), Timestamp::now());
    store.commit(vec![commit]).await?;
    Ok(())
}

/// The button that joins two accounts. It carries the hash, never the code.
#[derive(Button, Debug, PartialEq)]
#[button(name = "join accounts")]
pub(crate) struct Join {
    hash: String,
}

async fn look(ctx: &Context, account: Account, typed: &str) -> Result<Content, HandlerError> {
    let hash = codes(ctx)?.hash(typed)?;
    let other = match ctx.store().look_at_link(guess(ctx, hash, &account)).await? {
        Looked::Shows(other) => other,
        Looked::Not(why) => return Err(HandlerError::say(words::not_linked(&why, ctx.now()))),
    };
    if let Some(person) = ctx.store().person(&account).await?
        && person.accounts.contains(&other)
    {
        return Err(HandlerError::say(words::ALREADY));
    }
    let name = ctx.store().value(&name_key(&other)).await?;
    let name = name.map(|name| String::from_utf8_lossy(&name).into_owned());
    let join = ButtonCall::new(&Join {
        hash: code::to_text(hash),
    })?;
    let join = join.only(account.user).once();
    Ok(words::confirm(
        name.as_deref().unwrap_or_default(),
        other.network,
        ctx.network(),
        ButtonAction::Value(join),
    ))
}

fn guess(ctx: &Context, hash: CodeHash, account: &Account) -> LinkGuess {
    LinkGuess {
        hash,
        account: account.clone(),
        now: ctx.now(),
    }
}

/// Joins two accounts.
pub(crate) async fn join(ctx: Context, button: Join) -> Result<Reply, HandlerError> {
    let account = account_of(&ctx).ok_or("this network does not say who pressed")?;
    let hash = code::from_text(&button.hash).ok_or("a button without a hash")?;
    let content = match ctx.store().redeem_link(guess(&ctx, hash, &account)).await? {
        Redeemed::Linked { person, lost } => words::linked(&person.accounts, &lost),
        why => return Err(HandlerError::say(words::not_linked(&why, ctx.now()))),
    };
    Ok(Reply::new(content).ephemeral())
}

/// The button that takes an account away from its person.
#[derive(Button, Debug, PartialEq)]
#[button(name = "unlink account")]
pub(crate) struct Unlink {}

/// Be another person here than elsewhere again
#[command(ephemeral)]
pub(crate) async fn unlink(ctx: Context) -> Result<Content, HandlerError> {
    let account = private(&ctx)?;
    let Some(person) = ctx.store().person(&account).await? else {
        return Err(HandlerError::say(words::NOT_LINKED));
    };
    let others: Vec<Account> = person
        .accounts
        .into_iter()
        .filter(|other| *other != account)
        .collect();
    if others.is_empty() {
        return Err(HandlerError::say(words::NOT_LINKED));
    }
    let unlink = ButtonCall::new(&Unlink {})?.only(account.user).once();
    Ok(words::confirm_unlink(&others, ButtonAction::Value(unlink)))
}

/// Takes an account away from its person.
pub(crate) async fn take_away(ctx: Context, _button: Unlink) -> Result<Reply, HandlerError> {
    let account = account_of(&ctx).ok_or("this network does not say who pressed")?;
    let was = ctx.store().unlink(&account).await?;
    let words = if was { words::UNLINKED } else { words::NOT_LINKED };
    Ok(Reply::new(words).ephemeral())
}

fn codes(ctx: &Context) -> Result<std::sync::Arc<Codes>, HandlerError> {
    Ok(ctx.resource::<Codes>().ok_or("there are no codes")?)
}

#[cfg(test)]
mod tests;
