//! From the tree to messages within a network's limits. Pure functions.

mod markdown;
mod parts;
mod split;

pub use self::markdown::markdown;
pub use self::parts::{Rendered, RenderedPart, render};
pub use self::split::split;
