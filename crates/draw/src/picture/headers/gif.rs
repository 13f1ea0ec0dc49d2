//! GIF: a screen, then blocks of pictures and of remarks (CompuServe, GIF89a). Owns no state.

use crate::picture::headers::{Header, little_u16};

/// The size of signature and screen.
const SCREEN: usize = 13;

pub(super) fn read(bytes: &[u8]) -> Option<Header> {
    let (width, height) = (little_u16(bytes, 6)?, little_u16(bytes, 8)?);
    let mut header = Header::still(width.into(), height.into());
    header.frames = frames(bytes, SCREEN + table(*bytes.get(10)?));
    Some(header)
}

/// The size of a table of colours, from the byte that says whether there is one.
fn table(flags: u8) -> usize {
    if flags & 0x80 == 0 {
        0
    } else {
        3 << ((flags & 7) + 1)
    }
}

/// Counts pictures up to the end, or to where the file is cut.
fn frames(bytes: &[u8], mut at: usize) -> u32 {
    let mut frames = 0;
    loop {
        at = match bytes.get(at) {
            Some(0x2C) => {
                frames += 1;
                let Some(flags) = bytes.get(at + 9) else {
                    return frames;
                };
                at + 10 + table(*flags) + 1
            }
            Some(0x21) => at + 2,
            _ => return frames,
        };
        // Data comes in blocks with a length, and a block without one ends it.
        loop {
            match bytes.get(at) {
                None => return frames,
                Some(0) => break,
                Some(length) => at += usize::from(*length) + 1,
            }
        }
        at += 1;
    }
}
