//! The words of the comparison. Pure functions.

use std::time::Duration;

use duologue::Button;
use duologue::prelude::{Content, bold, text};

use crate::features::compare::{Lesson, Outcome, Way, Work};

/// The name of a piece of work that has none yet.
pub(crate) const PIECE: &str = "Piece of work";

/// What is done before computing.
pub(crate) const TRYING: &str = "Trying how fast this machine is";

/// The axis of the picture.
pub(crate) const TIME: &str = "time";
pub(crate) const SECONDS: &str = "s";

/// What bars mean.
pub(crate) const BUSY: &str = "computing";
pub(crate) const IDLE: &str = "waiting";

/// A factor from which one way is faster than another.
const FASTER: f64 = 1.15;

/// The name of a piece of work.
pub(crate) fn piece(number: u32) -> String {
    format!("piece {}", number + 1)
}

/// The name of the whole.
pub(crate) fn name(lesson: &Lesson) -> String {
    format!("Comparing {}", subtitle(lesson))
}

/// How much there is to do.
pub(crate) fn subtitle(lesson: &Lesson) -> String {
    let each = lesson.each.as_secs_f64();
    match lesson.pieces {
        1 => format!("1 piece of {each} s"),
        pieces => format!("{pieces} pieces of {each} s"),
    }
}

/// The name of a way.
pub(crate) fn way(way: Way) -> &'static str {
    match way {
        Way::OneAfterAnother => "One after another",
        Way::Async => "Async",
        Way::Threads => "Threads",
        Way::Processes => "Processes",
    }
}

/// The name of a way while it is tried.
pub(crate) fn way_of_work(way: Way, work: Work) -> String {
    format!("{}: {}", work_name(work), self::way(way).to_lowercase())
}

fn work_name(work: Work) -> &'static str {
    match work {
        Work::Waiting => "Waiting",
        Work::Computing => "Computing",
    }
}

/// The heading of a picture.
pub(crate) fn title(work: Work) -> &'static str {
    match work {
        Work::Waiting => "When the work is waiting",
        Work::Computing => "When the work is computing",
    }
}

/// A measured time: `6.0 s`.
fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// What is known while the rest runs.
pub(crate) fn so_far(outcomes: &[Outcome]) -> String {
    outcomes.last().map(moral).unwrap_or_default()
}

/// What a learner takes home, as it was measured.
pub(crate) fn moral(outcome: &Outcome) -> String {
    let factor = |way| outcome.of(way).map_or(1.0, |it| outcome.factor(it));
    let together = [Way::Async, Way::Threads, Way::Processes];
    let best = together.into_iter().map(factor).fold(1.0, f64::max);
    // Waiting side by side is all or nothing: what is far behind the best had no room for all.
    let least = match outcome.work {
        Work::Waiting => FASTER.max(best * 0.75),
        Work::Computing => FASTER,
    };
    let fast = |way| factor(way) >= least;
    let winners: Vec<&str> = together.into_iter().filter(|it| fast(*it)).map(way).collect();
    let losers: Vec<&str> = together.into_iter().filter(|it| !fast(*it)).map(way).collect();
    match (outcome.work, winners.is_empty(), losers.is_empty()) {
        (_, true, _) if outcome.pieces() < 2 => {
            "One piece alone has nobody to be beside: try it with three.".to_owned()
        }
        (_, true, _) => {
            "Nothing was faster than one after another this time: no processor had room to spare.".to_owned()
        }
        (Work::Waiting, _, true) => {
            "Who waits needs no processor: every lane waits for all at once, and async does it without a thread for each."
                .to_owned()
        }
        (Work::Waiting, ..) => format!(
            "Who waits needs no processor: async waits for all at once. There was not room for all in: {}.",
            losers.join(", ").to_lowercase()
        ),
        (Work::Computing, _, true) => "Who computes needs processors, and here each lane found some.".to_owned(),
        (Work::Computing, ..) => format!(
            "Who computes needs processors: {} used several, {} took turns on one.",
            winners.join(" and ").to_lowercase(),
            losers.join(" and ").to_lowercase()
        ),
    }
}

/// The end: what each way took, and the moral. The pictures follow.
pub(crate) fn result(lesson: &Lesson, outcomes: &[Outcome]) -> Content {
    let mut content = Content::new().paragraph(bold(subtitle(lesson)));
    for outcome in outcomes {
        let lines = outcome.ways.iter().map(|timeline| {
            let factor = match timeline.way {
                Way::OneAfterAnother => String::new(),
                _ => format!(" ({:.1}×)", outcome.factor(timeline)),
            };
            vec![
                text(format!("{}: ", way(timeline.way))),
                bold(seconds(timeline.total)),
                text(factor),
            ]
        });
        content = content
            .paragraph(bold(title(outcome.work)))
            .list(lines.collect::<Vec<_>>())
            .paragraph(moral(outcome));
    }
    content
}

/// The button that does the same again.
pub(crate) fn again(lesson: &Lesson, works: &[Work]) -> Button {
    let work = match works {
        [Work::Waiting] => "waiting",
        [Work::Computing] => "computing",
        _ => "both",
    };
    let arguments = format!("{} {} {work}", lesson.pieces, lesson.each.as_secs());
    Button::command("Once more", "compare", arguments)
}
