//! Paragraphs: pieces of text in lines. Owns no state.

use std::ops::Range;
use std::rc::Rc;

use krilla::tagging::Tag;

use crate::canvas::{Area, CAPITAL};
use crate::document::clean::{Look, Piece};
use crate::document::model::Style;
use crate::document::pdf::Layout;
use crate::document::pdf::rows::{
    Ink, LEFT, Letters, Place, Row, Target, WIDTH, palette, without_lonely_rows,
};
use crate::document::pdf::tree::Element;
use crate::text::{self, Face, Glyph, Missing};
use crate::theme::Colour;

/// The size of the text. On a phone that shows the page's width it can still be read.
pub(super) const TEXT: f32 = 11.5;
/// From one baseline to the next, as a part of the size.
const LEADING: f32 = 1.48;
/// Large letters stand closer.
const LARGE_LEADING: f32 = 1.24;
const LARGE: f32 = 14.0;
/// The marks of references, as a part of the size of the text around them.
const MARK: f32 = 0.86;
/// Headings with more lines than this are text, and fill their lines.
const MOST_BALANCED: usize = 6;
/// Stands for letters that no font has.
const BOX: &str = "□";
/// Below links, as a part of the size.
const UNDERLINE: (f32, f32) = (0.14, 0.045);

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

/// A paragraph before it has lines.
struct Shaped {
    text: Rc<str>,
    /// With lengths in points.
    glyphs: Vec<Glyph>,
    parts: Vec<Part>,
}

/// Glyphs in one look.
struct Part {
    glyphs: Range<usize>,
    size: f32,
    colour: Colour,
    target: Option<Target>,
    element: Option<Element>,
    /// What is drawn for letters that no font has.
    boxed: Option<Glyph>,
}

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

impl Shaped {
    fn rows(&self, lines: &[Range<usize>], look: Type, column: Column) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::with_capacity(lines.len());
        for (index, line) in lines.iter().enumerate() {
            // The spaces between lines belong to the text that is copied from the page.
            let end = lines.get(index + 1).map_or(self.text.len(), |next| next.start);
            let free = if column.right {
                column.width - text::width(&self.glyphs[self.index(line.start)..self.index(line.end)])
            } else {
                0.0
            };
            rows.push(Row {
                height: look.line(),
                inks: self.inks(line, end, (column.x + free.max(0.0), look.baseline())),
                ..Row::default()
            });
        }
        without_lonely_rows(&mut rows);
        rows
    }

    /// The first glyph at a byte or behind it.
    fn index(&self, byte: usize) -> usize {
        self.glyphs.partition_point(|glyph| glyph.bytes.start < byte)
    }

    /// What is drawn of a line. Letters go up to `end`, which may be behind the spaces at the line's end.
    fn inks(&self, line: &Range<usize>, end: usize, at: (f32, f32)) -> Vec<Ink> {
        let (first, seen, last) = (self.index(line.start), self.index(line.end), self.index(end));
        let mut inks = Vec::new();
        let mut x = at.0;
        for part in &self.parts {
            let from = part.glyphs.start.max(first);
            let to = part.glyphs.end.min(last);
            if from >= to {
                continue;
            }
            if let Some(target) = &part.target {
                let width = text::width(&self.glyphs[from..to.min(seen).max(from)]);
                part.link(target, (x, at.1), width, &mut inks);
            }
            let alike = |one: &Glyph, other: &Glyph| one.font == other.font && is_box(one) == is_box(other);
            for glyphs in self.glyphs[from..to].chunk_by(alike) {
                inks.push(Ink::Letters(Letters {
                    at: (x, at.1),
                    font: part.font(&glyphs[0]),
                    size: part.size,
                    colour: part.colour,
                    glyphs: part.unscaled(glyphs),
                    text: Rc::clone(&self.text),
                    element: part.element,
                }));
                x += text::width(glyphs);
            }
        }
        inks
    }
}

/// Whether no font has the letter: the first shape of each font is for that.
fn is_box(glyph: &Glyph) -> bool {
    glyph.id == 0
}

impl Part {
    /// The glyphs with lengths as parts of the font's size. Boxes in a row stand for their text together, so that it is
    /// copied in its order in whatever direction it is written.
    fn unscaled(&self, glyphs: &[Glyph]) -> Vec<Glyph> {
        let bytes = glyphs[0].bytes.start..glyphs[glyphs.len() - 1].bytes.end;
        let scaled = glyphs.iter().map(|glyph| Glyph {
            advance: glyph.advance / self.size,
            right: glyph.right / self.size,
            up: glyph.up / self.size,
            ..glyph.clone()
        });
        match &self.boxed {
            Some(sign) if is_box(&glyphs[0]) => scaled
                .map(|glyph| Glyph {
                    id: sign.id,
                    bytes: bytes.clone(),
                    ..glyph
                })
                .collect(),
            _ => scaled.collect(),
        }
    }

    fn font(&self, glyph: &Glyph) -> usize {
        match &self.boxed {
            Some(sign) if is_box(glyph) => sign.font,
            _ => glyph.font,
        }
    }

    /// The area of a link, and a line below its words if it leads away from the document.
    fn link(&self, target: &Target, (x, baseline): (f32, f32), width: f32, inks: &mut Vec<Ink>) {
        if width <= 0.0 {
            return;
        }
        if matches!(target, Target::Address(_)) {
            let line = Area {
                x,
                y: baseline + self.size * UNDERLINE.0,
                width,
                height: self.size * UNDERLINE.1,
            };
            inks.push(Ink::Fill(line, self.colour.covering(0.4)));
        }
        let area = Area {
            x,
            y: baseline - self.size,
            width,
            height: self.size * 1.3,
        };
        inks.push(Ink::Link(area, target.clone(), self.element));
    }
}
