//! Words on a picture or beside it, in letters as large as fit. Owns no state.

use image::{Rgba, RgbaImage, imageops};

use crate::canvas::{Anchor, CAPITAL, Canvas, Colour, Face, LINE_HEIGHT, Pen, Type};
use crate::picture::error::{ImageError, Problem};
use crate::picture::geometry::{pixmap, unpixmap};
use crate::picture::limits::ImageLimits;
use crate::picture::ops::CaptionPlace;
use crate::text::Missing;

/// The largest letters, as a part of the picture's shorter side, and the least share of that.
const LARGEST: f32 = 0.13;
const SMALLEST: f32 = 0.25;
/// Letters are never smaller than this, in pixels: nobody could read them.
const LEAST: f32 = 9.0;
/// How much of the height words may take, on the picture and beside it.
const SHARE: f32 = 0.45;
const SHARE_BESIDE: f32 = 1.0;
/// More lines are written in smaller letters first.
const FEW_LINES: usize = 3;
/// Left and right of words, as a part of the width.
const MARGIN: f32 = 0.04;
/// The edge around letters, as a part of their size.
const EDGE: f32 = 0.16;
/// The longest text: a caption is no page.
const LONGEST: usize = 2000;

/// Words that were measured.
struct Words {
    lines: Vec<String>,
    look: Type,
}

impl Words {
    fn height(&self) -> f32 {
        self.lines.len() as f32 * self.look.size * LINE_HEIGHT
    }
}

/// Writes words; characters that no font has are added to `missing`.
pub(super) fn caption(
    picture: RgbaImage,
    text: &str,
    place: CaptionPlace,
    limits: &ImageLimits,
    missing: &mut Missing,
) -> Result<RgbaImage, ImageError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(ImageError::bad("caption", Problem::NoText));
    }
    if text.chars().count() > LONGEST {
        return Err(ImageError::bad("caption", Problem::TextTooLong));
    }
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let mut canvas = Canvas::over(pixmap(picture));
    let beside = matches!(place, CaptionPlace::Above | CaptionPlace::Below);
    let share = if beside { SHARE_BESIDE } else { SHARE };
    let colour = if beside { Colour::BLACK } else { Colour::WHITE };
    let words = fitted(&canvas, text, (width, height), (share, colour))?;
    let padding = words.look.size * 0.5;
    let top = match place {
        CaptionPlace::Top => padding,
        CaptionPlace::Middle => (height - words.height()) / 2.0,
        CaptionPlace::Bottom => height - words.height() - padding,
        CaptionPlace::Above | CaptionPlace::Below => {
            let strip = (words.height() + 2.0 * padding).ceil();
            limits.check_output(width as u64, (height + strip) as u64)?;
            let picture = unpixmap(canvas.into_pixels());
            canvas = Canvas::over(pixmap(grown(&picture, strip as u32, place)));
            if place == CaptionPlace::Above {
                padding
            } else {
                height + padding
            }
        }
    };
    write(&mut canvas, &words, (width / 2.0, top), beside);
    for letter in canvas.missing() {
        missing.add(letter);
    }
    Ok(unpixmap(canvas.into_pixels()))
}

/// The picture with a white strip over or under it.
fn grown(picture: &RgbaImage, strip: u32, place: CaptionPlace) -> RgbaImage {
    let (width, height) = picture.dimensions();
    let mut grown = RgbaImage::from_pixel(width, height + strip, Rgba([255; 4]));
    let y = if place == CaptionPlace::Above { strip } else { 0 };
    imageops::replace(&mut grown, picture, 0, y.into());
    grown
}

/// The largest letters in which the words fit.
fn fitted(
    canvas: &Canvas,
    text: &str,
    (width, height): (f32, f32),
    (share, colour): (f32, Colour),
) -> Result<Words, ImageError> {
    let largest = (width.min(height) * LARGEST).max(LEAST);
    let smallest = (largest * SMALLEST).max(LEAST);
    let room = width * (1.0 - 2.0 * MARGIN);
    let mut size = largest;
    loop {
        let look = Type {
            size,
            face: Face::Bold,
            colour,
        };
        let last = size <= smallest;
        let (lines, _) = canvas.few_lines(text, look, room, usize::MAX);
        let words = Words { lines, look };
        let few = words.lines.len() <= FEW_LINES || last;
        let split = words.lines.iter().any(|line| line.chars().count() <= 1) && text.chars().count() > 3;
        if few && (!split || last) && words.height() <= height * share {
            return Ok(words);
        }
        if last {
            return Err(ImageError::bad("caption", Problem::TextTooLong));
        }
        size = (size * 0.92).max(smallest);
    }
}

fn write(canvas: &mut Canvas, words: &Words, (middle, top): (f32, f32), beside: bool) {
    let size = words.look.size;
    let mut baseline = top + size * (LINE_HEIGHT + CAPITAL) / 2.0;
    let edge = Pen {
        width: size * EDGE,
        colour: Colour::BLACK,
        dashes: None,
    };
    for line in &words.lines {
        let at = (middle, baseline);
        if beside {
            canvas.text(line, at, Anchor::Middle, words.look);
        } else {
            canvas.outlined_text(line, at, Anchor::Middle, words.look, edge);
        }
        baseline += size * LINE_HEIGHT;
    }
}
