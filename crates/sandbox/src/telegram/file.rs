//! File ids, file objects, `getFile` and downloads. Owns no state: the bytes are in the world's files.

use serde_json::{Map, Value, json};

use super::error::{ApiError, Outcome};
use super::methods::Call;
use crate::bounds::UPLOAD_BYTES;
use crate::files::Upload;
use crate::picture;
use crate::world::World;

/// Bytes of an uploaded photo.
const PHOTO_BYTES: usize = 10 * 1024 * 1024;
/// Bytes a bot may download.
const DOWNLOAD_BYTES: usize = 20 * 1024 * 1024;
/// Width and height of a photo together.
const PHOTO_SIDES: u32 = 10_000;
/// How many times longer than the other a side of a photo may be.
const PHOTO_RATIO: u32 = 20;

/// The sizes in which a photo comes beside its own: the longer side in pixels, and the letter in the file's id.
const SIZES: [(u32, &str); 4] = [(90, "s"), (320, "m"), (800, "x"), (1280, "y")];

const ID_START: &str = "AgACAgIAAxkDAAI";
const ID_END: &str = "SandboxFile";

/// Why a file cannot be sent as a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoPhoto {
    TooBig,
    NoPicture,
    Dimensions,
}

impl NoPhoto {
    /// What the client says to a person.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::TooBig => "the picture is too big for a photo: send it as a file",
            Self::NoPicture => "the file is no picture: send it as a file",
            Self::Dimensions => "the picture is too long or too large for a photo: send it as a file",
        }
    }
}

impl From<NoPhoto> for ApiError {
    fn from(why: NoPhoto) -> Self {
        Self::bad(match why {
            NoPhoto::TooBig => "file is too big for a photo",
            NoPhoto::NoPicture => "IMAGE_PROCESS_FAILED",
            NoPhoto::Dimensions => "PHOTO_INVALID_DIMENSIONS",
        })
    }
}

/// Whether a file can be a photo.
pub(crate) fn check_photo(upload: &Upload) -> Result<(), NoPhoto> {
    if upload.bytes.len() > PHOTO_BYTES {
        return Err(NoPhoto::TooBig);
    }
    let (width, height) = picture::size(&upload.bytes).ok_or(NoPhoto::NoPicture)?;
    let (short, long) = (width.min(height), width.max(height));
    let narrow = long > short.saturating_mul(PHOTO_RATIO);
    if short == 0 || narrow || width.saturating_add(height) > PHOTO_SIDES {
        return Err(NoPhoto::Dimensions);
    }
    Ok(())
}

/// Refuses what Telegram would not take.
pub(crate) fn check(kind: &str, upload: &Upload) -> Result<(), ApiError> {
    if upload.bytes.len() > UPLOAD_BYTES {
        return Err(ApiError::new(413, "Request Entity Too Large"));
    }
    if kind == "photo" {
        check_photo(upload)?;
    }
    Ok(())
}

/// A file's id, as opaque as Telegram's; `size` is the letter of a photo's smaller size.
fn id(number: u64, size: &str) -> String {
    format!("{ID_START}{number:08}{size}{ID_END}")
}

fn unique_id(number: u64, size: &str) -> String {
    format!("AQAD{number:08}{size}")
}

/// The file a file id stands for. The sizes of a photo share one file: the sandbox does not scale pictures.
pub(crate) fn number(id: &str) -> Option<u64> {
    let middle = id.strip_prefix(ID_START)?.strip_suffix(ID_END)?;
    let digits = middle.trim_end_matches(|c: char| c.is_ascii_lowercase());
    (middle.len() - digits.len() <= 1)
        .then(|| digits.parse().ok())
        .flatten()
}

/// A photo's sizes, the smallest first and the picture itself last.
fn sizes(number: u64, upload: &Upload, (width, height): (u32, u32)) -> Value {
    let bytes = upload.bytes.len();
    let long = width.max(height);
    let size = |side: u32, letter: &str| {
        let scaled = |length: u32| (u64::from(length) * u64::from(side) / u64::from(long.max(1))).max(1);
        let (width, height) = (scaled(width), scaled(height));
        json!({ "file_id": id(number, letter), "file_unique_id": unique_id(number, letter),
                "width": width, "height": height, "file_size": bytes })
    };
    let smaller = SIZES.iter().filter(|(side, _)| *side < long);
    smaller
        .map(|(side, letter)| size(*side, letter))
        .chain([size(long, "")])
        .collect()
}

/// The field of a message that shows a file.
pub(crate) fn field(world: &World, kind: &str, number: u64) -> Map<String, Value> {
    let Some(upload) = world.files.get(number) else {
        return Map::new();
    };
    let (width, height) = picture::size(&upload.bytes).unwrap_or((320, 240));
    let mut fields = Map::new();
    if kind == "photo" {
        fields.insert(kind.to_owned(), sizes(number, upload, (width, height)));
        return fields;
    }
    let mut object = json!({ "file_id": id(number, ""), "file_unique_id": unique_id(number, ""),
                             "file_size": upload.bytes.len(), "mime_type": upload.mime });
    match kind {
        "video" | "animation" => {
            object["width"] = Value::from(width);
            object["height"] = Value::from(height);
            object["duration"] = Value::from(1);
        }
        "audio" | "voice" => object["duration"] = Value::from(1),
        _ => {}
    }
    if kind != "voice" {
        object["file_name"] = Value::from(upload.name.clone());
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
    Ok(json!({ "file_id": asked, "file_unique_id": unique_id(number, ""),
               "file_size": upload.bytes.len(), "file_path": path(number, upload) }))
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
