//! Lossless WebP in its plainest form: no transforms, and codes that are all eight bits long. Owns no state.

use super::{Bits, Image};

/// Symbols of the green code beyond its 256 values: they would stand for copies, and have no code here.
const COPIES: usize = 24;

pub(super) fn encode(image: &Image) -> Vec<u8> {
    let mut bits = Bits::default();
    let size = |length: usize| u32::try_from(length).unwrap_or(1) - 1;
    bits.put(0x2f, 8);
    bits.put(size(image.width), 14);
    bits.put(size(image.height), 14);
    // No alpha and version 0; then no transform, no colour cache, one group of codes.
    bits.put(0, 1 + 3 + 1 + 1 + 1);
    even_code(&mut bits, COPIES);
    even_code(&mut bits, 0);
    even_code(&mut bits, 0);
    // Alpha: the one symbol 255, which then takes no bits. Distances: the one symbol 0.
    bits.put(0b101, 3);
    bits.put(255, 8);
    bits.put(0b0001, 4);
    for [red, green, blue] in &image.pixels {
        for value in [green, red, blue] {
            bits.code(u32::from(*value), 8);
        }
    }
    riff(&bits.finish())
}

/// A code in which 256 symbols have eight bits each and the rest has none.
fn even_code(bits: &mut Bits, without: usize) {
    bits.put(0, 1);
    // The lengths are written in a code of their own, of which only the symbols for 0 and 8 are used, with one bit
    // each. They stand third and last among the first twelve of the format's order.
    bits.put(12 - 4, 4);
    for place in 0..12 {
        bits.put(u32::from(place == 2 || place == 11), 3);
    }
    bits.put(0, 1);
    for _ in 0..256 {
        bits.put(1, 1);
    }
    for _ in 0..without {
        bits.put(0, 1);
    }
}

fn riff(data: &[u8]) -> Vec<u8> {
    let padded = data.len() + data.len() % 2;
    let size = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    let mut out = b"RIFF".to_vec();
    out.extend(size(4 + 8 + padded));
    out.extend(b"WEBPVP8L");
    out.extend(size(data.len()));
    out.extend(data);
    out.resize(20 + padded, 0);
    out
}
