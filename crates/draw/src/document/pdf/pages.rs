//! Breaks rows into pages. Owns no state.

use crate::document::error::DocumentError;
use crate::document::limits::DocumentLimits;
use crate::document::pdf::rows::{BOTTOM, Row, TOP};

/// A page: rows, and where each begins, in points from the page's top.
#[derive(Default)]
pub(super) struct Page {
    pub(super) rows: Vec<(f32, Row)>,
    /// Where the next row would begin.
    at: f32,
}

impl Page {
    fn new() -> Self {
        Self {
            rows: Vec::new(),
            at: TOP,
        }
    }

    fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How much of the page these rows take.
    fn takes(&self, rows: &[Row]) -> f32 {
        let above = if self.is_empty() { 0.0 } else { rows[0].above };
        let rest: f32 = rows[1..].iter().map(|row| row.above).sum();
        above + rest + rows.iter().map(|row| row.height).sum::<f32>()
    }

    fn fits(&self, rows: &[Row]) -> bool {
        self.at + self.takes(rows) <= BOTTOM
    }

    fn put(&mut self, row: Row) {
        if !self.is_empty() {
            self.at += row.above;
        }
        let height = row.height;
        self.rows.push((self.at, row));
        self.at += height;
    }
}

/// The pages of a document, at least one. Rows that keep together are on one page, as long as one page can hold them.
pub(super) fn broken(rows: Vec<Row>, limits: &DocumentLimits) -> Result<Vec<Page>, DocumentError> {
    let mut pages = vec![Page::new()];
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let mut group: Vec<Row> = Vec::new();
        for row in rows.by_ref() {
            let ends = !row.keeps_next;
            group.push(row);
            if ends {
                break;
            }
        }
        place(group, &mut pages, limits)?;
    }
    limits.check_pages(pages.len())?;
    Ok(pages)
}

fn place(group: Vec<Row>, pages: &mut Vec<Page>, limits: &DocumentLimits) -> Result<(), DocumentError> {
    let last = |pages: &Vec<Page>| pages.len() - 1;
    let current = last(pages);
    if !pages[current].is_empty() && !pages[current].fits(&group) {
        pages.push(begun(&group[0]));
        limits.check_pages(pages.len())?;
    }
    for row in group {
        let current = last(pages);
        // Only what is higher than a page is broken here.
        if !pages[current].is_empty() && !pages[current].fits(std::slice::from_ref(&row)) {
            pages.push(begun(&row));
            limits.check_pages(pages.len())?;
        }
        let current = last(pages);
        pages[current].put(row);
    }
    Ok(())
}

/// A new page for a row: with what is repeated above it.
fn begun(row: &Row) -> Page {
    let mut page = Page::new();
    for head in row.head.iter().flat_map(|head| head.iter()) {
        page.put(Row {
            repeated: true,
            place: None,
            ..head.clone()
        });
    }
    page
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::broken;
    use crate::document::error::{DocumentError, DocumentQuantity};
    use crate::document::limits::DocumentLimits;
    use crate::document::pdf::rows::{BOTTOM, Row, TOP};

    fn row(height: f32, keeps_next: bool) -> Row {
        Row {
            height,
            keeps_next,
            ..Row::default()
        }
    }

    fn counts(rows: Vec<Row>) -> Vec<usize> {
        let pages = broken(rows, &DocumentLimits::default()).unwrap();
        pages.iter().map(|page| page.rows.len()).collect()
    }

    #[test]
    fn rows_fill_a_page_before_the_next_begins() {
        let third = (BOTTOM - TOP) / 3.0 - 0.1;
        assert_eq!(counts(vec![row(third, false); 7]), [3, 3, 1]);
        assert_eq!(counts(vec![]), [0]);
    }

    #[test]
    fn rows_that_keep_together_go_to_the_next_page_together() {
        let third = (BOTTOM - TOP) / 3.0 - 0.1;
        let rows = vec![
            row(third, false),
            row(third, true),
            row(third, true),
            row(third, false),
        ];
        assert_eq!(counts(rows), [1, 3]);
    }

    #[test]
    fn rows_that_no_page_can_hold_together_are_broken_all_the_same() {
        let third = (BOTTOM - TOP) / 3.0 - 0.1;
        let mut rows = vec![row(third, true); 7];
        rows.insert(0, row(third, false));
        assert_eq!(counts(rows), [1, 3, 3, 1]);
    }

    #[test]
    fn the_head_of_a_table_is_on_each_of_its_pages() {
        let third = (BOTTOM - TOP) / 3.0 - 0.1;
        let head = row(third, true);
        let below = Row {
            head: Some(Rc::from([head.clone()])),
            ..row(third, false)
        };
        let pages = broken(
            vec![head, below.clone(), below.clone(), below],
            &DocumentLimits::default(),
        )
        .unwrap();
        let repeated: Vec<Vec<bool>> = pages
            .iter()
            .map(|page| page.rows.iter().map(|(_, row)| row.repeated).collect())
            .collect();
        assert_eq!(repeated, [vec![false, false, false], vec![true, false]]);
    }

    #[test]
    fn more_pages_than_allowed_are_an_error() {
        let limits = DocumentLimits {
            pages: 2,
            ..DocumentLimits::default()
        };
        let full = || row(BOTTOM - TOP, false);
        assert!(broken(vec![full(), full()], &limits).is_ok());
        let what = DocumentQuantity::Pages;
        let expected = DocumentError::TooLarge { what, most: 2 };
        assert_eq!(
            broken(vec![full(), full(), full()], &limits).err(),
            Some(expected)
        );
    }
}
