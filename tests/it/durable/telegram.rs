//! What a Bot API does to the intake: everything twice and in any order, and a long backlog.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use duologue::Router;
use duologue::prelude::*;
use duologue_tests::bot_api::BotApi;
use duologue_tests::life::{Directory, Life, Nature};

/// The fewest chats of the backlog.
const CHATS: i64 = 100;

/// The most events of a chat there: with more it would be told that the bot is busy.
const EACH: i64 = 200;

/// How long a handler of the backlog takes: all of the 64 turns together do some 600 a second.
const WORK: Duration = Duration::from_millis(100);

/// What was handled, in order: the person and the number.
#[derive(Default)]
struct Handled(Mutex<Vec<(String, u64)>>);

/// Note a number without a word, after some work.
#[command]
async fn note(ctx: Context, number: u64) {
    tokio::time::sleep(WORK).await;
    let person = ctx.chat().id.to_string();
    let handled = ctx.resource::<Arc<Handled>>().expect("the test gave it");
    handled.0.lock().unwrap().push((person, number));
}

/// Say a number.
#[command]
async fn say(number: u64) -> String {
    number.to_string()
}

fn handlers(handled: &Arc<Handled>) -> impl FnOnce(&mut Router) + use<> {
    let handled = Arc::clone(handled);
    move |router| {
        router.resource(handled);
        router.command(note);
        router.command(say);
    }
}

/// A server on a runtime of its own, so that it outlives the processes of the bot.
struct Server {
    runtime: tokio::runtime::Runtime,
    api: BotApi,
}

impl Server {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let api = runtime.block_on(BotApi::start());
        Self { runtime, api }
    }
}

#[test]
fn every_update_twice_and_in_any_order_is_handled_once_also_by_the_next_process() {
    const UPDATES: u64 = 400;
    let (directory, server) = (Directory::new(), Server::start());
    server.api.be_unruly();
    let handled = Arc::new(Handled::default());
    let life = Life::begin(&directory, server.api.adapter().unwrap(), handlers(&handled));
    let updates: Vec<_> = (0..UPDATES)
        .map(|number| {
            let person = 1000 + i64::try_from(number % 150).unwrap();
            server.api.says(person, &format!("/say {number}"))
        })
        .collect();
    let all_said = || server.api.sent().len() as u64 >= UPDATES;
    life.until("the answers", all_said);
    life.until("the second deliveries", || server.api.waiting() < 5);
    life.crash();
    let life = Life::begin(&directory, server.api.adapter().unwrap(), handlers(&handled));
    server.api.repeat_everything(updates);
    server.api.says(7, "/say 7000");
    life.until("the repetition", || {
        server.api.waiting() < 5 && server.api.sent().iter().any(|(_, text)| text == "7000")
    });
    life.until_kept("the end", |counts| {
        counts.inbox + counts.outgoing + counts.sending == 0
    });
    life.end();
    let mut counts: HashMap<String, u32> = HashMap::new();
    for (_, text) in server.api.sent() {
        *counts.entry(text).or_default() += 1;
    }
    let twice: Vec<_> = counts.iter().filter(|(_, count)| **count > 1).collect();
    assert_eq!(counts.len() as u64, UPDATES + 1);
    assert!(twice.is_empty(), "{twice:?}");
    server.runtime.shutdown_background();
}

#[test]
fn a_long_backlog_is_drained_once_and_in_order_while_new_people_are_served() {
    let backlog: u64 = std::env::var("DUOLOGUE_BACKLOG")
        .ok()
        .and_then(|number| number.parse().ok())
        .unwrap_or(3000);
    let (directory, server) = (Directory::new(), Server::start());
    let chats = CHATS.max(i64::try_from(backlog).unwrap() / EACH);
    for number in 0..backlog {
        let person = 1000 + i64::try_from(number).unwrap() % chats;
        server.api.says(person, &format!("/note {number}"));
    }
    let handled = Arc::new(Handled::default());
    let nature = Nature {
        threads: Some(2),
        ..Nature::default()
    };
    let begun = Instant::now();
    let life = Life::begin_as(
        nature,
        &directory,
        server.api.adapter().unwrap(),
        handlers(&handled),
    );
    let done = || handled.0.lock().unwrap().len() as u64;
    let mut waits = Vec::new();
    // One new person after the other asks, each behind all that waits on the network.
    for person in 0_i64.. {
        let asked = Instant::now();
        server.api.says(5000 + person, &format!("/say {person}"));
        let wanted = person.to_string();
        while !server.api.sent().iter().any(|(_, text)| *text == wanted) {
            let left = backlog.saturating_sub(done());
            assert!(asked.elapsed() < Duration::from_secs(60), "{left} left");
            life.live(Duration::from_millis(2));
        }
        waits.push((asked.elapsed(), done()));
        if done() >= backlog {
            break;
        }
    }
    let drained = begun.elapsed();
    let (first, done_by_first) = waits[0];
    let mut later: Vec<Duration> = waits[1..].iter().map(|(wait, _)| *wait).collect();
    later.sort();
    let (middle, worst) = (later[later.len() / 2], later[later.len() - 1]);
    println!(
        "{backlog} drained in {drained:?}; the first new person waited {first:?} ({done_by_first} done by then), \
         {} others {middle:?} in the middle and {worst:?} at worst",
        later.len()
    );
    assert!(first < drained / 2, "{first:?} of {drained:?}");
    // Behind a few turns of each chat, and not behind all that waits in them.
    assert!(middle < Duration::from_secs(1).max(drained / 6), "{middle:?}");
    let handled = handled.0.lock().unwrap();
    assert_eq!(handled.len() as u64, backlog);
    let mut by_chat: HashMap<&str, Vec<u64>> = HashMap::new();
    for (chat, number) in handled.iter() {
        by_chat.entry(chat).or_default().push(*number);
    }
    for (chat, numbers) in by_chat {
        assert!(
            numbers.is_sorted_by(|one, next| one < next),
            "{chat}: {numbers:?}"
        );
    }
    drop(handled);
    life.end();
    server.runtime.shutdown_background();
}
