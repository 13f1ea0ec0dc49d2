//! The words of changing pictures. Pure functions.

use duologue::prelude::{Button, Content, bold, code, text};
use duologue::words::{bytes, count};
use duologue_draw::picture::{Expected, ImageError, ParseError, Problem, Quantity};

use crate::features::image::Edited;

/// The answer to the command without a picture.
pub(crate) const NO_PICTURE: &str = "Send me a picture or an album together with /image and what to do, such as \
                                     /image crop square, grey. Or answer a picture with it.";

/// The answer for a picture that is more work than a worker may do.
pub(crate) const TOO_MUCH_WORK: &str = "This picture is more work than I can do for one.";

/// Labels of buttons, each with its operations.
pub(crate) const FOR_ONE: &[(&str, &str)] = &[
    ("Grey", "grey"),
    ("Square", "crop square"),
    ("Half as large", "resize 50%"),
    ("Blur", "blur"),
];
pub(crate) const FOR_MANY: &[(&str, &str)] = &[
    ("Collage", "collage"),
    ("Grey", "grey"),
    ("Square", "crop square"),
];

/// The question what to do, with some answers.
pub(crate) fn what_to_do(buttons: Vec<Button>) -> Content {
    let content = Content::new().paragraph("What shall I do with it?").paragraph([
        text("Write it behind the command, such as "),
        code("/image crop 16:9, resize 800, caption \"Hello\""),
        text(". I know: "),
        text(Expected::Operation.examples().join(", ")),
        text("."),
    ]);
    content.buttons(buttons)
}

/// The name of the task.
pub(crate) fn name(pictures: usize) -> String {
    match pictures {
        1 => "Changing a picture".to_owned(),
        pictures => format!("Changing {pictures} pictures"),
    }
}

/// The name of loading a picture.
pub(crate) fn loading(number: usize) -> String {
    format!("loading picture {}", number + 1)
}

/// The name of changing a picture of several.
pub(crate) fn editing(number: usize, of: usize) -> String {
    format!("picture {} of {of}", number + 1)
}

/// The file name of a result.
pub(crate) fn file_name(extension: &str) -> String {
    format!("picture.{extension}")
}

/// The answer to more pictures than can be changed at once.
pub(crate) fn too_many(most: usize) -> String {
    format!("I change up to {most} pictures at once.")
}

/// The answer to a file that is too large.
pub(crate) fn file_too_large(limit: u64) -> String {
    format!(
        "This file is too large: I take pictures of up to {}.",
        bytes(limit)
    )
}

/// The answer to operations that cannot be read.
pub(crate) fn not_understood(error: &ParseError) -> Content {
    let what = match (error.word.as_str(), error.operation.as_str()) {
        ("", "") => vec![text("There is nothing to do.")],
        ("", operation) => vec![code(operation), text(" needs something behind it.")],
        (word, "") => vec![code(word), text(" is nothing that I can do to a picture.")],
        (word, operation) => vec![
            code(word),
            text(" does not fit behind "),
            code(operation),
            text("."),
        ],
    };
    let lead = match error.expected {
        Expected::Operation => "I know:",
        _ => "It could be:",
    };
    let examples = error.expected.examples().iter();
    let examples = examples.flat_map(|example| [text(" "), code(*example)]);
    Content::new()
        .paragraph(what)
        .paragraph([text(lead)].into_iter().chain(examples).collect::<Vec<_>>())
}

/// What is wrong with a picture, or with what was asked of it.
pub(crate) fn problem(error: &ImageError) -> String {
    match error {
        ImageError::TooLarge { what, value, most } => too_large(*what, *value, *most),
        ImageError::NotAnImage => {
            "This is no picture that I know. PNG, JPEG, GIF, WebP and BMP I can read.".to_owned()
        }
        ImageError::Broken { .. } => "This picture is broken: it cannot be read to its end.".to_owned(),
        ImageError::Unsupported { format } => {
            format!("I cannot read pictures of the kind {format}. PNG, JPEG, GIF, WebP and BMP I can read.")
        }
        ImageError::BadOperation { operation, problem } => bad_operation(operation, *problem),
    }
}

fn too_large(what: Quantity, value: Option<u64>, most: u64) -> String {
    let sizes = |number: fn(u64) -> String, unit: &str| {
        let has = value.map_or_else(|| "more".to_owned(), number);
        format!("{has}{unit}, and {}{unit} is the most that I take", number(most))
    };
    match what {
        Quantity::InputBytes => format!("This file is too large: {}.", sizes(bytes, "")),
        Quantity::Side => format!(
            "This picture is too large: {} along a side.",
            sizes(count, " pixels")
        ),
        Quantity::Pixels => format!("This picture is too large: {}.", sizes(count, " pixels")),
        Quantity::DecodedBytes => format!("This picture needs too much memory: {}.", sizes(bytes, "")),
        Quantity::Frames => format!("This animation is too long: {}.", sizes(count, " frames")),
        Quantity::OutputSide => format!(
            "That would become too large: {} along a side.",
            sizes(count, " pixels")
        ),
        Quantity::OutputPixels => format!("That would become too large: {}.", sizes(count, " pixels")),
        Quantity::Pictures => format!("These are too many pictures: {}.", sizes(count, "")),
        Quantity::Operations => format!("That is too much at once: {}.", sizes(count, " operations")),
    }
}

fn bad_operation(operation: &str, problem: Problem) -> String {
    match problem {
        Problem::OutOfRange { value, least, most } => {
            format!("{operation} takes a number from {least} to {most}, not {value}.")
        }
        Problem::Outside { width, height } => {
            format!(
                "{operation}: that part lies outside of the picture, which has {width} × {height} pixels."
            )
        }
        Problem::Pictures { given, least, most } => {
            format!(
                "{operation} takes {least} to {most} pictures, and there is {given}. Send an album with the command."
            )
        }
        Problem::NoText => format!("{operation} needs some text, such as caption \"Hello\"."),
        Problem::TextTooLong => format!("{operation}: the text is too long to be read on this picture."),
        Problem::Twice => format!("{operation} can be done once."),
    }
}

/// The result, with a line for each picture. The pictures follow.
pub(crate) fn result(results: &[Result<Edited, Content>]) -> Content {
    let line = |result: &Result<Edited, Content>| match result {
        Ok(edited) => edited_line(edited),
        Err(problem) => format!("✗ {}", problem.to_plain().trim()),
    };
    match results {
        [one] => Content::text(line(one)),
        many => {
            let done = many.iter().filter(|result| result.is_ok()).count();
            let head = format!("{done} of {} pictures", many.len());
            Content::new()
                .paragraph(bold(head))
                .list(many.iter().map(line).collect::<Vec<_>>())
        }
    }
}

fn edited_line(edited: &Edited) -> String {
    let mut line = format!(
        "{} × {} · {} · {}",
        edited.width,
        edited.height,
        edited.format.extension().to_uppercase(),
        bytes(edited.bytes as u64)
    );
    if edited.frames_left_out > 0 {
        line.push_str(" · the first picture of an animation");
    }
    if !edited.missing.is_empty() {
        let missing: String = edited.missing.iter().collect();
        line.push_str(&format!(" · without letters for: {missing}"));
    }
    line
}
