//! Tables as rows: columns as wide as their words need, lines between rows, the head again on each page. Owns no state.

use std::rc::Rc;

use krilla::tagging::{TableHeaderScope, Tag, TagKind};

use crate::canvas::Area;
use crate::document::clean::{Piece, pieces};
use crate::document::model::{Run, Table};
use crate::document::pdf::Layout;
use crate::document::pdf::blocks::{LARGE_GAP, SMALL};
use crate::document::pdf::look::{Column, Type};
use crate::document::pdf::rows::{BOTTOM, Ink, LEFT, Row, TOP, WIDTH, below, kept_with_next, palette};
use crate::theme::Colour;

/// Between columns.
const BETWEEN: f32 = 16.0;
/// Above and below the words of a row.
const PADDING: f32 = 3.5;
/// Rows that are higher may be cut by the end of a page, and a head that is higher is not repeated.
const HIGH: f32 = (BOTTOM - TOP) / 3.0;

/// Cells that are not wider keep their words on one line, if there is room.
const SHORT: f32 = 110.0;

/// Text of one cell.
type Cell = Vec<Piece>;

impl Layout<'_> {
    pub(super) fn table(&mut self, table: &Table) -> Vec<Row> {
        let cells = |row: &Vec<Vec<Run>>| row.iter().map(|cell| pieces(cell)).collect::<Vec<Cell>>();
        let head = cells(&table.head);
        let body: Vec<Vec<Cell>> = table.rows.iter().map(cells).collect();
        let columns = self.columns(&head, &body);
        let (bold, plain) = (
            Type::bold(SMALL),
            Type {
                size: SMALL,
                ..Type::text()
            },
        );
        let mut rows = Vec::new();
        let mut repeated = None;
        if head.iter().any(|cell| !cell.is_empty()) {
            let tag = || Tag::TH(TableHeaderScope::Column).into();
            rows = self.table_row(&head, &columns, bold, tag);
            underline(&mut rows, &columns, 0.9, palette().axis);
            kept_with_next(&mut rows);
            if height(&rows) < HIGH {
                repeated = Some(Rc::from(rows.as_slice()));
            }
        }
        for cells in &body {
            let mut lines = self.table_row(cells, &columns, plain, || Tag::TD.into());
            if height(&lines) < HIGH {
                let count = lines.len();
                kept_with_next(&mut lines[..count.saturating_sub(1)]);
            }
            underline(&mut lines, &columns, 0.5, palette().axis.covering(0.6));
            for line in &mut lines {
                line.head.clone_from(&repeated);
            }
            rows.append(&mut lines);
        }
        below(LARGE_GAP, rows)
    }

    /// Where the columns are: as wide as their words if all fit, otherwise the wide ones give.
    fn columns(&mut self, head: &[Cell], body: &[Vec<Cell>]) -> Vec<Column> {
        let count = body.iter().map(Vec::len).chain([head.len()]).max().unwrap_or(0);
        let mut wanted = vec![(0.0_f32, 0.0_f32); count];
        for (index, row) in std::iter::once(head)
            .chain(body.iter().map(Vec::as_slice))
            .enumerate()
        {
            let look = if index == 0 {
                Type::bold(SMALL)
            } else {
                Type::quiet(SMALL)
            };
            for (cell, wanted) in row.iter().zip(&mut wanted) {
                let (whole, word) = self.widths(cell, look);
                *wanted = (wanted.0.max(whole), wanted.1.max(word));
            }
        }
        let room = WIDTH - BETWEEN * count.saturating_sub(1) as f32;
        let mut x = LEFT;
        shared(&wanted, room)
            .into_iter()
            .enumerate()
            .map(|(index, width)| {
                let right = is_numbers(body.iter().filter_map(|row| row.get(index)));
                let column = Column { x, width, right };
                x += width + BETWEEN;
                column
            })
            .collect()
    }

    /// One row of cells: as many lines as its longest cell has.
    fn table_row(
        &mut self,
        cells: &[Cell],
        columns: &[Column],
        look: Type,
        tag: impl Fn() -> TagKind,
    ) -> Vec<Row> {
        let mut lines: Vec<Row> = Vec::new();
        self.tagged(Tag::TR, |layout| {
            for (cell, column) in cells.iter().zip(columns) {
                let said = layout.tagged(tag(), |layout| layout.paragraph(cell, look, *column));
                for (index, mut line) in said.into_iter().enumerate() {
                    match lines.get_mut(index) {
                        Some(there) => there.inks.append(&mut line.inks),
                        None => lines.push(Row {
                            keeps_next: false,
                            ..line
                        }),
                    }
                }
            }
        });
        if lines.is_empty() {
            lines.push(Row {
                height: look.line(),
                ..Row::default()
            });
        }
        padded(&mut lines);
        lines
    }
}

/// Shares room among columns that want so much for all their words, and need so much for their widest word.
fn shared(wanted: &[(f32, f32)], room: f32) -> Vec<f32> {
    let whole: f32 = wanted.iter().map(|(whole, _)| whole).sum();
    if whole <= room {
        // A little more, since sums of widths are rounded.
        return wanted.iter().map(|(whole, _)| whole + 0.01).collect();
    }
    // A word of half a page does not push the other columns out: it is split.
    let most = room / wanted.len() as f32;
    let words = wanted.iter().map(|(_, word)| word.min(most));
    let short = wanted
        .iter()
        .map(|(whole, word)| if *whole <= SHORT { *whole } else { word.min(most) });
    let mut least: Vec<f32> = short.collect();
    if least.iter().sum::<f32>() > room {
        least = words.collect();
    }
    let left = (room - least.iter().sum::<f32>()).max(0.0);
    let more: f32 = wanted
        .iter()
        .zip(&least)
        .map(|((whole, _), least)| whole - least)
        .sum();
    wanted
        .iter()
        .zip(least)
        .map(|((whole, _), least)| least + left * (whole - least) / more.max(1.0))
        .collect()
}

/// Whether all cells that are not empty are numbers, perhaps with a unit of one sign.
fn is_numbers<'a>(mut cells: impl Iterator<Item = &'a Cell>) -> bool {
    let is_number = |cell: &Cell| {
        let mut letters = cell.iter().flat_map(|piece| piece.words.chars());
        let digits = cell
            .iter()
            .any(|piece| piece.words.contains(|letter: char| letter.is_ascii_digit()));
        (digits || cell.is_empty())
            && letters
                .all(|letter| letter.is_ascii_digit() || " \u{A0}\u{202F}.,'+-−–±%€$£°".contains(letter))
    };
    cells.all(is_number)
}

fn padded(lines: &mut [Row]) {
    if let Some(first) = lines.first_mut() {
        first.height += PADDING;
        for ink in &mut first.inks {
            lower(ink, PADDING);
        }
    }
    if let Some(last) = lines.last_mut() {
        last.height += PADDING;
    }
}

fn lower(ink: &mut Ink, by: f32) {
    match ink {
        Ink::Letters(letters) => letters.at.1 += by,
        Ink::Fill(area, _) | Ink::Image(area, ..) | Ink::Link(area, ..) => area.y += by,
        Ink::PageOf(_, end, _) => end.1 += by,
    }
}

/// A line below the last row, as long as the table is wide.
fn underline(lines: &mut [Row], columns: &[Column], thick: f32, colour: Colour) {
    if let (Some(row), Some(last)) = (lines.last_mut(), columns.last()) {
        let area = Area {
            x: LEFT,
            y: row.height - thick / 2.0,
            width: last.x + last.width - LEFT,
            height: thick,
        };
        row.inks.push(Ink::Fill(area, colour));
    }
}

fn height(rows: &[Row]) -> f32 {
    rows.iter().map(|row| row.above + row.height).sum()
}

#[cfg(test)]
mod tests {
    use super::shared;

    #[test]
    fn columns_are_as_wide_as_their_words_if_all_fit() {
        let widths = shared(&[(100.0, 20.0), (50.0, 50.0)], 400.0);
        assert!(
            (widths[0] - 100.0).abs() < 0.1 && (widths[1] - 50.0).abs() < 0.1,
            "{widths:?}"
        );
    }

    #[test]
    fn wide_columns_give_and_narrow_ones_keep_their_words() {
        let widths = shared(&[(900.0, 40.0), (60.0, 60.0)], 400.0);
        assert!(widths[1] >= 60.0 && widths[0] > 300.0, "{widths:?}");
        assert!(widths.iter().sum::<f32>() < 400.1, "{widths:?}");
    }

    #[test]
    fn a_word_wider_than_the_table_is_split() {
        let widths = shared(&[(5000.0, 5000.0), (5000.0, 10.0), (10.0, 10.0)], 300.0);
        assert!(widths.iter().all(|width| *width >= 10.0), "{widths:?}");
        assert!(widths.iter().sum::<f32>() < 300.1, "{widths:?}");
    }
}
