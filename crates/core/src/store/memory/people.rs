//! Accounts that are one person's, link codes and wrong guesses. Pure state.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use smol_str::SmolStr;

use super::super::{
    Account, CodeHash, GUESS_WINDOW, GUESSES, LinkCode, LinkGuess, LinkedPerson, Looked, PersonId, Redeemed,
    Scope, StateKey, StoreError, StoreErrorKind, Timestamp,
};
use super::Kept;

#[derive(Debug, Default)]
pub(super) struct People {
    accounts: HashMap<Account, PersonId>,
    persons: BTreeMap<PersonId, BTreeSet<Account>>,
    codes: HashMap<CodeHash, LinkCode>,
    guesses: HashMap<Account, Guesses>,
    last: u64,
}

#[derive(Debug)]
struct Guesses {
    since: Timestamp,
    wrong: u32,
}

type States = HashMap<StateKey, Kept>;

impl People {
    pub(super) fn of(&self, account: &Account) -> Option<LinkedPerson> {
        let id = *self.accounts.get(account)?;
        let accounts = self.persons.get(&id)?.iter().cloned().collect();
        Some(LinkedPerson { id, accounts })
    }

    pub(super) fn offer(&mut self, code: LinkCode) -> Result<(), StoreError> {
        let other = self.codes.get(&code.hash);
        if other.is_some_and(|other| other.account != code.account) {
            let taken = "another account shows this link code: make another one";
            return Err(StoreError::new("offer_link", StoreErrorKind::Invalid(taken)));
        }
        self.codes.retain(|_, other| other.account != code.account);
        self.codes.insert(code.hash, code);
        Ok(())
    }

    pub(super) fn look(&mut self, guess: &LinkGuess) -> Looked {
        match self.guess(guess) {
            Ok(shown) => Looked::Shows(shown),
            Err(redeemed) => Looked::Not(redeemed),
        }
    }

    pub(super) fn redeem(&mut self, guess: &LinkGuess, states: &mut States) -> Redeemed {
        let shown = match self.guess(guess) {
            Ok(shown) => shown,
            Err(redeemed) => return redeemed,
        };
        self.codes.remove(&guess.hash);
        self.guesses.remove(&guess.account);
        self.link(&shown, &guess.account, states)
    }

    /// The account that shows a code, where it is good; counts a wrong one.
    fn guess(&mut self, guess: &LinkGuess) -> Result<Account, Redeemed> {
        let mut wrong = 0;
        let mut since = guess.now;
        if let Some(guesses) = self.guesses.get(&guess.account) {
            let until = guesses.since.plus(GUESS_WINDOW);
            if guess.now < until {
                if guesses.wrong >= GUESSES {
                    return Err(Redeemed::Blocked { until });
                }
                (wrong, since) = (guesses.wrong, guesses.since);
            }
        }
        let Some(code) = self.codes.get(&guess.hash) else {
            wrong += 1;
            self.guesses
                .insert(guess.account.clone(), Guesses { since, wrong });
            return Err(Redeemed::Wrong {
                left: GUESSES - wrong,
            });
        };
        if code.account == guess.account {
            return Err(Redeemed::Own);
        }
        let (shown, expires) = (code.account.clone(), code.expires);
        if expires <= guess.now {
            self.codes.remove(&guess.hash);
            return Err(Redeemed::Expired);
        }
        Ok(shown)
    }

    fn link(&mut self, one: &Account, other: &Account, states: &mut States) -> Redeemed {
        let (first, second) = (self.accounts.get(one).copied(), self.accounts.get(other).copied());
        let mut lost = Vec::new();
        let id = match (first, second) {
            (None, None) => {
                self.last += 1;
                PersonId(self.last)
            }
            (Some(id), None) | (None, Some(id)) => id,
            (Some(first), Some(second)) => {
                let (stays, goes) = (first.min(second), first.max(second));
                if stays != goes {
                    lost = self.merge(stays, goes, states);
                }
                stays
            }
        };
        for account in [one, other] {
            let scope = Scope::User(account.network, account.user.clone());
            lost.extend(moved(&scope, id, states));
        }
        lost.sort();
        lost.dedup();
        let accounts = self.persons.entry(id).or_default();
        for account in [one, other] {
            accounts.insert(account.clone());
            self.accounts.insert(account.clone(), id);
        }
        let accounts = accounts.iter().cloned().collect();
        let person = LinkedPerson { id, accounts };
        Redeemed::Linked { person, lost }
    }

    fn merge(&mut self, stays: PersonId, goes: PersonId, states: &mut States) -> Vec<SmolStr> {
        let accounts = self.persons.remove(&goes).unwrap_or_default();
        for account in &accounts {
            self.accounts.insert(account.clone(), stays);
        }
        self.persons.entry(stays).or_default().extend(accounts);
        moved(&Scope::Person(goes), stays, states)
    }

    pub(super) fn unlink(&mut self, account: &Account, states: &mut States) -> bool {
        let Some(id) = self.accounts.remove(account) else {
            return false;
        };
        if let Some(accounts) = self.persons.get_mut(&id) {
            accounts.remove(account);
            if accounts.is_empty() {
                self.persons.remove(&id);
                states.retain(|key, _| key.scope != Scope::Person(id));
            }
        }
        true
    }

    /// Forgets an account's codes and guesses.
    pub(super) fn forget(&mut self, account: &Account) {
        self.codes.retain(|_, code| code.account != *account);
        self.guesses.remove(account);
    }

    pub(super) fn prune(&mut self, now: Timestamp) -> u64 {
        let before = self.codes.len() + self.guesses.len();
        self.codes.retain(|_, code| code.expires > now);
        self.guesses
            .retain(|_, guesses| guesses.since.plus(GUESS_WINDOW) > now);
        (before - self.codes.len() - self.guesses.len()) as u64
    }
}

/// Moves states to a person; says which could not move, as the person has them.
fn moved(from: &Scope, to: PersonId, states: &mut States) -> Vec<SmolStr> {
    let keys: Vec<_> = states.keys().filter(|key| key.scope == *from).cloned().collect();
    let mut lost = Vec::new();
    for key in keys {
        let Some(kept) = states.remove(&key) else { continue };
        let to = StateKey {
            scope: Scope::Person(to),
            name: key.name,
        };
        match states.entry(to) {
            Entry::Vacant(free) => {
                free.insert(kept);
            }
            Entry::Occupied(stays) if kept.value.body.is_some() => lost.push(stays.key().name.clone()),
            Entry::Occupied(_) => {}
        }
    }
    lost
}
