//! Rules of a message that the published schema does not state. Owns no state.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::embed_rules;
use super::error::{ApiError, FormErrors};
use super::write::V2;
use crate::files::Upload;

/// Characters of a message's content.
const CONTENT: usize = 2000;
/// Rows of components without the V2 flag.
const ROWS: usize = 5;
/// Buttons in a row.
const BUTTONS: usize = 5;
/// Components of a V2 message, nested ones included.
const V2_COMPONENTS: usize = 40;
/// Bytes of one file.
const FILE_BYTES: usize = 10 * 1024 * 1024;
/// Bytes of one request.
const REQUEST_BYTES: usize = 25 * 1024 * 1024;
/// Files of one message.
const FILES: usize = 10;

/// Checks a new message.
pub(crate) fn check_new(body: &Value, files: &BTreeMap<String, Upload>) -> Result<(), ApiError> {
    check(body, files)?;
    let filled = |field: &str| match &body[field] {
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(_) => true,
        _ => false,
    };
    let any = [
        "content",
        "embeds",
        "components",
        "poll",
        "sticker_ids",
        "message_reference",
    ];
    let only_reference = any[..5].iter().all(|field| !filled(field)) && files.is_empty();
    let forward = body["message_reference"]["type"].as_u64() == Some(1);
    if only_reference && !forward {
        return Err(ApiError::empty_message());
    }
    Ok(())
}

/// Checks a message as it would be after an edit.
pub(crate) fn check_edit(
    body: &Value,
    old: &Value,
    files: &BTreeMap<String, Upload>,
) -> Result<(), ApiError> {
    check(body, files)?;
    let was_v2 = old["flags"].as_u64().unwrap_or(0) & V2 != 0;
    let is_v2 = body["flags"].as_u64().unwrap_or(0) & V2 != 0;
    if was_v2 && !is_v2 {
        let mut errors = FormErrors::default();
        errors.add(
            "flags",
            "MESSAGE_COMPONENTS_V2_FLAG_CANNOT_BE_REMOVED",
            "The components V2 flag cannot be removed",
        );
        return errors.result();
    }
    let blank = |field: &str| match &body[field] {
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        other => other.is_null(),
    };
    let attachments = body["attachments"]
        .as_array()
        .or_else(|| old["attachments"].as_array());
    if ["content", "embeds", "components", "poll"]
        .iter()
        .all(|field| blank(field))
        && files.is_empty()
        && attachments.is_none_or(Vec::is_empty)
    {
        return Err(ApiError::empty_message());
    }
    Ok(())
}

fn check(body: &Value, files: &BTreeMap<String, Upload>) -> Result<(), ApiError> {
    let mut errors = FormErrors::default();
    if body["content"]
        .as_str()
        .is_some_and(|content| content.chars().count() > CONTENT)
    {
        errors.too_long("content", CONTENT);
    }
    embed_rules::check(&body["embeds"], &mut errors);
    check_files(files)?;
    let v2 = body["flags"].as_u64().unwrap_or(0) & V2 != 0;
    let components = body["components"].as_array().map_or(&[][..], Vec::as_slice);
    let mut seen = BTreeSet::new();
    if v2 {
        check_v2(body, components, &mut errors);
    } else {
        check_rows(components, &mut errors);
    }
    for (index, component) in components.iter().enumerate() {
        check_component(component, &format!("components.{index}"), &mut seen, &mut errors);
    }
    errors.result()
}

fn check_files(files: &BTreeMap<String, Upload>) -> Result<(), ApiError> {
    let total: usize = files.values().map(|file| file.bytes.len()).sum();
    if total > REQUEST_BYTES || files.values().any(|file| file.bytes.len() > FILE_BYTES) {
        return Err(ApiError::too_large());
    }
    check_count(files.len())
}

/// Checks how many attachments a message would have.
pub(crate) fn check_count(attachments: usize) -> Result<(), ApiError> {
    if attachments > FILES {
        return Err(ApiError::new(
            400,
            30015,
            "Maximum number of attachments in a message reached (10)",
        ));
    }
    Ok(())
}

fn check_v2(body: &Value, components: &[Value], errors: &mut FormErrors) {
    for field in ["content", "embeds", "poll", "sticker_ids"] {
        let used = match &body[field] {
            Value::String(text) => !text.is_empty(),
            Value::Array(items) => !items.is_empty(),
            Value::Object(_) => true,
            _ => false,
        };
        if used {
            errors.add(
                field,
                "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                format!("The '{field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"),
            );
        }
    }
    let total: usize = components.iter().map(count).sum();
    if total > V2_COMPONENTS {
        errors.add(
            "components",
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
            format!("The total number of components must be {V2_COMPONENTS} or fewer"),
        );
    }
}

fn count(component: &Value) -> usize {
    let inner = component["components"].as_array().into_iter().flatten();
    1 + inner.map(count).sum::<usize>() + usize::from(component["accessory"].is_object())
}

fn check_rows(components: &[Value], errors: &mut FormErrors) {
    if components.len() > ROWS {
        errors.length("components", 1, ROWS);
    }
    for (index, row) in components.iter().enumerate() {
        if row["type"].as_u64() != Some(1) {
            let path = format!("components.{index}.type");
            errors.add(
                &path,
                "UNION_TYPE_CHOICES",
                "Value of field \"type\" must be one of (1,).",
            );
        }
    }
}

fn check_component(component: &Value, path: &str, seen: &mut BTreeSet<String>, errors: &mut FormErrors) {
    let kind = component["type"].as_u64().unwrap_or(0);
    if let Some(id) = component["custom_id"].as_str()
        && !seen.insert(id.to_owned())
    {
        let place = format!("{path}.custom_id");
        errors.add(
            &place,
            "COMPONENT_CUSTOM_ID_DUPLICATED",
            "Component custom id cannot be duplicated",
        );
    }
    match kind {
        1 => check_row(component, path, errors),
        2 => check_button(component, path, errors),
        3 => check_select(component, path, errors),
        _ => {}
    }
    for (index, inner) in component["components"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
    {
        check_component(inner, &format!("{path}.components.{index}"), seen, errors);
    }
    if component["accessory"].is_object() {
        check_component(
            &component["accessory"],
            &format!("{path}.accessory"),
            seen,
            errors,
        );
    }
}

fn check_row(row: &Value, path: &str, errors: &mut FormErrors) {
    let inner = row["components"].as_array().map_or(&[][..], Vec::as_slice);
    let selects = inner
        .iter()
        .filter(|c| matches!(c["type"].as_u64(), Some(3 | 5..=8)))
        .count();
    if inner.is_empty() || inner.len() > BUTTONS {
        errors.length(&format!("{path}.components"), 1, BUTTONS);
    } else if selects > 0 && inner.len() > 1 {
        errors.add(
            &format!("{path}.components"),
            "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
            "The specified component exceeds the maximum width",
        );
    }
}

fn check_button(button: &Value, path: &str, errors: &mut FormErrors) {
    let style = button["style"].as_u64().unwrap_or(0);
    let has = |field: &str| button[field].as_str().is_some_and(|text| !text.is_empty());
    match style {
        5 => {
            if !has("url") {
                errors.required(&format!("{path}.url"));
            }
            if has("custom_id") {
                errors.add(
                    &format!("{path}.custom_id"),
                    "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
                    "A custom id and url cannot both be specified",
                );
            }
        }
        6 => {}
        _ => {
            if !has("custom_id") {
                errors.required(&format!("{path}.custom_id"));
            }
        }
    }
    if style != 6 && !has("label") && !button["emoji"].is_object() {
        errors.add(
            path,
            "BUTTON_COMPONENT_INVALID_LABEL_OR_EMOJI",
            "A button must have a label or an emoji",
        );
    }
}

fn check_select(select: &Value, path: &str, errors: &mut FormErrors) {
    let options = select["options"].as_array().map_or(&[][..], Vec::as_slice);
    let mut seen = BTreeSet::new();
    for (index, option) in options.iter().enumerate() {
        if !seen.insert(option["value"].as_str().unwrap_or_default()) {
            let place = format!("{path}.options.{index}.value");
            errors.add(
                &place,
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                "The specified option value is already used",
            );
        }
    }
    if select["min_values"].as_u64().unwrap_or(1) > select["max_values"].as_u64().unwrap_or(1) {
        errors.add(
            &format!("{path}.min_values"),
            "SELECT_COMPONENT_MIN_VALUES_EXCEEDS_MAX",
            "min_values cannot exceed max_values",
        );
    }
}
