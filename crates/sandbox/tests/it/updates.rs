//! How updates are handed out: offsets, filters, long polls, conflicts, webhooks, groups.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Bench, SOON};

fn ids(updates: &Value) -> Vec<i64> {
    updates
        .as_array()
        .unwrap()
        .iter()
        .map(|update| update["update_id"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn an_update_comes_again_until_a_higher_offset_confirms_it() {
    let bench = Bench::new().await;
    let (chat, ada) = (bench.private(), bench.ada());
    for text in ["a", "b", "c"] {
        ada.send_text(&chat, text).unwrap();
    }
    let first = ids(&bench.ok("getUpdates", json!({ "limit": 2 })).await);
    assert_eq!(first.len(), 2);
    assert_eq!(ids(&bench.ok("getUpdates", json!({ "limit": 2 })).await), first);
    let rest = ids(&bench.ok("getUpdates", json!({ "offset": first[1] })).await);
    assert_eq!(rest, [first[1], first[1] + 1]);
    let last = ids(&bench.ok("getUpdates", json!({ "offset": -1 })).await);
    assert_eq!(last, [first[1] + 1]);
    assert!(ids(&bench.ok("getUpdates", json!({ "offset": last[0] + 1 })).await).is_empty());
}

#[tokio::test]
async fn a_long_poll_ends_with_an_update_or_with_its_time() {
    let bench = Bench::new().await;
    let (chat, ada) = (bench.private(), bench.ada());
    bench.sandbox.clock().pause();
    let poll = bench.ok("getUpdates", json!({ "timeout": 30 }));
    let write = async {
        let connected = |s: &duologue_sandbox::SandboxHandle| {
            (s.telegram().bots()[0].connection == "polling").then_some(())
        };
        bench.sandbox.wait_for(SOON, connected).await.unwrap();
        ada.send_text(&chat, "now").unwrap();
    };
    let (updates, ()) = tokio::join!(poll, write);
    let offset = ids(&updates)[0] + 1;
    let polls = || bench.sandbox.requests_of("getUpdates").len();
    let before = polls();
    let poll = bench.ok("getUpdates", json!({ "timeout": 30, "offset": offset }));
    let time = async {
        let waiting =
            |s: &duologue_sandbox::SandboxHandle| (s.telegram().bots()[0].pending == 0).then_some(());
        bench.sandbox.wait_for(SOON, waiting).await.unwrap();
        bench.sandbox.clock().advance(Duration::from_secs(31));
    };
    let (updates, ()) = tokio::join!(poll, time);
    assert!(ids(&updates).is_empty());
    assert_eq!(polls(), before, "an empty poll is not worth an entry in the log");
}

#[tokio::test]
async fn a_second_poller_ends_the_first_with_409() {
    let bench = Bench::new().await;
    let first = bench.refused("getUpdates", json!({ "timeout": 30 }));
    let second = async {
        let polling = |s: &duologue_sandbox::SandboxHandle| {
            (s.telegram().bots()[0].connection == "polling").then_some(())
        };
        bench.sandbox.wait_for(SOON, polling).await.unwrap();
        bench.ok("getUpdates", json!({ "timeout": 0 })).await;
    };
    let ((code, text), ()) = tokio::join!(first, second);
    assert_eq!(code, 409);
    assert!(
        text.starts_with("Conflict: terminated by other getUpdates request"),
        "{text}"
    );
}

#[tokio::test]
async fn reactions_and_members_come_only_when_asked_for() {
    let bench = Bench::new().await;
    let (chat, ada) = (bench.private(), bench.ada());
    let id = ada.send_text(&chat, "a").unwrap();
    ada.react(&chat, id, "👍", true).unwrap();
    assert_eq!(ids(&bench.ok("getUpdates", json!({})).await).len(), 1);
    bench
        .ok(
            "getUpdates",
            json!({ "allowed_updates": ["message_reaction", "chat_member"], "offset": -1 }),
        )
        .await;
    ada.react(&chat, id, "👍", false).unwrap();
    ada.send_text(&chat, "not asked for").unwrap();
    let group = bench.sandbox.telegram().supergroup("G").unwrap();
    bench.sandbox.telegram().set_member(&group, &ada, false).unwrap();
    let updates = bench.ok("getUpdates", json!({})).await;
    assert!(updates[1].get("message_reaction").is_some(), "{updates}");
    assert!(updates[2].get("chat_member").is_some(), "{updates}");
    assert_eq!(updates.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn unknown_kinds_of_updates_can_be_injected() {
    let bench = Bench::new().await;
    let id = bench
        .sandbox
        .telegram()
        .inject_update(bench.telegram_bot, json!({ "new_kind": { "x": 1 } }))
        .unwrap();
    let updates = bench.ok("getUpdates", json!({})).await;
    assert_eq!(updates, json!([{ "update_id": id, "new_kind": { "x": 1 } }]));
}

#[tokio::test]
async fn with_privacy_on_a_group_shows_only_what_is_meant_for_the_bot() {
    let bench = Bench::new().await;
    let ada = bench.ada();
    let group = bench.sandbox.telegram().supergroup("G").unwrap();
    let number = bench.number(&group);
    let sent = bench
        .ok("sendMessage", json!({ "chat_id": number, "text": "hi" }))
        .await["message_id"]
        .as_i64()
        .unwrap();
    ada.send_text(&group, "chatter").unwrap();
    ada.send_text(&group, "/cmd").unwrap();
    ada.send_text(&group, "/cmd@Other_bot").unwrap();
    ada.send_text(&group, "hey @Tester_bot look").unwrap();
    ada.reply(&group, sent, "to you").unwrap();
    let updates = bench.ok("getUpdates", json!({})).await;
    let texts: Vec<&str> = updates
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|u| u["message"]["text"].as_str())
        .collect();
    assert_eq!(texts, ["/cmd", "hey @Tester_bot look", "to you"]);
    bench
        .sandbox
        .telegram()
        .set_privacy(bench.telegram_bot, false)
        .unwrap();
    ada.send_text(&group, "open").unwrap();
    let updates = bench.ok("getUpdates", json!({ "offset": -1 })).await;
    assert_eq!(updates[0]["message"]["text"], "open");
}

#[tokio::test]
async fn topics_edits_and_albums_arrive() {
    let bench = Bench::new().await;
    let ada = bench.ada();
    let forum = bench.sandbox.telegram().forum("F").unwrap();
    let topic = bench.sandbox.telegram().topic(&forum, "Help").unwrap();
    bench.ok("getUpdates", json!({ "offset": -1 })).await;
    let id = ada.send_text_to_topic(&forum, topic, "/ask").unwrap();
    ada.edit(&forum, id, "/ask again").unwrap();
    let updates = bench.ok("getUpdates", json!({})).await;
    let edited = updates.as_array().unwrap().last().unwrap();
    assert_eq!(edited["edited_message"]["text"], "/ask again");
    assert_eq!(edited["edited_message"]["message_thread_id"], topic);
    let to = json!({ "chat_id": bench.number(&forum), "text": "here", "message_thread_id": topic });
    assert_eq!(bench.ok("sendMessage", to).await["is_topic_message"], true);
}

#[tokio::test]
async fn a_webhook_gets_updates_in_order_with_its_secret_and_again_after_an_error() {
    let bench = Bench::new().await;
    let (chat, ada) = (bench.private(), bench.ada());
    bench.sandbox.clock().pause();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    bench
        .ok("setWebhook", json!({ "url": url, "secret_token": "s3cret" }))
        .await;
    assert_eq!(bench.refused("getUpdates", json!({})).await.0, 409);
    ada.send_text(&chat, "one").unwrap();
    let mut seen = Vec::new();
    for status in ["500 No", "200 OK"] {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut text = String::new();
        while !text.contains("\"one\"") {
            let mut part = [0; 4096];
            let read = socket.read(&mut part).await.unwrap();
            text.push_str(&String::from_utf8_lossy(&part[..read]));
        }
        seen.push(text);
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        socket.write_all(answer.as_bytes()).await.unwrap();
        drop(socket);
        if status.starts_with('5') {
            let failed = async {
                loop {
                    let info = bench.ok("getWebhookInfo", json!({})).await;
                    if info["last_error_message"].is_string() {
                        return info;
                    }
                }
            };
            assert_eq!(failed.await["pending_update_count"], 1);
        }
        bench.sandbox.clock().advance(Duration::from_secs(2));
    }
    assert!(
        seen[0].starts_with("POST /hook ") && seen[0].contains("X-Telegram-Bot-Api-Secret-Token: s3cret")
    );
    bench
        .sandbox
        .wait_for(SOON, |s| (s.telegram().bots()[0].pending == 0).then_some(()))
        .await
        .unwrap();
    bench.ok("deleteWebhook", json!({})).await;
    bench.ok("getUpdates", json!({})).await;
}
