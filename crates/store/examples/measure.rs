//! Prints how fast the store is on this machine, with ratios: numbers of two machines do not compare, ratios nearly do.
//!
//! `cargo run --release -p duologue-store --example measure [directory]`; the directory decides which disk is measured.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use duologue_core::store::{
    Batch, BotAccount, ClaimRequest, Commit, Keep, NewEvent, NewOutgoing, Policy, Position, Scope,
    SendResult, Settlement, SourceId, StateKey, StateWrite, Store, StoreError, TakeRequest, Then, Timestamp,
    TurnEnd, Write,
};
use duologue_core::{AccountId, Chat, ChatId, Conversation, EventId, NetworkId, Priority};
use duologue_store::{SqliteOptions, SqliteStore};
use futures_util::future::try_join_all;

const NETWORK: NetworkId = NetworkId::new("pigeon");

/// How long each thing is measured.
const LONG: Duration = Duration::from_secs(2);

/// The size of a body in bytes: a message as networks send it.
const BODY: usize = 300;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StoreError> {
    let place = std::env::args()
        .nth(1)
        .map_or_else(std::env::temp_dir, PathBuf::from);
    let directory = place.join(format!("duologue-measure-{}", std::process::id()));
    println!(
        "durable writes of {BODY} bytes in {}, {} s each\n",
        place.display(),
        LONG.as_secs()
    );
    let result = measure(&directory).await;
    if let Err(error) = std::fs::remove_dir_all(&directory) {
        eprintln!("{} could not be removed: {error}", directory.display());
    }
    result
}

async fn measure(directory: &Path) -> Result<(), StoreError> {
    writers(directory).await?;
    batches(directory).await?;
    turns(directory).await?;
    whole_way(directory).await
}

async fn fresh(directory: &Path) -> Result<SqliteStore, StoreError> {
    // Nothing there is as good as removed.
    let _ = std::fs::remove_dir_all(directory);
    SqliteStore::open(SqliteOptions::new(directory)).await
}

/// A table's lines, each with its ratio to the first.
struct Table {
    first: Option<f64>,
}

impl Table {
    fn begin(title: &str) -> Self {
        println!(
            "{title:<44}{:>12}{:>9}{:>16}",
            "per second", "ratio", "per transaction"
        );
        Self { first: None }
    }

    fn line(&mut self, what: &str, count: u64, took: Duration, store: &SqliteStore, before: u64) {
        let rate = count as f64 / took.as_secs_f64();
        let ratio = rate / *self.first.get_or_insert(rate);
        let shared = count as f64 / (store.writes().transactions - before).max(1) as f64;
        println!("{what:<44}{rate:>12.0}{ratio:>9.1}{shared:>16.1}");
    }
}

/// States that so many tasks write at once, each waiting for its own write.
async fn writers(directory: &Path) -> Result<(), StoreError> {
    let mut table = Table::begin("single writes");
    for writers in [1, 8, 64, 512] {
        let store = fresh(directory).await?;
        let (started, before) = (Instant::now(), store.writes().transactions);
        let write = async |writer: u64| {
            let mut count = 0_u64;
            while started.elapsed() < LONG {
                let writes = vec![state((writer * 31 + count) % 2000)];
                store
                    .commit(vec![Commit::writes(writes, Timestamp::now())])
                    .await?;
                count += 1;
            }
            Ok::<_, StoreError>(count)
        };
        let counts = try_join_all((0..writers).map(write)).await?;
        table.line(
            &format!("{writers} writers"),
            counts.iter().sum(),
            started.elapsed(),
            &store,
            before,
        );
        store.close().await;
    }
    println!();
    Ok(())
}

/// Batches of one source, one after the other.
async fn batches(directory: &Path) -> Result<(), StoreError> {
    let mut table = Table::begin("events of one source, with its position");
    for size in [1, 10, 100] {
        let store = fresh(directory).await?;
        let (started, before) = (Instant::now(), store.writes().transactions);
        let mut next = 0;
        while started.elapsed() < LONG {
            store.ingest(batch(next..next + size, 1000)).await?;
            next += size;
        }
        table.line(
            &format!("batches of {size}"),
            next,
            started.elapsed(),
            &store,
            before,
        );
        store.close().await;
    }
    println!();
    Ok(())
}

/// Turns with one state and one reply each.
async fn turns(directory: &Path) -> Result<(), StoreError> {
    let mut table = Table::begin("turns: state, reply, the event's removal");
    for group in [1, 8, 64] {
        let store = fresh(directory).await?;
        let conversations = 256;
        let (mut next, mut done, mut took) = (0, 0, Duration::ZERO);
        let mut transactions = 0;
        while took < LONG {
            store
                .ingest(batch(next..next + conversations, conversations))
                .await?;
            next += conversations;
            let claims = store.claim(everything(conversations)).await?;
            let commits: Vec<Commit> = claims
                .into_iter()
                .map(|claim| turn(claim.hold, &claim.events))
                .collect();
            let (started, before) = (Instant::now(), store.writes().transactions);
            for group in commits.chunks(group) {
                done += store.commit(group.to_vec()).await?.len() as u64;
            }
            took += started.elapsed();
            transactions += store.writes().transactions - before;
        }
        let before = store.writes().transactions - transactions;
        table.line(&format!("{group} in a commit"), done, took, &store, before);
        store.close().await;
    }
    for workers in [8, 64] {
        let store = fresh(directory).await?;
        let (started, before) = (Instant::now(), store.writes().transactions);
        let counts = try_join_all((0..workers).map(|worker| alone(&store, worker, started))).await?;
        let what = format!("{workers} workers that ingest, claim, commit");
        table.line(&what, counts.iter().sum(), started.elapsed(), &store, before);
        store.close().await;
    }
    println!();
    Ok(())
}

/// One worker with events of its own: each goes through three writes, and each write waits for the disk.
async fn alone(store: &SqliteStore, worker: u64, started: Instant) -> Result<u64, StoreError> {
    let mut done = 0;
    while started.elapsed() < LONG {
        let id = worker << 32 | done;
        store.ingest(batch(id..id + 1, u64::MAX)).await?;
        for claim in store.claim(everything(1)).await? {
            store.commit(vec![turn(claim.hold, &claim.events)]).await?;
            done += 1;
        }
    }
    Ok(done)
}

/// An event from its source to its receipt, with everything in groups.
async fn whole_way(directory: &Path) -> Result<(), StoreError> {
    let mut table = Table::begin("events from ingest to receipt");
    for group in [1, 10, 100] {
        let store = fresh(directory).await?;
        let (started, before) = (Instant::now(), store.writes().transactions);
        let (mut next, mut longest) = (0, Duration::ZERO);
        while started.elapsed() < LONG {
            let round = Instant::now();
            store.ingest(batch(next..next + group, group)).await?;
            next += group;
            let claims = store.claim(everything(group)).await?;
            let commits = claims.into_iter().map(|claim| turn(claim.hold, &claim.events));
            store.commit(commits.collect()).await?;
            let (bots, now) = (vec![bot()], Timestamp::now());
            let limit = usize::try_from(group).unwrap_or(usize::MAX);
            let request = TakeRequest { bots, limit, now };
            let taken = store.take(request).await?;
            let settle = |id| Settlement {
                id,
                result: SendResult::Sent(Vec::new()),
                now,
            };
            store
                .settle(taken.iter().map(|one| settle(one.id)).collect())
                .await?;
            longest = longest.max(round.elapsed());
        }
        table.line(
            &format!("groups of {group}"),
            next,
            started.elapsed(),
            &store,
            before,
        );
        // The one in which the journal went into the tables.
        println!("    the longest round took {:.1} ms", longest.as_secs_f64() * 1e3);
        store.close().await;
    }
    Ok(())
}

fn bot() -> BotAccount {
    BotAccount {
        network: NETWORK,
        account: AccountId::number(1),
    }
}

fn chat(number: u64) -> Chat {
    Chat {
        network: NETWORK,
        account: AccountId::number(1),
        id: ChatId::number(number),
        thread: None,
    }
}

fn state(number: u64) -> Write {
    Write::State(StateWrite {
        key: StateKey {
            scope: Scope::Chat(chat(number)),
            name: "state".into(),
        },
        expected: None,
        body: Some(vec![b'x'; BODY].into()),
    })
}

fn batch(ids: std::ops::Range<u64>, conversations: u64) -> Batch {
    let event = |id: u64| NewEvent {
        id: EventId::number(id),
        conversation: Conversation {
            chat: chat(id % conversations),
            user: None,
        },
        user: None,
        kind: "message".into(),
        sent: None,
        keep: Keep::Queue,
        wait: Duration::ZERO,
        body: vec![b'x'; BODY].into(),
    };
    let end = i64::try_from(ids.end).unwrap_or(i64::MAX);
    Batch {
        source: SourceId { bot: bot(), part: 0 },
        events: ids.map(event).collect(),
        position: Some(Position::Offset(end)),
        now: Timestamp::now(),
    }
}

fn everything(conversations: u64) -> ClaimRequest {
    ClaimRequest {
        bots: vec![bot()],
        conversations: usize::try_from(conversations).unwrap_or(usize::MAX),
        events: 8,
        now: Timestamp::now(),
    }
}

fn turn(hold: duologue_core::store::Hold, events: &[duologue_core::store::StoredEvent]) -> Commit {
    let chat = hold.conversation.chat.clone();
    let key = StateKey {
        scope: Scope::Chat(chat.clone()),
        name: "state".into(),
    };
    let state = StateWrite {
        key,
        expected: None,
        body: Some(vec![b'x'; BODY].into()),
    };
    let reply = NewOutgoing {
        chat,
        user: None,
        priority: Priority::Answer,
        policy: Policy::AtMostOnce,
        not_before: None,
        body: vec![b'x'; BODY].into(),
    };
    let end = TurnEnd {
        hold,
        handled: events.iter().map(|event| event.number).collect(),
        failed: None,
        then: Then::Release,
    };
    Commit::turn(
        end,
        vec![Write::State(state), Write::Send(reply)],
        Timestamp::now(),
    )
}
