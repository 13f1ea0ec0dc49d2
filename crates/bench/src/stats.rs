//! Numbers of many: the middle, the hundredths, and how figures are written. Pure arithmetic and text.

use std::time::Duration;

/// Times that were measured, one by one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn push(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Duration> + '_ {
        self.0.iter().copied()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The shortest time that so large a part of all do not exceed, in seconds; not a number where there are none.
    pub(crate) fn at(&self, part: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (part * sorted.len() as f64).ceil() as usize;
        let time = sorted.get(rank.saturating_sub(1));
        time.map_or(f64::NAN, Duration::as_secs_f64)
    }

    pub(crate) fn p50(&self) -> f64 {
        self.at(0.5)
    }

    pub(crate) fn p99(&self) -> f64 {
        self.at(0.99)
    }

    /// How many go into a second when one follows the other.
    pub(crate) fn per_second(&self) -> f64 {
        self.0.len() as f64 / self.0.iter().sum::<Duration>().as_secs_f64()
    }
}

impl FromIterator<Duration> for Times {
    fn from_iter<I: IntoIterator<Item = Duration>>(times: I) -> Self {
        Self(times.into_iter().collect())
    }
}

/// The middle value, or the mean of the two; not a number where there are none.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        len if len % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

/// A length of time in the unit that suits it.
pub(crate) fn time(seconds: f64) -> String {
    match seconds {
        nothing if nothing.is_nan() => NOTHING.to_owned(),
        short if short < 1e-6 => format!("{} ns", digits(short * 1e9)),
        short if short < 1e-3 => format!("{} µs", digits(short * 1e6)),
        middle if middle < 1.0 => format!("{} ms", digits(middle * 1e3)),
        long => format!("{} s", digits(long)),
    }
}

/// How often something happens in a second.
pub(crate) fn rate(per_second: f64) -> String {
    match per_second {
        nothing if nothing.is_nan() => NOTHING.to_owned(),
        many if many >= 1e6 => format!("{} M/s", digits(many / 1e6)),
        many if many >= 1e4 => format!("{} k/s", digits(many / 1e3)),
        few => format!("{}/s", digits(few)),
    }
}

/// Bytes in the unit that suits them.
pub(crate) fn bytes(bytes: f64) -> String {
    match bytes {
        nothing if nothing.is_nan() => NOTHING.to_owned(),
        many if many.abs() >= f64::from(1 << 20) => format!("{} MiB", digits(many / f64::from(1 << 20))),
        some if some.abs() >= 1024.0 => format!("{} KiB", digits(some / 1024.0)),
        few => format!("{few:.0} B"),
    }
}

/// How many times as much.
pub(crate) fn ratio(value: f64, baseline: f64) -> String {
    match value / baseline {
        ratio if ratio.is_finite() => format!("{}x", digits(ratio)),
        _ => NOTHING.to_owned(),
    }
}

const NOTHING: &str = "-";

/// Three digits that count.
fn digits(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        small if small >= 1.0 || small == 0.0 => format!("{value:.2}"),
        tiny => {
            let zeros = (-tiny.log10()).ceil() as usize;
            format!("{value:.*}", (zeros + 1).min(6))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Times, bytes, median, rate, ratio, time};

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert_eq!(median([4.0, 1.0].into_iter()), 2.5);
        assert!(median(std::iter::empty()).is_nan());
    }

    #[test]
    fn a_hundredth_is_the_nearest_that_was_measured() {
        let times: Times = (1..=200).rev().map(Duration::from_secs).collect();
        assert_eq!((times.p50(), times.p99(), times.at(1.0)), (100.0, 198.0, 200.0));
        let one: Times = [Duration::from_secs(7)].into_iter().collect();
        assert_eq!((one.p50(), one.p99(), one.at(0.0)), (7.0, 7.0, 7.0));
        assert!(Times::default().p50().is_nan());
    }

    #[test]
    fn the_rate_is_that_of_one_after_the_other() {
        let times: Times = [100, 300].into_iter().map(Duration::from_millis).collect();
        assert_eq!((times.len(), times.per_second()), (2, 5.0));
    }

    #[test]
    fn figures_have_three_digits_and_a_unit() {
        let written = [0.000_000_5, 0.000_012_34, 0.12345, 1.0, 123.4].map(time);
        assert_eq!(written, ["500 ns", "12.3 µs", "123 ms", "1.00 s", "123 s"]);
        assert_eq!(
            [12.0, 12_340.0, 2.5e6].map(rate),
            ["12.0/s", "12.3 k/s", "2.50 M/s"]
        );
        assert_eq!(
            [512.0, 1536.0, 3.0 * 1_048_576.0].map(bytes),
            ["512 B", "1.50 KiB", "3.00 MiB"]
        );
        assert_eq!(ratio(1.0, 3.0), "0.33x");
        assert_eq!(ratio(1.0, 400.0), "0.0025x");
        assert_eq!(ratio(1.0, f64::NAN), "-");
        assert_eq!(time(f64::NAN), "-");
    }
}
