//! Updates that are nearly right: each arrives as an event, and none stops those behind it.

use duologue_core::testing::Odd;
use serde_json::{Value, json};

use crate::collector::Running;
use crate::fake::Fake;

/// How many updates are made.
const UPDATES: usize = 1500;

fn examples() -> [Value; 7] {
    let chat = json!({ "id": -1007, "type": "supergroup", "title": "Bees", "is_forum": true });
    let from =
        json!({ "id": 7, "is_bot": false, "first_name": "Ann", "username": "annb", "language_code": "de" });
    let message = json!({
        "message_id": 31, "date": 1_700_000_000, "chat": chat, "from": from, "message_thread_id": 3,
        "text": "/echo@Paper_Bot one two 🐝", "media_group_id": "9",
        "entities": [{ "type": "bot_command", "offset": 0, "length": 15 },
                     { "type": "text_link", "offset": 16, "length": 3, "url": "https://example.org" }],
        "reply_to_message": { "message_id": 30, "date": 1, "chat": chat, "from": from, "text": "before" },
    });
    let photo = json!({
        "message_id": 32, "date": 1_700_000_000, "chat": chat, "from": from, "caption": "/image grey",
        "caption_entities": [{ "type": "bot_command", "offset": 0, "length": 6 }],
        "photo": [{ "file_id": "f", "file_unique_id": "u", "width": 3, "height": 4, "file_size": 5 }],
        "document": { "file_id": "f", "file_unique_id": "u", "file_name": "a.txt", "mime_type": "text/plain" },
    });
    let member = json!({ "status": "administrator", "user": from, "can_be_edited": false });
    [
        json!({ "message": message }),
        json!({ "edited_message": photo }),
        json!({ "channel_post": photo }),
        json!({ "callback_query": { "id": "5", "from": from, "chat_instance": "1", "message": message,
                "data": "AAAAAAAAAAAAAAAAAAAAAA" } }),
        json!({ "message_reaction": { "chat": chat, "message_id": 3, "user": from, "date": 1, "old_reaction": [],
                "new_reaction": [{ "type": "emoji", "emoji": "👍" }] } }),
        json!({ "my_chat_member": { "chat": chat, "from": from, "date": 1, "old_chat_member": member,
                "new_chat_member": member } }),
        json!({ "something_new": { "chat": chat, "of": [1, 2, 3] } }),
    ]
}

#[tokio::test]
async fn whatever_stands_in_an_update_it_arrives_and_stops_nothing() {
    let seed = rand::random();
    println!("seed {seed}");
    let (mut odd, examples) = (Odd::new(seed), examples());
    let fake = Fake::start().await;
    for id in 1..=UPDATES {
        let mut update = odd.twist(&examples[id % examples.len()]);
        update["update_id"] = json!(id);
        fake.push(update);
    }
    let running = Running::start(&fake.telegram().adapter());
    running.collector.until_events(UPDATES).await;
    let events = running.collector.events();
    for (index, event) in events.iter().enumerate() {
        assert_eq!(event.id.as_str(), (index + 1).to_string(), "seed {seed}");
    }
    running.stop().await;
}
