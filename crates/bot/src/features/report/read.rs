//! Research: what sources say of a topic. Pages come in side by side, each site at the pace that it asks for, and are
//! read in worker processes. Owns the pace of each site while a report is written.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use duologue::InputFile;
use duologue::prelude::*;
use duologue_web::readable::{self, Article, Link};
use duologue_web::{Basis, Origin, Request, Url};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::compose::{Failed, Source};
use super::sentences::{stems, topic_stems};
use crate::features::web::{Client, Facts, FetchSettings, is_page, why_not};
use crate::words::report as words;
use crate::words::web::address;

/// How many pages come in at once, and how many that have arrived are read or wait for it.
const AT_ONCE: usize = 4;
const READ: usize = 3;

/// The most bytes of a page.
const PAGE_BYTES: u64 = 4 << 20;

/// The longest pause between two pages of a site that is kept to; a site that asks for more is read at this pace.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How often a page has to speak of the topic to be about it.
const MENTIONS: usize = 2;

/// With fewer links that say that they lead to the topic, others are tried as well.
const FEW: usize = 3;

/// A page with fewer words for each of its links is a list of them.
const WORDS_A_LINK: usize = 25;

/// From so many words on a link is as good as a title.
const TITLE: usize = 4;

/// The most links that are looked at.
const LINKS: usize = 1000;

/// Reads pages for one report.
pub(super) struct Reader {
    client: Client,
    settings: FetchSettings,
    /// The most pages that are read.
    pages: usize,
    /// When each site may be asked next.
    next: Arc<Mutex<HashMap<Origin, Instant>>>,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Research {
    pub(super) sources: Vec<Source>,
    pub(super) failed: Vec<Failed>,
}

/// A page that has arrived.
struct Arrived {
    facts: Facts,
    input: InputFile,
}

/// A page that was read.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Page {
    url: String,
    article: Article,
    links: Vec<Link>,
}

impl Reader {
    pub(super) fn new(client: Client, settings: FetchSettings, pages: usize) -> Self {
        Self {
            client,
            settings,
            pages,
            next: Arc::default(),
        }
    }

    /// Reads these pages.
    pub(super) async fn read(&self, task: &TaskContext, urls: Vec<Url>) -> Result<Research, TaskError> {
        let mut research = Research::default();
        for (url, page) in self.pages(task, urls).await? {
            match page {
                Ok(page) if page.article.blocks.is_empty() => research.fail(&url, words::NO_TEXT.to_owned()),
                Ok(page) => research.found(page),
                Err(why) => research.fail(&url, why),
            }
        }
        Ok(research)
    }

    /// Reads what sources have on a topic: themselves, and the pages that they lead to.
    pub(super) async fn search(
        &self,
        task: &TaskContext,
        topic: &str,
        sources: Vec<Url>,
    ) -> Result<Research, TaskError> {
        let topic = topic_stems(topic);
        let mut research = Research::default();
        let mut links = Vec::new();
        let mut known: Vec<String> = sources.iter().map(ToString::to_string).collect();
        for (url, page) in self.pages(task, sources).await? {
            match page {
                Ok(page) => {
                    links.extend(page.links.iter().cloned());
                    if !page.leads_on() && mentions(&page.article, &topic) >= MENTIONS {
                        known.push(page.url.clone());
                        research.found(page);
                    }
                }
                Err(why) => research.fail(&url, why),
            }
        }
        links.truncate(LINKS);
        let room = self.pages.saturating_sub(research.sources.len());
        let promising = promising(&links, &topic, &known, room);
        task.text(words::READING);
        for (url, page) in self.pages(task, promising).await? {
            match page {
                Ok(page) if !page.leads_on() && mentions(&page.article, &topic) >= MENTIONS => {
                    research.found(page);
                }
                // It was a guess of ours: nobody asked for this page.
                Ok(_) => {}
                Err(why) => research.fail(&url, why),
            }
        }
        Ok(research)
    }

    /// Brings pages in and reads them, one step of one beside another step of another.
    async fn pages(
        &self,
        task: &TaskContext,
        urls: Vec<Url>,
    ) -> Result<Vec<(Url, Result<Page, String>)>, TaskError> {
        let (client, settings, next) = (self.client.clone(), self.settings.clone(), Arc::clone(&self.next));
        let bring = move |url: Url| {
            let (client, settings, next) = (client.clone(), settings.clone(), Arc::clone(&next));
            Task::new(address(&url), move |task: TaskContext| async move {
                bring(&task, &client, &settings, &next, url).await
            })
        };
        let results = task
            .pipeline(urls.clone())
            .stage(AT_ONCE, bring)
            .stage(READ, |arrived: Arrived| {
                let name = arrived
                    .facts
                    .url
                    .parse()
                    .map(|url| address(&url))
                    .unwrap_or_default();
                understand::task(&arrived.facts)
                    .named(words::understanding(&name))
                    .file(arrived.input)
            })
            .settle()
            .await;
        let settled = urls.into_iter().zip(results).map(|(url, result)| {
            let page = match result {
                Ok(page) => Ok(page),
                Err(error) => Err(why_not(error)?.why),
            };
            Ok((url, page))
        });
        settled.collect()
    }
}

impl Page {
    /// Whether it is a list of links more than a text, however often it names the topic.
    fn leads_on(&self) -> bool {
        self.article.words() < WORDS_A_LINK * self.links.len()
    }
}

impl Research {
    fn found(&mut self, page: Page) {
        let Page { url, article, .. } = page;
        // Two addresses can be one page.
        if self
            .sources
            .iter()
            .any(|source| source.address == url || source.article.blocks == article.blocks)
        {
            return;
        }
        let address = url;
        self.sources.push(Source { address, article });
    }

    fn fail(&mut self, url: &Url, why: String) {
        let address = url.to_string();
        self.failed.push(Failed { address, why });
    }
}

async fn bring(
    task: &TaskContext,
    client: &Client,
    settings: &FetchSettings,
    next: &Mutex<HashMap<Origin, Instant>>,
    url: Url,
) -> Result<Arrived, TaskError> {
    let permission = client.robots.permission(&url).await?;
    if !permission.allowed {
        let why = match permission.basis {
            Basis::Unknown => words::ROBOTS_UNKNOWN,
            Basis::Rules | Basis::NoRules => words::ROBOTS,
        };
        return Err(TaskError::say(why));
    }
    let pause = permission.crawl_delay.unwrap_or_default().min(LONGEST_PAUSE);
    if let Some(turn) = turn(next, &url, pause) {
        let wait = turn.saturating_duration_since(Instant::now());
        if !wait.is_zero() {
            task.text(words::pausing(wait.as_secs().max(1)));
            tokio::time::sleep_until(turn).await;
            task.text("");
        }
    }
    let request = Request::new(url)
        .accept("text/html, text/plain, text/markdown, */*;q=0.1")
        .patience(settings.time())
        .deadline(settings.time())
        .max_bytes(PAGE_BYTES);
    let response = client.fetcher.get(request).await?.error_for_status()?;
    let facts = Facts::of(response.head());
    let limit = usize::try_from(PAGE_BYTES).unwrap_or(usize::MAX);
    let bytes = response.bytes(limit).await?;
    let input = InputFile::new("page", bytes);
    Ok(Arrived { facts, input })
}

/// When it is this page's turn at its site; the next one's is a pause later.
fn turn(next: &Mutex<HashMap<Origin, Instant>>, url: &Url, pause: Duration) -> Option<Instant> {
    let origin = Origin::of(url)?;
    let mut next = next.lock().unwrap_or_else(PoisonError::into_inner);
    let now = Instant::now();
    let free = next.entry(origin).or_insert(now);
    let turn = (*free).max(now);
    *free = turn + pause;
    Some(turn)
}

/// Reading a page
#[task(lane = "process", processor = "30s")]
fn understand(task: &TaskContext, facts: &Facts) -> Result<Page, TaskError> {
    let bytes = task.input(0)?.read_all(PAGE_BYTES)?;
    let media_type = facts.media_type(&bytes);
    let Some(article) = facts.article(&media_type, &bytes)? else {
        return Err(TaskError::say(words::NOT_A_TEXT));
    };
    let links = if is_page(&media_type) {
        readable::links(&facts.text(&bytes), &facts.url.parse()?)
    } else {
        Vec::new()
    };
    let url = facts.url.clone();
    Ok(Page { url, article, links })
}

/// How often an article speaks of a topic. It has to speak of each of its words.
fn mentions(article: &Article, topic: &[String]) -> usize {
    let texts = article.blocks.iter().map(|block| block.text());
    let words: Vec<String> = texts.chain(article.title.as_deref()).flat_map(stems).collect();
    let counts = topic
        .iter()
        .map(|stem| words.iter().filter(|word| *word == stem).count());
    counts.min().unwrap_or_default()
}

/// The addresses that promise most on a topic, by the words of their links and around them.
fn promising(links: &[Link], topic: &[String], known: &[String], room: usize) -> Vec<Url> {
    let hits = |text: &str| {
        let words: Vec<String> = stems(text).collect();
        topic.iter().filter(|stem| words.contains(stem)).count()
    };
    let mut rated: Vec<(usize, usize, Url)> = Vec::new();
    for link in links {
        let Ok(url) = link.url.parse::<Url>() else {
            continue;
        };
        let new = !known.contains(&link.url) && rated.iter().all(|(.., other)| *other != url);
        if new {
            let hits = 2 * hits(&link.text) + 2 * hits(url.path()) + hits(&link.after);
            // Titles of articles have more words than names of sections.
            rated.push((hits, link.text.split_whitespace().count().min(TITLE), url));
        }
    }
    // Of two that promise as much the earlier one: the sort is stable.
    rated.sort_by_key(|(hits, words, _)| std::cmp::Reverse((*hits, *words)));
    let sure = rated.iter().filter(|(hits, ..)| *hits > 0).count();
    rated.truncate(if sure >= FEW { sure.min(room) } else { room });
    rated.into_iter().map(|(.., url)| url).collect()
}

#[cfg(test)]
mod tests {
    use duologue_web::readable::{Article, Block, Link};

    use super::{mentions, promising};

    fn link(url: &str, text: &str, after: &str) -> Link {
        Link {
            url: format!("https://a.test/{url}"),
            text: text.to_owned(),
            after: after.to_owned(),
        }
    }

    #[test]
    fn links_are_followed_in_the_order_of_what_they_promise() {
        let links = [
            link("1", "Bread", "Flour and water"),
            link("2", "A year in the hive", "What bees do"),
            link("3", "Bees", "About bees"),
            link("bee", "More", ""),
            link("3", "Bees", "again"),
        ];
        let stems = ["bee".to_owned()];
        let paths = |room| {
            let urls = promising(&links, &stems, &["https://a.test/9".to_owned()], room);
            urls.iter().map(|url| url.path().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(paths(3), ["/3", "/bee", "/2"]);
        // Where enough links say what they are about no others are tried.
        assert_eq!(paths(8), ["/3", "/bee", "/2"]);
        let few = [
            link("news", "News", ""),
            link("4", "What a colony does in winter", ""),
        ];
        let urls = promising(&few, &stems, &[], 8);
        let paths: Vec<&str> = urls.iter().map(duologue_web::Url::path).collect();
        assert_eq!(paths, ["/4", "/news"]);
    }

    #[test]
    fn a_page_is_about_a_topic_when_it_speaks_of_each_of_its_words() {
        let article = Article {
            blocks: vec![Block::Paragraph {
                text: "Bees dance. The dance of the bee is a language.".to_owned(),
            }],
            ..Article::default()
        };
        let stems = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(mentions(&article, &stems(&["bee", "dance"])), 2);
        assert_eq!(mentions(&article, &stems(&["bee", "honey"])), 0);
    }
}
