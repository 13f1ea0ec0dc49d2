//! Documents from plain data: a PDF to keep and to print, and Markdown to send as text. Owns no state.

mod address;
mod clean;
mod error;
mod limits;
mod markdown;
mod model;
mod pdf;

pub use error::{DocumentError, DocumentQuantity};
pub use limits::DocumentLimits;
pub use model::{Block, Document, Level, Reference, Run, Section, Style, Table, Words};
pub use pdf::Pdf;
