//! Copies in one file, made while the store is in use.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use duologue_core::store::{
    OutgoingState, Page, Scope, StateKey, StateWrite, Store, StoreErrorKind, Then, Write,
};
use duologue_store::{DATABASE_FILE, SCHEMA_VERSION, backup, restore, verify};
use futures_util::future::join;

use crate::world::*;

fn key() -> StateKey {
    StateKey {
        scope: Scope::Bot,
        name: "count".into(),
    }
}

#[tokio::test]
async fn a_backup_made_while_writing_is_one_moment_and_can_be_put_in_place() {
    let directory = Directory::new();
    let store = directory.open().await;
    let done = AtomicBool::new(false);
    // Each commit raises a count and puts one thing into the outbox: at any moment the two agree.
    let writer = async {
        while !done.load(Ordering::Relaxed) {
            let state = StateWrite {
                key: key(),
                expected: None,
                body: Some(vec![b'x'; 500].into()),
            };
            let writes = vec![Write::State(state), Write::Send(say(&chat(1), &"y".repeat(500)))];
            write(&store, writes, at(0)).await;
        }
    };
    let backups = async {
        for number in 0..5 {
            let made = store
                .backup(directory.file(&format!("backup-{number}")))
                .await
                .unwrap();
            assert_eq!(made.version, SCHEMA_VERSION);
        }
        done.store(true, Ordering::Relaxed);
    };
    join(writer, backups).await;

    let mut last = 0;
    for number in 0..5 {
        let backup = directory.file(&format!("backup-{number}"));
        let verified = store.verify(&backup).await.unwrap();
        assert_eq!(verified, verify(&backup).unwrap());
        let other = Directory::new();
        fs::copy(&backup, other.file(DATABASE_FILE)).unwrap();
        let copy = other.open().await;
        let version = copy.state(vec![key()]).await.unwrap()[0]
            .as_ref()
            .map_or(0, |state| state.version);
        let waiting = copy
            .outgoing_in(OutgoingState::New, Page::first(100_000))
            .await
            .unwrap();
        assert_eq!(waiting.len() as u64, version);
        assert_eq!(verified.counts.outgoing, version);
        assert!(version >= last);
        last = version;
    }
    assert!(last > 0);
    let names = fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let parts = names
        .filter(|name| name.to_string_lossy().contains(".part-"))
        .count();
    assert_eq!(parts, 0, "nothing half is left");
}

#[tokio::test]
async fn a_check_of_a_file_in_use_sees_one_moment_of_it() {
    let directory = Directory::new();
    let store = directory.open().await;
    let file = directory.file(DATABASE_FILE);
    let done = AtomicBool::new(false);
    // Events go into the journal, from there into the tables, and away, over and over.
    let writer = async {
        let mut id = 0;
        while !done.load(Ordering::Relaxed) {
            for conversation in 1..=100 {
                id += 1;
                let event = event(id, &private(conversation));
                store.ingest(batch(vec![event], at(0))).await.unwrap();
            }
            let page = Page::first(1);
            store.outgoing_in(OutgoingState::New, page).await.unwrap();
            for claimed in claim(&store, 100, at(1)).await {
                finish(&store, handled(&claimed, 1, Then::Release), Vec::new(), at(1)).await;
            }
        }
    };
    let checks = async {
        for _ in 0..300 {
            let file = file.clone();
            let checked = tokio::task::spawn_blocking(move || verify(&file)).await.unwrap();
            assert!(checked.unwrap().counts.inbox <= 100);
        }
        done.store(true, Ordering::Relaxed);
    };
    join(writer, checks).await;
}

#[tokio::test]
async fn a_backup_never_replaces_a_file() {
    let directory = Directory::new();
    let store = directory.open().await;
    let file = directory.file("precious");
    fs::write(&file, "precious").unwrap();
    let error = store.backup(&file).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Exists { file: file.clone() });
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
    let nowhere = directory.file("no such directory/backup");
    assert!(store.backup(&nowhere).await.is_err());
}

#[tokio::test]
async fn a_check_finds_what_is_no_whole_backup() {
    let directory = Directory::new();
    let store = directory.open().await;
    for id in 1..=200 {
        arrive(&store, &private(1), &[id], at(0)).await;
    }
    let backup = directory.file("backup");
    assert_eq!(store.backup(&backup).await.unwrap().counts.inbox, 200);
    let whole = fs::read(&backup).unwrap();

    let cut = directory.file("cut");
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(
        verify(&cut).unwrap_err().kind,
        StoreErrorKind::Impossible(_)
    ));

    let flipped = directory.file("flipped");
    let mut bytes = whole;
    bytes[8192..16384].fill(0xa5);
    fs::write(&flipped, bytes).unwrap();
    assert!(matches!(
        verify(&flipped).unwrap_err().kind,
        StoreErrorKind::Impossible(_)
    ));

    let empty = directory.file("empty");
    fs::write(&empty, "").unwrap();
    assert!(matches!(
        verify(&empty).unwrap_err().kind,
        StoreErrorKind::Impossible(_)
    ));

    let text = directory.file("text");
    fs::write(
        &text,
        "hello, I am a text and no database at all, as anybody can see",
    )
    .unwrap();
    assert!(matches!(
        verify(&text).unwrap_err().kind,
        StoreErrorKind::Impossible(_)
    ));
    assert!(verify(&directory.file("missing")).is_err());
}

#[tokio::test]
async fn a_directory_in_use_is_copied_without_its_lock() {
    let directory = Directory::new();
    let nothing = backup(directory.path(), &directory.file("backup")).unwrap_err();
    assert!(matches!(nothing.kind, StoreErrorKind::Failed(_)), "{nothing}");
    let store = directory.open().await;
    arrive(&store, &private(1), &[1, 2, 3], at(0)).await;
    let file = directory.file("backup");
    let made = backup(directory.path(), &file).unwrap();
    assert_eq!(made.counts.inbox, 3, "what stands in the log is there too");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "it is for its user alone");
    }
    let again = backup(directory.path(), &file).unwrap_err();
    assert_eq!(again.kind, StoreErrorKind::Exists { file: file.clone() });
    store.close().await;
    drop(store);
    let rested = directory.file("rested");
    assert_eq!(backup(directory.path(), &rested).unwrap().counts.inbox, 3);
}

#[tokio::test]
async fn a_backup_takes_the_place_of_the_data_and_what_was_there_is_kept() {
    let directory = Directory::new();
    let file = directory.file("backup");
    let store = directory.open().await;
    arrive(&store, &private(1), &[1], at(0)).await;
    store.backup(&file).await.unwrap();
    arrive(&store, &private(1), &[2], at(0)).await;
    let in_use = restore(directory.path(), &file).unwrap_err();
    assert!(matches!(in_use.kind, StoreErrorKind::InUse { .. }), "{in_use}");
    store.close().await;
    drop(store);

    let restored = restore(directory.path(), &file).unwrap();
    assert_eq!(restored.verified.counts.inbox, 1);
    let kept = restored.kept.unwrap();
    assert_eq!(
        verify(&kept).unwrap().counts.inbox,
        2,
        "with what stood in its log"
    );
    assert_eq!(verify(&file).unwrap().counts.inbox, 1, "the backup stays");
    let store = directory.open().await;
    assert_eq!(store.counts().await.unwrap().inbox, 1);
    store.close().await;
    drop(store);

    // A second one at the same moment finds another name, and a new directory has nothing to keep.
    let second = restore(directory.path(), &file).unwrap().kept.unwrap();
    assert_ne!(second, kept);
    let fresh = Directory::new();
    let inside = fresh.file("not/there/yet");
    assert_eq!(restore(&inside, &file).unwrap().kept, None);
}

#[tokio::test]
async fn a_backup_that_is_damaged_replaces_nothing_and_one_that_is_whole_replaces_damage() {
    let directory = Directory::new();
    let store = directory.open().await;
    arrive(&store, &private(1), &[1], at(0)).await;
    let file = directory.file("backup");
    store.backup(&file).await.unwrap();
    store.close().await;
    drop(store);
    let (data, bad) = (directory.file(DATABASE_FILE), directory.file("bad"));
    let before = fs::read(&data).unwrap();
    fs::write(&bad, "this is no database at all, and never was one").unwrap();
    assert!(restore(directory.path(), &bad).is_err());
    assert_eq!(fs::read(&data).unwrap(), before);

    fs::write(&data, &before[..before.len() / 2]).unwrap();
    let kept = restore(directory.path(), &file).unwrap().kept.unwrap();
    assert_eq!(fs::read(kept).unwrap(), before[..before.len() / 2]);
    assert_eq!(verify(&data).unwrap().counts.inbox, 1);
    let rest = fs::read_dir(directory.path()).unwrap();
    let rest = rest.filter_map(|entry| entry.unwrap().file_name().into_string().ok());
    assert!(!rest.into_iter().any(|name| name.contains("restoring")));
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_the_data_in_a_folder_that_is_open_to_all() {
    use std::os::unix::fs::PermissionsExt;

    let directory = Directory::new();
    let open_to_all = |path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    open_to_all(directory.path().to_owned(), 0o755);
    for _ in 0..2 {
        let store = directory.open().await;
        arrive(&store, &private(1), &[1], at(0)).await;
        let mut seen = 0;
        for part in ["", "-wal", "-shm"] {
            let file = directory.file(&format!("{DATABASE_FILE}{part}"));
            if let Ok(found) = fs::metadata(&file) {
                assert_eq!(found.permissions().mode() & 0o777, 0o600, "{}", file.display());
                seen += 1;
            }
        }
        assert!(seen > 1, "there is no log");
        store.close().await;
        drop(store);
        open_to_all(directory.file(DATABASE_FILE), 0o644);
    }
}
