//! Rows: what is never cut by the end of a page, and what is drawn in them. Owns no state.

use std::rc::Rc;

use krilla::image::Image;

use crate::canvas::Area;
use crate::document::pdf::tree::Element;
use crate::text::{self, Glyph};
use crate::theme::{Colour, Palette, Theme};

/// A4 in points (ISO 216: 210 mm x 297 mm).
pub(super) const PAGE: (f32, f32) = (595.276, 841.89);
/// Where text begins on the left.
pub(super) const LEFT: f32 = 58.0;
/// How wide text is. At the size of the text that is about 75 letters, which is as much as an eye follows with ease.
pub(super) const WIDTH: f32 = PAGE.0 - 2.0 * LEFT;
/// Where text begins at the top, and where it ends.
pub(super) const TOP: f32 = 60.0;
pub(super) const BOTTOM: f32 = PAGE.1 - 74.0;

pub(super) fn palette() -> &'static Palette {
    Theme::Light.palette()
}

/// What is as high as a line of text. Its own measures are points; x counts from the left of the page, y from the top
/// of the row.
#[derive(Clone, Default)]
pub(super) struct Row {
    /// Room above it, unless it is the first on its page.
    pub(super) above: f32,
    pub(super) height: f32,
    /// Whether the next row must be on the same page.
    pub(super) keeps_next: bool,
    pub(super) inks: Vec<Ink>,
    /// What can lead here.
    pub(super) place: Option<Place>,
    /// What is repeated above it if it is the first on its page.
    pub(super) head: Option<Rc<[Row]>>,
    /// Whether it was on another page before.
    pub(super) repeated: bool,
}

/// A place that something leads to; both count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Heading(usize),
    Reference(usize),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    Address(String),
    Place(Place),
}

/// Something to draw.
#[derive(Clone)]
pub(super) enum Ink {
    Letters(Letters),
    /// A line or a ground: it says nothing.
    Fill(Area, Colour),
    Image(Area, Image, Option<Element>),
    Link(Area, Target, Option<Element>),
    /// The number of the page that a place is on; its right end on the baseline.
    PageOf(Place, (f32, f32), Option<Element>),
}

/// Letters of one font on one baseline.
#[derive(Clone)]
pub(super) struct Letters {
    /// The left end of the baseline.
    pub(super) at: (f32, f32),
    /// Where the font stands in the list of fonts.
    pub(super) font: usize,
    pub(super) size: f32,
    pub(super) colour: Colour,
    /// Their lengths are parts of the font's size, their bytes those of the text.
    pub(super) glyphs: Vec<Glyph>,
    pub(super) text: Rc<str>,
    pub(super) element: Option<Element>,
}

impl Row {
    /// Where its last letter ends.
    pub(super) fn right_end(&self) -> f32 {
        let ends = self.inks.iter().filter_map(|ink| match ink {
            Ink::Letters(letters) => Some(letters.at.0 + text::width(&letters.glyphs) * letters.size),
            _ => None,
        });
        ends.fold(LEFT, f32::max)
    }
}

/// Keeps the first two rows together and the last two, so that none of them stands alone on a page.
pub(super) fn without_lonely_rows(rows: &mut [Row]) {
    let count = rows.len();
    if count > 1 {
        rows[0].keeps_next = true;
        rows[count - 2].keeps_next = true;
    }
}

/// Keeps all rows together and with what follows.
pub(super) fn kept_with_next(rows: &mut [Row]) {
    for row in rows {
        row.keeps_next = true;
    }
}

/// The rows with room above the first.
pub(super) fn below(room: f32, mut rows: Vec<Row>) -> Vec<Row> {
    if let Some(first) = rows.first_mut() {
        first.above = room;
    }
    rows
}
