//! A process that is killed at any moment, over and over: nothing that was confirmed is lost, nothing is done twice,
//! and the order of each conversation holds.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use duologue_core::store::{
    Commit, MAX_ATTEMPTS, Outgoing, OutgoingState, Page, Policy, Position, Scope, SendResult, Settlement,
    StateKey, Store, Then, Timestamp,
};
use duologue_store::SqliteStore;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::world::*;

/// How often the process is killed.
const ROUNDS: usize = 24;

/// Each event whose id is a multiple of this one cannot be handled; the program has the same number.
const POISON: u64 = 97;

pub(crate) fn program(mode: &str, directory: &Directory) -> Child {
    Command::new(env!("CARGO_BIN_EXE_duologue-test-store"))
        .arg(mode)
        .arg(directory.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What the process said that it did, over all rounds.
#[derive(Default)]
struct Said {
    /// Every event up to this one is stored.
    stored: u64,
    handled: BTreeSet<u64>,
    dead: BTreeSet<u64>,
    /// How often each answer went out.
    sent: BTreeMap<u64, u32>,
    /// Answers whose receipt was kept.
    settled: BTreeSet<u64>,
}

impl Said {
    fn hear(&mut self, line: &str) {
        let (what, id) = line.split_once(' ').unwrap_or((line, "0"));
        let id: u64 = id.parse().unwrap_or_else(|_| panic!("the process said {line:?}"));
        match what {
            "O" => {}
            "I" => self.stored = self.stored.max(id),
            "C" => assert!(self.handled.insert(id), "event {id} was handled twice"),
            "D" => assert!(self.dead.insert(id), "event {id} was given up twice"),
            "S" => *self.sent.entry(id).or_default() += 1,
            "R" => drop(self.settled.insert(id)),
            _ => panic!("the process said {line:?}"),
        }
    }
}

/// Runs the process for a while and kills it; hears what it said until then.
fn round(directory: &Directory, said: &mut Said, rng: &mut ChaCha8Rng) {
    let mut child = program("load", directory);
    let mut output = BufReader::new(child.stdout.take().unwrap());
    // Now and then while it opens its store, else under load.
    if rng.random_ratio(5, 6) {
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(line, "O\n");
    }
    std::thread::sleep(Duration::from_micros(rng.random_range(0..120_000)));
    child.kill().unwrap();
    let ended = child.wait().unwrap();
    // It did not end by itself before, with a complaint.
    assert_eq!(ended.code(), None, "{ended}");
    let mut line = String::new();
    while output.read_line(&mut line).unwrap() > 0 {
        if let Some(whole) = line.strip_suffix('\n') {
            said.hear(whole);
        }
        line.clear();
    }
}

#[tokio::test]
async fn a_kill_at_any_moment_loses_nothing_and_doubles_nothing() {
    let seed: u64 = rand::rng().random();
    println!("seed {seed}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let directory = Directory::new();
    let mut said = Said::default();
    for _ in 0..ROUNDS {
        round(&directory, &mut said, &mut rng);
    }
    let store = directory.open().await;
    let end = match store.position(&source()).await.unwrap() {
        Some(Position::Offset(end)) => u64::try_from(end).unwrap(),
        other => panic!("after {ROUNDS} rounds nothing is stored: {other:?}"),
    };
    assert!(end > said.stored, "a confirmed position is lost");
    println!(
        "{} events in {ROUNDS} rounds, {} answers",
        end - 1,
        said.sent.len()
    );

    let (logs, mut dead) = (logs(&store).await, dead(&store).await);
    for id in &said.handled {
        assert!(logs.contains(id), "event {id} was confirmed and is not there");
    }
    assert!(
        said.dead.is_subset(&dead.keys().copied().collect()),
        "a dead letter is lost"
    );
    drain(&store, &mut said).await;

    let logs = self::logs(&store).await;
    dead.append(&mut self::dead(&store).await);
    let mut ends: Vec<u64> = logs.iter().chain(dead.keys()).copied().collect();
    ends.sort_unstable();
    assert!(
        ends.iter().copied().eq(1..end),
        "each event ends once, in a log or as a dead letter"
    );
    for (id, error) in &dead {
        let poison = id.is_multiple_of(POISON);
        assert!(
            poison || error.contains("the process ended"),
            "event {id}: {error}"
        );
    }
    answers(&store, &said, &logs).await;
}

/// The ids that turns have put into their conversation's state; each log must be in order.
async fn logs(store: &SqliteStore) -> Vec<u64> {
    let key = |number| StateKey {
        scope: Scope::Chat(chat(number)),
        name: "log".into(),
    };
    let states = store.state((0..16).map(key).collect()).await.unwrap();
    let mut all = Vec::new();
    for body in states.into_iter().flatten().filter_map(|state| state.body) {
        let text = String::from_utf8(body.to_vec()).unwrap();
        let log: Vec<u64> = text.split_whitespace().map(|id| id.parse().unwrap()).collect();
        assert!(
            log.is_sorted_by(|one, next| one < next),
            "out of order, or twice: {log:?}"
        );
        all.extend(log);
    }
    all
}

async fn dead(store: &SqliteStore) -> BTreeMap<u64, String> {
    let letters = store.dead(Page::first(100_000)).await.unwrap();
    let count = letters.len();
    let dead: BTreeMap<u64, String> = letters
        .into_iter()
        .map(|letter| (letter.event.id.parse().unwrap(), letter.error))
        .collect();
    assert_eq!(dead.len(), count, "an event was given up twice");
    dead
}

/// Handles and sends what is left, as the process would.
async fn drain(store: &SqliteStore, said: &mut Said) {
    let mut now = Timestamp::now();
    loop {
        now = now.plus(Duration::from_millis(1));
        let claims = claim(store, 64, now).await;
        if claims.is_empty() {
            break;
        }
        for claimed in claims {
            drain_claim(store, &claimed, now).await;
        }
    }
    loop {
        let taken = take(store, 64, now).await;
        if taken.is_empty() {
            break;
        }
        let settle = |outgoing: &Outgoing| {
            *said.sent.entry(answered(outgoing)).or_default() += 1;
            Settlement {
                id: outgoing.id,
                result: SendResult::Sent(Vec::new()),
                now,
            }
        };
        let settlements = taken.iter().map(settle).collect();
        store.settle(settlements).await.unwrap();
    }
}

async fn drain_claim(store: &SqliteStore, claimed: &duologue_core::store::Claim, now: Timestamp) {
    let id = ids(claimed)[0];
    if id.is_multiple_of(POISON) {
        finish(store, failed(claimed, Duration::ZERO), Vec::new(), now).await;
        return;
    }
    assert!(claimed.events[0].attempts < MAX_ATTEMPTS);
    let key = StateKey {
        scope: Scope::Chat(claimed.hold.conversation.chat.clone()),
        name: "log".into(),
    };
    let state = store.state(vec![key.clone()]).await.unwrap().remove(0);
    let mut log = state.and_then(|state| state.body).unwrap_or_default().to_vec();
    log.extend_from_slice(format!("{id} ").as_bytes());
    let state = duologue_core::store::StateWrite {
        key,
        expected: None,
        body: Some(log.into()),
    };
    let answer = say(&claimed.hold.conversation.chat, &id.to_string());
    let writes = vec![
        duologue_core::store::Write::State(state),
        duologue_core::store::Write::Send(answer),
    ];
    let commit = Commit::turn(handled(claimed, 1, Then::Release), writes, now);
    store.commit(vec![commit]).await.unwrap();
}

fn answered(outgoing: &Outgoing) -> u64 {
    String::from_utf8(outgoing.ask.body.to_vec())
        .unwrap()
        .parse()
        .unwrap()
}

/// Each handled event has one answer, and what is kept of it agrees with what the network saw.
async fn answers(store: &SqliteStore, said: &Said, logs: &[u64]) {
    let mut seen = BTreeSet::new();
    for state in [OutgoingState::Sent, OutgoingState::Unknown, OutgoingState::Failed] {
        for outgoing in store.outgoing_in(state, Page::first(100_000)).await.unwrap() {
            let id = answered(&outgoing);
            assert!(seen.insert(id), "event {id} has two answers");
            let times = said.sent.get(&id).copied().unwrap_or(0);
            match (state, outgoing.ask.policy) {
                (OutgoingState::Sent, Policy::AtMostOnce) => assert_eq!(times, 1, "answer {id}"),
                (OutgoingState::Sent, _) => assert!(times >= 1, "answer {id}"),
                (OutgoingState::Unknown, Policy::AtMostOnce) => {
                    assert!(times <= 1, "answer {id}");
                    assert!(!said.settled.contains(&id), "a receipt is lost");
                }
                other => panic!("answer {id}: {other:?}"),
            }
        }
    }
    let handled: BTreeSet<u64> = logs.iter().copied().collect();
    assert_eq!(seen, handled);
    assert!(said.settled.is_subset(&seen));
    let counts = store.counts().await.unwrap();
    assert_eq!(
        (counts.inbox, counts.outgoing, counts.sending, counts.held),
        (0, 0, 0, 0)
    );
}

#[tokio::test]
async fn an_event_that_kills_the_process_ends_as_a_dead_letter_and_takes_no_other_with_it() {
    let directory = Directory::new();
    {
        let store = directory.open().await;
        arrive(&store, &private(1), &[1, 2], at(0)).await;
        for number in 2..=9 {
            arrive(&store, &private(number), &[u64::from(number) + 1], at(1)).await;
        }
    }
    // Each process claims everything it gets and ends with it, as the first event would have it.
    let mut poisoned_alone = false;
    for opening in 0..12 {
        let store = directory.open().await;
        let claims = claim(&store, 64, Timestamp::now()).await;
        let poison = claims.iter().position(|claim| ids(claim)[0] == 1);
        let last_chances = claims
            .iter()
            .filter(|claim| claim.events[0].attempts == MAX_ATTEMPTS - 1)
            .count();
        assert!(
            last_chances <= 1,
            "opening {opening}: last attempts run one at a time"
        );
        match poison {
            Some(_) => poisoned_alone |= last_chances == 1,
            None => {
                for claimed in &claims {
                    finish(
                        &store,
                        handled(claimed, 8, Then::Release),
                        Vec::new(),
                        Timestamp::now(),
                    )
                    .await;
                }
            }
        }
    }
    assert!(poisoned_alone);
    let store = directory.open().await;
    let dead = store.dead(Page::first(10)).await.unwrap();
    let given_up: Vec<&str> = dead.iter().map(|letter| letter.event.id.as_str()).collect();
    assert_eq!(given_up, ["1"]);
    assert_eq!(dead[0].error, "the process ended at each attempt at this event");
    assert_eq!(store.counts().await.unwrap().inbox, 0);
}

#[tokio::test]
async fn what_was_being_sent_when_the_process_ended_follows_its_policy() {
    let directory = Directory::new();
    let mut ids = Vec::new();
    {
        let store = directory.open().await;
        for (number, policy) in [(1, Policy::AtMostOnce), (2, Policy::AtLeastOnce)] {
            for text in ["first", "second"] {
                let outgoing = duologue_core::store::NewOutgoing {
                    policy,
                    ..say(&chat(number), text)
                };
                let outcome = write(&store, vec![duologue_core::store::Write::Send(outgoing)], at(0)).await;
                ids.push(outcome.committed().unwrap().outgoing[0]);
            }
        }
        assert_eq!(take(&store, 8, at(1)).await.len(), 2);
    }
    let store = directory.open().await;
    assert_eq!(store.opened().sending, 2);
    let first = store.outgoing(ids[0]).await.unwrap().unwrap();
    assert_eq!((first.state, first.doubtful), (OutgoingState::Unknown, true));
    let taken = take(&store, 8, Timestamp::now()).await;
    let taken: Vec<_> = taken
        .iter()
        .map(|one| (one.id, one.doubtful, one.attempts))
        .collect();
    assert_eq!(taken, [(ids[1], false, 1), (ids[2], true, 2)]);
}

#[tokio::test]
async fn a_wait_that_came_during_a_turn_outlives_the_process() {
    let directory = Directory::new();
    let album = |id, millis| duologue_core::store::NewEvent {
        wait: Duration::from_millis(millis),
        ..event(id, &private(1))
    };
    {
        let store = directory.open().await;
        arrive(&store, &private(1), &[1], at(0)).await;
        claim_one(&store, at(0)).await;
        store.ingest(batch(vec![album(2, 500)], at(10))).await.unwrap();
    }
    let store = directory.open().await;
    assert!(claim(&store, 8, at(509)).await.is_empty());
    assert_eq!(
        store.next_due(vec![bot()]).await.unwrap().conversation,
        Some(at(510))
    );
    assert_eq!(ids(&claim_one(&store, at(510)).await), [1, 2]);
}
