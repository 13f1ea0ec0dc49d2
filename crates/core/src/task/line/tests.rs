//! Fairness and limits of the lines, step by step.

use super::{Full, Lines, Wish};
use crate::id::{AccountId, Chat, ChatId, NetworkId, Person, UserId};
use crate::task::{Lane, LaneLimits, TaskLimits};

const NETWORK: NetworkId = NetworkId::new("paper");

fn lines(limits: LaneLimits) -> Lines {
    Lines::new(&TaskLimits {
        process: limits,
        ..TaskLimits::default()
    })
}

fn limits(running: usize) -> LaneLimits {
    LaneLimits {
        running,
        per_person: running,
        per_chat: running,
        waiting: 1000,
        waiting_per_person: 100,
    }
}

fn wish(ticket: u64, who: &str) -> Wish {
    Wish {
        ticket,
        lane: Lane::Process,
        person: Person::User(NETWORK, UserId::new(who)),
        chat: Chat {
            network: NETWORK,
            account: AccountId::new("1"),
            id: ChatId::new(who),
            thread: None,
        },
        weight: 1,
        memory: 0,
        share: 1,
    }
}

/// Lets one after the other go, as if each ended at once.
fn all(lines: &mut Lines) -> Vec<u64> {
    let mut gone = Vec::new();
    while let Some(wish) = lines.next() {
        gone.push(wish.ticket);
        lines.finish(&wish);
    }
    gone
}

#[test]
fn people_take_turns_whoever_came_first() {
    let mut lines = lines(limits(1));
    for ticket in 0..4 {
        lines.enter(wish(ticket, "anna"));
    }
    for ticket in 10..12 {
        lines.enter(wish(ticket, "ben"));
    }
    lines.enter(wish(20, "cleo"));
    assert_eq!(all(&mut lines), [0, 10, 20, 1, 11, 2, 3]);
}

#[test]
fn who_comes_late_is_not_behind_a_backlog() {
    let mut lines = lines(limits(2));
    for ticket in 0..50 {
        lines.enter(wish(ticket, "anna"));
    }
    let running = [lines.next().unwrap(), lines.next().unwrap()];
    assert!(lines.next().is_none());
    lines.enter(wish(100, "ben"));
    assert_eq!(lines.place(100), Some(1));
    assert_eq!(lines.place(2), Some(2));
    lines.finish(&running[0]);
    assert_eq!(lines.next().unwrap().ticket, 100);
}

#[test]
fn a_double_share_gets_two_turns_for_one() {
    let mut lines = lines(limits(1));
    for ticket in 0..6 {
        lines.enter(Wish {
            share: 2,
            ..wish(ticket, "anna")
        });
    }
    for ticket in 10..13 {
        lines.enter(wish(ticket, "ben"));
    }
    assert_eq!(all(&mut lines), [0, 10, 1, 2, 11, 3, 4, 12, 5]);
}

#[test]
fn limits_of_a_person_and_of_a_chat_let_others_pass() {
    let mut lines = lines(LaneLimits {
        per_person: 1,
        per_chat: 2,
        ..limits(4)
    });
    lines.enter(wish(1, "anna"));
    lines.enter(wish(2, "anna"));
    let room = wish(0, "room").chat;
    for (ticket, who) in [(3, "ben"), (4, "cleo"), (5, "dora")] {
        lines.enter(Wish {
            chat: room.clone(),
            ..wish(ticket, who)
        });
    }
    let gone: Vec<u64> = std::iter::from_fn(|| lines.next())
        .map(|wish| wish.ticket)
        .collect();
    assert_eq!(gone, [1, 3, 4], "anna has her one, the room its two");
}

#[test]
fn a_heavy_one_is_not_passed_for_ever() {
    let mut lines = lines(limits(4));
    let small: Vec<Wish> = (0..3)
        .map(|ticket| {
            lines.enter(wish(ticket, "anna"));
            lines.next().unwrap()
        })
        .collect();
    lines.enter(Wish {
        weight: 4,
        ..wish(10, "ben")
    });
    lines.enter(wish(20, "cleo"));
    assert!(lines.next().is_none(), "there is room for cleo, but ben is next");
    for wish in &small {
        lines.finish(wish);
    }
    assert_eq!(lines.next().unwrap().ticket, 10);
}

#[test]
fn what_is_heavier_than_the_lane_goes_alone() {
    let mut lines = lines(limits(2));
    lines.enter(Wish {
        weight: 50,
        ..wish(1, "anna")
    });
    lines.enter(wish(2, "ben"));
    let heavy = lines.next().unwrap();
    assert_eq!((heavy.ticket, heavy.weight), (1, 2));
    assert!(lines.next().is_none());
    lines.finish(&heavy);
    assert_eq!(lines.next().unwrap().ticket, 2);
}

#[test]
fn memory_is_given_once_and_comes_back() {
    let mut lines = Lines::new(&TaskLimits {
        memory: 100,
        process: limits(8),
        ..TaskLimits::default()
    });
    let needs = |ticket, memory| Wish {
        memory,
        ..wish(ticket, "anna")
    };
    assert_eq!(lines.admits(&needs(9, 101)), Err(Full::Memory(100)));
    lines.enter(needs(1, 60));
    lines.enter(needs(2, 60));
    let first = lines.next().unwrap();
    assert!(lines.next().is_none());
    lines.finish(&first);
    assert_eq!(lines.next().unwrap().ticket, 2);
}

#[test]
fn the_lines_have_an_end() {
    let mut lines = lines(LaneLimits {
        waiting: 3,
        waiting_per_person: 2,
        ..limits(1)
    });
    lines.enter(wish(1, "anna"));
    lines.enter(wish(2, "anna"));
    assert_eq!(lines.admits(&wish(3, "anna")), Err(Full::Person(2)));
    assert_eq!(lines.admits(&wish(4, "ben")), Ok(()));
    lines.enter(wish(4, "ben"));
    assert_eq!(lines.admits(&wish(5, "cleo")), Err(Full::All(3)));
}

#[test]
fn who_leaves_makes_the_line_shorter_and_leaves_nothing_behind() {
    let mut lines = lines(limits(1));
    for (ticket, who) in [(1, "anna"), (2, "ben"), (3, "cleo")] {
        lines.enter(wish(ticket, who));
    }
    let anna = lines.next().unwrap();
    assert_eq!(lines.place(3), Some(2));
    assert!(lines.leave(2) && !lines.leave(2) && !lines.leave(1));
    assert_eq!(lines.place(3), Some(1));
    lines.finish(&anna);
    let cleo = lines.next().unwrap();
    lines.finish(&cleo);
    assert_eq!(lines.load(Lane::Process), (0, 0));
    let line = &lines.lanes[Lane::Process as usize];
    assert!(line.people.is_empty() && line.order.is_empty() && line.chats.is_empty());
    assert!(lines.waiting.is_empty() && lines.memory_used == 0);
}

#[test]
fn the_places_told_are_the_order_in_which_they_go() {
    let mut lines = lines(limits(1));
    let who = ["anna", "ben", "cleo", "anna", "anna", "dora", "ben", "anna"];
    for (ticket, who) in who.into_iter().enumerate() {
        lines.enter(Wish {
            weight: 1 + ticket % 3,
            ..wish(ticket as u64, who)
        });
    }
    let mut told: Vec<(usize, u64)> = (0..who.len() as u64)
        .map(|ticket| (lines.place(ticket).unwrap(), ticket))
        .collect();
    told.sort_unstable();
    let told: Vec<u64> = told.into_iter().map(|(_, ticket)| ticket).collect();
    assert_eq!(all(&mut lines), told);
}
