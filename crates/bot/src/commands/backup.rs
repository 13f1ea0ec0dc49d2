//! `backup` and `restore`: all data in one file, and back. Owns nothing.

use std::path::PathBuf;

use super::{beside, data, data_that_is_there, say};
use crate::words::hosting as words;

/// Copies the data into a new file, also while the bot runs.
///
/// # Errors
///
/// Where there is no data, the file is there already or has no room, or the data is damaged.
pub(crate) async fn back_up(file: PathBuf) -> anyhow::Result<()> {
    let directory = data_that_is_there()?;
    let made = beside(move |file| duologue::backup(&directory, file), file.clone()).await?;
    say(&words::backed_up(&file, &made))
}

/// Checks a backup and leaves everything as it is.
///
/// # Errors
///
/// Where it is no whole backup of this program.
pub(crate) async fn check(file: PathBuf) -> anyhow::Result<()> {
    let found = beside(duologue::verify, file.clone()).await?;
    say(&words::is_whole(&file, &found))
}

/// Puts a backup in the place of the data, which is kept under another name.
///
/// # Errors
///
/// Where it is no whole backup, a bot uses the data, or there is no room for both.
pub(crate) async fn restore(file: PathBuf) -> anyhow::Result<()> {
    let directory = data()?;
    let to = directory.clone();
    let restored = beside(move |file| duologue::restore(&to, file), file).await?;
    say(&words::restored(&directory, &restored))
}
