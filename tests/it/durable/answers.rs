//! Answers: sent once, whatever the process does, and reported where nobody can know.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use duologue::store::{Commit, NewOutgoing, OutgoingState, Page, Policy, Store as _, Timestamp, Write};
use duologue::{Capabilities, ChatKind};
use duologue_core::Operation;
use duologue_core::testing::{Paper, Record, capabilities, chat, person};
use duologue_tests::life::{Directory, Life, Nature};

use super::bot::{Stage, begin, handlers, hanging, keyed, texts};

#[test]
fn an_answer_that_was_kept_and_not_sent_is_sent_after_the_restart() {
    let slow = || {
        let mut slow = capabilities();
        slow.pace.private = duologue_core::Rate {
            burst: 1,
            interval: Duration::from_secs(3600),
        };
        slow
    };
    let directory = Directory::new();
    let (paper, stage) = (Paper::with_capabilities(slow()), Arc::new(Stage::default()));
    let life = begin(&directory, &paper, &stage);
    for words in ["one", "two", "three"] {
        paper.command("anna", &format!("say {words}"));
    }
    life.until_kept("the turns' ends", |counts| {
        counts.inbox == 0 && counts.outgoing == 2 && counts.sending == 0
    });
    life.crash();
    let paper = Paper::new();
    let life = begin(&directory, &paper, &stage);
    paper.command("anna", "say four");
    assert_eq!(life.during(paper.heard(3)), ["two", "three", "four"]);
    let counts = life.counts();
    assert_eq!((counts.unknown, counts.failed), (0, 0));
}

#[test]
fn an_answer_that_was_on_its_way_is_unknown_and_not_sent_again() {
    let (directory, paper, stage) = (Directory::new(), Paper::new(), Arc::new(Stage::default()));
    let hangs = Arc::new(AtomicBool::new(true));
    let life = Life::begin(&directory, hanging(&paper, &hangs), handlers(&stage));
    paper.command("anna", "say one");
    paper.command("anna", "say two");
    life.during(paper.heard(1));
    life.until_kept("the turns' ends", |counts| counts.inbox == 0);
    life.crash();
    let life = begin(&directory, &paper, &stage);
    paper.command("anna", "say three");
    assert_eq!(life.during(paper.heard(3)), ["one", "two", "three"]);
    let unknown = life.during(life.store.outgoing_in(OutgoingState::Unknown, Page::first(9)));
    let unknown = unknown.unwrap();
    assert_eq!(unknown.len(), 1);
    assert_eq!(unknown[0].ask.chat, chat("anna"));
    assert!(
        unknown[0].error.contains("the process ended"),
        "{}",
        unknown[0].error
    );
}

#[test]
fn what_is_left_and_cannot_be_read_is_given_up_in_its_place_and_does_not_stand_in_the_way() {
    let mut slow = capabilities();
    slow.pace.private = duologue_core::Rate {
        burst: 1,
        interval: Duration::from_secs(3600),
    };
    let directory = Directory::new();
    let (paper, stage) = (Paper::with_capabilities(slow), Arc::new(Stage::default()));
    let life = begin(&directory, &paper, &stage);
    paper.command("anna", "say one");
    paper.command("anna", "say two");
    life.until_kept("one that waits", |counts| {
        counts.inbox == 0 && counts.outgoing == 1
    });
    let nonsense = NewOutgoing {
        chat: chat("anna"),
        user: None,
        priority: duologue::Priority::Answer,
        policy: Policy::AtMostOnce,
        not_before: None,
        body: "nonsense".into(),
    };
    let commit = Commit::writes(vec![Write::Send(nonsense)], Timestamp::now());
    life.during(life.store.commit(vec![commit])).unwrap();
    paper.command("anna", "say three");
    life.until_kept("all of them", |counts| counts.inbox == 0 && counts.outgoing == 3);
    life.crash();
    let paper = Paper::new();
    let life = begin(&directory, &paper, &stage);
    assert_eq!(life.during(paper.heard(2)), ["two", "three"]);
    life.until_kept("the end", |counts| counts.outgoing + counts.sending == 0);
    assert_eq!(life.counts().failed, 1);
}

/// The keys under which messages were sent.
fn keys(records: &[Record]) -> Vec<u64> {
    let key = |record: &Record| match &record.operation {
        Operation::Send(send) => Some(send.nonce),
        _ => None,
    };
    records.iter().filter_map(key).collect()
}

#[test]
fn where_the_network_knows_a_key_what_was_on_its_way_goes_again_under_the_same_one() {
    let (directory, stage) = (Directory::new(), Arc::new(Stage::default()));
    let paper = Paper::with_capabilities(Capabilities { ..keyed() });
    let hangs = Arc::new(AtomicBool::new(true));
    let life = Life::begin(&directory, hanging(&paper, &hangs), handlers(&stage));
    paper.command("anna", "say one");
    life.during(paper.heard(1));
    life.crash();
    hangs.store(false, Ordering::Relaxed);
    let life = Life::begin(&directory, hanging(&paper, &hangs), handlers(&stage));
    paper.command("anna", "say two");
    assert_eq!(life.during(paper.heard(3)), ["one", "one", "two"]);
    let keys = keys(&paper.records());
    assert!(keys[0] == keys[1] && keys[1] != keys[2], "{keys:?}");
    life.until_kept("the end", |counts| counts.sending + counts.outgoing == 0);
    assert_eq!(life.counts().unknown, 0);
}

#[test]
fn many_people_in_one_group_are_all_answered_whichever_turn_ends_first() {
    const PEOPLE: usize = 24;
    const EACH: usize = 10;
    let (directory, paper, stage) = (Directory::new(), Paper::new(), Arc::new(Stage::default()));
    let nature = Nature {
        threads: Some(2),
        ..Nature::default()
    };
    let life = Life::begin_as(nature, &directory, paper.adapter(), handlers(&stage));
    for number in 0..EACH {
        for one in 0..PEOPLE {
            let name = format!("person{one}");
            let mut event = paper.event(&name, Paper::command_kind(&format!("say {one}.{number}")));
            event.chat = chat("group");
            event.chat_kind = ChatKind::Group;
            event.user = Some(person(&name));
            paper.deliver(event);
        }
    }
    life.during(paper.heard(PEOPLE * EACH));
    let heard = texts(&paper);
    for one in 0..PEOPLE {
        let of = |text: &&String| text.split('.').next() == Some(&one.to_string());
        let numbers: Vec<&str> = heard
            .iter()
            .filter(of)
            .filter_map(|text| text.split('.').nth(1))
            .collect();
        let wanted: Vec<String> = (0..EACH).map(|number| number.to_string()).collect();
        assert_eq!(numbers, wanted, "of {one}");
    }
}

#[test]
fn a_stop_in_the_middle_of_everything_loses_nothing() {
    let (directory, paper) = (Directory::new(), Paper::new());
    let stage = Stage::hanging();
    let life = begin(&directory, &paper, &stage);
    for number in 0..5 {
        for name in ["anna", "ben", "cleo"] {
            paper.command(name, &format!("count {number}"));
        }
    }
    life.until("the turns", || stage.begun() == 3);
    let begun = std::time::Instant::now();
    life.until_kept("the events", |counts| counts.inbox == 15);
    stage.go_on();
    let ended = life.end();
    assert!(begun.elapsed() < Duration::from_secs(8));
    assert_eq!((ended.unhandled, ended.unsent), (0, 0));
    let after_end = texts(&paper).len();
    assert!(after_end >= 3, "what ran was answered: {after_end}");
    let life = begin(&directory, &paper, &Arc::new(Stage::default()));
    life.during(paper.heard(15));
    life.until_kept("the end", |counts| counts.inbox == 0);
    for name in ["anna", "ben", "cleo"] {
        let said = paper.said();
        let heard: Vec<_> = said
            .iter()
            .filter(|said| said.chat == name)
            .map(|said| &*said.text)
            .collect();
        assert_eq!(
            heard,
            ["count 1", "count 2", "count 3", "count 4", "count 5"],
            "{name}"
        );
    }
}
