//! From text to glyphs, with kerning and accents in their places. Owns no state.

use std::ops::Range;

use harfrust::{Direction, UnicodeBuffer};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::text::{Face, Fonts, Missing};

/// Asks for the picture of a letter instead of its sign.
const AS_PICTURE: char = '\u{FE0F}';
/// Two of these make a flag; no shipped font has flags.
const FLAG_LETTERS: Range<u32> = 0x1F1E6..0x1F200;
/// They colour the emoji before them, and pictures in one colour have no use for that.
const SKIN_TONES: Range<u32> = 0x1F3FB..0x1F400;

/// One shape of a font. Lengths are parts of the font's size.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Glyph {
    /// Where its font stands in [`Fonts`].
    pub(crate) font: usize,
    pub(crate) id: u32,
    /// How far the next glyph stands from this one.
    pub(crate) advance: f32,
    /// How far it is moved to the right.
    pub(crate) right: f32,
    /// How far it is moved up.
    pub(crate) up: f32,
    /// The text that it stands for.
    pub(crate) bytes: Range<usize>,
}

/// How wide glyphs are together, as a part of the font's size.
pub(crate) fn width(glyphs: &[Glyph]) -> f32 {
    glyphs.iter().map(|glyph| glyph.advance).sum()
}

/// Text that one font draws.
struct Run {
    font: usize,
    bytes: Range<usize>,
}

impl Fonts {
    /// The glyphs of a text from left to right. What no font has becomes a box, and is reported.
    pub(crate) fn shape(&self, text: &str, face: Face, missing: &mut Missing) -> Vec<Glyph> {
        self.runs(text, face, missing)
            .into_iter()
            .flat_map(|run| self.shape_run(text, &run))
            .collect()
    }

    fn runs(&self, text: &str, face: Face, missing: &mut Missing) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let mut add = |font: usize, bytes: Range<usize>| match runs.last_mut() {
            Some(run) if run.font == font => run.bytes.end = bytes.end,
            _ => runs.push(Run { font, bytes }),
        };
        let mut last = Fonts::index(face);
        for (start, cluster) in text.grapheme_indices(true) {
            let letters = visible(cluster);
            let pictured = cluster.contains(AS_PICTURE);
            if letters.clone().next().is_none() {
                // Nothing to see: it stays with the text before it, so that no byte is without a glyph's range.
                add(last, start..start + cluster.len());
            } else if let Some(font) = self.holder(&letters, face, pictured) {
                last = font;
                add(font, start..start + cluster.len());
            } else {
                for (offset, letter) in cluster.char_indices() {
                    let start = start + offset;
                    if !invisible(letter) {
                        let font = self.holder(&std::iter::once(letter), face, pictured);
                        if font.is_none() {
                            missing.add(letter);
                        }
                        last = font.unwrap_or(Fonts::index(face));
                    }
                    add(last, start..start + letter.len_utf8());
                }
            }
        }
        runs
    }

    fn shape_run(&self, text: &str, run: &Run) -> Vec<Glyph> {
        let font = self.get(run.font);
        let mut buffer = UnicodeBuffer::new();
        for (offset, cluster) in text[run.bytes.clone()].grapheme_indices(true) {
            let start = run.bytes.start + offset;
            for letter in visible(cluster) {
                // A text of more than 4 GiB does not fit into the worker that draws it.
                buffer.add(letter, u32::try_from(start).unwrap_or(u32::MAX));
            }
        }
        buffer.guess_segment_properties();
        // No shipped font has letters that run from right to left; boxes keep the order of the text.
        buffer.set_direction(Direction::LeftToRight);
        let shaper = font.shaping.shaper(&font.font).build();
        let shaped = shaper.shape(buffer, &[]);
        let em = font.units_per_em;
        let mut glyphs: Vec<Glyph> = shaped
            .glyph_infos()
            .iter()
            .zip(shaped.glyph_positions())
            .map(|(info, position)| Glyph {
                font: run.font,
                id: info.glyph_id,
                advance: position.x_advance as f32 / em,
                right: position.x_offset as f32 / em,
                up: position.y_offset as f32 / em,
                bytes: info.cluster as usize..run.bytes.end,
            })
            .collect();
        let mut end = run.bytes.end;
        for index in (0..glyphs.len()).rev() {
            glyphs[index].bytes.end = end;
            if index == 0 || glyphs[index - 1].bytes.start != glyphs[index].bytes.start {
                end = glyphs[index].bytes.start;
            }
        }
        // What cannot be seen before the first glyph belongs to it.
        let first = glyphs.first().map(|glyph| glyph.bytes.start);
        for glyph in glyphs
            .iter_mut()
            .take_while(|glyph| Some(glyph.bytes.start) == first)
        {
            glyph.bytes.start = run.bytes.start;
        }
        glyphs
    }
}

/// The letters of a grapheme cluster that can be seen, each as a font would have it.
fn visible(cluster: &str) -> impl Iterator<Item = char> + Clone {
    cluster
        .chars()
        .enumerate()
        .filter(|(index, letter)| {
            let tone = *index > 0 && SKIN_TONES.contains(&u32::from(*letter));
            !(tone || invisible(*letter))
        })
        .map(|(_, letter)| plain(letter))
}

/// A flag is written as the two letters of its country, a tab as a space.
fn plain(letter: char) -> char {
    let code = u32::from(letter);
    if FLAG_LETTERS.contains(&code) {
        return char::from_u32(u32::from('A') + code - FLAG_LETTERS.start).unwrap_or(letter);
    }
    match letter {
        '\t' | '\u{2028}' | '\u{2029}' => ' ',
        other => other,
    }
}

/// Control characters and what Unicode calls "default ignorable": they tell how to draw, and have no shape.
fn invisible(letter: char) -> bool {
    let marks = matches!(letter,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}');
    marks || (letter.is_control() && letter != '\t')
}

#[cfg(test)]
mod tests {
    use super::width;
    use crate::text::{Face, Fonts, Missing};

    fn shape(text: &str) -> (Vec<super::Glyph>, Vec<char>) {
        let mut missing = Missing::default();
        let glyphs = Fonts::shipped().shape(text, Face::Medium, &mut missing);
        (glyphs, missing.to_list())
    }

    #[test]
    fn letters_of_the_shipped_scripts_have_shapes() {
        for text in [
            "Hello",
            "Größe",
            "Ελληνικά",
            "Українська ґ",
            "Tiếng Việt",
            "❤️ 👍🏽 👩‍🚀 🇩🇪",
        ] {
            let (glyphs, missing) = shape(text);
            assert!(glyphs.iter().all(|glyph| glyph.id != 0), "{text}");
            assert_eq!(missing, [], "{text}");
        }
    }

    #[test]
    fn a_letter_that_no_font_has_is_a_box_and_is_reported_once() {
        let (glyphs, missing) = shape("a漢b漢ש");
        assert_eq!(missing, ['ש', '漢']);
        assert_eq!(glyphs.iter().filter(|glyph| glyph.id == 0).count(), 3);
        assert!(width(&glyphs) > 1.0);
    }

    #[test]
    fn letters_that_fit_together_stand_closer() {
        let (pair, _) = shape("AV");
        let (first, _) = shape("A");
        let (second, _) = shape("V");
        assert!(width(&pair) < width(&first) + width(&second));
    }

    #[test]
    fn an_accent_takes_no_room_of_its_own() {
        let (composed, _) = shape("é");
        let (apart, _) = shape("e\u{301}");
        assert!((width(&composed) - width(&apart)).abs() < 0.01);
    }

    #[test]
    fn every_byte_of_the_text_belongs_to_a_glyph() {
        for text in [
            "\u{200B}a\u{AD}b",
            "❤️👍🏽x",
            "e\u{301}ʹ漢\u{FE0F}z\u{200D}",
            "a\nb\tc",
        ] {
            let (glyphs, _) = shape(text);
            let mut at = 0;
            for glyph in &glyphs {
                assert!(glyph.bytes.start <= at, "{text:?} {glyphs:?}");
                at = glyph.bytes.end;
                assert!(text.is_char_boundary(at));
            }
            assert_eq!(at, text.len(), "{text:?}");
        }
    }
}
