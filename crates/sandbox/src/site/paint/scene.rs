//! What is on the site's pictures: rules from a place to a colour. Owns no state.

use std::f32::consts::{PI, TAU};

use super::Colour;
use super::gif::Frames;

fn mix(a: Colour, b: Colour, share: f32) -> Colour {
    let share = share.clamp(0.0, 1.0);
    std::array::from_fn(|part| {
        let (a, b) = (f32::from(a[part]), f32::from(b[part]));
        (a + (b - a) * share).round() as u8
    })
}

/// A number from 0 to 1 that looks like chance and is the same for the same place.
fn chance(x: i32, y: i32) -> f32 {
    let mut hash = x.cast_unsigned().wrapping_mul(0x9e37_79b1) ^ y.cast_unsigned().wrapping_mul(0x85eb_ca77);
    hash = (hash ^ hash >> 15).wrapping_mul(0x2c1b_3c6d);
    hash = (hash ^ hash >> 12).wrapping_mul(0x297a_2d39);
    (hash ^ hash >> 15) as f32 / u32::MAX as f32
}

/// Chance that changes smoothly from place to place.
fn noise(x: f32, y: f32) -> f32 {
    let (left, top) = (x.floor(), y.floor());
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let (across, down) = (ease(x - left), ease(y - top));
    let corner = |dx: i32, dy: i32| chance(left as i32 + dx, top as i32 + dy);
    let upper = corner(0, 0) + (corner(1, 0) - corner(0, 0)) * across;
    let lower = corner(0, 1) + (corner(1, 1) - corner(0, 1)) * across;
    upper + (lower - upper) * down
}

/// Hills, a meadow with flowers, a low sun and three hives. `grain` is how much the picture looks like film.
pub(super) fn meadow(x: f32, y: f32, grain: f32) -> Colour {
    let hill = |at: f32, size: f32, phase: f32| {
        at + size * (x * 7.0 + phase).sin() + size * 0.2 * (x * 41.0 + phase).sin()
    };
    let sun = (x - 0.78).hypot((y - 0.3) * 0.66);
    let mut colour = mix([96, 152, 214], [250, 222, 178], y * 2.0);
    colour = mix(colour, [255, 246, 214], 1.2 - sun * 9.0);
    let far = [
        (0.44, 0.03, 0.0, [142, 164, 178]),
        (0.5, 0.025, 2.1, [110, 146, 128]),
        (0.56, 0.02, 4.4, [84, 130, 84]),
    ];
    for (at, size, phase, shade) in far {
        if y > hill(at, size, phase) {
            colour = mix(shade, [236, 220, 180], (0.62 - y) * 1.5);
        }
    }
    let ground = hill(0.62, 0.012, 1.0);
    if y > ground {
        // What is nearer is seen larger.
        let depth = (y - ground) / (1.0 - ground);
        let size = 12.0 / (0.12 + depth);
        let grass =
            noise(x * size * 9.0, y * size * 3.0) * 0.6 + noise(x * size * 31.0, y * size * 11.0) * 0.4;
        colour = mix([62, 112, 44], [156, 180, 74], grass);
        let flower = chance((x * size * 40.0) as i32, (y * size * 26.0) as i32);
        if flower > 0.985 {
            colour = if flower > 0.993 {
                [244, 232, 240]
            } else {
                [240, 196, 62]
            };
        }
    }
    colour = hives(x, y).unwrap_or(colour);
    let speck = (chance((x * 9973.0) as i32, (y * 9967.0) as i32) - 0.5) * grain;
    colour.map(|part| (f32::from(part) + speck).clamp(0.0, 255.0) as u8)
}

fn hives(x: f32, y: f32) -> Option<Colour> {
    let boxes = [
        (0.16, 0.70, 0.085, [214, 178, 110]),
        (0.33, 0.74, 0.1, [148, 176, 196]),
        (0.53, 0.69, 0.075, [206, 142, 108]),
    ];
    boxes.into_iter().find_map(|(left, bottom, width, wood)| {
        let (across, up) = ((x - left) / width, (bottom + width * 0.75 - y) / (width * 1.5));
        match () {
            () if (-0.06..1.06).contains(&across) && (0.94..1.06).contains(&up) => Some([92, 88, 84]),
            () if !(0.0..1.0).contains(&across) || !(0.0..1.0).contains(&up) => None,
            () if (0.3..0.7).contains(&across) && (0.05..0.11).contains(&up) => Some([44, 34, 26]),
            () if (up * 3.0).fract() < 0.04 => Some(mix(wood, [60, 40, 20], 0.5)),
            () => Some(mix(
                wood,
                [80, 60, 40],
                0.35 * across + 0.1 * noise(across * 3.0, up * 60.0),
            )),
        }
    })
}

/// Cells of a comb: wax between them, and honey, pollen or nothing in them.
pub(super) fn comb(x: f32, y: f32) -> Colour {
    let (across, down) = (x * 12.0, y * 8.0 / 0.866);
    // The two rows of centres that a place can belong to; the nearer centre wins.
    let near = |row: f32| {
        let shift = if row.rem_euclid(2.0) < 1.0 { 0.0 } else { 0.5 };
        let column = (across - shift).round();
        (column, row, across - shift - column, (down - row) * 0.866)
    };
    let (column, row, dx, dy) = [near(down.floor()), near(down.floor() + 1.0)]
        .into_iter()
        .min_by(|a, b| a.2.hypot(a.3).total_cmp(&b.2.hypot(b.3)))
        .unwrap_or_default();
    let edge = dx.abs().max(dx.abs() * 0.5 + dy.abs() * 0.866);
    if edge > 0.43 {
        return [226, 184, 96];
    }
    let filled = chance(column as i32, row as i32);
    let (deep, bright) = match filled {
        0.0..0.55 => ([176, 92, 8], [244, 178, 40]),
        0.55..0.72 => ([168, 60, 20], [226, 120, 50]),
        _ => ([58, 36, 16], [96, 62, 28]),
    };
    // In steps, as paint would have it: that packs better than a smooth change.
    mix(bright, deep, ((edge * 1.6 + (dx + dy) * 0.5) * 6.0).round() / 6.0)
}

/// A flower with eight petals.
pub(super) fn flower(x: f32, y: f32) -> Colour {
    let (dx, dy) = ((x - 0.5) * 1.333, y - 0.5);
    let (far, angle) = (dx.hypot(dy), dy.atan2(dx));
    let petal = 0.2 + 0.24 * (angle * 4.0).cos().abs();
    match () {
        () if far < 0.11 => mix([250, 206, 60], [196, 128, 20], far * 8.0),
        () if far < petal => mix([214, 74, 138], [250, 176, 210], far / petal),
        () => mix([198, 224, 196], [120, 168, 126], far),
    }
}

/// Width and height of the dance.
pub(super) const DANCE: (u16, u16) = (160, 120);

/// A bee on its figure of eight: its way in grey, the straight part in brown, the bee in black.
pub(super) fn dance() -> Frames {
    const STEPS: i32 = 12;
    let way = |share: f32| {
        let turn = share * TAU;
        // Two loops that share the straight way up in their middle.
        (80.0 + 48.0 * turn.sin(), 60.0 - 38.0 * (turn * 2.0 + PI).sin())
    };
    let places = || (0..DANCE.1).flat_map(|y| (0..DANCE.0).map(move |x| (f32::from(x), f32::from(y))));
    let mut ground: Vec<u8> = places()
        .map(|(x, y)| {
            if (x - 80.0).abs() < 2.0 && (25.0..95.0).contains(&y) {
                2
            } else {
                0
            }
        })
        .collect();
    for step in 0..1200 {
        let (x, y) = way(step as f32 / 1200.0);
        let spot = &mut ground[y as usize * usize::from(DANCE.0) + x as usize];
        *spot = (*spot).max(1);
    }
    let frame = |step: i32| -> Vec<u8> {
        let (bee_x, bee_y) = way(step as f32 / STEPS as f32);
        let bee = |(x, y): (f32, f32)| (bee_x - x).hypot((bee_y - y) * 1.4) < 7.0;
        places()
            .zip(&ground)
            .map(|(place, ground)| if bee(place) { 3 } else { *ground })
            .collect()
    };
    Frames {
        palette: [[250, 240, 214], [206, 190, 150], [170, 104, 30], [38, 30, 22]],
        frames: (0..STEPS).map(frame).collect(),
    }
}
