//! What a turn writes stands or falls together.

use duologue_core::store::{
    Commit, Committed, DueRequest, Missed, NewJob, Outcome, Scope, StateKey, StateWrite, Store, Then, Write,
};
use duologue_core::{Person, UserId};

use crate::world::*;

on_every_engine![
    a_turn_commits_all_of_what_it_wrote,
    a_conflict_keeps_nothing_and_the_turn_can_be_run_again,
    a_timer_that_is_due_becomes_an_event_once,
    writes_beside_any_turn_need_no_hold,
    commits_of_one_group_see_each_other,
];

fn counter() -> StateKey {
    StateKey {
        scope: Scope::Chat(chat(1)),
        name: "counter".into(),
    }
}

fn count(expected: Option<u64>, value: &str) -> Write {
    Write::State(StateWrite {
        key: counter(),
        expected,
        body: Some(value.to_owned().into()),
    })
}

fn reminder(due: u64) -> NewJob {
    NewJob {
        origin: None,
        chat: chat(1),
        person: Person::User(PIGEON, UserId::new("anna")),
        name: "reminder".into(),
        due: at(due),
        repeat: None,
        missed: Missed::Once,
        body: "tea".into(),
    }
}

async fn jobs_due(store: &dyn Store, now: u64) -> Vec<duologue_core::store::Job> {
    let bots = vec![bot()];
    let now = at(now);
    store.due(DueRequest { bots, limit: 10, now }).await.unwrap()
}

async fn a_turn_commits_all_of_what_it_wrote(store: &dyn Store) {
    arrive(store, &private(1), &[1], at(0)).await;
    let claimed = claim_one(store, at(1)).await;
    let writes = vec![
        count(Some(0), "1"),
        Write::Send(say(&chat(1), "first")),
        Write::AddJob(reminder(50)),
        Write::Send(say(&chat(1), "second")),
        Write::Value {
            key: "small".into(),
            body: Some("thing".into()),
            until: None,
        },
    ];
    let outcome = finish(store, handled(&claimed, 1, Then::Release), writes, at(2)).await;
    let Outcome::Committed(Committed {
        outgoing, jobs, more, ..
    }) = outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!((outgoing.len(), jobs.len(), more), (2, 1, false));
    assert!(outgoing[0] < outgoing[1]);
    let state = store.state(vec![counter()]).await.unwrap().remove(0).unwrap();
    assert_eq!((state.version, state.body.as_deref()), (1, Some(&b"1"[..])));
    assert_eq!(said(&take(store, 8, at(3)).await), ["first"]);
    assert_eq!(jobs_due(store, 50).await[0].id, jobs[0]);
    assert_eq!(
        store.value("small").await.unwrap().as_deref(),
        Some(&b"thing"[..])
    );
    assert_eq!(store.counts().await.unwrap().inbox, 0);
}

async fn a_conflict_keeps_nothing_and_the_turn_can_be_run_again(store: &dyn Store) {
    write(store, vec![count(None, "1")], at(0)).await;
    arrive(store, &private(1), &[1], at(0)).await;
    let claimed = claim_one(store, at(1)).await;
    let writes = vec![Write::Send(say(&chat(1), "wrong")), count(Some(0), "1")];
    let outcome = finish(store, handled(&claimed, 1, Then::Release), writes, at(2)).await;
    let (key, found) = (counter(), 1);
    assert_eq!(outcome, Outcome::Conflict { key, found });
    assert!(take(store, 8, at(3)).await.is_empty());

    let writes = vec![Write::Send(say(&chat(1), "right")), count(Some(1), "2")];
    let outcome = finish(store, handled(&claimed, 1, Then::Release), writes, at(4)).await;
    assert!(outcome.committed().is_some(), "the hold went on");
    assert_eq!(said(&take(store, 8, at(5)).await), ["right"]);
}

async fn a_timer_that_is_due_becomes_an_event_once(store: &dyn Store) {
    write(store, vec![Write::AddJob(reminder(50))], at(0)).await;
    assert!(jobs_due(store, 49).await.is_empty());
    let job = jobs_due(store, 50).await.remove(0);
    // Two who saw the same job due: the second one changes nothing.
    for fresh in [1, 0] {
        let timer = event(7_000, &private(1));
        let writes = vec![Write::Event(timer), Write::DropJob(job.id)];
        let outcome = write(store, writes, at(51)).await;
        assert_eq!(outcome.committed().unwrap().events, fresh);
    }
    assert!(jobs_due(store, 99).await.is_empty());
    assert_eq!(ids(&claim_one(store, at(60)).await), [7_000]);
}

async fn writes_beside_any_turn_need_no_hold(store: &dyn Store) {
    arrive(store, &private(1), &[1], at(0)).await;
    let claimed = claim_one(store, at(1)).await;
    let outcome = write(
        store,
        vec![count(Some(0), "1"), Write::Send(say(&chat(1), "news"))],
        at(2),
    )
    .await;
    assert_eq!(outcome.committed().unwrap().outgoing.len(), 1);
    let outcome = finish(store, handled(&claimed, 1, Then::Release), Vec::new(), at(3)).await;
    assert!(outcome.committed().is_some());
}

async fn commits_of_one_group_see_each_other(store: &dyn Store) {
    let one = |expected, value| Commit::writes(vec![count(Some(expected), value)], at(0));
    let outcomes = store
        .commit(vec![one(0, "1"), one(1, "2"), one(1, "lost"), one(2, "3")])
        .await
        .unwrap();
    assert!(matches!(outcomes[2], Outcome::Conflict { found: 2, .. }));
    let state = store.state(vec![counter()]).await.unwrap().remove(0).unwrap();
    assert_eq!((state.version, state.body.as_deref()), (3, Some(&b"3"[..])));
}
