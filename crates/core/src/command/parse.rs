//! From what a person typed or chose to checked values. A pure function.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use smol_str::SmolStr;

use crate::command::{ArgumentKind, ArgumentSpec, ArgumentValue, Arguments, ChoiceSpec, CommandSpec};
use crate::content::{Style, StyledText};
use crate::event::{Attachment, CommandCall, CommandInput, OptionValue, User};
use crate::id::UserId;

/// What is wrong with the arguments of a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UsageError {
    /// A required argument is not there.
    #[error("`{name}` is missing")]
    Missing {
        /// Which.
        name: SmolStr,
        /// What may stand there.
        expects: String,
    },
    /// A value is not what may stand there.
    #[error("`{name}` is not {expects}")]
    Bad {
        /// Which.
        name: SmolStr,
        /// What stood there.
        found: String,
        /// What may stand there.
        expects: String,
    },
    /// There is more than the command takes.
    #[error("too much: {0}")]
    TooMany(String),
}

/// Checks a call against what its command takes.
///
/// # Errors
///
/// [`UsageError`] for the first thing that is wrong.
pub fn parse(spec: &CommandSpec, call: &CommandCall) -> Result<Arguments, UsageError> {
    let mut attachments: VecDeque<&Attachment> = call.attachments.iter().collect();
    let mut values = Vec::with_capacity(spec.arguments.len());
    match &call.input {
        CommandInput::Options(options) => {
            for argument in &spec.arguments {
                let option = options
                    .iter()
                    .find(|(name, _)| *name == argument.name)
                    .map(|(_, value)| value);
                values.push(required(
                    argument,
                    option.map(|value| from_option(argument, value)).transpose()?,
                )?);
            }
        }
        CommandInput::Text(text) => {
            let mut words = Words::new(text, &spec.arguments);
            for argument in &spec.arguments {
                let value = match &argument.kind {
                    ArgumentKind::Attachment => attachments
                        .pop_front()
                        .cloned()
                        .map(|file| ArgumentValue::Attachment(Box::new(file))),
                    kind => words
                        .take(argument)
                        .map(|word| from_word(kind, argument, text, word))
                        .transpose()?,
                };
                values.push(required(argument, value)?);
            }
            if let Some(rest) = words.rest() {
                return Err(UsageError::TooMany(shorten(&text.text[rest])));
            }
        }
    }
    Ok(Arguments(values))
}

fn required(
    argument: &ArgumentSpec,
    value: Option<ArgumentValue>,
) -> Result<Option<ArgumentValue>, UsageError> {
    if value.is_none() && argument.required {
        return Err(UsageError::Missing {
            name: argument.name.clone(),
            expects: argument.kind.expects(),
        });
    }
    Ok(value)
}

fn bad(argument: &ArgumentSpec, found: impl Into<String>) -> UsageError {
    UsageError::Bad {
        name: argument.name.clone(),
        found: found.into(),
        expects: argument.kind.expects(),
    }
}

/// The words of a text command; `name=value` may stand anywhere before the rest.
struct Words<'a> {
    text: &'a StyledText,
    arguments: &'a [ArgumentSpec],
    /// What was not taken yet, in order.
    words: VecDeque<Word>,
}

#[derive(Clone)]
struct Word {
    /// With quotation marks.
    whole: Range<usize>,
    /// Without.
    value: Range<usize>,
}

impl<'a> Words<'a> {
    fn new(text: &'a StyledText, arguments: &'a [ArgumentSpec]) -> Self {
        let mut words = VecDeque::new();
        let mut rest = text.text.char_indices().peekable();
        while let Some((start, first)) = rest.next() {
            if first.is_whitespace() {
                continue;
            }
            let closing = match first {
                '"' => Some('"'),
                '“' => Some('”'),
                '«' => Some('»'),
                _ => None,
            };
            let inside = start + first.len_utf8();
            let quoted = closing.and_then(|mark| {
                let end = inside + text.text[inside..].find(mark)?;
                let behind = end + mark.len_utf8();
                let alone = text.text[behind..].chars().next().is_none_or(char::is_whitespace);
                alone.then_some((end, behind))
            });
            let word = if let Some((end, behind)) = quoted {
                Word {
                    whole: start..behind,
                    value: inside..end,
                }
            } else {
                let end = text.text[start..]
                    .find(char::is_whitespace)
                    .map_or(text.text.len(), |n| start + n);
                Word {
                    whole: start..end,
                    value: start..end,
                }
            };
            while rest.next_if(|(at, _)| *at < word.whole.end).is_some() {}
            words.push_back(word);
        }
        Self {
            text,
            arguments,
            words,
        }
    }

    fn take(&mut self, argument: &ArgumentSpec) -> Option<Word> {
        if let ArgumentKind::Rest { .. } = argument.kind {
            let start = self.words.front()?.whole.start;
            let end = self.words.back()?.whole.end;
            self.words.clear();
            return Some(Word {
                whole: start..end,
                value: start..end,
            });
        }
        let named = self
            .words
            .iter()
            .position(|word| self.named(word, &argument.name).is_some());
        if let Some(place) = named {
            let word = self.words.remove(place)?;
            return self.named(&word, &argument.name).map(|value| Word {
                whole: word.whole.clone(),
                value,
            });
        }
        // A mention is one word, however many the name has.
        let place = self
            .words
            .iter()
            .position(|word| !self.names_another(word) && !self.is_for_rest(word, argument))?;
        let first = self.words.remove(place)?;
        if let Some(span) = mention_at(self.text, first.whole.start) {
            while self.words.front().is_some_and(|word| word.whole.start < span.end) {
                self.words.pop_front();
            }
            return Some(Word {
                whole: span.clone(),
                value: span,
            });
        }
        Some(first)
    }

    /// Whether a word is `name=value` of nothing we know, and so belongs to what takes all that follows: a number or a
    /// choice has no such form.
    fn is_for_rest(&self, word: &Word, argument: &ArgumentSpec) -> bool {
        let rest = self.arguments.last().map(|last| &last.kind);
        let text = matches!(argument.kind, ArgumentKind::Text { .. });
        let before = self.text.text[word.whole.clone()]
            .split_once('=')
            .map(|(name, _)| name);
        matches!(rest, Some(ArgumentKind::Rest { .. }))
            && !text
            && before.is_some_and(|name| name.starts_with(|c: char| c.is_alphabetic()))
    }

    /// Whether a word is `name=value` of an argument that gets its turn later.
    fn names_another(&self, word: &Word) -> bool {
        self.arguments
            .iter()
            .any(|argument| self.named(word, &argument.name).is_some())
    }

    fn named(&self, word: &Word, name: &str) -> Option<Range<usize>> {
        let text = &self.text.text[word.whole.clone()];
        let (before, value) = text.split_once('=')?;
        (before.eq_ignore_ascii_case(name) && !value.is_empty())
            .then(|| word.whole.end - value.len()..word.whole.end)
    }

    fn rest(&self) -> Option<Range<usize>> {
        Some(self.words.front()?.whole.start..self.words.back()?.whole.end)
    }
}

fn mention_at(text: &StyledText, start: usize) -> Option<Range<usize>> {
    text.spans
        .iter()
        .find(|span| matches!(span.style, Style::Mention(_)) && span.range.start == start)
        .map(|span| span.range.clone())
}

fn from_word(
    kind: &ArgumentKind,
    argument: &ArgumentSpec,
    text: &StyledText,
    word: Word,
) -> Result<ArgumentValue, UsageError> {
    let value = &text.text[word.value.clone()];
    let wrong = || bad(argument, shorten(value));
    match kind {
        ArgumentKind::Integer { .. } => {
            let number = value.parse().map_err(|_| wrong())?;
            checked(argument, ArgumentValue::Integer(number), value)
        }
        ArgumentKind::Number { .. } => {
            let number = value.replace(',', ".").parse().map_err(|_| wrong())?;
            checked(argument, ArgumentValue::Number(number), value)
        }
        ArgumentKind::Text { .. } | ArgumentKind::Rest { .. } => {
            checked(argument, ArgumentValue::Text(text.slice(word.value)), value)
        }
        ArgumentKind::Bool => parse_bool(value).map(ArgumentValue::Bool).ok_or_else(wrong),
        ArgumentKind::Choice(choices) => choose(choices, value)
            .map(ArgumentValue::Choice)
            .ok_or_else(wrong),
        ArgumentKind::Duration { .. } => {
            let duration = parse_duration(value).ok_or_else(wrong)?;
            checked(argument, ArgumentValue::Duration(duration), value)
        }
        ArgumentKind::User => person(text, &word).map(ArgumentValue::User).ok_or_else(wrong),
        ArgumentKind::Attachment => Err(wrong()),
    }
}

fn from_option(argument: &ArgumentSpec, option: &OptionValue) -> Result<ArgumentValue, UsageError> {
    let value = match (&argument.kind, option) {
        (ArgumentKind::Integer { .. }, OptionValue::Integer(number)) => ArgumentValue::Integer(*number),
        (ArgumentKind::Number { .. }, OptionValue::Number(number)) => ArgumentValue::Number(*number),
        #[expect(
            clippy::cast_precision_loss,
            reason = "a slash command's integers fit a double exactly"
        )]
        (ArgumentKind::Number { .. }, OptionValue::Integer(number)) => ArgumentValue::Number(*number as f64),
        (ArgumentKind::Bool, OptionValue::Bool(yes)) => ArgumentValue::Bool(*yes),
        (ArgumentKind::User, OptionValue::User(user)) => ArgumentValue::User(user.clone()),
        (ArgumentKind::Attachment, OptionValue::Attachment(file)) => ArgumentValue::Attachment(file.clone()),
        (ArgumentKind::Text { .. } | ArgumentKind::Rest { .. }, OptionValue::Text(text)) => {
            ArgumentValue::Text(StyledText::plain(text.clone()))
        }
        (kind, OptionValue::Text(text)) => {
            let text = StyledText::plain(text.clone());
            let word = Word {
                whole: 0..text.text.len(),
                value: 0..text.text.len(),
            };
            return from_word(kind, argument, &text, word);
        }
        (_, other) => return Err(bad(argument, format!("{other:?}"))),
    };
    checked(argument, value, "")
}

/// The bounds, the same for every network.
fn checked(argument: &ArgumentSpec, value: ArgumentValue, found: &str) -> Result<ArgumentValue, UsageError> {
    let fits = match (&argument.kind, &value) {
        (ArgumentKind::Integer { min, max }, ArgumentValue::Integer(number)) => (min..=max).contains(&number),
        (ArgumentKind::Number { min, max }, ArgumentValue::Number(number)) => {
            number.is_finite() && (min..=max).contains(&number)
        }
        (ArgumentKind::Text { min, max }, ArgumentValue::Text(text)) => {
            (*min..=*max).contains(&text.text.chars().count())
        }
        (ArgumentKind::Rest { max }, ArgumentValue::Text(text)) => text.text.chars().count() <= *max,
        (ArgumentKind::Duration { min, max }, ArgumentValue::Duration(duration)) => {
            (min..=max).contains(&duration)
        }
        _ => true,
    };
    if fits {
        return Ok(value);
    }
    let found = match &value {
        ArgumentValue::Integer(number) => number.to_string(),
        ArgumentValue::Number(number) => number.to_string(),
        _ => shorten(found),
    };
    Err(bad(argument, found))
}

fn choose(choices: &[ChoiceSpec], value: &str) -> Option<SmolStr> {
    let same = |one: &str| one.to_lowercase() == value.to_lowercase();
    choices
        .iter()
        .find(|choice| same(&choice.value))
        .or_else(|| choices.iter().find(|choice| same(&choice.label)))
        .map(|choice| choice.value.clone())
}

fn parse_bool(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "yes" | "y" | "true" | "on" | "1" => Some(true),
        "no" | "n" | "false" | "off" | "0" => Some(false),
        _ => None,
    }
}

fn person(text: &StyledText, word: &Word) -> Option<User> {
    let name = text.text[word.value.clone()].trim_start_matches('@');
    let known = text.spans.iter().find_map(|span| match &span.style {
        Style::Mention(user) if span.range.start == word.whole.start => Some(user.clone()),
        _ => None,
    });
    let handle = text.text[word.value.clone()]
        .starts_with('@')
        .then(|| SmolStr::new(name));
    let id = match (&known, &handle) {
        (Some(id), _) => id.clone(),
        (None, Some(handle)) if !handle.is_empty() => UserId::new(format!("@{handle}")),
        _ => return None,
    };
    Some(User {
        id,
        name: name.into(),
        handle,
        language: None,
        moderator: None,
        bot: false,
    })
}

/// Reads a length of time: `90s`, `5m`, `1h30m`, `2d`, `1.5h`; a bare number is seconds.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut seconds = 0.0_f64;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let unit_end = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let unit = match rest[..unit_end].to_ascii_lowercase().as_str() {
            "ms" => 0.001,
            "" | "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
            "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
            "h" | "hour" | "hours" => 3600.0,
            "d" | "day" | "days" => 86_400.0,
            "w" | "week" | "weeks" => 604_800.0,
            _ => return None,
        };
        seconds += number * unit;
        rest = rest[unit_end..].trim_start();
    }
    Duration::try_from_secs_f64(seconds).ok()
}

fn shorten(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
