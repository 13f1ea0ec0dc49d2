//! Plain text as an article. Pure functions.

use super::article::{Article, cut};
use super::block::Block;
use super::text::clean_lines;

/// Plain text as an article: a paragraph for each run of lines without an empty one. Lines stay lines.
///
/// ```
/// use duologue_web::readable::plain;
///
/// let article = plain("One\n  two\n\n\nThree");
/// let texts: Vec<&str> = article.blocks.iter().map(|block| block.text()).collect();
/// assert_eq!(texts, ["One\ntwo", "Three"]);
/// ```
#[must_use]
pub fn plain(text: &str) -> Article {
    let mut article = Article::default();
    let mut paragraph = String::new();
    for line in cut(text).lines().chain([""]) {
        if !line.trim().is_empty() {
            paragraph.push_str(line);
            paragraph.push('\n');
            continue;
        }
        let text = clean_lines(&std::mem::take(&mut paragraph));
        if !text.is_empty() {
            article.blocks.push(Block::Paragraph { text });
        }
    }
    article
}
