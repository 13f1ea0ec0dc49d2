//! Several pictures as one: in rows that are as wide as each other, so that nothing is cut away. Owns no state.

use image::{Rgba, RgbaImage, imageops};

use crate::picture::error::{ImageError, Problem};
use crate::picture::geometry::scaled;
use crate::picture::limits::ImageLimits;
use crate::picture::ops::CollageShape;

/// How many pictures a collage has.
pub(super) const FEWEST: usize = 2;
pub(super) const MOST: usize = 10;
/// The longest side of a picture while it waits for the others, for few and for many: all wait in memory.
const LARGE: u32 = 1600;
const SMALL: u32 = 1000;
const FEW: usize = 4;
/// The longest side of what they become.
const LONGEST: f64 = 2400.0;
/// The widest gap, in pixels.
const WIDEST_GAP: u32 = 200;
/// What is seen between pictures.
const GROUND: Rgba<u8> = Rgba([255; 4]);

/// The longest side of each of so many pictures that is of use.
pub(super) fn useful_side(pictures: usize) -> u32 {
    if pictures <= FEW { LARGE } else { SMALL }
}

pub(super) fn check(pictures: usize, gap: u32) -> Result<(), ImageError> {
    if !(FEWEST..=MOST).contains(&pictures) {
        let problem = Problem::Pictures {
            given: pictures,
            least: FEWEST,
            most: MOST,
        };
        return Err(ImageError::bad("collage", problem));
    }
    if gap > WIDEST_GAP {
        let problem = Problem::OutOfRange {
            value: gap.into(),
            least: 0.0,
            most: WIDEST_GAP.into(),
        };
        return Err(ImageError::bad("collage", problem));
    }
    Ok(())
}

/// Where a picture stands and how large it is, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

pub(super) fn collage(
    pictures: Vec<RgbaImage>,
    shape: CollageShape,
    gap: u32,
    limits: &ImageLimits,
) -> Result<RgbaImage, ImageError> {
    check(pictures.len(), gap)?;
    let sizes: Vec<(u32, u32)> = pictures.iter().map(RgbaImage::dimensions).collect();
    let places = lay_out(&sizes, shape, gap);
    let width = places
        .iter()
        .map(|place| place.x + place.width)
        .max()
        .unwrap_or(1);
    let height = places
        .iter()
        .map(|place| place.y + place.height)
        .max()
        .unwrap_or(1);
    limits.check_output(width.into(), height.into())?;
    let mut sheet = RgbaImage::from_pixel(width, height, GROUND);
    for (picture, place) in pictures.into_iter().zip(places) {
        let picture = scaled(picture, (place.width, place.height));
        imageops::overlay(&mut sheet, &picture, place.x.into(), place.y.into());
    }
    Ok(sheet)
}

/// Rows of about as many pictures as there are rows; one column has one in each, one row has all.
fn lay_out(sizes: &[(u32, u32)], shape: CollageShape, gap: u32) -> Vec<Place> {
    let columns = match shape {
        CollageShape::Grid => (sizes.len() as f64).sqrt().ceil() as usize,
        CollageShape::Row => sizes.len(),
        CollageShape::Column => 1,
    };
    let proportions = |row: &[(u32, u32)]| -> f64 {
        row.iter()
            .map(|(width, height)| f64::from(*width) / f64::from(*height))
            .sum()
    };
    let gaps = |row: &[(u32, u32)]| f64::from(gap) * (row.len() - 1) as f64;
    // As wide as the row that is widest with its pictures at their own height.
    let own = |row: &[(u32, u32)]| {
        let height = row.iter().map(|(_, height)| *height).max().unwrap_or(1);
        f64::from(height) * proportions(row) + gaps(row)
    };
    let natural = sizes.chunks(columns).map(own).fold(1.0, f64::max);
    let height_at = |width: f64| -> f64 {
        let rows = sizes
            .chunks(columns)
            .map(|row| (width - gaps(row)).max(1.0) / proportions(row));
        rows.sum::<f64>() + f64::from(gap) * (sizes.len().div_ceil(columns) - 1) as f64
    };
    let width = natural.min(LONGEST);
    let width = (width * (LONGEST / height_at(width)).min(1.0)).round().max(1.0);
    let mut places = Vec::with_capacity(sizes.len());
    let mut y = 0;
    for row in sizes.chunks(columns) {
        let height = ((width - gaps(row)).max(1.0) / proportions(row)).round().max(1.0);
        let mut x = 0.0;
        for (index, (wide, high)) in row.iter().enumerate() {
            let right = if index + 1 == row.len() {
                width.max(x + 1.0)
            } else {
                (x + height * f64::from(*wide) / f64::from(*high))
                    .round()
                    .max(x + 1.0)
            };
            places.push(Place {
                x: x as u32,
                y,
                width: (right - x) as u32,
                height: height as u32,
            });
            x = right + f64::from(gap);
        }
        y += height as u32 + gap;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::{Place, lay_out};
    use crate::picture::ops::CollageShape;

    #[test]
    fn rows_are_as_wide_as_each_other_and_keep_proportions() {
        let sizes = [(400, 300), (300, 400), (500, 500)];
        let places = lay_out(&sizes, CollageShape::Grid, 10);
        let right = |place: &Place| place.x + place.width;
        assert_eq!(right(&places[1]), right(&places[2]), "{places:?}");
        assert_eq!(places[1].x, places[0].width + 10);
        assert_eq!(places[2].y, places[0].height + 10);
        for (place, (width, height)) in places.iter().zip(sizes) {
            let proportion = f64::from(place.width) / f64::from(place.height);
            assert!(
                (proportion - f64::from(width) / f64::from(height)).abs() < 0.02,
                "{place:?}"
            );
        }
    }

    #[test]
    fn a_row_is_one_row_and_a_column_is_one_column() {
        let sizes = [(100, 100); 5];
        let row = lay_out(&sizes, CollageShape::Row, 0);
        assert!(row.iter().all(|place| place.y == 0 && place.height == 100));
        let column = lay_out(&sizes, CollageShape::Column, 5);
        assert!(column.iter().all(|place| place.x == 0 && place.width == 100));
        assert_eq!(column[4].y, 4 * 105);
    }

    #[test]
    fn odd_pictures_have_a_place_too() {
        for sizes in [
            vec![(1, 1600), (1600, 1)],
            vec![(1, 1); 10],
            vec![(1600, 1), (1, 1), (1, 1600)],
        ] {
            for shape in [CollageShape::Grid, CollageShape::Row, CollageShape::Column] {
                for place in lay_out(&sizes, shape, 200) {
                    assert!(
                        place.width > 0 && place.height > 0,
                        "{sizes:?} {shape:?} {place:?}"
                    );
                    assert!(
                        place.x < 10_000 && place.y < 10_000,
                        "{sizes:?} {shape:?} {place:?}"
                    );
                }
            }
        }
    }
}
