//! Conversations that are taken, their turns, and events that cannot be handled.

use std::time::Duration;

use duologue_core::store::{
    BODY_LIMIT, CLAIM_BYTES, ClaimRequest, Commit, MAX_ATTEMPTS, Outcome, Page, Store, Then, Write,
};

use crate::world::*;

on_every_engine![
    a_conversation_is_held_by_one_at_a_time,
    events_come_in_order_and_in_windows,
    who_is_ready_longest_goes_first_and_a_quantum_sends_to_the_end_of_the_line,
    a_hold_can_go_on_from_turn_to_turn,
    an_event_that_comes_during_a_turn_is_not_forgotten,
    a_release_gives_events_back_uncounted,
    a_stale_fence_commits_nothing_and_says_so,
    the_accounts_that_are_not_served_wait,
    a_claim_is_bounded_in_bytes,
    a_failed_attempt_is_counted_and_waits_its_pause,
    the_third_failure_makes_a_dead_letter_and_the_conversation_goes_on,
    a_dead_letter_can_be_listed_retried_and_deleted,
    one_stale_turn_leaves_the_others_of_its_group_alone,
    an_attempt_that_is_the_last_makes_a_dead_letter_at_once,
];

async fn a_conversation_is_held_by_one_at_a_time(store: &dyn Store) {
    arrive(store, &private(1), &[1, 2], at(0)).await;
    let first = claim_one(store, at(1)).await;
    assert!(claim(store, 8, at(2)).await.is_empty());
    assert_eq!(store.counts().await.unwrap().held, 1);
    finish(store, handled(&first, 1, Then::Release), Vec::new(), at(3)).await;
    let second = claim_one(store, at(4)).await;
    assert_eq!(ids(&second), [2]);
    assert_ne!(first.hold.fence, second.hold.fence);
}

async fn events_come_in_order_and_in_windows(store: &dyn Store) {
    let all: Vec<u64> = (1..=20).collect();
    arrive(store, &private(1), &all, at(0)).await;
    let mut seen = Vec::new();
    for more in [true, true, false] {
        let claimed = claim_one(store, at(1)).await;
        assert_eq!(claimed.more, more);
        seen.extend(ids(&claimed));
        let outcome = finish(store, handled(&claimed, 8, Then::Release), Vec::new(), at(1)).await;
        assert_eq!(outcome.committed().unwrap().more, more);
    }
    assert_eq!(seen, all);
}

async fn who_is_ready_longest_goes_first_and_a_quantum_sends_to_the_end_of_the_line(store: &dyn Store) {
    let flood: Vec<u64> = (1..=30).collect();
    arrive(store, &private(1), &flood, at(0)).await;
    arrive(store, &private(2), &[101], at(0)).await;
    arrive(store, &private(3), &[102], at(5)).await;
    let mut order = Vec::new();
    for now in [10, 10, 10, 10] {
        let claims = claim(store, 1, at(now)).await;
        order.push(claims[0].hold.conversation.clone());
        finish(store, handled(&claims[0], 8, Then::Release), Vec::new(), at(now)).await;
    }
    assert_eq!(order, [private(1), private(2), private(3), private(1)]);
}

async fn a_hold_can_go_on_from_turn_to_turn(store: &dyn Store) {
    arrive(store, &private(1), &[1, 2], at(0)).await;
    let claimed = claim_one(store, at(1)).await;
    let outcome = finish(store, handled(&claimed, 1, Then::Hold), Vec::new(), at(2)).await;
    assert!(outcome.committed().unwrap().more);
    assert!(claim(store, 8, at(3)).await.is_empty());
    let outcome = finish(store, handled(&claimed, 2, Then::Release), Vec::new(), at(4)).await;
    assert!(!outcome.committed().unwrap().more);
    assert!(claim(store, 8, at(5)).await.is_empty());
}

async fn an_event_that_comes_during_a_turn_is_not_forgotten(store: &dyn Store) {
    arrive(store, &private(1), &[1], at(0)).await;
    let claimed = claim_one(store, at(1)).await;
    arrive(store, &private(1), &[2], at(2)).await;
    assert!(claim(store, 8, at(3)).await.is_empty());
    let outcome = finish(store, handled(&claimed, 1, Then::Release), Vec::new(), at(4)).await;
    assert!(outcome.committed().unwrap().more);
    assert_eq!(ids(&claim_one(store, at(5)).await), [2]);
}

async fn a_release_gives_events_back_uncounted(store: &dyn Store) {
    arrive(store, &private(1), &[1], at(0)).await;
    for now in 1..=5 {
        let claimed = claim_one(store, at(now)).await;
        assert_eq!(claimed.events[0].attempts, 0);
        assert_eq!(
            store.release(vec![claimed.hold.clone()], at(now)).await.unwrap(),
            1
        );
        assert_eq!(store.release(vec![claimed.hold], at(now)).await.unwrap(), 0);
    }
}

async fn a_stale_fence_commits_nothing_and_says_so(store: &dyn Store) {
    arrive(store, &private(1), &[1], at(0)).await;
    let old = claim_one(store, at(1)).await;
    store.release(vec![old.hold.clone()], at(2)).await.unwrap();
    let outcome = finish(
        store,
        handled(&old, 1, Then::Release),
        vec![Write::Send(say(&chat(1), "late"))],
        at(3),
    )
    .await;
    assert_eq!(outcome, Outcome::Stale);

    let new = claim_one(store, at(4)).await;
    let outcome = finish(
        store,
        handled(&old, 1, Then::Release),
        vec![Write::Send(say(&chat(1), "late"))],
        at(5),
    )
    .await;
    assert_eq!(outcome, Outcome::Stale, "also while another one holds it");
    assert!(take(store, 8, at(6)).await.is_empty());
    let outcome = finish(store, handled(&new, 1, Then::Release), Vec::new(), at(7)).await;
    assert!(outcome.committed().is_some());
}

async fn the_accounts_that_are_not_served_wait(store: &dyn Store) {
    let elsewhere = duologue_core::Conversation {
        chat: hare_chat(1),
        user: None,
    };
    arrive(store, &elsewhere, &[1], at(0)).await;
    arrive(store, &private(1), &[2], at(1)).await;
    assert_eq!(claim_one(store, at(2)).await.hold.conversation, private(1));
    let request = ClaimRequest {
        bots: vec![bot(), hare_bot()],
        conversations: 8,
        events: 8,
        now: at(3),
    };
    let claims = store.claim(request).await.unwrap();
    assert_eq!(claims[0].hold.conversation, elsewhere);
}

async fn a_claim_is_bounded_in_bytes(store: &dyn Store) {
    let large = |id: u64, conversation: &_| duologue_core::store::NewEvent {
        body: vec![b'x'; BODY_LIMIT].into(),
        ..event(id, conversation)
    };
    let each = CLAIM_BYTES / BODY_LIMIT;
    for conversation in 0..3_u32 {
        let waits_in = private(conversation);
        let ids = (0..each as u64).map(|id| 100 * u64::from(conversation) + id);
        let events = ids.map(|id| large(id, &waits_in)).collect();
        store.ingest(batch(events, at(0))).await.unwrap();
    }
    let request = ClaimRequest {
        bots: vec![bot()],
        conversations: 8,
        events: 12,
        now: at(1),
    };
    let claims = store.claim(request).await.unwrap();
    let sizes: Vec<usize> = claims.iter().map(|claim| claim.events.len()).collect();
    assert_eq!(sizes, [12, 4], "the third one waits");
    assert!(claims[1].more);
}

async fn a_failed_attempt_is_counted_and_waits_its_pause(store: &dyn Store) {
    arrive(store, &private(1), &[1], at(0)).await;
    let claimed = claim_one(store, at(0)).await;
    finish(store, failed(&claimed, Duration::from_secs(1)), Vec::new(), at(0)).await;
    assert!(claim(store, 8, at(999)).await.is_empty());
    assert_eq!(
        store.next_due(vec![bot()]).await.unwrap().conversation,
        Some(at(1000))
    );
    let claimed = claim_one(store, at(1000)).await;
    assert_eq!(claimed.events[0].attempts, 1);
}

async fn the_third_failure_makes_a_dead_letter_and_the_conversation_goes_on(store: &dyn Store) {
    arrive(store, &private(1), &[1, 2], at(0)).await;
    for attempt in 1..=MAX_ATTEMPTS {
        let claimed = claim_one(store, at(10)).await;
        assert_eq!(ids(&claimed), [1, 2]);
        let outcome = finish(store, failed(&claimed, Duration::ZERO), Vec::new(), at(10)).await;
        let dead = outcome.committed().unwrap().dead;
        assert_eq!(dead.is_some(), attempt == MAX_ATTEMPTS);
    }
    let claimed = claim_one(store, at(11)).await;
    assert_eq!(ids(&claimed), [2]);
    assert_eq!(claimed.events[0].attempts, 0);
    let dead = store.dead(Page::first(10)).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].conversation, private(1));
    assert_eq!(dead[0].event.body, event(1, &private(1)).body, "in its raw form");
    assert_eq!(dead[0].event.attempts, MAX_ATTEMPTS);
    assert_eq!(
        (dead[0].error.as_str(), dead[0].died),
        ("the handler panicked", at(10))
    );
}

async fn a_dead_letter_can_be_listed_retried_and_deleted(store: &dyn Store) {
    for id in 1..=3 {
        arrive(store, &private(1), &[id], at(0)).await;
        for _ in 0..MAX_ATTEMPTS {
            let claimed = claim_one(store, at(1)).await;
            finish(store, failed(&claimed, Duration::ZERO), Vec::new(), at(1)).await;
        }
    }
    let first = store.dead(Page::first(2)).await.unwrap();
    assert_eq!(first.len(), 2);
    let after = Some(first[1].id);
    let rest = store.dead(Page { after, limit: 2 }).await.unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(
        store
            .retry_dead(vec![first[0].id, first[0].id], at(2))
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        store.delete_dead(vec![first[1].id, first[0].id]).await.unwrap(),
        1
    );
    assert_eq!(store.dead(Page::first(10)).await.unwrap(), rest);
    let claimed = claim_one(store, at(3)).await;
    assert_eq!((ids(&claimed), claimed.events[0].attempts), (vec![1], 0));
}

async fn one_stale_turn_leaves_the_others_of_its_group_alone(store: &dyn Store) {
    for number in 1..=3 {
        arrive(store, &private(number), &[u64::from(number)], at(0)).await;
    }
    let claims = claim(store, 8, at(1)).await;
    store.release(vec![claims[1].hold.clone()], at(2)).await.unwrap();
    let turn = |index: usize| Commit::turn(handled(&claims[index], 1, Then::Release), Vec::new(), at(3));
    let outcomes = store.commit(vec![turn(0), turn(1), turn(2)]).await.unwrap();
    assert!(outcomes[0].committed().is_some() && outcomes[2].committed().is_some());
    assert_eq!(outcomes[1], Outcome::Stale);
    assert_eq!(ids(&claim_one(store, at(4)).await), [2]);
}

async fn an_attempt_that_is_the_last_makes_a_dead_letter_at_once(store: &dyn Store) {
    arrive(store, &private(1), &[1, 2], at(0)).await;
    let claimed = claim_one(store, at(1)).await;
    let mut end = failed(&claimed, Duration::from_secs(60));
    end.failed.as_mut().unwrap().last = true;
    let outcome = finish(store, end, Vec::new(), at(2)).await;
    let made = outcome.committed().unwrap();
    assert!(made.more);
    let dead = store.dead(Page::first(10)).await.unwrap();
    assert_eq!((made.dead, dead[0].event.attempts), (Some(dead[0].id), 1));
    assert_eq!(
        ids(&claim_one(store, at(2)).await),
        [2],
        "nobody waits for a pause before an attempt that does not come"
    );
    // As new: the next failure is the first again.
    store.retry_dead(vec![dead[0].id], at(3)).await.unwrap();
    assert!(store.dead(Page::first(10)).await.unwrap().is_empty());
}
