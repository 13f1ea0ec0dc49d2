//! What a chart shows: plain data, made by the caller. Owns no state.

use serde::{Deserialize, Serialize};

/// A chart: words around a plot. Empty words are left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    /// What it is about: at most two lines.
    pub title: String,
    /// How it was made, in smaller letters.
    pub subtitle: String,
    /// A short result that stands out beside the title, such as "3 × faster".
    pub badge: String,
    /// Lines with numbers below the plot.
    pub captions: Vec<String>,
    /// The data.
    pub plot: Plot,
}

/// The kinds of charts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plot {
    /// Lines from point to point.
    Line(Lines),
    /// Lines that keep their value until the next point, such as the length of a queue.
    Steps(Lines),
    /// Upright bars on a scale of numbers.
    Histogram(Histogram),
    /// Lying bars with names.
    Bars(Bars),
    /// Points.
    Scatter(Scatter),
    /// Areas on top of each other.
    Stacked(Stacked),
    /// Who did what when, in groups to compare.
    Timeline(Timeline),
}

/// One direction of a plot. Without bounds it is as long as the data needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// What is counted or measured.
    pub label: String,
    /// In which unit; it stands in brackets behind the label.
    pub unit: String,
    /// Where it begins.
    pub from: Option<f64>,
    /// Where it ends.
    pub to: Option<f64>,
    /// Only whole numbers make sense.
    pub whole: bool,
}

impl Axis {
    /// An axis with a label and a unit (which may be empty) that is as long as the data needs.
    pub fn new(label: impl Into<String>, unit: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            unit: unit.into(),
            ..Self::default()
        }
    }

    /// The same axis with bounds. What lies outside is not shown.
    #[must_use]
    pub fn between(self, from: f64, to: f64) -> Self {
        Self {
            from: Some(from),
            to: Some(to),
            ..self
        }
    }

    /// The same axis for numbers without parts.
    #[must_use]
    pub fn counted(self) -> Self {
        Self { whole: true, ..self }
    }
}

/// A pair of numbers. One that is not finite is left out, and the description counts it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Up.
    pub y: f64,
}

/// What [`Plot::Line`] and [`Plot::Steps`] show.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lines {
    /// To the right.
    pub x: Axis,
    /// Up.
    pub y: Axis,
    /// One line each.
    pub series: Vec<Series>,
    /// Values to compare with, as lines across.
    pub levels: Vec<Level>,
}

/// One line of a plot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// For the legend.
    pub name: String,
    /// In the order in which they are joined.
    pub points: Vec<Point>,
    /// How sure the values are: a pale area around the line, from left to right.
    pub band: Vec<Band>,
    /// What the area is, for the legend.
    pub band_name: String,
}

/// The width of an area around a line at one place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// Where.
    pub x: f64,
    /// Its lower edge.
    pub low: f64,
    /// Its upper edge.
    pub high: f64,
}

/// A value to compare with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// For the legend.
    pub name: String,
    /// On the upward axis.
    pub value: f64,
}

/// How sure a value is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// What [`Plot::Histogram`] shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// To the right.
    pub x: Axis,
    /// Up.
    pub y: Axis,
    /// What the bars are, for the legend.
    pub name: String,
    /// The bars.
    pub bins: Vec<Bin>,
    /// Lines over the bars, such as what was expected.
    pub curves: Vec<Curve>,
}

/// One upright bar.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Its left edge.
    pub from: f64,
    /// Its right edge.
    pub to: f64,
    /// How high it is.
    pub height: f64,
    /// How sure the height is: a whisker.
    pub interval: Option<Interval>,
}

/// A line without a band.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// For the legend.
    pub name: String,
    /// In the order in which they are joined.
    pub points: Vec<Point>,
}

/// What [`Plot::Bars`] shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bars {
    /// The values, to the right.
    pub axis: Axis,
    /// From the top.
    pub bars: Vec<Bar>,
}

/// One lying bar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// Stands before it.
    pub name: String,
    /// How long it is.
    pub value: f64,
    /// How sure the value is: a whisker.
    pub interval: Option<Interval>,
}

/// What [`Plot::Scatter`] shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scatter {
    /// To the right.
    pub x: Axis,
    /// Up.
    pub y: Axis,
    /// Points of the same kind.
    pub classes: Vec<Class>,
    /// Lines between them.
    pub curves: Vec<Curve>,
    /// A step to the right is as long as a step up, so that circles are round.
    pub equal_scales: bool,
}

/// Points of the same kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Class {
    /// For the legend.
    pub name: String,
    /// In any order.
    pub points: Vec<Point>,
}

/// What [`Plot::Stacked`] shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stacked {
    /// To the right.
    pub x: Axis,
    /// Up.
    pub y: Axis,
    /// Where the layers have heights, from left to right.
    pub at: Vec<f64>,
    /// From the bottom up.
    pub layers: Vec<Layer>,
}

/// One area.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// For the legend.
    pub name: String,
    /// One for each place; what is missing or below zero counts as zero.
    pub heights: Vec<f64>,
}

/// What [`Plot::Timeline`] shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    /// Time, to the right; its unit stands behind totals.
    pub axis: Axis,
    /// One under another, on the same axis.
    pub groups: Vec<Group>,
    /// What a full bar means; for the legend, if there are pale ones too.
    pub busy_name: String,
    /// What a pale bar means.
    pub waiting_name: String,
}

/// One way of doing the work.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its heading.
    pub name: String,
    /// From the top.
    pub lanes: Vec<Lane>,
    /// When all was done; without it, the end of the last stretch.
    pub total: Option<f64>,
}

/// One line of a group. Lanes at the same place of their groups have the same colour.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lane {
    /// Stands before it.
    pub name: String,
    /// What happened, from left to right.
    pub stretches: Vec<Stretch>,
}

/// Something that lasted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stretch {
    /// When it began.
    pub from: f64,
    /// When it ended.
    pub to: f64,
    /// Nothing was done, such as while an answer was awaited: it is drawn pale.
    pub waiting: bool,
}
