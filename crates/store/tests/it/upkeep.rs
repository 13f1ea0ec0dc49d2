//! What is cleaned away, and what the store says about itself.

use std::time::Duration;

use duologue_core::store::{
    Admitted, IDS_KEPT, OutgoingState, SENT_KEPT, Scope, SendResult, Settlement, StateKey, StateWrite, Store,
    Then, Timestamp, UNSENT_KEPT, Write,
};

use crate::world::*;

on_every_engine![
    ids_are_remembered_as_long_as_networks_repeat,
    what_was_sent_stays_a_week_and_what_was_not_a_month,
    the_mark_of_a_state_goes_and_a_state_stays,
    what_waits_is_never_cleaned_away,
    a_cleaning_takes_all_that_is_too_old_however_much_it_is,
    everything_is_counted,
    a_value_whose_time_is_over_goes,
];

const SECOND: Duration = Duration::from_secs(1);

async fn ids_are_remembered_as_long_as_networks_repeat(store: &dyn Store) {
    arrive(store, &private(1), &[1], START).await;
    let claimed = claim_one(store, START).await;
    finish(store, handled(&claimed, 1, Then::Release), Vec::new(), START).await;
    let repeat = async |now: Timestamp| {
        let again = batch(vec![event(1, &private(1))], now);
        store.ingest(again).await.unwrap().events[0]
    };
    assert_eq!(store.prune(START.plus(IDS_KEPT)).await.unwrap().ids, 0);
    assert_eq!(repeat(START.plus(IDS_KEPT)).await, Admitted::Duplicate);
    assert_eq!(store.prune(START.plus(IDS_KEPT + SECOND)).await.unwrap().ids, 1);
    assert!(matches!(
        repeat(START.plus(IDS_KEPT + SECOND)).await,
        Admitted::Queued(_)
    ));
}

async fn what_was_sent_stays_a_week_and_what_was_not_a_month(store: &dyn Store) {
    let writes = (1..=3)
        .map(|number| Write::Send(say(&chat(number), "hello")))
        .collect();
    write(store, writes, START).await;
    let taken = take(store, 8, START).await;
    let results = [
        SendResult::Sent(Vec::new()),
        SendResult::Unknown("cut off".to_owned()),
        SendResult::Failed("refused".to_owned()),
    ];
    let settle = |(one, result): (&duologue_core::store::Outgoing, _)| Settlement {
        id: one.id,
        result,
        now: START,
    };
    let settlements = taken.iter().zip(results).map(settle).collect();
    store.settle(settlements).await.unwrap();
    for (age, gone) in [
        (SENT_KEPT, 0),
        (SENT_KEPT + SECOND, 1),
        (UNSENT_KEPT, 0),
        (UNSENT_KEPT + SECOND, 2),
    ] {
        assert_eq!(
            store.prune(START.plus(age)).await.unwrap().outgoing,
            gone,
            "{age:?}"
        );
    }
}

async fn the_mark_of_a_state_goes_and_a_state_stays(store: &dyn Store) {
    let key = |name: &str| StateKey {
        scope: Scope::Bot,
        name: name.into(),
    };
    let set = |name: &str, body: Option<&str>| {
        Write::State(StateWrite {
            key: key(name),
            expected: None,
            body: body.map(|body| body.to_owned().into()),
        })
    };
    write(
        store,
        vec![set("stays", Some("a")), set("goes", Some("b")), set("goes", None)],
        START,
    )
    .await;
    assert_eq!(
        store.prune(START.plus(IDS_KEPT + SECOND)).await.unwrap().states,
        1
    );
    let found = store.state(vec![key("stays"), key("goes")]).await.unwrap();
    assert!(found[0].is_some() && found[1].is_none());
}

async fn what_waits_is_never_cleaned_away(store: &dyn Store) {
    arrive(store, &private(1), &[1], START).await;
    write(
        store,
        vec![
            Write::Send(say(&chat(1), "waits")),
            Write::Send(say(&chat(2), "goes")),
        ],
        START,
    )
    .await;
    take(store, 1, START).await;
    let later = START.plus(10 * UNSENT_KEPT);
    store.prune(later).await.unwrap();
    assert_eq!(ids(&claim_one(store, later).await), [1]);
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.outgoing, counts.sending), (1, 1));
    assert!(
        store
            .outgoing_in(OutgoingState::Sending, duologue_core::store::Page::first(9))
            .await
            .unwrap()
            .len()
            == 1
    );
}

async fn everything_is_counted(store: &dyn Store) {
    let counts = store.counts().await.unwrap();
    assert_eq!(
        (counts.inbox, counts.oldest, counts.held, counts.jobs),
        (0, None, 0, 0)
    );
    arrive(store, &private(1), &[1, 2], at(5)).await;
    arrive(store, &private(2), &[3], at(7)).await;
    claim(store, 1, at(8)).await;
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.inbox, counts.oldest, counts.held), (3, Some(at(5)), 1));
}

async fn a_cleaning_takes_all_that_is_too_old_however_much_it_is(store: &dyn Store) {
    for first in (0..5000).step_by(1000) {
        let noted = |id| duologue_core::store::NewEvent {
            keep: duologue_core::store::Keep::IdOnly,
            ..event(id, &private(1))
        };
        store
            .ingest(batch((first..first + 1000).map(noted).collect(), START))
            .await
            .unwrap();
    }
    assert_eq!(
        store.prune(START.plus(IDS_KEPT + SECOND)).await.unwrap().ids,
        5000
    );
}

async fn a_value_whose_time_is_over_goes(store: &dyn Store) {
    let set = |key: &str, until: Option<Timestamp>| Write::Value {
        key: key.into(),
        body: Some("here".into()),
        until,
    };
    let writes = vec![
        set("for good", None),
        set("short", Some(at(100))),
        set("long", Some(at(200))),
        // The last write counts.
        set("longer", Some(at(100))),
        set("longer", Some(at(300))),
        set("kept", Some(at(100))),
        set("kept", None),
        set("bounded", None),
        set("bounded", Some(at(100))),
    ];
    write(store, writes, START).await;
    let there = async || {
        let mut there = Vec::new();
        for key in ["for good", "short", "long", "longer", "kept", "bounded"] {
            if store.value(key).await.unwrap().is_some() {
                there.push(key);
            }
        }
        there
    };
    for (now, gone) in [(99, 0), (100, 2), (100, 0), (250, 1), (10_000, 1)] {
        assert_eq!(store.prune(at(now)).await.unwrap().values, gone, "at {now}");
        if now == 99 {
            assert_eq!(there().await.len(), 6);
        }
    }
    assert_eq!(there().await, ["for good", "kept"]);
}
