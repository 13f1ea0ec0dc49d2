//! The OS thread of one attempt. Owns it from its start to its end.
//!
//! It blocks on the one runtime's handle, so timers and sockets are the runtime's, and what serenity spins away is this
//! thread and no worker.

use std::io;
use std::thread::{Builder, JoinHandle};

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::attempt::End;

pub(super) struct ShardThread {
    /// Taken when it has ended.
    thread: Option<JoinHandle<()>>,
    end: oneshot::Receiver<End>,
}

impl ShardThread {
    /// Starts a thread that works with the current runtime's handle.
    pub(super) fn start(work: impl FnOnce(&Handle) -> End + Send + 'static) -> io::Result<Self> {
        let handle = Handle::current();
        let (end_tx, end) = oneshot::channel();
        let thread = Builder::new().name("discord-shard".to_owned()).spawn(move || {
            // The receiver is gone only if nobody waits for the end any more.
            let _ = end_tx.send(work(&handle));
        })?;
        Ok(Self {
            thread: Some(thread),
            end,
        })
    }

    /// Waits for its end; nothing if it panicked. Cancel-safe.
    pub(super) async fn ended(&mut self) -> Option<End> {
        let end = (&mut self.end).await.ok();
        if let Some(thread) = self.thread.take() {
            // Its end is the last thing that it sends, so this does not block.
            thread.join().ok()?;
        }
        end
    }
}
