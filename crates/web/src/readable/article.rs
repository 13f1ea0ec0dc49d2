//! The article of a page: what a person came for, as blocks, with what the page says about it. Pure functions.

use std::borrow::Cow;

use dom_smoothie::{Config, Readability};
use html_escape::decode_html_entities;
use serde::{Deserialize, Serialize};
use url::Url;

use super::block::{self, Block};
use super::tame::{Manner, Tame, tame};
use super::text::clean_to;
use super::title::{TITLE_CHARACTERS, title};

/// How much of a page is read, in bytes; the rest is ignored. Pages without their pictures and scripts are far
/// smaller.
pub const PAGE_BYTES: usize = 4 << 20;

/// The longest name of an author or a site, language tag or date, in characters.
const NAME_CHARACTERS: usize = 200;

/// An article with fewer characters is not trusted to be the article, if the whole page has more to say.
const SHORT: usize = 250;

/// A text to read, with what is stated about it. It crosses process boundaries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// What it is called.
    pub title: Option<String>,
    /// Who wrote it, as stated.
    pub byline: Option<String>,
    /// The name of the site, as stated, or its host.
    pub site: Option<String>,
    /// The language as a BCP 47 tag, as stated.
    pub language: Option<String>,
    /// When it was published, as stated: mostly RFC 3339, but nobody has checked.
    pub published: Option<String>,
    /// Its text.
    pub blocks: Vec<Block>,
}

impl Article {
    /// How many characters its text has.
    #[must_use]
    pub fn characters(&self) -> usize {
        characters(&self.blocks)
    }

    /// How many words its text has: runs of characters that are no white space.
    #[must_use]
    pub fn words(&self) -> usize {
        let words = |block: &Block| block.text().split_whitespace().count();
        self.blocks.iter().map(words).sum()
    }
}

/// The article of a page: the part with the text, found by the rules of Readability. Scripts, navigation, forms,
/// dialogs and cookie banners are left out. A page that has no such part is taken as a whole; one without text gives
/// no blocks.
///
/// The address is where the page came from.
#[must_use]
pub fn article(page: &str, url: &Url) -> Article {
    let page = cut(page);
    let strict = tame(page, Manner::Strict);
    let (mut article, mut blocks) = scored(&strict, url);
    if characters(&blocks) < SHORT {
        blocks = longest(blocks, block::from_html(&strict.body));
    }
    if blocks.is_empty() {
        blocks = block::from_html(&tame(page, Manner::Loose).body);
    }
    article.title = article.title.or_else(|| title(page));
    if let Some(byline) = &article.byline {
        drop_byline(&mut blocks, byline);
    }
    article.site = article.site.or_else(|| url.host_str().map(str::to_owned));
    article.blocks = blocks;
    article
}

/// The part of a page that scores best, and what the page says about itself.
fn scored(page: &Tame, url: &Url) -> (Article, Vec<Block>) {
    let stated = |text: Option<String>| clean_to(&text?, NAME_CHARACTERS);
    let language = page.language.as_deref().map(decode_html_entities);
    let mut article = Article {
        language: stated(language.map(Cow::into_owned)),
        ..Article::default()
    };
    if !page.is_cheap() {
        return (article, Vec::new());
    }
    // It fails for addresses that are not absolute and for pages without an article.
    let Ok(mut readability) = Readability::new(page.page(), Some(url.as_str()), Some(Config::default()))
    else {
        return (article, Vec::new());
    };
    let Ok(found) = readability.parse() else {
        return (article, Vec::new());
    };
    // It has decoded character references itself.
    article.title = clean_to(&found.title, TITLE_CHARACTERS);
    article.byline = stated(found.byline);
    article.site = stated(found.site_name);
    article.language = stated(found.lang).or(article.language);
    article.published = stated(found.published_time);
    (article, block::from_html(&found.content))
}

/// Takes the byline out of the text, where it stands at its beginning with a word such as "By" before it.
fn drop_byline(blocks: &mut Vec<Block>, byline: &str) {
    const WORD: usize = 8;
    let is_byline = |block: &Block| {
        let before = match block {
            Block::Paragraph { text } => text.strip_suffix(byline),
            _ => None,
        };
        before.is_some_and(|before| before.len() <= WORD)
    };
    if let Some(at) = blocks.iter().take(3).position(is_byline) {
        blocks.remove(at);
    }
}

/// The beginning of a page that is read.
pub(super) fn cut(page: &str) -> &str {
    &page[..page.floor_char_boundary(PAGE_BYTES)]
}

fn characters(blocks: &[Block]) -> usize {
    blocks.iter().map(|block| block.text().chars().count()).sum()
}

fn longest(one: Vec<Block>, other: Vec<Block>) -> Vec<Block> {
    if characters(&one) >= characters(&other) {
        one
    } else {
        other
    }
}
