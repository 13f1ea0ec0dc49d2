//! What is kept about a person can be handed out and forgotten.

use std::time::Duration;

use duologue_core::store::{
    Account, CodeHash, LinkCode, LinkGuess, MAX_ATTEMPTS, Missed, NewJob, NewOutgoing, Outcome, Redeemed,
    Scope, StateKey, StateWrite, Store, StoredTask, Then, UNSENT_KEPT, Write,
};
use duologue_core::task::{TaskRecord, TaskState};
use duologue_core::{ButtonAction, ButtonCall, ChatId, NetworkId, Person, TaskId, UserId};

use crate::world::*;

on_every_engine![
    everything_of_a_person_is_handed_out_and_nothing_of_others,
    a_person_is_forgotten_on_all_linked_accounts,
    a_chat_is_handed_out_and_forgotten_as_a_whole,
    a_turn_that_runs_cannot_bring_back_what_was_forgotten,
    what_waited_behind_something_forgotten_goes,
    the_buttons_of_a_person_alone_go_and_those_of_others_stay,
    no_trace_of_an_empty_conversation_is_left,
];

fn person(network: NetworkId, user: &str) -> Person {
    Person::User(network, UserId::new(user))
}

fn mood(scope: Scope, body: &str) -> Write {
    Write::State(StateWrite {
        key: StateKey {
            scope,
            name: "mood".into(),
        },
        expected: None,
        body: Some(body.to_owned().into()),
    })
}

fn reminder(network: NetworkId, user: &str) -> NewJob {
    NewJob {
        origin: None,
        chat: chat(1),
        person: person(network, user),
        name: "reminder".into(),
        due: at(50),
        repeat: None,
        missed: Missed::Once,
        body: format!("tea for {user}").into(),
    }
}

fn task(id: u64, user: &str) -> StoredTask {
    let record = TaskRecord {
        id: TaskId(id),
        name: "fetch".into(),
        person: person(PIGEON, user),
        chat: chat(1),
        card: None,
        state: TaskState::Running,
    };
    StoredTask {
        record,
        place: 1,
        body: format!("address of {user}").into(),
        checkpoint: None,
    }
}

fn say_to(user: &str, text: &str) -> NewOutgoing {
    NewOutgoing {
        user: Some(UserId::new(user)),
        ..say(&chat(1), text)
    }
}

/// Two people in one group: each with states, a dead letter, an event that waits, an answer, a job and a task.
async fn two_people(store: &dyn Store) {
    for (base, user) in [(10, "anna"), (20, "ben")] {
        let conversation = in_group(1, user);
        arrive(store, &conversation, &[base], at(0)).await;
        for _ in 0..MAX_ATTEMPTS {
            let claimed = claim_one(store, at(1)).await;
            finish(store, failed(&claimed, Duration::ZERO), Vec::new(), at(1)).await;
        }
        let id = || UserId::new(user);
        let writes = vec![
            mood(Scope::User(PIGEON, id()), &format!("mood of {user}")),
            mood(
                Scope::UserInChat(chat(1), id()),
                &format!("{{\"of\":\"{user}\"}}"),
            ),
            Write::Send(say_to(user, &format!("hello {user}"))),
            Write::AddJob(reminder(PIGEON, user)),
            Write::Task(task(base, user)),
        ];
        write(store, writes, at(2)).await;
    }
    for (base, user) in [(10, "anna"), (20, "ben")] {
        arrive(store, &in_group(1, user), &[base + 1], at(3)).await;
    }
    write(
        store,
        vec![mood(Scope::Bot, "bot"), mood(Scope::Chat(chat(1)), "chat")],
        at(4),
    )
    .await;
}

async fn everything_of_a_person_is_handed_out_and_nothing_of_others(store: &dyn Store) {
    two_people(store).await;
    let data = store.export(&person(PIGEON, "anna")).await.unwrap();
    assert_eq!((data.states.len(), data.events.len(), data.dead.len()), (2, 1, 1));
    assert_eq!(
        (data.outgoing.len(), data.jobs.len(), data.tasks.len()),
        (1, 1, 1)
    );
    let json = data.to_json();
    let text = json.to_string();
    for part in [
        "mood of anna",
        "event 10",
        "event 11",
        "hello anna",
        "tea for anna",
        "address of anna",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("ben") && !text.contains("\"bot\""), "{text}");
    let states = json["states"].as_array().unwrap();
    assert!(
        states.iter().any(|state| state["body"]["of"] == "anna"),
        "JSON stands as JSON"
    );
}

async fn a_person_is_forgotten_on_all_linked_accounts(store: &dyn Store) {
    two_people(store).await;
    let (here, there) = (
        Account {
            network: PIGEON,
            user: UserId::new("anna"),
        },
        Account {
            network: HARE,
            user: UserId::new("anna#1"),
        },
    );
    let hash = CodeHash([7; 32]);
    let code = LinkCode {
        hash,
        account: here.clone(),
        expires: at(60_000),
    };
    store.offer_link(code).await.unwrap();
    let guess = LinkGuess {
        hash,
        account: there.clone(),
        now: at(5),
    };
    let Redeemed::Linked { person: linked, .. } = store.redeem_link(guess).await.unwrap() else {
        panic!("not linked");
    };
    let writes = vec![
        mood(Scope::User(HARE, there.user.clone()), "there"),
        mood(Scope::Person(linked.id), "everywhere"),
        Write::AddJob(reminder(HARE, "anna#1")),
    ];
    write(store, writes, at(6)).await;

    let forgotten = store.forget(&person(HARE, "anna#1")).await.unwrap();
    assert_eq!(
        (
            forgotten.accounts,
            forgotten.states,
            forgotten.events,
            forgotten.dead
        ),
        (2, 3, 1, 1),
        "the one of the first account is the person's since they were linked, and was written anew"
    );
    assert_eq!((forgotten.outgoing, forgotten.jobs, forgotten.tasks), (1, 2, 1));
    for who in [person(PIGEON, "anna"), person(HARE, "anna#1")] {
        let left = store.export(&who).await.unwrap();
        assert!(left.states.is_empty() && left.events.is_empty() && left.dead.is_empty());
        assert!(left.outgoing.is_empty() && left.jobs.is_empty() && left.tasks.is_empty());
    }
    assert_eq!(store.person(&here).await.unwrap(), None);
    let ben = store.export(&person(PIGEON, "ben")).await.unwrap();
    assert_eq!((ben.states.len(), ben.events.len(), ben.tasks.len()), (2, 1, 1));
    assert_eq!(ids(&claim_one(store, at(9)).await), [21]);
    assert_eq!(said(&take(store, 8, at(9)).await), ["hello ben"]);
}

async fn a_chat_is_handed_out_and_forgotten_as_a_whole(store: &dyn Store) {
    two_people(store).await;
    arrive(store, &private(2), &[30], at(5)).await;
    let group = Person::Chat(PIGEON, ChatId::number(1));
    let data = store.export(&group).await.unwrap();
    assert_eq!(
        (data.states.len(), data.events.len(), data.outgoing.len()),
        (3, 2, 2)
    );
    let forgotten = store.forget(&group).await.unwrap();
    assert_eq!(
        (
            forgotten.states,
            forgotten.events,
            forgotten.dead,
            forgotten.tasks
        ),
        (3, 2, 2, 2)
    );
    assert_eq!(ids(&claim_one(store, at(9)).await), [30]);
    let anna = store.export(&person(PIGEON, "anna")).await.unwrap();
    assert_eq!(anna.states.len(), 1, "what she has beside this chat stays");
}

async fn a_turn_that_runs_cannot_bring_back_what_was_forgotten(store: &dyn Store) {
    let conversation = in_group(1, "anna");
    arrive(store, &conversation, &[1, 2], at(0)).await;
    let claimed = claim_one(store, at(1)).await;
    assert_eq!(store.forget(&person(PIGEON, "anna")).await.unwrap().events, 2);
    let writes = vec![mood(Scope::User(PIGEON, UserId::new("anna")), "back again")];
    let outcome = finish(store, handled(&claimed, 1, Then::Release), writes, at(2)).await;
    assert_eq!(outcome, Outcome::Stale);
    assert!(claim(store, 8, at(3)).await.is_empty());
    arrive(store, &conversation, &[3], at(4)).await;
    assert_eq!(ids(&claim_one(store, at(5)).await), [3]);
}

async fn what_waited_behind_something_forgotten_goes(store: &dyn Store) {
    let writes = vec![
        Write::Send(say_to("anna", "one")),
        Write::Send(say_to("ben", "two")),
        Write::Send(say_to("anna", "three")),
        Write::Send(say_to("ben", "four")),
    ];
    write(store, writes, at(0)).await;
    assert_eq!(said(&take(store, 8, at(1)).await), ["one"], "it is being sent");
    assert_eq!(store.forget(&person(PIGEON, "anna")).await.unwrap().outgoing, 2);
    for text in ["two", "four"] {
        let taken = take(store, 8, at(2)).await;
        assert_eq!(said(&taken), [text]);
        let result = duologue_core::store::SendResult::Sent(Vec::new());
        let settlement = duologue_core::store::Settlement {
            id: taken[0].id,
            result,
            now: at(3),
        };
        store.settle(vec![settlement]).await.unwrap();
    }
}

async fn the_buttons_of_a_person_alone_go_and_those_of_others_stay(store: &dyn Store) {
    let button = |only: Option<&str>| {
        let call = ButtonCall {
            name: "snooze".into(),
            json: "tea".to_owned(),
            only: only.map(UserId::new),
            once: true,
        };
        serde_json::to_vec(&ButtonAction::Value(call)).unwrap()
    };
    let value = |key: &str, body: Vec<u8>| Write::Value {
        key: key.into(),
        body: Some(body.into()),
        until: None,
    };
    let writes = vec![
        value("button.1", button(Some("an\"na"))),
        value("button.2", button(Some("ben"))),
        value("button.3", button(None)),
        value("book.1", button(Some("an\"na"))),
    ];
    write(store, writes, at(0)).await;
    store.forget(&person(PIGEON, "an\"na")).await.unwrap();
    let mut left = Vec::new();
    for key in ["button.1", "button.2", "button.3", "book.1"] {
        if store.value(key).await.unwrap().is_some() {
            left.push(key);
        }
    }
    assert_eq!(left, ["button.2", "button.3", "book.1"]);
}

async fn no_trace_of_an_empty_conversation_is_left(store: &dyn Store) {
    arrive(store, &in_group(1, "anna"), &[1], at(0)).await;
    let claimed = claim_one(store, at(1)).await;
    finish(store, handled(&claimed, 1, Then::Release), Vec::new(), at(1)).await;
    arrive(store, &in_group(2, "anna"), &[2], at(2)).await;
    store.forget(&person(PIGEON, "anna")).await.unwrap();
    let pruned = store.prune(at(3).plus(UNSENT_KEPT)).await.unwrap();
    assert_eq!(pruned.conversations, 0, "there was none left to be cleaned away");
}
