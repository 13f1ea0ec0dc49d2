//! Data before it is drawn: only finite numbers, and no more points than a picture can show. Owns no state.

use crate::chart::spec::Point;

/// Numbers beyond this are drawn here: their squares would not be finite.
const LARGEST: f64 = 1e150;
/// The most points of a line. A column of pixels shows its first, its last, its lowest and its highest.
pub(super) const MOST_POINTS: usize = 4 * 1200;

/// A number that can be drawn; `None` for one that is not finite.
pub(super) fn clean(value: f64) -> Option<f64> {
    if !value.is_finite() {
        return None;
    }
    if value.abs() < 1.0 / LARGEST {
        return Some(0.0);
    }
    Some(value.clamp(-LARGEST, LARGEST))
}

/// The points that can be drawn.
pub(super) fn points(points: &[Point]) -> Vec<(f64, f64)> {
    points
        .iter()
        .filter_map(|point| Some((clean(point.x)?, clean(point.y)?)))
        .collect()
}

/// The lowest and the highest of some numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Extent(pub(super) Option<(f64, f64)>);

impl Extent {
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut extent = Self::default();
        for value in values.into_iter().filter_map(clean) {
            extent.add(value);
        }
        extent
    }

    fn add(&mut self, value: f64) {
        let (low, high) = self.0.unwrap_or((value, value));
        self.0 = Some((low.min(value), high.max(value)));
    }

    /// With room at both ends, as a part of its length.
    #[must_use]
    pub(super) fn padded(self, part: f64) -> Self {
        Self(self.0.map(|(low, high)| {
            let room = (high - low) * part;
            (low - room, high + room)
        }))
    }

    /// With zero, if all data is on one side of it and not far away.
    #[must_use]
    pub(super) fn near_zero(self) -> Self {
        /// A gap below the data of less than this part of the height is worth the honest baseline.
        const NEAR: f64 = 0.6;
        match self.0 {
            Some((low, high)) if low >= 0.0 && low <= high * NEAR => Self(Some((0.0, high))),
            Some((low, high)) if high <= 0.0 && high >= low * NEAR => Self(Some((low, 0.0))),
            _ => self,
        }
    }

    /// With zero in any case: the length of a bar is its value.
    #[must_use]
    pub(super) fn with_zero(self) -> Self {
        Self(self.0.map(|(low, high)| (low.min(0.0), high.max(0.0))))
    }
}

/// Fewer points of a line that looks the same at the width of a picture.
pub(super) fn thinned(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    if points.len() <= MOST_POINTS {
        return points;
    }
    let forward = points.windows(2).all(|pair| pair[0].0 <= pair[1].0);
    let (first, last) = (points[0].0, points[points.len() - 1].0);
    if !forward || last <= first {
        // A line that turns back has no columns: every n-th point must do.
        let every = points.len().div_ceil(MOST_POINTS);
        return points.into_iter().step_by(every).collect();
    }
    let columns = (MOST_POINTS / 4) as f64;
    let column = |x: f64| ((x - first) / (last - first) * columns) as usize;
    let mut kept = Vec::with_capacity(MOST_POINTS + 4);
    for group in points.chunk_by(|one, other| column(one.0) == column(other.0)) {
        kept.extend(corners(group));
    }
    kept
}

/// The first, the lowest, the highest and the last point, in their order and each once.
fn corners(group: &[(f64, f64)]) -> impl Iterator<Item = (f64, f64)> + '_ {
    let mut places = [0, 0, 0, group.len() - 1];
    for (place, point) in group.iter().enumerate() {
        if point.1 < group[places[1]].1 {
            places[1] = place;
        }
        if point.1 > group[places[2]].1 {
            places[2] = place;
        }
    }
    places.sort_unstable();
    let mut before = None;
    places
        .into_iter()
        .filter(move |place| before.replace(*place) != Some(*place))
        .map(|place| group[place])
}

#[cfg(test)]
mod tests {
    use super::{Extent, MOST_POINTS, Point, points, thinned};

    #[test]
    fn what_is_no_number_is_left_out_and_what_is_too_large_is_bounded() {
        let given = [
            (1.0, f64::NAN),
            (f64::INFINITY, 1.0),
            (1.0, 2.0),
            (f64::MAX, 1e-300),
        ];
        let kept = points(&given.map(|(x, y)| Point { x, y }));
        assert_eq!(kept, [(1.0, 2.0), (1e150, 0.0)]);
    }

    #[test]
    fn a_long_line_keeps_its_ends_and_its_peaks() {
        let mut line: Vec<(f64, f64)> = (0..1_000_000)
            .map(|n| (f64::from(n), (f64::from(n) / 1000.0).sin()))
            .collect();
        line[123_456].1 = 50.0;
        line[654_321].1 = -50.0;
        let kept = thinned(line.clone());
        assert!(kept.len() <= MOST_POINTS + 4, "{}", kept.len());
        for point in [line[0], line[999_999], line[123_456], line[654_321]] {
            assert!(kept.contains(&point));
        }
        assert!(kept.is_sorted_by(|one, other| one.0 <= other.0));
    }

    #[test]
    fn a_line_that_turns_back_or_stands_still_is_thinned_too() {
        let circle: Vec<(f64, f64)> = (0..100_000).map(|n| f64::from(n).sin_cos()).collect();
        assert!(thinned(circle).len() <= MOST_POINTS);
        assert!(thinned(vec![(1.0, 1.0); 100_000]).len() <= MOST_POINTS);
    }

    #[test]
    fn extents_are_of_finite_numbers_and_find_zero() {
        assert_eq!(Extent::of([f64::NAN]).0, None);
        assert_eq!(Extent::of([3.0, f64::NAN, -1.0]).0, Some((-1.0, 3.0)));
        assert_eq!(Extent::of([1.0, 9.0]).near_zero().0, Some((0.0, 9.0)));
        assert_eq!(Extent::of([-9.0, -1.0]).near_zero().0, Some((-9.0, 0.0)));
        assert_eq!(Extent::of([8.0, 9.0]).near_zero().0, Some((8.0, 9.0)));
        assert_eq!(Extent::of([8.0, 9.0]).with_zero().0, Some((0.0, 9.0)));
    }
}
