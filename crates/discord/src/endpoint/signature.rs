//! Whether a request is from Discord: its two headers, its age, and its body as it came. Pure functions.
//!
//! Discord sends wrong signatures on purpose and takes the endpoint away if they are not refused with 401.
//! Source: discord-api-docs, interactions/overview, "Validating Security Request Headers".

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::HeaderMap;
use thiserror::Error;

use super::key::{PublicKey, bytes};

/// How far a request's time may be from ours, either way. A request that somebody kept is worth nothing after this.
pub(super) const MAX_SKEW: Duration = Duration::from_secs(5 * 60);

const SIGNATURE: &str = "x-signature-ed25519";
const TIMESTAMP: &str = "x-signature-timestamp";

/// The longest timestamp in characters: more than any number of seconds needs.
const MAX_TIMESTAMP: usize = 20;

/// Why a request is not taken for one of Discord's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum Distrust {
    #[error("it has no single header X-Signature-Ed25519 with 128 hexadecimal digits")]
    NoSignature,
    #[error("it has no single header X-Signature-Timestamp with seconds since 1970")]
    NoTimestamp,
    #[error("its time is {0} s from this machine's clock")]
    Time(u64),
    #[error("its signature is not of this key over this body")]
    Signature,
}

/// Checks that a request was signed by the holder of the key, not long ago.
pub(super) fn check(
    key: &PublicKey,
    headers: &HeaderMap,
    body: &[u8],
    now: SystemTime,
) -> Result<(), Distrust> {
    let signature = single(headers, SIGNATURE).ok_or(Distrust::NoSignature)?;
    let signature = bytes(signature).ok_or(Distrust::NoSignature)?;
    let timestamp = single(headers, TIMESTAMP).ok_or(Distrust::NoTimestamp)?;
    let sent = seconds(timestamp).ok_or(Distrust::NoTimestamp)?;
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let skew = now.abs_diff(sent);
    if skew > MAX_SKEW.as_secs() {
        return Err(Distrust::Time(skew));
    }
    let signed = [timestamp, body].concat();
    if key.verifies(&signed, &signature) {
        Ok(())
    } else {
        Err(Distrust::Signature)
    }
}

/// A header that stands there exactly once.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a [u8]> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?;
    all.next().is_none().then(|| first.as_bytes())
}

/// Digits alone: what `parse` takes beside them, such as a plus sign, is no timestamp.
fn seconds(text: &[u8]) -> Option<u64> {
    let digits = !text.is_empty() && text.len() <= MAX_TIMESTAMP && text.iter().all(u8::is_ascii_digit);
    digits
        .then(|| std::str::from_utf8(text).ok()?.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    // All of it: the trait that gives the public key has a name that the speller takes for a mistake.
    use ring::signature::*;

    const NOW: u64 = 1_800_000_000;

    fn pair() -> (Ed25519KeyPair, PublicKey) {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let key = PublicKey::new(pair.public_key().as_ref().try_into().unwrap());
        (pair, key)
    }

    fn signed(timestamp: &str, body: &str) -> HeaderMap {
        let signature = pair().0.sign(format!("{timestamp}{body}").as_bytes());
        let hex: String = signature
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let mut headers = HeaderMap::new();
        headers.insert(SIGNATURE, hex.parse().unwrap());
        headers.insert(TIMESTAMP, timestamp.parse().unwrap());
        headers
    }

    fn judge(headers: &HeaderMap, body: &str) -> Result<(), Distrust> {
        let now = UNIX_EPOCH + Duration::from_secs(NOW);
        check(&pair().1, headers, body.as_bytes(), now)
    }

    #[test]
    fn only_what_was_signed_is_trusted() {
        let good = signed(&NOW.to_string(), "body");
        assert_eq!(judge(&good, "body"), Ok(()));
        assert_eq!(judge(&good, "bodY"), Err(Distrust::Signature));
        // The line between timestamp and body cannot be moved.
        let mut moved = good.clone();
        moved.insert(TIMESTAMP, (NOW / 10).to_string().parse().unwrap());
        assert!(judge(&moved, &format!("{}body", NOW % 10)).is_err());
        let mut twice = good.clone();
        twice.append(SIGNATURE, good[SIGNATURE].clone());
        assert_eq!(judge(&twice, "body"), Err(Distrust::NoSignature));
    }

    #[test]
    fn a_time_counts_for_five_minutes_either_way() {
        for (seconds, expected) in [
            (NOW - 300, Ok(())),
            (NOW + 300, Ok(())),
            (NOW - 301, Err(Distrust::Time(301))),
            (NOW + 301, Err(Distrust::Time(301))),
            (0, Err(Distrust::Time(NOW))),
        ] {
            assert_eq!(judge(&signed(&seconds.to_string(), "body"), "body"), expected);
        }
    }

    #[test]
    fn what_is_no_number_of_seconds_is_no_time() {
        for timestamp in [
            "",
            "now",
            "-1",
            "+1800000000",
            "1800000000.0",
            "99999999999999999999999",
        ] {
            let judged = judge(&signed(timestamp, "body"), "body");
            assert_eq!(judged, Err(Distrust::NoTimestamp), "{timestamp}");
        }
    }
}
