//! Which addresses can be followed, and how they are written so that nothing in them is markup. Owns no state.

use std::fmt::Write as _;

/// What a reader may open. Others run programs, read files or open dialogues.
const SCHEMES: [&str; 3] = ["http://", "https://", "mailto:"];

/// The address in ASCII (RFC 3986), or nothing if it is not one to follow.
pub(super) fn followed(address: &str) -> Option<String> {
    let address = address.trim();
    let scheme = SCHEMES.into_iter().find(|scheme| {
        address
            .get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })?;
    if address.len() == scheme.len() {
        return None;
    }
    let mut written = String::with_capacity(address.len());
    for byte in address.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte) {
            written.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _written = write!(written, "%{byte:02X}");
        }
    }
    Some(written)
}

#[cfg(test)]
mod tests {
    use super::followed;

    #[test]
    fn addresses_of_pages_and_of_people_can_be_followed() {
        for (address, written) in [
            ("https://example.org/a?b=c&d#e", "https://example.org/a?b=c&d#e"),
            (" HTTP://example.org ", "HTTP://example.org"),
            ("mailto:ada@example.org", "mailto:ada@example.org"),
            (
                "https://example.org/Grüße (1)",
                "https://example.org/Gr%C3%BC%C3%9Fe%20(1)",
            ),
            (
                "https://example.org/><\\\n\"",
                "https://example.org/%3E%3C%5C%0A%22",
            ),
        ] {
            assert_eq!(followed(address).as_deref(), Some(written));
        }
    }

    #[test]
    fn other_addresses_are_words() {
        for address in [
            "",
            "https://",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "data:text/html,x",
            "example.org",
            "java\nscript:x",
            "ä",
        ] {
            assert_eq!(followed(address), None, "{address}");
        }
    }
}
