//! What is asked before any handler runs.

use std::sync::Arc;
use std::time::Duration;

use duologue_core::command::{Arguments, Command, CommandSpec};
use duologue_core::store::{MemoryStore, Store};
use duologue_core::testing::Paper;
use duologue_core::{Backends, Context, EngineConfig, HandlerError, Message, Reply, Router};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::bot::{Bot, say_after};

/// Lets nobody but Anna through, and says nothing to Eve.
fn guarded(router: &mut Router) {
    router.command(say_after("say", Duration::ZERO));
    router.text(|_: Context, message: Message| async move { message.text.text });
    router.gate(|ctx: Context, control: bool| async move {
        assert!(!control);
        match ctx.user().map(|user| user.id.as_str()) {
            Some("anna") => Ok(None),
            Some("eve") => Ok(Some(Reply::none())),
            Some("mallory") => panic!("at the gate"),
            Some("trent") => Err(HandlerError::say("not now")),
            _ => Ok(Some(Reply::new("members alone"))),
        }
    });
}

#[tokio::test(start_paused = true)]
async fn the_gate_answers_instead_of_the_handler() {
    let paper = Paper::new();
    let bot = Bot::start(&paper, EngineConfig::default(), guarded);
    paper.command("eve", "say in");
    paper.text("eve", "in");
    paper.command("ben", "say in");
    assert_eq!(paper.heard(1).await, ["members alone"]);
    paper.text("trent", "in");
    assert_eq!(paper.heard(2).await[1], "not now");
    paper.command("anna", "say hello");
    assert_eq!(paper.heard(3).await[2], "hello");
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_gate_that_fails_keeps_the_event_out() {
    let paper = Paper::new();
    let bot = Bot::start(&paper, EngineConfig::default(), guarded);
    paper.command("mallory", "say in");
    let said = &paper.heard(1).await[0];
    assert!(said.contains("went wrong"), "{said}");
    bot.stop().await;
}

/// Panics before there is a future that could be polled.
struct Eager;

impl Command for Eager {
    fn spec(&self) -> CommandSpec {
        CommandSpec::new("eager", "panics at once")
    }

    fn call(&self, context: Context, _: Arguments) -> BoxFuture<'static, Result<Reply, HandlerError>> {
        assert!(context.user().is_none(), "on purpose");
        async { Ok(Reply::none()) }.boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_before_there_is_a_future_costs_one_turn_and_not_the_chat() {
    for durable in [false, true] {
        let paper = Paper::new();
        let store = Arc::new(MemoryStore::new());
        let backends = Backends {
            store: durable.then(|| Arc::clone(&store) as Arc<dyn Store>),
            ..Backends::default()
        };
        let bot = Bot::start_on(
            backends,
            vec![paper.adapter()],
            EngineConfig::default(),
            |router| {
                router.command(Eager);
                router.command(say_after("say", Duration::ZERO));
                router.gate(|ctx: Context, _| {
                    let barred = ctx.user().is_some_and(|user| user.id.as_str() == "mallory");
                    assert!(!barred, "at the gate");
                    async { Ok(None) }
                });
            },
        );
        paper.command("anna", "eager");
        assert!(paper.heard(1).await[0].contains("went wrong"));
        paper.command("anna", "say hello");
        assert_eq!(paper.heard(2).await[1], "hello");
        paper.command("mallory", "say in");
        assert!(paper.heard(3).await[2].contains("went wrong"));
        bot.stop().await;
        let counts = store.counts().await.unwrap();
        assert_eq!((counts.inbox, counts.held), (0, 0));
        assert_eq!(
            counts.dead,
            u64::from(durable),
            "what panicked in its handler is set aside"
        );
    }
}
