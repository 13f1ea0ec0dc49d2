//! Drafts, the button that stops them, and who is a moderator.

use std::sync::Arc;

use duologue_core::content::{Style, StyledText};
use duologue_core::{EventKind, Operation, SendErrorKind, Sender, Stop, Support, UserId};
use duologue_telegram::{Telegram, TelegramConfig};
use serde_json::json;

use crate::collector::Running;
use crate::fake::{Answer, Fake, config};
use crate::sending::chat;

fn draft(words: &str) -> Operation {
    let mut text = StyledText::plain("");
    text.styled(Style::Bold, |text| text.push_str(words));
    Operation::Draft {
        chat: chat("7"),
        draft: 12,
        text: Arc::new(text),
    }
}

async fn perform(sender: &dyn Sender, operation: Operation) -> Result<(), SendErrorKind> {
    sender
        .perform(&operation)
        .await
        .map(drop)
        .map_err(|error| error.kind)
}

#[tokio::test]
async fn a_draft_goes_out_with_its_styles_and_a_stop_button() {
    let fake = Fake::start().await;
    let sender = fake.telegram().adapter().sender;
    assert_eq!(perform(&*sender, draft("half")).await, Ok(()));
    let expected = json!({
        "chat_id": 7, "draft_id": 12, "text": "half", "can_stop": true,
        "entities": [{ "type": "bold", "offset": 0, "length": 4 }],
    });
    assert_eq!(fake.only("sendMessageDraft").body, expected);
}

#[tokio::test]
async fn a_server_that_knows_no_drafts_is_asked_once() {
    let fake = Fake::start().await;
    fake.script(
        "sendMessageDraft",
        [Answer::refuse(404, "Not Found: method not found")],
    );
    let sender = fake.telegram().adapter().sender;
    for _ in 0..2 {
        let refused = perform(&*sender, draft("half")).await;
        assert!(
            matches!(refused, Err(SendErrorKind::Unsupported(_))),
            "{refused:?}"
        );
    }
    assert_eq!(fake.bodies("sendMessageDraft").len(), 1);
}

#[tokio::test]
async fn drafts_can_be_turned_off() {
    let config = TelegramConfig {
        drafts: false,
        ..config("http://127.0.0.1:1")
    };
    let adapter = Telegram::new(config).unwrap().adapter();
    assert_eq!(adapter.sender.capabilities().drafts, Support::No);
}

#[tokio::test]
async fn a_stopped_draft_is_an_event_of_its_chat() {
    let fake = Fake::start().await;
    fake.push(json!({ "update_id": 1, "stopped_message_generation": {
        "chat": { "id": 7, "type": "private", "first_name": "Ann" }, "draft_id": 12 } }));
    let running = Running::start(&fake.telegram().adapter());
    running.collector.until_events(1).await;
    let event = running.collector.events().remove(0);
    assert!(
        matches!(event.kind, EventKind::Stop(Stop { draft: 12 })),
        "{:?}",
        event.kind
    );
    assert_eq!(event.chat.id.as_str(), "7");
    running.stop().await;
}

#[tokio::test]
async fn moderators_are_those_whom_the_network_calls_so() {
    let fake = Fake::start().await;
    let sender = fake.telegram().adapter().sender;
    for (status, moderates) in [
        ("creator", true),
        ("administrator", true),
        ("member", false),
        ("left", false),
    ] {
        fake.script(
            "getChatMember",
            [Answer::ok(json!({ "status": status, "user": {} }))],
        );
        let answer = sender.moderates(&chat("-1007"), &UserId::new("7")).await;
        assert_eq!(answer.unwrap(), moderates, "{status}");
    }
    assert_eq!(
        fake.bodies("getChatMember")[0],
        json!({ "chat_id": -1007, "user_id": 7 })
    );
    let private = sender.moderates(&chat("7"), &UserId::new("7")).await;
    assert!(!private.unwrap());
    assert_eq!(
        fake.bodies("getChatMember").len(),
        4,
        "nobody is asked about a private chat"
    );
}
