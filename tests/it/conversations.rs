//! One table of conversations, held on both networks over real sockets.

use std::time::Duration;

use duologue::prelude::*;
use duologue::{Context, EventKind, HandlerError, Media, Router};
use duologue_sandbox::{Network, Upload};
use duologue_tests::world::{NETWORKS, World};

#[derive(Clone, Copy, Debug, PartialEq, Choice)]
enum Colour {
    Red,
    Blue,
}

/// Add two numbers.
#[command]
async fn add(
    /// The first
    #[range(0..=100)]
    left: u32,
    /// The second
    #[range(0..=100)]
    right: Option<u32>,
) -> String {
    (left + right.unwrap_or(1)).to_string()
}

/// Say a colour.
#[command]
async fn paint(colour: Colour, twice: Option<bool>, after: Option<Duration>) -> String {
    format!("{colour:?} {twice:?} {after:?}")
}

/// Show every style.
#[command]
async fn styles() -> Content {
    use duologue::content::{bold, code, italic, link, text};
    Content::new()
        .paragraph([
            bold("bold 😀"),
            text(" 1 * 2 _ 3 "),
            italic("italic"),
            text(" "),
            code("a*b"),
        ])
        .paragraph([link("link", "https://example.org/a_b")])
        .quote("quoted")
        .list(["one", "two"])
        .code_block("let x = 1;")
}

/// Send a file back.
#[command]
async fn back(ctx: Context, file: Attachment) -> Result<Content, HandlerError> {
    let bytes = ctx.download(&file, 1 << 20).await?;
    Ok(Content::text(format!("{} bytes", bytes.len())).media(Media::document("copy.txt", bytes)))
}

/// Ask with buttons.
#[command]
async fn ask() -> Content {
    Content::text("Which?").buttons([
        Button::command("Add", "add", "20 22"),
        Button::link("Read", "https://example.org"),
    ])
}

/// Write more than a message holds.
#[command]
async fn long() -> String {
    "word ".repeat(2000)
}

/// Count in one message.
#[command]
async fn count(ctx: Context) -> Result<(), HandlerError> {
    let live = ctx.live("0").await?;
    for number in 1..=3 {
        live.update(number.to_string());
    }
    live.finish("the end").await?;
    Ok(())
}

/// Write a message and take it back.
#[command]
async fn oops(ctx: Context) -> Result<&'static str, HandlerError> {
    let receipt = ctx.reply("a mistake").await?;
    if let Some(message) = receipt.first() {
        ctx.delete(message).await?;
    }
    Ok("never mind")
}

fn everything(router: &mut Router) {
    router.command(add);
    router.command(paint);
    router.command(styles);
    router.command(back);
    router.command(ask);
    router.command(long);
    router.command(count);
    router.command(oops);
    router.text(|_: Context, message: duologue::Message| async move {
        format!("you wrote: {}", message.text.text)
    });
    router.event(|ctx: Context| async move {
        match &ctx.event().kind {
            EventKind::MessageEdited(message) => Some(format!("you changed it to: {}", message.text.text)),
            EventKind::Reaction(reaction) => Some(format!("you reacted with {}", reaction.added.join(" "))),
            _ => None,
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_are_answered_on_both_networks() {
    let world = World::start(everything).await;
    for network in NETWORKS {
        let anna = world.anna(network);
        for (index, (line, answer)) in [
            ("add left=40 right=2", "42"),
            ("add left=41", "42"),
            ("paint colour=blue", "Blue None None"),
            (
                "paint colour=red twice=true after=1m30s",
                "Red Some(true) Some(90s)",
            ),
        ]
        .into_iter()
        .enumerate()
        {
            anna.command(line);
            assert_eq!(
                anna.hears(index + 1).await[index],
                answer,
                "{line} on {network:?}"
            );
        }
    }
    assert_eq!(world.stop().await.unsent, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_and_missing_arguments_show_the_usage() {
    let world = World::start(everything).await;
    let anna = world.anna(Network::Telegram);
    for (index, (line, part)) in [
        ("add", "left is missing"),
        (
            "add many",
            "left should be a whole number from 0 to 100, not many",
        ),
        ("add 500", "not 500"),
        ("add 1 2 3", "more than I can use: 3"),
        ("paint green", "one of red, blue"),
        ("ad 1 2", "Did you mean /add"),
    ]
    .into_iter()
    .enumerate()
    {
        anna.command(line);
        let answer = &anna.hears(index + 1).await[index];
        assert!(answer.contains(part), "{line}: {answer}");
    }
    let ben = world.person(Network::Discord, "Ben");
    ben.command("paint colour=red after=soon");
    let answer = &ben.hears(1).await[0];
    assert!(
        answer.contains("should be a time from 0 s to") && answer.contains("/paint <colour>"),
        "{answer}"
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn styles_arrive_as_each_network_shows_them() {
    let world = World::start(everything).await;
    let anna = world.anna(Network::Telegram);
    anna.command("styles");
    let message = anna.finds(|message| message.text.contains("quoted")).await;
    assert!(
        message
            .text
            .starts_with("bold 😀 1 * 2 _ 3 italic a*b\n\nlink\n\nquoted\n\n• one\n• two"),
        "{}",
        message.text
    );
    let found: Vec<String> = message
        .entities
        .iter()
        .map(|entity| {
            let number =
                |name: &str| usize::try_from(entity[name].as_u64().unwrap_or_default()).unwrap_or_default();
            let units: Vec<u16> = message
                .text
                .encode_utf16()
                .skip(number("offset"))
                .take(number("length"))
                .collect();
            format!(
                "{}={}",
                entity["type"].as_str().unwrap_or_default(),
                String::from_utf16_lossy(&units)
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            "bold=bold 😀",
            "italic=italic",
            "code=a*b",
            "text_link=link",
            "blockquote=quoted",
            "pre=let x = 1;"
        ]
    );
    let anna = world.anna(Network::Discord);
    anna.command("styles");
    let message = anna.finds(|message| message.text.contains("quoted")).await;
    assert_eq!(
        message.text,
        "**bold 😀** 1 \\* 2 \\_ 3 *italic* `a*b`\n\n[link](https://example.org/a_b)\n\n> quoted\n\n• one\n• two\n\n```\nlet x = 1;\n```"
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_goes_in_and_comes_back() {
    let world = World::start(everything).await;
    for network in NETWORKS {
        let anna = world.anna(network);
        anna.command_with_file("back", "file", Upload::new("note.txt", b"hello there".to_vec()));
        let message = anna.finds(|message| !message.files.is_empty()).await;
        assert_eq!(message.text, "11 bytes", "{network:?}");
        assert_eq!(
            (message.files[0].name.as_str(), message.files[0].size),
            ("copy.txt", 11),
            "{network:?}"
        );
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_button_does_what_it_says_and_the_press_is_acknowledged() {
    let world = World::start(everything).await;
    for network in NETWORKS {
        let anna = world.anna(network);
        anna.command("ask");
        anna.hears(1).await;
        anna.press("Add");
        assert_eq!(anna.hears(2).await[1], "42", "{network:?}");
    }
    let answered = world.sandbox.requests_of("answerCallbackQuery");
    assert_eq!(answered.len(), 1);
    assert!(answered.iter().all(|call| call.status == 200));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_answer_becomes_several_messages_without_losing_a_word() {
    let world = World::start(everything).await;
    for (network, parts, longest) in [(Network::Telegram, 3, 4096), (Network::Discord, 5, 2000)] {
        let anna = world.anna(network);
        anna.command("long");
        let heard = anna.hears(parts).await;
        assert_eq!(
            heard
                .iter()
                .map(|text| text.matches("word").count())
                .sum::<usize>(),
            2000,
            "{network:?}"
        );
        assert!(heard.iter().all(|text| text.len() <= longest), "{network:?}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_message_is_edited_until_the_end() {
    let world = World::start(everything).await;
    for network in NETWORKS {
        let anna = world.anna(network);
        anna.command("count");
        let message = anna.finds(|message| message.text == "the end").await;
        assert!(message.edits >= 1, "{network:?}");
        assert_eq!(anna.heard().len(), 1, "{network:?}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_can_be_taken_back() {
    let world = World::start(everything).await;
    for network in NETWORKS {
        let anna = world.anna(network);
        anna.command("oops");
        let chat = anna
            .sees(|chat| chat.from_bots().any(|message| message.text == "never mind"))
            .await;
        assert!(
            chat.messages
                .iter()
                .any(|message| message.text == "a mistake" && message.deleted),
            "{network:?}"
        );
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn edits_and_reactions_of_people_arrive() {
    let world = World::start(everything).await;
    let anna = world.anna(Network::Telegram);
    let message = anna.say("helo");
    assert_eq!(anna.hears(1).await[0], "you wrote: helo");
    anna.edit(message, "hello");
    assert_eq!(anna.hears(2).await[1], "you changed it to: hello");
    anna.react(message, "👍");
    assert_eq!(anna.hears(3).await[2], "you reacted with 👍");
    let ben = world.person(Network::Discord, "Ben");
    let message = ben.say("helo");
    ben.react(message, "👍");
    assert_eq!(ben.hears(1).await[0], "you reacted with 👍");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plain_text_is_answered_in_private_and_where_the_bot_is_addressed() {
    let world = World::start(everything).await;
    let discord = world.sandbox.discord();
    let bot = discord.bots()[0].id;
    let ben = discord.user("Ben").expect("a user");
    let dm = discord.dm(bot, &ben).expect("a private channel");
    ben.send_text(&dm, "hello in private").expect("sent");
    let wait = |text: &'static str| move |message: &duologue_sandbox::MessageView| message.text == text;
    let patience = duologue_tests::world::PATIENCE;
    world
        .sandbox
        .wait_for_message(&dm, patience, wait("you wrote: hello in private"))
        .await
        .expect("answered");
    let channel = discord.channel("general").expect("a channel");
    ben.send_text(&channel, "hello everybody").expect("sent");
    ben.send_text(&channel, &format!("<@{bot}> hello bot"))
        .expect("sent");
    world
        .sandbox
        .wait_for_message(&channel, patience, wait("you wrote: hello bot"))
        .await
        .expect("answered");
    let chat = world.sandbox.snapshot(&channel).expect("the channel");
    assert_eq!(chat.from_bots().count(), 1, "{chat}");

    let telegram = world.sandbox.telegram();
    let bot = telegram.bots()[0].clone();
    let ben = telegram.user("Ben").expect("a user");
    let group = telegram.supergroup("Friends").expect("a group");
    telegram.set_member(&group, &ben, true).expect("joined");
    ben.send_text(&group, "hello everybody").expect("sent");
    ben.send_text(&group, &format!("@{} hello bot", bot.username))
        .expect("sent");
    world
        .sandbox
        .wait_for_message(&group, patience, wait("you wrote: hello bot"))
        .await
        .expect("answered");
    ben.send_text(&group, "/add@somebody_else_bot 1 2").expect("sent");
    ben.send_text(&group, &format!("/add@{} 1 2", bot.username))
        .expect("sent");
    world
        .sandbox
        .wait_for_message(&group, patience, wait("3"))
        .await
        .expect("answered");
    let chat = world.sandbox.snapshot(&group).expect("the group");
    assert_eq!(chat.from_bots().count(), 2, "{chat}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_is_answered_in_its_topic() {
    let world = World::start(everything).await;
    let telegram = world.sandbox.telegram();
    let ben = telegram.user("Ben").expect("a user");
    let forum = telegram.forum("Board").expect("a forum");
    telegram.set_member(&forum, &ben, true).expect("joined");
    let topic = telegram.topic(&forum, "Sums").expect("a topic");
    ben.send_text_to_topic(&forum, topic, "/add 1 2").expect("sent");
    let patience = duologue_tests::world::PATIENCE;
    let answer = world
        .sandbox
        .wait_for_message(&forum, patience, |message| message.text == "3")
        .await;
    assert_eq!(answer.expect("answered").thread, Some(topic));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_becomes_a_supergroup_is_followed() {
    let world = World::start(|router| {
        router.command(add);
        router.command(slow);
    })
    .await;
    let telegram = world.sandbox.telegram();
    let ben = telegram.user("Ben").expect("a user");
    let group = telegram.group("Small").expect("a group");
    telegram.set_member(&group, &ben, true).expect("joined");
    ben.send_text(&group, "/slow").expect("sent");
    world
        .sandbox
        .wait_for_chat(&group, duologue_tests::world::PATIENCE, |chat| {
            chat.from_bots().count() == 1
        })
        .await
        .expect("begun");
    let moved = telegram.migrate(&group).expect("it migrates");
    let patience = duologue_tests::world::PATIENCE;
    world
        .sandbox
        .wait_for_message(&moved, patience, |message| message.text == "after")
        .await
        .expect("answered there");
    world.stop().await;
}

/// Answer now and later.
#[command]
async fn slow(ctx: Context) -> Result<&'static str, HandlerError> {
    ctx.reply("before").await?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    Ok("after")
}
