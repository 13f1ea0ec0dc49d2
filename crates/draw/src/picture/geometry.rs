//! Size, place and direction of a picture. Owns no state; at most two pictures are in memory at a time.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, MulDiv, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::{RgbaImage, imageops};
use tiny_skia::{FilterQuality, IntSize, Pixmap, PixmapPaint, Transform};

use crate::picture::error::{ImageError, Problem};
use crate::picture::limits::ImageLimits;
use crate::picture::ops::{Crop, Flip, Resize};

const SAME_SIZE: &str = "the buffer was made for this size";

pub(super) fn resize(picture: RgbaImage, how: Resize, limits: &ImageLimits) -> Result<RgbaImage, ImageError> {
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    let (across, down) = match how {
        Resize::Exact { width, height } => (f64::from(width), f64::from(height)),
        Resize::Inside {
            width: most,
            height: high,
        } => {
            let scale = (f64::from(most) / width).min(f64::from(high) / height);
            (width * scale, height * scale)
        }
        Resize::Percent(percent) => {
            let scale = f64::from(percent) / 100.0;
            (width * scale, height * scale)
        }
    };
    if !(across > 0.0 && down > 0.0) {
        let value = if let Resize::Percent(percent) = how {
            percent.into()
        } else {
            across.min(down)
        };
        let problem = Problem::OutOfRange {
            value,
            least: 1.0,
            most: limits.output_side.into(),
        };
        return Err(ImageError::bad("resize", problem));
    }
    let (across, down) = (across.round().max(1.0) as u64, down.round().max(1.0) as u64);
    limits.check_output(across, down)?;
    Ok(scaled(picture, (across as u32, down as u32)))
}

/// Resizes without checking. First across, then down: so the library needs no third picture between.
pub(super) fn scaled(picture: RgbaImage, (across, down): (u32, u32)) -> RgbaImage {
    if picture.dimensions() == (across, down) {
        return picture;
    }
    let seen_through = picture.pixels().any(|pixel| pixel.0[3] != u8::MAX);
    let (width, height) = picture.dimensions();
    let mut pixels = picture.into_raw();
    let alpha = MulDiv::new();
    if seen_through {
        // Colours of what is not seen must not bleed into what is.
        let mut image = Image::from_slice_u8(width, height, &mut pixels, PixelType::U8x4).expect(SAME_SIZE);
        alpha.multiply_alpha_inplace(&mut image).expect(SAME_SIZE);
    }
    let pixels = resized(pixels, (width, height), (across, height));
    let mut pixels = resized(pixels, (across, height), (across, down));
    if seen_through {
        let mut image = Image::from_slice_u8(across, down, &mut pixels, PixelType::U8x4).expect(SAME_SIZE);
        alpha.divide_alpha_inplace(&mut image).expect(SAME_SIZE);
    }
    RgbaImage::from_raw(across, down, pixels).expect(SAME_SIZE)
}

fn resized(pixels: Vec<u8>, from: (u32, u32), to: (u32, u32)) -> Vec<u8> {
    if from == to {
        return pixels;
    }
    let source = ImageRef::new(from.0, from.1, &pixels, PixelType::U8x4).expect(SAME_SIZE);
    let mut target = Image::new(to.0, to.1, PixelType::U8x4);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .use_alpha(false);
    Resizer::new()
        .resize(&source, &mut target, &options)
        .expect("both pictures have pixels of the same kind");
    target.into_vec()
}

pub(super) fn crop(picture: &RgbaImage, how: Crop) -> Result<RgbaImage, ImageError> {
    let (width, height) = picture.dimensions();
    let (x, y, across, down) = match how {
        Crop::Rectangle { x, y, width, height } => (x, y, width, height),
        Crop::Square => centred(picture, (1, 1)),
        Crop::Aspect { across, down } => centred(picture, (across, down)),
    };
    if x >= width || y >= height || across == 0 || down == 0 {
        return Err(ImageError::bad("crop", Problem::Outside { width, height }));
    }
    let (across, down) = (across.min(width - x), down.min(height - y));
    Ok(imageops::crop_imm(picture, x, y, across, down).to_image())
}

/// The largest part in the middle with some proportions.
fn centred(picture: &RgbaImage, (across, down): (u32, u32)) -> (u32, u32, u32, u32) {
    let (width, height) = picture.dimensions();
    if across == 0 || down == 0 {
        return (0, 0, 0, 0);
    }
    let proportion = f64::from(across) / f64::from(down);
    let wide = (f64::from(height) * proportion)
        .round()
        .clamp(1.0, f64::from(width)) as u32;
    let high = (f64::from(width) / proportion)
        .round()
        .clamp(1.0, f64::from(height)) as u32;
    ((width - wide) / 2, (height - high) / 2, wide, high)
}

pub(super) fn flip(picture: &mut RgbaImage, how: Flip) {
    match how {
        Flip::Horizontal => imageops::flip_horizontal_in_place(picture),
        Flip::Vertical => imageops::flip_vertical_in_place(picture),
    }
}

pub(super) fn rotate(
    mut picture: RgbaImage,
    degrees: f32,
    limits: &ImageLimits,
) -> Result<RgbaImage, ImageError> {
    if !degrees.is_finite() {
        let problem = Problem::OutOfRange {
            value: 0.0,
            least: -360.0,
            most: 360.0,
        };
        return Err(ImageError::bad("rotate", problem));
    }
    let degrees = degrees.rem_euclid(360.0);
    if degrees == 90.0 {
        return Ok(imageops::rotate90(&picture));
    } else if degrees == 180.0 {
        imageops::rotate180_in_place(&mut picture);
        return Ok(picture);
    } else if degrees == 270.0 {
        return Ok(imageops::rotate270(&picture));
    } else if degrees == 0.0 {
        return Ok(picture);
    }
    let (sin, cos) = f64::from(degrees).to_radians().sin_cos();
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    let across = (width * cos.abs() + height * sin.abs()).ceil();
    let down = (width * sin.abs() + height * cos.abs()).ceil();
    limits.check_output(across as u64, down as u64)?;
    let mut target =
        Pixmap::new(across as u32, down as u32).ok_or_else(|| ImageError::broken("it has no size"))?;
    let turn = Transform::from_translate(-(width / 2.0) as f32, -(height / 2.0) as f32)
        .post_rotate(degrees)
        .post_translate((across / 2.0) as f32, (down / 2.0) as f32);
    let paint = PixmapPaint {
        quality: FilterQuality::Bilinear,
        ..PixmapPaint::default()
    };
    target.draw_pixmap(0, 0, pixmap(picture).as_ref(), &paint, turn, None);
    Ok(unpixmap(target))
}

/// The same pixels for drawing, which wants colours multiplied by their cover. Nothing is copied.
pub(super) fn pixmap(picture: RgbaImage) -> Pixmap {
    let (width, height) = picture.dimensions();
    let mut pixels = picture.into_raw();
    for pixel in pixels.as_chunks_mut::<4>().0 {
        let [red, green, blue, cover] = *pixel;
        if cover != u8::MAX {
            *pixel = tiny_skia::ColorU8::from_rgba(red, green, blue, cover)
                .premultiply()
                .to_bytes();
        }
    }
    let size = IntSize::from_wh(width, height).expect(SAME_SIZE);
    Pixmap::from_vec(pixels, size).expect(SAME_SIZE)
}

/// Back from drawing.
pub(super) fn unpixmap(pixmap: Pixmap) -> RgbaImage {
    let (width, height) = (pixmap.width(), pixmap.height());
    RgbaImage::from_raw(width, height, pixmap.take_demultiplied()).expect(SAME_SIZE)
}

/// The four parts of a pixel, for a buffer.
trait ToBytes {
    fn to_bytes(self) -> [u8; 4];
}

impl ToBytes for tiny_skia::PremultipliedColorU8 {
    fn to_bytes(self) -> [u8; 4] {
        [self.red(), self.green(), self.blue(), self.alpha()]
    }
}
