//! Animations: each frame by itself, so that only one is in memory. Owns no state.

use std::io::Cursor;

use image::codecs::gif::{GifDecoder, GifEncoder, Repeat};
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder as _, Frame, Frames, ImageDecoder as _, RgbaImage};

use crate::picture::decode::mapped;
use crate::picture::encode::GIF_SPEED;
use crate::picture::error::ImageError;
use crate::picture::headers::{ImageFormat, ImageInfo};
use crate::picture::limits::ImageLimits;

/// Whether an animation is short enough to do everything to each of its frames.
pub(super) fn is_cheap(info: &ImageInfo, limits: &ImageLimits) -> bool {
    let pixels = u64::from(info.width) * u64::from(info.height) * u64::from(info.frames);
    info.frames > 1 && pixels <= limits.animation_pixels
}

/// What came of an animation.
pub(super) struct Animated {
    pub(super) bytes: Vec<u8>,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) frames: u32,
}

/// Changes each frame and encodes all as a GIF that runs for ever. Frames that are broken end it, if at least one was
/// whole: that is what every viewer does.
pub(super) fn each_frame(
    bytes: &[u8],
    info: &ImageInfo,
    limits: &ImageLimits,
    mut change: impl FnMut(RgbaImage) -> Result<RgbaImage, ImageError>,
) -> Result<Animated, ImageError> {
    let wrong = |error: &image::ImageError| mapped(error, limits);
    let mut made = Animated {
        bytes: Vec::new(),
        width: 0,
        height: 0,
        frames: 0,
    };
    let mut encoder = GifEncoder::new_with_speed(&mut made.bytes, GIF_SPEED);
    encoder
        .set_repeat(Repeat::Infinite)
        .map_err(|error| wrong(&error))?;
    let mut spent = 0_u64;
    for frame in frames(bytes, info.format, limits)?.take(info.frames as usize) {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) if made.frames == 0 => return Err(wrong(&error)),
            Err(_) => break,
        };
        let delay = frame.delay();
        let picture = change(frame.into_buffer())?;
        (made.width, made.height) = picture.dimensions();
        // What is made can be larger than what came in.
        spent += u64::from(made.width) * u64::from(made.height);
        if spent > limits.animation_pixels && made.frames > 0 {
            break;
        }
        let frame = Frame::from_parts(picture, 0, 0, delay);
        encoder.encode_frame(frame).map_err(|error| wrong(&error))?;
        made.frames += 1;
    }
    drop(encoder);
    if made.frames == 0 {
        return Err(ImageError::broken("it has no frames"));
    }
    Ok(made)
}

fn frames<'a>(bytes: &'a [u8], format: ImageFormat, limits: &ImageLimits) -> Result<Frames<'a>, ImageError> {
    let wrong = |error: image::ImageError| mapped(&error, limits);
    let input = Cursor::new(bytes);
    match format {
        ImageFormat::Gif => {
            let mut decoder = GifDecoder::new(input).map_err(wrong)?;
            decoder.set_limits(limits.for_decoder()).map_err(wrong)?;
            Ok(decoder.into_frames())
        }
        ImageFormat::WebP => Ok(WebPDecoder::new(input).map_err(wrong)?.into_frames()),
        ImageFormat::Png => {
            let decoder = PngDecoder::with_limits(input, limits.for_decoder()).map_err(wrong)?;
            Ok(decoder.apng().map_err(wrong)?.into_frames())
        }
        ImageFormat::Jpeg | ImageFormat::Bmp => Err(ImageError::Unsupported {
            format: format!("animated {}", format.extension()),
        }),
    }
}
