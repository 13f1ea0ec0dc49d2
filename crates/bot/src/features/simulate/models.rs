//! The models that can be simulated, each with its settings. Pure functions of chance.

mod birthday;
mod darts;
mod dice;
mod epidemic;
mod queue;
mod walk;

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

pub(crate) use self::birthday::Birthday;
pub(crate) use self::darts::Darts;
pub(crate) use self::dice::Dice;
pub(crate) use self::epidemic::Epidemic;
pub(crate) use self::queue::Queue;
pub(crate) use self::walk::Walk;
use super::settings::{Setting, Settings};
use super::tally::Tally;

/// The chance that trials are made of. The same seed gives the same trials on every machine and in every version.
pub(crate) type Chance = ChaCha8Rng;

/// One of the models with its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Model {
    Dice(Dice),
    Walk(Walk),
    Birthday(Birthday),
    Pi(Darts),
    Epidemic(Epidemic),
    Queue(Queue),
}

/// Something that can be tried many times.
pub(crate) trait Simulate: Default {
    /// What can be set, with its bounds.
    const SETTINGS: &'static [Setting];

    /// Takes settings that are within their bounds.
    fn set(&mut self, name: &str, value: f64);

    /// A tally without any trial.
    fn tally(&self) -> Tally;

    /// One trial.
    fn try_once(&self, chance: &mut Chance, tally: &mut Tally);
}

macro_rules! every_model {
    ($model:expr, $inner:ident => $body:expr) => {
        match $model {
            Model::Dice($inner) => $body,
            Model::Walk($inner) => $body,
            Model::Birthday($inner) => $body,
            Model::Pi($inner) => $body,
            Model::Epidemic($inner) => $body,
            Model::Queue($inner) => $body,
        }
    };
}

impl Model {
    /// All of them with the usual settings, in the order in which they are listed.
    pub(crate) fn all() -> [Self; 6] {
        [
            Self::Dice(Dice::default()),
            Self::Walk(Walk::default()),
            Self::Birthday(Birthday::default()),
            Self::Pi(Darts),
            Self::Epidemic(Epidemic::default()),
            Self::Queue(Queue::default()),
        ]
    }

    /// How many trials there are where nothing else is said: as many as take about a second.
    pub(crate) fn usual_trials(&self) -> u64 {
        match self {
            Self::Dice(_) | Self::Pi(_) => 2_000_000,
            Self::Birthday(_) => 200_000,
            Self::Walk(_) => 20_000,
            Self::Queue(_) => 4_000,
            Self::Epidemic(_) => 400,
        }
    }

    /// What one trial costs, in steps: the number of trials is bounded by it.
    pub(crate) fn cost(&self) -> u64 {
        match self {
            Self::Dice(dice) => u64::from(dice.dice),
            Self::Walk(walk) => u64::from(walk.steps),
            Self::Birthday(birthday) => u64::from(birthday.days).isqrt() * 2,
            Self::Pi(_) => 1,
            Self::Epidemic(epidemic) => u64::from(epidemic.people) * 10,
            Self::Queue(queue) => u64::from(queue.customers) * 2,
        }
        .max(1)
    }

    /// Takes the settings that people typed.
    pub(crate) fn configure(&mut self, settings: &Settings) {
        every_model!(self, model => settings.apply(model));
    }

    /// What can be set.
    pub(crate) fn settings(&self) -> &'static [Setting] {
        fn of<T: Simulate>(_: &T) -> &'static [Setting] {
            T::SETTINGS
        }
        every_model!(self, model => of(model))
    }

    /// A tally without any trial.
    pub(crate) fn tally(&self) -> Tally {
        every_model!(self, model => model.tally())
    }

    /// One trial.
    pub(crate) fn try_once(&self, chance: &mut Chance, tally: &mut Tally) {
        tally.trials += 1;
        every_model!(self, model => model.try_once(chance, tally));
    }
}

#[cfg(test)]
mod tests;
