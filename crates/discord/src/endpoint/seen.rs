//! Which interactions were posted already. Owns their ids, for as long as a copy of a request could pass for new.

use std::collections::{HashSet, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use super::signature::MAX_SKEW;

/// How long an id is kept: a request is accepted from five minutes before to five minutes after its time.
const KEPT: Duration = Duration::from_secs(2 * MAX_SKEW.as_secs() + 1);

/// How many ids are kept; over it the oldest is forgotten. About 50 bytes each.
const MAX_KEPT: usize = 100_000;

/// The ids of what was posted.
#[derive(Default)]
pub(super) struct Seen(Mutex<Ids>);

#[derive(Default)]
struct Ids {
    known: HashSet<u64>,
    ages: VecDeque<(Instant, u64)>,
}

impl Seen {
    /// Whether this id is new; from now on it is not.
    pub(super) fn is_new(&self, id: u64) -> bool {
        let now = Instant::now();
        let mut ids = self.0.lock().expect("nothing panics while the ids are locked");
        while let Some((born, old)) = ids.ages.front().copied()
            && (ids.ages.len() >= MAX_KEPT || now - born >= KEPT)
        {
            ids.ages.pop_front();
            ids.known.remove(&old);
        }
        let new = ids.known.insert(id);
        if new {
            ids.ages.push_back((now, id));
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_id_is_known_for_as_long_as_its_request_would_be_accepted() {
        let seen = Seen::default();
        assert!(seen.is_new(1));
        tokio::time::advance(MAX_SKEW * 2).await;
        assert!(!seen.is_new(1));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(seen.is_new(1));
    }

    #[tokio::test(start_paused = true)]
    async fn the_number_of_known_ids_is_bounded() {
        let seen = Seen::default();
        for id in 0..MAX_KEPT as u64 + 10 {
            assert!(seen.is_new(id));
        }
        let ids = seen.0.lock().unwrap();
        assert_eq!((ids.known.len(), ids.ages.len()), (MAX_KEPT, MAX_KEPT));
    }
}
