//! Whether one chat can delay the others: 200 chats at a steady rate, quiet at first, then beside a flood and slow
//! handlers. All in memory, through the engine and a network that answers at once, so that nothing but the engine is
//! measured. Owns the network.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use duologue_core::command::{Arguments, Command, CommandSpec};
use duologue_core::content::StyledText;
use duologue_core::testing::{NETWORK, capabilities, chat};
use duologue_core::{
    AccountId, Adapter, Capabilities, ChatKind, CommandCall, CommandInput, Context, Engine, EngineConfig,
    Event, EventId, EventKind, FileRef, FileStream, HandlerError, Identity, Inbox, MessageId, NetworkId,
    Operation, Performed, Raw, Registered, Reply, SendError, SendErrorKind, Sender, Source, SourceError,
    SourceStatus, User, UserId,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use crate::bots::ping_router;

/// Chats that send at a steady rate.
const CHATS: usize = 200;

/// One chat in so many has slow handlers when it is not quiet: 10 %.
const SLOW_ONE_IN: usize = 10;

/// How long a slow handler takes.
const SLOW: Duration = Duration::from_millis(200);

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

/// What came of a run, times in microseconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) unanswered: usize,
    pub(crate) out_of_order: usize,
}

/// What came of both runs.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Fairness {
    pub(crate) quiet: Latency,
    pub(crate) loaded: Latency,
}

impl fmt::Display for Fairness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { quiet, loaded } = self;
        write!(
            f,
            "quiet p50 {:.0} µs, p99 {:.0} µs; beside flood and slow users p50 {:.0} µs, p99 {:.0} µs; \
             unanswered {}, out of order {}",
            quiet.p50,
            quiet.p99,
            loaded.p50,
            loaded.p99,
            quiet.unanswered + loaded.unanswered,
            quiet.out_of_order + loaded.out_of_order
        )
    }
}

/// Measures and says the result as a line of JSON.
pub(crate) fn run() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("the system has room for a runtime");
    let result = runtime.block_on(async {
        Fairness {
            quiet: measure(Load::Quiet).await,
            loaded: measure(Load::Heavy).await,
        }
    });
    let text = serde_json::to_string(&result).expect("a result is plain data");
    println!("{text}");
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Load {
    Quiet,
    Heavy,
}

async fn measure(load: Load) -> Latency {
    let network = Arc::new(Network {
        load,
        capabilities: capabilities(),
        books: Mutex::new(Books::new()),
        done: CancellationToken::new(),
    });
    let adapter = Adapter {
        source: Arc::clone(&network) as Arc<dyn Source>,
        sender: Arc::clone(&network) as Arc<dyn Sender>,
    };
    let mut router = ping_router();
    router.command(Slow);
    let engine = Engine::new(EngineConfig::default(), router, vec![adapter]);
    engine.run(network.done.clone()).await;
    network.books().latency()
}

/// Takes its time.
struct Slow;

impl Command for Slow {
    fn spec(&self) -> CommandSpec {
        let mut spec = crate::bots::ping_spec();
        spec.name = "slow".into();
        spec
    }

    fn call(&self, _: Context, mut arguments: Arguments) -> BoxFuture<'static, Result<Reply, HandlerError>> {
        async move {
            sleep(SLOW).await;
            Ok(Reply::new(format!("pong {}", arguments.take::<i64>(0)?)))
        }
        .boxed()
    }
}

/// A network in memory that answers at once.
struct Network {
    load: Load,
    capabilities: Capabilities,
    books: Mutex<Books>,
    /// All was offered, and there was time to answer.
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
                self.offer(inbox, number % CHATS);
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
                self.offer(inbox, FLOODER);
            }
            sleep(EVERY).await;
        }
    }

    fn offer(&self, inbox: &Inbox, from: usize) {
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
        let _ = inbox.offer(event(name, number, from));
    }
}

fn event(name: &str, number: usize, from: usize) -> Event {
    let from = from.to_string();
    Event {
        id: EventId::number(number as i64),
        chat: chat(&from),
        chat_kind: ChatKind::Private,
        user: Some(User {
            id: UserId::new(from),
            name: "Ada".into(),
            handle: None,
            language: None,
            bot: false,
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

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
