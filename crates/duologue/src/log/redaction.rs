//! A writer that lets no token through. Owns the secrets that have no shape to be known by.

use std::io::{self, Write};
use std::sync::Arc;

use duologue_core::Secret;
use tracing_subscriber::fmt::MakeWriter;

use super::shape::{REDACTED, redact};

/// The shortest secret that is looked for word for word: shorter ones would be found in everything.
const SHORTEST: usize = 8;

/// Makes writers that take tokens out of what goes through them.
pub(super) struct Redacted<W> {
    inner: W,
    secrets: Arc<[Secret]>,
}

impl<W> Redacted<W> {
    pub(super) fn new(inner: W, secrets: &[Secret]) -> Self {
        let long = secrets.iter().filter(|secret| secret.expose().len() >= SHORTEST);
        Self {
            inner,
            secrets: long.cloned().collect(),
        }
    }
}

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Redacted<W> {
    type Writer = RedactedWriter<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        RedactedWriter {
            inner: self.inner.make_writer(),
            secrets: Arc::clone(&self.secrets),
        }
    }
}

/// Takes tokens out of each piece of text. The log hands over whole lines, so that no token comes in two pieces.
pub(super) struct RedactedWriter<W> {
    inner: W,
    secrets: Arc<[Secret]>,
}

impl<W: Write> Write for RedactedWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut clean = redact(&String::from_utf8_lossy(bytes));
        for secret in &*self.secrets {
            if clean.contains(secret.expose()) {
                clean = clean.replace(secret.expose(), REDACTED);
            }
        }
        self.inner.write_all(clean.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
