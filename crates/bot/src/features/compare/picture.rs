//! The picture that ends the lesson: both timelines on one scale, the one above the other. A pure function.

use std::time::Duration;

use crate::features::compare::canvas::{Anchor, Area, Canvas, Colour, Type, Weight};
use crate::features::compare::lesson::{Comparison, Stretch, Timeline};
use crate::words;

/// The size of the picture in pixels: a phone shows it as wide as its screen.
pub(crate) const WIDTH: u32 = 1200;
/// The height that goes with it.
pub(crate) const HEIGHT: u32 = 800;

/// Left and right of everything.
const MARGIN: f32 = 64.0;
/// The width of the longest timeline.
const SPAN: f32 = WIDTH as f32 - 2.0 * MARGIN;
/// Where the lanes of the two ways begin, below their headings.
const LANES_TOP: [f32; 2] = [226.0, 512.0];
/// The height of all lanes of one way together.
const LANES_HEIGHT: f32 = 190.0;
/// Where the grid of the first way ends.
const GROUP_END: f32 = LANES_TOP[0] + LANES_HEIGHT + 8.0;
/// The thickest bar.
const THICKEST: f32 = 56.0;
/// Between a bar's end and a name, inside or outside.
const NAME_GAP: f32 = 16.0;
/// Where the axis is.
const AXIS: f32 = 722.0;
/// The most steps on the axis.
const MOST_STEPS: f64 = 9.0;

/// The colours of a picture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Theme {
    ground: Colour,
    ink: Colour,
    quiet: Colour,
    grid: Colour,
    good: Colour,
    good_ground: Colour,
    on_bar: Colour,
    bars: [Colour; 6],
}

impl Theme {
    /// Ink on warm paper; it keeps its own ground, so it reads well in dark chats too.
    pub(crate) const PAPER: Self = Self {
        ground: Colour(0xFA, 0xF9, 0xF6),
        ink: Colour(0x1F, 0x24, 0x33),
        quiet: Colour(0x6B, 0x72, 0x84),
        grid: Colour(0xE3, 0xE2, 0xDC),
        good: Colour(0x16, 0x7F, 0x5B),
        good_ground: Colour(0xE4, 0xF1, 0xEA),
        on_bar: Colour(0xFF, 0xFF, 0xFF),
        bars: [
            Colour(0x45, 0x5B, 0xD6),
            Colour(0x0E, 0x8A, 0x8A),
            Colour(0xD4, 0x62, 0x2B),
            Colour(0xB8, 0x3B, 0x86),
            Colour(0x4F, 0x86, 0x2F),
            Colour(0x7C, 0x4B, 0xC4),
        ],
    };
}

/// Draws a comparison as a PNG.
pub(crate) fn draw(comparison: &Comparison, theme: Theme) -> Vec<u8> {
    let longest = comparison
        .one_after_another
        .total
        .max(comparison.side_by_side.total);
    let mut sheet = Sheet {
        canvas: Canvas::new(WIDTH, HEIGHT, theme.ground),
        theme,
        scale: SPAN / longest.as_secs_f32().max(0.001),
    };
    sheet.title(comparison);
    sheet.axis(longest);
    sheet.saving(comparison);
    let ways = [
        (words::ONE_AFTER_ANOTHER, &comparison.one_after_another),
        (words::SIDE_BY_SIDE, &comparison.side_by_side),
    ];
    for ((name, timeline), top) in ways.into_iter().zip(LANES_TOP) {
        sheet.way(name, timeline, top);
    }
    sheet.canvas.into_png()
}

struct Sheet {
    canvas: Canvas,
    theme: Theme,
    /// Pixels per second.
    scale: f32,
}

impl Sheet {
    fn type_of(&self, size: f32, weight: Weight) -> Type {
        Type {
            size,
            weight,
            colour: self.theme.ink,
        }
    }

    fn quiet(&self, size: f32) -> Type {
        Type {
            size,
            weight: Weight::Medium,
            colour: self.theme.quiet,
        }
    }

    fn title(&mut self, comparison: &Comparison) {
        let title = words::picture_title(comparison);
        let look = self.type_of(60.0, Weight::Bold);
        self.canvas.text(&title, (MARGIN, 104.0), Anchor::Left, look);
        let badge = words::faster(comparison);
        let look = Type {
            colour: self.theme.on_bar,
            ..self.type_of(44.0, Weight::Bold)
        };
        let width = self.canvas.width(&badge, look) + 60.0;
        let area = Area {
            x: WIDTH as f32 - MARGIN - width,
            y: 48.0,
            width,
            height: 74.0,
        };
        self.canvas.round(area, 37.0, self.theme.good);
        let middle = (area.x + width / 2.0, 100.0);
        self.canvas.text(&badge, middle, Anchor::Middle, look);
    }

    fn axis(&mut self, longest: Duration) {
        let step = step(longest.as_secs_f64());
        let look = self.quiet(36.0);
        let steps = (longest.as_secs_f64() / step + 1e-6).floor() as u32;
        for index in 0..=steps {
            let seconds = f64::from(index) * step;
            let x = MARGIN + seconds as f32 * self.scale;
            // The lines stop at the headings, so that nothing runs through words.
            for (top, end) in LANES_TOP.into_iter().zip([GROUP_END, AXIS]) {
                let grid = self.theme.grid;
                self.canvas.line((x, top - 8.0), (x, end), grid);
            }
            let anchor = match index {
                0 => Anchor::Left,
                _ if index == steps && x > WIDTH as f32 - MARGIN - 30.0 => Anchor::Right,
                _ => Anchor::Middle,
            };
            let label = words::axis_label(seconds);
            self.canvas.text(&label, (x, AXIS + 42.0), anchor, look);
        }
    }

    fn way(&mut self, name: &str, timeline: &Timeline, top: f32) {
        let look = self.type_of(42.0, Weight::Medium);
        self.canvas.text(name, (MARGIN, top - 26.0), Anchor::Left, look);
        let total = words::seconds(timeline.total);
        let look = self.type_of(52.0, Weight::Bold);
        let right = (WIDTH as f32 - MARGIN, top - 26.0);
        self.canvas.text(&total, right, Anchor::Right, look);
        let pitch = LANES_HEIGHT / timeline.stretches.len().max(1) as f32;
        let thick = (pitch - 6.0).min(THICKEST);
        let size = (thick * 0.95).clamp(24.0, 38.0);
        let bars: Vec<Area> = timeline
            .stretches
            .iter()
            .enumerate()
            .map(|(index, stretch)| self.area(*stretch, top + pitch * (index as f32 + 0.5), thick))
            .collect();
        // Either all names stand on their bars or none does.
        let look = self.type_of(size, Weight::Medium);
        let inside = bars.iter().enumerate().all(|(index, bar)| {
            self.canvas.width(words::task_name(index), look) + 2.0 * NAME_GAP <= bar.width
        });
        for (index, bar) in bars.into_iter().enumerate() {
            let colour = self.theme.bars[index % self.theme.bars.len()];
            self.canvas.round(bar, thick / 4.0, colour);
            self.name(index, bar, size, inside);
        }
    }

    fn area(&self, stretch: Stretch, middle: f32, thick: f32) -> Area {
        let length = stretch.end.saturating_sub(stretch.start).as_secs_f32() * self.scale;
        Area {
            x: MARGIN + stretch.start.as_secs_f32() * self.scale,
            y: middle - thick / 2.0,
            width: length.max(4.0),
            height: thick,
        }
    }

    fn name(&mut self, index: usize, bar: Area, size: f32, inside: bool) {
        let name = words::task_name(index);
        let colour = if inside { self.theme.on_bar } else { self.theme.ink };
        let look = Type {
            colour,
            ..self.type_of(size, Weight::Medium)
        };
        let baseline = bar.y + bar.height / 2.0 + size * 0.29;
        let behind = bar.x + bar.width + NAME_GAP;
        let (x, anchor) = if inside {
            (bar.x + NAME_GAP, Anchor::Left)
        } else if behind + self.canvas.width(name, look) <= WIDTH as f32 - MARGIN {
            (behind, Anchor::Left)
        } else {
            (bar.x - NAME_GAP, Anchor::Right)
        };
        self.canvas.text(name, (x, baseline), anchor, look);
    }

    /// Marks the time that the shorter way leaves, where there is room for the words.
    fn saving(&mut self, comparison: &Comparison) {
        let (long, short) = (comparison.one_after_another.total, comparison.side_by_side.total);
        let saved = long.saturating_sub(short);
        let room = saved.as_secs_f32() * self.scale;
        let words = words::saved(saved);
        let look = Type {
            colour: self.theme.good,
            ..self.type_of(42.0, Weight::Bold)
        };
        let padding = 28.0;
        if room < self.canvas.width(&words, look) + 2.0 * padding {
            return;
        }
        let area = Area {
            x: MARGIN + short.as_secs_f32() * self.scale,
            y: LANES_TOP[1],
            width: room,
            height: LANES_HEIGHT,
        };
        self.canvas.round(area, 16.0, self.theme.good_ground);
        let at = (
            area.x + room - padding,
            area.y + LANES_HEIGHT / 2.0 + look.size * 0.29,
        );
        self.canvas.text(&words, at, Anchor::Right, look);
    }
}

/// How many seconds lie between two marks of the axis.
fn step(longest: f64) -> f64 {
    [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|step| longest / step <= MOST_STEPS)
        .unwrap_or(20.0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{HEIGHT, Theme, WIDTH, draw};
    use crate::features::compare::lesson::{Comparison, Stretch, Timeline};

    fn timeline(stretches: &[(f64, f64)]) -> Timeline {
        let stretch = |(start, end): &(f64, f64)| Stretch {
            start: Duration::from_secs_f64(*start),
            end: Duration::from_secs_f64(*end),
        };
        let stretches: Vec<Stretch> = stretches.iter().map(stretch).collect();
        let total = stretches.iter().map(|one| one.end).max().unwrap_or_default();
        Timeline { stretches, total }
    }

    fn comparison(tasks: u32, each: f64) -> Comparison {
        let serial: Vec<(f64, f64)> = (0..tasks)
            .map(|n| (f64::from(n) * each, f64::from(n + 1) * each))
            .collect();
        let parallel: Vec<(f64, f64)> = (0..tasks).map(|_| (0.0, each)).collect();
        Comparison {
            one_after_another: timeline(&serial),
            side_by_side: timeline(&parallel),
        }
    }

    #[test]
    fn the_picture_is_a_png_of_its_size_and_is_not_empty() {
        let png = draw(&comparison(3, 2.0), Theme::PAPER);
        let picture = tiny_skia::Pixmap::decode_png(&png).unwrap();
        assert_eq!((picture.width(), picture.height()), (WIDTH, HEIGHT));
        let ground = picture.pixel(0, 0).unwrap();
        let drawn = picture.pixels().iter().filter(|pixel| **pixel != ground).count();
        assert!(drawn > 50_000, "only {drawn} pixels are not ground");
        assert!(png.len() < 300_000, "{} bytes are much for a phone", png.len());
    }

    #[test]
    fn every_allowed_plan_can_be_drawn() {
        for tasks in 1..=6 {
            for each in [1.0, 2.007, 10.0] {
                let png = draw(&comparison(tasks, each), Theme::PAPER);
                assert!(tiny_skia::Pixmap::decode_png(&png).is_ok());
            }
        }
    }

    #[test]
    fn a_comparison_without_any_length_is_drawn_too() {
        let nothing = Comparison {
            one_after_another: Timeline::default(),
            side_by_side: Timeline::default(),
        };
        assert!(!draw(&nothing, Theme::PAPER).is_empty());
    }
}
