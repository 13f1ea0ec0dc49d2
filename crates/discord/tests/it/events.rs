//! What comes in: each kind of gateway event as core's event, in order.

use duologue_core::content::Style;
use duologue_core::{
    AttachmentKind, ChatKind, CommandInput, Event, EventKind, Message, MessageId, OptionValue,
};
use duologue_discord::serenity::model::event::Event as Dispatch;
use serde_json::{Value, json};

use crate::bot::Bot;
use crate::fake::{BOT, Fake, message_body, person};

#[tokio::test]
async fn a_slash_command_comes_with_typed_options() {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    let options = json!([
        { "name": "text", "type": 3, "value": "words" },
        { "name": "whole", "type": 4, "value": 3 },
        { "name": "yes", "type": 5, "value": true },
        { "name": "who", "type": 6, "value": "501" },
        { "name": "number", "type": 10, "value": 1.5 },
        { "name": "file", "type": 11, "value": "601" },
    ]);
    let attachment = json!({ "id": "601", "filename": "a.png", "size": 9, "url": "http://127.0.0.1/a.png",
        "proxy_url": "", "content_type": "image/png", "width": 4, "height": 5 });
    let user = json!({ "id": "501", "username": "bob", "bot": true, "discriminator": "0" });
    let resolved = json!({ "users": { "501": user }, "attachments": { "601": attachment } });
    let id = fake.slash("roll", options, resolved);
    let event = bot.event().await;
    assert_eq!(event.id.as_str(), id.to_string());
    assert_eq!(
        (event.chat.id.as_str(), event.chat_kind),
        ("300", ChatKind::Group)
    );
    assert_eq!(event.chat.account.as_str(), BOT);
    let user = event.user.as_ref().unwrap();
    assert_eq!(
        (
            user.name.as_str(),
            user.handle.as_deref(),
            user.language.as_deref()
        ),
        ("Ada", Some("ada"), Some("de"))
    );
    assert!(event.reply.is_some());
    assert!(matches!(
        event.raw.downcast::<Dispatch>(),
        Some(Dispatch::InteractionCreate(_))
    ));
    let EventKind::Command(call) = event.kind else {
        panic!("{:?}", event.kind)
    };
    assert_eq!(call.name, "roll");
    let CommandInput::Options(options) = call.input else {
        panic!("{:?}", call.input)
    };
    assert_eq!(options[0], ("text".into(), OptionValue::Text("words".into())));
    assert_eq!(options[1], ("whole".into(), OptionValue::Integer(3)));
    assert_eq!(options[2], ("yes".into(), OptionValue::Bool(true)));
    assert!(matches!(&options[3].1, OptionValue::User(user) if user.bot && user.name == "bob"));
    assert_eq!(options[4], ("number".into(), OptionValue::Number(1.5)));
    let OptionValue::Attachment(file) = &options[5].1 else {
        panic!("{:?}", options[5])
    };
    assert_eq!(
        (file.kind, file.bytes, file.size),
        (AttachmentKind::Photo, Some(9), Some((4, 5)))
    );
}

#[tokio::test]
async fn rights_over_messages_make_a_moderator() {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    // Nothing, sending, managing messages, managing the server, being an administrator.
    for (rights, moderates) in [
        ("0", false),
        ("2048", false),
        ("8192", true),
        ("32", true),
        ("8", true),
    ] {
        fake.slash_with_rights(rights, "roll");
        let user = bot.event().await.user.unwrap();
        assert_eq!(user.moderator, Some(moderates), "{rights}");
    }
    fake.press("token", "77");
    let user = bot.event().await.user.unwrap();
    assert_eq!(user.moderator, Some(false), "nobody is one in a direct message");
}

#[tokio::test]
async fn events_keep_their_order() {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    for number in 0..300 {
        fake.dispatch(
            "MESSAGE_CREATE",
            message_body(&(1000 + number).to_string(), "300", &number.to_string()),
        );
    }
    for number in 0..300 {
        assert_eq!(message(bot.event().await).text.text, number.to_string());
    }
}

fn message(event: Event) -> Message {
    match event.kind {
        EventKind::Message(message) | EventKind::MessageEdited(message) => message,
        other => panic!("{other:?}"),
    }
}

async fn received(kind: &str, data: Value) -> Event {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    fake.dispatch(kind, data);
    bot.event().await
}

#[tokio::test]
async fn a_private_message_comes_as_one() {
    let event = received("MESSAGE_CREATE", message_body("700", "300", "**hi** there")).await;
    assert_eq!(event.chat_kind, ChatKind::Private);
    assert_eq!(event.id.as_str(), "700");
    let message = message(event);
    assert!(!message.addressed);
    assert_eq!(
        (message.text.text.as_str(), &message.text.spans[0].style),
        ("hi there", &Style::Bold)
    );
}

#[tokio::test]
async fn a_message_that_mentions_the_bot_is_addressed_and_loses_the_mention() {
    let mut data = message_body("700", "300", &format!("<@{BOT}> roll 3"));
    data["guild_id"] = "400".into();
    data["mentions"] = json!([{ "id": BOT, "username": "bot", "discriminator": "0" }]);
    let event = received("MESSAGE_CREATE", data).await;
    assert_eq!(event.chat_kind, ChatKind::Group);
    let message = message(event);
    assert!(message.addressed);
    assert_eq!(message.text.text, "roll 3");
}

#[tokio::test]
async fn an_answer_to_the_bot_is_addressed() {
    let mut data = message_body("700", "300", "and now?");
    let mut before = message_body("699", "300", "done");
    before["author"] = json!({ "id": BOT, "username": "bot" });
    data["referenced_message"] = before;
    data["message_reference"] = json!({ "message_id": "699", "channel_id": "300" });
    let message = message(received("MESSAGE_CREATE", data).await);
    assert!(message.addressed);
    assert_eq!(message.replies_to, Some(MessageId::new("699")));
}

#[tokio::test]
async fn files_come_with_a_message() {
    let mut data = message_body("700", "300", "");
    data["attachments"] =
        json!([{ "id": "1", "filename": "a.txt", "size": 3, "url": "http://127.0.0.1/a", "proxy_url": "" }]);
    let message = message(received("MESSAGE_CREATE", data).await);
    assert_eq!(message.attachments[0].kind, AttachmentKind::Document);
    assert_eq!(message.attachments[0].file.0, "http://127.0.0.1/a");
}

#[tokio::test]
async fn the_bots_own_messages_are_ignored_and_other_bots_are_marked() {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    let mut own = message_body("700", "300", "mine");
    own["author"] = json!({ "id": BOT, "username": "bot", "bot": true });
    fake.dispatch("MESSAGE_CREATE", own);
    let mut other = message_body("701", "300", "theirs");
    other["author"]["bot"] = true.into();
    fake.dispatch("MESSAGE_CREATE", other);
    let event = bot.event().await;
    assert_eq!(event.id.as_str(), "701");
    assert!(event.user.unwrap().bot);
}

#[tokio::test]
async fn an_edit_comes_but_an_added_preview_does_not() {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    fake.dispatch(
        "MESSAGE_UPDATE",
        json!({ "id": "700", "channel_id": "300", "embeds": [], "content": "old" }),
    );
    let mut edited = message_body("700", "300", "new");
    edited["edited_timestamp"] = "2026-01-01T00:01:00Z".into();
    fake.dispatch("MESSAGE_UPDATE", edited);
    let event = bot.event().await;
    assert!(matches!(event.kind, EventKind::MessageEdited(_)));
    assert_eq!(message(event).text.text, "new");
}

#[tokio::test]
async fn deletions_come_alone_and_in_bulk() {
    let ids = |event: Event| match event.kind {
        EventKind::MessagesDeleted(ids) => ids,
        other => panic!("{other:?}"),
    };
    let one = received("MESSAGE_DELETE", json!({ "id": "700", "channel_id": "300" })).await;
    assert_eq!(ids(one), [MessageId::new("700")]);
    let two = json!({ "ids": ["700", "701"], "channel_id": "300", "guild_id": "400" });
    assert_eq!(
        ids(received("MESSAGE_DELETE_BULK", two).await),
        [MessageId::new("700"), MessageId::new("701")]
    );
}

#[tokio::test]
async fn reactions_come_and_go() {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    let reaction = |emoji: Value| json!({ "user_id": "500", "channel_id": "300", "message_id": "700", "emoji": emoji, "burst": false, "type": 0 });
    fake.dispatch(
        "MESSAGE_REACTION_ADD",
        reaction(json!({ "id": null, "name": "👍" })),
    );
    fake.dispatch(
        "MESSAGE_REACTION_REMOVE",
        reaction(json!({ "id": "33", "name": "blob" })),
    );
    let (first, second) = (bot.event().await, bot.event().await);
    let EventKind::Reaction(first) = first.kind else {
        panic!("{:?}", first.kind)
    };
    assert_eq!(
        (first.added.as_slice(), first.removed.len()),
        (["👍".into()].as_slice(), 0)
    );
    let EventKind::Reaction(second) = second.kind else {
        panic!("{:?}", second.kind)
    };
    assert_eq!(second.removed, ["blob:33"]);
}

#[tokio::test]
async fn a_press_and_a_selection_come_with_their_message() {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    fake.press("tok", "700");
    let EventKind::Press(press) = bot.event().await.kind else {
        panic!("no press")
    };
    assert_eq!(
        (press.token.as_str(), press.message),
        ("tok", Some(MessageId::new("700")))
    );
    let mut selection = json!({
        "id": "8000", "application_id": "200", "type": 3, "channel_id": "300", "token": "t", "version": 1,
        "data": { "custom_id": "pick", "component_type": 3, "values": ["a", "b"] }, "locale": "de",
        "entitlements": [], "attachment_size_limit": 1, "message": message_body("700", "300", ""),
    });
    selection["user"] = person();
    fake.dispatch("INTERACTION_CREATE", selection);
    let EventKind::Press(press) = bot.event().await.kind else {
        panic!("no press")
    };
    assert_eq!(press.values, ["a", "b"]);
}

#[tokio::test]
async fn what_is_unknown_comes_as_other_with_its_json() {
    let event = received("BRAND_NEW_THING", json!({ "channel_id": "300", "shiny": 1 })).await;
    assert_eq!(event.chat.id.as_str(), "300");
    let EventKind::Other(other) = &event.kind else {
        panic!("{:?}", event.kind)
    };
    assert_eq!(other.name, "BRAND_NEW_THING");
    let json: Value = serde_json::from_slice(&event.raw.to_json()).unwrap();
    assert_eq!(json["d"]["shiny"], 1);
}

#[tokio::test]
async fn an_interaction_that_serenity_cannot_read_comes_as_other() {
    let event = received("INTERACTION_CREATE", json!({ "id": "1", "type": 99 })).await;
    assert!(matches!(event.kind, EventKind::Other(_)), "{:?}", event.kind);
}
