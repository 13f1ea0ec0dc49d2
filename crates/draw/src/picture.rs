//! Operations on pictures that people send: looked at before they are read, within limits of time and memory. Owns no
//! state.

mod animation;
mod apply;
mod caption;
mod collage;
mod decode;
mod encode;
mod error;
mod geometry;
mod headers;
mod limits;
mod ops;
mod parse;
mod tone;

pub(crate) use apply::reduced;
pub use apply::{Picture, apply, thumbnail};
pub use error::{ImageError, Problem, Quantity};
pub use headers::{ImageFormat, ImageInfo, probe};
pub use limits::ImageLimits;
pub use ops::{CaptionPlace, CollageShape, Crop, Flip, ImageOp, OutputFormat, Resize};
pub use parse::{Expected, ParseError, parse_ops};
