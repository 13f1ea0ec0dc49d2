//! From bytes to pixels, after the limits have been checked. Owns no state.

use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::error::{ImageError as DecoderError, UnsupportedErrorKind};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, RgbaImage};

use crate::picture::error::{ImageError, Quantity};
use crate::picture::headers::{ImageFormat, ImageInfo, probe};
use crate::picture::limits::ImageLimits;

/// Looks at a file: its headers against the limits.
pub(super) fn look(bytes: &[u8], limits: &ImageLimits) -> Result<ImageInfo, ImageError> {
    limits.check_file(bytes)?;
    let info = probe(bytes)?;
    limits.check_picture(&info)?;
    Ok(info)
}

/// Reads the (first) picture of a file, as it is meant to be shown.
pub(super) fn decode(bytes: &[u8], limits: &ImageLimits) -> Result<(ImageInfo, RgbaImage), ImageError> {
    let info = look(bytes, limits)?;
    let input = Cursor::new(bytes);
    let read = match info.format {
        ImageFormat::Png => read(PngDecoder::with_limits(input, limits.for_decoder()), limits),
        ImageFormat::Jpeg => read(JpegDecoder::new(input), limits),
        ImageFormat::Gif => read(GifDecoder::new(input), limits),
        ImageFormat::WebP => read(WebPDecoder::new(input), limits),
        ImageFormat::Bmp => read(BmpDecoder::new(input), limits),
    };
    let mut picture = read?;
    if let Some(orientation) = Orientation::from_exif(info.orientation) {
        picture.apply_orientation(orientation);
    }
    Ok((info, picture.into_rgba8()))
}

/// Reads with a decoder that has seen the headers. What it says itself is checked again: it is what it will do.
fn read<D: ImageDecoder>(
    decoder: Result<D, DecoderError>,
    limits: &ImageLimits,
) -> Result<DynamicImage, ImageError> {
    let mut decoder = decoder.map_err(|error| mapped(&error, limits))?;
    decoder
        .set_limits(limits.for_decoder())
        .map_err(|error| mapped(&error, limits))?;
    limits.check_decoded(decoder.total_bytes())?;
    DynamicImage::from_decoder(decoder).map_err(|error| mapped(&error, limits))
}

/// A decoder's error in our words.
pub(super) fn mapped(error: &DecoderError, limits: &ImageLimits) -> ImageError {
    match error {
        DecoderError::Limits(_) => ImageError::TooLarge {
            what: Quantity::DecodedBytes,
            value: None,
            most: limits.decoded_bytes,
        },
        DecoderError::Unsupported(unsupported) => {
            let format = match unsupported.kind() {
                UnsupportedErrorKind::GenericFeature(feature) => feature,
                _ => unsupported.to_string(),
            };
            ImageError::Unsupported { format }
        }
        other => ImageError::broken(other.to_string()),
    }
}
