//! Gateway events that are nearly right: none of them stops those behind it.

use duologue_core::testing::Odd;
use serde_json::{Value, json};

use crate::bot::Bot;
use crate::fake::{Fake, member, message_body, person, press_body, slash_body};

/// How many events are made.
const EVENTS: usize = 700;

fn examples() -> [(&'static str, Value); 6] {
    let reaction = json!({ "user_id": "501", "channel_id": "300", "message_id": "7", "guild_id": "200",
        "emoji": { "id": null, "name": "👍" }, "burst": false, "type": 0 });
    let options = json!([{ "name": "text", "type": 3, "value": "words" }]);
    [
        ("MESSAGE_CREATE", message_body("801", "300", "<@100> hello")),
        (
            "INTERACTION_CREATE",
            slash_body(802, member("0"), "roll", options, json!({})),
        ),
        (
            "INTERACTION_CREATE",
            press_body(803, "AAAAAAAAAAAAAAAAAAAAAA", "7"),
        ),
        ("MESSAGE_REACTION_ADD", reaction),
        (
            "GUILD_MEMBER_ADD",
            json!({ "guild_id": "200", "user": person(), "roles": [], "deaf": false,
            "mute": false, "flags": 0, "joined_at": "2026-01-01T00:00:00Z" }),
        ),
        ("SOMETHING_NEW", json!({ "of": [1, 2, 3] })),
    ]
}

#[tokio::test]
async fn whatever_stands_in_an_event_those_behind_it_arrive() {
    let seed = rand::random();
    println!("seed {seed}");
    let (mut odd, examples) = (Odd::new(seed), examples());
    let fake = Fake::start().await;
    let mut bot = Bot::online(&fake).await;
    for number in 0..EVENTS {
        let (kind, data) = &examples[number % examples.len()];
        fake.dispatch(kind, odd.twist(data));
    }
    let id = fake.slash("last", json!([]), json!({})).to_string();
    while bot.event().await.id.as_str() != id {}
}
