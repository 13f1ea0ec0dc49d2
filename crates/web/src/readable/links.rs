//! The links of a page, with the words around them. Pure functions.

use std::collections::HashSet;

use html_escape::decode_html_entities;
use serde::{Deserialize, Serialize};
use url::Url;

use super::article::cut;
use super::text::clean_to;
use super::token::{Tag, Token, tokens};
use crate::address::{ADDRESS_BYTES, normal};

/// The most links of a page that are found.
pub const LINKS: usize = 500;

/// The longest words of a link, and behind it, in characters.
pub const LINK_CHARACTERS: usize = 200;

/// The most bytes that are kept of those words as they stand in the page.
const KEPT_BYTES: usize = 4 * LINK_CHARACTERS;

/// A link of a page. It crosses process boundaries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Where it leads: an absolute http or https address without a fragment.
    pub url: String,
    /// Its words.
    pub text: String,
    /// What stands between it and the next link: often what the page says about it.
    pub after: String,
}

/// The links of a page in their order, each address once, without those that are marked `nofollow`. The address is where the page came from; a `base` element
/// counts.
///
/// ```
/// use duologue_web::readable::links;
///
/// let page = "<li><a href='/1#top'>Rain &amp; wind</a><p>All day long.</li><li><a href='mailto:a@b.test'>Write</a>";
/// let links = links(page, &"https://news.test/today".parse()?);
/// assert_eq!(links.len(), 1);
/// assert_eq!((links[0].url.as_str(), links[0].text.as_str()), ("https://news.test/1", "Rain & wind"));
/// assert_eq!(links[0].after, "All day long.");
/// # Ok::<(), url::ParseError>(())
/// ```
#[must_use]
pub fn links(page: &str, url: &Url) -> Vec<Link> {
    let mut finder = Finder {
        base: url.clone(),
        based: false,
        seen: HashSet::new(),
        found: Vec::new(),
        open: None,
    };
    for token in tokens(cut(page)) {
        if finder.found.len() >= LINKS {
            break;
        }
        match token {
            Token::Start(tag) => finder.start(&tag),
            Token::End(name) if name.eq_ignore_ascii_case("a") => finder.inside(false),
            Token::Text(text) => finder.text(text),
            Token::End(_) => finder.text(" "),
            Token::Raw(_) => {}
        }
    }
    finder.close();
    finder.found.truncate(LINKS);
    finder.found
}

/// Whether the page asks robots not to take a link as its own: advertisements, and what strangers wrote.
fn follows_not(tag: &Tag<'_>) -> bool {
    let mut attributes = tag.attributes();
    let rel = attributes.find(|(name, _)| name.eq_ignore_ascii_case("rel"));
    rel.is_some_and(|(_, rel)| {
        rel.split_ascii_whitespace()
            .any(|word| word.eq_ignore_ascii_case("nofollow"))
    })
}

struct Finder {
    base: Url,
    /// Whether the page has said what its base is.
    based: bool,
    seen: HashSet<String>,
    found: Vec<Link>,
    open: Option<Open>,
}

/// A link whose words are being read.
struct Open {
    url: String,
    text: String,
    after: String,
    inside: bool,
}

impl Finder {
    fn start(&mut self, tag: &Tag<'_>) {
        let is = |name: &str| tag.name.eq_ignore_ascii_case(name);
        if is("base") && !self.based {
            self.based = true;
            if let Some(base) = self.target(tag) {
                self.base = base;
            }
        } else if is("a") {
            self.close();
            if !follows_not(tag)
                && let Some(url) = self.target(tag).map(normal)
                && self.seen.insert(url.to_string())
            {
                self.open = Some(Open {
                    url: url.into(),
                    text: String::new(),
                    after: String::new(),
                    inside: true,
                });
            }
        } else {
            self.text(" ");
        }
    }

    fn target(&self, tag: &Tag<'_>) -> Option<Url> {
        let mut attributes = tag.attributes();
        let (_, href) = attributes.find(|(name, _)| name.eq_ignore_ascii_case("href"))?;
        if href.len() > ADDRESS_BYTES {
            return None;
        }
        let url = self.base.join(decode_html_entities(href).trim()).ok()?;
        (matches!(url.scheme(), "http" | "https") && url.as_str().len() <= ADDRESS_BYTES).then_some(url)
    }

    fn inside(&mut self, inside: bool) {
        if let Some(open) = &mut self.open {
            open.inside = inside;
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(open) = &mut self.open {
            let words = if open.inside {
                &mut open.text
            } else {
                &mut open.after
            };
            let room = KEPT_BYTES.saturating_sub(words.len());
            words.push_str(&text[..text.floor_char_boundary(room)]);
        }
    }

    fn close(&mut self) {
        if let Some(Open { url, text, after, .. }) = self.open.take() {
            let clean =
                |text: &str| clean_to(&decode_html_entities(text), LINK_CHARACTERS).unwrap_or_default();
            let (text, after) = (clean(&text), clean(&after));
            self.found.push(Link { url, text, after });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LINK_CHARACTERS, LINKS, links};

    fn found(page: &str) -> Vec<(String, String)> {
        let links = links(page, &"https://a.test/b/c".parse().unwrap());
        links.into_iter().map(|link| (link.url, link.text)).collect()
    }

    #[test]
    fn links_are_absolute_and_each_stands_once() {
        let page = "<a href='d'>one</a> <a href=\"//e.test/f?g=h&amp;i\">two</a> <a href=d#x>again</a> <a name=x>none</a>\
                    <a href='javascript:alert(1)'>no</a><a href='ftp://a.test'>no</a><a href='http://['>no</a>\
                    <a href='/ad' rel='sponsored NoFollow'>no</a>";
        let expected = [("https://a.test/b/d", "one"), ("https://e.test/f?g=h&i", "two")];
        assert_eq!(
            found(page),
            expected.map(|(url, text)| (url.to_owned(), text.to_owned()))
        );
        let based = found("<base href='/z/'><base href='/no/'><a href=y>y</a>");
        assert_eq!(based[0].0, "https://a.test/z/y");
    }

    #[test]
    fn a_page_of_links_alone_or_of_one_endless_link_stays_within_its_bounds() {
        let many: String = (0..20_000)
            .map(|number| format!("<a href='/{number}'>x</a>"))
            .collect();
        assert_eq!(found(&many).len(), LINKS);
        let endless = format!("<a href=/1>{}", "<b>word ".repeat(200_000));
        let endless = found(&endless);
        assert_eq!(endless.len(), 1);
        assert!(endless[0].1.chars().count() <= LINK_CHARACTERS + 1);
    }
}
