//! What was forgotten is in no byte of any file.

use std::fs;

use duologue_core::store::{OutgoingState, Page, Scope, StateKey, StateWrite, Store, Then, Write};
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

#[tokio::test]
async fn nothing_of_what_came_and_went_is_left_in_the_pages_of_the_journal() {
    const SECRET: &str = "the dog barks at midnight";
    let directory = Directory::new();
    let store = directory.open().await;
    for round in 0..20_u64 {
        let mut comes = event(round, &in_group(1, "anna"));
        comes.body = format!("{SECRET} {round} {}", "x".repeat(9000)).into();
        store.ingest(batch(vec![comes], at(round))).await.unwrap();
        let claimed = claim_one(&store, at(round)).await;
        finish(&store, handled(&claimed, 1, Then::Release), Vec::new(), at(round)).await;
    }
    // The journal is emptied, and its pages are free.
    let page = Page::first(1);
    store.outgoing_in(OutgoingState::New, page).await.unwrap();
    assert!(found(&directory, SECRET));

    let anna = Person::User(PIGEON, UserId::new("anna"));
    store.forget(&anna).await.unwrap();
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
