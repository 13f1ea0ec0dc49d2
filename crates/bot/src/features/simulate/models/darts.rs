//! π by darts: the part of them that hits a quarter of a circle in a square. Pure functions of chance.

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::{Chance, Simulate};
use crate::features::simulate::settings::Setting;
use crate::features::simulate::tally::Tally;

/// How many darts of each part of the work are drawn.
const DRAWN: usize = 125;

/// Darts at a square.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Darts;

impl Simulate for Darts {
    const SETTINGS: &'static [Setting] = &[];

    fn set(&mut self, _name: &str, _value: f64) {}

    /// The outcomes are a miss and a hit.
    fn tally(&self) -> Tally {
        Tally::new(0, 2, 0, 0)
    }

    fn try_once(&self, chance: &mut Chance, tally: &mut Tally) {
        let (x, y): (f64, f64) = (chance.random(), chance.random());
        tally.counts[usize::from(x * x + y * y <= 1.0)] += 1;
        if tally.sample.len() < DRAWN {
            tally.sample.push((x as f32, y as f32));
        }
    }
}
