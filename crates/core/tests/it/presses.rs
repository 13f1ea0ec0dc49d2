//! Buttons: typed values, commands, who may press, and how often.

use duologue_core::content::{Button, Content};
use duologue_core::testing::{Paper, Record};
use duologue_core::{
    ButtonAction, ButtonCall, ButtonValue, EngineConfig, HandlerError, Operation, TOKEN_BYTES,
};
use serde::{Deserialize, Serialize};

use crate::bot::{Bot, command, say_after};

#[derive(Serialize, Deserialize)]
struct Pick {
    number: u32,
    why: String,
}

impl ButtonValue for Pick {
    const NAME: &'static str = "pick";
}

fn notes(records: &[Record]) -> Vec<Option<String>> {
    let note = |record: &Record| match &record.operation {
        Operation::Acknowledge { note, .. } => Some(note.clone()),
        _ => None,
    };
    records.iter().filter_map(note).collect()
}

fn start(paper: &Paper, call: impl Fn(ButtonCall) -> ButtonCall + Send + Sync + 'static) -> Bot {
    let call = std::sync::Arc::new(call);
    Bot::start(paper, EngineConfig::default(), move |router| {
        router.command(command("ask", move |_, _| {
            let call = std::sync::Arc::clone(&call);
            async move {
                let value = Pick {
                    number: 7,
                    why: "a reason much longer than any wire would carry ".repeat(10),
                };
                let button =
                    Button::with_action("Seven", ButtonAction::Value(call(ButtonCall::new(&value)?)));
                let link = Button::link("Read", "https://example.org");
                let again = Button::command("Again", "say", "again");
                Ok::<_, HandlerError>(Content::text("Pick").buttons([button, link, again]))
            }
        }));
        router.command(say_after("say", std::time::Duration::ZERO));
        router.press(|_, pick: Pick| async move { format!("picked {} ({})", pick.number, pick.why.len()) });
    })
}

#[tokio::test(start_paused = true)]
async fn a_button_carries_a_value_of_any_size_behind_a_short_token() {
    let paper = Paper::new();
    let bot = start(&paper, |call| call);
    paper.command("anna", "ask");
    paper.heard(1).await;
    assert_eq!(paper.token("Seven").expect("it has a token").len(), TOKEN_BYTES);
    assert_eq!(paper.token("Read"), None, "a link needs none");
    paper.press("ben", "Seven");
    paper.press("ben", "Again");
    assert_eq!(paper.heard(3).await[1..], ["picked 7 (470)", "again"]);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn another_persons_button_says_so_and_does_nothing() {
    let paper = Paper::new();
    let bot = start(&paper, |call| call.only(duologue_core::UserId::new("anna")));
    paper.command("anna", "ask");
    paper.heard(1).await;
    paper.press("ben", "Seven");
    let records = paper.until("a note", |records| !notes(records).is_empty()).await;
    assert_eq!(
        notes(&records),
        [Some("This button is for somebody else.".to_owned())]
    );
    paper.press("anna", "Seven");
    assert_eq!(paper.heard(2).await[1], "picked 7 (470)");
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_button_for_once_works_once() {
    let paper = Paper::new();
    let bot = start(&paper, ButtonCall::once);
    paper.command("anna", "ask");
    paper.heard(1).await;
    paper.press("anna", "Seven");
    paper.press("anna", "Seven");
    let records = paper.until("a note", |records| !notes(records).is_empty()).await;
    assert!(
        notes(&records)[0]
            .as_ref()
            .expect("it says why")
            .contains("too old")
    );
    assert_eq!(paper.heard(2).await.len(), 2);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_button_that_an_edit_leaves_as_it_is_keeps_its_token() {
    let paper = Paper::new();
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(command("work", |context, _| async move {
            let with_button =
                |words: &str| Content::text(words).buttons([Button::command("Stop", "say", "stopped")]);
            let live = context.live(with_button("0 %")).await?;
            live.update(with_button("50 %"));
            live.finish(with_button("100 %")).await?;
            Ok::<_, HandlerError>(())
        }));
        router.command(say_after("say", std::time::Duration::ZERO));
    });
    paper.command("anna", "work");
    let ended = |records: &[Record]| {
        records
            .iter()
            .any(|record| matches!(&record.operation, Operation::Edit { .. }))
    };
    let records = paper.until("the last edit", ended).await;
    let tokens: Vec<_> = records
        .iter()
        .filter_map(|record| match &record.operation {
            Operation::Send(send) => send.part.buttons[0][0].token.clone(),
            Operation::Edit { part, .. } => part.buttons[0][0].token.clone(),
            _ => None,
        })
        .collect();
    assert!(tokens.len() >= 2);
    assert!(tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
    bot.stop().await;
}
