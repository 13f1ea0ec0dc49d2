//! The comparison as people meet it, on the paused clock.

use std::time::Duration;

use duologue::MediaSource;
use tokio::time::{Instant, sleep};

use super::picture::{HEIGHT, WIDTH};
use crate::testing::{BOB, Stage};
use crate::words;

#[tokio::test(start_paused = true)]
async fn compare_takes_six_seconds_against_two_and_ends_with_a_picture() {
    let stage = Stage::run();
    let begun = Instant::now();
    stage.types("/compare").await;
    let live = stage.shows(0, "Done: side by side was 3.0× faster").await;
    assert_eq!(begun.elapsed(), Duration::from_secs(8));
    for total in ["One after another · 6.0 s", "Side by side · 2.0 s"] {
        assert!(live.text.text.contains(total), "{:?}", live.text.text);
    }
    assert!(live.buttons.is_empty(), "nothing is left to stop");
    let end = stage.said(1).await;
    let sentence = "One after another took 6.0 s, side by side 2.0 s: 3.0× faster";
    assert!(end.text.text.contains(sentence), "{:?}", end.text.text);
    let MediaSource::Bytes(png) = &end.media[0].source else {
        panic!("{:?}", end.media);
    };
    let picture = tiny_skia::Pixmap::decode_png(png).unwrap();
    assert_eq!((picture.width(), picture.height()), (WIDTH, HEIGHT));
    assert!(end.media[0].description.as_ref().unwrap().contains("6.0 s"));
    assert!(
        stage.network.edits() >= 10,
        "{} edits are few",
        stage.network.edits()
    );
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn the_number_of_tasks_and_their_seconds_are_arguments() {
    let stage = Stage::run();
    stage.types("/compare 6 1").await;
    let end = stage.said(1).await;
    assert!(end.text.text.contains("6.0 s, side by side 1.0 s: 6.0× faster"));
    stage.presses(&end, "Once more").await;
    assert!(stage.said(2).await.text.text.contains("6 tasks, 1 s each"));
    let again = stage.said(3).await;
    assert!(again.text.text.contains("6.0× faster"));
    stage.types("/compare 1 10").await;
    assert!(
        stage
            .said(5)
            .await
            .text
            .text
            .contains("One task takes 10.0 s either way")
    );
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn numbers_out_of_bounds_are_answered_with_the_usage() {
    let stage = Stage::run();
    for (index, call) in ["/compare 0", "/compare 7", "/compare 3 11", "/compare lots"]
        .into_iter()
        .enumerate()
    {
        stage.types(call).await;
        let answer = stage.said(index).await.text.text.clone();
        assert!(answer.contains("/compare [tasks] [seconds]"), "{call}: {answer}");
    }
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn the_same_chat_is_answered_while_a_comparison_runs() {
    let stage = Stage::run();
    stage.types("/compare").await;
    stage.shows(0, "▰▰▰").await;
    let asked = Instant::now();
    stage.types("/ping").await;
    assert!(stage.said(1).await.text.text.starts_with("pong"));
    assert!(asked.elapsed() < Duration::from_millis(10));
    stage.shows(0, "Done").await;
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn its_bars_move_first_in_turn_and_then_together() {
    let stage = Stage::run();
    stage.types("/compare 2 2").await;
    stage
        .shows(0, "📝 ▰▰▰▰▰▱▱▱▱▱ Writing a report\n🔎 ▱▱▱▱▱▱▱▱▱▱ Doing research")
        .await;
    stage
        .shows(
            0,
            "📝 ▰▰▰▰▰▰▰▰▰▰ Writing a report ✓\n🔎 ▰▰▰▰▰▱▱▱▱▱ Doing research",
        )
        .await;
    stage
        .shows(0, "📝 ▰▰▰▰▰▱▱▱▱▱ Writing a report\n🔎 ▰▰▰▰▰▱▱▱▱▱ Doing research")
        .await;
    stage.said(1).await;
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn stop_ends_it_with_a_last_edit_and_makes_room_for_another() {
    let stage = Stage::run();
    stage.types("/compare").await;
    let live = stage.said(0).await;
    sleep(Duration::from_secs(3)).await;
    let pressed = Instant::now();
    stage.presses(&live, words::STOP).await;
    let ended = stage.shows(0, "Stopped").await;
    assert!(ended.buttons.is_empty());
    assert!(pressed.elapsed() < Duration::from_millis(300));
    sleep(Duration::from_secs(30)).await;
    assert_eq!(stage.network.count(), 1, "no picture comes of a stopped one");
    stage.types("/compare 1 1").await;
    stage.said(2).await;
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn only_the_one_who_started_it_may_stop_it() {
    let stage = Stage::run();
    stage.types("/compare").await;
    let live = stage.said(0).await;
    stage.presses_as(BOB, &live, words::STOP).await;
    assert!(stage.network.note().await.contains("somebody else"));
    stage.shows(0, "Done").await;
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn a_second_one_of_the_same_person_is_told_about_the_first() {
    let stage = Stage::run();
    stage.types("/compare").await;
    stage.said(0).await;
    sleep(Duration::from_secs(3)).await;
    stage.types("/compare 2 1").await;
    let answer = stage.said(1).await;
    assert!(
        answer.text.text.contains("still runs, for about 5 s"),
        "{answer:?}"
    );
    stage.presses(&answer, words::STOP).await;
    stage.shows(0, "Stopped").await;
    stage.presses(&answer, words::STOP).await;
    assert_eq!(stage.said(2).await.text.text, words::ALREADY_ENDED);
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn two_people_compare_at_the_same_time() {
    let stage = Stage::run();
    stage.types("/compare 2 1").await;
    stage.types_as(BOB, "/compare 2 1").await;
    for number in 0..2 {
        stage.shows(number, "Done: side by side was 2.0× faster").await;
    }
    stage.said(3).await;
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_ends_it_with_a_last_edit() {
    let stage = Stage::run();
    stage.types("/compare 6 10").await;
    stage.shows(0, "▰▰▰").await;
    let asked = Instant::now();
    stage.stops();
    stage.shows(0, "I am about to restart").await;
    stage.ends().await;
    assert!(asked.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn edits_that_fail_do_not_end_it() {
    let stage = Stage::run();
    stage.network.refuses_edits(true);
    stage.types("/compare").await;
    stage.said(0).await;
    // The last edit becomes a message of its own, and the picture follows.
    assert!(stage.said(1).await.text.text.contains("Done"));
    assert_eq!(stage.said(2).await.media.len(), 1);
    stage.ends().await;
}
