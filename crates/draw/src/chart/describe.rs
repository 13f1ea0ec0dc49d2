//! A chart as one English sentence, for people who cannot see it. Owns no state.

use crate::chart::data::{Extent, clean, points};
use crate::chart::numbers::short;
use crate::chart::spec::{Axis, Bars, Chart, Histogram, Lines, Plot, Point, Scatter, Stacked, Timeline};
use crate::chart::timeline;

/// More things are counted, not named.
const NAMED: usize = 4;

pub(super) fn sentence(chart: &Chart, shows: &str) -> String {
    let kind = match chart.plot {
        Plot::Line(_) => "Line chart",
        Plot::Steps(_) => "Step chart",
        Plot::Histogram(_) => "Histogram",
        Plot::Bars(_) => "Bar chart",
        Plot::Scatter(_) => "Scatter chart",
        Plot::Stacked(_) => "Stacked area chart",
        Plot::Timeline(_) => "Timeline",
    };
    let title = chart.title.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{kind} “{title}”: {shows}.")
}

pub(super) fn lines(lines: &Lines) -> String {
    let across = Extent::of(
        lines
            .series
            .iter()
            .flat_map(|one| one.points.iter().map(|point| point.x)),
    );
    let series = lines.series.iter().map(|series| {
        let kept = points(&series.points);
        let up = Extent::of(kept.iter().map(|point| point.1));
        let last = kept
            .last()
            .map(|point| format!(", at last {}", short(point.1)))
            .unwrap_or_default();
        let left_out = left_out(series.points.len() - kept.len());
        format!("{} {}{last}{left_out}", name(&series.name, "a line"), span(up))
    });
    let levels = lines
        .levels
        .iter()
        .map(|level| format!("{} at {}", name(&level.name, "a level"), short(level.value)));
    let all = series.chain(levels);
    format!("{}, over {}", list(all, "lines"), axis(&lines.x, across))
}

pub(super) fn histogram(histogram: &Histogram) -> String {
    let across = Extent::of(histogram.bins.iter().flat_map(|bin| [bin.from, bin.to]));
    let finite = histogram.bins.iter().filter(|bin| clean(bin.height).is_some());
    let highest = finite.reduce(|one, other| if other.height > one.height { other } else { one });
    let highest = highest.map_or_else(String::new, |bin| {
        format!(
            ", the highest {} between {} and {}",
            short(bin.height),
            short(bin.from),
            short(bin.to)
        )
    });
    let count = counted(histogram.bins.len(), "bar", "bars");
    let curves = histogram.curves.iter().map(|curve| name(&curve.name, "a curve"));
    let curves = if histogram.curves.is_empty() {
        String::new()
    } else {
        format!(", with {} over them", list(curves, "curves"))
    };
    format!("{count} over {}{highest}{curves}", axis(&histogram.x, across))
}

pub(super) fn bars(bars: &Bars) -> String {
    let all = bars.bars.iter().map(|bar| {
        let interval = bar.interval.map_or_else(String::new, |interval| {
            format!(" ({} to {})", short(interval.low), short(interval.high))
        });
        format!("{} {}{interval}", name(&bar.name, "a bar"), short(bar.value))
    });
    let values = Extent::of(bars.bars.iter().map(|bar| bar.value));
    let what = axis_name(&bars.axis);
    if bars.bars.len() > NAMED {
        let count = bars.bars.len();
        return format!("{count} bars of {what}, {}", span(values));
    }
    format!("{what}: {}", list(all, "bars"))
}

pub(super) fn scatter(scatter: &Scatter) -> String {
    let classes = scatter.classes.iter().map(|class| {
        let kept = class.points.iter().filter(|point| finite(point)).count();
        let left_out = left_out(class.points.len() - kept);
        let points = if kept == 1 { "point" } else { "points" };
        format!(
            "{} {points} {}{left_out}",
            short(kept as f64),
            name(&class.name, "without a name")
        )
    });
    let every = || scatter.classes.iter().flat_map(|class| &class.points);
    let x = axis(&scatter.x, Extent::of(every().map(|point| point.x)));
    let y = axis(&scatter.y, Extent::of(every().map(|point| point.y)));
    format!("{}, over {x} and {y}", list(classes, "classes"))
}

pub(super) fn stacked(stacked: &Stacked) -> String {
    let layers = stacked.layers.iter().map(|layer| {
        let mut heights = layer.heights.iter().filter_map(|height| clean(*height));
        let most = heights.clone().fold(0.0, f64::max);
        let last = heights.next_back().unwrap_or_default();
        format!(
            "{} at most {}, at last {}",
            name(&layer.name, "an area"),
            short(most),
            short(last)
        )
    });
    let across = Extent::of(stacked.at.iter().copied());
    format!("{}, over {}", list(layers, "areas"), axis(&stacked.x, across))
}

pub(super) fn timeline(timeline: &Timeline) -> String {
    let groups = timeline.groups.iter().map(|group| {
        let lanes = counted(group.lanes.len(), "lane", "lanes");
        let total = timeline::total(group).map_or_else(String::new, |total| {
            format!(" done after {}", with_unit(&short(total), &timeline.axis.unit))
        });
        format!("{} with {lanes}{total}", name(&group.name, "a group"))
    });
    list(groups, "groups")
}

fn finite(point: &Point) -> bool {
    point.x.is_finite() && point.y.is_finite()
}

fn name(given: &str, otherwise: &str) -> String {
    let given = given.split_whitespace().collect::<Vec<_>>().join(" ");
    if given.is_empty() {
        otherwise.to_owned()
    } else {
        format!("“{given}”")
    }
}

fn span(extent: Extent) -> String {
    match extent.0 {
        None => "without data".to_owned(),
        Some((low, high)) if short(low) == short(high) => format!("always {}", short(low)),
        Some((low, high)) => format!("from {} to {}", short(low), short(high)),
    }
}

fn axis(axis: &Axis, extent: Extent) -> String {
    let what = axis_name(axis);
    match extent.0 {
        None => what,
        Some((low, high)) => {
            format!("{what} {} to {}", short(low), with_unit(&short(high), &axis.unit))
        }
    }
}

fn axis_name(axis: &Axis) -> String {
    let label = axis.label.split_whitespace().collect::<Vec<_>>().join(" ");
    if label.is_empty() {
        "values".to_owned()
    } else {
        label
    }
}

fn with_unit(value: &str, unit: &str) -> String {
    format!("{value} {}", unit.trim()).trim_end().to_owned()
}

fn left_out(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => " (1 point is no number)".to_owned(),
        more => format!(" ({more} points are no numbers)"),
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The first few, joined as in a sentence.
fn list(parts: impl Iterator<Item = String>, what: &str) -> String {
    let mut parts: Vec<String> = parts.collect();
    let more = parts.len().saturating_sub(NAMED);
    parts.truncate(NAMED);
    if more > 0 {
        parts.push(format!("{more} more {what}"));
    }
    match parts.as_slice() {
        [] => format!("no {what}"),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join("; ")),
    }
}
