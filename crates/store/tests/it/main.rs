//! The store's behaviour as sentences, each held by every engine; and what only a file on a disk can go through.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests")]

mod world;

// Every engine.
mod commits;
mod ingest;
mod jobs;
mod outbox;
mod people;
mod personal;
mod random;
mod states;
mod turns;
mod upkeep;

// SQLite.
mod backups;
mod cancelled;
mod damage;
mod disk_full;
mod journal;
mod killed;
mod migrations;
mod traces;
