//! How much of a picture is too much. Owns no state.

use image::Limits;
use serde::{Deserialize, Serialize};

use crate::picture::error::{ImageError, Quantity};
use crate::picture::headers::ImageInfo;

/// What decoders may use beside the picture itself: tables, profiles, the coefficients of a progressive JPEG.
const WORKING_BYTES: u64 = 16 << 20;

/// Bounds that are checked before anything of their size is read or made. The default fits a worker process with
/// 256 MiB of address space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageLimits {
    /// Bytes of each file.
    pub input_bytes: u64,
    /// Pixels of the longer side.
    pub side: u32,
    /// Pixels of a picture.
    pub pixels: u64,
    /// Bytes of a picture in memory, as its file stores it (a 16-bit picture has twice as many).
    pub decoded_bytes: u64,
    /// Frames of an animation.
    pub frames: u32,
    /// Pixels of all frames of an animation together: with more, only its first frame is used.
    pub animation_pixels: u64,
    /// Pixels of the longer side of what is made.
    pub output_side: u32,
    /// Pixels of what is made.
    pub output_pixels: u64,
    /// Operations on one line.
    pub operations: usize,
}

impl Default for ImageLimits {
    fn default() -> Self {
        Self {
            input_bytes: 20 << 20,
            side: 16_384,
            pixels: 4096 * 4096,
            decoded_bytes: 64 << 20,
            frames: 1000,
            animation_pixels: 40_000_000,
            output_side: 8192,
            output_pixels: 4096 * 4096,
            operations: 20,
        }
    }
}

impl ImageLimits {
    pub(super) fn check_file(&self, bytes: &[u8]) -> Result<(), ImageError> {
        check(Quantity::InputBytes, bytes.len() as u64, self.input_bytes)
    }

    pub(super) fn check_picture(&self, info: &ImageInfo) -> Result<(), ImageError> {
        let (width, height) = (info.width, info.height);
        check(Quantity::Side, width.max(height).into(), self.side.into())?;
        check(
            Quantity::Pixels,
            u64::from(width) * u64::from(height),
            self.pixels,
        )?;
        check(Quantity::Frames, info.frames.into(), self.frames.into())
    }

    pub(super) fn check_decoded(&self, bytes: u64) -> Result<(), ImageError> {
        check(Quantity::DecodedBytes, bytes, self.decoded_bytes)
    }

    /// The size of something that is to be made.
    pub(super) fn check_output(&self, width: u64, height: u64) -> Result<(), ImageError> {
        check(Quantity::OutputSide, width.max(height), self.output_side.into())?;
        check(
            Quantity::OutputPixels,
            width.saturating_mul(height),
            self.output_pixels,
        )
    }

    /// The same bounds for the decoders, which know best what they are about to allocate.
    pub(super) fn for_decoder(&self) -> Limits {
        let mut limits = Limits::default();
        limits.max_image_width = Some(self.side);
        limits.max_image_height = Some(self.side);
        limits.max_alloc = Some(self.decoded_bytes + WORKING_BYTES);
        limits
    }
}

pub(super) fn check(what: Quantity, value: u64, most: u64) -> Result<(), ImageError> {
    if value > most {
        return Err(ImageError::too_large(what, value, most));
    }
    Ok(())
}
