//! That no token reaches a line of the log, in either format.

use std::io;

use duologue_core::Secret;
use tracing_subscriber::util::SubscriberInitExt;

use super::testing::Lines;
use super::{default_filter, init_logging, subscriber};
use crate::config::{LogFormat, LogSettings};

const TELEGRAM: &str = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALcanary";
const DISCORD: &str = "MTEwMjAxNTQzMTEwMjAxNTQz.GabcDe.canaryCANARYcanaryCANARYcanary";
const SHAPELESS: &str = "a-canary-of-no-shape";

fn logged(format: LogFormat, filter: Option<&str>, log: impl FnOnce()) -> String {
    let lines = Lines::default();
    let writer = lines.clone();
    let settings = LogSettings {
        filter: filter.map(str::to_owned),
        format,
    };
    let _guard = subscriber(&settings, &[Secret::new(SHAPELESS)], move || writer.clone()).set_default();
    log();
    lines.text()
}

#[derive(Debug, thiserror::Error)]
#[error("GET https://api.telegram.org/bot{TELEGRAM}/getMe failed")]
struct Leaky(#[source] io::Error);

#[test]
fn no_token_stands_in_any_line() {
    for format in [LogFormat::Text, LogFormat::Json] {
        let lines = logged(format, Some("trace"), || {
            let error = Leaky(io::Error::other(format!("Authorization: Bot {DISCORD}")));
            let chain: &dyn std::error::Error = &error;
            tracing::error!(error = chain, "it failed");
            tracing::warn!(?error, token = TELEGRAM, "it failed again with {DISCORD}");
            tracing::info!(%error, shapeless = SHAPELESS);
            let span = tracing::info_span!("turn", token = SHAPELESS);
            span.in_scope(|| tracing::debug!("inside of {TELEGRAM}"));
        });
        assert!(lines.lines().count() >= 4, "{lines}");
        assert!(!lines.to_lowercase().contains("canary"), "{lines}");
        assert!(lines.contains("[redacted]"));
    }
}

#[test]
fn a_line_of_json_is_one_object() {
    let lines = logged(LogFormat::Json, Some("info"), || {
        tracing::info!(n = 7, "hello\nthere")
    });
    let line: serde_json::Value = serde_json::from_str(&lines).expect("one line, one object");
    assert_eq!(line["message"], "hello\nthere");
    assert_eq!(line["n"], 7);
}

#[test]
fn without_a_filter_our_crates_are_heard_and_others_only_warn() {
    let lines = logged(LogFormat::Text, None, || {
        tracing::info!(target: "duologue_core::engine", "ours");
        tracing::debug!(target: "duologue_core::engine", "too much");
        tracing::info!(target: "hyper", "chatter");
        tracing::warn!(target: "hyper", "trouble");
    });
    assert!(lines.contains("ours") && lines.contains("trouble"), "{lines}");
    assert!(
        !lines.contains("too much") && !lines.contains("chatter"),
        "{lines}"
    );
    assert_eq!(
        default_filter("my_bot"),
        "warn,serenity=error,duologue=info,my_bot=info"
    );
}

#[test]
fn a_log_that_exists_already_stays() {
    let settings = LogSettings {
        filter: Some("off".to_owned()),
        format: LogFormat::Text,
    };
    let _ = init_logging(&settings, &[]);
    assert!(!init_logging(&settings, &[]), "the second time nothing happens");
}
