//! Turns: run again after a crash, kept whole or not at all, and set aside where they cannot be.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use duologue::store::{Page, Store as _, Timestamp};
use duologue::{Clock, EngineConfig, ExecutorConfig};
use duologue_core::testing::Paper;
use duologue_tests::life::{Directory, Life, Nature};

use super::bot::{Stage, begin, handlers, late, part, texts};

#[test]
fn a_turn_that_a_crash_ends_runs_again_and_leaves_its_state_and_its_reply_once() {
    let (directory, paper) = (Directory::new(), Paper::new());
    let stage = Stage::hanging();
    let life = begin(&directory, &paper, &stage);
    paper.command("anna", "count");
    life.until("the turn", || stage.begun() == 1);
    life.crash();
    assert!(paper.said().is_empty());

    let stage = Arc::new(Stage::default());
    let life = begin(&directory, &paper, &stage);
    assert_eq!(life.during(paper.heard(1)), ["count 1"]);
    paper.command("anna", "count");
    assert_eq!(life.during(paper.heard(2)), ["count 1", "count 2"]);
    assert_eq!(*stage.repeats.lock().unwrap(), [true, false]);
    life.until_kept("the end", |counts| counts.inbox + counts.sending == 0);
    let ended = life.end();
    assert_eq!((ended.unhandled, ended.unsent), (0, 0));
    assert_eq!(paper.said().len(), 2);
}

#[test]
fn what_an_earlier_process_left_is_handled_at_once() {
    let (directory, paper) = (Directory::new(), Paper::new());
    let stage = Stage::hanging();
    let life = begin(&directory, &paper, &stage);
    for person in ["anna", "ben", "cleo"] {
        paper.command(person, "count");
    }
    life.until("the turns", || stage.begun() == 3);
    life.crash();
    let life = Life::begin(&directory, late(&paper), handlers(&Arc::new(Stage::default())));
    let begun = std::time::Instant::now();
    life.during(paper.heard(3));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[test]
fn a_panic_makes_a_dead_letter_with_the_event_as_it_came_and_the_person_is_told() {
    let (directory, paper) = (Directory::new(), Paper::new());
    let life = begin(&directory, &paper, &Arc::new(Stage::default()));
    let mut event = paper.event("anna", Paper::command_kind("fall"));
    event.raw = duologue::Raw::json(r#"{"update_id":7,"odd":[1,2]}"#);
    paper.deliver(event);
    let apology = life.during(paper.heard(1)).remove(0);
    assert!(apology.contains("Something went wrong"), "{apology}");
    let letters = life.during(life.store.dead(Page::first(10))).unwrap();
    assert_eq!(letters.len(), 1);
    assert!(letters[0].error.contains("on purpose"), "{}", letters[0].error);
    let body = String::from_utf8_lossy(&letters[0].event.body).into_owned();
    assert!(body.contains(r#""raw":{"update_id":7,"odd":[1,2]}"#), "{body}");
    // What the turn wrote went with it, and the chat goes on.
    paper.command("anna", "count");
    assert_eq!(life.during(paper.heard(2))[1], "count 1");
}

#[test]
fn an_event_that_kills_three_processes_is_set_aside_and_its_chat_goes_on() {
    let (directory, paper) = (Directory::new(), Paper::new());
    for kill in 0..3 {
        let stage = Stage::hanging();
        let life = begin(&directory, &paper, &stage);
        if kill == 0 {
            paper.command("anna", "count");
            paper.command("anna", "say still here");
        }
        life.until("the turn", || stage.begun() == 1);
        life.crash();
    }
    let stage = Arc::new(Stage::default());
    let life = begin(&directory, &paper, &stage);
    assert_eq!(life.during(paper.heard(1)), ["still here"]);
    assert_eq!((stage.begun(), life.counts().dead), (0, 1));
    // A person who looks into it can let it run again.
    let letters = life.during(life.store.dead(Page::first(10))).unwrap();
    let ids = letters.iter().map(|letter| letter.id).collect();
    life.during(life.store.retry_dead(ids, Timestamp::now())).unwrap();
    paper.command("anna", "say and more");
    let mut heard = life.during(paper.heard(3));
    heard.sort();
    assert_eq!(heard, ["and more", "count 1", "still here"]);
}

#[test]
fn the_parts_of_an_album_are_one_event_also_over_a_crash() {
    let (directory, paper) = (Directory::new(), Paper::new());
    let stage = Stage::hanging();
    let life = begin(&directory, &paper, &stage);
    for (words, file) in [("ours", "a"), ("", "b"), ("", "c")] {
        paper.deliver(paper.event("anna", part("1", words, file)));
        life.live(Duration::from_millis(50));
    }
    life.until("the turn", || stage.begun() == 1);
    life.crash();
    let life = begin(&directory, &paper, &Arc::new(Stage::default()));
    paper.command("anna", "say done");
    assert_eq!(life.during(paper.heard(2)), ["ours: a b c", "done"]);
}

#[test]
fn a_clock_that_is_set_back_an_hour_stops_nothing() {
    static TIME: AtomicI64 = AtomicI64::new(0);
    // Two hours fast at first: the store itself looks at the machine's clock when it is opened.
    TIME.store(Timestamp::now().0 + 7_200_000, Ordering::Relaxed);
    let set_back = || TIME.fetch_sub(3_600_000, Ordering::Relaxed);
    let nature = || Nature {
        clock: Clock::Told(&TIME),
        ..Nature::default()
    };
    let (directory, paper) = (Directory::new(), Paper::new());
    let stage = Arc::new(Stage::default());
    let life = Life::begin_as(nature(), &directory, paper.adapter(), handlers(&stage));
    paper.command("anna", "count");
    life.during(paper.heard(1));
    set_back();
    paper.command("anna", "count");
    paper.deliver(paper.event("anna", part("1", "ours", "a")));
    paper.deliver(paper.event("anna", part("1", "", "b")));
    assert_eq!(life.during(paper.heard(3))[1..], ["count 2", "ours: a b"]);
    // Events are left behind by a process that ends, and the time is set back before the next one.
    paper.deliver(paper.event("anna", part("2", "theirs", "c")));
    life.until_kept("the album", |counts| counts.inbox == 1);
    life.crash();
    set_back();
    let life = Life::begin_as(nature(), &directory, paper.adapter(), handlers(&stage));
    assert_eq!(life.during(paper.heard(4))[3], "theirs: c");
}

#[test]
fn a_conversation_that_floods_is_told_once_that_the_bot_is_busy_and_the_others_are_served() {
    let (directory, paper) = (Directory::new(), Paper::new());
    let nature = Nature {
        engine: EngineConfig {
            executor: ExecutorConfig {
                conversation_bound: 8,
                ..ExecutorConfig::default()
            },
            ..EngineConfig::default()
        },
        ..Nature::default()
    };
    let stage = Stage::hanging();
    let life = Life::begin_as(nature, &directory, paper.adapter(), handlers(&stage));
    for _ in 0..30 {
        paper.command("flooder", "count");
    }
    paper.command("anna", "say quick");
    let heard = life.during(paper.heard(2));
    assert!(heard.contains(&"quick".to_owned()), "{heard:?}");
    stage.go_on();
    life.until_kept("the end", |counts| counts.inbox == 0);
    life.live(Duration::from_millis(100));
    let heard = texts(&paper);
    let busy = heard.iter().filter(|text| text.contains("busy")).count();
    let counted = heard.iter().filter(|text| text.starts_with("count ")).count();
    assert_eq!((busy, counted), (1, 8), "{heard:?}");
    paper.command("flooder", "count");
    assert!(
        life.during(paper.heard(heard.len() + 1))
            .contains(&"count 9".to_owned())
    );
}
