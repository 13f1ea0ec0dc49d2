//! Text on a picture: one line or several, measured before it is drawn. Owns no state.

use serde::{Deserialize, Serialize};
use skrifa::GlyphId;
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::DrawSettings;
use tiny_skia::{Path, PathBuilder};

use crate::canvas::paths::LetterPen;
use crate::canvas::{Canvas, Colour, Pen};
use crate::text::{self, Face, Glyph, Missing};

/// From one baseline to the next, as a part of the font's size.
pub(crate) const LINE_HEIGHT: f32 = 1.28;
/// How high capital letters are, as a part of the font's size.
pub(crate) const CAPITAL: f32 = 0.728;
/// What stands for words that were cut.
const MORE: char = '…';

/// How text looks. The size is that of the font, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Type {
    /// In pixels.
    pub size: f32,
    /// Which font.
    pub face: Face,
    /// The colour of the letters.
    pub colour: Colour,
}

/// Which point of a line of text is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// Its start.
    Left,
    /// Its middle.
    Middle,
    /// Its end.
    Right,
}

impl Canvas {
    /// One line of text; `at` is a point on its baseline.
    pub fn text(&mut self, words: &str, at: (f32, f32), anchor: Anchor, look: Type) {
        if let Some(letters) = self.letters(words, at, anchor, look) {
            self.fill(&letters, look.colour);
        }
    }

    /// One line of text with an edge around its letters, so that it reads on any ground.
    pub fn outlined_text(&mut self, words: &str, at: (f32, f32), anchor: Anchor, look: Type, edge: Pen) {
        if let Some(letters) = self.letters(words, at, anchor, look) {
            self.stroke(&letters, edge);
            self.fill(&letters, look.colour);
        }
    }

    /// How wide a line of text is, in pixels.
    pub fn width(&self, words: &str, look: Type) -> f32 {
        let glyphs = self.fonts.shape(words, look.face, &mut Missing::default());
        text::width(&glyphs) * look.size
    }

    /// Splits text into lines of at most so many pixels, where Unicode allows it; a longer word is split too.
    pub fn lines(&self, words: &str, look: Type, room: f32) -> Vec<String> {
        let glyphs = self.fonts.shape(words, look.face, &mut Missing::default());
        text::lines(words, &glyphs, room / look.size.max(f32::MIN_POSITIVE))
            .into_iter()
            .map(|line| words[line].to_owned())
            .collect()
    }

    /// The same with at most so many lines. What is left out shows as "…", and as `true`.
    pub(crate) fn few_lines(&self, words: &str, look: Type, room: f32, most: usize) -> (Vec<String>, bool) {
        let mut lines = self.lines(words, look, room);
        if lines.len() <= most {
            return (self.balanced(words, look, (room, lines)), false);
        }
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            last.push(MORE);
            while self.width(last, look) > room && last.chars().count() > 1 {
                last.pop();
                last.pop();
                last.truncate(last.trim_end().len());
                last.push(MORE);
            }
        }
        (lines, true)
    }

    /// As many lines, but of about the same width, so that no last word stands alone.
    fn balanced(&self, words: &str, look: Type, (room, lines): (f32, Vec<String>)) -> Vec<String> {
        if lines.len() < 2 {
            return lines;
        }
        let (mut narrow, mut wide) = (room / 2.0, room);
        let mut best = lines;
        // Eight halvings are as exact as anybody sees.
        for _ in 0..8 {
            let middle = (narrow + wide) / 2.0;
            let tried = self.lines(words, look, middle);
            if tried.len() == best.len() {
                (best, wide) = (tried, middle);
            } else {
                narrow = middle;
            }
        }
        best
    }

    /// One line of at most so many pixels. What is left out shows as "…", and as `true`.
    pub(crate) fn short(&self, words: &str, look: Type, room: f32) -> (String, bool) {
        let flat = words.replace(['\n', '\r'], " ");
        if self.width(&flat, look) <= room {
            return (flat, false);
        }
        let (mut lines, _) = self.few_lines(&flat, look, room, 1);
        let mut line = lines.pop().unwrap_or_default();
        if !line.ends_with(MORE) {
            line.push(MORE);
        }
        (line, true)
    }

    fn letters(&mut self, words: &str, at: (f32, f32), anchor: Anchor, look: Type) -> Option<Path> {
        if !(at.0.is_finite() && at.1.is_finite() && look.size.is_finite()) {
            return None;
        }
        let glyphs = self.fonts.shape(words, look.face, &mut self.missing);
        let width = text::width(&glyphs) * look.size;
        let mut x = match anchor {
            Anchor::Left => at.0,
            Anchor::Middle => at.0 - width / 2.0,
            Anchor::Right => at.0 - width,
        };
        let mut path = PathBuilder::new();
        for glyph in &glyphs {
            let place = (x + glyph.right * look.size, at.1 - glyph.up * look.size);
            self.trace(glyph, place, look.size, &mut path);
            x += glyph.advance * look.size;
        }
        path.finish()
    }

    fn trace(&self, glyph: &Glyph, at: (f32, f32), size: f32, path: &mut PathBuilder) {
        let font = self.fonts.get(glyph.font);
        let Some(outline) = font.outlines.get(GlyphId::new(glyph.id)) else {
            return;
        };
        let mut pen = LetterPen {
            path,
            scale: size / font.units_per_em,
            at,
        };
        let unhinted = DrawSettings::unhinted(Size::unscaled(), LocationRef::default());
        // Our own fonts are whole: a test draws every one of their letters that people write.
        let _drawn = outline.draw(unhinted, &mut pen);
    }
}

#[cfg(test)]
mod tests {
    use super::{Anchor, Type};
    use crate::canvas::{Canvas, Colour, Face, Pen};

    const LOOK: Type = Type {
        size: 40.0,
        face: Face::Medium,
        colour: Colour::BLACK,
    };

    fn canvas() -> Canvas {
        Canvas::new(600, 100, Colour::WHITE).unwrap()
    }

    /// The first and the last column that are not ground.
    fn columns(canvas: &Canvas) -> (f32, f32) {
        let ground = canvas.pixels.pixel(0, 0).unwrap();
        let width = canvas.pixels.width() as usize;
        let drawn: Vec<usize> = canvas
            .pixels
            .pixels()
            .iter()
            .enumerate()
            .filter(|(_, pixel)| **pixel != ground)
            .map(|(index, _)| index % width)
            .collect();
        let first = drawn.iter().min().unwrap();
        let last = drawn.iter().max().unwrap();
        (*first as f32, *last as f32)
    }

    #[test]
    fn text_is_as_wide_as_it_was_measured_at_every_anchor() {
        for (anchor, left) in [
            (Anchor::Left, 300.0),
            (Anchor::Middle, 200.0),
            (Anchor::Right, 100.0),
        ] {
            let mut canvas = canvas();
            let width = canvas.width("Hamburg", LOOK);
            assert!((150.0..200.0).contains(&width), "{width}");
            canvas.text("Hamburg", (300.0, 60.0), anchor, LOOK);
            let (first, last) = columns(&canvas);
            let start = match anchor {
                Anchor::Left => 300.0,
                Anchor::Middle => 300.0 - width / 2.0,
                Anchor::Right => 300.0 - width,
            };
            assert!((first - start).abs() < 6.0, "{left} {first} {start}");
            assert!((last - (start + width)).abs() < 6.0, "{last}");
        }
    }

    #[test]
    fn an_edge_makes_letters_larger() {
        let mut plain = canvas();
        plain.text("I", (300.0, 60.0), Anchor::Middle, LOOK);
        let mut edged = canvas();
        let edge = Pen {
            width: 10.0,
            colour: Colour::rgb(0xFF0000),
            dashes: None,
        };
        edged.outlined_text("I", (300.0, 60.0), Anchor::Middle, LOOK, edge);
        assert!(columns(&edged).0 < columns(&plain).0 - 3.0);
    }

    #[test]
    fn words_that_do_not_fit_are_cut_and_it_shows() {
        let canvas = canvas();
        let long = "one two three four five six seven";
        let (lines, cut) = canvas.few_lines(long, LOOK, 200.0, 2);
        assert!(cut && lines.len() == 2 && lines[1].ends_with('…'), "{lines:?}");
        assert!(lines.iter().all(|line| canvas.width(line, LOOK) <= 200.0));
        let (line, cut) = canvas.short("a\nb", LOOK, 200.0);
        assert_eq!((line.as_str(), cut), ("a b", false));
        let (line, cut) = canvas.short(long, LOOK, 120.0);
        assert!(
            cut && line.ends_with('…') && canvas.width(&line, LOOK) <= 120.0,
            "{line}"
        );
    }
}
