//! The axes of a plot: grid, marks, labels, and where a pair of numbers is drawn. Owns no state.

use crate::canvas::{Anchor, Area, CAPITAL, LINE_HEIGHT, Pen};
use crate::chart::WIDTH;
use crate::chart::data::Extent;
use crate::chart::page::{Page, SMALL};
use crate::chart::scale::{Ends, Scale};
use crate::chart::spec::Axis;

/// Between labels and the plot, in pixels.
const LABEL_GAP: f32 = 16.0;
/// The least room between two labels of the lower axis.
const BETWEEN_LABELS: f32 = 34.0;
/// The height that a mark of the left axis takes.
const MARK_HEIGHT: f32 = 78.0;
/// The most marks of the lower axis.
const MOST_MARKS: usize = 9;
/// How far a point on the edge of a plot is seen outside of it.
const OVERHANG: f32 = 6.0;
/// How near a label may come to the picture's edge.
const EDGE: f32 = 12.0;

/// What a plot wants of its axes.
pub(super) struct Wish<'a> {
    pub(super) x: &'a Axis,
    pub(super) y: &'a Axis,
    pub(super) across: Extent,
    pub(super) up: Extent,
    pub(super) ends: Ends,
    /// A step to the right is as long as a step up.
    pub(super) equal_scales: bool,
}

/// The axes of a plot, drawn.
pub(super) struct Frame {
    x: Scale,
    y: Scale,
    /// Where data is drawn.
    pub(super) plot: Area,
    bounded: bool,
}

impl Frame {
    /// Draws the axes into an area; what is left of it is for the data.
    pub(super) fn draw(page: &mut Page, area: Area, wish: &Wish<'_>) -> Self {
        let label = axis_title(wish.y);
        let head = if label.is_empty() {
            SMALL * 0.5
        } else {
            SMALL * LINE_HEIGHT + LABEL_GAP
        };
        let foot = SMALL * LINE_HEIGHT + LABEL_GAP * 0.5;
        let foot = if axis_title(wish.x).is_empty() {
            foot
        } else {
            foot + SMALL * LINE_HEIGHT
        };
        let height = (area.height - head - foot).max(1.0);
        let most = ((height / MARK_HEIGHT) as usize).clamp(2, 8);
        let y = Scale::new(wish.y, wish.up, Ends::AtMarks, most);
        let look = page.small(page.colours.quiet);
        let widest = y
            .marks
            .iter()
            .map(|mark| page.canvas.width(&mark.label, look))
            .fold(0.0, f32::max);
        let left = (widest + LABEL_GAP).min(area.width / 2.0);
        let mut plot = Area {
            x: area.x + left,
            y: area.y + head,
            width: area.width - left,
            height,
        };
        let mut x = lower_scale(page, (wish.x, wish.across, wish.ends), plot.width);
        if wish.equal_scales {
            plot = equal(plot, &x, &y);
            x = lower_scale(page, (wish.x, wish.across, wish.ends), plot.width);
        }
        let bounded = [wish.x, wish.y]
            .iter()
            .any(|axis| axis.from.is_some() || axis.to.is_some());
        let frame = Self { x, y, plot, bounded };
        frame.left(page, &label, area.x);
        frame.lower(page, &axis_title(wish.x));
        frame
    }

    /// Where a pair of numbers is drawn, in pixels.
    pub(super) fn at(&self, (x, y): (f64, f64)) -> (f32, f32) {
        (self.x_at(x), self.y_at(y))
    }

    pub(super) fn x_at(&self, value: f64) -> f32 {
        self.x.pixel(value, (self.plot.x, self.plot.right()))
    }

    pub(super) fn y_at(&self, value: f64) -> f32 {
        self.y.pixel(value, (self.plot.bottom(), self.plot.y))
    }

    /// Where bars and areas stand: zero, or the nearest end of the axis.
    pub(super) fn ground(&self) -> f64 {
        self.y.bounded(0.0)
    }

    /// Draws data so that nothing is seen outside of the axes, if they have bounds of their own.
    pub(super) fn inside(&self, page: &mut Page, draw: impl FnOnce(&mut Page, &Self)) {
        if self.bounded {
            page.canvas.within(self.plot.inside(-OVERHANG));
        }
        draw(page, self);
        page.canvas.everywhere();
    }

    /// The line at the foot of the data, drawn over it.
    pub(super) fn baseline(&self, page: &mut Page) {
        let y = self.y_at(self.ground());
        let pen = Pen {
            width: 3.0,
            colour: page.colours.axis,
            dashes: None,
        };
        page.canvas.line([(self.plot.x, y), (self.plot.right(), y)], pen);
    }

    fn left(&self, page: &mut Page, label: &str, edge: f32) {
        let look = page.small(page.colours.quiet);
        let grid = Pen {
            width: 2.0,
            colour: page.colours.grid,
            dashes: None,
        };
        for mark in &self.y.marks {
            let y = self.y_at(mark.value);
            page.canvas.line([(self.plot.x, y), (self.plot.right(), y)], grid);
            let at = (self.plot.x - LABEL_GAP, y + SMALL * CAPITAL / 2.0);
            page.canvas.text(&mark.label, at, Anchor::Right, look);
        }
        let room = self.plot.right() - edge;
        let at = (edge, self.plot.y - LABEL_GAP - SMALL * 0.45);
        if !label.is_empty() {
            page.one_line(label, at, Anchor::Left, (look, room));
        }
    }

    fn lower(&self, page: &mut Page, label: &str) {
        let look = page.small(page.colours.quiet);
        let top = self.plot.bottom();
        let tick = Pen {
            width: 3.0,
            colour: page.colours.axis,
            dashes: None,
        };
        for mark in &self.x.marks {
            let x = self.x_at(mark.value);
            page.canvas.line([(x, top), (x, top + 8.0)], tick);
            let half = page.canvas.width(&mark.label, look) / 2.0;
            let x = x.clamp(EDGE + half, (WIDTH as f32 - EDGE - half).max(EDGE + half));
            let at = (x, top + LABEL_GAP + SMALL * CAPITAL);
            page.canvas.text(&mark.label, at, Anchor::Middle, look);
        }
        if label.is_empty() {
            return;
        }
        let middle = self.plot.x + self.plot.width / 2.0;
        let at = (middle, top + LABEL_GAP + SMALL * (CAPITAL + LINE_HEIGHT));
        page.one_line(
            label,
            at,
            Anchor::Middle,
            (look, self.plot.width.max(WIDTH as f32 / 2.0)),
        );
    }
}

/// The scale of the lower axis with as many marks as their labels leave room for.
pub(super) fn lower_scale(page: &Page, (axis, across, ends): (&Axis, Extent, Ends), width: f32) -> Scale {
    let look = page.small(page.colours.quiet);
    let mut most = MOST_MARKS;
    loop {
        let scale = Scale::new(axis, across, ends, most);
        let labels: Vec<(f32, f32)> = scale
            .marks
            .iter()
            .map(|mark| {
                let half = page.canvas.width(&mark.label, look) / 2.0;
                let x = scale.pixel(mark.value, (0.0, width));
                (x - half, x + half)
            })
            .collect();
        let apart = labels
            .windows(2)
            .all(|pair| pair[0].1 + BETWEEN_LABELS <= pair[1].0);
        if apart || most <= 2 {
            return scale;
        }
        most -= 1;
    }
}

/// The largest area in the middle where both scales have the same length for one.
fn equal(plot: Area, x: &Scale, y: &Scale) -> Area {
    let per_unit = (f64::from(plot.width) / x.length()).min(f64::from(plot.height) / y.length());
    let width = (per_unit * x.length()) as f32;
    let height = (per_unit * y.length()) as f32;
    Area {
        x: plot.x + (plot.width - width) / 2.0,
        y: plot.y + plot.height - height,
        width,
        height,
    }
}

/// What stands beside an axis: its label with the unit in brackets.
pub(super) fn axis_title(axis: &Axis) -> String {
    let (label, unit) = (axis.label.trim(), axis.unit.trim());
    match (label.is_empty(), unit.is_empty()) {
        (_, true) => label.to_owned(),
        (true, false) => unit.to_owned(),
        (false, false) => format!("{label} ({unit})"),
    }
}
