//! The gateway session: what is needed to RESUME, and where it is kept between connections and runs.

use std::sync::Mutex;

/// What a RESUME needs. It stays valid for some minutes after the connection is gone, in another process too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The session's id, from READY.
    pub id: String,
    /// The number of the last event that needs no replay.
    pub seq: u64,
    /// Where to resume, if the gateway named a host that may be used.
    pub resume_url: Option<String>,
}

/// Where a session is kept between two runs of the process. Both calls must be quick; they run on the runtime.
pub trait SessionStore: Send + Sync {
    /// The session of the last run, if there is one.
    fn get(&self) -> Option<Session>;
    /// Keeps the session for the next run, or forgets it.
    fn put(&self, session: Option<Session>);
}

/// Keeps the session for the life of the process only.
#[derive(Debug, Default)]
pub struct MemorySessions {
    session: Mutex<Option<Session>>,
}

impl SessionStore for MemorySessions {
    fn get(&self) -> Option<Session> {
        self.session.lock().expect(NO_PANIC_INSIDE).clone()
    }

    fn put(&self, session: Option<Session>) {
        *self.session.lock().expect(NO_PANIC_INSIDE) = session;
    }
}

/// Why locking cannot fail here.
const NO_PANIC_INSIDE: &str = "nothing panics while the session is locked";
