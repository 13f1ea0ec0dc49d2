//! Numbers and sizes as people type them. Owns no state.

use crate::picture::ops::Crop;

/// Between width and height: what a keyboard has, and what it may make of it.
const TIMES: [char; 4] = ['x', 'X', '×', '*'];

/// A length in pixels: `800` or `800px`.
pub(super) fn length(text: &str) -> Option<u32> {
    let digits = text.strip_suffix("px").unwrap_or(text);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}

/// `50%`, `12.5%`.
pub(super) fn percent(text: &str) -> Option<f32> {
    number(text.strip_suffix('%')?).filter(|percent| *percent > 0.0)
}

/// `90`, `-20`, `1.5`, `90°`, `20%`.
pub(super) fn number(text: &str) -> Option<f32> {
    let text = text.strip_suffix(['°', '%']).unwrap_or(text);
    let text = text.strip_prefix('+').unwrap_or(text);
    // Words like "inf" and "nan" are numbers for the parser, but not for people.
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-');
    let text = text.replace('−', "-");
    (plain || text.starts_with('-'))
        .then(|| text.parse::<f32>().ok())?
        .filter(|number| number.is_finite())
}

/// `800x600`.
pub(super) fn pair(text: &str) -> Option<(u32, u32)> {
    let (width, height) = text.split_once(TIMES)?;
    Some((length(width)?, length(height)?))
}

/// `16:9`.
pub(super) fn aspect(text: &str) -> Option<(u32, u32)> {
    let (across, down) = text.split_once([':', '/'])?;
    Some((length(across)?, length(down)?)).filter(|(across, down)| *across > 0 && *down > 0)
}

/// `100,100,400x300`: from the left, from the top, and the size.
pub(super) fn rectangle(text: &str) -> Option<Crop> {
    let mut parts = text.splitn(3, ',');
    let (x, y) = (length(parts.next()?)?, length(parts.next()?)?);
    let (width, height) = pair(parts.next()?)?;
    Some(Crop::Rectangle { x, y, width, height }).filter(|_| width > 0 && height > 0)
}
