//! What can be wrong with a picture or with what was asked of it. Owns no state.

use serde::{Deserialize, Serialize};

/// Why there is no picture. It crosses the border of a process, so causes are text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ImageError {
    /// More than the limits allow; nothing of that size was read or made.
    #[error("too large: the {what} may be {most} at most")]
    TooLarge {
        /// What is too much.
        what: Quantity,
        /// How much it is, where that is known.
        value: Option<u64>,
        /// How much is allowed.
        most: u64,
    },
    /// No picture at all.
    #[error("this is not an image")]
    NotAnImage,
    /// The beginning of a picture, but not a whole one.
    #[error("the image is broken")]
    Broken {
        /// What the decoder says of it.
        reason: String,
    },
    /// A picture of a kind that is not read here.
    #[error("images of the kind {format} are not supported")]
    Unsupported {
        /// The usual ending of such files, or what of a known kind is not supported.
        format: String,
    },
    /// Something was asked that cannot be done with this picture.
    #[error("{operation} cannot be done")]
    BadOperation {
        /// The operation's word, as people type it.
        operation: String,
        /// What is wrong with it.
        problem: Problem,
    },
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// Bytes of a file.
    InputBytes,
    /// Pixels along the longer side.
    Side,
    /// Pixels of a picture.
    Pixels,
    /// Bytes of a picture in memory.
    DecodedBytes,
    /// Frames of an animation.
    Frames,
    /// Pixels along the longer side of what is made.
    OutputSide,
    /// Pixels of what is made.
    OutputPixels,
    /// Pictures.
    Pictures,
    /// Operations on one line.
    Operations,
}

impl std::fmt::Display for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::InputBytes => "bytes of the file",
            Self::Side => "pixels of a side",
            Self::Pixels => "pixels",
            Self::DecodedBytes => "bytes in memory",
            Self::Frames => "frames",
            Self::OutputSide => "pixels of a side of the result",
            Self::OutputPixels => "pixels of the result",
            Self::Pictures => "number of pictures",
            Self::Operations => "number of operations",
        })
    }
}

/// What is wrong with an operation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// A number must lie between two others.
    OutOfRange {
        /// What was given.
        value: f64,
        /// The least that can be.
        least: f64,
        /// The most that can be.
        most: f64,
    },
    /// The rectangle lies outside of the picture, which has this size.
    Outside {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// It needs another number of pictures.
    Pictures {
        /// How many there are.
        given: usize,
        /// How many it needs at least.
        least: usize,
        /// How many it can use.
        most: usize,
    },
    /// There is no text.
    NoText,
    /// The text does not fit onto the picture, even in the smallest letters.
    TextTooLong,
    /// It can be there once only.
    Twice,
}

impl ImageError {
    pub(super) fn too_large(what: Quantity, value: u64, most: u64) -> Self {
        let value = Some(value);
        Self::TooLarge { what, value, most }
    }

    pub(super) fn broken(reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::Broken { reason }
    }

    pub(super) fn bad(operation: &str, problem: Problem) -> Self {
        let operation = operation.to_owned();
        Self::BadOperation { operation, problem }
    }
}
