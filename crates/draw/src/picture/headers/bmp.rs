//! BMP: one of two headers behind the file's own (Microsoft, "Bitmap Storage"). Owns no state.

use crate::picture::headers::{Header, array, little_u16, little_u32};

/// The size of the oldest header, whose sizes have 16 bits.
const OLDEST: u32 = 12;

pub(super) fn read(bytes: &[u8]) -> Option<Header> {
    if little_u32(bytes, 14)? == OLDEST {
        let (width, height) = (little_u16(bytes, 18)?, little_u16(bytes, 20)?);
        return Some(Header::still(width.into(), height.into()));
    }
    let size = |at| array(bytes, at).map(i32::from_le_bytes);
    // A height below zero says that the rows run from the top.
    let (width, height) = (size(18)?, size(22)?);
    Some(Header::still(u32::try_from(width).ok()?, height.unsigned_abs()))
}
