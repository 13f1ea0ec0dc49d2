//! Buttons: they outlive the process, and those that work once do so however often they are pressed.

use std::sync::Arc;

use duologue_core::Operation;
use duologue_core::testing::{Paper, Record};
use duologue_tests::life::Directory;

use super::bot::{Stage, begin, texts};

fn notes(records: &[Record]) -> usize {
    let note = |record: &&Record| matches!(&record.operation, Operation::Acknowledge { note: Some(_), .. });
    records.iter().filter(note).count()
}

#[test]
fn a_button_works_after_a_restart_and_one_for_once_works_once_in_all_of_them() {
    let (directory, paper) = (Directory::new(), Paper::new());
    let stage = Arc::new(Stage::default());
    let life = begin(&directory, &paper, &stage);
    paper.command("anna", "offer");
    life.during(paper.heard(1));
    life.until_kept("the end", |counts| counts.sending == 0);
    life.crash();
    for process in 0..3 {
        let life = begin(&directory, &paper, &stage);
        paper.press("anna", "Always");
        paper.press("anna", "Once");
        let wanted = if process == 0 { 3 } else { 3 + process };
        life.during(paper.heard(wanted));
        if process > 0 {
            life.during(paper.until("a note", |records| notes(records) == process));
        }
        life.until_kept("the end", |counts| counts.inbox + counts.sending == 0);
        life.crash();
    }
    let picked = texts(&paper);
    let count = |words: &str| picked.iter().filter(|text| *text == words).count();
    assert_eq!((count("picked 7"), count("picked 8")), (1, 3), "{picked:?}");
}

#[test]
fn a_button_for_once_that_is_pressed_again_while_its_turn_runs_works_once() {
    let (directory, paper) = (Directory::new(), Paper::new());
    let life = begin(&directory, &paper, &Arc::new(Stage::default()));
    paper.command("anna", "offer");
    life.during(paper.heard(1));
    life.until_kept("the end", |counts| counts.sending == 0);
    life.crash();
    let stage = Stage::hanging();
    let life = begin(&directory, &paper, &stage);
    paper.press("anna", "Once");
    life.until("the turn", || stage.begun() == 1);
    paper.press("anna", "Once");
    life.until_kept("the second press", |counts| counts.inbox == 2);
    stage.go_on();
    life.until_kept("the end", |counts| {
        counts.inbox + counts.outgoing + counts.sending == 0
    });
    assert_eq!(texts(&paper), ["Pick", "picked 7"]);
    assert_eq!(stage.begun(), 1);
}

#[test]
fn a_button_whose_turn_a_crash_ends_is_pressed_once_all_the_same() {
    let (directory, paper) = (Directory::new(), Paper::new());
    let stage = Stage::hanging();
    let life = begin(&directory, &paper, &stage);
    paper.command("anna", "offer");
    life.during(paper.heard(1));
    paper.press("anna", "Once");
    life.until("the turn", || stage.begun() == 1);
    life.crash();
    let life = begin(&directory, &paper, &Arc::new(Stage::default()));
    life.during(paper.heard(2));
    paper.press("anna", "Once");
    life.during(paper.until("a note", |records| notes(records) == 1));
    assert_eq!(texts(&paper), ["Pick", "picked 7"]);
}
