//! Typed state: what it is about, and that no change is lost.

use std::sync::Arc;

use duologue_core::state::{Of, State};
use duologue_core::store::{MemoryStore, Store};
use duologue_core::testing::Paper;
use duologue_core::{Backends, Context, EngineConfig, HandlerError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bot::{Bot, command};

#[derive(Default, Serialize, Deserialize)]
struct Count {
    number: u64,
}

impl State for Count {
    const NAME: &'static str = "count";
}

/// What [`Count`] became.
#[derive(Default, Serialize, Deserialize)]
struct Score {
    points: u64,
}

impl State for Score {
    const NAME: &'static str = "count";
    const VERSION: u32 = 2;

    fn migrate(version: u32, old: Value) -> Option<Self> {
        let points = old.get("number")?.as_u64()?;
        (version == 1).then_some(Self { points })
    }
}

/// What nobody can read as a count.
#[derive(Default, Serialize, Deserialize)]
struct Other;

impl State for Other {
    const NAME: &'static str = "count";
    const VERSION: u32 = 3;
}

fn start(paper: &Paper, store: &Arc<dyn Store>) -> Bot {
    let backends = Backends {
        store: Some(Arc::clone(store)),
        ..Backends::default()
    };
    Bot::start_on(
        backends,
        vec![paper.adapter()],
        EngineConfig::default(),
        |router| {
            for (name, of) in [("mine", Of::Person), ("ours", Of::Chat), ("all", Of::Bot)] {
                router.command(command(name, move |context: Context, _| async move {
                    let number = context.change_state::<Count, _>(of, |count| {
                        count.number += 1;
                        count.number
                    });
                    Ok::<_, HandlerError>(format!("{name} {}", number.await?))
                }));
            }
            router.command(command("points", |context: Context, _| async move {
                let score: Score = context.state(Of::Person).await?;
                Ok::<_, HandlerError>(format!("{} points", score.points))
            }));
            router.command(command("other", |context: Context, _| async move {
                let _: Other = context.state(Of::Person).await?;
                Ok::<_, HandlerError>("read")
            }));
        },
    )
}

#[tokio::test(start_paused = true)]
async fn state_is_about_whom_it_says_and_survives_a_restart() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let paper = Paper::new();
    let bot = start(&paper, &store);
    for (who, line) in [
        ("anna", "mine"),
        ("anna", "mine"),
        ("ben", "mine"),
        ("anna", "all"),
        ("ben", "all"),
    ] {
        paper.command(who, line);
    }
    let mut heard = paper.heard(5).await;
    heard.sort();
    assert_eq!(heard, ["all 1", "all 2", "mine 1", "mine 1", "mine 2"]);
    bot.stop().await;
    let paper = Paper::new();
    let bot = start(&paper, &store);
    paper.command("anna", "mine");
    assert_eq!(paper.heard(1).await, ["mine 3"]);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn changes_at_the_same_time_are_all_kept() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let paper = Paper::new();
    let bot = start(&paper, &store);
    for number in 0..20 {
        paper.command(&format!("person{number}"), "all");
    }
    let heard = paper.heard(20).await;
    for number in 1..=20 {
        assert!(heard.contains(&format!("all {number}")), "{heard:?}");
    }
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_older_form_is_migrated_and_one_that_nobody_knows_is_an_error_that_loses_nothing() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let paper = Paper::new();
    let bot = start(&paper, &store);
    for line in ["mine", "points", "other", "mine"] {
        paper.command("anna", line);
    }
    let heard = paper.heard(4).await;
    assert_eq!(
        (heard[0].as_str(), heard[1].as_str(), heard[3].as_str()),
        ("mine 1", "1 points", "mine 2")
    );
    assert!(heard[2].contains("went wrong"), "{heard:?}");
    bot.stop().await;
}
