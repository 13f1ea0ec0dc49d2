//! The birthday problem: how many people come until two of them share a birthday. Pure functions of chance.

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::{Chance, Simulate};
use crate::features::simulate::settings::Setting;
use crate::features::simulate::tally::Tally;

/// People who come into a room one by one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Birthday {
    /// The number of people that is asked about.
    pub(crate) people: u32,
    /// How many days a year has.
    pub(crate) days: u32,
}

impl Default for Birthday {
    fn default() -> Self {
        Self {
            people: 23,
            days: 365,
        }
    }
}

impl Birthday {
    /// The chance that of so many people two share a birthday, exactly.
    pub(crate) fn exact(&self, people: usize) -> f64 {
        let days = f64::from(self.days);
        1.0 - (0..people)
            .map(|n| (1.0 - n as f64 / days).max(0.0))
            .product::<f64>()
    }
}

impl Simulate for Birthday {
    const SETTINGS: &'static [Setting] = &[
        Setting::whole("people", 2, 200, 23),
        Setting::whole("days", 2, 10_000, 365),
    ];

    fn set(&mut self, name: &str, value: f64) {
        match name {
            "people" => self.people = value as u32,
            _ => self.days = value as u32,
        }
    }

    /// The outcome is which person was the first to share a birthday with one before.
    fn tally(&self) -> Tally {
        Tally::new(1, 0, 0, 0)
    }

    fn try_once(&self, chance: &mut Chance, tally: &mut Tally) {
        // One bit for each day.
        let mut taken = [0_u64; 10_000 / 64 + 1];
        for person in 1.. {
            let day = chance.random_range(0..self.days) as usize;
            let bit = 1 << (day % 64);
            if taken[day / 64] & bit != 0 {
                tally.count(person);
                tally.numbers[0].add(person as f64);
                return;
            }
            taken[day / 64] |= bit;
        }
    }
}
