//! Shapes and text on a picture. Owns the pixels of the picture that is being drawn.

use ab_glyph::{Font as _, FontRef, OutlineCurve, Point, ScaleFont as _};
use tiny_skia::{FillRule, Paint, Path, PathBuilder, Pixmap, Stroke, Transform};

/// The text font and the one for what matters, both under the SIL Open Font License: see `assets/OFL.txt`.
const MEDIUM: &[u8] = include_bytes!("../../../assets/Inter-Medium.otf");
const BOLD: &[u8] = include_bytes!("../../../assets/Inter-Bold.otf");

const SHIPPED_FONT: &str = "the fonts are compiled in, and a test reads them";
const FITS_IN_MEMORY: &str = "the sizes of pictures are small constants above zero";

/// A colour, as red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Colour(pub(super) u8, pub(super) u8, pub(super) u8);

/// How heavy letters are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Weight {
    Medium,
    Bold,
}

/// How text looks. The size is that of the font, in pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Type {
    pub(super) size: f32,
    pub(super) weight: Weight,
    pub(super) colour: Colour,
}

/// Which point of a line of text is given.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    Left,
    Middle,
    Right,
}

/// A place and its size, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) width: f32,
    pub(super) height: f32,
}

/// A picture that is being drawn.
pub(super) struct Canvas {
    pixels: Pixmap,
    medium: FontRef<'static>,
    bold: FontRef<'static>,
}

impl Canvas {
    pub(super) fn new(width: u32, height: u32, ground: Colour) -> Self {
        let mut pixels = Pixmap::new(width, height).expect(FITS_IN_MEMORY);
        pixels.fill(tiny_skia::Color::from_rgba8(ground.0, ground.1, ground.2, 255));
        Self {
            pixels,
            medium: FontRef::try_from_slice(MEDIUM).expect(SHIPPED_FONT),
            bold: FontRef::try_from_slice(BOLD).expect(SHIPPED_FONT),
        }
    }

    /// The picture as PNG.
    pub(super) fn into_png(self) -> Vec<u8> {
        self.pixels.encode_png().expect(FITS_IN_MEMORY)
    }

    /// A filled rectangle with round corners.
    pub(super) fn round(&mut self, area: Area, radius: f32, colour: Colour) {
        if let Some(path) = rounded(area, radius) {
            self.fill(&path, colour);
        }
    }

    /// A thin straight line.
    pub(super) fn line(&mut self, from: (f32, f32), to: (f32, f32), colour: Colour) {
        let mut path = PathBuilder::new();
        path.move_to(from.0, from.1);
        path.line_to(to.0, to.1);
        let stroke = Stroke {
            width: 2.0,
            ..Stroke::default()
        };
        if let Some(path) = path.finish() {
            let transform = Transform::identity();
            self.pixels
                .stroke_path(&path, &paint(colour), &stroke, transform, None);
        }
    }

    /// One line of text; `at` is a point on its baseline.
    pub(super) fn text(&mut self, words: &str, at: (f32, f32), anchor: Anchor, look: Type) {
        let width = self.width(words, look);
        let mut x = match anchor {
            Anchor::Left => at.0,
            Anchor::Middle => at.0 - width / 2.0,
            Anchor::Right => at.0 - width,
        };
        let mut letters = PathBuilder::new();
        let font = self.font(look.weight);
        let scaled = font.as_scaled(look.size);
        let (across, down) = (scaled.h_scale_factor(), -scaled.v_scale_factor());
        for letter in words.chars() {
            let glyph = font.glyph_id(letter);
            if let Some(outline) = font.outline(glyph) {
                let place = |point: Point| (x + point.x * across, at.1 + point.y * down);
                trace(&mut letters, &outline.curves, place);
            }
            x += scaled.h_advance(glyph);
        }
        if let Some(path) = letters.finish() {
            self.fill(&path, look.colour);
        }
    }

    /// How wide a line of text is, in pixels.
    pub(super) fn width(&self, words: &str, look: Type) -> f32 {
        let font = self.font(look.weight).as_scaled(look.size);
        words
            .chars()
            .map(|letter| font.h_advance(font.glyph_id(letter)))
            .sum()
    }

    fn font(&self, weight: Weight) -> &FontRef<'static> {
        match weight {
            Weight::Medium => &self.medium,
            Weight::Bold => &self.bold,
        }
    }

    fn fill(&mut self, path: &Path, colour: Colour) {
        let transform = Transform::identity();
        self.pixels
            .fill_path(path, &paint(colour), FillRule::Winding, transform, None);
    }
}

fn paint(colour: Colour) -> Paint<'static> {
    let mut paint = Paint {
        anti_alias: true,
        ..Paint::default()
    };
    paint.set_color_rgba8(colour.0, colour.1, colour.2, 255);
    paint
}

/// The outline of a rectangle with round corners; `None` for one without any size.
fn rounded(area: Area, radius: f32) -> Option<Path> {
    /// How far the handles of a Bézier curve stand from a quarter circle's ends, as a part of its radius.
    const QUARTER: f32 = 0.552_285;
    let Area { x, y, width, height } = area;
    if width <= 0.0 || height <= 0.0 {
        return None;
    }
    let radius = radius.min(width / 2.0).min(height / 2.0);
    let handle = radius * (1.0 - QUARTER);
    let (right, bottom) = (x + width, y + height);
    let mut path = PathBuilder::new();
    path.move_to(x + radius, y);
    path.line_to(right - radius, y);
    path.cubic_to(right - handle, y, right, y + handle, right, y + radius);
    path.line_to(right, bottom - radius);
    path.cubic_to(
        right,
        bottom - handle,
        right - handle,
        bottom,
        right - radius,
        bottom,
    );
    path.line_to(x + radius, bottom);
    path.cubic_to(x + handle, bottom, x, bottom - handle, x, bottom - radius);
    path.line_to(x, y + radius);
    path.cubic_to(x, y + handle, x + handle, y, x + radius, y);
    path.close();
    path.finish()
}

/// Adds a letter's curves to a path. A new contour begins where a curve does not start at the end of the last one.
fn trace(path: &mut PathBuilder, curves: &[OutlineCurve], place: impl Fn(Point) -> (f32, f32)) {
    let mut end = None;
    for curve in curves {
        let (from, to) = match *curve {
            OutlineCurve::Line(from, to)
            | OutlineCurve::Quad(from, _, to)
            | OutlineCurve::Cubic(from, _, _, to) => (from, to),
        };
        if end != Some(from) {
            let (x, y) = place(from);
            path.move_to(x, y);
        }
        let (x, y) = place(to);
        match *curve {
            OutlineCurve::Line(..) => path.line_to(x, y),
            OutlineCurve::Quad(_, handle, _) => {
                let (hx, hy) = place(handle);
                path.quad_to(hx, hy, x, y);
            }
            OutlineCurve::Cubic(_, first, second, _) => {
                let ((ax, ay), (bx, by)) = (place(first), place(second));
                path.cubic_to(ax, ay, bx, by, x, y);
            }
        }
        end = Some(to);
    }
}
