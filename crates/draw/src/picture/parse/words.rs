//! A line as words: texts in quotes are one word. Owns the place in the line.

use crate::picture::parse::{Expected, ParseError, numbers};

/// Quotes that begin a text with those that end it. Phones change the plain ones into others.
const QUOTES: [(char, &[char]); 6] = [
    ('"', &['"']),
    ('“', &['”', '“', '"']),
    ('„', &['“', '”', '"']),
    ('«', &['»']),
    ('‘', &['’']),
    ('\'', &['\'']),
];

/// A word and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word<'a> {
    pub(super) text: std::borrow::Cow<'a, str>,
    at: usize,
    quoted: bool,
}

impl Word<'_> {
    pub(super) fn lower(&self) -> String {
        self.text.to_lowercase()
    }

    pub(super) fn wrong(&self, operation: &str, expected: Expected) -> ParseError {
        ParseError {
            word: self.text.to_string(),
            at: self.at,
            operation: operation.to_owned(),
            expected,
        }
    }
}

/// The words of a line, one after the other.
pub(super) struct Words<'a> {
    line: &'a str,
    words: Vec<Word<'a>>,
    next: usize,
}

impl<'a> Words<'a> {
    pub(super) fn of(line: &'a str) -> Result<Self, ParseError> {
        let mut words = Vec::new();
        let mut rest = line;
        loop {
            rest = rest.trim_start_matches(|letter: char| {
                letter.is_whitespace() || matches!(letter, ',' | ';' | '|')
            });
            let Some(first) = rest.chars().next() else {
                break;
            };
            let at = line.len() - rest.len();
            if let Some((_, closing)) = QUOTES.iter().find(|(opening, _)| *opening == first) {
                let (text, after) = quoted(&rest[first.len_utf8()..], closing).ok_or_else(|| ParseError {
                    word: rest.to_owned(),
                    at,
                    operation: String::new(),
                    expected: Expected::ClosingQuote,
                })?;
                words.push(Word {
                    text: text.into(),
                    at,
                    quoted: true,
                });
                rest = after;
            } else {
                let end = rest.find(|letter: char| letter.is_whitespace() || matches!(letter, ';' | '|'));
                let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
                words.push(Word {
                    text: word.trim_end_matches(',').into(),
                    at,
                    quoted: false,
                });
                rest = after;
            }
        }
        Ok(Self { line, words, next: 0 })
    }

    pub(super) fn next(&mut self) -> Option<Word<'a>> {
        let word = self.words.get(self.next).cloned()?;
        self.next += 1;
        Some(word)
    }

    pub(super) fn needed(&mut self, operation: &str, expected: Expected) -> Result<Word<'a>, ParseError> {
        self.next().ok_or_else(|| self.missing(operation, expected))
    }

    /// The error of a line that ends too early.
    pub(super) fn missing(&self, operation: &str, expected: Expected) -> ParseError {
        ParseError {
            word: String::new(),
            at: self.line.len(),
            operation: operation.to_owned(),
            expected,
        }
    }

    /// Goes past a word if it is the next one.
    pub(super) fn skip(&mut self, word: &str) -> bool {
        let found = self
            .words
            .get(self.next)
            .is_some_and(|next| !next.quoted && next.lower() == word);
        self.next += usize::from(found);
        found
    }

    pub(super) fn number(&mut self, operation: &str) -> Result<f32, ParseError> {
        let word = self.needed(operation, Expected::Number)?;
        numbers::number(&word.text).ok_or_else(|| word.wrong(operation, Expected::Number))
    }

    pub(super) fn number_if_any(&mut self) -> Option<f32> {
        let number = numbers::number(&self.words.get(self.next)?.text)?;
        self.next += 1;
        Some(number)
    }

    /// A text: in quotes, or all that is left of the line.
    pub(super) fn text(&mut self) -> Option<String> {
        let word = self.next()?;
        if word.quoted {
            return Some(word.text.into_owned());
        }
        let rest = &self.line[word.at..];
        let end = rest.find('\n').unwrap_or(rest.len());
        while self
            .words
            .get(self.next)
            .is_some_and(|word_| word_.at < word.at + end)
        {
            self.next += 1;
        }
        Some(rest[..end].trim().to_owned())
    }
}

/// The text up to its closing quotes, and what follows. A backslash keeps a quote from ending it.
fn quoted<'a>(text: &'a str, closing: &[char]) -> Option<(String, &'a str)> {
    let mut kept = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        if closing.contains(&letter) {
            return Some((kept, &text[at + letter.len_utf8()..]));
        }
        let escaped = letter == '\\';
        match letters.clone().next() {
            Some((_, next)) if escaped && (closing.contains(&next) || next == '\\') => {
                kept.push(next);
                letters.next();
            }
            Some((_, 'n')) if escaped => {
                kept.push('\n');
                letters.next();
            }
            _ => kept.push(letter),
        }
    }
    None
}
