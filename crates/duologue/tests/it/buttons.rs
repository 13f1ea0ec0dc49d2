//! What `#[derive(Button)]` makes of types, from the button to the handler of its press.

use duologue::prelude::*;
use duologue::{ButtonAction, ButtonValue, Router};

use crate::paper::Paper;

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
    let mut router = Router::new();
    router.command(poll);
    router.press(voted);
    let paper = Paper::run(router);
    paper.types("/poll 12").await;
    let question = paper.said(0).await;
    paper.presses(&question).await;
    assert_eq!(paper.said(1).await.text.text, "Some(\"soup\") in 12");
    paper.stops().await;
}
