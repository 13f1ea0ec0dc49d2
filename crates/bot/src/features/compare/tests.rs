//! The comparison as people meet it, and what is said of it.

use std::time::Duration;

use super::lesson::{Lesson, Outcome, Stretch, Timeline, Way, Work};
use super::timelines;
use crate::testing::Stage;
use crate::words::compare as words;

/// An outcome in which each way took so many tenths of a second.
fn outcome(work: Work, tenths: [u64; 4]) -> Outcome {
    let ways = Way::ALL.into_iter().zip(tenths).map(|(way, tenths)| Timeline {
        way,
        pieces: vec![Stretch::default(); 3],
        total: Duration::from_millis(100 * tenths),
    });
    let ways = ways.collect();
    Outcome { work, ways }
}

const LESSON: Lesson = Lesson {
    pieces: 3,
    each: Duration::from_secs(1),
};

#[tokio::test]
async fn one_after_another_takes_turns_and_the_lanes_do_not() {
    let stage = Stage::run();
    stage.types("/compare 2 1 both").await;
    let card = stage.said(0).await;
    assert!(
        card.text.text.starts_with("Comparing 2 pieces of 1 s"),
        "{:?}",
        card.text.text
    );
    let end = stage.shows(1, "When the work is computing").await;
    let text = &end.text.text;
    for part in [
        "When the work is waiting",
        "One after another: ",
        "Async: ",
        "Threads: ",
        "Processes: ",
        "×)",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert_eq!(stage.shows(0, "").await.media.len(), 2);
    assert!(end.buttons.iter().any(|wire| wire.button.label == "Once more"));
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn numbers_out_of_bounds_are_answered_with_the_usage() {
    let stage = Stage::run();
    let calls = [
        "/compare 0",
        "/compare 7",
        "/compare 3 6",
        "/compare lots",
        "/compare 1 1 sleeping",
    ];
    for (index, call) in calls.into_iter().enumerate() {
        stage.types(call).await;
        let answer = stage.said(index).await.text.text.clone();
        assert!(
            answer.contains("/compare [pieces] [seconds] [work]"),
            "{call}: {answer}"
        );
    }
    stage.ends().await;
}

#[test]
fn the_moral_is_what_was_measured() {
    let table = [
        (
            outcome(Work::Waiting, [30, 10, 10, 10]),
            "async does it without a thread",
        ),
        (
            outcome(Work::Waiting, [30, 10, 10, 20]),
            "not room for all in: processes",
        ),
        (
            outcome(Work::Computing, [30, 30, 15, 15]),
            "threads and processes used several, async took turns on one",
        ),
        (
            outcome(Work::Computing, [30, 30, 30, 31]),
            "no processor had room",
        ),
    ];
    for (outcome, wanted) in table {
        let moral = words::moral(&outcome);
        assert!(moral.contains(wanted), "{moral}");
    }
}

#[test]
fn the_picture_has_a_group_for_each_way_on_one_axis() {
    let outcome = outcome(Work::Computing, [30, 30, 15, 16]);
    let drawing = timelines::chart(&LESSON, &outcome).draw(duologue_draw::Theme::Light);
    for part in ["One after another", "Async", "Threads", "Processes"] {
        assert!(drawing.description.contains(part), "{}", drawing.description);
    }
    assert!(drawing.missing.is_empty());
}
