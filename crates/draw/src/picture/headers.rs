//! What a file says of its picture in its first bytes: nothing is decoded and nothing is allocated. Owns no state.

mod bmp;
mod gif;
mod jpeg;
mod png;
mod webp;

use serde::{Deserialize, Serialize};

use crate::picture::error::ImageError;

/// The kinds of pictures that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageFormat {
    /// Portable Network Graphics, animated too.
    Png,
    /// JPEG.
    Jpeg,
    /// Graphics Interchange Format, animated too.
    Gif,
    /// WebP, animated too.
    WebP,
    /// Windows bitmap.
    Bmp,
}

impl ImageFormat {
    /// The usual ending of such files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Gif => "gif",
            Self::WebP => "webp",
            Self::Bmp => "bmp",
        }
    }

    /// Its media type.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
            Self::Bmp => "image/bmp",
        }
    }
}

/// What a file says of its picture. It may lie: only reading the picture tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageInfo {
    /// Which kind it is.
    pub format: ImageFormat,
    /// In pixels, as the picture is shown: after its orientation.
    pub width: u32,
    /// In pixels, as the picture is shown.
    pub height: u32,
    /// How many pictures it has; more than one is an animation.
    pub frames: u32,
    /// How it is turned for showing, 1 (not at all) to 8, as Exif counts.
    pub orientation: u8,
}

/// What one kind of file says of itself, before it is turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    width: u32,
    height: u32,
    frames: u32,
    orientation: u8,
}

impl Header {
    fn still(width: u32, height: u32) -> Self {
        Self {
            width,
            height,
            frames: 1,
            orientation: 1,
        }
    }
}

/// Reads format, size, frames and orientation from a file's headers, however large the picture is.
///
/// ```
/// use duologue_draw::picture::{ImageError, ImageFormat, probe};
///
/// let gif = b"GIF89a\x20\x03\x58\x02\x00\x00\x00;";
/// let info = probe(gif)?;
/// assert_eq!((info.format, info.width, info.height), (ImageFormat::Gif, 800, 600));
/// assert_eq!(probe(b"hello"), Err(ImageError::NotAnImage));
/// # Ok::<(), ImageError>(())
/// ```
pub fn probe(bytes: &[u8]) -> Result<ImageInfo, ImageError> {
    let (format, header) = match image::guess_format(bytes) {
        Ok(image::ImageFormat::Png) => (ImageFormat::Png, png::read(bytes)),
        Ok(image::ImageFormat::Jpeg) => (ImageFormat::Jpeg, jpeg::read(bytes)),
        Ok(image::ImageFormat::Gif) => (ImageFormat::Gif, gif::read(bytes)),
        Ok(image::ImageFormat::WebP) => (ImageFormat::WebP, webp::read(bytes)),
        Ok(image::ImageFormat::Bmp) => (ImageFormat::Bmp, bmp::read(bytes)),
        Ok(other) => {
            let ending = other.extensions_str().first().copied().unwrap_or("other");
            let format = ending.to_owned();
            return Err(ImageError::Unsupported { format });
        }
        Err(_) => return Err(ImageError::NotAnImage),
    };
    let header = header.ok_or_else(|| ImageError::broken("its header is not whole"))?;
    if header.width == 0 || header.height == 0 {
        return Err(ImageError::broken("it has no size"));
    }
    // From 5 on, Exif's orientations exchange width and height.
    let (width, height) = match header.orientation {
        5..=8 => (header.height, header.width),
        _ => (header.width, header.height),
    };
    Ok(ImageInfo {
        format,
        width,
        height,
        frames: header.frames.max(1),
        orientation: header.orientation,
    })
}

/// The orientation that an Exif block gives; 1 for one that gives none.
fn orientation(exif: &[u8]) -> u8 {
    image::metadata::Orientation::from_exif_chunk(exif).map_or(1, image::metadata::Orientation::to_exif)
}

fn array<const LENGTH: usize>(bytes: &[u8], at: usize) -> Option<[u8; LENGTH]> {
    bytes.get(at..at.checked_add(LENGTH)?)?.try_into().ok()
}

fn big_u32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_be_bytes)
}

fn big_u16(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_be_bytes)
}

fn little_u32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

fn little_u16(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}
