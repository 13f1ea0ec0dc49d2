//! The way out: actions wait in order per chat, are paced, sent once, and retried in this one place. Each network has
//! an outbox of its own, which owns what waits to be sent there.

mod pace;
mod queue;
mod worker;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use smol_str::SmolStr;
use tokio::sync::futures::Notified;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use crate::action::{Action, Operation, Part, Priority, SendOperation, WireButton};
use crate::adapter::Sender;
use crate::capabilities::Support;
use crate::durable::{Durable, kept_send};
use crate::error::{SendError, SendErrorKind};
use crate::event::{ChatKind, ReplyToken};
use crate::id::{Chat, MessageRef, UserId};
use crate::metrics::{Histogram, SendCounters, SendMetrics};
use crate::press::{ButtonAction, PressTable};
use crate::receipt::{Became, Loss, Receipt};
use crate::render::{RenderedPart, render};
use crate::store::{NewOutgoing, OutgoingId, SendResult};
use crate::tasks::Tracker;

use self::queue::{Job, Queues};

/// The most actions that wait for one chat, beside the answers of turns. Beyond it a send fails.
pub const CHAT_QUEUE_BOUND: usize = 256;

/// The most actions that wait on one network: twice the events that may wait in all. Beyond it a send fails.
pub const OUTBOX_BOUND: usize = 16_384;

/// How long an action is tried before it fails; a wait that the network asks for counts.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// The same for an action that a store keeps.
pub const KEPT_PATIENCE: Duration = Duration::from_secs(6 * 3600);

/// The outbox of one network. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Outbox {
    shared: Arc<Shared>,
}

struct Shared {
    sender: Arc<dyn Sender>,
    presses: Arc<PressTable>,
    /// The store that outlives the process, where there is one.
    durable: Option<Arc<Durable>>,
    queues: Mutex<Queues>,
    /// A worker may find something to do.
    work: Notify,
    /// The clock may have to ring earlier.
    clock: Notify,
    /// Something was finished.
    idle: Notify,
    counters: SendCounters,
    nonce: AtomicU64,
}

/// The result of an action that was put into the outbox, once it is there.
pub(crate) type Pending = oneshot::Receiver<Result<Receipt, SendError>>;

/// How much waits to be sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) network: usize,
    pub(crate) chat: usize,
}

/// What an action needs besides itself.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) priority: Priority,
    pub(crate) chat_kind: ChatKind,
    /// The event whose answer an edited message was, where the network asks for its token.
    pub(crate) reply: Option<ReplyToken>,
    /// Whether what follows an edited message is for the one who asked alone, as that message is.
    pub(crate) ephemeral: bool,
    /// When the event arrived that this is the first answer to.
    pub(crate) answers: Option<Instant>,
}

impl Delivery {
    /// That of something that answers no event.
    pub(crate) fn unasked(priority: Priority, chat_kind: ChatKind) -> Self {
        Self {
            priority,
            chat_kind,
            reply: None,
            ephemeral: false,
            answers: None,
        }
    }
}

/// An action that is rendered and not yet in the outbox.
pub(crate) struct Prepared {
    job: Job,
}

impl Prepared {
    /// What a store keeps of it, by call; nothing where one of the calls cannot be kept.
    pub(crate) fn kept(&self, user: Option<&UserId>, keyed: bool) -> Option<Vec<NewOutgoing>> {
        let job = &self.job;
        let kept = |operation| kept_send(operation, job.chat_kind, user, job.priority, keyed);
        job.operations.iter().map(kept).collect()
    }

    /// The tokens of its buttons.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = SmolStr> + '_ {
        self.job.operations.iter().flat_map(Operation::tokens)
    }
}

impl Outbox {
    /// An outbox that nobody works on yet.
    pub(crate) fn new(
        sender: Arc<dyn Sender>,
        presses: Arc<PressTable>,
        durable: Option<Arc<Durable>>,
    ) -> Self {
        let pace = sender.capabilities().pace.clone();
        let shared = Arc::new(Shared {
            sender,
            presses,
            durable,
            queues: Mutex::new(Queues::new(pace)),
            work: Notify::new(),
            clock: Notify::new(),
            idle: Notify::new(),
            nonce: AtomicU64::new(rand::random()),
            counters: SendCounters::default(),
        });
        Self { shared }
    }

    /// Starts the workers. They run among `tasks` until those are stopped.
    pub(crate) fn start(&self, tasks: &Tracker) {
        for _ in 0..self.shared.sender.capabilities().pace.in_flight.max(1) {
            tasks.spawn(
                "outbox worker",
                worker::work(Arc::clone(&self.shared), tasks.stop().clone()),
            );
        }
        tasks.spawn(
            "outbox clock",
            worker::ring(Arc::clone(&self.shared), tasks.stop().clone()),
        );
    }

    pub(crate) fn sender(&self) -> &Arc<dyn Sender> {
        &self.shared.sender
    }

    /// Puts an action into the outbox, in order. It never waits.
    ///
    /// # Errors
    ///
    /// When the network cannot do it, there is nothing to say, or the chat's queue is full.
    pub(crate) fn push(&self, action: Action, delivery: &Delivery) -> Result<Pending, SendError> {
        let (done, pending) = oneshot::channel();
        let job = self.job(action, delivery, Some(done))?;
        self.enqueue(job)?;
        Ok(pending)
    }

    /// Puts an action into the outbox and lets nobody wait for it; a failure is logged.
    pub(crate) fn forget(&self, action: Action, delivery: &Delivery) {
        let chat = action.chat().clone();
        let pushed = self.job(action, delivery, None).and_then(|job| self.enqueue(job));
        if let Err(error) = pushed {
            tracing::warn!(%chat, %error, "not sent");
        }
    }

    /// Renders an action, so that it can be kept before it goes.
    ///
    /// # Errors
    ///
    /// When the network cannot do it, or there is nothing to say.
    pub(crate) fn prepare(&self, action: Action, delivery: &Delivery) -> Result<Prepared, SendError> {
        let job = self.job(action, delivery, None)?;
        Ok(Prepared { job })
    }

    /// Puts what was prepared into the outbox, with its entries in the store; none where it was not kept. `begun` says
    /// whether the first of them is marked as being sent.
    pub(crate) fn push_prepared(&self, prepared: Prepared, entries: Vec<OutgoingId>, begun: bool) {
        let mut job = prepared.job;
        job.begun = begun;
        let chat = job.chat.clone();
        job.kept = entries.into();
        if let Err(error) = self.enqueue(job) {
            tracing::warn!(%chat, %error, "not sent");
        }
    }

    /// Puts something into the outbox that an earlier process has left.
    pub(crate) fn push_left(
        &self,
        chat: Chat,
        chat_kind: ChatKind,
        priority: Priority,
        operation: Result<Operation, SendResult>,
        kept: OutgoingId,
    ) {
        let delivery = Delivery::unasked(priority, chat_kind);
        let (operations, given_up) = match operation {
            Ok(operation) => (vec![operation], None),
            Err(result) => (Vec::new(), Some(result)),
        };
        let mut job = Job::new(chat, &delivery, operations, Receipt::default(), None);
        job.kept = [kept].into();
        job.given_up = given_up;
        if let Err(error) = self.enqueue(job) {
            tracing::warn!(%error, "not sent before the next start");
        }
    }

    /// Whether something for this chat would be sent at once: nothing of it waits, and neither its pace nor the network
    /// is in the way.
    pub(crate) fn stands_ready(&self, chat: &Chat) -> bool {
        self.shared.lock().stands_ready(chat, Instant::now())
    }

    /// What is marked as being sent and still waits, as the bot has stopped.
    pub(crate) fn begun_in_vain(&self) -> Vec<OutgoingId> {
        self.shared.lock().begun_in_vain()
    }

    /// Whether the network recognizes a message that is sent again.
    pub(crate) fn keyed(&self) -> bool {
        self.shared.sender.capabilities().keyed_sends == Support::Native
    }

    /// Drops what waits of a draft that is over.
    pub(crate) fn withdraw(&self, chat: &Chat, draft: u64) {
        self.shared.lock().withdraw(chat, draft);
    }

    fn enqueue(&self, job: Job) -> Result<(), SendError> {
        let woken = self.shared.lock().push(job, Instant::now())?;
        if woken {
            self.shared.work.notify_one();
        }
        Ok(())
    }

    /// How much waits on this network, and how much of it for this chat.
    pub(crate) fn load(&self, chat: &Chat) -> Load {
        let queues = self.shared.lock();
        Load {
            network: queues.unfinished(),
            chat: queues.waiting_for(chat),
        }
    }

    /// What was sent and what was not, and how long answers took.
    pub(crate) fn counted(&self) -> (SendMetrics, Histogram) {
        self.shared.counters.read()
    }

    /// How much waits on this network or is on its way.
    pub(crate) fn unfinished(&self) -> usize {
        self.shared.lock().unfinished()
    }

    /// Completes when something was finished after this call.
    pub(crate) fn finished(&self) -> Notified<'_> {
        self.shared.idle.notified()
    }

    /// Waits until nothing waits and nothing is in flight, at most until the deadline; says how much is left.
    pub(crate) async fn drain(&self, deadline: Instant) -> usize {
        loop {
            let idle = self.shared.idle.notified();
            let left = self.shared.lock().unfinished();
            if left == 0 || tokio::time::timeout_at(deadline, idle).await.is_err() {
                return self.shared.lock().unfinished();
            }
        }
    }

    fn job(
        &self,
        action: Action,
        delivery: &Delivery,
        done: Option<oneshot::Sender<Result<Receipt, SendError>>>,
    ) -> Result<Job, SendError> {
        let chat = action.chat().clone();
        let mut losses = Vec::new();
        let operations = self.operations(action, delivery, &mut losses)?;
        let receipt = Receipt {
            losses,
            ..Receipt::default()
        };
        Ok(Job::new(chat, delivery, operations, receipt, done))
    }

    fn operations(
        &self,
        action: Action,
        delivery: &Delivery,
        losses: &mut Vec<Loss>,
    ) -> Result<Vec<Operation>, SendError> {
        let capabilities = self.shared.sender.capabilities();
        let reply = delivery.reply.clone();
        Ok(match action {
            Action::Send(send) => {
                let ephemeral = send.ephemeral && !alone_anyway(send.chat_kind, send.reply.as_ref());
                if ephemeral && capabilities.ephemeral == Support::No {
                    losses.push(Loss {
                        what: "ephemeral",
                        became: Became::Simpler("a message that all see"),
                    });
                }
                let parts = self.parts("send", &send.content, None, losses)?;
                let parts = parts.into_iter().enumerate().map(|(index, part)| {
                    Operation::Send(SendOperation {
                        chat: send.chat.clone(),
                        reply: send.reply.clone(),
                        replies_to: send.replies_to.clone().filter(|_| index == 0),
                        part,
                        ephemeral,
                        nonce: self.shared.nonce.fetch_add(1, Ordering::Relaxed),
                    })
                });
                parts.collect()
            }
            Action::Edit { message, content } => {
                supported("edit", capabilities.edit)?;
                let mut parts = self.parts("edit", &content, Some(&message), losses)?.into_iter();
                let first = parts.next().unwrap_or_default();
                let ephemeral = delivery.ephemeral && !alone_anyway(delivery.chat_kind, reply.as_ref());
                // What does not fit into the edited message follows it.
                let following = parts.map(|part| {
                    Operation::Send(SendOperation {
                        chat: message.chat.clone(),
                        reply: reply.clone(),
                        replies_to: None,
                        part,
                        ephemeral,
                        nonce: self.shared.nonce.fetch_add(1, Ordering::Relaxed),
                    })
                });
                let following: Vec<_> = following.collect();
                let mut operations = vec![Operation::Edit {
                    message,
                    reply,
                    part: first,
                }];
                operations.extend(following);
                operations
            }
            Action::Delete(message) => {
                supported("delete", capabilities.delete)?;
                vec![Operation::Delete { message, reply }]
            }
            Action::React { message, emoji } => {
                supported("react", capabilities.react)?;
                vec![Operation::React { message, emoji }]
            }
            Action::Draft { chat, draft, content } => {
                supported("draft", capabilities.drafts)?;
                let first = self.parts("draft", &content, None, losses)?.into_iter().next();
                let text = first.unwrap_or_default().text;
                vec![Operation::Draft { chat, draft, text }]
            }
            Action::Typing(chat) => {
                supported("typing", capabilities.typing)?;
                vec![Operation::Typing(chat)]
            }
            Action::Acknowledge { chat, reply, note } => vec![Operation::Acknowledge { chat, reply, note }],
        })
    }

    fn parts(
        &self,
        operation: &'static str,
        content: &crate::content::Content,
        edited: Option<&MessageRef>,
        losses: &mut Vec<Loss>,
    ) -> Result<Vec<Part>, SendError> {
        let rendered = render(content, self.shared.sender.capabilities())
            .map_err(|kind| SendError::new(operation, kind))?;
        losses.extend(rendered.losses);
        // A button that an edit leaves as it is keeps its token: somebody may press it while the edit is on its way.
        let mut known = edited
            .map(|message| self.shared.presses.under(message))
            .unwrap_or_default();
        Ok(rendered
            .parts
            .into_iter()
            .map(|part| self.wire(part, &mut known))
            .collect())
    }

    fn wire(&self, part: RenderedPart, known: &mut Vec<(SmolStr, ButtonAction)>) -> Part {
        let mut wire = |button: crate::content::Button| {
            let token = match &button.action {
                ButtonAction::Open(_) => None,
                action => Some(match known.iter().position(|(_, other)| other == action) {
                    Some(place) => known.swap_remove(place).0,
                    None => self.shared.presses.mint(action),
                }),
            };
            WireButton { button, token }
        };
        Part {
            text: Arc::new(part.text),
            media: part.media,
            buttons: part
                .buttons
                .into_iter()
                .map(|row| row.into_iter().map(&mut wire).collect())
                .collect(),
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn supported(operation: &'static str, support: Support) -> Result<(), SendError> {
    match support {
        Support::Native | Support::Emulated(_) => Ok(()),
        Support::No => Err(SendError::new(operation, SendErrorKind::Unsupported(operation))),
    }
}

/// Whether a message is seen by the one person alone whatever is asked for: nobody else is in a private chat. Where an
/// answer has its token, its network has its own way to show it to one person.
fn alone_anyway(kind: ChatKind, reply: Option<&ReplyToken>) -> bool {
    kind == ChatKind::Private && reply.is_none()
}
