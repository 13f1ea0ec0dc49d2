//! What `#[command]` and the derives make of functions and types, by way of the core's own parser.

use std::time::Duration;

use duologue::prelude::*;
use duologue::{ArgumentKind, Choice, Command, Order};

use crate::paper::chat;

/// What to throw.
#[derive(Choice, Debug, PartialEq, Clone, Copy)]
enum Sides {
    /// An ordinary die.
    D6,
    #[choice("Twenty sides")]
    D20,
    #[choice(name = "percent", label = "1 to 100")]
    Hundred,
    RedOrBlack,
}

/// Roll some dice,
/// as many as you like.
///
/// Without sides they have six.
#[command]
async fn roll(
    _ctx: Context,
    /// how many to throw
    #[range(1..=100)]
    dice: u8,
    sides: Option<Sides>,
) -> String {
    // The name of the command is free for a local.
    let roll = format!("{dice} of {sides:?}");
    roll
}

/// Say it again.
#[command(name = "say", control, ephemeral, hidden, order = "chat")]
async fn repeat(
    #[range("1s"..="1h30m")] every: Duration,
    #[range(min = 0.5)] loudness: f32,
    #[length(2..=10)] whom: String,
    #[name = "really"] r#loop: bool,
    #[length(..=20)]
    #[rest]
    words: Option<String>,
) -> Result<Reply, HandlerError> {
    if r#loop {
        return Err(HandlerError::say("not for ever"));
    }
    Ok(Reply::new(format!("{every:?} {loudness} {whom} {words:?}")))
}

/// Is it there?
#[command]
async fn ping() -> &'static str {
    "pong"
}

/// Be told back.
#[command]
pub(crate) async fn echo(echo: Rest) -> Content {
    Content::text(echo.0.text)
}

#[test]
fn the_doc_comment_is_the_description_and_the_help() {
    let spec = roll.spec();
    assert_eq!(spec.name, "roll");
    assert_eq!(spec.description, "Roll some dice, as many as you like.");
    assert_eq!(spec.help, "Without sides they have six.");
    assert_eq!(spec.usage(), "/roll <dice> [sides]");
    assert!(!spec.control && !spec.ephemeral && !spec.hidden);
}

#[test]
fn the_signature_is_the_arguments() {
    let spec = roll.spec();
    assert_eq!(spec.arguments[0].description, "how many to throw");
    assert_eq!(spec.arguments[0].kind, ArgumentKind::Integer { min: 1, max: 100 });
    assert!(spec.arguments[0].required);
    assert_eq!(spec.arguments[1].description, "sides");
    assert!(!spec.arguments[1].required);
}

#[test]
fn the_keys_of_the_attribute_reach_the_description() {
    let spec = repeat.spec();
    assert_eq!(spec.name, "say");
    assert!(spec.control && spec.ephemeral && spec.hidden);
    assert_eq!(spec.order, Order::Chat);
}

#[test]
fn bounds_narrow_what_the_type_allows() {
    let kinds: Vec<ArgumentKind> = repeat
        .spec()
        .arguments
        .into_iter()
        .map(|argument| argument.kind)
        .collect();
    assert_eq!(
        kinds,
        [
            ArgumentKind::Duration {
                min: Duration::from_secs(1),
                max: Duration::from_secs(5400)
            },
            ArgumentKind::Number {
                min: 0.5,
                max: f64::from(f32::MAX)
            },
            ArgumentKind::Text { min: 2, max: 10 },
            ArgumentKind::Bool,
            ArgumentKind::Rest { max: 20 },
        ]
    );
    assert_eq!(repeat.spec().arguments[3].name, "really");
}

#[test]
fn an_enum_offers_its_variants() {
    let choices = Sides::choices();
    let shown: Vec<(&str, &str)> = choices
        .iter()
        .map(|choice| (choice.value.as_str(), choice.label.as_str()))
        .collect();
    assert_eq!(
        shown,
        [
            ("d6", "An ordinary die"),
            ("d20", "Twenty sides"),
            ("percent", "1 to 100"),
            ("red-or-black", "Red or black"),
        ]
    );
    assert_eq!(Sides::from_name("percent"), Some(Sides::Hundred));
    assert_eq!(Sides::from_name("d7"), None);
}

#[tokio::test]
async fn the_function_can_be_called_by_hand() {
    assert_eq!(ping::run().await, "pong");
    let words = Rest(duologue::StyledText::plain("hello"));
    assert_eq!(echo::run(words).await.to_plain(), "hello");
    let refused = repeat::run(Duration::ZERO, 1.0, "you".into(), true, None).await;
    assert!(refused.is_err());
}

/// Fail in a way that the log must tell.
#[command]
async fn fail() -> Result<(), std::num::ParseIntError> {
    "nothing".parse::<u8>()?;
    Ok(())
}

#[tokio::test]
async fn what_a_person_types_reaches_the_function_and_its_answer_the_person() {
    let table = [
        ("roll 3 d20", "3 of Some(D20)"),
        ("roll 3", "3 of None"),
        ("roll 3 red-or-black", "3 of Some(RedOrBlack)"),
        (
            "say 2m 0.75 you no and so on",
            "120s 0.75 you Some(\"and so on\")",
        ),
        ("say 2m 0.75 you yes", "not for ever"),
        ("ping", "pong"),
        ("echo  two  words ", "two  words"),
    ];
    let app = |app: App| app.command(roll).command(repeat).command(ping).command(echo);
    chat(app, async |paper| {
        for (index, (line, answer)) in table.iter().enumerate() {
            paper.command("ada", line);
            assert_eq!(paper.heard(index + 1).await[index], *answer, "for {line}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_does_not_fit_is_answered_with_the_usage() {
    let table = [
        ("roll", "/roll <dice> [sides]"),
        ("roll 101", "a whole number from 1 to 100"),
        ("roll 3 d7", "one of d6, d20, percent, red-or-black"),
        ("say 2h 1 you no", "a time from 1 s to 1 h 30 min"),
        ("say 2m 1 u no", "a text of 2 to 10 characters"),
        ("fail", "Something went wrong on my side"),
    ];
    chat(
        |app| app.command(roll).command(repeat).command(fail),
        async |paper| {
            for (index, (line, part)) in table.iter().enumerate() {
                paper.command("ada", line);
                let answer = &paper.heard(index + 1).await[index];
                assert!(answer.contains(part), "for {line}: {answer}");
            }
        },
    )
    .await;
}
