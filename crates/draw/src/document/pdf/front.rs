//! What stands before the text and after it: title, contents, references. Owns no state.

use krilla::tagging::{ListNumbering, Tag};

use crate::canvas::Area;
use crate::document::address::followed;
use crate::document::clean::{Look, Piece, clean};
use crate::document::model::{Document, Level, Reference, Style};
use crate::document::pdf::Layout;
use crate::document::pdf::blocks::{GAP, SMALL};
use crate::document::pdf::look::{Column, Type};
use crate::document::pdf::rows::{Ink, LEFT, Place, Row, Target, WIDTH, below, kept_with_next, palette};

/// With so many headings or fewer, everybody sees what there is without a list.
const FEW: usize = 2;
/// How far the contents of a part stand in.
const STEP: f32 = 16.0;
/// Kept free for the numbers of pages.
const NUMBERS: f32 = 40.0;
/// How far references stand in.
const INDENT: f32 = 34.0;

impl Layout<'_> {
    /// The title and what is known of the document, with a line below.
    pub(super) fn title(&mut self, document: &Document) -> Vec<Row> {
        let page = Column::page();
        let mut rows = self.tagged(Tag::Title, |layout| {
            layout.balanced(&document.title, Type::bold(26.0), page)
        });
        let subtitle = self.tagged(Tag::P, |layout| {
            layout.balanced(&document.subtitle, Type::quiet(13.5), page)
        });
        rows.append(&mut below(7.0, subtitle));
        let made = [clean(&document.author), clean(&document.date)];
        let made: Vec<&str> = made
            .iter()
            .map(String::as_str)
            .filter(|text| !text.is_empty())
            .collect();
        let made = made.join(" · ");
        let made = self.tagged(Tag::P, |layout| layout.plain(&made, Type::quiet(10.5), page));
        rows.append(&mut below(7.0, made));
        kept_with_next(&mut rows);
        if !rows.is_empty() {
            rows.push(line(14.0, 0.8));
        }
        rows
    }

    /// The headings with their pages, if there are more than a few.
    pub(super) fn contents(&mut self, document: &Document) -> Vec<Row> {
        let mut entries: Vec<(String, Level)> = document
            .headed()
            .map(|section| (clean(&section.heading), section.level))
            .collect();
        if entries.len() <= FEW {
            return Vec::new();
        }
        if !document.references.is_empty() {
            entries.push((clean(&document.words.references), Level::One));
        }
        let heading = Type::bold(13.0);
        let mut rows = self.tagged(Tag::P, |layout| {
            layout.plain(&document.words.contents, heading, Column::page())
        });
        kept_with_next(&mut rows);
        rows = below(18.0, rows);
        self.tagged(Tag::TOC, |layout| {
            for (index, (words, level)) in entries.iter().enumerate() {
                let mut entry = layout.tagged(Tag::TOCI, |layout| layout.entry(index, words, *level));
                rows.append(&mut entry);
            }
        });
        rows.push(line(10.0, 0.8));
        rows
    }

    fn entry(&mut self, index: usize, words: &str, level: Level) -> Vec<Row> {
        let depth = match level {
            Level::One => 0.0,
            Level::Two => 1.0,
            Level::Three => 2.0,
        };
        let column = Column::page().indented(STEP * depth);
        let column = Column {
            width: column.width - NUMBERS,
            ..column
        };
        let place = Place::Heading(index);
        let look = Type::contents();
        let element = self.tree.add(Tag::Link);
        let outer = self.tree.open(Some(element));
        let mut rows = self.plain(words, look, column);
        self.tree.open(outer);
        for row in &mut rows {
            let area = Area {
                x: LEFT,
                y: 0.0,
                width: WIDTH,
                height: row.height,
            };
            row.inks
                .push(Ink::Link(area, Target::Place(place), Some(element)));
        }
        if let Some(last) = rows.last_mut() {
            let end = (LEFT + WIDTH, look.baseline());
            last.inks.push(leader(last.right_end(), look.baseline()));
            last.inks.push(Ink::PageOf(place, end, Some(element)));
        }
        below(2.5, rows)
    }

    /// What the marks in the text lead to.
    pub(super) fn reference_list(&mut self, document: &Document) -> Vec<Row> {
        if document.references.is_empty() {
            return Vec::new();
        }
        let mut rows = self.heading(&document.words.references, Level::One);
        let read = clean(&document.words.read);
        self.tagged(Tag::L(ListNumbering::Decimal), |layout| {
            for (index, reference) in document.references.iter().enumerate() {
                let entry = layout.reference(index, reference, &read);
                rows.append(&mut below(GAP, entry));
            }
        });
        rows
    }

    fn reference(&mut self, index: usize, reference: &Reference, read: &str) -> Vec<Row> {
        let look = Type::contents();
        let mut pieces = said_of(reference, read);
        if pieces.is_empty() {
            // The mark in the text must lead somewhere.
            pieces.extend(Piece::plain("—"));
        }
        let mut rows = self.point(&format!("[{}]", index + 1), &pieces, look, INDENT);
        if let Some(first) = rows.first_mut() {
            first.place = Some(Place::Reference(index));
        }
        rows.append(&mut self.address(&reference.address));
        let count = rows.len();
        kept_with_next(&mut rows[..count.saturating_sub(1)]);
        rows
    }

    /// An address as a line of its own, to read it on paper.
    fn address(&mut self, address: &str) -> Vec<Row> {
        let words = clean(address);
        if words.is_empty() {
            return Vec::new();
        }
        let look = followed(address).map_or(Look::Words(Style::Plain), Look::Link);
        let column = Column::page().indented(INDENT);
        self.tagged(Tag::P, |layout| {
            layout.paragraph(&[Piece { words, look }], Type::quiet(SMALL - 0.6), column)
        })
    }
}

/// Title, site and day.
fn said_of(reference: &Reference, read: &str) -> Vec<Piece> {
    let title = clean(&reference.title);
    let mut rest = clean(&reference.site);
    let day = clean(&reference.read);
    if !day.is_empty() {
        let day = format!("{read} {day}");
        rest = if rest.is_empty() {
            day
        } else {
            format!("{rest}, {day}")
        };
    }
    let between = if title.is_empty() || rest.is_empty() {
        ""
    } else {
        "\u{A0}— "
    };
    let parts = [(title, Style::Bold), (format!("{between}{rest}"), Style::Plain)];
    let parts = parts.into_iter().filter(|(words, _)| !words.is_empty());
    parts
        .map(|(words, style)| Piece {
            words,
            look: Look::Words(style),
        })
        .collect()
}

/// A fine line that leads the eye from words to the number of their page.
fn leader(from: f32, baseline: f32) -> Ink {
    const AROUND: f32 = 6.0;
    let x = from + AROUND;
    let area = Area {
        x,
        y: baseline - 0.6,
        width: LEFT + WIDTH - NUMBERS / 2.0 - x,
        height: 0.6,
    };
    Ink::Fill(area, palette().grid)
}

/// A line across the page.
fn line(above: f32, height: f32) -> Row {
    let area = Area {
        x: LEFT,
        y: 0.0,
        width: WIDTH,
        height,
    };
    Row {
        above,
        height,
        inks: vec![Ink::Fill(area, palette().grid)],
        ..Row::default()
    }
}
