//! Colours: the light and the dark look of pictures. Owns no state.

use serde::{Deserialize, Serialize};

/// A colour as red, green, blue and how much it covers (255 is all).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Colour {
    /// Red, 0 to 255.
    pub red: u8,
    /// Green, 0 to 255.
    pub green: u8,
    /// Blue, 0 to 255.
    pub blue: u8,
    /// How much it covers, 0 to 255.
    pub cover: u8,
}

impl Colour {
    /// White.
    pub const WHITE: Self = Self::rgb(0x00FF_FFFF);
    /// Black.
    pub const BLACK: Self = Self::rgb(0);

    /// A colour that covers all, from its usual notation `0xRRGGBB`.
    pub const fn rgb(code: u32) -> Self {
        let [_, red, green, blue] = code.to_be_bytes();
        Self {
            red,
            green,
            blue,
            cover: u8::MAX,
        }
    }

    /// The same colour, covering a part: 0 is nothing, 1 is all.
    #[must_use]
    pub fn covering(self, part: f32) -> Self {
        let cover = (part.clamp(0.0, 1.0) * 255.0).round() as u8;
        Self { cover, ..self }
    }

    /// How bright it looks, 0 to 1 (WCAG 2.2, "relative luminance").
    pub fn luminance(self) -> f32 {
        let linear = |channel: u8| {
            let part = f32::from(channel) / 255.0;
            if part <= 0.040_45 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }

    /// How well one colour can be seen on the other, 1 to 21 (WCAG 2.2, "contrast ratio").
    pub fn contrast(self, other: Self) -> f32 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }
}

/// How many series have a colour of their own.
pub const SERIES: usize = 8;

/// The look of a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Ink on warm paper. It keeps its own ground, so it reads well in dark chats too.
    #[default]
    Light,
    /// Light on a dark ground.
    Dark,
}

/// The colours of a theme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Under everything.
    pub ground: Colour,
    /// Words and numbers that matter.
    pub ink: Colour,
    /// Words that explain.
    pub quiet: Colour,
    /// The lines of the grid.
    pub grid: Colour,
    /// The lines of the axes.
    pub axis: Colour,
    /// Series in their order. Neighbours differ for people who do not see all colours, and all stand out from the ground.
    pub series: [Colour; SERIES],
}

const LIGHT: Palette = Palette {
    ground: Colour::rgb(0xFAF9F6),
    ink: Colour::rgb(0x1F2433),
    quiet: Colour::rgb(0x5A6172),
    grid: Colour::rgb(0xE3E2DC),
    axis: Colour::rgb(0x8A8F9C),
    series: [
        Colour::rgb(0x2457B8),
        Colour::rgb(0xE0601F),
        Colour::rgb(0x12997A),
        Colour::rgb(0x9C2C78),
        Colour::rgb(0xB07C00),
        Colour::rgb(0x2A8FD0),
        Colour::rgb(0x4B3A9E),
        Colour::rgb(0x9A5B2E),
    ],
};

const DARK: Palette = Palette {
    ground: Colour::rgb(0x171A21),
    ink: Colour::rgb(0xF1F2F5),
    quiet: Colour::rgb(0xAEB4C2),
    grid: Colour::rgb(0x2E333F),
    axis: Colour::rgb(0x767D8D),
    series: [
        Colour::rgb(0x5B9DFF),
        Colour::rgb(0xFFA54A),
        Colour::rgb(0x3FD9B0),
        Colour::rgb(0xD1609F),
        Colour::rgb(0xF2D544),
        Colour::rgb(0x6FD3EE),
        Colour::rgb(0xA794F5),
        Colour::rgb(0xD0A080),
    ],
};

impl Theme {
    /// Its colours.
    pub fn palette(self) -> &'static Palette {
        match self {
            Self::Light => &LIGHT,
            Self::Dark => &DARK,
        }
    }
}

impl Palette {
    /// The colour of a series. They begin again after [`SERIES`].
    pub fn of(&self, series: usize) -> Colour {
        self.series[series % SERIES]
    }

    /// Ink for words that stand on a colour: whichever of dark and light reads better there.
    pub fn ink_on(&self, colour: Colour) -> Colour {
        let (dark, light) = (Colour::rgb(0x10131A), Colour::WHITE);
        if colour.contrast(light) >= colour.contrast(dark) {
            light
        } else {
            dark
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Colour, Theme};

    /// What WCAG asks of large text and of the parts of a picture.
    const LARGE: f32 = 3.0;
    /// What WCAG asks of text.
    const TEXT: f32 = 4.5;
    /// Below this distance (CIE 1976) two colours of neighbours are told apart with effort.
    const APART: f32 = 20.0;

    const THEMES: [Theme; 2] = [Theme::Light, Theme::Dark];

    #[test]
    fn words_and_series_stand_out_from_the_ground() {
        for theme in THEMES {
            let colours = theme.palette();
            assert!(colours.ink.contrast(colours.ground) >= 7.0);
            assert!(colours.quiet.contrast(colours.ground) >= TEXT);
            for series in colours.series {
                let contrast = series.contrast(colours.ground);
                assert!(contrast >= LARGE, "{theme:?} {series:?} {contrast}");
                assert!(colours.ink_on(series).contrast(series) >= LARGE);
            }
        }
    }

    /// Machado, Oliveira and Fernandes 2009, severity 1, on linear light.
    const SIGHTS: [(&str, [[f32; 3]; 3]); 4] = [
        ("all colours", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        (
            "no red",
            [
                [0.152_286, 1.052_583, -0.204_868],
                [0.114_503, 0.786_281, 0.099_216],
                [-0.003_882, -0.048_116, 1.051_998],
            ],
        ),
        (
            "no green",
            [
                [0.367_322, 0.860_646, -0.227_968],
                [0.280_085, 0.672_501, 0.047_413],
                [-0.011_820, 0.042_940, 0.968_881],
            ],
        ),
        (
            "no blue",
            [
                [1.255_528, -0.076_749, -0.178_779],
                [-0.078_411, 0.930_809, 0.147_602],
                [0.004_733, 0.691_367, 0.303_900],
            ],
        ),
    ];

    fn linear(channel: u8) -> f32 {
        let part = f32::from(channel) / 255.0;
        if part <= 0.040_45 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    }

    fn lab(colour: Colour, sight: [[f32; 3]; 3]) -> [f32; 3] {
        let light = [linear(colour.red), linear(colour.green), linear(colour.blue)];
        let seen = sight.map(|row| {
            row.iter()
                .zip(light)
                .map(|(a, b)| a * b)
                .sum::<f32>()
                .clamp(0.0, 1.0)
        });
        let x = (0.4124 * seen[0] + 0.3576 * seen[1] + 0.1805 * seen[2]) / 0.9505;
        let y = 0.2126 * seen[0] + 0.7152 * seen[1] + 0.0722 * seen[2];
        let z = (0.0193 * seen[0] + 0.1192 * seen[1] + 0.9505 * seen[2]) / 1.089;
        let f = |t: f32| {
            if t > 0.008_856 {
                t.cbrt()
            } else {
                7.787 * t + 16.0 / 116.0
            }
        };
        [116.0 * f(y) - 16.0, 500.0 * (f(x) - f(y)), 200.0 * (f(y) - f(z))]
    }

    #[test]
    fn neighbours_differ_for_every_kind_of_sight() {
        for theme in THEMES {
            let series = theme.palette().series;
            for (name, sight) in SIGHTS {
                for one in 0..series.len() {
                    for two in one + 1..series.len() {
                        // The first four are told apart from each other, the others from the one before them.
                        if two >= 4 && two != one + 1 {
                            continue;
                        }
                        let (a, b) = (lab(series[one], sight), lab(series[two], sight));
                        let distance = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
                        assert!(
                            distance > APART,
                            "{theme:?}, {name}: {one} and {two} are {distance}"
                        );
                    }
                }
            }
        }
    }
}
