//! The network of the fairness run: it exists in memory, offers commands on its own schedule and answers at once. Owns
//! what was offered and when it was answered.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use duologue_core::command::CommandSpec;
use duologue_core::content::StyledText;
use duologue_core::testing::{NETWORK, capabilities, chat};
use duologue_core::{
    AccountId, Adapter, Capabilities, Chat, ChatKind, CommandCall, CommandInput, Event, EventId, EventKind,
    FileRef, FileStream, Identity, Inbox, MessageId, NetworkId, Operation, Performed, Raw, Registered,
    SendError, SendErrorKind, Sender, Source, SourceError, SourceStatus, User, UserId,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use super::Latency;

/// Chats that send at a steady rate.
const CHATS: usize = 200;

/// One chat in so many has slow handlers when it is not quiet: 10 %.
const SLOW_ONE_IN: usize = 10;

/// How long each chat waits between its commands.
const EVERY: Duration = Duration::from_millis(250);

/// How long the last commands have to be answered.
const REST: Duration = Duration::from_secs(1);

/// How many commands each chat sends.
const COMMANDS: usize = 24;

/// The flood: so many commands at once, and so often. 5,000 together, within the bound of one conversation.
const FLOOD: (usize, usize) = (250, 20);

/// The chat that floods.
const FLOODER: usize = CHATS;

/// What the chats do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Load {
    /// Each at its rate, and every handler is fast.
    Quiet,
    /// One chat floods, and some handlers are slow.
    Heavy,
}

/// A network in memory that answers at once.
pub(super) struct Network {
    load: Load,
    capabilities: Capabilities,
    books: Mutex<Books>,
    done: CancellationToken,
}

struct Books {
    /// Each command that was offered, by its number.
    offered: Vec<Offered>,
    /// The latest command that was answered, by chat.
    latest: Vec<Option<usize>>,
    out_of_order: usize,
}

struct Offered {
    chat: usize,
    at: Instant,
    /// Whether its time counts: slow handlers and the flood only have to be answered.
    counts: bool,
    answered: Option<Duration>,
}

impl Network {
    pub(super) fn new(load: Load) -> Arc<Self> {
        Arc::new(Self {
            load,
            capabilities: capabilities(),
            books: Mutex::new(Books::new()),
            done: CancellationToken::new(),
        })
    }

    /// What receives and what sends.
    pub(super) fn adapter(self: &Arc<Self>) -> Adapter {
        Adapter {
            source: Arc::clone(self) as Arc<dyn Source>,
            sender: Arc::clone(self) as Arc<dyn Sender>,
        }
    }

    /// Cancelled when all was offered and there was time to answer.
    pub(super) fn done(&self) -> CancellationToken {
        self.done.clone()
    }

    pub(super) fn latency(&self) -> Latency {
        self.books().latency()
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every chat in turn, spread over time as evenly as the timer allows.
    async fn steady(&self, inbox: &Inbox) {
        const STEP: Duration = Duration::from_millis(5);
        let at_once = CHATS * STEP.as_millis() as usize / EVERY.as_millis() as usize;
        let mut clock = interval(STEP);
        clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for first in (0..CHATS * COMMANDS).step_by(at_once) {
            clock.tick().await;
            for number in first..first + at_once {
                self.offer(inbox, number % CHATS).await;
            }
        }
    }

    async fn flood(&self, inbox: &Inbox) {
        if self.load == Load::Quiet {
            return;
        }
        let (at_once, times) = FLOOD;
        for _ in 0..times {
            for _ in 0..at_once {
                self.offer(inbox, FLOODER).await;
            }
            sleep(EVERY).await;
        }
    }

    async fn offer(&self, inbox: &Inbox, from: usize) {
        let slow = from != FLOODER && from.is_multiple_of(SLOW_ONE_IN);
        let name = if slow && self.load == Load::Heavy {
            "slow"
        } else {
            "ping"
        };
        let number = {
            let mut books = self.books();
            books.offered.push(Offered {
                chat: from,
                at: Instant::now(),
                counts: !slow && from != FLOODER,
                answered: None,
            });
            books.offered.len() - 1
        };
        // What is not taken shows as unanswered.
        let _ = inbox.offer(event(name, number, from)).await;
    }
}

fn event(name: &str, number: usize, from: usize) -> Event {
    let from = from.to_string();
    Event {
        id: EventId::number(number as i64),
        chat: chat(&from),
        chat_kind: ChatKind::Private,
        server: None,
        user: Some(User {
            id: UserId::new(from),
            name: "Ada".into(),
            handle: None,
            language: None,
            bot: false,
            moderator: None,
        }),
        received: Instant::now(),
        sent: None,
        reply: None,
        kind: EventKind::Command(CommandCall {
            name: name.into(),
            input: CommandInput::Text(StyledText::plain(number.to_string())),
            attachments: Vec::new(),
            message: None,
            replies_to: None,
            group: None,
        }),
        raw: Raw::json(bytes::Bytes::new()),
    }
}

impl Books {
    fn new() -> Self {
        Self {
            offered: Vec::new(),
            latest: vec![None; CHATS + 1],
            out_of_order: 0,
        }
    }

    fn answered(&mut self, number: usize) {
        let Some(offered) = self.offered.get_mut(number) else {
            return;
        };
        offered.answered = Some(offered.at.elapsed());
        let latest = &mut self.latest[offered.chat];
        if *latest > Some(number) {
            self.out_of_order += 1;
        }
        *latest = Some(number);
    }

    fn latency(&self) -> Latency {
        let counts = self.offered.iter().filter(|offered| offered.counts);
        let mut times: Vec<Duration> = counts.filter_map(|offered| offered.answered).collect();
        times.sort_unstable();
        let at = |part: f64| {
            let index = (times.len() as f64 * part) as usize;
            times.get(index).map_or(f64::NAN, |time| time.as_secs_f64() * 1e6)
        };
        Latency {
            p50: at(0.5),
            p99: at(0.99),
            unanswered: self
                .offered
                .iter()
                .filter(|offered| offered.answered.is_none())
                .count(),
            out_of_order: self.out_of_order,
        }
    }
}

impl Source for Network {
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
            tokio::join!(self.steady(inbox), self.flood(inbox));
            sleep(REST).await;
            self.done.cancel();
            stop.cancelled().await;
            Ok(())
        }
        .boxed()
    }
}

impl Sender for Network {
    fn network(&self) -> NetworkId {
        NETWORK
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn perform<'a>(&'a self, operation: &'a Operation) -> BoxFuture<'a, Result<Performed, SendError>> {
        if let Operation::Send(send) = operation
            && let Some(number) = send.part.text.text.strip_prefix("pong ")
            && let Ok(number) = number.parse()
        {
            self.books().answered(number);
        }
        let messages = vec![MessageId::new("1")];
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
