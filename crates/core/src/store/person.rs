//! One person behind several accounts, and how accounts come together. Pure data.

use std::fmt;

use smol_str::SmolStr;

use super::Timestamp;
use crate::id::{NetworkId, UserId};

/// The number of a person with linked accounts, unique while the data lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonId(pub u64);

/// A person's account on a network.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Account {
    /// The network.
    pub network: NetworkId,
    /// The user there.
    pub user: UserId,
}

/// A person with linked accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedPerson {
    /// The number.
    pub id: PersonId,
    /// The accounts, at least one, in a fixed order.
    pub accounts: Vec<Account>,
}

/// The hash of a link code. The store never sees a code: the caller hashes it, with a key where codes are short.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CodeHash(pub [u8; 32]);

impl fmt::Debug for CodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeHash(..)")
    }
}

/// A code that an account shows, to be entered in another one. A newer one of the same account replaces it.
#[derive(Clone, Debug)]
pub struct LinkCode {
    /// The hash of the code.
    pub hash: CodeHash,
    /// The account that shows it.
    pub account: Account,
    /// It is good before this time, once.
    pub expires: Timestamp,
}

/// A code that was entered in an account.
#[derive(Clone, Debug)]
pub struct LinkGuess {
    /// The hash of what was entered.
    pub hash: CodeHash,
    /// The account that it was entered in.
    pub account: Account,
    /// The time.
    pub now: Timestamp,
}

/// What became of a code that was entered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Redeemed {
    /// The accounts are one person's from now on. Where both had been a person's before, the older person stays.
    Linked {
        /// The person with all accounts.
        person: LinkedPerson,
        /// The states that both had: those of the person that was there before, else of the account that showed the
        /// code, stay; these of the other are gone.
        lost: Vec<SmolStr>,
    },
    /// There is no such code.
    Wrong {
        /// How many more guesses the account has.
        left: u32,
    },
    /// The code is too old; the account that showed it can show a new one.
    Expired,
    /// The code was entered in the account that shows it.
    Own,
    /// The account guessed wrong too often: [`GUESSES`](super::GUESSES) times in
    /// [`GUESS_WINDOW`](super::GUESS_WINDOW).
    Blocked {
        /// It may guess again then.
        until: Timestamp,
    },
}

/// What a code that was entered would do, without doing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// It would link with this account, which shows it.
    Shows(Account),
    /// It would link nothing; never [`Redeemed::Linked`].
    Not(Redeemed),
}
