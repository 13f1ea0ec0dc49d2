//! The book of Discord's rate limits. Owns what each bucket has left; it says when to wait and never waits itself.
//!
//! Source of the rules: discord-api-docs, topics/rate-limits. A bucket is the name in `X-RateLimit-Bucket` with the
//! major part of the path. All calls but those for interactions share 50 a second. 401, 403 and 429 (not those of
//! scope `shared`) count as invalid; 10,000 of them in 10 minutes ban the address.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use smol_str::SmolStr;
use tokio::time::Instant;

use super::route::{Kind, Major, Route, hash};

/// Calls in one second, of all kinds that are not exempt.
const GLOBAL_PER_SECOND: usize = 50;

/// Calls on a bucket in one second as long as Discord has not told its limit.
const UNSEEN_BURST: u32 = 5;

/// After so many invalid answers in [`INVALID_WINDOW`] nothing is sent any more; Discord bans at 10,000.
const INVALID_STOP: u32 = 8_000;

/// The time over which Discord counts invalid answers.
const INVALID_WINDOW: Duration = Duration::from_secs(600);

/// How finely invalid answers are counted.
const INVALID_STEP: Duration = Duration::from_secs(10);

/// Buckets that are kept; over it those that are full again are dropped, about 100 bytes each.
const MAX_BUCKETS: usize = 20_000;

/// Shapes of authors' own calls that are kept.
const MAX_KINDS: usize = 1_000;

/// What a call may do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admit {
    Go,
    /// This bucket is used up.
    WaitBucket(Duration),
    /// The bot as a whole has to wait.
    WaitAll(Duration),
}

/// What an answer's headers say about limits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    pub(crate) bucket: Option<SmolStr>,
    pub(crate) limit: Option<u32>,
    pub(crate) remaining: Option<u32>,
    pub(crate) reset_after: Option<Duration>,
}

/// A 429.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TooMany {
    pub(crate) after: Duration,
    pub(crate) global: bool,
}

#[derive(Debug)]
pub(crate) struct Book {
    /// The bucket name of each route, or nothing where Discord told of no limit.
    names: HashMap<Kind, Option<SmolStr>>,
    windows: HashMap<u64, Window>,
    /// When the last calls that count were sent, the oldest first.
    recent: VecDeque<Instant>,
    all_wait_until: Option<Instant>,
    invalid: VecDeque<(Instant, u32)>,
    invalid_count: u32,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    limit: u32,
    remaining: u32,
    resets: Instant,
}

impl Default for Book {
    fn default() -> Self {
        Self {
            names: HashMap::new(),
            windows: HashMap::new(),
            recent: VecDeque::with_capacity(GLOBAL_PER_SECOND),
            all_wait_until: None,
            invalid: VecDeque::new(),
            invalid_count: 0,
        }
    }
}

impl Book {
    /// Says whether a call may go now, and if so books it.
    pub(crate) fn admit(&mut self, route: &Route, now: Instant) -> Admit {
        if let Some(wait) = self.invalid_wait(now) {
            return Admit::WaitAll(wait);
        }
        // The first answer to an interaction happens once and has a deadline.
        if route.kind == Kind::Callback {
            return Admit::Go;
        }
        if !route.kind.exempt()
            && let Some(wait) = self.global_wait(now)
        {
            return Admit::WaitAll(wait);
        }
        if let Some(key) = self.key(route.kind, route.major) {
            let window = self.windows.entry(key).or_insert(Window {
                limit: UNSEEN_BURST,
                remaining: UNSEEN_BURST,
                resets: now + Duration::from_secs(1),
            });
            if now >= window.resets {
                window.remaining = window.limit.max(1);
                window.resets = now + Duration::from_secs(1);
            }
            if window.remaining == 0 {
                return Admit::WaitBucket(window.resets - now);
            }
            window.remaining -= 1;
        }
        if !route.kind.exempt() {
            if self.recent.len() == GLOBAL_PER_SECOND {
                self.recent.pop_front();
            }
            self.recent.push_back(now);
        }
        Admit::Go
    }

    /// Learns from an answer.
    pub(crate) fn learn(&mut self, route: &Route, told: Told, now: Instant) {
        if route.kind == Kind::Callback {
            return;
        }
        let known = self.names.get(&route.kind);
        if known.is_none_or(|known| *known != told.bucket) {
            if self.names.len() >= MAX_KINDS {
                self.names.clear();
            }
            self.windows.remove(&unnamed(route.kind, route.major));
            self.names.insert(route.kind, told.bucket);
        }
        let (Some(limit), Some(remaining), Some(reset_after)) =
            (told.limit, told.remaining, told.reset_after)
        else {
            return;
        };
        let Some(key) = self.key(route.kind, route.major) else {
            return;
        };
        self.make_room(now);
        let resets = now + reset_after;
        let window = self.windows.entry(key).or_insert(Window {
            limit,
            remaining,
            resets,
        });
        // Answers overtake each other: within one window the lowest count is the newest.
        let same = window.limit == limit && now < window.resets;
        window.remaining = if same {
            window.remaining.min(remaining)
        } else {
            remaining
        };
        window.limit = limit;
        window.resets = resets;
    }

    /// Obeys a 429.
    pub(crate) fn too_many(&mut self, route: &Route, told: TooMany, now: Instant) {
        let until = now + told.after;
        if told.global {
            self.all_wait_until = Some(self.all_wait_until.map_or(until, |old| old.max(until)));
            return;
        }
        if route.kind == Kind::Callback {
            return;
        }
        let key = self.key(route.kind, route.major).unwrap_or_else(|| {
            self.names.remove(&route.kind);
            unnamed(route.kind, route.major)
        });
        self.make_room(now);
        let window = self.windows.entry(key).or_insert(Window {
            limit: 1,
            remaining: 0,
            resets: until,
        });
        window.remaining = 0;
        window.resets = window.resets.max(until);
    }

    /// Counts an invalid answer.
    pub(crate) fn invalid(&mut self, now: Instant) {
        self.invalid_count += 1;
        match self.invalid.back_mut() {
            Some((since, count)) if now - *since < INVALID_STEP => *count += 1,
            _ => self.invalid.push_back((now, 1)),
        }
    }

    fn invalid_wait(&mut self, now: Instant) -> Option<Duration> {
        while let Some((since, count)) = self.invalid.front()
            && now - *since >= INVALID_WINDOW
        {
            self.invalid_count -= count;
            self.invalid.pop_front();
        }
        let (oldest, _) = self.invalid.front()?;
        (self.invalid_count >= INVALID_STOP).then(|| INVALID_WINDOW - (now - *oldest))
    }

    fn global_wait(&mut self, now: Instant) -> Option<Duration> {
        if let Some(until) = self.all_wait_until {
            if now < until {
                return Some(until - now);
            }
            self.all_wait_until = None;
        }
        let oldest = self
            .recent
            .front()
            .filter(|_| self.recent.len() == GLOBAL_PER_SECOND)?;
        let free = *oldest + Duration::from_secs(1);
        (now < free).then(|| free - now)
    }

    /// The key of a window; nothing where no limit is known to exist.
    fn key(&self, kind: Kind, major: Major) -> Option<u64> {
        match self.names.get(&kind) {
            None => Some(unnamed(kind, major)),
            Some(None) => None,
            Some(Some(name)) => Some(hash((name, major))),
        }
    }

    fn make_room(&mut self, now: Instant) {
        if self.windows.len() < MAX_BUCKETS {
            return;
        }
        self.windows.retain(|_, window| now < window.resets);
        if self.windows.len() >= MAX_BUCKETS {
            // All of them are in use: forgetting costs at most one 429 each.
            self.windows.clear();
        }
    }
}

fn unnamed(kind: Kind, major: Major) -> u64 {
    hash((kind, major))
}

#[cfg(test)]
mod tests {
    use reqwest::Method;

    use super::*;

    fn send(channel: u64) -> Route {
        Route::message(Method::POST, channel, None)
    }

    fn told(limit: u32, remaining: u32, millis: u64) -> Told {
        Told {
            bucket: Some("b".into()),
            limit: Some(limit),
            remaining: Some(remaining),
            reset_after: Some(Duration::from_millis(millis)),
        }
    }

    #[test]
    fn a_used_up_bucket_waits_and_others_do_not() {
        let (mut book, now) = (Book::default(), Instant::now());
        assert_eq!(book.admit(&send(1), now), Admit::Go);
        book.learn(&send(1), told(5, 0, 300), now);
        assert_eq!(
            book.admit(&send(1), now),
            Admit::WaitBucket(Duration::from_millis(300))
        );
        assert_eq!(book.admit(&send(2), now), Admit::Go);
        assert_eq!(book.admit(&send(1), now + Duration::from_millis(300)), Admit::Go);
    }

    #[test]
    fn an_unseen_route_is_not_stormed() {
        let (mut book, now) = (Book::default(), Instant::now());
        for _ in 0..UNSEEN_BURST {
            assert_eq!(book.admit(&send(1), now), Admit::Go);
        }
        assert!(matches!(book.admit(&send(1), now), Admit::WaitBucket(_)));
    }

    #[test]
    fn a_route_without_limits_is_not_limited_by_bucket() {
        let (mut book, now) = (Book::default(), Instant::now());
        let edit = Route::webhook(Method::PATCH, 1, "t", Some("@original"));
        assert_eq!(book.admit(&edit, now), Admit::Go);
        book.learn(&edit, Told::default(), now);
        for _ in 0..1000 {
            assert_eq!(book.admit(&edit, now), Admit::Go);
        }
    }

    #[test]
    fn all_calls_share_fifty_a_second_but_interactions_do_not() {
        let (mut book, now) = (Book::default(), Instant::now());
        for channel in 0..50 {
            assert_eq!(book.admit(&send(channel), now), Admit::Go);
        }
        assert_eq!(book.admit(&send(99), now), Admit::WaitAll(Duration::from_secs(1)));
        assert_eq!(book.admit(&Route::callback(1, "t", false), now), Admit::Go);
        assert_eq!(
            book.admit(&Route::webhook(Method::POST, 1, "t", None), now),
            Admit::Go
        );
        assert_eq!(book.admit(&send(99), now + Duration::from_secs(1)), Admit::Go);
    }

    #[test]
    fn webhooks_of_different_tokens_have_buckets_of_their_own() {
        let (mut book, now) = (Book::default(), Instant::now());
        let follow_up = |token| Route::webhook(Method::POST, 1, token, None);
        assert_eq!(book.admit(&follow_up("a"), now), Admit::Go);
        book.learn(&follow_up("a"), told(5, 0, 1000), now);
        assert!(matches!(book.admit(&follow_up("a"), now), Admit::WaitBucket(_)));
        assert_eq!(book.admit(&follow_up("b"), now), Admit::Go);
    }

    #[test]
    fn a_429_is_obeyed_for_its_bucket_or_for_all() {
        let (mut book, now) = (Book::default(), Instant::now());
        let after = Duration::from_secs(2);
        book.too_many(&send(1), TooMany { after, global: false }, now);
        assert_eq!(book.admit(&send(1), now), Admit::WaitBucket(after));
        book.too_many(&send(1), TooMany { after, global: true }, now);
        assert_eq!(book.admit(&send(2), now), Admit::WaitAll(after));
        assert_eq!(book.admit(&send(2), now + after), Admit::Go);
    }

    #[test]
    fn too_many_invalid_answers_stop_everything_for_a_while() {
        let (mut book, now) = (Book::default(), Instant::now());
        for _ in 0..INVALID_STOP {
            book.invalid(now);
        }
        assert_eq!(book.admit(&send(1), now), Admit::WaitAll(INVALID_WINDOW));
        assert!(matches!(
            book.admit(&Route::callback(1, "t", false), now),
            Admit::WaitAll(_)
        ));
        assert_eq!(book.admit(&send(1), now + INVALID_WINDOW), Admit::Go);
    }

    #[test]
    fn the_book_stays_small() {
        let (mut book, mut now) = (Book::default(), Instant::now());
        for channel in 0..100_000 {
            now += Duration::from_millis(20);
            book.admit(&send(channel), now);
            book.learn(&send(channel), told(5, 4, 1000), now);
        }
        assert!(book.windows.len() <= MAX_BUCKETS, "{}", book.windows.len());
    }
}
