//! The process that the tests kill: it uses a store as a bot does, and says each thing on its output after it was
//! confirmed. What it "sends" is what it says, so the reader is the network.

use std::io::{self, Read, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use duologue_core::store::{
    Batch, BotAccount, Claim, ClaimRequest, Commit, Failure, Keep, NewEvent, NewOutgoing, Outcome, Policy,
    Position, Scope, SendResult, Settlement, SourceId, StateKey, StateWrite, Store, TakeRequest, Then,
    Timestamp, TurnEnd, Write,
};
use duologue_core::{AccountId, Chat, ChatId, Conversation, EventId, MessageId, NetworkId, Priority};
use duologue_store::{SqliteOptions, SqliteStore};
use futures_util::future::{join, join_all, join4};

const PIGEON: NetworkId = NetworkId::new("pigeon");

/// How many conversations there are.
const CONVERSATIONS: u64 = 16;

/// How many events of the batch before come again with each batch.
const REPEATED: i64 = 5;

/// Each event whose id is a multiple of this one cannot be handled.
const POISON: u64 = 97;

/// Each event whose id is a multiple of this one is answered at least once, the others at most once.
const AT_LEAST_ONCE: u64 = 5;

/// The most events that wait, so that the file stays small.
const WAITING: u64 = 300;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mode = arguments.next().expect("the mode");
    let directory = arguments.next().expect("the directory");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let store = match SqliteStore::open(SqliteOptions::new(directory)).await {
            Ok(store) => store,
            Err(error) => return say(&format!("E {error}")),
        };
        say("O");
        match mode.as_str() {
            "hold" => {
                // Until whoever started it lets go of its input, or kills it.
                let _ = io::stdin().read(&mut [0]);
            }
            "load" => load(&store).await,
            other => panic!("no mode {other}"),
        }
    });
}

fn say(line: &str) {
    let mut output = io::stdout().lock();
    // One write for each line, so that a kill leaves whole lines.
    output
        .write_all(format!("{line}\n").as_bytes())
        .expect("somebody reads");
    output.flush().expect("somebody reads");
}

async fn load(store: &SqliteStore) {
    let waiting = AtomicU64::new(store.counts().await.expect("counts").inbox);
    let workers = join_all((0..8).map(|_| work(store, &waiting)));
    let senders = join_all((0..3).map(|_| send(store)));
    let upkeep = async {
        loop {
            store.prune(Timestamp::now()).await.expect("a cleaning");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    join(join4(ingest(store, &waiting), workers, senders, upkeep), async {}).await;
}

fn bot() -> BotAccount {
    BotAccount {
        network: PIGEON,
        account: AccountId::number(1),
    }
}

async fn ingest(store: &SqliteStore, waiting: &AtomicU64) {
    let source = SourceId { bot: bot(), part: 0 };
    let stored = store.position(&source).await.expect("a position");
    let mut next = match stored {
        Some(Position::Offset(next)) => next,
        _ => 1,
    };
    let mut size = 1;
    loop {
        while waiting.load(Ordering::Relaxed) > WAITING {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        size = size % 20 + 1;
        let end = next + size;
        let ids = (next - REPEATED).max(1)..end;
        let batch = Batch {
            source: source.clone(),
            events: ids.map(event).collect(),
            position: Some(Position::Offset(end)),
            now: Timestamp::now(),
        };
        let fresh = store.ingest(batch).await.expect("a batch").fresh();
        waiting.fetch_add(fresh as u64, Ordering::Relaxed);
        next = end;
        say(&format!("I {}", end - 1));
    }
}

fn event(id: i64) -> NewEvent {
    let id = u64::try_from(id).expect("ids are above zero");
    NewEvent {
        id: EventId::number(id),
        conversation: Conversation {
            chat: Chat {
                network: PIGEON,
                account: AccountId::number(1),
                id: ChatId::number(id % CONVERSATIONS),
                thread: None,
            },
            user: None,
        },
        user: None,
        kind: "message".into(),
        sent: None,
        keep: Keep::Queue,
        wait: Duration::ZERO,
        body: vec![b'x'; 300].into(),
    }
}

async fn work(store: &SqliteStore, waiting: &AtomicU64) {
    loop {
        let request = ClaimRequest {
            bots: vec![bot()],
            conversations: 2,
            events: 8,
            now: Timestamp::now(),
        };
        let claims = store.claim(request).await.expect("a claim");
        if claims.is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        for claim in claims {
            turns(store, &claim, waiting).await;
        }
    }
}

/// Handles the events of a claim, a turn for each; ends with one that fails.
async fn turns(store: &SqliteStore, claim: &Claim, waiting: &AtomicU64) {
    let chat = &claim.hold.conversation.chat;
    let key = StateKey {
        scope: Scope::Chat(chat.clone()),
        name: "log".into(),
    };
    for (index, event) in claim.events.iter().enumerate() {
        let id: u64 = event.id.parse().expect("ids are numbers");
        let last = index + 1 == claim.events.len();
        let mut end = TurnEnd {
            hold: claim.hold.clone(),
            handled: vec![event.number],
            failed: None,
            then: if last { Then::Release } else { Then::Hold },
        };
        let mut writes = Vec::new();
        if id.is_multiple_of(POISON) {
            end.handled.clear();
            end.then = Then::Release;
            end.failed = Some(Failure {
                number: event.number,
                error: "poison".to_owned(),
                pause: Duration::ZERO,
                last: false,
            });
        } else {
            let state = store.state(vec![key.clone()]).await.expect("a state").remove(0);
            let version = state.as_ref().map_or(0, |state| state.version);
            let mut log = state.and_then(|state| state.body).unwrap_or_default().to_vec();
            log.extend_from_slice(format!("{id} ").as_bytes());
            writes.push(Write::State(StateWrite {
                key: key.clone(),
                expected: Some(version),
                body: Some(log.into()),
            }));
            writes.push(Write::Send(answer(chat, id)));
        }
        let failed = end.failed.is_some();
        let commit = Commit::turn(end, writes, Timestamp::now());
        let outcome = store.commit(vec![commit]).await.expect("a commit").remove(0);
        match outcome {
            Outcome::Committed(made) if failed => {
                if made.dead.is_some() {
                    waiting.fetch_sub(1, Ordering::Relaxed);
                    say(&format!("D {id}"));
                }
                return;
            }
            Outcome::Committed(_) => {
                waiting.fetch_sub(1, Ordering::Relaxed);
                say(&format!("C {id}"));
            }
            other => panic!("one process alone: {other:?}"),
        }
    }
}

fn answer(chat: &Chat, id: u64) -> NewOutgoing {
    let policy = if id.is_multiple_of(AT_LEAST_ONCE) {
        Policy::AtLeastOnce
    } else {
        Policy::AtMostOnce
    };
    NewOutgoing {
        chat: chat.clone(),
        user: None,
        priority: Priority::Answer,
        policy,
        not_before: None,
        body: id.to_string().into(),
    }
}

async fn send(store: &SqliteStore) {
    loop {
        let request = TakeRequest {
            bots: vec![bot()],
            limit: 8,
            now: Timestamp::now(),
        };
        let taken = store.take(request).await.expect("a take");
        if taken.is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
            continue;
        }
        let mut settlements = Vec::new();
        for outgoing in &taken {
            say(&format!("S {}", String::from_utf8_lossy(&outgoing.ask.body)));
            settlements.push(Settlement {
                id: outgoing.id,
                result: SendResult::Sent(vec![MessageId::number(outgoing.id.0)]),
                now: Timestamp::now(),
            });
        }
        store.settle(settlements).await.expect("a settlement");
        for outgoing in &taken {
            say(&format!("R {}", String::from_utf8_lossy(&outgoing.ask.body)));
        }
    }
}
