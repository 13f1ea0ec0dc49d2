//! What the tests talk about: two networks, chats, events, and stores in directories that go when the test ends.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use duologue_core::store::{
    Batch, BotAccount, Claim, ClaimRequest, Commit, Failure, Keep, NewEvent, NewOutgoing, Outcome, Outgoing,
    OutgoingId, Policy, Position, SourceId, Store, TakeRequest, Then, Timestamp, TurnEnd, Write,
};
use duologue_core::{AccountId, Chat, ChatId, Conversation, EventId, NetworkId, Priority, ThreadId, UserId};
use duologue_store::{SqliteOptions, SqliteStore};

pub(crate) const PIGEON: NetworkId = NetworkId::new("pigeon");
pub(crate) const HARE: NetworkId = NetworkId::new("hare");

/// The time at which tests begin.
pub(crate) const START: Timestamp = Timestamp(1_700_000_000_000);

/// So many milliseconds after the start.
pub(crate) fn at(millis: u64) -> Timestamp {
    START.plus(Duration::from_millis(millis))
}

pub(crate) fn bot() -> BotAccount {
    BotAccount {
        network: PIGEON,
        account: AccountId::number(1),
    }
}

pub(crate) fn hare_bot() -> BotAccount {
    BotAccount {
        network: HARE,
        account: AccountId::number(2),
    }
}

pub(crate) fn source() -> SourceId {
    SourceId { bot: bot(), part: 0 }
}

pub(crate) fn chat(number: u32) -> Chat {
    Chat {
        network: PIGEON,
        account: AccountId::number(1),
        id: ChatId::number(number),
        thread: None,
    }
}

pub(crate) fn thread(number: u32) -> Chat {
    Chat {
        thread: Some(ThreadId::number(9)),
        ..chat(number)
    }
}

pub(crate) fn hare_chat(number: u32) -> Chat {
    Chat {
        network: HARE,
        account: AccountId::number(2),
        id: ChatId::number(number),
        thread: None,
    }
}

pub(crate) fn private(number: u32) -> Conversation {
    Conversation {
        chat: chat(number),
        user: None,
    }
}

pub(crate) fn in_group(number: u32, user: &str) -> Conversation {
    Conversation {
        chat: chat(number),
        user: Some(UserId::new(user)),
    }
}

pub(crate) fn event(id: u64, conversation: &Conversation) -> NewEvent {
    NewEvent {
        id: EventId::number(id),
        conversation: conversation.clone(),
        user: conversation.user.clone(),
        kind: "message".into(),
        sent: None,
        keep: Keep::Queue,
        wait: Duration::ZERO,
        body: format!("{{\"text\":\"event {id}\"}}").into(),
    }
}

pub(crate) fn batch(events: Vec<NewEvent>, now: Timestamp) -> Batch {
    Batch {
        source: source(),
        events,
        position: None,
        now,
    }
}

/// Stores events with these ids in a conversation.
pub(crate) async fn arrive(store: &dyn Store, conversation: &Conversation, ids: &[u64], now: Timestamp) {
    let events = ids.iter().map(|id| event(*id, conversation)).collect();
    let last = ids.last().copied().unwrap_or_default();
    let mut batch = batch(events, now);
    batch.source.bot = BotAccount::of(&conversation.chat);
    batch.position = Some(Position::Offset(i64::try_from(last).unwrap() + 1));
    store.ingest(batch).await.unwrap();
}

/// Takes up to so many conversations with up to eight events each.
pub(crate) async fn claim(store: &dyn Store, conversations: usize, now: Timestamp) -> Vec<Claim> {
    let request = ClaimRequest {
        bots: vec![bot()],
        conversations,
        events: 8,
        now,
    };
    store.claim(request).await.unwrap()
}

/// Takes the one conversation that has work.
pub(crate) async fn claim_one(store: &dyn Store, now: Timestamp) -> Claim {
    let mut claims = claim(store, 8, now).await;
    assert_eq!(claims.len(), 1);
    claims.remove(0)
}

/// The ids of a claim's events.
pub(crate) fn ids(claim: &Claim) -> Vec<u64> {
    claim
        .events
        .iter()
        .map(|event| event.id.parse().unwrap())
        .collect()
}

/// The end of a turn that handled the first so many events of a claim.
pub(crate) fn handled(claim: &Claim, events: usize, then: Then) -> TurnEnd {
    TurnEnd {
        hold: claim.hold.clone(),
        handled: claim
            .events
            .iter()
            .take(events)
            .map(|event| event.number)
            .collect(),
        failed: None,
        then,
    }
}

/// The end of a turn that failed at the first event of a claim.
pub(crate) fn failed(claim: &Claim, pause: Duration) -> TurnEnd {
    TurnEnd {
        hold: claim.hold.clone(),
        handled: Vec::new(),
        failed: Some(Failure {
            number: claim.events[0].number,
            error: "the handler panicked".to_owned(),
            pause,
            last: false,
        }),
        then: Then::Release,
    }
}

pub(crate) async fn commit(store: &dyn Store, commit: Commit) -> Outcome {
    store.commit(vec![commit]).await.unwrap().remove(0)
}

pub(crate) async fn finish(store: &dyn Store, end: TurnEnd, writes: Vec<Write>, now: Timestamp) -> Outcome {
    commit(store, Commit::turn(end, writes, now)).await
}

pub(crate) async fn write(store: &dyn Store, writes: Vec<Write>, now: Timestamp) -> Outcome {
    commit(store, Commit::writes(writes, now)).await
}

pub(crate) fn say(chat: &Chat, text: &str) -> NewOutgoing {
    NewOutgoing {
        chat: chat.clone(),
        user: None,
        priority: Priority::Answer,
        policy: Policy::AtMostOnce,
        not_before: None,
        body: text.to_owned().into(),
    }
}

/// Takes what can be sent now.
pub(crate) async fn take(store: &dyn Store, limit: usize, now: Timestamp) -> Vec<Outgoing> {
    let request = TakeRequest {
        bots: vec![bot()],
        limit,
        now,
    };
    store.take(request).await.unwrap()
}

/// Marks something as being sent, where it can go; says whether it is.
pub(crate) async fn mark(store: &dyn Store, id: OutgoingId, now: Timestamp) -> bool {
    let outcome = write(store, vec![Write::Begin(id)], now).await;
    let begun = &outcome.committed().unwrap().begun;
    assert!(begun.is_empty() || *begun == [id]);
    !begun.is_empty()
}

/// What things in the outbox say.
pub(crate) fn said(outgoing: &[Outgoing]) -> Vec<String> {
    let text = |one: &Outgoing| String::from_utf8(one.ask.body.to_vec()).unwrap();
    outgoing.iter().map(text).collect()
}

/// A directory that goes when the test ends.
#[derive(Debug)]
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("duologue-store-test-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn options(&self) -> SqliteOptions {
        SqliteOptions::new(&self.0)
    }

    /// Copies all files but the lock, as they are now: what is left when the process ends at this moment.
    pub(crate) fn copy_to(&self, other: &Self) {
        for entry in std::fs::read_dir(&self.0).unwrap() {
            let from = entry.unwrap().path();
            let name = from.file_name().unwrap().to_str().unwrap();
            if name.starts_with(duologue_store::DATABASE_FILE) {
                std::fs::copy(&from, other.file(name)).unwrap();
            }
        }
    }

    pub(crate) async fn open(&self) -> SqliteStore {
        SqliteStore::open(self.options()).await.unwrap()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // A test that failed may still have it open; the system cleans up then.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Makes a test of each sentence for each engine.
macro_rules! on_every_engine {
    ($($sentence:ident),+ $(,)?) => {
        mod memory {
            $(#[tokio::test]
            async fn $sentence() {
                super::$sentence(&duologue_core::store::MemoryStore::new()).await;
            })+
        }

        mod sqlite {
            $(#[tokio::test]
            async fn $sentence() {
                let directory = crate::world::Directory::new();
                super::$sentence(&directory.open().await).await;
            })+
        }
    };
}

pub(crate) use on_every_engine;
