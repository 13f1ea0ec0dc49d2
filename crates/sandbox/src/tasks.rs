//! The one place where the sandbox spawns tasks. Owns the task tracker and the stop signal.

use std::future::Future;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Tracked tasks and the signal that ends them.
#[derive(Clone, Default)]
pub(crate) struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Tasks {
    /// Runs a future until it ends or the sandbox stops.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one spawn site; every task is tracked and awaited"
    )]
    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        tokio::spawn(self.tracker.track_future(async move {
            tokio::select! {
                () = future => {}
                () = stop.cancelled() => {}
            }
        }));
    }

    /// Runs a future that ends by itself once the sandbox stops: it sees the signal and cleans up.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one spawn site; every task is tracked and awaited"
    )]
    pub(crate) fn spawn_to_end(&self, future: impl Future<Output = ()> + Send + 'static) {
        tokio::spawn(self.tracker.track_future(future));
    }

    /// Counts a future that somebody else runs (an upgraded WebSocket) among the tasks.
    pub(crate) fn track<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        self.tracker.track_future(future)
    }

    /// Runs work that keeps a thread busy for a while, on a thread for such work. `None`: it panicked.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        self.tracker.spawn_blocking(work).await.ok()
    }

    pub(crate) fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Signals the end and waits for every task.
    pub(crate) async fn finish(&self) {
        self.stop.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}
