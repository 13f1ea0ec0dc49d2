//! What the server finds in plain text: commands, mentions, hashtags, links, addresses. Owns no state.

use serde_json::Value;

use super::{entity, utf16};

/// Finds commands, mentions, hashtags, links and e-mail addresses.
pub(crate) fn detect(text: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut offset = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        let lead = bare.len() - bare.trim_start_matches(['(', '[', '"', '\'', '«']).len();
        let inner = &bare[lead..];
        if let Some((kind, length)) = kind_of(inner) {
            let start = offset + utf16(&bare[..lead]);
            found.push(entity(kind, start, utf16(&inner[..length])));
        }
        offset += utf16(word);
    }
    found
}

/// What a word is, and how many bytes of it belong to that.
fn kind_of(word: &str) -> Option<(&'static str, usize)> {
    let name = |text: &str| {
        text.bytes()
            .take_while(|b| b.is_ascii_alphanumeric() || *b == b'_')
            .count()
    };
    match word.chars().next()? {
        '/' => {
            let length = name(&word[1..]);
            if length == 0 || length > 64 || word[1 + length..].starts_with('/') {
                return None;
            }
            let rest = &word[1 + length..];
            let at = rest.strip_prefix('@').map_or(0, name);
            Some(("bot_command", 1 + length + if at > 0 { 1 + at } else { 0 }))
        }
        '@' => Some(("mention", 1 + name(&word[1..]))).filter(|(_, length)| *length >= 5),
        '#' => {
            let tag: usize = word[1..]
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .map(char::len_utf8)
                .sum();
            let letters = word[1..=tag].chars().any(|c| !c.is_ascii_digit());
            (tag > 0 && letters).then_some(("hashtag", 1 + tag))
        }
        _ => link(word),
    }
}

fn link(word: &str) -> Option<(&'static str, usize)> {
    let word = word.trim_end_matches(['.', ',', '!', '?', ')', ']', ';', ':', '"', '\'']);
    let scheme = ["http://", "https://", "tg://", "ftp://"]
        .iter()
        .find(|scheme| word.starts_with(**scheme));
    if let Some(scheme) = scheme {
        return (word.len() > scheme.len()).then_some(("url", word.len()));
    }
    if let Some((local, domain)) = word.split_once('@') {
        let fits = !local.is_empty() && domain.contains('.') && !domain.starts_with('.');
        return (fits && word.is_ascii()).then_some(("email", word.len()));
    }
    // A bare name such as example.com: only with an ending that is surely one.
    let host = word.split('/').next()?;
    let (name, end) = host.rsplit_once('.')?;
    let known = ["com", "org", "net", "io", "dev", "me", "app"].contains(&end);
    let plain = name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    (known && plain && !name.is_empty()).then_some(("url", word.len()))
}
