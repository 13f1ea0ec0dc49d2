//! The commands of the command line that look after a bot and its data, one file each. Owns nothing.

mod backup;
mod dotenv;
mod health;
mod init;
mod personal;
mod send;
mod token;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::bail;
use duologue::store::{StoreError, StoreErrorKind};
use duologue::{Config, DATABASE_FILE};

use crate::words::hosting as words;

pub(crate) use self::backup::{back_up, check, restore};
pub(crate) use self::health::ask_for_health;
pub(crate) use self::init::init;
pub(crate) use self::personal::{export, forget};
pub(crate) use self::send::send;

/// Writes to standard output. Nobody may be reading any more: `duologue help | head -1` is no fault.
pub(crate) fn say(text: &str) -> anyhow::Result<()> {
    let mut output = std::io::stdout();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}

/// The folder for data of the configuration.
fn data() -> anyhow::Result<PathBuf> {
    Ok(Config::from_env().map_err(duologue::Error::Config)?.data)
}

/// The folder for data, where there is any.
fn data_that_is_there() -> anyhow::Result<PathBuf> {
    let directory = data()?;
    if !directory.join(DATABASE_FILE).exists() {
        bail!(words::no_data(&directory));
    }
    Ok(directory)
}

/// An error of the store as whoever hosts the bot can use it.
fn explained(error: StoreError) -> anyhow::Error {
    match error.kind {
        StoreErrorKind::InUse { pid, since, .. } => anyhow::anyhow!(words::in_use(&pid, &since)),
        // It says what to do; what was tried is on the command line.
        kind => kind.into(),
    }
}

/// Does what blocks beside the runtime.
async fn beside<T: Send + 'static>(
    work: impl FnOnce(&Path) -> Result<T, StoreError> + Send + 'static,
    file: PathBuf,
) -> anyhow::Result<T> {
    let done = tokio::task::spawn_blocking(move || work(&file)).await?;
    done.map_err(explained)
}
