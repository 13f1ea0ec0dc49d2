//! The token stays where it belongs: a canary in it never reaches an error, a status or a `Debug`.

use std::error::Error;

use duologue_core::{FileRef, Operation, Secret, SourceStatus};
use duologue_telegram::{Telegram, TelegramConfig, TelegramError, adapter};
use serde_json::json;

use crate::collector::Running;
use crate::fake::{Answer, Fake, TOKEN, config};
use crate::sending::{send, text};

/// Everything that an error says, down to its last cause.
#[track_caller]
fn check(error: &(dyn Error + 'static)) {
    let mut said = format!("{error:?}");
    let mut next = Some(error);
    while let Some(error) = next {
        said += &format!("\n{error}\n{error:?}");
        next = error.source();
    }
    assert!(!said.contains("CANARY"), "{said}");
}

#[tokio::test]
async fn no_error_tells_the_token() {
    let fake = Fake::start().await;
    let echo = format!("Bad Request: bot{TOKEN} is unknown");
    let page = format!("<html>nothing at /bot{TOKEN}/sendMessage</html>");
    let text_of = json!(format!("/bot{TOKEN}/sendMessage")).to_string();
    let answers = [
        Answer::refuse(400, &echo),
        Answer::text(502, &page),
        Answer::text(200, &text_of),
        Answer::text(404, &text_of),
        Answer::text(200, &format!("{{\"ok\":true,\"result\":{text_of}}}")),
    ];
    let count = answers.len();
    fake.script("sendMessage", answers);
    let telegram = fake.telegram();
    let sender = telegram.adapter().sender;
    for _ in 0..count {
        let error = sender
            .perform(&Operation::Send(send(text("a"))))
            .await
            .unwrap_err();
        check(&error);
    }
    fake.script("getChat", [Answer::text(404, &page), Answer::refuse(400, &echo)]);
    for _ in 0..2 {
        check(&telegram.call_raw("getChat", &json!({})).await.unwrap_err());
    }
    let file = json!({ "file_id": "F", "file_unique_id": "u", "file_path": "gone" });
    fake.script("getFile", [Answer::ok(file)]);
    check(
        &telegram
            .download(&FileRef("F".into()))
            .await
            .map(drop)
            .unwrap_err(),
    );
}

#[tokio::test]
async fn no_failed_connection_tells_the_token() {
    for url in [
        "http://127.0.0.1:1",
        "http://no-such-host.invalid",
        "https://127.0.0.1:1",
    ] {
        let telegram = Telegram::new(config(url)).unwrap();
        let sender = telegram.adapter().sender;
        check(
            &sender
                .perform(&Operation::Send(send(text("a"))))
                .await
                .unwrap_err(),
        );
        check(&sender.open(&FileRef("F".into())).await.map(drop).unwrap_err());
        check(&telegram.call_raw("getChat", &json!({})).await.unwrap_err());
    }
}

#[tokio::test]
async fn no_status_tells_the_token() {
    let fake = Fake::start().await;
    let echo = format!("Unauthorized: bot{TOKEN}");
    fake.script("getMe", [Answer::refuse(400, &echo), Answer::text(502, &echo)]);
    fake.script("getUpdates", vec![Answer::refuse(401, &echo); 3]);
    let mut running = Running::start(&fake.telegram().adapter());
    let error = running.ended().await.unwrap_err();
    check(&error);
    for status in running.collector.statuses() {
        assert!(!format!("{status:?}").contains("CANARY"), "{status:?}");
        assert_ne!(status, SourceStatus::Stopped);
    }
}

#[test]
fn nothing_shows_the_token_in_its_debug() {
    let config = config("http://127.0.0.1:1");
    let telegram = Telegram::new(config.clone()).unwrap();
    for shown in [format!("{config:?}"), format!("{telegram:?}")] {
        assert!(!shown.contains("CANARY"), "{shown}");
    }
}

#[test]
fn what_cannot_be_a_token_is_refused_before_anything_is_sent() {
    for bad in [
        "",
        "CANARY",
        "CANARY:x",
        ":CANARY",
        "12:",
        "12:CANARY words",
        "12:CANARY/../x",
    ] {
        let error = adapter(TelegramConfig::new(Secret::new(bad)))
            .map(drop)
            .unwrap_err();
        assert!(matches!(error, TelegramError::Token), "{bad}");
        assert!(error.to_string().contains("TELEGRAM_TOKEN"));
        check(&error);
    }
    let config = TelegramConfig {
        api_url: "ftp://x".to_owned(),
        ..TelegramConfig::new(Secret::new(TOKEN))
    };
    let error = adapter(config).map(drop).unwrap_err();
    assert!(error.to_string().contains("TELEGRAM_API_URL"), "{error}");
}
