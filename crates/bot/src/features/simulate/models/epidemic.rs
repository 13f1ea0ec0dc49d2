//! An epidemic among people who meet at random: some are well, some are ill and pass it on, some have had it. Pure
//! functions of chance.

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::{Chance, Simulate};
use crate::features::simulate::settings::Setting;
use crate::features::simulate::tally::Tally;

/// How many days are looked at.
pub(crate) const DAYS: usize = 160;

/// A group of people, of whom a few are ill at first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Epidemic {
    pub(crate) people: u32,
    pub(crate) ill: u32,
    /// How many others one who is ill infects while nobody had it yet.
    pub(crate) spread: f64,
    /// How many days one is ill, on average.
    pub(crate) days: f64,
}

impl Default for Epidemic {
    fn default() -> Self {
        Self {
            people: 1000,
            ill: 5,
            spread: 2.5,
            days: 7.0,
        }
    }
}

impl Simulate for Epidemic {
    const SETTINGS: &'static [Setting] = &[
        Setting::whole("people", 50, 5000, 1000),
        Setting::whole("ill", 1, 50, 5),
        Setting::fraction("spread", 0.1, 20.0, 2.5),
        Setting::fraction("days", 1.0, 60.0, 7.0),
    ];

    fn set(&mut self, name: &str, value: f64) {
        match name {
            "people" => self.people = value as u32,
            "ill" => self.ill = value as u32,
            "spread" => self.spread = value,
            _ => self.days = value,
        }
    }

    /// The numbers are the share that had it in the end, the share that was ill at the peak, and the day of the peak;
    /// the curves are who is well, ill, and has had it, day by day.
    fn tally(&self) -> Tally {
        Tally::new(3, 0, 3, DAYS + 1)
    }

    fn try_once(&self, chance: &mut Chance, tally: &mut Tally) {
        let people = f64::from(self.people);
        let (mut well, mut ill, mut had) = (self.people - self.ill, self.ill, 0_u32);
        let mut peak = (ill, 0);
        let recovery = 1.0 - (-1.0 / self.days).exp();
        for day in 0..=DAYS {
            for (curve, count) in [well, ill, had].into_iter().enumerate() {
                tally.curves[curve][day].add(f64::from(count));
            }
            if ill > peak.0 {
                peak = (ill, day);
            }
            // Everybody meets everybody with the same chance.
            let infection = 1.0 - (-self.spread / self.days * f64::from(ill) / people).exp();
            let infected = successes(well, infection, chance);
            let recovered = successes(ill, recovery, chance);
            well -= infected;
            ill = ill + infected - recovered;
            had += recovered;
        }
        tally.numbers[0].add(f64::from(ill + had) / people);
        tally.numbers[1].add(f64::from(peak.0) / people);
        tally.numbers[2].add(peak.1 as f64);
    }
}

/// How many of so many tries succeed.
fn successes(tries: u32, part: f64, chance: &mut Chance) -> u32 {
    let part = part.clamp(0.0, 1.0);
    if part == 0.0 {
        return 0;
    }
    (0..tries).map(|_| u32::from(chance.random_bool(part))).sum()
}
