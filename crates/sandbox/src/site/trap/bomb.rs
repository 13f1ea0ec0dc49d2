//! A small gzip stream that unpacks to a gibibyte of zeros, made piece by piece. Owns no state.

use bytes::Bytes;

use super::super::bits::Bits;

/// Bytes that come out of it.
const UNPACKED: u64 = 1 << 30;
/// The checksum of that many zeros.
const CHECKSUM: u32 = 0x5b64_c2b0;
/// Zeros that one copy stands for, in two bits.
const COPY: u64 = 258;
/// Bytes of one piece.
const PIECE: usize = 16 * 1024;

/// The pieces of the stream.
pub(super) fn pieces() -> impl Iterator<Item = Bytes> + Send {
    // One zero is written out, the copies repeat it, and what they do not reach is written out again.
    let copies = (UNPACKED - 1) / COPY;
    let rest = (UNPACKED - 1) % COPY;
    let mut start = header();
    start.code(0b10, 2);
    let zero_bits = 2 * copies - u64::from(start.missing());
    start.put(0, start.missing());
    let mut head = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    head.extend(start.finish());

    let mut end = Bits::default();
    end.put(0, (zero_bits % 8) as u32);
    for _ in 0..rest {
        end.code(0b10, 2);
    }
    end.code(0b11, 2);
    let mut tail = end.finish();
    tail.extend(CHECKSUM.to_le_bytes());
    tail.extend((UNPACKED as u32).to_le_bytes());

    let zeros = Bytes::from(vec![0; PIECE]);
    let mut left = usize::try_from(zero_bits / 8).unwrap_or(0);
    let middle = std::iter::from_fn(move || {
        let length = left.min(PIECE);
        left -= length;
        (length > 0).then(|| zeros.slice(..length))
    });
    [Bytes::from(head)]
        .into_iter()
        .chain(middle)
        .chain([Bytes::from(tail)])
}

/// The head of a deflate block with codes of its own: a copy of 258 bytes from one byte before is `0` and `0`, a zero
/// is `10`, and the end is `11`.
fn header() -> Bits {
    let mut bits = Bits::default();
    // The last block, with its own codes: 286 for bytes and lengths, one for distances, 18 for the codes' lengths.
    bits.put(1, 1);
    bits.put(2, 2);
    bits.put(286 - 257, 5);
    bits.put(0, 5);
    bits.put(18 - 4, 4);
    // In the format's order "many zeros" stands third, "length 2" sixteenth and "length 1" last of these.
    for place in 0..18 {
        let length = match place {
            2 => 1,
            15 | 17 => 2,
            _ => 0,
        };
        bits.put(length, 3);
    }
    let many = |bits: &mut Bits, zeros: u32| {
        bits.code(0b0, 1);
        bits.put(zeros - 11, 7);
    };
    let (one, two) = (0b10, 0b11);
    // The byte zero has two bits, the other 255 bytes have none.
    bits.code(two, 2);
    many(&mut bits, 138);
    many(&mut bits, 117);
    // The end has two bits, the short lengths none, the longest one has one bit. So has the one distance.
    bits.code(two, 2);
    many(&mut bits, 28);
    bits.code(one, 2);
    bits.code(one, 2);
    bits
}
