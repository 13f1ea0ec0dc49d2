//! The media type by the first bytes, with the declared one as a hint. Pure functions.

use super::ContentType;

/// How many bytes are looked at for what no text has: as many as the WHATWG MIME Sniffing standard has.
const LOOKED_AT: usize = 1445;

/// What it is when nobody knows.
const BINARY: &str = "application/octet-stream";

/// What a text is when nobody knows more.
const PLAIN: &str = "text/plain";

/// The media type of some bytes, in lower case, such as `image/png`.
///
/// Magic bytes win over what was declared. The declaration decides where the bytes leave it open: which kind of text
/// or of zip container it is, and whether a container of media is audio or video. A type that is known by its magic
/// bytes and lacks them is not believed.
#[must_use]
pub fn media_type(bytes: &[u8], declared: Option<&ContentType>) -> String {
    let declared = declared.map(|declared| declared.essence.as_str());
    let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let found = infer::get(body).map(|kind| kind.mime_type());
    let decided = match (found, declared) {
        (Some(found), Some(declared)) if refines(declared, found) => declared,
        (Some(found), _) => found,
        (None, declared) if is_text(bytes) => {
            declared.filter(|declared| is_textual(declared)).unwrap_or(PLAIN)
        }
        (None, Some(declared)) if !is_textual(declared) && !infer::is_mime_supported(declared) => declared,
        (None, _) => BINARY,
    };
    decided.to_owned()
}

/// Whether a media type is text that can be read as such.
pub(crate) fn is_textual(essence: &str) -> bool {
    let (kind, subtype) = essence.split_once('/').unwrap_or_default();
    let structured = ["json", "xml", "yaml", "javascript", "toml", "sql"];
    kind == "text"
        || structured
            .iter()
            .any(|name| subtype == *name || subtype.ends_with(&format!("+{name}")))
}

/// Whether a media type is HTML or XML, which name their charset themselves.
pub(crate) fn is_markup(essence: &str) -> bool {
    essence.ends_with("html") || essence.ends_with("xml")
}

/// Whether what was declared only says more about what was found.
fn refines(declared: &str, found: &str) -> bool {
    let (kind, subtype) = declared.split_once('/').unwrap_or_default();
    let (found_kind, found_subtype) = found.split_once('/').unwrap_or_default();
    let media = ["audio", "video"];
    match found {
        // Feeds and XHTML begin like any XML, and a page may begin like a document of XML.
        "text/html" => declared == "application/xhtml+xml",
        "text/xml" | "application/xml" => is_markup(declared),
        "application/zip" => {
            kind == "application"
                && declared != BINARY
                && !is_textual(declared)
                && !infer::is_mime_supported(declared)
        }
        _ => media.contains(&kind) && media.contains(&found_kind) && subtype == found_subtype,
    }
}

/// Whether bytes are text: a byte order mark, or nothing that no text has.
fn is_text(bytes: &[u8]) -> bool {
    let marked = encoding_rs::Encoding::for_bom(bytes).is_some();
    let binary = |byte: &u8| matches!(byte, 0x00..=0x08 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f);
    marked || !bytes.iter().take(LOOKED_AT).any(binary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_win_and_the_declaration_refines() {
        const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        const ZIP: &[u8] = b"PK\x03\x04\x14\0\0\0\x08\0";
        const MP4: &[u8] = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom";
        let table: [(&[u8], &str, &str); 22] = [
            (PNG, "text/html", "image/png"),
            (PNG, "", "image/png"),
            (PNG, "image/jpeg", "image/png"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/png", "image/jpeg"),
            (b"%PDF-1.7\n", "text/plain", "application/pdf"),
            (b"<!DOCTYPE html><p>", "text/plain", "text/html"),
            (b"\xef\xbb\xbf<html>", "", "text/html"),
            (b"<html xmlns>", "application/xhtml+xml", "application/xhtml+xml"),
            (
                b"<?xml version=\"1.0\"?><rss>",
                "application/rss+xml",
                "application/rss+xml",
            ),
            (b"<p>no doctype", "text/html", "text/html"),
            (b"{\"a\": 1}", "application/json", "application/json"),
            (b"{\"a\": 1}", "application/ld+json", "application/ld+json"),
            (b"# Title", "text/markdown", "text/markdown"),
            (b"hello", "image/png", "text/plain"),
            (b"hello", "", "text/plain"),
            (b"", "", "text/plain"),
            (b"\xff\xfeh\0i\0", "", "text/plain"),
            (b"\x01\x02\x03", "text/plain", "application/octet-stream"),
            (b"\x01\x02\x03", "application/x-odd", "application/x-odd"),
            (b"\x01\x02\x03", "image/png", "application/octet-stream"),
            (
                ZIP,
                "application/vnd.android.package-archive",
                "application/vnd.android.package-archive",
            ),
            (MP4, "audio/mp4", "audio/mp4"),
        ];
        for (bytes, declared, expected) in table {
            let found = media_type(bytes, ContentType::parse(declared).as_ref());
            assert_eq!(found, expected, "{declared} {:?}", String::from_utf8_lossy(bytes));
        }
        assert_eq!(
            media_type(ZIP, ContentType::parse("text/plain").as_ref()),
            "application/zip"
        );
        assert_eq!(
            media_type(ZIP, ContentType::parse("image/png").as_ref()),
            "application/zip"
        );
    }
}
