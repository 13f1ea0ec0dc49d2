//! Interactions by HTTP: taken, answered, deferred, turned away, and the end of the endpoint.

use std::sync::atomic::Ordering;
use std::time::Duration;

use duologue_core::{
    ChatKind, Context, Engine, EngineConfig, Event, EventKind, MessageId, Operation, Reply, Router,
};
use duologue_discord::serenity::model::event::Event as Dispatch;
use duologue_discord::{DiscordExt, adapter};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio_util::sync::CancellationToken;

use crate::bot::{Bot, answer, chat};
use crate::fake::{BOT, Fake, form_body, member, message_body, press_body, slash_body, soon, typing_body};
use crate::poster::{Poster, accepted, status_line};

const SOON: Duration = Duration::from_millis(80);

fn slash(id: u64, name: &str) -> Value {
    slash_body(id, member("0"), name, json!([]), json!({}))
}

fn busy() -> Value {
    let words = "I am busy right now. Please try again in a moment.";
    json!({ "type": 4, "data": { "content": words, "flags": 64 } })
}

#[tokio::test]
async fn a_command_is_taken_with_202_and_answered_through_its_callback() {
    let fake = Fake::start().await;
    let (poster, mut bot) = Poster::online(&fake).await;
    assert_eq!(poster.post(&slash(7, "ping")).await, accepted());
    let event = bot.event().await;
    assert_eq!(event.id.as_str(), "7");
    assert!(matches!(&event.kind, EventKind::Command(call) if call.name == "ping"));
    assert_eq!(bot.answer(&event.reply.unwrap(), "pong").await.as_str(), "71");
    let call = fake.call("POST", "/interactions/").await;
    assert_eq!(call.path, "/interactions/7/secret-7/callback?with_response=true");
    assert_eq!(
        (&call.body["type"], &call.body["data"]["content"]),
        (&json!(4), &json!("pong"))
    );
    // Nothing of a gateway.
    assert!(fake.identified().is_none());
    let paths: Vec<_> = fake.calls().into_iter().map(|call| call.path).collect();
    assert!(
        !paths.iter().any(|path| path.starts_with("/gateway")),
        "{paths:?}"
    );
}

#[tokio::test]
async fn interactions_are_stored_side_by_side_and_answered_once_they_are() {
    let fake = Fake::start().await;
    let (poster, bot) = Poster::online(&fake).await;
    bot.writing.send_replace(true);
    let (first, second) = (slash(7, "ping"), slash(8, "ping"));
    let mut posts = Box::pin(async { tokio::join!(poster.post(&first), poster.post(&second)) });
    let both_wait = soon("both at the store", async {
        while bot.writing.receiver_count() < 2 {
            tokio::task::yield_now().await;
        }
    });
    tokio::select! {
        answers = &mut posts => panic!("{answers:?} came before they were stored"),
        () = both_wait => {}
    }
    assert_eq!(bot.waiting_events(), 0);
    bot.writing.send_replace(false);
    assert_eq!(posts.await, (accepted(), accepted()));
    assert_eq!(bot.waiting_events(), 2);
}

#[tokio::test]
async fn a_press_updates_its_message_through_its_callback() {
    let fake = Fake::start().await;
    let (poster, mut bot) = Poster::online(&fake).await;
    assert_eq!(poster.post(&press_body(7, "tok", "700")).await, accepted());
    let reply = bot.reply_token().await;
    bot.edit(&MessageId::new("700"), Some(&reply), "new").await;
    let call = fake.call("POST", "/interactions/7/").await;
    assert_eq!(
        (&call.body["type"], &call.body["data"]["content"]),
        (&json!(7), &json!("new"))
    );
}

#[tokio::test]
async fn a_form_comes_with_all_its_fields_and_is_answered() {
    let fake = Fake::start().await;
    let (poster, mut bot) = Poster::online(&fake).await;
    let form = form_body(7, "order", "two of them");
    assert_eq!(poster.post(&form).await, accepted());
    let event = bot.event().await;
    assert!(matches!(&event.kind, EventKind::Other(other) if other.name == "MODAL_SUBMIT"));
    // serenity does not know labels: the fields are in the JSON.
    let raw: Value = serde_json::from_slice(&event.raw.to_json()).unwrap();
    assert_eq!(raw, json!({ "t": "INTERACTION_CREATE", "d": form }));
    bot.answer(&event.reply.unwrap(), "ordered").await;
    let call = fake.call("POST", "/interactions/7/").await;
    assert_eq!(call.body["data"]["content"], "ordered");
}

/// Runs a handler of events that core has no word for, under core's engine, until it made a call.
#[expect(clippy::disallowed_methods, reason = "the test waits for it")]
async fn answered_raw(body: Value, response: Value) -> Value {
    let fake = Fake::start().await;
    let (poster, config) = Poster::new(&fake, |_| {});
    let mut router = Router::new();
    let respond = move |context: Context| {
        let response = response.clone();
        async move {
            let discord = context.discord().expect("the event is discord's");
            let raw: Value = serde_json::from_slice(&context.event().raw.to_json()).unwrap();
            let (id, token) = (
                raw["d"]["id"].as_str().unwrap(),
                raw["d"]["token"].as_str().unwrap(),
            );
            let path = format!("/interactions/{id}/{token}/callback");
            discord
                .call::<_, Value>(Method::POST, &path, Some(&response))
                .await
                .unwrap();
            Reply::none()
        }
    };
    router.event(respond);
    let adapters = vec![adapter(config).unwrap()];
    let engine = Engine::new(EngineConfig::default(), router, adapters);
    let stop = CancellationToken::new();
    let running = tokio::spawn(engine.run(stop.clone()));
    assert_eq!(poster.post(&body).await, accepted());
    let call = fake.call("POST", "/interactions/").await;
    stop.cancel();
    soon("the end", running).await.unwrap();
    call.body
}

#[tokio::test]
async fn choices_for_what_is_being_typed_go_through_the_callback() {
    let choices = json!({ "type": 8, "data": { "choices": [{ "name": "Berlin", "value": "BER" }] } });
    assert_eq!(
        answered_raw(typing_body(7, "weather", "Ber"), choices.clone()).await,
        choices
    );
}

#[tokio::test]
async fn the_same_event_comes_by_http_as_over_the_gateway() {
    let fake = Fake::start().await;
    let mut by_gateway = Bot::online(&fake).await;
    let (poster, mut by_endpoint) = Poster::online(&fake).await;
    let user = json!({ "id": "501", "username": "bob", "discriminator": "0" });
    let options = json!([
        { "name": "sub", "type": 1, "options": [
            { "name": "text", "type": 3, "value": "words" }, { "name": "who", "type": 6, "value": "501" },
        ] },
    ]);
    let resolved = json!({ "users": { "501": user } });
    for interaction in [
        slash_body(1, member("8192"), "roll", options, resolved),
        slash_body(2, member("0"), "ping", json!([]), json!({})),
        press_body(3, "tok", "700"),
        form_body(4, "order", "words"),
    ] {
        fake.dispatch("INTERACTION_CREATE", interaction.clone());
        assert_eq!(poster.post(&interaction).await, accepted());
        let (one, other) = (by_gateway.event().await, by_endpoint.event().await);
        let look = |event: &Event| {
            let dispatch = event.raw.downcast::<Dispatch>();
            format!(
                "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
                event.id,
                event.chat,
                event.chat_kind,
                event.user,
                event.sent,
                event.reply,
                event.kind,
                dispatch
            )
        };
        assert_eq!(look(&one), look(&other));
        assert!(one.user.is_some() && one.reply.is_some());
    }
}

#[tokio::test]
async fn rights_on_a_server_and_private_chats_are_told() {
    let fake = Fake::start().await;
    let (poster, mut bot) = Poster::online(&fake).await;
    let by = |id, rights| slash_body(id, member(rights), "ban", json!([]), json!({}));
    for (body, kind, moderates) in [
        (by(1, "0"), ChatKind::Group, false),
        (by(2, "8192"), ChatKind::Group, true),
        (press_body(3, "tok", "700"), ChatKind::Private, false),
    ] {
        poster.post(&body).await;
        let event = bot.event().await;
        assert_eq!(event.chat.account.as_str(), BOT);
        assert_eq!((event.chat.id.as_str(), event.chat_kind), ("300", kind));
        assert_eq!(event.user.unwrap().moderator, Some(moderates));
    }
}

#[tokio::test]
async fn what_is_newer_than_this_program_comes_with_its_json_and_can_be_answered() {
    let fake = Fake::start().await;
    let (poster, mut bot) = Poster::online(&fake).await;
    let mut body = press_body(7, "tok", "700");
    body["type"] = 99.into();
    assert_eq!(poster.post(&body).await, accepted());
    let event = bot.event().await;
    assert!(matches!(&event.kind, EventKind::Other(other) if other.name == "INTERACTION_CREATE"));
    assert_eq!(event.user.as_ref().unwrap().id.as_str(), "500");
    let raw: Value = serde_json::from_slice(&event.raw.to_json()).unwrap();
    assert_eq!(raw["d"], body);
    bot.answer(&event.reply.unwrap(), "hm").await;
    fake.call("POST", "/interactions/7/secret-7/callback").await;
}

#[tokio::test]
async fn what_takes_long_is_deferred_and_then_filled_in() {
    let fake = Fake::start().await;
    let (poster, mut bot) = Poster::online_with(&fake, |_| {}, |config| config.defer_after = SOON).await;
    poster.post(&slash(7, "slow")).await;
    let reply = bot.reply_token().await;
    assert_eq!(
        fake.call("POST", "/interactions/7/").await.body,
        json!({ "type": 5 })
    );
    bot.answer(&reply, "done").await;
    let edit = fake
        .call("PATCH", "/webhooks/200/secret-7/messages/@original")
        .await;
    assert_eq!(edit.body["content"], "done");
    poster.post(&press_body(8, "tok", "700")).await;
    assert_eq!(
        fake.call("POST", "/interactions/8/").await.body,
        json!({ "type": 6 })
    );
}

#[tokio::test]
async fn an_interaction_that_is_posted_again_is_handled_once() {
    let fake = Fake::start().await;
    let (poster, mut bot) = Poster::online(&fake).await;
    let body = slash(7, "ping");
    let copies = futures_util::future::join_all((0..20).map(|_| poster.post(&body))).await;
    assert!(copies.iter().all(|copy| *copy == accepted()), "{copies:?}");
    // The next event shows that no copy came between.
    poster.post(&slash(8, "ping")).await;
    let ids = [bot.event().await.id, bot.event().await.id];
    assert_eq!((ids[0].as_str(), ids[1].as_str()), ("7", "8"));
    assert_eq!(bot.waiting_events(), 0);
}

#[tokio::test]
async fn what_core_has_no_room_for_is_answered_with_busy_in_the_response() {
    let fake = Fake::start().await;
    let (poster, mut bot) = Poster::online_with(
        &fake,
        |endpoint| endpoint.timing.room = SOON,
        |config| config.defer_after = SOON * 25,
    )
    .await;
    bot.room.send_replace(false);
    for body in [
        slash(1, "ping"),
        press_body(2, "tok", "700"),
        form_body(3, "order", "words"),
    ] {
        let answer = poster.post(&body).await;
        assert_eq!((answer.status, answer.body), (200, busy()));
    }
    let typing = poster.post(&typing_body(4, "weather", "Ber")).await;
    assert_eq!(typing.body, json!({ "type": 8, "data": { "choices": [] } }));
    // None of them is deferred: the deferral of a later one shows that their time has passed.
    bot.room.send_replace(true);
    poster.post(&slash(5, "slow")).await;
    assert_eq!(bot.event().await.id.as_str(), "5");
    fake.call("POST", "/interactions/5/").await;
    let callbacks = fake.own_calls();
    assert_eq!(callbacks.len(), 1, "{callbacks:?}");
    bot.perform(Operation::Typing(chat())).await.unwrap();
}

#[tokio::test]
async fn what_waits_for_room_comes_in_order_when_there_is_some() {
    let fake = Fake::start().await;
    let (poster, mut bot) = Poster::online(&fake).await;
    bot.room.send_replace(false);
    let (first, second) = (slash(1, "ping"), slash(2, "ping"));
    let mut refused = bot.refused.subscribe();
    let second = async {
        // The first one waits by now.
        soon("a refusal", refused.wait_for(|refused| *refused > 0))
            .await
            .unwrap();
        let room = async {
            tokio::time::sleep(SOON).await;
            bot.room.send_replace(true);
        };
        tokio::join!(poster.post(&second), room).0
    };
    let both = tokio::join!(poster.post(&first), second);
    assert_eq!(both, (accepted(), accepted()));
    let ids = [bot.event().await.id, bot.event().await.id];
    assert_eq!((ids[0].as_str(), ids[1].as_str()), ("1", "2"));
}

#[tokio::test]
async fn busy_follows_a_deferral_that_came_first() {
    let fake = Fake::start().await;
    let (poster, bot) = Poster::online_with(
        &fake,
        |endpoint| endpoint.timing.room = SOON * 25,
        |config| config.defer_after = SOON,
    )
    .await;
    bot.room.send_replace(false);
    assert_eq!(poster.post(&slash(7, "slow")).await, accepted());
    assert_eq!(
        fake.call("POST", "/interactions/7/").await.body,
        json!({ "type": 5 })
    );
    let note = fake.call("POST", "/webhooks/200/secret-7?wait=true").await;
    assert_eq!(
        (&note.body["flags"], &note.body["content"]),
        (&json!(64), &busy()["data"]["content"])
    );
}

#[tokio::test]
async fn a_request_that_is_under_way_when_the_bot_stops_is_taken_and_deferred() {
    let fake = Fake::start().await;
    let (poster, mut bot) = Poster::online_with(&fake, |endpoint| endpoint.timing.drain *= 8, |_| {}).await;
    let body = slash(7, "ping").to_string();
    let mut stream = poster.begin(&body).await;
    // One that is answered shows that the first has arrived: connections are taken in order.
    poster.post(&slash(8, "ping")).await;
    assert_eq!(bot.event().await.id.as_str(), "8");
    bot.stop.cancel();
    stream.write_all(body.as_bytes()).await.unwrap();
    assert_eq!(status_line(&mut stream).await, "HTTP/1.1 202 Accepted");
    assert_eq!(bot.event().await.id.as_str(), "7");
    soon("the end", bot.ended).await.unwrap().unwrap();
    for id in [7, 8] {
        let deferral = fake.call("POST", &format!("/interactions/{id}/")).await;
        assert_eq!(deferral.body, json!({ "type": 5 }));
    }
}

#[tokio::test]
async fn a_request_that_does_not_end_is_not_waited_for_at_the_end() {
    let fake = Fake::start().await;
    let (poster, bot) = Poster::online_with(&fake, |endpoint| endpoint.timing.drain = SOON, |_| {}).await;
    let mut stream = poster.begin("{}").await;
    poster.post(&slash(8, "ping")).await;
    bot.stop.cancel();
    soon("the end", bot.ended).await.unwrap().unwrap();
    assert_eq!(status_line(&mut stream).await, "");
}

#[tokio::test]
async fn what_comes_while_core_stops_is_told_to_come_again() {
    let fake = Fake::start().await;
    let (poster, bot) = Poster::online(&fake).await;
    bot.closing.store(true, Ordering::Relaxed);
    let answer = poster.post(&slash(7, "ping")).await;
    assert_eq!((answer.status, &answer.body["data"]["flags"]), (200, &json!(64)));
    let words = answer.body["data"]["content"].as_str().unwrap();
    assert!(words.contains("restarted"), "{words}");
}

#[tokio::test]
async fn messages_come_over_the_gateway_beside_the_endpoint() {
    let fake = Fake::start().await;
    let (poster, mut bot) = Poster::online_with(&fake, |endpoint| endpoint.gateway = true, |_| {}).await;
    fake.dispatch("MESSAGE_CREATE", message_body("900", "300", "hello"));
    assert_eq!(bot.event().await.id.as_str(), "900");
    poster.post(&slash(7, "ping")).await;
    let reply = bot.reply_token().await;
    bot.perform(answer(&reply, "pong", false)).await.unwrap();
    fake.call("POST", "/interactions/7/").await;
    bot.stop.cancel();
    soon("the end", bot.ended).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_source_that_runs_again_finds_its_socket() {
    let fake = Fake::start().await;
    let (poster, config) = Poster::new(&fake, |_| {});
    for id in 1..3 {
        let mut bot = Bot::online_with(config.clone()).await;
        poster.post(&slash(id, "ping")).await;
        assert_eq!(bot.event().await.id.as_str(), id.to_string());
        bot.stop.cancel();
        soon("the end", bot.ended).await.unwrap().unwrap();
    }
}
