//! Reminders as people meet them, on a clock that is driven.

use std::time::Duration;

use crate::testing::Stage;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn a_reminder_is_confirmed_comes_in_time_and_can_be_put_off() {
    let stage = Stage::run();
    stage.types("/remind in 20 minutes drink tea").await;
    let confirmed = stage.said(0).await.text.text.clone();
    for part in ["drink tea", "in 20 min", "/timezone"] {
        assert!(confirmed.contains(part), "{part} is not in {confirmed}");
    }
    tokio::time::sleep(19 * MINUTE).await;
    assert_eq!(stage.network.count(), 1);
    tokio::time::sleep(2 * MINUTE).await;
    let rung = stage.said(1).await;
    assert!(rung.text.text.starts_with("⏰ drink tea"), "{:?}", rung.text.text);
    stage.presses(&rung, "In 10 min").await;
    assert!(stage.shows(1, "Again on").await.buttons.is_empty());
    tokio::time::sleep(11 * MINUTE).await;
    let again = stage.said(2).await;
    stage.presses(&again, "Done").await;
    assert!(stage.shows(2, "✓ drink tea").await.buttons.is_empty());
    stage.types("/reminders").await;
    assert!(stage.said(3).await.text.text.contains("no reminders"));
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn the_list_has_every_reminder_with_its_time_on_the_persons_clock() {
    let stage = Stage::run();
    stage.types("/timezone berlin").await;
    assert!(stage.said(0).await.text.text.contains("Europe/Berlin"));
    stage.types("/remind tomorrow 9:00 stand-up").await;
    let confirmed = stage.said(1).await.text.text.clone();
    assert!(
        confirmed.contains("09:00") && !confirmed.contains("UTC"),
        "{confirmed}"
    );
    stage.types("/remind every weekday at 8:30 mail").await;
    stage.said(2).await;
    stage.types("/reminders").await;
    let list = stage.said(3).await;
    for part in ["stand-up", "09:00", "mail", "08:30", "↻"] {
        assert!(
            list.text.text.contains(part),
            "{part} is not in {}",
            list.text.text
        );
    }
    stage.types("/reminders change 1 tomorrow 10:00").await;
    assert!(stage.said(4).await.text.text.contains("10:00"));
    stage.presses(&list, "Delete #1").await;
    assert!(stage.said(5).await.text.text.contains("Deleted: stand-up"));
    stage.types("/reminders delete 1").await;
    assert!(stage.said(6).await.text.text.contains("no reminder #1"));
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_unclear_is_answered_with_what_is_understood() {
    let stage = Stage::run();
    for (index, (line, answer)) in [
        ("/remind tea", "every weekday at 8:30"),
        ("/remind in 5 minutes", "What shall I remind you of"),
        ("/remind 2020-01-01 the past", "over already"),
        ("/remind every minute poke", "too often"),
        ("/timezone Atlantis", "no time zone"),
        ("/reminders delete", "number of the reminder"),
    ]
    .into_iter()
    .enumerate()
    {
        stage.types(line).await;
        let said = stage.said(index).await.text.text.clone();
        assert!(said.contains(answer), "{line}: {said}");
    }
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn a_reminder_that_its_network_refuses_for_good_goes_to_the_linked_account() {
    let stage = Stage::run();
    stage.types("/remind every day at 13:00 water the plants").await;
    stage.said(0).await;
    stage.types("/link").await;
    let code = stage.said(1).await.text.text.clone();
    let code: String = code
        .split_once("Your code: ")
        .unwrap()
        .1
        .chars()
        .take(9)
        .collect();
    stage.goes_elsewhere(true);
    stage.types_as("Bob", &format!("/link {code}")).await;
    let asked = stage.said(0).await;
    stage.presses_as("Bob", &asked, "Link them").await;
    stage.said(1).await;
    stage.types_as("Bob", "/reminders").await;
    let list = stage.said(2).await.text.text.clone();
    assert!(list.contains("goes to our private chat on Paper"), "{list}");

    stage.network.blocks("Ada");
    tokio::time::sleep(61 * MINUTE).await;
    let rung = stage.said(3).await;
    for part in ["⏰ water the plants", "This was for Paper"] {
        assert!(rung.text.text.contains(part), "{:?}", rung.text);
    }
    assert!(!rung.buttons.is_empty());
    stage.types_as("Bob", "/reminders").await;
    let list = stage.said(4).await.text.text.clone();
    assert!(list.contains("the last one went to slate"), "{list}");
    stage.ends().await;
}
