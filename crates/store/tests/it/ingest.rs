//! Events that come in.

use std::time::Duration;

use duologue_core::store::{
    Admitted, BATCH_BOUND, BODY_LIMIT, Commit, Keep, NewEvent, Position, SourceId, Store, StoreErrorKind,
    Then, Timestamp, Write,
};
use duologue_core::{Conversation, Person, UserId};

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
    each_part_of_an_album_moves_the_time_of_its_conversation,
    a_wait_brings_no_time_forward_and_delays_nobody_else,
    what_comes_again_or_waits_for_nothing_moves_no_time,
    an_event_that_waits_holds_back_its_conversation_after_the_turn,
    a_wait_outlives_a_pause_and_a_pause_a_wait,
    a_wait_whose_event_was_handled_holds_back_nothing,
    what_is_left_of_a_conversation_waits_on_after_somebody_was_forgotten,
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

/// An event that holds its conversation back for so many milliseconds.
fn part(id: u64, conversation: &Conversation, millis: u64) -> NewEvent {
    NewEvent {
        wait: Duration::from_millis(millis),
        ..event(id, conversation)
    }
}

async fn come(store: &dyn Store, event: NewEvent, now: u64) {
    store.ingest(batch(vec![event], at(now))).await.unwrap();
}

/// The time at which the next conversation is ready; it is not claimed a moment before.
async fn ready_at(store: &dyn Store) -> Option<Timestamp> {
    let ready = store.next_due(vec![bot()]).await.unwrap().conversation;
    if let Some(at) = ready {
        let before = at.minus(Duration::from_millis(1));
        assert!(claim(store, 8, before).await.is_empty());
    }
    ready
}

async fn each_part_of_an_album_moves_the_time_of_its_conversation(store: &dyn Store) {
    come(store, part(1, &private(1), 500), 0).await;
    assert_eq!(ready_at(store).await, Some(at(500)));
    come(store, part(2, &private(1), 500), 300).await;
    assert_eq!(ready_at(store).await, Some(at(800)));
    // Also one that is due by now, and another one in the same batch.
    let parts = vec![part(3, &private(1), 500), part(4, &private(1), 600)];
    store.ingest(batch(parts, at(900))).await.unwrap();
    assert_eq!(ready_at(store).await, Some(at(1500)));
    assert_eq!(ids(&claim_one(store, at(1500)).await), [1, 2, 3, 4]);
}

async fn a_wait_brings_no_time_forward_and_delays_nobody_else(store: &dyn Store) {
    come(store, part(1, &private(1), 1000), 0).await;
    come(store, part(2, &private(1), 10), 5).await;
    arrive(store, &private(2), &[3], at(20)).await;
    let other = claim_one(store, at(999)).await;
    assert_eq!(ids(&other), [3]);
    assert_eq!(ready_at(store).await, Some(at(1000)));
    assert_eq!(ids(&claim_one(store, at(1000)).await), [1, 2]);
}

async fn what_comes_again_or_waits_for_nothing_moves_no_time(store: &dyn Store) {
    come(store, part(1, &private(1), 500), 0).await;
    come(store, part(1, &private(1), 500), 400).await;
    let noted = NewEvent {
        keep: Keep::IdOnly,
        ..part(2, &private(1), 500)
    };
    come(store, noted, 400).await;
    come(store, event(3, &private(1)), 450).await;
    assert_eq!(ready_at(store).await, Some(at(500)));
    // Who is ready keeps the place in the line, whatever comes.
    come(store, event(4, &private(2)), 510).await;
    come(store, event(5, &private(1)), 520).await;
    let claims = claim(store, 8, at(530)).await;
    let order: Vec<_> = claims.iter().map(ids).collect();
    assert_eq!(order, [vec![1, 3, 5], vec![4]]);
}

async fn an_event_that_waits_holds_back_its_conversation_after_the_turn(store: &dyn Store) {
    arrive(store, &private(1), &[1], at(0)).await;
    let claimed = claim_one(store, at(1)).await;
    come(store, part(2, &private(1), 500), 10).await;
    come(store, part(3, &private(1), 100), 20).await;
    assert_eq!(ready_at(store).await, None, "it is held");
    // The hold goes on as ever, and one that the turn itself puts there counts as well.
    finish(store, handled(&claimed, 1, Then::Hold), Vec::new(), at(30)).await;
    let timer = vec![Write::Event(part(4, &private(1), 600))];
    let commit = Commit::turn(handled(&claimed, 1, Then::Release), timer, at(40));
    assert!(
        crate::world::commit(store, commit)
            .await
            .committed()
            .unwrap()
            .more
    );
    assert_eq!(ready_at(store).await, Some(at(640)));

    let claimed = claim_one(store, at(640)).await;
    assert_eq!(ids(&claimed), [2, 3, 4]);
    come(store, part(5, &private(1), 500), 700).await;
    store.release(vec![claimed.hold], at(710)).await.unwrap();
    assert_eq!(ready_at(store).await, Some(at(1200)));
    // It is remembered for one release.
    let claimed = claim_one(store, at(1200)).await;
    store.release(vec![claimed.hold], at(100)).await.unwrap();
    assert_eq!(ready_at(store).await, Some(at(100)));
}

async fn a_wait_outlives_a_pause_and_a_pause_a_wait(store: &dyn Store) {
    arrive(store, &private(1), &[1], at(0)).await;
    let claimed = claim_one(store, at(0)).await;
    come(store, part(2, &private(1), 500), 0).await;
    let pause = Duration::from_millis(100);
    finish(store, failed(&claimed, pause), Vec::new(), at(10)).await;
    assert_eq!(ready_at(store).await, Some(at(500)));
    let claimed = claim_one(store, at(500)).await;
    come(store, part(3, &private(1), 50), 500).await;
    finish(store, failed(&claimed, pause), Vec::new(), at(510)).await;
    assert_eq!(ready_at(store).await, Some(at(610)));
}

async fn a_wait_whose_event_was_handled_holds_back_nothing(store: &dyn Store) {
    arrive(store, &private(1), &[1], at(0)).await;
    let mut end = handled(&claim_one(store, at(0)).await, 1, Then::Release);
    let ingested = store
        .ingest(batch(vec![part(2, &private(1), 500)], at(1)))
        .await
        .unwrap();
    let Admitted::Queued(number) = ingested.events[0] else {
        panic!("{ingested:?}");
    };
    end.handled.push(number);
    finish(store, end, Vec::new(), at(2)).await;
    arrive(store, &private(1), &[3], at(3)).await;
    assert_eq!(ready_at(store).await, Some(at(3)));
}

async fn what_is_left_of_a_conversation_waits_on_after_somebody_was_forgotten(store: &dyn Store) {
    let said = |id, user: &str, millis| NewEvent {
        user: Some(UserId::new(user)),
        ..part(id, &private(1), millis)
    };
    come(store, said(1, "anna", 0), 0).await;
    let old = claim_one(store, at(0)).await;
    come(store, said(2, "ben", 500), 10).await;
    let anna = Person::User(PIGEON, UserId::new("anna"));
    assert_eq!(store.forget(&anna).await.unwrap().events, 1);
    assert_eq!(store.release(vec![old.hold], at(20)).await.unwrap(), 0);
    assert_eq!(ready_at(store).await, Some(at(510)));
    come(store, said(3, "anna", 500), 20).await;
    store.forget(&anna).await.unwrap();
    assert_eq!(ready_at(store).await, Some(at(520)));
    assert_eq!(ids(&claim_one(store, at(520)).await), [2]);
}
