//! A disk without room.

use duologue_core::store::{Batch, Position, Store, StoreErrorKind, Then, Write};
use futures_util::future::join_all;

use crate::world::*;

/// A batch of one event of about 2 KiB, with the position behind it.
fn large(id: u64) -> Batch {
    let mut one = event(id, &private(u32::try_from(id % 7).unwrap()));
    one.body = vec![b'x'; 2048].into();
    let mut batch = batch(vec![one], at(id));
    batch.position = Some(Position::Offset(i64::try_from(id).unwrap() + 1));
    batch
}

#[tokio::test]
async fn a_full_disk_refuses_what_comes_keeps_what_was_confirmed_and_heals_by_itself() {
    let directory = Directory::new();
    let mut options = directory.options();
    options.size_limit = Some(600 * 1024);
    let store = duologue_store::SqliteStore::open(options).await.unwrap();
    let mut confirmed = 0;
    let error = loop {
        match store.ingest(large(confirmed + 1)).await {
            Ok(_) => confirmed += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind, StoreErrorKind::Full);
    assert!(error.to_string().contains("make room"), "{error}");
    assert!(confirmed > 50, "{confirmed}");

    // Nothing of what was refused is there, and reading goes on.
    let refused = join_all((1..=20).map(|more| store.ingest(large(confirmed + more)))).await;
    let kinds: Vec<_> = refused
        .into_iter()
        .map(|result| result.unwrap_err().kind)
        .collect();
    assert_eq!(kinds, vec![StoreErrorKind::Full; 20]);
    let position = store.position(&source()).await.unwrap();
    assert_eq!(
        position,
        Some(Position::Offset(i64::try_from(confirmed).unwrap() + 1))
    );
    assert_eq!(store.counts().await.unwrap().inbox, confirmed);

    store.set_size_limit(None).await.unwrap();
    for id in 1..=confirmed + 20 {
        let fresh = store.ingest(large(id)).await.unwrap().fresh();
        assert_eq!(fresh, usize::from(id > confirmed), "event {id}");
    }
    assert_eq!(store.counts().await.unwrap().inbox, confirmed + 20);
}

#[tokio::test]
async fn one_write_that_does_not_fit_does_not_cost_the_others_of_its_group() {
    let directory = Directory::new();
    let mut options = directory.options();
    options.size_limit = Some(1024 * 1024);
    let store = duologue_store::SqliteStore::open(options).await.unwrap();
    let value = |name: String, size: usize| {
        let body = Some(vec![b'x'; size].into());
        vec![Write::Value {
            key: name.into(),
            body,
            until: None,
        }]
    };
    let sizes = [100, 1024 * 1024, 100, 1024 * 1024, 100];
    let writes = sizes.iter().enumerate().map(|(index, size)| {
        let commit = duologue_core::store::Commit::writes(value(format!("value {index}"), *size), at(0));
        store.commit(vec![commit])
    });
    let fits: Vec<bool> = join_all(writes).await.iter().map(Result::is_ok).collect();
    assert_eq!(fits, [true, false, true, false, true]);
}

#[tokio::test]
async fn what_is_handled_makes_room_for_what_comes() {
    let directory = Directory::new();
    let mut options = directory.options();
    options.size_limit = Some(600 * 1024);
    let store = duologue_store::SqliteStore::open(options).await.unwrap();
    let mut id = 0;
    // Claimed before it is full, as a bot under load has it.
    let mut claims = Vec::new();
    while store.ingest(large(id + 1)).await.is_ok() {
        id += 1;
        if id == 30 {
            claims = claim(&store, 8, at(100)).await;
        }
    }
    for claimed in &claims {
        finish(&store, handled(claimed, 8, Then::Release), Vec::new(), at(1000)).await;
    }
    assert_eq!(store.ingest(large(id + 1)).await.unwrap().fresh(), 1);
}
