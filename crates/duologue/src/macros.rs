//! The macros with their reference. Owns nothing: `duologue-macros` writes the code.

#[expect(unused_imports, reason = "the reference names them")]
use crate::{App, Argument, Attachment, Context, Rest, TaskContext, User};

/// Makes a command of an async function.
///
/// The function's name becomes a value for [`App::command`]. The function itself stays callable as `name::run`.
///
/// ```
/// use duologue::prelude::*;
///
/// /// Roll some dice.
/// ///
/// /// All that follows the first paragraph is for the detailed help.
/// #[command]
/// async fn roll(
///     ctx: Context,
///     /// how many to throw
///     #[range(1..=100)]
///     dice: u8,
///     sides: Option<Sides>,
/// ) -> Reply {
///     # let _ = (ctx, sides);
///     Reply::new(format!("{dice} dice"))
/// }
///
/// #[derive(Choice)]
/// enum Sides { D6, D20 }
///
/// # use duologue::Command;
/// assert_eq!(roll.spec().usage(), "/roll <dice> [sides]");
/// ```
///
/// | on the command | |
/// |---|---|
/// | doc comment | its first paragraph is the description, the rest the detailed help |
/// | `name = "..."` | another name than the function's |
/// | `description = "..."` | instead of the doc comment's first paragraph |
/// | `example = "3 d20"` | arguments of a call that works, for the detailed help |
/// | `order = "chat"` | in order for the whole chat; else for one person in it |
/// | `control` | past the queue of its conversation: for stopping and asking how things stand; it must be quick |
/// | `ephemeral` | its answers are for the one who asked alone, where the network can |
/// | `hidden` | it is in no menu and no help |
///
/// A first parameter of type [`Context`] is the context; a command can do without. Each other parameter is an argument,
/// of a type that is an [`Argument`]: whole numbers, `f32` and `f64`, `bool`, [`String`] (one word, or several in
/// quotation marks), [`Rest`] (all that follows), [`Duration`](std::time::Duration), [`User`], [`Attachment`], an enum
/// with [`Choice`](crate::Choice), and an [`Option`] of these for what may be left out.
///
/// | on an argument | |
/// |---|---|
/// | doc comment | its description; else its name |
/// | `#[range(1..=100)]`, `#[range("1s"..="10m")]`, `#[range(min = 0.5)]` | bounds of a number or a duration, both included |
/// | `#[length(2..=20)]` | bounds of a text's length, in characters |
/// | `#[rest]` | a `String` that takes all that follows |
/// | `#[name = "..."]` | another name than the parameter's |
///
/// ```
/// use duologue::prelude::*;
/// use duologue::{ArgumentKind, Command};
///
/// /// Be reminded.
/// #[command(name = "remind", ephemeral)]
/// async fn remind_me(
///     #[range("1s"..="24h")] after: Duration,
///     #[rest]
///     #[length(..=200)]
///     words: String,
/// ) -> String {
///     format!("{words} in {after:?}")
/// }
///
/// assert_eq!(remind_me.spec().usage(), "/remind <after> <words…>");
/// assert_eq!(remind_me.spec().arguments[1].kind, ArgumentKind::Rest { max: 200 });
/// ```
///
/// # What does not compile
///
/// Each of these is an error at its place, in words that say what to do. A function that does not wait
/// (`write async fn`):
///
/// ```compile_fail
/// # use duologue::prelude::*;
/// /// Roll some dice.
/// #[command]
/// fn roll() {}
/// ```
///
/// A function without a description (`write a doc comment above it`):
///
/// ```compile_fail
/// # use duologue::prelude::*;
/// #[command]
/// async fn roll() {}
/// ```
///
/// A required argument behind an optional one (`put it before, or make it an Option`):
///
/// ```compile_fail
/// # use duologue::prelude::*;
/// /// Roll some dice.
/// #[command]
/// async fn roll(dice: Option<u8>, sides: u8) {}
/// ```
///
/// Something behind what takes all that follows (`put it last`):
///
/// ```compile_fail
/// # use duologue::prelude::*;
/// /// Say it again.
/// #[command]
/// async fn say(words: Rest, times: u8) {}
/// ```
///
/// A range of a text (`#[range] is for numbers and durations`):
///
/// ```compile_fail
/// # use duologue::prelude::*;
/// /// Say it again.
/// #[command]
/// async fn say(#[range(1..=2)] words: String) {}
/// ```
///
/// A bound that its type cannot have (`literal out of range for u8`):
///
/// ```compile_fail
/// # use duologue::prelude::*;
/// /// Roll some dice.
/// #[command]
/// async fn roll(#[range(1..=1000)] dice: u8) {}
/// ```
///
/// A type that nobody can type (`the trait Argument is not implemented`):
///
/// ```compile_fail
/// # use duologue::prelude::*;
/// /// Roll some dice.
/// #[command]
/// async fn roll(dice: std::net::TcpStream) {}
/// ```
///
/// A key that does not exist (`there are name, description, example, order, control, ephemeral and hidden`):
///
/// ```compile_fail
/// # use duologue::prelude::*;
/// /// Roll some dice.
/// #[command(title = "dice")]
/// async fn roll() {}
/// ```
pub use duologue_macros::command;

/// Makes the variants of an enum the choices of an argument.
///
/// What a person types and what travels is the variant's name in lower case with dashes. What is shown is the doc
/// comment, else the name in words.
///
/// ```
/// use duologue::prelude::*;
/// use duologue::Choice;
///
/// #[derive(Choice)]
/// enum Wine {
///     /// Red, from the cellar
///     Red,
///     #[choice("White, cold")]
///     White,
///     #[choice(name = "none", label = "No wine, thank you")]
///     Abstain,
///     HouseWine,
/// }
///
/// let choices: Vec<_> = Wine::choices().into_iter().map(|choice| (choice.value, choice.label)).collect();
/// assert_eq!(choices[0], ("red".into(), "Red, from the cellar".into()));
/// assert_eq!(choices[1], ("white".into(), "White, cold".into()));
/// assert_eq!(choices[2], ("none".into(), "No wine, thank you".into()));
/// assert_eq!(choices[3], ("house-wine".into(), "House wine".into()));
/// ```
///
/// A variant with fields is no choice (`a person chooses the variant alone`):
///
/// ```compile_fail
/// # use duologue::prelude::*;
/// #[derive(Choice)]
/// enum Wine { Year(u16) }
/// ```
pub use duologue_macros::Choice;

/// Lets buttons carry a type's values, to the handler that [`App::press`] was given.
///
/// The type's fields are written and read by `serde`, whose attributes work on them; the derive brings that along.
/// `#[button(own_serde)]` is for a type that has `Serialize` and `Deserialize` already.
///
/// `#[button(control)]` lets the press go past the queue of its conversation, for stopping what runs. The handler is
/// found by the type's name in lower case; `#[button(name = "...")]` sets another. Buttons that are out there need it
/// to stay as it is.
///
/// ```
/// use duologue::prelude::*;
/// use duologue::ButtonValue;
///
/// #[derive(Button)]
/// #[button(name = "halt", control)]
/// struct StopTask {
///     task: u64,
///     #[serde(default)]
///     why: Option<String>,
/// }
///
/// assert_eq!(StopTask::NAME, "halt");
/// assert_eq!(ButtonCall::new(&StopTask { task: 7, why: None })?.json, r#"{"task":7,"why":null}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A generic type cannot be found by one name (`a button's type cannot be generic`):
///
/// ```compile_fail
/// # use duologue::prelude::*;
/// #[derive(Button)]
/// struct Stop<T> { what: T }
/// ```
pub use duologue_macros::Button;

/// Makes a task of a function: work that can be started beside the conversation, in the lane that is asked for.
///
/// The function stays as it is; `name::task(...)` makes the task with its arguments, for [`Context::start`] or as the
/// child of another task by [`TaskContext::run`].
///
/// ```
/// use duologue::prelude::*;
///
/// /// Add numbers.
/// #[task(lane = "process", deadline = "30s")]
/// fn sum(task: &TaskContext, numbers: Vec<u64>) -> Result<u64, TaskError> {
///     task.unit(Unit::named("numbers"));
///     let mut sum = 0;
///     for (done, number) in numbers.iter().enumerate() {
///         sum += number;
///         task.progress(done as u64 + 1, numbers.len() as u64);
///     }
///     Ok(sum)
/// }
///
/// /// Add some numbers
/// #[command]
/// async fn add(ctx: Context, one: u64, other: u64) -> Result<(), HandlerError> {
///     ctx.start(sum::task(vec![one, other]).map(|sum| format!("It is {sum}.")))?;
///     Ok(())
/// }
/// ```
///
/// | lane | the function | for |
/// |---|---|---|
/// | `"async"` | `async fn`, with [`TaskContext`] | waiting: downloads, calls, timers |
/// | `"blocking"` | `fn`, with `&TaskContext` | short blocking work, files |
/// | `"process"` | `fn`, with `&TaskContext`; arguments and result are written by `serde` | much computing, untrusted input |
///
/// Without a lane an `async fn` is of the async lane, a plain `fn` of the blocking one. The context may be left out. The
/// function returns a `Result`.
///
/// | key | |
/// |---|---|
/// | `name = "..."` | what people see; else the first line of the doc comment |
/// | `weight = 2` | it counts as so many tasks where a limit or a turn in the line is concerned |
/// | `memory = "64 MiB"` | what it needs in the bot's own process; not for the process lane |
/// | `deadline = "90s"` | the longest that it may run |
/// | `processor = "30s"` | the time on the processor that it may use; for the process lane |
/// | `output = "8 MiB"` | the longest result; for the process lane |
///
/// A task of the process lane can take references, as its arguments are written down anyway; the other lanes own theirs.
///
/// A worker process is this very program. Its `main` has to begin with [`main`](macro@crate::main).
pub use duologue_macros::task;

/// Makes an async function the entry of a bot: it runs on a runtime of its own, with a thread for each processor.
///
/// Before that it is the entry of the bot's worker processes, for tasks of the process lane. Who writes a `main` of
/// their own calls [`serve_if_asked`](crate::serve_if_asked) as its first thing.
///
/// ```no_run
/// use duologue::prelude::*;
///
/// #[duologue::main]
/// async fn main() -> duologue::Result {
///     App::from_env()?.run().await
/// }
/// ```
pub use duologue_macros::main;
