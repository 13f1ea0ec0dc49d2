//! Events that were set aside and are tried again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use duologue_core::command::Arguments;
use duologue_core::store::{MemoryStore, Page, Store};
use duologue_core::testing::Paper;
use duologue_core::{Backends, Context, EngineConfig, HandlerError, ServerId};
use tokio::time::Instant;

use crate::bot::{Bot, command};

#[tokio::test(start_paused = true)]
async fn a_dead_letter_that_is_tried_again_is_handled_at_once_and_counted_once() {
    let (paper, store) = (Paper::new(), Arc::new(MemoryStore::new()));
    let falls = Arc::new(AtomicBool::new(true));
    let mended = Arc::clone(&falls);
    let backends = Backends {
        store: Some(Arc::clone(&store) as Arc<dyn Store>),
        ..Backends::default()
    };
    let bot = Bot::start_on(
        backends,
        vec![paper.adapter()],
        EngineConfig::default(),
        |router| {
            router.command(command("try", move |ctx: Context, _: Arguments| {
                assert!(!falls.load(Ordering::Relaxed), "on purpose");
                let server = ctx.event().server.as_ref().map(ToString::to_string);
                async move { Ok::<_, HandlerError>(format!("done on {server:?}")) }
            }));
        },
    );
    let mut event = paper.event("anna", Paper::command_kind("try"));
    event.server = Some(ServerId::new("7"));
    paper.deliver(event);
    assert!(paper.heard(1).await[0].contains("Something went wrong"));
    let letters = store.dead(Page::first(9)).await.unwrap();
    mended.store(false, Ordering::Relaxed);
    let begun = Instant::now();
    assert!(bot.handle.retry_dead(&letters[0]).await.unwrap());
    assert_eq!(paper.heard(2).await[1], r#"done on Some("7")"#);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert!(!bot.handle.retry_dead(&letters[0]).await.unwrap(), "it is gone");
    let waiting = bot.handle.metrics().store.unwrap().waiting;
    assert_eq!(waiting, 0, "nothing waits");
    bot.stop().await;
}
