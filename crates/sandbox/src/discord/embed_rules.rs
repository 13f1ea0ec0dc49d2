//! Rules of embeds that the published schema does not state. Owns no state.

use serde_json::Value;

use super::error::FormErrors;

/// Characters of all embeds of a message together.
const TOTAL: usize = 6000;

fn length(value: &Value) -> usize {
    value.as_str().map_or(0, |text| text.chars().count())
}

/// The characters of an embed that count.
fn size(embed: &Value) -> usize {
    let fields = embed["fields"].as_array().into_iter().flatten();
    length(&embed["title"])
        + length(&embed["description"])
        + length(&embed["footer"]["text"])
        + length(&embed["author"]["name"])
        + fields
            .map(|field| length(&field["name"]) + length(&field["value"]))
            .sum::<usize>()
}

/// Checks the embeds of a message.
pub(crate) fn check(embeds: &Value, errors: &mut FormErrors) {
    let embeds = embeds.as_array().map_or(&[][..], Vec::as_slice);
    for (index, embed) in embeds.iter().enumerate() {
        for (number, field) in embed["fields"].as_array().into_iter().flatten().enumerate() {
            for part in ["name", "value"] {
                if length(&field[part]) == 0 {
                    errors.required(&format!("embeds.{index}.fields.{number}.{part}"));
                }
            }
        }
        let shown = [
            "title",
            "description",
            "fields",
            "image",
            "thumbnail",
            "author",
            "footer",
            "video",
            "url",
        ];
        let empty =
            |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty) || value == "";
        if shown.iter().all(|part| empty(&embed[*part])) {
            errors.required(&format!("embeds.{index}.description"));
        }
    }
    if embeds.iter().map(size).sum::<usize>() > TOTAL {
        errors.add(
            "embeds",
            "MAX_EMBED_SIZE_EXCEEDED",
            format!("Embed size exceeds maximum size of {TOTAL}"),
        );
    }
}
