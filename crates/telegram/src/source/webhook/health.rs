//! What requests to the webhook tell its keeper. Owns their counts.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::Notify;

/// What came lately.
#[derive(Default)]
pub(super) struct Health {
    /// Requests with the right secret.
    reached: AtomicU64,
    /// Requests without it.
    refused: AtomicU64,
    /// Whether the keeper waits for a sign that the network gets through.
    awaited: AtomicBool,
    news: Notify,
}

impl Health {
    /// A request has shown the secret.
    pub(super) fn reach(&self) {
        self.reached.fetch_add(1, Ordering::Relaxed);
        // The keeper is not woken for every update.
        if self.awaited.load(Ordering::Acquire) {
            self.news.notify_one();
        }
    }

    /// A request has shown another secret or none.
    pub(super) fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        self.news.notify_one();
    }

    pub(super) fn reached(&self) -> u64 {
        self.reached.load(Ordering::Relaxed)
    }

    pub(super) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// From now on a request that has the secret is news, or no longer.
    pub(super) fn wait_for_sign(&self, wait: bool) {
        self.awaited.store(wait, Ordering::Release);
    }

    /// Completes when something came that the keeper wants to know. Cancel safe.
    pub(super) async fn news(&self) {
        self.news.notified().await;
    }
}
