//! Files of older versions. Each version that was released has its fixture: the tables as it made them, with something
//! in each.

use std::fs;
use std::path::Path;

use duologue_core::store::{
    Account, DueRequest, OutgoingId, OutgoingState, Page, Position, Scope, StateKey, Store,
};
use duologue_core::{TaskId, UserId};
use duologue_store::{DATABASE_FILE, SCHEMA_VERSION, verify};

use crate::world::*;

fn fixture(version: u32) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/fixtures/v{version}.sql"));
    fs::read_to_string(&file).unwrap_or_else(|_| panic!("version {version} has no fixture"))
}

fn version_of(file: &Path) -> u32 {
    let connection = rusqlite::Connection::open(file).unwrap();
    connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}

#[tokio::test]
async fn a_file_of_each_older_version_opens_with_everything_in_it() {
    for version in 1..=SCHEMA_VERSION {
        let directory = Directory::new();
        let file = directory.file(DATABASE_FILE);
        rusqlite::Connection::open(&file)
            .unwrap()
            .execute_batch(&fixture(version))
            .unwrap();
        assert_eq!(version_of(&file), version);
        let store = directory.open().await;
        assert!(!store.opened().fresh);
        everything(&store).await;
        store.close().await;
        assert_eq!(version_of(&file), SCHEMA_VERSION);
        assert!(verify(&file).is_ok());
    }
}

async fn everything(store: &dyn Store) {
    assert_eq!(
        store.position(&source()).await.unwrap(),
        Some(Position::Offset(42))
    );
    let again = store
        .ingest(batch(vec![event(41, &private(7))], at(0)))
        .await
        .unwrap();
    assert_eq!(again.fresh(), 0);
    let claimed = claim_one(store, at(0)).await;
    assert_eq!(
        (claimed.hold.conversation.clone(), ids(&claimed)),
        (private(7), vec![41])
    );
    assert_eq!(claimed.events[0].body.as_ref(), b"{}");
    assert_eq!(store.dead(Page::first(9)).await.unwrap()[0].error, "poison");
    let sent = store.outgoing(OutgoingId(1)).await.unwrap().unwrap();
    assert_eq!((sent.state, sent.messages.len()), (OutgoingState::Sent, 2));
    assert_eq!(said(&take(store, 9, at(0)).await), ["hello"]);
    let key = StateKey {
        scope: Scope::UserInChat(chat(7), UserId::new("anna")),
        name: "mood".into(),
    };
    assert_eq!(
        store.state(vec![key]).await.unwrap()[0].as_ref().unwrap().version,
        3
    );
    let request = DueRequest {
        bots: vec![bot()],
        limit: 9,
        now: at(0),
    };
    let job = store.due(request).await.unwrap().remove(0).ask;
    assert_eq!(
        (job.repeat.as_deref(), job.origin.as_deref()),
        (Some("daily"), Some("turn 41"))
    );
    let tasks = store.tasks().await.unwrap();
    assert_eq!(tasks[0].record.card.as_ref().unwrap().chat, chat(7));
    assert_eq!(store.reserve_task_ids(1).await.unwrap(), TaskId(13));
    let account = Account {
        network: HARE,
        user: UserId::new("anna#1"),
    };
    assert_eq!(store.person(&account).await.unwrap().unwrap().accounts.len(), 2);
    assert_eq!(
        store.value("identify").await.unwrap().as_deref(),
        Some(&b"998"[..])
    );
    assert!(store.value("started").await.unwrap().is_some());
    assert_eq!(store.prune(at(0)).await.unwrap().values, 1);
    assert_eq!(store.value("started").await.unwrap(), None);
}

#[tokio::test]
async fn an_empty_file_becomes_a_store() {
    let directory = Directory::new();
    fs::write(directory.file(DATABASE_FILE), "").unwrap();
    let store = directory.open().await;
    arrive(&store, &private(1), &[1], at(0)).await;
    store.close().await;
    assert_eq!(version_of(&directory.file(DATABASE_FILE)), SCHEMA_VERSION);
}
