//! The card of a task, and what people do with it.

use std::time::Duration;

use duologue_core::testing::{Paper, capabilities, chat};
use duologue_core::{
    ChatKind, EngineConfig, EventKind, HandlerError, Operation, Pace, Press, SendError, SendErrorKind, Task,
    TaskContext, TaskError, TaskLimits, Unit,
};
use tokio::time::Instant;

use super::{Crowd, SECOND, buttons, counts, fails, notes, says, start, starts, texts};

#[tokio::test(start_paused = true)]
async fn a_task_that_is_done_at_once_has_its_result_as_the_first_message() {
    let paper = Paper::new();
    let bot = start(&paper, EngineConfig::default(), |router| {
        router.command(starts("go", || {
            Task::new("Quick", |_| async { Ok("there".to_owned()) })
        }));
    });
    paper.command("anna", "go");
    assert_eq!(paper.heard(1).await, ["there"]);
    bot.stop().await;
    assert_eq!(texts(&paper.records()), ["there"]);
}

#[tokio::test(start_paused = true)]
async fn a_card_shows_the_progress_and_becomes_the_result() {
    let paper = Paper::new();
    let bot = start(&paper, EngineConfig::default(), |router| {
        router.command(starts("go", || counts(10)));
    });
    paper.command("anna", "go");
    let records = says(&paper, "50 %").await;
    assert_eq!(buttons(&records, "50 %"), ["Cancel"]);
    let card = texts(&records).pop().unwrap();
    assert!(card.starts_with("Counting #1\n▰▰▰▰▰▰▱▱▱▱▱▱ 50 %"), "{card}");
    assert!(card.contains("about 5 s left"), "{card}");
    let records = says(&paper, "counted to 10").await;
    assert!(buttons(&records, "counted to 10").is_empty());
    assert_eq!(paper.said().len(), 1, "all of it is one message");
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_chat_goes_on_while_a_task_runs() {
    let paper = Paper::new();
    let bot = start(&paper, EngineConfig::default(), |router| {
        router.command(starts("go", || counts(60)));
    });
    paper.command("anna", "go");
    says(&paper, "Counting").await;
    let asked = Instant::now();
    paper.command("anna", "ping");
    says(&paper, "pong").await;
    assert!(asked.elapsed() < SECOND);
    says(&paper, "counted to 60").await;
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn news_in_a_tight_loop_are_few_edits_and_the_last_state_arrives() {
    let mut limits = capabilities();
    limits.pace = Pace {
        edit_private: SECOND,
        ..limits.pace
    };
    let paper = Paper::with_capabilities(limits);
    let bot = start(&paper, EngineConfig::default(), |router| {
        let task = || {
            Task::new("Busy", |task: TaskContext| async move {
                task.unit(Unit::named("steps"));
                for step in 0..10_000 {
                    task.progress(step, 10_000);
                    if step % 10 == 0 {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                }
                Ok("all steps taken".to_owned())
            })
        };
        router.command(starts("go", task));
    });
    paper.command("anna", "go");
    let records = says(&paper, "all steps taken").await;
    assert!(
        texts(&records).len() <= 8,
        "5 s at one edit a second: {}",
        texts(&records).len()
    );
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn who_started_a_task_cancels_it_and_nothing_of_it_goes_on() {
    let paper = Paper::new();
    let alive = Crowd::default();
    let crowd = alive.clone();
    let bot = start(&paper, EngineConfig::default(), move |router| {
        router.command(starts("go", move || {
            let member = crowd.join();
            Task::new("Endless", move |_| async move {
                let _member = member;
                std::future::pending::<()>().await;
                Ok(String::new())
            })
        }));
    });
    paper.command("anna", "go");
    says(&paper, "Endless").await;
    assert_eq!(alive.now(), 1);
    let pressed = Instant::now();
    paper.press("anna", "Cancel");
    let records = says(&paper, "Endless: cancelled.").await;
    assert!(pressed.elapsed() < Duration::from_millis(300));
    assert!(buttons(&records, "cancelled").is_empty());
    assert_eq!(alive.now(), 0);
    paper.deliver(paper.event("anna", press(&paper, "Cancel")));
    paper
        .until("a note", |records| notes(records) == ["It has ended already."])
        .await;
    bot.stop().await;
}

fn press(paper: &Paper, label: &str) -> EventKind {
    EventKind::Press(Press {
        token: paper.token(label).expect("the button was sent"),
        message: None,
        values: Vec::new(),
    })
}

#[tokio::test(start_paused = true)]
async fn in_a_group_others_may_not_cancel_a_task_but_a_moderator_may() {
    let paper = Paper::new();
    let bot = start(&paper, EngineConfig::default(), |router| {
        router.command(starts("go", || counts(600)));
    });
    let in_room = |user: &str, kind| {
        let mut event = paper.event(user, kind);
        event.chat = chat("room");
        event.chat_kind = ChatKind::Group;
        event
    };
    let go = paper.event("anna", EventKind::Command(call("go", "")));
    paper.deliver(in_room("anna", go.kind));
    says(&paper, "Counting").await;
    paper.deliver(in_room("ben", press(&paper, "Cancel")));
    let records = paper.until("a note", |records| !notes(records).is_empty()).await;
    assert_eq!(
        notes(&records),
        ["Only anna or a moderator of this chat can cancel this."]
    );
    paper.deliver(in_room("ben", EventKind::Command(call("cancel", "#1"))));
    says(&paper, "You have no task #1").await;
    paper.promote("mod");
    paper.deliver(in_room("mod", press(&paper, "Cancel")));
    says(&paper, "Counting: cancelled by a moderator.").await;
    bot.stop().await;
}

fn call(name: &str, words: &str) -> duologue_core::CommandCall {
    duologue_core::CommandCall {
        name: name.into(),
        input: duologue_core::CommandInput::Text(duologue_core::content::StyledText::plain(words)),
        attachments: Vec::new(),
        message: None,
        replies_to: None,
        group: None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_moderator_of_one_chat_is_nobody_in_another() {
    let paper = Paper::new();
    let bot = start(&paper, EngineConfig::default(), |router| {
        router.command(starts("go", || counts(600)));
    });
    paper.command("anna", "go");
    says(&paper, "Counting").await;
    paper.promote("mod");
    paper.press("mod", "Cancel");
    let records = paper.until("a note", |records| !notes(records).is_empty()).await;
    assert!(notes(&records)[0].starts_with("Only anna"));
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn tasks_are_listed_with_buttons_and_cancelled_by_number_by_name_or_all() {
    let paper = Paper::new();
    let bot = start(&paper, EngineConfig::default(), |router| {
        for name in ["red", "green", "blue", "grey"] {
            router.command(starts(name, move || counts(600).named(format!("The {name} one"))));
        }
    });
    paper.command("anna", "tasks");
    says(&paper, "You have no tasks at the moment.").await;
    paper.command("anna", "cancel");
    says(&paper, "You have no task that could be cancelled.").await;
    for name in ["red", "green", "blue", "grey"] {
        paper.command("anna", name);
        says(&paper, &format!("The {name} one")).await;
    }
    paper.command("ben", "tasks");
    paper.command("anna", "tasks");
    let records = says(&paper, "• #1 The red one: 0 %").await;
    assert_eq!(
        buttons(&records, "• #1"),
        ["Cancel #4", "Cancel #3", "Cancel #2", "Cancel #1"]
    );
    paper.press("anna", "Cancel #2");
    says(&paper, "The green one: cancelled.").await;
    paper.command("anna", "cancel");
    says(&paper, "Cancelling The grey one #4.").await;
    paper.command("anna", "cancel RED");
    says(&paper, "The red one: cancelled.").await;
    paper.command("anna", "cancel purple");
    says(
        &paper,
        "You have no task purple.\n\nThese are yours:\n\n• #3 The blue one",
    )
    .await;
    paper.command("anna", "cancel all");
    says(&paper, "The blue one: cancelled.").await;
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_failure_a_panic_and_words_for_the_person_end_a_card_each_in_its_way() {
    let paper = Paper::new();
    let bot = start(&paper, EngineConfig::default(), |router| {
        router.command(starts("fault", || {
            Task::new("Fault", |_| async {
                Err(TaskError::from("a secret of the inside"))
            })
        }));
        router.command(starts("panic", || {
            Task::new("Panic", |_| async {
                assert_eq!(1, 2, "on purpose");
                Ok(String::new())
            })
        }));
        router.command(starts("say", || {
            Task::new("Say", |_| async {
                fails("Give me a number.")?;
                Ok(String::new())
            })
        }));
    });
    paper.command("anna", "fault");
    paper.command("anna", "panic");
    paper.command("anna", "say");
    paper.heard(3).await;
    let heard = texts(&paper.records()).join("\n");
    for words in [
        "✗ Fault: something went wrong on my side",
        "✗ Panic: something went wrong on my side",
        "Give me a number.",
    ] {
        assert!(heard.contains(words), "{heard}");
    }
    assert!(!heard.contains("secret"), "{heard}");
    paper.command("anna", "ping");
    says(&paper, "pong").await;
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_task_ends_at_its_deadline() {
    let paper = Paper::new();
    let config = EngineConfig {
        tasks: TaskLimits {
            deadline: 30 * SECOND,
            ..TaskLimits::default()
        },
        ..EngineConfig::default()
    };
    let bot = start(&paper, config, |router| {
        router.command(starts("go", || counts(600)));
        router.command(starts("own", || counts(600).named("Own").deadline(7 * SECOND)));
    });
    let begun = Instant::now();
    paper.command("anna", "own");
    paper.command("anna", "go");
    says(&paper, "Own: stopped after 7 s").await;
    assert_eq!(begun.elapsed().as_secs(), 7);
    says(&paper, "Counting: stopped after 30 s").await;
    assert_eq!(begun.elapsed().as_secs(), 30);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_ends_every_card_with_a_sentence() {
    let paper = Paper::new();
    let bot = start(&paper, EngineConfig::default(), |router| {
        router.command(starts("go", || counts(600)));
    });
    paper.command("anna", "go");
    paper.command("ben", "go");
    paper.heard(2).await;
    let ended = bot.stop().await;
    assert_eq!((ended.unsent, ended.aborted.len()), (0, 0));
    let records = paper.records();
    let last = texts(&records)
        .into_iter()
        .filter(|text| text.contains("cut short"))
        .count();
    assert_eq!(last, 2, "{:?}", texts(&records));
}

#[tokio::test(start_paused = true)]
async fn a_card_that_cannot_be_changed_is_followed_by_the_result() {
    let paper = Paper::new();
    paper.script(|operation| {
        matches!(operation, Operation::Edit { .. }).then(|| {
            Err(SendError::new(
                "edit",
                SendErrorKind::NotFound("it is gone".to_owned()),
            ))
        })
    });
    let bot = start(&paper, EngineConfig::default(), |router| {
        router.command(starts("go", || counts(3)));
    });
    paper.command("anna", "go");
    let heard = paper.heard(2).await;
    assert!(heard[0].starts_with("Counting"));
    assert_eq!(heard[1], "counted to 3");
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_result_that_the_network_refuses_is_told_of() {
    let paper = Paper::new();
    paper.script(|operation| match operation {
        Operation::Edit { part, .. } if part.text.text.contains("counted") => {
            let kind = SendErrorKind::TooLong {
                what: "the file, in bytes,",
                limit: 50,
            };
            Some(Err(SendError::new("edit", kind)))
        }
        _ => None,
    });
    let bot = start(&paper, EngineConfig::default(), |router| {
        router.command(starts("go", || counts(3)));
    });
    paper.command("anna", "go");
    says(
        &paper,
        "Counting: it is done, but its result cannot be sent here: the file, in bytes, is larger than 50",
    )
    .await;
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_task_that_says_nothing_ends_as_done() {
    let paper = Paper::new();
    let bot = start(&paper, EngineConfig::default(), |router| {
        router.command(crate::bot::command(
            "go",
            |ctx: duologue_core::Context, _| async move {
                ctx.start(Task::new("Silent", |_| async {
                    tokio::time::sleep(4 * SECOND).await;
                    Ok(())
                }))?;
                Ok::<_, HandlerError>(())
            },
        ));
    });
    paper.command("anna", "go");
    says(&paper, "✓ Silent: done in 4 s").await;
    bot.stop().await;
}
