//! A stage for tests: the whole bot on a network that exists only in memory, under tokio's paused clock. A stage owns
//! the engine that runs and everything that was sent.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use duologue::{
    Adapter, Admission, App, Attachment, AttachmentKind, Backends, Capabilities, Chat, ChatId, ChatKind,
    Clock, CommandCall, CommandInput, CommandSpec, Config, Durability, Ended, Event, EventId, EventKind,
    FileRef, Identity, Message, MessageId, NetworkId, Press, Raw, SendError, SendErrorKind, ServerId,
    SourceError, SourceStatus, StyledText, Support, User, UserId,
};
use duologue_core::content::Media;
use duologue_core::store::{MemoryStore, Store};
use duologue_core::task::MemoryScratch;
use duologue_core::testing::{InlineLane, NETWORK, capabilities, chat};
use duologue_core::{
    FileStream, Inbox, Operation, Part, Performed, Registered, ReplyToken, Sender, Source, WireButton,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::features;

/// The two people of the tests.
pub(crate) const ADA: &str = "Ada";
pub(crate) const BOB: &str = "Bob";

/// The second network.
pub(crate) const OTHER: NetworkId = NetworkId::new("slate");

/// The time of day at which a test begins: Wednesday, 25 November 2026, noon in UTC.
const BEGAN: duologue::store::Timestamp = duologue::store::Timestamp(1_795_608_000_000);

/// How many events may wait between a test and the bot.
const EVENTS_BOUND: usize = 1024;

/// How long a test waits for something, by the paused clock.
const PATIENCE: Duration = Duration::from_secs(60);

/// The bot with all its features, running.
pub(crate) struct Stage {
    pub(crate) network: Arc<Paper>,
    /// A second network, where everything goes while a test is there.
    pub(crate) other: Arc<Paper>,
    events: [mpsc::Sender<Event>; 2],
    /// Whether the test is on the second network.
    elsewhere: AtomicBool,
    /// The server on which groups are.
    server: Mutex<Option<ServerId>>,
    stop: CancellationToken,
    bot: JoinSet<duologue::Result<Ended>>,
    next_event: AtomicU64,
}

/// A message as it was, or is.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) text: StyledText,
    pub(crate) media: Vec<Media>,
    pub(crate) buttons: Vec<WireButton>,
    id: MessageId,
}

impl Stage {
    pub(crate) fn run() -> Self {
        // Its time is the test's, and it leaves nothing behind.
        let config = Config {
            durability: Durability::None,
            ..Config::default()
        };
        Self::begin(config, None)
    }

    /// With settings of its own, and a store that tests can look into.
    pub(crate) fn with(config: Config, store: Arc<MemoryStore>) -> Self {
        Self::begin(config, Some(store))
    }

    fn begin(config: Config, store: Option<Arc<dyn Store>>) -> Self {
        let (network, events, first) = Paper::adapter(NETWORK);
        let (other, other_events, second) = Paper::adapter(OTHER);
        let backends = Backends {
            process: Some(Arc::new(InlineLane)),
            scratch: Some(Arc::new(MemoryScratch::default())),
            clock: Clock::driven(BEGAN),
            store,
            ..Backends::default()
        };
        let app = features::add(App::new(config))
            .unwrap()
            .adapter(first)
            .adapter(second)
            .backends(backends);
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(app.run_until(stop.clone().cancelled_owned()));
        Self {
            network,
            other,
            events: [events, other_events],
            elsewhere: AtomicBool::new(false),
            server: Mutex::default(),
            stop,
            bot: tasks,
            next_event: AtomicU64::new(1),
        }
    }

    /// Goes to the second network, or back: what is done and looked at from here on is there.
    pub(crate) fn goes_elsewhere(&self, elsewhere: bool) {
        self.elsewhere.store(elsewhere, Ordering::Relaxed);
    }

    /// From here on groups are on this server.
    pub(crate) fn is_on_server(&self, server: &str) {
        *self.server.lock().unwrap() = Some(ServerId::new(server));
    }

    fn here(&self) -> &Arc<Paper> {
        if self.elsewhere.load(Ordering::Relaxed) {
            &self.other
        } else {
            &self.network
        }
    }

    /// What the bot's commands are, as the network's menu gets them.
    pub(crate) async fn specs() -> Vec<CommandSpec> {
        let stage = Self::run();
        let specs = stage
            .here()
            .wait(|sent| sent.menu.clone(), || "the menu".to_owned())
            .await;
        stage.ends().await;
        specs
    }

    /// Ada types a command in her private chat.
    pub(crate) async fn types(&self, text: &str) {
        self.types_as(ADA, text).await;
    }

    pub(crate) async fn types_as(&self, who: &str, text: &str) {
        let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
        let call = call(name, StyledText::plain(rest.trim_start()), Vec::new());
        self.happens(who, ChatKind::Private, EventKind::Command(call))
            .await;
    }

    /// Ada gives a command with text that has styles and files.
    pub(crate) async fn commands(&self, name: &str, text: StyledText, files: Vec<Attachment>) {
        let call = call(name, text, files);
        self.happens(ADA, ChatKind::Private, EventKind::Command(call))
            .await;
    }

    /// Ada writes plain text in her private chat.
    pub(crate) async fn says(&self, text: &str) {
        let message = Message {
            text: StyledText::plain(text),
            ..Message::default()
        };
        self.sends(ADA, ChatKind::Private, message).await;
    }

    pub(crate) async fn sends(&self, who: &str, kind: ChatKind, message: Message) {
        self.happens(who, kind, EventKind::Message(message)).await;
    }

    /// Ada presses a button of a message, as it is now.
    pub(crate) async fn presses(&self, said: &Said, label: &str) {
        self.presses_as(ADA, said, label).await;
    }

    pub(crate) async fn presses_as(&self, who: &str, said: &Said, label: &str) {
        let now = self.here().now(&said.id);
        let found = now.buttons.iter().find(|wire| wire.button.label == label);
        let found = found.unwrap_or_else(|| panic!("no button {label:?} under {now:?}"));
        let press = Press {
            token: found.token.clone().unwrap(),
            message: Some(said.id.clone()),
            values: Vec::new(),
        };
        self.happens(who, ChatKind::Private, EventKind::Press(press))
            .await;
    }

    /// Waits for the message with this number, from 0, and gives it as it was sent.
    pub(crate) async fn said(&self, number: usize) -> Said {
        self.here()
            .wait(
                |sent| sent.order.get(number).cloned(),
                || format!("message {number}"),
            )
            .await
    }

    /// Waits until the message with this number shows these words, and gives it as it is then.
    pub(crate) async fn shows(&self, number: usize, words: &str) -> Said {
        let ready = |sent: &Sent| {
            let id = &sent.order.get(number)?.id;
            let now = sent.now.get(id)?;
            now.text.text.contains(words).then(|| now.clone())
        };
        self.here()
            .wait(ready, || format!("message {number} with {words:?}"))
            .await
    }

    /// Asks the bot to stop, and waits until it has.
    pub(crate) async fn ends(mut self) -> Ended {
        self.stop.cancel();
        let ended = self.bot.join_next().await.unwrap().unwrap().unwrap();
        assert_eq!(ended, Ended::default(), "the bot left work undone");
        ended
    }

    pub(crate) async fn happens(&self, who: &str, chat_kind: ChatKind, kind: EventKind) {
        let number = self.next_event.fetch_add(1, Ordering::Relaxed);
        let pressed = matches!(kind, EventKind::Press(_));
        let event = Event {
            id: EventId::number(number),
            chat: Chat {
                network: self.here().network,
                ..place(who, chat_kind)
            },
            chat_kind,
            server: match chat_kind {
                ChatKind::Private => None,
                ChatKind::Group | ChatKind::Broadcast => self.server.lock().unwrap().clone(),
            },
            user: Some(User {
                id: UserId::new(who),
                name: who.into(),
                handle: None,
                language: None,
                bot: false,
                moderator: None,
            }),
            received: Instant::now(),
            sent: None,
            reply: pressed.then(|| ReplyToken::new("token")),
            kind,
            raw: Raw::json("{}"),
        };
        let elsewhere = self.elsewhere.load(Ordering::Relaxed);
        self.events[usize::from(elsewhere)].try_send(event).unwrap();
        tokio::task::yield_now().await;
    }
}

fn place(who: &str, kind: ChatKind) -> Chat {
    match kind {
        ChatKind::Private => chat(who),
        ChatKind::Group | ChatKind::Broadcast => chat("everybody"),
    }
}

fn call(name: &str, text: StyledText, attachments: Vec<Attachment>) -> CommandCall {
    CommandCall {
        name: name.trim_start_matches('/').into(),
        input: CommandInput::Text(text),
        attachments,
        message: None,
        replies_to: None,
        group: None,
    }
}

/// A file that came in.
pub(crate) fn file(name: &str) -> Attachment {
    Attachment {
        file: FileRef(format!("ref-{name}").into()),
        kind: AttachmentKind::Document,
        name: Some(name.into()),
        mime: Some("text/plain".into()),
        bytes: Some(1500),
        size: None,
    }
}

/// The network in memory: it keeps what is sent and can be slow or refuse edits.
#[derive(Debug)]
pub(crate) struct Paper {
    network: NetworkId,
    capabilities: Capabilities,
    sent: Mutex<Sent>,
    news: Notify,
    slowness: Mutex<Duration>,
    refuses_edits: AtomicBool,
    /// Chats that have blocked the bot.
    blocked: Mutex<Vec<ChatId>>,
}

#[derive(Debug, Default)]
struct Sent {
    /// Messages as they were sent.
    order: Vec<Said>,
    /// Messages as they are.
    now: HashMap<MessageId, Said>,
    /// The commands that the bot registered.
    menu: Option<Vec<CommandSpec>>,
}

impl Paper {
    /// An empty one, the way of events into it, and the bot's side of it.
    fn adapter(network: NetworkId) -> (Arc<Self>, mpsc::Sender<Event>, Adapter) {
        let paper = Arc::new(Self::new(network));
        let (events, arriving) = mpsc::channel(EVENTS_BOUND);
        let source = PaperSource {
            network,
            arriving: tokio::sync::Mutex::new(arriving),
        };
        let sender = Arc::clone(&paper) as Arc<dyn Sender>;
        let source = Arc::new(source);
        (paper, events, Adapter { source, sender })
    }

    fn new(network: NetworkId) -> Self {
        Self {
            network,
            capabilities: Capabilities {
                ephemeral: Support::Native,
                keyed_sends: Support::No,
                ..capabilities()
            },
            sent: Mutex::default(),
            news: Notify::new(),
            slowness: Mutex::default(),
            refuses_edits: AtomicBool::new(false),
            blocked: Mutex::default(),
        }
    }

    /// A person's private chat has blocked the bot from now on.
    pub(crate) fn blocks(&self, who: &str) {
        self.blocked.lock().unwrap().push(ChatId::new(who));
    }

    /// Every call takes so long from now on.
    pub(crate) fn takes(&self, time: Duration) {
        *self.slowness.lock().unwrap() = time;
    }

    pub(crate) fn refuses_edits(&self, refuses: bool) {
        self.refuses_edits.store(refuses, Ordering::Relaxed);
    }

    /// How many messages were sent.
    pub(crate) fn count(&self) -> usize {
        self.sent.lock().unwrap().order.len()
    }

    /// How many files were sent after the message with this number.
    pub(crate) fn media_after(&self, number: usize) -> usize {
        let sent = self.sent.lock().unwrap();
        sent.order[number + 1..].iter().map(|said| said.media.len()).sum()
    }

    fn now(&self, id: &MessageId) -> Said {
        self.sent.lock().unwrap().now[id].clone()
    }

    async fn wait<T>(&self, ready: impl Fn(&Sent) -> Option<T>, what: impl Fn() -> String) -> T {
        let waiting = async {
            loop {
                let news = self.news.notified();
                if let Some(found) = ready(&self.sent.lock().unwrap()) {
                    return found;
                }
                news.await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        waited.unwrap_or_else(|_| panic!("{} did not come; sent: {:#?}", what(), self.sent.lock().unwrap()))
    }

    fn write(&self, operation: &Operation) -> Result<Performed, SendError> {
        let mut sent = self.sent.lock().unwrap();
        let mut performed = Performed::default();
        if let Operation::Send(send) = operation
            && self.blocked.lock().unwrap().contains(&send.chat.id)
        {
            let kind = SendErrorKind::Forbidden("the bot was blocked".to_owned());
            return Err(SendError::new("send", kind));
        }
        match operation {
            Operation::Send(send) => {
                let id = MessageId::number(sent.order.len());
                let said = Said::new(id.clone(), &send.part);
                sent.order.push(said.clone());
                sent.now.insert(id.clone(), said);
                performed.messages.push(id);
            }
            Operation::Edit { message, part, .. } => {
                if self.refuses_edits.load(Ordering::Relaxed) {
                    let kind = SendErrorKind::NotFound("the message is gone".to_owned());
                    return Err(SendError::new("edit", kind));
                }
                sent.now
                    .insert(message.id.clone(), Said::new(message.id.clone(), part));
                performed.messages.push(message.id.clone());
            }
            _ => {}
        }
        drop(sent);
        self.news.notify_waiters();
        Ok(performed)
    }
}

impl Said {
    fn new(id: MessageId, part: &Part) -> Self {
        Self {
            text: StyledText::clone(&part.text),
            media: part.media.clone(),
            buttons: part.buttons.iter().flatten().cloned().collect(),
            id,
        }
    }
}

impl Sender for Paper {
    fn network(&self) -> NetworkId {
        self.network
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn perform<'a>(&'a self, operation: &'a Operation) -> BoxFuture<'a, Result<Performed, SendError>> {
        let slowness = *self.slowness.lock().unwrap();
        async move {
            if !slowness.is_zero() {
                tokio::time::sleep(slowness).await;
            }
            self.write(operation)
        }
        .boxed()
    }

    fn register<'a>(&'a self, commands: &'a [CommandSpec]) -> BoxFuture<'a, Result<Registered, SendError>> {
        self.sent.lock().unwrap().menu = Some(commands.to_vec());
        self.news.notify_waiters();
        async { Ok(Registered::default()) }.boxed()
    }

    fn open<'a>(&'a self, _file: &'a FileRef) -> BoxFuture<'a, Result<FileStream, SendError>> {
        let kind = SendErrorKind::NotFound("there are no files on paper".to_owned());
        async { Err(SendError::new("open", kind)) }.boxed()
    }

    fn moderates<'a>(&'a self, _: &'a Chat, _: &'a UserId) -> BoxFuture<'a, Result<bool, SendError>> {
        async { Ok(false) }.boxed()
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

struct PaperSource {
    network: NetworkId,
    arriving: tokio::sync::Mutex<mpsc::Receiver<Event>>,
}

impl Source for PaperSource {
    fn network(&self) -> NetworkId {
        self.network
    }

    fn run<'a>(
        &'a self,
        inbox: &'a Inbox,
        stop: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<(), SourceError>> {
        async move {
            let identity = Identity {
                account: chat("").account,
                handle: "paperbot".to_owned(),
            };
            inbox.report(self.network, SourceStatus::Online(identity));
            let mut arriving = self.arriving.lock().await;
            loop {
                let event = tokio::select! {
                    () = stop.cancelled() => return Ok(()),
                    event = arriving.recv() => event,
                };
                let Some(event) = event else { return Ok(()) };
                let admission = inbox.offer(event).await;
                assert!(matches!(admission, Admission::Accepted), "{admission:?}");
            }
        }
        .boxed()
    }
}
