//! Letters: which shipped font has them, where they stand, and where a line may end. Owns no state.

mod fonts;
mod missing;
mod shape;
mod wrap;

pub use fonts::Face;
pub(crate) use fonts::Fonts;
pub(crate) use missing::Missing;
pub(crate) use shape::{Glyph, width};
pub(crate) use wrap::lines;
