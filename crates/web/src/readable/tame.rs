//! A page made harmless for a parser: only elements and attributes that a reader needs, well nested, so deep and so
//! many. Pure.
//!
//! A tree of a page can be made to cost far more than the page: by nesting (10,000 levels in 50 kB took a parser and
//! the scoring after it 18 s), by the number of attributes of one tag (100,000 took 2 s), by formatting elements
//! that are never closed and so repeated in every paragraph. All of that is bounded here, before there is a tree, in
//! one pass that is linear in the page. What a parser gets has no formatting elements but links, and every element
//! is closed where its parent is.

use super::kind::{self, Kind};
use super::token::{Tag, Token, tokens};

/// The deepest nesting that is kept. Deeper elements are dissolved: their text stays, their tags go. Pages that
/// people write stay under 50.
pub const DEPTH: usize = 128;

/// The most elements that are kept; a page ends there. The longest articles have a tenth of it.
pub const ELEMENTS: usize = 40_000;

/// How many bytes a parser may copy to join text that is interrupted by line breaks and character references: it copies
/// what it has of a text at each of them, so 1 MB of nothing but `&amp` would cost it minutes.
const COPIED_BYTES: usize = 1 << 30;

/// The longest value of an attribute that is kept, in bytes: longer ones are pictures in the page, or nonsense. And
/// how much of a title is kept.
const ATTRIBUTE_BYTES: usize = 2 << 10;

/// The most pieces of metadata, and the most bytes of one as JSON-LD.
const METADATA: usize = 256;
const JSON_BYTES: usize = 256 << 10;

/// Attributes that tell what an element is for.
const ATTRIBUTES: [&str; 11] = [
    "class", "id", "rel", "itemprop", "itemtype", "role", "href", "dir", "datetime", "colspan", "rowspan",
];

/// Attributes of metadata.
const META_ATTRIBUTES: [&str; 4] = ["name", "property", "itemprop", "content"];

/// Parts of an `id` or a `class` that mark a banner about cookies or consent, in lower case.
const BANNERS: [&str; 14] = [
    "cookie-banner",
    "cookie-bar",
    "cookie-consent",
    "cookie-law",
    "cookie-notice",
    "cookie-popup",
    "cookiebanner",
    "cookieconsent",
    "cookienotice",
    "consent-banner",
    "cybotcookiebot",
    "didomi",
    "onetrust",
    "usercentrics",
];

/// Whether what is no article is left out before the scoring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Navigation, forms, dialogs, banners and what is hidden are left out.
    Strict,
    /// Only what is no text is left out: for pages of which nothing remains otherwise.
    Loose,
}

/// A page made harmless.
#[derive(Debug, Default)]
pub(super) struct Tame {
    /// The elements of the head.
    head: String,
    /// The elements of the body.
    pub(super) body: String,
    /// The `lang` attribute of the page.
    pub(super) language: Option<String>,
    /// What a parser copies to join interrupted text, in bytes.
    copied: usize,
}

struct Tamer<'a> {
    tame: Tame,
    manner: Manner,
    open: Vec<Open<'a>>,
    /// Start tags that were dropped for their depth, so that their end tags are dropped too.
    dissolved: usize,
    elements: usize,
    metadata: usize,
    titled: bool,
    /// What the next raw content is.
    raw: Option<RawContent>,
    /// Where in the body the text after its last tag begins.
    text: usize,
}

/// An element that is open.
struct Open<'a> {
    name: &'a str,
    /// Whether it and all in it are left out.
    silent: bool,
}

#[derive(Clone, Copy)]
enum RawContent {
    Title,
    Json,
}

/// Makes a page harmless.
pub(super) fn tame(page: &str, manner: Manner) -> Tame {
    let mut tamer = Tamer {
        tame: Tame::default(),
        manner,
        open: Vec::new(),
        dissolved: 0,
        elements: 0,
        metadata: 0,
        titled: false,
        raw: None,
        text: 0,
    };
    for token in tokens(page) {
        match token {
            Token::Start(tag) => tamer.start(tag),
            Token::End(name) => tamer.end(name),
            Token::Text(text) if !tamer.is_silent() => push_text(&mut tamer.tame.body, text),
            Token::Raw(text) => tamer.raw(text),
            Token::Text(_) => {}
        }
        if tamer.elements >= ELEMENTS {
            break;
        }
    }
    tamer.close_down_to(0);
    tamer.end_text();
    tamer.tame
}

impl Tame {
    /// Whether a parser is done with it soon.
    pub(super) fn is_cheap(&self) -> bool {
        self.copied <= COPIED_BYTES
    }

    /// The page as a parser gets it.
    pub(super) fn page(&self) -> String {
        let mut page = String::with_capacity(self.head.len() + self.body.len() + 128);
        page.push_str("<!DOCTYPE html><html");
        if let Some(language) = &self.language {
            push_attribute(&mut page, "lang", language);
        }
        page.push_str("><head>");
        page.push_str(&self.head);
        page.push_str("</head><body>");
        page.push_str(&self.body);
        page.push_str("</body></html>");
        page
    }
}

impl<'a> Tamer<'a> {
    fn is_silent(&self) -> bool {
        self.open.last().is_some_and(|open| open.silent)
    }

    fn start(&mut self, tag: Tag<'a>) {
        self.raw = None;
        match kind::of(tag.name) {
            Kind::Html => {
                let language = tag.attribute("lang").or_else(|| tag.attribute("xml:lang"));
                self.tame.language = self.tame.language.take().or(language.map(str::to_owned));
            }
            Kind::Meta => self.meta(tag),
            Kind::Title if !self.is_silent() => self.raw = Some(RawContent::Title),
            Kind::Script if is_json(tag) => self.raw = Some(RawContent::Json),
            Kind::Break => self.void("br"),
            Kind::Rule => {
                self.close_before(tag.name);
                self.void("hr");
            }
            Kind::Silent => self.open(tag, true),
            Kind::Aside => self.open(tag, self.manner == Manner::Strict),
            Kind::Inline if tag.attributes().any(|(name, _)| is_telling(name)) => {
                self.open(tag, self.hides(tag))
            }
            Kind::Block | Kind::Link => self.open(tag, self.hides(tag)),
            _ => {}
        }
    }

    /// Counts what the text that ends here costs a parser.
    fn end_text(&mut self) {
        let text = &self.tame.body[self.text..];
        let interruptions = text.bytes().filter(|c| matches!(c, b'&' | b'\n' | b'\r')).count();
        let copied = text.len().saturating_mul(interruptions) / 2;
        self.tame.copied = self.tame.copied.saturating_add(copied);
    }

    /// Pushes a tag without content, or an end tag.
    fn push_tag(&mut self, start: &str, name: &str) {
        self.end_text();
        let body = &mut self.tame.body;
        body.push_str(start);
        push_name(body, name);
        body.push('>');
        self.text = body.len();
    }

    /// An element without content.
    fn void(&mut self, name: &str) {
        if !self.is_silent() {
            self.elements += 1;
            self.push_tag("<", name);
        }
    }

    /// Opens an element, after closing those that it ends.
    fn open(&mut self, tag: Tag<'a>, silent: bool) {
        // What was dissolved is not remembered, so nothing is known to end here.
        if self.dissolved == 0 {
            self.close_before(tag.name);
        }
        // What begins to be silent is remembered at any depth, as its content must not speak.
        if self.open.len() >= DEPTH && (self.is_silent() || !silent) {
            self.dissolved += 1;
            if !self.is_silent() {
                self.tame.body.push(' ');
            }
            return;
        }
        let silent = silent || self.is_silent();
        if !silent {
            self.elements += 1;
            self.end_text();
            let body = &mut self.tame.body;
            body.push('<');
            push_name(body, tag.name);
            push_attributes(body, tag, &ATTRIBUTES);
            body.push('>');
            self.text = body.len();
        }
        self.open.push(Open {
            name: tag.name,
            silent,
        });
    }

    /// Closes what a start tag ends without an end tag: a paragraph before a block, an item before the next.
    fn close_before(&mut self, name: &str) {
        for ended in kind::ended_by(name) {
            let found = self
                .open
                .iter()
                .rposition(|open| open.name.eq_ignore_ascii_case(ended));
            let fenced = |from: usize| {
                self.open[from + 1..]
                    .iter()
                    .any(|open| kind::fences(ended, open.name))
            };
            if let Some(at) = found.filter(|&at| !fenced(at)) {
                self.close_down_to(at);
            }
        }
    }

    fn end(&mut self, name: &str) {
        self.raw = None;
        let kind = kind::of(name);
        if self.dissolved > 0 && matches!(kind, Kind::Block | Kind::Link | Kind::Aside | Kind::Silent) {
            self.dissolved -= 1;
            return;
        }
        let found = self
            .open
            .iter()
            .rposition(|open| open.name.eq_ignore_ascii_case(name));
        let fenced = |from: usize| {
            self.open[from + 1..]
                .iter()
                .any(|open| kind::fences(name, open.name))
        };
        if let Some(at) = found.filter(|&at| !fenced(at)) {
            self.close_down_to(at);
        }
    }

    fn close_down_to(&mut self, length: usize) {
        while self.open.len() > length {
            let Some(open) = self.open.pop() else { return };
            if !open.silent {
                self.push_tag("</", open.name);
            }
        }
        self.dissolved = 0;
    }

    fn meta(&mut self, tag: Tag<'a>) {
        self.metadata += 1;
        if self.metadata <= METADATA {
            self.tame.head.push_str("<meta");
            push_attributes(&mut self.tame.head, tag, &META_ATTRIBUTES);
            self.tame.head.push('>');
        }
    }

    fn raw(&mut self, text: &str) {
        match self.raw.take() {
            // A second title belongs to a picture, or is none.
            Some(RawContent::Title) if !self.titled => {
                self.titled = true;
                self.tame.head.push_str("<title>");
                let text = &text[..text.floor_char_boundary(ATTRIBUTE_BYTES)];
                push_text(&mut self.tame.head, text);
                self.tame.head.push_str("</title>");
            }
            Some(RawContent::Json) => self.json(text),
            _ => {}
        }
    }

    /// JSON-LD, parsed and written anew: what comes out is JSON for sure, and not deep.
    fn json(&mut self, text: &str) {
        self.metadata += 1;
        if self.metadata > METADATA || text.len() > JSON_BYTES {
            return;
        }
        if let Ok(value) = serde_json::from_str::<serde_json::Value>(text) {
            self.tame.head.push_str("<script type=\"application/ld+json\">");
            self.tame
                .head
                .push_str(&value.to_string().replace('<', "\\u003c"));
            self.tame.head.push_str("</script>");
        }
    }

    /// Whether an element says itself that it is not for readers.
    fn hides(&self, tag: Tag<'a>) -> bool {
        self.manner == Manner::Strict
            && tag
                .attributes()
                .any(|(name, value)| match name.to_ascii_lowercase().as_str() {
                    "hidden" => !value.eq_ignore_ascii_case("until-found"),
                    "style" => {
                        let style: String = value.chars().filter(|c| !c.is_whitespace()).collect();
                        let style = style.to_ascii_lowercase();
                        style.contains("display:none") || style.contains("visibility:hidden")
                    }
                    "role" => matches!(value, "alertdialog" | "dialog" | "navigation" | "search"),
                    "id" | "class" => is_banner(value),
                    _ => false,
                })
    }
}

fn is_json(tag: Tag<'_>) -> bool {
    tag.attribute("type")
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/ld+json"))
}

/// Whether an attribute makes a formatting element worth keeping: it can mark the author or the date.
fn is_telling(name: &str) -> bool {
    ["class", "id", "rel", "itemprop"]
        .iter()
        .any(|telling| name.eq_ignore_ascii_case(telling))
}

fn is_banner(value: &str) -> bool {
    let value = value.to_ascii_lowercase().replace('_', "-");
    BANNERS.iter().any(|banner| value.contains(banner))
}

fn push_name(into: &mut String, name: &str) {
    // What has no meaning of its own becomes what it is used as.
    match kind::of(name) {
        Kind::Inline => into.push_str("span"),
        _ => into.extend(name.chars().map(|c| c.to_ascii_lowercase())),
    }
}

/// Pushes those of some attributes that a tag has, each once.
fn push_attributes(into: &mut String, tag: Tag<'_>, names: &[&str]) {
    let mut pushed = 0_u32;
    for (name, value) in tag.attributes() {
        let known = names.iter().position(|known| name.eq_ignore_ascii_case(known));
        let Some(known) = known.filter(|known| pushed & (1 << known) == 0) else {
            continue;
        };
        pushed |= 1 << known;
        if value.len() <= ATTRIBUTE_BYTES {
            push_attribute(into, names[known], value);
        }
    }
}

fn push_attribute(into: &mut String, name: &str, value: &str) {
    into.extend([" ", name, "=\""]);
    into.push_str(&value.replace('"', "&quot;"));
    into.push('"');
}

/// Pushes text so that no `<` of it can begin a tag with what comes next.
fn push_text(into: &mut String, text: &str) {
    for (index, part) in text.split('<').enumerate() {
        if index > 0 {
            into.push_str("&lt;");
        }
        into.push_str(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strict(page: &str) -> String {
        tame(page, Manner::Strict).body
    }

    /// The deepest nesting of a page that is well nested, and that it is.
    fn depth(page: &str) -> usize {
        let (mut open, mut deepest) = (Vec::new(), 0);
        for token in tokens(page) {
            match token {
                Token::Start(tag) if !matches!(tag.name, "br" | "hr" | "meta") => open.push(tag.name),
                Token::End(name) => assert_eq!(open.pop(), Some(name), "{page}"),
                _ => {}
            }
            deepest = deepest.max(open.len());
        }
        assert!(open.is_empty(), "{page}");
        deepest
    }

    #[test]
    fn only_what_a_reader_needs_is_left() {
        let table = [
            (
                "<P CLASS=a onclick=x>a <b>b</b> <i>c</i></P>",
                "<p class=\"a\">a b c</p>",
            ),
            ("a<script>b</script><style>c</style><svg><p>d</p></svg>e", "ae"),
            (
                "<nav>a</nav><p>b</p><form>c<button>d</button><input></form>",
                "<p>b</p>c",
            ),
            ("<div id=onetrust-banner-sdk>a</div>b", "b"),
            ("<div class='x cookie_consent'>a<div>b</div></div>c", "c"),
            (
                "<div hidden>a</div><div style='Display: none'>b</div><p role=dialog>c</p>d",
                "d",
            ),
            (
                "<span>a</span><span class=byline>b</span>",
                "a<span class=\"byline\">b</span>",
            ),
            ("<a href='x\"y'>b</a>", "<a href=\"x&quot;y\">b</a>"),
            ("<p id=a ID=b id=c>x</p>", "<p id=\"a\">x</p>"),
            ("<x-card>a</x-card>", "a"),
        ];
        for (page, expected) in table {
            assert_eq!(strict(page), expected, "{page}");
        }
        assert_eq!(
            tame("<nav>a</nav><p hidden>b</p>", Manner::Loose).body,
            "<nav>a</nav><p>b</p>"
        );
    }

    #[test]
    fn every_element_is_closed_where_its_parent_is() {
        let table = [
            ("<p>a<p>b<div>c", "<p>a</p><p>b</p><div>c</div>"),
            (
                "<ul><li>a<li>b<ul><li>c</ul><li>d</ul>",
                "<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>",
            ),
            ("<div><p>a</div>b", "<div><p>a</p></div>b"),
            ("</p></div>a</li>", "a"),
            (
                "<table><tr><td>a<td>b<tr><td>c</table>",
                "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
            ),
            (
                "<div><table><tr><td>a</div>b</table>c",
                "<div><table><tr><td>ab</td></tr></table>c</div>",
            ),
            ("<a>b<a>c", "<a>b</a><a>c</a>"),
            ("<h1>a<h2>b</h1>", "<h1>a</h1><h2>b</h2>"),
            (
                "<dl><dt>a<dd>b<dt>c</dl>",
                "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>",
            ),
            ("<div><nav>a</div>b", "<div></div>b"),
        ];
        for (page, expected) in table {
            assert_eq!(strict(page), expected, "{page}");
            depth(&strict(page));
        }
    }

    #[test]
    fn no_text_becomes_a_tag_when_what_stood_in_it_is_gone() {
        for page in [
            "<<b>script>alert(1)</script>",
            "a < b",
            "<<!-- x -->p>",
            "<title><b></title>",
        ] {
            let tame = tame(page, Manner::Strict);
            assert_eq!(depth(&tame.body), 0, "{}", tame.body);
            assert!(
                !tame.page().contains("<script") && !tame.page().contains("<b>"),
                "{}",
                tame.page()
            );
        }
    }

    #[test]
    fn depth_and_number_of_elements_are_bounded() {
        assert_eq!((DEPTH, ELEMENTS), (128, 40_000));
        let deep = format!("{}text{}after", "<div>".repeat(100_000), "</div>".repeat(100_000));
        let body = strict(&deep);
        assert_eq!(depth(&body), DEPTH);
        assert!(body.contains("text") && body.ends_with("after"));
        let silent = format!(
            "{}{}a{}b",
            "<div>".repeat(DEPTH),
            "<svg>".repeat(1000),
            "</svg>".repeat(1000)
        );
        assert!(strict(&silent).contains(">b<") && !strict(&silent).contains('a'));
        let items = "<li>a<ul>".repeat(100_000);
        assert_eq!(depth(&strict(&items)), DEPTH);
        let wide = "<p>a</p>".repeat(2 * ELEMENTS);
        assert_eq!(
            tokens(&strict(&wide))
                .filter(|token| matches!(token, Token::Start(_)))
                .count(),
            ELEMENTS
        );
    }

    #[test]
    fn attributes_and_metadata_are_bounded() {
        let many: String = (0..100_000).map(|n| format!(" class{n}=x class=c")).collect();
        assert_eq!(strict(&format!("<p{many}>a</p>")), "<p class=\"c\">a</p>");
        let long = "x".repeat(ATTRIBUTE_BYTES + 1);
        assert_eq!(
            strict(&format!("<p class={long} id=i>a</p>")),
            "<p id=\"i\">a</p>"
        );
        let metas = tame(&"<meta name=a content=b>".repeat(2 * METADATA), Manner::Strict);
        assert_eq!(metas.head.matches("<meta").count(), METADATA);
    }

    #[test]
    fn json_comes_out_as_json_that_holds_no_tag() {
        let head = |json: &str| {
            tame(
                &format!("<script type='application/LD+json'>{json}</script>"),
                Manner::Strict,
            )
            .head
        };
        assert!(head("{\"a\": \"</scr\"}").contains(r#"{"a":"\u003c/scr"}"#));
        assert_eq!(head("{\"a\": "), "");
        assert_eq!(head(&"[".repeat(100_000)), "");
        assert_eq!(head(&format!("\"{}\"", "x".repeat(JSON_BYTES))), "");
    }
}
