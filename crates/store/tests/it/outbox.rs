//! What goes out.

use duologue_core::store::{
    NewOutgoing, OutgoingId, OutgoingState, Page, Policy, SendResult, Settlement, Store, Write,
};
use duologue_core::{MessageId, Priority};

use crate::world::*;

on_every_engine![
    one_chat_goes_in_order_and_one_at_a_time,
    chats_do_not_wait_for_each_other,
    threads_of_a_chat_are_chats_of_their_own,
    answers_go_before_news_and_news_before_broadcasts,
    what_waits_for_its_time_holds_its_own_line_only,
    a_receipt_is_kept,
    what_was_not_sent_goes_again_before_what_waits_behind_it,
    what_is_unknown_follows_its_policy,
    what_failed_is_not_tried_again_and_the_next_goes,
    a_settlement_without_a_take_changes_nothing,
    what_is_unknown_or_failed_can_be_listed,
    the_next_time_is_known,
    what_is_marked_by_its_number_is_being_sent_and_nothing_else,
    what_is_marked_by_its_number_overtakes_nobody_in_its_chat,
    what_was_sent_is_settled_with_the_write_that_marks_the_next,
    what_goes_at_once_is_being_sent_with_its_commit,
    what_would_go_at_once_waits_where_something_of_its_chat_does,
];

async fn put(store: &dyn Store, outgoing: NewOutgoing) -> OutgoingId {
    let outcome = write(store, vec![Write::Send(outgoing)], at(0)).await;
    outcome.committed().unwrap().outgoing[0]
}

async fn settle(store: &dyn Store, id: OutgoingId, result: SendResult, now: u64) -> Option<OutgoingState> {
    let now = at(now);
    let settled = store.settle(vec![Settlement { id, result, now }]).await.unwrap();
    settled[0]
}

fn sent() -> SendResult {
    SendResult::Sent(vec![MessageId::number(5)])
}

fn with(priority: Priority, text: &str) -> NewOutgoing {
    NewOutgoing {
        priority,
        ..say(&chat(1), text)
    }
}

async fn one_chat_goes_in_order_and_one_at_a_time(store: &dyn Store) {
    for text in ["one", "two", "three"] {
        put(store, say(&chat(1), text)).await;
    }
    for text in ["one", "two", "three"] {
        let taken = take(store, 8, at(1)).await;
        assert_eq!(said(&taken), [text]);
        assert!(take(store, 8, at(1)).await.is_empty());
        assert_eq!(
            settle(store, taken[0].id, sent(), 2).await,
            Some(OutgoingState::Sent)
        );
    }
    assert!(take(store, 8, at(3)).await.is_empty());
}

/// Puts something there that is to go at once; says whether it is being sent.
async fn begin(store: &dyn Store, outgoing: NewOutgoing) -> (OutgoingId, bool) {
    let outcome = write(store, vec![Write::SendNow(outgoing)], at(0)).await;
    let made = outcome.committed().unwrap();
    let id = made.outgoing[0];
    assert!(made.begun.is_empty() || made.begun == [id]);
    (id, !made.begun.is_empty())
}

async fn what_goes_at_once_is_being_sent_with_its_commit(store: &dyn Store) {
    let (id, begun) = begin(store, say(&chat(1), "one")).await;
    assert!(begun);
    let entry = store.outgoing(id).await.unwrap().unwrap();
    assert_eq!((entry.state, entry.attempts), (OutgoingState::Sending, 1));
    let later = put(store, say(&chat(1), "two")).await;
    assert!(take(store, 8, at(1)).await.is_empty(), "it holds its chat");
    assert_eq!(settle(store, id, sent(), 2).await, Some(OutgoingState::Sent));
    assert_eq!(take(store, 8, at(3)).await[0].id, later);
    settle(store, later, sent(), 4).await;
    assert!(
        begin(store, say(&chat(1), "three")).await.1,
        "the chat is free again"
    );
    assert!(begin(store, say(&chat(2), "elsewhere")).await.1);
}

async fn what_would_go_at_once_waits_where_something_of_its_chat_does(store: &dyn Store) {
    let first = put(store, with(Priority::Broadcast, "to all")).await;
    let (answer, begun) = begin(store, say(&chat(1), "one")).await;
    assert!(!begun);
    assert_eq!(
        said(&take(store, 1, at(1)).await),
        ["one"],
        "it waits like any other"
    );
    let (second, begun) = begin(store, say(&chat(1), "two")).await;
    assert!(!begun);
    settle(store, answer, sent(), 2).await;
    assert_eq!(take(store, 1, at(3)).await[0].id, second);
    settle(store, second, sent(), 4).await;
    assert_eq!(take(store, 1, at(5)).await[0].id, first);
    let again = SendResult::Again {
        not_before: at(9),
        error: "stopped".to_owned(),
    };
    assert_eq!(settle(store, first, again, 6).await, Some(OutgoingState::New));
    let later = NewOutgoing {
        not_before: Some(at(50)),
        ..say(&chat(3), "later")
    };
    assert!(!begin(store, later).await.1, "its time has not come");
}

async fn chats_do_not_wait_for_each_other(store: &dyn Store) {
    for number in 1..=4 {
        put(store, say(&chat(number), &format!("to {number}"))).await;
        put(store, say(&chat(number), "later")).await;
    }
    let first = take(store, 3, at(1)).await;
    assert_eq!(said(&first), ["to 1", "to 2", "to 3"]);
    assert_eq!(said(&take(store, 3, at(1)).await), ["to 4"]);
}

async fn threads_of_a_chat_are_chats_of_their_own(store: &dyn Store) {
    put(store, say(&chat(1), "main")).await;
    put(store, say(&thread(1), "thread")).await;
    assert_eq!(said(&take(store, 8, at(1)).await), ["main", "thread"]);
}

async fn answers_go_before_news_and_news_before_broadcasts(store: &dyn Store) {
    put(store, with(Priority::Broadcast, "to all")).await;
    put(store, with(Priority::Progress, "half done")).await;
    put(store, with(Priority::Answer, "yes")).await;
    for text in ["yes", "half done", "to all"] {
        let taken = take(store, 8, at(1)).await;
        assert_eq!(said(&taken), [text]);
        settle(store, taken[0].id, sent(), 1).await;
    }
}

async fn what_waits_for_its_time_holds_its_own_line_only(store: &dyn Store) {
    put(
        store,
        NewOutgoing {
            not_before: Some(at(100)),
            ..with(Priority::Answer, "in a while")
        },
    )
    .await;
    put(store, with(Priority::Answer, "behind it")).await;
    put(store, with(Priority::Progress, "news")).await;
    let taken = take(store, 8, at(50)).await;
    assert_eq!(said(&taken), ["news"]);
    settle(store, taken[0].id, sent(), 60).await;
    assert!(take(store, 8, at(99)).await.is_empty());
    let taken = take(store, 8, at(100)).await;
    assert_eq!(said(&taken), ["in a while"]);
    settle(store, taken[0].id, sent(), 100).await;
    assert_eq!(said(&take(store, 8, at(100)).await), ["behind it"]);
}

async fn a_receipt_is_kept(store: &dyn Store) {
    let id = put(store, say(&chat(1), "album")).await;
    take(store, 8, at(1)).await;
    let messages = vec![MessageId::number(11), MessageId::new("x\"y")];
    settle(store, id, SendResult::Sent(messages.clone()), 2).await;
    let kept = store.outgoing(id).await.unwrap().unwrap();
    assert_eq!(
        (kept.state, kept.messages, kept.attempts),
        (OutgoingState::Sent, messages, 1)
    );
    assert_eq!((kept.created, kept.settled), (at(0), Some(at(2))));
    assert_eq!(store.outgoing(OutgoingId(u64::MAX)).await.unwrap(), None);
}

async fn what_was_not_sent_goes_again_before_what_waits_behind_it(store: &dyn Store) {
    let id = put(store, say(&chat(1), "one")).await;
    put(store, say(&chat(1), "two")).await;
    take(store, 8, at(1)).await;
    let again = SendResult::Again {
        not_before: at(1000),
        error: "rate limited".to_owned(),
    };
    assert_eq!(settle(store, id, again, 1).await, Some(OutgoingState::New));
    assert!(take(store, 8, at(999)).await.is_empty());
    let taken = take(store, 8, at(1000)).await;
    assert_eq!(said(&taken), ["one"]);
    assert_eq!((taken[0].attempts, taken[0].doubtful), (2, false));
}

async fn what_is_unknown_follows_its_policy(store: &dyn Store) {
    let policies = [Policy::AtMostOnce, Policy::AtLeastOnce, Policy::Idempotent];
    for (number, policy) in (1..).zip(policies) {
        let id = put(
            store,
            NewOutgoing {
                policy,
                ..say(&chat(number), "hello")
            },
        )
        .await;
        let taken = take(store, 8, at(1)).await;
        assert_eq!(taken[0].id, id);
        let state = settle(store, id, SendResult::Unknown("cut off".to_owned()), 2)
            .await
            .unwrap();
        let kept = store.outgoing(id).await.unwrap().unwrap();
        assert!(kept.doubtful);
        assert_eq!(kept.error, "cut off");
        let again = take(store, 8, at(3)).await;
        if policy == Policy::AtMostOnce {
            assert_eq!(state, OutgoingState::Unknown);
            assert!(again.is_empty());
        } else {
            assert_eq!(state, OutgoingState::New);
            assert_eq!(again[0].id, id);
            assert!(again[0].doubtful, "who sends it can say so");
            settle(store, id, sent(), 4).await;
        }
    }
}

async fn what_failed_is_not_tried_again_and_the_next_goes(store: &dyn Store) {
    let id = put(store, say(&chat(1), "too long")).await;
    put(store, say(&chat(1), "short")).await;
    take(store, 8, at(1)).await;
    settle(store, id, SendResult::Failed("refused".to_owned()), 2).await;
    assert_eq!(said(&take(store, 8, at(3)).await), ["short"]);
    assert_eq!(
        store.outgoing(id).await.unwrap().unwrap().state,
        OutgoingState::Failed
    );
}

async fn a_settlement_without_a_take_changes_nothing(store: &dyn Store) {
    let id = put(store, say(&chat(1), "hello")).await;
    assert_eq!(settle(store, id, sent(), 1).await, None);
    take(store, 8, at(1)).await;
    assert!(settle(store, id, sent(), 2).await.is_some());
    assert_eq!(
        settle(store, id, SendResult::Failed("late".to_owned()), 3).await,
        None
    );
    assert_eq!(
        store.outgoing(id).await.unwrap().unwrap().state,
        OutgoingState::Sent
    );
}

async fn what_is_unknown_or_failed_can_be_listed(store: &dyn Store) {
    let mut ids = Vec::new();
    for number in 1..=4 {
        ids.push(put(store, say(&chat(number), "hello")).await);
    }
    take(store, 8, at(1)).await;
    for id in &ids[..3] {
        settle(store, *id, SendResult::Unknown("cut off".to_owned()), 2).await;
    }
    settle(store, ids[3], SendResult::Failed("refused".to_owned()), 2).await;
    let first = store
        .outgoing_in(OutgoingState::Unknown, Page::first(2))
        .await
        .unwrap();
    let after = first.last().map(|one| one.id);
    let rest = store
        .outgoing_in(OutgoingState::Unknown, Page { after, limit: 2 })
        .await
        .unwrap();
    let listed: Vec<_> = first.iter().chain(&rest).map(|one| one.id).collect();
    assert_eq!(listed, ids[..3]);
    let counts = store.counts().await.unwrap();
    assert_eq!(
        (counts.unknown, counts.failed, counts.outgoing, counts.sending),
        (3, 1, 0, 0)
    );
}

async fn the_next_time_is_known(store: &dyn Store) {
    let next = async || store.next_due(vec![bot()]).await.unwrap().outgoing;
    assert_eq!(next().await, None);
    let later = NewOutgoing {
        not_before: Some(at(500)),
        ..say(&chat(1), "later")
    };
    put(store, later).await;
    assert_eq!(next().await, Some(at(500)));
    put(store, with(Priority::Progress, "news")).await;
    assert_eq!(next().await, Some(at(0)));
    let taken = take(store, 8, at(1)).await;
    assert_eq!(next().await, None, "its chat is not free");
    settle(store, taken[0].id, sent(), 2).await;
    assert_eq!(next().await, Some(at(500)));
}

async fn what_is_marked_by_its_number_is_being_sent_and_nothing_else(store: &dyn Store) {
    let mut ids = Vec::new();
    for number in 1..=3 {
        ids.push(put(store, say(&chat(number), &format!("to {number}"))).await);
    }
    assert!(mark(store, ids[1], at(1)).await);
    let entry = store.outgoing(ids[1]).await.unwrap().unwrap();
    assert_eq!((entry.state, entry.attempts), (OutgoingState::Sending, 1));
    assert!(!mark(store, ids[1], at(1)).await, "it is on its way");
    assert!(!mark(store, OutgoingId(1 << 40), at(1)).await, "there is none");
    settle(store, ids[1], sent(), 2).await;
    assert!(!mark(store, ids[1], at(2)).await, "it has left");
    assert_eq!(said(&take(store, 8, at(3)).await), ["to 1", "to 3"]);
}

async fn what_is_marked_by_its_number_overtakes_nobody_in_its_chat(store: &dyn Store) {
    let first = put(store, with(Priority::Progress, "first")).await;
    let second = put(store, with(Priority::Progress, "second")).await;
    let answer = put(store, with(Priority::Answer, "answer")).await;
    assert!(!mark(store, second, at(1)).await, "another one is before it");
    assert!(mark(store, answer, at(1)).await);
    assert!(!mark(store, first, at(1)).await, "its chat is not free");
    settle(store, answer, sent(), 2).await;
    for id in [first, second] {
        assert!(mark(store, id, at(2)).await);
        settle(store, id, sent(), 3).await;
    }
    let later = NewOutgoing {
        not_before: Some(at(100)),
        ..say(&chat(2), "later")
    };
    let later = put(store, later).await;
    assert!(
        mark(store, later, at(4)).await,
        "when it goes is for who marks it to say"
    );
}

async fn what_was_sent_is_settled_with_the_write_that_marks_the_next(store: &dyn Store) {
    let first = put(store, say(&chat(1), "first")).await;
    let second = put(store, say(&chat(1), "second")).await;
    assert!(mark(store, first, at(1)).await);
    let settlement = Settlement {
        id: first,
        result: sent(),
        now: at(2),
    };
    let writes = vec![Write::Settle(settlement.clone()), Write::Begin(second)];
    let outcome = write(store, writes, at(2)).await;
    assert_eq!(outcome.committed().unwrap().begun, [second]);
    let entry = store.outgoing(first).await.unwrap().unwrap();
    assert_eq!((entry.state, entry.settled), (OutgoingState::Sent, Some(at(2))));
    // What is kept twice is kept once.
    write(store, vec![Write::Settle(settlement)], at(3)).await;
    assert_eq!(store.outgoing(first).await.unwrap().unwrap(), entry);
}
