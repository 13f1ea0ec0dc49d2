//! The words of tasks: their cards, their ends, and the commands that list and cancel them. Pure functions.

use std::time::Duration;

use super::duration;
use crate::content::{Content, Inline, bold, code, italic, text};
use crate::task::{Canceller, Full, Limit, Phase, Progress, TaskId, Unit, View};

/// How many cells the bar of a task has, and that of a child.
const CELLS: usize = 12;
const CHILD_CELLS: usize = 5;

/// How many children are shown by name.
const CHILDREN_SHOWN: usize = 6;

/// The label of the button that cancels a task.
pub const CANCEL: &str = "Cancel";

/// A bar of so many cells for a part from 0 to 1: `▰▰▰▱▱`.
#[must_use]
pub fn bar(fraction: f64, cells: usize) -> String {
    let full = (fraction.clamp(0.0, 1.0) * cells as f64).round() as usize;
    "▰".repeat(full) + &"▱".repeat(cells - full.min(cells))
}

/// A number for people: `950`, `1.2 k`, `3.4 M`.
#[must_use]
pub fn count(number: u64) -> String {
    scaled(number as f64, 1000.0, &["", " k", " M", " G", " T", " P", " E"])
}

/// A number of bytes for people: `950 B`, `1.2 MB`.
#[must_use]
pub fn bytes(number: u64) -> String {
    scaled(
        number as f64,
        1000.0,
        &[" B", " kB", " MB", " GB", " TB", " PB", " EB"],
    )
}

fn scaled(mut number: f64, base: f64, units: &[&str]) -> String {
    let mut units = units.iter();
    let mut unit = units.next().copied().unwrap_or_default();
    let whole = number < base;
    for next in units {
        // 999.95 would be shown as 1000.0.
        if number < base - 0.05 {
            break;
        }
        number /= base;
        unit = next;
    }
    match number {
        _ if whole => format!("{number:.0}{unit}"),
        n if n < 99.95 => format!("{n:.1}{unit}"),
        n => format!("{n:.0}{unit}"),
    }
}

/// The card of a task that waits or runs.
pub(crate) fn card(id: TaskId, view: &View, place: Option<usize>) -> Content {
    let mut lines = vec![bold(view.name.as_str()), text(format!(" {id}"))];
    match (view.phase, place) {
        (Phase::Waiting, Some(1)) => lines.push(text("\n⏳ Next in line")),
        (Phase::Waiting, Some(place)) => lines.push(text(format!("\n⏳ Number {place} in line"))),
        (Phase::Waiting, None) => lines.push(text("\n⏳ Starting")),
        _ => running(view, &mut lines),
    }
    let mut content = Content::new().paragraph(lines);
    let children = children(view);
    if !children.is_empty() {
        content = content.paragraph(text(children.join("\n")));
    }
    if !view.log.is_empty() {
        content = content.paragraph(italic(view.log.join("\n")));
    }
    content
}

fn running(view: &View, lines: &mut Vec<Inline>) {
    if let Some(fraction) = view.fraction {
        let percent = (fraction * 100.0).floor();
        lines.push(text(format!("\n{} {percent} %", bar(fraction, CELLS))));
    }
    let mut numbers = Vec::new();
    if let Some(progress) = &view.progress {
        numbers.extend(amount(progress));
        numbers.extend(view.rate.and_then(|rate| pace(progress, rate)));
    }
    match view.left {
        Some(left) if !left.is_zero() => numbers.push(format!("about {} left", whole(left))),
        _ => numbers.push(format!("for {}", whole(view.ran))),
    }
    lines.push(text(format!("\n{}", numbers.join(" · "))));
    if let Some(progress) = view
        .progress
        .as_ref()
        .filter(|progress| !progress.text.is_empty())
    {
        lines.push(text(format!("\n{}", progress.text)));
    }
    if !view.shown.is_empty() {
        lines.push(text(format!("\n{}", view.shown)));
    }
}

/// `6.2 M of 10 M darts`; nothing where the numbers mean something to the program alone.
fn amount(progress: &Progress) -> Option<String> {
    let (number, name): (fn(u64) -> String, &str) = match &progress.unit {
        Unit::Share if progress.of.is_some() || progress.done == 0 => return None,
        Unit::Share => (count, ""),
        Unit::Bytes => (bytes, ""),
        Unit::Named(name) => (count, name),
    };
    let mut amount = number(progress.done);
    if let Some(of) = progress.of {
        amount = format!("{amount} of {}", number(of));
    }
    if !name.is_empty() {
        amount = format!("{amount} {name}");
    }
    Some(amount)
}

fn pace(progress: &Progress, rate: f64) -> Option<String> {
    match &progress.unit {
        Unit::Share => None,
        Unit::Bytes => Some(format!("{}/s", bytes(rate as u64))),
        Unit::Named(_) if rate < 10.0 => Some(format!("{rate:.1}/s")),
        Unit::Named(_) => Some(format!("{}/s", count(rate as u64))),
    }
}

/// The lines of the children: those that run first, and how many more there are.
fn children(view: &View) -> Vec<String> {
    let rank = |child: &&View| match child.phase {
        Phase::Running => 0,
        Phase::Failed => 1,
        Phase::Waiting => 2,
        Phase::Cancelled => 3,
        Phase::Done => 4,
    };
    let mut shown: Vec<&View> = view.children.iter().collect();
    let few = shown.len() + view.folded.all() <= CHILDREN_SHOWN;
    let mut rest = view.folded;
    let mut waiting = 0;
    let mut running = 0;
    if !few {
        shown.sort_by_key(rank);
        for child in shown.drain(CHILDREN_SHOWN.min(shown.len())..) {
            match child.phase {
                Phase::Running => running += 1,
                Phase::Waiting => waiting += 1,
                ended => rest.count(ended),
            }
        }
    }
    let mut lines: Vec<String> = shown.into_iter().map(child).collect();
    let more = rest.all() + waiting + running;
    if more > 0 {
        let parts = [
            (rest.done, "done"),
            (running, "running"),
            (waiting, "waiting"),
            (rest.failed, "failed"),
            (rest.cancelled, "cancelled"),
        ];
        let parts = parts.iter().filter(|(number, _)| *number > 0);
        let parts: Vec<String> = parts.map(|(number, what)| format!("{number} {what}")).collect();
        lines.push(format!("and {more} more: {}", parts.join(", ")));
    }
    lines
}

fn child(view: &View) -> String {
    let words = view
        .progress
        .as_ref()
        .map(|progress| progress.text.as_str())
        .filter(|words| !words.is_empty());
    let behind = words.map(|words| format!(" · {words}")).unwrap_or_default();
    match (view.phase, view.fraction) {
        (Phase::Waiting, _) => format!("⏳ {}", view.name),
        (Phase::Running, Some(fraction)) => {
            let percent = (fraction * 100.0).floor();
            format!("{} {percent} % {}{behind}", bar(fraction, CHILD_CELLS), view.name)
        }
        (Phase::Running, None) => format!("▶ {}{behind}", view.name),
        (Phase::Done, _) => format!("✓ {}", view.name),
        (Phase::Failed, _) => format!("✗ {}", view.name),
        (Phase::Cancelled, _) => format!("– {}", view.name),
    }
}

/// One line about a task, for a list.
pub(crate) fn line(id: TaskId, view: &View, place: Option<usize>) -> Vec<Inline> {
    let state = match (view.phase, place, view.fraction) {
        (Phase::Waiting, Some(place), _) => format!("number {place} in line"),
        (Phase::Waiting, None, _) => "starting".to_owned(),
        (_, _, Some(fraction)) => {
            let percent = (fraction * 100.0).floor();
            let left = view.left.filter(|left| !left.is_zero());
            let left = left.map(|left| format!(", about {} left", whole(left)));
            format!("{percent} %{}", left.unwrap_or_default())
        }
        (..) => format!("running for {}", whole(view.ran)),
    };
    vec![
        code(id.to_string()),
        text(" "),
        bold(view.name.as_str()),
        text(format!(": {state}")),
    ]
}

/// A length of time in whole seconds, at least one.
fn whole(length: Duration) -> String {
    duration(Duration::from_secs(length.as_secs_f64().ceil().max(1.0) as u64))
}

/// The list of a person's tasks.
pub(crate) fn list(lines: Vec<Vec<Inline>>) -> Content {
    if lines.is_empty() {
        return Content::text("You have no tasks at the moment.");
    }
    Content::new().list(lines)
}

/// The label of the button that cancels one task of several.
pub(crate) fn cancel_one(id: TaskId) -> String {
    format!("{CANCEL} {id}")
}

/// The end of a task that says nothing itself.
pub(crate) fn done(name: &str, ran: Duration) -> Content {
    Content::new().paragraph([text("✓ "), bold(name), text(format!(": done in {}", whole(ran)))])
}

/// The end of a task that was asked to end.
pub(crate) fn cancelled(name: &str, by: Canceller) -> Content {
    let words = match by {
        Canceller::Moderator => ": cancelled by a moderator.",
        Canceller::Shutdown => ": cut short, as I am being stopped. Please start it again later.",
        _ => ": cancelled.",
    };
    Content::new().paragraph([text("✗ "), bold(name), text(words)])
}

/// The label of the button that starts a task again.
pub(crate) const AGAIN: &str = "Start again";

/// The card of a task that a restart has interrupted.
pub(crate) fn interrupted(name: &str) -> Content {
    Content::new().paragraph([text("✗ "), bold(name), text(": interrupted, as I was restarted.")])
}

/// The card of a task that goes on after a restart.
pub(crate) fn resting(name: &str) -> Content {
    Content::new().paragraph([
        text("⏸ "),
        bold(name),
        text(": I am being restarted, and go on with it then."),
    ])
}

/// What is said of a task whose result may or may not have arrived.
pub(crate) fn ended_unseen(name: &str) -> Content {
    Content::new().paragraph([
        text("✗ "),
        bold(name),
        text(
            " ended while I was being restarted. If you do not see its result above, please start it again.",
        ),
    ])
}

/// The end of a task that took too long.
pub(crate) fn timed_out(name: &str, ran: Duration) -> Content {
    Content::new().paragraph([
        text("✗ "),
        bold(name),
        text(format!(
            ": stopped after {}, which is the most it may take. Try something smaller.",
            whole(ran)
        )),
    ])
}

/// The end of a task that reached a limit.
pub(crate) fn over_limit(name: &str, limit: Limit) -> Content {
    let what = match limit {
        Limit::Memory(most) => format!("it needed more than {} of memory", bytes(most)),
        Limit::Processor(most) => format!("it computed for more than {}", whole(most)),
        Limit::Files(most) => format!("its files grew over {}", bytes(most)),
        Limit::Message(most) => format!("its data was larger than {}", bytes(most)),
    };
    Content::new().paragraph([
        text("✗ "),
        bold(name),
        text(format!(": stopped, as {what}. Try something smaller.")),
    ])
}

/// The end of a task that failed.
pub(crate) fn failed(name: &str, error_id: &str) -> Content {
    Content::new().paragraph([
        text("✗ "),
        bold(name),
        text(": something went wrong on my side, sorry. If it happens again, tell whoever runs me this id: "),
        code(error_id),
    ])
}

/// The end of a task whose result could not be sent.
pub(crate) fn unsendable(name: &str, why: &str) -> Content {
    Content::new().paragraph([
        text("✗ "),
        bold(name),
        text(format!(
            ": it is done, but its result cannot be sent here: {why}."
        )),
    ])
}

/// Why a task may not even wait.
pub(crate) fn refused(full: Full) -> Content {
    match full {
        Full::Person(waiting) => Content::new().paragraph([
            text(format!(
                "{waiting} of your tasks wait already. Let one of them end, or cancel one: "
            )),
            code("/tasks"),
            text(" lists them."),
        ]),
        Full::All(_) => {
            Content::text("Too many tasks wait at the moment. Please try again in a few minutes.")
        }
        Full::Memory(most) => Content::text(format!(
            "This needs more memory than I may use ({}). Try something smaller.",
            bytes(most)
        )),
    }
}

/// The note to somebody who may not cancel a task.
pub(crate) fn not_your_task(starter: &str) -> String {
    format!("Only {starter} or a moderator of this chat can cancel this.")
}

/// The note to somebody who cancels a task that has ended.
pub(crate) const ENDED: &str = "It has ended already.";

/// The answer to a person who cancels without having anything to cancel.
pub(crate) const NOTHING_TO_CANCEL: &str = "You have no task that could be cancelled.";

/// The answer to a person who cancels tasks.
pub(crate) fn cancelling(names: &[String]) -> Content {
    Content::text(format!("Cancelling {}.", names.join(", ")))
}

/// The answer to a person who cancels something that is not there.
pub(crate) fn no_such_task(word: &str, lines: Vec<Vec<Inline>>) -> Content {
    let what = Content::new().paragraph([text("You have no task "), code(word), text(".")]);
    if lines.is_empty() {
        return what;
    }
    what.paragraph("These are yours:").list(lines)
}

/// The commands' own words for help and menus.
pub(crate) const TASKS_DESCRIPTION: &str = "Your tasks that run or wait, with buttons to cancel them";
pub(crate) const CANCEL_DESCRIPTION: &str = "Cancel your newest task, or the one you name";
pub(crate) const CANCEL_HELP: &str = "Without a word it is the newest one. A number such as #12, a part of a name, or \
                                      `all` says which.";
pub(crate) const CANCEL_WHICH: &str = "a number, a part of a name, or all";

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{bar, bytes, card, count};
    use crate::task::{Folded, Phase, Progress, TaskId, Unit, View};

    fn view(name: &str, phase: Phase) -> View {
        View {
            name: name.into(),
            phase,
            progress: None,
            fraction: None,
            rate: None,
            left: None,
            shown: String::new(),
            log: Vec::new(),
            children: Vec::new(),
            folded: Folded::default(),
            ticket: None,
            ran: Duration::from_secs(3),
        }
    }

    #[test]
    fn numbers_are_short() {
        for (number, short) in [
            (0, "0"),
            (999, "999"),
            (1000, "1.0 k"),
            (1234, "1.2 k"),
            (99_950, "100 k"),
            (999_960, "1.0 M"),
            (3_400_000, "3.4 M"),
            (u64::MAX, "18.4 E"),
        ] {
            assert_eq!(count(number), short);
        }
        assert_eq!(bytes(512), "512 B");
        assert_eq!(bytes(5_242_880), "5.2 MB");
        assert_eq!(bar(0.62, 10), "▰▰▰▰▰▰▱▱▱▱");
        assert_eq!(bar(7.0, 3), "▰▰▰");
    }

    #[test]
    fn a_card_has_a_bar_the_numbers_and_the_time_left() {
        let running = View {
            progress: Some(
                Progress::new(6_200_000, 10_000_000)
                    .unit(Unit::named("darts"))
                    .text("throwing"),
            ),
            fraction: Some(0.62),
            rate: Some(1_300_000.0),
            left: Some(Duration::from_millis(2900)),
            log: vec!["seed 7".to_owned()],
            ..view("π", Phase::Running)
        };
        let plain = card(TaskId(12), &running, None).to_plain();
        let expected =
            "π #12\n▰▰▰▰▰▰▰▱▱▱▱▱ 62 %\n6.2 M of 10.0 M darts · 1.3 M/s · about 3 s left\nthrowing\n\nseed 7";
        assert_eq!(plain, expected);
    }

    #[test]
    fn a_waiting_card_says_the_place_in_line() {
        let waiting = view("π", Phase::Waiting);
        let plain = |place| card(TaskId(1), &waiting, place).to_plain();
        assert_eq!(plain(Some(7)), "π #1\n⏳ Number 7 in line");
        assert_eq!(plain(Some(1)), "π #1\n⏳ Next in line");
    }

    #[test]
    fn many_children_are_folded_and_those_that_run_stay() {
        let mut parent = view("all", Phase::Running);
        for index in 0..10 {
            let phase = match index {
                0..4 => Phase::Done,
                4 => Phase::Failed,
                5..7 => Phase::Running,
                _ => Phase::Waiting,
            };
            parent.children.push(view(&format!("run {index}"), phase));
        }
        parent.folded = Folded {
            done: 30,
            ..Folded::default()
        };
        let plain = card(TaskId(1), &parent, None).to_plain();
        let children = plain.split("\n\n").nth(1).unwrap();
        let expected = "▶ run 5\n▶ run 6\n✗ run 4\n⏳ run 7\n⏳ run 8\n⏳ run 9\nand 34 more: 34 done";
        assert_eq!(children, expected);
    }
}
