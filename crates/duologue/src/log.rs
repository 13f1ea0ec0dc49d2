//! The log: what is written, how it looks, and that no token stands in it. Owns nothing; the subscriber is the
//! process's.

mod redaction;
pub(crate) mod shape;

use duologue_core::Secret;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use self::redaction::Redacted;
pub(crate) use self::shape::redact;
use crate::config::{LogFormat, LogSettings};

/// Sets the log of this process up, on standard error. Whatever has the shape of a token of one of the networks is
/// replaced in every line, as are these `secrets`.
///
/// Says whether it did: where a log was set up before, that one stays and nothing happens.
pub fn init_logging(settings: &LogSettings, secrets: &[Secret]) -> bool {
    subscriber(settings, secrets, std::io::stderr).try_init().is_ok()
}

pub(crate) fn subscriber<W>(
    settings: &LogSettings,
    secrets: &[Secret],
    writer: W,
) -> impl SubscriberInitExt + use<W>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = settings
        .filter
        .as_deref()
        .and_then(|filter| EnvFilter::try_new(filter).ok())
        .unwrap_or_else(|| EnvFilter::new(default_filter(&program())));
    let writer = Redacted::new(writer, secrets);
    let layer = tracing_subscriber::fmt::layer().with_writer(writer);
    let layer: Box<dyn Layer<Registry> + Send + Sync> = match settings.format {
        LogFormat::Text => {
            use std::io::IsTerminal;
            layer
                .with_ansi(std::io::stderr().is_terminal())
                .with_filter(filter)
                .boxed()
        }
        LogFormat::Json => layer.json().flatten_event(true).with_filter(filter).boxed(),
    };
    tracing_subscriber::registry().with(layer)
}

/// What is logged when nobody says otherwise: our crates and the program itself. serenity warns of what it cannot read
/// with the whole payload, and the tokens of interactions in it: only its errors are written.
fn default_filter(program: &str) -> String {
    let ours = "warn,serenity=error,duologue=info";
    if program.is_empty() || program.starts_with("duologue") {
        return ours.to_owned();
    }
    format!("{ours},{program}=info")
}

/// The name of the program as its log lines have it.
fn program() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    let name = path
        .file_stem()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let fits = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if fits {
        name.replace('-', "_")
    } else {
        String::new()
    }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
