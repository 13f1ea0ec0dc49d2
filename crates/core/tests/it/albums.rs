//! Albums: their parts come as messages of their own and are handled as one.

use std::time::Duration;

use duologue_core::content::StyledText;
use duologue_core::testing::{Paper, chat};
use duologue_core::{
    Attachment, AttachmentKind, ChatKind, CommandCall, CommandInput, Context, EngineConfig, Event, EventKind,
    FileRef, Message, Router,
};
use tokio::time::{Instant, sleep};

use crate::bot::{Bot, command};

fn photo(name: &str) -> Attachment {
    Attachment {
        file: FileRef(name.into()),
        kind: AttachmentKind::Photo,
        name: Some(name.into()),
        mime: None,
        bytes: None,
        size: None,
    }
}

fn part(group: &str, words: &str, file: &str) -> EventKind {
    EventKind::Message(Message {
        text: StyledText::plain(words),
        attachments: vec![photo(file)],
        group: Some(group.into()),
        ..Message::default()
    })
}

fn command_part(group: &str, file: &str) -> EventKind {
    EventKind::Command(CommandCall {
        name: "count".into(),
        input: CommandInput::Text(StyledText::default()),
        attachments: vec![photo(file)],
        message: None,
        replies_to: None,
        group: Some(group.into()),
    })
}

fn names(files: &[Attachment]) -> String {
    files
        .iter()
        .filter_map(|file| file.name.as_deref())
        .collect::<Vec<_>>()
        .join(" ")
}

fn handlers(router: &mut Router) {
    router.command(command("count", |ctx: Context, _| async move {
        match &ctx.event().kind {
            EventKind::Command(call) => format!("counted {}", names(&call.attachments)),
            other => format!("no command but {}", other.name()),
        }
    }));
    router.text(|_: Context, message: Message| async move {
        format!("{}: {}", message.text.text, names(&message.attachments))
    });
}

fn start(paper: &Paper) -> Bot {
    Bot::start(paper, EngineConfig::default(), handlers)
}

#[tokio::test(start_paused = true)]
async fn an_album_is_one_message_with_all_its_files_and_its_one_caption() {
    let paper = Paper::new();
    let bot = start(&paper);
    let begun = Instant::now();
    for (words, file) in [("", "a"), ("ours", "b"), ("", "c")] {
        paper.deliver(paper.event("anna", part("1", words, file)));
        sleep(Duration::from_millis(300)).await;
    }
    assert_eq!(paper.heard(1).await, ["ours: a b c"]);
    assert!(begun.elapsed() < Duration::from_millis(1500));
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_command_in_the_caption_gets_the_whole_album_wherever_it_stands() {
    let paper = Paper::new();
    let bot = start(&paper);
    paper.deliver(paper.event("anna", command_part("1", "a")));
    paper.deliver(paper.event("anna", part("1", "", "b")));
    assert_eq!(paper.heard(1).await, ["counted a b"]);
    paper.deliver(paper.event("anna", part("2", "", "c")));
    paper.deliver(paper.event("anna", command_part("2", "d")));
    assert_eq!(paper.heard(2).await[1], "counted c d");
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn in_a_group_the_parts_without_words_belong_to_the_command_too() {
    let paper = Paper::new();
    let bot = start(&paper);
    let in_room = |kind| {
        let event = paper.event("anna", kind);
        Event {
            chat: chat("room"),
            chat_kind: ChatKind::Group,
            ..event
        }
    };
    paper.deliver(in_room(command_part("1", "a")));
    paper.deliver(in_room(part("1", "", "b")));
    paper.deliver(in_room(part("other", "", "x")));
    assert_eq!(paper.heard(1).await, ["counted a b"]);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_follows_an_album_waits_for_it_and_other_chats_do_not() {
    let paper = Paper::new();
    let bot = start(&paper);
    paper.deliver(paper.event("anna", part("1", "album", "a")));
    paper.text("anna", "after it");
    let begun = Instant::now();
    paper.text("ben", "hello");
    assert_eq!(paper.heard(1).await, ["hello: "]);
    assert!(begun.elapsed() < Duration::from_millis(10));
    paper.deliver(paper.event("anna", part("1", "", "b")));
    assert_eq!(paper.heard(3).await[1..], ["album: a b", "after it: "]);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_album_of_ten_is_whole() {
    let paper = Paper::new();
    let bot = start(&paper);
    let begun = Instant::now();
    for number in 0..10 {
        paper.deliver(paper.event("anna", part("1", "", &number.to_string())));
    }
    paper.deliver(paper.event("anna", part("2", "", "x")));
    let heard = paper.heard(1).await;
    assert_eq!(heard, [": 0 1 2 3 4 5 6 7 8 9"]);
    assert!(
        begun.elapsed() < Duration::from_millis(700),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(paper.heard(2).await[1], ": x");
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_same_part_twice_counts_once() {
    let paper = Paper::new();
    let bot = start(&paper);
    let first = paper.event("anna", part("1", "", "a"));
    let second = paper.event("anna", part("1", "", "b"));
    for event in [&first, &second, &second, &first] {
        paper.deliver(event.clone());
    }
    assert_eq!(paper.heard(1).await, [": a b"]);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_album_that_waits_is_handled_before_a_stop() {
    let paper = Paper::new();
    let bot = start(&paper);
    paper.deliver(paper.event("anna", part("1", "last words", "a")));
    sleep(Duration::from_millis(10)).await;
    let ended = bot.stop().await;
    assert_eq!(ended.unhandled, 0);
    assert_eq!(paper.heard(1).await, ["last words: a"]);
}
