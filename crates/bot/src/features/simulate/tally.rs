//! What many trials add up to, in a form that can be put together from parts. Plain arithmetic.

use serde::{Deserialize, Serialize};

/// Mean and spread of numbers that come one by one (Welford's way, which stays exact for large numbers).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Moments {
    pub(crate) count: u64,
    pub(crate) mean: f64,
    squares: f64,
}

/// How many standard errors lie on each side of a mean for 95 %.
const Z95: f64 = 1.959_964;

impl Moments {
    pub(crate) fn add(&mut self, value: f64) {
        self.count += 1;
        let before = value - self.mean;
        self.mean += before / self.count as f64;
        self.squares += before * (value - self.mean);
    }

    pub(crate) fn join(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        let count = self.count + other.count;
        let between = other.mean - self.mean;
        self.squares +=
            other.squares + between * between * (self.count as f64) * (other.count as f64) / count as f64;
        self.mean += between * other.count as f64 / count as f64;
        self.count = count;
    }

    /// The standard deviation of the numbers.
    pub(crate) fn deviation(&self) -> f64 {
        match self.count {
            0 | 1 => 0.0,
            count => (self.squares / (count - 1) as f64).sqrt(),
        }
    }

    /// How far the mean may be off, on each side, for 95 %.
    pub(crate) fn margin(&self) -> f64 {
        match self.count {
            0 => 0.0,
            count => Z95 * self.deviation() / (count as f64).sqrt(),
        }
    }
}

/// A share and the interval it lies in with 95 % (Wilson's, which also holds near 0 and 1).
pub(crate) fn share(hits: u64, trials: u64) -> (f64, f64, f64) {
    if trials == 0 {
        return (0.0, 0.0, 1.0);
    }
    let (hits, trials) = (hits as f64, trials as f64);
    let (part, z2) = (hits / trials, Z95 * Z95);
    let middle = (part + z2 / (2.0 * trials)) / (1.0 + z2 / trials);
    let half =
        Z95 / (1.0 + z2 / trials) * (part * (1.0 - part) / trials + z2 / (4.0 * trials * trials)).sqrt();
    (part, (middle - half).max(0.0), (middle + half).min(1.0))
}

/// What trials of one model add up to. Each model uses the parts that it needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tally {
    /// How many trials there were.
    pub(crate) trials: u64,
    /// Numbers of each trial.
    pub(crate) numbers: Vec<Moments>,
    /// How often each outcome came.
    pub(crate) counts: Vec<u64>,
    /// Values over time, each curve with a number for each point in time.
    pub(crate) curves: Vec<Vec<Moments>>,
    /// A few single outcomes, to be drawn as they are.
    pub(crate) sample: Vec<(f32, f32)>,
}

impl Tally {
    /// A tally of so many numbers, outcomes and curves of a length.
    pub(crate) fn new(numbers: usize, counts: usize, curves: usize, length: usize) -> Self {
        Self {
            trials: 0,
            numbers: vec![Moments::default(); numbers],
            counts: vec![0; counts],
            curves: vec![vec![Moments::default(); length]; curves],
            sample: Vec::new(),
        }
    }

    /// Counts an outcome; the list grows as far as it has to.
    pub(crate) fn count(&mut self, outcome: usize) {
        if self.counts.len() <= outcome {
            self.counts.resize(outcome + 1, 0);
        }
        self.counts[outcome] += 1;
    }

    /// Puts the tally of other trials to this one.
    pub(crate) fn join(&mut self, other: &Self) {
        self.trials += other.trials;
        longer(&mut self.numbers, other.numbers.len());
        for (own, its) in self.numbers.iter_mut().zip(&other.numbers) {
            own.join(its);
        }
        longer(&mut self.counts, other.counts.len());
        for (own, its) in self.counts.iter_mut().zip(&other.counts) {
            *own += its;
        }
        longer(&mut self.curves, other.curves.len());
        for (own, its) in self.curves.iter_mut().zip(&other.curves) {
            longer(own, its.len());
            for (own, its) in own.iter_mut().zip(its) {
                own.join(its);
            }
        }
        self.sample.extend_from_slice(&other.sample);
    }
}

fn longer<T: Clone + Default>(list: &mut Vec<T>, length: usize) {
    if list.len() < length {
        list.resize(length, T::default());
    }
}

#[cfg(test)]
mod tests {
    use super::{Moments, Tally, share};

    fn of(values: &[f64]) -> Moments {
        let mut moments = Moments::default();
        for value in values {
            moments.add(*value);
        }
        moments
    }

    #[test]
    fn parts_put_together_are_the_whole() {
        let values: Vec<f64> = (0..1000).map(|n| f64::from(n * n % 97) + 1e9).collect();
        let whole = of(&values);
        let mut parts = of(&values[..123]);
        parts.join(&of(&values[123..123]));
        parts.join(&of(&values[123..700]));
        parts.join(&of(&values[700..]));
        assert_eq!(parts.count, 1000);
        assert!((parts.mean - whole.mean).abs() < 1e-6);
        assert!((parts.deviation() - whole.deviation()).abs() < 1e-6);
    }

    #[test]
    fn mean_deviation_and_margin_are_those_of_the_textbook() {
        let moments = of(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);
        assert!((moments.mean - 5.0).abs() < 1e-12);
        assert!((moments.deviation() - 2.138_089_935).abs() < 1e-9);
        assert!((moments.margin() - 1.959_964 * 2.138_089_935 / 8.0_f64.sqrt()).abs() < 1e-9);
        assert!(of(&[3.0]).deviation().abs() < 1e-12 && of(&[]).margin().abs() < 1e-12);
    }

    #[test]
    fn the_interval_of_a_share_holds_at_its_ends() {
        let (part, low, high) = share(0, 10);
        assert!(
            part == 0.0 && low == 0.0 && (high - 0.2775).abs() < 1e-3,
            "{high}"
        );
        let (part, low, high) = share(81, 263);
        assert!((part - 0.308).abs() < 1e-3 && (low - 0.2553).abs() < 1e-3 && (high - 0.3662).abs() < 1e-3);
        assert_eq!(share(0, 0), (0.0, 0.0, 1.0));
    }

    #[test]
    fn tallies_of_different_lengths_can_be_put_together() {
        let mut one = Tally::new(1, 2, 1, 3);
        one.trials = 5;
        one.count(7);
        let mut other = Tally::new(2, 0, 2, 5);
        other.numbers[1].add(4.0);
        other.trials = 3;
        one.join(&other);
        assert_eq!((one.trials, one.counts[7], one.numbers.len()), (8, 1, 2));
        assert_eq!((one.curves.len(), one.curves[1].len()), (2, 5));
    }
}
