//! Width and height of a picture, read from its head. Owns no state.

/// Width and height of a PNG, JPEG, GIF or WebP picture. `None`: it is none of them, or its head is cut.
pub(crate) fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some((be32(bytes, 16)?, be32(bytes, 20)?));
    }
    if bytes.starts_with(b"GIF8") {
        return Some((le16(bytes, 6)?, le16(bytes, 8)?));
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return webp(bytes);
    }
    if bytes.starts_with(b"\xff\xd8") {
        return jpeg(bytes);
    }
    None
}

fn part<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn be16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16::from_be_bytes(part(bytes, at)?)))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(part(bytes, at)?))
}

fn le16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16::from_le_bytes(part(bytes, at)?)))
}

fn le24(bytes: &[u8], at: usize) -> Option<u32> {
    let [a, b, c] = part(bytes, at)?;
    Some(u32::from_le_bytes([a, b, c, 0]))
}

/// The three kinds of WebP: lossy, lossless, and extended, whose head holds the canvas.
fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    match &part::<4>(bytes, 12)? {
        b"VP8 " => Some((le16(bytes, 26)? & 0x3fff, le16(bytes, 28)? & 0x3fff)),
        b"VP8L" if bytes.get(20) == Some(&0x2f) => {
            let bits = u32::from_le_bytes(part(bytes, 21)?);
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        b"VP8X" => Some((le24(bytes, 24)? + 1, le24(bytes, 27)? + 1)),
        _ => None,
    }
}

/// Walks over a JPEG's segments to the one that begins the frame.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let [mark, kind] = part(bytes, at)?;
        match (mark, kind) {
            // Any number of fill bytes may stand before a marker.
            (0xff, 0xff) => at += 1,
            // These hold tables and not a frame, though their numbers lie among those that do.
            (0xff, 0xc4 | 0xc8 | 0xcc) => at += 2 + skip(bytes, at)?,
            (0xff, 0xc0..=0xcf) => return Some((be16(bytes, at + 7)?, be16(bytes, at + 5)?)),
            // Markers without a length.
            (0xff, 0x01 | 0xd0..=0xd8) => at += 2,
            // The picture's data begins, and there was no frame.
            (0xff, 0xd9 | 0xda) => return None,
            (0xff, _) => at += 2 + skip(bytes, at)?,
            _ => return None,
        }
    }
}

fn skip(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(be16(bytes, at + 2)?).ok()
}
