//! Text from bytes: which charset, and its decoding. Pure functions.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

use super::ContentType;
use super::media_type::{is_markup, media_type};

/// How many bytes of a page are searched for its charset: as many as the HTML standard has.
const SEARCHED: usize = 1024;

/// Text that was bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text, without a byte order mark.
    pub text: String,
    /// The name of the charset that it was in, such as `UTF-8` or `windows-1252`.
    pub charset: &'static str,
    /// Whether some bytes were not of this charset, and stand as U+FFFD.
    pub lossy: bool,
}

/// Decodes bytes to text. The charset is that of a byte order mark, or the declared one, or the one that HTML or XML
/// names in its first 1,024 bytes, or UTF-8 if they are that, or windows-1252, which everything can be. The bytes may
/// be the beginning of something longer.
///
/// The text takes up to three times the space of the bytes.
#[must_use]
pub fn decode(bytes: &[u8], declared: Option<&ContentType>) -> Text {
    let encoding = marked(bytes)
        .or_else(|| Encoding::for_label(declared?.charset.as_deref()?.as_bytes()))
        .or_else(|| {
            is_markup(&media_type(bytes, declared))
                .then(|| named(bytes))
                .flatten()
        })
        .unwrap_or_else(|| if is_utf8(bytes) { UTF_8 } else { WINDOWS_1252 });
    let (text, encoding, lossy) = encoding.decode(bytes);
    Text {
        text: text.into_owned(),
        charset: encoding.name(),
        lossy,
    }
}

fn marked(bytes: &[u8]) -> Option<&'static Encoding> {
    Encoding::for_bom(bytes).map(|(encoding, _)| encoding)
}

/// Whether bytes are UTF-8. A last character may be cut if another one has shown that it is UTF-8: alone it would
/// rather be a letter with an accent of windows-1252.
fn is_utf8(bytes: &[u8]) -> bool {
    match str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && !bytes[..error.valid_up_to()].is_ascii(),
    }
}

/// The charset that a page names for itself, in a `meta` tag or an XML declaration.
fn named(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(SEARCHED)];
    // Bytes to characters one to one: only ASCII is looked for.
    let head: String = head
        .iter()
        .map(|&byte| char::from(byte).to_ascii_lowercase())
        .collect();
    let found = match head.trim_start().strip_prefix("<?xml") {
        Some(rest) => label(rest.split("?>").next()?, "encoding").or_else(|| in_meta(rest)),
        None => in_meta(&head),
    }?;
    // A page that can be read up to here is in no UTF-16, whatever it says; both by the HTML standard.
    match found {
        utf16 if utf16 == UTF_16LE || utf16 == UTF_16BE => Some(UTF_8),
        odd if odd == X_USER_DEFINED => Some(WINDOWS_1252),
        other => Some(other),
    }
}

fn in_meta(mut head: &str) -> Option<&'static Encoding> {
    loop {
        head = &head[head.find('<')?..];
        if let Some(comment) = head.strip_prefix("<!--") {
            head = &comment[comment.find("-->")?..];
            continue;
        }
        if let Some(tag) = head.strip_prefix("<meta")
            && let Some(found) = label(tag.split('>').next()?, "charset")
        {
            return Some(found);
        }
        head = &head[1..];
    }
}

/// The charset of an attribute such as `charset="utf-8"`, also within another, such as `content="...; charset=..."`.
fn label(tag: &str, name: &str) -> Option<&'static Encoding> {
    tag.match_indices(name).find_map(|(at, _)| {
        let value = tag[at + name.len()..].trim_start().strip_prefix('=')?;
        let value = value.trim_start().trim_start_matches(['"', '\'']);
        let end = value.find(|c: char| matches!(c, '"' | '\'' | ';' | '>') || c.is_whitespace());
        Encoding::for_label(&value.as_bytes()[..end.unwrap_or(value.len())])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], declared: &str) -> (String, &'static str) {
        let text = decode(bytes, ContentType::parse(declared).as_ref());
        (text.text, text.charset)
    }

    #[test]
    fn a_mark_is_before_the_declaration_and_that_is_before_the_page() {
        assert_eq!(
            check(b"\xef\xbb\xbfcaf\xc3\xa9", "text/plain; charset=latin1"),
            ("café".to_owned(), "UTF-8")
        );
        assert_eq!(
            check(b"\xff\xfeh\0i\0", "text/plain; charset=utf-8"),
            ("hi".to_owned(), "UTF-16LE")
        );
        let page = b"<meta charset=\"windows-1251\">\xe9";
        assert_eq!(check(page, "text/html; charset=latin1").1, "windows-1252");
        assert_eq!(check(page, "text/html").1, "windows-1251");
        assert_eq!(check(page, "text/html; charset=nonsense").1, "windows-1251");
    }

    #[test]
    fn a_page_names_its_charset_in_many_ways() {
        let table: [(&[u8], &str); 10] = [
            (b"<META CHARSET = 'Shift_JIS'>\xff", "Shift_JIS"),
            (
                b"<html><meta http-equiv=content-type content=\"text/html; charset=euc-kr\">\xff",
                "EUC-KR",
            ),
            (b"<?xml version=\"1.0\" encoding=\"koi8-r\"?><html>\xff", "KOI8-R"),
            (
                b"<?xml version=\"1.0\"?><html><meta charset=koi8-r>\xff",
                "KOI8-R",
            ),
            (b"<!-- <meta charset=koi8-r> --><meta charset=gbk>\xff", "GBK"),
            (b"<meta name=viewport><meta charset=big5>\xff", "Big5"),
            (b"<meta charset=utf-16>caf\xc3\xa9", "UTF-8"),
            (b"<meta charset=nonsense>caf\xe9", "windows-1252"),
            (b"<p>charset=gbk caf\xe9", "windows-1252"),
            (b"<meta charset", "UTF-8"),
        ];
        for (page, expected) in table {
            assert_eq!(
                check(page, "text/html").1,
                expected,
                "{:?}",
                String::from_utf8_lossy(page)
            );
        }
    }

    #[test]
    fn without_a_name_it_is_utf8_if_it_can_be() {
        assert_eq!(
            check("café".as_bytes(), "text/plain"),
            ("café".to_owned(), "UTF-8")
        );
        assert_eq!(check(b"caf\xc3\xa9 \xc3", "text/plain").1, "UTF-8");
        assert_eq!(check(b"caf\xe9", "text/plain").1, "windows-1252");
        assert_eq!(
            check(b"caf\xe9 au lait", "text/plain"),
            ("café au lait".to_owned(), "windows-1252")
        );
        assert_eq!(check(b"<meta charset=koi8-r>", "text/plain").1, "UTF-8");
        assert!(
            decode(
                b"a\xffb",
                ContentType::parse("text/plain; charset=utf-8").as_ref()
            )
            .lossy
        );
    }
}
