//! What operations become on the wire.

use std::sync::Arc;

use bytes::Bytes;
use duologue_core::content::{Button, ButtonStyle, Media, MediaSource, Style, StyledText};
use duologue_core::{
    AccountId, AttachmentKind, ButtonAction, Chat, ChatId, FileRef, MessageId, MessageRef, NetworkId,
    Operation, Part, Performed, ReplyToken, SendError, SendErrorKind, SendOperation, ThreadId, WireButton,
};
use duologue_telegram::{NETWORK, Telegram, TelegramConfig};
use serde_json::{Value, json};

use crate::fake::{Answer, Fake, config};

pub(crate) fn chat(id: &str) -> Chat {
    Chat {
        network: NETWORK,
        account: AccountId::new("4242"),
        id: ChatId::new(id),
        thread: None,
    }
}

pub(crate) fn send(part: Part) -> SendOperation {
    SendOperation {
        chat: chat("7"),
        reply: None,
        replies_to: None,
        part,
        ephemeral: false,
        nonce: 1,
    }
}

pub(crate) fn text(text: &str) -> Part {
    Part {
        text: Arc::new(StyledText::plain(text)),
        ..Part::default()
    }
}

fn files(text: &str, media: Vec<Media>) -> Part {
    Part {
        text: Arc::new(StyledText::plain(text)),
        media,
        buttons: Vec::new(),
    }
}

fn held(kind: AttachmentKind, file: &str) -> Media {
    let source = MediaSource::Received {
        network: None,
        file: FileRef(file.into()),
    };
    Media::new(kind, "a", source)
}

fn message(id: &str) -> MessageRef {
    MessageRef {
        chat: chat("7"),
        id: MessageId::new(id),
    }
}

fn edit(id: &str, part: Part) -> Operation {
    Operation::Edit {
        message: message(id),
        reply: None,
        part,
    }
}

fn button(label: &str, action: ButtonAction, token: Option<&str>) -> WireButton {
    WireButton {
        button: Button::with_action(label, action),
        token: token.map(Into::into),
    }
}

fn value(label: &str, token: &str) -> WireButton {
    let action = ButtonAction::Command {
        name: "roll".into(),
        arguments: String::new(),
    };
    button(label, action, Some(token))
}

pub(crate) async fn perform(fake: &Fake, operation: Operation) -> Result<Performed, SendError> {
    fake.telegram().adapter().sender.perform(&operation).await
}

fn ids(performed: &Performed) -> Vec<&str> {
    performed.messages.iter().map(MessageId::as_str).collect()
}

#[tokio::test]
async fn a_text_goes_out_lean() {
    let fake = Fake::start().await;
    let performed = perform(&fake, Operation::Send(send(text("pong")))).await.unwrap();
    assert_eq!(ids(&performed), ["101"]);
    assert_eq!(
        fake.only("sendMessage").body,
        json!({ "chat_id": 7, "text": "pong", "link_preview_options": { "is_disabled": true } })
    );
}

#[tokio::test]
async fn a_text_goes_out_with_styles_a_topic_an_answer_and_buttons() {
    let fake = Fake::start().await;
    let mut styled = StyledText::plain("😀 ");
    styled.styled(Style::Bold, |text| text.push_str("*not markup*"));
    let mut danger = value("Delete", "t2");
    danger.button.style = ButtonStyle::Danger;
    let mut operation = send(Part {
        text: Arc::new(styled),
        media: Vec::new(),
        buttons: vec![
            vec![value("Again", "t1"), danger],
            vec![button("Site", ButtonAction::Open("https://x.y".into()), None)],
        ],
    });
    operation.chat.thread = Some(ThreadId::new("5"));
    operation.replies_to = Some(MessageId::new("31"));
    perform(&fake, Operation::Send(operation)).await.unwrap();
    assert_eq!(
        fake.only("sendMessage").body,
        json!({
            "chat_id": 7, "message_thread_id": 5, "text": "😀 *not markup*",
            "entities": [{ "type": "bold", "offset": 3, "length": 12 }],
            "link_preview_options": { "is_disabled": true },
            "reply_parameters": { "message_id": 31, "allow_sending_without_reply": true },
            "reply_markup": { "inline_keyboard": [
                [{ "text": "Again", "callback_data": "t1" },
                 { "text": "Delete", "callback_data": "t2", "style": "danger" }],
                [{ "text": "Site", "url": "https://x.y" }],
            ]},
        })
    );
}

#[tokio::test]
async fn previews_of_links_can_be_had_and_chats_can_have_names() {
    let fake = Fake::start().await;
    let config = TelegramConfig {
        link_previews: true,
        ..config(&fake.url)
    };
    let mut operation = send(text("https://x.y"));
    operation.chat.id = ChatId::new("@channel");
    let sender = Telegram::new(config).unwrap().adapter().sender;
    sender.perform(&Operation::Send(operation)).await.unwrap();
    assert_eq!(
        fake.only("sendMessage").body,
        json!({ "chat_id": "@channel", "text": "https://x.y" })
    );
}

#[tokio::test]
async fn a_picture_from_memory_is_uploaded_with_its_caption() {
    let fake = Fake::start().await;
    let mut photo = Media::photo("line.png", Bytes::from_static(b"PNG"));
    photo.mime = Some("image/png".into());
    let mut part = files("look", vec![photo]);
    part.buttons = vec![vec![value("Again", "t1")]];
    let performed = perform(&fake, Operation::Send(send(part))).await.unwrap();
    assert_eq!(ids(&performed), ["101"]);
    let got = fake.only("sendPhoto");
    assert_eq!(
        got.body,
        json!({ "chat_id": 7, "caption": "look",
                "reply_markup": { "inline_keyboard": [[{ "text": "Again", "callback_data": "t1" }]] } })
    );
    let expected = (
        "photo".to_owned(),
        "line.png".to_owned(),
        Some("image/png".to_owned()),
        Bytes::from_static(b"PNG"),
    );
    assert_eq!(got.files, [expected]);
}

#[tokio::test]
async fn a_file_on_disk_is_streamed() {
    let fake = Fake::start().await;
    let path = std::env::temp_dir().join(format!("duologue-telegram-{}.txt", std::process::id()));
    let long = "words ".repeat(50_000);
    std::fs::write(&path, &long).unwrap();
    let media = Media::new(AttachmentKind::Document, "a.txt", MediaSource::Path(path.clone()));
    perform(&fake, Operation::Send(send(files("", vec![media]))))
        .await
        .unwrap();
    std::fs::remove_file(&path).unwrap();
    let got = fake.only("sendDocument");
    assert_eq!(got.body, json!({ "chat_id": 7 }));
    assert_eq!(got.files[0].3, long);
}

#[tokio::test]
async fn files_that_the_network_holds_are_sent_by_reference_as_what_they_are() {
    let table = [
        ("photo:P", AttachmentKind::Photo, "sendPhoto", "photo"),
        ("sticker:P", AttachmentKind::Document, "sendSticker", "sticker"),
        ("voice:P", AttachmentKind::Audio, "sendVoice", "voice"),
        (
            "video_note:P",
            AttachmentKind::Video,
            "sendVideoNote",
            "video_note",
        ),
        ("animation:P", AttachmentKind::Video, "sendAnimation", "animation"),
        ("P", AttachmentKind::Video, "sendVideo", "video"),
    ];
    for (file, kind, method, field) in table {
        let fake = Fake::start().await;
        perform(&fake, Operation::Send(send(files("", vec![held(kind, file)]))))
            .await
            .unwrap();
        assert_eq!(fake.only(method).body, json!({ "chat_id": 7, field: "P" }));
    }
}

#[tokio::test]
async fn an_album_makes_several_messages_and_one_receipt() {
    let fake = Fake::start().await;
    let album = vec![
        Media::photo("a.png", Bytes::from_static(b"A")),
        held(AttachmentKind::Video, "video:V"),
        Media::photo("b.png", Bytes::from_static(b"B")),
    ];
    let performed = perform(&fake, Operation::Send(send(files("three", album))))
        .await
        .unwrap();
    assert_eq!(ids(&performed), ["101", "102", "103"]);
    let got = fake.only("sendMediaGroup");
    assert_eq!(
        got.body,
        json!({ "chat_id": 7, "media": [
            { "type": "photo", "media": "attach://file0", "caption": "three" },
            { "type": "video", "media": "V" },
            { "type": "photo", "media": "attach://file2" },
        ]})
    );
    let names: Vec<&str> = got.files.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["file0", "file2"]);
}

#[tokio::test]
async fn pictures_that_the_network_refuses_as_such_go_as_documents() {
    let fake = Fake::start().await;
    fake.script(
        "sendPhoto",
        [Answer::refuse(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")],
    );
    let photo = Media::photo("long.png", Bytes::from_static(b"PNG"));
    perform(&fake, Operation::Send(send(files("look", vec![photo]))))
        .await
        .unwrap();
    assert_eq!(fake.methods(), ["sendPhoto", "sendDocument"]);
}

#[tokio::test]
async fn what_cannot_go_together_is_said_and_not_sent() {
    let fake = Fake::start().await;
    let foreign = Media::new(
        AttachmentKind::Photo,
        "a",
        MediaSource::Received {
            network: Some(NetworkId::new("elsewhere")),
            file: FileRef("1".into()),
        },
    );
    let table = [
        files(
            "",
            vec![
                held(AttachmentKind::Audio, "voice:1"),
                held(AttachmentKind::Audio, "voice:2"),
            ],
        ),
        files("words", vec![held(AttachmentKind::Document, "sticker:1")]),
        files("", vec![foreign]),
    ];
    for part in table {
        let error = perform(&fake, Operation::Send(send(part))).await.unwrap_err();
        assert!(matches!(error.kind, SendErrorKind::Unsupported(_)), "{error}");
    }
    assert!(fake.methods().is_empty());
}

#[tokio::test]
async fn edits_use_the_method_that_fits_the_message() {
    let fake = Fake::start().await;
    let sender = fake.telegram().adapter().sender;
    let photo = Media::photo("a.png", Bytes::from_static(b"A"));
    let sent = sender
        .perform(&Operation::Send(send(files("", vec![photo.clone()]))))
        .await
        .unwrap();
    let buttons = Part {
        buttons: vec![vec![value("Again", "t1")]],
        ..Part::default()
    };
    for operation in [
        edit("31", text("new")),
        edit(sent.messages[0].as_str(), text("new")),
        edit("31", buttons),
        edit("31", files("new", vec![photo])),
        edit("31", text("newer")),
    ] {
        sender.perform(&operation).await.unwrap();
    }
    let got = fake.got();
    let calls: Vec<(&str, &Value)> = got
        .iter()
        .skip(1)
        .map(|got| (got.method.as_str(), &got.body))
        .collect();
    let expected = [
        (
            "editMessageText",
            json!({ "chat_id": 7, "message_id": 31, "text": "new",
                                    "link_preview_options": { "is_disabled": true } }),
        ),
        (
            "editMessageCaption",
            json!({ "chat_id": 7, "message_id": 101, "caption": "new" }),
        ),
        (
            "editMessageReplyMarkup",
            json!({ "chat_id": 7, "message_id": 31, "reply_markup": {
            "inline_keyboard": [[{ "text": "Again", "callback_data": "t1" }]] } }),
        ),
        (
            "editMessageMedia",
            json!({ "chat_id": 7, "message_id": 31,
            "media": { "type": "photo", "media": "attach://file0", "caption": "new" } }),
        ),
        // It holds a file from now on.
        (
            "editMessageCaption",
            json!({ "chat_id": 7, "message_id": 31, "caption": "newer" }),
        ),
    ];
    assert_eq!(
        calls,
        expected
            .iter()
            .map(|(method, body)| (*method, body))
            .collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_message_with_a_file_that_nobody_remembers_is_found_out_once() {
    let fake = Fake::start().await;
    let refusal = "Bad Request: there is no text in the message to edit";
    fake.script("editMessageText", [Answer::refuse(400, refusal)]);
    let sender = fake.telegram().adapter().sender;
    for words in ["one", "two"] {
        let performed = sender.perform(&edit("9", text(words))).await.unwrap();
        assert_eq!(ids(&performed), ["9"]);
    }
    assert_eq!(
        fake.methods(),
        ["editMessageText", "editMessageCaption", "editMessageCaption"]
    );
}

#[tokio::test]
async fn an_edit_that_changes_nothing_is_done() {
    let fake = Fake::start().await;
    let refusal = "Bad Request: message is not modified: specified new message content and reply markup are exactly \
                   the same";
    fake.script("editMessageText", [Answer::refuse(400, refusal)]);
    assert_eq!(
        ids(&perform(&fake, edit("9", text("same"))).await.unwrap()),
        ["9"]
    );
}

#[tokio::test]
async fn small_operations_go_out() {
    let fake = Fake::start().await;
    let mut topic = chat("7");
    topic.thread = Some(ThreadId::new("5"));
    let react = |emoji: Option<&str>| Operation::React {
        message: message("9"),
        emoji: emoji.map(Into::into),
    };
    let delete = Operation::Delete {
        message: message("9"),
        reply: None,
    };
    for operation in [
        delete,
        react(Some("👍")),
        react(Some("custom:55")),
        react(None),
        Operation::Typing(topic),
    ] {
        assert_eq!(perform(&fake, operation).await.unwrap(), Performed::default());
    }
    let bodies: Vec<(String, Value)> = fake.got().into_iter().map(|got| (got.method, got.body)).collect();
    let reaction = |reaction: Value| {
        (
            "setMessageReaction".to_owned(),
            json!({ "chat_id": 7, "message_id": 9, "reaction": reaction }),
        )
    };
    assert_eq!(
        bodies,
        [
            (
                "deleteMessage".to_owned(),
                json!({ "chat_id": 7, "message_id": 9 })
            ),
            reaction(json!([{ "type": "emoji", "emoji": "👍" }])),
            reaction(json!([{ "type": "custom_emoji", "custom_emoji_id": "55" }])),
            reaction(json!([])),
            (
                "sendChatAction".to_owned(),
                json!({ "chat_id": 7, "action": "typing", "message_thread_id": 5 })
            ),
        ]
    );
}

fn acknowledge(token: &str, note: Option<&str>) -> Operation {
    Operation::Acknowledge {
        chat: chat("7"),
        reply: ReplyToken::new(token),
        note: note.map(str::to_owned),
    }
}

fn answering(token: &str) -> Operation {
    let mut operation = send(text("done"));
    operation.reply = Some(ReplyToken::new(token));
    Operation::Send(operation)
}

#[tokio::test]
async fn a_press_is_answered_once_by_whatever_answers_it() {
    let fake = Fake::start().await;
    let sender = fake.telegram().adapter().sender;
    let edited = Operation::Edit {
        message: message("9"),
        reply: Some(ReplyToken::new("q1")),
        part: text("new"),
    };
    for operation in [
        answering("q1"),
        answering("q1"),
        edited,
        acknowledge("q1", None),
        acknowledge("q2", None),
    ] {
        sender.perform(&operation).await.unwrap();
    }
    let answers = fake.bodies("answerCallbackQuery");
    assert_eq!(
        answers,
        [
            json!({ "callback_query_id": "q1" }),
            json!({ "callback_query_id": "q2" })
        ]
    );
    assert_eq!(fake.bodies("sendMessage").len(), 2);
}

#[tokio::test]
async fn a_message_does_not_mind_that_its_press_is_too_old() {
    let fake = Fake::start().await;
    let late = "Bad Request: query is too old and response timeout expired or query ID is invalid";
    fake.script("answerCallbackQuery", vec![Answer::refuse(400, late); 3]);
    perform(&fake, answering("q1")).await.unwrap();
    perform(&fake, acknowledge("q2", None)).await.unwrap();
    // But words that nobody sees are no success.
    let error = perform(&fake, acknowledge("q3", Some("not yours")))
        .await
        .unwrap_err();
    assert!(matches!(error.kind, SendErrorKind::NotFound(_)), "{error}");
}

#[tokio::test]
async fn a_note_on_a_press_is_cut_to_what_the_network_shows() {
    let fake = Fake::start().await;
    perform(&fake, acknowledge("q1", Some(&"😀".repeat(150))))
        .await
        .unwrap();
    let body = fake.only("answerCallbackQuery").body;
    assert_eq!(body["text"], "😀".repeat(100));
}
