//! The fonts that are compiled in, and which of them has a letter. Owns what is parsed of them.

use harfrust::ShaperData;
use serde::{Deserialize, Serialize};
use skrifa::charmap::Charmap;
use skrifa::outline::OutlineGlyphCollection;
use skrifa::{FontRef, MetadataProvider as _};

/// All under the SIL Open Font License: `assets/README.md` says what they hold and how they were cut.
const SHIPPED: [&[u8]; 5] = [
    include_bytes!("../../assets/Inter-Regular.ttf"),
    include_bytes!("../../assets/Inter-Medium.ttf"),
    include_bytes!("../../assets/Inter-Bold.ttf"),
    include_bytes!("../../assets/Inter-Italic.ttf"),
    include_bytes!("../../assets/NotoEmoji-Medium.ttf"),
];
/// Where the fallback for emoji stands in the list.
const EMOJI: usize = 4;

const SHIPPED_FONT: &str = "the fonts are compiled in, and a test reads them";

/// How letters look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Face {
    /// For long text.
    Regular,
    /// For words on pictures, which are seen small.
    Medium,
    /// For what matters.
    Bold,
    /// For what is said in another voice.
    Italic,
}

/// One font, parsed.
pub(crate) struct Font {
    pub(crate) data: &'static [u8],
    pub(crate) font: FontRef<'static>,
    pub(crate) shaping: ShaperData,
    /// Its own units in the height of a line.
    pub(crate) units_per_em: f32,
    letters: Charmap<'static>,
    pub(crate) outlines: OutlineGlyphCollection<'static>,
}

impl Font {
    fn read(data: &'static [u8]) -> Self {
        let font = FontRef::new(data).expect(SHIPPED_FONT);
        let metrics = font.metrics(
            skrifa::instance::Size::unscaled(),
            skrifa::instance::LocationRef::default(),
        );
        Self {
            data,
            shaping: ShaperData::new(&font),
            units_per_em: f32::from(metrics.units_per_em),
            letters: font.charmap(),
            outlines: font.outline_glyphs(),
            font,
        }
    }

    pub(crate) fn has(&self, letter: char) -> bool {
        self.letters.map(letter).is_some()
    }
}

/// All shipped fonts. A face comes first, then the emoji.
pub(crate) struct Fonts {
    fonts: [Font; SHIPPED.len()],
}

impl Fonts {
    pub(crate) fn shipped() -> Self {
        Self {
            fonts: SHIPPED.map(Font::read),
        }
    }

    /// The font at a place of the list that [`Fonts::holder`] gave.
    pub(crate) fn get(&self, index: usize) -> &Font {
        &self.fonts[index]
    }

    pub(crate) fn all(&self) -> &[Font] {
        &self.fonts
    }

    /// Where a face stands in the list.
    pub(crate) fn index(face: Face) -> usize {
        match face {
            Face::Regular => 0,
            Face::Medium => 1,
            Face::Bold => 2,
            Face::Italic => 3,
        }
    }

    /// The font that has all of these letters. Who asks for a picture of the letter gets the emoji first.
    pub(crate) fn holder(
        &self,
        letters: &(impl Iterator<Item = char> + Clone),
        face: Face,
        pictured: bool,
    ) -> Option<usize> {
        let words = Self::index(face);
        let order = if pictured { [EMOJI, words] } else { [words, EMOJI] };
        order
            .into_iter()
            .find(|index| letters.clone().all(|letter| self.fonts[*index].has(letter)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Face, Fonts, SHIPPED};

    /// What the fonts may weigh together, in bytes: they are compiled into the binary.
    const HEAVIEST: usize = 1_500_000;

    #[test]
    fn the_fonts_can_be_read_and_are_not_heavy() {
        let fonts = Fonts::shipped();
        assert!(fonts.all().iter().all(|font| font.units_per_em > 0.0));
        let bytes: usize = SHIPPED.iter().map(|data| data.len()).sum();
        assert!(bytes < HEAVIEST, "{bytes} bytes");
    }

    #[test]
    fn every_face_has_the_letters_that_people_write() {
        let fonts = Fonts::shipped();
        let sample = "Az09 àéîõü ßŁşğİı ằệơ αβΩ ἀρχή Привіт Ґґ Ўў ₽€£₴ ≤≥±×÷√∞∑π µσ² → … — – «» “” • ✓";
        for face in [Face::Regular, Face::Medium, Face::Bold, Face::Italic] {
            for letter in sample.chars() {
                assert!(
                    fonts.get(Fonts::index(face)).has(letter),
                    "{face:?} has {letter:?}"
                );
            }
        }
        for letter in "😀🤔🥳🚀🎉👍🐍🍕🔥🎯".chars() {
            assert!(
                fonts.holder(&[letter].into_iter(), Face::Medium, false).is_some(),
                "{letter}"
            );
        }
    }
}
