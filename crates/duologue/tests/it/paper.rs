//! A network of paper: what people do is put in by the test, what the bot says is kept for it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use duologue::{
    AccountId, Adapter, Capabilities, Chat, ChatKind, CommandCall, CommandInput, Ended, Engine, EngineConfig,
    Event, EventId, EventKind, FileRef, Identity, MessageId, Press, Raw, Router, SendError, Sender, Source,
    SourceError, SourceStatus, StyledText, Tasks, User, UserId,
};
use duologue_core::testing::{NETWORK, capabilities, chat};
use duologue_core::{FileStream, Inbox, Operation, Part, Performed, Registered};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(10);

/// The network, as the test holds it.
pub(crate) struct Paper {
    events: mpsc::Sender<Event>,
    wire: Arc<Wire>,
    stop: CancellationToken,
    tasks: Tasks,
    ended: Arc<Mutex<Option<Ended>>>,
    next: AtomicU64,
}

/// What was sent.
struct Wire {
    capabilities: Capabilities,
    sent: Mutex<Vec<Operation>>,
    news: Notify,
    registered: Mutex<Vec<String>>,
}

struct Desk {
    events: tokio::sync::Mutex<mpsc::Receiver<Event>>,
}

/// The two halves of an adapter with what the test keeps of it.
pub(crate) struct Halves {
    pub(crate) adapter: Adapter,
    events: mpsc::Sender<Event>,
    wire: Arc<Wire>,
}

pub(crate) fn halves() -> Halves {
    let (events, receiver) = mpsc::channel(64);
    let wire = Arc::new(Wire {
        capabilities: capabilities(),
        sent: Mutex::default(),
        news: Notify::new(),
        registered: Mutex::default(),
    });
    let desk = Desk {
        events: tokio::sync::Mutex::new(receiver),
    };
    let adapter = Adapter {
        source: Arc::new(desk),
        sender: Arc::clone(&wire) as Arc<dyn Sender>,
    };
    Halves {
        adapter,
        events,
        wire,
    }
}

impl Paper {
    /// Runs a bot of these handlers on paper.
    pub(crate) fn run(router: Router) -> Self {
        let halves = halves();
        let engine = Engine::new(EngineConfig::default(), router, vec![halves.adapter.clone()]);
        Self::with(halves, |stop| engine.run(stop).boxed())
    }

    /// Runs whatever ends with the token.
    pub(crate) fn with(
        halves: Halves,
        run: impl FnOnce(CancellationToken) -> BoxFuture<'static, Ended>,
    ) -> Self {
        let stop = CancellationToken::new();
        let tasks = Tasks::new(CancellationToken::new());
        let ended = Arc::new(Mutex::new(None));
        let (running, end) = (run(stop.clone()), Arc::clone(&ended));
        tasks.spawn("the bot", async move {
            *end.lock().unwrap() = Some(running.await);
        });
        Self {
            events: halves.events,
            wire: halves.wire,
            stop,
            tasks,
            ended,
            next: AtomicU64::new(1),
        }
    }

    /// Somebody types a command in a private chat.
    pub(crate) async fn types(&self, line: &str) {
        let line = line.trim_start_matches('/');
        let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
        self.happens(EventKind::Command(CommandCall {
            name: name.into(),
            input: CommandInput::Text(StyledText::plain(rest)),
            attachments: Vec::new(),
            message: Some(MessageId::new("1")),
            replies_to: None,
        }))
        .await;
    }

    /// Somebody presses the first button of what was said last.
    pub(crate) async fn presses(&self, part: &Part) {
        let button = &part.buttons[0][0];
        self.happens(EventKind::Press(Press {
            token: button.token.clone().expect("it does something"),
            message: None,
            values: Vec::new(),
        }))
        .await;
    }

    pub(crate) async fn happens(&self, kind: EventKind) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let event = Event {
            id: EventId::number(number),
            chat: here(),
            chat_kind: ChatKind::Private,
            user: Some(User {
                id: UserId::new("7"),
                name: "Ada".into(),
                handle: None,
                language: None,
                bot: false,
            }),
            received: Instant::now().into(),
            sent: None,
            reply: None,
            kind,
            raw: Raw::json("{}"),
        };
        self.events.send(event).await.expect("the bot runs");
    }

    /// The message with this number, from 0, once it was sent.
    pub(crate) async fn said(&self, index: usize) -> Part {
        let sends = || {
            let sent = self.wire.sent.lock().unwrap();
            let mut parts = sent.iter().filter_map(|operation| match operation {
                Operation::Send(send) => Some(send.part.clone()),
                Operation::Edit { part, .. } => Some(part.clone()),
                _ => None,
            });
            parts.nth(index)
        };
        tokio::time::timeout(PATIENCE, async {
            loop {
                let news = self.wire.news.notified();
                if let Some(part) = sends() {
                    return part;
                }
                news.await;
            }
        })
        .await
        .unwrap_or_else(|_| panic!("nothing more was said than {:?}", self.wire.sent.lock().unwrap()))
    }

    /// Stops the bot and says how it ended.
    pub(crate) async fn stops(self) -> Ended {
        self.stop.cancel();
        let stuck = self.tasks.finish(tokio::time::Instant::now() + PATIENCE).await;
        assert!(stuck.is_empty(), "the bot does not end");
        self.ended.lock().unwrap().take().expect("the bot has ended")
    }

}

/// The chat of all tests.
fn here() -> Chat {
    chat("1")
}

impl Source for Desk {
    fn network(&self) -> duologue::NetworkId {
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
                handle: "paper".to_owned(),
            };
            inbox.report(NETWORK, SourceStatus::Online(identity));
            let mut events = self.events.lock().await;
            loop {
                tokio::select! {
                    () = stop.cancelled() => return Ok(()),
                    event = events.recv() => match event {
                        Some(event) => drop(inbox.offer(event)),
                        None => return Err(SourceError::new("the paper is used up")),
                    },
                }
            }
        }
        .boxed()
    }
}

impl Sender for Wire {
    fn network(&self) -> duologue::NetworkId {
        NETWORK
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn perform<'a>(&'a self, operation: &'a Operation) -> BoxFuture<'a, Result<Performed, SendError>> {
        let mut sent = self.sent.lock().unwrap();
        sent.push(operation.clone());
        let messages = vec![MessageId::number(1000 + sent.len())];
        drop(sent);
        self.news.notify_waiters();
        async { Ok(Performed { messages }) }.boxed()
    }

    fn register<'a>(
        &'a self,
        commands: &'a [duologue::CommandSpec],
    ) -> BoxFuture<'a, Result<Registered, SendError>> {
        *self.registered.lock().unwrap() = commands.iter().map(|spec| spec.name.to_string()).collect();
        async { Ok(Registered::default()) }.boxed()
    }

    fn open<'a>(&'a self, _file: &'a FileRef) -> BoxFuture<'a, Result<FileStream, SendError>> {
        async {
            Err(SendError::new(
                "open",
                duologue::SendErrorKind::Unsupported("files"),
            ))
        }
        .boxed()
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
