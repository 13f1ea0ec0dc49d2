//! What was forgotten is in no byte of any file.

use std::fs;

use duologue_core::store::{Scope, StateKey, StateWrite, Store, Then, Write};
use duologue_core::{Person, UserId};

use crate::world::*;

#[tokio::test]
async fn nothing_of_what_was_forgotten_is_left_in_the_files() {
    const SECRET: &str = "the cat sleeps at noon";
    let directory = Directory::new();
    let store = directory.open().await;
    let anna = UserId::new("anna");
    for round in 0..50_u64 {
        let mut waits = event(round, &in_group(1, "anna"));
        waits.body = format!("{SECRET} {round} {}", "x".repeat(400)).into();
        store.ingest(batch(vec![waits], at(0))).await.unwrap();
        let state = StateWrite {
            key: StateKey {
                scope: Scope::User(PIGEON, anna.clone()),
                name: format!("state {}", round % 7).into(),
            },
            expected: None,
            body: Some(format!("{SECRET} {round}").into()),
        };
        write(&store, vec![Write::State(state)], at(0)).await;
        if round == 25 {
            // The journal goes into the tables, and leaves its pages free with what was in them.
            store.prune(at(0)).await.unwrap();
        }
    }
    let claimed = claim_one(&store, at(1)).await;
    finish(&store, handled(&claimed, 3, Then::Release), Vec::new(), at(1)).await;
    assert!(found(&directory, SECRET));

    let forgotten = store.forget(&Person::User(PIGEON, anna)).await.unwrap();
    assert_eq!((forgotten.events, forgotten.states), (47, 7));
    assert!(!found(&directory, SECRET));
    store.close().await;
    assert!(!found(&directory, SECRET));
}

fn found(directory: &Directory, text: &str) -> bool {
    let files = fs::read_dir(directory.path()).unwrap();
    files
        .map(|entry| fs::read(entry.unwrap().path()).unwrap())
        .any(|bytes| {
            let text = text.as_bytes();
            bytes.windows(text.len()).any(|window| window == text)
        })
}
