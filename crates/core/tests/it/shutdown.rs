//! The phases of a shutdown, and its deadline.

use std::time::Duration;

use duologue_core::testing::Paper;
use duologue_core::{EngineConfig, HandlerError, SendError, SendErrorKind};
use tokio::time::Instant;

use crate::bot::{Bot, command, say_after};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn what_was_taken_is_handled_and_sent_before_the_end() {
    let paper = Paper::new();
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(say_after("say", SECOND))
    });
    for user in ["anna", "ben", "anna"] {
        paper.command(user, "say goodbye");
    }
    tokio::time::sleep(SECOND / 2).await;
    let ended = bot.stop().await;
    assert_eq!(paper.said().len(), 3);
    assert_eq!((ended.unhandled, ended.unsent, ended.aborted), (0, 0, vec![]));
}

#[tokio::test(start_paused = true)]
async fn background_work_is_asked_to_end_and_may_say_so() {
    let paper = Paper::new();
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(command("work", |context, _| async move {
            context.background("work", |context, stop| async move {
                let live = context.live("working").await?;
                stop.cancelled().await;
                live.finish("interrupted").await?;
                Ok::<_, HandlerError>(())
            });
        }));
    });
    paper.command("anna", "work");
    paper.heard(1).await;
    let start = Instant::now();
    let ended = bot.stop().await;
    assert!(ended.aborted.is_empty());
    assert!(start.elapsed() < SECOND);
    assert_eq!(paper.records().len(), 2, "the last words were sent");
}

#[tokio::test(start_paused = true)]
async fn what_does_not_end_is_aborted_at_the_deadline_and_named() {
    let paper = Paper::new();
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(command("stubborn", |context, _| async move {
            context.background("stubborn work", |_, _| std::future::pending::<()>());
        }));
        router.command(command("hang", |_, _| std::future::pending::<()>()));
    });
    paper.command("anna", "stubborn");
    paper.command("ben", "hang");
    tokio::time::sleep(SECOND).await;
    let start = Instant::now();
    let ended = bot.stop().await;
    assert!(start.elapsed() <= 9 * SECOND, "it took {:?}", start.elapsed());
    assert_eq!(ended.unhandled, 1);
    assert!(
        ended.aborted.contains(&"stubborn work") && ended.aborted.contains(&"turn worker"),
        "{ended:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_sent_is_counted() {
    let paper = Paper::new();
    paper.script(|operation| {
        Some(Err(SendError::new(
            operation.name(),
            SendErrorKind::Transient("no route".to_owned()),
        )))
    });
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(say_after("say", Duration::ZERO))
    });
    paper.command("anna", "say hello");
    tokio::time::sleep(SECOND).await;
    assert_eq!(bot.stop().await.unsent, 1);
}
