//! The adapter under test, running against the fake, with a collector where core's executor would be.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use duologue_core::content::StyledText;
use duologue_core::store::Position;
use duologue_core::{
    AccountId, Adapter, Admission, Chat, ChatId, Event, Inbox, Intake, MessageId, MessageRef, NetworkId,
    Offered, Operation, Part, Performed, ReplyToken, Secret, SendError, SendOperation, SourceError,
    SourceStatus,
};
use duologue_discord::{Config, NETWORK, adapter};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::fake::{BOT, Fake, soon};

/// Long enough that nothing is deferred unless a test asks for it.
const NO_DEFERRAL: Duration = Duration::from_secs(60);

pub(crate) struct Bot {
    pub(crate) adapter: Adapter,
    pub(crate) stop: CancellationToken,
    pub(crate) ended: tokio::task::JoinHandle<Result<(), SourceError>>,
    pub(crate) status: watch::Receiver<SourceStatus>,
    /// Whether core has room for events.
    pub(crate) room: watch::Sender<bool>,
    /// How many events core had no room for.
    pub(crate) refused: watch::Sender<usize>,
    /// Whether core is stopping.
    pub(crate) closing: Arc<AtomicBool>,
    /// Whether core's store is still busy with what it was given; who waits for it subscribes.
    pub(crate) writing: watch::Sender<bool>,
    events: mpsc::UnboundedReceiver<Event>,
}

struct Collector {
    room: watch::Receiver<bool>,
    events: mpsc::UnboundedSender<Event>,
    status: watch::Sender<SourceStatus>,
    all_text: AtomicBool,
    refused: watch::Sender<usize>,
    closing: Arc<AtomicBool>,
}

impl Intake for Collector {
    fn offer(&self, event: Event) -> Admission {
        if self.closing.load(Ordering::Relaxed) {
            return Admission::Stopping(Box::new(event));
        }
        if !*self.room.borrow() {
            self.refused.send_modify(|refused| *refused += 1);
            return Admission::Busy(Box::new(event));
        }
        self.events.send(event).unwrap();
        Admission::Accepted
    }

    fn room(&self) -> BoxFuture<'_, ()> {
        let mut room = self.room.clone();
        async move { drop(room.wait_for(|room| *room).await) }.boxed()
    }

    fn report(&self, network: NetworkId, status: SourceStatus) {
        assert_eq!(network, NETWORK);
        self.status.send_replace(status);
    }

    fn wants_all_text(&self) -> bool {
        self.all_text.load(Ordering::Relaxed)
    }
}

/// A collector behind a store, which takes its time while it is told to.
struct Store {
    collector: Collector,
    writing: watch::Sender<bool>,
}

impl Intake for Store {
    fn offer(&self, event: Event) -> Admission {
        self.collector.offer(event)
    }

    fn offer_all(&self, events: Vec<Event>, position: Option<Position>) -> BoxFuture<'_, Offered> {
        async move {
            let mut writing = self.writing.subscribe();
            writing.wait_for(|writing| !writing).await.unwrap();
            self.collector.offer_all(events, position).await
        }
        .boxed()
    }

    fn room(&self) -> BoxFuture<'_, ()> {
        self.collector.room()
    }

    fn report(&self, network: NetworkId, status: SourceStatus) {
        self.collector.report(network, status);
    }

    fn wants_all_text(&self) -> bool {
        self.collector.wants_all_text()
    }
}

pub(crate) fn config(fake: &Fake) -> Config {
    let mut config = Config::new(Secret::new("bot-token"));
    config.api_url = fake.url.clone();
    config.defer_after = NO_DEFERRAL;
    config.timing.backoff_min = Duration::from_millis(20);
    config.timing.identify_gap = Duration::from_millis(20);
    config.timing.token_doubt = Duration::from_millis(40);
    config
}

impl Bot {
    /// Runs until the gateway session is there.
    pub(crate) async fn online(fake: &Fake) -> Self {
        Self::online_with(config(fake)).await
    }

    pub(crate) async fn online_with(config: Config) -> Self {
        let mut bot = Self::start(config, false);
        soon(
            "a session",
            bot.status
                .wait_for(|status| matches!(status, SourceStatus::Online(_))),
        )
        .await
        .unwrap();
        bot
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the test waits for it, or it ends with the test's runtime"
    )]
    pub(crate) fn start(config: Config, all_text: bool) -> Self {
        let (events_tx, events) = mpsc::unbounded_channel();
        let (status_tx, status) = watch::channel(SourceStatus::Stopped);
        let (room, has_room) = watch::channel(true);
        let refused = watch::Sender::new(0);
        let closing = Arc::new(AtomicBool::new(false));
        let collector = Collector {
            room: has_room,
            events: events_tx,
            status: status_tx,
            all_text: all_text.into(),
            refused: refused.clone(),
            closing: Arc::clone(&closing),
        };
        let writing = watch::Sender::new(false);
        let store = Store {
            collector,
            writing: writing.clone(),
        };
        let inbox = Inbox::new(Arc::new(store));
        let adapter = adapter(config).unwrap();
        let stop = CancellationToken::new();
        let (source, stopping) = (Arc::clone(&adapter.source), stop.clone());
        let ended = tokio::spawn(async move { source.run(&inbox, &stopping).await });
        Self {
            adapter,
            room,
            refused,
            closing,
            writing,
            stop,
            ended,
            status,
            events,
        }
    }

    /// How many events have come and were not looked at.
    pub(crate) fn waiting_events(&self) -> usize {
        self.events.len()
    }

    pub(crate) async fn event(&mut self) -> Event {
        soon("an event", self.events.recv())
            .await
            .expect("the source runs")
    }

    /// The token with which the next event is answered.
    pub(crate) async fn reply_token(&mut self) -> ReplyToken {
        self.event().await.reply.expect("an interaction")
    }

    pub(crate) async fn perform(&self, operation: Operation) -> Result<Performed, SendError> {
        soon("an operation", self.adapter.sender.perform(&operation)).await
    }

    /// Sends words as an answer and gives the message's id.
    pub(crate) async fn answer(&self, reply: &ReplyToken, words: &str) -> MessageId {
        self.perform(answer(reply, words, false))
            .await
            .unwrap()
            .messages
            .remove(0)
    }

    pub(crate) async fn edit(
        &self,
        message: &MessageId,
        reply: Option<&ReplyToken>,
        words: &str,
    ) -> Performed {
        let operation = Operation::Edit {
            message: message_ref(message),
            reply: reply.cloned(),
            part: part(words),
        };
        self.perform(operation).await.unwrap()
    }
}

pub(crate) fn chat() -> Chat {
    Chat {
        network: NETWORK,
        account: AccountId::new(BOT),
        id: ChatId::new("300"),
        thread: None,
    }
}

pub(crate) fn message_ref(id: &MessageId) -> MessageRef {
    MessageRef {
        chat: chat(),
        id: id.clone(),
    }
}

pub(crate) fn part(words: &str) -> Part {
    Part {
        text: Arc::new(StyledText::plain(words)),
        ..Part::default()
    }
}

pub(crate) fn send(part: Part) -> SendOperation {
    SendOperation {
        chat: chat(),
        reply: None,
        replies_to: None,
        part,
        ephemeral: false,
        nonce: 77,
    }
}

pub(crate) fn answer(reply: &ReplyToken, words: &str, ephemeral: bool) -> Operation {
    Operation::Send(SendOperation {
        reply: Some(reply.clone()),
        ephemeral,
        ..send(part(words))
    })
}
