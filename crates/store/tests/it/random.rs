//! The engines against each other: the same random operations have the same answers.

use std::time::Duration;

use duologue_core::store::{
    Account, Claim, CodeHash, Commit, DeadLetter, DueRequest, JobId, LinkCode, LinkGuess, MemoryStore,
    Missed, NewEvent, NewJob, NewOutgoing, Outcome, Outgoing, OutgoingId, Page, Policy, Scope, SendResult,
    Settlement, StateKey, StateWrite, Store, Then, Timestamp, TurnEnd, Write,
};
use duologue_core::{Conversation, MessageId, Person, Priority, UserId};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use smol_str::SmolStr;

use crate::world::*;

/// How many operations a run has.
const OPERATIONS: usize = 1200;

/// How many runs there are; one of them has a seed that nobody chose.
const SEEDS: [u64; 2] = [1, 2];

#[tokio::test]
async fn memory_and_sqlite_answer_the_same() {
    let chosen: u64 = rand::rng().random();
    for seed in SEEDS.into_iter().chain([chosen]) {
        println!("seed {seed}");
        let directory = Directory::new();
        let (memory, sqlite) = (MemoryStore::new(), directory.open().await);
        let mut run = Run::new(seed, [&memory, &sqlite]);
        for _ in 0..OPERATIONS {
            run.step().await;
        }
        run.compare().await;
    }
}

/// How many operations a run has that ends with the process.
const OPERATIONS_BEFORE_A_CRASH: usize = 150;

#[tokio::test]
async fn a_process_that_is_killed_leaves_the_same_as_one_that_ends() {
    for _ in 0..12 {
        let seed: u64 = rand::rng().random();
        println!("seed {seed}");
        let (directory, after_a_crash) = (Directory::new(), Directory::new());
        let (memory, sqlite) = (MemoryStore::new(), directory.open().await);
        let mut run = Run::new(seed, [&memory, &sqlite]);
        for _ in 0..OPERATIONS_BEFORE_A_CRASH {
            run.step().await;
        }
        let (now, events) = (run.now, run.event);
        directory.copy_to(&after_a_crash);
        sqlite.close().await;
        let (killed, ended) = (after_a_crash.open().await, directory.open().await);
        let opened = |store: &duologue_store::SqliteStore| {
            let opened = store.opened();
            (opened.held, opened.dead, opened.sending)
        };
        assert_eq!(opened(&killed), opened(&ended));
        let (killed, ended) = (
            all_of(&killed, events, now).await,
            all_of(&ended, events, now).await,
        );
        for (one, other) in killed.iter().zip(&ended) {
            assert_eq!(one, other);
        }
        assert_eq!(killed.len(), ended.len());
    }
}

/// Everything that a store has, in words. It is empty afterwards.
async fn all_of(store: &dyn Store, events: u64, now: Timestamp) -> Vec<String> {
    let mut all = Vec::new();
    let mut counts = store.counts().await.unwrap();
    counts.bytes = 0;
    all.push(format!("{counts:?}"));
    all.push(format!("{:?}", store.position(&source()).await.unwrap()));
    // What an opening sets right has the time of the opening.
    let undated = |one: &mut Outgoing| (one.settled, one.ask.not_before) = (None, None);
    for mut letter in store.dead(Page::first(1000)).await.unwrap() {
        letter.died = START;
        all.push(format!("{letter:?}"));
    }
    for user in USERS {
        let person = Person::User(PIGEON, UserId::new(user));
        let mut data = store.export(&person).await.unwrap();
        data.dead.iter_mut().for_each(|letter| letter.died = START);
        data.outgoing.iter_mut().for_each(undated);
        all.push(format!("{data:?}"));
    }
    // What was there is known.
    for id in 1..=events {
        let again = store
            .ingest(batch(vec![event(id, &private(1))], now))
            .await
            .unwrap();
        all.push(format!("{id}: {}", again.fresh()));
    }
    let later = now.plus(Duration::from_secs(3600));
    loop {
        let claims = claim(store, 1, later).await;
        let Some(claim) = claims.first() else { break };
        all.push(format!(
            "{:?} {:?} {}",
            claim.hold.conversation, claim.events, claim.more
        ));
        finish(
            store,
            handled(claim, claim.events.len(), Then::Release),
            Vec::new(),
            later,
        )
        .await;
    }
    loop {
        let mut taken = take(store, 1, Timestamp(i64::MAX)).await;
        let Some(one) = taken.first_mut() else { break };
        undated(one);
        all.push(format!("{one:?}"));
        let settlement = Settlement {
            id: one.id,
            result: SendResult::Sent(Vec::new()),
            now: later,
        };
        store.settle(vec![settlement]).await.unwrap();
    }
    all
}

struct Run<'a> {
    rng: ChaCha8Rng,
    stores: [&'a dyn Store; 2],
    now: Timestamp,
    event: u64,
    /// What each store has handed out and not got back: the same in both, but for fences and numbers.
    claims: Vec<[Claim; 2]>,
    outgoing: Vec<OutgoingId>,
    taken: Vec<OutgoingId>,
    jobs: u64,
}

const USERS: [&str; 3] = ["anna", "ben", "eve"];

const VALUES: [&str; 4] = ["spring", "summer", "autumn", "winter"];

impl<'a> Run<'a> {
    fn new(seed: u64, stores: [&'a dyn Store; 2]) -> Self {
        Self {
            rng: ChaCha8Rng::seed_from_u64(seed),
            stores,
            now: START,
            event: 0,
            claims: Vec::new(),
            outgoing: Vec::new(),
            taken: Vec::new(),
            jobs: 0,
        }
    }
}

impl Run<'_> {
    async fn step(&mut self) {
        self.now = self.now.plus(Duration::from_millis(self.rng.random_range(0..20)));
        match self.rng.random_range(0..20) {
            0..=3 => self.ingest().await,
            4..=6 => self.claim().await,
            7..=11 => self.commit().await,
            12..=13 => self.take().await,
            14..=15 => self.settle().await,
            16 => self.release().await,
            17 => self.link().await,
            18 => self.upkeep().await,
            _ => self.compare().await,
        }
    }

    fn user(&mut self) -> &'static str {
        USERS.choose(&mut self.rng).unwrap()
    }

    fn conversation(&mut self) -> Conversation {
        let number = self.rng.random_range(1..4);
        let user = self.user();
        if self.rng.random() {
            private(number)
        } else {
            in_group(number, user)
        }
    }

    async fn ingest(&mut self) {
        let mut events = Vec::new();
        for _ in 0..self.rng.random_range(0..6) {
            // Now and then one that was here before.
            self.event += u64::from(self.rng.random_ratio(4, 5));
            let conversation = self.conversation();
            // And now and then a part of an album.
            let wait =
                Duration::from_millis(self.rng.random_range(1..30) * u64::from(self.rng.random_ratio(1, 4)));
            events.push(NewEvent {
                wait,
                ..event(self.event, &conversation)
            });
        }
        let mut answers = Vec::new();
        for store in self.stores {
            let ingested = store.ingest(batch(events.clone(), self.now)).await.unwrap();
            answers.push(
                ingested
                    .events
                    .iter()
                    .map(std::mem::discriminant)
                    .collect::<Vec<_>>(),
            );
        }
        assert_eq!(answers[0], answers[1]);
    }

    async fn claim(&mut self) {
        let most = self.rng.random_range(1..4);
        let [memory, sqlite] = self.stores;
        let (one, other) = (
            claim(memory, most, self.now).await,
            claim(sqlite, most, self.now).await,
        );
        assert_eq!(one.len(), other.len());
        for pair in one.into_iter().zip(other) {
            assert_eq!(pair.0.hold.conversation, pair.1.hold.conversation);
            assert_eq!((ids(&pair.0), pair.0.more), (ids(&pair.1), pair.1.more));
            for (event, same) in pair.0.events.iter().zip(&pair.1.events) {
                assert_eq!((event.attempts, event.received), (same.attempts, same.received));
                assert_eq!((&event.user, &event.body), (&same.user, &same.body));
            }
            self.claims.push([pair.0, pair.1]);
        }
    }

    fn writes(&mut self) -> Vec<Write> {
        let count = self.rng.random_range(0..4);
        (0..count).map(|_| self.write()).collect()
    }

    fn write(&mut self) -> Write {
        let number = self.rng.random_range(1..4);
        let user = UserId::new(self.user());
        match self.rng.random_range(0..13) {
            11 if !self.outgoing.is_empty() => Write::Begin(self.lately()),
            12 if !self.taken.is_empty() => {
                let id = *self.taken.choose(&mut self.rng).unwrap();
                Write::Settle(self.settlement(id))
            }
            0..=2 => Write::State(StateWrite {
                key: self.key(),
                expected: self.rng.random_ratio(1, 4).then(|| self.rng.random_range(0..4)),
                body: self
                    .rng
                    .random_ratio(4, 5)
                    .then(|| user.as_str().to_owned().into()),
            }),
            3..=6 => {
                let outgoing = NewOutgoing {
                    user: self.rng.random::<bool>().then_some(user),
                    priority: *[Priority::Answer, Priority::Progress, Priority::Broadcast]
                        .choose(&mut self.rng)
                        .unwrap(),
                    policy: *[Policy::AtMostOnce, Policy::AtLeastOnce]
                        .choose(&mut self.rng)
                        .unwrap(),
                    not_before: self
                        .rng
                        .random_ratio(1, 4)
                        .then(|| self.now.plus(Duration::from_millis(30))),
                    ..say(&chat(number), "hello")
                };
                if self.rng.random_ratio(1, 3) {
                    Write::SendNow(outgoing)
                } else {
                    Write::Send(outgoing)
                }
            }
            7 => {
                self.jobs += 1;
                Write::AddJob(NewJob {
                    origin: self.origin(),
                    chat: chat(number),
                    person: Person::User(PIGEON, user),
                    name: "job".into(),
                    due: self
                        .now
                        .plus(Duration::from_millis(self.rng.random_range(0..100))),
                    repeat: None,
                    missed: Missed::Skip,
                    body: "job".into(),
                })
            }
            8 => Write::DropJob(JobId(self.rng.random_range(0..=self.jobs))),
            9 => self.value(),
            _ => Write::MoveJob {
                id: JobId(self.rng.random_range(0..=self.jobs)),
                due: self.now,
            },
        }
    }

    /// Where a job comes from: now and then from where another one came.
    fn origin(&mut self) -> Option<SmolStr> {
        let origin = self.rng.random_range(0..6);
        (origin > 0).then(|| format!("turn {origin}").into())
    }

    fn value(&mut self) -> Write {
        let until = self.now.plus(Duration::from_millis(self.rng.random_range(0..60)));
        Write::Value {
            key: VALUES.choose(&mut self.rng).copied().unwrap().into(),
            body: self.rng.random_ratio(4, 5).then(|| "value".into()),
            until: self.rng.random_ratio(3, 4).then_some(until),
        }
    }

    fn key(&mut self) -> StateKey {
        let user = UserId::new(self.user());
        let scope = match self.rng.random_range(0..4) {
            0 => Scope::Bot,
            1 => Scope::User(PIGEON, user),
            2 => Scope::Chat(chat(1)),
            _ => Scope::UserInChat(chat(1), user),
        };
        let name = "state".into();
        StateKey { scope, name }
    }

    async fn commit(&mut self) {
        let writes = self.writes();
        let (mut ends, mut keep) = ([None, None], None);
        if !self.claims.is_empty() && self.rng.random_ratio(4, 5) {
            let claims = self
                .claims
                .swap_remove(self.rng.random_range(0..self.claims.len()));
            let fails = self.rng.random_ratio(1, 3);
            let last = self.rng.random_ratio(1, 5);
            let many = self.rng.random_range(0..=claims[0].events.len());
            let then = if self.rng.random_ratio(1, 4) {
                Then::Hold
            } else {
                Then::Release
            };
            ends = claims.each_ref().map(|claim| {
                let mut end = if fails {
                    failed(claim, Duration::from_millis(5))
                } else {
                    handled(claim, many, then)
                };
                end.failed.iter_mut().for_each(|failure| failure.last = last);
                Some(end)
            });
            keep = Some((claims, fails, then));
        }
        let mut outcomes = Vec::new();
        for (store, end) in self.stores.into_iter().zip(ends) {
            let commit = Commit {
                turn: end,
                writes: writes.clone(),
                now: self.now,
            };
            outcomes.push(crate::world::commit(store, commit).await);
        }
        assert_eq!(outcomes[0], outcomes[1]);
        if let Some(made) = outcomes[0].committed() {
            self.outgoing.extend(&made.outgoing);
            self.taken.extend(&made.begun);
        }
        // A hold that goes on is given back later; what was handled in it is then unknown to it, which does no harm.
        if let Some((claims, fails, then)) = keep {
            let goes_on = matches!(outcomes[0], Outcome::Conflict { .. })
                || (!fails && then == Then::Hold && outcomes[0].committed().is_some());
            if goes_on {
                self.claims.push(claims);
            }
        }
    }

    async fn release(&mut self) {
        // Also some that are not valid any more.
        let Some(claims) = self.claims.choose(&mut self.rng).cloned() else {
            return;
        };
        let mut released = Vec::new();
        for (store, claim) in self.stores.into_iter().zip(claims) {
            released.push(store.release(vec![claim.hold], self.now).await.unwrap());
        }
        assert_eq!(released[0], released[1]);
    }

    async fn take(&mut self) {
        let limit = self.rng.random_range(1..4);
        let [memory, sqlite] = self.stores;
        let (one, other) = (
            take(memory, limit, self.now).await,
            take(sqlite, limit, self.now).await,
        );
        assert_eq!(one, other);
        self.taken.extend(one.iter().map(|outgoing| outgoing.id));
    }

    /// Something that was put into the outbox lately.
    fn lately(&mut self) -> OutgoingId {
        let lately = &self.outgoing[self.outgoing.len().saturating_sub(40)..];
        *lately.choose(&mut self.rng).unwrap()
    }

    fn settlement(&mut self, id: OutgoingId) -> Settlement {
        let error = "cut off".to_owned();
        let result = match self.rng.random_range(0..5) {
            0 => SendResult::Unknown(error),
            1 => SendResult::Failed(error),
            2 => SendResult::Again {
                not_before: self.now.plus(Duration::from_millis(10)),
                error,
            },
            _ => SendResult::Sent(vec![MessageId::number(id.0)]),
        };
        Settlement {
            id,
            result,
            now: self.now,
        }
    }

    async fn settle(&mut self) {
        let Some(id) = self.taken.choose(&mut self.rng).copied() else {
            return;
        };
        let settlement = self.settlement(id);
        let mut settled = Vec::new();
        for store in self.stores {
            settled.push(store.settle(vec![settlement.clone()]).await.unwrap());
            settled
                .last_mut()
                .unwrap()
                .push(store.outgoing(id).await.unwrap().map(|one| one.state));
        }
        assert_eq!(settled[0], settled[1]);
    }

    async fn link(&mut self) {
        let account = |user: &str| Account {
            network: PIGEON,
            user: UserId::new(user),
        };
        let (shown, entered) = (account(self.user()), account(self.user()));
        let code = |value: u8| CodeHash([value; 32]);
        let offered = LinkCode {
            hash: code(1),
            account: shown,
            expires: self.now.plus(Duration::from_millis(50)),
        };
        let guess = LinkGuess {
            hash: code(self.rng.random_range(1..3)),
            account: entered.clone(),
            now: self.now,
        };
        let unlinks = self.rng.random_ratio(1, 3);
        let mut answers = Vec::new();
        for store in self.stores {
            let offer = store
                .offer_link(offered.clone())
                .await
                .map_err(|error| error.kind);
            let redeemed = store.redeem_link(guess.clone()).await.unwrap();
            let unlinked = unlinks && store.unlink(&entered).await.unwrap();
            let person = store.person(&entered).await.unwrap();
            answers.push((offer, redeemed, unlinked, person));
        }
        assert_eq!(answers[0], answers[1]);
    }

    async fn upkeep(&mut self) {
        let choice = self.rng.random_range(0..4);
        let person = Person::User(PIGEON, UserId::new(self.user()));
        let mut answers = Vec::new();
        for store in self.stores {
            let letters = store.dead(Page::first(100)).await.unwrap();
            let some: Vec<_> = letters.iter().map(|letter| letter.id).step_by(2).collect();
            let answer = match choice {
                0 => format!("{:?}", store.retry_dead(some, self.now).await),
                1 => format!("{:?}", store.delete_dead(some).await),
                2 => format!("{:?}", store.forget(&person).await),
                _ => format!("{:?}", store.prune(self.now).await),
            };
            let letters = letters
                .into_iter()
                .map(|letter| (letter.id, without_number(letter)));
            answers.push((letters.collect::<Vec<_>>(), answer));
        }
        assert_eq!(answers[0], answers[1]);
    }

    async fn compare(&mut self) {
        let keys: Vec<StateKey> = (0..4).map(|_| self.key()).collect();
        let person = Person::User(PIGEON, UserId::new(self.user()));
        let request = DueRequest {
            bots: vec![bot()],
            limit: 5,
            now: self.now,
        };
        let mut answers = Vec::new();
        for store in self.stores {
            let mut counts = store.counts().await.unwrap();
            counts.bytes = 0;
            let states = store.state(keys.clone()).await.unwrap();
            let due = store.due(request.clone()).await.unwrap();
            let next = store.next_due(vec![bot()]).await.unwrap();
            let mut values = Vec::new();
            for key in VALUES {
                values.push(store.value(key).await.unwrap());
            }
            let mut data = store.export(&person).await.unwrap();
            data.states.sort_by_key(|(key, _)| format!("{key:?}"));
            data.events.iter_mut().for_each(|(_, event)| event.number = 0);
            data.events.sort_by_key(|(_, event)| event.id.clone());
            data.dead.iter_mut().for_each(|letter| letter.event.number = 0);
            answers.push((counts, states, (due, values), next, data));
        }
        let (one, other) = (&answers[0], &answers[1]);
        assert_eq!(
            (&one.0, &one.1, &one.2, &one.3),
            (&other.0, &other.1, &other.2, &other.3)
        );
        assert_eq!(one.4, other.4);
    }
}

fn without_number(mut letter: DeadLetter) -> DeadLetter {
    letter.event.number = 0;
    letter
}

/// The end of a turn is the same shape for both engines.
const _: fn(&Claim, usize, Then) -> TurnEnd = handled;
