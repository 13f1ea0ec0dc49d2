//! Answers that are not what they seem: pages too deep, pictures too large, wrong types, names with tricks. Owns no
//! state.

use axum::http::HeaderValue;
use axum::http::header::CONTENT_DISPOSITION;
use axum::response::Response;

use super::super::{page, paint, typed};

/// Elements inside each other.
const DEPTH: usize = 100_000;
/// Width and height that the huge picture claims.
const CLAIMED: u32 = 100_000;

/// File names that a careless program would write where it should not, by the names of the traps.
pub(super) const NAMES: [(&str, &str); 7] = [
    ("parents", "attachment; filename=\"../../../../tmp/owned.txt\""),
    ("absolute", "attachment; filename=\"/etc/cron.d/owned\""),
    (
        "windows",
        "attachment; filename=\"..\\\\..\\\\C:\\\\Windows\\\\owned.exe\"",
    ),
    ("encoded", "attachment; filename*=UTF-8''..%2F..%2Fowned.txt"),
    ("hidden", "attachment; filename=\".bashrc\""),
    ("dots", "attachment; filename=\"..\""),
    (
        "two",
        "attachment; filename=\"photo.jpg\"; filename=\"photo.jpg.exe\"",
    ),
];

/// A ZIP archive with one file, `hello.txt`.
const ZIP: &[u8] = b"PK\x03\x04\x14\x00\x00\x00\x00\x00\x00\x00!X\x86\xa6\x106\x05\x00\x00\x00\x05\x00\x00\x00\x09\x00\x00\x00hello.txthello\
    PK\x01\x02\x14\x03\x14\x00\x00\x00\x00\x00\x00\x00!X\x86\xa6\x106\x05\x00\x00\x00\x05\x00\x00\x00\x09\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x01\x00\x00\x00\x00hello.txt\
    PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x007\x00\x00\x00,\x00\x00\x00\x00\x00";

/// HTML with this many elements inside each other.
pub(super) fn deep() -> Response {
    let body = format!("{}deep{}", "<div>".repeat(DEPTH), "</div>".repeat(DEPTH));
    page::html(format!("<!doctype html><title>Deep</title>{body}"))
}

/// A small text file under a name with a trick in it.
pub(super) fn name(trick: &str) -> Response {
    let long = format!("attachment; filename=\"{}.txt\"", "n".repeat(5_000));
    let found = NAMES.iter().find(|(known, _)| *known == trick);
    let value = match found {
        Some((_, value)) => (*value).to_owned(),
        None if trick == "long" => long,
        None => return page::missing(),
    };
    let mut response = typed("text/plain; charset=utf-8", "only a text\n");
    if let Ok(value) = HeaderValue::from_str(&value) {
        response.headers_mut().insert(CONTENT_DISPOSITION, value);
    }
    response
}

/// Files that are not what their size or type says.
pub(super) fn file(name: &str) -> Response {
    match name {
        // The data would unpack to nothing: only the head is read by those who are careful.
        "huge.png" => typed("image/png", paint::png::file(CLAIMED, CLAIMED, b"\x78\x01\x03\x00\x00\x00\x00\x01")),
        "zip.jpg" => typed("image/jpeg", ZIP),
        "gif.html" => {
            let gif = paint::picture("dance.gif").map(paint::Picture::bytes);
            typed("text/html; charset=utf-8", gif.unwrap_or_default())
        }
        "page.png" => typed("image/png", "<!doctype html><title>Not a picture</title><script>alert(1)</script>"),
        "latin.html" => typed(
            "text/html; charset=utf-8",
            &b"<!doctype html><meta charset=\"iso-8859-1\"><title>Caf\xe9</title><p>The bytes are not UTF-8: Caf\xe9"[..],
        ),
        _ => page::missing(),
    }
}
