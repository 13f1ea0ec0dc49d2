//! The `Content-Type` header, as far as it is used. Pure functions.

use serde::{Deserialize, Serialize};

use std::fmt;

/// The longest part of a content type that is taken, in bytes; longer ones are nonsense.
const LONGEST: usize = 127;

/// A media type and its charset, as a `Content-Type` header declares them (RFC 9110, 8.3).
///
/// ```
/// use duologue_web::sniff::ContentType;
///
/// let declared = ContentType::parse("Text/HTML; Charset=\"ISO-8859-1\"").unwrap();
/// assert_eq!(declared.essence, "text/html");
/// assert_eq!(declared.charset.as_deref(), Some("iso-8859-1"));
/// assert_eq!(ContentType::parse("nonsense"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentType {
    /// Type and subtype in lower case, such as `text/html`.
    pub essence: String,
    /// The charset parameter in lower case.
    pub charset: Option<String>,
}

impl ContentType {
    /// Reads a header; `None` for one that holds no media type.
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        let (essence, parameters) = header.split_once(';').unwrap_or((header, ""));
        let essence = essence.trim().to_ascii_lowercase();
        let (kind, subtype) = essence.split_once('/')?;
        if !is_token(kind) || !is_token(subtype) {
            return None;
        }
        let charset = parameters.split(';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            let value = value.trim().trim_matches(['"', '\'']);
            (name.trim().eq_ignore_ascii_case("charset") && is_token(value))
                .then(|| value.to_ascii_lowercase())
        });
        Some(Self { essence, charset })
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.charset {
            Some(charset) => write!(f, "{}; charset={charset}", self.essence),
            None => f.write_str(&self.essence),
        }
    }
}

/// A token of RFC 9110, 5.6.2.
fn is_token(text: &str) -> bool {
    let in_token = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&c);
    !text.is_empty() && text.len() <= LONGEST && text.bytes().all(in_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_write_is_understood() {
        let table = [
            ("text/html", "text/html"),
            (" TEXT/plain ;charset=utf-8", "text/plain; charset=utf-8"),
            ("text/html;x=y; charset='latin1'", "text/html; charset=latin1"),
            ("application/ld+json;", "application/ld+json"),
            ("text/html; charset=", "text/html"),
            ("text/html; charset=\"a b\"", "text/html"),
            ("text/html; charset", "text/html"),
        ];
        for (header, expected) in table {
            assert_eq!(
                ContentType::parse(header).unwrap().to_string(),
                expected,
                "{header}"
            );
        }
        for header in [
            "",
            "/",
            "text",
            "text/",
            "t ext/html",
            "text/html/x",
            "text/<script>",
        ] {
            assert_eq!(ContentType::parse(header), None, "{header}");
        }
    }
}
