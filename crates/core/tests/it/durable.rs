//! Sends that a store keeps, where the network recognizes a message by its key.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use duologue_core::store::{MemoryStore, OutgoingState, Page, Store};
use duologue_core::testing::{Paper, capabilities};
use duologue_core::{Backends, Capabilities, EngineConfig, Operation, SendError, SendErrorKind, Support};
use tokio::time::sleep;

use crate::bot::{Bot, say_after};

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
            router.command(say_after("say", Duration::ZERO));
        },
    )
}

/// A network of which the first call is cut off behind its effect, and which is away for a time then.
fn cut_then_away(paper: &Paper) -> Arc<AtomicBool> {
    let (away, first) = (Arc::new(AtomicBool::new(true)), AtomicBool::new(true));
    let gone = Arc::clone(&away);
    paper.script(move |operation| {
        let name = match operation {
            Operation::Send(_) => "send",
            _ => return None,
        };
        if first.swap(false, Ordering::Relaxed) {
            let cut = SendErrorKind::Unknown("cut off".to_owned());
            return Some(Err(SendError::new(name, cut)));
        }
        let unreachable = SendErrorKind::Transient("away".to_owned());
        gone.load(Ordering::Relaxed)
            .then(|| Err(SendError::new(name, unreachable)))
    });
    away
}

fn keyed() -> Paper {
    Paper::with_capabilities(Capabilities {
        keyed_sends: Support::Native,
        ..capabilities()
    })
}

fn memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::new())
}

async fn unknown(store: &Arc<dyn Store>) -> usize {
    let unknown = store.outgoing_in(OutgoingState::Unknown, Page::first(9)).await;
    unknown.expect("a store in memory does not fail").len()
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_sent_goes_again_under_its_key_while_the_network_knows_it() {
    let (paper, store) = (keyed(), memory());
    let away = cut_then_away(&paper);
    let bot = start(&paper, &store);
    paper.command("anna", "say one");
    sleep(Duration::from_secs(60)).await;
    away.store(false, Ordering::Relaxed);
    assert_eq!(paper.heard(1).await, ["one"]);
    assert_eq!(unknown(&store).await, 0);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_sent_is_unknown_once_the_network_may_have_forgotten_its_key() {
    let (paper, store) = (keyed(), memory());
    let away = cut_then_away(&paper);
    let bot = start(&paper, &store);
    paper.command("anna", "say one");
    paper.command("anna", "say two");
    sleep(Duration::from_secs(600)).await;
    away.store(false, Ordering::Relaxed);
    assert_eq!(paper.heard(1).await, ["two"]);
    assert_eq!(unknown(&store).await, 1);
    bot.stop().await;
}
