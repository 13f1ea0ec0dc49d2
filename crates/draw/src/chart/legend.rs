//! The legend: above the plot, so that it never covers data. Owns no state.

use crate::canvas::{Anchor, Area, CAPITAL, Canvas, Colour, Pen};
use crate::chart::page::{MARGIN, Page, ROOM, SMALL};
use crate::theme::{Palette, SERIES};

/// The height of a row, in pixels.
pub(super) const ROW: f32 = 50.0;
/// The width of a sign, and the room behind it.
const SIGN: f32 = 46.0;
const BEHIND_SIGN: f32 = 14.0;
/// Between entries.
const BETWEEN: f32 = 40.0;
/// More rows would be longer than the plot.
const MOST_ROWS: usize = 10;

/// How a series looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sign {
    /// A line in the colour of a series.
    Line(usize),
    /// A line to compare with.
    Dashes,
    /// A line over other data.
    Curve(usize),
    /// An area in the colour of a series.
    Area(usize),
    /// A pale area.
    Pale(usize),
    /// A pale area that belongs to no series.
    PaleInk,
    /// An area that belongs to no series.
    Ink,
    /// A point of a class.
    Point(usize),
}

/// One thing of the legend.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) sign: Sign,
    pub(super) name: String,
}

impl Entry {
    /// An entry; `None` for what has no name.
    pub(super) fn new(sign: Sign, name: &str) -> Option<Self> {
        let name = name.trim().to_owned();
        (!name.is_empty()).then_some(Self { sign, name })
    }
}

/// An entry in its row.
pub(super) struct Placed {
    entry: Entry,
    x: f32,
    room: f32,
}

/// Puts entries into rows. One alone is not needed: the title says what it is.
pub(super) fn rows(page: &mut Page, entries: &[Entry]) -> Vec<Vec<Placed>> {
    let mut rows: Vec<Vec<Placed>> = Vec::new();
    let mut x = f32::INFINITY;
    for entry in entries {
        let words = page.canvas.width(&entry.name, page.small(page.colours.ink));
        let width = (SIGN + BEHIND_SIGN + words).min(ROOM);
        if x + width > MARGIN + ROOM {
            if rows.len() == MOST_ROWS {
                page.left_out(&entry.name);
                continue;
            }
            rows.push(Vec::new());
            x = MARGIN;
        }
        if let Some(row) = rows.last_mut() {
            row.push(Placed {
                entry: entry.clone(),
                x,
                room: width,
            });
        }
        x += width + BETWEEN;
    }
    rows
}

/// Draws rows from `top` down.
pub(super) fn draw(page: &mut Page, rows: &[Vec<Placed>], top: f32) {
    for (index, row) in rows.iter().enumerate() {
        let middle = top + (index as f32 + 0.5) * ROW;
        for placed in row {
            sign(page, placed.entry.sign, (placed.x, middle));
            let at = (placed.x + SIGN + BEHIND_SIGN, middle + SMALL * CAPITAL / 2.0);
            let look = page.small(page.colours.ink);
            let room = placed.room - SIGN - BEHIND_SIGN + 1.0;
            page.one_line(&placed.entry.name, at, Anchor::Left, (look, room));
        }
    }
}

fn sign(page: &mut Page, sign: Sign, (x, middle): (f32, f32)) {
    let colours = page.colours;
    let canvas = &mut page.canvas;
    let patch = Area {
        x,
        y: middle - 15.0,
        width: SIGN,
        height: 30.0,
    };
    match sign {
        Sign::Line(series) => line(canvas, (x, middle), series_pen(colours, series)),
        Sign::Curve(series) => line(canvas, (x, middle), pen(colours.of(series))),
        Sign::Dashes => line(canvas, (x, middle), level_pen(colours.ink)),
        Sign::Area(series) => canvas.round(patch, 6.0, colours.of(series)),
        Sign::Pale(series) => canvas.round(patch, 6.0, pale(colours.of(series))),
        Sign::Ink => canvas.round(patch, 6.0, colours.quiet),
        Sign::PaleInk => canvas.round(patch, 6.0, pale(colours.quiet)),
        Sign::Point(class) => marker(canvas, class, (x + SIGN / 2.0, middle), (13.0, colours.of(class))),
    }
}

fn line(canvas: &mut Canvas, (x, middle): (f32, f32), pen: Pen) {
    canvas.line([(x + 3.0, middle), (x + SIGN - 3.0, middle)], pen);
}

/// The pen of a line.
pub(super) fn pen(colour: Colour) -> Pen {
    Pen {
        width: 6.0,
        colour,
        dashes: None,
    }
}

/// The pen of a series. Where colours begin again, lines have gaps.
pub(super) fn series_pen(colours: &Palette, series: usize) -> Pen {
    let dashes = (series >= SERIES).then_some((18.0, 10.0));
    Pen {
        dashes,
        ..pen(colours.of(series))
    }
}

/// The pen of a value to compare with.
pub(super) fn level_pen(colour: Colour) -> Pen {
    Pen {
        width: 4.0,
        colour,
        dashes: Some((16.0, 12.0)),
    }
}

/// An area that lets the grid through.
pub(super) fn pale(colour: Colour) -> Colour {
    colour.covering(0.28)
}

/// A point of a class. Classes differ in their shape too, where points are large enough.
pub(super) fn marker(canvas: &mut Canvas, class: usize, at: (f32, f32), (radius, colour): (f32, Colour)) {
    /// Smaller, all shapes look the same.
    const SHAPELESS: f32 = 4.5;
    /// Smaller still, a square is as good as a circle and drawn much faster.
    const TINY: f32 = 3.0;
    if radius < TINY {
        let side = radius * 1.8;
        let (x, y) = (at.0 - side / 2.0, at.1 - side / 2.0);
        canvas.rectangle(
            Area {
                x,
                y,
                width: side,
                height: side,
            },
            colour,
        );
        return;
    }
    if radius < SHAPELESS {
        canvas.disc(at, radius, colour);
        return;
    }
    match class % 3 {
        0 => canvas.disc(at, radius, colour),
        1 => {
            let pen = Pen {
                width: radius * 0.5,
                colour,
                dashes: None,
            };
            canvas.ring(at, radius * 0.8, pen);
        }
        _ => {
            let (x, y) = at;
            let side = radius * 1.15;
            canvas.polygon(
                [(x, y - side), (x + side, y), (x, y + side), (x - side, y)],
                colour,
            );
        }
    }
}
