//! What can be done with pictures: plain data. Owns no state.

use serde::{Deserialize, Serialize};

use crate::picture::headers::ImageFormat;

/// One operation. They are done in their order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageOp {
    /// Another size.
    Resize(Resize),
    /// A part of the picture.
    Crop(Crop),
    /// Turned to the right by so many degrees, any number. Quarter turns are exact; others leave corners empty.
    Rotate(f32),
    /// Mirrored.
    Flip(Flip),
    /// Without colours.
    Grey,
    /// Out of focus: the standard deviation in pixels, up to 100.
    Blur(f32),
    /// Lighter or darker: -100 is black, 100 is white.
    Brightness(f32),
    /// More or less different: -100 is one grey, 100 is twice as much.
    Contrast(f32),
    /// Words, in letters as large as fit.
    Caption {
        /// The words.
        text: String,
        /// Where.
        place: CaptionPlace,
    },
    /// Two to ten pictures in one. What stands before it is done to each picture, what follows to the one they become.
    Collage {
        /// How they stand.
        shape: CollageShape,
        /// Between them, in pixels.
        gap: u32,
    },
    /// The kind of the result; the last one counts.
    Format(OutputFormat),
}

/// How large a picture becomes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resize {
    /// As large as fits, with its proportions.
    Inside {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// Exactly, whatever becomes of its proportions.
    Exact {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// A part or a multiple: 50 is half of each side.
    Percent(f32),
}

impl Resize {
    /// As large as fits into a square.
    pub(super) fn longest_side(side: u32) -> Self {
        Self::Inside {
            width: side,
            height: side,
        }
    }
}

/// Which part of a picture stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Crop {
    /// A rectangle; what of it lies outside is left out.
    Rectangle {
        /// From the left, in pixels.
        x: u32,
        /// From the top, in pixels.
        y: u32,
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// The largest square in the middle.
    Square,
    /// The largest part in the middle with these proportions.
    Aspect {
        /// To the right.
        across: u32,
        /// Down.
        down: u32,
    },
}

/// How a picture is mirrored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flip {
    /// Left becomes right.
    Horizontal,
    /// Top becomes bottom.
    Vertical,
}

/// Where words stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptionPlace {
    /// On a white ground over the picture, which becomes higher.
    Above,
    /// On a white ground under the picture, which becomes higher.
    Below,
    /// On the picture, at its top.
    Top,
    /// On the picture, in its middle.
    Middle,
    /// On the picture, at its bottom.
    Bottom,
}

/// How the pictures of a collage stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CollageShape {
    /// In rows of about as many as there are rows.
    Grid,
    /// Beside each other.
    Row,
    /// Under each other.
    Column,
}

/// The kind of a result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputFormat {
    /// Like the first picture that came in; a bitmap becomes a PNG.
    #[default]
    Same,
    /// Without loss.
    Png,
    /// Small, with loss, without anything to see through: what is empty becomes white.
    Jpeg {
        /// 1 to 100.
        quality: u8,
    },
    /// Without loss: the library has no encoder for the other kind.
    WebP,
    /// 256 colours. An animation stays one if it is short enough.
    Gif,
}

impl OutputFormat {
    /// The quality of a JPEG of which nothing else is said.
    pub const JPEG_QUALITY: u8 = 88;

    /// What it is for a picture of a kind.
    pub(super) fn for_input(self, input: ImageFormat) -> Self {
        match (self, input) {
            (Self::Same, ImageFormat::Png | ImageFormat::Bmp) => Self::Png,
            (Self::Same, ImageFormat::Jpeg) => Self::Jpeg {
                quality: Self::JPEG_QUALITY,
            },
            (Self::Same, ImageFormat::WebP) => Self::WebP,
            (Self::Same, ImageFormat::Gif) => Self::Gif,
            (given, _) => given,
        }
    }
}

impl ImageOp {
    /// The word that people type for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Resize(_) => "resize",
            Self::Crop(_) => "crop",
            Self::Rotate(_) => "rotate",
            Self::Flip(_) => "flip",
            Self::Grey => "grey",
            Self::Blur(_) => "blur",
            Self::Brightness(_) => "brightness",
            Self::Contrast(_) => "contrast",
            Self::Caption { .. } => "caption",
            Self::Collage { .. } => "collage",
            Self::Format(OutputFormat::Png) => "png",
            Self::Format(OutputFormat::Jpeg { .. }) => "jpeg",
            Self::Format(OutputFormat::WebP) => "webp",
            Self::Format(OutputFormat::Gif) => "gif",
            Self::Format(OutputFormat::Same) => "same",
        }
    }
}
