//! Lying bars with names before them and values behind them. Owns no state.

use crate::canvas::{Anchor, Area, CAPITAL, LINE_HEIGHT, Pen};
use crate::chart::Body;
use crate::chart::data::{Extent, clean};
use crate::chart::frame::axis_title;
use crate::chart::histogram::{bar_colour, whisker};
use crate::chart::legend::Entry;
use crate::chart::page::{Page, ROOM, SMALL};
use crate::chart::scale::{Ends, Scale};
use crate::chart::spec::{Bar, Bars};
use crate::chart::{describe, numbers};

/// The height of a bar with the room around it, in pixels.
const LEAST_PITCH: f32 = 58.0;
const MOST_PITCH: f32 = 100.0;
/// The height that bars share if they are few.
const SHARED: f32 = 560.0;
/// How much of its height a bar fills.
const THICK: f32 = 0.66;
/// The most bars.
const MOST_BARS: usize = 60;
/// The most that names take of the width.
const NAMES: f32 = 0.4;
/// Between a bar and its words.
const GAP: f32 = 16.0;
/// Below the bars, for the axis' label.
const FOOT: f32 = SMALL * LINE_HEIGHT + 10.0;

impl Body for &Bars {
    fn legend(&self) -> Vec<Entry> {
        Vec::new()
    }

    fn height(&self) -> Option<f32> {
        let count = self.bars.len().clamp(1, MOST_BARS) as f32;
        Some(
            pitch(self.bars.len()) * count
                + if axis_title(&self.axis).is_empty() {
                    0.0
                } else {
                    FOOT
                },
        )
    }

    fn draw(&self, page: &mut Page, area: Area) {
        let shown = &self.bars[..self.bars.len().min(MOST_BARS)];
        for bar in &self.bars[shown.len()..] {
            page.left_out(&bar.name);
        }
        if shown.is_empty() {
            return page.nothing(area);
        }
        let look = page.small(page.colours.ink);
        let widest = |words: &mut dyn Iterator<Item = String>, page: &Page| {
            words
                .map(|words| page.canvas.width(&words, look))
                .fold(0.0, f32::max)
        };
        let names = widest(&mut shown.iter().map(|bar| bar.name.replace('\n', " ")), page).min(ROOM * NAMES);
        let values = widest(&mut shown.iter().map(value_label), page);
        let left = area.x + names + if names > 0.0 { GAP } else { 0.0 };
        let plot = Area {
            x: left,
            y: area.y,
            width: (area.right() - left - values - GAP).max(60.0),
            ..area
        };
        let extent = Extent::of(shown.iter().flat_map(|bar| {
            let whisker = bar
                .interval
                .iter()
                .flat_map(|interval| [interval.low, interval.high]);
            std::iter::once(bar.value).chain(whisker)
        }));
        let scale = Scale::new(&self.axis, extent.with_zero(), Ends::AtData, 2);
        let pitch = pitch(self.bars.len());
        for (index, bar) in shown.iter().enumerate() {
            let middle = area.y + pitch * (index as f32 + 0.5);
            draw_bar(page, (plot, &scale), (bar, middle, pitch * THICK), area.x);
        }
        zero_line(page, plot, &scale, pitch * shown.len() as f32);
        let label = axis_title(&self.axis);
        let at = (left, area.bottom() - SMALL * 0.3);
        let look = page.small(page.colours.quiet);
        page.one_line(&label, at, Anchor::Left, (look, area.right() - left));
    }

    fn describe(&self) -> String {
        describe::bars(self)
    }
}

fn pitch(bars: usize) -> f32 {
    (SHARED / bars.max(1) as f32).clamp(LEAST_PITCH, MOST_PITCH)
}

fn value_label(bar: &Bar) -> String {
    numbers::short(bar.value)
}

fn draw_bar(
    page: &mut Page,
    (plot, scale): (Area, &Scale),
    (bar, middle, thick): (&Bar, f32, f32),
    edge: f32,
) {
    let baseline = middle + SMALL * CAPITAL / 2.0;
    let look = page.small(page.colours.ink);
    page.one_line(
        &bar.name,
        (plot.x - GAP, baseline),
        Anchor::Right,
        (look, plot.x - GAP - edge + 1.0),
    );
    let at = |value: f64| scale.pixel(scale.bounded(value), (plot.x, plot.right()));
    let (mut end, zero) = (plot.x, at(0.0));
    if let Some(value) = clean(bar.value) {
        let x = at(value);
        let area = Area {
            x: x.min(zero),
            y: middle - thick / 2.0,
            width: (x - zero).abs(),
            height: thick,
        };
        let colour = bar_colour(page);
        page.canvas.round(area, 6.0, colour);
        end = x.max(zero);
    }
    if let Some(interval) = bar.interval
        && let (Some(low), Some(high)) = (clean(interval.low), clean(interval.high))
    {
        whisker(page, [(at(low), middle), (at(high), middle)], (0.0, thick * 0.22));
        end = end.max(at(high)).max(at(low));
    }
    let look = page.bold(SMALL);
    page.canvas
        .text(&value_label(bar), (end + GAP, baseline), Anchor::Left, look);
}

fn zero_line(page: &mut Page, plot: Area, scale: &Scale, height: f32) {
    let x = scale.pixel(scale.bounded(0.0), (plot.x, plot.right()));
    let pen = Pen {
        width: 3.0,
        colour: page.colours.axis,
        dashes: None,
    };
    page.canvas.line([(x, plot.y), (x, plot.y + height)], pen);
}
