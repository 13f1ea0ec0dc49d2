//! A queue: customers come at random and are served one after the other, at one counter or at several. Pure functions of
//! chance.

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::{Chance, Simulate};
use crate::features::simulate::settings::Setting;
use crate::features::simulate::tally::Tally;

/// How wide the columns of waiting times are, as a part of the mean time of service.
pub(crate) const COLUMN: f64 = 0.5;

/// How many columns there are; longer waits count in the last one.
pub(crate) const COLUMNS: usize = 40;

/// A shop with counters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Queue {
    /// How many customers come in an hour.
    pub(crate) arrivals: f64,
    /// How many an hour one counter can serve.
    pub(crate) service: f64,
    pub(crate) counters: u32,
    /// How many customers are looked at in one trial.
    pub(crate) customers: u32,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            arrivals: 50.0,
            service: 30.0,
            counters: 2,
            customers: 500,
        }
    }
}

impl Queue {
    /// How busy the counters are, as a part of their time. From 1 on the queue grows without end.
    pub(crate) fn load(&self) -> f64 {
        self.arrivals / (self.service * f64::from(self.counters))
    }

    /// The mean wait that theory gives for a shop that is always open, in minutes.
    pub(crate) fn expected_wait(&self) -> Option<f64> {
        let load = self.load();
        (load < 1.0).then(|| {
            let capacity = self.service * f64::from(self.counters);
            60.0 * erlang_c(self.counters, self.arrivals / self.service) / (capacity - self.arrivals)
        })
    }
}

/// The chance that somebody has to wait at all, at so many counters with so much work offered (Erlang's formula C).
pub(super) fn erlang_c(counters: u32, offered: f64) -> f64 {
    // The formula B is built up counter by counter, so that no factorial overflows.
    let blocked = (1..=counters).fold(1.0, |blocked, counter| {
        offered * blocked / (f64::from(counter) + offered * blocked)
    });
    let counters = f64::from(counters);
    counters * blocked / (counters - offered * (1.0 - blocked))
}

impl Simulate for Queue {
    const SETTINGS: &'static [Setting] = &[
        Setting::fraction("arrivals", 0.1, 10_000.0, 50.0),
        Setting::fraction("service", 0.1, 10_000.0, 30.0),
        Setting::whole("counters", 1, 50, 2),
        Setting::whole("customers", 10, 20_000, 500),
    ];

    fn set(&mut self, name: &str, value: f64) {
        match name {
            "arrivals" => self.arrivals = value,
            "service" => self.service = value,
            "counters" => self.counters = value as u32,
            _ => self.customers = value as u32,
        }
    }

    /// The numbers are the mean wait of a trial in minutes, its longest wait, and the share that had to wait; the
    /// outcomes are waits by columns; the sample is how many were in the shop over time, in one trial.
    fn tally(&self) -> Tally {
        Tally::new(3, COLUMNS, 0, 0)
    }

    fn try_once(&self, chance: &mut Chance, tally: &mut Tally) {
        let drawn = tally.trials == 1;
        let mean_service = 60.0 / self.service;
        let mut free_at = vec![0.0_f64; self.counters as usize];
        let (mut now, mut total, mut longest, mut waited) = (0.0, 0.0, 0.0_f64, 0_u32);
        let mut changes = Vec::new();
        for _ in 0..self.customers {
            now += exponential(60.0 / self.arrivals, chance);
            let counter = free_at
                .iter_mut()
                .min_by(|one, other| one.total_cmp(other))
                .expect("a shop has a counter at least");
            let wait = (*counter - now).max(0.0);
            *counter = now + wait + exponential(mean_service, chance);
            if drawn {
                changes.extend([(now, 1_i32), (*counter, -1)]);
            }
            total += wait;
            longest = longest.max(wait);
            waited += u32::from(wait > 0.0);
            tally.count(((wait / mean_service / COLUMN) as usize).min(COLUMNS - 1));
        }
        let customers = f64::from(self.customers);
        tally.numbers[0].add(total / customers);
        tally.numbers[1].add(longest);
        tally.numbers[2].add(f64::from(waited) / customers);
        if drawn {
            changes.sort_by(|one, other| one.0.total_cmp(&other.0));
            let mut inside = 0;
            let steps = changes.into_iter().map(|(at, change)| {
                inside += change;
                (at as f32, inside as f32)
            });
            tally.sample = steps.collect();
        }
    }
}

fn exponential(mean: f64, chance: &mut Chance) -> f64 {
    let uniform: f64 = chance.random();
    -mean * (1.0 - uniform).ln()
}
