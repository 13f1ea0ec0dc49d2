//! Points in classes, with curves between them. Owns no state.

use std::collections::HashSet;

use crate::canvas::Area;
use crate::chart::Body;
use crate::chart::data::{self, Extent};
use crate::chart::describe;
use crate::chart::frame::{Frame, Wish};
use crate::chart::legend::{Entry, Sign, marker, pen};
use crate::chart::page::Page;
use crate::chart::scale::Ends;
use crate::chart::spec::Scatter;

/// How large points are, in pixels, up to so many of them.
const RADII: [(usize, f32); 4] = [(150, 10.0), (1_000, 7.0), (5_000, 4.0), (30_000, 2.6)];
/// The size of points that are more than that.
const LEAST_RADIUS: f32 = 2.0;
/// Room around the data, as a part of its size.
const ROOM: f64 = 0.03;
/// The plot of equal scales is a square: it needs more height than others.
const SQUARE: f32 = 800.0;

impl Body for &Scatter {
    fn legend(&self) -> Vec<Entry> {
        let classes = self
            .classes
            .iter()
            .enumerate()
            .filter_map(|(index, class)| Entry::new(Sign::Point(index), &class.name));
        let curves =
            self.curves.iter().enumerate().filter_map(|(index, curve)| {
                Entry::new(Sign::Curve(self.classes.len() + index), &curve.name)
            });
        let entries: Vec<Entry> = classes.chain(curves).collect();
        if entries.len() == 1 { Vec::new() } else { entries }
    }

    fn height(&self) -> Option<f32> {
        self.equal_scales.then_some(SQUARE)
    }

    fn draw(&self, page: &mut Page, area: Area) {
        let points = || {
            let classes = self.classes.iter().map(|class| &class.points);
            classes
                .chain(self.curves.iter().map(|curve| &curve.points))
                .flatten()
        };
        let wish = Wish {
            x: &self.x,
            y: &self.y,
            across: Extent::of(points().map(|point| point.x)).padded(ROOM),
            up: Extent::of(points().map(|point| point.y)).padded(ROOM),
            ends: Ends::AtMarks,
            equal_scales: self.equal_scales,
        };
        let frame = Frame::draw(page, area, &wish);
        if wish.across.0.is_none() {
            return page.nothing(frame.plot);
        }
        let count: usize = self.classes.iter().map(|class| class.points.len()).sum();
        let radius = RADII
            .iter()
            .find(|(most, _)| count <= *most)
            .map_or(LEAST_RADIUS, |(_, radius)| *radius);
        frame.inside(page, |page, frame| {
            for index in 0..self.classes.len() {
                self.class(page, frame, (index, radius));
            }
            for (index, curve) in self.curves.iter().enumerate() {
                let colour = page.colours.of(self.classes.len() + index);
                let points = data::thinned(data::points(&curve.points));
                let at: Vec<_> = points.into_iter().map(|point| frame.at(point)).collect();
                page.canvas.line(at, pen(colour));
            }
        });
        frame.baseline(page);
    }

    fn describe(&self) -> String {
        describe::scatter(self)
    }
}

impl Scatter {
    /// Draws the points of a class, and of those at the same place only one.
    fn class(&self, page: &mut Page, frame: &Frame, (index, radius): (usize, f32)) {
        let colour = page.colours.of(index);
        let cell = (radius / 2.0).max(1.0);
        let mut drawn = HashSet::new();
        for point in data::points(&self.classes[index].points) {
            let at = frame.at(point);
            if drawn.insert(((at.0 / cell) as i32, (at.1 / cell) as i32)) {
                marker(&mut page.canvas, index, at, (radius, colour));
            }
        }
    }
}
