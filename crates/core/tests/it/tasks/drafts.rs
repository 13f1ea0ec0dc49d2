//! The card of a task in a private chat of a network that has drafts.

use duologue_core::testing::{Paper, Record, capabilities};
use duologue_core::{
    Capabilities, Context, EngineConfig, EventKind, HandlerError, Operation, Pace, SendError, SendErrorKind,
    Stop, Support, TaskContext,
};

use crate::bot::command;

use super::{SECOND, counts, says, start, starts, texts};

fn with_drafts() -> Paper {
    Paper::with_capabilities(with_drafts_capabilities())
}

fn with_drafts_capabilities() -> Capabilities {
    Capabilities {
        drafts: Support::Native,
        ..capabilities()
    }
}

/// The drafts that were shown, by number and words.
fn drafts(records: &[Record]) -> Vec<(u64, String)> {
    let draft = |record: &Record| match &record.operation {
        Operation::Draft { draft, text, .. } if record.made.is_some() => Some((*draft, text.text.clone())),
        _ => None,
    };
    records.iter().filter_map(draft).collect()
}

#[tokio::test(start_paused = true)]
async fn the_card_is_a_draft_and_the_result_a_message() {
    let paper = with_drafts();
    let bot = start(&paper, EngineConfig::default(), |router| {
        router.command(starts("go", || counts(10)));
    });
    paper.command("anna", "go");
    let records = says(&paper, "counted to 10").await;
    let shown = drafts(&records);
    assert!(
        shown
            .iter()
            .any(|(number, words)| *number == 1 && words.contains("50 %")),
        "{shown:?}"
    );
    assert_eq!(texts(&records), ["counted to 10"]);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn no_draft_comes_after_the_result() {
    let capabilities = with_drafts_capabilities();
    let paper = Paper::with_capabilities(Capabilities {
        pace: Pace {
            edit_private: SECOND,
            ..capabilities.pace
        },
        ..capabilities
    });
    let bot = start(&paper, EngineConfig::default(), |router| {
        router.command(starts("go", || {
            duologue_core::Task::new("Digging", |task: TaskContext| async move {
                for step in 0..80 {
                    task.progress(step, 80);
                    tokio::time::sleep(SECOND * 3 / 100).await;
                }
                Ok("a hole".to_owned())
            })
        }));
        router.command(command("note", |context: Context, _| async move {
            let live = context.live("a note").await?;
            live.finish("another note").await?;
            Ok::<_, HandlerError>(())
        }));
    });
    paper.command("anna", "go");
    tokio::time::sleep(SECOND * 155 / 100).await;
    // After this change the next draft has to wait, and the task is done before it may go.
    paper.command("anna", "note");
    says(&paper, "a hole").await;
    tokio::time::sleep(60 * SECOND).await;
    let last = paper
        .records()
        .into_iter()
        .rfind(|record| record.made.is_some())
        .unwrap();
    assert!(
        matches!(last.operation, Operation::Send(_)),
        "{:?}",
        last.operation
    );
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_draft_without_news_is_shown_again_before_it_vanishes() {
    let paper = with_drafts();
    let bot = start(&paper, EngineConfig::default(), |router| {
        router.command(starts("go", || {
            duologue_core::Task::new("Quiet", |_| async {
                tokio::time::sleep(100 * SECOND).await;
                Ok("over".to_owned())
            })
        }));
    });
    paper.command("anna", "go");
    let records = says(&paper, "over").await;
    let times: Vec<_> = records
        .iter()
        .filter(|record| matches!(record.operation, Operation::Draft { .. }))
        .map(|record| record.at)
        .collect();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] < 15 * SECOND));
    assert!(times.len() < 40, "{} are too many", times.len());
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn its_stop_button_cancels_the_task() {
    let paper = with_drafts();
    let bot = start(&paper, EngineConfig::default(), |router| {
        router.command(starts("go", || counts(600)));
    });
    paper.command("anna", "go");
    paper
        .until("a draft", |records| !drafts(records).is_empty())
        .await;
    // Of another chat it means nothing.
    paper.deliver(paper.event("ben", EventKind::Stop(Stop { draft: 1 })));
    paper.deliver(paper.event("anna", EventKind::Stop(Stop { draft: 77 })));
    paper.command("anna", "tasks");
    says(&paper, "#1 Counting").await;
    paper.deliver(paper.event("anna", EventKind::Stop(Stop { draft: 1 })));
    says(&paper, "Counting: cancelled.").await;
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_second_task_of_the_same_chat_has_a_message() {
    let paper = with_drafts();
    let bot = start(&paper, EngineConfig::default(), |router| {
        router.command(starts("go", || counts(20)));
    });
    paper.command("anna", "go");
    paper
        .until("a draft", |records| !drafts(records).is_empty())
        .await;
    paper.command("anna", "go");
    says(&paper, "Counting #2").await;
    paper.command("ben", "go");
    paper
        .until("a draft for ben", |records| {
            drafts(records).iter().any(|(number, _)| *number == 3)
        })
        .await;
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn where_the_server_knows_no_drafts_the_card_is_a_message() {
    let paper = with_drafts();
    paper.script(|operation| {
        matches!(operation, Operation::Draft { .. }).then(|| {
            Err(SendError::new(
                "draft",
                SendErrorKind::Unsupported("drafts on this server"),
            ))
        })
    });
    let bot = start(&paper, EngineConfig::default(), |router| {
        router.command(starts("go", || counts(10)));
    });
    paper.command("anna", "go");
    says(&paper, "Counting #1").await;
    says(&paper, "counted to 10").await;
    assert_eq!(paper.said().len(), 1, "the card became the result");
    bot.stop().await;
}
