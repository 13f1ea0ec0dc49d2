//! Areas on top of each other. Owns no state.

use crate::canvas::{Area, Pen};
use crate::chart::Body;
use crate::chart::data::{self, Extent, clean};
use crate::chart::describe;
use crate::chart::frame::{Frame, Wish};
use crate::chart::legend::{Entry, Sign};
use crate::chart::page::Page;
use crate::chart::scale::Ends;
use crate::chart::spec::Stacked;

impl Body for &Stacked {
    fn legend(&self) -> Vec<Entry> {
        // From the top down, as the areas lie.
        let layers = self.layers.iter().enumerate().rev();
        layers
            .filter_map(|(index, layer)| Entry::new(Sign::Area(index), &layer.name))
            .collect()
    }

    fn draw(&self, page: &mut Page, area: Area) {
        let edges = self.edges();
        let across = Extent::of(self.at.iter().copied());
        let top = edges.iter().flatten().map(|point| point.1);
        let wish = Wish {
            x: &self.x,
            y: &self.y,
            across,
            up: Extent::of(top).with_zero(),
            ends: Ends::AtData,
            equal_scales: false,
        };
        let frame = Frame::draw(page, area, &wish);
        if across.0.is_none() || self.layers.is_empty() {
            return page.nothing(frame.plot);
        }
        frame.inside(page, |page, frame| {
            for (index, pair) in edges.windows(2).enumerate() {
                let corners: Vec<_> = pair[0]
                    .iter()
                    .chain(pair[1].iter().rev())
                    .map(|point| frame.at(*point))
                    .collect();
                let colour = page.colours.of(index);
                page.canvas.polygon(corners, colour);
            }
            // A seam in the ground's colour parts neighbours, whatever their colours.
            for edge in edges.iter().skip(1) {
                let pen = Pen {
                    width: 3.0,
                    colour: page.colours.ground,
                    dashes: None,
                };
                page.canvas
                    .line(edge.iter().map(|point| frame.at(*point)).collect::<Vec<_>>(), pen);
            }
        });
        frame.baseline(page);
    }

    fn describe(&self) -> String {
        describe::stacked(self)
    }
}

impl Stacked {
    /// The lines between the layers, from the ground up: one more than there are layers.
    fn edges(&self) -> Vec<Vec<(f64, f64)>> {
        let places: Vec<(usize, f64)> = self
            .at
            .iter()
            .enumerate()
            .filter_map(|(index, x)| Some((index, clean(*x)?)))
            .collect();
        let mut sums = vec![0.0; self.at.len()];
        let edge = |sums: &[f64]| data::thinned(places.iter().map(|(index, x)| (*x, sums[*index])).collect());
        let mut edges = vec![edge(&sums)];
        for layer in &self.layers {
            for (sum, height) in sums.iter_mut().zip(&layer.heights) {
                *sum += clean(*height).unwrap_or_default().max(0.0);
            }
            edges.push(edge(&sums));
        }
        edges
    }
}
