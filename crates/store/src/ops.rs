//! The operations on the database, a file for each family. Each runs inside a transaction that its caller began.

pub(crate) mod inbox;
pub(crate) mod outbox;
pub(crate) mod people;
pub(crate) mod personal;
pub(crate) mod state;
pub(crate) mod turn;
pub(crate) mod upkeep;
pub(crate) mod work;
