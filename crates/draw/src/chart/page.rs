//! The words around a plot: title, badge, subtitle, legend, captions. Owns the canvas while a chart is drawn.

use crate::Theme;
use crate::canvas::{Anchor, Area, CAPITAL, Canvas, Colour, Face, LINE_HEIGHT, MOST_PIXELS, Type};
use crate::chart::legend::{self, Entry};
use crate::chart::spec::Chart;
use crate::chart::{Drawing, HEIGHT, WIDTH};
use crate::theme::Palette;

/// Left and right of everything, in pixels.
pub(super) const MARGIN: f32 = 56.0;
/// The width of words.
pub(super) const ROOM: f32 = WIDTH as f32 - 2.0 * MARGIN;
/// The smallest letters: a phone shows the picture 360 points wide, where these are 10.5 high.
pub(super) const SMALL: f32 = 35.0;
/// The letters of the title.
const TITLE: f32 = 56.0;
/// The letters of the subtitle and of captions.
const TEXT: f32 = 37.0;
/// Between blocks of words and the plot.
const GAP: f32 = 26.0;
/// The least height of a plot.
const LEAST_PLOT: f32 = 600.0;
/// The most lines of each kind of words.
const TITLE_LINES: usize = 2;
const SUBTITLE_LINES: usize = 3;
const CAPTION_LINES: usize = 3;
/// The most captions.
const CAPTIONS: usize = 8;
/// The height of a badge, and the room beside its words.
const BADGE: f32 = 74.0;
const BADGE_PADDING: f32 = 30.0;
/// The most words that are reported as left out: a list of a million helps nobody.
const MOST_CUT: usize = 100;

const FITS: &str = "the height of a page is bounded, and so is its width";

/// A chart's page.
pub(super) struct Page {
    pub(super) canvas: Canvas,
    pub(super) colours: &'static Palette,
    cut: Vec<String>,
}

/// A line of words that has its place.
struct Placed {
    words: String,
    baseline: f32,
    look: Type,
}

impl Page {
    /// Measures and draws all words; the area that is left is for the plot.
    pub(super) fn lay(chart: &Chart, theme: Theme, entries: &[Entry], wish: Option<f32>) -> (Self, Area) {
        let colours = theme.palette();
        let mut page = Self {
            canvas: Canvas::new(1, 1, colours.ground).expect(FITS),
            colours,
            cut: Vec::new(),
        };
        let badge = page.badge_width(&chart.badge);
        let mut placed = Vec::new();
        let mut y = MARGIN - 12.0;
        let title_room = if badge > 0.0 { ROOM - badge - GAP } else { ROOM };
        y = page.place(
            &mut placed,
            &chart.title,
            page.bold(TITLE),
            (y, title_room),
            TITLE_LINES,
        );
        if badge > 0.0 {
            y = y.max(MARGIN - 12.0 + BADGE);
        }
        y = page.place(
            &mut placed,
            &chart.subtitle,
            page.quiet(TEXT),
            (y + 4.0, ROOM),
            SUBTITLE_LINES,
        );
        let rows = legend::rows(&mut page, entries);
        let legend_top = y + 10.0;
        if !rows.is_empty() {
            y = legend_top + rows.len() as f32 * legend::ROW;
        }
        let top = y + GAP;
        let captions = page.captions(chart);
        let below: f32 = captions.iter().map(|line| line.look.size * LINE_HEIGHT).sum();
        let below = if captions.is_empty() {
            MARGIN * 0.7
        } else {
            below + GAP + MARGIN * 0.8
        };
        let plot = wish.unwrap_or((HEIGHT as f32 - top - below).max(LEAST_PLOT));
        let most = (MOST_PIXELS / WIDTH) as f32;
        let height = (top + plot + below).ceil().min(most);
        page.canvas = page
            .canvas
            .resized(WIDTH, height as u32, colours.ground)
            .expect(FITS);
        page.badge(&chart.badge, badge);
        let mut baseline = height - below + GAP;
        for mut line in captions {
            baseline += line.look.size * LINE_HEIGHT;
            line.baseline = baseline - line.look.size * (LINE_HEIGHT - CAPITAL) / 2.0;
            placed.push(line);
        }
        for line in placed {
            page.canvas
                .text(&line.words, (MARGIN, line.baseline), Anchor::Left, line.look);
        }
        legend::draw(&mut page, &rows, legend_top);
        let area = Area {
            x: MARGIN,
            y: top,
            width: ROOM,
            height: height - top - below,
        };
        (page, area)
    }

    /// The finished picture.
    pub(super) fn finish(self, description: String) -> Drawing {
        let (width, height) = self.canvas.size();
        Drawing {
            width,
            height,
            description,
            missing: self.canvas.missing(),
            cut: self.cut,
            png: self.canvas.into_png(),
        }
    }

    /// Places a block of words from `top` down, and says where it ends.
    fn place(
        &mut self,
        placed: &mut Vec<Placed>,
        words: &str,
        look: Type,
        (top, room): (f32, f32),
        most: usize,
    ) -> f32 {
        let mut y = top;
        let (lines, cut) = self.canvas.few_lines(words.trim(), look, room, most);
        if cut {
            self.left_out(words);
        }
        for words in lines {
            y += look.size * LINE_HEIGHT;
            let baseline = y - look.size * (LINE_HEIGHT - CAPITAL) / 2.0;
            placed.push(Placed {
                words,
                baseline,
                look,
            });
        }
        y
    }

    fn captions(&mut self, chart: &Chart) -> Vec<Placed> {
        let mut placed = Vec::new();
        let look = Type {
            colour: self.colours.ink,
            ..self.quiet(TEXT)
        };
        for (index, caption) in chart.captions.iter().enumerate() {
            if index < CAPTIONS {
                self.place(&mut placed, caption, look, (0.0, ROOM), CAPTION_LINES);
            } else {
                self.left_out(caption);
            }
        }
        placed
    }

    fn badge_width(&self, words: &str) -> f32 {
        if words.is_empty() {
            return 0.0;
        }
        (self.canvas.width(words, self.bold(TEXT)) + 2.0 * BADGE_PADDING).min(ROOM / 2.0)
    }

    fn badge(&mut self, words: &str, width: f32) {
        if width <= 0.0 {
            return;
        }
        let area = Area {
            x: MARGIN + ROOM - width,
            y: MARGIN - 10.0,
            width,
            height: BADGE,
        };
        let colour = self.colours.of(2);
        self.canvas.round(area, BADGE / 2.0, colour);
        let look = Type {
            colour: self.colours.ink_on(colour),
            ..self.bold(TEXT)
        };
        let at = (area.x + width / 2.0, area.y + BADGE / 2.0 + TEXT * CAPITAL / 2.0);
        self.one_line(
            words,
            at,
            Anchor::Middle,
            (look, width - 2.0 * BADGE_PADDING + 1.0),
        );
    }

    /// One line that is cut to its room, which is reported.
    pub(super) fn one_line(
        &mut self,
        words: &str,
        at: (f32, f32),
        anchor: Anchor,
        (look, room): (Type, f32),
    ) {
        let (shown, cut) = self.canvas.short(words, look, room);
        if cut {
            self.left_out(words);
        }
        self.canvas.text(&shown, at, anchor, look);
    }

    /// Words that have no place, or not enough of it.
    pub(super) fn left_out(&mut self, words: &str) {
        if self.cut.len() < MOST_CUT {
            self.cut.push(words.to_owned());
        }
    }

    /// What is said where there is no data.
    pub(super) fn nothing(&mut self, area: Area) {
        let at = (area.x + area.width / 2.0, area.y + area.height / 2.0);
        let look = self.quiet(TEXT);
        self.canvas.text("no data", at, Anchor::Middle, look);
    }

    pub(super) fn bold(&self, size: f32) -> Type {
        Type {
            size,
            face: Face::Bold,
            colour: self.colours.ink,
        }
    }

    pub(super) fn quiet(&self, size: f32) -> Type {
        Type {
            size,
            face: Face::Medium,
            colour: self.colours.quiet,
        }
    }

    /// Small words in a colour.
    pub(super) fn small(&self, colour: Colour) -> Type {
        Type {
            size: SMALL,
            face: Face::Medium,
            colour,
        }
    }
}
