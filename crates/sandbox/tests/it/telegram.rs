//! The Bot API's ordinary ways: calling, sending, editing, files, commands, presses.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use duologue_sandbox::Upload;

use crate::support::{Bench, SOON};

/// A 1x1 picture.
pub(crate) const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00";

#[tokio::test]
async fn any_token_of_the_right_shape_makes_a_bot_of_its_own() {
    let bench = Bench::new().await;
    let url = |token: &str| format!("{}/bot{token}/getMe", bench.sandbox.telegram_api_url());
    let token = "123456:ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghi";
    let me: Value = bench
        .http
        .get(url(token))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(me["result"]["id"], 123_456);
    assert_eq!(me["result"]["is_bot"], true);
    for wrong in [
        "123456:short",
        "nonsense",
        "123456:ANOTHERSECRETOFTHESAMEBOTxxxxxxxxxxx",
    ] {
        let answer = bench.http.get(url(wrong)).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{wrong}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(
            body,
            json!({ "ok": false, "error_code": 401, "description": "Unauthorized" })
        );
    }
}

#[tokio::test]
async fn methods_are_found_in_any_case_and_unknown_ones_are_404() {
    let bench = Bench::new().await;
    assert_eq!(bench.tg("GETME", json!({})).await["ok"], true);
    assert_eq!(
        bench.refused("getNothing", json!({})).await,
        (404, "Not Found: method not found".to_owned())
    );
}

#[tokio::test]
async fn parameters_come_by_query_form_json_and_multipart() {
    let bench = Bench::new().await;
    let chat = bench.private();
    let url = bench.tg_url("sendMessage");
    let query = format!("{url}?chat_id=1001&text=one%20%2B+1");
    let form = bench
        .http
        .post(&url)
        .header("content-type", "application/x-www-form-urlencoded");
    for request in [
        bench.http.get(query),
        form.body("chat_id=1001&text=two"),
        bench
            .http
            .post(&url)
            .json(&json!({ "chat_id": "1001", "text": "three" })),
        bench
            .http
            .post(&url)
            .multipart(Form::new().text("chat_id", "1001").text("text", "four")),
    ] {
        assert_eq!(request.send().await.unwrap().status(), 200);
    }
    let texts: Vec<String> = bench
        .sandbox
        .snapshot(&chat)
        .unwrap()
        .messages
        .into_iter()
        .map(|m| m.text)
        .collect();
    assert_eq!(texts, ["one + 1", "two", "three", "four"]);
}

#[tokio::test]
async fn a_message_is_answered_edited_and_deleted() {
    let bench = Bench::new().await;
    let (chat, ada) = (bench.private(), bench.ada());
    let asked = ada.send_text(&chat, "/start now").unwrap();
    let updates = bench.ok("getUpdates", json!({})).await;
    assert_eq!(updates[0]["message"]["text"], "/start now");
    assert_eq!(
        updates[0]["message"]["entities"][0],
        json!({ "type": "bot_command", "offset": 0, "length": 6 })
    );
    bench
        .ok("sendChatAction", json!({ "chat_id": ada.id, "action": "typing" }))
        .await;
    assert_eq!(bench.sandbox.snapshot(&chat).unwrap().typing, ["Tester"]);
    let sent = bench
        .ok(
            "sendMessage",
            json!({ "chat_id": ada.id, "text": "hello", "reply_parameters": { "message_id": asked } }),
        )
        .await;
    assert_eq!(sent["reply_to_message"]["message_id"], asked);
    let id = sent["message_id"].clone();
    let edited = bench
        .ok(
            "editMessageText",
            json!({ "chat_id": ada.id, "message_id": id, "text": "bye" }),
        )
        .await;
    assert!(edited["edit_date"].is_u64());
    let view = bench
        .sandbox
        .snapshot(&chat)
        .unwrap()
        .last_from_bot()
        .unwrap()
        .clone();
    assert_eq!(
        (view.text.as_str(), view.edits, view.history.as_slice()),
        ("bye", 1, &["hello".to_owned()][..])
    );
    assert_eq!(view.calls.len(), 2, "the message knows both calls");
    assert_eq!(
        bench.sandbox.request(view.calls[1]).unwrap().method,
        "editMessageText"
    );
    bench
        .ok("deleteMessage", json!({ "chat_id": ada.id, "message_id": id }))
        .await;
    assert!(bench.sandbox.snapshot(&chat).unwrap().last_from_bot().is_none());
}

#[tokio::test]
async fn a_press_arrives_and_its_answer_is_seen() {
    let bench = Bench::new().await;
    let (chat, ada) = (bench.private(), bench.ada());
    let keys = json!({ "inline_keyboard": [[{ "text": "Go", "callback_data": "go:1" }]] });
    let sent = bench
        .ok(
            "sendMessage",
            json!({ "chat_id": ada.id, "text": "?", "reply_markup": keys }),
        )
        .await;
    let query = ada
        .press(&chat, sent["message_id"].as_i64().unwrap(), "Go")
        .unwrap();
    let update = bench.ok("getUpdates", json!({})).await;
    assert_eq!(update[0]["callback_query"]["data"], "go:1");
    assert_eq!(update[0]["callback_query"]["id"], query.as_str());
    bench
        .ok(
            "answerCallbackQuery",
            json!({ "callback_query_id": query, "text": "done" }),
        )
        .await;
    assert_eq!(bench.sandbox.telegram().answer(&query).unwrap()["text"], "done");
}

#[tokio::test]
async fn a_press_can_be_answered_for_fifteen_seconds() {
    let bench = Bench::new().await;
    bench.sandbox.clock().pause();
    let (chat, ada) = (bench.private(), bench.ada());
    let keys = json!({ "inline_keyboard": [[{ "text": "Go", "callback_data": "go" }]] });
    let sent = bench
        .ok(
            "sendMessage",
            json!({ "chat_id": ada.id, "text": "?", "reply_markup": keys }),
        )
        .await;
    let query = ada
        .press(&chat, sent["message_id"].as_i64().unwrap(), "go")
        .unwrap();
    bench.sandbox.clock().advance(std::time::Duration::from_secs(16));
    let (code, text) = bench
        .refused("answerCallbackQuery", json!({ "callback_query_id": query }))
        .await;
    assert_eq!(code, 400);
    assert_eq!(
        text,
        "Bad Request: query is too old and response timeout expired or query ID is invalid"
    );
}

#[tokio::test]
async fn files_go_both_ways() {
    let bench = Bench::new().await;
    let (chat, ada) = (bench.private(), bench.ada());
    ada.send_document(&chat, Upload::new("notes.txt", &b"hello"[..]), "read this")
        .unwrap();
    let update = bench.ok("getUpdates", json!({})).await;
    let id = update[0]["message"]["document"]["file_id"].clone();
    assert_eq!(update[0]["message"]["caption"], "read this");
    let file = bench.ok("getFile", json!({ "file_id": id })).await;
    let path = file["file_path"].as_str().unwrap();
    let url = format!(
        "{}/file/bot{}/{path}",
        bench.sandbox.telegram_api_url(),
        bench.telegram_token
    );
    assert_eq!(
        bench.http.get(url).send().await.unwrap().text().await.unwrap(),
        "hello"
    );
    let part = || Part::bytes(PNG).file_name("dot.png");
    let form = Form::new().text("chat_id", "1001").part("photo", part());
    let sent: Value = bench
        .http
        .post(bench.tg_url("sendPhoto"))
        .multipart(form)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(sent["result"]["photo"][0]["width"], 1, "{sent}");
    let media =
        json!([{ "type": "photo", "media": "attach://a" }, { "type": "photo", "media": "attach://b" }]);
    let form = Form::new()
        .text("chat_id", "1001")
        .text("media", media.to_string())
        .part("a", part())
        .part("b", part());
    let album: Value = bench
        .http
        .post(bench.tg_url("sendMediaGroup"))
        .multipart(form)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        album["result"][0]["media_group_id"],
        album["result"][1]["media_group_id"]
    );
    let again = sent["result"]["photo"][0]["file_id"].clone();
    bench
        .ok(
            "sendPhoto",
            json!({ "chat_id": ada.id, "photo": again, "caption": "again" }),
        )
        .await;
    assert_eq!(
        bench
            .sandbox
            .snapshot(&chat)
            .unwrap()
            .last_from_bot()
            .unwrap()
            .files[0]
            .name,
        "dot.png"
    );
    let text = json!({ "chat_id": 1001, "message_id": 5, "caption": "new" });
    assert_eq!(bench.ok("editMessageCaption", text).await["caption"], "new");
}

#[tokio::test]
async fn the_menu_shows_the_narrowest_scope() {
    let bench = Bench::new().await;
    let (chat, ada) = (bench.private(), bench.ada());
    let command = |name: &str| json!([{ "command": name, "description": "does it" }]);
    bench
        .ok("setMyCommands", json!({ "commands": command("all") }))
        .await;
    let scope = json!({ "type": "chat", "chat_id": ada.id });
    bench
        .ok(
            "setMyCommands",
            json!({ "commands": command("mine"), "scope": scope }),
        )
        .await;
    assert_eq!(ada.menu(&chat)[0]["command"], "mine");
    bench.ok("deleteMyCommands", json!({ "scope": scope })).await;
    assert_eq!(ada.menu(&chat)[0]["command"], "all");
    assert_eq!(bench.ok("getMyCommands", json!({})).await, command("all"));
}

#[tokio::test]
async fn polls_are_sent_voted_on_and_closed() {
    let bench = Bench::new().await;
    let (chat, ada) = (bench.private(), bench.ada());
    let poll = json!({ "chat_id": ada.id, "question": "Tea?", "options": ["yes", { "text": "no" }] });
    let id = bench.ok("sendPoll", poll).await["message_id"].as_i64().unwrap();
    ada.vote(&chat, id, &[1]).unwrap();
    let update = bench.ok("getUpdates", json!({})).await;
    assert_eq!(update[0]["poll"]["options"][1]["voter_count"], 1);
    let closed = bench
        .ok("stopPoll", json!({ "chat_id": ada.id, "message_id": id }))
        .await;
    assert_eq!(closed["is_closed"], true);
}

#[tokio::test]
async fn a_conversation_can_be_waited_for() {
    let bench = Bench::new().await;
    let (chat, ada) = (bench.private(), bench.ada());
    let send = bench.ok("sendMessage", json!({ "chat_id": ada.id, "text": "late" }));
    let wait = bench
        .sandbox
        .wait_for_message(&chat, SOON, |message| message.text == "late");
    let (_, seen) = tokio::join!(send, wait);
    assert!(seen.unwrap().from.bot);
    let missing = bench
        .sandbox
        .wait_for_message(&chat, std::time::Duration::from_millis(20), |m| m.text == "never");
    assert!(
        missing.await.unwrap_err().last.contains("late"),
        "the last status is told"
    );
}
