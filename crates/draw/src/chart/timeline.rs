//! Who did what when: lanes on one axis of time, in groups one under another. Owns no state.

use crate::canvas::{Anchor, Area, CAPITAL, LINE_HEIGHT, Pen, Type};
use crate::chart::data::{Extent, clean};
use crate::chart::frame::{axis_title, lower_scale};
use crate::chart::legend::{Entry, Sign, level_pen, pale};
use crate::chart::page::{MARGIN, Page, ROOM, SMALL};
use crate::chart::scale::{Ends, Scale};
use crate::chart::spec::{Group, Lane, Stretch, Timeline};
use crate::chart::{Body, WIDTH, describe, numbers};

/// The heading of a group with its total, in pixels.
const HEADING: f32 = 78.0;
/// Between groups.
const BETWEEN: f32 = 30.0;
/// The height that the lanes of all groups share, if they are few.
const SHARED: f32 = 620.0;
/// The height of one lane.
const LEAST_PITCH: f32 = 44.0;
const MOST_PITCH: f32 = 62.0;
/// How much of its height a lane fills.
const THICK: f32 = 0.8;
/// The most lanes of all groups together: a picture is no endless list.
const MOST_LANES: usize = 120;
/// The axis with its marks, and with its label.
const AXIS: f32 = SMALL * LINE_HEIGHT + 26.0;
/// The most that names take of the width.
const NAMES: f32 = 0.34;
/// Between a name and the axis' start.
const GAP: f32 = 16.0;

impl Body for &Timeline {
    fn legend(&self) -> Vec<Entry> {
        let mut stretches = self
            .groups
            .iter()
            .flat_map(|group| &group.lanes)
            .flat_map(|lane| &lane.stretches);
        if !stretches.any(|stretch| stretch.waiting) {
            return Vec::new();
        }
        let busy = Entry::new(Sign::Ink, &self.busy_name);
        busy.into_iter()
            .chain(Entry::new(Sign::PaleInk, &self.waiting_name))
            .collect()
    }

    fn height(&self) -> Option<f32> {
        let pitch = self.pitch();
        let groups: f32 = self
            .shown()
            .map(|(_, lanes)| HEADING + pitch * lanes.len() as f32)
            .sum();
        let gaps = BETWEEN * self.groups.len().saturating_sub(1) as f32;
        let label = if axis_title(&self.axis).is_empty() {
            0.0
        } else {
            SMALL * LINE_HEIGHT
        };
        Some(groups + gaps + AXIS + label)
    }

    fn draw(&self, page: &mut Page, area: Area) {
        if self.lanes() == 0 {
            return page.nothing(area);
        }
        let left = self.names(page);
        let plot = Area {
            x: area.x + left,
            width: area.width - left,
            ..area
        };
        let extent = Extent::of(self.ends()).with_zero();
        let scale = lower_scale(page, (&self.axis, extent, Ends::AtData), plot.width);
        let at = |value: f64| scale.pixel(scale.bounded(value), (plot.x, plot.right()));
        let pitch = self.pitch();
        let mut top = area.y;
        for (group, lanes) in self.shown() {
            let lanes_area = Area {
                y: top + HEADING,
                height: pitch * lanes.len() as f32,
                ..plot
            };
            grid(page, &scale, lanes_area);
            self.heading(page, group, (area.x, top), &at);
            for (index, lane) in lanes.iter().enumerate() {
                let middle = lanes_area.y + pitch * (index as f32 + 0.5);
                draw_lane(page, lane, (index, middle, pitch * THICK), (plot.x, &at));
            }
            total_mark(page, group, lanes_area, &at);
            for lane in &group.lanes[lanes.len()..] {
                page.left_out(&lane.name);
            }
            top = lanes_area.bottom() + BETWEEN;
        }
        marks(page, &scale, (plot, top - BETWEEN), &axis_title(&self.axis));
    }

    fn describe(&self) -> String {
        describe::timeline(self)
    }
}

impl Timeline {
    fn lanes(&self) -> usize {
        self.groups.iter().map(|group| group.lanes.len()).sum()
    }

    /// The groups with the lanes that have a place.
    fn shown(&self) -> impl Iterator<Item = (&Group, &[Lane])> {
        let most = MOST_LANES / self.groups.len().max(1);
        self.groups
            .iter()
            .take(MOST_LANES)
            .map(move |group| (group, &group.lanes[..group.lanes.len().min(most.max(1))]))
    }

    fn pitch(&self) -> f32 {
        (SHARED / self.lanes().max(1) as f32).clamp(LEAST_PITCH, MOST_PITCH)
    }

    /// How much of the width names take.
    fn names(&self, page: &Page) -> f32 {
        let look = page.small(page.colours.ink);
        let lanes = self.shown().flat_map(|(_, lanes)| lanes);
        let widest = lanes
            .map(|lane| page.canvas.width(&lane.name, look))
            .fold(0.0, f32::max);
        if widest > 0.0 {
            widest.min(ROOM * NAMES) + GAP
        } else {
            0.0
        }
    }

    fn ends(&self) -> impl Iterator<Item = f64> + '_ {
        self.groups.iter().flat_map(|group| {
            let stretches = group.lanes.iter().flat_map(|lane| &lane.stretches);
            stretches
                .flat_map(|stretch| [stretch.from, stretch.to])
                .chain(group.total)
        })
    }

    fn heading(&self, page: &mut Page, group: &Group, (left, top): (f32, f32), at: &impl Fn(f64) -> f32) {
        let baseline = top + HEADING - 22.0;
        let name = page.bold(40.0);
        let total = total(group)
            .map(|total| self.with_unit(total))
            .unwrap_or_default();
        let width = page.canvas.width(&total, name);
        // The total stands above its mark, if the heading leaves room there.
        let named = page.canvas.width(&group.name, name).min(ROOM - width - GAP);
        let mark = self::total(group).map_or(left, at);
        let right = (mark + width / 2.0).clamp(left + named + 2.0 * GAP + width, MARGIN + ROOM);
        page.one_line(&group.name, (left, baseline), Anchor::Left, (name, named + 1.0));
        page.canvas.text(&total, (right, baseline), Anchor::Right, name);
    }

    fn with_unit(&self, value: f64) -> String {
        format!("{} {}", numbers::short(value), self.axis.unit)
            .trim_end()
            .to_owned()
    }
}

/// When a group was done.
pub(super) fn total(group: &Group) -> Option<f64> {
    let ends = group
        .lanes
        .iter()
        .flat_map(|lane| &lane.stretches)
        .map(|stretch| stretch.to);
    group
        .total
        .and_then(clean)
        .or_else(|| Extent::of(ends).0.map(|(_, last)| last))
}

fn grid(page: &mut Page, scale: &Scale, lanes: Area) {
    let pen = Pen {
        width: 2.0,
        colour: page.colours.grid,
        dashes: None,
    };
    for mark in &scale.marks {
        let x = scale.pixel(mark.value, (lanes.x, lanes.right()));
        page.canvas.line([(x, lanes.y), (x, lanes.bottom())], pen);
    }
}

fn draw_lane(
    page: &mut Page,
    lane: &Lane,
    (index, middle, thick): (usize, f32, f32),
    (start, at): (f32, &impl Fn(f64) -> f32),
) {
    let look = page.small(page.colours.ink);
    let baseline = middle + SMALL * CAPITAL / 2.0;
    page.one_line(
        &lane.name,
        (MARGIN, baseline),
        Anchor::Left,
        (look, start - GAP - MARGIN + 1.0),
    );
    let colour = page.colours.of(index);
    let mut before = (f32::NEG_INFINITY, false);
    for stretch in &lane.stretches {
        let Some((left, right)) = ends(stretch, at) else {
            continue;
        };
        // A stretch that ends within the pixel of the last one is not seen.
        if right - before.0 < 1.0 && right >= before.0 && stretch.waiting == before.1 {
            continue;
        }
        before = (right, stretch.waiting);
        let area = Area {
            x: left,
            y: middle - thick / 2.0,
            width: (right - left).max(4.0),
            height: thick,
        };
        let colour = if stretch.waiting { pale(colour) } else { colour };
        page.canvas.round(area, thick / 5.0, colour);
    }
}

fn ends(stretch: &Stretch, at: &impl Fn(f64) -> f32) -> Option<(f32, f32)> {
    let (one, other) = (at(clean(stretch.from)?), at(clean(stretch.to)?));
    Some((one.min(other), one.max(other)))
}

fn total_mark(page: &mut Page, group: &Group, lanes: Area, at: &impl Fn(f64) -> f32) {
    if let Some(total) = total(group) {
        let x = at(total);
        let pen = level_pen(page.colours.ink);
        page.canvas.line([(x, lanes.y - 14.0), (x, lanes.bottom())], pen);
    }
}

fn marks(page: &mut Page, scale: &Scale, (plot, top): (Area, f32), label: &str) {
    let look: Type = page.small(page.colours.quiet);
    let axis = Pen {
        width: 3.0,
        colour: page.colours.axis,
        dashes: None,
    };
    page.canvas.line([(plot.x, top), (plot.right(), top)], axis);
    for mark in &scale.marks {
        let x = scale.pixel(mark.value, (plot.x, plot.right()));
        page.canvas.line([(x, top), (x, top + 8.0)], axis);
        let half = page.canvas.width(&mark.label, look) / 2.0;
        let x = x.min(WIDTH as f32 - 12.0 - half);
        page.canvas.text(
            &mark.label,
            (x, top + 18.0 + SMALL * CAPITAL),
            Anchor::Middle,
            look,
        );
    }
    let at = (
        plot.x + plot.width / 2.0,
        top + 18.0 + SMALL * (CAPITAL + LINE_HEIGHT),
    );
    page.one_line(label, at, Anchor::Middle, (look, plot.width));
}
