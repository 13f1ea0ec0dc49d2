//! The network's end of a webhook: when it is set, what of it is looked at, and what is said when nothing gets through.

use std::net::SocketAddr;
use std::time::Duration;

use duologue_core::{Secret, SourceStatus};
use duologue_telegram::{Telegram, TelegramConfig, TelegramError, Updates, Webhook};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::collector::{Collector, Running};
use crate::fake::{Answer, Fake};
use crate::source::{degraded, onlines, text};
use crate::webhook::{SECRET, Served, webhook, webhook_config};

/// Looks often.
fn watchful(fake: &Fake) -> TelegramConfig {
    let mut config = webhook_config(fake);
    config.timing.webhook_check = Duration::from_millis(50);
    config
}

fn unreached(message: &str, date: i64) -> Value {
    json!({ "pending_update_count": 3, "last_error_date": date, "last_error_message": message })
}

fn looks(fake: &Fake) -> usize {
    fake.bodies("getWebhookInfo").len()
}

/// Waits for some more looks.
async fn look(fake: &Fake, times: usize) {
    let before = looks(fake);
    fake.until(|it| looks(it) >= before + times).await;
}

#[tokio::test]
async fn a_webhook_is_set_once_with_all_that_polling_asks_for() {
    let fake = Fake::start().await;
    Served::start(&fake).await.running.stop().await;
    let polling = Running::start(&fake.telegram().adapter());
    fake.until_called("getUpdates", |_| true).await;
    let asked = fake.bodies("getUpdates").remove(0);
    polling.stop().await;
    assert_eq!(
        fake.only("setWebhook").body,
        json!({
            "url": "https://bot.example/hook",
            "secret_token": SECRET,
            "max_connections": 40,
            "allowed_updates": asked["allowed_updates"],
            "drop_pending_updates": false,
        })
    );
    // The second start finds it as it is to be.
    Served::start(&fake).await.running.stop().await;
    assert_eq!(fake.bodies("setWebhook").len(), 1);
}

#[tokio::test]
async fn a_webhook_that_differs_is_set_anew() {
    for change in [
        json!({ "url": "https://old.example/hook" }),
        json!({ "url": "" }),
        json!({ "max_connections": 41 }),
        json!({ "allowed_updates": ["message"] }),
        json!({ "allowed_updates": [] }),
        unreached("Wrong response from the webhook: 401 Unauthorized", 5),
    ] {
        let fake = Fake::start().await;
        Served::start(&fake).await.running.stop().await;
        fake.set_webhook(change.clone());
        Served::start(&fake).await.running.stop().await;
        assert_eq!(fake.bodies("setWebhook").len(), 2, "{change}");
    }
}

#[tokio::test]
async fn a_network_that_is_away_at_the_start_is_waited_for() {
    let fake = Fake::start().await;
    fake.script("getMe", [Answer::text(503, "<html>")]);
    fake.script("getWebhookInfo", [Answer::text(502, "")]);
    fake.script(
        "setWebhook",
        [
            Answer::json(
                429,
                &json!({ "ok": false, "error_code": 429, "parameters": { "retry_after": 0 } }),
            ),
            Answer::refuse(500, "Internal Server Error"),
        ],
    );
    let served = Served::start(&fake).await;
    assert_eq!(fake.bodies("setWebhook").len(), 3);
    assert_eq!(onlines(&served.running), 1);
    served.running.stop().await;
}

#[tokio::test]
async fn a_refusal_that_repeats_the_secret_is_told_without_it() {
    let fake = Fake::start().await;
    let words = format!("Bad Request: bad webhook: {SECRET} is odd");
    fake.script("setWebhook", vec![Answer::refuse(400, &words); 1000]);
    let telegram = Telegram::new(webhook_config(&fake)).unwrap();
    let running = Running::start(&telegram.adapter());
    running
        .collector
        .until(|it| {
            let mut statuses = it.statuses().into_iter();
            statuses.any(|status| matches!(status, SourceStatus::Degraded(_)))
        })
        .await;
    let sentence = degraded(&running).remove(0);
    assert!(
        sentence.contains("is odd") && !sentence.contains(SECRET),
        "{sentence}"
    );
    running.stop().await;
}

#[tokio::test]
async fn updates_are_taken_while_the_webhook_is_still_being_set() {
    let fake = Fake::start().await;
    fake.script(
        "setWebhook",
        vec![Answer::refuse(500, "Internal Server Error"); 1000],
    );
    let telegram = Telegram::new(webhook_config(&fake)).unwrap();
    let running = Running::start(&telegram.adapter());
    fake.until_called("setWebhook", |_| true).await;
    let address = telegram.webhook_address().unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client
        .post(format!("http://{address}/hook"))
        .header(crate::webhook::HEADER, SECRET)
        .body(text(1, "hello").to_string());
    assert_eq!(request.send().await.unwrap().status(), 200);
    assert_eq!(running.collector.ids(), ["1"]);
    running.stop().await;
}

#[tokio::test]
async fn an_address_that_telegram_does_not_take_is_named() {
    let fake = Fake::start().await;
    let refusal = "Bad Request: bad webhook: Failed to resolve host: Name or service not known";
    fake.script("setWebhook", [Answer::refuse(400, refusal)]);
    let served = Served::start(&fake).await;
    let told = degraded(&served.running);
    assert_eq!(told.len(), 1);
    assert!(
        told[0].contains("Failed to resolve host") && told[0].contains("TELEGRAM_WEBHOOK_URL"),
        "{told:?}"
    );
    served.running.stop().await;
}

#[tokio::test]
async fn a_token_that_is_refused_for_good_ends_the_source_with_what_to_do() {
    for method in ["getMe", "getWebhookInfo", "setWebhook"] {
        let fake = Fake::start().await;
        fake.script(method, vec![Answer::refuse(401, "Unauthorized"); 3]);
        let telegram = Telegram::new(webhook_config(&fake)).unwrap();
        let mut running = Running::start(&telegram.adapter());
        let error = running.ended().await.unwrap_err();
        assert!(error.sentence.contains("TELEGRAM_TOKEN"), "{error}");
        assert_eq!(fake.bodies(method).len(), 3, "{method}");
        assert_eq!(telegram.webhook_address(), None);
    }
}

#[tokio::test]
async fn a_token_that_is_revoked_later_ends_the_source_too() {
    let fake = Fake::start().await;
    let mut served = Served::start_with(watchful(&fake), Collector::new()).await;
    fake.script("getWebhookInfo", vec![Answer::refuse(401, "Unauthorized"); 3]);
    let error = served.running.ended().await.unwrap_err();
    assert!(error.sentence.contains("TELEGRAM_TOKEN"), "{error}");
}

#[tokio::test]
async fn a_port_that_is_taken_ends_the_source_with_what_to_do() {
    let fake = Fake::start().await;
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = webhook_config(&fake);
    config.updates = Updates::Webhook(Webhook {
        listen: other.local_addr().unwrap(),
        ..webhook()
    });
    let mut running = Running::start(&Telegram::new(config).unwrap().adapter());
    let error = running.ended().await.unwrap_err();
    assert!(error.sentence.contains("TELEGRAM_WEBHOOK_LISTEN"), "{error}");
    assert!(error.sentence.contains("Another program"), "{error}");
    assert!(fake.got().is_empty());
}

#[tokio::test]
async fn a_port_that_becomes_free_is_waited_for() {
    let fake = Fake::start().await;
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = webhook_config(&fake);
    config.timing.backoff = Duration::from_secs(1);
    config.timing.backoff_most = Duration::from_secs(1);
    config.updates = Updates::Webhook(Webhook {
        listen: other.local_addr().unwrap(),
        ..webhook()
    });
    let running = Running::start(&Telegram::new(config).unwrap().adapter());
    running.collector.until(|it| it.statuses().len() >= 2).await;
    assert_eq!(degraded(&running).len(), 1);
    drop(other);
    running
        .collector
        .until(|it| matches!(it.statuses().last(), Some(SourceStatus::Online(_))))
        .await;
    running.stop().await;
}

#[tokio::test]
async fn an_address_that_this_machine_does_not_have_is_named() {
    let fake = Fake::start().await;
    let mut config = webhook_config(&fake);
    config.updates = Updates::Webhook(Webhook {
        // For documentation alone (RFC 5737).
        listen: SocketAddr::from(([192, 0, 2, 1], 8080)),
        ..webhook()
    });
    let mut running = Running::start(&Telegram::new(config).unwrap().adapter());
    let error = running.ended().await.unwrap_err();
    assert!(error.sentence.contains("no address 192.0.2.1"), "{error}");
}

#[tokio::test]
async fn that_nothing_gets_through_shows_in_the_health_until_something_does() {
    let fake = Fake::start().await;
    let served = Served::start_with(watchful(&fake), Collector::new()).await;
    fake.set_webhook(unreached("Wrong response from the webhook: 502 Bad Gateway", 5));
    served
        .running
        .collector
        .until(|it| it.statuses().len() >= 3)
        .await;
    let told = degraded(&served.running);
    for part in [
        "https://bot.example (",
        "502 Bad Gateway",
        "3 updates wait",
        &served.address.to_string(),
    ] {
        assert!(told[0].contains(part), "{part}: {told:?}");
    }
    assert!(!told[0].contains("/hook"), "{told:?}");
    // The same again is no news, and it is not forgotten.
    look(&fake, 3).await;
    assert_eq!(degraded(&served.running).len(), 1);
    assert_eq!(onlines(&served.running), 1);
    // An update heals it before anybody looks.
    assert_eq!(served.bring(&text(1, "hello")).await, 200);
    served
        .running
        .collector
        .until(|it| matches!(it.statuses().last(), Some(SourceStatus::Online(_))))
        .await;
    assert_eq!(fake.bodies("setWebhook").len(), 1);
    served.running.stop().await;
}

#[tokio::test]
async fn what_telegram_meets_says_where_to_look() {
    for (message, hint) in [
        ("Wrong response from the webhook: 404 Not Found", "the path /hook"),
        (
            "Wrong response from the webhook: 413 Request Entity Too Large",
            "1 MiB",
        ),
        (
            "SSL error {error:0A000086:SSL routines::certificate verify failed}",
            "publicly trusted",
        ),
        ("Connection timed out", "its firewall"),
        ("Wrong response from the webhook: 401 Unauthorized", "the header"),
    ] {
        let fake = Fake::start().await;
        let served = Served::start_with(watchful(&fake), Collector::new()).await;
        fake.set_webhook(unreached(message, 5));
        served
            .running
            .collector
            .until(|it| it.statuses().len() >= 3)
            .await;
        let told = degraded(&served.running);
        assert!(told[0].contains(hint) && told[0].contains(message), "{told:?}");
        served.running.stop().await;
    }
}

#[tokio::test]
async fn old_errors_and_errors_between_updates_are_no_trouble() {
    let fake = Fake::start().await;
    // From before the start.
    fake.set_webhook(unreached("Wrong response from the webhook: 502 Bad Gateway", 5));
    let served = Served::start_with(watchful(&fake), Collector::new()).await;
    look(&fake, 3).await;
    // What waits came through after all.
    fake.set_webhook(json!({ "pending_update_count": 0, "last_error_date": 6 }));
    look(&fake, 3).await;
    assert!(degraded(&served.running).is_empty());
    served.running.stop().await;
}

#[tokio::test]
async fn another_secret_is_told_to_telegram_when_it_comes_with_the_old_one() {
    let fake = Fake::start().await;
    Served::start(&fake).await.running.stop().await;
    let mut config = webhook_config(&fake);
    config.updates = Updates::Webhook(Webhook {
        secret: Secret::new("another"),
        ..webhook()
    });
    let served = Served::start_with(config, Collector::new()).await;
    // `getWebhookInfo` cannot show that the secret differs.
    assert_eq!(fake.bodies("setWebhook").len(), 1);
    fake.set_webhook(unreached("Wrong response from the webhook: 401 Unauthorized", 5));
    assert_eq!(served.bring(&text(1, "hello")).await, 401);
    fake.until_called("setWebhook", |body| body["secret_token"] == "another")
        .await;
    let update = text(1, "hello").to_string();
    let response = served.request(Method::POST, "/hook", "another", update).await;
    assert_eq!(response.status(), 200);
    served.running.stop().await;
}

#[tokio::test]
async fn strangers_make_it_look_once_and_change_nothing() {
    let fake = Fake::start().await;
    let served = Served::start(&fake).await;
    for _ in 0..20 {
        let response = served
            .request(Method::POST, "/hook", "guess", String::new())
            .await;
        assert_eq!(response.status(), 401);
    }
    fake.until(|it| looks(it) == 2).await;
    served.running.stop().await;
    assert_eq!(looks(&fake), 2);
    assert_eq!(fake.bodies("setWebhook").len(), 1);
}

#[tokio::test]
async fn strangers_are_not_trouble() {
    let fake = Fake::start().await;
    let served = Served::start_with(watchful(&fake), Collector::new()).await;
    for _ in 0..20 {
        let response = served
            .request(Method::POST, "/hook", "guess", String::new())
            .await;
        assert_eq!(response.status(), 401);
    }
    look(&fake, 3).await;
    assert_eq!(fake.bodies("setWebhook").len(), 1);
    assert!(degraded(&served.running).is_empty());
    served.running.stop().await;
}

#[tokio::test]
async fn who_takes_the_webhook_elsewhere_is_named_and_not_fought() {
    for (url, what) in [("https://other.example/", "leads elsewhere"), ("", "taken away")] {
        let fake = Fake::start().await;
        let served = Served::start_with(watchful(&fake), Collector::new()).await;
        fake.set_webhook(json!({ "url": url }));
        served
            .running
            .collector
            .until(|it| it.statuses().len() >= 3)
            .await;
        look(&fake, 3).await;
        let told = degraded(&served.running);
        assert_eq!(told.len(), 1);
        assert!(
            told[0].contains(what) && told[0].contains("same token"),
            "{told:?}"
        );
        assert_eq!(fake.bodies("setWebhook").len(), 1);
        served.running.stop().await;
    }
}

#[tokio::test]
async fn nothing_tells_the_secret() {
    let fake = Fake::start().await;
    fake.script("setWebhook", [Answer::refuse(400, "Bad Request: bad webhook")]);
    let config = webhook_config(&fake);
    let mut shown = format!("{config:?}");
    let served = Served::start_with(config, Collector::new()).await;
    shown += &format!("{:?}{:?}", served.telegram, served.running.collector.statuses());
    let bad = Webhook {
        secret: Secret::new(format!("{SECRET}!")),
        ..webhook()
    };
    let config = TelegramConfig {
        updates: Updates::Webhook(bad),
        ..webhook_config(&fake)
    };
    let error = Telegram::new(config).unwrap_err();
    assert!(matches!(error, TelegramError::WebhookSecret));
    shown += &format!("{error}{error:?}");
    assert!(!shown.contains("SPARROW"), "{shown}");
    served.running.stop().await;
}
