//! Operations as people type them, several in one line: `crop square, resize 800, caption "Hello"`. Owns no state.

mod numbers;
mod words;

use serde::{Deserialize, Serialize};

use crate::picture::ops::{CaptionPlace, CollageShape, Crop, Flip, ImageOp, OutputFormat, Resize};
use words::{Word, Words};

/// Between the pictures of a collage, if nothing else is said, in pixels.
const GAP: u32 = 12;
/// How strongly a picture is blurred, if nothing else is said.
const BLUR: f32 = 5.0;

/// What cannot be understood, and what could stand there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{word:?} at byte {at} is not understood")]
pub struct ParseError {
    /// The word that is wrong; empty where one is missing.
    pub word: String,
    /// Where it begins in the line, in bytes.
    pub at: usize,
    /// The operation it belongs to; empty for the operation itself.
    pub operation: String,
    /// What could stand there.
    pub expected: Expected,
}

/// What could stand at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// One of the operations.
    Operation,
    /// A size to resize to.
    Size,
    /// A part of the picture.
    Part,
    /// A number.
    Number,
    /// Text, in quotes or to the end of the line.
    Text,
    /// The quotes that end a text.
    ClosingQuote,
}

impl Expected {
    /// Words that could stand there, as people type them.
    pub fn examples(self) -> &'static [&'static str] {
        match self {
            Self::Operation => OPERATIONS,
            Self::Size => &["800", "800x600", "50%", "exact 800x600"],
            Self::Part => &["square", "16:9", "100,100,400x300"],
            Self::Number => &["5", "90", "-20"],
            Self::Text => &["\"Hello there\"", "top \"Hello\"", "below \"Hello\""],
            Self::ClosingQuote => &["\""],
        }
    }
}

/// Every operation's word.
const OPERATIONS: &[&str] = &[
    "resize",
    "crop",
    "rotate",
    "flip",
    "grey",
    "blur",
    "brightness",
    "contrast",
    "caption",
    "collage",
    "png",
    "jpeg",
    "webp",
    "gif",
];

/// Reads operations. Commas, semicolons and new lines between them are welcome and not needed.
///
/// ```
/// use duologue_draw::picture::{Expected, ImageOp, Resize, parse_ops};
///
/// assert_eq!(parse_ops("resize 50% grey")?, [ImageOp::Resize(Resize::Percent(50.0)), ImageOp::Grey]);
/// let wrong = parse_ops("resize 800, sharpen").unwrap_err();
/// assert_eq!((wrong.word.as_str(), wrong.expected), ("sharpen", Expected::Operation));
/// assert!(wrong.expected.examples().contains(&"crop"));
/// # Ok::<(), duologue_draw::picture::ParseError>(())
/// ```
pub fn parse_ops(line: &str) -> Result<Vec<ImageOp>, ParseError> {
    let mut words = Words::of(line)?;
    let mut ops = Vec::new();
    while let Some(word) = words.next() {
        ops.push(operation(&word, &mut words)?);
    }
    if ops.is_empty() {
        return Err(words.missing("", Expected::Operation));
    }
    Ok(ops)
}

fn operation(word: &Word<'_>, words: &mut Words<'_>) -> Result<ImageOp, ParseError> {
    let name = word.lower();
    match name.as_str() {
        "resize" | "scale" | "size" => resize(words),
        "crop" | "cut" => crop(words),
        "rotate" | "turn" => Ok(ImageOp::Rotate(words.number("rotate")?)),
        "flip" | "mirror" => Ok(ImageOp::Flip(flip(words))),
        "grey" | "gray" | "greyscale" | "grayscale" => Ok(ImageOp::Grey),
        "blur" => Ok(ImageOp::Blur(words.number_if_any().unwrap_or(BLUR))),
        "brightness" => Ok(ImageOp::Brightness(words.number("brightness")?)),
        "contrast" => Ok(ImageOp::Contrast(words.number("contrast")?)),
        "caption" | "text" => caption(words),
        "collage" => Ok(collage(words)),
        "png" => Ok(ImageOp::Format(OutputFormat::Png)),
        "webp" => Ok(ImageOp::Format(OutputFormat::WebP)),
        "gif" => Ok(ImageOp::Format(OutputFormat::Gif)),
        "jpeg" | "jpg" => {
            let quality = words
                .number_if_any()
                .map_or(OutputFormat::JPEG_QUALITY, |quality| {
                    // What is out of range is refused with the picture, as every other number.
                    quality.round().clamp(0.0, 255.0) as u8
                });
            Ok(ImageOp::Format(OutputFormat::Jpeg { quality }))
        }
        _ => Err(word.wrong("", Expected::Operation)),
    }
}

fn resize(words: &mut Words<'_>) -> Result<ImageOp, ParseError> {
    const NAME: &str = "resize";
    let word = words.needed(NAME, Expected::Size)?;
    if word.lower() == "exact" {
        let size = words.needed(NAME, Expected::Size)?;
        let (width, height) = numbers::pair(&size.text).ok_or_else(|| size.wrong(NAME, Expected::Size))?;
        return Ok(ImageOp::Resize(Resize::Exact { width, height }));
    }
    let how = if let Some(percent) = numbers::percent(&word.text) {
        Some(Resize::Percent(percent))
    } else if let Some(side) = numbers::length(&word.text) {
        // `resize 50 %` is one size in two words.
        if words.skip("%") {
            Some(Resize::Percent(side as f32))
        } else {
            Some(Resize::longest_side(side))
        }
    } else {
        numbers::pair(&word.text).map(|(width, height)| Resize::Inside { width, height })
    };
    how.map(ImageOp::Resize)
        .ok_or_else(|| word.wrong(NAME, Expected::Size))
}

fn crop(words: &mut Words<'_>) -> Result<ImageOp, ParseError> {
    const NAME: &str = "crop";
    let word = words.needed(NAME, Expected::Part)?;
    if word.lower() == "square" {
        return Ok(ImageOp::Crop(Crop::Square));
    }
    let part = numbers::aspect(&word.text)
        .map(|(across, down)| Crop::Aspect { across, down })
        .or_else(|| numbers::rectangle(&word.text));
    part.map(ImageOp::Crop)
        .ok_or_else(|| word.wrong(NAME, Expected::Part))
}

fn flip(words: &mut Words<'_>) -> Flip {
    if words.skip("vertical") || words.skip("vertically") {
        return Flip::Vertical;
    }
    let _said = words.skip("horizontal") || words.skip("horizontally");
    Flip::Horizontal
}

fn caption(words: &mut Words<'_>) -> Result<ImageOp, ParseError> {
    const PLACES: [(&str, CaptionPlace); 5] = [
        ("above", CaptionPlace::Above),
        ("below", CaptionPlace::Below),
        ("top", CaptionPlace::Top),
        ("middle", CaptionPlace::Middle),
        ("bottom", CaptionPlace::Bottom),
    ];
    let said = PLACES.into_iter().find(|(word, _)| words.skip(word));
    let place = said.map_or(CaptionPlace::Bottom, |(_, place)| place);
    let text = words
        .text()
        .ok_or_else(|| words.missing("caption", Expected::Text))?;
    Ok(ImageOp::Caption { text, place })
}

fn collage(words: &mut Words<'_>) -> ImageOp {
    let shape = if words.skip("row") {
        CollageShape::Row
    } else if words.skip("column") {
        CollageShape::Column
    } else {
        let _said = words.skip("grid");
        CollageShape::Grid
    };
    let gap = words
        .number_if_any()
        .map_or(GAP, |gap| gap.round().clamp(0.0, u32::MAX as f32) as u32);
    ImageOp::Collage { shape, gap }
}
