//! The check of commands against a network's grammar, at start. A pure function.

use std::fmt;

use crate::capabilities::{CommandRules, NameCharacters};
use crate::command::{ArgumentKind, ArgumentSpec, CommandSpec};

/// Why a network cannot have a command as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The command.
    pub command: String,
    /// What is wrong and what would be right.
    pub sentence: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}: {}", self.command, self.sentence)
    }
}

/// Splits commands into those that a network can have and the problems of the others. A bad one never stops the good
/// ones; of two with one name the first stays.
#[must_use]
pub fn check<'a>(specs: &'a [CommandSpec], rules: &CommandRules) -> (Vec<&'a CommandSpec>, Vec<Problem>) {
    let mut good: Vec<&CommandSpec> = Vec::with_capacity(specs.len());
    let mut problems = Vec::new();
    for spec in specs {
        let mut sentences = Vec::new();
        check_one(spec, rules, &mut sentences);
        if good.iter().any(|other| other.name == spec.name) {
            sentences.push("another command has this name; rename one of them".to_owned());
        }
        if sentences.is_empty() && good.len() == rules.count {
            sentences.push(format!(
                "the network takes {} commands at most; hide one",
                rules.count
            ));
        }
        if sentences.is_empty() {
            good.push(spec);
        }
        problems.extend(sentences.into_iter().map(|sentence| Problem {
            command: spec.name.to_string(),
            sentence,
        }));
    }
    (good, problems)
}

fn check_one(spec: &CommandSpec, rules: &CommandRules, sentences: &mut Vec<String>) {
    check_name(
        "the name",
        &spec.name,
        rules.name,
        rules.name_characters,
        sentences,
    );
    check_length("the description", &spec.description, rules.description, sentences);
    if let Some(late) = required_after_optional(&spec.arguments) {
        sentences.push(format!(
            "the required argument `{}` stands behind an optional one; put it before",
            late.name
        ));
    }
    for (index, argument) in spec.arguments.iter().enumerate() {
        if spec.arguments[..index]
            .iter()
            .any(|other| other.name == argument.name)
        {
            sentences.push(format!("two arguments have the name `{}`", argument.name));
        }
        if matches!(argument.kind, ArgumentKind::Rest { .. }) && index + 1 < spec.arguments.len() {
            sentences.push(format!(
                "the argument `{}` takes all that follows; put it last",
                argument.name
            ));
        }
    }
    let Some(options) = &rules.options else { return };
    if spec.arguments.len() > options.count {
        sentences.push(format!(
            "it takes {} arguments; {} go",
            spec.arguments.len(),
            options.count
        ));
    }
    for argument in &spec.arguments {
        let what = format!("the argument name `{}`", argument.name);
        check_name(
            &what,
            &argument.name,
            options.name,
            rules.name_characters,
            sentences,
        );
        let what = format!("the description of `{}`", argument.name);
        check_length(&what, &argument.description, options.description, sentences);
        if let ArgumentKind::Choice(choices) = &argument.kind {
            if choices.len() > options.choices {
                sentences.push(format!(
                    "`{}` has {} choices; {} go",
                    argument.name,
                    choices.len(),
                    options.choices
                ));
            }
            for choice in choices {
                let what = format!("the choice `{}` of `{}`", choice.label, argument.name);
                check_length(&what, &choice.label, options.choice, sentences);
            }
        }
    }
    let total = total_characters(spec);
    if total > options.total {
        sentences.push(format!("it has {total} characters in all; {} go", options.total));
    }
}

fn required_after_optional(arguments: &[ArgumentSpec]) -> Option<&ArgumentSpec> {
    let first_optional = arguments.iter().position(|argument| !argument.required)?;
    arguments[first_optional..]
        .iter()
        .find(|argument| argument.required)
}

fn check_name(
    what: &str,
    name: &str,
    longest: usize,
    characters: NameCharacters,
    sentences: &mut Vec<String>,
) {
    let length = name.chars().count();
    if length == 0 || length > longest {
        sentences.push(format!("{what} has {length} characters; 1 to {longest} go"));
    }
    let (fits, which): (fn(char) -> bool, &str) = match characters {
        NameCharacters::AsciiSnake => (
            |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_',
            "a to z, 0 to 9 and _",
        ),
        NameCharacters::UnicodeLower => (
            |c| (c.is_alphanumeric() && !c.is_uppercase()) || matches!(c, '-' | '_' | '\''),
            "lower-case letters, digits, - and _",
        ),
    };
    if let Some(bad) = name.chars().find(|c| !fits(*c)) {
        sentences.push(format!("{what} has the character `{bad}`; {which} go"));
    }
}

fn check_length(what: &str, text: &str, longest: usize, sentences: &mut Vec<String>) {
    let length = text.chars().count();
    if length == 0 || length > longest {
        sentences.push(format!("{what} has {length} characters; 1 to {longest} go"));
    }
}

fn total_characters(spec: &CommandSpec) -> usize {
    let length = |text: &str| text.chars().count();
    let arguments = spec.arguments.iter().map(|argument| {
        let choices = match &argument.kind {
            ArgumentKind::Choice(choices) => choices
                .iter()
                .map(|choice| length(&choice.label) + length(&choice.value))
                .sum(),
            _ => 0,
        };
        length(&argument.name) + length(&argument.description) + choices
    });
    length(&spec.name) + length(&spec.description) + arguments.sum::<usize>()
}
