//! Polling: order, confirmation, back-pressure, and every fault that it must live through.

use std::time::Duration;

use duologue_core::{EventKind, SourceStatus};
use duologue_telegram::Telegram;
use serde_json::{Value, json};

use crate::collector::{Collector, Running};
use crate::fake::{Answer, Fake, config};

pub(crate) fn text(id: i64, text: &str) -> Value {
    json!({ "update_id": id, "message": {
        "message_id": id, "date": 1, "text": text,
        "chat": { "id": 7, "type": "private" }, "from": { "id": 7, "is_bot": false, "first_name": "Ann" },
    }})
}

fn offsets(fake: &Fake) -> Vec<Option<i64>> {
    let bodies = fake.bodies("getUpdates");
    bodies.iter().map(|body| body["offset"].as_i64()).collect()
}

pub(crate) fn degraded(running: &Running) -> Vec<String> {
    let statuses = running.collector.statuses().into_iter();
    statuses
        .filter_map(|status| match status {
            SourceStatus::Degraded(words) => Some(words),
            _ => None,
        })
        .collect()
}

pub(crate) fn onlines(running: &Running) -> usize {
    let statuses = running.collector.statuses();
    statuses
        .iter()
        .filter(|status| matches!(status, SourceStatus::Online(_)))
        .count()
}

#[tokio::test]
async fn the_bot_introduces_itself_and_events_come_in_order() {
    let fake = Fake::start().await;
    for id in 1..=250 {
        fake.push(text(id, "hello"));
    }
    let running = Running::start(&fake.telegram().adapter());
    running.collector.until_events(250).await;
    let ids: Vec<String> = (1..=250).map(|id| id.to_string()).collect();
    assert_eq!(running.collector.ids(), ids);
    let statuses = running.collector.statuses();
    assert_eq!(statuses[0], SourceStatus::Connecting);
    let SourceStatus::Online(identity) = &statuses[1] else {
        panic!("{statuses:?}")
    };
    assert_eq!(
        (identity.account.as_str(), identity.handle.as_str()),
        ("4242", "Paper_Bot")
    );
    assert_eq!(fake.methods()[0], "getMe");
    let first = &fake.bodies("getUpdates")[0];
    assert!(first.get("offset").is_none());
    for kind in [
        "message",
        "edited_message",
        "callback_query",
        "message_reaction",
        "chat_member",
        "guest_message",
    ] {
        assert!(
            first["allowed_updates"]
                .as_array()
                .unwrap()
                .contains(&json!(kind)),
            "{kind}"
        );
    }
    running.stop().await;
}

#[tokio::test]
async fn a_batch_is_confirmed_by_the_next_request() {
    let fake = Fake::start().await;
    let running = Running::start(&fake.telegram().adapter());
    fake.push(text(5, "a"));
    fake.push(text(6, "b"));
    fake.until_called("getUpdates", |body| body["offset"] == 7).await;
    assert_eq!(running.collector.events().len(), 2);
    running.stop().await;
}

#[tokio::test]
async fn what_was_not_taken_is_offered_again_and_not_confirmed_before() {
    let fake = Fake::start().await;
    for id in 1..=3 {
        fake.push(text(id, "hello"));
    }
    let collector = Collector::new();
    collector.set_room(Some(1));
    let running = Running::start_with(&fake.telegram().adapter(), collector);
    running.collector.until(|it| it.busy() > 0).await;
    assert_eq!(offsets(&fake), [None]);
    running.collector.set_room(Some(2));
    running.collector.until_events(2).await;
    assert_eq!(offsets(&fake), [None]);
    running.collector.set_room(None);
    fake.until_called("getUpdates", |body| body["offset"] == 4).await;
    assert_eq!(running.collector.ids(), ["1", "2", "3"]);
    running.stop().await;
}

#[tokio::test]
async fn a_stop_while_the_inbox_is_full_leaves_the_rest_on_the_network() {
    let fake = Fake::start().await;
    for id in 1..=3 {
        fake.push(text(id, "hello"));
    }
    let collector = Collector::new();
    collector.set_room(Some(2));
    let running = Running::start_with(&fake.telegram().adapter(), collector);
    running.collector.until(|it| it.busy() > 0).await;
    running.stop().await;
    let last = fake.bodies("getUpdates").pop().unwrap();
    assert_eq!(last, json!({ "offset": 3, "limit": 1, "timeout": 0 }));
}

#[tokio::test]
async fn an_inbox_that_is_stopping_takes_nothing_and_nothing_is_confirmed() {
    let fake = Fake::start().await;
    fake.push(text(1, "hello"));
    let collector = Collector::new();
    collector.refuse();
    let mut running = Running::start_with(&fake.telegram().adapter(), collector);
    running.ended().await.unwrap();
    assert_eq!(offsets(&fake), [None]);
    assert_eq!(running.collector.statuses().last(), Some(&SourceStatus::Stopped));
}

#[tokio::test]
async fn a_stop_confirms_what_was_taken_so_that_it_does_not_come_again() {
    let fake = Fake::start().await;
    let running = Running::start(&fake.telegram().adapter());
    fake.push(text(1, "hello"));
    running.collector.until_events(1).await;
    running.stop().await;
    let last = fake.bodies("getUpdates").pop().unwrap();
    assert_eq!((&last["offset"], &last["timeout"]), (&json!(2), &json!(0)));

    let again = Running::start(&fake.telegram().adapter());
    fake.push(text(2, "world"));
    again.collector.until_events(1).await;
    assert_eq!(again.collector.ids(), ["2"]);
    again.stop().await;
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_network_that_does_not_answer() {
    let fake = Fake::start().await;
    fake.hold(true);
    let running = Running::start(&fake.telegram().adapter());
    fake.until_called("getMe", |_| true).await;
    running.stop().await;
}

#[tokio::test]
async fn updates_may_count_anew_in_either_direction() {
    let fake = Fake::start().await;
    fake.script(
        "getUpdates",
        [
            Answer::ok(json!([text(900_000_000, "a")])),
            Answer::ok(json!([text(5, "b")])),
            Answer::ok(json!([text(2_000_000_000, "c")])),
        ],
    );
    let running = Running::start(&fake.telegram().adapter());
    fake.until_called("getUpdates", |body| body["offset"] == 2_000_000_001)
        .await;
    assert_eq!(running.collector.ids(), ["900000000", "5", "2000000000"]);
    assert_eq!(offsets(&fake)[..3], [None, Some(900_000_001), Some(6)]);
    running.stop().await;
}

#[tokio::test]
async fn the_position_is_forgotten_after_a_long_silence() {
    let fake = Fake::start().await;
    fake.script(
        "getUpdates",
        [Answer::ok(json!([text(900, "a")])), Answer::ok(json!([]))],
    );
    let mut config = config(&fake.url);
    config.timing.position_kept = Duration::ZERO;
    let running = Running::start(&Telegram::new(config).unwrap().adapter());
    fake.until(|it| offsets(it).len() >= 3).await;
    assert_eq!(offsets(&fake)[..3], [None, Some(901), None]);
    running.stop().await;
}

#[tokio::test]
async fn an_update_that_comes_twice_moves_the_position_all_the_same() {
    let fake = Fake::start().await;
    fake.script(
        "getUpdates",
        [
            Answer::ok(json!([text(1, "a")])),
            Answer::ok(json!([text(1, "a")])),
        ],
    );
    let running = Running::start(&fake.telegram().adapter());
    fake.push(text(2, "b"));
    running.collector.until_events(2).await;
    assert_eq!(running.collector.ids(), ["1", "2"]);
    running.stop().await;
}

#[tokio::test]
async fn a_poisoned_update_passes_and_the_others_arrive() {
    let fake = Fake::start().await;
    fake.push(text(1, "a"));
    fake.push(json!({ "update_id": 2, "message": { "message_id": "no number", "chat": null } }));
    fake.push(json!({ "update_id": 3, "message": 17 }));
    fake.push(json!({ "update_id": 4 }));
    fake.push(text(5, "b"));
    let running = Running::start(&fake.telegram().adapter());
    running.collector.until_events(5).await;
    let kinds: Vec<&str> = running
        .collector
        .events()
        .iter()
        .map(|event| event.kind.name())
        .collect();
    assert_eq!(kinds, ["message", "other", "other", "other", "message"]);
    let raw: Value = serde_json::from_slice(&running.collector.events()[1].raw.to_json()).unwrap();
    assert_eq!(raw["message"]["message_id"], "no number");
    running.stop().await;
}

#[tokio::test]
async fn faults_pass_and_are_told_once() {
    let fake = Fake::start().await;
    let page = "<html><body>502 Bad Gateway</body></html>";
    fake.script(
        "getUpdates",
        [
            Answer::text(502, page),
            Answer::text(502, page),
            Answer::refuse(500, "Internal Server Error"),
            Answer::text(200, "{\"ok\":tr"),
            Answer::text(200, ""),
            Answer::json(200, &json!({ "ok": true, "result": { "not": "a list" } })),
            Answer::refuse(400, "Bad Request: something new"),
        ],
    );
    fake.push(text(1, "hello"));
    let running = Running::start(&fake.telegram().adapter());
    running.collector.until_events(1).await;
    let told = degraded(&running);
    // The page twice is one report; the half, the empty and the odd answer say the same.
    assert_eq!(told.len(), 4, "{told:#?}");
    assert!(told[0].contains("502"), "{}", told[0]);
    assert_eq!(onlines(&running), 2, "{:?}", running.collector.statuses());
    running.stop().await;
}

#[tokio::test]
async fn a_network_that_is_away_at_the_start_is_waited_for() {
    let fake = Fake::start().await;
    fake.script("getMe", [Answer::text(503, "<html>"), Answer::text(502, "")]);
    let running = Running::start(&fake.telegram().adapter());
    fake.push(text(1, "hello"));
    running.collector.until_events(1).await;
    assert_eq!(onlines(&running), 1);
    running.stop().await;
}

#[tokio::test]
async fn a_webhook_is_named_and_not_taken_away() {
    let fake = Fake::start().await;
    let conflict = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the \
                    webhook first";
    fake.script("getUpdates", vec![Answer::refuse(409, conflict); 3]);
    fake.push(text(1, "hello"));
    let running = Running::start(&fake.telegram().adapter());
    running.collector.until_events(1).await;
    let told = degraded(&running);
    assert_eq!(told.len(), 1);
    assert!(
        told[0].contains("webhook") && told[0].contains("deleteWebhook"),
        "{told:?}"
    );
    assert!(!fake.methods().contains(&"deleteWebhook".to_owned()));
    running.stop().await;
}

#[tokio::test]
async fn a_second_poller_is_named_and_outlived() {
    let fake = Fake::start().await;
    let conflict =
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
    fake.script("getUpdates", vec![Answer::refuse(409, conflict); 20]);
    fake.push(text(1, "hello"));
    let running = Running::start(&fake.telegram().adapter());
    running.collector.until_events(1).await;
    let told = degraded(&running);
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("same token"), "{told:?}");
    running.stop().await;
}

#[tokio::test]
async fn a_token_that_is_refused_for_good_ends_the_source_with_what_to_do() {
    for refusal in [
        Answer::refuse(401, "Unauthorized"),
        Answer::refuse(404, "Not Found"),
    ] {
        let fake = Fake::start().await;
        fake.script("getMe", vec![refusal; 3]);
        let mut running = Running::start(&fake.telegram().adapter());
        let error = running.ended().await.unwrap_err();
        assert!(error.sentence.contains("TELEGRAM_TOKEN"), "{error}");
        assert!(error.sentence.contains("@BotFather"), "{error}");
        assert_eq!(fake.bodies("getMe").len(), 3);
        assert_eq!(degraded(&running).len(), 1);
    }
}

#[tokio::test]
async fn a_token_that_is_revoked_later_ends_the_source_too() {
    let fake = Fake::start().await;
    fake.script("getUpdates", vec![Answer::refuse(401, "Unauthorized"); 3]);
    let mut running = Running::start(&fake.telegram().adapter());
    running.ended().await.unwrap_err();
}

#[tokio::test]
async fn a_token_that_is_refused_now_and_then_is_good() {
    let fake = Fake::start().await;
    let refused = || Answer::refuse(401, "Unauthorized");
    let fine = || Answer::ok(json!([]));
    fake.script("getMe", [refused(), refused()]);
    fake.script("getUpdates", [refused(), refused(), fine(), refused(), refused()]);
    fake.push(text(1, "hello"));
    let running = Running::start(&fake.telegram().adapter());
    running.collector.until_events(1).await;
    running.stop().await;
}

#[tokio::test]
async fn an_event_keeps_the_networks_json_to_the_letter() {
    let fake = Fake::start().await;
    let odd = r#"{"ok":true,"result":[{ "update_id" : 9,  "brand_new":{"x" : [1, 2.50]} } ]}"#;
    fake.script("getUpdates", [Answer::text(200, odd)]);
    let running = Running::start(&fake.telegram().adapter());
    running.collector.until_events(1).await;
    let event = running.collector.events().remove(0);
    assert!(matches!(&event.kind, EventKind::Other(other) if other.name == "brand_new"));
    assert_eq!(
        event.raw.to_json(),
        r#"{ "update_id" : 9,  "brand_new":{"x" : [1, 2.50]} }"#
    );
    running.stop().await;
}
