//! Proof of what went out: every message, and everything that was lost or changed on the way. Pure data.

use std::time::Duration;

use crate::id::MessageRef;

/// Proof of an action.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Receipt {
    /// Every message that it made or changed, in order.
    pub messages: Vec<MessageRef>,
    /// Everything that the network shows otherwise than it was asked for.
    pub losses: Vec<Loss>,
    /// How many calls it took.
    pub attempts: u32,
    /// How long it waited for the pace.
    pub waited: Duration,
}

impl Receipt {
    /// The first message: the one to edit later.
    #[must_use]
    pub fn first(&self) -> Option<&MessageRef> {
        self.messages.first()
    }
}

/// Something that the network shows otherwise than it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// What it is about, such as `heading` or `button label`.
    pub what: &'static str,
    /// What became of it.
    pub became: Became,
}

/// What became of something that a network lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Became {
    /// Something simpler that says the same.
    Simpler(&'static str),
    /// It was cut to this many units.
    Cut(usize),
    /// Nothing: it was left out.
    LeftOut,
}
