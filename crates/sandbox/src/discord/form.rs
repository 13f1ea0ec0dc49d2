//! Forms: a user fills in what a bot opened. Owns no state.

use serde_json::{Map, Value, json};

use super::invoke::{Begin, begin};
use crate::error::ActError;
use crate::world::World;

/// Sends in a form that a bot opened. Returns the new interaction's id.
pub(crate) fn submit(
    world: &mut World,
    opened: i64,
    user: i64,
    values: &Map<String, Value>,
) -> Result<i64, ActError> {
    let from = world.discord.interactions.get(&opened).cloned();
    let from = from.ok_or_else(|| ActError::NoComponent(format!("form of interaction {opened}")))?;
    let form = from
        .form
        .clone()
        .ok_or_else(|| ActError::NoComponent(format!("form of interaction {opened}")))?;
    let mut rows = Vec::new();
    for row in form["components"].as_array().into_iter().flatten() {
        // A label holds one component; an old action row holds a list with one.
        let label = row["type"] == 18;
        let inner = if label {
            &row["component"]
        } else {
            &row["components"][0]
        };
        if inner.is_null() {
            continue;
        }
        let field = fill_field(inner, values)?;
        rows.push(if label {
            json!({ "type": 18, "id": rows.len() * 2 + 1, "component": field })
        } else {
            json!({ "type": 1, "components": [field] })
        });
    }
    let data = json!({ "custom_id": form["custom_id"], "components": rows });
    let begin_form = Begin {
        bot: from.bot,
        kind: 5,
        source: from.source,
        command: None,
    };
    let mut data = data;
    if let Some(source) = from.source {
        data["message"] = super::interaction::raw(world, from.channel, source);
    }
    begin(world, from.channel, user, &begin_form, data)
}

fn fill_field(field: &Value, values: &Map<String, Value>) -> Result<Value, ActError> {
    let id = field["custom_id"].as_str().unwrap_or_default();
    let kind = field["type"].as_u64().unwrap_or(4);
    let given = values.get(id).cloned().unwrap_or_default();
    let mut out = json!({ "type": kind, "custom_id": id, "id": 2 });
    if kind != 4 {
        let list = if given.is_array() {
            given
        } else if given.is_null() {
            json!([])
        } else {
            json!([given])
        };
        out["values"] = list;
        return Ok(out);
    }
    let text = given
        .as_str()
        .or_else(|| field["value"].as_str())
        .unwrap_or_default();
    let length = text.chars().count();
    let bound = |name: &str| field[name].as_u64().and_then(|n| usize::try_from(n).ok());
    if length == 0 && field["required"].as_bool().unwrap_or(true) {
        return Err(ActError::Refused(format!("the field {id} is required")));
    }
    let short = length > 0 && bound("min_length").is_some_and(|least| length < least);
    if short || bound("max_length").unwrap_or(4000) < length {
        return Err(ActError::Refused(format!("the field {id} has the wrong length")));
    }
    out["value"] = Value::from(text);
    Ok(out)
}
