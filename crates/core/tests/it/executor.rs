//! Order, fairness, bounds, and what goes wrong in a turn.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use duologue_core::testing::{Paper, person};
use duologue_core::{ChatKind, EngineConfig, EventKind, ExecutorConfig, HandlerError, Message};
use tokio::time::Instant;

use crate::bot::{Bot, command, say_after};

const MS: Duration = Duration::from_millis(1);

#[tokio::test(start_paused = true)]
async fn one_chat_is_answered_in_order_and_chats_run_side_by_side() {
    let paper = Paper::new();
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(say_after("say", 10 * MS))
    });
    let start = Instant::now();
    for number in 0..20 {
        for chat in ["anna", "ben", "cleo"] {
            paper.command(chat, &format!("say {number}"));
        }
    }
    paper.heard(60).await;
    assert_eq!(start.elapsed(), 200 * MS, "three chats take as long as one");
    let mut by_chat: HashMap<String, Vec<String>> = HashMap::new();
    for said in paper.said() {
        by_chat.entry(said.chat).or_default().push(said.text);
    }
    let wanted: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    assert_eq!(by_chat.len(), 3);
    assert!(by_chat.values().all(|texts| *texts == wanted));
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_chat_that_floods_does_not_delay_the_others() {
    let paper = Paper::new();
    let config = EngineConfig {
        executor: ExecutorConfig {
            turns: 4,
            conversation_bound: 5000,
            ..ExecutorConfig::default()
        },
        ..EngineConfig::default()
    };
    let bot = Bot::start(&paper, config, |router| router.command(say_after("say", 5 * MS)));
    for number in 0..2000 {
        paper.command("flooder", &format!("say {number}"));
    }
    tokio::time::sleep(20 * MS).await;
    let start = Instant::now();
    for user in 0..50 {
        paper.command(&format!("user{user}"), "say hello");
    }
    paper
        .until("an answer for everybody else", |records| {
            let others =
                |record: &&duologue_core::testing::Record| record.operation.chat().id.as_str() != "flooder";
            records.iter().filter(others).count() == 50
        })
        .await;
    // Fifty turns of 5 ms on three free workers, and at most one quantum of the flooder in between.
    assert!(
        start.elapsed() <= 50 * 5 * MS / 3 + 60 * MS,
        "the others waited {:?}",
        start.elapsed()
    );
    drop(bot);
}

#[tokio::test(start_paused = true)]
async fn at_most_the_configured_number_of_turns_runs_at_once() {
    let paper = Paper::new();
    let config = EngineConfig {
        executor: ExecutorConfig {
            turns: 3,
            ..ExecutorConfig::default()
        },
        ..EngineConfig::default()
    };
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = (Arc::clone(&running), Arc::clone(&most));
    let bot = Bot::start(&paper, config, |router| {
        router.command(command("work", move |_, _| {
            let (running, most) = (Arc::clone(&seen.0), Arc::clone(&seen.1));
            async move {
                let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(now, Ordering::SeqCst);
                tokio::time::sleep(10 * MS).await;
                running.fetch_sub(1, Ordering::SeqCst);
                "done"
            }
        }));
    });
    for user in 0..30 {
        paper.command(&format!("user{user}"), "work");
    }
    paper.heard(30).await;
    assert_eq!(most.load(Ordering::SeqCst), 3);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn people_in_a_group_do_not_wait_for_each_other() {
    let paper = Paper::new();
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(say_after("say", 100 * MS))
    });
    let start = Instant::now();
    for user in ["anna", "ben"] {
        paper.command(user, "say hi");
    }
    for user in ["anna", "ben"] {
        let mut event = paper.event("the group", group_command("say hi"));
        event.chat_kind = ChatKind::Group;
        event.user = Some(person(user));
        paper.deliver(event);
    }
    paper.heard(4).await;
    assert_eq!(start.elapsed(), 100 * MS);
    bot.stop().await;
}

fn group_command(line: &str) -> EventKind {
    use duologue_core::content::StyledText;
    use duologue_core::{CommandCall, CommandInput};
    let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
    EventKind::Command(CommandCall {
        name: name.into(),
        input: CommandInput::Text(StyledText::plain(rest)),
        attachments: Vec::new(),
        message: None,
        replies_to: None,
        group: None,
    })
}

#[tokio::test(start_paused = true)]
async fn a_panic_costs_one_turn_and_is_answered_with_an_id() {
    let paper = Paper::new();
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(command("fall", |_, _| async {
            if true {
                panic!("on purpose");
            }
        }));
        router.command(say_after("say", MS));
    });
    paper.command("anna", "fall");
    paper.command("anna", "say still here");
    let heard = paper.heard(2).await;
    assert!(heard[0].contains("Something went wrong"), "{heard:?}");
    let id = heard[0].rsplit(' ').next().expect("the id stands at the end");
    assert_eq!(id.len(), 8, "{id} is an id");
    assert_eq!(heard[1], "still here");
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_hang_ends_at_its_deadline_and_the_chat_goes_on() {
    let paper = Paper::new();
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(command("hang", |_, _| std::future::pending::<()>()));
        router.command(say_after("say", MS));
    });
    let start = Instant::now();
    paper.command("anna", "hang");
    paper.command("anna", "say awake");
    let heard = paper.heard(2).await;
    assert!(heard[0].contains("longer than 1 min"), "{heard:?}");
    assert_eq!(heard[1], "awake");
    assert_eq!(start.elapsed(), Duration::from_secs(60) + MS);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_error_is_answered_with_an_id_and_words_for_the_person_as_they_are() {
    let paper = Paper::new();
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(command("break", |_, _| async {
            Err::<(), _>(HandlerError::from(std::io::Error::other("secret detail")))
        }));
        router.command(command("say", |_, _| async {
            Err::<(), _>(HandlerError::say("Bring a towel."))
        }));
    });
    paper.command("anna", "break");
    paper.command("anna", "say");
    let heard = paper.heard(2).await;
    assert!(
        heard[0].contains("Something went wrong") && !heard[0].contains("secret detail"),
        "{heard:?}"
    );
    assert_eq!(heard[1], "Bring a towel.");
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_control_command_goes_past_the_queue_of_its_chat_and_past_busy_workers() {
    let paper = Paper::new();
    let config = EngineConfig {
        executor: ExecutorConfig {
            turns: 2,
            ..ExecutorConfig::default()
        },
        ..EngineConfig::default()
    };
    let bot = Bot::start(&paper, config, |router| {
        router.command(say_after("say", Duration::from_secs(30)));
        let mut status = command("status", |_, _| async { "all is well" });
        status.spec.control = true;
        router.command(status);
    });
    for user in ["anna", "ben", "cleo", "anna", "ben"] {
        paper.command(user, "say slowly");
    }
    tokio::time::sleep(MS).await;
    let start = Instant::now();
    paper.command("anna", "status");
    assert_eq!(paper.heard(1).await, ["all is well"]);
    assert!(start.elapsed() < 300 * MS);
    drop(bot);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_comes_twice_is_handled_once() {
    let paper = Paper::new();
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(say_after("say", MS))
    });
    let event = paper.event("anna", group_command("say once"));
    paper.deliver(event.clone());
    paper.deliver(event);
    paper.command("anna", "say end");
    assert_eq!(paper.heard(2).await, ["once", "end"]);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_full_bot_makes_the_source_wait_and_loses_nothing() {
    let paper = Paper::new();
    let config = EngineConfig {
        executor: ExecutorConfig {
            turns: 2,
            total_bound: 10,
            ..ExecutorConfig::default()
        },
        ..EngineConfig::default()
    };
    let bot = Bot::start(&paper, config, |router| router.command(say_after("say", 3 * MS)));
    for number in 0..300 {
        paper.command(&format!("user{}", number % 7), &format!("say {number}"));
    }
    let mut heard: Vec<usize> = paper
        .heard(300)
        .await
        .iter()
        .filter_map(|text| text.parse().ok())
        .collect();
    heard.sort_unstable();
    assert_eq!(heard, (0..300).collect::<Vec<_>>());
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_conversation_over_its_bound_is_told_once_that_the_bot_is_busy() {
    let paper = Paper::new();
    let config = EngineConfig {
        executor: ExecutorConfig {
            conversation_bound: 5,
            ..ExecutorConfig::default()
        },
        ..EngineConfig::default()
    };
    let bot = Bot::start(&paper, config, |router| router.command(say_after("say", 10 * MS)));
    for number in 0..20 {
        paper.command("flooder", &format!("say {number}"));
    }
    paper.command("anna", "say hello");
    let heard = paper.heard(7).await;
    assert_eq!(
        heard.iter().filter(|text| text.contains("busy")).count(),
        1,
        "{heard:?}"
    );
    assert!(heard.contains(&"hello".to_owned()));
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_command_typed_as_plain_text_is_a_command() {
    let paper = Paper::new();
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(say_after("say", MS));
        router.text(|_, message: Message| async move { format!("you wrote {}", message.text.text) });
    });
    paper.text("anna", "/say as typed");
    paper.text("anna", "hello");
    paper.command("anna", "sya what");
    let heard = paper.heard(3).await;
    assert_eq!(heard[..2], ["as typed", "you wrote hello"]);
    assert!(heard[2].contains("Did you mean /say?"), "{heard:?}");
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn background_work_lets_the_chat_go_on() {
    let paper = Paper::new();
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(command("work", |context, _| async move {
            context.background("work", |context, _| async move {
                let live = context.live("0 %").await?;
                for percent in [25, 50, 75] {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    live.update(format!("{percent} %"));
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
                live.finish("100 %").await?;
                Ok::<_, HandlerError>(())
            });
        }));
        router.command(say_after("say", MS));
    });
    paper.command("anna", "work");
    paper.command("anna", "say meanwhile");
    assert_eq!(paper.heard(2).await, ["0 %", "meanwhile"]);
    let records = paper
        .until("the last state", |records| {
            edits(records).contains(&"100 %".to_owned())
        })
        .await;
    assert_eq!(edits(&records), ["25 %", "50 %", "75 %", "100 %"]);
    assert!(bot.stop().await.aborted.is_empty());
}

fn edits(records: &[duologue_core::testing::Record]) -> Vec<String> {
    let edit = |record: &duologue_core::testing::Record| match &record.operation {
        duologue_core::Operation::Edit { part, .. } => Some(part.text.text.clone()),
        _ => None,
    };
    records.iter().filter_map(edit).collect()
}
