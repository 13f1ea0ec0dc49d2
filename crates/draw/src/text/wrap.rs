//! Where lines end, by the rules of Unicode (UAX 14). Owns no state.

use std::ops::Range;

use unicode_linebreak::{BreakOpportunity, linebreaks};

use crate::text::Glyph;

/// Splits a text into lines that are not wider than asked, without the spaces at their ends. A word that is wider than
/// a line is split between its letters. `room` has the unit of the glyphs' advances: parts of the font's size.
pub(crate) fn lines(text: &str, glyphs: &[Glyph], room: f32) -> Vec<Range<usize>> {
    let widths = Widths::of(glyphs);
    let mut lines = Vec::new();
    let mut start = 0;
    let mut fits_until = 0;
    for (end, kind) in linebreaks(text) {
        if widths.between(start, trimmed(text, start..end).end) > room && fits_until > start {
            lines.push(trimmed(text, start..fits_until));
            start = fits_until;
        }
        while let Some(cut) = widths.cut(start, trimmed(text, start..end).end, room) {
            lines.push(trimmed(text, start..cut));
            start = cut;
        }
        fits_until = end;
        if kind == BreakOpportunity::Mandatory {
            lines.push(trimmed(text, start..end));
            start = end;
        }
    }
    lines
}

fn trimmed(text: &str, line: Range<usize>) -> Range<usize> {
    let kept = text[line.clone()].trim_end().len();
    line.start..line.start + kept
}

/// How wide the text is up to each glyph.
struct Widths {
    /// Where each glyph starts in the text, and the width before it.
    starts: Vec<(usize, f32)>,
    whole: f32,
}

impl Widths {
    fn of(glyphs: &[Glyph]) -> Self {
        let mut whole = 0.0;
        let mut starts = Vec::with_capacity(glyphs.len());
        for glyph in glyphs {
            starts.push((glyph.bytes.start, whole));
            whole += glyph.advance;
        }
        Self { starts, whole }
    }

    fn before(&self, byte: usize) -> f32 {
        let index = self.starts.partition_point(|(start, _)| *start < byte);
        self.starts.get(index).map_or(self.whole, |(_, width)| *width)
    }

    fn between(&self, start: usize, end: usize) -> f32 {
        self.before(end) - self.before(start)
    }

    /// Where a piece must be cut to fit; `None` if it fits. At least one glyph stays before the cut.
    fn cut(&self, start: usize, end: usize, room: f32) -> Option<usize> {
        if self.between(start, end) <= room {
            return None;
        }
        let first = self.starts.partition_point(|(byte, _)| *byte < start);
        let from = self.before(start);
        let mut cut = None;
        for (byte, width) in &self.starts[first..] {
            if *byte <= start {
                continue;
            }
            if *byte >= end || (cut.is_some() && width - from > room) {
                break;
            }
            cut = Some(*byte);
        }
        cut
    }
}

#[cfg(test)]
mod tests {
    use super::lines;
    use crate::text::{Face, Fonts, Missing};

    fn wrap(text: &str, room: f32) -> Vec<&str> {
        let glyphs = Fonts::shipped().shape(text, Face::Medium, &mut Missing::default());
        lines(text, &glyphs, room)
            .into_iter()
            .map(|line| &text[line])
            .collect()
    }

    #[test]
    fn a_line_ends_between_words_and_at_new_lines() {
        assert_eq!(wrap("one two three", 5.0), ["one two", "three"]);
        assert_eq!(wrap("one\ntwo\n\nthree", 50.0), ["one", "two", "", "three"]);
        assert_eq!(wrap("", 5.0), [""; 0]);
    }

    #[test]
    fn a_word_that_is_too_long_is_split_between_letters() {
        let pieces = wrap("aaaaaaaaaaaa bb", 3.0);
        assert!(pieces.len() >= 3, "{pieces:?}");
        assert_eq!(pieces.concat().replace(' ', ""), "aaaaaaaaaaaabb");
    }

    #[test]
    fn a_room_without_width_still_takes_a_letter_on_each_line() {
        assert_eq!(wrap("abc", 0.0), ["a", "b", "c"]);
    }
}
