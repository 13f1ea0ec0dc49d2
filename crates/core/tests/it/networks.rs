//! Supervision: each network on its own, and the menu of commands.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use duologue_core::testing::{NETWORK, Paper};
use duologue_core::{
    AccountId, Adapter, EngineConfig, Identity, Inbox, NetworkId, Router, SILENCE, Source, SourceError,
    SourceStatus,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::bot::{Bot, say_after};

/// A source that fails in a way of its own, so often, and then waits to be stopped.
struct Troubled {
    starts: Arc<AtomicUsize>,
    trouble: Trouble,
}

enum Trouble {
    BadToken,
    Panics(usize),
    /// It says that it is there, and then nothing any more.
    Silent,
    /// The same, with a source that would notice by itself.
    SilentAndLookedAfter,
}

impl Source for Troubled {
    fn network(&self) -> NetworkId {
        NetworkId::new("troubled")
    }

    fn run<'a>(
        &'a self,
        inbox: &'a Inbox,
        stop: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<(), SourceError>> {
        async move {
            let start = self.starts.fetch_add(1, Ordering::SeqCst);
            match self.trouble {
                Trouble::BadToken => return Err(SourceError::new("the token was refused: set another one")),
                Trouble::Panics(times) => assert!(start >= times, "on purpose"),
                Trouble::Silent | Trouble::SilentAndLookedAfter => {
                    let identity = Identity {
                        account: AccountId::new("1"),
                        handle: "silent".to_owned(),
                    };
                    inbox.report(self.network(), SourceStatus::Online(identity));
                    if matches!(self.trouble, Trouble::Silent) {
                        inbox.alive();
                    } else {
                        inbox.beats();
                    }
                    if start == 0 {
                        // Not even a stop is heard.
                        std::future::pending::<()>().await;
                    }
                }
            }
            stop.cancelled().await;
            Ok(())
        }
        .boxed()
    }
}

fn troubled(trouble: Trouble) -> (Adapter, Arc<AtomicUsize>) {
    let starts = Arc::new(AtomicUsize::new(0));
    let source = Arc::new(Troubled {
        starts: Arc::clone(&starts),
        trouble,
    });
    (
        Adapter {
            source,
            sender: Paper::new().adapter().sender,
        },
        starts,
    )
}

fn say(router: &mut Router) {
    router.command(say_after("say", Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_network_that_fails_for_good_leaves_the_other_one_alone() {
    let paper = Paper::new();
    let (adapter, _) = troubled(Trouble::BadToken);
    let bot = Bot::start_all(vec![paper.adapter(), adapter], EngineConfig::default(), say);
    paper.command("anna", "say hello");
    assert_eq!(paper.heard(1).await, ["hello"]);
    let health = bot.handle.health();
    assert_eq!(health[0].network, NETWORK);
    assert!(matches!(health[0].status, SourceStatus::Online(_)));
    assert_eq!(
        health[1].status,
        SourceStatus::Failed("the token was refused: set another one".to_owned())
    );
    assert!(!bot.stop().await.deserted);
}

#[tokio::test(start_paused = true)]
async fn a_bot_whose_last_network_has_failed_ends() {
    let (adapter, _) = troubled(Trouble::BadToken);
    let bot = Bot::start_all(vec![adapter], EngineConfig::default(), say);
    assert!(bot.ended().await.deserted);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_panics_is_started_again() {
    let (adapter, starts) = troubled(Trouble::Panics(5));
    let bot = Bot::start_all(vec![adapter], EngineConfig::default(), say);
    while starts.load(Ordering::SeqCst) < 6 {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert!(bot.stop().await.aborted.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_network_that_is_said_to_be_there_and_has_not_answered_for_long_is_reached_anew() {
    let (adapter, starts) = troubled(Trouble::Silent);
    let bot = Bot::start_all(vec![adapter], EngineConfig::default(), say);
    tokio::time::sleep(SILENCE - Duration::from_secs(1)).await;
    assert_eq!(starts.load(Ordering::SeqCst), 1);
    let unheard = bot.handle.metrics().networks[0].unheard_for.unwrap();
    assert!(unheard >= SILENCE - Duration::from_secs(2), "{unheard:?}");
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(starts.load(Ordering::SeqCst), 2);
    assert!(bot.stop().await.aborted.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_source_that_looks_after_its_connection_is_left_alone_and_its_silence_is_told() {
    let (adapter, starts) = troubled(Trouble::SilentAndLookedAfter);
    let bot = Bot::start_all(vec![adapter], EngineConfig::default(), say);
    tokio::time::sleep(SILENCE * 10).await;
    assert_eq!(starts.load(Ordering::SeqCst), 1);
    let unheard = bot.handle.metrics().networks[0].unheard_for.unwrap();
    assert!(unheard >= SILENCE * 9, "{unheard:?}");
    drop(bot.stop().await);
}

#[tokio::test(start_paused = true)]
async fn the_menu_is_registered_without_what_the_network_cannot_have_or_should_not_show() {
    let paper = Paper::new();
    let bot = Bot::start(&paper, EngineConfig::default(), |router| {
        say(router);
        router.command(say_after("BAD NAME", Duration::ZERO));
        let mut hidden = say_after("hidden", Duration::ZERO);
        hidden.spec.hidden = true;
        router.command(hidden);
    });
    paper.command("anna", "hidden still works");
    assert_eq!(paper.heard(1).await, ["still works"]);
    let names: Vec<String> = paper.menu().iter().map(|spec| spec.name.to_string()).collect();
    assert_eq!(names, ["say"]);
    bot.stop().await;
}
