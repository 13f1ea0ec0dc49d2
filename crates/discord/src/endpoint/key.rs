//! The application's public key. Pure data.

use std::fmt;
use std::str::FromStr;

use ring::signature::{ED25519, UnparsedPublicKey};
use thiserror::Error;

/// The length of an Ed25519 public key, in bytes.
const KEY: usize = 32;

/// The length of an Ed25519 signature, in bytes.
const SIGNATURE: usize = 64;

/// An application's public key (Ed25519, 32 bytes): "Public Key" under "General Information" in Discord's developer
/// portal. It is no secret.
///
/// ```
/// use duologue_discord::PublicKey;
///
/// let key: PublicKey = "1e0a356058d627ca38a5c8c9648818061d49e49bd9da9e3ab17d98ad4d6b02c8".parse().unwrap();
/// assert!("my key".parse::<PublicKey>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; KEY]);

/// Why a text is no public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PublicKeyError {
    /// It has another length, in characters.
    #[error(
        "a public key has 64 hexadecimal digits and this text has {0} characters: copy \"Public Key\" from \
         \"General Information\" in discord's developer portal"
    )]
    Length(usize),
    /// It has a character that is no hexadecimal digit.
    #[error(
        "a public key has hexadecimal digits only, and this text has {0:?}: copy \"Public Key\" from \
         \"General Information\" in discord's developer portal"
    )]
    Digit(char),
}

impl PublicKey {
    /// A key from its bytes.
    #[must_use]
    pub const fn new(bytes: [u8; KEY]) -> Self {
        Self(bytes)
    }

    /// Whether this signature of these bytes is the key's. Only the one canonical form of a signature is accepted.
    pub(super) fn verifies(&self, signed: &[u8], signature: &[u8; SIGNATURE]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0)
            .verify(signed, signature)
            .is_ok()
    }
}

impl FromStr for PublicKey {
    type Err = PublicKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if let Some(bad) = text.chars().find(|one| !one.is_ascii_hexdigit()) {
            return Err(PublicKeyError::Digit(bad));
        }
        bytes(text.as_bytes())
            .map(Self)
            .ok_or(PublicKeyError::Length(text.len()))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

/// The bytes that hexadecimal digits stand for, if they are exactly so many.
pub(super) fn bytes<const N: usize>(hex: &[u8]) -> Option<[u8; N]> {
    let digit = |byte: u8| {
        let value = char::from(byte).to_digit(16)?;
        u8::try_from(value).ok()
    };
    let (pairs, []) = hex.as_chunks::<2>() else {
        return None;
    };
    let mut bytes = [0; N];
    if pairs.len() != N {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = (digit(*high)? << 4) | digit(*low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_and_prints_as_hexadecimal_digits() {
        let text = "00ff356058d627ca38a5c8c9648818061d49e49bd9da9e3ab17d98ad4d6b02c8";
        let key: PublicKey = format!(" {}\n", text.to_uppercase()).parse().unwrap();
        assert_eq!(key.to_string(), text);
        assert_eq!((key.0[0], key.0[1], key.0[31]), (0, 0xff, 0xc8));
    }

    #[test]
    fn what_is_no_key_is_told_apart() {
        let parse = |text: &str| text.parse::<PublicKey>().unwrap_err();
        assert_eq!(parse(""), PublicKeyError::Length(0));
        assert_eq!(parse("abc"), PublicKeyError::Length(3));
        assert_eq!(parse(&"a".repeat(66)), PublicKeyError::Length(66));
        assert_eq!(parse(&"é".repeat(32)), PublicKeyError::Digit('é'));
        assert_eq!(parse(&"g".repeat(64)), PublicKeyError::Digit('g'));
    }
}
