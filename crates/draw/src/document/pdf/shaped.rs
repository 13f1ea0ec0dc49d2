//! A paragraph whose letters have shapes, and the lines that become of it. Owns no state.

use std::ops::Range;
use std::rc::Rc;

use crate::canvas::Area;
use crate::document::pdf::look::{Column, Type};
use crate::document::pdf::rows::{Ink, Letters, Row, Target, without_lonely_rows};
use crate::document::pdf::tree::Element;
use crate::text::{self, Glyph};
use crate::theme::Colour;

/// Below links, as a part of the size.
const UNDERLINE: (f32, f32) = (0.14, 0.045);

/// A paragraph before it has lines.
pub(super) struct Shaped {
    pub(super) text: Rc<str>,
    /// With lengths in points.
    pub(super) glyphs: Vec<Glyph>,
    pub(super) parts: Vec<Part>,
}

/// Glyphs in one look.
pub(super) struct Part {
    pub(super) glyphs: Range<usize>,
    pub(super) size: f32,
    pub(super) colour: Colour,
    pub(super) target: Option<Target>,
    pub(super) element: Option<Element>,
    /// What is drawn for letters that no font has.
    pub(super) boxed: Option<Glyph>,
}

impl Shaped {
    /// Its lines as rows.
    pub(super) fn rows(&self, lines: &[Range<usize>], look: Type, column: Column) -> Vec<Row> {
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
    pub(super) fn inks(&self, line: &Range<usize>, end: usize, at: (f32, f32)) -> Vec<Ink> {
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
pub(super) fn is_box(glyph: &Glyph) -> bool {
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
