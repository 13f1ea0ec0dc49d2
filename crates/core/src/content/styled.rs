//! Text with styles by position: the flat form between the tree and a network's markup. Pure data.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::content::Inline;
use crate::id::UserId;

/// Text and what parts of it look like. Positions are bytes of UTF-8 and stand on character borders; adapters count
/// in their network's own units.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StyledText {
    /// The words.
    pub text: String,
    /// The styles, by where they start; an outer one stands before the ones inside it.
    pub spans: Vec<Span>,
}

/// A stretch of text in one style.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// Which bytes of the text.
    pub range: Range<usize>,
    /// What they look like.
    pub style: Style,
}

/// What a stretch of text looks like or means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Style {
    /// Bold.
    Bold,
    /// Italic.
    Italic,
    /// Underlined.
    Underline,
    /// Struck through.
    Strike,
    /// Hidden until asked for.
    Spoiler,
    /// Code inside a line.
    Code,
    /// Lines of code, with their language.
    CodeBlock(Option<SmolStr>),
    /// A heading.
    Heading,
    /// Somebody else's words.
    Quote,
    /// An address behind the words.
    Link(String),
    /// A person.
    Mention(UserId),
}

impl StyledText {
    /// Text without any style.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            spans: Vec::new(),
        }
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Adds plain words.
    pub fn push_str(&mut self, words: &str) {
        self.text.push_str(words);
    }

    /// Adds other text with its styles.
    pub fn push(&mut self, other: &Self) {
        let offset = self.text.len();
        self.text.push_str(&other.text);
        self.spans.extend(other.spans.iter().map(|span| Span {
            range: span.range.start + offset..span.range.end + offset,
            style: span.style.clone(),
        }));
    }

    /// What `add` adds gets a style. Nothing added leaves no style behind.
    pub fn styled(&mut self, style: Style, add: impl FnOnce(&mut Self)) {
        let (start, place) = (self.text.len(), self.spans.len());
        add(self);
        if self.text.len() > start {
            self.spans.insert(
                place,
                Span {
                    range: start..self.text.len(),
                    style,
                },
            );
        }
    }

    /// Adds running text.
    pub(crate) fn push_inlines(&mut self, inlines: &[Inline]) {
        for inline in inlines {
            self.push_inline(inline);
        }
    }

    fn push_inline(&mut self, inline: &Inline) {
        match inline {
            Inline::Text(words) => self.push_str(words),
            Inline::Bold(inner) => self.styled(Style::Bold, |styled| styled.push_inlines(inner)),
            Inline::Italic(inner) => self.styled(Style::Italic, |styled| styled.push_inlines(inner)),
            Inline::Underline(inner) => self.styled(Style::Underline, |styled| styled.push_inlines(inner)),
            Inline::Strike(inner) => self.styled(Style::Strike, |styled| styled.push_inlines(inner)),
            Inline::Spoiler(inner) => self.styled(Style::Spoiler, |styled| styled.push_inlines(inner)),
            Inline::Code(words) => self.styled(Style::Code, |styled| styled.push_str(words)),
            Inline::Link { inlines, url } => {
                self.styled(Style::Link(url.clone()), |styled| styled.push_inlines(inlines));
            }
            Inline::Mention { user, name } => {
                self.styled(Style::Mention(user.clone()), |styled| styled.push_str(name));
            }
            Inline::Styled(other) => self.push(other),
        }
    }

    /// A stretch of it, with the styles cut to fit.
    ///
    /// # Panics
    ///
    /// When the range does not stand on character borders.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let spans = self.spans.iter().filter_map(|span| {
            let start = span.range.start.max(range.start);
            let end = span.range.end.min(range.end);
            (start < end).then(|| Span {
                range: start - range.start..end - range.start,
                style: span.style.clone(),
            })
        });
        Self {
            text: self.text[range.clone()].to_owned(),
            spans: spans.collect(),
        }
    }

    /// The length in UTF-16 code units, as the networks count.
    #[must_use]
    pub fn utf16_len(&self) -> usize {
        utf16_len(&self.text)
    }
}

/// The length of a text in UTF-16 code units.
#[must_use]
pub(crate) fn utf16_len(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.chars().map(char::len_utf16).sum()
    }
}
