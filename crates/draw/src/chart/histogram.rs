//! Upright bars on a scale of numbers, with whiskers and curves over them. Owns no state.

use crate::canvas::{Area, Colour, Pen};
use crate::chart::Body;
use crate::chart::data::{self, Extent, clean};
use crate::chart::describe;
use crate::chart::frame::{Frame, Wish};
use crate::chart::legend::{Entry, Sign, pen};
use crate::chart::page::Page;
use crate::chart::scale::Ends;
use crate::chart::spec::{Bin, Histogram, Interval};

/// Between bars, as a part of their width, and at most so many pixels.
const BETWEEN: f32 = 0.08;
const WIDEST_BETWEEN: f32 = 6.0;
/// More bars than pixels are drawn as the highest of each few.
const MOST_BARS: usize = 1200;
/// Bars narrower than this, in pixels, have no room for whiskers.
const LEAST_WHISKER: f32 = 14.0;

impl Body for &Histogram {
    fn legend(&self) -> Vec<Entry> {
        let bars = Entry::new(Sign::Area(0), &self.name);
        let curves = self
            .curves
            .iter()
            .enumerate()
            .filter_map(|(index, curve)| Entry::new(Sign::Curve(index + 1), &curve.name));
        if self.curves.is_empty() {
            Vec::new()
        } else {
            bars.into_iter().chain(curves).collect()
        }
    }

    fn draw(&self, page: &mut Page, area: Area) {
        let bins = bins(self);
        let curves = || self.curves.iter().flat_map(|curve| data::points(&curve.points));
        let across = bins.iter().flat_map(|bin| [bin.from, bin.to]);
        let up = bins.iter().flat_map(|bin| {
            let whisker = bin
                .interval
                .iter()
                .flat_map(|interval| [interval.low, interval.high]);
            std::iter::once(bin.height).chain(whisker)
        });
        let wish = Wish {
            x: &self.x,
            y: &self.y,
            across: Extent::of(across.chain(curves().map(|point| point.0))),
            up: Extent::of(up.chain(curves().map(|point| point.1))).with_zero(),
            ends: Ends::AtData,
            equal_scales: false,
        };
        let frame = Frame::draw(page, area, &wish);
        if wish.across.0.is_none() {
            return page.nothing(frame.plot);
        }
        frame.inside(page, |page, frame| {
            for bin in &bins {
                bar(page, frame, bin);
            }
            for bin in &bins {
                bin_whisker(page, frame, bin);
            }
            for (index, curve) in self.curves.iter().enumerate() {
                let points = data::thinned(data::points(&curve.points));
                let colour = page.colours.of(index + 1);
                let at: Vec<_> = points.into_iter().map(|point| frame.at(point)).collect();
                page.canvas.line(at, pen(colour));
            }
        });
        frame.baseline(page);
    }

    fn describe(&self) -> String {
        describe::histogram(self)
    }
}

/// The bars that can be drawn, each from left to right.
fn bins(histogram: &Histogram) -> Vec<Bin> {
    let clean_bin = |bin: &Bin| {
        let (from, to) = (clean(bin.from)?, clean(bin.to)?);
        let interval = bin.interval.and_then(|interval| {
            Some(Interval {
                low: clean(interval.low)?,
                high: clean(interval.high)?,
            })
        });
        Some(Bin {
            from: from.min(to),
            to: from.max(to),
            height: clean(bin.height)?,
            interval,
        })
    };
    let bins: Vec<Bin> = histogram.bins.iter().filter_map(clean_bin).collect();
    if bins.len() <= MOST_BARS {
        return bins;
    }
    let merged = |group: &[Bin]| {
        let highest = group
            .iter()
            .copied()
            .reduce(|one, other| if other.height > one.height { other } else { one })?;
        let from = group.iter().map(|bin| bin.from).fold(highest.from, f64::min);
        let to = group.iter().map(|bin| bin.to).fold(highest.to, f64::max);
        Some(Bin {
            from,
            to,
            height: highest.height,
            interval: None,
        })
    };
    bins.chunks(bins.len().div_ceil(MOST_BARS))
        .filter_map(merged)
        .collect()
}

fn bar(page: &mut Page, frame: &Frame, bin: &Bin) {
    let (left, right) = (frame.x_at(bin.from), frame.x_at(bin.to));
    let gap = ((right - left) * BETWEEN).min(WIDEST_BETWEEN);
    let (one, other) = (frame.y_at(bin.height), frame.y_at(frame.ground()));
    let area = Area {
        x: left + gap / 2.0,
        y: one.min(other),
        width: (right - left - gap).max(1.0),
        height: (one - other).abs(),
    };
    let colour = page.colours.of(0);
    page.canvas.rectangle(area, colour);
}

fn bin_whisker(page: &mut Page, frame: &Frame, bin: &Bin) {
    let (left, right) = (frame.x_at(bin.from), frame.x_at(bin.to));
    if let Some(interval) = bin.interval.filter(|_| right - left >= LEAST_WHISKER) {
        let x = (left + right) / 2.0;
        let ends = [(x, frame.y_at(interval.low)), (x, frame.y_at(interval.high))];
        let cap = ((right - left) * 0.18).min(14.0);
        whisker(page, ends, (cap, 0.0));
    }
}

/// A line with caps at both ends; `cap` is half of one, across the line.
pub(super) fn whisker(page: &mut Page, ends: [(f32, f32); 2], cap: (f32, f32)) {
    let ink = page.colours.ink;
    let ground = page.colours.ground;
    // A seam in the ground's colour keeps it readable on dark bars.
    for (width, colour) in [(9.0, ground.covering(0.75)), (4.0, ink)] {
        whisker_line(
            page,
            ends,
            cap,
            Pen {
                width,
                colour,
                dashes: None,
            },
        );
    }
}

fn whisker_line(page: &mut Page, ends: [(f32, f32); 2], cap: (f32, f32), pen: Pen) {
    page.canvas.line(ends, pen);
    for (x, y) in ends {
        page.canvas
            .line([(x - cap.0, y - cap.1), (x + cap.0, y + cap.1)], pen);
    }
}

/// The colour of bars.
pub(super) fn bar_colour(page: &Page) -> Colour {
    page.colours.of(0)
}
