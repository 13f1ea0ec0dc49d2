//! What a handler sees of its turn: the event, and the ways to answer. Owns nothing but whether the event was answered.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use futures_util::{FutureExt, TryStreamExt};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::action::{Action, Priority, Send};
use crate::adapter::Sender;
use crate::capabilities::Capabilities;
use crate::command::CommandSpec;
use crate::content::Content;
use crate::engine::{EngineHandle, Shared};
use crate::error::{SendError, SendErrorKind};
use crate::event::{Attachment, Event, User};
use crate::executor::{error_id, panic_text};
use crate::id::{Chat, MessageRef, NetworkId, Person};
use crate::jobs::JobAsk;
use crate::live::Live;
use crate::outbox::{Delivery, Outbox};
use crate::receipt::Receipt;
use crate::reply::{HandlerError, HandlerErrorKind, IntoReply, Reply};
use crate::store::{Account, Commit, Committed, Job, JobId, JobOwner, NewJob, Store, Timestamp, Write};
use crate::task::{Owner, Scheduler, Task, TaskId};
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
}

impl Context {
    pub(crate) fn new(shared: &Arc<Shared>, event: &Arc<Event>, ephemeral: bool) -> Self {
        let turn = Turn {
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
    /// reply, error or panic is answered like a handler's.
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

    /// Makes a job: its handler, set by [`Router::job`](crate::Router::job), runs when it is due, also after a restart.
    /// It belongs to this chat and to the person who asks.
    ///
    /// # Errors
    ///
    /// What makes the schedule none, or the store's.
    pub async fn schedule(&self, ask: JobAsk) -> Result<JobId, HandlerError> {
        let job = NewJob {
            chat: self.chat().clone(),
            person: self.person(),
            name: ask.name.into(),
            due: ask.schedule.first(self.now())?,
            repeat: ask.schedule.repeat(),
            missed: ask.missed,
            body: serde_json::to_vec(&ask.body)?.into(),
        };
        let made = self.write(Write::AddJob(job)).await?;
        let id = made.jobs.first().copied().ok_or("the store made no job")?;
        Ok(id)
    }

    /// The jobs of a name that the person has asked for, on all linked accounts, by the time they are due.
    ///
    /// # Errors
    ///
    /// That of the store.
    pub async fn jobs(&self, name: &str) -> Result<Vec<Job>, HandlerError> {
        let mut found = Vec::new();
        for person in self.persons().await? {
            let jobs = self.store().jobs(&JobOwner::Person(person)).await?;
            found.extend(jobs.into_iter().filter(|job| job.ask.name == name));
        }
        found.sort_by_key(|job| (job.ask.due, job.id));
        Ok(found)
    }

    /// The person on each of the linked accounts; the one of the event alone where none is linked.
    async fn persons(&self) -> Result<Vec<Person>, HandlerError> {
        let Some(user) = self.user() else {
            return Ok(vec![self.person()]);
        };
        let account = Account {
            network: self.network(),
            user: user.id.clone(),
        };
        let Some(linked) = self.store().person(&account).await? else {
            return Ok(vec![self.person()]);
        };
        let persons = linked
            .accounts
            .into_iter()
            .map(|account| Person::User(account.network, account.user));
        Ok(persons.collect())
    }

    /// Gives a job another time. Does nothing where it is gone.
    ///
    /// # Errors
    ///
    /// That of the store.
    pub async fn move_job(&self, id: JobId, due: Timestamp) -> Result<(), HandlerError> {
        self.write(Write::MoveJob { id, due }).await.map(drop)
    }

    /// Takes a job away. Does nothing where it is gone.
    ///
    /// # Errors
    ///
    /// That of the store.
    pub async fn drop_job(&self, id: JobId) -> Result<(), HandlerError> {
        self.write(Write::DropJob(id)).await.map(drop)
    }

    async fn write(&self, write: Write) -> Result<Committed, HandlerError> {
        let outcomes = self
            .store()
            .commit(vec![Commit::writes(vec![write], self.now())])
            .await?;
        self.turn.shared.jobs.changed.notify_one();
        let committed = outcomes
            .into_iter()
            .find_map(|outcome| outcome.committed().cloned());
        Ok(committed.ok_or("the store has not kept it")?)
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
            .open(&task, owner, starter, self.stopping())
            .map_err(|full| HandlerError::say(words::task::refused(full)))?;
        let id = entry.id;
        self.works_on();
        let card = crate::task::card(self.clone(), entry, ticket, task);
        self.turn.shared.background.spawn("task", card);
        Ok(id)
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

    /// Ends the turn: says what the handler returned, or at least tells the network that all is done.
    pub(crate) fn conclude(&self, reply: Reply) {
        if !self.say(reply) && !self.turn.answered.load(Ordering::Relaxed) {
            self.acknowledge(None);
        }
    }

    /// Tells the network that the event was handled, with a short note where it can show one.
    pub(crate) fn acknowledge(&self, note: Option<String>) {
        let Some(reply) = self.event().reply.clone() else {
            return;
        };
        self.turn.answered.store(true, Ordering::Relaxed);
        let action = Action::Acknowledge {
            chat: self.chat().clone(),
            reply,
            note,
        };
        self.turn.outbox.forget(action, &self.delivery(Priority::Answer));
    }

    fn say(&self, reply: Reply) -> bool {
        let Some(content) = reply.content else {
            return false;
        };
        let action = self.answer(content, reply.ephemeral.unwrap_or(self.turn.ephemeral));
        self.turn.outbox.forget(action, &self.delivery(Priority::Answer));
        true
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
