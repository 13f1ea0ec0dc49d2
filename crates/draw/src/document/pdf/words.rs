//! Paragraphs: pieces of text in lines. Owns no state.

use krilla::tagging::Tag;

use crate::document::clean::{Look, Piece};
use crate::document::model::Style;
use crate::document::pdf::Layout;
use crate::document::pdf::look::{Column, Type};
use crate::document::pdf::rows::{Ink, Place, Row, Target, palette};
use crate::document::pdf::shaped::{Part, Shaped, is_box};
use crate::text::{self, Face, Glyph, Missing};
use crate::theme::Colour;

/// The marks of references, as a part of the size of the text around them.
const MARK: f32 = 0.86;
/// Headings with more lines than this are text, and fill their lines.
const MOST_BALANCED: usize = 6;
/// Stands for letters that no font has.
const BOX: &str = "□";

impl Layout<'_> {
    /// The lines of a paragraph; none for one without words.
    pub(super) fn paragraph(&mut self, pieces: &[Piece], look: Type, column: Column) -> Vec<Row> {
        let shaped = self.shaped(pieces, look);
        let lines = text::lines(&shaped.text, &shaped.glyphs, column.width);
        shaped.rows(&lines, look, column)
    }

    /// Words in one look, in lines of about the same width, so that no last word stands alone: for headings.
    pub(super) fn balanced(&mut self, words: &str, look: Type, column: Column) -> Vec<Row> {
        let shaped = self.shaped(&Vec::from_iter(Piece::plain(words)), look);
        let mut best = text::lines(&shaped.text, &shaped.glyphs, column.width);
        if (2..=MOST_BALANCED).contains(&best.len()) {
            let (mut narrow, mut wide) = (column.width / 2.0, column.width);
            // Seven halvings are as exact as anybody sees.
            for _ in 0..7 {
                let middle = (narrow + wide) / 2.0;
                let tried = text::lines(&shaped.text, &shaped.glyphs, middle);
                if tried.len() == best.len() {
                    (best, wide) = (tried, middle);
                } else {
                    narrow = middle;
                }
            }
        }
        shaped.rows(&best, look, column)
    }

    /// The same for text in one look.
    pub(super) fn plain(&mut self, words: &str, look: Type, column: Column) -> Vec<Row> {
        self.paragraph(&Vec::from_iter(Piece::plain(words)), look, column)
    }

    /// Words on one line that end at a point of the baseline.
    pub(super) fn ending_at(&mut self, words: &str, look: Type, end: (f32, f32)) -> Vec<Ink> {
        let shaped = self.shaped(&Vec::from_iter(Piece::plain(words)), look);
        let start = (end.0 - text::width(&shaped.glyphs), end.1);
        shaped.inks(&(0..shaped.text.len()), shaped.text.len(), start)
    }

    /// Words on one line that begin at a point of the baseline; what does not fit is left out.
    pub(super) fn short(&mut self, words: &str, look: Type, at: (f32, f32), room: f32) -> Vec<Ink> {
        const MORE: &str = " …";
        let mut shaped = self.shaped(&Vec::from_iter(Piece::plain(words)), look);
        if text::width(&shaped.glyphs) > room {
            let lines = text::lines(&shaped.text, &shaped.glyphs, room - 2.0 * look.size);
            let kept = lines.first().map_or("", |line| &shaped.text[line.clone()]);
            let kept = format!("{kept}{MORE}");
            shaped = self.shaped(&Vec::from_iter(Piece::plain(&kept)), look);
        }
        shaped.inks(&(0..shaped.text.len()), shaped.text.len(), at)
    }

    /// How wide words are on one line, and how wide the widest of them is.
    pub(super) fn widths(&mut self, pieces: &[Piece], look: Type) -> (f32, f32) {
        let shaped = self.shaped(pieces, look);
        let is_space = |glyph: &Glyph| {
            shaped.text[glyph.bytes.clone()]
                .chars()
                .all(|letter| letter == ' ')
        };
        let words = shaped.glyphs.split(is_space);
        (
            text::width(&shaped.glyphs),
            words.map(text::width).fold(0.0, f32::max),
        )
    }

    fn shaped(&mut self, pieces: &[Piece], look: Type) -> Shaped {
        let mut text = String::new();
        let (mut glyphs, mut parts) = (Vec::new(), Vec::new());
        for piece in pieces {
            let before = text.len();
            text.push_str(&piece.words);
            let (face, size, colour, target) = self.look_of(&piece.look, look);
            let first = glyphs.len();
            let mut shaped = self.fonts.shape(&piece.words, face, &mut self.missing);
            let boxed = self.boxed(&mut shaped, face);
            for glyph in shaped {
                glyphs.push(Glyph {
                    advance: glyph.advance * size,
                    right: glyph.right * size,
                    up: glyph.up * size,
                    bytes: before + glyph.bytes.start..before + glyph.bytes.end,
                    ..glyph
                });
            }
            let element = match target {
                Some(_) => Some(self.tree.add(Tag::Link)),
                None => self.tree.current(),
            };
            parts.push(Part {
                glyphs: first..glyphs.len(),
                size,
                colour,
                target,
                element,
                boxed,
            });
        }
        let text = text.into();
        Shaped { text, glyphs, parts }
    }

    /// Gives letters that no font has the width of the sign that stands for them, and tells its shape. The fonts' own
    /// shape for missing letters does not do: readers leave its text out.
    fn boxed(&self, glyphs: &mut [Glyph], face: Face) -> Option<Glyph> {
        if !glyphs.iter().any(is_box) {
            return None;
        }
        let sign = self.fonts.shape(BOX, face, &mut Missing::default()).pop()?;
        for glyph in glyphs.iter_mut().filter(|glyph| is_box(glyph)) {
            (glyph.advance, glyph.right, glyph.up) = (sign.advance, 0.0, 0.0);
        }
        Some(sign)
    }

    fn look_of(&self, look: &Look, around: Type) -> (Face, f32, Colour, Option<Target>) {
        let link = palette().series[0];
        match look {
            Look::Words(Style::Plain) => (around.face, around.size, around.colour, None),
            Look::Words(Style::Bold) => (Face::Bold, around.size, around.colour, None),
            Look::Words(Style::Italic) => (Face::Italic, around.size, around.colour, None),
            Look::Link(address) => (
                around.face,
                around.size,
                link,
                Some(Target::Address(address.clone())),
            ),
            Look::Citation(number) => {
                let index = usize::try_from(*number).unwrap_or(usize::MAX).wrapping_sub(1);
                let target = (index < self.references).then_some(Target::Place(Place::Reference(index)));
                let colour = if target.is_some() { link } else { around.colour };
                (around.face, around.size * MARK, colour, target)
            }
        }
    }
}
