//! Light and colour of a picture, changed in place. Owns no state.

use image::RgbaImage;

use crate::picture::error::{ImageError, Problem};

/// The widest blur, in pixels: beyond, nothing is left to see.
const WIDEST_BLUR: f32 = 100.0;
/// Three means over neighbours are as good as a bell curve.
const PASSES: usize = 3;

pub(super) fn grey(picture: &mut RgbaImage) {
    for pixel in picture.pixels_mut() {
        let [red, green, blue, cover] = pixel.0;
        // How bright people see each colour, in 1024ths (ITU BT.709).
        let light = (218 * u32::from(red) + 732 * u32::from(green) + 74 * u32::from(blue) + 512) >> 10;
        let light = light.min(255) as u8;
        pixel.0 = [light, light, light, cover];
    }
}

pub(super) fn brightness(picture: &mut RgbaImage, percent: f32) -> Result<(), ImageError> {
    let added = between("brightness", percent, -100.0, 100.0)? * 2.55;
    mapped(picture, |light| light + added);
    Ok(())
}

pub(super) fn contrast(picture: &mut RgbaImage, percent: f32) -> Result<(), ImageError> {
    let factor = 1.0 + between("contrast", percent, -100.0, 100.0)? / 100.0;
    mapped(picture, |light| (light - 127.5) * factor + 127.5);
    Ok(())
}

/// Blurs with a standard deviation in pixels.
pub(super) fn blur(picture: &mut RgbaImage, deviation: f32) -> Result<(), ImageError> {
    let deviation = between("blur", deviation, 0.0, WIDEST_BLUR)?;
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let seen_through = picture.pixels().any(|pixel| pixel.0[3] != u8::MAX);
    for radius in radii(deviation) {
        if radius == 0 {
            continue;
        }
        let pixels = &mut **picture;
        let mut line = vec![[0_u8; 4]; width.max(height)];
        for row in 0..height {
            smooth(pixels, (row * width, 1, width), (radius, seen_through), &mut line);
        }
        for column in 0..width {
            smooth(pixels, (column, width, height), (radius, seen_through), &mut line);
        }
    }
    Ok(())
}

/// The half widths of means whose variances add up to that of a bell curve.
fn radii(deviation: f32) -> [usize; PASSES] {
    let passes = PASSES as f32;
    let ideal = (12.0 * deviation * deviation / passes + 1.0).sqrt();
    let mut lower = ideal.floor() as usize;
    if lower.is_multiple_of(2) {
        lower = lower.saturating_sub(1);
    }
    let low = lower as f32;
    let narrow = (12.0 * deviation * deviation - passes * low * low - 4.0 * passes * low - 3.0 * passes)
        / (-4.0 * low - 4.0);
    let narrow = narrow.round().clamp(0.0, passes) as usize;
    std::array::from_fn(|pass| if pass < narrow { lower / 2 } else { lower / 2 + 1 })
}

/// Replaces each pixel of a row or a column by the mean of its neighbours. Colours weigh as much as they cover.
fn smooth(
    pixels: &mut [u8],
    (start, step, count): (usize, usize, usize),
    (radius, seen_through): (usize, bool),
    line: &mut [[u8; 4]],
) {
    for (index, pixel) in line[..count].iter_mut().enumerate() {
        let at = (start + index * step) * 4;
        pixel.copy_from_slice(&pixels[at..at + 4]);
        if seen_through {
            let cover = u32::from(pixel[3]);
            for channel in &mut pixel[..3] {
                *channel = (u32::from(*channel) * cover / 255) as u8;
            }
        }
    }
    let line = &line[..count];
    let last = count - 1;
    let at = |index: isize| line[index.clamp(0, last as isize) as usize];
    let reach = radius as isize;
    let mut sums = [0_u32; 4];
    for index in -reach..=reach {
        for (sum, channel) in sums.iter_mut().zip(at(index)) {
            *sum += u32::from(channel);
        }
    }
    let share = 2 * radius as u32 + 1;
    for index in 0..count {
        let mut mean = sums.map(|sum| ((sum + share / 2) / share) as u8);
        if seen_through && mean[3] > 0 {
            for channel in 0..3 {
                mean[channel] = (u32::from(mean[channel]) * 255 / u32::from(mean[3])).min(255) as u8;
            }
        }
        let place = (start + index * step) * 4;
        pixels[place..place + 4].copy_from_slice(&mean);
        let (enters, leaves) = (at(index as isize + reach + 1), at(index as isize - reach));
        for channel in 0..4 {
            sums[channel] = sums[channel] + u32::from(enters[channel]) - u32::from(leaves[channel]);
        }
    }
}

fn mapped(picture: &mut RgbaImage, change: impl Fn(f32) -> f32) {
    let table: [u8; 256] = std::array::from_fn(|light| change(light as f32).round().clamp(0.0, 255.0) as u8);
    for pixel in picture.pixels_mut() {
        for channel in &mut pixel.0[..3] {
            *channel = table[usize::from(*channel)];
        }
    }
}

fn between(operation: &str, value: f32, least: f32, most: f32) -> Result<f32, ImageError> {
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    let problem = Problem::OutOfRange {
        value: value.into(),
        least: least.into(),
        most: most.into(),
    };
    Err(ImageError::bad(operation, problem))
}

#[cfg(test)]
mod tests {
    use image::{Rgba, RgbaImage};

    use super::{blur, brightness, contrast, grey, radii};

    #[test]
    fn a_blurred_point_is_a_bell_of_the_same_light() {
        let mut picture = RgbaImage::from_pixel(81, 81, Rgba([0, 0, 0, 255]));
        for (x, y) in [(40, 40), (41, 40), (40, 41), (41, 41)] {
            picture.put_pixel(x, y, Rgba([255, 255, 255, 255]));
        }
        blur(&mut picture, 2.0).unwrap();
        let middle = picture.get_pixel(40, 40).0[0];
        assert!((20..60).contains(&middle), "{middle}");
        assert!(picture.get_pixel(46, 40).0[0] < middle / 4);
        assert_eq!(picture.get_pixel(0, 0).0, [0, 0, 0, 255]);
    }

    #[test]
    fn what_is_not_seen_gives_no_colour_to_what_is() {
        let mut picture = RgbaImage::from_pixel(20, 20, Rgba([255, 0, 0, 0]));
        for y in 0..20 {
            for x in 0..10 {
                picture.put_pixel(x, y, Rgba([0, 0, 255, 255]));
            }
        }
        blur(&mut picture, 3.0).unwrap();
        let [red, _, blue, cover] = picture.get_pixel(9, 10).0;
        assert!(
            red < 5 && blue > 240 && (60..220).contains(&cover),
            "{red} {blue} {cover}"
        );
    }

    #[test]
    fn the_means_are_as_wide_as_the_bell() {
        assert_eq!(radii(0.0), [0, 0, 0]);
        for deviation in [1.0_f32, 5.0, 20.0, 100.0] {
            let variance: f32 = radii(deviation)
                .map(|radius| ((2 * radius + 1).pow(2) - 1) as f32 / 12.0)
                .iter()
                .sum();
            assert!(
                (variance.sqrt() - deviation).abs() < 0.5,
                "{deviation}: {}",
                variance.sqrt()
            );
        }
    }

    #[test]
    fn light_is_bounded_and_grey_has_no_colour() {
        let mut picture = RgbaImage::from_pixel(2, 2, Rgba([200, 100, 50, 128]));
        brightness(&mut picture, 40.0).unwrap();
        assert_eq!(picture.get_pixel(0, 0).0, [255, 202, 152, 128]);
        contrast(&mut picture, -100.0).unwrap();
        assert_eq!(picture.get_pixel(0, 0).0, [128, 128, 128, 128]);
        let mut picture = RgbaImage::from_pixel(2, 2, Rgba([255, 255, 255, 255]));
        grey(&mut picture);
        assert_eq!(picture.get_pixel(0, 0).0, [255, 255, 255, 255]);
        assert!(brightness(&mut picture, f32::NAN).is_err() && blur(&mut picture, 500.0).is_err());
    }
}
