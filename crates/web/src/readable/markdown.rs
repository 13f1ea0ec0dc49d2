//! Markdown as an article. Pure functions.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::article::Article;
use super::block::{self, Around, Block, Blocks};
use super::tame::{Manner, tame};
use super::title::titled;

/// How much Markdown is read, in bytes; the rest is ignored.
const MARKDOWN_BYTES: usize = 1 << 20;

/// How much of a line can be markers of quotations and lists, in bytes; more of them are dropped. At each of them, a
/// parser looks at all that are open.
const MARKER_BYTES: usize = 128;

/// Markdown (CommonMark, with tables and strikethrough) as an article. Its title is its first heading of the first
/// level. HTML in it is read as such.
///
/// ```
/// use duologue_web::readable::{Block, markdown};
///
/// let article = markdown("# Tea\n\n1. Boil *water*\n2. [Wait](https://example.com)\n");
/// assert_eq!(article.title.as_deref(), Some("Tea"));
/// let second = Block::Item { level: 1, number: Some(2), text: "Wait".to_owned() };
/// assert_eq!(article.blocks[2], second);
/// ```
#[must_use]
pub fn markdown(text: &str) -> Article {
    let text = shallow(&text[..text.floor_char_boundary(MARKDOWN_BYTES)]);
    let mut reader = Reader::default();
    for event in Parser::new_ext(&text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        reader.see(event);
    }
    let blocks = reader.blocks.finish();
    let first = blocks.iter().find_map(|block| match block {
        Block::Heading { level: 1, text } => titled(text),
        _ => None,
    });
    Article {
        title: first,
        blocks,
        ..Article::default()
    }
}

/// The text with few markers at the beginning of each line.
fn shallow(text: &str) -> String {
    let is_text = |c: char| !matches!(c, ' ' | '\t' | '>' | '-' | '+' | '*' | '.' | ')' | '0'..='9');
    let mut shallow = String::with_capacity(text.len());
    for line in text.split_inclusive(['\n', '\r']) {
        let markers = line.find(is_text).unwrap_or(line.len());
        shallow.push_str(&line[..markers.min(MARKER_BYTES)]);
        shallow.push_str(&line[markers..]);
    }
    shallow
}

#[derive(Default)]
struct Reader {
    blocks: Blocks,
    /// The HTML of the block that is being read.
    html: String,
    /// Cells of the row that is being read.
    cells: usize,
}

impl Reader {
    fn see(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) => self.blocks.push(&text),
            Event::SoftBreak => self.blocks.push(" "),
            Event::HardBreak => self.blocks.push("\n"),
            Event::InlineHtml(html) if html.starts_with("<br") => self.blocks.push("\n"),
            Event::Html(html) => self.html.push_str(&html),
            Event::Rule => self.blocks.flush(),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        let around = match tag {
            Tag::Heading { level, .. } => Around::Heading(number(*level)),
            Tag::BlockQuote(_) => Around::Quote,
            Tag::CodeBlock(_) => Around::Preformatted,
            Tag::List(first) => Around::List(first.map(|first| u32::try_from(first).unwrap_or(u32::MAX))),
            Tag::Item => Around::Item(None),
            Tag::TableHead | Tag::TableRow => {
                self.cells = 0;
                Around::Row
            }
            Tag::Paragraph => Around::Other,
            Tag::TableCell => {
                if self.cells > 0 {
                    self.blocks.push(" | ");
                }
                self.cells += 1;
                return;
            }
            _ => return,
        };
        self.blocks.enter(around);
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::HtmlBlock => {
                let html = std::mem::take(&mut self.html);
                self.blocks
                    .extend(block::from_html(&tame(&html, Manner::Strict).body));
            }
            TagEnd::Heading(_)
            | TagEnd::BlockQuote(_)
            | TagEnd::CodeBlock
            | TagEnd::List(_)
            | TagEnd::Item
            | TagEnd::TableHead
            | TagEnd::TableRow
            | TagEnd::Paragraph => self.blocks.leave(),
            _ => {}
        }
    }
}

fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        let one = |block: &Block| match block {
            Block::Heading { level, text } => format!("h{level} {text}"),
            Block::Paragraph { text } => format!("p {text}"),
            Block::Item { level, number, text } => format!("i{level} {number:?} {text}"),
            Block::Quote { text } => format!("q {text}"),
            Block::Preformatted { text } => format!("t {text}"),
        };
        markdown(text).blocks.iter().map(one).collect()
    }

    #[test]
    fn quotations_in_quotations_end_somewhere_and_their_text_stays() {
        let deep = format!("{}a\n\nb", "> ".repeat(100_000));
        assert_eq!(texts(&deep), ["q a", "p b"]);
    }

    #[test]
    fn every_kind_of_block_is_read() {
        let table: [(&str, &[&str]); 9] = [
            ("# A *b* `c`\n\nX\n===\n\n### E", &["h1 A b c", "h1 X", "h3 E"]),
            (
                "a\nb  \nc\n\n[d](e) ![f](g) <https://h.example>",
                &["p a b\nc", "p d f https://h.example"],
            ),
            (
                "- a\n  - b\n- c\n\n  d",
                &["i1 None a", "i2 None b", "i1 None c", "i1 None d"],
            ),
            ("3. a\n4. b", &["i1 Some(3) a", "i1 Some(4) b"]),
            ("> a\n>\n> b", &["q a", "q b"]),
            (
                "```rust\nfn a() {\n    b\n}\n```\n\n    c",
                &["t fn a() {\n    b\n}", "t c"],
            ),
            ("| a | b |\n|---|---|\n| c |  |\n", &["p a | b", "p c |"]),
            (
                "<p align=center>a<script>b</script></p>\n\nc<br>x &amp; <b>e</b>",
                &["p a", "p c\nx & e"],
            ),
            ("a\n\n---\n\nb", &["p a", "p b"]),
        ];
        for (text, expected) in table {
            assert_eq!(texts(text), expected, "{text}");
        }
    }
}
