//! What goes out: messages to channels, files, edits, reactions, and the errors of each.

use std::time::Duration;

use duologue_core::content::{Button, Media};
use duologue_core::{FileRef, LimitScope, MessageId, Operation, SendErrorKind, SendOperation, WireButton};
use futures_util::StreamExt;
use serde_json::json;

use crate::bot::{Bot, message_ref, part, send};
use crate::fake::Fake;

#[tokio::test]
async fn a_message_carries_nonce_reply_and_buttons_and_notifies_nobody() {
    let fake = Fake::start().await;
    let bot = Bot::online(&fake).await;
    let mut part = part("hi @everyone");
    let button = Button::command("Again", "roll", "");
    part.buttons = vec![vec![WireButton {
        button,
        token: Some("tok".into()),
    }]];
    let operation = SendOperation {
        replies_to: Some(MessageId::new("699")),
        ..send(part)
    };
    let performed = bot.perform(Operation::Send(operation)).await.unwrap();
    assert_eq!(performed.messages.len(), 1);
    let call = fake.call("POST", "/channels/300/messages").await;
    assert_eq!(call.body["allowed_mentions"], json!({ "parse": [] }));
    assert_eq!(
        (&call.body["nonce"], &call.body["enforce_nonce"]),
        (&json!("77"), &json!(true))
    );
    assert_eq!(call.body["message_reference"]["message_id"], "699");
    assert_eq!(call.body["components"][0]["components"][0]["custom_id"], "tok");
    assert_eq!(call.headers["authorization"], "Bot bot-token");
    assert!(
        call.headers["user-agent"]
            .to_str()
            .unwrap()
            .starts_with("DiscordBot (https://")
    );
}

#[tokio::test]
async fn files_go_with_their_names_and_descriptions() {
    let fake = Fake::start().await;
    let bot = Bot::online(&fake).await;
    let directory = std::env::temp_dir().join(format!("duologue-discord-{}", std::process::id()));
    std::fs::write(&directory, "from disk").unwrap();
    let mut part = part("two files");
    part.media
        .push(Media::photo("a.png", "picture").description("a picture"));
    let source = duologue_core::content::MediaSource::Path(directory.clone());
    part.media.push(Media::new(
        duologue_core::AttachmentKind::Document,
        "b.txt",
        source,
    ));
    bot.perform(Operation::Send(send(part))).await.unwrap();
    std::fs::remove_file(directory).unwrap();
    let call = fake.call("POST", "/channels/300/messages").await;
    let attachments = json!([{ "id": 0, "filename": "a.png", "description": "a picture" }, { "id": 1, "filename": "b.txt" }]);
    assert_eq!(call.body["attachments"], attachments);
    let files: Vec<_> = call
        .files
        .iter()
        .map(|(field, name, bytes)| (&field[..], &name[..], &bytes[..]))
        .collect();
    assert_eq!(
        files,
        [
            ("files[0]", "a.png", &b"picture"[..]),
            ("files[1]", "b.txt", &b"from disk"[..])
        ]
    );
}

#[tokio::test]
async fn a_file_that_came_in_can_be_opened_and_sent_on_without_the_token() {
    let fake = Fake::start().await;
    let bot = Bot::online(&fake).await;
    let file = FileRef(format!("{}/files/a.txt", fake.url).into());
    let mut stream = bot.adapter.sender.open(&file).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), "content");
    let mut part = part("again");
    let source = duologue_core::content::MediaSource::Received { network: None, file };
    part.media.push(Media::new(
        duologue_core::AttachmentKind::Document,
        "a.txt",
        source,
    ));
    bot.perform(Operation::Send(send(part))).await.unwrap();
    let call = fake.call("POST", "/channels/300/messages").await;
    assert_eq!(&call.files[0].2[..], b"content");
}

#[tokio::test]
async fn a_file_that_is_too_large_is_not_sent() {
    let fake = Fake::start().await;
    let bot = Bot::online(&fake).await;
    let mut part = part("big");
    part.media
        .push(Media::document("a.bin", vec![0_u8; (10 << 20) + 1]));
    let error = bot.perform(Operation::Send(send(part))).await.unwrap_err();
    assert!(matches!(error.kind, SendErrorKind::TooLong { .. }), "{error}");
    assert_eq!(fake.own_calls(), []);
}

#[tokio::test]
async fn an_edit_replaces_text_files_and_buttons() {
    let fake = Fake::start().await;
    let bot = Bot::online(&fake).await;
    bot.edit(&MessageId::new("700"), None, "new").await;
    let call = fake.call("PATCH", "/channels/300/messages/700").await;
    let expected =
        json!({ "content": "new", "allowed_mentions": { "parse": [] }, "components": [], "attachments": [] });
    assert_eq!(call.body, expected);
}

#[tokio::test]
async fn deleting_what_is_gone_is_done() {
    let fake = Fake::start().await;
    let bot = Bot::online(&fake).await;
    fake.script(
        "DELETE",
        "/channels/",
        404,
        json!({ "code": 10008, "message": "Unknown Message" }),
    );
    let message = message_ref(&MessageId::new("700"));
    bot.perform(Operation::Delete { message, reply: None })
        .await
        .unwrap();
}

#[tokio::test]
async fn a_new_reaction_replaces_the_bots_last_one() {
    let fake = Fake::start().await;
    let bot = Bot::online(&fake).await;
    let react = |emoji: Option<&str>| {
        let message = message_ref(&MessageId::new("700"));
        bot.perform(Operation::React {
            message,
            emoji: emoji.map(Into::into),
        })
    };
    react(Some("👀")).await.unwrap();
    react(Some("✅")).await.unwrap();
    react(None).await.unwrap();
    let own = |emoji: &str| format!("/channels/300/messages/700/reactions/{emoji}/@me");
    let (eyes, check) = (own("%F0%9F%91%80"), own("%E2%9C%85"));
    let calls = fake.own_calls();
    let expected = [
        ("PUT", &eyes),
        ("DELETE", &eyes),
        ("PUT", &check),
        ("DELETE", &check),
    ];
    assert_eq!(
        calls,
        expected.map(|(method, path)| (method.to_owned(), path.clone()))
    );
}

#[tokio::test]
async fn reactions_of_an_earlier_process_are_found_and_taken_away() {
    let fake = Fake::start().await;
    let bot = Bot::online(&fake).await;
    let reactions = json!([
        { "me": true, "emoji": { "id": null, "name": "x" } },
        { "me": false, "emoji": { "id": null, "name": "y" } },
        { "me": true, "emoji": { "id": "33", "name": "blob" } },
    ]);
    fake.script(
        "GET",
        "/channels/300/messages/700",
        200,
        json!({ "id": "700", "reactions": reactions }),
    );
    let message = message_ref(&MessageId::new("700"));
    bot.perform(Operation::React { message, emoji: None })
        .await
        .unwrap();
    let deleted: Vec<_> = fake
        .own_calls()
        .into_iter()
        .filter(|(method, _)| method == "DELETE")
        .collect();
    assert_eq!(deleted.len(), 2, "{deleted:?}");
    assert!(deleted[1].1.contains("/blob:33/"));
}

#[tokio::test]
async fn a_429_says_how_long_to_wait_and_is_obeyed() {
    let fake = Fake::start().await;
    let bot = Bot::online(&fake).await;
    let body = json!({ "message": "You are being rate limited.", "retry_after": 30.5, "global": false });
    fake.script("POST", "/channels/300/messages", 429, body);
    for _ in 0..2 {
        let error = bot.perform(Operation::Send(send(part("x")))).await.unwrap_err();
        let SendErrorKind::RateLimited { after, scope } = error.kind else {
            panic!("{error}")
        };
        assert!(after > Duration::from_secs(29), "{after:?}");
        assert_eq!(scope, LimitScope::Chat);
    }
    assert_eq!(fake.own_calls().len(), 1, "the second was not sent");
}

#[tokio::test]
async fn a_global_429_stops_all_but_answers_to_interactions() {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    fake.script(
        "POST",
        "/channels/300/messages",
        429,
        json!({ "retry_after": 30, "global": true }),
    );
    let error = bot.perform(Operation::Send(send(part("x")))).await.unwrap_err();
    assert!(
        matches!(
            error.kind,
            SendErrorKind::RateLimited {
                scope: LimitScope::Network,
                ..
            }
        ),
        "{error}"
    );
    fake.slash("ping", json!([]), json!({}));
    let reply = bot.reply_token().await;
    bot.answer(&reply, "pong").await;
}

#[tokio::test]
async fn a_used_up_bucket_is_known_before_the_call() {
    let fake = Fake::start().await;
    let bot = Bot::online(&fake).await;
    let headers = [
        ("bucket", "abc"),
        ("limit", "5"),
        ("remaining", "0"),
        ("reset-after", "25.0"),
    ];
    let names = [
        "x-ratelimit-bucket",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset-after",
    ];
    let headers = names
        .into_iter()
        .zip(headers.map(|(_, value)| value.to_owned()))
        .collect();
    fake.script_with(
        "POST",
        "/channels/300/messages",
        200,
        json!({ "id": "1" }),
        headers,
        Duration::ZERO,
    );
    bot.perform(Operation::Send(send(part("x")))).await.unwrap();
    let error = bot.perform(Operation::Send(send(part("y")))).await.unwrap_err();
    assert!(matches!(error.kind, SendErrorKind::RateLimited { .. }), "{error}");
    assert_eq!(fake.own_calls().len(), 1);
}

#[tokio::test]
async fn a_fault_of_discords_may_be_tried_again() {
    let fake = Fake::start().await;
    let bot = Bot::online(&fake).await;
    fake.script("POST", "/channels/300/messages", 503, json!("down"));
    let error = bot.perform(Operation::Send(send(part("x")))).await.unwrap_err();
    assert!(matches!(error.kind, SendErrorKind::Transient(_)), "{error}");
}

#[tokio::test]
async fn no_error_shows_a_token() {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    fake.slash("ping", json!([]), json!({}));
    let event = bot.event().await;
    assert!(!format!("{event:?}").contains("secret-"));
    let config = crate::bot::config(&fake);
    let mut unreachable = config.clone();
    // A port that nobody listens on.
    unreachable.api_url = "http://127.0.0.1:1".to_owned();
    let adapter = duologue_discord::adapter(unreachable).unwrap();
    let operation = crate::bot::answer(&event.reply.unwrap(), "x", false);
    let error = adapter.sender.perform(&operation).await.unwrap_err();
    let shown = format!("{error:?} {error}");
    assert!(
        !shown.contains("secret-") && !shown.contains("bot-token"),
        "{shown}"
    );
    assert!(matches!(error.kind, SendErrorKind::Transient(_)), "{error}");
}
