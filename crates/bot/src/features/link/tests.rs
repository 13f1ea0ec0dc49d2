//! Linking as people do it, on two networks.

use std::time::Duration;

use duologue::{ChatKind, CommandCall, CommandInput, EventKind, StyledText};

use crate::testing::{ADA, BOB, Said, Stage};

/// The code in an answer.
fn code_in(said: &Said) -> String {
    let text = &said.text.text;
    let code = text.split_once("Your code: ").unwrap().1;
    code.chars().take(9).collect()
}

/// Somebody asks for a code; gives it.
async fn gets_code(stage: &Stage, who: &str, number: usize) -> String {
    stage.types_as(who, "/link").await;
    code_in(&stage.said(number).await)
}

#[tokio::test(start_paused = true)]
async fn two_accounts_become_one_person_with_one_clock_and_one_list() {
    let stage = Stage::run();
    stage.types("/timezone berlin").await;
    stage.said(0).await;
    let code = gets_code(&stage, ADA, 1).await;
    stage.goes_elsewhere(true);
    stage.types_as(BOB, "/remind tomorrow 9:00 feed the bees").await;
    stage.said(0).await;
    stage
        .types_as(BOB, &format!("/link {}", code.to_lowercase()))
        .await;
    let asked = stage.said(1).await;
    assert!(asked.text.text.contains("Ada on Paper"), "{:?}", asked.text);
    // It is only looked at so far.
    stage.types_as(BOB, "/timezone").await;
    assert!(stage.said(2).await.text.text.contains("UTC"));
    stage.presses_as(BOB, &asked, "Link them").await;
    let linked = stage.said(3).await.text.text.clone();
    assert!(linked.contains("Paper and Slate"), "{linked}");
    stage.types_as(BOB, "/timezone").await;
    assert!(stage.said(4).await.text.text.contains("Europe/Berlin"));
    stage.goes_elsewhere(false);
    stage.types("/reminders").await;
    assert!(stage.said(2).await.text.text.contains("feed the bees"));
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn the_button_is_for_who_entered_the_code_and_works_once() {
    let stage = Stage::run();
    let code = gets_code(&stage, ADA, 0).await;
    stage.goes_elsewhere(true);
    stage.types_as(BOB, &format!("/link {code}")).await;
    let asked = stage.said(0).await;
    stage.presses_as("Eve", &asked, "Link them").await;
    stage.presses_as(BOB, &asked, "Link them").await;
    assert!(stage.said(1).await.text.text.contains("Linked"));
    // A second press, and the code itself, do nothing any more.
    stage.types_as("Eve", &format!("/link {code}")).await;
    assert!(stage.said(2).await.text.text.contains("no such code"));
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn wrong_codes_are_counted_and_too_many_are_told_nothing() {
    let stage = Stage::run();
    let code = gets_code(&stage, ADA, 0).await;
    stage.goes_elsewhere(true);
    for left in (0..5).rev() {
        stage.types_as("Eve", "/link AAAA-AAAA").await;
        let said = stage.said(4 - left).await.text.text.clone();
        assert!(said.contains("no such code"), "{said}");
    }
    stage.types_as("Eve", &format!("/link {code}")).await;
    let blocked = stage.said(5).await.text.text.clone();
    assert!(
        blocked.contains("too many") && !blocked.contains("Ada"),
        "{blocked}"
    );
    // Others are not held up, until the code is too old.
    stage.types_as(BOB, &format!("/link {code}")).await;
    let asked = stage.said(6).await;
    tokio::time::sleep(Duration::from_secs(601)).await;
    stage.presses_as(BOB, &asked, "Link them").await;
    assert!(stage.said(7).await.text.text.contains("too old"));
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn a_third_account_joins_and_each_can_leave() {
    let stage = Stage::run();
    let code = gets_code(&stage, ADA, 0).await;
    stage.types_as(ADA, &format!("/link {code}")).await;
    assert!(stage.said(1).await.text.text.contains("this very account"));
    for (who, number) in [(BOB, 0), ("Ada's second", 2)] {
        stage.goes_elsewhere(false);
        let code = gets_code(&stage, ADA, stage.network.count()).await;
        stage.goes_elsewhere(true);
        stage.types_as(who, &format!("/link {code}")).await;
        let asked = stage.said(number).await;
        stage.presses_as(who, &asked, "Link them").await;
        stage.said(number + 1).await;
    }
    let last = stage.said(3).await.text.text.clone();
    assert!(last.contains("Paper and Slate (2 accounts)"), "{last}");
    stage.types_as(BOB, "/unlink").await;
    let asked = stage.said(4).await;
    stage.presses_as(BOB, &asked, "Unlink it").await;
    assert!(stage.said(5).await.text.text.contains("stands alone"));
    stage.types_as(BOB, "/unlink").await;
    assert!(stage.said(6).await.text.text.contains("is not linked"));
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn a_code_is_not_shown_where_others_read_along() {
    let stage = Stage::run();
    let call = CommandCall {
        name: "link".into(),
        input: CommandInput::Text(StyledText::plain("")),
        attachments: Vec::new(),
        message: None,
        replies_to: None,
        group: None,
    };
    stage
        .happens(ADA, ChatKind::Group, EventKind::Command(call))
        .await;
    assert!(stage.said(0).await.text.text.contains("private chat"));
    stage.ends().await;
}
