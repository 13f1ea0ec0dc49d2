//! A random walk: one step forward or back at a time. Pure functions of chance.

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::{Chance, Simulate};
use crate::features::simulate::settings::Setting;
use crate::features::simulate::tally::Tally;

/// How many points of a walk are kept, however long it is.
const POINTS: u32 = 100;

/// A walk of so many steps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Walk {
    pub(crate) steps: u32,
    /// The chance of a step forward.
    pub(crate) forward: f64,
}

impl Default for Walk {
    fn default() -> Self {
        Self {
            steps: 1000,
            forward: 0.5,
        }
    }
}

impl Walk {
    /// How many steps lie between two points that are kept.
    pub(crate) fn stride(&self) -> u32 {
        self.steps.div_ceil(POINTS).max(1)
    }
}

impl Simulate for Walk {
    const SETTINGS: &'static [Setting] = &[
        Setting::whole("steps", 10, 10_000, 1000),
        Setting::fraction("forward", 0.0, 1.0, 0.5),
    ];

    fn set(&mut self, name: &str, value: f64) {
        match name {
            "steps" => self.steps = value as u32,
            _ => self.forward = value,
        }
    }

    /// The numbers are the place at the end and how far it is from the start; the curve is the place over time.
    fn tally(&self) -> Tally {
        Tally::new(2, 0, 1, (self.steps / self.stride() + 1) as usize)
    }

    fn try_once(&self, chance: &mut Chance, tally: &mut Tally) {
        let stride = self.stride();
        let mut place = 0_i64;
        tally.curves[0][0].add(0.0);
        for step in 1..=self.steps {
            place += if chance.random_bool(self.forward) { 1 } else { -1 };
            if step % stride == 0 {
                tally.curves[0][(step / stride) as usize].add(place as f64);
            }
        }
        tally.numbers[0].add(place as f64);
        tally.numbers[1].add(place.unsigned_abs() as f64);
    }
}
