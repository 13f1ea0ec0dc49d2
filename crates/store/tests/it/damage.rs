//! A directory that is in use, and files that are damaged, foreign or too new.

use std::fs;
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write as _};
use std::path::PathBuf;

use duologue_core::store::{Store, StoreError, StoreErrorKind};
use duologue_store::{DATABASE_FILE, SCHEMA_VERSION, SqliteOptions, SqliteStore};

use crate::killed::program;
use crate::world::*;

async fn refused(options: SqliteOptions) -> StoreError {
    SqliteStore::open(options).await.unwrap_err()
}

/// A store with something in it, closed.
async fn filled() -> Directory {
    let directory = Directory::new();
    let store = directory.open().await;
    for id in 1..=200 {
        arrive(&store, &private(1), &[id], at(0)).await;
    }
    store.close().await;
    directory
}

/// Writes nonsense over pages in the middle of a file.
fn damage(file: &PathBuf) {
    let mut file = fs::OpenOptions::new().write(true).open(file).unwrap();
    file.seek(SeekFrom::Start(4096 * 2)).unwrap();
    file.write_all(&[0xa5; 4096 * 6]).unwrap();
}

fn kept(error: &StoreError) -> PathBuf {
    match &error.kind {
        StoreErrorKind::Damaged { kept } => kept.clone(),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_damaged_file_is_moved_aside_and_only_the_caller_starts_anew() {
    let directory = filled().await;
    let file = directory.file(DATABASE_FILE);
    damage(&file);
    let damaged = fs::read(&file).unwrap();

    let error = refused(directory.options()).await;
    let kept = kept(&error);
    assert_eq!(fs::read(&kept).unwrap(), damaged, "as it was found");
    assert!(
        error.kind.to_string().contains(&kept.display().to_string()),
        "{}",
        error.kind
    );
    assert!(!file.exists());

    let again = refused(directory.options()).await;
    assert_eq!(
        self::kept(&again),
        kept,
        "a start again does not silently begin with nothing"
    );
    let mut anew = directory.options();
    anew.start_anew = true;
    let store = SqliteStore::open(anew).await.unwrap();
    assert!(store.opened().fresh);
    assert_eq!(store.counts().await.unwrap().inbox, 0);
    assert_eq!(fs::read(&kept).unwrap(), damaged);
}

#[tokio::test]
async fn a_second_damaged_file_does_not_replace_the_first() {
    let directory = filled().await;
    let file = directory.file(DATABASE_FILE);
    fs::write(
        &file,
        "this is no database, and it is long enough to be looked at",
    )
    .unwrap();
    let first = kept(&refused(directory.options()).await);
    fs::write(
        &file,
        "nor is this one, which is another one, and as long as the other",
    )
    .unwrap();
    let second = kept(&refused(directory.options()).await);
    assert_ne!(first, second);
    assert!(fs::read_to_string(first).unwrap().starts_with("this"));
    assert!(fs::read_to_string(second).unwrap().starts_with("nor"));
}

#[tokio::test]
async fn a_backup_in_the_place_of_a_damaged_file_is_taken() {
    let directory = filled().await;
    let backup = directory.file("backup.db");
    let store = directory.open().await;
    store.backup(&backup).await.unwrap();
    store.close().await;
    damage(&directory.file(DATABASE_FILE));
    refused(directory.options()).await;
    fs::copy(&backup, directory.file(DATABASE_FILE)).unwrap();
    let store = directory.open().await;
    assert_eq!(store.counts().await.unwrap().inbox, 200);
}

#[tokio::test]
async fn a_file_of_another_program_is_refused_and_left_alone() {
    let directory = Directory::new();
    let file = directory.file(DATABASE_FILE);
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.execute_batch("CREATE TABLE theirs (x)").unwrap();
    drop(connection);
    let before = fs::read(&file).unwrap();
    let error = refused(directory.options()).await;
    assert!(matches!(error.kind, StoreErrorKind::Foreign { .. }), "{error}");
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[tokio::test]
async fn a_newer_file_is_refused_with_a_sentence_and_left_alone() {
    let directory = filled().await;
    let file = directory.file(DATABASE_FILE);
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection
        .pragma_update(None, "user_version", SCHEMA_VERSION + 1)
        .unwrap();
    drop(connection);
    let before = fs::read(&file).unwrap();
    let error = refused(directory.options()).await;
    let (found, known) = (SCHEMA_VERSION + 1, SCHEMA_VERSION);
    assert_eq!(error.kind, StoreErrorKind::Newer { found, known });
    assert!(error.to_string().contains("use the newer program"), "{error}");
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[tokio::test]
async fn one_process_has_a_directory_and_another_one_is_told_which() {
    let directory = Directory::new();
    let mut other = program("hold", &directory);
    let mut line = String::new();
    BufReader::new(other.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(line, "O\n");
    let error = refused(directory.options()).await;
    match &error.kind {
        StoreErrorKind::InUse { pid, since, .. } => {
            assert_eq!(*pid, other.id().to_string());
            assert!(since.starts_with("20") && since.ends_with('Z'), "{since}");
        }
        other => panic!("{other}"),
    }
    // However it ends, the system lets go of the lock.
    other.kill().unwrap();
    other.wait().unwrap();
    directory.open().await;
}

#[tokio::test]
async fn a_directory_is_opened_once_in_a_process_too_and_again_after_a_close() {
    let directory = Directory::new();
    let store = directory.open().await;
    let error = refused(directory.options()).await;
    assert!(matches!(error.kind, StoreErrorKind::InUse { .. }), "{error}");
    store.close().await;
    let again = directory.open().await;
    drop(again);
    directory.open().await;
}
