//! Short codes that people carry from one place to another, and what is kept of them: a hash under a key of the bot's own.
//! Owns the key while the bot runs.

use std::sync::{Arc, OnceLock};

use duologue::prelude::HandlerError;
use duologue::store::{CodeHash, Commit, Store, StoreError, Timestamp, Write};
use rand::Rng;
use ring::hmac;

/// The name of the value with the key.
const KEY: &str = "codes.key";

/// The letters and digits of codes, without those that look like others.
const LETTERS: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";

/// How many of them stand together when a code is shown.
const TOGETHER: usize = 4;

/// Makes codes and hashes them. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Codes(Arc<OnceLock<hmac::Key>>);

impl Codes {
    /// Reads the key, or makes one at the very first start.
    pub(crate) async fn begin(self, store: Arc<dyn Store>) -> Result<(), StoreError> {
        let kept = store.value(KEY).await?;
        let bytes = match kept.as_deref().map(<[u8; 32]>::try_from) {
            Some(Ok(kept)) => kept,
            _ => {
                let made: [u8; 32] = rand::rng().random();
                let write = Write::Value {
                    key: KEY.into(),
                    body: Some(made.to_vec().into()),
                    until: None,
                };
                store
                    .commit(vec![Commit::writes(vec![write], Timestamp::now())])
                    .await?;
                made
            }
        };
        // It is set once, as a bot starts once.
        let _ = self.0.set(hmac::Key::new(hmac::HMAC_SHA256, &bytes));
        Ok(())
    }

    /// The hash of a code as somebody typed it: capital or small, with or without what stands between.
    pub(crate) fn hash(&self, typed: &str) -> Result<CodeHash, HandlerError> {
        let key = self.0.get().ok_or("the key of codes was not read")?;
        let plain: String = typed
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|letter| letter.to_ascii_uppercase())
            .collect();
        let mut hash = [0; 32];
        hash.copy_from_slice(hmac::sign(key, plain.as_bytes()).as_ref());
        Ok(CodeHash(hash))
    }
}

/// A new code, as it is shown: `K7MX-2PQD`.
pub(crate) fn make(length: usize) -> String {
    let mut random = rand::rng();
    let mut code = String::with_capacity(length + length / TOGETHER);
    for place in 0..length {
        if place > 0 && place % TOGETHER == 0 {
            code.push('-');
        }
        code.push(char::from(LETTERS[random.random_range(0..LETTERS.len())]));
    }
    code
}

/// A hash as text, for a button to carry.
pub(crate) fn to_text(hash: CodeHash) -> String {
    hash.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash in a text; `None` where it is none.
pub(crate) fn from_text(text: &str) -> Option<CodeHash> {
    let mut hash = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (place, pair) in hash.iter_mut().zip(text.as_bytes().chunks(2)) {
        *place = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(CodeHash(hash))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use duologue_core::store::MemoryStore;

    use super::{Codes, LETTERS, from_text, make, to_text};

    #[tokio::test]
    async fn a_code_is_known_however_it_is_typed_and_after_a_restart() {
        let store = Arc::new(MemoryStore::new());
        let (first, second) = (Codes::default(), Codes::default());
        assert!(first.hash("x").is_err(), "nothing is hashed without the key");
        first.clone().begin(store.clone()).await.unwrap();
        second.clone().begin(store).await.unwrap();
        let hash = first.hash("K7MX-2PQD").unwrap();
        for typed in ["k7mx 2pqd", "K7MX2PQD", " k7mx-2pqd\n"] {
            assert!(second.hash(typed).unwrap() == hash, "{typed:?}");
        }
        assert!(first.hash("K7MX-2PQE").unwrap() != hash);
        assert!(from_text(&to_text(hash)) == Some(hash));
        assert!(from_text("no").is_none());
        let other = Codes::default();
        other.clone().begin(Arc::new(MemoryStore::new())).await.unwrap();
        assert!(
            other.hash("K7MX-2PQD").unwrap() != hash,
            "each bot has a key of its own"
        );
    }

    #[test]
    fn codes_have_no_letters_that_look_alike() {
        for look_alike in "01OIL".bytes() {
            assert!(!LETTERS.contains(&look_alike));
        }
        let codes: std::collections::HashSet<String> = (0..1000).map(|_| make(8)).collect();
        assert_eq!(codes.len(), 1000);
        assert!(
            codes
                .iter()
                .all(|code| code.len() == 9 && code.as_bytes()[4] == b'-')
        );
    }
}
