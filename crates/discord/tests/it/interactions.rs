//! Interactions from end to end: answered, deferred, edited, followed up, and after their time.

use std::time::Duration;

use duologue_core::command::CommandSpec;
use duologue_core::content::Media;
use duologue_core::{MessageId, Operation, ReplyToken, SendErrorKind, SendOperation};
use serde_json::json;

use crate::bot::{Bot, answer, chat, config, message_ref, part, send};
use crate::fake::Fake;

const SOON: Duration = Duration::from_millis(80);

async fn deferring(fake: &Fake) -> Bot {
    deferring_after(fake, SOON).await
}

async fn deferring_after(fake: &Fake, after: Duration) -> Bot {
    let mut config = config(fake);
    config.defer_after = after;
    Bot::online_with(config).await
}

fn gone() -> serde_json::Value {
    json!({ "code": 10062, "message": "Unknown interaction" })
}

#[tokio::test]
async fn a_quick_answer_is_the_first_call() {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    let id = fake.slash("ping", json!([]), json!({}));
    let reply = bot.reply_token().await;
    let message = bot.answer(&reply, "pong").await;
    assert_eq!(message.as_str(), format!("{id}1"));
    let call = fake.call("POST", "/interactions/").await;
    assert_eq!(
        call.path,
        format!("/interactions/{id}/secret-{id}/callback?with_response=true")
    );
    let expected = json!({ "type": 4, "data": { "content": "pong", "allowed_mentions": { "parse": [] } } });
    assert_eq!(call.body, expected);
    assert_eq!(fake.own_calls().len(), 1);
}

#[tokio::test]
async fn the_answer_of_a_server_that_ignores_with_response_is_asked_for() {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    let id = fake.slash("ping", json!([]), json!({}));
    let reply = bot.reply_token().await;
    fake.script("POST", "/interactions/", 204, json!(null));
    assert_eq!(bot.answer(&reply, "pong").await.as_str(), format!("{id}1"));
}

#[tokio::test]
async fn what_takes_long_is_deferred_and_then_filled_in() {
    let fake = Fake::start().await;
    let mut bot = deferring(&fake).await;
    let id = fake.slash("slow", json!([]), json!({}));
    let reply = bot.reply_token().await;
    let deferral = fake.call("POST", "/interactions/").await;
    assert_eq!(deferral.body, json!({ "type": 5 }));
    let first = bot.answer(&reply, "done").await;
    let second = bot.answer(&reply, "and more").await;
    let edit = fake
        .call("PATCH", &format!("/webhooks/200/secret-{id}/messages/@original"))
        .await;
    assert_eq!(edit.body["content"], "done");
    let follow_up = fake
        .call("POST", &format!("/webhooks/200/secret-{id}?wait=true"))
        .await;
    assert_eq!(follow_up.body["content"], "and more");
    assert_ne!(first, second);
}

#[tokio::test]
async fn all_that_wait_are_deferred_in_time_without_any_handler() {
    let fake = Fake::start().await;
    let _bot = deferring(&fake).await;
    for _ in 0..60 {
        fake.slash("slow", json!([]), json!({}));
    }
    let last = fake.nth_call("POST", "/interactions/", 59).await;
    let first = fake.call("POST", "/interactions/").await;
    assert!(
        last.at - first.at < Duration::from_millis(1_500),
        "{:?}",
        last.at - first.at
    );
}

#[tokio::test]
async fn what_core_has_no_room_for_is_deferred_in_time_and_comes_later_in_order() {
    let fake = Fake::start().await;
    let mut bot = deferring(&fake).await;
    bot.room.send_replace(false);
    let ids: Vec<_> = (0..5).map(|_| fake.slash("slow", json!([]), json!({}))).collect();
    fake.nth_call("POST", "/interactions/", 4).await;
    bot.room.send_replace(true);
    for id in ids {
        assert_eq!(bot.event().await.id.as_str(), id.to_string());
    }
}

#[tokio::test]
async fn an_answered_command_is_not_deferred() {
    let fake = Fake::start().await;
    let mut bot = deferring_after(&fake, SOON * 10).await;
    fake.slash("quick", json!([]), json!({}));
    let reply = bot.reply_token().await;
    bot.answer(&reply, "pong").await;
    // The deferral of a later one shows that the time of the first has passed.
    fake.slash("slow", json!([]), json!({}));
    fake.nth_call("POST", "/interactions/", 1).await;
    let types: Vec<_> = fake
        .calls()
        .into_iter()
        .filter_map(|call| call.body["type"].as_u64())
        .collect();
    assert_eq!(types, [4, 5]);
}

#[tokio::test]
async fn an_answer_and_the_deferral_never_race() {
    let fake = Fake::start().await;
    let mut bot = deferring(&fake).await;
    let id = fake.slash("slow", json!([]), json!({}));
    let reply = bot.reply_token().await;
    // The answer is under way when the deadline comes.
    fake.script_with("POST", "/interactions/", 204, json!(null), Vec::new(), SOON * 3);
    bot.answer(&reply, "pong").await;
    bot.answer(&reply, "more").await;
    let calls = fake.own_calls();
    let callbacks = calls
        .iter()
        .filter(|(_, path)| path.starts_with("/interactions/"))
        .count();
    assert_eq!(callbacks, 1, "{calls:?} {id}");
}

#[tokio::test]
async fn a_deferral_that_fails_is_tried_again_in_time() {
    let fake = Fake::start().await;
    let mut bot = deferring(&fake).await;
    fake.script("POST", "/interactions/", 502, json!("bad gateway"));
    let id = fake.slash("slow", json!([]), json!({}));
    let reply = bot.reply_token().await;
    fake.nth_call("POST", "/interactions/", 1).await;
    bot.answer(&reply, "done").await;
    fake.call("PATCH", &format!("/webhooks/200/secret-{id}/messages/@original"))
        .await;
}

#[tokio::test]
async fn a_command_declared_ephemeral_is_deferred_so() {
    let fake = Fake::start().await;
    let mut bot = deferring(&fake).await;
    let spec = CommandSpec {
        ephemeral: true,
        ..CommandSpec::new("secret", "whispers")
    };
    bot.adapter.sender.register(&[spec]).await.unwrap();
    let id = fake.slash("secret", json!([]), json!({}));
    let reply = bot.reply_token().await;
    let deferral = fake.call("POST", "/interactions/").await;
    assert_eq!(deferral.body, json!({ "type": 5, "data": { "flags": 64 } }));
    bot.perform(answer(&reply, "psst", true)).await.unwrap();
    fake.call("PATCH", &format!("/webhooks/200/secret-{id}/messages/@original"))
        .await;
}

#[tokio::test]
async fn an_ephemeral_answer_to_a_public_deferral_replaces_it() {
    let fake = Fake::start().await;
    let mut bot = deferring(&fake).await;
    let id = fake.slash("slow", json!([]), json!({}));
    let reply = bot.reply_token().await;
    fake.call("POST", "/interactions/").await;
    bot.perform(answer(&reply, "psst", true)).await.unwrap();
    fake.call("DELETE", &format!("/webhooks/200/secret-{id}/messages/@original"))
        .await;
    let follow_up = fake
        .call("POST", &format!("/webhooks/200/secret-{id}?wait=true"))
        .await;
    assert_eq!(follow_up.body["flags"], 64);
}

#[tokio::test]
async fn a_press_is_deferred_silently_and_its_message_edited() {
    let fake = Fake::start().await;
    let mut bot = deferring(&fake).await;
    let id = fake.press("tok", "700");
    let reply = bot.reply_token().await;
    assert_eq!(
        fake.call("POST", "/interactions/").await.body,
        json!({ "type": 6 })
    );
    let edited = bot.edit(&MessageId::new("700"), Some(&reply), "new").await;
    assert_eq!(edited.messages, [MessageId::new("700")]);
    fake.call("PATCH", &format!("/webhooks/200/secret-{id}/messages/@original"))
        .await;
    // Something new is a message of its own.
    bot.answer(&reply, "also").await;
    fake.call("POST", &format!("/webhooks/200/secret-{id}?wait=true"))
        .await;
}

#[tokio::test]
async fn a_quick_press_updates_its_message_with_the_first_call() {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    let id = fake.press("tok", "700");
    let reply = bot.reply_token().await;
    bot.edit(&MessageId::new("700"), Some(&reply), "new").await;
    let call = fake.call("POST", "/interactions/").await;
    assert_eq!(call.path, format!("/interactions/{id}/secret-{id}/callback"));
    assert_eq!(
        (&call.body["type"], &call.body["data"]["content"]),
        (&json!(7), &json!("new"))
    );
}

#[tokio::test]
async fn an_answer_to_a_press_is_a_new_message() {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    let id = fake.press("tok", "700");
    let reply = bot.reply_token().await;
    assert_eq!(bot.answer(&reply, "new").await.as_str(), format!("{id}1"));
    assert_eq!(fake.call("POST", "/interactions/").await.body["type"], 4);
    // The pressed message is still a message of the channel.
    bot.edit(&MessageId::new("700"), Some(&reply), "card").await;
    fake.call("PATCH", "/channels/300/messages/700").await;
}

#[tokio::test]
async fn answers_and_follow_ups_are_edited_and_deleted_through_the_token() {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    let id = fake.slash("ping", json!([]), json!({}));
    let reply = bot.reply_token().await;
    let first = bot.answer(&reply, "one").await;
    let second = bot.answer(&reply, "two").await;
    assert_eq!(bot.edit(&first, None, "1").await.messages, vec![first.clone()]);
    assert_eq!(
        bot.edit(&second, Some(&reply), "2").await.messages,
        vec![second.clone()]
    );
    fake.call("PATCH", &format!("/webhooks/200/secret-{id}/messages/@original"))
        .await;
    fake.call("PATCH", &format!("/webhooks/200/secret-{id}/messages/{second}"))
        .await;
    bot.perform(Operation::Delete {
        message: message_ref(&second),
        reply: None,
    })
    .await
    .unwrap();
    fake.call("DELETE", &format!("/webhooks/200/secret-{id}/messages/{second}"))
        .await;
}

#[tokio::test]
async fn when_the_token_is_dead_an_answer_goes_to_the_channel() {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    fake.slash("ping", json!([]), json!({}));
    let reply = bot.reply_token().await;
    fake.script("POST", "/interactions/", 404, gone());
    bot.answer(&reply, "late").await;
    let call = fake.call("POST", "/channels/300/messages").await;
    assert_eq!(
        (&call.body["content"], &call.body["nonce"]),
        (&json!("late"), &json!("77"))
    );
}

#[tokio::test]
async fn when_the_token_is_dead_an_edit_goes_to_the_channel() {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    fake.slash("ping", json!([]), json!({}));
    let reply = bot.reply_token().await;
    let message = bot.answer(&reply, "one").await;
    fake.script(
        "PATCH",
        "/webhooks/",
        401,
        json!({ "code": 50027, "message": "Invalid Webhook Token" }),
    );
    bot.edit(&message, None, "two").await;
    fake.call("PATCH", &format!("/channels/300/messages/{message}"))
        .await;
}

#[tokio::test]
async fn what_one_person_alone_should_see_never_goes_to_the_channel() {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    fake.slash("ping", json!([]), json!({}));
    let reply = bot.reply_token().await;
    fake.script("POST", "/interactions/", 404, gone());
    let error = bot.perform(answer(&reply, "psst", true)).await.unwrap_err();
    assert!(matches!(error.kind, SendErrorKind::NotFound(_)), "{error}");
    assert!(
        !fake
            .own_calls()
            .iter()
            .any(|(_, path)| path.starts_with("/channels/"))
    );
}

#[tokio::test]
async fn a_refused_answer_leaves_the_interaction_open() {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    let id = fake.slash("ping", json!([]), json!({}));
    let reply = bot.reply_token().await;
    fake.script(
        "POST",
        "/interactions/",
        400,
        json!({ "code": 50035, "message": "Invalid Form Body" }),
    );
    let error = bot.perform(answer(&reply, "bad", false)).await.unwrap_err();
    assert!(matches!(error.kind, SendErrorKind::Refused(_)), "{error}");
    assert_eq!(bot.answer(&reply, "sorry").await.as_str(), format!("{id}1"));
}

#[tokio::test]
async fn an_answer_that_was_made_before_is_not_overwritten() {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    fake.slash("ping", json!([]), json!({}));
    let reply = bot.reply_token().await;
    fake.script("POST", "/interactions/", 200, json!("nonsense"));
    bot.answer(&reply, "one").await;
    bot.answer(&reply, "two").await;
    let calls = fake.own_calls();
    assert_eq!(calls.last().unwrap().0, "POST", "{calls:?}");
}

#[tokio::test]
async fn a_large_file_defers_first() {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    let id = fake.slash("picture", json!([]), json!({}));
    let reply = bot.reply_token().await;
    let mut part = part("look");
    part.media.push(Media::photo("a.png", vec![0_u8; 300 << 10]));
    let operation = Operation::Send(SendOperation {
        reply: Some(reply),
        ..send(part)
    });
    bot.perform(operation).await.unwrap();
    assert_eq!(
        fake.call("POST", "/interactions/").await.body,
        json!({ "type": 5 })
    );
    let edit = fake
        .call("PATCH", &format!("/webhooks/200/secret-{id}/messages/@original"))
        .await;
    assert_eq!(edit.files[0].2.len(), 300 << 10);
}

#[tokio::test]
async fn an_acknowledged_press_shows_its_note_to_one_person() {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    fake.press("tok", "700");
    let reply = bot.reply_token().await;
    let note = Some("not yours".to_owned());
    bot.perform(Operation::Acknowledge {
        chat: chat(),
        reply,
        note,
    })
    .await
    .unwrap();
    let call = fake.call("POST", "/interactions/").await;
    assert_eq!(
        (&call.body["type"], &call.body["data"]["flags"]),
        (&json!(4), &json!(64))
    );
    fake.press("tok", "700");
    let reply = bot.reply_token().await;
    bot.perform(Operation::Acknowledge {
        chat: chat(),
        reply,
        note: None,
    })
    .await
    .unwrap();
    assert_eq!(
        fake.nth_call("POST", "/interactions/", 1).await.body,
        json!({ "type": 6 })
    );
}

#[tokio::test]
async fn an_acknowledged_command_leaves_nothing_behind() {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    let id = fake.slash("silent", json!([]), json!({}));
    let reply = bot.reply_token().await;
    bot.perform(Operation::Acknowledge {
        chat: chat(),
        reply,
        note: None,
    })
    .await
    .unwrap();
    assert_eq!(
        fake.call("POST", "/interactions/").await.body,
        json!({ "type": 5 })
    );
    fake.call("DELETE", &format!("/webhooks/200/secret-{id}/messages/@original"))
        .await;
}

#[tokio::test]
async fn typing_is_not_shown_while_a_command_waits() {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    fake.slash("slow", json!([]), json!({}));
    let reply = bot.reply_token().await;
    bot.perform(Operation::Typing(chat())).await.unwrap();
    assert_eq!(fake.own_calls(), []);
    bot.answer(&reply, "done").await;
    bot.perform(Operation::Typing(chat())).await.unwrap();
    fake.call("POST", "/channels/300/typing").await;
}

#[tokio::test]
async fn a_stopping_source_defers_what_still_waits() {
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    fake.slash("slow", json!([]), json!({}));
    bot.reply_token().await;
    bot.stop.cancel();
    crate::fake::soon("the end", bot.ended).await.unwrap().unwrap();
    assert_eq!(
        fake.call("POST", "/interactions/").await.body,
        json!({ "type": 5 })
    );
}

#[tokio::test]
async fn a_token_of_an_earlier_process_is_answered_with_a_follow_up() {
    let fake = Fake::start().await;
    let bot = Bot::online(&fake).await;
    bot.answer(&ReplyToken::new("123.200.old-token"), "here").await;
    fake.call("POST", "/webhooks/200/old-token?wait=true").await;
}
