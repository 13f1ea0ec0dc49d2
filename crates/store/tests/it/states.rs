//! Typed state and small values.

use duologue_core::UserId;
use duologue_core::store::{Outcome, PersonId, Scope, StateKey, StateValue, StateWrite, Store, Write};

use crate::world::*;

on_every_engine![
    what_never_was_is_nothing,
    each_scope_has_states_of_its_own,
    a_version_rises_with_each_write_and_is_compared,
    a_state_that_was_taken_away_goes_on_with_its_version,
    a_write_without_an_expectation_always_wins,
    two_writes_of_one_commit_see_each_other,
    a_small_value_is_kept_and_taken_away,
];

fn key(scope: Scope) -> StateKey {
    StateKey {
        scope,
        name: "mood".into(),
    }
}

fn put(key: &StateKey, expected: Option<u64>, body: Option<&str>) -> Write {
    Write::State(StateWrite {
        key: key.clone(),
        expected,
        body: body.map(|body| body.to_owned().into()),
    })
}

async fn get(store: &dyn Store, key: &StateKey) -> Option<(u64, Option<String>)> {
    let StateValue { version, body } = store.state(vec![key.clone()]).await.unwrap().remove(0)?;
    Some((
        version,
        body.map(|body| String::from_utf8(body.to_vec()).unwrap()),
    ))
}

fn some(version: u64, body: &str) -> Option<(u64, Option<String>)> {
    Some((version, Some(body.to_owned())))
}

async fn what_never_was_is_nothing(store: &dyn Store) {
    assert_eq!(get(store, &key(Scope::Bot)).await, None);
    assert_eq!(store.state(Vec::new()).await.unwrap(), []);
}

async fn each_scope_has_states_of_its_own(store: &dyn Store) {
    let anna = || UserId::new("anna");
    let scopes = [
        Scope::Bot,
        Scope::User(PIGEON, anna()),
        Scope::User(HARE, anna()),
        Scope::Person(PersonId(7)),
        Scope::Chat(chat(1)),
        Scope::Chat(thread(1)),
        Scope::UserInChat(chat(1), anna()),
        Scope::UserInChat(chat(2), anna()),
    ];
    let keys: Vec<StateKey> = scopes.into_iter().map(key).collect();
    for (index, key) in keys.iter().enumerate() {
        write(store, vec![put(key, Some(0), Some(&index.to_string()))], at(0)).await;
    }
    let found = store.state(keys).await.unwrap();
    for (index, state) in found.into_iter().enumerate() {
        assert_eq!(state.unwrap().body.unwrap(), index.to_string().as_bytes());
    }
}

async fn a_version_rises_with_each_write_and_is_compared(store: &dyn Store) {
    let key = key(Scope::Bot);
    write(store, vec![put(&key, Some(0), Some("a"))], at(0)).await;
    write(store, vec![put(&key, Some(1), Some("b"))], at(0)).await;
    assert_eq!(get(store, &key).await, some(2, "b"));
    let outcome = write(store, vec![put(&key, Some(1), Some("c"))], at(0)).await;
    let found = 2;
    assert_eq!(
        outcome,
        Outcome::Conflict {
            key: key.clone(),
            found
        }
    );
    assert_eq!(get(store, &key).await, some(2, "b"));
}

async fn a_state_that_was_taken_away_goes_on_with_its_version(store: &dyn Store) {
    let key = key(Scope::Bot);
    write(store, vec![put(&key, None, Some("a"))], at(0)).await;
    write(store, vec![put(&key, Some(1), None)], at(0)).await;
    assert_eq!(get(store, &key).await, Some((2, None)));
    let outcome = write(store, vec![put(&key, Some(1), Some("from the past"))], at(0)).await;
    assert!(matches!(outcome, Outcome::Conflict { found: 2, .. }));
    write(store, vec![put(&key, Some(2), Some("b"))], at(0)).await;
    assert_eq!(get(store, &key).await, some(3, "b"));
}

async fn a_write_without_an_expectation_always_wins(store: &dyn Store) {
    let key = key(Scope::Bot);
    for body in ["a", "b", "c"] {
        write(store, vec![put(&key, None, Some(body))], at(0)).await;
    }
    assert_eq!(get(store, &key).await, some(3, "c"));
}

async fn two_writes_of_one_commit_see_each_other(store: &dyn Store) {
    let key = key(Scope::Bot);
    let both = vec![put(&key, Some(0), Some("a")), put(&key, Some(1), Some("b"))];
    assert!(write(store, both, at(0)).await.committed().is_some());
    assert_eq!(get(store, &key).await, some(2, "b"));
    let both = vec![put(&key, Some(2), Some("c")), put(&key, Some(2), Some("d"))];
    assert!(matches!(
        write(store, both, at(0)).await,
        Outcome::Conflict { found: 3, .. }
    ));
    assert_eq!(get(store, &key).await, some(2, "b"), "nothing of it was kept");
}

async fn a_small_value_is_kept_and_taken_away(store: &dyn Store) {
    let set = |body: Option<&str>| Write::Value {
        key: "identify".into(),
        body: body.map(|body| body.to_owned().into()),
        until: None,
    };
    assert_eq!(store.value("identify").await.unwrap(), None);
    write(store, vec![set(Some("998 left"))], at(0)).await;
    write(store, vec![set(Some("997 left"))], at(0)).await;
    assert_eq!(
        store.value("identify").await.unwrap().as_deref(),
        Some(&b"997 left"[..])
    );
    write(store, vec![set(None)], at(0)).await;
    assert_eq!(store.value("identify").await.unwrap(), None);
}
