//! What an author reaches beyond `core`'s words.

use duologue_core::FileRef;
use duologue_telegram::teloxide::payloads::SendDice;
use duologue_telegram::teloxide::requests::Requester;
use duologue_telegram::teloxide::types::{ChatId, UpdateKind};
use duologue_telegram::{CallErrorKind, Telegram, TelegramEvent, TelegramExt};
use serde_json::json;

use crate::collector::Running;
use crate::fake::{Answer, Fake};

#[tokio::test]
async fn any_method_can_be_called_by_name_and_gives_its_raw_result() {
    let fake = Fake::start().await;
    fake.script(
        "sendTelepathy",
        [Answer::text(200, r#"{"ok":true, "result": {"a" : 1.50}}"#)],
    );
    let body = json!({ "chat_id": 7, "thought": "soup" });
    let result = fake.telegram().call_raw("sendTelepathy", &body).await.unwrap();
    assert_eq!(result.get(), r#"{"a" : 1.50}"#);
    assert_eq!(fake.only("sendTelepathy").body, body);
}

#[tokio::test]
async fn a_refusal_keeps_everything_that_the_network_said() {
    let fake = Fake::start().await;
    let body = json!({ "ok": false, "error_code": 429, "description": "Too Many Requests: retry after 5",
                       "parameters": { "retry_after": 5, "migrate_to_chat_id": -100 } });
    fake.script("getChat", [Answer::json(429, &body)]);
    let error = fake.telegram().call_raw("getChat", &json!({})).await.unwrap_err();
    assert_eq!(error.method, "getChat");
    let refusal = error.api().unwrap();
    assert_eq!(
        (refusal.code, refusal.retry_after, refusal.migrate_to_chat_id),
        (429, Some(5), Some(-100))
    );
    assert_eq!(refusal.description, "Too Many Requests: retry after 5");
    assert!(matches!(error.kind, CallErrorKind::Api(_)));
}

#[tokio::test]
async fn teloxides_payloads_are_typed_bodies() {
    let fake = Fake::start().await;
    let message = json!({ "message_id": 5, "date": 1, "chat": { "id": 7, "type": "private", "first_name": "A" },
                          "dice": { "emoji": "🎲", "value": 6 } });
    fake.script("sendDice", [Answer::ok(message)]);
    let sent = fake.telegram().call(&SendDice::new(ChatId(7))).await.unwrap();
    assert_eq!((sent.id.0, sent.dice().unwrap().value), (5, 6));
    assert_eq!(fake.only("sendDice").body["chat_id"], 7);
}

#[tokio::test]
async fn teloxides_bot_talks_to_the_same_server() {
    let fake = Fake::start().await;
    let me = json!({ "id": 4242, "is_bot": true, "first_name": "Paper", "username": "Paper_Bot",
                     "can_join_groups": true, "can_read_all_group_messages": false, "supports_inline_queries": false,
                     "can_connect_to_business": false, "has_main_web_app": false });
    fake.script("GetMe", [Answer::ok(me)]);
    let me = fake.telegram().bot().get_me().await.unwrap();
    assert_eq!(me.username(), "Paper_Bot");
}

#[tokio::test]
async fn the_way_from_a_handler_to_the_network_goes_by_its_sender() {
    let fake = Fake::start().await;
    let sender = fake.telegram().adapter().sender;
    sender
        .telegram()
        .unwrap()
        .call_raw("getMe", &json!({}))
        .await
        .unwrap();
}

#[tokio::test]
async fn teloxides_update_is_parsed_when_it_is_asked_for() {
    let fake = Fake::start().await;
    fake.push(json!({ "update_id": 1, "message": {
        "message_id": 31, "date": 1, "text": "hello",
        "chat": { "id": 7, "type": "private", "first_name": "Ann" },
        "from": { "id": 7, "is_bot": false, "first_name": "Ann" } } }));
    fake.push(json!({ "update_id": 2, "telepathy": {} }));
    let running = Running::start(&fake.telegram().adapter());
    running.collector.until_events(2).await;
    let mut events = running.collector.events();
    running.stop().await;
    let update = events[0].telegram_update().unwrap().unwrap();
    let UpdateKind::Message(message) = update.kind else {
        panic!()
    };
    assert_eq!(message.text(), Some("hello"));
    let unknown = events[1].telegram_update().unwrap().unwrap();
    assert!(matches!(unknown.kind, UpdateKind::Error(_)));
    events[0].chat.network = duologue_core::NetworkId::new("elsewhere");
    assert!(events[0].telegram_update().is_none());
}

#[test]
fn a_files_own_id_is_there_for_calls_of_ones_own() {
    assert_eq!(Telegram::file_id(&FileRef("photo:AgAC".into())), "AgAC");
}
