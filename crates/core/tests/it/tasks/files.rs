//! The files of tasks: limits, and that they are gone with their task.

use std::sync::Arc;

use duologue_core::content::Content;
use duologue_core::task::MemoryScratch;
use duologue_core::testing::Paper;
use duologue_core::{
    AttachmentKind, Backends, Context, EngineConfig, HandlerError, Limit, Task, TaskContext, TaskError,
    TaskLimits,
};

use super::{SECOND, says};
use crate::bot::{Bot, command};

fn config() -> EngineConfig {
    EngineConfig {
        tasks: TaskLimits {
            files_per_task: 1000,
            files: 1500,
            ..TaskLimits::default()
        },
        ..EngineConfig::default()
    }
}

fn start(paper: &Paper, scratch: &MemoryScratch, task: fn() -> Task<Content>) -> Bot {
    let backends = Backends {
        scratch: Some(Arc::new(scratch.clone())),
        ..Backends::default()
    };
    Bot::start_on(backends, vec![paper.adapter()], config(), |router| {
        router.task_commands();
        router.command(command("go", move |ctx: Context, _| async move {
            ctx.start(task())?;
            Ok::<_, HandlerError>(())
        }));
    })
}

#[tokio::test(start_paused = true)]
async fn a_file_is_there_until_the_result_was_sent_and_gone_then() {
    let (paper, scratch) = (Paper::new(), MemoryScratch::default());
    let bot = start(&paper, &scratch, || {
        Task::new("Writing", |task: TaskContext| async move {
            let file = task.write_file("note.txt", "hello").await?;
            Ok(Content::text("here").media(task.media(AttachmentKind::Document, &file)?))
        })
    });
    paper.command("anna", "go");
    says(&paper, "here").await;
    bot.stop().await;
    assert_eq!(scratch.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_task_leaves_no_file_behind() {
    let (paper, scratch) = (Paper::new(), MemoryScratch::default());
    let bot = start(&paper, &scratch, || {
        Task::new("Writing", |task: TaskContext| async move {
            task.write_file("one.txt", "hello").await?;
            let mut half = task.create("two.txt").await?;
            half.write("hal").await?;
            tokio::time::sleep(600 * SECOND).await;
            Ok(Content::text("never"))
        })
    });
    paper.command("anna", "go");
    says(&paper, "Writing").await;
    assert_eq!(scratch.count(), 1);
    paper.press("anna", "Cancel");
    says(&paper, "cancelled").await;
    bot.stop().await;
    assert_eq!(scratch.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn files_are_bounded_for_one_task_and_for_all() {
    let (paper, scratch) = (Paper::new(), MemoryScratch::default());
    let bot = start(&paper, &scratch, || {
        Task::new("Writing", |task: TaskContext| async move {
            let mut file = task.create("big").await?;
            file.write(vec![0; 900]).await?;
            let over = file.write(vec![0; 101]).await;
            assert!(matches!(over, Err(TaskError::OverLimit(Limit::Files(1000)))));
            tokio::time::sleep(10 * SECOND).await;
            over?;
            Ok(Content::text("never"))
        })
    });
    paper.command("anna", "go");
    says(&paper, "Writing").await;
    // 900 of 1500 are in use: the second one does not get that far.
    paper.command("ben", "go");
    says(&paper, "its files grew over 1.5 kB").await;
    says(&paper, "its files grew over 1.0 kB").await;
    paper.command("ben", "go");
    says(&paper, "Writing #3").await;
    bot.stop().await;
    assert_eq!(scratch.count(), 0);
}
