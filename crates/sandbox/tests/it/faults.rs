//! The faults of HTTP calls, and what a sandbox promises about itself.

use std::time::Duration;

use duologue_sandbox::{Fault, FaultKind, Network, Sandbox, SandboxConfig, StartError};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Bench;

const T: Network = Network::Telegram;
const D: Network = Network::Discord;

#[tokio::test]
async fn a_429_holds_for_its_method_and_its_number_of_times() {
    let bench = Bench::new().await;
    bench.private();
    bench.sandbox.faults().rate_limit(T, "sendMessage", 2, 7.0);
    bench.ok("getMe", json!({})).await;
    for _ in 0..2 {
        let answer = bench
            .tg("sendMessage", json!({ "chat_id": 1001, "text": "a" }))
            .await;
        assert_eq!(answer["parameters"]["retry_after"], 7);
    }
    bench
        .ok("sendMessage", json!({ "chat_id": 1001, "text": "a" }))
        .await;
    let limit = FaultKind::RateLimit {
        retry_after: 1.5,
        global: true,
    };
    bench.sandbox.faults().add(
        Fault::new(D, limit)
            .on("GET /users/@me")
            .lasting(Duration::from_secs(60)),
    );
    bench.sandbox.clock().pause();
    let answer = bench.call(Method::GET, "/users/@me", None).await;
    assert_eq!(
        (
            answer.status().as_u16(),
            answer.headers()["x-ratelimit-scope"].as_bytes()
        ),
        (429, &b"global"[..])
    );
    assert_eq!(answer.json::<Value>().await.unwrap()["retry_after"], 1.5);
    bench.sandbox.clock().advance(Duration::from_secs(61));
    assert_eq!(bench.dc(Method::GET, "/users/@me", None).await.0, 200);
}

#[tokio::test]
async fn server_errors_come_as_json_or_as_a_page() {
    let bench = Bench::new().await;
    bench.sandbox.faults().server_error(T, "getMe", 1, 502);
    let answer = bench.http.get(bench.tg_url("getMe")).send().await.unwrap();
    assert_eq!(answer.status(), 502);
    assert!(answer.text().await.unwrap().starts_with("<html>"));
    bench.sandbox.faults().add(
        Fault::new(
            T,
            FaultKind::ServerError {
                status: 500,
                html: false,
            },
        )
        .times(1),
    );
    assert_eq!(
        bench.refused("getMe", json!({})).await,
        (500, "Internal Server Error".to_owned())
    );
    bench.sandbox.faults().server_error(D, "/users/@me", 1, 503);
    assert_eq!(bench.dc(Method::GET, "/users/@me", None).await.0, 503);
    let body = json!({ "message": "odd", "code": 12 });
    bench.sandbox.faults().add(
        Fault::new(
            D,
            FaultKind::Answer {
                status: 418,
                body: body.clone(),
            },
        )
        .times(1),
    );
    assert_eq!(bench.dc(Method::GET, "/users/@me", None).await, (418, body));
}

#[tokio::test]
async fn a_cut_before_the_body_has_no_effect_and_later_ones_have() {
    let bench = Bench::new().await;
    let chat = bench.private();
    for (kind, count) in [
        (FaultKind::CutBeforeBody, 0),
        (FaultKind::CutAfterProcessing, 1),
        (FaultKind::CutMidResponse, 2),
    ] {
        bench
            .sandbox
            .faults()
            .add(Fault::new(T, kind.clone()).on("sendMessage").times(1));
        let body = json!({ "chat_id": 1001, "text": "a" });
        let answer = bench
            .http
            .post(bench.tg_url("sendMessage"))
            .json(&body)
            .send()
            .await;
        let whole = match answer {
            Ok(answer) => answer.text().await.is_ok(),
            Err(_) => false,
        };
        assert!(!whole, "{kind:?}");
        assert_eq!(
            bench.sandbox.snapshot(&chat).unwrap().messages.len(),
            count,
            "{kind:?}"
        );
        assert_eq!(bench.sandbox.requests_of("sendMessage").last().unwrap().status, 0);
    }
    bench
        .sandbox
        .faults()
        .add(Fault::new(D, FaultKind::CutAfterProcessing).times(1));
    let url = format!("{}/api/v10/users/@me", bench.sandbox.discord_api_url());
    assert!(bench.http.get(url).send().await.is_err());
}

#[tokio::test]
async fn latency_is_measured_on_the_sandboxes_clock() {
    let bench = Bench::new().await;
    bench.sandbox.clock().pause();
    let id = bench
        .sandbox
        .faults()
        .add(Fault::new(T, FaultKind::Latency { ms: 60_000 }).on("getMe"));
    let call = bench.ok("getMe", json!({}));
    let time = async {
        while bench.sandbox.faults().list()[0].hits == 0 {
            tokio::task::yield_now().await;
        }
        bench.sandbox.clock().advance(Duration::from_secs(60));
    };
    tokio::join!(call, time);
    assert!(bench.sandbox.requests_of("getMe")[0].took_ms >= 60_000);
    assert!(bench.sandbox.faults().remove(id));
}

#[tokio::test]
async fn updates_and_events_can_come_twice() {
    let bench = Bench::new().await;
    let chat = bench.private();
    bench
        .sandbox
        .faults()
        .add(Fault::new(T, FaultKind::DuplicateUpdates).times(1));
    bench.ada().send_text(&chat, "twice").unwrap();
    let updates = bench.ok("getUpdates", json!({})).await;
    assert_eq!(updates[0], updates[1]);
    let mut gateway = bench.gateway().await;
    bench
        .sandbox
        .faults()
        .add(Fault::new(D, FaultKind::DuplicateUpdates).times(1));
    bench.dana().send_text(&bench.general(), "twice").unwrap();
    assert_eq!(
        gateway.event("MESSAGE_CREATE").await,
        gateway.event("MESSAGE_CREATE").await
    );
}

#[tokio::test]
async fn a_second_poller_and_a_revoked_token_can_be_played() {
    let bench = Bench::new().await;
    bench
        .sandbox
        .faults()
        .add(Fault::new(T, FaultKind::SecondPoller).times(1));
    assert_eq!(bench.refused("getUpdates", json!({})).await.0, 409);
    bench.sandbox.faults().revoke_telegram(bench.telegram_bot, true);
    assert_eq!(bench.refused("getMe", json!({})).await.0, 401);
    bench.sandbox.faults().revoke_telegram(bench.telegram_bot, false);
    bench.ok("getMe", json!({})).await;
    let mut gateway = bench.gateway().await;
    bench.sandbox.faults().revoke_discord(bench.discord_bot, true);
    assert_eq!(gateway.closed().await, Some(4004));
    assert_eq!(bench.dc(Method::GET, "/users/@me", None).await.0, 401);
}

#[tokio::test]
async fn two_sandboxes_in_one_process_know_nothing_of_each_other() {
    let (one, two) = (Bench::new().await, Bench::new().await);
    let chat = one.private();
    one.ada().send_text(&chat, "only here").unwrap();
    assert!(two.sandbox.snapshot(&chat).unwrap().messages.is_empty());
    one.sandbox.faults().server_error(T, "getMe", 1, 500);
    two.ok("getMe", json!({})).await;
}

#[tokio::test]
async fn only_loopback_is_listened_on() {
    let config = SandboxConfig {
        listen: "0.0.0.0:0".parse().unwrap(),
        ..SandboxConfig::default()
    };
    assert!(matches!(
        Sandbox::start(config).await,
        Err(StartError::NotLoopback(_))
    ));
}

#[tokio::test]
async fn shutdown_ends_open_polls_and_connections() {
    let bench = Bench::new().await;
    let mut gateway = bench.gateway().await;
    let poll = bench.tg("getUpdates", json!({ "timeout": 50 }));
    let stop = async {
        let polling = |s: &duologue_sandbox::SandboxHandle| {
            (s.telegram().bots()[0].connection == "polling").then_some(())
        };
        bench
            .sandbox
            .wait_for(crate::support::SOON, polling)
            .await
            .unwrap();
        bench.sandbox.shutdown().await;
    };
    let (answer, ()) = tokio::join!(poll, stop);
    assert_eq!(answer["result"], json!([]));
    assert_eq!(gateway.closed().await, Some(1001));
}
