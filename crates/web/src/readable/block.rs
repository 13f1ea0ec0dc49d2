//! Blocks of text from HTML that is well nested. Owns the text of the block that is being read.

use html_escape::decode_html_entities;
use serde::{Deserialize, Serialize};

use super::text::{clean, clean_lines, clean_preformatted};
use super::token::{Token, tokens};

/// A piece of an article. Its text holds no markup; white space is single spaces, with `\n` for a line break, except
/// in [`Block::Preformatted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// A heading.
    Heading {
        /// From 1, the highest, to 6.
        level: u8,
        /// Its text.
        text: String,
    },
    /// A paragraph, or a row of a table with its cells apart by ` | `.
    Paragraph {
        /// Its text.
        text: String,
    },
    /// An item of a list.
    Item {
        /// How many lists it is in, from 1.
        level: u8,
        /// Its number in a numbered list, from 1.
        number: Option<u32>,
        /// Its text.
        text: String,
    },
    /// A paragraph of a quotation.
    Quote {
        /// Its text.
        text: String,
    },
    /// Code, or other text whose lines and spaces count.
    Preformatted {
        /// Its text, as it stands.
        text: String,
    },
}

impl Block {
    /// The text of the block.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Heading { text, .. }
            | Self::Paragraph { text }
            | Self::Item { text, .. }
            | Self::Quote { text }
            | Self::Preformatted { text } => text,
        }
    }
}

/// What is around the text that is being read, from the outside in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Around {
    Heading(u8),
    Quote,
    Preformatted,
    /// A list, with the number of its next item if it has numbers.
    List(Option<u32>),
    /// An item, with its number, until its text was taken.
    Item(Option<u32>),
    Row,
    Other,
}

/// Collects blocks.
#[derive(Default)]
pub(super) struct Blocks {
    found: Vec<Block>,
    around: Vec<Around>,
    text: String,
}

/// The blocks of HTML that is well nested.
pub(super) fn from_html(html: &str) -> Vec<Block> {
    let mut blocks = Blocks::default();
    for token in tokens(html) {
        match token {
            Token::Text(text) => blocks.push_html(text),
            Token::Raw(_) => {}
            Token::Start(tag) => blocks.tag(tag.name, true),
            Token::End(name) => blocks.tag(name, false),
        }
    }
    blocks.finish()
}

impl Blocks {
    /// A tag; inline ones are passed over.
    fn tag(&mut self, name: &str, starts: bool) {
        let around = match name {
            "br" => return self.push("\n"),
            "hr" => return self.flush(),
            "td" | "th" => return self.cell(starts),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Around::Heading(name.as_bytes()[1] - b'0'),
            "blockquote" => Around::Quote,
            "pre" => Around::Preformatted,
            "ol" => Around::List(Some(1)),
            "ul" | "menu" => Around::List(None),
            "li" => Around::Item(None),
            "tr" => Around::Row,
            name if super::kind::of(name) == super::kind::Kind::Block => Around::Other,
            _ => return,
        };
        if starts { self.enter(around) } else { self.leave() }
    }

    /// Text of a page, in which a line break is a space, except where lines count.
    fn push_html(&mut self, text: &str) {
        let text = decode_html_entities(text);
        if self.around.contains(&Around::Preformatted) {
            self.push(&text);
        } else {
            self.push(&text.replace(['\n', '\r'], " "));
        }
    }

    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// A cell follows the one before in the same row.
    fn cell(&mut self, starts: bool) {
        if self.around.last() != Some(&Around::Row) {
            self.flush();
        } else if starts && !self.text.trim().is_empty() {
            self.push(" | ");
        }
    }

    pub(super) fn enter(&mut self, around: Around) {
        self.flush();
        let around = match (around, self.around.last_mut()) {
            (Around::Item(_), Some(Around::List(next))) => {
                let number = *next;
                *next = next.map(|number| number.saturating_add(1));
                Around::Item(number)
            }
            (around, _) => around,
        };
        self.around.push(around);
    }

    pub(super) fn leave(&mut self) {
        self.flush();
        self.around.pop();
    }

    /// Ends the block that is being read.
    pub(super) fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        if self.around.contains(&Around::Preformatted) {
            let text = clean_preformatted(&text);
            if !text.is_empty() {
                self.found.push(Block::Preformatted { text });
            }
            return;
        }
        let text = clean_lines(&text);
        if !text.is_empty() {
            let block = self.block(text);
            self.found.push(block);
        }
    }

    /// The block of some text: by the heading around it, or by the innermost item or quotation.
    fn block(&self, text: String) -> Block {
        let mut innermost = None;
        for around in &self.around {
            match *around {
                Around::Heading(level) => {
                    let text = clean(&text);
                    return Block::Heading { level, text };
                }
                Around::Quote => innermost = Some(Block::Quote { text: String::new() }),
                Around::Item(number) => {
                    let level = self
                        .around
                        .iter()
                        .filter(|around| matches!(around, Around::List(_)))
                        .count();
                    let level = u8::try_from(level.max(1)).unwrap_or(u8::MAX);
                    innermost = Some(Block::Item {
                        level,
                        number,
                        text: String::new(),
                    });
                }
                _ => {}
            }
        }
        match innermost {
            Some(Block::Quote { .. }) => Block::Quote { text },
            Some(Block::Item { level, number, .. }) => Block::Item { level, number, text },
            _ => Block::Paragraph { text },
        }
    }

    /// Blocks from elsewhere, after the one that is being read.
    pub(super) fn extend(&mut self, blocks: Vec<Block>) {
        self.flush();
        self.found.extend(blocks);
    }

    pub(super) fn finish(mut self) -> Vec<Block> {
        self.flush();
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(html: &str) -> Vec<String> {
        let one = |block: &Block| match block {
            Block::Heading { level, text } => format!("h{level} {text}"),
            Block::Paragraph { text } => format!("p {text}"),
            Block::Item {
                level,
                number: None,
                text,
            } => format!("i{level} {text}"),
            Block::Item {
                level,
                number: Some(number),
                text,
            } => format!("i{level}.{number} {text}"),
            Block::Quote { text } => format!("q {text}"),
            Block::Preformatted { text } => format!("t {text}"),
        };
        from_html(html).iter().map(one).collect()
    }

    #[test]
    fn every_kind_of_block_is_told_apart() {
        let table: [(&str, &[&str]); 12] = [
            (
                "<p>a  \n b<span>c</span> <a href=x>d</a></p>e",
                &["p a bc d", "p e"],
            ),
            ("<h1>a<br>b</h1><div><h6>c</h6></div>", &["h1 a b", "h6 c"]),
            ("<p>a<br> b<br><br>c</p>", &["p a\nb\nc"]),
            (
                "<ul><li>a<ul><li>b</li></ul>c</li><li><p>d</p></li></ul>",
                &["i1 a", "i2 b", "i1 c", "i1 d"],
            ),
            (
                "<ol><li>a</li><li>b</li></ol><li>c</li>",
                &["i1.1 a", "i1.2 b", "i1 c"],
            ),
            ("<blockquote><p>a</p><p>b</p></blockquote>", &["q a", "q b"]),
            ("<blockquote><ul><li>a</li></ul></blockquote>", &["i1 a"]),
            ("<ul><li><blockquote>a</blockquote></li></ul>", &["q a"]),
            ("<pre>\n a\n\n  b &lt;\n</pre>", &["t  a\n\n  b <"]),
            (
                "<table><tr><th>a</th><td>b</td></tr><tr><td>c</td></tr></table>",
                &["p a | b", "p c"],
            ),
            (
                "<table><tr><td><p>a</p><p>b</p></td><td>c</td></tr></table>",
                &["p a", "p b", "p c"],
            ),
            ("&amp;lt; &eacute;&nbsp;&#233;&#x1F600;", &["p &lt; é é😀"]),
        ];
        for (html, expected) in table {
            assert_eq!(short(html), expected, "{html}");
        }
    }

    #[test]
    fn nothing_but_white_space_is_no_block() {
        assert_eq!(
            short("<p> </p><ul><li>\n</li></ul><h1><br></h1><pre>\n</pre>&nbsp;"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_block_crosses_a_process_boundary() {
        let block = Block::Item {
            level: 1,
            number: Some(2),
            text: "a".to_owned(),
        };
        let json = serde_json::to_string(&block).unwrap();
        assert_eq!(json, r#"{"item":{"level":1,"number":2,"text":"a"}}"#);
        assert_eq!(serde_json::from_str::<Block>(&json).unwrap(), block);
    }
}
