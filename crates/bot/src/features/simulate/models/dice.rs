//! Sums of dice. Pure functions of chance.

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::{Chance, Simulate};
use crate::features::simulate::settings::Setting;
use crate::features::simulate::tally::Tally;

/// Some dice that are thrown together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Dice {
    pub(crate) dice: u32,
    pub(crate) sides: u32,
}

impl Default for Dice {
    fn default() -> Self {
        Self { dice: 2, sides: 6 }
    }
}

impl Simulate for Dice {
    const SETTINGS: &'static [Setting] = &[
        Setting::whole("dice", 1, 100, 2),
        Setting::whole("sides", 2, 100, 6),
    ];

    fn set(&mut self, name: &str, value: f64) {
        match name {
            "dice" => self.dice = value as u32,
            _ => self.sides = value as u32,
        }
    }

    /// The outcome is the sum.
    fn tally(&self) -> Tally {
        Tally::new(1, (self.dice * self.sides + 1) as usize, 0, 0)
    }

    fn try_once(&self, chance: &mut Chance, tally: &mut Tally) {
        let sum: u32 = (0..self.dice).map(|_| chance.random_range(1..=self.sides)).sum();
        tally.count(sum as usize);
        tally.numbers[0].add(f64::from(sum));
    }
}
