//! How a bot starts, runs and ends.

use std::sync::Arc;

use duologue::CancellationToken;
use duologue::prelude::*;
use duologue::{Adapter, Config, Error, Inbox, MessageId, NetworkId, Source, SourceError};
use duologue_core::testing::{NETWORK, Paper};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::paper::{chat, forgetful};

/// A network that never works.
struct Broken;

impl Source for Broken {
    fn network(&self) -> NetworkId {
        NETWORK
    }

    fn run<'a>(
        &'a self,
        _inbox: &'a Inbox,
        _stop: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<(), SourceError>> {
        async { Err(SourceError::new("the wire is cut; mend it")) }.boxed()
    }
}

fn broken() -> Adapter {
    Adapter {
        source: Arc::new(Broken),
        sender: Paper::new().adapter().sender,
    }
}

/// Is it there?
#[command]
async fn ping() -> &'static str {
    "pong"
}

#[tokio::test]
async fn text_messages_and_all_else_reach_their_handlers() {
    let app = |app: App| {
        app.command(ping)
            .text(|_: Context, message: Message| async move { format!("you said {}", message.text.text) })
            .event(|ctx: Context| async move { format!("something {}", ctx.event().kind.name()) })
    };
    let ended = chat(app, async |paper| {
        paper.text("ada", "hello");
        assert_eq!(paper.heard(1).await[0], "you said hello");
        paper.text("ada", "/ping");
        assert_eq!(paper.heard(2).await[1], "pong");
        let deleted = duologue::EventKind::MessagesDeleted(vec![MessageId::new("1")]);
        paper.deliver(paper.event("ada", deleted));
        assert_eq!(paper.heard(3).await[2], "something messages_deleted");
        assert_eq!(paper.menu()[0].name, "ping");
    })
    .await;
    assert!(!ended.deserted && ended.unhandled == 0 && ended.unsent == 0);
}

#[tokio::test]
async fn when_one_network_fails_the_other_goes_on() {
    let paper = Paper::new();
    let app = App::new(forgetful())
        .command(ping)
        .adapter(broken())
        .adapter(paper.adapter());
    let ended = app
        .run_until(async {
            paper.command("ada", "ping");
            paper.heard(1).await;
        })
        .await;
    assert!(ended.is_ok());
}

#[tokio::test]
async fn when_every_network_fails_the_run_ends_with_their_sentences() {
    let app = App::new(forgetful()).adapter(broken());
    let error = app
        .run_until(std::future::pending())
        .await
        .expect_err("nothing is left");
    assert!(matches!(error, Error::AllFailed(_)));
    assert_eq!(
        format!("{error:?}"),
        "no network is left\n  paper: the wire is cut; mend it"
    );
}

#[cfg(feature = "telegram")]
#[tokio::test]
async fn an_adapter_that_cannot_be_made_is_an_error_without_the_token() {
    let config = Config {
        telegram: Some(duologue::TelegramSettings::new(duologue::Secret::new(
            "no token, but a canary",
        ))),
        ..forgetful()
    };
    let Err(error) = App::new(config).start().await else {
        panic!("this is no token");
    };
    let shown = format!("{error:?} {error}");
    assert!(shown.contains("telegram cannot be set up"), "{shown}");
    assert!(!shown.contains("canary"), "{shown}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_signal_ends_the_run_in_order() {
    let paper = Paper::new();
    let app = App::new(forgetful()).command(ping).adapter(paper.adapter());
    let asked = async {
        paper.command("ada", "ping");
        paper.heard(1).await;
        let own = std::process::id().to_string();
        let kill = std::process::Command::new("kill").args(["-TERM", &own]).status();
        assert!(kill.is_ok_and(|status| status.success()), "the signal is sent");
    };
    let (ended, ()) = tokio::join!(app.run(), asked);
    ended.expect("a stop that was asked for is no failure");
}
