//! Commands: what they are called, what they take, and what runs them. Pure data and traits; the router owns the
//! commands of a bot.

mod argument;
mod check;
mod parse;

pub use self::argument::{Argument, ArgumentError, ArgumentValue, Arguments, Choice, Rest};
pub use self::check::{Problem, check};
pub use self::parse::{UsageError, parse, parse_duration};

use std::time::Duration;

use futures_util::future::BoxFuture;
use smol_str::SmolStr;

use crate::context::Context;
use crate::reply::{HandlerError, Reply};

/// What a command is called and what it takes. One description serves every network.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandSpec {
    /// The name, without a prefix.
    pub name: SmolStr,
    /// What it does, in one line: the first line of the doc comment.
    pub description: SmolStr,
    /// Everything else the doc comment says, for the detailed help.
    pub help: String,
    /// Arguments of a call that works, as one would type them, for the detailed help. Empty where nobody wrote one.
    pub example: String,
    /// What it takes, required arguments first.
    pub arguments: Vec<ArgumentSpec>,
    /// In which order its calls are handled.
    pub order: Order,
    /// Whether it goes past the queue of its conversation: for stopping and asking how things stand. Such a handler
    /// must be quick.
    pub control: bool,
    /// Whether its answers are for the one who asked alone, where the network can.
    pub ephemeral: bool,
    /// Whether it is left out of menus and help.
    pub hidden: bool,
}

/// In which order the calls of a command are handled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// In order for one person in a chat; several people in a group go side by side.
    #[default]
    Conversation,
    /// In order for the whole chat.
    Chat,
}

/// One argument of a command.
#[derive(Clone, Debug, PartialEq)]
pub struct ArgumentSpec {
    /// Its name.
    pub name: SmolStr,
    /// What it is for.
    pub description: SmolStr,
    /// What it may be.
    pub kind: ArgumentKind,
    /// Whether it must be there.
    pub required: bool,
}

/// What an argument may be.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ArgumentKind {
    /// A whole number within bounds, both included.
    Integer {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// A number within bounds, both included.
    Number {
        /// The least.
        min: f64,
        /// The most.
        max: f64,
    },
    /// One word, or several in quotation marks; lengths in characters.
    Text {
        /// The shortest.
        min: usize,
        /// The longest.
        max: usize,
    },
    /// All that follows; the length in characters.
    Rest {
        /// The longest.
        max: usize,
    },
    /// Yes or no.
    Bool,
    /// One of a few values.
    Choice(Vec<ChoiceSpec>),
    /// A length of time, such as `90s` or `1h30m`, within bounds, both included.
    Duration {
        /// The shortest.
        min: Duration,
        /// The longest.
        max: Duration,
    },
    /// A person.
    User,
    /// A file that comes with the command.
    Attachment,
}

/// One of the values of a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChoiceSpec {
    /// What travels and what one types.
    pub value: SmolStr,
    /// What is shown.
    pub label: SmolStr,
}

impl CommandSpec {
    /// A command without arguments.
    #[must_use]
    pub fn new(name: impl Into<SmolStr>, description: impl Into<SmolStr>) -> Self {
        Self {
            name: name.into(),
            description: description.into(),
            help: String::new(),
            example: String::new(),
            arguments: Vec::new(),
            order: Order::default(),
            control: false,
            ephemeral: false,
            hidden: false,
        }
    }

    /// How to call it, such as `/roll <dice> [sides]`.
    #[must_use]
    pub fn usage(&self) -> String {
        let mut usage = format!("/{}", self.name);
        for argument in &self.arguments {
            let (open, close) = if argument.required { ('<', '>') } else { ('[', ']') };
            usage.push(' ');
            usage.push(open);
            usage.push_str(&argument.name);
            if matches!(argument.kind, ArgumentKind::Rest { .. }) {
                usage.push('…');
            }
            usage.push(close);
        }
        usage
    }
}

impl ArgumentKind {
    /// What may stand there, in words for a person: `a whole number from 1 to 100`.
    #[must_use]
    pub fn expects(&self) -> String {
        crate::words::expects(self)
    }
}
/// A command that can be called. `#[command]` writes this for a function.
pub trait Command: Send + Sync + 'static {
    /// What it is called and what it takes.
    fn spec(&self) -> CommandSpec;

    /// Runs it. The arguments were checked against the spec.
    fn call(&self, context: Context, arguments: Arguments)
    -> BoxFuture<'static, Result<Reply, HandlerError>>;
}
