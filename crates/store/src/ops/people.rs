//! Accounts that are one person's, link codes and wrong guesses.

use rusqlite::params;
use smol_str::SmolStr;

use duologue_core::UserId;
use duologue_core::store::{
    Account, CodeHash, GUESS_WINDOW, GUESSES, LinkCode, LinkGuess, LinkedPerson, Looked, PersonId, Redeemed,
    StoreErrorKind, Timestamp,
};

use crate::fault::{Result, impossible};
use crate::tx::{Tx, column, first, number, rows, text, time};

fn id_of(tx: &Tx<'_>, account: &Account) -> Result<Option<PersonId>> {
    let find = "SELECT person FROM account WHERE network = ?1 AND user = ?2";
    first(tx.sql(find)?, columns(account), |row| {
        Ok(PersonId(number(row, 0)?))
    })
}

fn accounts(tx: &Tx<'_>, id: PersonId) -> Result<Vec<Account>> {
    let find = "SELECT network, user FROM account WHERE person = ?1 ORDER BY network, user";
    rows(tx.sql(find)?, [column(id.0)], |row| {
        Ok(Account {
            network: tx.network(row, 0)?,
            user: UserId::new(text(row, 1)?),
        })
    })
}

pub(crate) fn of(tx: &Tx<'_>, account: &Account) -> Result<Option<LinkedPerson>> {
    let Some(id) = id_of(tx, account)? else {
        return Ok(None);
    };
    let accounts = accounts(tx, id)?;
    Ok(Some(LinkedPerson { id, accounts }))
}

pub(crate) fn offer(tx: &Tx<'_>, code: &LinkCode) -> Result<()> {
    if let Some((account, _)) = code_of(tx, code.hash)?
        && account != code.account
    {
        let taken = "another account shows this link code: make another one";
        return Err(StoreErrorKind::Invalid(taken).into());
    }
    forget_codes(tx, &code.account)?;
    let (network, user) = columns(&code.account);
    tx.sql("INSERT INTO link_code (hash, network, user, expires) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![&code.hash.0[..], network, user, code.expires.0])?;
    Ok(())
}

/// Who shows a code, and until when.
fn code_of(tx: &Tx<'_>, hash: CodeHash) -> Result<Option<(Account, Timestamp)>> {
    let find = "SELECT network, user, expires FROM link_code WHERE hash = ?1";
    first(tx.sql(find)?, [&hash.0[..]], |row| {
        let account = Account {
            network: tx.network(row, 0)?,
            user: UserId::new(text(row, 1)?),
        };
        Ok((account, time(row, 2)?))
    })
}

pub(crate) fn look(tx: &Tx<'_>, guess: &LinkGuess) -> Result<Looked> {
    Ok(match self::guess(tx, guess)? {
        Ok(shown) => Looked::Shows(shown),
        Err(redeemed) => Looked::Not(redeemed),
    })
}

pub(crate) fn redeem(tx: &Tx<'_>, guess: &LinkGuess) -> Result<Redeemed> {
    let shown = match self::guess(tx, guess)? {
        Ok(shown) => shown,
        Err(redeemed) => return Ok(redeemed),
    };
    forget_code(tx, guess.hash)?;
    forget_guesses(tx, &guess.account)?;
    link(tx, &shown, &guess.account)
}

/// The account that shows a code, where it is good; counts a wrong one.
fn guess(tx: &Tx<'_>, guess: &LinkGuess) -> Result<std::result::Result<Account, Redeemed>> {
    let (network, user) = columns(&guess.account);
    let find = "SELECT since, wrong FROM link_guess WHERE network = ?1 AND user = ?2";
    let guesses: Option<(Timestamp, u32)> = first(tx.sql(find)?, (network, user), |row| {
        Ok((time(row, 0)?, row.get(1)?))
    })?;
    let (mut since, mut wrong) = (guess.now, 0);
    if let Some(counted) = guesses {
        let until = counted.0.plus(GUESS_WINDOW);
        if guess.now < until {
            (since, wrong) = counted;
            if wrong >= GUESSES {
                return Ok(Err(Redeemed::Blocked { until }));
            }
        }
    }
    let Some((shown, expires)) = code_of(tx, guess.hash)? else {
        wrong += 1;
        tx.sql("INSERT OR REPLACE INTO link_guess (network, user, since, wrong) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![network, user, since.0, wrong])?;
        return Ok(Err(Redeemed::Wrong {
            left: GUESSES - wrong,
        }));
    };
    if shown == guess.account {
        return Ok(Err(Redeemed::Own));
    }
    if expires <= guess.now {
        forget_code(tx, guess.hash)?;
        return Ok(Err(Redeemed::Expired));
    }
    Ok(Ok(shown))
}

fn link(tx: &Tx<'_>, one: &Account, other: &Account) -> Result<Redeemed> {
    let mut lost = Vec::new();
    let id = match (id_of(tx, one)?, id_of(tx, other)?) {
        (None, None) => {
            let new = first(
                tx.sql("INSERT INTO person DEFAULT VALUES RETURNING id")?,
                [],
                |row| number(row, 0),
            )?;
            PersonId(new.ok_or(impossible("no person"))?)
        }
        (Some(id), None) | (None, Some(id)) => id,
        (Some(first), Some(second)) => {
            let (stays, goes) = (first.min(second), first.max(second));
            if stays != goes {
                lost = merge(tx, stays, goes)?;
            }
            stays
        }
    };
    for account in [one, other] {
        let (network, user) = columns(account);
        lost.extend(take_in(tx, account, id)?);
        tx.sql("INSERT OR REPLACE INTO account (network, user, person) VALUES (?1, ?2, ?3)")?
            .execute(params![network, user, column(id.0)])?;
    }
    lost.sort();
    lost.dedup();
    let accounts = accounts(tx, id)?;
    let person = LinkedPerson { id, accounts };
    Ok(Redeemed::Linked { person, lost })
}

/// Moves everything of one person to another; says which states could not move.
fn merge(tx: &Tx<'_>, stays: PersonId, goes: PersonId) -> Result<Vec<SmolStr>> {
    let (to, from) = (column(stays.0), column(goes.0));
    tx.sql("UPDATE account SET person = ?1 WHERE person = ?2")?
        .execute([to, from])?;
    let (to, from) = (to.to_string(), from.to_string());
    tx.sql("UPDATE OR IGNORE state SET user = ?1 WHERE scope = 2 AND user = ?2")?
        .execute([&to, &from])?;
    let left = "SELECT name FROM state WHERE scope = 2 AND user = ?1 AND body IS NOT NULL ORDER BY name";
    let lost = rows(tx.sql(left)?, [&from], |row| text(row, 0))?;
    forget_person(tx, goes)?;
    Ok(lost)
}

/// Makes the states of an account its person's; says which could not move.
fn take_in(tx: &Tx<'_>, account: &Account, id: PersonId) -> Result<Vec<SmolStr>> {
    let (network, user) = columns(account);
    tx.sql(
        "UPDATE OR IGNORE state SET scope = 2, network = '', user = ?1
         WHERE scope = 1 AND network = ?2 AND user = ?3",
    )?
    .execute(params![id.0.to_string(), network, user])?;
    let left = "SELECT name FROM state WHERE scope = 1 AND network = ?1 AND user = ?2 AND body IS NOT NULL";
    let lost = rows(tx.sql(left)?, (network, user), |row| text(row, 0))?;
    tx.sql("DELETE FROM state WHERE scope = 1 AND network = ?1 AND user = ?2")?
        .execute((network, user))?;
    Ok(lost)
}

fn forget_person(tx: &Tx<'_>, id: PersonId) -> Result<()> {
    tx.sql("DELETE FROM state WHERE scope = 2 AND user = ?1")?
        .execute([id.0.to_string()])?;
    tx.sql("DELETE FROM person WHERE id = ?1")?
        .execute([column(id.0)])?;
    Ok(())
}

pub(crate) fn unlink(tx: &Tx<'_>, account: &Account) -> Result<bool> {
    let Some(id) = id_of(tx, account)? else {
        return Ok(false);
    };
    tx.sql("DELETE FROM account WHERE network = ?1 AND user = ?2")?
        .execute(columns(account))?;
    if accounts(tx, id)?.is_empty() {
        forget_person(tx, id)?;
    }
    Ok(true)
}

/// Forgets an account's codes and guesses.
pub(crate) fn forget(tx: &Tx<'_>, account: &Account) -> Result<()> {
    forget_codes(tx, account)?;
    forget_guesses(tx, account)
}

fn forget_codes(tx: &Tx<'_>, account: &Account) -> Result<()> {
    tx.sql("DELETE FROM link_code WHERE network = ?1 AND user = ?2")?
        .execute(columns(account))?;
    Ok(())
}

fn forget_code(tx: &Tx<'_>, hash: CodeHash) -> Result<()> {
    tx.sql("DELETE FROM link_code WHERE hash = ?1")?
        .execute([&hash.0[..]])?;
    Ok(())
}

fn forget_guesses(tx: &Tx<'_>, account: &Account) -> Result<()> {
    tx.sql("DELETE FROM link_guess WHERE network = ?1 AND user = ?2")?
        .execute(columns(account))?;
    Ok(())
}

fn columns(account: &Account) -> (&str, &str) {
    (account.network.as_str(), account.user.as_str())
}
