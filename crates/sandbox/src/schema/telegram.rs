//! Checks a Telegram call against the Bot API's description and gives its parameters their types. Owns the schema.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Number, Value};

use crate::files::Upload;

#[derive(Deserialize)]
struct Schema {
    methods: BTreeMap<String, Fields>,
    types: BTreeMap<String, Fields>,
}

/// A field's type, and 1 when it is required.
type Fields = BTreeMap<String, (String, u8)>;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../schema/telegram.json")).expect("the committed schema is valid")
});

/// Required by the description, but missing ones are named by the method itself, as the network does.
const NAMED_BY_METHOD: [&str; 4] = ["text", "chat_id", "message_id", "photo"];

/// The method's name as the network writes it; calls may write it in any case.
pub(crate) fn method_name(method: &str) -> Option<&'static str> {
    let schema: &'static Schema = &SCHEMA;
    schema
        .methods
        .keys()
        .find(|name| name.eq_ignore_ascii_case(method))
        .map(String::as_str)
}

/// Gives every known parameter its type. Returns what a person should know, or the reason of a refusal.
pub(crate) fn check(
    method: &str,
    values: &mut Map<String, Value>,
    files: &BTreeMap<String, Upload>,
) -> Result<Vec<String>, String> {
    let mut warnings = Vec::new();
    let Some(fields) = SCHEMA.methods.get(method) else {
        return Ok(warnings);
    };
    values.retain(|_, value| !value.is_null());
    for (name, (kind, required)) in fields {
        match values.get_mut(name) {
            Some(value) => {
                let typed = coerce(value, kind).map_err(|why| format!("can't parse {name}: {why}"))?;
                *value = typed;
                walk(value, kind, name, &mut warnings)?;
            }
            None if *required == 1
                && !files.contains_key(name)
                && !NAMED_BY_METHOD.contains(&name.as_str()) =>
            {
                return Err(format!("parameter \"{name}\" is required"));
            }
            None => {}
        }
    }
    for name in values.keys().filter(|name| !fields.contains_key(*name)) {
        warnings.push(unknown_parameter(method, name));
    }
    Ok(warnings)
}

/// The warning about a parameter that the network ignores.
pub(crate) fn unknown_parameter(method: &str, name: &str) -> String {
    format!("{method} has no parameter \"{name}\": Telegram ignores it")
}

fn kinds(kind: &str) -> impl Iterator<Item = &str> {
    kind.split(" or ")
}

/// The value in the type asked for. Forms carry everything as text, and JSON bodies may do so too.
fn coerce(value: &Value, kind: &str) -> Result<Value, String> {
    let mut why = String::new();
    for kind in kinds(kind) {
        match coerce_one(value, kind) {
            Ok(value) => return Ok(value),
            Err(error) => why = error,
        }
    }
    Err(why)
}

fn coerce_one(value: &Value, kind: &str) -> Result<Value, String> {
    let text = value.as_str();
    match kind {
        "String" | "InputFile" => match value {
            Value::String(_) => Ok(value.clone()),
            Value::Number(number) => Ok(Value::String(number.to_string())),
            Value::Bool(flag) => Ok(Value::String(flag.to_string())),
            _ => Err("a string is expected".to_owned()),
        },
        "Integer" => match (
            value.as_i64(),
            text.and_then(|text| text.trim().parse::<i64>().ok()),
        ) {
            (Some(_), _) => Ok(value.clone()),
            (None, Some(number)) => Ok(Value::from(number)),
            // A float with no fraction is what some languages write for a whole number.
            _ if value.as_f64().is_some_and(|float| float.fract() == 0.0) => whole(value),
            _ => Err("an integer is expected".to_owned()),
        },
        "Float" => match (value.as_f64(), text.and_then(|text| text.parse::<f64>().ok())) {
            (Some(_), _) => Ok(value.clone()),
            (None, Some(number)) => Number::from_f64(number)
                .map(Value::Number)
                .ok_or_else(|| "a number".to_owned()),
            _ => Err("a number is expected".to_owned()),
        },
        "Boolean" | "True" => match (value, text.map(str::to_ascii_lowercase).as_deref()) {
            (Value::Bool(_), _) => Ok(value.clone()),
            (_, Some("true" | "1" | "yes")) => Ok(Value::Bool(true)),
            (_, Some("false" | "0" | "no" | "")) => Ok(Value::Bool(false)),
            _ if value.as_i64().is_some() => Ok(Value::Bool(value.as_i64() != Some(0))),
            _ => Err("a Boolean is expected".to_owned()),
        },
        array if array.starts_with("Array of ") => match (value, text.map(serde_json::from_str::<Value>)) {
            (Value::Array(_), _) => Ok(value.clone()),
            (_, Some(Ok(parsed @ Value::Array(_)))) => Ok(parsed),
            (_, Some(Err(error))) => Err(format!("JSON expected, {error}")),
            _ => Err("an Array is expected".to_owned()),
        },
        // The server still takes the plain texts of the time before options could be formatted.
        "InputPollOption" if text.is_some_and(|text| !text.starts_with('{')) => Ok(value.clone()),
        _ => match (value, text.map(serde_json::from_str::<Value>)) {
            (Value::Object(_), _) => Ok(value.clone()),
            (_, Some(Ok(parsed @ Value::Object(_)))) => Ok(parsed),
            (_, Some(Err(error))) => Err(format!("JSON expected, {error}")),
            _ => Err("an Object is expected".to_owned()),
        },
    }
}

fn whole(value: &Value) -> Result<Value, String> {
    value.as_f64().map_or_else(
        || Err("a number".to_owned()),
        |f| {
            format!("{f:.0}")
                .parse::<i64>()
                .map(Value::from)
                .map_err(|e| e.to_string())
        },
    )
}

/// Checks what stands inside an object or array.
fn walk(value: &mut Value, kind: &str, path: &str, warnings: &mut Vec<String>) -> Result<(), String> {
    match value {
        Value::Array(items) => {
            let Some(inner) = kinds(kind).find_map(|kind| kind.strip_prefix("Array of ")) else {
                return Ok(());
            };
            for item in items {
                // "Array of A, B or C": one of several objects, told apart by the method itself.
                if inner.contains(',') || inner.contains(" and ") {
                    continue;
                }
                *item = coerce(item, inner).map_err(|why| format!("can't parse {path}: {why}"))?;
                walk(item, inner, path, warnings)?;
            }
            Ok(())
        }
        Value::Object(object) => {
            // With several kinds to choose from, the one that has the most of its fields is meant.
            let count = |name: &&str| {
                let fields = SCHEMA.types.get(*name);
                fields.map_or(0, |fields| {
                    object.keys().filter(|key| fields.contains_key(*key)).count()
                })
            };
            let Some(name) = kinds(kind).max_by_key(count) else {
                return Ok(());
            };
            let Some(fields) = SCHEMA.types.get(name).filter(|fields| !fields.is_empty()) else {
                return Ok(());
            };
            check_object(object, name, fields, path, warnings)
        }
        _ => Ok(()),
    }
}

fn check_object(
    object: &mut Map<String, Value>,
    name: &str,
    fields: &Fields,
    path: &str,
    warnings: &mut Vec<String>,
) -> Result<(), String> {
    object.retain(|_, value| !value.is_null());
    for (field, (kind, required)) in fields {
        match object.get_mut(field) {
            Some(value) => {
                let inner = format!("{path}.{field}");
                *value = coerce(value, kind).map_err(|why| format!("can't parse {inner}: {why}"))?;
                walk(value, kind, &inner, warnings)?;
            }
            None if *required == 1 => {
                return Err(format!("can't parse {path}: can't find field \"{field}\""));
            }
            None => {}
        }
    }
    for field in object.keys().filter(|field| !fields.contains_key(*field)) {
        warnings.push(format!(
            "{name} has no field \"{field}\": Telegram ignores it ({path})"
        ));
    }
    Ok(())
}
