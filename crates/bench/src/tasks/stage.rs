//! The network of the parts: it exists in memory, takes events from whoever has the stage, and answers every call at
//! once. Owns the queue of events; what is sent is heard by a function and not kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use duologue_core::command::CommandSpec;
use duologue_core::content::StyledText;
use duologue_core::testing::{NETWORK, capabilities, chat, person};
use duologue_core::{
    AccountId, Adapter, Admission, Capabilities, Chat, ChatKind, Event, EventId, EventKind, FileRef,
    FileStream, Identity, Inbox, Message, MessageId, NetworkId, Operation, Pace, Performed, Press, Raw,
    Registered, SendError, SendErrorKind, Sender, Source, SourceError, SourceStatus, UserId,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{Mutex, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How many events may wait for the bot.
const EVENTS_BOUND: usize = 65_536;

/// How often a card may change, as on Telegram.
const CARD_PACE: Duration = Duration::from_secs(1);

type Hear = Box<dyn Fn(&Operation) + Send + Sync>;

/// A network in memory. People are numbers, each in a private chat.
pub(super) struct Stage {
    capabilities: Capabilities,
    hear: Hear,
    events: mpsc::Sender<Event>,
    incoming: Mutex<mpsc::Receiver<Event>>,
    next: AtomicU64,
}

impl Stage {
    /// A network whose calls are heard by a function.
    pub(super) fn new(hear: impl Fn(&Operation) + Send + Sync + 'static) -> Arc<Self> {
        let (events, incoming) = mpsc::channel(EVENTS_BOUND);
        let usual = capabilities();
        Arc::new(Self {
            capabilities: Capabilities {
                pace: Pace {
                    edit_private: CARD_PACE,
                    ..usual.pace
                },
                ..usual
            },
            hear: Box::new(hear),
            events,
            incoming: Mutex::new(incoming),
            next: AtomicU64::new(1),
        })
    }

    /// What receives and what sends.
    pub(super) fn adapter(self: &Arc<Self>) -> Adapter {
        Adapter {
            source: Arc::clone(self) as Arc<dyn Source>,
            sender: Arc::clone(self) as Arc<dyn Sender>,
        }
    }

    /// A person writes.
    pub(super) fn text(&self, person: usize, words: impl Into<String>) {
        let message = Message {
            text: StyledText::plain(words.into()),
            ..Message::default()
        };
        self.deliver(person, EventKind::Message(message));
    }

    /// A person presses a button.
    pub(super) fn press(&self, person: usize, token: &str) {
        let press = Press {
            token: token.into(),
            message: None,
            values: Vec::new(),
        };
        self.deliver(person, EventKind::Press(press));
    }

    fn deliver(&self, from: usize, kind: EventKind) {
        let from = from.to_string();
        let event = Event {
            id: EventId::number(self.next.fetch_add(1, Ordering::Relaxed)),
            chat: chat(&from),
            chat_kind: ChatKind::Private,
            server: None,
            user: Some(person(&from)),
            received: Instant::now(),
            sent: None,
            reply: None,
            kind,
            raw: Raw::json("{}"),
        };
        self.events
            .try_send(event)
            .expect("a part keeps fewer events waiting than the bound");
    }
}

/// The person whose chat this is.
pub(super) fn whose(chat: &Chat) -> Option<usize> {
    chat.id.as_str().parse().ok()
}

impl Source for Stage {
    fn network(&self) -> NetworkId {
        NETWORK
    }

    fn run<'a>(
        &'a self,
        inbox: &'a Inbox,
        stop: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<(), SourceError>> {
        async move {
            let identity = Identity {
                account: AccountId::new("1"),
                handle: "bench".to_owned(),
            };
            inbox.report(NETWORK, SourceStatus::Online(identity));
            let mut incoming = self.incoming.lock().await;
            loop {
                let event = tokio::select! {
                    event = incoming.recv() => event,
                    () = stop.cancelled() => return Ok(()),
                };
                let Some(mut event) = event else { return Ok(()) };
                while let Admission::Busy(busy) = inbox.offer(event).await {
                    event = *busy;
                    tokio::select! {
                        () = inbox.room() => {}
                        () = stop.cancelled() => return Ok(()),
                    }
                }
            }
        }
        .boxed()
    }
}

impl Sender for Stage {
    fn network(&self) -> NetworkId {
        NETWORK
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn perform<'a>(&'a self, operation: &'a Operation) -> BoxFuture<'a, Result<Performed, SendError>> {
        (self.hear)(operation);
        let messages = match operation {
            Operation::Send(_) => vec![MessageId::number(self.next.fetch_add(1, Ordering::Relaxed))],
            Operation::Edit { message, .. } => vec![message.id.clone()],
            _ => Vec::new(),
        };
        async { Ok(Performed { messages }) }.boxed()
    }

    fn register<'a>(&'a self, _: &'a [CommandSpec]) -> BoxFuture<'a, Result<Registered, SendError>> {
        async { Ok(Registered::default()) }.boxed()
    }

    fn open<'a>(&'a self, _: &'a FileRef) -> BoxFuture<'a, Result<FileStream, SendError>> {
        async { Err(SendError::new("open", SendErrorKind::Unsupported("open"))) }.boxed()
    }

    fn moderates<'a>(&'a self, _: &'a Chat, _: &'a UserId) -> BoxFuture<'a, Result<bool, SendError>> {
        async { Ok(false) }.boxed()
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
