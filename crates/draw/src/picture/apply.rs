//! Does operations in their order. Owns the pictures while it does.

use image::RgbaImage;
use serde::{Deserialize, Serialize};

use crate::picture::error::{ImageError, Problem, Quantity};
use crate::picture::headers::{ImageFormat, ImageInfo};
use crate::picture::limits::{self, ImageLimits};
use crate::picture::ops::{ImageOp, OutputFormat};
use crate::picture::{animation, caption, collage, decode, encode, geometry, tone};
use crate::text::Missing;

/// The quality of a thumbnail.
const THUMBNAIL_QUALITY: u8 = 80;
/// The quality of a picture on a page.
const PAGE_QUALITY: u8 = 88;
/// The most bytes of a PNG on a page.
const HEAVY: usize = 1 << 20;

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its kind.
    pub format: ImageFormat,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// How many pictures it has; more than one is an animation.
    pub frames: u32,
    /// How many frames of an animation were left out, as its result is of another kind or as they are too many.
    pub frames_left_out: u32,
    /// Characters of captions that no shipped font has: they are drawn as a box.
    pub missing: Vec<char>,
}

/// Does operations to pictures, one after the other. Without a collage there is one picture.
///
/// ```
/// use duologue_draw::canvas::{Canvas, Colour};
/// use duologue_draw::picture::{ImageFormat, ImageLimits, OutputFormat, apply, parse_ops};
///
/// let png = Canvas::new(300, 200, Colour::rgb(0x2457B8))?.into_png();
/// let ops = parse_ops("crop square, resize 100, caption \"Hello\", jpeg 80")?;
/// let picture = apply(&[png], &ops, OutputFormat::Same, &ImageLimits::default())?;
/// assert_eq!((picture.width, picture.height), (100, 100));
/// assert_eq!(picture.format, ImageFormat::Jpeg);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn apply<B: AsRef<[u8]>>(
    inputs: &[B],
    ops: &[ImageOp],
    format: OutputFormat,
    limits: &ImageLimits,
) -> Result<Picture, ImageError> {
    limits::check(Quantity::Operations, ops.len() as u64, limits.operations as u64)?;
    let together = together(inputs.len(), ops)?;
    let infos = inputs
        .iter()
        .map(|input| decode::look(input.as_ref(), limits))
        .collect::<Result<Vec<ImageInfo>, ImageError>>()?;
    let first = infos.first().ok_or(ImageError::NotAnImage)?;
    let format = asked_format(ops).unwrap_or(format).for_input(first.format);
    let mut worker = Worker {
        limits,
        missing: Missing::default(),
    };
    let Some(collage) = together else {
        return worker.one(inputs[0].as_ref(), first, ops, format);
    };
    let (before, after) = (&ops[..collage], &ops[collage + 1..]);
    let mut pictures = Vec::with_capacity(inputs.len());
    for input in inputs {
        let (_, picture) = decode::decode(input.as_ref(), limits)?;
        let picture = worker.all(picture, before)?;
        pictures.push(at_most(picture, collage::useful_side(inputs.len())));
    }
    let ImageOp::Collage { shape, gap } = ops[collage] else {
        return Err(ImageError::bad("collage", Problem::Twice));
    };
    let picture = collage::collage(pictures, shape, gap, limits)?;
    let picture = worker.all(picture, after)?;
    let left_out = infos
        .iter()
        .map(|info| info.frames - 1)
        .fold(0, u32::saturating_add);
    worker.still(picture, format, left_out)
}

/// A small picture to show of a large one: no side is longer than asked, and nothing is enlarged.
pub fn thumbnail(bytes: &[u8], max_side: u32, limits: &ImageLimits) -> Result<Picture, ImageError> {
    smaller(bytes, max_side, limits, |_, picture| {
        jpeg_if_opaque(picture, THUMBNAIL_QUALITY)
    })
}

/// A picture for a page: no side is longer than asked. A JPEG stays one, all others become PNG, as they may have sharp
/// edges, unless that is heavy: then it is a photograph.
pub(crate) fn reduced(bytes: &[u8], max_side: u32, limits: &ImageLimits) -> Result<Picture, ImageError> {
    let made = smaller(bytes, max_side, limits, |info, _| match info.format {
        ImageFormat::Jpeg => OutputFormat::Jpeg {
            quality: PAGE_QUALITY,
        },
        _ => OutputFormat::Png,
    })?;
    if made.format == ImageFormat::Jpeg || made.bytes.len() <= HEAVY {
        return Ok(made);
    }
    smaller(&made.bytes, max_side, limits, |_, picture| {
        jpeg_if_opaque(picture, PAGE_QUALITY)
    })
}

fn jpeg_if_opaque(picture: &RgbaImage, quality: u8) -> OutputFormat {
    if picture.pixels().all(|pixel| pixel.0[3] == u8::MAX) {
        OutputFormat::Jpeg { quality }
    } else {
        OutputFormat::Png
    }
}

fn smaller(
    bytes: &[u8],
    max_side: u32,
    limits: &ImageLimits,
    format: impl FnOnce(&ImageInfo, &RgbaImage) -> OutputFormat,
) -> Result<Picture, ImageError> {
    let (info, picture) = decode::decode(bytes, limits)?;
    let picture = at_most(picture, max_side.max(1));
    let format = format(&info, &picture);
    let worker = Worker {
        limits,
        missing: Missing::default(),
    };
    worker.still(picture, format, info.frames - 1)
}

/// Where the collage stands in the list, after the number of pictures was checked.
fn together(pictures: usize, ops: &[ImageOp]) -> Result<Option<usize>, ImageError> {
    let mut collages = ops.iter().enumerate().filter_map(|(index, op)| match op {
        ImageOp::Collage { gap, .. } => Some((index, *gap)),
        _ => None,
    });
    let first = collages.next();
    if collages.next().is_some() {
        return Err(ImageError::bad("collage", Problem::Twice));
    }
    match first {
        Some((index, gap)) => collage::check(pictures, gap).map(|()| Some(index)),
        None if pictures == 1 => Ok(None),
        None => {
            let operation = ops.first().map_or("picture", ImageOp::word);
            let problem = Problem::Pictures {
                given: pictures,
                least: 1,
                most: 1,
            };
            Err(ImageError::bad(operation, problem))
        }
    }
}

fn asked_format(ops: &[ImageOp]) -> Option<OutputFormat> {
    ops.iter().rev().find_map(|op| match op {
        ImageOp::Format(format) => Some(*format),
        _ => None,
    })
}

/// The picture, made smaller if a side is longer.
fn at_most(picture: RgbaImage, side: u32) -> RgbaImage {
    let (width, height) = picture.dimensions();
    let longer = width.max(height);
    if longer <= side {
        return picture;
    }
    let scaled = |length: u32| (u64::from(length) * u64::from(side) / u64::from(longer)).max(1) as u32;
    geometry::scaled(picture, (scaled(width), scaled(height)))
}

struct Worker<'a> {
    limits: &'a ImageLimits,
    missing: Missing,
}

impl Worker<'_> {
    fn one(
        &mut self,
        bytes: &[u8],
        info: &ImageInfo,
        ops: &[ImageOp],
        format: OutputFormat,
    ) -> Result<Picture, ImageError> {
        if format == OutputFormat::Gif && animation::is_cheap(info, self.limits) {
            let limits = self.limits;
            let made = animation::each_frame(bytes, info, limits, |frame| self.all(frame, ops))?;
            return Ok(Picture {
                bytes: made.bytes,
                format: ImageFormat::Gif,
                width: made.width,
                height: made.height,
                frames: made.frames,
                frames_left_out: info.frames.saturating_sub(made.frames),
                missing: self.missing.to_list(),
            });
        }
        let (_, picture) = decode::decode(bytes, self.limits)?;
        let picture = self.all(picture, ops)?;
        self.still(picture, format, info.frames - 1)
    }

    fn still(
        &self,
        picture: RgbaImage,
        format: OutputFormat,
        frames_left_out: u32,
    ) -> Result<Picture, ImageError> {
        let (width, height) = picture.dimensions();
        self.limits.check_output(width.into(), height.into())?;
        let (format, bytes) = encode::encode(picture, format)?;
        let missing = self.missing.to_list();
        Ok(Picture {
            bytes,
            format,
            width,
            height,
            frames: 1,
            frames_left_out,
            missing,
        })
    }

    fn all(&mut self, picture: RgbaImage, ops: &[ImageOp]) -> Result<RgbaImage, ImageError> {
        ops.iter().try_fold(picture, |picture, op| self.op(picture, op))
    }

    fn op(&mut self, mut picture: RgbaImage, op: &ImageOp) -> Result<RgbaImage, ImageError> {
        match op {
            ImageOp::Resize(how) => return geometry::resize(picture, *how, self.limits),
            ImageOp::Crop(how) => return geometry::crop(&picture, *how),
            ImageOp::Rotate(degrees) => return geometry::rotate(picture, *degrees, self.limits),
            ImageOp::Caption { text, place } => {
                return caption::caption(picture, text, *place, self.limits, &mut self.missing);
            }
            ImageOp::Flip(how) => geometry::flip(&mut picture, *how),
            ImageOp::Grey => tone::grey(&mut picture),
            ImageOp::Blur(deviation) => tone::blur(&mut picture, *deviation)?,
            ImageOp::Brightness(percent) => tone::brightness(&mut picture, *percent)?,
            ImageOp::Contrast(percent) => tone::contrast(&mut picture, *percent)?,
            // Both are seen to before: the one where pictures meet, the other where they are encoded.
            ImageOp::Collage { .. } | ImageOp::Format(_) => {}
        }
        Ok(picture)
    }
}
