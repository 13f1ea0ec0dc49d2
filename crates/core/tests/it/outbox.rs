//! The way out: order, pace, priorities, coalescing, and the one place that retries.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use duologue_core::testing::{Paper, Record, capabilities};
use duologue_core::{
    Capabilities, ChatId, ChatKind, EngineConfig, HandlerError, LimitScope, Operation, Pace, Rate,
    ReplyToken, SendError, SendErrorKind, Support,
};
use tokio::time::Instant;

use crate::bot::{Bot, command, say_after};

const SECOND: Duration = Duration::from_secs(1);

fn paced(private: Rate, edits: Duration) -> Paper {
    let mut capabilities = capabilities();
    capabilities.pace = Pace {
        private,
        edit_private: edits,
        ..capabilities.pace
    };
    Paper::with_capabilities(capabilities)
}

fn texts_of<'a>(records: &'a [Record], chat: &str) -> Vec<&'a str> {
    let text = |record: &'a Record| match &record.operation {
        Operation::Send(send) if record.made.is_some() => Some(send.part.text.text.as_str()),
        Operation::Edit { part, .. } if record.made.is_some() => Some(part.text.text.as_str()),
        _ => None,
    };
    records
        .iter()
        .filter(|record| record.operation.chat().id.as_str() == chat)
        .filter_map(text)
        .collect()
}

fn fail_times(paper: &Paper, chat: &'static str, times: usize, kind: SendErrorKind) -> Arc<AtomicUsize> {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    paper.script(move |operation| {
        if operation.chat().id.as_str() != chat {
            return None;
        }
        let call = counter.fetch_add(1, Ordering::SeqCst);
        (call < times).then(|| Err(SendError::new(operation.name(), kind.clone())))
    });
    calls
}

#[tokio::test(start_paused = true)]
async fn a_chat_is_spoken_to_at_its_pace_and_another_is_not_held_up() {
    let paper = paced(
        Rate {
            burst: 2,
            interval: SECOND,
        },
        Duration::ZERO,
    );
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(say_after("say", Duration::ZERO))
    });
    let start = Instant::now();
    for number in 0..5 {
        paper.command("anna", &format!("say {number}"));
    }
    paper.command("ben", "say hello");
    paper.heard(6).await;
    let records = paper.records();
    let times: Vec<u64> = records
        .iter()
        .filter(|record| record.operation.chat().id.as_str() == "anna")
        .map(|record| record.at.duration_since(start).as_secs())
        .collect();
    assert_eq!(times, [0, 0, 1, 2, 3]);
    assert_eq!(texts_of(&records, "anna"), ["0", "1", "2", "3", "4"]);
    let ben = records
        .iter()
        .find(|record| record.operation.chat().id.as_str() == "ben")
        .expect("ben was answered");
    assert_eq!(ben.at.duration_since(start).as_secs(), 0);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_429_parks_its_chat_keeps_the_order_and_leaves_the_others_alone() {
    let paper = Paper::new();
    let limited = SendErrorKind::RateLimited {
        after: 7 * SECOND,
        scope: LimitScope::Chat,
    };
    fail_times(&paper, "anna", 1, limited);
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(say_after("say", Duration::ZERO))
    });
    let start = Instant::now();
    paper.command("anna", "say one");
    paper.command("anna", "say two");
    paper.command("ben", "say hello");
    assert_eq!(paper.heard(1).await, ["hello"]);
    assert!(start.elapsed() < SECOND);
    let records = paper
        .until("both answers", |records| texts_of(records, "anna").len() == 2)
        .await;
    assert_eq!(texts_of(&records, "anna"), ["one", "two"]);
    assert_eq!(start.elapsed().as_secs(), 7);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_429_of_the_network_parks_all_chats() {
    let paper = Paper::new();
    let limited = SendErrorKind::RateLimited {
        after: 3 * SECOND,
        scope: LimitScope::Network,
    };
    fail_times(&paper, "anna", 1, limited);
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(say_after("say", Duration::ZERO))
    });
    let start = Instant::now();
    paper.command("anna", "say one");
    paper.until("the 429", |records| !records.is_empty()).await;
    paper.command("ben", "say two");
    paper.heard(2).await;
    assert!(
        paper.records()[1..]
            .iter()
            .all(|record| record.at.duration_since(start) >= 3 * SECOND)
    );
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_passes_is_tried_again_and_one_that_does_not_is_not() {
    for (kind, calls) in [
        (SendErrorKind::Transient("no route".to_owned()), 4),
        (SendErrorKind::Forbidden("blocked".to_owned()), 1),
        (SendErrorKind::Unknown("cut".to_owned()), 1),
        (SendErrorKind::NotFound("no chat".to_owned()), 1),
    ] {
        let paper = Paper::new();
        let counter = fail_times(&paper, "anna", 3, kind.clone());
        let bot = Bot::start(&paper, EngineConfig::default(), |router| {
            router.command(say_after("say", Duration::ZERO))
        });
        paper.command("anna", "say hello");
        paper.until("the calls", |records| records.len() == calls).await;
        assert_eq!(bot.stop().await.unsent, 0);
        assert_eq!(counter.load(Ordering::SeqCst), calls, "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_edit_whose_outcome_is_unknown_is_repeated_because_that_does_no_harm() {
    let paper = Paper::new();
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(command("work", |context, _| async move {
            let live = context.live("begun").await?;
            live.finish("done").await?;
            Ok::<_, HandlerError>(())
        }));
    });
    let edits = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&edits);
    paper.script(move |operation| match operation {
        Operation::Edit { .. } if counter.fetch_add(1, Ordering::SeqCst) == 0 => Some(Err(SendError::new(
            "edit",
            SendErrorKind::Unknown("cut".to_owned()),
        ))),
        _ => None,
    });
    paper.command("anna", "work");
    paper
        .until("the edit", |records| texts_of(records, "anna").contains(&"done"))
        .await;
    assert_eq!(edits.load(Ordering::SeqCst), 2);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn of_many_updates_the_newest_counts_and_the_last_state_always_arrives() {
    let paper = paced(Rate::UNLIMITED, SECOND);
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(command("work", |context, _| async move {
            let live = context.live("0").await?;
            for step in 1..=100 {
                tokio::time::sleep(Duration::from_millis(50)).await;
                live.update(step.to_string());
            }
            live.finish("end").await?;
            Ok::<_, HandlerError>(())
        }));
    });
    paper.command("anna", "work");
    let records = paper
        .until("the end", |records| {
            texts_of(records, "anna").last() == Some(&"end")
        })
        .await;
    let texts = texts_of(&records, "anna");
    assert!(
        (5..=9).contains(&texts.len()),
        "5 s of work at one edit a second, not 100 edits: {texts:?}"
    );
    let numbers: Vec<u32> = texts.iter().filter_map(|text| text.parse().ok()).collect();
    assert!(numbers.is_sorted());
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_goes_before_news_of_the_same_chat() {
    let paper = paced(
        Rate {
            burst: 1,
            interval: SECOND,
        },
        Duration::ZERO,
    );
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(command("work", |context, _| async move {
            context.background("work", |context, stop| async move {
                let live = context.live("begun").await?;
                live.update("news");
                stop.cancelled().await;
                Ok::<_, HandlerError>(())
            });
        }));
        router.command(say_after("say", Duration::ZERO));
    });
    paper.command("anna", "work");
    paper.heard(1).await;
    paper.command("anna", "say answer");
    let records = paper
        .until("both", |records| texts_of(records, "anna").len() == 3)
        .await;
    assert_eq!(texts_of(&records, "anna"), ["begun", "answer", "news"]);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_chat_that_has_moved_is_followed() {
    let paper = Paper::new();
    fail_times(&paper, "old", 1, SendErrorKind::Moved(ChatId::new("new")));
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(say_after("say", Duration::ZERO))
    });
    paper.command("old", "say hello");
    assert_eq!(paper.heard(1).await, ["hello"]);
    assert_eq!(paper.said()[0].chat, "new");
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_long_text_becomes_several_messages_and_the_receipt_names_them_all() {
    let paper = Paper::new();
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(command("long", |context, _| async move {
            let receipt = context.reply("word ".repeat(2000)).await?;
            Ok::<_, HandlerError>(format!("{} messages", receipt.messages.len()))
        }));
    });
    paper.command("anna", "long");
    let heard = paper.heard(4).await;
    assert_eq!(heard[3], "3 messages");
    assert!(heard[..3].iter().all(|text| text.len() <= 4096));
    assert_eq!(
        heard[..3]
            .iter()
            .map(|text| text.matches("word").count())
            .sum::<usize>(),
        2000
    );
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn turns_that_are_faster_than_the_network_wait_for_it_and_no_answer_is_lost() {
    const EVENTS: usize = 2 * duologue_core::OUTBOX_BOUND;
    let paper = Paper::new();
    let limited = SendErrorKind::RateLimited {
        after: 5 * SECOND,
        scope: LimitScope::Network,
    };
    let first = std::sync::atomic::AtomicBool::new(true);
    paper.script(move |operation| {
        first
            .swap(false, Ordering::SeqCst)
            .then(|| Err(SendError::new(operation.name(), limited.clone())))
    });
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(say_after("say", Duration::ZERO))
    });
    for number in 0..EVENTS {
        paper.command(&format!("user{}", number % 1000), "say hello");
    }
    paper
        .until("every answer", |records| records.len() == EVENTS + 1)
        .await;
    assert_eq!(paper.said().len(), EVENTS);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_chat_whose_answers_wait_for_its_pace_is_told_that_the_bot_is_busy_and_loses_none_of_them() {
    let paper = paced(
        Rate {
            burst: 1,
            interval: SECOND / 10,
        },
        Duration::ZERO,
    );
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        router.command(say_after("say", Duration::ZERO))
    });
    for number in 0..400 {
        paper.command("anna", &format!("say {number}"));
        tokio::task::yield_now().await;
    }
    let records = paper
        .until("the notice", |records| {
            texts_of(records, "anna").iter().any(|text| text.contains("busy"))
        })
        .await;
    let texts = texts_of(&records, "anna");
    let answers: Vec<usize> = texts.iter().filter_map(|text| text.parse().ok()).collect();
    assert!(
        answers.len() >= 256 && answers.iter().enumerate().all(|(index, number)| index == *number),
        "{texts:?}"
    );
    assert_eq!(bot.stop().await.unhandled, 0);
}

#[tokio::test(start_paused = true)]
async fn an_answer_for_one_person_is_a_plain_message_where_nobody_else_is() {
    let paper = Paper::with_capabilities(Capabilities {
        ephemeral: Support::Native,
        ..capabilities()
    });
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        let mut secret = command("secret", |_, _| async { "psst" });
        secret.spec.ephemeral = true;
        router.command(secret);
    });
    let given = |kind: ChatKind, reply: Option<ReplyToken>| {
        let mut event = paper.event("anna", Paper::command_kind("secret"));
        (event.chat_kind, event.reply) = (kind, reply);
        paper.deliver(event);
    };
    given(ChatKind::Private, None);
    given(ChatKind::Private, Some(ReplyToken::new("token")));
    given(ChatKind::Group, None);
    paper.heard(3).await;
    let records = paper.records();
    let sends = records.iter().filter_map(|record| match &record.operation {
        Operation::Send(send) => Some((send.reply.is_some(), send.ephemeral)),
        _ => None,
    });
    let mut sends: Vec<(bool, bool)> = sends.collect();
    sends.sort_unstable();
    assert_eq!(sends, [(false, false), (false, true), (true, true)]);
    bot.stop().await;
}
