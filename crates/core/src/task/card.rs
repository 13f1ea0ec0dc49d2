//! The card of a task: one message that follows it from the line to its result. Owns the message while the task lives.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::commands::cancel_button;
use super::kept;
use super::node::{Phase, View};
use super::run::Run;
use super::scheduler::{DraftRight, Entry, Ticket};
use super::{Canceller, Origin, Task, TaskError, TaskState};
use crate::action::{Action, Priority};
use crate::capabilities::Support;
use crate::content::Content;
use crate::context::Context;
use crate::event::ChatKind;
use crate::executor::error_id;
use crate::live::Live;
use crate::reply::{IntoReply, Reply};
use crate::store::Write;
use crate::words::task as words;

/// A task that is done so soon has no card: its result is the first thing said.
const GRACE: Duration = Duration::from_millis(200);

/// The shortest time between two looks at a task, however fast its network lets messages change.
const FASTEST: Duration = Duration::from_millis(250);

/// How often the time on a card moves when nothing else does.
const TICK: Duration = Duration::from_secs(5);

/// How often a draft is shown anew: it is gone after 30 s, or when the bot says something else.
const DRAFT_TICK: Duration = Duration::from_secs(4);

/// How often the place in the line is looked at, and how much longer for each place: so all cards that wait together
/// make some twenty edits a second, however long the line is.
const LINE_TICK: Duration = Duration::from_secs(3);
const LINE_TICK_PER_PLACE: Duration = Duration::from_millis(250);

/// Runs a task with its card, until both are done with.
pub(crate) async fn card<T>(
    context: Context,
    entry: Arc<Entry>,
    ticket: Ticket,
    task: Task<T>,
    first: Option<Write>,
) where
    T: IntoReply + Send + 'static,
{
    if let Some(first) = first {
        context.keep(first).await;
    }
    let scheduler = Arc::clone(context.scheduler());
    let run = Run {
        scheduler: Arc::clone(&scheduler),
        owner: Arc::clone(&entry.owner),
        node: Arc::clone(&entry.node),
        from: None,
    };
    let followed = async {
        let mut run = std::pin::pin!(run.run(task, Some(ticket)));
        match soon(&entry, run.as_mut()).await {
            Some(result) => (result, None),
            None => follow(&context, &entry, run.as_mut()).await,
        }
    };
    let (result, live) = tokio::select! {
        followed = followed => followed,
        never = checkpoints(&context, &entry) => match never {},
    };
    scheduler.retire(&entry);
    if entry.is_discarded() {
        if let Some(live) = live
            && let Err(error) = context.delete(live.message()).await
        {
            tracing::debug!(task = %entry.id, %error, "a card that is not needed stays");
        }
        // One that goes on has its number again by now, and its record with it.
        if scheduler.find(entry.id).is_none() {
            forget(&context, &entry).await;
        }
        return scheduler.close(&entry).await;
    }
    if let (Err(TaskError::Cancelled(Canceller::Shutdown)), Some(origin)) = (&result, &entry.origin) {
        rest(&context, &entry, origin, live).await;
    } else {
        keep(&context, &entry, TaskState::Ending).await;
        let reply = end(&entry, result);
        finish(&context, &entry, live, reply).await;
        forget(&context, &entry).await;
    }
    scheduler.close(&entry).await;
}

/// Keeps that it runs, and the newest checkpoint, again and again; never ends.
async fn checkpoints(context: &Context, entry: &Entry) -> Infallible {
    loop {
        entry.node.tree.kept_anew.notified().await;
        keep(context, entry, stands(entry)).await;
    }
}

fn stands(entry: &Entry) -> TaskState {
    if entry.node.has_begun() {
        TaskState::Running
    } else {
        TaskState::Waiting
    }
}

/// Keeps a task as it stands, where tasks are kept.
async fn keep(context: &Context, entry: &Entry, state: TaskState) {
    if let Some(write) = kept::write(entry, state) {
        context.keep(write).await;
    }
}

/// A task is over and told of.
async fn forget(context: &Context, entry: &Entry) {
    if entry.origin.is_some() {
        context.keep(Write::DropTask(entry.id)).await;
    }
}

/// The bot stops, and its tasks are kept: one that goes on says so, another offers to be started again.
async fn rest(context: &Context, entry: &Entry, origin: &Origin, live: Option<Live>) {
    let goes_on = origin.resumable() || !entry.node.has_begun();
    let content = if goes_on {
        words::resting(&entry.name)
    } else {
        kept::interrupted(&entry.name, context.user(), origin)
    };
    if goes_on {
        keep(context, entry, TaskState::Waiting).await;
    }
    finish(context, entry, live, Reply::new(content)).await;
    if !goes_on {
        forget(context, entry).await;
    }
}

/// The result of a task that got its room and was done at once.
async fn soon<R>(entry: &Entry, mut run: impl Future<Output = R> + Unpin) -> Option<R> {
    if let std::task::Poll::Ready(result) = futures_util::poll!(&mut run) {
        return Some(result);
    }
    if entry.node.phase() == Phase::Waiting {
        return None;
    }
    tokio::time::timeout(GRACE, run).await.ok()
}

/// Keeps the card true until the task has ended. A message that is on its way is waited for, so that it can be changed.
async fn follow<R>(
    context: &Context,
    entry: &Entry,
    mut run: impl Future<Output = R> + Unpin,
) -> (R, Option<Live>) {
    let mut face = Face::new(context, entry);
    let mut opening = std::pin::pin!(open(context, entry, face.next().0));
    let mut surface: Option<Surface> = None;
    let mut result = None;
    let mut next = Instant::now() + face.pace;
    loop {
        if surface.is_some()
            && let Some(result) = result.take()
        {
            return (result, surface.and_then(Surface::live));
        }
        tokio::select! {
            ended = &mut run, if result.is_none() => result = Some(ended),
            opened = &mut opening, if surface.is_none() => {
                face.opened(&opened);
                surface = Some(opened);
                // Where its card stands.
                keep(context, entry, stands(entry)).await;
            }
            () = face.news(next), if surface.is_some() && result.is_none() => {
                let (content, news) = face.next();
                match &surface {
                    Some(Surface::Message(live)) if news => live.update(content),
                    // It would vanish if it were not shown again, news or not.
                    Some(Surface::Draft { .. }) => context.forget(draft(context, entry, content), Priority::Progress),
                    _ => {}
                }
                next = Instant::now() + face.pace;
            }
        }
    }
}

/// What the card stands on.
enum Surface {
    /// A message of the chat.
    Message(Live),
    /// A preview of a private chat. The result is then a message of its own.
    Draft {
        /// Given back when the task has ended.
        _right: DraftRight,
    },
    /// Nothing: whoever asked can no longer be reached, or not for now. The task goes on, and its result tries again.
    Nothing,
}

impl Surface {
    fn live(self) -> Option<Live> {
        match self {
            Self::Message(live) => Some(live),
            Self::Draft { .. } | Self::Nothing => None,
        }
    }
}

/// Shows the card for the first time: as a draft where the network has those, else as a message.
async fn open(context: &Context, entry: &Entry, content: Content) -> Surface {
    if let Some(card) = entry.card() {
        // The card of before a restart.
        let live = Live::new(context.clone(), card);
        live.update(content);
        return Surface::Message(live);
    }
    let private = context.event().chat_kind == ChatKind::Private;
    if private
        && context.capabilities().drafts != Support::No
        && let Some(right) = context.scheduler().draft(context.chat())
    {
        let shown = context.perform(draft(context, entry, content.clone()), Priority::Answer);
        match shown.await {
            Ok(_) => {
                context.acknowledge(None);
                return Surface::Draft { _right: right };
            }
            Err(error) => tracing::debug!(task = %entry.id, %error, "no draft: a message then"),
        }
    }
    match context.live(content).await {
        Ok(live) => Surface::Message(live),
        Err(error) => {
            tracing::warn!(task = %entry.id, chat = %context.chat(), %error, "no card");
            Surface::Nothing
        }
    }
}

fn draft(context: &Context, entry: &Entry, content: Content) -> Action {
    Action::Draft {
        chat: context.chat().clone(),
        draft: entry.id.0,
        content,
    }
}

/// What the card shows, and when it is looked at again.
struct Face<'a> {
    context: &'a Context,
    entry: &'a Entry,
    /// The shortest time between two changes.
    pace: Duration,
    last: Option<Content>,
    place: Option<usize>,
    phase: Phase,
    /// How often it is shown again when there is no news, at least.
    tick: Duration,
}

impl<'a> Face<'a> {
    fn new(context: &'a Context, entry: &'a Entry) -> Self {
        let pace = &context.capabilities().pace;
        let pace = match context.event().chat_kind {
            ChatKind::Private => pace.edit_private,
            ChatKind::Group | ChatKind::Broadcast => pace.edit_group,
        };
        Self {
            context,
            entry,
            pace: pace.max(FASTEST),
            last: None,
            place: None,
            phase: Phase::Waiting,
            tick: TICK,
        }
    }

    /// The card as it should be now, and whether that is news.
    fn next(&mut self) -> (Content, bool) {
        let view: View = self.entry.node.look();
        self.place = view
            .ticket
            .and_then(|ticket| self.context.scheduler().place(ticket));
        self.phase = view.phase;
        let mut content = words::card(self.entry.id, &view, self.place);
        // A value that cannot be written as JSON is the only reason, and a number can.
        if let Ok(button) = cancel_button(self.entry.id, words::CANCEL) {
            content = content.buttons([button]);
        }
        let news = self.last.as_ref() != Some(&content);
        self.last = Some(content.clone());
        (content, news)
    }

    fn opened(&mut self, surface: &Surface) {
        match surface {
            Surface::Message(live) => self.entry.set_card(live.message().clone()),
            Surface::Draft { .. } => self.tick = DRAFT_TICK,
            Surface::Nothing => self.tick = Duration::MAX,
        }
    }

    /// Completes when it is time to look again, and not before `next`.
    ///
    /// Cancel safe.
    async fn news(&self, next: Instant) {
        let tick = match (self.place, self.tick) {
            (Some(place), TICK) => {
                LINE_TICK + LINE_TICK_PER_PLACE * u32::try_from(place).unwrap_or(u32::MAX / 4)
            }
            (_, tick) => tick,
        };
        tokio::select! {
            () = self.entry.node.tree.changed() => {}
            () = tokio::time::sleep(tick) => {}
        }
        tokio::time::sleep_until(next).await;
    }
}

/// What the card becomes.
fn end<T: IntoReply>(entry: &Entry, result: Result<T, TaskError>) -> Reply {
    let result = result.and_then(|value| Ok(value.into_reply()?));
    let name = entry.name.as_str();
    let content = match result {
        Ok(reply) if reply.content.is_some() => return reply,
        Ok(_) => words::done(name, entry.node.ran()),
        Err(TaskError::Say(content)) => content,
        Err(TaskError::Cancelled(by)) => words::cancelled(name, by),
        Err(TaskError::TimedOut(ran)) => words::timed_out(name, ran),
        Err(TaskError::OverLimit(limit)) => words::over_limit(name, limit),
        Err(error) => {
            let id = error_id();
            let error = match &error {
                TaskError::Fault(error) => crate::executor::chain(&**error),
                other => other.to_string(),
            };
            tracing::error!(error_id = %id, task = %entry.id, name, error, "a task failed");
            words::failed(name, &id)
        }
    };
    Reply::new(content)
}

/// Turns the card into the end of the task. Where its network does not take that, the card says so at least.
async fn finish(context: &Context, entry: &Entry, live: Option<Live>, reply: Reply) {
    let content = reply.content.clone().unwrap_or_default();
    let sent = match &live {
        Some(live) => live.clone().finish(content).await,
        None => {
            // A draft that came after the result would stand there until it fades.
            context.withdraw(entry.id.0);
            context.reply_as(reply).await
        }
    };
    let Err(error) = sent else { return };
    tracing::warn!(task = %entry.id, chat = %context.chat(), %error, "the result of a task was not sent");
    let words = words::unsendable(entry.name.as_str(), &error.kind.to_string());
    let told = match live {
        Some(live) => live.finish(words).await,
        None => context.reply(words).await,
    };
    if let Err(error) = told {
        tracing::debug!(task = %entry.id, %error, "nor could that be said");
    }
}
