//! WebP: chunks in a RIFF container (RFC 9649). Owns no state.

use crate::picture::headers::{Header, array, little_u16, little_u32, orientation};

/// Where the first chunk begins.
const FIRST: usize = 12;
/// The size of a dimension, which two kinds of chunks count from zero.
const FOURTEEN_BITS: u32 = 0x3FFF;

pub(super) fn read(bytes: &[u8]) -> Option<Header> {
    let mut header: Option<Header> = None;
    let (mut frames, mut turned) = (0, 1);
    let mut at = FIRST;
    while let (Some(name), Some(length)) = (bytes.get(at..at + 4), little_u32(bytes, at + 4)) {
        let data = at + 8;
        match name {
            b"VP8X" => header = header.or(extended(bytes, data)),
            b"VP8 " => header = header.or(lossy(bytes, data)),
            b"VP8L" => header = header.or(lossless(bytes, data)),
            b"ANMF" => frames += 1,
            b"EXIF" => {
                let exif = bytes.get(data..data.saturating_add(length as usize));
                turned = exif.map_or(1, |exif| {
                    orientation(exif.strip_prefix(b"Exif\0\0").unwrap_or(exif))
                });
            }
            _ => {}
        }
        // Chunks begin at even places.
        let Some(next) = data.checked_add(length as usize + (length & 1) as usize) else {
            break;
        };
        at = next;
    }
    header.map(|header| Header {
        frames,
        orientation: turned,
        ..header
    })
}

fn extended(bytes: &[u8], at: usize) -> Option<Header> {
    let size =
        |at| array(bytes, at).map(|[low, middle, high]| u32::from_le_bytes([low, middle, high, 0]) + 1);
    Some(Header::still(size(at + 4)?, size(at + 7)?))
}

fn lossy(bytes: &[u8], at: usize) -> Option<Header> {
    if bytes.get(at + 3..at + 6)? != [0x9D, 0x01, 0x2A] {
        return None;
    }
    let size = |at| little_u16(bytes, at).map(|size| u32::from(size) & FOURTEEN_BITS);
    Some(Header::still(size(at + 6)?, size(at + 8)?))
}

fn lossless(bytes: &[u8], at: usize) -> Option<Header> {
    if *bytes.get(at)? != 0x2F {
        return None;
    }
    let bits = little_u32(bytes, at + 1)?;
    let (width, height) = (bits & FOURTEEN_BITS, (bits >> 14) & FOURTEEN_BITS);
    Some(Header::still(width + 1, height + 1))
}
