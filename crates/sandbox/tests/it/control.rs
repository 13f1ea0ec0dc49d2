//! The control API and the page's files.

use reqwest::StatusCode;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::Bench;

#[tokio::test]
async fn a_conversation_can_be_driven_over_http() {
    let bench = Bench::new().await;
    let chat = bench.private().0;
    let (_, sent) = bench
        .control("send", json!({ "chat": chat, "user": "1001", "text": "hello" }))
        .await;
    assert_eq!(sent["messages"], json!(["1"]));
    let keys = json!({ "inline_keyboard": [[{ "text": "Go", "callback_data": "go" }]] });
    bench
        .ok(
            "sendMessage",
            json!({ "chat_id": 1001, "text": "hi", "reply_markup": keys }),
        )
        .await;
    let seen = bench.look(&format!("chat?key={chat}&user=1001")).await;
    assert_eq!(seen["messages"][1]["buttons"][0][0]["data"], "go");
    let call = seen["messages"][1]["calls"][0].as_u64().unwrap();
    assert_eq!(
        bench.look(&format!("requests/{call}")).await["method"],
        "sendMessage"
    );
    let body = json!({ "chat": chat, "user": "1001", "message": "2", "button": "go" });
    let (status, pressed) = bench.control("press", body).await;
    assert_eq!(status, 200);
    assert!(pressed["query"].is_string());
    let (status, error) = bench
        .control(
            "send",
            json!({ "chat": "telegram:9:9", "user": "1001", "text": "x" }),
        )
        .await;
    assert_eq!(
        (status, error["error"].as_str()),
        (404, Some("no such chat: telegram:9:9"))
    );
}

#[tokio::test]
async fn discord_and_its_commands_can_be_driven_over_http() {
    let bench = Bench::new().await;
    bench.register(json!({ "name": "file", "description": "x", "options": [{ "type": 11, "name": "what", "description": "x" }] })).await;
    let mut gateway = bench.gateway().await;
    let (_, user) = bench
        .control("users", json!({ "network": "discord", "name": "Zoe" }))
        .await;
    let (_, channel) = bench
        .control("chats", json!({ "network": "discord", "title": "lab" }))
        .await;
    let payload = json!({ "chat": channel["key"], "user": user["id"], "command": "file" });
    let form = Form::new()
        .text("payload", payload.to_string())
        .part("what", Part::bytes(&b"x"[..]).file_name("x.txt"));
    let url = format!("{}/control/slash", bench.sandbox.url());
    let sent: Value = bench
        .http
        .post(url)
        .multipart(form)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(event["id"], sent["interaction"]);
    let id = event["data"]["options"][0]["value"].as_str().unwrap();
    assert_eq!(event["data"]["resolved"]["attachments"][id]["filename"], "x.txt");
    let state = bench
        .look(&format!("interaction/{}", sent["interaction"].as_str().unwrap()))
        .await;
    assert!(state["answered"].is_null());
}

#[tokio::test]
async fn faults_gateway_and_clock_have_their_switches() {
    let bench = Bench::new().await;
    let (_, fault) = bench
        .control(
            "faults",
            json!({ "network": "telegram", "fault": "rate_limit", "retry_after": 2 }),
        )
        .await;
    assert_eq!(bench.refused("getMe", json!({})).await.0, 429);
    assert_eq!(bench.look("faults").await[0]["hits"], 1);
    let url = format!("{}/control/faults/{}", bench.sandbox.url(), fault["id"]);
    bench.http.delete(url).send().await.unwrap();
    bench.ok("getMe", json!({})).await;
    assert_eq!(
        bench
            .control("faults", json!({ "network": "telegram", "fault": "nonsense" }))
            .await
            .0,
        422
    );
    let mut gateway = bench.gateway().await;
    let (_, reached) = bench
        .control("gateway", json!({ "do": "close", "code": 4000 }))
        .await;
    assert_eq!(
        (reached["reached"].as_u64(), gateway.closed().await),
        (Some(1), Some(4000))
    );
    let (_, clock) = bench
        .control("clock", json!({ "paused": true, "advance_ms": 5000 }))
        .await;
    assert_eq!(clock["paused"], true);
}

#[tokio::test]
async fn the_stream_begins_with_resync_and_tells_each_change() {
    let bench = Bench::new().await;
    let chat = bench.private();
    let mut stream = bench
        .http
        .get(format!("{}/control/events", bench.sandbox.url()))
        .send()
        .await
        .unwrap();
    let mut text = String::new();
    while !text.contains("resync") {
        text.push_str(&String::from_utf8_lossy(&stream.chunk().await.unwrap().unwrap()));
    }
    bench.ada().send_text(&chat, "live").unwrap();
    while !text.contains("\"live\"") {
        text.push_str(&String::from_utf8_lossy(&stream.chunk().await.unwrap().unwrap()));
    }
    assert!(text.contains("\"kind\":\"message\""));
}

#[tokio::test]
async fn other_sites_and_other_names_are_kept_out() {
    let bench = Bench::new().await;
    let status = format!("{}/control/status", bench.sandbox.url());
    let foreign = bench
        .http
        .get(&status)
        .header("origin", "http://evil.example")
        .send()
        .await
        .unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    let rebound = bench
        .http
        .get(&status)
        .header("host", "evil.example")
        .send()
        .await
        .unwrap();
    assert_eq!(rebound.status(), StatusCode::FORBIDDEN);
    let own = bench
        .http
        .get(&status)
        .header("origin", bench.sandbox.url())
        .send()
        .await
        .unwrap();
    assert_eq!(own.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_page_and_all_it_names_are_served() {
    let bench = Bench::new().await;
    let base = bench.sandbox.url();
    let page = bench.http.get(&base).send().await.unwrap().text().await.unwrap();
    for file in [
        "/base.css",
        "/telegram.css",
        "/discord.css",
        "/app.js",
        "/icon.svg",
    ] {
        assert!(page.contains(file));
    }
    for file in [
        "api", "app", "command", "discord", "dom", "drawer", "entities", "markdown", "pane", "telegram",
    ] {
        let script = bench.http.get(format!("{base}/{file}.js")).send().await.unwrap();
        assert_eq!(script.status(), StatusCode::OK, "{file}");
        let text = script.text().await.unwrap();
        assert!(
            !text.contains("https://cdn") && !text.contains("innerHTML"),
            "{file}"
        );
    }
    assert_eq!(
        bench
            .http
            .get(format!("{base}/nothing"))
            .send()
            .await
            .unwrap()
            .status(),
        StatusCode::NOT_FOUND
    );
}
