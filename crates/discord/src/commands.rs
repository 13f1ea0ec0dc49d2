//! Registration of slash commands: the list that stands there is compared with the one that should, and only what
//! differs is sent. Owns no state.
//!
//! Discord allows 200 new commands a day, and a deleted and remade command loses the rights that were set for it, so
//! a changed one is edited under its id. Source: discord-api-docs, interactions/application-commands.

use duologue_core::Registered;
use duologue_core::command::{ArgumentKind, ArgumentSpec, CommandSpec};
use reqwest::Method;
use serde::{Deserialize, Serialize};

use crate::call::route::Route;
use crate::call::{Body, Caller};
use crate::capabilities::OPTION_TEXT;
use crate::error::{CallError, CallErrorKind};

/// The type of a slash command; those of context menus and activities are left alone.
const CHAT_INPUT: u8 = 1;

/// Discord's whole numbers are those that a double holds exactly.
const MAX_INTEGER: i64 = 1 << 53;

/// A command as Discord keeps it, as far as we set it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Command {
    #[serde(default = "chat_input")]
    r#type: u8,
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    options: Vec<CommandOption>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct CommandOption {
    r#type: u8,
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    required: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    choices: Vec<OptionChoice>,
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "whole")]
    min_value: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "whole")]
    max_value: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min_length: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_length: Option<usize>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct OptionChoice {
    name: String,
    value: serde_json::Value,
}

#[derive(Debug, Deserialize)]
struct Standing {
    id: String,
    #[serde(flatten)]
    command: Command,
}

/// What has to be sent.
#[derive(Debug, Default, PartialEq)]
struct Plan {
    delete: Vec<String>,
    edit: Vec<(String, Command)>,
    create: Vec<Command>,
    kept: usize,
}

/// Makes Discord show these commands, everywhere or on one server.
pub(crate) async fn register(
    caller: &Caller,
    application: u64,
    guild: Option<u64>,
    specs: &[CommandSpec],
) -> Result<Registered, CallError> {
    let route = |method, id: Option<&str>| Route::commands(method, application, guild, id);
    let standing: Vec<Standing> = caller.get(&route(Method::GET, None)).await?;
    let wanted = specs.iter().filter(|spec| !spec.hidden).map(command).collect();
    let plan = plan(standing, wanted);
    // Deleting first: the number of commands is bounded.
    for id in &plan.delete {
        caller.call(&route(Method::DELETE, Some(id)), Body::Empty).await?;
    }
    for (id, command) in &plan.edit {
        caller
            .call(&route(Method::PATCH, Some(id)), written(command)?)
            .await?;
    }
    for command in &plan.create {
        caller.call(&route(Method::POST, None), written(command)?).await?;
    }
    Ok(Registered {
        changed: plan.edit.len() + plan.create.len(),
        removed: plan.delete.len(),
        kept: plan.kept,
    })
}

fn written(command: &Command) -> Result<Body, CallError> {
    serde_json::to_vec(command)
        .map(Body::Json)
        .map_err(|error| CallError {
            call: "write a command",
            kind: CallErrorKind::BadRequest("it cannot be written as json".to_owned()),
            source: Some(Box::new(error)),
        })
}

fn plan(standing: Vec<Standing>, mut wanted: Vec<Command>) -> Plan {
    let mut plan = Plan::default();
    for Standing { id, command } in standing {
        if command.r#type != CHAT_INPUT {
            continue;
        }
        match wanted.iter().position(|wanted| wanted.name == command.name) {
            None => plan.delete.push(id),
            Some(place) => {
                let wanted = wanted.remove(place);
                if wanted == command {
                    plan.kept += 1;
                } else {
                    plan.edit.push((id, wanted));
                }
            }
        }
    }
    plan.create = wanted;
    plan
}

fn command(spec: &CommandSpec) -> Command {
    let mut arguments: Vec<&ArgumentSpec> = spec.arguments.iter().collect();
    // Required ones first, as Discord wants them; the order among them stays.
    arguments.sort_by_key(|argument| !argument.required);
    Command {
        r#type: CHAT_INPUT,
        name: spec.name.to_string(),
        description: spec.description.to_string(),
        options: arguments.into_iter().map(option).collect(),
    }
}

fn option(argument: &ArgumentSpec) -> CommandOption {
    let mut option = CommandOption {
        r#type: 3,
        name: argument.name.to_string(),
        description: argument.description.to_string(),
        required: argument.required,
        choices: Vec::new(),
        min_value: None,
        max_value: None,
        min_length: None,
        max_length: None,
    };
    match &argument.kind {
        #[expect(
            clippy::cast_precision_loss,
            reason = "the bounds are those of a double's exact integers"
        )]
        ArgumentKind::Integer { min, max } => {
            option.r#type = 4;
            option.min_value = (*min > -MAX_INTEGER).then_some(*min as f64);
            option.max_value = (*max < MAX_INTEGER).then_some(*max as f64);
        }
        ArgumentKind::Number { min, max } => {
            option.r#type = 10;
            option.min_value = (*min > f64::MIN).then_some(*min);
            option.max_value = (*max < f64::MAX).then_some(*max);
        }
        ArgumentKind::Text { min, max } => {
            option.min_length = (*min > 0).then_some((*min).min(OPTION_TEXT));
            option.max_length = (*max < OPTION_TEXT).then_some((*max).max(1));
        }
        ArgumentKind::Rest { max } => option.max_length = (*max < OPTION_TEXT).then_some((*max).max(1)),
        ArgumentKind::Bool => option.r#type = 5,
        ArgumentKind::Choice(choices) => {
            let choices = choices.iter().map(|choice| OptionChoice {
                name: choice.label.to_string(),
                value: choice.value.as_str().into(),
            });
            option.choices = choices.collect();
        }
        ArgumentKind::User => option.r#type = 6,
        ArgumentKind::Attachment => option.r#type = 11,
        // A time is text that core reads, and so is what this version does not know.
        _ => {}
    }
    option
}

fn chat_input() -> u8 {
    CHAT_INPUT
}

/// Whole numbers without a decimal point: Discord refuses `1.0` for a whole number's bound.
fn whole<S: serde::Serializer>(number: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match number {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "only whole numbers that an i64 holds come here"
        )]
        Some(number) if number.fract() == 0.0 && number.abs() <= MAX_INTEGER as f64 => {
            serializer.serialize_i64(*number as i64)
        }
        Some(number) => serializer.serialize_f64(*number),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use duologue_core::command::ChoiceSpec;
    use serde_json::{Value, json};

    use super::*;

    fn spec(name: &str, arguments: Vec<ArgumentSpec>) -> CommandSpec {
        CommandSpec {
            arguments,
            ..CommandSpec::new(name, "does something")
        }
    }

    fn argument(name: &str, kind: ArgumentKind, required: bool) -> ArgumentSpec {
        ArgumentSpec {
            name: name.into(),
            description: "it".into(),
            kind,
            required,
        }
    }

    fn standing(id: &str, command: Value) -> Standing {
        let mut whole = command;
        whole["id"] = id.into();
        serde_json::from_value(whole).unwrap()
    }

    #[track_caller]
    fn check(kind: ArgumentKind, expected: &Value) {
        let mut whole = json!({ "name": "a", "description": "it", "required": true });
        whole
            .as_object_mut()
            .unwrap()
            .extend(expected.as_object().unwrap().clone());
        assert_eq!(
            serde_json::to_value(option(&argument("a", kind, true))).unwrap(),
            whole
        );
    }

    #[test]
    fn arguments_become_typed_options() {
        check(
            ArgumentKind::Integer { min: 1, max: 100 },
            &json!({ "type": 4, "min_value": 1, "max_value": 100 }),
        );
        check(
            ArgumentKind::Integer {
                min: i64::MIN,
                max: i64::MAX,
            },
            &json!({ "type": 4 }),
        );
        check(
            ArgumentKind::Number {
                min: 0.5,
                max: f64::MAX,
            },
            &json!({ "type": 10, "min_value": 0.5 }),
        );
        check(
            ArgumentKind::Text { min: 2, max: 9 },
            &json!({ "type": 3, "min_length": 2, "max_length": 9 }),
        );
        check(ArgumentKind::Rest { max: 60_000 }, &json!({ "type": 3 }));
        check(ArgumentKind::Bool, &json!({ "type": 5 }));
        check(ArgumentKind::User, &json!({ "type": 6 }));
        check(ArgumentKind::Attachment, &json!({ "type": 11 }));
        let choice = ChoiceSpec {
            value: "d6".into(),
            label: "Six sides".into(),
        };
        let expected = json!({ "type": 3, "choices": [{ "name": "Six sides", "value": "d6" }] });
        check(ArgumentKind::Choice(vec![choice]), &expected);
    }

    #[test]
    fn required_options_come_first() {
        let arguments = vec![
            argument("maybe", ArgumentKind::Bool, false),
            argument("must", ArgumentKind::Bool, true),
        ];
        let names: Vec<_> = command(&spec("x", arguments))
            .options
            .into_iter()
            .map(|option| option.name)
            .collect();
        assert_eq!(names, ["must", "maybe"]);
    }

    #[test]
    fn only_what_differs_is_sent() {
        let range = ArgumentKind::Integer { min: 1, max: 6 };
        let wanted = vec![
            command(&spec("same", vec![argument("n", range, true)])),
            command(&spec("changed", vec![])),
            command(&spec("new", vec![])),
        ];
        let there = vec![
            // As Discord writes it: fields of its own, numbers with a point.
            standing(
                "1",
                json!({ "type": 1, "name": "same", "description": "does something", "version": "9",
                "nsfw": false, "dm_permission": true, "options": [{ "type": 4, "name": "n", "description": "it",
                "required": true, "min_value": 1.0, "max_value": 6 }] }),
            ),
            standing("2", json!({ "name": "changed", "description": "did something" })),
            standing("3", json!({ "name": "old", "description": "gone" })),
            standing("4", json!({ "type": 4, "name": "launch" })),
            standing("5", json!({ "type": 2, "name": "menu", "description": "" })),
        ];
        let expected = Plan {
            delete: vec!["3".to_owned()],
            edit: vec![("2".to_owned(), wanted[1].clone())],
            create: vec![wanted[2].clone()],
            kept: 1,
        };
        assert_eq!(plan(there, wanted), expected);
    }
}
