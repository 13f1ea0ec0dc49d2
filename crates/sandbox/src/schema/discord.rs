//! Checks a Discord call's body against the published OpenAPI description. Owns the schema.
//!
//! The subset of JSON Schema that the description uses: types, bounds, enumerations, unions and references.

use std::sync::LazyLock;

use serde_json::Value;

use crate::discord::error::{ApiError, FormErrors};

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../schema/discord.json")).expect("the committed schema is valid")
});

/// One thing that is wrong: path, code, message.
type Wrong = (String, &'static str, String);

/// Checks the body of a call. A route without a body is not looked at.
pub(crate) fn check(verb: &str, route: &str, body: &Value) -> Result<(), ApiError> {
    let schema = &SCHEMA["routes"][format!("{verb} {route}")];
    if schema.is_null() {
        return Ok(());
    }
    let empty = Value::Object(serde_json::Map::new());
    let body = if body.is_null() { &empty } else { body };
    let mut wrong = Vec::new();
    walk(schema, body, "", &mut wrong);
    let mut errors = FormErrors::default();
    for (path, code, message) in wrong {
        errors.add(&path, code, message);
    }
    errors.result()
}

fn resolve(schema: &'static Value) -> &'static Value {
    let name = schema["$ref"]
        .as_str()
        .and_then(|reference| reference.rsplit('/').next());
    name.map_or(schema, |name| &SCHEMA["schemas"][name])
}

fn join(path: &str, part: &str) -> String {
    if path.is_empty() {
        part.to_owned()
    } else {
        format!("{path}.{part}")
    }
}

fn walk(schema: &'static Value, value: &Value, path: &str, wrong: &mut Vec<Wrong>) {
    let schema = resolve(schema);
    for part in schema["allOf"].as_array().into_iter().flatten() {
        walk(part, value, path, wrong);
    }
    for union in ["anyOf", "oneOf"] {
        if let Some(branches) = schema[union].as_array() {
            choose(branches, value, path, wrong);
        }
    }
    if !has_type(schema, value, path, wrong) {
        return;
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(value)
        && !value.is_null()
    {
        let list: Vec<String> = allowed.iter().map(Value::to_string).collect();
        let message = format!("Value must be one of {{{}}}.", list.join(", "));
        wrong.push((path.to_owned(), "BASE_TYPE_CHOICES", message));
    }
    match value {
        Value::String(text) => text_bounds(schema, text, path, wrong),
        Value::Number(_) => number_bounds(schema, value.as_f64().unwrap_or(0.0), path, wrong),
        Value::Array(items) => list(schema, items, path, wrong),
        Value::Object(_) => object(schema, value, path, wrong),
        _ => {}
    }
}

/// A union: one branch must hold. The errors are those of the branch that was most likely meant.
fn choose(branches: &'static [Value], value: &Value, path: &str, wrong: &mut Vec<Wrong>) {
    let mut best: Option<(usize, Vec<Wrong>)> = None;
    for branch in branches {
        let mut found = Vec::new();
        walk(branch, value, path, &mut found);
        if found.is_empty() {
            return;
        }
        let kind = join(path, "type");
        // A wrong type at the top or of the tagged kind tells that another branch is meant.
        let other = found.iter().any(|(place, ..)| *place == kind || place == path);
        let weight = found.len() + if other { 1000 } else { 0 };
        if best.as_ref().is_none_or(|(least, _)| weight < *least) {
            best = Some((weight, found));
        }
    }
    if let Some((_, found)) = best {
        wrong.extend(found);
    }
}

fn is_a(kind: &str, value: &Value, schema: &Value) -> bool {
    match kind {
        "string" => {
            // Discord takes snowflakes as numbers too.
            value.is_string() || (schema["format"] == "snowflake" && value.is_u64())
        }
        "integer" => {
            let whole = value.as_f64().is_some_and(|number| number.fract() == 0.0);
            value.is_i64()
                || value.is_u64()
                || whole
                || (schema["maximum"] == PERMISSIONS && is_digits(value))
        }
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => true,
    }
}

/// The most that a set of permissions can be in the schema, where it is an integer. The documentation has these
/// sets as text, and the network takes both.
const PERMISSIONS: u64 = (1 << 54) - 1;

fn is_digits(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the value is of the type asked for; if not, that is noted.
fn has_type(schema: &Value, value: &Value, path: &str, wrong: &mut Vec<Wrong>) -> bool {
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => return true,
    };
    if kinds.iter().any(|kind| is_a(kind, value, schema)) {
        return true;
    }
    let (code, message) = match kinds.first().copied().unwrap_or_default() {
        "integer" => ("NUMBER_TYPE_COERCE", format!("Value {value} is not int.")),
        "number" => ("NUMBER_TYPE_COERCE", format!("Value {value} is not float.")),
        "boolean" => ("BOOLEAN_TYPE_CONVERT", "Must be either true or false.".to_owned()),
        "array" => (
            "LIST_TYPE_CONVERT",
            "Only iterables may be used in a ListType".to_owned(),
        ),
        "object" => (
            "MODEL_TYPE_CONVERT",
            "Only dictionaries may be used in a ModelType".to_owned(),
        ),
        "null" => ("BASE_TYPE_NULL", "Must be null.".to_owned()),
        _ => (
            "STRING_TYPE_CONVERT",
            format!("Could not interpret {value} as string."),
        ),
    };
    wrong.push((path.to_owned(), code, message));
    false
}

fn bound(schema: &Value, name: &str) -> Option<usize> {
    schema[name]
        .as_u64()
        .and_then(|number| usize::try_from(number).ok())
}

fn text_bounds(schema: &Value, text: &str, path: &str, wrong: &mut Vec<Wrong>) {
    let length = text.chars().count();
    let (least, most) = (
        bound(schema, "minLength").unwrap_or(0),
        bound(schema, "maxLength"),
    );
    if length < least && length == 0 && least == 1 && most.is_none() {
        wrong.push((
            path.to_owned(),
            "BASE_TYPE_REQUIRED",
            "This field is required".to_owned(),
        ));
    } else if length < least || most.is_some_and(|most| length > most) {
        wrong.push(match most {
            Some(most) if least > 0 => (
                path.to_owned(),
                "BASE_TYPE_BAD_LENGTH",
                format!("Must be between {least} and {most} in length."),
            ),
            Some(most) => (
                path.to_owned(),
                "BASE_TYPE_MAX_LENGTH",
                format!("Must be {most} or fewer in length."),
            ),
            None => (
                path.to_owned(),
                "BASE_TYPE_MIN_LENGTH",
                format!("Must be {least} or more in length."),
            ),
        });
    }
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if schema["format"] == "snowflake" && !digits {
        wrong.push((
            path.to_owned(),
            "NUMBER_TYPE_COERCE",
            format!("Value \"{text}\" is not snowflake."),
        ));
    }
    if schema["format"] == "uri"
        && !["http://", "https://", "attachment://", "discord://"]
            .iter()
            .any(|s| text.starts_with(s))
    {
        wrong.push((
            path.to_owned(),
            "URL_TYPE_INVALID_SCHEME",
            format!("Scheme \"{text}\" is not supported. Scheme must be one of ('http', 'https')."),
        ));
    }
}

fn number_bounds(schema: &Value, number: f64, path: &str, wrong: &mut Vec<Wrong>) {
    if let Some(least) = schema["minimum"].as_f64().filter(|least| number < *least) {
        let message = format!("int value should be greater than or equal to {least}.");
        wrong.push((path.to_owned(), "NUMBER_TYPE_MIN", message));
    }
    if let Some(most) = schema["maximum"].as_f64().filter(|most| number > *most) {
        let message = format!("int value should be less than or equal to {most}.");
        wrong.push((path.to_owned(), "NUMBER_TYPE_MAX", message));
    }
}

fn list(schema: &'static Value, items: &[Value], path: &str, wrong: &mut Vec<Wrong>) {
    let (least, most) = (bound(schema, "minItems").unwrap_or(0), bound(schema, "maxItems"));
    if items.len() < least || most.is_some_and(|most| items.len() > most) {
        let message = match most {
            Some(most) if least > 0 => format!("Must be between {least} and {most} in length."),
            Some(most) => format!("Must be {most} or fewer in length."),
            None => format!("Must be {least} or more in length."),
        };
        wrong.push((path.to_owned(), "BASE_TYPE_BAD_LENGTH", message));
    }
    if schema["items"].is_object() {
        for (index, item) in items.iter().enumerate() {
            walk(&schema["items"], item, &join(path, &index.to_string()), wrong);
        }
    }
}

fn object(schema: &'static Value, value: &Value, path: &str, wrong: &mut Vec<Wrong>) {
    for name in schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        if value.get(name).is_none() {
            wrong.push((
                join(path, name),
                "BASE_TYPE_REQUIRED",
                "This field is required".to_owned(),
            ));
        }
    }
    for (name, part) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(inner) = value.get(name) {
            walk(part, inner, &join(path, name), wrong);
        }
    }
    let more: &'static Value = &schema["additionalProperties"];
    if more.is_object() {
        for (name, inner) in value.as_object().into_iter().flatten() {
            if schema["properties"].get(name).is_none() {
                walk(more, inner, &join(path, name), wrong);
            }
        }
    }
}
