//! GIF with several frames, in the simplest form of its compression. Owns no state.

/// Hundredths of a second for which a frame is shown.
const DELAY: u8 = 12;
/// The codes of the compression are eight bits long as long as its table is cleared this often.
const CLEAR_EVERY: usize = 100;
const CLEAR: u8 = 0x80;
const END: u8 = 0x81;

/// Four colours, and frames of their numbers.
pub(super) struct Frames {
    pub(super) palette: [[u8; 3]; 4],
    pub(super) frames: Vec<Vec<u8>>,
}

pub(super) fn encode(width: u16, height: u16, picture: &Frames) -> Vec<u8> {
    let mut out = b"GIF89a".to_vec();
    out.extend(width.to_le_bytes());
    out.extend(height.to_le_bytes());
    // A palette of four colours for all frames.
    out.extend([0x91, 0, 0]);
    out.extend(picture.palette.as_flattened());
    // Shown again and again.
    out.extend(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00");
    for frame in &picture.frames {
        out.extend([0x21, 0xf9, 4, 0, DELAY, 0, 0, 0]);
        out.push(0x2c);
        out.extend([0, 0, 0, 0]);
        out.extend(width.to_le_bytes());
        out.extend(height.to_le_bytes());
        out.extend([0, 7]);
        let mut codes = Vec::with_capacity(frame.len() + frame.len() / CLEAR_EVERY + 2);
        for part in frame.chunks(CLEAR_EVERY) {
            codes.push(CLEAR);
            codes.extend(part);
        }
        codes.push(END);
        for block in codes.chunks(255) {
            out.push(u8::try_from(block.len()).unwrap_or(u8::MAX));
            out.extend(block);
        }
        out.push(0);
    }
    out.push(0x3b);
    out
}
