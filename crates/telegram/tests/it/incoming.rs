//! What updates become: a table from the network's JSON to events, read through the whole way in.

use duologue_core::content::{Style, StyledText};
use duologue_core::{
    AttachmentKind, ChatKind, CommandInput, Event, EventKind, MemberStatus, Message, UserId,
};
use serde_json::{Value, json};

use crate::collector::Running;
use crate::fake::Fake;

/// Sends bodies such as `{"message": …}` through a source and gives the events.
async fn events(updates: Vec<Value>) -> Vec<Event> {
    let fake = Fake::start().await;
    let count = updates.len();
    for (id, mut update) in updates.into_iter().enumerate() {
        update["update_id"] = json!(id + 1);
        fake.push(update);
    }
    let running = Running::start(&fake.telegram().adapter());
    running.collector.until_events(count).await;
    let events = running.collector.events();
    running.stop().await;
    events
}

async fn event(update: Value) -> Event {
    events(vec![update]).await.remove(0)
}

/// A message of Ann's to the bot alone, with more fields or other ones.
fn message(more: Value) -> Value {
    let mut message = json!({
        "message_id": 31, "date": 1_700_000_000,
        "chat": { "id": 7, "type": "private", "first_name": "Ann" },
        "from": { "id": 7, "is_bot": false, "first_name": "Ann", "last_name": "Bee", "username": "annb",
                  "language_code": "de" },
    });
    for (name, value) in more.as_object().unwrap() {
        message[name] = value.clone();
    }
    json!({ "message": message })
}

/// The same in a group.
fn in_group(more: Value) -> Value {
    let mut update = message(json!({ "chat": { "id": -1007, "type": "supergroup", "title": "Bees" } }));
    for (name, value) in more.as_object().unwrap() {
        update["message"][name] = value.clone();
    }
    update
}

fn words(event: &Event) -> &Message {
    match &event.kind {
        EventKind::Message(message) | EventKind::MessageEdited(message) => message,
        other => panic!("{other:?}"),
    }
}

/// A command's name and the text behind it.
fn command(event: &Event) -> (&str, &StyledText) {
    match &event.kind {
        EventKind::Command(call) => match &call.input {
            CommandInput::Text(text) => (&call.name, text),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_command_that_answers_a_picture_is_about_it() {
    let sizes = json!([{ "file_id": "S", "width": 90, "height": 60 }, { "file_id": "L", "width": 900, "height": 600 }]);
    let replied = json!({ "message_id": 30, "chat": { "id": 7, "type": "private" }, "photo": sizes });
    let about = message(json!({ "text": "/image grey", "reply_to_message": replied }));
    let own = message(json!({ "caption": "/image grey", "reply_to_message": replied,
        "document": { "file_id": "D", "file_name": "own.png" } }));
    let events = events(vec![about, own]).await;
    let files = |event: &Event| match &event.kind {
        EventKind::Command(call) => call
            .attachments
            .iter()
            .map(|file| file.file.0.to_string())
            .collect(),
        _ => Vec::new(),
    };
    assert!(files(&events[0])[0].ends_with('L'), "{:?}", files(&events[0]));
    assert!(files(&events[1])[0].ends_with('D') && files(&events[1]).len() == 1);
}

#[tokio::test]
async fn a_text_comes_with_its_person_its_chat_and_its_time() {
    let event = event(message(json!({ "text": "hello" }))).await;
    assert_eq!(event.id.as_str(), "1");
    assert_eq!(
        (event.chat.id.as_str(), event.chat.account.as_str()),
        ("7", "4242")
    );
    assert_eq!((event.chat_kind, &event.chat.thread), (ChatKind::Private, &None));
    let user = event.user.as_ref().unwrap();
    assert_eq!(
        (user.id.as_str(), user.name.as_str(), user.bot),
        ("7", "Ann Bee", false)
    );
    assert_eq!(
        (user.handle.as_deref(), user.language.as_deref()),
        (Some("annb"), Some("de"))
    );
    let sent = event.sent.unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(sent.as_secs(), 1_700_000_000);
    assert!(event.reply.is_none());
    let words = words(&event);
    assert_eq!((words.text.text.as_str(), words.addressed), ("hello", false));
    assert_eq!(words.id.as_ref().unwrap().as_str(), "31");
}

#[tokio::test]
async fn chats_are_private_groups_or_channels() {
    let channel = json!({ "channel_post": {
        "message_id": 1, "date": 1, "text": "news", "chat": { "id": -100, "type": "channel", "title": "News" },
        "sender_chat": { "id": -100, "type": "channel" },
    }});
    let old_group = message(json!({ "text": "a", "chat": { "id": -5, "type": "group" } }));
    let events = events(vec![channel, in_group(json!({ "text": "a" })), old_group]).await;
    let kinds: Vec<ChatKind> = events.iter().map(|event| event.chat_kind).collect();
    assert_eq!(kinds, [ChatKind::Broadcast, ChatKind::Group, ChatKind::Group]);
    assert!(events[0].user.is_none());
    assert_eq!(words(&events[0]).text.text, "news");
}

#[tokio::test]
async fn edited_messages_are_new_forms_and_never_commands() {
    let edited =
        |name: &str| json!({ name: message(json!({ "text": "/roll 3", "edit_date": 2 }))["message"] });
    let events = events(vec![edited("edited_message"), edited("edited_channel_post")]).await;
    for event in &events {
        assert!(matches!(event.kind, EventKind::MessageEdited(_)));
        assert_eq!(words(event).text.text, "/roll 3");
    }
}

#[tokio::test]
async fn commands_are_for_us_or_they_are_words() {
    let events = events(vec![
        message(json!({ "text": "/Roll 3 d20" })),
        in_group(json!({ "text": "/roll@paper_BOT 3 d20" })),
        in_group(json!({ "text": "/roll@other_bot 3 d20" })),
    ])
    .await;
    assert_eq!(command(&events[0]), ("roll", &StyledText::plain("3 d20")));
    assert_eq!(command(&events[1]), ("roll", &StyledText::plain("3 d20")));
    assert!(!words(&events[2]).addressed);
    assert_eq!(events[0].message_id().unwrap().as_str(), "31");
}

#[tokio::test]
async fn a_commands_text_keeps_its_styles_at_their_new_places() {
    let event = event(message(json!({
        "text": "/say@Paper_Bot 😀 bold Cy",
        "entities": [
            { "type": "bot_command", "offset": 0, "length": 14 },
            { "type": "bold", "offset": 18, "length": 4 },
            { "type": "text_mention", "offset": 23, "length": 2, "user": { "id": 9, "is_bot": false, "first_name": "Cy" } },
        ],
    })))
    .await;
    let (name, text) = command(&event);
    assert_eq!((name, text.text.as_str()), ("say", "😀 bold Cy"));
    let spans: Vec<(&str, &Style)> = text
        .spans
        .iter()
        .map(|span| (&text.text[span.range.clone()], &span.style))
        .collect();
    assert_eq!(
        spans,
        [("bold", &Style::Bold), ("Cy", &Style::Mention(UserId::number(9)))]
    );
}

#[tokio::test]
async fn a_command_can_stand_beside_a_file_and_answer_a_message() {
    let event = event(message(json!({
        "caption": "/convert png",
        "document": { "file_id": "D1", "file_unique_id": "u", "file_name": "a.webp", "mime_type": "image/webp",
                      "file_size": 12 },
        "reply_to_message": { "message_id": 30, "date": 1, "chat": { "id": 7, "type": "private" } },
    })))
    .await;
    assert_eq!(command(&event), ("convert", &StyledText::plain("png")));
    let EventKind::Command(call) = &event.kind else {
        panic!()
    };
    assert_eq!(call.attachments[0].name.as_deref(), Some("a.webp"));
    assert_eq!(call.replies_to.as_ref().unwrap().as_str(), "30");
}

#[tokio::test]
async fn topics_are_threads_and_chains_of_replies_are_not() {
    let opening = json!({ "message_id": 5, "date": 1, "chat": { "id": -1007, "type": "supergroup" },
                          "from": { "id": 4242, "is_bot": true, "first_name": "Paper" } });
    let topic = in_group(
        json!({ "text": "/roll", "message_thread_id": 5, "is_topic_message": true,
                                 "reply_to_message": opening }),
    );
    let chain = in_group(json!({ "text": "a", "message_thread_id": 5, "reply_to_message": opening }));
    let events = events(vec![topic, chain]).await;
    assert_eq!(events[0].chat.thread.as_ref().unwrap().as_str(), "5");
    let EventKind::Command(call) = &events[0].kind else {
        panic!()
    };
    assert!(
        call.replies_to.is_none(),
        "the message that opens a topic is no message one answers"
    );
    assert!(events[1].chat.thread.is_none());
    assert_eq!(words(&events[1]).replies_to.as_ref().unwrap().as_str(), "5");
}

#[tokio::test]
async fn the_bot_is_addressed_by_mention_or_by_an_answer() {
    let answer = |from: i64| {
        in_group(json!({ "text": "why?", "reply_to_message": {
            "message_id": 3, "date": 1, "chat": { "id": -1007, "type": "supergroup" },
            "from": { "id": from, "is_bot": true, "first_name": "?" } } }))
    };
    let mention = in_group(json!({ "text": "@Paper_Bot, how are you",
                                   "entities": [{ "type": "mention", "offset": 0, "length": 10 }] }));
    let events = events(vec![
        mention,
        answer(4242),
        answer(4343),
        in_group(json!({ "text": "hi" })),
    ])
    .await;
    let addressed: Vec<(&str, bool)> = events
        .iter()
        .map(|event| (words(event).text.text.as_str(), words(event).addressed))
        .collect();
    assert_eq!(
        addressed,
        [
            ("how are you", true),
            ("why?", true),
            ("why?", false),
            ("hi", false)
        ]
    );
}

/// What a file in a message becomes: reference, kind, name, media type, bytes, size.
#[track_caller]
fn check_file(
    event: &Event,
    file: &str,
    kind: AttachmentKind,
    rest: (Option<&str>, Option<u64>, Option<(u32, u32)>),
) {
    let attachments = &words(event).attachments;
    assert_eq!(attachments.len(), 1, "{attachments:?}");
    let found = &attachments[0];
    assert_eq!((found.file.0.as_str(), found.kind), (file, kind));
    assert_eq!((found.name.as_deref(), found.bytes, found.size), rest);
}

#[tokio::test]
async fn files_of_every_kind_come_in() {
    let file = |more: Value| {
        let mut file = json!({ "file_id": "F", "file_unique_id": "u", "file_size": 9 });
        for (name, value) in more.as_object().unwrap() {
            file[name] = value.clone();
        }
        file
    };
    let sizes = json!([
        { "file_id": "S", "file_unique_id": "s", "width": 90, "height": 60, "file_size": 1 },
        { "file_id": "L", "file_unique_id": "l", "width": 900, "height": 600, "file_size": 100 },
        { "file_id": "M", "file_unique_id": "m", "width": 320, "height": 213 },
    ]);
    let side = json!({ "width": 4, "height": 3, "duration": 1 });
    let events = events(vec![
        message(json!({ "photo": sizes, "caption": "look", "media_group_id": "g1" })),
        message(json!({ "document": file(json!({ "file_name": "a.txt" })) })),
        message(json!({ "audio": file(json!({ "file_name": "a.mp3", "duration": 1 })) })),
        message(json!({ "voice": file(json!({ "duration": 1 })) })),
        message(json!({ "video": file(side.clone()) })),
        message(json!({ "video_note": file(json!({ "length": 240, "duration": 1 })) })),
        message(json!({ "sticker": file(json!({ "width": 512, "height": 512, "type": "regular" })) })),
        message(json!({ "animation": file(side.clone()), "document": file(side) })),
    ])
    .await;
    use AttachmentKind::{Audio, Document, Photo, Video};
    check_file(&events[0], "photo:L", Photo, (None, Some(100), Some((900, 600))));
    assert_eq!(
        (
            words(&events[0]).text.text.as_str(),
            words(&events[0]).group.as_deref()
        ),
        ("look", Some("g1"))
    );
    check_file(&events[1], "document:F", Document, (Some("a.txt"), Some(9), None));
    check_file(&events[2], "audio:F", Audio, (Some("a.mp3"), Some(9), None));
    check_file(&events[3], "voice:F", Audio, (None, Some(9), None));
    check_file(&events[4], "video:F", Video, (None, Some(9), Some((4, 3))));
    check_file(
        &events[5],
        "video_note:F",
        Video,
        (None, Some(9), Some((240, 240))),
    );
    check_file(
        &events[6],
        "sticker:F",
        Document,
        (None, Some(9), Some((512, 512))),
    );
    check_file(&events[7], "animation:F", Video, (None, Some(9), Some((4, 3))));
}

#[tokio::test]
async fn a_press_carries_its_token_and_what_answers_it() {
    let from = json!({ "id": 7, "is_bot": false, "first_name": "Ann" });
    let held = json!({ "message_id": 8, "date": 1, "message_thread_id": 5, "is_topic_message": true,
                       "chat": { "id": -1007, "type": "supergroup" }, "text": "choose" });
    let events = events(vec![
        json!({ "callback_query": { "id": "q1", "from": from, "chat_instance": "c", "data": "tok", "message": held } }),
        json!({ "callback_query": { "id": "q2", "from": from, "chat_instance": "c", "data": "tok",
                                    "message": { "message_id": 8, "date": 0, "chat": { "id": 7, "type": "private" } } } }),
        json!({ "callback_query": { "id": "q3", "from": from, "chat_instance": "c", "data": "tok", "inline_message_id": "i" } }),
        json!({ "callback_query": { "id": "q4", "from": from, "chat_instance": "c", "game_short_name": "chess" } }),
    ])
    .await;
    let EventKind::Press(press) = &events[0].kind else {
        panic!()
    };
    assert_eq!(
        (press.token.as_str(), press.message.as_ref().unwrap().as_str()),
        ("tok", "8")
    );
    assert_eq!(events[0].reply.as_ref().unwrap().as_str(), "q1");
    assert_eq!(events[0].chat.thread.as_ref().unwrap().as_str(), "5");
    assert_eq!(events[1].chat_kind, ChatKind::Private);
    let EventKind::Press(press) = &events[2].kind else {
        panic!()
    };
    assert!(press.message.is_none());
    assert_eq!(
        (
            events[2].chat.id.as_str(),
            events[2].reply.as_ref().unwrap().as_str()
        ),
        ("7", "q3")
    );
    assert!(matches!(&events[3].kind, EventKind::Other(other) if other.name == "callback_query"));
}

#[tokio::test]
async fn reactions_are_what_is_new_and_what_is_gone() {
    let emoji = |emoji: &str| json!({ "type": "emoji", "emoji": emoji });
    let event = event(json!({ "message_reaction": {
        "chat": { "id": -1007, "type": "supergroup" }, "message_id": 3, "date": 1,
        "user": { "id": 7, "is_bot": false, "first_name": "Ann" },
        "old_reaction": [emoji("👍"), emoji("🔥")],
        "new_reaction": [emoji("🔥"), { "type": "custom_emoji", "custom_emoji_id": "55" }, { "type": "hologram", "x": 1 }],
    }}))
    .await;
    let EventKind::Reaction(reaction) = &event.kind else {
        panic!()
    };
    assert_eq!(reaction.message.as_str(), "3");
    assert_eq!(reaction.added, ["custom:55", "hologram"]);
    assert_eq!(reaction.removed, ["👍"]);
    assert_eq!(event.user.as_ref().unwrap().id.as_str(), "7");
}

/// A change of what somebody is in a chat, made by Ann.
fn change(kind: &str, user: i64, member: Value) -> Value {
    let mut new = member;
    new["user"] = json!({ "id": user, "is_bot": false, "first_name": "X" });
    json!({ kind: {
        "chat": { "id": -1007, "type": "supergroup" }, "date": 1,
        "from": { "id": 7, "is_bot": false, "first_name": "Ann" },
        "old_chat_member": { "user": new["user"], "status": "left" }, "new_chat_member": new,
    }})
}

#[tokio::test]
async fn members_come_and_go() {
    use MemberStatus::{Joined, Left, Moderator, Removed, Restricted};
    let is = |status: &str| json!({ "status": status });
    let restricted = |there: bool| json!({ "status": "restricted", "is_member": there });
    let table = [
        ("my_chat_member", 4242, is("member"), Joined),
        ("my_chat_member", 4242, is("kicked"), Removed),
        ("chat_member", 9, is("administrator"), Moderator),
        ("chat_member", 9, is("creator"), Moderator),
        ("chat_member", 9, is("left"), Left),
        ("chat_member", 9, restricted(true), Restricted),
        ("chat_member", 9, restricted(false), Left),
        ("chat_member", 9, is("levitating"), Restricted),
    ];
    let updates = table
        .iter()
        .map(|(kind, user, member, _)| change(kind, *user, member.clone()))
        .collect();
    for (event, (_, user, change, expected)) in events(updates).await.iter().zip(table) {
        let EventKind::Member(member) = &event.kind else {
            panic!("{change}")
        };
        assert_eq!((member.status, member.own), (expected, user == 4242), "{change}");
        assert_eq!(member.user.id, UserId::number(user));
        assert_eq!(event.user.as_ref().unwrap().id.as_str(), "7");
    }
}

#[tokio::test]
async fn what_is_unknown_keeps_its_name_its_place_and_its_json() {
    let person = json!({ "id": 7, "is_bot": false, "first_name": "Ann" });
    let group = json!({ "id": -1007, "type": "supergroup" });
    let table = [
        (message(json!({ "poll": { "id": "1" } })), "message:poll", "7"),
        (
            in_group(json!({ "new_chat_title": "Wasps" })),
            "message:new_chat_title",
            "-1007",
        ),
        (
            in_group(json!({ "hologram": { "file_id": "F" } })),
            "message:hologram",
            "-1007",
        ),
        (
            json!({ "inline_query": { "id": "1", "from": person, "query": "q", "offset": "" } }),
            "inline_query",
            "7",
        ),
        (json!({ "poll": { "id": "1", "question": "?" } }), "poll", "0"),
        (
            json!({ "guest_message": { "message_id": 1, "date": 1, "chat": group, "from": person, "text": "/roll" } }),
            "guest_message",
            "-1007",
        ),
        (json!({ "telepathy": [1, 2] }), "telepathy", "0"),
        (json!({ "telepathy": { "chat": "odd" } }), "telepathy", "0"),
    ];
    let updates: Vec<Value> = table.iter().map(|(update, ..)| update.clone()).collect();
    for (event, (update, name, chat)) in events(updates).await.iter().zip(table) {
        let EventKind::Other(other) = &event.kind else {
            panic!("{update}: {event:?}")
        };
        assert_eq!((other.name.as_str(), event.chat.id.as_str()), (name, chat));
        let raw: Value = serde_json::from_slice(&event.raw.to_json()).unwrap();
        for (field, value) in update.as_object().unwrap() {
            assert_eq!(&raw[field], value);
        }
    }
}

#[tokio::test]
async fn a_message_with_unknown_parts_keeps_its_words() {
    let events = events(vec![
        message(json!({ "text": "a b", "entities": [
            { "type": "date_time", "offset": 0, "length": 1, "unix_time": 5 },
            { "type": "bold", "offset": 2, "length": 1 } ] })),
        // A known field in a form of tomorrow.
        message(json!({ "text": "/roll 3", "entities": { "version": 2 } })),
        message(json!({ "text": "hello", "photo": "none" })),
    ])
    .await;
    let text = &words(&events[0]).text;
    assert_eq!(
        (text.text.as_str(), text.spans.len(), &text.spans[0].style),
        ("a b", 1, &Style::Bold)
    );
    assert_eq!(command(&events[1]).0, "roll");
    assert_eq!(words(&events[2]).text.text, "hello");
}
