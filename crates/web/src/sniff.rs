//! What arrived: media type, charset and file name, from the bytes and from what the host declared. Pure functions.
//!
//! ```
//! use duologue_web::sniff::{ContentType, decode, file_name, media_type};
//!
//! // A host says "picture"; the bytes say otherwise.
//! let declared = ContentType::parse("image/png; charset=utf-8");
//! assert_eq!(media_type(b"%PDF-1.7 ...", declared.as_ref()), "application/pdf");
//!
//! let page = b"<html><meta charset=iso-8859-1><p>caf\xe9";
//! assert!(decode(page, None).text.ends_with("café"));
//!
//! let url = "https://example.com/files/report?id=7".parse()?;
//! assert_eq!(file_name(Some("attachment; filename=\"../../etc/passwd\""), &url, None), "passwd");
//! assert_eq!(file_name(None, &url, Some("application/pdf")), "report.pdf");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod charset;
mod content_type;
mod file_name;
mod media_type;

pub use self::charset::{Text, decode};
pub use self::content_type::ContentType;
pub use self::file_name::{FILE_NAME_BYTES, file_name};
pub use self::media_type::media_type;
