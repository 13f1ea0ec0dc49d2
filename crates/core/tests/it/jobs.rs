//! Jobs: when they run, again, late, and after a restart.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use duologue_core::jobs::{JobAsk, JobContext, Schedule};
use duologue_core::store::{Commit, MemoryStore, Missed, Store, Timestamp, Write};
use duologue_core::testing::Paper;
use duologue_core::{
    Backends, ChatKind, Clock, Context, EngineConfig, HandlerError, Operation, SendError, SendErrorKind,
};
use serde_json::json;

use crate::bot::{Bot, command};

const MINUTE: Duration = Duration::from_secs(60);
const BEGAN: Timestamp = Timestamp(1_800_000_000_000);

/// A bot that says "ring" for each job, as often as `fails` is over; with a command for each schedule.
fn start(paper: &Paper, store: &Arc<dyn Store>, now: Timestamp, fails: usize) -> Bot {
    let backends = Backends {
        store: Some(Arc::clone(store)),
        clock: Clock::driven(now),
        ..Backends::default()
    };
    let (tried, hung) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    Bot::start_on(
        backends,
        vec![paper.adapter()],
        EngineConfig::default(),
        move |router| {
            for (name, schedule) in [
                ("once", Schedule::Once(BEGAN.plus(10 * MINUTE))),
                (
                    "every",
                    Schedule::Every {
                        first: BEGAN.plus(10 * MINUTE),
                        interval: 10 * MINUTE,
                    },
                ),
            ] {
                for (kind, missed) in [
                    ("", Missed::Once),
                    ("_skip", Missed::Skip),
                    ("_each", Missed::Each),
                ] {
                    let schedule = schedule.clone();
                    router.command(command(&format!("{name}{kind}"), move |context: Context, _| {
                        let ask = JobAsk {
                            name: "ring",
                            schedule: schedule.clone(),
                            missed,
                            body: json!({ "words": "tea" }),
                        };
                        async move {
                            context.schedule(ask).await?;
                            Ok::<_, HandlerError>("set")
                        }
                    }));
                }
            }
            router.command(command("hang", |context: Context, _| async move {
                let ask = JobAsk {
                    name: "ring",
                    schedule: Schedule::Once(BEGAN.plus(10 * MINUTE)),
                    missed: Missed::Once,
                    body: json!({ "words": "hang" }),
                };
                context.schedule(ask).await?;
                Ok::<_, HandlerError>("set")
            }));
            router.command(command("left", |context: Context, _| async move {
                Ok::<_, HandlerError>(format!("{} left", context.jobs("ring").await?.len()))
            }));
            router.job("ring", move |job: JobContext| {
                let fail = tried.fetch_add(1, Ordering::SeqCst) < fails;
                let hung = Arc::clone(&hung);
                async move {
                    if fail {
                        return Err(HandlerError::from("not now"));
                    }
                    let body: serde_json::Value = job.body()?;
                    if body["words"] == "hang" && !hung.swap(true, Ordering::SeqCst) {
                        std::future::pending::<()>().await;
                    }
                    let late = if job.late().is_zero() { "" } else { ", late" };
                    let again = if job.may_repeat() { ", perhaps again" } else { "" };
                    let words = format!("ring {}{late}{again}", body["words"].as_str().unwrap_or_default());
                    job.say(&job.job().ask.chat, ChatKind::Private, words).await?;
                    Ok(())
                }
            });
        },
    )
}

fn rings(paper: &Paper) -> Vec<String> {
    let said = paper.said().into_iter().map(|said| said.text);
    said.filter(|text| text.starts_with("ring")).collect()
}

fn memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::new())
}

#[tokio::test(start_paused = true)]
async fn a_job_runs_once_when_it_is_due_and_is_gone_then() {
    let (paper, store) = (Paper::new(), memory());
    let bot = start(&paper, &store, BEGAN, 0);
    paper.command("anna", "once");
    paper.heard(1).await;
    tokio::time::sleep(9 * MINUTE).await;
    assert!(rings(&paper).is_empty());
    tokio::time::sleep(2 * MINUTE).await;
    assert_eq!(rings(&paper), ["ring tea"]);
    tokio::time::sleep(60 * MINUTE).await;
    paper.command("anna", "left");
    assert!(paper.heard(3).await.contains(&"0 left".to_owned()));
    assert_eq!(rings(&paper).len(), 1);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_job_that_repeats_keeps_its_beat() {
    let (paper, store) = (Paper::new(), memory());
    let bot = start(&paper, &store, BEGAN, 0);
    paper.command("anna", "every");
    tokio::time::sleep(35 * MINUTE).await;
    assert_eq!(rings(&paper).len(), 3);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_job_that_fails_is_tried_again_later_and_later() {
    let (paper, store) = (Paper::new(), memory());
    let bot = start(&paper, &store, BEGAN, 3);
    paper.command("anna", "once");
    tokio::time::sleep(10 * MINUTE + Duration::from_secs(40)).await;
    assert!(rings(&paper).is_empty(), "15 s and 30 s are not over");
    tokio::time::sleep(3 * MINUTE).await;
    // A failure is known not to have been done: it is late, and no repetition.
    assert_eq!(rings(&paper), ["ring tea"]);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_what_was_missed_follows_its_policy() {
    for (name, expected) in [
        ("once", vec!["ring tea, late"]),
        ("once_skip", vec![]),
        ("every", vec!["ring tea, late"]),
        ("every_skip", vec![]),
        ("every_each", vec!["ring tea, late"; 3]),
    ] {
        let (paper, store) = (Paper::new(), memory());
        let bot = start(&paper, &store, BEGAN, 0);
        paper.command("anna", name);
        paper.heard(1).await;
        bot.stop().await;
        // It was not there for half an hour, in which three beats fell.
        let paper = Paper::new();
        let bot = start(&paper, &store, BEGAN.plus(35 * MINUTE), 0);
        tokio::time::sleep(2 * MINUTE).await;
        assert_eq!(rings(&paper), expected, "{name}");
        bot.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_done_by_a_process_that_ended_is_done_again_and_says_so() {
    let (paper, store) = (Paper::new(), memory());
    let bot = start(&paper, &store, BEGAN, 0);
    paper.command("anna", "once");
    paper.heard(1).await;
    bot.stop().await;
    // As a process that was killed in the middle of the job leaves it.
    let begun = Write::Value {
        key: "job.1.begun".into(),
        body: Some("1".into()),
        until: None,
    };
    store
        .commit(vec![Commit::writes(vec![begun], BEGAN)])
        .await
        .unwrap();
    let paper = Paper::new();
    let bot = start(&paper, &store, BEGAN.plus(10 * MINUTE), 0);
    tokio::time::sleep(MINUTE).await;
    assert_eq!(rings(&paper), ["ring tea, perhaps again"]);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_job_that_hangs_delays_no_other_and_nobody_knows_what_it_has_done() {
    let (paper, store) = (Paper::new(), memory());
    let bot = start(&paper, &store, BEGAN, 0);
    paper.command("anna", "hang");
    paper.command("ben", "every");
    paper.heard(2).await;
    tokio::time::sleep(10 * MINUTE + Duration::from_secs(2)).await;
    assert_eq!(rings(&paper), ["ring tea"], "it waits for nobody");
    // It is ended at the deadline of turns, and tried again.
    tokio::time::sleep(2 * MINUTE).await;
    assert_eq!(rings(&paper), ["ring tea", "ring hang, perhaps again"]);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_word_may_have_been_heard_says_so_when_it_says_it_again() {
    let (paper, store) = (Paper::new(), memory());
    let bot = start(&paper, &store, BEGAN, 0);
    paper.command("anna", "once");
    paper.heard(1).await;
    let cut = AtomicBool::new(false);
    paper.script(move |operation| {
        let first = matches!(operation, Operation::Send(_)) && !cut.swap(true, Ordering::SeqCst);
        let kind = SendErrorKind::Unknown("cut".to_owned());
        first.then(|| Err(SendError::new("send", kind)))
    });
    tokio::time::sleep(11 * MINUTE).await;
    assert_eq!(rings(&paper), ["ring tea, perhaps again"]);
    bot.stop().await;
}
