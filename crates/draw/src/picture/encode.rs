//! From pixels to a file. Owns no state.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder as _, RgbaImage};

use crate::picture::error::{ImageError, Problem};
use crate::picture::headers::ImageFormat;
use crate::picture::ops::OutputFormat;

/// How carefully a GIF's 256 colours are chosen: 1 is best, 30 is fastest.
pub(super) const GIF_SPEED: i32 = 10;

/// Encodes one picture.
pub(super) fn encode(picture: RgbaImage, format: OutputFormat) -> Result<(ImageFormat, Vec<u8>), ImageError> {
    let (width, height) = picture.dimensions();
    let mut bytes = Vec::new();
    let (kind, done) = match format {
        OutputFormat::Png | OutputFormat::Same => {
            let encoder =
                PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
            let (pixels, colours) = compact(picture);
            (
                ImageFormat::Png,
                encoder.write_image(&pixels, width, height, colours),
            )
        }
        OutputFormat::Jpeg { quality } => {
            if !(1..=100).contains(&quality) {
                let problem = Problem::OutOfRange {
                    value: quality.into(),
                    least: 1.0,
                    most: 100.0,
                };
                return Err(ImageError::bad("jpeg", problem));
            }
            let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
            let pixels = on_white(picture);
            (
                ImageFormat::Jpeg,
                encoder.write_image(&pixels, width, height, ExtendedColorType::Rgb8),
            )
        }
        OutputFormat::WebP => {
            let encoder = WebPEncoder::new_lossless(Cursor::new(&mut bytes));
            let (pixels, colours) = compact(picture);
            (
                ImageFormat::WebP,
                encoder.write_image(&pixels, width, height, colours),
            )
        }
        OutputFormat::Gif => {
            let mut encoder = GifEncoder::new_with_speed(&mut bytes, GIF_SPEED);
            let done = encoder.encode_frame(image::Frame::new(picture));
            drop(encoder);
            (ImageFormat::Gif, done)
        }
    };
    done.map_err(|error| ImageError::broken(error.to_string()))?;
    Ok((kind, bytes))
}

/// The same pixels, without cover where all cover everything. Nothing is copied to another place.
fn compact(picture: RgbaImage) -> (Vec<u8>, ExtendedColorType) {
    if picture.pixels().any(|pixel| pixel.0[3] != u8::MAX) {
        return (picture.into_raw(), ExtendedColorType::Rgba8);
    }
    (on_white(picture), ExtendedColorType::Rgb8)
}

/// Red, green and blue as they look on white paper, in the same buffer.
fn on_white(picture: RgbaImage) -> Vec<u8> {
    let mut pixels = picture.into_raw();
    let count = pixels.len() / 4;
    for index in 0..count {
        let cover = u32::from(pixels[index * 4 + 3]);
        for channel in 0..3 {
            let colour = u32::from(pixels[index * 4 + channel]);
            pixels[index * 3 + channel] = ((colour * cover + 255 * (255 - cover) + 127) / 255) as u8;
        }
    }
    pixels.truncate(count * 3);
    pixels
}
