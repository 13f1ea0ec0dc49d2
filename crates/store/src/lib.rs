//! The durable store of Duologue: one SQLite file with one writer that commits what waits as a group. The contract is
//! [`duologue_core::store::Store`]; this crate is its engine on the disk.
//!
//! | file | what it owns |
//! |---|---|
//! | `sqlite` | the store as callers see it; each operation is a question to a thread |
//! | `threads` | the writer, the readers and their queues |
//! | `open`, `lock`, `schema` | the data directory: its lock, the file's check, its version |
//! | `live` | what is under way, in memory and in the journal |
//! | `ops` | the operations, a file for each family |
//! | `backup`, `restore` | copies in one file, their check, and their way back |
//!
//! ```
//! use duologue_core::store::{Commit, Store, Timestamp, Write};
//! use duologue_store::{SqliteOptions, SqliteStore};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), duologue_core::store::StoreError> {
//! # let directory = std::env::temp_dir().join(format!("duologue-store-doc-{}", std::process::id()));
//! let store = SqliteStore::open(SqliteOptions::new(&directory)).await?;
//! let body = Some("4 left".into());
//! let write = Write::Value { key: "identify budget".into(), body, until: None };
//! store.commit(vec![Commit::writes(vec![write], Timestamp::now())]).await?;
//! store.close().await;
//!
//! let again = SqliteStore::open(SqliteOptions::new(&directory)).await?;
//! assert_eq!(again.value("identify budget").await?.as_deref(), Some(&b"4 left"[..]));
//! # drop(again);
//! # std::fs::remove_dir_all(directory).expect("the directory can be removed");
//! # Ok(())
//! # }
//! ```

#![warn(missing_docs)]

mod backup;
mod fault;
mod live;
mod lock;
mod names;
mod open;
mod ops;
mod restore;
mod schema;
mod sqlite;
mod threads;
mod tx;

pub use self::backup::{Verified, backup, verify};
pub use self::open::DATABASE_FILE;
pub use self::restore::{Restored, restore};
pub use self::schema::SCHEMA_VERSION;
pub use self::sqlite::{Opened, SqliteOptions, SqliteStore, Writes};
