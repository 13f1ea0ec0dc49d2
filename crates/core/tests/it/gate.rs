//! What is asked before any handler runs.

use std::time::Duration;

use duologue_core::testing::Paper;
use duologue_core::{Context, EngineConfig, HandlerError, Message, Reply, Router};

use crate::bot::{Bot, say_after};

/// Lets nobody but Anna through, and says nothing to Eve.
fn guarded(router: &mut Router) {
    router.command(say_after("say", Duration::ZERO));
    router.text(|_: Context, message: Message| async move { message.text.text });
    router.gate(|ctx: Context, control: bool| async move {
        assert!(!control);
        match ctx.user().map(|user| user.id.as_str()) {
            Some("anna") => Ok(None),
            Some("eve") => Ok(Some(Reply::none())),
            Some("mallory") => panic!("at the gate"),
            Some("trent") => Err(HandlerError::say("not now")),
            _ => Ok(Some(Reply::new("members alone"))),
        }
    });
}

#[tokio::test(start_paused = true)]
async fn the_gate_answers_instead_of_the_handler() {
    let paper = Paper::new();
    let bot = Bot::start(&paper, EngineConfig::default(), guarded);
    paper.command("eve", "say in");
    paper.text("eve", "in");
    paper.command("ben", "say in");
    assert_eq!(paper.heard(1).await, ["members alone"]);
    paper.text("trent", "in");
    assert_eq!(paper.heard(2).await[1], "not now");
    paper.command("anna", "say hello");
    assert_eq!(paper.heard(3).await[2], "hello");
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_gate_that_fails_keeps_the_event_out() {
    let paper = Paper::new();
    let bot = Bot::start(&paper, EngineConfig::default(), guarded);
    paper.command("mallory", "say in");
    let said = &paper.heard(1).await[0];
    assert!(said.contains("went wrong"), "{said}");
    bot.stop().await;
}
