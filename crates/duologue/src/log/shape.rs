//! What tokens look like. Pure functions: for the check of tokens, and for finding them where they must not be.

use std::ops::Range;

/// What stands where a token stood.
pub(crate) const REDACTED: &str = "[redacted]";

/// The shortest number of a Telegram bot, in digits.
const TELEGRAM_ID: usize = 6;

/// The shortest secret part of a Telegram token; they have 35 characters today.
const TELEGRAM_SECRET: usize = 30;

/// The shortest parts of a Discord token: the bot's id, the time, the signature.
const DISCORD_PARTS: [usize; 3] = [17, 5, 20];

/// Whether a whole text is a Telegram token.
pub(crate) fn telegram(token: &str) -> bool {
    token.split_once(':').is_some_and(|(id, secret)| {
        id.len() >= TELEGRAM_ID
            && id.len() <= 20
            && id.bytes().all(|c| c.is_ascii_digit())
            && secret.len() >= TELEGRAM_SECRET
            && secret.bytes().all(letter)
    })
}

/// Whether a whole text is a Discord token.
pub(crate) fn discord(token: &str) -> bool {
    let parts: Vec<&str> = token.split('.').collect();
    parts.len() == DISCORD_PARTS.len()
        && parts
            .iter()
            .zip(DISCORD_PARTS)
            .all(|(part, least)| part.len() >= least && part.bytes().all(letter))
}

/// A text without anything that has the shape of a token.
pub(crate) fn redact(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(found) = find(rest) {
        clean.push_str(&rest[..found.start]);
        clean.push_str(REDACTED);
        rest = &rest[found.end..];
    }
    clean.push_str(rest);
    clean
}

/// The first token in a text.
fn find(text: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !letter(bytes[at]) {
            at += 1;
            continue;
        }
        let end = run(bytes, at);
        if let Some(found) = telegram_at(bytes, at, end).or_else(|| discord_at(bytes, at, end)) {
            return Some(found);
        }
        at = end;
    }
    None
}

/// A Telegram token whose number ends with the run of letters from `start` to `colon`.
fn telegram_at(bytes: &[u8], start: usize, colon: usize) -> Option<Range<usize>> {
    let digits = bytes[start..colon]
        .iter()
        .rev()
        .take_while(|c| c.is_ascii_digit())
        .count();
    let secret = match bytes.get(colon)? {
        b':' => colon + 1,
        // As it stands in an address.
        b'%' if bytes
            .get(colon + 1..colon + 3)
            .is_some_and(|code| code.eq_ignore_ascii_case(b"3A")) =>
        {
            colon + 3
        }
        _ => return None,
    };
    let end = run(bytes, secret);
    (digits >= TELEGRAM_ID && end - secret >= TELEGRAM_SECRET).then_some(colon - digits..end)
}

/// A Discord token whose first part is the run of letters from `start` to `dot`.
fn discord_at(bytes: &[u8], start: usize, dot: usize) -> Option<Range<usize>> {
    let mut end = dot;
    if end - start < DISCORD_PARTS[0] {
        return None;
    }
    for least in &DISCORD_PARTS[1..] {
        if bytes.get(end) != Some(&b'.') {
            return None;
        }
        let part = end + 1;
        end = run(bytes, part);
        if end - part < *least {
            return None;
        }
    }
    Some(start..end)
}

/// Where the letters that begin here end.
fn run(bytes: &[u8], start: usize) -> usize {
    bytes[start..]
        .iter()
        .position(|c| !letter(*c))
        .map_or(bytes.len(), |length| start + length)
}

/// The letters of tokens: base64 for addresses.
fn letter(c: u8) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_')
}

#[cfg(test)]
mod tests {
    use super::{discord, redact, telegram};

    const TELEGRAM: &str = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw-";
    const DISCORD: &str = "MTEwMjAxNTQzMTEwMjAxNTQz.GabcDe.canaryCANARYcanaryCANARYcanary_-12345";

    #[test]
    fn tokens_are_known_by_their_shape() {
        assert!(telegram(TELEGRAM) && !telegram(DISCORD));
        assert!(discord(DISCORD) && !discord(TELEGRAM));
        for no_token in [
            "",
            ":",
            "..",
            "123:abc",
            "nonsense",
            "a.b.c",
            "110201543 AAHdqTcv",
        ] {
            assert!(!telegram(no_token) && !discord(no_token), "{no_token}");
        }
    }

    #[test]
    fn tokens_are_taken_out_wherever_they_stand() {
        for (text, clean) in [
            (
                format!("url=https://api.telegram.org/bot{TELEGRAM}/getMe"),
                "url=https://api.telegram.org/bot[redacted]/getMe",
            ),
            (
                format!("/bot{}/", TELEGRAM.replace(':', "%3A")),
                "/bot[redacted]/",
            ),
            (
                format!("Authorization: Bot {DISCORD}"),
                "Authorization: Bot [redacted]",
            ),
            (
                format!("\"{TELEGRAM}\",\"{DISCORD}\""),
                "\"[redacted]\",\"[redacted]\"",
            ),
            (format!("ä{TELEGRAM}ö"), "ä[redacted]ö"),
        ] {
            assert_eq!(redact(&text), clean);
        }
    }

    #[test]
    fn what_only_looks_a_little_like_a_token_stays() {
        for text in [
            "2026-01-02T10:11:12.123456Z  INFO duologue_core::engine: online account=7012345678",
            "https://github.com/some-organisation/some-repository",
            "telegram:-1001234567890123/42#1234567890",
            "a heartbeat_interval_ms.of 41250.00000",
        ] {
            assert_eq!(redact(text), text);
        }
    }
}
