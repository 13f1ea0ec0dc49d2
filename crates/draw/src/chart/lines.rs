//! Lines from point to point or in steps, with areas that say how sure they are. Owns no state.

use crate::canvas::Area;
use crate::chart::Body;
use crate::chart::data::{self, Extent, clean};
use crate::chart::describe;
use crate::chart::frame::{Frame, Wish};
use crate::chart::legend::{Entry, Sign, level_pen, pale, series_pen};
use crate::chart::page::Page;
use crate::chart::scale::Ends;
use crate::chart::spec::{Band, Level, Lines, Series};

/// A line of fewer points shows where they are.
const SHOWN_POINTS: usize = 25;

/// How points are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joined {
    Straight,
    InSteps,
}

/// Lines as they are joined.
pub(super) struct Drawn<'a> {
    pub(super) lines: &'a Lines,
    pub(super) joined: Joined,
}

impl Body for Drawn<'_> {
    fn legend(&self) -> Vec<Entry> {
        let series = self.lines.series.iter().enumerate().flat_map(|(index, series)| {
            let line = Entry::new(Sign::Line(index), &series.name);
            let band = Entry::new(Sign::Pale(index), &series.band_name).filter(|_| !series.band.is_empty());
            line.into_iter().chain(band)
        });
        let levels = self
            .lines
            .levels
            .iter()
            .filter_map(|level| Entry::new(Sign::Dashes, &level.name));
        let entries: Vec<Entry> = series.chain(levels).collect();
        // One line alone needs no legend: the title says what it is.
        if entries.len() == 1 && self.lines.series.len() == 1 {
            Vec::new()
        } else {
            entries
        }
    }

    fn draw(&self, page: &mut Page, area: Area) {
        let lines = self.lines;
        let across = lines.series.iter().flat_map(|series| {
            series
                .points
                .iter()
                .map(|point| point.x)
                .chain(series.band.iter().map(|band| band.x))
        });
        let up = lines.series.iter().flat_map(|series| {
            let band = series.band.iter().flat_map(|band| [band.low, band.high]);
            series.points.iter().map(|point| point.y).chain(band)
        });
        let levels = lines.levels.iter().map(|level| level.value);
        let wish = Wish {
            x: &lines.x,
            y: &lines.y,
            across: Extent::of(across),
            up: Extent::of(up.chain(levels)).near_zero(),
            ends: Ends::AtData,
            equal_scales: false,
        };
        let frame = Frame::draw(page, area, &wish);
        if wish.across.0.is_none() {
            return page.nothing(frame.plot);
        }
        frame.inside(page, |page, frame| {
            for (index, series) in lines.series.iter().enumerate() {
                band(page, frame, index, &series.band);
            }
            frame.baseline(page);
            for (index, series) in lines.series.iter().enumerate() {
                self.line(page, frame, index, series);
            }
            for level in &lines.levels {
                self::level(page, frame, level);
            }
        });
    }

    fn describe(&self) -> String {
        describe::lines(self.lines)
    }
}

impl Drawn<'_> {
    fn line(&self, page: &mut Page, frame: &Frame, index: usize, series: &Series) {
        let points = data::thinned(data::points(&series.points));
        let colour = page.colours.of(index);
        let few = points.len() <= SHOWN_POINTS;
        let at: Vec<(f32, f32)> = points.into_iter().map(|point| frame.at(point)).collect();
        if few && self.joined == Joined::Straight || at.len() == 1 {
            for point in &at {
                page.canvas.disc(*point, 8.0, colour);
            }
        }
        match self.joined {
            Joined::Straight => page.canvas.line(at, series_pen(page.colours, index)),
            Joined::InSteps => page.canvas.line(steps(&at), series_pen(page.colours, index)),
        }
    }
}

/// The corners of a line that keeps its height until the next point.
fn steps(points: &[(f32, f32)]) -> Vec<(f32, f32)> {
    let mut corners = Vec::with_capacity(points.len() * 2);
    let mut height = None;
    for (x, y) in points {
        if let Some(before) = height {
            corners.push((*x, before));
        }
        corners.push((*x, *y));
        height = Some(*y);
    }
    corners
}

fn band(page: &mut Page, frame: &Frame, index: usize, band: &[Band]) {
    let edge = |pick: fn(&Band) -> f64| -> Vec<(f64, f64)> {
        let points = band.iter().filter_map(|place| {
            let whole = clean(place.low).is_some() && clean(place.high).is_some();
            Some((clean(place.x)?, clean(pick(place))?)).filter(|_| whole)
        });
        data::thinned(points.collect())
    };
    let (low, high) = (edge(|place| place.low), edge(|place| place.high));
    let corners = low
        .into_iter()
        .chain(high.into_iter().rev())
        .map(|point| frame.at(point));
    let colour = pale(page.colours.of(index));
    page.canvas.polygon(corners.collect::<Vec<_>>(), colour);
}

fn level(page: &mut Page, frame: &Frame, level: &Level) {
    if let Some(value) = clean(level.value) {
        let y = frame.y_at(value);
        let pen = level_pen(page.colours.ink);
        page.canvas
            .line([(frame.plot.x, y), (frame.plot.right(), y)], pen);
    }
}

#[cfg(test)]
mod tests {
    use super::steps;

    #[test]
    fn a_step_keeps_its_height_until_the_next_point() {
        let corners = steps(&[(0.0, 1.0), (2.0, 3.0), (5.0, 0.0)]);
        assert_eq!(
            corners,
            [(0.0, 1.0), (2.0, 1.0), (2.0, 3.0), (5.0, 3.0), (5.0, 0.0)]
        );
        assert_eq!(steps(&[]), []);
    }
}
