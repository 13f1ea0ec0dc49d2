//! The threads of the blocking lane. The pool owns them: they are started when they are needed, up to its bound, and
//! end with it.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a thread waits for work before it ends.
const IDLE: Duration = Duration::from_secs(30);

type Job = Box<dyn FnOnce() + Send>;

/// A bounded pool of threads. What is given to it is bounded by the lane's line, not here.
pub(super) struct Threads {
    shared: Arc<Shared>,
    most: usize,
}

struct Shared {
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    threads: usize,
    idle: usize,
    closed: bool,
}

impl Threads {
    pub(super) fn new(most: usize) -> Self {
        Self {
            shared: Arc::new(Shared {
                state: Mutex::default(),
                work: Condvar::new(),
            }),
            most: most.max(1),
        }
    }

    /// Runs something on a thread of the pool.
    ///
    /// # Errors
    ///
    /// When there is no thread and none can be started.
    pub(super) fn run(&self, job: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
        let mut state = self.shared.lock();
        state.queue.push_back(Box::new(job));
        if state.idle >= state.queue.len() || state.threads >= self.most {
            drop(state);
            self.shared.work.notify_one();
            return Ok(());
        }
        state.threads += 1;
        drop(state);
        let shared = Arc::clone(&self.shared);
        let started = std::thread::Builder::new()
            .name("blocking lane".to_owned())
            .spawn(move || shared.work());
        match started {
            Ok(_detached) => Ok(()),
            Err(error) => {
                let mut state = self.shared.lock();
                state.threads -= 1;
                // Others will come to it, if there are any.
                if state.threads == 0 {
                    state.queue.pop_back();
                    return Err(error);
                }
                Ok(())
            }
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.work.notify_all();
    }
}

impl Shared {
    fn work(&self) {
        loop {
            let Some(job) = self.next() else { return };
            // The job catches the panic of what it runs; this is for a fault of ours, which must not cost a thread.
            if std::panic::catch_unwind(std::panic::AssertUnwindSafe(job)).is_err() {
                tracing::error!("a thread of the blocking lane met a panic outside of its task");
            }
        }
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.queue.pop_front() {
                return Some(job);
            }
            if state.closed {
                state.threads -= 1;
                return None;
            }
            state.idle += 1;
            let (woken, waited) = self
                .work
                .wait_timeout(state, IDLE)
                .unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            if waited.timed_out() && state.queue.is_empty() {
                state.threads -= 1;
                return None;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;
    use std::sync::{Arc, Barrier};
    use std::time::Duration;

    use super::Threads;

    #[test]
    fn as_many_run_at_once_as_there_are_threads_and_no_more() {
        let threads = Threads::new(2);
        let (said, hears) = sync_channel(8);
        let together = Arc::new(Barrier::new(2));
        for _ in 0..4 {
            let (said, together) = (said.clone(), Arc::clone(&together));
            let job = move || {
                together.wait();
                said.send(std::thread::current().id()).unwrap();
            };
            threads.run(job).unwrap();
        }
        let ids: std::collections::HashSet<_> = (0..4)
            .map(|_| hears.recv_timeout(Duration::from_secs(10)).unwrap())
            .collect();
        assert_eq!(ids.len(), 2);
    }

    #[test]
    fn a_panic_costs_no_thread() {
        let threads = Threads::new(1);
        threads.run(|| panic!("on purpose")).unwrap();
        let (said, hears) = sync_channel(1);
        threads.run(move || said.send(()).unwrap()).unwrap();
        hears.recv_timeout(Duration::from_secs(10)).unwrap();
    }
}
