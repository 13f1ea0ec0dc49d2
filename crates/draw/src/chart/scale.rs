//! From values to places on an axis, with the marks that people read. Owns no state.

use plotters::coord::ranged1d::Ranged as _;
use plotters::coord::types::RangedCoordf64;

use crate::chart::data::{Extent, clean};
use crate::chart::numbers;
use crate::chart::spec::Axis;

/// A span below this part of its values is not told apart by the numbers of a computer.
const FINEST: f64 = 1e-9;

/// More marks than anybody asks for.
const MOST_MARKS: f64 = 50.0;

/// Whether an axis ends at its data or at the next mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    AtData,
    AtMarks,
}

/// A mark on an axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mark {
    /// In the values' unit.
    pub(super) value: f64,
    pub(super) label: String,
}

/// An axis with its bounds and its marks. Places are values divided by a power of ten, so that the library's marks are
/// exact for tiny and huge values too.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    power: f64,
    pub(super) marks: Vec<Mark>,
}

impl Scale {
    /// A scale for data with at most so many marks.
    pub(super) fn new(axis: &Axis, extent: Extent, ends: Ends, most: usize) -> Self {
        let (low, high) = bounds(axis, extent);
        let power = 10_f64.powf((high - low).log10().floor());
        let mut scale = Self {
            low,
            high,
            power,
            marks: Vec::new(),
        };
        let step = scale.step(axis, most);
        if ends == Ends::AtMarks {
            if axis.from.is_none() {
                scale.low = below(scale.place(low), step) * step * power;
            }
            if axis.to.is_none() {
                scale.high = -below(-scale.place(high), step) * step * power;
            }
        }
        let values = scale.multiples(step);
        let labels = numbers::labels(&values);
        scale.marks = values
            .into_iter()
            .zip(labels)
            .map(|(value, label)| Mark { value, label })
            .collect();
        scale
    }

    /// The library's distance between marks.
    fn step(&self, axis: &Axis, most: usize) -> f64 {
        let places = RangedCoordf64::from(self.range()).key_points(most.max(2));
        let whole = |step: f64| {
            if axis.whole {
                step.max(1.0 / self.power)
            } else {
                step
            }
        };
        match places.as_slice() {
            [first, second, ..] => whole(second - first),
            // Bounds like 9.7 and 10.2 have one round number between them.
            _ => whole((self.range().end - self.range().start) / 2.0),
        }
    }

    /// The multiples of a step on the axis, as values.
    fn multiples(&self, step: f64) -> Vec<f64> {
        let range = self.range();
        let (first, last) = (-below(-range.start, step), below(range.end, step));
        let count = (last - first).clamp(0.0, MOST_MARKS) as u32;
        (0..=count)
            .map(|index| (first + f64::from(index)) * step * self.power)
            .collect()
    }

    fn place(&self, value: f64) -> f64 {
        value / self.power
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.place(self.low)..self.place(self.high)
    }

    /// Where a value stands between two pixels, which are where the axis begins and ends.
    pub(super) fn pixel(&self, value: f64, (first, last): (f32, f32)) -> f32 {
        /// The library counts in whole numbers; with so many of them to an axis, lines stay smooth.
        const UNITS: i32 = 1 << 20;
        let unit = RangedCoordf64::from(self.range()).map(&self.place(value), (0, UNITS));
        first + (last - first) * (f64::from(unit) / f64::from(UNITS)) as f32
    }

    /// The length of the axis, in the values' unit.
    pub(super) fn length(&self) -> f64 {
        self.high - self.low
    }

    /// A value inside the axis.
    pub(super) fn bounded(&self, value: f64) -> f64 {
        value.clamp(self.low, self.high)
    }
}

/// How many steps are at or below a place; one that is a hair above counts.
fn below(place: f64, step: f64) -> f64 {
    (place / step + 1e-9).floor()
}

/// Finite bounds that are apart.
fn bounds(axis: &Axis, extent: Extent) -> (f64, f64) {
    let (mut low, mut high) = extent.0.unwrap_or((0.0, 1.0));
    if let Some(from) = axis.from.and_then(clean) {
        (low, high) = (from, high.max(from));
    }
    if let Some(to) = axis.to.and_then(clean) {
        (low, high) = if axis.from.is_some() && to < low {
            (to, low)
        } else {
            (low.min(to), to)
        };
    }
    let size = low.abs().max(high.abs());
    if high - low <= size * FINEST || high - low < f64::MIN_POSITIVE {
        // All the same: a tenth of it on both sides, or one, shows a point in the middle.
        let room = if size == 0.0 { 1.0 } else { size * 0.1 };
        let room = if axis.whole { room.max(1.0) } else { room };
        return (low - room, high + room);
    }
    if axis.whole && high - low < 1.0 {
        return (low.floor(), low.floor() + 1.0_f64.max(size * FINEST));
    }
    (low, high)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop_assert, proptest};

    use super::{Ends, Scale};
    use crate::chart::data::Extent;
    use crate::chart::spec::Axis;

    fn labels(scale: &Scale) -> Vec<&str> {
        scale.marks.iter().map(|mark| mark.label.as_str()).collect()
    }

    #[test]
    fn marks_are_round_and_can_be_the_ends() {
        let axis = Axis::default();
        let scale = Scale::new(&axis, Extent::of([0.3, 9.2]), Ends::AtData, 6);
        assert_eq!(labels(&scale), ["2", "4", "6", "8"]);
        let scale = Scale::new(&axis, Extent::of([0.3, 9.2]), Ends::AtMarks, 6);
        assert_eq!(labels(&scale), ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(scale.pixel(10.0, (100.0, 20.0)), 20.0);
    }

    #[test]
    fn an_axis_keeps_its_own_bounds() {
        let axis = Axis::new("chance", "").between(0.0, 1.0);
        let scale = Scale::new(&axis, Extent::of([-3.0, 7.0]), Ends::AtMarks, 5);
        assert_eq!(labels(&scale).first(), Some(&"0"));
        assert_eq!(labels(&scale).last(), Some(&"1.0"));
    }

    #[test]
    fn counted_things_have_no_halves() {
        let axis = Axis::new("people", "").counted();
        let scale = Scale::new(&axis, Extent::of([0.0, 2.0]), Ends::AtMarks, 8);
        assert_eq!(labels(&scale), ["0", "1", "2"]);
    }

    #[test]
    fn nothing_and_one_value_have_an_axis() {
        for extent in [
            Extent::default(),
            Extent::of([5.0]),
            Extent::of([0.0]),
            Extent::of([1e15, 1e15 + 1.0]),
        ] {
            let scale = Scale::new(&Axis::default(), extent, Ends::AtMarks, 5);
            assert!(scale.length() > 0.0);
            assert!(!scale.marks.is_empty(), "{extent:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bounds_give_a_few_marks_inside_the_axis(
            one in any::<f64>(),
            other in any::<f64>(),
            from in any::<Option<f64>>(),
            to in any::<Option<f64>>(),
            whole in any::<bool>(),
        ) {
            let axis = Axis { from, to, whole, ..Axis::default() };
            for ends in [Ends::AtData, Ends::AtMarks] {
                let scale = Scale::new(&axis, Extent::of([one, other]), ends, 6);
                prop_assert!(scale.length() > 0.0 && scale.length().is_finite());
                prop_assert!(scale.marks.len() <= 9, "{:?}", scale);
                for mark in &scale.marks {
                    let part = scale.pixel(mark.value, (0.0, 1.0));
                    prop_assert!((-0.001..=1.001).contains(&part), "{part} {scale:?}");
                }
            }
        }
    }
}
