//! What an owner does from inside a chat, and who is kept out.

use std::sync::Arc;
use std::time::Duration;

use duologue::store::{Account, CodeHash, Commit, Store, Timestamp};
use duologue::{
    AccessEntry, ChatKind, CommandCall, CommandInput, Config, EventKind, Press, StyledText, UserId,
};
use duologue_core::store::MemoryStore;
use duologue_core::testing::{NETWORK, chat};

use super::{Claim, Owners};
use crate::features::book;
use crate::features::code::Codes;
use crate::testing::{ADA, BOB, Stage};

/// A store in which Ada owns the bot.
async fn owned() -> Arc<MemoryStore> {
    let store = Arc::new(MemoryStore::new());
    let owners = vec![("paper".to_owned(), ADA.to_owned())];
    let write = book::value("owner.accounts".to_owned(), Some(&owners)).unwrap();
    let commit = Commit::writes(vec![write], Timestamp::now());
    store.commit(vec![commit]).await.unwrap();
    store
}

fn user(id: &str) -> AccessEntry {
    AccessEntry::User {
        network: "paper".to_owned(),
        id: id.to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_becomes_the_owner_by_guessing_and_a_bot_has_one_owner() {
    let stage = Stage::run();
    stage.types("/owner").await;
    assert!(stage.said(0).await.text.text.contains("a code in my log"));
    for guess in 1..=20 {
        stage.types("/owner AAAA-AAAA-AAAA").await;
        assert!(stage.said(guess).await.text.text.contains("not the code"));
    }
    stage.types("/owner AAAA-AAAA-AAAA").await;
    assert!(stage.said(21).await.text.text.contains("too many wrong codes"));
    stage.ends().await;

    let stage = Stage::with(Config::default(), owned().await);
    stage.types_as(BOB, "/owner AAAA-AAAA-AAAA").await;
    assert!(stage.said(0).await.text.text.contains("Somebody owns me already"));
    for command in ["/status", "/jobs", "/pause", "/resume", "/broadcast hello"] {
        let before = stage.network.count();
        stage.types_as(BOB, command).await;
        let said = stage.said(before).await.text.text.clone();
        assert!(said.contains("for whoever owns me"), "{command}: {said}");
    }
    stage.types("/owner").await;
    assert!(stage.said(6).await.text.text.contains("/broadcast"));
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn the_status_names_everything_that_an_owner_asks_about() {
    let stage = Stage::with(Config::default(), owned().await);
    stage.types("/remind tomorrow 9:00 feed the bees").await;
    stage.said(0).await;
    tokio::time::sleep(Duration::from_secs(90)).await;
    stage.types("/status").await;
    let status = stage.said(1).await.text.text.clone();
    for part in [
        "I have run for 1 min 30 s",
        "Paper there as @paperbot",
        "Slate there as",
        "Events 0 wait",
        "Messages 0 wait",
        "0 events (dead letters)",
        "Process lane 0 run",
        "Jobs 1",
        "Disk",
    ] {
        assert!(status.contains(part), "{part} is not in {status}");
    }
    stage.types("/jobs").await;
    let jobs = stage.said(2).await.text.text.clone();
    for part in ["1 jobs: 1 × reminder", "#1 in 20 h", "Paper"] {
        assert!(jobs.contains(part), "{part} is not in {jobs}");
    }
    assert!(
        !jobs.contains("bees"),
        "what people want to be reminded of is theirs"
    );
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn a_bot_that_pauses_answers_its_owner_alone_also_after_a_restart() {
    let store = owned().await;
    let stage = Stage::with(Config::default(), Arc::clone(&store));
    stage.types("/pause").await;
    stage.said(0).await;
    let next = copied(&store).await;
    stage.ends().await;

    let stage = Stage::with(Config::default(), next);
    stage.types_as(BOB, "/roll 1").await;
    assert!(stage.said(0).await.text.text.contains("having a break"));
    stage.types_as(BOB, "/tasks").await;
    let tasks = stage.said(1).await.text.text.clone();
    assert!(!tasks.contains("break"), "control commands work: {tasks}");
    stage.types("/roll 1").await;
    assert!(stage.said(2).await.text.text.contains("1 × d6"));
    stage.types("/resume").await;
    stage.said(3).await;
    stage.types_as(BOB, "/roll 1").await;
    assert!(stage.said(4).await.text.text.contains("1 × d6"));
    stage.ends().await;
}

/// What a bot keeps of its owner, in a store of its own: a bot closes its store at its end.
async fn copied(store: &MemoryStore) -> Arc<MemoryStore> {
    let copy = Arc::new(MemoryStore::new());
    for key in ["owner.accounts", "owner.paused"] {
        let body = store.value(key).await.unwrap();
        assert!(body.is_some(), "{key} is not kept");
        let write = duologue::store::Write::Value {
            key: key.into(),
            body,
            until: None,
        };
        copy.commit(vec![Commit::writes(vec![write], Timestamp::now())])
            .await
            .unwrap();
    }
    copy
}

#[tokio::test(start_paused = true)]
async fn who_is_not_on_the_list_is_told_so_once_in_an_hour() {
    let mut config = Config::default();
    config.access.allow = vec![user("Cleo")];
    let stage = Stage::with(config, owned().await);
    stage.types_as(BOB, "/roll 1").await;
    assert!(stage.said(0).await.text.text.contains("not on my list"));
    stage.types_as(BOB, "/roll 1").await;
    stage.types_as("Cleo", "/roll 1").await;
    assert!(
        stage.said(1).await.text.text.contains("1 × d6"),
        "Bob heard nothing more"
    );
    // The owner is let in whatever the lists say, and everybody may try to be it.
    stage.types("/roll 1").await;
    assert!(stage.said(2).await.text.text.contains("1 × d6"));
    stage.types_as(BOB, "/owner").await;
    assert!(stage.said(3).await.text.text.contains("a code in my log"));
    tokio::time::sleep(Duration::from_secs(3601)).await;
    stage.types_as(BOB, "/roll 1").await;
    assert!(stage.said(4).await.text.text.contains("not on my list"));
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_goes_into_every_private_chat_once_and_counts_who_has_blocked_the_bot() {
    let stage = Stage::with(Config::default(), owned().await);
    for who in [BOB, "Cleo"] {
        stage.types_as(who, "/roll 1").await;
    }
    stage.said(1).await;
    stage.goes_elsewhere(true);
    stage.types_as("Dora", "/roll 1").await;
    stage.said(0).await;
    stage.goes_elsewhere(false);
    stage.network.blocks("Cleo");
    stage.types("/broadcast I will be away on Sunday").await;
    let asked = stage.said(2).await;
    assert!(
        asked.text.text.contains("into 4 private chats"),
        "{:?}",
        asked.text
    );
    stage.presses(&asked, "Send it").await;
    let card = stage.shows(3, "The broadcast is done").await;
    assert!(
        card.text.text.contains("3 sent, 1 have blocked me"),
        "{:?}",
        card.text
    );
    assert!(card.buttons.is_empty());
    stage.goes_elsewhere(true);
    assert!(stage.said(1).await.text.text.contains("away on Sunday"));
    assert_eq!(stage.other.count(), 2);
    stage.goes_elsewhere(false);
    // The card, and Bob's and Ada's own; nobody got it twice.
    assert_eq!(stage.network.count(), 6);
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_can_be_stopped_and_goes_on_in_more_than_one_leg() {
    let stage = Stage::with(Config::default(), owned().await);
    for number in 0..30 {
        stage.types_as(&format!("person {number}"), "/roll 1").await;
    }
    stage.said(29).await;
    stage.types("/broadcast hello").await;
    let asked = stage.said(30).await;
    // Twenty of them in one leg at most.
    stage.network.takes(Duration::from_secs(1));
    stage.presses(&asked, "Send it").await;
    let card = stage.shows(31, "Broadcast").await;
    tokio::time::sleep(Duration::from_secs(26)).await;
    let before = stage.network.count();
    stage.types("/broadcast another one").await;
    let refused = async {
        for number in before.. {
            if stage.said(number).await.text.text.contains("is on its way") {
                break;
            }
        }
    };
    refused.await;
    stage.presses(&card, "Stop").await;
    let card = stage.shows(31, "was stopped").await;
    let sent: u32 = card
        .text
        .text
        .split_once("stopped: ")
        .unwrap()
        .1
        .split(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!((18..30).contains(&sent), "{:?}", card.text);
    stage.ends().await;
}

/// A broadcast that says it goes on, in Ada's chat, begun by the event with this number.
fn begun(press: u64) -> serde_json::Value {
    let home = chat(ADA);
    serde_json::json!({
        "number": 7, "leg": 0, "text": "hello", "page": 0, "place": 0, "all": 1, "sent": 0, "blocked": 0, "failed": 0,
        "card": null, "press": format!("{home} {press}"), "ended": null,
        "home": {
            "network": home.network.as_str(), "account": home.account.as_str(), "chat": home.id.as_str(),
            "thread": null,
        },
    })
}

async fn keeps(store: &MemoryStore, run: &serde_json::Value) {
    let write = book::value("broadcast.run".to_owned(), Some(run)).unwrap();
    let commit = Commit::writes(vec![write], Timestamp::now());
    store.commit(vec![commit]).await.unwrap();
}

async fn kept(store: &MemoryStore) -> serde_json::Value {
    book::read(store, "broadcast.run").await.unwrap().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_whose_job_is_gone_stands_in_the_way_of_no_other() {
    let store = owned().await;
    keeps(&store, &begun(77)).await;
    let stage = Stage::with(Config::default(), Arc::clone(&store));
    stage.types("/broadcast good morning").await;
    let asked = stage.said(0).await;
    stage.presses(&asked, "Send it").await;
    stage.shows(1, "The broadcast is done").await;
    assert_eq!(kept(&store).await["number"], 8);
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn a_press_that_comes_again_after_a_crash_goes_on_with_what_it_began() {
    let store = owned().await;
    // The first event is the command, the second the press.
    keeps(&store, &begun(2)).await;
    let stage = Stage::with(Config::default(), Arc::clone(&store));
    stage.types("/broadcast hello").await;
    let asked = stage.said(0).await;
    stage.presses(&asked, "Send it").await;
    assert_eq!(stage.said(1).await.text.text, "hello");
    tokio::time::sleep(Duration::from_secs(5)).await;
    let run = kept(&store).await;
    assert_eq!((&run["number"], &run["ended"]), (&7.into(), &"Done".into()));
    assert_eq!(stage.network.count(), 2, "there is no second card");
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn stop_ends_a_broadcast_whose_job_is_gone() {
    let store = owned().await;
    let stage = Stage::with(Config::default(), Arc::clone(&store));
    stage.types("/broadcast hello").await;
    let asked = stage.said(0).await;
    stage.presses(&asked, "Send it").await;
    let first = stage.said(1).await;
    stage.shows(1, "The broadcast is done").await;
    let mut run = kept(&store).await;
    run["ended"] = serde_json::Value::Null;
    keeps(&store, &run).await;
    let press = Press {
        token: first.buttons[0].token.clone().unwrap(),
        message: None,
        values: Vec::new(),
    };
    stage
        .happens(ADA, ChatKind::Private, EventKind::Press(press))
        .await;
    stage.shows(1, "was stopped").await;
    assert_eq!(kept(&store).await["ended"], "Stopped");
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_counts_everybody_also_where_jobs_have_little_time() {
    let store = owned().await;
    let mut config = Config::default();
    config.engine.executor.turn_deadline = Duration::from_secs(10);
    let stage = Stage::with(config, Arc::clone(&store));
    for number in 0..30 {
        stage.types_as(&format!("person {number}"), "/roll 1").await;
    }
    stage.said(29).await;
    stage.types("/broadcast hello").await;
    let asked = stage.said(30).await;
    stage.network.takes(Duration::from_secs(1));
    stage.presses(&asked, "Send it").await;
    tokio::time::sleep(Duration::from_secs(300)).await;
    let run = kept(&store).await;
    assert_eq!((&run["sent"], &run["failed"]), (&31.into(), &0.into()), "{run}");
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn who_is_not_reached_in_an_outage_is_counted() {
    let store = owned().await;
    let stage = Stage::with(Config::default(), Arc::clone(&store));
    for number in 0..9 {
        stage.types_as(&format!("person {number}"), "/roll 1").await;
    }
    stage.said(8).await;
    stage.types("/broadcast hello").await;
    let asked = stage.said(9).await;
    stage.network.takes(Duration::from_secs(1));
    stage.presses(&asked, "Send it").await;
    stage.said(10).await;
    stage.network.takes(Duration::from_secs(600));
    tokio::time::sleep(Duration::from_secs(300)).await;
    let run = kept(&store).await;
    let of = |name: &str| run[name].as_u64().unwrap();
    assert_eq!(run["ended"], "Done", "{run}");
    assert_eq!(of("sent") + of("failed"), of("all"), "{run}");
    assert!(of("failed") > 5, "{run}");
    stage.network.takes(Duration::ZERO);
    tokio::time::sleep(Duration::from_secs(3600)).await;
    stage.ends().await;
}

/// What waits for its owner, and the hash of the code for it.
async fn unowned() -> (Owners, CodeHash, Arc<dyn Store>) {
    let (codes, store) = (Codes::default(), Arc::new(MemoryStore::new()));
    codes.clone().begin(Arc::clone(&store) as _).await.unwrap();
    let (owners, hash) = (Owners::new(), codes.hash("K7MX-2PQD-77AB").unwrap());
    owners.lock().code = Some(hash);
    (owners, hash, store)
}

fn account(user: &str) -> Account {
    let user = UserId::new(user);
    Account {
        network: NETWORK,
        user,
    }
}

#[tokio::test]
async fn who_guesses_keeps_nobody_else_out() {
    let (owners, hash, _) = unowned().await;
    let now = Timestamp::now();
    let wrong = CodeHash([0; 32]);
    for _ in 0..20 {
        assert_eq!(owners.claims(wrong, &account(BOB), now), Claim::Wrong);
    }
    assert_eq!(owners.claims(wrong, &account(BOB), now), Claim::Blocked);
    assert_eq!(owners.claims(wrong, &account(ADA), now), Claim::Wrong);
    assert_eq!(owners.claims(hash, &account(ADA), now), Claim::Good);
    let later = now.plus(Duration::from_secs(3600));
    assert_eq!(owners.claims(wrong, &account(BOB), later), Claim::Wrong);
}

#[tokio::test]
async fn the_code_is_good_until_the_owner_is_kept() {
    let (owners, hash, store) = unowned().await;
    let now = Timestamp::now();
    let closed = MemoryStore::new();
    closed.close().await;
    assert!(owners.own(&closed, &account(ADA), now).await.is_err());
    assert_eq!(owners.claims(hash, &account(ADA), now), Claim::Good);
    owners.own(&*store, &account(ADA), now).await.unwrap();
    assert_eq!(owners.claims(hash, &account(BOB), now), Claim::Owned);
    let kept: Vec<(String, String)> = book::read(&*store, "owner.accounts").await.unwrap().unwrap();
    assert_eq!(kept, [("paper".to_owned(), ADA.to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn who_is_denied_is_kept_out_whoever_is_allowed_and_with_buttons_too() {
    for allow in [vec![], vec![user(BOB)]] {
        let mut config = Config::default();
        config.access.allow = allow;
        config.access.deny = vec![user(BOB)];
        let stage = Stage::with(config, owned().await);
        stage.types_as(BOB, "/roll 1").await;
        assert!(stage.said(0).await.text.text.contains("not on my list"));
        stage.ends().await;
    }

    let mut config = Config::default();
    config.access.deny = vec![user(BOB)];
    let stage = Stage::with(config, owned().await);
    stage.types_as("Cleo", "/start").await;
    let greeting = stage.said(0).await;
    let label = greeting.buttons[0].button.label.clone();
    stage.presses_as(BOB, &greeting, &label).await;
    assert!(stage.said(1).await.text.text.contains("not on my list"));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(stage.network.count(), 2, "the press was not handled");
    stage.ends().await;
}

/// Bob rolls in a group or in private, and is told what is his due.
async fn rolls(stage: &Stage, kind: ChatKind, said: usize, words: &str) {
    let call = CommandCall {
        name: "roll".into(),
        input: CommandInput::Text(StyledText::plain("1")),
        attachments: Vec::new(),
        message: None,
        replies_to: None,
        group: None,
    };
    stage.happens(BOB, kind, EventKind::Command(call)).await;
    let answer = stage.said(said).await.text.text;
    assert!(answer.contains(words), "{kind:?}: {answer}");
}

fn server(network: &str) -> AccessEntry {
    AccessEntry::Server {
        network: network.to_owned(),
        id: "7".to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_is_kept_out_with_all_its_chats_and_private_chats_are_on_none() {
    let mut config = Config::default();
    config.access.deny = vec![server("paper")];
    let stage = Stage::with(config, owned().await);
    rolls(&stage, ChatKind::Group, 0, "1 × d6").await;
    stage.is_on_server("7");
    rolls(&stage, ChatKind::Group, 1, "not on my list").await;
    rolls(&stage, ChatKind::Private, 2, "1 × d6").await;
    stage.is_on_server("8");
    rolls(&stage, ChatKind::Group, 3, "1 × d6").await;
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_allowed_lets_in_what_is_said_there_and_nobody_in_private() {
    let mut config = Config::default();
    config.access.allow = vec![server("paper"), server("slate"), user("Cleo")];
    let stage = Stage::with(config, owned().await);
    stage.is_on_server("7");
    rolls(&stage, ChatKind::Group, 0, "1 × d6").await;
    rolls(&stage, ChatKind::Private, 1, "not on my list").await;
    // One entry that fits is enough, wherever they are.
    stage.types_as("Cleo", "/roll 1").await;
    assert!(stage.said(2).await.text.text.contains("1 × d6"));
    stage.is_on_server("8");
    rolls(&stage, ChatKind::Group, 3, "not on my list").await;
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn who_is_kept_out_gets_no_news() {
    let store = owned().await;
    let stage = Stage::with(Config::default(), Arc::clone(&store));
    for who in [BOB, "Cleo", ADA] {
        stage.types_as(who, "/roll 1").await;
    }
    stage.said(2).await;
    let next = Arc::new(MemoryStore::new());
    for key in ["owner.accounts", "book.pages", "book.page.0"]
        .map(str::to_owned)
        .into_iter()
        .chain([BOB, "Cleo", ADA].map(|who| format!("book.chat.paper:{who}")))
    {
        let kept: Option<serde_json::Value> = book::read(&*store, &key).await.unwrap();
        let write = book::value(key, kept.as_ref()).unwrap();
        let commit = Commit::writes(vec![write], Timestamp::now());
        next.commit(vec![commit]).await.unwrap();
    }
    stage.ends().await;

    let mut config = Config::default();
    config.access.allow = vec![user("Cleo")];
    let stage = Stage::with(config, Arc::clone(&next));
    // He was never let in, so he is not noted either.
    stage.types_as("Eve", "/roll 1").await;
    stage.said(0).await;
    assert!(next.value("book.chat.paper:Eve").await.unwrap().is_none());
    stage.types("/broadcast hello").await;
    let asked = stage.said(1).await;
    assert!(
        asked.text.text.contains("into 2 private chats"),
        "{:?}",
        asked.text
    );
    stage.presses(&asked, "Send it").await;
    let card = stage.shows(2, "The broadcast is done").await;
    assert!(
        card.text.text.contains("2 sent, 0 have blocked"),
        "{:?}",
        card.text
    );
    stage.ends().await;
}

#[tokio::test(start_paused = true)]
async fn who_is_not_on_the_list_can_claim_the_bot_in_plain_text() {
    let mut config = Config::default();
    config.access.allow = vec![user("Cleo")];
    let stage = Stage::with(config, Arc::new(MemoryStore::new()));
    stage.says("/owner AAAA-AAAA-AAAA").await;
    assert!(stage.said(0).await.text.text.contains("not the code"));
    stage.says("/ownership").await;
    assert!(stage.said(1).await.text.text.contains("not on my list"));
    stage.ends().await;
}
