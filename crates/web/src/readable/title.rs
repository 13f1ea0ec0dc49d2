//! The title of a page. Pure functions.

use html_escape::decode_html_entities;

use super::article::cut;
use super::kind::{self, Kind};
use super::text::clean_to;
use super::token::{Tag, Token, tokens};

/// The longest title, in characters; a longer one is cut, with an ellipsis at its end.
pub const TITLE_CHARACTERS: usize = 300;

/// The title of a page: its `title` element, or what it wants to be called when it is shared, or its first heading.
/// Nothing is parsed into a tree, so this is cheap for any page.
///
/// ```
/// use duologue_web::readable::title;
///
/// assert_eq!(title("<svg><title>icon</title></svg><title> A\n B </title>").as_deref(), Some("A B"));
/// assert_eq!(title("<h1>Only <i>this</i></h1>").as_deref(), Some("Only this"));
/// assert_eq!(title("<p>nothing</p>"), None);
/// ```
#[must_use]
pub fn title(page: &str) -> Option<String> {
    let mut found = Found::default();
    for token in tokens(cut(page)) {
        found.see(token);
        if found.element.is_some() {
            break;
        }
    }
    found.element.or(found.shared).or_else(|| titled(&found.heading))
}

#[derive(Default)]
struct Found {
    element: Option<String>,
    /// The title for sharing, of Open Graph.
    shared: Option<String>,
    /// The text of the first heading.
    heading: String,
    part: Part,
    /// How many pictures are open, whose titles are not the page's.
    pictures: usize,
}

/// Where in the page something stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    #[default]
    Before,
    Title,
    Heading,
    After,
}

impl Found {
    fn see(&mut self, token: Token<'_>) {
        match token {
            Token::Start(tag) => self.start(tag),
            Token::End(name) if is_picture(name) => self.pictures = self.pictures.saturating_sub(1),
            Token::End(name) if self.part == Part::Heading && name.eq_ignore_ascii_case("h1") => {
                self.part = if self.heading.trim().is_empty() {
                    Part::Before
                } else {
                    Part::After
                };
            }
            Token::Raw(text) if self.part == Part::Title => self.element = titled(text),
            Token::Text(text) if self.part == Part::Heading => self.heading.push_str(text),
            Token::Text(_) | Token::Raw(_) | Token::End(_) => {}
        }
        if self.part == Part::Title && !matches!(token, Token::Start(_)) {
            self.part = if self.heading.is_empty() {
                Part::Before
            } else {
                Part::After
            };
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match kind::of(tag.name) {
            _ if is_picture(tag.name) => self.pictures += 1,
            Kind::Title if self.pictures == 0 => self.part = Part::Title,
            Kind::Meta if self.shared.is_none() => {
                let is_title = tag
                    .attribute("property")
                    .is_some_and(|name| name.eq_ignore_ascii_case("og:title"));
                self.shared = tag.attribute("content").filter(|_| is_title).and_then(titled);
            }
            Kind::Break if self.part == Part::Heading => self.heading.push(' '),
            _ if self.part == Part::Before && tag.name.eq_ignore_ascii_case("h1") => {
                self.part = Part::Heading
            }
            _ => {}
        }
    }
}

fn is_picture(name: &str) -> bool {
    name.eq_ignore_ascii_case("svg")
}

/// A title as it is shown.
pub(super) fn titled(text: &str) -> Option<String> {
    clean_to(&decode_html_entities(text), TITLE_CHARACTERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_element_is_before_what_is_shared_and_that_before_the_heading() {
        let table = [
            (
                "<title>a</title><meta property=og:title content=b><h1>c</h1>",
                Some("a"),
            ),
            (
                "<h1>c</h1><meta property=og:title content='b &lt; d'><title> </title>",
                Some("b < d"),
            ),
            (
                "<meta property=og:title content=''><h1></h1><h1>c<br>d</h1><h1>e</h1>",
                Some("c d"),
            ),
            ("<TITLE>a &amp; <b></TITLE>", Some("a & <b>")),
            ("<title>a", Some("a")),
            ("<svg><title>x</title></svg><h1>c", Some("c")),
            ("<script>'<title>x</title>'</script>", None),
            ("<!-- <title>x</title> -->", None),
            ("", None),
        ];
        for (page, expected) in table {
            assert_eq!(title(page).as_deref(), expected, "{page}");
        }
    }

    #[test]
    fn a_long_title_is_cut() {
        assert_eq!(TITLE_CHARACTERS, 300);
        let long = title(&format!("<title>{}</title>", "ä".repeat(1000))).unwrap();
        assert_eq!(long.chars().count(), TITLE_CHARACTERS + 1);
        assert!(long.ends_with("ä…"));
    }
}
