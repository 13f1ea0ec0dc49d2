//! Lines before the lanes: fairness between people, limits, and the control commands past all of it.

use std::time::Duration;

use duologue_core::testing::Paper;
use duologue_core::{EngineConfig, LaneLimits, Task, TaskLimits};
use tokio::time::Instant;

use super::{SECOND, counts, says, start, starts, texts};

fn narrow(asynchronous: LaneLimits) -> EngineConfig {
    EngineConfig {
        tasks: TaskLimits {
            asynchronous,
            ..TaskLimits::default()
        },
        ..EngineConfig::default()
    }
}

fn one_at_a_time() -> LaneLimits {
    LaneLimits {
        running: 1,
        waiting_per_person: 3,
        ..TaskLimits::default().asynchronous
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_sees_the_place_in_line_and_people_take_turns() {
    let paper = Paper::new();
    let bot = start(&paper, narrow(one_at_a_time()), |router| {
        router.command(starts("go", || counts(10)));
    });
    for _ in 0..3 {
        paper.command("anna", "go");
    }
    says(&paper, "Counting #3\n⏳ Number 2 in line").await;
    paper.command("ben", "go");
    says(&paper, "Counting #4\n⏳ Next in line").await;
    says(&paper, "Counting #3\n⏳ Number 3 in line").await;
    let records = paper
        .until("the end", |records| {
            let ends = texts(records).into_iter().filter(|text| text == "counted to 10");
            ends.count() == 4
        })
        .await;
    let ends: Vec<&str> = records
        .iter()
        .filter(|record| texts(std::slice::from_ref(record)) == ["counted to 10"])
        .map(|record| record.operation.chat().id.as_str())
        .collect();
    assert_eq!(ends, ["anna", "ben", "anna", "anna"]);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_over_the_waiting_limit_is_refused_with_a_sentence() {
    let paper = Paper::new();
    let bot = start(&paper, narrow(one_at_a_time()), |router| {
        router.command(starts("go", || counts(600)));
    });
    for _ in 0..5 {
        paper.command("anna", "go");
    }
    says(
        &paper,
        "3 of your tasks wait already. Let one of them end, or cancel one: /tasks lists them.",
    )
    .await;
    paper.command("ben", "go");
    says(&paper, "Number 2 in line").await;
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_task_that_waits_can_be_cancelled_and_the_next_one_moves_up() {
    let paper = Paper::new();
    let bot = start(&paper, narrow(one_at_a_time()), |router| {
        router.command(starts("go", || counts(20)));
    });
    paper.command("anna", "go");
    paper.heard(1).await;
    paper.command("anna", "go");
    paper.heard(2).await;
    paper.command("anna", "go");
    paper.heard(3).await;
    paper.command("anna", "cancel #2");
    says(&paper, "Counting: cancelled.").await;
    paper
        .until("two ends", |records| {
            texts(records)
                .into_iter()
                .filter(|text| text == "counted to 20")
                .count()
                == 2
        })
        .await;
    assert_eq!(bot.handle.lanes()[0].waiting, 0);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn more_memory_than_there_is_is_refused_and_what_is_free_is_waited_for() {
    let paper = Paper::new();
    let config = EngineConfig {
        tasks: TaskLimits {
            memory: 100,
            ..TaskLimits::default()
        },
        ..EngineConfig::default()
    };
    let bot = start(&paper, config, |router| {
        router.command(starts("much", || counts(1).memory(101)));
        router.command(starts("most", || counts(10).memory(80)));
    });
    paper.command("anna", "much");
    says(&paper, "This needs more memory than I may use (100 B).").await;
    paper.command("anna", "most");
    paper.command("ben", "most");
    says(&paper, "Next in line").await;
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn lists_and_cancels_answer_at_once_while_every_worker_is_busy() {
    let paper = Paper::new();
    let mut config = narrow(LaneLimits {
        running: 4,
        per_person: 4,
        ..TaskLimits::default().asynchronous
    });
    config.executor.turns = 2;
    let bot = start(&paper, config, |router| {
        router.command(starts("go", || counts(600)));
        router.command(crate::bot::say_after("slow", 30 * SECOND));
    });
    for number in 0..200 {
        paper.command(&format!("user{number}"), "go");
    }
    paper.heard(200).await;
    for number in 0..200 {
        paper.command(&format!("user{number}"), "slow");
    }
    let asked = Instant::now();
    paper.command("user7", "tasks");
    says(&paper, "• #8 Counting").await;
    paper.command("user7", "cancel");
    says(&paper, "Cancelling Counting #8.").await;
    assert!(
        asked.elapsed() < Duration::from_millis(300),
        "{:?}",
        asked.elapsed()
    );
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn cards_that_wait_together_do_not_flood_the_network() {
    let paper = Paper::new();
    let bot = start(
        &paper,
        narrow(LaneLimits {
            running: 1,
            ..one_at_a_time()
        }),
        |router| {
            router.command(starts("go", || {
                Task::new("Short", |_| async {
                    tokio::time::sleep(Duration::from_millis(500)).await;
                    Ok("over".to_owned())
                })
            }));
        },
    );
    for number in 0..1000 {
        paper.command(&format!("user{number}"), "go");
    }
    paper.heard(1000).await;
    let before = paper.records().len();
    tokio::time::sleep(20 * SECOND).await;
    let edits = paper.records().len() - before;
    assert!(edits < 20 * 35, "{edits} edits in 20 s");
    bot.stop().await;
}
