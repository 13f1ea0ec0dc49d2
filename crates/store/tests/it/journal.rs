//! What is under way: in memory, in the journal, and in the tables when it has come to rest.

use duologue_core::MessageId;
use duologue_core::store::{
    Admitted, OutgoingState, Page, Position, SendResult, Settlement, Store, StoreErrorKind, Then, Write,
};
use duologue_store::{DATABASE_FILE, SqliteStore, verify};

use crate::world::*;

/// How many entries the journal has on the disk.
fn entries(directory: &Directory) -> u32 {
    rows(directory, "journal")
}

fn rows(directory: &Directory, table: &str) -> u32 {
    let connection = rusqlite::Connection::open(directory.file(DATABASE_FILE)).unwrap();
    let count = format!("SELECT count(*) FROM {table}");
    connection.query_row(&count, [], |row| row.get(0)).unwrap()
}

/// One event, its turn with an answer, and the answer's end.
async fn answer(store: &SqliteStore, id: u64) {
    arrive(store, &private(7), &[id], at(id)).await;
    let claimed = claim_one(store, at(id)).await;
    let says = vec![Write::SendNow(say(&chat(7), "an answer"))];
    let end = handled(&claimed, 1, Then::Release);
    let outcome = finish(store, end, says, at(id)).await;
    let sent = outcome.committed().unwrap().begun[0];
    let settlement = Settlement {
        id: sent,
        result: SendResult::Sent(vec![MessageId::number(id)]),
        now: at(id),
    };
    store.settle(vec![settlement]).await.unwrap();
}

#[tokio::test]
async fn what_has_come_and_gone_never_touches_the_tables_and_its_receipt_does_at_the_end() {
    let directory = Directory::new();
    let store = directory.open().await;
    for id in 1..=10 {
        answer(&store, id).await;
    }
    assert_eq!(entries(&directory), 40);
    for table in ["inbox", "conversation", "outbox", "seen", "seen_number", "source"] {
        assert_eq!(rows(&directory, table), 0, "{table}");
    }
    store.close().await;
    assert_eq!(entries(&directory), 0);
    assert_eq!(
        (rows(&directory, "inbox"), rows(&directory, "conversation")),
        (0, 0)
    );
    assert_eq!(
        (rows(&directory, "outbox"), rows(&directory, "seen_number")),
        (10, 10)
    );
    let store = directory.open().await;
    let sent = store
        .outgoing_in(OutgoingState::Sent, Page::first(100))
        .await
        .unwrap();
    let receipts: Vec<_> = sent.iter().map(|one| one.messages[0].as_str()).collect();
    assert_eq!(receipts, ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
    assert_eq!(
        store.position(&source()).await.unwrap(),
        Some(Position::Offset(11))
    );
}

#[tokio::test]
async fn a_journal_that_is_long_goes_into_the_tables_by_itself() {
    let directory = Directory::new();
    let store = directory.open().await;
    let mut most = 0;
    for id in 1..=20 {
        let mut large = event(id, &private(1));
        large.body = vec![b'x'; 1_000_000].into();
        store.ingest(batch(vec![large], at(id))).await.unwrap();
        most = most.max(entries(&directory));
    }
    assert_eq!((most, entries(&directory), rows(&directory, "inbox")), (8, 2, 18));
    drop(store);
}

#[tokio::test]
async fn bodies_that_are_too_many_for_the_memory_come_from_the_tables() {
    let directory = Directory::new();
    let store = directory.open().await;
    let body = |id: u64| vec![b'a' + u8::try_from(id % 26).unwrap(); 900_000];
    for id in 1..=30 {
        let mut large = event(id, &private(1));
        large.body = body(id).into();
        store.ingest(batch(vec![large], at(id))).await.unwrap();
    }
    // Once as the process goes on, and once as the next one finds it.
    claim_bodies(&store, 1..16, body).await;
    store.close().await;
    claim_bodies(&directory.open().await, 16..31, body).await;
}

/// Handles the events with these ids, which come next, and looks at their bodies.
async fn claim_bodies(store: &SqliteStore, ids: std::ops::Range<u64>, body: impl Fn(u64) -> Vec<u8>) {
    let mut left = ids;
    while !left.is_empty() {
        let claimed = claim_one(store, at(1000)).await;
        let events = claimed.events.iter().zip(left.clone());
        for (event, id) in events.clone() {
            assert_eq!((event.id.parse(), &event.body[..]), (Some(id), &body(id)[..]));
            left.next();
        }
        let many = events.count();
        finish(
            store,
            handled(&claimed, many, Then::Release),
            Vec::new(),
            at(1000),
        )
        .await;
    }
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_stops_the_opening_and_is_left_alone() {
    let directory = Directory::new();
    let store = directory.open().await;
    answer(&store, 1).await;
    let other = Directory::new();
    directory.copy_to(&other);
    store.close().await;
    let file = other.file(DATABASE_FILE);
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection
        .execute("UPDATE journal SET body = x'ff' WHERE id = 2", [])
        .unwrap();
    drop(connection);
    assert!(matches!(
        verify(&file).unwrap_err().kind,
        StoreErrorKind::Impossible(_)
    ));
    let error = SqliteStore::open(other.options()).await.unwrap_err();
    assert!(error.to_string().contains("journal"), "{error}");
    assert_eq!(entries(&other), 4);
}

#[tokio::test]
async fn numbers_are_known_in_any_order_also_after_a_restart() {
    let directory = Directory::new();
    let ids = [5_u64, 3, 900, 7, 1 << 62, 0];
    for id in ids {
        let store = directory.open().await;
        let fresh = store
            .ingest(batch(vec![event(id, &private(1))], at(0)))
            .await
            .unwrap();
        assert!(matches!(fresh.events[0], Admitted::Queued(_)), "{id}");
        store.close().await;
    }
    let store = directory.open().await;
    let again = ids.iter().chain([&4, &901]).map(|id| event(*id, &private(1)));
    let ingested = store.ingest(batch(again.collect(), at(1))).await.unwrap();
    assert_eq!(ingested.events[..6], [Admitted::Duplicate; 6]);
    assert_eq!(ingested.fresh(), 2);
}
