//! JPEG: segments behind markers (ITU T.81, annex B). Owns no state.

use crate::picture::headers::{Header, big_u16, orientation};

/// Begins every marker; more of them before one are padding.
const MARK: u8 = 0xFF;
/// What an Exif segment begins with.
const EXIF: &[u8] = b"Exif\0\0";

pub(super) fn read(bytes: &[u8]) -> Option<Header> {
    let mut turned = 1;
    let mut at = 2;
    loop {
        let mark = bytes.get(at..)?.iter().position(|byte| *byte == MARK)?;
        let kind = bytes.get(at + mark..)?.iter().position(|byte| *byte != MARK)?;
        at += mark + kind;
        let kind = *bytes.get(at)?;
        at += 1;
        match kind {
            // Without a segment: restarts, start and end of the picture, "temporary", and a data byte of 255.
            0xD0..=0xD9 | 0x01 | 0x00 => continue,
            // Frames of all codings; the three left out are tables.
            0xC0..=0xCF if !matches!(kind, 0xC4 | 0xC8 | 0xCC) => {
                let (height, width) = (big_u16(bytes, at + 3)?, big_u16(bytes, at + 5)?);
                let header = Header::still(width.into(), height.into());
                return Some(Header {
                    orientation: turned,
                    ..header
                });
            }
            // The picture's data begins and no frame has said its size.
            0xDA => return None,
            _ => {}
        }
        let length = usize::from(big_u16(bytes, at)?);
        let segment = bytes.get(at + 2..at + length.max(2));
        if let Some(exif) = segment
            .filter(|_| kind == 0xE1)
            .and_then(|data| data.strip_prefix(EXIF))
        {
            turned = orientation(exif);
        }
        at += length.max(2);
    }
}
