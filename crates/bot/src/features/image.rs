//! `/image`: pictures that people send, changed in worker processes under limits. Owns nothing.

use duologue::prelude::*;
use duologue::{AttachmentKind, InputFile, SendErrorKind, TaskFile};
use duologue_draw::picture::{self, ImageError, ImageFormat, ImageLimits, ImageOp, OutputFormat, parse_ops};
use serde::{Deserialize, Serialize};

use crate::features::files::{KeptFile, carried};
use crate::words::image as words;

/// The most pictures at once: those of an album on either network.
const MOST_PICTURES: usize = 10;

/// How many pictures are loaded, and how many wait to be changed, at once.
const AT_ONCE: usize = 2;

/// The most of a picture that networks show as one: Telegram's `sendPhoto` has the narrowest bounds.
const SHOWN_BYTES: usize = 10_000_000;
const SHOWN_SIDES: u32 = 10_000;
const SHOWN_RATIO: u32 = 20;

/// Change pictures: resize, crop, rotate, grey, blur, caption, collage
///
/// Send the command with a picture or an album, or answer one with it. Several operations are done in their order:
/// `crop square, resize 800, caption "Hello"`. There are: `resize 800` or `50%`, `crop square` or `16:9`, `rotate 90`,
/// `flip`, `grey`, `blur 5`, `brightness 20`, `contrast 20`, `caption "Hello"`, `collage`, and `png`, `jpeg`, `webp` or
/// `gif` for the kind of file.
#[command(example = "crop square, resize 800, grey")]
pub(crate) async fn image(
    ctx: Context,
    /// a picture
    picture: Option<Attachment>,
    /// one more picture
    second: Option<Attachment>,
    /// one more picture
    third: Option<Attachment>,
    /// one more picture
    fourth: Option<Attachment>,
    /// what to do with it, such as `crop square, grey`
    operations: Option<Rest>,
) -> Result<Reply, HandlerError> {
    let named: Vec<Attachment> = [picture, second, third, fourth].into_iter().flatten().collect();
    let files: Vec<Attachment> = carried(&ctx, &named).into_iter().cloned().collect();
    let operations = operations.map(|rest| rest.0.text).unwrap_or_default();
    if files.is_empty() {
        return Err(HandlerError::say(words::NO_PICTURE));
    }
    if operations.trim().is_empty() {
        return Ok(Reply::new(words::what_to_do(buttons(&files)?)));
    }
    begin(&ctx, files, &operations)?;
    Ok(Reply::none())
}

/// A button that changes pictures.
#[derive(Button, Debug, PartialEq)]
#[button(name = "edit_image")]
pub(crate) struct EditImage {
    files: Vec<KeptFile>,
    operations: String,
}

/// Does what a button says.
pub(crate) async fn edit_image(ctx: Context, button: EditImage) -> Result<(), HandlerError> {
    let files = button.files.into_iter().map(KeptFile::attachment).collect();
    begin(&ctx, files, &button.operations)
}

/// Buttons with what can be done to pictures that came in; none where they are no pictures.
pub(crate) fn buttons(files: &[Attachment]) -> Result<Vec<duologue::Button>, HandlerError> {
    if !files.iter().all(is_picture) {
        return Ok(Vec::new());
    }
    let offers: &[(&str, &str)] = match files {
        [_] => words::FOR_ONE,
        _ => words::FOR_MANY,
    };
    let button = |(label, operations): &(&'static str, &str)| {
        let call = ButtonCall::new(&EditImage {
            files: files.iter().map(KeptFile::new).collect(),
            operations: (*operations).to_owned(),
        })?;
        Ok(duologue::Button::with_action(
            *label,
            duologue::ButtonAction::Value(call),
        ))
    };
    offers.iter().map(button).collect()
}

/// Whether a file may be a picture; only reading it tells.
fn is_picture(file: &Attachment) -> bool {
    match &file.mime {
        Some(mime) => mime.starts_with("image/"),
        None => file.kind == AttachmentKind::Photo,
    }
}

/// Starts the task, or says what is wrong with what was asked.
fn begin(ctx: &Context, files: Vec<Attachment>, operations: &str) -> Result<(), HandlerError> {
    let ops = parse_ops(operations).map_err(|error| HandlerError::say(words::not_understood(&error)))?;
    if files.len() > MOST_PICTURES {
        return Err(HandlerError::say(words::too_many(MOST_PICTURES)));
    }
    let together = ops.iter().any(|op| matches!(op, ImageOp::Collage { .. }));
    let limits = ImageLimits::default();
    let memory = files.iter().map(|file| file.bytes.unwrap_or(limits.input_bytes));
    let memory = memory.map(|bytes| bytes.min(limits.input_bytes)).sum();
    let edit = Edit {
        context: ctx.clone(),
        files,
        ops,
        limit: limits.input_bytes,
    };
    let name = words::name(edit.files.len());
    let task = Task::new(name, move |task: TaskContext| async move {
        if together {
            edit.together(&task).await
        } else {
            edit.each(&task).await
        }
    });
    ctx.start(task.memory(memory))?;
    Ok(())
}

/// What was asked.
struct Edit {
    context: Context,
    files: Vec<Attachment>,
    ops: Vec<ImageOp>,
    /// The most bytes of a file.
    limit: u64,
}

/// A picture that was made, as a file of its task.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Edited {
    file: TaskFile,
    pub(crate) format: ImageFormat,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) bytes: usize,
    pub(crate) frames_left_out: u32,
    pub(crate) missing: Vec<char>,
}

impl Edit {
    /// All pictures become one.
    async fn together(&self, task: &TaskContext) -> Result<Content, TaskError> {
        let loads = self
            .files
            .iter()
            .zip(0..)
            .map(|(file, number)| self.load((number, file.clone())));
        let inputs = task.gather(loads).await?;
        let edit = edit::task(self.ops.clone());
        let edit = inputs.into_iter().fold(edit, Task::file);
        let edited = task
            .run(edit)
            .await?
            .map_err(|error| TaskError::say(words::problem(&error)))?;
        self.show(task, &[Ok(edited)])
    }

    /// Each picture by itself: one is loaded while another is changed.
    async fn each(&self, task: &TaskContext) -> Result<Content, TaskError> {
        let (ops, count) = (self.ops.clone(), self.files.len());
        let loads: Vec<_> = self
            .files
            .iter()
            .cloned()
            .zip(0..)
            .map(|(file, number)| (number, file))
            .collect();
        let (context, limit) = (self.context.clone(), self.limit);
        let results = task
            .pipeline(loads)
            .stage(AT_ONCE, move |(number, file)| {
                load(context.clone(), number, file, limit).map(move |input| (number, input))
            })
            .stage(AT_ONCE, move |(number, input)| {
                edit::task(ops.clone())
                    .named(words::editing(number, count))
                    .file(input)
            })
            .settle()
            .await;
        let results: Vec<Result<Edited, Content>> =
            results.into_iter().map(settled).collect::<Result<_, _>>()?;
        if let [Err(problem)] = results.as_slice() {
            return Err(TaskError::say(problem.clone()));
        }
        self.show(task, &results)
    }

    fn load(&self, (number, file): (usize, Attachment)) -> Task<InputFile> {
        load(self.context.clone(), number, file, self.limit)
    }

    fn show(&self, task: &TaskContext, results: &[Result<Edited, Content>]) -> Result<Content, TaskError> {
        let asked = self.ops.iter().any(|op| matches!(op, ImageOp::Format(_)));
        let mut content = words::result(results);
        for edited in results.iter().flatten() {
            let kind = kind(edited, asked);
            content = content.media(task.media(kind, &edited.file)?);
        }
        Ok(content)
    }
}

/// A picture that came in.
fn load(context: Context, number: usize, file: Attachment, limit: u64) -> Task<InputFile> {
    Task::new(words::loading(number), move |_| async move {
        let bytes = context.download(&file, limit).await;
        let bytes = bytes.map_err(|error| match error.kind {
            SendErrorKind::TooLong { .. } => TaskError::say(words::file_too_large(limit)),
            _ => TaskError::from(error),
        })?;
        Ok(InputFile::new("picture", bytes))
    })
}

/// What is wrong with one picture is said; what is wrong with the bot ends the task.
fn settled(
    result: Result<Result<Edited, ImageError>, TaskError>,
) -> Result<Result<Edited, Content>, TaskError> {
    match result {
        Ok(Ok(edited)) => Ok(Ok(edited)),
        Ok(Err(error)) => Ok(Err(Content::text(words::problem(&error)))),
        Err(TaskError::Say(content)) => Ok(Err(content)),
        // Limits of the worker behind those of the picture: whatever it is, it is too much.
        Err(TaskError::OverLimit(_) | TaskError::TimedOut(_) | TaskError::Crashed(_)) => {
            Ok(Err(Content::text(words::TOO_MUCH_WORK)))
        }
        Err(error) => Err(error),
    }
}

/// How a picture is sent. Networks change what they show, so a kind of file that was asked for is sent as it is.
fn kind(edited: &Edited, asked: bool) -> AttachmentKind {
    let shown = matches!(edited.format, ImageFormat::Png | ImageFormat::Jpeg);
    let (longer, shorter) = (edited.width.max(edited.height), edited.width.min(edited.height));
    let fits = edited.bytes <= SHOWN_BYTES
        && longer + shorter <= SHOWN_SIDES
        && longer <= shorter.saturating_mul(SHOWN_RATIO);
    if shown && fits && !asked {
        AttachmentKind::Photo
    } else {
        AttachmentKind::Document
    }
}

/// Changing the picture
#[task(lane = "process", processor = "60s")]
fn edit(task: &TaskContext, ops: Vec<ImageOp>) -> Result<Result<Edited, ImageError>, TaskError> {
    let limits = ImageLimits::default();
    let mut pictures = Vec::with_capacity(task.inputs());
    for index in 0..task.inputs() {
        pictures.push(task.input(index)?.read_all(limits.input_bytes)?);
    }
    let picture = match picture::apply(&pictures, &ops, OutputFormat::Same, &limits) {
        Ok(picture) => picture,
        Err(error) => return Ok(Err(error)),
    };
    let bytes = picture.bytes.len();
    let name = words::file_name(picture.format.extension());
    let file = task.wait(task.write_file(name, picture.bytes))?;
    Ok(Ok(Edited {
        file,
        format: picture.format,
        width: picture.width,
        height: picture.height,
        bytes,
        frames_left_out: picture.frames_left_out,
        missing: picture.missing,
    }))
}

#[cfg(test)]
mod tests;
