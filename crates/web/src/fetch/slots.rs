//! Places for the fetches in flight: so many in all, so many for one host. Owns the count of each host that somebody
//! fetches from or waits for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Hosts by name, each with its places. An entry lives as long as somebody holds or waits for one of them.
type Hosts = HashMap<String, Arc<Semaphore>>;

/// The places. Waiting is fair: who came first to a host goes first.
pub(crate) struct Slots {
    all: Arc<Semaphore>,
    hosts: Mutex<Hosts>,
    per_host: usize,
}

/// A place of one fetch, given back when it is dropped.
pub(crate) struct Slot {
    /// Given back before the host's entry is looked at.
    _all: OwnedSemaphorePermit,
    _host: OwnedSemaphorePermit,
    _entry: Entry,
}

/// Somebody's interest in a host.
struct Entry {
    slots: Arc<Slots>,
    host: String,
    places: Option<Arc<Semaphore>>,
}

/// Nothing closes the semaphores.
const OPEN: &str = "the places are never closed";

impl Slots {
    pub(crate) fn new(all: usize, per_host: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all)),
            hosts: Mutex::default(),
            per_host,
        }
    }

    /// Waits for a place: first the host's, so that who waits for a busy host takes no place from the others.
    /// Cancel safe.
    pub(crate) async fn take(self: &Arc<Self>, host: &str) -> Slot {
        let (entry, places) = self.entry(host);
        let host = places.acquire_owned().await.expect(OPEN);
        let all = Arc::clone(&self.all).acquire_owned().await.expect(OPEN);
        Slot {
            _all: all,
            _host: host,
            _entry: entry,
        }
    }

    fn entry(self: &Arc<Self>, host: &str) -> (Entry, Arc<Semaphore>) {
        let places = Arc::clone(
            self.hosts()
                .entry(host.to_owned())
                .or_insert_with(|| Arc::new(Semaphore::new(self.per_host))),
        );
        let entry = Entry {
            slots: Arc::clone(self),
            host: host.to_owned(),
            places: Some(Arc::clone(&places)),
        };
        (entry, places)
    }

    fn hosts(&self) -> MutexGuard<'_, Hosts> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut hosts = self.slots.hosts();
        // Counted under the lock, under which alone others take their share: the map's is the last one.
        self.places = None;
        if hosts
            .get(&self.host)
            .is_some_and(|places| Arc::strong_count(places) == 1)
        {
            hosts.remove(&self.host);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    const MOMENT: Duration = Duration::from_millis(1);

    #[tokio::test(start_paused = true)]
    async fn a_host_has_its_places_and_all_hosts_together_have_theirs() {
        let slots = Arc::new(Slots::new(3, 2));
        let first = slots.take("a").await;
        let _second = slots.take("a").await;
        assert!(
            timeout(MOMENT, slots.take("a")).await.is_err(),
            "a third for the same host"
        );
        let _other = slots.take("b").await;
        assert!(timeout(MOMENT, slots.take("c")).await.is_err(), "a fourth in all");
        drop(first);
        assert!(timeout(MOMENT, slots.take("c")).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_busy_host_takes_no_place_from_the_others() {
        let slots = Arc::new(Slots::new(2, 1));
        let _held = slots.take("busy").await;
        let waiting = slots.take("busy");
        let others = async {
            for _ in 0..3 {
                drop(slots.take("idle").await);
            }
        };
        tokio::select! {
            biased;
            _ = waiting => panic!("the busy host has no place"),
            () = others => {}
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_is_forgotten_when_nobody_holds_or_awaits_it() {
        let slots = Arc::new(Slots::new(2, 1));
        let held = slots.take("a").await;
        assert!(timeout(MOMENT, slots.take("a")).await.is_err());
        assert_eq!(slots.hosts().len(), 1);
        drop(held);
        assert_eq!(slots.hosts().len(), 0);
    }
}
