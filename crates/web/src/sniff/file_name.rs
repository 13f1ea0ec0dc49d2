//! A safe name for a file, from what a host or an address says. Pure functions.

use encoding_rs::Encoding;
use percent_encoding::percent_decode_str;
use url::Url;

/// The longest name, in bytes: half of what file systems take, so that a caller can add to it.
pub const FILE_NAME_BYTES: usize = 120;

/// The longest ending that is kept when a name is cut, in bytes with its dot.
const ENDING_BYTES: usize = 12;

/// The name of what has none.
const NAMELESS: &str = "download";

/// Names that are devices to Windows, with any ending.
const DEVICES: [&str; 8] = ["con", "prn", "aux", "nul", "conin$", "conout$", "com", "lpt"];

/// A name for a file that is safe to show and to create: no path, no control or direction characters, no name that
/// is special to a file system, at most [`FILE_NAME_BYTES`] bytes, never empty.
///
/// It is that of the `Content-Disposition` header (RFC 6266, `filename*` before `filename`), or the last part of the
/// address, or `download`; an ending is added by the media type where there is none.
#[must_use]
pub fn file_name(disposition: Option<&str>, url: &Url, media_type: Option<&str>) -> String {
    let name = disposition
        .and_then(declared)
        .and_then(|name| safe(&name))
        .or_else(|| safe(&last_part(url)))
        .unwrap_or_else(|| NAMELESS.to_owned());
    match media_type.and_then(ending) {
        Some(ending) if !has_ending(&name) => shorten(&format!("{name}.{ending}")),
        _ => name,
    }
}

fn last_part(url: &Url) -> String {
    let mut parts = url.path_segments().into_iter().flatten().rev();
    let part = parts.find(|part| !part.is_empty()).unwrap_or_default();
    percent_decode_str(part).decode_utf8_lossy().into_owned()
}

/// The name of a `Content-Disposition` header.
fn declared(header: &str) -> Option<String> {
    let parameters = parameters(header);
    let find = |wanted: &str| {
        parameters
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value)
    };
    let extended = find("filename*").and_then(|value| extended(value));
    extended
        .filter(|name| !name.is_empty())
        .or_else(|| find("filename").cloned())
}

/// The parameters of a header, names in lower case, quotes and escapes of the values undone.
fn parameters(header: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let (mut name, mut value) = (String::new(), None::<String>);
    let (mut quoted, mut escaped) = (false, false);
    for c in header.chars().chain([';']) {
        match (c, &mut value) {
            (_, Some(value)) if escaped => {
                escaped = false;
                value.push(c);
            }
            ('\\', Some(_)) if quoted => escaped = true,
            ('"', Some(_)) => quoted = !quoted,
            (';', value) if !quoted => {
                if let Some(value) = value.take() {
                    found.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
                }
                name.clear();
            }
            (_, Some(value)) => value.push(c),
            ('=', empty) => *empty = Some(String::new()),
            _ => name.push(c),
        }
    }
    // A quote that nobody closed.
    if let Some(value) = value {
        found.push((
            name.trim().to_ascii_lowercase(),
            value.trim_end_matches(';').trim().to_owned(),
        ));
    }
    found
}

/// An extended value of RFC 8187: charset, language, percent-encoded bytes.
fn extended(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let encoding = Encoding::for_label(parts.next()?.as_bytes())?;
    let bytes: Vec<u8> = percent_decode_str(parts.nth(1)?).collect();
    Some(encoding.decode_without_bom_handling(&bytes).0.into_owned())
}

/// What is safe of a name; `None` if nothing is left.
fn safe(name: &str) -> Option<String> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !is_hidden(*c)).map(plain).collect();
    let edge = |c: char| c.is_whitespace() || c == '.';
    let name = shorten(name.trim_matches(edge));
    let name = name.trim_matches(edge);
    match name {
        "" => None,
        name if is_device(name) => Some(format!("_{name}")),
        name => Some(name.to_owned()),
    }
}

/// Characters that nobody sees or that turn the order of the others: `cod\u{202e}fdp.exe` shows as `codexe.pdf`.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn plain(c: char) -> char {
    match c {
        '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\u{fffd}' => '_',
        c if c.is_whitespace() => ' ',
        c => c,
    }
}

fn is_device(name: &str) -> bool {
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_lowercase();
    let bare = stem.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '¹' | '²' | '³'));
    let numbered = matches!(bare, "com" | "lpt");
    DEVICES.contains(&bare) && numbered == (stem != bare)
}

/// Cuts a name in its middle, before its ending.
fn shorten(name: &str) -> String {
    if name.len() <= FILE_NAME_BYTES {
        return name.to_owned();
    }
    let ending = name.rfind('.').map(|at| &name[at..]);
    let ending = ending
        .filter(|ending| ending.len() <= ENDING_BYTES)
        .unwrap_or_default();
    let stem = &name[..name.floor_char_boundary(FILE_NAME_BYTES - ending.len())];
    format!("{stem}{ending}")
}

fn has_ending(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| {
        (1..ENDING_BYTES).contains(&ending.len()) && ending.chars().all(char::is_alphanumeric)
    })
}

/// The usual ending of a media type.
fn ending(media_type: &str) -> Option<&'static str> {
    Some(match media_type {
        "application/json" => "json",
        "application/pdf" => "pdf",
        "application/xhtml+xml" | "text/html" => "html",
        "application/xml" | "text/xml" => "xml",
        "application/zip" => "zip",
        "audio/mpeg" => "mp3",
        "audio/mp4" | "audio/m4a" => "m4a",
        "audio/ogg" => "ogg",
        "audio/wav" | "audio/x-wav" => "wav",
        "image/avif" => "avif",
        "image/gif" => "gif",
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/svg+xml" => "svg",
        "image/webp" => "webp",
        "text/csv" => "csv",
        "text/markdown" => "md",
        "text/plain" => "txt",
        "video/mp4" => "mp4",
        "video/webm" => "webm",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_header(header: &str) -> String {
        file_name(Some(header), &"https://example.com/".parse().unwrap(), None)
    }

    fn by_url(url: &str, media_type: &str) -> String {
        file_name(None, &url.parse().unwrap(), Some(media_type))
    }

    #[test]
    fn the_forms_of_the_header_are_understood() {
        let table = [
            ("attachment; filename=report.pdf", "report.pdf"),
            ("attachment; filename=\"a; b.txt\"", "a; b.txt"),
            ("attachment; filename=\"a \\\"b\\\".txt\"", "a _b_.txt"),
            ("ATTACHMENT ; FileName = x.txt", "x.txt"),
            ("inline; filename*=UTF-8''na%C3%AFve%20file.txt", "naïve file.txt"),
            ("inline; filename*=iso-8859-1'en'%A3%20rates", "£ rates"),
            (
                "inline; filename=plain.txt; filename*=UTF-8'en'best.txt",
                "best.txt",
            ),
            ("inline; filename*=UTF-8''; filename=plain.txt", "plain.txt"),
            ("inline; filename*=nonsense; filename=plain.txt", "plain.txt"),
            ("filename=\"never closed.txt", "never closed.txt"),
            ("attachment", "download"),
            ("attachment; filename=", "download"),
            ("attachment; filename=\"\"", "download"),
            ("", "download"),
        ];
        for (header, expected) in table {
            assert_eq!(by_header(header), expected, "{header}");
        }
    }

    #[test]
    fn no_name_leads_anywhere_or_hides_what_it_is() {
        let table = [
            ("../../etc/passwd", "passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("/etc/", "download"),
            ("..", "download"),
            (". . .", "download"),
            (".bashrc", "bashrc"),
            ("a\0b\n\rc.txt", "abc.txt"),
            ("cod\u{202e}fdp.exe", "codfdp.exe"),
            ("C:evil.txt", "C_evil.txt"),
            ("a.txt:stream", "a.txt_stream"),
            ("con", "_con"),
            ("NUL.txt", "_NUL.txt"),
            ("com7.log", "_com7.log"),
            ("com", "com"),
            ("con7", "con7"),
            ("console.txt", "console.txt"),
            ("trailing. ", "trailing"),
            ("a\tb.txt", "ab.txt"),
        ];
        for (name, expected) in table {
            assert_eq!(
                safe(name).unwrap_or_else(|| NAMELESS.to_owned()),
                expected,
                "{name:?}"
            );
        }
        assert_eq!(by_header("attachment; filename*=UTF-8''..%2F..%2Fx"), "x");
        assert_eq!(by_header("attachment; filename=\"..\\\\..\\\\x\""), "x");
    }

    #[test]
    fn an_address_gives_a_name_and_the_type_an_ending() {
        let table = [
            (
                "https://example.com/a/photo.JPG?x=/y.exe",
                "image/jpeg",
                "photo.JPG",
            ),
            ("https://example.com/a/photo", "image/jpeg", "photo.jpg"),
            (
                "https://example.com/a/version-1.0 beta",
                "application/pdf",
                "version-1.0 beta.pdf",
            ),
            ("https://example.com/caf%C3%A9/", "text/html", "café.html"),
            ("https://example.com/%2e%2e%2fpasswd", "text/plain", "passwd.txt"),
            ("https://example.com/", "image/png", "download.png"),
            ("https://example.com/x", "application/x-odd", "x"),
        ];
        for (url, media_type, expected) in table {
            assert_eq!(by_url(url, media_type), expected, "{url}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        assert_eq!(FILE_NAME_BYTES, 120);
        let name = safe(&format!("{}.tar", "ä".repeat(200))).unwrap();
        assert!(name.len() <= FILE_NAME_BYTES && name.len() > FILE_NAME_BYTES - 3);
        assert!(name.ends_with("ä.tar"));
        let long = by_url(&format!("https://example.com/{}", "x".repeat(300)), "image/png");
        assert!(long.len() <= FILE_NAME_BYTES && long.ends_with("x.png"), "{long}");
    }
}
