//! The grammar of commands that the published schema does not state. Owns no state.

use std::collections::BTreeSet;

use serde_json::Value;

use super::error::{ApiError, FormErrors};

/// Characters of a command's names, descriptions and values together.
const TOTAL: usize = 8000;

/// The error of a name that does not fit.
const BAD_NAME: &str = r"Command name is invalid: it must match ^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$ and be in lower case";

/// Checks one command.
pub(crate) fn check(command: &Value) -> Result<(), ApiError> {
    let mut errors = FormErrors::default();
    check_at(command, "", &mut errors);
    errors.result()
}

/// Checks a whole list, as a bulk overwrite brings it.
pub(crate) fn check_all(list: &[Value]) -> Result<(), ApiError> {
    let mut errors = FormErrors::default();
    let mut seen = BTreeSet::new();
    for (index, command) in list.iter().enumerate() {
        check_at(command, &index.to_string(), &mut errors);
        let name = (
            command["type"].as_u64().unwrap_or(1),
            command["name"].as_str().unwrap_or_default(),
        );
        if !seen.insert(name) {
            let place = format!("{index}.name");
            errors.add(
                &place,
                "APPLICATION_COMMANDS_DUPLICATE_NAME",
                "Application command names must be unique",
            );
        }
    }
    for kind in [1, 2, 3] {
        let count = list
            .iter()
            .filter(|command| command["type"].as_u64().unwrap_or(1) == kind)
            .count();
        check_room(kind, count.saturating_sub(1))?;
    }
    errors.result()
}

/// Whether there is room for one more command of a kind.
pub(crate) fn check_room(kind: u64, count: usize) -> Result<(), ApiError> {
    let (limit, what) = match kind {
        1 => (100, "application commands"),
        2 | 3 => (15, "context menu commands"),
        _ => return Ok(()),
    };
    if count < limit {
        return Ok(());
    }
    Err(ApiError::new(
        400,
        30032,
        &format!("Maximum number of {what} reached ({limit})"),
    ))
}

/// Devanagari and Thai marks count beside letters and digits.
fn in_grammar(c: char) -> bool {
    c.is_alphanumeric()
        || "-_'".contains(c)
        || ('\u{0900}'..='\u{097f}').contains(&c)
        || ('\u{0e00}'..='\u{0e7f}').contains(&c)
}

fn good_name(name: &str) -> bool {
    let length = name.chars().count();
    let lower = name.chars().all(|c| c.to_lowercase().eq(std::iter::once(c)));
    (1..=32).contains(&length) && name.chars().all(in_grammar) && lower
}

fn join(path: &str, part: &str) -> String {
    if path.is_empty() {
        part.to_owned()
    } else {
        format!("{path}.{part}")
    }
}

fn check_at(command: &Value, path: &str, errors: &mut FormErrors) {
    let kind = command["type"].as_u64().unwrap_or(1);
    let name = command["name"].as_str().unwrap_or_default();
    let description = command["description"].as_str().unwrap_or_default();
    if kind == 1 {
        if !good_name(name) {
            errors.add(&join(path, "name"), "APPLICATION_COMMAND_INVALID_NAME", BAD_NAME);
        }
        if description.is_empty() {
            errors.required(&join(path, "description"));
        } else if description.chars().count() > 100 {
            errors.length(&join(path, "description"), 1, 100);
        }
    } else if kind == 2 || kind == 3 {
        if !(1..=32).contains(&name.chars().count()) {
            errors.length(&join(path, "name"), 1, 32);
        }
        for field in ["description", "options"] {
            let empty = command[field].is_null()
                || command[field] == ""
                || command[field].as_array().is_some_and(Vec::is_empty);
            if !empty {
                let message = "Context menu commands cannot have a description or options";
                errors.add(
                    &join(path, field),
                    "APPLICATION_COMMAND_CONTEXT_MENU_HAS_OPTIONS",
                    message,
                );
            }
        }
    }
    if size(command) > TOTAL {
        let message = format!("Command exceeds maximum size ({TOTAL})");
        errors.add(path, "APPLICATION_COMMAND_TOO_LARGE", message);
    }
    check_options(command, path, 0, errors);
}

fn size(part: &Value) -> usize {
    let text = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
    let options = part["options"].as_array().into_iter().flatten();
    let choices = part["choices"].as_array().into_iter().flatten();
    text(&part["name"])
        + text(&part["description"])
        + options.map(size).sum::<usize>()
        + choices
            .map(|choice| text(&choice["name"]) + text(&choice["value"]))
            .sum::<usize>()
}

fn check_options(part: &Value, path: &str, depth: u8, errors: &mut FormErrors) {
    let options = part["options"].as_array().map_or(&[][..], Vec::as_slice);
    if options.len() > 25 {
        errors.length(&join(path, "options"), 0, 25);
    }
    let mut seen = BTreeSet::new();
    let mut optional = false;
    let nested = options
        .iter()
        .filter(|option| matches!(option["type"].as_u64(), Some(1 | 2)))
        .count();
    if nested > 0 && nested < options.len() {
        let message =
            "Sub-commands and sub-command group option types are mutually exclusive to all other types";
        errors.add(
            &join(path, "options"),
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
            message,
        );
    }
    for (index, option) in options.iter().enumerate() {
        let place = join(path, &format!("options.{index}"));
        let name = option["name"].as_str().unwrap_or_default();
        if !good_name(name) {
            errors.add(
                &join(&place, "name"),
                "APPLICATION_COMMAND_INVALID_NAME",
                BAD_NAME,
            );
        }
        if !seen.insert(name) {
            let message = "Option names within a command must be unique";
            errors.add(
                &join(&place, "name"),
                "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
                message,
            );
        }
        let described = option["description"].as_str().unwrap_or_default().chars().count();
        if !(1..=100).contains(&described) {
            errors.length(&join(&place, "description"), 1, 100);
        }
        let required = option["required"] == Value::Bool(true);
        if required && optional {
            let message = "Required options must be placed before non-required options";
            errors.add(&place, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message);
        }
        optional |= !required;
        check_option(option, &place, depth, errors);
    }
}

fn check_option(option: &Value, place: &str, depth: u8, errors: &mut FormErrors) {
    let kind = option["type"].as_u64().unwrap_or(0);
    if kind == 2 && depth > 0 || kind == 1 && depth > 1 {
        let message = "Sub-commands can be nested one level deep";
        errors.add(
            &join(place, "type"),
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
            message,
        );
        return;
    }
    if kind == 1 || kind == 2 {
        check_options(option, place, if kind == 2 { 1 } else { 2 }, errors);
    }
    let choices = option["choices"].as_array().map_or(&[][..], Vec::as_slice);
    if !choices.is_empty() && option["autocomplete"] == Value::Bool(true) {
        let message = "Choices and autocomplete cannot be used together";
        errors.add(place, "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE", message);
    }
    if choices.len() > 25 {
        errors.length(&join(place, "choices"), 0, 25);
    }
    let mut seen = BTreeSet::new();
    for (index, choice) in choices.iter().enumerate() {
        if !seen.insert(choice["name"].as_str().unwrap_or_default()) {
            let message = "Choice names within an option must be unique";
            errors.add(
                &join(place, &format!("choices.{index}.name")),
                "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS",
                message,
            );
        }
    }
    let (least, most) = (option["min_value"].as_f64(), option["max_value"].as_f64());
    if let (Some(least), Some(most)) = (least, most)
        && least > most
    {
        errors.add(
            &join(place, "max_value"),
            "NUMBER_TYPE_MIN",
            "max_value must not be less than min_value",
        );
    }
}
