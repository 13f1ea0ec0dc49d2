//! The one place that spawns. Owns the list of what runs, so that shutdown can wait for it and name what it had to end.

use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::AbortHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Everything that runs beside its caller, under one cancellation token. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tracker {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    tracker: TaskTracker,
    stop: CancellationToken,
    running: Mutex<HashMap<u64, (&'static str, AbortHandle)>>,
    next: AtomicU64,
}

impl Tracker {
    /// An empty list under a token: cancelling it asks all of them to end.
    #[must_use]
    pub fn new(stop: CancellationToken) -> Self {
        let inner = Inner {
            tracker: TaskTracker::new(),
            stop,
            running: Mutex::default(),
            next: AtomicU64::new(0),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// The token that asks all of them to end.
    #[must_use]
    pub fn stop(&self) -> &CancellationToken {
        &self.inner.stop
    }

    /// Runs a future beside the caller, under a name for the log.
    pub fn spawn<F>(&self, name: &'static str, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let id = self.inner.next.fetch_add(1, Ordering::Relaxed);
        let entry = Entry {
            inner: Arc::clone(&self.inner),
            id,
        };
        // The entry is made before the task can end, and goes when the task is dropped, however it ends.
        let mut running = self.lock();
        let handle = self.inner.tracker.spawn(async move {
            let _entry = entry;
            future.await;
        });
        running.insert(id, (name, handle.abort_handle()));
    }

    /// How many run.
    #[must_use]
    pub fn running(&self) -> usize {
        self.lock().len()
    }

    /// Waits until all have ended, at most until the deadline, then aborts the rest and names them.
    ///
    /// It does not cancel the token: who wants them to end early does so before.
    pub async fn finish(&self, deadline: Instant) -> Vec<&'static str> {
        self.inner.tracker.close();
        if tokio::time::timeout_at(deadline, self.inner.tracker.wait())
            .await
            .is_ok()
        {
            return Vec::new();
        }
        let left: Vec<_> = self
            .lock()
            .values()
            .map(|(name, handle)| (*name, handle.clone()))
            .collect();
        left.into_iter()
            .map(|(name, handle)| {
                handle.abort();
                name
            })
            .collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, (&'static str, AbortHandle)>> {
        self.inner.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a task off the list when it is dropped.
struct Entry {
    inner: Arc<Inner>,
    id: u64,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.inner
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;
    use tokio_util::sync::CancellationToken;

    use super::Tracker;

    #[tokio::test(start_paused = true)]
    async fn what_does_not_end_in_time_is_aborted_and_named() {
        let tasks = Tracker::new(CancellationToken::new());
        tasks.spawn("quick", async {});
        tasks.spawn("stuck", std::future::pending());
        let aborted = tasks.finish(Instant::now() + Duration::from_secs(8)).await;
        assert_eq!(aborted, ["stuck"]);
    }

    #[tokio::test]
    async fn a_task_that_panics_leaves_the_list() {
        let tasks = Tracker::new(CancellationToken::new());
        tasks.spawn("clumsy", async { panic!("on purpose") });
        assert!(
            tasks
                .finish(Instant::now() + Duration::from_secs(8))
                .await
                .is_empty()
        );
        assert_eq!(tasks.running(), 0);
    }
}
