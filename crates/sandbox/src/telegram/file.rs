//! File ids, file objects, `getFile` and downloads. Owns no state: the bytes are in the world's files.

use serde_json::{Map, Value, json};

use super::error::{ApiError, Outcome};
use super::methods::Call;
use crate::bounds::UPLOAD_BYTES;
use crate::files::{Upload, picture_size};
use crate::world::World;

/// Bytes of an uploaded photo.
const PHOTO_BYTES: usize = 10 * 1024 * 1024;
/// Bytes a bot may download.
const DOWNLOAD_BYTES: usize = 20 * 1024 * 1024;
/// Width and height of a photo together.
const PHOTO_SIDES: u32 = 10_000;

/// What a file is checked for.
pub(crate) enum Limit {
    Upload,
}

/// A file's id, as opaque as Telegram's.
pub(crate) fn id(number: u64) -> String {
    format!("AgACAgIAAxkDAAI{number:08}SandboxFile")
}

/// The file a file id stands for.
pub(crate) fn number(id: &str) -> Option<u64> {
    id.strip_prefix("AgACAgIAAxkDAAI")?
        .strip_suffix("SandboxFile")?
        .parse()
        .ok()
}

/// Refuses what Telegram would not take.
pub(crate) fn check(kind: &str, upload: &Upload, _for: Limit) -> Result<(), ApiError> {
    if upload.bytes.len() > UPLOAD_BYTES {
        return Err(ApiError::new(413, "Request Entity Too Large"));
    }
    if kind != "photo" {
        return Ok(());
    }
    if upload.bytes.len() > PHOTO_BYTES {
        return Err(ApiError::bad("file is too big for a photo"));
    }
    let (width, height) = picture_size(&upload.bytes).ok_or_else(|| ApiError::bad("IMAGE_PROCESS_FAILED"))?;
    let narrow = width == 0 || height == 0 || width > 20 * height || height > 20 * width;
    if width.saturating_add(height) > PHOTO_SIDES || narrow {
        return Err(ApiError::bad("PHOTO_INVALID_DIMENSIONS"));
    }
    Ok(())
}

/// The field of a message that shows a file.
pub(crate) fn field(world: &World, kind: &str, number: u64) -> Map<String, Value> {
    let Some(upload) = world.files.get(number) else {
        return Map::new();
    };
    let id = id(number);
    let mut object = json!({ "file_id": id, "file_unique_id": format!("AQAD{number:08}"),
                             "file_size": upload.bytes.len() });
    let (width, height) = picture_size(&upload.bytes).unwrap_or((320, 240));
    let mut fields = Map::new();
    match kind {
        "photo" => {
            object["width"] = Value::from(width);
            object["height"] = Value::from(height);
            object = json!([object]);
        }
        "video" | "animation" => {
            object["width"] = Value::from(width);
            object["height"] = Value::from(height);
            object["duration"] = Value::from(1);
        }
        "audio" | "voice" => object["duration"] = Value::from(1),
        _ => {}
    }
    if kind != "photo" {
        object["mime_type"] = Value::from(upload.mime.clone());
        if kind != "voice" {
            object["file_name"] = Value::from(upload.name.clone());
        }
    }
    if kind == "animation" {
        // An animation is a document as well, for clients that know no animations.
        fields.insert("document".to_owned(), object.clone());
    }
    fields.insert(kind.to_owned(), object);
    fields
}

fn path(number: u64, upload: &Upload) -> String {
    let end = upload.name.rsplit_once('.').map_or("bin", |(_, end)| end);
    let folder = if upload.mime.starts_with("image/") {
        "photos"
    } else {
        "documents"
    };
    format!("{folder}/file_{number}.{end}")
}

/// `getFile`.
pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let asked = call.text("file_id").unwrap_or_default();
    let number = number(asked).ok_or_else(|| ApiError::bad("invalid file_id"))?;
    let upload = call
        .world
        .files
        .get(number)
        .ok_or_else(|| ApiError::bad("file is temporarily unavailable"))?;
    if upload.bytes.len() > DOWNLOAD_BYTES {
        return Err(ApiError::bad("file is too big"));
    }
    Ok(
        json!({ "file_id": id(number), "file_unique_id": format!("AQAD{number:08}"),
               "file_size": upload.bytes.len(), "file_path": path(number, upload) }),
    )
}

/// The file behind a `file_path`.
pub(crate) fn download(world: &World, _bot: i64, path: &str) -> Result<Upload, ApiError> {
    let number = path
        .rsplit_once("file_")
        .and_then(|(_, rest)| rest.split('.').next()?.parse().ok());
    number
        .and_then(|number| world.files.get(number))
        .cloned()
        .ok_or_else(ApiError::not_found)
}
