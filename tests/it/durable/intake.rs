//! The intake: nothing is confirmed that is not kept, whatever the disk does, and nothing that comes stops it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use duologue::store::Position;
use duologue::{
    AccountId, Adapter, Event, EventKind, Identity, Inbox, Message, NetworkId, Other, Source, SourceError,
    SourceStatus, StyledText,
};
use duologue_core::testing::{NETWORK, Paper};
use duologue_tests::life::{Directory, Life, Nature};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::bot::{Stage, begin, handlers, texts};

/// Room for little more than the tables.
const LITTLE: u64 = 600 * 1024;

/// What the bot says is wrong with its data.
fn trouble(life: &Life) -> Option<String> {
    life.bot.metrics().store.and_then(|store| store.trouble)
}

/// The bot on a data directory of little room, filled by people whose turns hang.
fn full(directory: &Directory, adapter: Adapter, paper: &Paper, stage: &Arc<Stage>) -> Life {
    let nature = Nature {
        size_limit: Some(LITTLE),
        ..Nature::default()
    };
    let life = Life::begin_as(nature, directory, adapter, handlers(stage));
    let words = "x".repeat(3000);
    for number in 0..300 {
        paper.command(&format!("person{number}"), &format!("count {words}"));
    }
    life.until("a full disk", || trouble(&life).is_some());
    life
}

#[test]
fn a_full_disk_confirms_nothing_says_so_and_goes_on_by_itself_once_there_is_room() {
    let (directory, paper) = (Directory::new(), Paper::new());
    let stage = Stage::hanging();
    let life = full(&directory, paper.adapter(), &paper, &stage);
    let told = trouble(&life).unwrap();
    assert!(told.contains("the disk is full"), "{told}");
    let kept = life.counts().inbox;
    life.live(std::time::Duration::from_millis(1500));
    assert_eq!(life.counts().inbox, kept, "nothing more is taken");
    assert!(kept < 300);
    life.during(life.store.set_size_limit(None)).unwrap();
    stage.go_on();
    life.during(paper.heard(300));
    life.until_kept("the end", |counts| counts.inbox + counts.sending == 0);
    assert_eq!(trouble(&life), None);
    let mut chats: Vec<String> = paper.said().into_iter().map(|said| said.chat).collect();
    chats.sort();
    chats.dedup();
    assert_eq!((chats.len(), paper.said().len()), (300, 300), "each once");
}

/// A source that offers one batch, as often as it is refused, and keeps what it was told.
struct Batches {
    events: Mutex<Vec<Event>>,
    /// How many of the batch's events were left, at each offer.
    left: Arc<Mutex<Vec<usize>>>,
    offers: Arc<AtomicUsize>,
    /// Whether the batch may go.
    open: Arc<tokio::sync::Notify>,
}

impl Source for Batches {
    fn network(&self) -> NetworkId {
        NETWORK
    }

    fn run<'a>(
        &'a self,
        inbox: &'a Inbox,
        stop: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<(), SourceError>> {
        async move {
            let account = AccountId::new("1");
            let handle = "paperbot".to_owned();
            inbox.report(NETWORK, SourceStatus::Online(Identity { account, handle }));
            self.open.notified().await;
            let mut events = std::mem::take(&mut *self.events.lock().unwrap());
            loop {
                let offered = inbox.offer_all(events, Some(Position::Offset(7))).await;
                self.left.lock().unwrap().push(offered.left.len());
                self.offers.fetch_add(1, Ordering::Relaxed);
                events = offered.left;
                tokio::select! {
                    () = stop.cancelled() => return Ok(()),
                    () = inbox.room(), if !events.is_empty() => {}
                    () = std::future::pending(), if events.is_empty() => {}
                }
            }
        }
        .boxed()
    }
}

fn message(words: &str) -> EventKind {
    EventKind::Message(Message {
        text: StyledText::plain(words),
        ..Message::default()
    })
}

#[test]
fn a_batch_that_cannot_be_kept_is_left_whole_with_what_nobody_wants_in_it() {
    let (directory, paper, stage) = (Directory::new(), Paper::new(), Arc::new(Stage::default()));
    let other = EventKind::Other(Other { name: "odd".into() });
    let large = message(&"y".repeat(100_000));
    let batch = [large, other.clone(), message("two"), other, message("three")];
    let events = batch.map(|kind| paper.event("anna", kind)).to_vec();
    let (left, offers, open) = (
        Arc::default(),
        Arc::default(),
        Arc::new(tokio::sync::Notify::new()),
    );
    let source = Batches {
        events: Mutex::new(events),
        left: Arc::clone(&left),
        offers: Arc::clone(&offers),
        open: Arc::clone(&open),
    };
    let adapter = Adapter {
        source: Arc::new(source),
        ..paper.adapter()
    };
    let life = Life::begin(&directory, adapter, handlers(&stage));
    life.during(life.store.set_size_limit(Some(4096))).unwrap();
    open.notify_one();
    life.until("an offer", || offers.load(Ordering::Relaxed) > 0);
    life.during(life.store.set_size_limit(None)).unwrap();
    life.during(paper.heard(3));
    let left = left.lock().unwrap().clone();
    assert_eq!((left[0], *left.last().unwrap()), (5, 0), "{left:?}");
}

#[test]
fn an_event_that_is_too_large_for_the_store_stops_nothing() {
    let (directory, paper) = (Directory::new(), Paper::new());
    let life = begin(&directory, &paper, &Arc::new(Stage::default()));
    paper.deliver(paper.event("anna", message(&"z".repeat(3 << 20))));
    paper.command("anna", "say next");
    paper.command("ben", "say hello");
    life.until("the answers", || {
        let heard = texts(&paper);
        heard.contains(&"next".to_owned()) && heard.contains(&"hello".to_owned())
    });
    assert_eq!(trouble(&life), None);
}
