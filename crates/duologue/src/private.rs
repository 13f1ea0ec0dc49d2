//! What the macros' code names: paths that work for whoever depends on `duologue` alone. No part of the public API.

use std::time::Duration;

pub use duologue_core::command::{
    Argument, ArgumentKind, ArgumentSpec, ArgumentValue, Arguments, Choice, ChoiceSpec, Command, CommandSpec,
    Order, Rest,
};
pub use duologue_core::task::{PROCESS_FUNCTIONS, ProcessFunction, ProcessLimits, TaskOutput, linkme};
pub use duologue_core::{ButtonValue, Context, HandlerError, IntoReply, Reply, Task, TaskContext, TaskError};
pub use futures_util::future::BoxFuture;
pub use serde;

/// Reads what came into a worker process or out of it.
///
/// # Errors
///
/// When the bytes are not of this type.
pub fn decode<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, TaskError> {
    Ok(postcard::from_bytes(bytes)?)
}

/// Writes what goes into a worker process or out of it.
///
/// # Errors
///
/// When the value cannot be written.
pub fn encode(value: &impl serde::Serialize) -> Result<Vec<u8>, TaskError> {
    Ok(postcard::to_allocvec(value)?)
}

/// Runs the body of `main` on a runtime of its own.
///
/// # Panics
///
/// When the system has no room for a runtime.
pub fn run<T>(body: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("the system has room for a runtime").block_on(body)
}

/// An argument whose values have a least and a most.
#[diagnostic::on_unimplemented(
    message = "`#[range]` is for numbers and durations, not for `{Self}`",
    label = "this has no least and no most",
    note = "a text has a length: `#[length(1..=200)]`"
)]
pub trait Ranged: Argument {
    /// What its bounds are.
    type Bound;

    /// What the argument may be within these bounds.
    fn between(min: Option<Self::Bound>, max: Option<Self::Bound>) -> ArgumentKind;
}

/// An argument that is text.
#[diagnostic::on_unimplemented(
    message = "`#[length]` and `#[rest]` are for texts, not for `{Self}`",
    label = "this is no text",
    note = "a number or a duration has a range: `#[range(1..=100)]`"
)]
pub trait Lengthy: Argument {
    /// What the argument may be with a length within these bounds.
    fn of_length(min: Option<usize>, max: Option<usize>) -> ArgumentKind;

    /// All that follows, up to a length.
    #[must_use]
    fn rest(max: Option<usize>) -> ArgumentKind {
        let longest = match Rest::kind() {
            ArgumentKind::Rest { max } => max,
            _ => usize::MAX,
        };
        ArgumentKind::Rest {
            max: max.map_or(longest, |max| max.min(longest)),
        }
    }
}

macro_rules! ranged {
    ($kind:ident: $wide:ty; $($type:ty),+) => {$(
        impl Ranged for $type {
            type Bound = $type;

            fn between(min: Option<$type>, max: Option<$type>) -> ArgumentKind {
                let ArgumentKind::$kind { min: least, max: most } = <$type as Argument>::kind() else {
                    return <$type as Argument>::kind();
                };
                ArgumentKind::$kind {
                    min: min.and_then(|min| <$wide>::try_from(min).ok()).map_or(least, |min| min.max(least)),
                    max: max.and_then(|max| <$wide>::try_from(max).ok()).map_or(most, |max| max.min(most)),
                }
            }
        }
    )+};
}

ranged!(Integer: i64; u8, u16, u32, u64, usize, i8, i16, i32, i64);
ranged!(Number: f64; f32, f64);
ranged!(Duration: Duration; Duration);

impl<T: Ranged> Ranged for Option<T> {
    type Bound = T::Bound;

    fn between(min: Option<T::Bound>, max: Option<T::Bound>) -> ArgumentKind {
        T::between(min, max)
    }
}

impl Lengthy for String {
    fn of_length(min: Option<usize>, max: Option<usize>) -> ArgumentKind {
        let ArgumentKind::Text {
            min: shortest,
            max: longest,
        } = Self::kind()
        else {
            return Self::kind();
        };
        ArgumentKind::Text {
            min: min.unwrap_or(shortest),
            max: max.map_or(longest, |max| max.min(longest)),
        }
    }
}

impl Lengthy for Rest {
    fn of_length(_min: Option<usize>, max: Option<usize>) -> ArgumentKind {
        Self::rest(max)
    }
}

impl<T: Lengthy> Lengthy for Option<T> {
    fn of_length(min: Option<usize>, max: Option<usize>) -> ArgumentKind {
        T::of_length(min, max)
    }
}
