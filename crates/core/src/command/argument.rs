//! The values of arguments, and the Rust types that take them. Pure conversions.

use std::time::Duration;

use crate::command::{ArgumentKind, ChoiceSpec};
use crate::content::StyledText;
use crate::event::{Attachment, User};

/// The longest text of an argument, in characters: no network lets a command be longer.
const LONGEST_TEXT: usize = 6000;

/// The largest whole number that both a slash command's option and a `f64` hold exactly.
const LARGEST_INTEGER: i64 = (1 << 53) - 1;

/// A checked value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ArgumentValue {
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// Text, with the styles it came with.
    Text(StyledText),
    /// Yes or no.
    Bool(bool),
    /// The value of a choice.
    Choice(smol_str::SmolStr),
    /// A length of time.
    Duration(Duration),
    /// A person. Where a network's text names people by handle alone, the id is `@handle`.
    User(User),
    /// A file.
    Attachment(Box<Attachment>),
}

/// The checked values of a call, by position.
#[derive(Clone, Debug, Default)]
pub struct Arguments(pub(crate) Vec<Option<ArgumentValue>>);

/// A value did not fit the type that the handler asks for: the spec and the type disagree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("argument {index} does not fit its type")]
pub struct ArgumentError {
    /// The argument's position, from 0.
    pub index: usize,
}

impl Arguments {
    /// The values in the order of the spec; for tests that call a command by hand.
    #[must_use]
    pub fn new(values: Vec<Option<ArgumentValue>>) -> Self {
        Self(values)
    }

    /// Takes the checked value at a position as it is.
    pub fn take_value(&mut self, index: usize) -> Option<ArgumentValue> {
        self.0.get_mut(index).and_then(Option::take)
    }

    /// Takes the value at a position.
    ///
    /// # Errors
    ///
    /// When the value is not of this type, or is missing where it is required.
    pub fn take<T: Argument>(&mut self, index: usize) -> Result<T, ArgumentError> {
        let value = self.take_value(index);
        T::from_value(value).ok_or(ArgumentError { index })
    }
}

/// A Rust type that an argument can have.
pub trait Argument: Sized {
    /// Whether the argument must be there.
    const REQUIRED: bool = true;

    /// What the argument may be, before bounds of its own are set.
    fn kind() -> ArgumentKind;

    /// Makes it from a checked value; `None` where it does not fit.
    fn from_value(value: Option<ArgumentValue>) -> Option<Self>;
}

/// An enum whose values a person chooses from. `#[derive(Choice)]` writes this.
pub trait Choice: Sized {
    /// The values with what is shown for them.
    fn choices() -> Vec<ChoiceSpec>;

    /// The value with this name.
    fn from_name(name: &str) -> Option<Self>;
}

/// All that follows in a text command, with its styles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rest(pub StyledText);

macro_rules! integers {
    ($($type:ty),+) => {$(
        impl Argument for $type {
            fn kind() -> ArgumentKind {
                ArgumentKind::Integer {
                    min: i64::try_from(<$type>::MIN).unwrap_or(-LARGEST_INTEGER).max(-LARGEST_INTEGER),
                    max: i64::try_from(<$type>::MAX).unwrap_or(LARGEST_INTEGER).min(LARGEST_INTEGER),
                }
            }

            fn from_value(value: Option<ArgumentValue>) -> Option<Self> {
                match value? {
                    ArgumentValue::Integer(number) => number.try_into().ok(),
                    _ => None,
                }
            }
        }
    )+};
}

integers!(u8, u16, u32, u64, usize, i8, i16, i32, i64);

impl Argument for f64 {
    fn kind() -> ArgumentKind {
        ArgumentKind::Number {
            min: f64::MIN,
            max: f64::MAX,
        }
    }

    fn from_value(value: Option<ArgumentValue>) -> Option<Self> {
        match value? {
            ArgumentValue::Number(number) => Some(number),
            _ => None,
        }
    }
}

impl Argument for f32 {
    fn kind() -> ArgumentKind {
        ArgumentKind::Number {
            min: f64::from(f32::MIN),
            max: f64::from(f32::MAX),
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "an f32 asks for an f32's precision"
    )]
    fn from_value(value: Option<ArgumentValue>) -> Option<Self> {
        match value? {
            ArgumentValue::Number(number) => Some(number as Self),
            _ => None,
        }
    }
}

impl Argument for String {
    fn kind() -> ArgumentKind {
        ArgumentKind::Text {
            min: 1,
            max: LONGEST_TEXT,
        }
    }

    fn from_value(value: Option<ArgumentValue>) -> Option<Self> {
        match value? {
            ArgumentValue::Text(text) => Some(text.text),
            _ => None,
        }
    }
}

impl Argument for Rest {
    fn kind() -> ArgumentKind {
        ArgumentKind::Rest { max: LONGEST_TEXT }
    }

    fn from_value(value: Option<ArgumentValue>) -> Option<Self> {
        match value? {
            ArgumentValue::Text(text) => Some(Self(text)),
            _ => None,
        }
    }
}

impl Argument for bool {
    fn kind() -> ArgumentKind {
        ArgumentKind::Bool
    }

    fn from_value(value: Option<ArgumentValue>) -> Option<Self> {
        match value? {
            ArgumentValue::Bool(yes) => Some(yes),
            _ => None,
        }
    }
}

impl Argument for Duration {
    fn kind() -> ArgumentKind {
        ArgumentKind::Duration {
            min: Self::ZERO,
            max: Self::from_secs(366 * 24 * 3600),
        }
    }

    fn from_value(value: Option<ArgumentValue>) -> Option<Self> {
        match value? {
            ArgumentValue::Duration(duration) => Some(duration),
            _ => None,
        }
    }
}

impl Argument for User {
    fn kind() -> ArgumentKind {
        ArgumentKind::User
    }

    fn from_value(value: Option<ArgumentValue>) -> Option<Self> {
        match value? {
            ArgumentValue::User(user) => Some(user),
            _ => None,
        }
    }
}

impl Argument for Attachment {
    fn kind() -> ArgumentKind {
        ArgumentKind::Attachment
    }

    fn from_value(value: Option<ArgumentValue>) -> Option<Self> {
        match value? {
            ArgumentValue::Attachment(attachment) => Some(*attachment),
            _ => None,
        }
    }
}

impl<T: Argument> Argument for Option<T> {
    const REQUIRED: bool = false;

    fn kind() -> ArgumentKind {
        T::kind()
    }

    fn from_value(value: Option<ArgumentValue>) -> Option<Self> {
        match value {
            None => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}
