//! What the bot counts.

use std::time::Duration;

use duologue_core::metrics::TurnMetrics;
use duologue_core::testing::Paper;
use duologue_core::{Context, EngineConfig, HandlerError, Task};

use crate::bot::{Bot, command};

#[tokio::test(start_paused = true)]
async fn turns_are_counted_by_their_end_and_the_first_answer_of_each_is_timed() {
    let paper = Paper::new();
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(command("slow", |_, _| async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            "there"
        }));
        router.command(command("wrong", |_, _| async {
            Err::<(), _>(HandlerError::from("no"))
        }));
        router.command(command("panic", |_, _| async {
            if true {
                panic!("oh")
            }
            "never"
        }));
        router.command(command("task", |ctx: Context, _| async move {
            ctx.start(Task::new("Long", |_| async {
                tokio::time::sleep(Duration::from_secs(100)).await;
                Ok("late".to_owned())
            }))?;
            Ok::<_, HandlerError>(())
        }));
    });
    for line in ["slow", "wrong", "panic", "task"] {
        paper.command("anna", line);
    }
    paper
        .until("the end of the task", |records| {
            records
                .iter()
                .any(|record| format!("{:?}", record.operation).contains("late"))
        })
        .await;
    let metrics = bot.handle.metrics();
    let turns = TurnMetrics {
        done: 2,
        failed: 1,
        panicked: 1,
        timed_out: 0,
    };
    assert_eq!(metrics.turns, turns);
    let network = &metrics.networks[0];
    assert_eq!((network.events.accepted, network.sends.not_sent), (4, 0));
    assert!(network.sends.sent >= 4);
    // The result of a task is no answer that somebody waited for.
    assert_eq!(network.answers.count(), 3);
    assert!(
        network.answers.sum < Duration::from_secs(2),
        "{:?}",
        network.answers
    );
    assert!(network.answers.sum >= Duration::from_millis(300));
    bot.stop().await;
}

#[tokio::test]
async fn a_handler_that_blocks_the_runtime_is_noticed() {
    let paper = Paper::new();
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(command("block", |_, _| async {
            std::thread::sleep(Duration::from_millis(1800));
            "done"
        }));
    });
    paper.command("anna", "block");
    paper.heard(1).await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while bot.handle.metrics().late.is_zero() {
        assert!(tokio::time::Instant::now() < deadline, "nobody noticed");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    bot.stop().await;
}
