//! An adapter for the network in memory. It owns the record of everything that was sent, and a script of faults.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::network::{NETWORK, capabilities, chat};
use crate::action::Operation;
use crate::adapter::{Adapter, FileStream, Identity, Performed, Registered, Sender, Source, SourceError};
use crate::capabilities::Capabilities;
use crate::command::CommandSpec;
use crate::content::StyledText;
use crate::error::{SendError, SendErrorKind};
use crate::event::{
    ChatKind, CommandCall, CommandInput, Event, EventKind, FileRef, Message, Press, Raw, ReplyToken, User,
};
use crate::id::{AccountId, Chat, EventId, MessageId, NetworkId, UserId};
use crate::inbox::{Admission, Inbox, SourceStatus};

/// How many events may wait between a test and the source.
const EVENTS_BOUND: usize = 65_536;

/// How long a test waits for a state before it fails; longer than the deadline of a turn, as its clock may be driven.
const PATIENCE: Duration = Duration::from_secs(120);

type Script = Box<dyn Fn(&Operation) -> Option<Result<Performed, SendError>> + Send + Sync>;

/// A network in memory, seen by a test. Cheap to clone.
#[derive(Clone)]
pub struct Paper {
    shared: Arc<Shared>,
    events: mpsc::Sender<Event>,
}

struct Shared {
    capabilities: Capabilities,
    records: Mutex<Vec<Record>>,
    changed: Notify,
    script: Mutex<Option<Script>>,
    moderators: Mutex<Vec<UserId>>,
    registered: Mutex<Vec<CommandSpec>>,
    incoming: tokio::sync::Mutex<mpsc::Receiver<Event>>,
    next: AtomicU64,
    series: u32,
}

/// One call that was made to the network.
#[derive(Clone, Debug)]
pub struct Record {
    /// When, by the test's clock.
    pub at: Instant,
    /// The call.
    pub operation: Operation,
    /// What it made; `None` for a call that failed.
    pub made: Option<MessageId>,
}

/// A message that was sent, or an edit, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The chat.
    pub chat: String,
    /// The words.
    pub text: String,
}

impl Paper {
    /// A network without any limits of pace.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capabilities(capabilities())
    }

    /// A network with limits of the test's own.
    #[must_use]
    pub fn with_capabilities(capabilities: Capabilities) -> Self {
        let (events, incoming) = mpsc::channel(EVENTS_BOUND);
        let shared = Shared {
            capabilities,
            records: Mutex::default(),
            changed: Notify::new(),
            script: Mutex::default(),
            moderators: Mutex::default(),
            registered: Mutex::default(),
            incoming: tokio::sync::Mutex::new(incoming),
            next: AtomicU64::new(1),
            // A network never numbers two events alike, not for two processes of one bot either.
            series: rand::random(),
        };
        Self {
            shared: Arc::new(shared),
            events,
        }
    }

    /// The adapter to give to the engine.
    #[must_use]
    pub fn adapter(&self) -> Adapter {
        let side = Arc::new(Side {
            shared: Arc::clone(&self.shared),
        });
        Adapter {
            source: Arc::clone(&side) as Arc<dyn Source>,
            sender: side,
        }
    }

    /// What the network answers from now on; `None` lets a call succeed.
    pub fn script(
        &self,
        script: impl Fn(&Operation) -> Option<Result<Performed, SendError>> + Send + Sync + 'static,
    ) {
        *self.shared.script.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(script));
    }

    /// From now on a person is a moderator of every chat.
    pub fn promote(&self, user: &str) {
        let mut moderators = self
            .shared
            .moderators
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        moderators.push(UserId::new(user));
    }

    /// An event of this kind from the person `user` in the private chat `user`.
    #[must_use]
    pub fn event(&self, user: &str, kind: EventKind) -> Event {
        let number = self.shared.next.fetch_add(1, Ordering::Relaxed);
        let reply = matches!(kind, EventKind::Press(_)).then(|| ReplyToken::new(format!("reply-{number}")));
        Event {
            id: EventId::new(format!("{}-{number}", self.shared.series)),
            chat: chat(user),
            chat_kind: ChatKind::Private,
            server: None,
            user: Some(person(user)),
            received: Instant::now(),
            sent: None,
            reply,
            kind,
            raw: Raw::json("{}"),
        }
    }

    /// Lets an event come in.
    ///
    /// # Panics
    ///
    /// When more events wait than any test should have.
    pub fn deliver(&self, event: Event) {
        self.events
            .try_send(event)
            .expect("a test keeps fewer events waiting than the bound");
    }

    /// A person gives a command, as text: `roll 3 d20`.
    pub fn command(&self, user: &str, line: &str) {
        self.deliver(self.event(user, Self::command_kind(line)));
    }

    /// The kind of event that a command given as text is, for an event of the test's own.
    #[must_use]
    pub fn command_kind(line: &str) -> EventKind {
        command(line)
    }

    /// A person writes plain text.
    pub fn text(&self, user: &str, words: &str) {
        let message = Message {
            text: StyledText::plain(words),
            ..Message::default()
        };
        self.deliver(self.event(user, EventKind::Message(message)));
    }

    /// A person presses the button with this label in the newest message that has one.
    ///
    /// # Panics
    ///
    /// When there is no such button.
    pub fn press(&self, user: &str, label: &str) {
        let token = self
            .token(label)
            .expect("the test presses a button that was sent");
        let press = Press {
            token,
            message: None,
            values: Vec::new(),
        };
        self.deliver(self.event(user, EventKind::Press(press)));
    }

    /// The token of the newest button with this label.
    #[must_use]
    pub fn token(&self, label: &str) -> Option<smol_str::SmolStr> {
        self.records().iter().rev().find_map(|record| {
            let part = match &record.operation {
                Operation::Send(send) => &send.part,
                Operation::Edit { part, .. } => part,
                _ => return None,
            };
            part.buttons
                .iter()
                .flatten()
                .find(|wire| wire.button.label == label)?
                .token
                .clone()
        })
    }

    /// Every call so far.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        self.shared
            .records
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Every message that was sent so far, without edits.
    #[must_use]
    pub fn said(&self) -> Vec<Said> {
        said(&self.records())
    }

    /// The commands in the network's menu.
    #[must_use]
    pub fn menu(&self) -> Vec<CommandSpec> {
        self.shared
            .registered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Waits until the calls so far are as wanted.
    ///
    /// # Panics
    ///
    /// When they are not in time; the message shows what was there.
    pub async fn until(&self, what: &str, wanted: impl Fn(&[Record]) -> bool) -> Vec<Record> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let changed = self.shared.changed.notified();
            let records = self.records();
            if wanted(&records) {
                return records;
            }
            let waited = tokio::time::timeout_at(deadline, changed).await;
            assert!(
                waited.is_ok(),
                "{what} did not happen; there was: {:#?}",
                said(&records)
            );
        }
    }

    /// Waits until so many messages were sent, and gives their words.
    ///
    /// # Panics
    ///
    /// When they were not in time.
    pub async fn heard(&self, count: usize) -> Vec<String> {
        let records = self
            .until("enough messages", |records| said(records).len() >= count)
            .await;
        said(&records).into_iter().map(|said| said.text).collect()
    }
}

impl Default for Paper {
    fn default() -> Self {
        Self::new()
    }
}

/// A person of the network in memory.
#[must_use]
pub fn person(id: &str) -> User {
    User {
        id: UserId::new(id),
        name: id.into(),
        handle: Some(id.into()),
        language: None,
        bot: false,
        moderator: None,
    }
}

fn said(records: &[Record]) -> Vec<Said> {
    let message = |record: &Record| match &record.operation {
        Operation::Send(send) if record.made.is_some() => Some(Said {
            chat: send.chat.id.to_string(),
            text: send.part.text.text.clone(),
        }),
        _ => None,
    };
    records.iter().filter_map(message).collect()
}

fn command(line: &str) -> EventKind {
    let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
    EventKind::Command(CommandCall {
        name: name.into(),
        input: CommandInput::Text(StyledText::plain(rest)),
        attachments: Vec::new(),
        message: None,
        replies_to: None,
        group: None,
    })
}

/// The adapter's own side.
struct Side {
    shared: Arc<Shared>,
}

impl Source for Side {
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
                handle: "paperbot".to_owned(),
            };
            inbox.report(NETWORK, SourceStatus::Online(identity));
            let mut incoming = self.shared.incoming.lock().await;
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

impl Sender for Side {
    fn network(&self) -> NetworkId {
        NETWORK
    }

    fn capabilities(&self) -> &Capabilities {
        &self.shared.capabilities
    }

    fn perform<'a>(&'a self, operation: &'a Operation) -> BoxFuture<'a, Result<Performed, SendError>> {
        async move {
            let scripted = {
                let script = self.shared.script.lock().unwrap_or_else(PoisonError::into_inner);
                script.as_ref().and_then(|script| script(operation))
            };
            let result = scripted.unwrap_or_else(|| Ok(self.success(operation)));
            let made = result.as_ref().ok().map(|performed| {
                performed
                    .messages
                    .first()
                    .cloned()
                    .unwrap_or_else(|| MessageId::new("none"))
            });
            let record = Record {
                at: Instant::now(),
                operation: operation.clone(),
                made,
            };
            self.shared
                .records
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(record);
            self.shared.changed.notify_waiters();
            result
        }
        .boxed()
    }

    fn register<'a>(&'a self, commands: &'a [CommandSpec]) -> BoxFuture<'a, Result<Registered, SendError>> {
        async move {
            *self
                .shared
                .registered
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = commands.to_vec();
            self.shared.changed.notify_waiters();
            Ok(Registered {
                changed: commands.len(),
                ..Registered::default()
            })
        }
        .boxed()
    }

    fn open<'a>(&'a self, file: &'a FileRef) -> BoxFuture<'a, Result<FileStream, SendError>> {
        async move {
            Err(SendError::new(
                "download",
                SendErrorKind::NotFound(format!("the file {}", file.0)),
            ))
        }
        .boxed()
    }

    fn moderates<'a>(&'a self, _: &'a Chat, user: &'a UserId) -> BoxFuture<'a, Result<bool, SendError>> {
        let moderates = self
            .shared
            .moderators
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(user);
        async move { Ok(moderates) }.boxed()
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

impl Side {
    fn success(&self, operation: &Operation) -> Performed {
        let messages = match operation {
            Operation::Send(_) => vec![MessageId::number(
                self.shared.next.fetch_add(1, Ordering::Relaxed),
            )],
            Operation::Edit { message, .. } => vec![message.id.clone()],
            _ => Vec::new(),
        };
        Performed { messages }
    }
}
