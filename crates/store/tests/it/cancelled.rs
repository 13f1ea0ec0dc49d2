//! Futures that are dropped before they are done.

use std::time::Duration;

use duologue_core::store::{ClaimRequest, Store, TakeRequest, Write};
use futures_util::poll;

use crate::world::*;

#[tokio::test]
async fn what_nobody_received_is_handed_out_again_uncounted() {
    let directory = Directory::new();
    let store = directory.open().await;
    for number in 1..=4 {
        arrive(&store, &private(number), &[u64::from(number)], at(0)).await;
        write(&store, vec![Write::Send(say(&chat(number), "hello"))], at(0)).await;
    }
    for round in 0..60 {
        let request = ClaimRequest {
            bots: vec![bot()],
            conversations: 1,
            events: 8,
            now: at(1),
        };
        let mut claim = store.claim(request);
        assert!(poll!(&mut claim).is_pending());
        let request = TakeRequest {
            bots: vec![bot()],
            limit: 1,
            now: at(1),
        };
        let mut take = store.take(request);
        assert!(poll!(&mut take).is_pending());
        // Dropped before the writer sees it, while it works, or with the answer on its way.
        if round % 3 > 0 {
            tokio::time::sleep(Duration::from_micros(200 * (round % 3) * (round % 7))).await;
        }
    }
    // What is on its way goes back before a later one is handed out.
    write(&store, Vec::new(), at(2)).await;
    let claims = claim(&store, 8, at(3)).await;
    assert_eq!(claims.len(), 4);
    assert!(claims.iter().all(|claim| claim.events[0].attempts == 0));
    let taken = take(&store, 8, at(3)).await;
    assert_eq!(taken.len(), 4);
    assert!(taken.iter().all(|one| one.attempts == 1 && !one.doubtful));
}

#[tokio::test]
async fn a_write_whose_future_was_dropped_is_whole_or_not_there() {
    let directory = Directory::new();
    let store = directory.open().await;
    for id in 1..=50 {
        let conversation = private(1);
        let ids = [2 * id, 2 * id + 1];
        let mut arriving = Box::pin(arrive(&store, &conversation, &ids, at(0)));
        assert!(poll!(&mut arriving).is_pending());
        drop(arriving);
    }
    store.close().await;
    let store = directory.open().await;
    assert_eq!(
        store.counts().await.unwrap().inbox,
        100,
        "what was asked for before the close was done"
    );
}
