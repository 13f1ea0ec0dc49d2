//! What arrived: media type, charset and file name, from bytes and from what the host declared. Pure functions.

mod content_type;

pub use self::content_type::ContentType;
