//! Shapes and text on a picture. Owns the pixels of the picture that is being drawn.

mod paths;
mod png;
mod words;

use serde::{Deserialize, Serialize};
use tiny_skia::{FillRule, LineCap, LineJoin, Mask, Paint, Path, Pixmap, Stroke, StrokeDash, Transform};

pub use crate::text::Face;
use crate::text::{Fonts, Missing};
pub use crate::theme::Colour;
pub use words::{Anchor, Type};
pub(crate) use words::{CAPITAL, LINE_HEIGHT};

/// The longest side of a picture, in pixels. Chats scale down what is larger.
pub const LONGEST_SIDE: u32 = 8192;
/// The most pixels of a picture: 64 MiB while it is drawn.
pub const MOST_PIXELS: u32 = 4096 * 4096;

/// A place and its size, in pixels from the top left corner.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// From the left.
    pub x: f32,
    /// From the top.
    pub y: f32,
    /// To the right.
    pub width: f32,
    /// Down.
    pub height: f32,
}

impl Area {
    /// Where it ends on the right.
    pub fn right(&self) -> f32 {
        self.x + self.width
    }

    /// Where it ends below.
    pub fn bottom(&self) -> f32 {
        self.y + self.height
    }

    /// The same area without a border of so many pixels.
    #[must_use]
    pub fn inside(&self, border: f32) -> Self {
        Self {
            x: self.x + border,
            y: self.y + border,
            width: (self.width - 2.0 * border).max(0.0),
            height: (self.height - 2.0 * border).max(0.0),
        }
    }
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pen {
    /// In pixels.
    pub width: f32,
    /// Its colour.
    pub colour: Colour,
    /// Drawn and left out in turn, in pixels; `None` for a line without gaps.
    pub dashes: Option<(f32, f32)>,
}

/// A size that no picture can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a picture of {width} x {height} pixels cannot be drawn")]
pub struct SizeError {
    /// Asked for, in pixels.
    pub width: u32,
    /// Asked for, in pixels.
    pub height: u32,
}

/// A picture that is being drawn.
///
/// ```
/// use duologue_draw::canvas::{Anchor, Canvas, Colour, Face, Type};
///
/// let mut canvas = Canvas::new(400, 120, Colour::WHITE)?;
/// let look = Type { size: 40.0, face: Face::Bold, colour: Colour::BLACK };
/// canvas.text("Привіт 漢", (200.0, 75.0), Anchor::Middle, look);
/// assert_eq!(canvas.missing(), ['漢'], "drawn as a box");
/// let png = canvas.into_png();
/// assert!(png.starts_with(b"\x89PNG"));
/// # Ok::<(), duologue_draw::canvas::SizeError>(())
/// ```
pub struct Canvas {
    pixels: Pixmap,
    fonts: Fonts,
    missing: Missing,
    /// Where shapes are seen, if not everywhere.
    window: Option<Mask>,
}

impl Canvas {
    /// An empty picture of one colour.
    pub fn new(width: u32, height: u32, ground: Colour) -> Result<Self, SizeError> {
        let mut canvas = Self::over(blank(width, height)?);
        canvas.pixels.fill(skia(ground));
        Ok(canvas)
    }

    /// Draws over a picture that is there.
    pub(crate) fn over(pixels: Pixmap) -> Self {
        Self {
            pixels,
            fonts: Fonts::shipped(),
            missing: Missing::default(),
            window: None,
        }
    }

    /// The same canvas, empty, with another size: its fonts are read once.
    pub(crate) fn resized(mut self, width: u32, height: u32, ground: Colour) -> Result<Self, SizeError> {
        self.pixels = blank(width, height)?;
        self.pixels.fill(skia(ground));
        self.window = None;
        Ok(self)
    }

    /// From now on shapes are only seen inside this area, until [`Canvas::everywhere`].
    pub fn within(&mut self, area: Area) {
        let mask = Mask::new(self.pixels.width(), self.pixels.height());
        self.window = mask.zip(paths::rounded(area, 0.0)).map(|(mut mask, path)| {
            mask.fill_path(&path, FillRule::Winding, false, Transform::identity());
            mask
        });
    }

    /// Shapes are seen everywhere again.
    pub fn everywhere(&mut self) {
        self.window = None;
    }

    /// In pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.pixels.width(), self.pixels.height())
    }

    /// The characters that were drawn as a box, as no shipped font has them.
    pub fn missing(&self) -> Vec<char> {
        self.missing.to_list()
    }

    /// The picture as PNG, small for few colours.
    pub fn into_png(self) -> Vec<u8> {
        png::encode(&self.pixels)
    }

    pub(crate) fn into_pixels(self) -> Pixmap {
        self.pixels
    }

    /// A filled rectangle.
    pub fn rectangle(&mut self, area: Area, colour: Colour) {
        self.round(area, 0.0, colour);
    }

    /// A filled rectangle with round corners.
    pub fn round(&mut self, area: Area, radius: f32, colour: Colour) {
        if let Some(path) = paths::rounded(area, radius) {
            self.fill(&path, colour);
        }
    }

    /// A filled circle.
    pub fn disc(&mut self, middle: (f32, f32), radius: f32, colour: Colour) {
        if let Some(path) = tiny_skia::PathBuilder::from_circle(middle.0, middle.1, radius) {
            self.fill(&path, colour);
        }
    }

    /// A circle's edge.
    pub fn ring(&mut self, middle: (f32, f32), radius: f32, pen: Pen) {
        if let Some(path) = tiny_skia::PathBuilder::from_circle(middle.0, middle.1, radius) {
            self.stroke(&path, pen);
        }
    }

    /// A line through all points.
    pub fn line(&mut self, points: impl IntoIterator<Item = (f32, f32)>, pen: Pen) {
        if let Some(path) = paths::through(points, paths::End::Open) {
            self.stroke(&path, pen);
        }
    }

    /// A filled shape with these corners.
    pub fn polygon(&mut self, corners: impl IntoIterator<Item = (f32, f32)>, colour: Colour) {
        if let Some(path) = paths::through(corners, paths::End::Closed) {
            self.fill(&path, colour);
        }
    }

    pub(crate) fn fill(&mut self, path: &Path, colour: Colour) {
        let (transform, window) = (Transform::identity(), self.window.as_ref());
        self.pixels
            .fill_path(path, &paint(colour), FillRule::Winding, transform, window);
    }

    pub(crate) fn stroke(&mut self, path: &Path, pen: Pen) {
        let stroke = Stroke {
            width: pen.width,
            line_cap: LineCap::Round,
            line_join: LineJoin::Round,
            dash: pen
                .dashes
                .and_then(|(drawn, left_out)| StrokeDash::new(vec![drawn, left_out], 0.0)),
            ..Stroke::default()
        };
        let (transform, window) = (Transform::identity(), self.window.as_ref());
        self.pixels
            .stroke_path(path, &paint(pen.colour), &stroke, transform, window);
    }
}

fn blank(width: u32, height: u32) -> Result<Pixmap, SizeError> {
    let fits =
        width.max(height) <= LONGEST_SIDE && u64::from(width) * u64::from(height) <= MOST_PIXELS.into();
    let pixels = fits.then(|| Pixmap::new(width, height)).flatten();
    pixels.ok_or(SizeError { width, height })
}

fn skia(colour: Colour) -> tiny_skia::Color {
    tiny_skia::Color::from_rgba8(colour.red, colour.green, colour.blue, colour.cover)
}

fn paint(colour: Colour) -> Paint<'static> {
    let mut paint = Paint {
        anti_alias: true,
        ..Paint::default()
    };
    paint.set_color(skia(colour));
    paint
}

#[cfg(test)]
mod tests {
    use super::{Area, Canvas, Colour, Pen};

    fn drawn(canvas: &Canvas) -> usize {
        let ground = canvas.pixels.pixel(0, 0).unwrap();
        canvas
            .pixels
            .pixels()
            .iter()
            .filter(|pixel| **pixel != ground)
            .count()
    }

    #[test]
    fn sizes_that_do_not_fit_into_memory_are_refused() {
        for (width, height) in [(0, 10), (10, 0), (100_000, 1), (8192, 8192), (u32::MAX, u32::MAX)] {
            assert!(
                Canvas::new(width, height, Colour::WHITE).is_err(),
                "{width}x{height}"
            );
        }
        assert!(Canvas::new(8192, 2048, Colour::WHITE).is_ok());
    }

    #[test]
    fn shapes_cover_what_they_should() {
        let mut canvas = Canvas::new(100, 100, Colour::WHITE).unwrap();
        let area = Area {
            x: 10.0,
            y: 10.0,
            width: 50.0,
            height: 20.0,
        };
        canvas.rectangle(area, Colour::BLACK);
        assert_eq!(drawn(&canvas), 1000);
        canvas.disc((70.0, 70.0), 10.0, Colour::rgb(0xFF0000));
        let both = drawn(&canvas);
        assert!((1290..1350).contains(&both), "{both}");
    }

    #[test]
    fn points_that_are_no_numbers_draw_nothing_and_do_no_harm() {
        let mut canvas = Canvas::new(50, 50, Colour::WHITE).unwrap();
        let pen = Pen {
            width: 2.0,
            colour: Colour::BLACK,
            dashes: Some((4.0, 4.0)),
        };
        for bad in [f32::NAN, f32::INFINITY, f32::MAX] {
            canvas.line([(1.0, bad), (bad, 3.0)], pen);
            canvas.polygon([(1.0, bad), (bad, 3.0), (4.0, 4.0)], Colour::BLACK);
            canvas.disc((bad, 1.0), 5.0, Colour::BLACK);
            canvas.rectangle(
                Area {
                    x: bad,
                    y: bad,
                    width: bad,
                    height: bad,
                },
                Colour::BLACK,
            );
        }
        canvas.line([], pen);
        canvas.line([(3.0, 3.0)], pen);
    }
}
