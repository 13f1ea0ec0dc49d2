//! The words of the comparison: its live message, its picture and its end. Pure functions.

use std::time::Duration;

use duologue::Button;
use duologue::prelude::{Content, bold, text};

use crate::features::compare::lesson::{Board, Comparison, Plan, Standing, Timeline};

/// The command's own words for help and menus.
pub(crate) const COMPARE_DESCRIPTION: &str = "Watch tasks run one after another, then side by side";
pub(crate) const COMPARE_HELP: &str = "A lesson in one message: the same tasks run in turn and then all at once, with \
                                       bars that move and a picture of both timelines at the end. I go on answering \
                                       while it runs, and Stop ends it early.";
pub(crate) const COMPARE_TASKS: &str = "how many tasks";
pub(crate) const COMPARE_SECONDS: &str = "how many seconds each of them takes";

/// The label of the button that ends a comparison.
pub(crate) const STOP: &str = "Stop";

/// What stands there where the picture could not be drawn.
pub(crate) const NO_PICTURE: &str = "The picture did not come out this time, sorry.";

/// The name of the first way.
pub(crate) const ONE_AFTER_ANOTHER: &str = "One after another";

/// The name of the second way.
pub(crate) const SIDE_BY_SIDE: &str = "Side by side";

/// The file name of the picture.
pub(crate) const PICTURE_NAME: &str = "comparison.png";

/// The answer to Stop when nothing runs any more.
pub(crate) const ALREADY_ENDED: &str = "That comparison has ended already. /compare starts a new one.";

/// The tasks: a sign and a name each.
const TASKS: [(&str, &str); 6] = [
    ("📝", "Writing a report"),
    ("🔎", "Doing research"),
    ("💬", "Chatting with friends"),
    ("📥", "Sorting the mail"),
    ("🎒", "Planning a trip"),
    ("🎧", "Learning a song"),
];

/// How many cells a bar has.
const CELLS: usize = 10;

/// The name of a task.
pub(crate) fn task_name(index: usize) -> &'static str {
    TASKS[index % TASKS.len()].1
}

/// A measured time: `6.0 s`.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn heading(plan: Plan) -> Content {
    let title = title(plan.tasks, plan.each.as_secs_f64());
    Content::new().paragraph(bold(format!("⏱ {title}")))
}

fn title(tasks: usize, each: f64) -> String {
    match tasks {
        1 => format!("1 task of {each} s"),
        tasks => format!("{tasks} tasks, {each} s each"),
    }
}

/// The message while the first way runs.
pub(crate) fn running(plan: Plan, first: Result<&Timeline, &Board>, second: Option<&Board>) -> Content {
    let content = heading(plan);
    let content = match first {
        Ok(timeline) => timeline_lines(content, ONE_AFTER_ANOTHER, timeline),
        Err(board) => board_lines(content, ONE_AFTER_ANOTHER, board),
    };
    match second {
        Some(board) => board_lines(content, SIDE_BY_SIDE, board),
        None => board_lines(content, SIDE_BY_SIDE, &Board::new(plan)),
    }
}

fn board_lines(content: Content, name: &str, board: &Board) -> Content {
    let waits = board.tasks.iter().all(|task| *task == Standing::Waiting);
    let note = if waits {
        "waits for its turn".to_owned()
    } else {
        seconds(board.elapsed)
    };
    let lines = board.tasks.iter().enumerate().map(|(index, task)| {
        let end = match task {
            Standing::Done(_) => " ✓",
            Standing::Waiting | Standing::Running { .. } => "",
        };
        task_line(index, board.done(*task), end)
    });
    way(content, name, &note, lines)
}

fn timeline_lines(content: Content, name: &str, timeline: &Timeline) -> Content {
    let lines = (0..timeline.stretches.len()).map(|index| task_line(index, 1.0, " ✓"));
    way(content, name, &seconds(timeline.total), lines)
}

fn way(content: Content, name: &str, note: &str, lines: impl Iterator<Item = String>) -> Content {
    let mut inlines = vec![bold(name), text(format!(" · {note}"))];
    inlines.extend(lines.map(text));
    content.paragraph(inlines)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a part of ten cells is from 0 to 10"
)]
fn task_line(index: usize, done: f64, end: &str) -> String {
    let full = (done * CELLS as f64).floor() as usize;
    let (sign, name) = TASKS[index % TASKS.len()];
    let bar = "▰".repeat(full) + &"▱".repeat(CELLS.saturating_sub(full));
    format!("\n{sign} {bar} {name}{end}")
}

/// The message when both ways are done.
pub(crate) fn compared(plan: Plan, comparison: &Comparison) -> Content {
    let content = heading(plan);
    let content = timeline_lines(content, ONE_AFTER_ANOTHER, &comparison.one_after_another);
    let content = timeline_lines(content, SIDE_BY_SIDE, &comparison.side_by_side);
    content.paragraph(format!("Done: side by side was {}.", faster(comparison)))
}

/// What was measured, in one sentence.
pub(crate) fn compared_sentence(comparison: &Comparison) -> String {
    let first = seconds(comparison.one_after_another.total);
    let second = seconds(comparison.side_by_side.total);
    if comparison.side_by_side.stretches.len() < 2 {
        return format!(
            "One task takes {second} either way: there is nothing to do meanwhile. Try /compare 3."
        );
    }
    format!(
        "One after another took {first}, side by side {second}: {}, because nobody stood in line while another waited.",
        faster(comparison)
    )
}

/// What the message says when it was ended early.
pub(crate) fn stopped(by_shutdown: bool) -> Content {
    if by_shutdown {
        Content::text(
            "⏹ I am about to restart, so this comparison ends early. /compare starts a new one in a moment.",
        )
    } else {
        Content::text("⏹ Stopped. /compare starts a new one whenever you like.")
    }
}

/// The answer to a second comparison of the same person.
pub(crate) fn still_running(left: Duration) -> String {
    let left = left.as_secs().max(1);
    format!(
        "Your comparison still runs, for about {left} s more: see the message with the bars. Watch it, or stop it here."
    )
}

/// The button that runs the same comparison again.
pub(crate) fn again(plan: Plan) -> Button {
    let arguments = format!("{} {}", plan.tasks, plan.each.as_secs());
    Button::command("Once more", "compare", arguments)
}

/// How much faster side by side was: `3.0× faster`.
pub(crate) fn faster(comparison: &Comparison) -> String {
    match comparison.factor() {
        factor if factor >= 1.05 => format!("{factor:.1}× faster"),
        _ => "just as fast".to_owned(),
    }
}

/// The heading of the picture.
pub(crate) fn picture_title(comparison: &Comparison) -> String {
    let side_by_side = &comparison.side_by_side;
    title(
        side_by_side.stretches.len(),
        side_by_side.total.as_secs_f64().round(),
    )
}

/// What the picture shows, for those who cannot see it.
pub(crate) fn picture_description(comparison: &Comparison) -> String {
    format!(
        "Two timelines. One after another: {}, the bars form stairs. Side by side: {}, the bars lie below each other.",
        seconds(comparison.one_after_another.total),
        seconds(comparison.side_by_side.total)
    )
}

/// How much earlier the end came.
pub(crate) fn saved(time: Duration) -> String {
    format!("{} saved", seconds(time))
}

/// A mark on the axis.
pub(crate) fn axis_label(seconds: f64) -> String {
    let decimals = usize::from(seconds.fract() > 0.05 && seconds.fract() < 0.95);
    format!("{seconds:.decimals$} s")
}
