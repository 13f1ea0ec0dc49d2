//! What Telegram refuses, in its own words.

use duologue_sandbox::SandboxConfig;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::Bench;

#[tokio::test]
async fn sending_is_checked() {
    let bench = Bench::new().await;
    bench.private();
    let key = |button: Value| json!({ "inline_keyboard": [[button]] });
    let button = |data: &str| key(json!({ "text": "x", "callback_data": data }));
    let long = "x".repeat(4097);
    let table = [
        (json!({ "text": "hi" }), "chat_id is empty"),
        (json!({ "chat_id": 5, "text": "hi" }), "chat not found"),
        (json!({ "chat_id": 1001 }), "message text is empty"),
        (json!({ "chat_id": 1001, "text": "  " }), "message text is empty"),
        (json!({ "chat_id": 1001, "text": long }), "message is too long"),
        (
            json!({ "chat_id": 1001, "text": "<b>x", "parse_mode": "HTML" }),
            "can't parse entities: can't find end tag corresponding to start tag \"b\"",
        ),
        (
            json!({ "chat_id": 1001, "text": "a.", "parse_mode": "MarkdownV2" }),
            "can't parse entities: character '.' is reserved and must be escaped with the preceding '\\'",
        ),
        (
            json!({ "chat_id": 1001, "text": "*a", "parse_mode": "Markdown" }),
            "can't parse entities: can't find end of Bold entity at byte offset 0",
        ),
        (
            json!({ "chat_id": 1001, "text": "a", "parse_mode": "BB" }),
            "unsupported parse_mode",
        ),
        (
            json!({ "chat_id": 1001, "text": "a", "reply_markup": button("") }),
            "BUTTON_DATA_INVALID",
        ),
        (
            json!({ "chat_id": 1001, "text": "a", "reply_markup": button(&"ä".repeat(33)) }),
            "BUTTON_DATA_INVALID",
        ),
        (
            json!({ "chat_id": 1001, "text": "a", "reply_markup": key(json!({ "text": "x" })) }),
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            json!({ "chat_id": 1001, "text": "a", "reply_parameters": { "message_id": 99 } }),
            "message to be replied not found",
        ),
        (
            json!({ "chat_id": 1001, "text": "a", "message_thread_id": 9 }),
            "message thread not found",
        ),
        (
            json!({ "chat_id": 1001, "text": "😀", "entities": [{ "type": "bold", "offset": 1, "length": 1 }] }),
            "entity begins or ends in the middle of a UTF-16 surrogate pair",
        ),
        (
            json!({ "chat_id": 1001, "text": "a", "entities": [{ "type": "bold", "offset": 0, "length": 2 }] }),
            "entity beginning or end is out of the text's bounds",
        ),
        (
            json!({ "chat_id": 1001, "text": "a", "entities": [{ "type": "bold", "offset": "x", "length": 2 }] }),
            "can't parse entities.offset: an integer is expected",
        ),
    ];
    for (body, reason) in table {
        assert_eq!(
            bench.refused("sendMessage", body).await,
            (400, format!("Bad Request: {reason}"))
        );
    }
    bench
        .ok(
            "sendMessage",
            json!({ "chat_id": 1001, "text": "x".repeat(4096), "reply_markup": button(&"x".repeat(64)) }),
        )
        .await;
    bench
        .ok(
            "sendMessage",
            json!({ "chat_id": 1001, "text": format!("<b>{}</b>", "x".repeat(4096)), "parse_mode": "HTML" }),
        )
        .await;
}

#[tokio::test]
async fn markup_becomes_entities_in_utf16() {
    let bench = Bench::new().await;
    bench.private();
    let table = [
        (
            "HTML",
            "😀 <b>a<i>b</i></b> &lt;",
            "😀 ab <",
            json!([{ "type": "bold", "offset": 3, "length": 2 }, { "type": "italic", "offset": 4, "length": 1 }]),
        ),
        (
            "HTML",
            "<pre><code class=\"language-rust\">x</code></pre>",
            "x",
            json!([{ "type": "pre", "offset": 0, "length": 1, "language": "rust" }]),
        ),
        (
            "MarkdownV2",
            "*a* _b_ __c__ ~d~ ||e|| `f` [g](http://h.i)",
            "a b c d e f g",
            json!([
            { "type": "bold", "offset": 0, "length": 1 }, { "type": "italic", "offset": 2, "length": 1 },
            { "type": "underline", "offset": 4, "length": 1 }, { "type": "strikethrough", "offset": 6, "length": 1 },
            { "type": "spoiler", "offset": 8, "length": 1 }, { "type": "code", "offset": 10, "length": 1 },
            { "type": "text_link", "offset": 12, "length": 1, "url": "http://h.i" }]),
        ),
        (
            "Markdown",
            "*a* _b_ `c`",
            "a b c",
            json!([{ "type": "bold", "offset": 0, "length": 1 }, { "type": "italic", "offset": 2, "length": 1 }, { "type": "code", "offset": 4, "length": 1 }]),
        ),
    ];
    for (mode, source, text, entities) in table {
        let sent = bench
            .ok(
                "sendMessage",
                json!({ "chat_id": 1001, "text": source, "parse_mode": mode }),
            )
            .await;
        assert_eq!(sent["text"], text);
        assert_eq!(sent["entities"], entities, "{source}");
    }
}

#[tokio::test]
async fn other_methods_are_checked() {
    let bench = Bench::new().await;
    let chat = bench.private();
    let id = bench
        .ok("sendMessage", json!({ "chat_id": 1001, "text": "a" }))
        .await["message_id"]
        .clone();
    let mine = bench.ada().send_text(&chat, "mine").unwrap();
    let command =
        |name: &str, about: &str| json!({ "commands": [{ "command": name, "description": about }] });
    let many: Vec<Value> = (0..101)
        .map(|n| json!({ "command": format!("c{n}"), "description": "d" }))
        .collect();
    let table = [
        (
            "editMessageText",
            json!({ "chat_id": 1001, "message_id": 99, "text": "b" }),
            "message to edit not found",
        ),
        (
            "editMessageText",
            json!({ "chat_id": 1001, "message_id": mine, "text": "b" }),
            "message can't be edited",
        ),
        (
            "editMessageText",
            json!({ "chat_id": 1001, "text": "b" }),
            "message identifier is not specified",
        ),
        (
            "editMessageCaption",
            json!({ "chat_id": 1001, "message_id": id, "caption": "b" }),
            "there is no caption in the message to edit",
        ),
        (
            "deleteMessage",
            json!({ "chat_id": 1001, "message_id": 99 }),
            "message to delete not found",
        ),
        (
            "deleteMessages",
            json!({ "chat_id": 1001, "message_ids": [] }),
            "there must be 1-100 message identifiers",
        ),
        ("setMyCommands", command("Bad", "x"), "BOT_COMMAND_INVALID"),
        (
            "setMyCommands",
            command("ok", ""),
            "command description must be non-empty",
        ),
        (
            "setMyCommands",
            command("ok", &"x".repeat(257)),
            "BOT_COMMAND_DESCRIPTION_INVALID",
        ),
        (
            "setMyCommands",
            json!({ "commands": many }),
            "BOT_COMMANDS_TOO_MUCH",
        ),
        ("setMyCommands", json!({}), "parameter \"commands\" is required"),
        (
            "setMessageReaction",
            json!({ "chat_id": 1001, "message_id": id, "reaction": [{ "type": "emoji", "emoji": "x" }] }),
            "REACTION_INVALID",
        ),
        (
            "sendChatAction",
            json!({ "chat_id": 1001, "action": "dancing" }),
            "wrong parameter action in request",
        ),
        (
            "sendMediaGroup",
            json!({ "chat_id": 1001, "media": [{ "type": "photo", "media": "x" }] }),
            "media group must include 2-10 items",
        ),
        (
            "sendPhoto",
            json!({ "chat_id": 1001 }),
            "there is no photo in the request",
        ),
        (
            "sendPhoto",
            json!({ "chat_id": 1001, "photo": "nonsense" }),
            "wrong file identifier/HTTP URL specified",
        ),
        ("getFile", json!({ "file_id": "x" }), "invalid file_id"),
        (
            "answerCallbackQuery",
            json!({ "callback_query_id": "1" }),
            "query is too old and response timeout expired or query ID is invalid",
        ),
        (
            "setWebhook",
            json!({ "url": "https://example.com/x" }),
            "bad webhook: the sandbox delivers to http://127.0.0.1 and http://localhost only",
        ),
    ];
    for (method, body, reason) in table {
        assert_eq!(
            bench.refused(method, body).await,
            (400, format!("Bad Request: {reason}")),
            "{method}"
        );
    }
    let (_, same) = bench
        .refused(
            "editMessageText",
            json!({ "chat_id": 1001, "message_id": id, "text": "a" }),
        )
        .await;
    assert!(same.starts_with("Bad Request: message is not modified"));
    let form = Form::new()
        .text("chat_id", "1001")
        .part("photo", Part::bytes(&b"no picture"[..]).file_name("a.png"));
    let answer: Value = bench
        .http
        .post(bench.tg_url("sendPhoto"))
        .multipart(form)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(answer["description"], "Bad Request: IMAGE_PROCESS_FAILED");
}

#[tokio::test]
async fn an_unknown_parameter_is_taken_and_noted() {
    let bench = Bench::new().await;
    bench.private();
    bench
        .ok(
            "sendMessage",
            json!({ "chat_id": 1001, "text": "a", "colour": "red" }),
        )
        .await;
    let entry = &bench.sandbox.requests_of("sendMessage")[0];
    assert_eq!(
        entry.warnings,
        ["sendMessage has no parameter \"colour\": Telegram ignores it"]
    );
    assert!(
        !entry
            .path
            .contains(bench.telegram_token.split(':').nth(1).unwrap()),
        "no token in the log"
    );
}

#[tokio::test]
async fn a_user_who_blocks_the_bot_and_one_who_never_wrote_are_forbidden() {
    let bench = Bench::new().await;
    let (chat, ada) = (bench.private(), bench.ada());
    bench.sandbox.telegram().set_blocked(&chat, &ada, true).unwrap();
    let blocked = bench
        .refused("sendMessage", json!({ "chat_id": ada.id, "text": "a" }))
        .await;
    assert_eq!(
        blocked,
        (403, "Forbidden: bot was blocked by the user".to_owned())
    );
    let update = bench.ok("getUpdates", json!({})).await;
    assert_eq!(update[0]["my_chat_member"]["new_chat_member"]["status"], "kicked");
    let stranger = bench.sandbox.telegram().user("Stranger").unwrap();
    let refused = bench
        .refused("sendMessage", json!({ "chat_id": stranger.id, "text": "a" }))
        .await;
    assert_eq!(
        refused,
        (
            403,
            "Forbidden: bot can't initiate conversation with a user".to_owned()
        )
    );
    ada.send_text(&chat, "back").unwrap();
    bench
        .ok("sendMessage", json!({ "chat_id": ada.id, "text": "a" }))
        .await;
}

#[tokio::test]
async fn a_migrated_group_names_its_new_id() {
    let bench = Bench::new().await;
    let group = bench.sandbox.telegram().group("Old").unwrap();
    let new = bench.sandbox.telegram().migrate(&group).unwrap();
    let answer = bench
        .tg(
            "sendMessage",
            json!({ "chat_id": bench.number(&group), "text": "a" }),
        )
        .await;
    assert_eq!(answer["parameters"]["migrate_to_chat_id"], bench.number(&new));
    assert_eq!(answer["error_code"], 400);
}

#[tokio::test]
async fn floods_are_answered_with_429() {
    let bench = Bench::with(SandboxConfig::default()).await;
    bench.sandbox.clock().pause();
    bench.private();
    let mut answers = Vec::new();
    for _ in 0..21 {
        answers.push(
            bench
                .tg("sendMessage", json!({ "chat_id": 1001, "text": "a" }))
                .await,
        );
    }
    assert!(answers[..20].iter().all(|answer| answer["ok"] == true));
    assert_eq!(answers[20]["error_code"], 429);
    assert_eq!(answers[20]["parameters"]["retry_after"], 1);
    assert_eq!(answers[20]["description"], "Too Many Requests: retry after 1");
    bench.sandbox.clock().advance(std::time::Duration::from_secs(1));
    bench
        .ok("sendMessage", json!({ "chat_id": 1001, "text": "a" }))
        .await;
}
