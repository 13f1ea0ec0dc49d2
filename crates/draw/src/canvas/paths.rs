//! Outlines of shapes and letters. Owns no state.

use skrifa::outline::OutlinePen;
use tiny_skia::{Path, PathBuilder};

use crate::canvas::Area;

/// Whether a line comes back to where it began.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Open,
    Closed,
}

/// Beyond this many pixels a point is of no use to a picture, and tiny-skia's own numbers get coarse.
const FAR: f32 = 100_000.0;

/// A line through points. A point that is no number is left out.
pub(super) fn through(points: impl IntoIterator<Item = (f32, f32)>, end: End) -> Option<Path> {
    let mut path = PathBuilder::new();
    let points = points.into_iter().filter(|(x, y)| x.is_finite() && y.is_finite());
    for (x, y) in points {
        let (x, y) = (x.clamp(-FAR, FAR), y.clamp(-FAR, FAR));
        if path.is_empty() {
            path.move_to(x, y);
        } else {
            path.line_to(x, y);
        }
    }
    if end == End::Closed {
        path.close();
    }
    path.finish()
}

/// The outline of a rectangle with round corners; `None` for one without any size.
pub(super) fn rounded(area: Area, radius: f32) -> Option<Path> {
    /// How far the handles of a Bézier curve stand from a quarter circle's ends, as a part of its radius.
    const QUARTER: f32 = 0.552_285;
    let Area { x, y, width, height } = area;
    let known = [x, y, width, height].iter().all(|part| part.abs() <= FAR);
    if !known || width <= 0.0 || height <= 0.0 {
        return None;
    }
    let radius = radius.min(width / 2.0).min(height / 2.0);
    if radius <= 0.0 {
        return Some(PathBuilder::from_rect(tiny_skia::Rect::from_xywh(
            x, y, width, height,
        )?));
    }
    let handle = radius * (1.0 - QUARTER);
    let (right, bottom) = (x + width, y + height);
    let mut path = PathBuilder::new();
    path.move_to(x + radius, y);
    path.line_to(right - radius, y);
    path.cubic_to(right - handle, y, right, y + handle, right, y + radius);
    path.line_to(right, bottom - radius);
    path.cubic_to(
        right,
        bottom - handle,
        right - handle,
        bottom,
        right - radius,
        bottom,
    );
    path.line_to(x + radius, bottom);
    path.cubic_to(x + handle, bottom, x, bottom - handle, x, bottom - radius);
    path.line_to(x, y + radius);
    path.cubic_to(x, y + handle, x + handle, y, x + radius, y);
    path.close();
    path.finish()
}

/// Adds letters to a path: from a font's units, where up is positive, to pixels.
pub(super) struct LetterPen<'a> {
    pub(super) path: &'a mut PathBuilder,
    /// Pixels for one unit of the font.
    pub(super) scale: f32,
    /// Where the letter stands on the baseline.
    pub(super) at: (f32, f32),
}

impl LetterPen<'_> {
    fn place(&self, x: f32, y: f32) -> (f32, f32) {
        (self.at.0 + x * self.scale, self.at.1 - y * self.scale)
    }
}

impl OutlinePen for LetterPen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, cx0: f32, cy0: f32, x: f32, y: f32) {
        let ((cx, cy), (x, y)) = (self.place(cx0, cy0), self.place(x, y));
        self.path.quad_to(cx, cy, x, y);
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        let (first, second, (x, y)) = (self.place(cx0, cy0), self.place(cx1, cy1), self.place(x, y));
        self.path.cubic_to(first.0, first.1, second.0, second.1, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}
