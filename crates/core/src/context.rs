//! What a handler sees of its turn: the event, and the ways to answer. Owns nothing but whether the event was answered.

mod keeping;

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::{FutureExt, TryStreamExt};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::keeping::Ledger;
use crate::action::{Action, Priority, Send};
use crate::adapter::Sender;
use crate::capabilities::Capabilities;
use crate::command::CommandSpec;
use crate::content::Content;
use crate::durable::{Kept, Resumed};
use crate::engine::{EngineHandle, Shared};
use crate::error::{SendError, SendErrorKind};
use crate::event::{Attachment, Event, User};
use crate::executor::{error_id, panic_text};
use crate::id::{Chat, EventId, MessageRef, NetworkId, Person};
use crate::live::Live;
use crate::outbox::{Delivery, Outbox};
use crate::receipt::Receipt;
use crate::reply::{HandlerError, HandlerErrorKind, IntoReply, Reply};
use crate::store::{Store, Timestamp};
use crate::task::{Entry, GoesOn, Origin, Owner, Scheduler, Task, TaskId};
use crate::words;

/// What a handler sees of its turn. Cheap to clone; it may outlive the turn.
#[derive(Clone)]
pub struct Context {
    turn: Arc<Turn>,
}

struct Turn {
    shared: Arc<Shared>,
    event: Arc<Event>,
    /// The outbox of the event's network.
    outbox: Outbox,
    /// Whether answers are for the one who asked alone.
    ephemeral: bool,
    /// Whether the event's token was used.
    answered: AtomicBool,
    /// Whether it is known how long the first answer takes, or it does not matter.
    timed: AtomicBool,
    started: Instant,
    /// What the turn has written and what is kept with its end; `None` where each write is kept at once.
    ledger: Mutex<Option<Ledger>>,
    /// How many jobs the turn has made.
    made: AtomicU32,
    /// How many tasks it has started.
    started_tasks: AtomicU32,
    /// The tasks that go on with it.
    resumed: Option<Arc<[Resumed]>>,
    /// The event that it was at first, where it is one that comes again.
    first: Option<EventId>,
    /// The tasks that it has started.
    tasks: Mutex<Vec<Arc<Entry>>>,
    /// How many attempts at the event ended with the process.
    attempts: u32,
}

/// How a turn ended.
pub(crate) struct End {
    pub(crate) say: Say,
    /// What makes the event one to be set aside.
    pub(crate) failure: Option<String>,
}

/// What a turn says at its end.
pub(crate) enum Say {
    /// Nothing, not even to the network.
    Nothing,
    /// A short note where the network can show one.
    Note(String),
    /// What the handler returned.
    Reply(Reply),
}

impl Context {
    pub(crate) fn new(shared: &Arc<Shared>, event: &Arc<Event>, ephemeral: bool) -> Self {
        Self::of_turn(shared, event, ephemeral, None)
    }

    /// The context of a turn; one of a kept event keeps its writes together.
    pub(crate) fn of_turn(
        shared: &Arc<Shared>,
        event: &Arc<Event>,
        ephemeral: bool,
        kept: Option<&Kept>,
    ) -> Self {
        let resumed = kept.and_then(|kept| kept.resumed.clone());
        let ledger = Ledger::new(resumed.as_deref().unwrap_or_default());
        let turn = Turn {
            ledger: Mutex::new(kept.map(|_| ledger)),
            made: AtomicU32::new(0),
            started_tasks: AtomicU32::new(0),
            resumed,
            first: kept.and_then(|kept| kept.first.clone()),
            tasks: Mutex::default(),
            attempts: kept.map_or(0, |kept| kept.attempts),
            shared: Arc::clone(shared),
            event: Arc::clone(event),
            outbox: shared.outbox(&event.chat).clone(),
            ephemeral,
            answered: AtomicBool::new(false),
            timed: AtomicBool::new(false),
            started: Instant::now(),
        };
        Self { turn: Arc::new(turn) }
    }

    /// The event.
    #[must_use]
    pub fn event(&self) -> &Event {
        &self.turn.event
    }

    /// Where it happened.
    #[must_use]
    pub fn chat(&self) -> &Chat {
        &self.turn.event.chat
    }

    /// Who did it, where the network says so.
    #[must_use]
    pub fn user(&self) -> Option<&User> {
        self.turn.event.user.as_ref()
    }

    /// Who asks: the person, or the chat where the network does not say who.
    #[must_use]
    pub fn person(&self) -> Person {
        match self.user() {
            Some(user) => Person::User(self.network(), user.id.clone()),
            None => Person::Chat(self.network(), self.chat().id.clone()),
        }
    }

    /// Whether who asks is a moderator of the chat: by what the event says, else by what the network answers. When it
    /// cannot be known it is no.
    pub async fn moderates(&self) -> bool {
        let Some(user) = self.user() else { return false };
        if let Some(moderates) = user.moderator {
            return moderates;
        }
        match self.sender().moderates(self.chat(), &user.id).await {
            Ok(moderates) => moderates,
            Err(error) => {
                tracing::debug!(chat = %self.chat(), %error, "whether somebody is a moderator is unknown");
                false
            }
        }
    }

    /// The network it came from.
    #[must_use]
    pub fn network(&self) -> NetworkId {
        self.turn.event.chat.network
    }

    /// What that network can do.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        self.turn.outbox.sender().capabilities()
    }

    /// The adapter's sender, for its extension trait.
    #[must_use]
    pub fn sender(&self) -> &Arc<dyn Sender> {
        self.turn.outbox.sender()
    }

    /// A value that all handlers share, by its type: what [`Router::resource`](crate::Router::resource) was given.
    /// `None` where nothing of the type was given.
    #[must_use]
    pub fn resource<T: std::marker::Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.turn.shared.router.find_resource()
    }

    /// The bot's commands, for help.
    #[must_use]
    pub fn commands(&self) -> &[CommandSpec] {
        self.turn.shared.router.specs()
    }

    /// The names of commands nearest to a mistyped one.
    #[must_use]
    pub fn nearest_commands(&self, name: &str) -> Vec<&str> {
        self.turn.shared.router.nearest(name)
    }

    /// The bot as it is seen from outside: how its networks are, and what it has counted.
    #[must_use]
    pub fn engine(&self) -> EngineHandle {
        EngineHandle::of(&self.turn.shared)
    }

    /// When the turn began.
    #[must_use]
    pub fn started(&self) -> Instant {
        self.turn.started
    }

    /// Whether an earlier attempt at this event may have done something that a network has seen: the process ended in the
    /// middle of it. What the handler returned is not among that, nor what it has written.
    #[must_use]
    pub fn may_repeat(&self) -> bool {
        self.turn.attempts > 0
    }

    /// Cancelled when the bot is stopping: what runs long should come to an end.
    #[must_use]
    pub fn stopping(&self) -> &CancellationToken {
        self.turn.shared.background.stop()
    }

    /// Answers and waits for the receipt.
    ///
    /// Dropping the future does not take the answer back.
    ///
    /// # Errors
    ///
    /// [`SendError`], typed by what can be done about it.
    pub async fn reply(&self, content: impl Into<Content>) -> Result<Receipt, SendError> {
        self.perform(self.answer(content.into(), self.turn.ephemeral), Priority::Answer)
            .await
    }

    /// Answers with a message that is going to change while work goes on.
    ///
    /// # Errors
    ///
    /// [`SendError`] when the first form could not be sent.
    pub async fn live(&self, content: impl Into<Content>) -> Result<Live, SendError> {
        let receipt = self.reply(content).await?;
        match receipt.messages.into_iter().next() {
            Some(message) => Ok(Live::new(self.clone(), message)),
            None => Err(SendError::new(
                "send",
                SendErrorKind::Refused("no message came of it".to_owned()),
            )),
        }
    }

    /// Changes a message.
    ///
    /// # Errors
    ///
    /// [`SendError`], typed by what can be done about it.
    pub async fn edit(
        &self,
        message: &MessageRef,
        content: impl Into<Content>,
    ) -> Result<Receipt, SendError> {
        let action = Action::Edit {
            message: message.clone(),
            content: content.into(),
        };
        self.perform(action, Priority::Answer).await
    }

    /// Takes a message back.
    ///
    /// # Errors
    ///
    /// [`SendError`], typed by what can be done about it.
    pub async fn delete(&self, message: &MessageRef) -> Result<Receipt, SendError> {
        self.perform(Action::Delete(message.clone()), Priority::Answer)
            .await
    }

    /// Sets the bot's reaction to a message; `None` takes it away.
    ///
    /// # Errors
    ///
    /// [`SendError`], typed by what can be done about it.
    pub async fn react(&self, message: &MessageRef, emoji: Option<&str>) -> Result<Receipt, SendError> {
        let action = Action::React {
            message: message.clone(),
            emoji: emoji.map(Into::into),
        };
        self.perform(action, Priority::Answer).await
    }

    /// Shows that the bot writes, for some seconds. Nobody waits for it.
    pub fn typing(&self) {
        self.turn.outbox.forget(
            Action::Typing(self.chat().clone()),
            &self.delivery(Priority::Answer),
        );
    }

    /// Fetches a file that came in.
    ///
    /// # Errors
    ///
    /// [`SendErrorKind::TooLong`] when it has more than `limit` bytes; nothing beyond the limit is kept in memory.
    /// Otherwise the error of the network.
    pub async fn download(&self, attachment: &Attachment, limit: u64) -> Result<Bytes, SendError> {
        let too_long = || {
            SendError::new(
                "download",
                SendErrorKind::TooLong {
                    what: "the file, in bytes,",
                    limit,
                },
            )
        };
        if attachment.bytes.is_some_and(|bytes| bytes > limit) {
            return Err(too_long());
        }
        let mut stream = self.sender().open(&attachment.file).await?;
        let mut whole = Vec::new();
        while let Some(chunk) = stream.try_next().await? {
            if (whole.len() + chunk.len()) as u64 > limit {
                return Err(too_long());
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.into())
    }

    /// Starts work that goes on beside the conversation. The turn does not wait for it, and the chat goes on.
    ///
    /// The work is asked to end by the token when the bot stops, and has until the end of the shutdown to do so. Its
    /// reply, error or panic is answered like a handler's. On a bot with a store the turn runs again when another one has
    /// changed a state that it writes; this work then runs once more, unlike a task, which is taken back.
    pub fn background<F, Fut>(&self, name: &'static str, work: F)
    where
        F: FnOnce(Self, CancellationToken) -> Fut + std::marker::Send + 'static,
        Fut: Future<Output: IntoReply> + std::marker::Send + 'static,
    {
        let context = self.clone();
        let stop = self.stopping().child_token();
        self.works_on();
        self.turn.shared.background.spawn(name, async move {
            let inner = context.clone();
            let work = async move { work(inner, stop).await.into_reply() };
            let reply = match AssertUnwindSafe(work).catch_unwind().await {
                Ok(Ok(reply)) => reply,
                Ok(Err(error)) => context.apology(error),
                Err(panic) => context.apology_for_panic(&*panic),
            };
            context.say(reply);
        });
    }

    /// What survives the process, for what neither state nor jobs have a place.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.turn.shared.store
    }

    /// The time of day.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.turn.shared.clock.now()
    }

    /// Starts a task beside the conversation: the turn does not wait for it, and the chat goes on. It has a card in the
    /// chat with its progress and a button to cancel it, which becomes its result.
    ///
    /// Tasks wait in line, fairly between people, when there is no room.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use duologue_core::{Context, HandlerError, Task, TaskContext};
    ///
    /// async fn tea(ctx: Context) -> Result<(), HandlerError> {
    ///     ctx.start(Task::new("Tea", |task: TaskContext| async move {
    ///         for second in 0..180 {
    ///             task.progress(second, 180);
    ///             tokio::time::sleep(Duration::from_secs(1)).await;
    ///         }
    ///         Ok("Your tea is ready.")
    ///     }))?;
    ///     Ok(())
    /// }
    /// # let _ = tea;
    /// ```
    ///
    /// # Errors
    ///
    /// With a sentence for the person when too many tasks wait already.
    pub fn start<T: IntoReply + std::marker::Send + 'static>(
        &self,
        task: Task<T>,
    ) -> Result<TaskId, HandlerError> {
        let index = self.turn.started_tasks.fetch_add(1, Ordering::Relaxed);
        let resumed = match &self.turn.resumed {
            None => None,
            Some(resumed) => match resumed.iter().find(|resumed| resumed.index == index) {
                Some(resumed) => Some(resumed.clone()),
                // It was over before the restart.
                None => return Ok(TaskId(0)),
            },
        };
        let durable = self.turn.shared.durable.is_some();
        let goes_on = GoesOn {
            origin: durable
                .then(|| Origin::new(self.event(), self.turn.first.as_ref(), index, task.resumable)),
            resumed,
        };
        let person = self.person();
        let owner = Owner {
            share: self.scheduler().share(&person),
            person,
            chat: self.chat().clone(),
        };
        let starter = self
            .user()
            .map_or("whoever started it".into(), |user| user.name.clone());
        let (entry, ticket) = self
            .scheduler()
            .open(&task, owner, starter, self.stopping(), goes_on)
            .map_err(|full| HandlerError::say(words::task::refused(full)))?;
        let id = entry.id;
        self.works_on();
        let mut tasks = self.turn.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.push(Arc::clone(&entry));
        drop(tasks);
        let first = crate::task::first_write(&entry).and_then(|write| self.write_later(write));
        let card = crate::task::card(self.clone(), entry, ticket, task, first);
        self.turn.shared.background.spawn("task", card);
        Ok(id)
    }

    /// The turn runs again: what it has started so far ends without a word.
    pub(crate) fn take_back(&self) {
        let mut tasks = self.turn.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        for task in tasks.drain(..) {
            task.discard();
        }
    }

    pub(crate) fn scheduler(&self) -> &Arc<Scheduler> {
        &self.turn.shared.scheduler
    }

    /// Its answer comes from work beside the conversation, whenever that is done.
    fn works_on(&self) {
        self.turn.answered.store(true, Ordering::Relaxed);
        self.turn.timed.store(true, Ordering::Relaxed);
    }

    /// Answers as a handler's reply would, and waits for the receipt.
    pub(crate) async fn reply_as(&self, reply: Reply) -> Result<Receipt, SendError> {
        let ephemeral = reply.ephemeral.unwrap_or(self.turn.ephemeral);
        let action = self.answer(reply.content.unwrap_or_default(), ephemeral);
        self.perform(action, Priority::Answer).await
    }

    pub(crate) fn apology(&self, error: HandlerError) -> Reply {
        match error.0 {
            HandlerErrorKind::Say(content) => Reply::new(content).ephemeral(),
            HandlerErrorKind::Fault(error) => {
                let id = error_id();
                let event = self.event();
                let error = crate::executor::chain(&*error);
                tracing::error!(error_id = %id, event = %event.id, chat = %event.chat, error, "a handler failed");
                Reply::new(words::failed(&id)).ephemeral()
            }
        }
    }

    pub(crate) fn apology_for_panic(&self, panic: &(dyn std::any::Any + std::marker::Send)) -> Reply {
        let id = error_id();
        let event = self.event();
        let panic = panic_text(panic);
        tracing::error!(error_id = %id, event = %event.id, chat = %event.chat, panic, "a handler panicked");
        Reply::new(words::failed(&id)).ephemeral()
    }

    /// Ends a turn that is not kept: says what the handler returned, or at least tells the network that all is done.
    pub(crate) fn conclude(&self, say: Say) {
        if let Some((action, delivery)) = self.action(say) {
            self.turn.outbox.forget(action, &delivery);
        }
    }

    /// What the end of a turn sends.
    pub(crate) fn action(&self, say: Say) -> Option<(Action, Delivery)> {
        let action = match say {
            Say::Nothing => return None,
            Say::Note(note) => self.acknowledgement(Some(note))?,
            Say::Reply(Reply {
                content: Some(content),
                ephemeral,
            }) => self.answer(content, ephemeral.unwrap_or(self.turn.ephemeral)),
            Say::Reply(_) if self.turn.answered.load(Ordering::Relaxed) => return None,
            Say::Reply(_) => self.acknowledgement(None)?,
        };
        let delivery = self.delivery(Priority::Answer);
        Some((action, delivery))
    }

    /// Tells the network that the event was handled, with a short note where it can show one.
    pub(crate) fn acknowledge(&self, note: Option<String>) {
        if let Some(action) = self.acknowledgement(note) {
            self.turn.outbox.forget(action, &self.delivery(Priority::Answer));
        }
    }

    /// What tells the network that the event was handled, with a short note where it can show one.
    fn acknowledgement(&self, note: Option<String>) -> Option<Action> {
        let reply = self.event().reply.clone()?;
        self.turn.answered.store(true, Ordering::Relaxed);
        Some(Action::Acknowledge {
            chat: self.chat().clone(),
            reply,
            note,
        })
    }

    fn say(&self, reply: Reply) {
        if reply.content.is_some() {
            self.conclude(Say::Reply(reply));
        }
    }

    fn answer(&self, content: Content, ephemeral: bool) -> Action {
        let event = self.event();
        self.turn.answered.store(true, Ordering::Relaxed);
        Action::Send(Send {
            chat: event.chat.clone(),
            chat_kind: event.chat_kind,
            reply: event.reply.clone(),
            replies_to: None,
            content,
            ephemeral,
        })
    }

    fn delivery(&self, priority: Priority) -> Delivery {
        let event = self.event();
        Delivery {
            priority,
            chat_kind: event.chat_kind,
            reply: event.reply.clone(),
            ephemeral: self.turn.ephemeral,
            answers: (priority == Priority::Answer && !self.turn.timed.swap(true, Ordering::Relaxed))
                .then_some(event.received),
        }
    }

    pub(crate) async fn perform(&self, action: Action, priority: Priority) -> Result<Receipt, SendError> {
        let pending = self.turn.outbox.push(action, &self.delivery(priority))?;
        match pending.await {
            Ok(result) => result,
            // The outbox was dropped with the job in it.
            Err(_) => Err(SendError::new(
                "send",
                SendErrorKind::NotTaken("the bot has stopped"),
            )),
        }
    }

    /// Drops what waits of a draft that is over.
    pub(crate) fn withdraw(&self, draft: u64) {
        self.turn.outbox.withdraw(self.chat(), draft);
    }

    pub(crate) fn forget(&self, action: Action, priority: Priority) {
        self.turn.outbox.forget(action, &self.delivery(priority));
    }
}
