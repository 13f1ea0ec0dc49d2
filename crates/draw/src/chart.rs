//! Charts: from a description of data to a picture of it, and to a sentence for who cannot see it. Owns no state.

mod bars;
mod data;
mod describe;
mod frame;
mod histogram;
mod legend;
mod lines;
mod numbers;
mod page;
mod scale;
mod scatter;
mod spec;
mod stacked;
mod timeline;

use serde::{Deserialize, Serialize};

use crate::Theme;
use crate::canvas::Area;
use legend::Entry;
use page::Page;
pub use spec::{
    Axis, Band, Bar, Bars, Bin, Chart, Class, Curve, Group, Histogram, Interval, Lane, Layer, Level, Lines,
    Plot, Point, Scatter, Series, Stacked, Stretch, Timeline,
};

/// How wide every chart is, in pixels.
pub const WIDTH: u32 = 1200;
/// How high a chart is if its words leave room for its plot, in pixels. Many words make it higher.
pub const HEIGHT: u32 = 900;

/// A chart as a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawing {
    /// The picture.
    pub png: Vec<u8>,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// What the picture shows, in one English sentence, for people who cannot see it.
    pub description: String,
    /// Characters that no shipped font has: they are drawn as a box.
    pub missing: Vec<char>,
    /// Words that were too long for the picture, or had no place: they are drawn with a "…" or not at all.
    pub cut: Vec<String>,
}

/// What each kind of plot can do.
trait Body {
    /// What stands in the legend.
    fn legend(&self) -> Vec<Entry>;
    /// How high it must be, in pixels; `None` for one that fills the page.
    fn height(&self) -> Option<f32> {
        None
    }
    /// Draws it into its area.
    fn draw(&self, page: &mut Page, area: Area);
    /// What it shows: the part of a sentence that follows the title.
    fn describe(&self) -> String;
}

impl Plot {
    fn body(&self) -> Box<dyn Body + '_> {
        match self {
            Self::Line(lines) => Box::new(lines::Drawn {
                lines,
                joined: lines::Joined::Straight,
            }),
            Self::Steps(lines) => Box::new(lines::Drawn {
                lines,
                joined: lines::Joined::InSteps,
            }),
            Self::Histogram(histogram) => Box::new(histogram),
            Self::Bars(bars) => Box::new(bars),
            Self::Scatter(scatter) => Box::new(scatter),
            Self::Stacked(stacked) => Box::new(stacked),
            Self::Timeline(timeline) => Box::new(timeline),
        }
    }
}

impl Chart {
    /// A chart with a title and a plot, and no other words.
    pub fn new(title: impl Into<String>, plot: Plot) -> Self {
        Self {
            title: title.into(),
            subtitle: String::new(),
            badge: String::new(),
            captions: Vec::new(),
            plot,
        }
    }

    /// Draws it. Any data can be drawn: what is not finite is left out, and a million points are thinned.
    ///
    /// ```
    /// use duologue_draw::Theme;
    /// use duologue_draw::chart::{Axis, Chart, Lines, Plot, Point, Series, WIDTH};
    ///
    /// let points = (0..100).map(f64::from).map(|x| Point { x, y: x.sqrt() }).collect();
    /// let series = Series { name: "root".into(), points, ..Series::default() };
    /// let lines = Lines { x: Axis::new("x", ""), series: vec![series], ..Lines::default() };
    /// let drawing = Chart::new("Square roots", Plot::Line(lines)).draw(Theme::Dark);
    /// assert_eq!(drawing.width, WIDTH);
    /// assert!(drawing.description.starts_with("Line chart “Square roots”"));
    /// ```
    pub fn draw(&self, theme: Theme) -> Drawing {
        let body = self.plot.body();
        let (mut page, area) = Page::lay(self, theme, &body.legend(), body.height());
        body.draw(&mut page, area);
        page.finish(describe::sentence(self, &body.describe()))
    }
}
