//! Which handler an event goes to. The router owns the handlers of a bot; it is fixed once the engine runs.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use smol_str::SmolStr;

use crate::command::{Command, CommandSpec, Order};
use crate::context::Context;
use crate::event::{ChatKind, CommandCall, CommandInput, Event, EventKind, Message, Stop};
use crate::id::Conversation;
use crate::jobs::{JobContext, JobHandler};
use crate::press::{ButtonAction, ButtonValue, PressTable};
use crate::reply::{HandlerError, IntoReply, Reply};

/// What a handler gives back, in a box.
pub(crate) type Outcome = BoxFuture<'static, Result<Reply, HandlerError>>;

type Handler = Arc<dyn Fn(Context) -> Outcome + Send + Sync>;
pub(crate) type Gate =
    Arc<dyn Fn(Context, bool) -> BoxFuture<'static, Result<Option<Reply>, HandlerError>> + Send + Sync>;
type PressHandler = Arc<dyn Fn(Context, &str) -> Outcome + Send + Sync>;

/// The handlers of a bot.
pub struct Router {
    commands: HashMap<SmolStr, Arc<CommandEntry>>,
    specs: Vec<CommandSpec>,
    presses: HashMap<&'static str, PressEntry>,
    text: Option<Handler>,
    message: Option<Handler>,
    event: Option<Handler>,
    resources: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    jobs: HashMap<&'static str, JobHandler>,
    gate: Option<Gate>,
}

pub(crate) struct CommandEntry {
    pub(crate) spec: CommandSpec,
    pub(crate) command: Box<dyn Command>,
}

#[derive(Clone)]
struct PressEntry {
    handler: PressHandler,
    control: bool,
}

/// Where an event goes.
#[derive(Clone)]
pub(crate) enum Route {
    /// To a command. The call stands in the event, or here where a plain message was one.
    Command(Arc<CommandEntry>, Option<Arc<CommandCall>>),
    /// To nobody: there is no such command.
    UnknownCommand(SmolStr),
    /// To whatever its token stands for, looked up when its turn comes.
    Press { control: bool },
    /// To the task that writes this draft.
    Stop(Stop),
    /// To a handler.
    Handler(Handler),
    /// To nobody.
    Nowhere,
}

impl Default for Router {
    fn default() -> Self {
        Self::new()
    }
}

impl Router {
    /// A router without handlers.
    #[must_use]
    pub fn new() -> Self {
        let mut router = Self {
            commands: HashMap::new(),
            specs: Vec::new(),
            presses: HashMap::new(),
            text: None,
            message: None,
            event: None,
            resources: HashMap::new(),
            jobs: HashMap::new(),
            gate: None,
        };
        router.press(crate::task::pressed);
        router.press(crate::task::start_again);
        router
    }

    /// Adds `/tasks`, which lists a person's tasks, and `/cancel`, which cancels one.
    pub fn task_commands(&mut self) {
        self.command(crate::task::ListTasks);
        self.command(crate::task::CancelTasks);
    }

    /// Adds a command. Of two with one name the first stays, and the check at start reports the second.
    pub fn command(&mut self, command: impl Command) {
        let spec = command.spec();
        self.specs.push(spec.clone());
        self.commands.entry(spec.name.clone()).or_insert_with(|| {
            Arc::new(CommandEntry {
                spec,
                command: Box::new(command),
            })
        });
    }

    /// Adds the handler of buttons that carry a value of this type.
    pub fn press<T, F, Fut>(&mut self, handler: F)
    where
        T: ButtonValue,
        F: Fn(Context, T) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoReply> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let handler: PressHandler = Arc::new(move |context, json| match serde_json::from_str(json) {
            Ok(value) => {
                let handler = Arc::clone(&handler);
                async move { handler(context, value).await.into_reply() }.boxed()
            }
            // The type has changed since the button was sent.
            Err(_) => async { Err(HandlerError::say(crate::words::expired())) }.boxed(),
        });
        self.presses.insert(
            T::NAME,
            PressEntry {
                handler,
                control: T::CONTROL,
            },
        );
    }

    /// Sets the handler of text that speaks to the bot and is no command: in private chats all, in groups what
    /// mentions or answers the bot.
    pub fn text<F, Fut>(&mut self, handler: F)
    where
        F: Fn(Context, Message) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoReply> + Send + 'static,
    {
        self.text = Some(message_handler(handler));
    }

    /// Sets the handler of all messages in groups that do not speak to the bot. Some networks ask for a right to read
    /// them.
    pub fn message<F, Fut>(&mut self, handler: F)
    where
        F: Fn(Context, Message) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoReply> + Send + 'static,
    {
        self.message = Some(message_handler(handler));
    }

    /// Sets the handler of everything else: edits, reactions, members, and what this version has no words for.
    pub fn event<F, Fut>(&mut self, handler: F)
    where
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoReply> + Send + 'static,
    {
        let handler = Arc::new(handler);
        self.event = Some(Arc::new(move |context| {
            let handler = Arc::clone(&handler);
            async move { handler(context).await.into_reply() }.boxed()
        }));
    }

    /// Keeps a value for all handlers, such as a client or a pool of connections: [`Context::resource`] gives it by its
    /// type. Of two of one type the last stays.
    pub fn resource<T: Send + Sync + 'static>(&mut self, value: T) {
        self.resources.insert(TypeId::of::<T>(), Arc::new(value));
    }

    /// Sets the handler of jobs of a name: what [`Context::schedule`] was asked for, when it is due. It runs beside all
    /// conversations.
    pub fn job<F, Fut>(&mut self, name: &'static str, handler: F)
    where
        F: Fn(JobContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), HandlerError>> + Send + 'static,
    {
        self.jobs
            .insert(name, Arc::new(move |context| handler(context).boxed()));
    }

    /// Sets what is asked before any handler runs: `None` lets the event through, a reply is given instead of the
    /// handler's, and [`Reply::none`] keeps the event out without a word. It is also told whether the event goes past the
    /// queue of its conversation. It writes nothing but what it hands to the store itself. What nobody handles is not asked
    /// about.
    pub fn gate<F, Fut>(&mut self, gate: F)
    where
        F: Fn(Context, bool) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<Reply>, HandlerError>> + Send + 'static,
    {
        self.gate = Some(Arc::new(move |context, control| gate(context, control).boxed()));
    }

    pub(crate) fn find_gate(&self) -> Option<&Gate> {
        self.gate.as_ref()
    }

    pub(crate) fn job_handler(&self, name: &str) -> Option<JobHandler> {
        self.jobs.get(name).map(Arc::clone)
    }

    pub(crate) fn find_resource<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        Arc::clone(self.resources.get(&TypeId::of::<T>())?)
            .downcast()
            .ok()
    }

    /// The commands, in the order they were added.
    #[must_use]
    pub fn specs(&self) -> &[CommandSpec] {
        &self.specs
    }

    /// Whether any handler wants messages that do not speak to the bot.
    #[must_use]
    pub fn wants_all_text(&self) -> bool {
        self.message.is_some()
    }

    pub(crate) fn entry(&self, name: &str) -> Option<&Arc<CommandEntry>> {
        self.commands.get(name)
    }

    /// Where an event goes.
    pub(crate) fn route(&self, event: &Event, presses: &PressTable) -> Route {
        match &event.kind {
            EventKind::Command(call) => self.command_route(call),
            EventKind::Press(press) => {
                let control = match presses.peek(&press.token) {
                    Some(ButtonAction::Value(call)) => self
                        .presses
                        .get(call.name.as_str())
                        .is_some_and(|entry| entry.control),
                    Some(ButtonAction::Command { name, .. }) => {
                        self.entry(&name).is_some_and(|entry| entry.spec.control)
                    }
                    _ => false,
                };
                Route::Press { control }
            }
            EventKind::Stop(stop) => Route::Stop(*stop),
            EventKind::Message(message) => self.message_route(event, message),
            _ => handler_route(self.event.as_ref()),
        }
    }

    fn command_route(&self, call: &CommandCall) -> Route {
        match self.entry(&call.name) {
            Some(entry) => Route::Command(Arc::clone(entry), None),
            None => Route::UnknownCommand(call.name.clone()),
        }
    }

    fn message_route(&self, event: &Event, message: &Message) -> Route {
        if event.user.as_ref().is_some_and(|user| user.bot) {
            return Route::Nowhere;
        }
        if event.chat_kind == ChatKind::Private || message.addressed {
            // A slash command that was typed as plain text, where the network has its own way to give one.
            if let Some(call) = typed_command(message)
                && let Some(entry) = self.entry(&call.name)
            {
                return Route::Command(Arc::clone(entry), Some(Arc::new(call)));
            }
            return handler_route(self.text.as_ref());
        }
        handler_route(self.message.as_ref())
    }

    /// Runs what a button of this value does.
    pub(crate) fn press_value(&self, context: Context, name: &str, json: &str) -> Outcome {
        match self.presses.get(name) {
            Some(entry) => (entry.handler)(context, json),
            None => async { Err(HandlerError::say(crate::words::expired())) }.boxed(),
        }
    }

    /// The names nearest to a mistyped one, the best first.
    #[must_use]
    pub fn nearest(&self, name: &str) -> Vec<&str> {
        let mut near: Vec<(usize, &str)> = self
            .specs
            .iter()
            .filter(|spec| !spec.hidden)
            .map(|spec| (distance(name, &spec.name), spec.name.as_str()))
            .filter(|(distance, candidate)| *distance <= 2 && *distance < candidate.chars().count())
            .collect();
        near.sort_unstable();
        near.into_iter().take(2).map(|(_, name)| name).collect()
    }
}

impl Route {
    /// Whether it goes past the queue of its conversation.
    pub(crate) fn control(&self) -> bool {
        match self {
            Self::Command(entry, _) => entry.spec.control,
            Self::Press { control } => *control,
            Self::Stop(_) => true,
            _ => false,
        }
    }

    /// In which order it is handled.
    pub(crate) fn conversation(&self, event: &Event) -> Conversation {
        let whole = event.chat_kind == ChatKind::Private
            || matches!(self, Self::Command(entry, _) if entry.spec.order == Order::Chat);
        let user = if whole {
            None
        } else {
            event.user.as_ref().map(|user| user.id.clone())
        };
        Conversation {
            chat: event.chat.clone(),
            user,
        }
    }
}

fn handler_route(handler: Option<&Handler>) -> Route {
    handler.map_or(Route::Nowhere, |handler| Route::Handler(Arc::clone(handler)))
}

fn message_handler<F, Fut>(handler: F) -> Handler
where
    F: Fn(Context, Message) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: IntoReply> + Send + 'static,
{
    let handler = Arc::new(handler);
    Arc::new(move |context: Context| {
        let message = match &context.event().kind {
            EventKind::Message(message) => message.clone(),
            _ => Message::default(),
        };
        let handler = Arc::clone(&handler);
        async move { handler(context, message).await.into_reply() }.boxed()
    })
}

fn typed_command(message: &Message) -> Option<CommandCall> {
    let text = &message.text.text;
    let rest = text.strip_prefix('/')?;
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let behind = 1 + end;
    let start = behind + (text[behind..].len() - text[behind..].trim_start().len());
    Some(CommandCall {
        name: SmolStr::new(rest[..end].to_lowercase()),
        input: CommandInput::Text(message.text.slice(start..text.len())),
        attachments: message.attachments.clone(),
        message: message.id.clone(),
        replies_to: message.replies_to.clone(),
        group: message.group.clone(),
    })
}

/// How many letters must be changed, added, taken away or swapped with their neighbour.
fn distance(one: &str, other: &str) -> usize {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    let mut rows = vec![(0..=other.len()).collect::<Vec<usize>>()];
    for i in 1..=one.len() {
        let mut row = vec![i];
        for j in 1..=other.len() {
            let cost = usize::from(one[i - 1] != other[j - 1]);
            let mut best = (rows[i - 1][j] + 1)
                .min(row[j - 1] + 1)
                .min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn a_swap_of_neighbours_is_one_step() {
        assert_eq!(distance("rlol", "roll"), 1);
        assert_eq!(distance("help", "help"), 0);
        assert_eq!(distance("pimg", "ping"), 1);
    }
}
