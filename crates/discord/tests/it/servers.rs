//! Which server an event is from: all kinds of them, by the gateway and by HTTP.

use duologue_core::{ChatKind, Event};
use serde_json::{Value, json};

use crate::bot::Bot;
use crate::fake::{Fake, form_body, member, message_body, person, press_body, slash_body};
use crate::poster::{Poster, accepted};

const SERVER: &str = "400";

fn on_server(mut data: Value) -> Value {
    data["guild_id"] = SERVER.into();
    data
}

fn private(mut data: Value) -> Value {
    data.as_object_mut().unwrap().remove("guild_id");
    data
}

fn place(event: &Event) -> (ChatKind, Option<&str>) {
    (
        event.chat_kind,
        event.server.as_ref().map(|server| server.as_str()),
    )
}

#[tokio::test]
async fn each_kind_of_event_names_its_server_and_private_chats_are_on_none() {
    let slash = slash_body(802, member("0"), "roll", json!([]), json!({}));
    let mut edited = message_body("700", "300", "new");
    edited["edited_timestamp"] = "2026-01-01T00:01:00Z".into();
    let reaction = json!({ "user_id": "501", "channel_id": "300", "message_id": "7",
        "emoji": { "id": null, "name": "👍" }, "burst": false, "type": 0 });
    let anywhere = [
        ("MESSAGE_CREATE", message_body("801", "300", "hello")),
        ("MESSAGE_UPDATE", edited),
        ("MESSAGE_DELETE", json!({ "id": "700", "channel_id": "300" })),
        (
            "MESSAGE_DELETE_BULK",
            json!({ "ids": ["700"], "channel_id": "300" }),
        ),
        ("MESSAGE_REACTION_ADD", reaction.clone()),
        ("MESSAGE_REACTION_REMOVE", reaction),
        ("INTERACTION_CREATE", slash),
        ("INTERACTION_CREATE", press_body(803, "token", "7")),
        ("INTERACTION_CREATE", form_body(804, "order", "two")),
        ("SOMETHING_NEW", json!({ "channel_id": "300" })),
    ];
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    for (kind, data) in anywhere {
        fake.dispatch(kind, on_server(data.clone()));
        assert_eq!(
            place(&bot.event().await),
            (ChatKind::Group, Some(SERVER)),
            "{kind}"
        );
        let mut data = private(data);
        // Another id, as one that came before is not new. In private there is no member.
        if let Some(id) = data["id"].as_str() {
            data["id"] = format!("{id}0").into();
        }
        if kind == "INTERACTION_CREATE" {
            data.as_object_mut().unwrap().remove("member");
            data["user"] = person();
        }
        fake.dispatch(kind, data);
        assert_eq!(place(&bot.event().await), (ChatKind::Private, None), "{kind}");
    }
    let mut joined = member("0");
    joined["joined_at"] = "2026-01-01T00:00:00Z".into();
    for (kind, data) in [
        ("GUILD_MEMBER_ADD", joined),
        ("GUILD_MEMBER_REMOVE", json!({ "user": person() })),
    ] {
        fake.dispatch(kind, on_server(data));
        assert_eq!(
            place(&bot.event().await),
            (ChatKind::Group, Some(SERVER)),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn an_interaction_that_is_posted_names_its_server() {
    let fake = Fake::start().await;
    let (poster, mut bot) = Poster::online(&fake).await;
    let slash = slash_body(7, member("0"), "ping", json!([]), json!({}));
    assert_eq!(poster.post(&slash).await, accepted());
    assert_eq!(place(&bot.event().await), (ChatKind::Group, Some(SERVER)));
    assert_eq!(poster.post(&press_body(8, "token", "700")).await, accepted());
    assert_eq!(place(&bot.event().await), (ChatKind::Private, None));
    // One that is newer than this program.
    let new = json!({ "id": "9", "application_id": "200", "type": 99, "token": "t", "channel_id": "300",
        "guild_id": SERVER, "member": member("0") });
    assert_eq!(poster.post(&new).await, accepted());
    assert_eq!(place(&bot.event().await), (ChatKind::Group, Some(SERVER)));
}
