//! Who has a comparison running. Owns the list of seats: one for each person.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use duologue::prelude::*;
use duologue::{Chat, NetworkId, UserId};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Somebody who can have one comparison at a time; where a network does not say who asks, the chat as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Person {
    User(NetworkId, UserId),
    Chat(Chat),
}

/// The comparisons that run.
#[derive(Debug, Default)]
pub(super) struct Running {
    seats: Mutex<Seats>,
}

#[derive(Debug, Default)]
struct Seats {
    by_person: HashMap<Person, Taken>,
    last_run: u64,
}

#[derive(Clone, Debug)]
struct Taken {
    run: u64,
    ends: Instant,
    stop: CancellationToken,
}

/// The place of a comparison that runs. Dropping it makes room for the person's next one.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) run: u64,
    /// Cancelled by the Stop button and when the bot stops.
    pub(super) stop: CancellationToken,
    person: Person,
    list: Arc<Running>,
}

/// Why there is no seat: a comparison of the same person runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StillRunning {
    pub(super) run: u64,
    pub(super) left: Duration,
}

impl Person {
    pub(super) fn of(ctx: &Context) -> Self {
        match ctx.user() {
            Some(user) => Self::User(ctx.network(), user.id.clone()),
            None => Self::Chat(ctx.chat().clone()),
        }
    }
}

impl Running {
    /// A seat for a comparison that takes about so long and ends early with the bot.
    pub(super) fn take_seat(
        self: &Arc<Self>,
        person: Person,
        length: Duration,
        stopping: &CancellationToken,
    ) -> Result<Seat, StillRunning> {
        let now = Instant::now();
        let mut seats = self.lock();
        if let Some(taken) = seats.by_person.get(&person) {
            return Err(StillRunning {
                run: taken.run,
                left: taken.ends.saturating_duration_since(now),
            });
        }
        seats.last_run += 1;
        let taken = Taken {
            run: seats.last_run,
            ends: now + length,
            stop: stopping.child_token(),
        };
        seats.by_person.insert(person.clone(), taken.clone());
        Ok(Seat {
            run: taken.run,
            stop: taken.stop,
            person,
            list: Arc::clone(self),
        })
    }

    /// Asks a run to end; says whether it was there.
    pub(super) fn stop(&self, run: u64) -> bool {
        let seats = self.lock();
        let taken = seats.by_person.values().find(|taken| taken.run == run);
        if let Some(taken) = taken {
            taken.stop.cancel();
        }
        taken.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.list.lock().by_person.remove(&self.person);
    }
}
