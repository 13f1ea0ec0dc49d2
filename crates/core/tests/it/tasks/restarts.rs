//! What becomes of tasks when the bot is restarted, in order or not.

use std::sync::Arc;

use duologue_core::state::{Of, State};
use duologue_core::store::{Account, CodeHash, LinkCode, LinkGuess, MemoryStore, Store, Timestamp};
use duologue_core::testing::{NETWORK, Paper};
use duologue_core::{
    Adapter, Backends, Clock, Context, EngineConfig, HandlerError, Inbox, LaneLimits, LimitScope, NetworkId,
    Operation, Router, SendError, SendErrorKind, Source, SourceError, Task, TaskContext, TaskLimits, UserId,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::{SECOND, buttons, says, starts, texts};
use crate::bot::{Bot, command};

const BEGAN: Timestamp = Timestamp(1_800_000_000_000);

/// Counts seconds, and goes on where it was.
fn counting(to: u64) -> Task<String> {
    Task::new("Counting", move |task: TaskContext| async move {
        let from: u64 = task.resumed()?.unwrap_or_default();
        for second in from..to {
            task.progress(second, to);
            task.checkpoint(&second)?;
            tokio::time::sleep(SECOND).await;
        }
        Ok(format!("counted from {from} to {to}"))
    })
}

/// Has a checkpoint as large as one may be, of what grows when it is written into text.
fn heavy() -> Task<String> {
    Task::new("Heavy", |task: TaskContext| async move {
        if let Some(kept) = task.resumed::<Vec<String>>()? {
            return Ok(format!("went on with {}", kept.len()));
        }
        let quotes = vec!["\"\"\"\"\"\"\"\"".to_owned(); 50_000];
        task.checkpoint(&quotes)?;
        task.progress(1, 2);
        std::future::pending().await
    })
    .resumable()
}

#[derive(Default, Serialize, Deserialize)]
struct Count {
    number: u64,
}

impl State for Count {
    const NAME: &'static str = "count";
}

/// A network that cannot be reached.
struct Away;

impl Source for Away {
    fn network(&self) -> NetworkId {
        NETWORK
    }

    fn run<'a>(
        &'a self,
        _: &'a Inbox,
        stop: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<(), SourceError>> {
        async move {
            stop.cancelled().await;
            Ok(())
        }
        .boxed()
    }
}

fn start(paper: &Paper, store: &Arc<MemoryStore>, at_once: usize) -> Bot {
    start_on(paper.adapter(), store, at_once)
}

fn start_on(adapter: Adapter, store: &Arc<MemoryStore>, at_once: usize) -> Bot {
    let backends = Backends {
        store: Some(Arc::clone(store) as Arc<dyn Store>),
        clock: Clock::driven(BEGAN),
        ..Backends::default()
    };
    let config = EngineConfig {
        tasks: TaskLimits {
            asynchronous: LaneLimits {
                running: at_once,
                ..TaskLimits::default().asynchronous
            },
            ..TaskLimits::default()
        },
        ..EngineConfig::default()
    };
    let handlers = |router: &mut Router| {
        router.task_commands();
        router.command(starts("go", || counting(10)));
        router.command(starts("resume", || counting(60).resumable()));
        router.command(starts("heavy", heavy));
        router.command(command("count", |context: Context, _| async move {
            context
                .change_state::<Count, _>(Of::Bot, |count| count.number += 1)
                .await?;
            context.start(counting(3))?;
            tokio::time::sleep(SECOND / 10).await;
            Ok::<_, HandlerError>(())
        }));
    };
    Bot::start_on(backends, vec![adapter], config, handlers)
}

#[tokio::test(start_paused = true)]
async fn a_task_that_a_crash_interrupts_says_so_and_can_be_started_again() {
    let (store, paper) = (Arc::new(MemoryStore::new()), Paper::new());
    let bot = start(&paper, &store, 4);
    paper.command("anna", "go");
    says(&paper, "30 %").await;
    bot.crash().await;

    let bot = start(&paper, &store, 4);
    let records = says(&paper, "interrupted, as I was restarted").await;
    assert_eq!(paper.said().len(), 1, "it stands on the card");
    assert_eq!(buttons(&records, "interrupted"), ["Start again"]);
    paper.press("anna", "Start again");
    let records = says(&paper, "counted from 0 to 10").await;
    assert!(texts(&records).iter().any(|text| text.contains("Counting #2")));
    bot.stop().await;
    assert!(store.tasks().await.unwrap().is_empty());
    assert_eq!(store.counts().await.unwrap().inbox, 0);
}

#[tokio::test(start_paused = true)]
async fn a_resumable_task_goes_on_from_its_last_checkpoint_on_its_card_under_its_number() {
    let (store, paper) = (Arc::new(MemoryStore::new()), Paper::new());
    let bot = start(&paper, &store, 4);
    paper.command("anna", "resume");
    says(&paper, "50 %").await;
    bot.crash().await;

    let bot = start(&paper, &store, 4);
    let records = says(&paper, "counted from").await;
    let texts = texts(&records);
    let from: u64 = texts.last().unwrap()["counted from ".len()..]
        .split(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!((25..=31).contains(&from), "{texts:?}");
    assert!(
        texts.iter().all(|text| !text.contains("interrupted")),
        "{texts:?}"
    );
    assert!(texts.iter().all(|text| !text.contains("#2")), "{texts:?}");
    assert_eq!(paper.said().len(), 1, "all of it is one message");
    bot.stop().await;
    assert!(store.tasks().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_stop_in_order_keeps_what_goes_on_and_offers_the_rest_again() {
    let (store, paper) = (Arc::new(MemoryStore::new()), Paper::new());
    let bot = start(&paper, &store, 4);
    paper.command("anna", "resume");
    paper.command("ben", "go");
    says(&paper, "30 %").await;
    let ended = bot.stop().await;
    assert!(ended.aborted.is_empty(), "{ended:?}");
    let texts = texts(&paper.records());
    assert!(
        texts.iter().any(|text| text.contains("go on with it then")),
        "{texts:?}"
    );
    assert!(texts.iter().any(|text| text.contains("interrupted")), "{texts:?}");

    let bot = start(&paper, &store, 4);
    paper.press("ben", "Start again");
    says(&paper, "counted from 0 to 10").await;
    says(&paper, "to 60").await;
    assert_eq!(paper.said().len(), 3, "two cards, and one for the second try");
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn tasks_that_wait_keep_their_places() {
    let (store, paper) = (Arc::new(MemoryStore::new()), Paper::new());
    let bot = start(&paper, &store, 1);
    for user in ["anna", "ben", "cleo", "dora"] {
        paper.command(user, "go");
        paper
            .until("a card", |records| {
                records
                    .iter()
                    .any(|record| record.operation.chat().id.as_str() == user)
            })
            .await;
    }
    bot.crash().await;

    let bot = start(&paper, &store, 1);
    says(&paper, "interrupted").await;
    let ends = |records: &[duologue_core::testing::Record]| -> Vec<String> {
        let end = records.iter().filter(|record| {
            matches!(&record.operation, duologue_core::Operation::Edit { part, .. } if part.text.text.starts_with("counted"))
        });
        end.map(|record| record.operation.chat().id.to_string()).collect()
    };
    let records = paper
        .until("three ends", |records| ends(records).len() == 3)
        .await;
    assert_eq!(ends(&records), ["ben", "cleo", "dora"]);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_person_sees_and_cancels_tasks_of_a_linked_account() {
    let (store, paper) = (Arc::new(MemoryStore::new()), Paper::new());
    let account = |user: &str| Account {
        network: NETWORK,
        user: UserId::new(user),
    };
    let (hash, expires) = (CodeHash([7; 32]), BEGAN.plus(600 * SECOND));
    let code = LinkCode {
        hash,
        account: account("anna"),
        expires,
    };
    store.offer_link(code).await.unwrap();
    let guess = LinkGuess {
        hash,
        account: account("annette"),
        now: BEGAN,
    };
    store.redeem_link(guess).await.unwrap();

    let bot = start(&paper, &store, 4);
    paper.command("anna", "resume");
    says(&paper, "Counting #1").await;
    paper.command("annette", "tasks");
    let records = says(&paper, "Counting").await;
    assert!(texts(&records).iter().any(|text| text.contains("#1")));
    paper.command("eve", "cancel 1");
    says(&paper, "You have no task").await;
    paper.command("annette", "cancel 1");
    says(&paper, "Counting: cancelled.").await;
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_task_goes_on_with_a_checkpoint_as_large_as_one_may_be() {
    let (store, paper) = (Arc::new(MemoryStore::new()), Paper::new());
    let bot = start(&paper, &store, 4);
    paper.command("anna", "heavy");
    says(&paper, "Heavy").await;
    bot.crash().await;

    let bot = start(&paper, &store, 4);
    says(&paper, "went on with 50000").await;
    paper.command("anna", "go");
    says(&paper, "counted from 0 to 10").await;
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_task_goes_on_once_however_often_the_bot_was_started_meanwhile() {
    let (store, paper) = (Arc::new(MemoryStore::new()), Paper::new());
    let bot = start(&paper, &store, 4);
    paper.command("anna", "resume");
    says(&paper, "10 %").await;
    bot.crash().await;
    for _ in 0..3 {
        let away = Adapter {
            source: Arc::new(Away),
            ..paper.adapter()
        };
        let bot = start_on(away, &store, 4);
        tokio::time::sleep(SECOND).await;
        bot.crash().await;
    }

    let bot = start(&paper, &store, 4);
    says(&paper, "to 60").await;
    tokio::time::sleep(100 * SECOND).await;
    let ends = texts(&paper.records());
    assert_eq!(ends.iter().filter(|text| text.starts_with("counted")).count(), 1);
    assert_eq!(paper.said().len(), 1, "all of it is one message");
    bot.stop().await;
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.inbox, counts.tasks), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_task_whose_card_was_not_sent_yet_is_interrupted_and_not_run_again() {
    let (store, paper) = (Arc::new(MemoryStore::new()), Paper::new());
    paper.script(|operation| {
        let kind = SendErrorKind::RateLimited {
            after: 60 * SECOND,
            scope: LimitScope::Chat,
        };
        matches!(operation, Operation::Send(_)).then(|| Err(SendError::new("send", kind)))
    });
    let bot = start(&paper, &store, 4);
    paper.command("anna", "go");
    tokio::time::sleep(3 * SECOND).await;
    bot.crash().await;

    paper.script(|_| None);
    let bot = start(&paper, &store, 4);
    says(&paper, "interrupted").await;
    tokio::time::sleep(30 * SECOND).await;
    let texts = texts(&paper.records());
    assert!(texts.iter().all(|text| !text.starts_with("counted")), "{texts:?}");
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_runs_again_takes_back_the_task_that_it_had_started() {
    let (store, paper) = (Arc::new(MemoryStore::new()), Paper::new());
    let bot = start(&paper, &store, 64);
    let people: Vec<String> = (0..8).map(|number| format!("user{number}")).collect();
    for user in &people {
        paper.command(user, "count");
    }
    let ended = |texts: &[String]| texts.iter().filter(|text| text.starts_with("counted")).count();
    paper
        .until("eight ends", |records| ended(&texts(records)) >= people.len())
        .await;
    tokio::time::sleep(20 * SECOND).await;
    assert_eq!(ended(&texts(&paper.records())), people.len());
    bot.stop().await;
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.inbox, counts.tasks), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_network_that_is_away_holds_no_stop_up_and_hears_of_an_interruption_later() {
    let (store, paper) = (Arc::new(MemoryStore::new()), Paper::new());
    let bot = start(&paper, &store, 4);
    paper.command("anna", "go");
    says(&paper, "30 %").await;
    bot.crash().await;
    paper.script(|operation| {
        let away = SendErrorKind::Transient("away".to_owned());
        Some(Err(SendError::new(operation.name(), away)))
    });
    let bot = start(&paper, &store, 4);
    tokio::time::sleep(400 * SECOND).await;
    bot.stop().await;
    let bot = start(&paper, &store, 4);
    tokio::time::sleep(SECOND).await;
    let ended = bot.stop().await;
    assert!(ended.aborted.is_empty(), "{ended:?}");

    paper.script(|_| None);
    let bot = start(&paper, &store, 4);
    says(&paper, "interrupted").await;
    while !store.tasks().await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    bot.stop().await;
}
