//! The trials of a plan in parts, each for a worker process. Pure functions of a seed.

use duologue::prelude::*;
use rand::SeedableRng;
use serde::{Deserialize, Serialize};

use super::models::{Chance, Model};
use super::tally::Tally;
use crate::words::simulate as words;

/// In how many parts the trials are done: enough for many processors, and the same on all machines, so that a seed
/// gives the same everywhere.
pub(crate) const PARTS: u32 = 16;

/// How many trials lie between two looks at how far it is.
const LOOK_EVERY: u64 = 64;

/// What to simulate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) model: Model,
    pub(crate) trials: u64,
    pub(crate) seed: u64,
}

impl Plan {
    /// How many trials a part has.
    pub(crate) fn of_part(&self, part: u32) -> u64 {
        let (parts, part) = (u64::from(PARTS), u64::from(part));
        self.trials / parts + u64::from(part < self.trials % parts)
    }
}

/// Trying
#[task(lane = "process", processor = "120s")]
pub(crate) fn part(task: &TaskContext, plan: &Plan, part: u32) -> Result<Tally, TaskError> {
    let trials = plan.of_part(part);
    // Each part has a stream of its own, so that no two see the same chance.
    let mut chance = Chance::seed_from_u64(plan.seed);
    chance.set_stream(u64::from(part));
    let mut tally = plan.model.tally();
    task.unit(Unit::named(words::TRIALS));
    for done in 0..trials {
        if done % LOOK_EVERY == 0 {
            task.progress(done, trials);
        }
        plan.model.try_once(&mut chance, &mut tally);
    }
    task.progress(trials, trials);
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::{Model, PARTS, Plan};

    #[test]
    fn the_parts_are_the_whole() {
        for trials in [10, 16, 17, 1000, 1001] {
            let [model, ..] = Model::all();
            let plan = Plan {
                model,
                trials,
                seed: 1,
            };
            assert_eq!((0..PARTS).map(|part| plan.of_part(part)).sum::<u64>(), trials);
        }
    }
}
