//! Why there is no document. Owns no state.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::picture::ImageError;

/// Why there is no document. It crosses the border of a process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum DocumentError {
    /// More than the limits allow. All but the pages is known before anything is made.
    #[error("too large: the {what} may be {most} at most")]
    TooLarge {
        /// What is too much.
        what: DocumentQuantity,
        /// How much is allowed.
        most: u64,
    },
    /// A picture cannot be read.
    #[error("picture {number} cannot be read")]
    Picture {
        /// Which one, counted from 1.
        number: usize,
        /// Why.
        source: ImageError,
    },
    /// The PDF could not be written: a fault of ours.
    #[error("the PDF could not be written")]
    Write {
        /// What its writer says.
        reason: String,
    },
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentQuantity {
    /// Bytes of all text, in UTF-8.
    Text,
    /// Sections, blocks, points of lists, cells of tables, runs and references together.
    Parts,
    /// Columns of a table.
    Columns,
    /// Pictures.
    Pictures,
    /// Bytes of all pictures' files together.
    PictureBytes,
    /// Pages that were made.
    Pages,
}

impl fmt::Display for DocumentQuantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "bytes of text",
            Self::Parts => "number of parts",
            Self::Columns => "columns of a table",
            Self::Pictures => "number of pictures",
            Self::PictureBytes => "bytes of all pictures",
            Self::Pages => "number of pages",
        })
    }
}
