//! Accounts that are one person's.

use duologue_core::store::{
    Account, CodeHash, GUESS_WINDOW, GUESSES, LinkCode, LinkGuess, LinkedPerson, Looked, Redeemed, Scope,
    StateKey, StateWrite, Store, StoreErrorKind, Timestamp, Write,
};
use duologue_core::{NetworkId, UserId};

use crate::world::*;

on_every_engine![
    two_accounts_become_one_person,
    a_person_can_have_more_than_two_accounts,
    two_persons_become_one_and_what_cannot_move_is_named,
    what_was_kept_about_each_account_is_the_persons,
    looking_at_a_code_uses_nothing_up_and_wrong_ones_count,
    a_code_works_once_and_before_it_expires,
    a_new_code_replaces_the_old_one,
    the_own_code_links_nothing,
    too_many_wrong_guesses_block_the_account_for_a_while,
    the_same_code_is_not_shown_by_two,
    an_account_that_leaves_takes_nothing_along_and_the_last_one_takes_all,
];

fn account(network: NetworkId, user: &str) -> Account {
    let user = UserId::new(user);
    Account { network, user }
}

fn hash(code: u8) -> CodeHash {
    CodeHash([code; 32])
}

async fn offer(store: &dyn Store, account: &Account, code: u8) {
    let code = LinkCode {
        hash: hash(code),
        account: account.clone(),
        expires: at(60_000),
    };
    store.offer_link(code).await.unwrap();
}

async fn redeem(store: &dyn Store, account: &Account, code: u8, now: Timestamp) -> Redeemed {
    let guess = LinkGuess {
        hash: hash(code),
        account: account.clone(),
        now,
    };
    store.redeem_link(guess).await.unwrap()
}

async fn link(store: &dyn Store, one: &Account, other: &Account) -> LinkedPerson {
    offer(store, one, 1).await;
    match redeem(store, other, 1, at(1)).await {
        Redeemed::Linked { person, lost } => {
            assert!(lost.is_empty());
            person
        }
        other => panic!("{other:?}"),
    }
}

fn mood(person: &LinkedPerson, name: &str) -> StateKey {
    StateKey {
        scope: Scope::Person(person.id),
        name: name.into(),
    }
}

async fn set(store: &dyn Store, key: StateKey, body: &str) {
    let state = StateWrite {
        key,
        expected: None,
        body: Some(body.to_owned().into()),
    };
    write(store, vec![Write::State(state)], at(0)).await;
}

async fn get(store: &dyn Store, key: StateKey) -> Option<String> {
    let state = store.state(vec![key]).await.unwrap().remove(0)?;
    state.body.map(|body| String::from_utf8(body.to_vec()).unwrap())
}

async fn two_accounts_become_one_person(store: &dyn Store) {
    let (here, there) = (account(PIGEON, "anna"), account(HARE, "anna#1"));
    assert_eq!(store.person(&here).await.unwrap(), None);
    let person = link(store, &here, &there).await;
    assert_eq!(person.accounts, [there.clone(), here.clone()]);
    assert_eq!(store.person(&here).await.unwrap().as_ref(), Some(&person));
    assert_eq!(store.person(&there).await.unwrap().as_ref(), Some(&person));
    assert_eq!(
        link(store, &there, &here).await,
        person,
        "once more changes nothing"
    );
}

async fn a_person_can_have_more_than_two_accounts(store: &dyn Store) {
    let accounts = [account(HARE, "a"), account(HARE, "b"), account(PIGEON, "c")];
    let first = link(store, &accounts[0], &accounts[1]).await;
    let person = link(store, &accounts[2], &accounts[0]).await;
    assert_eq!((person.id, &person.accounts[..]), (first.id, &accounts[..]));
}

async fn two_persons_become_one_and_what_cannot_move_is_named(store: &dyn Store) {
    let accounts = [
        account(HARE, "a"),
        account(HARE, "b"),
        account(PIGEON, "c"),
        account(PIGEON, "d"),
    ];
    let older = link(store, &accounts[0], &accounts[1]).await;
    let newer = link(store, &accounts[2], &accounts[3]).await;
    set(store, mood(&older, "both"), "older").await;
    set(store, mood(&newer, "both"), "newer").await;
    set(store, mood(&newer, "alone"), "moves").await;
    offer(store, &accounts[3], 5).await;
    let Redeemed::Linked { person, lost } = redeem(store, &accounts[0], 5, at(2)).await else {
        panic!("not linked");
    };
    assert_eq!((person.id, &person.accounts[..]), (older.id, &accounts[..]));
    assert_eq!(lost, ["both"]);
    assert_eq!(get(store, mood(&older, "both")).await.as_deref(), Some("older"));
    assert_eq!(get(store, mood(&older, "alone")).await.as_deref(), Some("moves"));
    assert_eq!(get(store, mood(&newer, "alone")).await, None);
}

async fn what_was_kept_about_each_account_is_the_persons(store: &dyn Store) {
    let (here, there) = (account(PIGEON, "anna"), account(HARE, "anna#1"));
    let of = |account: &Account, name: &str| StateKey {
        scope: Scope::User(account.network, account.user.clone()),
        name: name.into(),
    };
    for (account, name, body) in [
        (&here, "zone", "here"),
        (&there, "zone", "there"),
        (&there, "diet", "hay"),
    ] {
        set(store, of(account, name), body).await;
    }
    offer(store, &here, 1).await;
    let Redeemed::Linked { person, lost } = redeem(store, &there, 1, at(1)).await else {
        panic!("not linked");
    };
    assert_eq!(lost, ["zone"]);
    assert_eq!(get(store, mood(&person, "zone")).await.as_deref(), Some("here"));
    assert_eq!(get(store, mood(&person, "diet")).await.as_deref(), Some("hay"));
    for key in [of(&here, "zone"), of(&there, "zone"), of(&there, "diet")] {
        assert_eq!(get(store, key).await, None);
    }
    // A third account finds what the person has, and brings what the person lacks.
    let third = account(HARE, "anna#2");
    set(store, of(&third, "diet"), "grass").await;
    set(store, of(&third, "nest"), "high").await;
    offer(store, &third, 2).await;
    let Redeemed::Linked { lost, .. } = redeem(store, &here, 2, at(2)).await else {
        panic!("not linked");
    };
    assert_eq!(lost, ["diet"]);
    assert_eq!(get(store, mood(&person, "diet")).await.as_deref(), Some("hay"));
    assert_eq!(get(store, mood(&person, "nest")).await.as_deref(), Some("high"));
}

async fn looking_at_a_code_uses_nothing_up_and_wrong_ones_count(store: &dyn Store) {
    let (here, there) = (account(PIGEON, "anna"), account(HARE, "anna#1"));
    let look = async |account: &Account, code: u8, now| {
        let guess = LinkGuess {
            hash: hash(code),
            account: account.clone(),
            now,
        };
        store.look_at_link(guess).await.unwrap()
    };
    offer(store, &here, 1).await;
    for _ in 0..2 {
        assert_eq!(look(&there, 1, at(1)).await, Looked::Shows(here.clone()));
    }
    assert_eq!(look(&here, 1, at(1)).await, Looked::Not(Redeemed::Own));
    for left in (0..GUESSES).rev() {
        assert_eq!(
            look(&there, 9, at(2)).await,
            Looked::Not(Redeemed::Wrong { left })
        );
    }
    let until = at(2).plus(GUESS_WINDOW);
    let blocked = Looked::Not(Redeemed::Blocked { until });
    assert_eq!(look(&there, 1, at(3)).await, blocked, "it is told nothing");
    let other = account(HARE, "anna#2");
    assert_eq!(look(&other, 1, at(60_000)).await, Looked::Not(Redeemed::Expired));
    assert_eq!(store.person(&here).await.unwrap(), None);
}

async fn a_code_works_once_and_before_it_expires(store: &dyn Store) {
    let (here, there) = (account(PIGEON, "anna"), account(HARE, "anna"));
    offer(store, &here, 1).await;
    assert_eq!(redeem(store, &there, 1, at(60_000)).await, Redeemed::Expired);
    assert!(matches!(
        redeem(store, &there, 1, at(0)).await,
        Redeemed::Wrong { .. }
    ));
    link(store, &here, &there).await;
    assert!(matches!(
        redeem(store, &account(HARE, "eve"), 1, at(2)).await,
        Redeemed::Wrong { .. }
    ));
}

async fn a_new_code_replaces_the_old_one(store: &dyn Store) {
    let (here, there) = (account(PIGEON, "anna"), account(HARE, "anna"));
    offer(store, &here, 1).await;
    offer(store, &here, 2).await;
    assert!(matches!(
        redeem(store, &there, 1, at(1)).await,
        Redeemed::Wrong { .. }
    ));
    assert!(matches!(
        redeem(store, &there, 2, at(1)).await,
        Redeemed::Linked { .. }
    ));
}

async fn the_own_code_links_nothing(store: &dyn Store) {
    let here = account(PIGEON, "anna");
    offer(store, &here, 1).await;
    assert_eq!(redeem(store, &here, 1, at(1)).await, Redeemed::Own);
    assert!(matches!(
        redeem(store, &account(HARE, "anna"), 1, at(1)).await,
        Redeemed::Linked { .. }
    ));
}

async fn too_many_wrong_guesses_block_the_account_for_a_while(store: &dyn Store) {
    let (here, eve) = (account(PIGEON, "anna"), account(HARE, "eve"));
    offer(store, &here, 1).await;
    for left in (0..GUESSES).rev() {
        assert_eq!(redeem(store, &eve, 99, at(10)).await, Redeemed::Wrong { left });
    }
    let until = at(10).plus(GUESS_WINDOW);
    assert_eq!(
        redeem(store, &eve, 1, at(20)).await,
        Redeemed::Blocked { until },
        "also with the right code"
    );
    assert!(matches!(
        redeem(store, &account(HARE, "ben"), 1, at(20)).await,
        Redeemed::Linked { .. }
    ));
    assert_eq!(
        redeem(store, &eve, 99, until).await,
        Redeemed::Wrong { left: GUESSES - 1 }
    );
}

async fn the_same_code_is_not_shown_by_two(store: &dyn Store) {
    offer(store, &account(PIGEON, "anna"), 1).await;
    let code = LinkCode {
        hash: hash(1),
        account: account(PIGEON, "ben"),
        expires: at(60_000),
    };
    let error = store.offer_link(code).await.unwrap_err();
    assert!(matches!(error.kind, StoreErrorKind::Invalid(_)), "{error}");
    offer(store, &account(PIGEON, "anna"), 1).await;
}

async fn an_account_that_leaves_takes_nothing_along_and_the_last_one_takes_all(store: &dyn Store) {
    let (here, there) = (account(PIGEON, "anna"), account(HARE, "anna"));
    let person = link(store, &here, &there).await;
    set(store, mood(&person, "mood"), "good").await;
    assert!(store.unlink(&here).await.unwrap());
    assert!(!store.unlink(&here).await.unwrap());
    assert_eq!(store.person(&here).await.unwrap(), None);
    assert_eq!(
        store.person(&there).await.unwrap().unwrap().accounts,
        std::slice::from_ref(&there)
    );
    assert_eq!(get(store, mood(&person, "mood")).await.as_deref(), Some("good"));
    assert!(store.unlink(&there).await.unwrap());
    assert_eq!(get(store, mood(&person, "mood")).await, None);
    let next = link(store, &here, &there).await;
    assert_ne!(next.id, person.id, "a number is not given twice");
}
