//! PNG: chunks with a length, a name, data and a checksum (W3C PNG, third edition). Owns no state.

use crate::picture::headers::{Header, big_u32, orientation};

/// Before the first chunk.
const SIGNATURE: usize = 8;
/// Length, name and checksum of a chunk.
const AROUND: usize = 12;

pub(super) fn read(bytes: &[u8]) -> Option<Header> {
    if bytes.get(12..16)? != b"IHDR" {
        return None;
    }
    let mut header = Header::still(big_u32(bytes, 16)?, big_u32(bytes, 20)?);
    let mut at = SIGNATURE;
    while let (Some(length), Some(name)) = (big_u32(bytes, at), bytes.get(at + 4..at + 8)) {
        let data = at + 8;
        let Some(end) = data.checked_add(length as usize) else {
            break;
        };
        match name {
            b"acTL" => header.frames = big_u32(bytes, data)?,
            b"eXIf" => header.orientation = bytes.get(data..end).map_or(1, orientation),
            b"IEND" => break,
            _ => {}
        }
        at = end + AROUND - 8;
    }
    Some(header)
}
