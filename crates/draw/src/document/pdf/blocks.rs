//! Headings, paragraphs, lists, quotes and pictures as rows. Owns no state.

use std::num::NonZeroU16;

use krilla::image::Image;
use krilla::tagging::{ListNumbering, Tag};

use crate::canvas::Area;
use crate::document::clean::{Look, Piece, clean, pieces};
use crate::document::error::DocumentError;
use crate::document::model::{Block, Level, Run, Style, Words};
use crate::document::pdf::Layout;
use crate::document::pdf::look::{Column, TEXT, Type};
use crate::document::pdf::rows::{BOTTOM, Ink, LEFT, Row, TOP, WIDTH, below, kept_with_next, palette};
use crate::picture::{self, ImageFormat};

/// Between paragraphs.
pub(super) const GAP: f32 = 8.5;
/// Between points of a list.
const SMALL_GAP: f32 = 4.0;
/// Around tables and pictures.
pub(super) const LARGE_GAP: f32 = 14.0;
/// Below pictures and in tables.
pub(super) const SMALL: f32 = 9.8;
/// How far points of a list stand from the text's edge.
const INDENT: f32 = 20.0;
/// How far a quote stands in, and the bar at its left.
const QUOTE: f32 = 16.0;
const BAR: f32 = 2.5;
/// The most of a page's height that a picture takes.
const HIGHEST: f32 = (BOTTOM - TOP) * 0.62;
/// A picture's pixel in points, as on a screen with 96 pixels to an inch.
const PIXEL: f32 = 0.75;
/// Pixels of a picture's longer side: more than 200 to an inch across the page.
const SIDE: u32 = 1500;

impl Layout<'_> {
    /// A heading, on the page of what follows.
    pub(super) fn heading(&mut self, words: &str, level: Level) -> Vec<Row> {
        let (size, room, depth) = match level {
            Level::One => (18.0, 24.0, NonZeroU16::MIN),
            Level::Two => (14.2, 19.0, NonZeroU16::MIN.saturating_add(1)),
            Level::Three => (TEXT, 15.0, NonZeroU16::MIN.saturating_add(2)),
        };
        let tag = Tag::Hn(depth, Some(clean(words)));
        let mut rows = self.tagged(tag, |layout| {
            layout.balanced(words, Type::bold(size), Column::page())
        });
        if let Some(first) = rows.first_mut() {
            first.place = Some(self.next_heading());
        }
        kept_with_next(&mut rows);
        below(room, rows)
    }

    pub(super) fn block(&mut self, block: &Block, words: &Words) -> Result<Vec<Row>, DocumentError> {
        let rows = match block {
            Block::Paragraph(runs) => self.text(runs, Type::text(), Column::page()),
            Block::Bullets(points) => {
                let tag = Tag::L(ListNumbering::Disc);
                return Ok(self.tagged(tag, |layout| layout.points(points, |_| "•".to_owned())));
            }
            Block::Numbers(points) => {
                let tag = Tag::L(ListNumbering::Decimal);
                return Ok(self.tagged(tag, |layout| {
                    layout.points(points, |index| format!("{}.", index + 1))
                }));
            }
            Block::Quote { words, source } => {
                return Ok(self.tagged(Tag::BlockQuote, |layout| layout.quote(words, source)));
            }
            Block::Table(table) => return Ok(self.tagged(Tag::Table, |layout| layout.table(table))),
            Block::Picture { bytes, caption } => return self.picture(bytes, caption, words),
        };
        Ok(below(GAP, rows))
    }

    fn text(&mut self, runs: &[Run], look: Type, column: Column) -> Vec<Row> {
        self.tagged(Tag::P, |layout| layout.paragraph(&pieces(runs), look, column))
    }

    fn points(&mut self, points: &[Vec<Run>], mark: impl Fn(usize) -> String) -> Vec<Row> {
        let mut all = Vec::new();
        // Marks end at one edge, so that the points of "9." and "10." stand below each other.
        let widest = mark(points.len().saturating_sub(1));
        let look = Type::text();
        let (width, _) = self.widths(&Vec::from_iter(Piece::plain(&widest)), look);
        let indent = INDENT.max(width + 12.0);
        for (index, point) in points.iter().enumerate() {
            let rows = self.point(&mark(index), &pieces(point), look, indent);
            let room = if all.is_empty() { GAP } else { SMALL_GAP };
            all.append(&mut below(room, rows));
        }
        all
    }

    /// A mark and a paragraph at its right; nothing without words.
    pub(super) fn point(&mut self, mark: &str, pieces: &[Piece], look: Type, indent: f32) -> Vec<Row> {
        const BETWEEN: f32 = 7.0;
        self.tagged(Tag::LI, |layout| {
            let end = (LEFT + indent - BETWEEN, look.baseline());
            let mut inks = layout.tagged(Tag::Lbl, |layout| layout.ending_at(mark, look, end));
            let column = Column::page().indented(indent);
            let mut rows = layout.tagged(Tag::LBody, |layout| layout.paragraph(pieces, look, column));
            if let Some(first) = rows.first_mut() {
                inks.append(&mut first.inks);
                first.inks = inks;
            }
            rows
        })
    }

    fn quote(&mut self, words: &[Run], source: &[Run]) -> Vec<Row> {
        let column = Column::page().indented(QUOTE);
        let mut rows = self.text(words, Type::text(), column);
        let mut source = pieces(source);
        if !source.is_empty() {
            source.splice(0..0, Piece::plain("—\u{A0}"));
            if let Some(last) = rows.last_mut() {
                last.keeps_next = true;
            }
            let said = self.tagged(Tag::P, |layout| {
                layout.paragraph(&source, Type::quiet(SMALL), column)
            });
            rows.append(&mut below(3.0, said));
        }
        for (index, row) in rows.iter_mut().enumerate() {
            let above = if index == 0 { 0.0 } else { row.above };
            let bar = Area {
                x: LEFT,
                y: -above,
                width: BAR,
                height: above + row.height,
            };
            row.inks.push(Ink::Fill(bar, palette().series[0].covering(0.5)));
        }
        below(LARGE_GAP, rows)
    }

    fn picture(&mut self, bytes: &[u8], caption: &[Run], words: &Words) -> Result<Vec<Row>, DocumentError> {
        self.pictures += 1;
        let number = self.pictures;
        let broken = |source| DocumentError::Picture { number, source };
        let small = picture::reduced(bytes, SIDE, &self.limits.images).map_err(broken)?;
        let natural = (small.width as f32 * PIXEL, small.height as f32 * PIXEL);
        let image = match small.format {
            ImageFormat::Jpeg => Image::from_jpeg(small.bytes.into(), true),
            _ => Image::from_png(small.bytes.into(), true),
        };
        let image = image.map_err(|reason| DocumentError::Write { reason })?;
        let part = (WIDTH / natural.0).min(HIGHEST / natural.1).min(1.0);
        let area = Area {
            x: LEFT,
            y: 0.0,
            width: natural.0 * part,
            height: natural.1 * part,
        };
        let mut said = pieces(caption);
        let mut alternative = String::new();
        for piece in &said {
            alternative.push_str(&piece.words);
        }
        let label = format!("{}\u{A0}{number}", clean(&words.figure));
        let label = if said.is_empty() {
            label
        } else {
            format!("{label}: ")
        };
        let style = Look::Words(Style::Bold);
        said.insert(
            0,
            Piece {
                words: label,
                look: style,
            },
        );
        let element = self.tree.add(Tag::Figure(Some(alternative)));
        let mut rows = vec![Row {
            height: area.height,
            keeps_next: true,
            inks: vec![Ink::Image(area, image, Some(element))],
            ..Row::default()
        }];
        let caption = self.tagged(Tag::Caption, |layout| {
            layout.paragraph(&said, Type::quiet(SMALL), Column::page())
        });
        rows.append(&mut below(6.0, caption));
        Ok(below(LARGE_GAP, rows))
    }
}
