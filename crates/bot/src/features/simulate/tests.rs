//! Simulations as people meet them. Worker processes are stood in for by threads here.

use crate::testing::Stage;

async fn result(stage: &Stage, number: usize, line: &str, words: &str) -> String {
    stage.types(line).await;
    let said = stage.shows(number, words).await;
    assert_eq!(said.media.len(), 1, "{said:?}");
    assert!(
        said.media[0]
            .description
            .as_ref()
            .is_some_and(|words| words.contains('“')),
        "{said:?}"
    );
    said.text.text
}

#[tokio::test(start_paused = true)]
async fn every_model_ends_with_its_numbers_and_a_chart() {
    let stage = Stage::run();
    for (number, (line, words)) in [
        ("/simulate dice 2000 7", "Mean sum: "),
        ("/simulate walk 50 7", "Place at the end: "),
        ("/simulate birthday 500 7", "two share a birthday"),
        ("/simulate pi 5000 7", "π ≈ 3."),
        ("/simulate epidemic 20 7", "had it in the end"),
        ("/simulate queue 20 7", "Mean wait: "),
    ]
    .into_iter()
    .enumerate()
    {
        let text = result(&stage, number, line, words).await;
        assert!(text.contains("seed 7"), "{text}");
    }
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_numbers() {
    let stage = Stage::run();
    let numbers = |text: String| text.split_once('•').map(|(_, numbers)| numbers.to_owned());
    let line = "/simulate dice 3000 seed=99 dice=3 sides=20";
    let one = numbers(result(&stage, 0, line, "Mean sum").await);
    let same = numbers(result(&stage, 1, line, "Mean sum").await);
    let other = numbers(result(&stage, 2, "/simulate dice 3000 98 dice=3 sides=20", "Mean sum").await);
    assert_eq!(one, same);
    assert_ne!(one, other);
    assert!(one.is_some_and(|numbers| numbers.contains("in theory 31.5")));
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn it_can_be_done_once_more_with_the_same_settings() {
    let stage = Stage::run();
    stage.types("/simulate dice 1000 dice=4 sides=6").await;
    let first = stage.shows(0, "The sum of 4 × d6").await;
    stage.presses(&first, "Once more").await;
    stage.shows(1, "The sum of 4 × d6").await;
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn all_models_run_side_by_side_and_give_a_chart_each() {
    let stage = Stage::run();
    stage.types("/simulate all 30 3").await;
    stage.shows(0, "Six simulations").await;
    let end = stage.shows(0, "A queue at 2 counters").await;
    let charts = end.media.len() + stage.network.media_after(0);
    assert!(charts >= 6, "{charts}");
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn bad_input_is_answered_with_what_can_be_set() {
    let stage = Stage::run();
    for (number, (line, hint)) in [
        ("/simulate", "model is missing"),
        ("/simulate weather", "one of dice, walk"),
        ("/simulate dice 5", "a whole number from 10 to 100000000"),
        (
            "/simulate dice sides=1",
            "sides should be a whole number from 2 to 100, not 1.",
        ),
        ("/simulate dice people=3", "There is nothing called people here."),
        ("/simulate pi dice=3", "This model has no settings."),
        ("/simulate all dice=3", "one model at a time"),
        ("/simulate epidemic 100000000", "can be tried up to"),
    ]
    .into_iter()
    .enumerate()
    {
        stage.types(line).await;
        let answer = stage.said(number).await.text.text;
        assert!(answer.contains(hint), "{line}: {answer}");
    }
    stage.ends().await;
}
