//! Running text: words, and what is bold, a link and so on. Pure data.

use crate::content::StyledText;
use crate::id::UserId;

/// A piece of running text.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Inline {
    /// Plain words. No character is markup.
    Text(String),
    /// Bold.
    Bold(Vec<Inline>),
    /// Italic.
    Italic(Vec<Inline>),
    /// Underlined.
    Underline(Vec<Inline>),
    /// Struck through.
    Strike(Vec<Inline>),
    /// Hidden until the reader asks for it.
    Spoiler(Vec<Inline>),
    /// Code inside a line.
    Code(String),
    /// Words that lead to an address.
    Link {
        /// What is read.
        inlines: Vec<Inline>,
        /// Where it leads.
        url: String,
    },
    /// A person.
    Mention {
        /// Who, on the network that the content goes to.
        user: UserId,
        /// What stands there where the network shows a name of ours.
        name: String,
    },
    /// Text that came in with styles of its own.
    Styled(StyledText),
}

/// Pieces of running text, from whatever is at hand: a string, one piece, or several.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inlines(pub Vec<Inline>);

impl From<&str> for Inline {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Inline {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Inline>> From<T> for Inlines {
    fn from(inline: T) -> Self {
        Self(vec![inline.into()])
    }
}

impl From<Vec<Inline>> for Inlines {
    fn from(inlines: Vec<Inline>) -> Self {
        Self(inlines)
    }
}

impl<const N: usize> From<[Inline; N]> for Inlines {
    fn from(inlines: [Inline; N]) -> Self {
        Self(inlines.into())
    }
}

/// Plain words.
#[must_use]
pub fn text(words: impl Into<String>) -> Inline {
    Inline::Text(words.into())
}

/// Bold.
#[must_use]
pub fn bold(inlines: impl Into<Inlines>) -> Inline {
    Inline::Bold(inlines.into().0)
}

/// Italic.
#[must_use]
pub fn italic(inlines: impl Into<Inlines>) -> Inline {
    Inline::Italic(inlines.into().0)
}

/// Underlined.
#[must_use]
pub fn underline(inlines: impl Into<Inlines>) -> Inline {
    Inline::Underline(inlines.into().0)
}

/// Struck through.
#[must_use]
pub fn strike(inlines: impl Into<Inlines>) -> Inline {
    Inline::Strike(inlines.into().0)
}

/// Hidden until the reader asks for it.
#[must_use]
pub fn spoiler(inlines: impl Into<Inlines>) -> Inline {
    Inline::Spoiler(inlines.into().0)
}

/// Code inside a line.
#[must_use]
pub fn code(words: impl Into<String>) -> Inline {
    Inline::Code(words.into())
}

/// Words that lead to an address.
#[must_use]
pub fn link(inlines: impl Into<Inlines>, url: impl Into<String>) -> Inline {
    Inline::Link {
        inlines: inlines.into().0,
        url: url.into(),
    }
}

/// A person on the network that the content goes to.
#[must_use]
pub fn mention(user: UserId, name: impl Into<String>) -> Inline {
    Inline::Mention {
        user,
        name: name.into(),
    }
}
