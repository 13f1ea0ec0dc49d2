//! How paragraphs look and where they stand. Owns no state.

use crate::canvas::CAPITAL;
use crate::document::pdf::rows::{LEFT, WIDTH, palette};
use crate::text::Face;
use crate::theme::Colour;

/// The size of the text. On a phone that shows the page's width it can still be read.
pub(super) const TEXT: f32 = 11.5;
/// From one baseline to the next, as a part of the size.
const LEADING: f32 = 1.48;
/// Large letters stand closer.
const LARGE_LEADING: f32 = 1.24;
const LARGE: f32 = 14.0;

/// How a paragraph looks.
#[derive(Clone, Copy)]
pub(super) struct Type {
    pub(super) size: f32,
    pub(super) face: Face,
    pub(super) colour: Colour,
}

impl Type {
    pub(super) fn text() -> Self {
        Self {
            size: TEXT,
            face: Face::Regular,
            colour: palette().ink,
        }
    }

    pub(super) fn bold(size: f32) -> Self {
        Self {
            size,
            face: Face::Bold,
            colour: palette().ink,
        }
    }

    /// What explains.
    pub(super) fn quiet(size: f32) -> Self {
        Self {
            size,
            face: Face::Regular,
            colour: palette().quiet,
        }
    }

    /// The list of headings, and of references.
    pub(super) fn contents() -> Self {
        Self {
            size: TEXT - 0.7,
            ..Self::text()
        }
    }

    /// How high a line is.
    pub(super) fn line(self) -> f32 {
        self.size * if self.size > LARGE { LARGE_LEADING } else { LEADING }
    }

    /// Where the baseline stands in a line: capital letters are in its middle.
    pub(super) fn baseline(self) -> f32 {
        (self.line() + self.size * CAPITAL) / 2.0
    }
}

/// Where a paragraph stands between left and right.
#[derive(Clone, Copy)]
pub(super) struct Column {
    pub(super) x: f32,
    pub(super) width: f32,
    /// Whether lines end at the right edge instead of beginning at the left.
    pub(super) right: bool,
}

impl Column {
    pub(super) fn page() -> Self {
        Self {
            x: LEFT,
            width: WIDTH,
            right: false,
        }
    }

    /// The same without a part at its left.
    pub(super) fn indented(self, by: f32) -> Self {
        Self {
            x: self.x + by,
            width: self.width - by,
            ..self
        }
    }
}
