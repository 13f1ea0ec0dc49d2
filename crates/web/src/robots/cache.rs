//! What hosts said, for a time and up to a size. Owns the entries; the clock is the caller's.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::Instant;
use url::{Position, Url};

use crate::address::Origin;

use super::{Basis, LONGEST_CRAWL_DELAY, Permission};

/// What one origin said; empty while it is being asked, so that it is asked once.
pub(super) type Entry = Arc<OnceCell<Known>>;

/// The entries by origin.
pub(super) struct Cache {
    entries: HashMap<Origin, Kept>,
    max_entries: usize,
    max_bytes: usize,
    /// How many were made so far, for their age.
    made: u64,
}

struct Kept {
    entry: Entry,
    made: u64,
}

/// What an origin said.
pub(super) struct Known {
    rules: robotxt::Robots,
    basis: Basis,
    /// The size of the file.
    bytes: usize,
    until: Option<Instant>,
}

impl Cache {
    pub(super) fn new(max_entries: usize, max_bytes: usize) -> Self {
        Self {
            entries: HashMap::new(),
            max_entries,
            max_bytes,
            made: 0,
        }
    }

    /// The entry of an origin, a new one where there is none that still counts.
    pub(super) fn entry(&mut self, origin: Origin, now: Instant) -> Entry {
        self.entries.retain(|_, kept| kept.counts(now));
        if let Some(kept) = self.entries.get(&origin) {
            return Arc::clone(&kept.entry);
        }
        self.make_room();
        self.made += 1;
        let entry = Entry::default();
        let kept = Kept {
            entry: Arc::clone(&entry),
            made: self.made,
        };
        self.entries.insert(origin, kept);
        entry
    }

    /// Forgets the oldest entries until there is room for one more. Who waits for one of them keeps it.
    fn make_room(&mut self) {
        let mut bytes: usize = self.entries.values().map(Kept::bytes).sum();
        while self.entries.len() >= self.max_entries || bytes > self.max_bytes {
            let oldest = self.entries.iter().min_by_key(|(_, kept)| kept.made);
            let Some(origin) = oldest.map(|(origin, _)| origin.clone()) else {
                return;
            };
            if let Some(kept) = self.entries.remove(&origin) {
                bytes -= kept.bytes();
            }
        }
    }
}

impl Kept {
    fn counts(&self, now: Instant) -> bool {
        let until = self.entry.get().and_then(|known| known.until);
        until.is_none_or(|until| now < until)
    }

    fn bytes(&self) -> usize {
        self.entry.get().map_or(0, |known| known.bytes)
    }
}

impl Known {
    pub(super) fn rules(file: &[u8], agent: &str) -> Self {
        Self {
            rules: robotxt::Robots::parse(file, agent),
            basis: Basis::Rules,
            bytes: file.len(),
            until: None,
        }
    }

    pub(super) fn no_rules() -> Self {
        Self {
            rules: robotxt::Robots::allow_all(),
            basis: Basis::NoRules,
            bytes: 0,
            until: None,
        }
    }

    pub(super) fn unknown() -> Self {
        Self {
            rules: robotxt::Robots::disallow_all(),
            basis: Basis::Unknown,
            bytes: 0,
            until: None,
        }
    }

    pub(super) fn until(mut self, until: Instant) -> Self {
        self.until = Some(until);
        self
    }

    pub(super) fn permission(&self, url: &Url) -> Permission {
        let path = &url[Position::BeforePath..Position::AfterQuery];
        Permission {
            allowed: self.rules.is_allowed(path),
            crawl_delay: self
                .rules
                .crawl_delay()
                .map(|delay: Duration| delay.min(LONGEST_CRAWL_DELAY)),
            basis: self.basis,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(name: &str) -> Origin {
        format!("http://{name}.test").parse().unwrap()
    }

    fn known(bytes: usize, until: Instant) -> Known {
        Known {
            bytes,
            ..Known::no_rules()
        }
        .until(until)
    }

    #[test]
    fn an_entry_counts_until_its_time_is_over() {
        let now = Instant::now();
        let second = Duration::from_secs(1);
        let mut cache = Cache::new(8, 100);
        let first = cache.entry(origin("a"), now);
        assert!(
            Arc::ptr_eq(&first, &cache.entry(origin("a"), now)),
            "while it is being asked"
        );
        assert!(first.set(known(1, now + 2 * second)).is_ok());
        assert!(Arc::ptr_eq(&first, &cache.entry(origin("a"), now + second)));
        assert!(!Arc::ptr_eq(&first, &cache.entry(origin("a"), now + 2 * second)));
    }

    #[test]
    fn the_oldest_entries_go_when_there_are_too_many_or_they_are_too_large() {
        let now = Instant::now();
        let until = now + Duration::from_secs(9);
        let mut cache = Cache::new(3, 100);
        for name in ["a", "b", "c", "d"] {
            assert!(cache.entry(origin(name), now).set(known(30, until)).is_ok());
        }
        assert_eq!(cache.entries.len(), 3);
        assert!(!cache.entries.contains_key(&origin("a")));
        // The cache holds 90 bytes; with these it holds 200 until the next entry comes.
        assert!(cache.entry(origin("e"), now).set(known(140, until)).is_ok());
        cache.entry(origin("f"), now);
        let mut left: Vec<String> = cache.entries.keys().map(Origin::to_string).collect();
        left.sort();
        assert_eq!(left, ["http://f.test:80"]);
    }

    #[test]
    fn rules_are_those_of_the_standard() {
        let file = b"User-agent: *\nDisallow: /\n\n\
            User-agent: ExampleBot\nUser-agent: OtherBot\n\
            Disallow: /private\nAllow: /private/open\nDisallow: /*.pdf$\nDisallow: /search?q=\n\
            Crawl-delay: 2.5\n";
        let allowed = |agent: &str, path: &str| {
            let url = Url::parse(&format!("http://a.test{path}")).unwrap();
            Known::rules(file, agent).permission(&url).allowed
        };
        let table = [
            ("/", true),
            ("/private", false),
            ("/private/open/a", true),
            ("/private/%6fpen", true),
            ("/paper.pdf", false),
            ("/paper.pdf?page=2", true),
            ("/search?q=x", false),
            ("/search?p=x", true),
            ("/robots.txt", true),
        ];
        for (path, expected) in table {
            assert_eq!(allowed("examplebot", path), expected, "{path}");
        }
        assert!(!allowed("SomebodyElse", "/"));
        let url = Url::parse("http://a.test/").unwrap();
        let delay = |agent| Known::rules(file, agent).permission(&url).crawl_delay;
        assert_eq!(delay("ExampleBot"), Some(Duration::from_millis(2500)));
        assert_eq!(delay("SomebodyElse"), None);
        let endless = Known::rules(b"User-agent: *\nCrawl-delay: 1e12\n", "x");
        assert_eq!(endless.permission(&url).crawl_delay, Some(LONGEST_CRAWL_DELAY));
    }

    #[test]
    fn a_file_of_wildcards_is_matched_in_time() {
        let rule = format!("Disallow: /{}$\n", "*a".repeat(100));
        let file = ["User-agent: *\n", &rule.repeat(2000)].concat();
        let url = Url::parse(&format!("http://a.test/{}b", "a".repeat(2000))).unwrap();
        assert!(Known::rules(file.as_bytes(), "x").permission(&url).allowed);
    }
}
