//! What `#[derive(Button)]` makes of types, from the button to the handler of its press.

use duologue::prelude::*;
use duologue::{ButtonAction, ButtonValue};

use crate::paper::chat;

/// Several fields, an enum inside, and no word about serde.
#[derive(Button, Debug, PartialEq)]
#[button(name = "vote", control)]
pub(crate) struct Vote {
    pub(crate) poll: u64,
    choice: Option<String>,
}

#[derive(Button, Debug, PartialEq)]
enum Game {
    Start,
    #[serde(rename = "mv")]
    Move {
        x: u8,
        y: u8,
    },
    Say(String, bool),
}

#[derive(Button, Debug, PartialEq)]
struct GiveUp;

/// Vote for something.
#[command]
async fn poll(number: u64) -> Result<Reply, HandlerError> {
    let vote = Vote {
        poll: number,
        choice: Some("soup".to_owned()),
    };
    let button = Button::with_action("Soup", ButtonAction::Value(ButtonCall::new(&vote)?));
    Ok(Reply::new(Content::text("What shall we eat?").buttons([button])))
}

async fn voted(_ctx: Context, vote: Vote) -> String {
    format!("{:?} in {}", vote.choice, vote.poll)
}

#[test]
fn the_name_is_the_types_own_or_the_one_that_was_given() {
    assert_eq!(Vote::NAME, "vote");
    assert_eq!(GiveUp::NAME, "give_up");
    const { assert!(Vote::CONTROL && !Game::CONTROL) };
}

#[test]
fn every_shape_of_type_can_be_carried() {
    let there_and_back = |game: Game| {
        let json = ButtonCall::new(&game).unwrap().json;
        let back: Game = serde_json::from_str(&json).unwrap();
        assert_eq!(back, game, "{json}");
        json
    };
    there_and_back(Game::Start);
    there_and_back(Game::Say("hello".to_owned(), true));
    assert_eq!(
        there_and_back(Game::Move { x: 1, y: 2 }),
        r#"{"mv":{"x":1,"y":2}}"#
    );
    assert_eq!(
        serde_json::from_str::<GiveUp>(&ButtonCall::new(&GiveUp).unwrap().json).unwrap(),
        GiveUp
    );
}

#[tokio::test]
async fn a_press_reaches_the_handler_of_its_type() {
    chat(
        |app| app.command(poll).press(voted),
        async |paper| {
            paper.command("ada", "poll 12");
            paper.heard(1).await;
            paper.press("ada", "Soup");
            assert_eq!(paper.heard(2).await[1], "Some(\"soup\") in 12");
        },
    )
    .await;
}

#[tokio::test]
async fn of_two_handlers_for_one_name_the_first_stays() {
    let app = |app: App| {
        app.command(poll)
            .press(voted)
            .press(|_: Context, _: Vote| async { "the second" })
    };
    chat(app, async |paper| {
        paper.command("ada", "poll 1");
        paper.heard(1).await;
        paper.press("ada", "Soup");
        assert_eq!(paper.heard(2).await[1], "Some(\"soup\") in 1");
    })
    .await;
}
