//! Events that come in.

use duologue_core::store::{
    Admitted, BATCH_BOUND, BODY_LIMIT, Keep, Position, SourceId, Store, StoreErrorKind,
};

use crate::world::*;

on_every_engine![
    an_event_is_stored_once_however_often_it_is_delivered,
    the_position_is_stored_with_its_events,
    a_batch_without_a_position_leaves_the_stored_one,
    each_part_of_a_source_has_a_position_of_its_own_and_shares_the_ids,
    the_same_id_on_another_account_is_another_event,
    numbers_of_a_conversation_rise,
    a_control_event_is_remembered_and_waits_for_nothing,
    what_is_too_large_is_refused_and_nothing_of_its_batch_is_kept,
    an_event_of_another_account_is_refused,
    a_closed_store_says_so,
];

async fn an_event_is_stored_once_however_often_it_is_delivered(store: &dyn Store) {
    let twice = vec![event(1, &private(1)), event(1, &private(1))];
    let first = store.ingest(batch(twice, at(0))).await.unwrap();
    assert!(matches!(
        first.events[..],
        [Admitted::Queued(_), Admitted::Duplicate]
    ));
    let again = store
        .ingest(batch(vec![event(1, &private(1)), event(2, &private(1))], at(1)))
        .await
        .unwrap();
    assert!(matches!(
        again.events[..],
        [Admitted::Duplicate, Admitted::Queued(_)]
    ));
    assert_eq!(again.fresh(), 1);

    let claimed = claim_one(store, at(2)).await;
    assert_eq!(ids(&claimed), [1, 2]);
    finish(store, handled(&claimed, 2, Default::default()), Vec::new(), at(3)).await;
    let after = store
        .ingest(batch(vec![event(2, &private(1))], at(4)))
        .await
        .unwrap();
    assert_eq!(after.events, [Admitted::Duplicate], "also after it was handled");
}

async fn the_position_is_stored_with_its_events(store: &dyn Store) {
    assert_eq!(store.position(&source()).await.unwrap(), None);
    arrive(store, &private(1), &[41], at(0)).await;
    assert_eq!(
        store.position(&source()).await.unwrap(),
        Some(Position::Offset(42))
    );

    // After a silence a network counts from anywhere.
    let mut jump = batch(Vec::new(), at(1));
    jump.position = Some(Position::Offset(7));
    store.ingest(jump).await.unwrap();
    assert_eq!(
        store.position(&source()).await.unwrap(),
        Some(Position::Offset(7))
    );

    let session = Position::Session {
        id: "abc".into(),
        sequence: 99,
        resume: Some("wss://resume".into()),
    };
    let mut resumed = batch(Vec::new(), at(2));
    resumed.position = Some(session.clone());
    store.ingest(resumed).await.unwrap();
    assert_eq!(store.position(&source()).await.unwrap(), Some(session));
}

async fn a_batch_without_a_position_leaves_the_stored_one(store: &dyn Store) {
    arrive(store, &private(1), &[1], at(0)).await;
    store
        .ingest(batch(vec![event(2, &private(1))], at(1)))
        .await
        .unwrap();
    assert_eq!(
        store.position(&source()).await.unwrap(),
        Some(Position::Offset(2))
    );
}

async fn each_part_of_a_source_has_a_position_of_its_own_and_shares_the_ids(store: &dyn Store) {
    arrive(store, &private(1), &[1], at(0)).await;
    let other = SourceId { bot: bot(), part: 1 };
    assert_eq!(store.position(&other).await.unwrap(), None);
    let mut second = batch(vec![event(1, &private(1))], at(1));
    second.source = other.clone();
    second.position = Some(Position::Offset(500));
    assert_eq!(store.ingest(second).await.unwrap().events, [Admitted::Duplicate]);
    assert_eq!(store.position(&other).await.unwrap(), Some(Position::Offset(500)));
    assert_eq!(
        store.position(&source()).await.unwrap(),
        Some(Position::Offset(2))
    );
}

async fn the_same_id_on_another_account_is_another_event(store: &dyn Store) {
    arrive(store, &private(1), &[1], at(0)).await;
    let elsewhere = duologue_core::Conversation {
        chat: hare_chat(1),
        user: None,
    };
    arrive(store, &elsewhere, &[1], at(0)).await;
    assert_eq!(store.counts().await.unwrap().inbox, 2);
}

async fn numbers_of_a_conversation_rise(store: &dyn Store) {
    let mut last = 0;
    for id in 1..=20 {
        let events = vec![
            event(id, &in_group(1, "anna")),
            event(100 + id, &in_group(1, "ben")),
        ];
        let ingested = store.ingest(batch(events, at(id))).await.unwrap();
        let Admitted::Queued(number) = ingested.events[0] else {
            panic!("{ingested:?}");
        };
        assert!(number > last);
        last = number;
        let claims = claim(store, 8, at(id)).await;
        for claimed in claims {
            finish(
                store,
                handled(&claimed, 8, Default::default()),
                Vec::new(),
                at(id),
            )
            .await;
        }
    }
}

async fn a_control_event_is_remembered_and_waits_for_nothing(store: &dyn Store) {
    let cancel = duologue_core::store::NewEvent {
        keep: Keep::IdOnly,
        ..event(1, &private(1))
    };
    let first = store.ingest(batch(vec![cancel.clone()], at(0))).await.unwrap();
    assert_eq!(first.events, [Admitted::Noted]);
    let second = store.ingest(batch(vec![cancel], at(1))).await.unwrap();
    assert_eq!(second.events, [Admitted::Duplicate]);
    assert!(claim(store, 8, at(2)).await.is_empty());
}

async fn what_is_too_large_is_refused_and_nothing_of_its_batch_is_kept(store: &dyn Store) {
    let mut large = event(2, &private(1));
    large.body = vec![b'x'; BODY_LIMIT + 1].into();
    let error = store
        .ingest(batch(vec![event(1, &private(1)), large], at(0)))
        .await
        .unwrap_err();
    assert!(matches!(error.kind, StoreErrorKind::TooLarge { .. }), "{error}");
    let many = (0..=BATCH_BOUND as u64)
        .map(|id| event(id, &private(1)))
        .collect();
    let error = store.ingest(batch(many, at(0))).await.unwrap_err();
    assert!(matches!(error.kind, StoreErrorKind::TooLarge { .. }), "{error}");
    assert_eq!(store.counts().await.unwrap().inbox, 0);
}

async fn an_event_of_another_account_is_refused(store: &dyn Store) {
    let elsewhere = duologue_core::Conversation {
        chat: hare_chat(1),
        user: None,
    };
    let error = store
        .ingest(batch(vec![event(1, &elsewhere)], at(0)))
        .await
        .unwrap_err();
    assert!(matches!(error.kind, StoreErrorKind::Invalid(_)), "{error}");
}

async fn a_closed_store_says_so(store: &dyn Store) {
    store.close().await;
    store.close().await;
    let error = store.ingest(batch(Vec::new(), at(0))).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Closed);
    assert_eq!(store.counts().await.unwrap_err().kind, StoreErrorKind::Closed);
}
