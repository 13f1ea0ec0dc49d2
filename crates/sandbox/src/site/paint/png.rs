//! PNG: chunks with their checksums, and a small deflate that knows runs of one pixel and copies of the row above.
//! Owns no state.

use super::{Bits, Image};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// The longest match of deflate.
const LONGEST: usize = 258;

pub(super) fn encode(image: &Image) -> Vec<u8> {
    let mut raw = Vec::with_capacity(image.height * (image.width * 3 + 1));
    for row in image.pixels.chunks(image.width) {
        // No filter: the rows as they are.
        raw.push(0);
        raw.extend(row.iter().flatten());
    }
    let size = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    file(
        size(image.width),
        size(image.height),
        &zlib(&raw, image.width * 3 + 1),
    )
}

/// A file with this size in its head, whatever its data holds.
pub(in super::super) fn file(width: u32, height: u32, data: &[u8]) -> Vec<u8> {
    let mut head = Vec::new();
    head.extend(width.to_be_bytes());
    head.extend(height.to_be_bytes());
    // Eight bits for each of three colours.
    head.extend([8, 2, 0, 0, 0]);
    let mut out = SIGNATURE.to_vec();
    for (kind, body) in [(b"IHDR", head.as_slice()), (b"IDAT", data), (b"IEND", &[])] {
        out.extend(u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes());
        let from = out.len();
        out.extend(kind);
        out.extend(body);
        let sum = crc32(&out[from..]);
        out.extend(sum.to_be_bytes());
    }
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ (0xedb8_8320 * (sum & 1));
        }
    }
    !sum
}

fn adler32(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    b << 16 | a
}

/// A zlib stream of one block with the fixed codes. `row` is the distance to the byte above.
fn zlib(raw: &[u8], row: usize) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(0x0178, 16);
    // The last block, with fixed codes.
    bits.put(0b011, 3);
    let mut at = 0;
    while at < raw.len() {
        let best = [3, row]
            .into_iter()
            .map(|distance| (matching(raw, at, distance), distance))
            .max()
            .unwrap_or_default();
        if best.0 >= 3 {
            copy(&mut bits, best.0, best.1);
            at += best.0;
        } else {
            literal(&mut bits, u32::from(raw[at]));
            at += 1;
        }
    }
    literal(&mut bits, 256);
    let mut out = bits.finish();
    out.extend(adler32(raw).to_be_bytes());
    out
}

/// How many bytes from here on are the same as those a distance before.
fn matching(raw: &[u8], at: usize, distance: usize) -> usize {
    let Some(before) = at.checked_sub(distance) else {
        return 0;
    };
    let same = raw[at..].iter().zip(&raw[before..]);
    same.take(LONGEST).take_while(|(a, b)| a == b).count()
}

/// A literal byte, the end of the block (256), or a length code, in the fixed code.
fn literal(bits: &mut Bits, symbol: u32) {
    match symbol {
        0..144 => bits.code(0x30 + symbol, 8),
        144..256 => bits.code(0x190 + symbol - 144, 9),
        256..280 => bits.code(symbol - 256, 7),
        _ => bits.code(0xc0 + symbol - 280, 8),
    }
}

/// The code of a value on deflate's scale, with what is left over and how many bits that has: up to `plain` every
/// value has a code of its own, then each further pair (or four) of codes spans twice as many values.
fn scale(value: u32, group: u32) -> (u32, u32, u32) {
    let plain = 2 * group;
    if value < plain {
        return (value, 0, 0);
    }
    let extra = value.ilog2() - group.ilog2();
    let code = plain + (extra - 1) * group + ((value >> extra) - group);
    (code, value & ((1 << extra) - 1), extra)
}

fn copy(bits: &mut Bits, length: usize, distance: usize) {
    let value = |number: usize| u32::try_from(number).unwrap_or(0);
    if length == LONGEST {
        literal(bits, 285);
    } else {
        let (code, rest, extra) = scale(value(length) - 3, 4);
        literal(bits, 257 + code);
        bits.put(rest, extra);
    }
    let (code, rest, extra) = scale(value(distance) - 1, 2);
    bits.code(code, 5);
    bits.put(rest, extra);
}
