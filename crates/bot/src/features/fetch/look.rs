//! What a file is: its kind, checksum, size, title, text. It is found out in a worker process, as nobody knows what comes
//! from the web. Pure functions of the file.

use std::fmt::Write as _;

use duologue::prelude::*;
use duologue::{AttachmentKind, TaskFile};
use duologue_draw::picture::{self, ImageInfo, ImageLimits};
use duologue_web::readable::{Article, Block};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::features::web::{Facts, is_page};
use crate::words::fetch as words;

/// The most of a file that is looked into beyond its checksum.
const MOST_BYTES: u64 = 64 << 20;

/// The longer side of a small picture, in pixels.
const SMALL: u32 = 640;

/// What a file is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Look {
    pub(crate) name: String,
    pub(crate) media_type: String,
    pub(crate) bytes: u64,
    /// SHA-256 in hexadecimal.
    pub(crate) checksum: String,
    pub(crate) title: Option<String>,
    pub(crate) picture: Option<ImageInfo>,
    /// How many words the readable text has.
    pub(crate) words: Option<usize>,
    /// The readable text of a page.
    pub(crate) text: Option<TaskFile>,
    /// A small picture of an image.
    pub(crate) small: Option<TaskFile>,
}

impl Look {
    /// What is shown of it.
    pub(super) fn media(&self, task: &TaskContext) -> Result<Vec<Media>, TaskError> {
        let small = self.small.iter().map(|file| {
            let description = words::small_picture(&self.name);
            Ok(task.media(AttachmentKind::Photo, file)?.description(description))
        });
        let text = self
            .text
            .iter()
            .map(|file| task.media(AttachmentKind::Document, file));
        small.chain(text).collect()
    }
}

/// Looking into a file
#[task(lane = "process", processor = "30s")]
pub(super) fn look(task: &TaskContext, facts: &Facts) -> Result<Look, TaskError> {
    let bytes = task.input(0)?.read_all(MOST_BYTES)?;
    let media_type = facts.media_type(&bytes);
    let mut look = Look {
        name: facts.name.clone(),
        bytes: bytes.len() as u64,
        checksum: checksum(&bytes),
        title: None,
        picture: None,
        words: None,
        text: None,
        small: None,
        media_type,
    };
    if look.media_type.starts_with("image/") {
        look.picture = picture::probe(&bytes).ok();
        // What cannot be made small is still a file that arrived.
        if let Ok(small) = picture::thumbnail(&bytes, SMALL, &ImageLimits::default()) {
            let name = words::small_name(&look.name, small.format.extension());
            look.small = Some(task.wait(task.write_file(name, small.bytes))?);
        }
        return Ok(look);
    }
    let Some(article) = facts.article(&look.media_type, &bytes)? else {
        return Ok(look);
    };
    if is_page(&look.media_type) && !article.blocks.is_empty() {
        let name = words::text_name(&look.name);
        look.text = Some(task.wait(task.write_file(name, text(&article)))?);
    }
    look.words = Some(article.words());
    look.title = article.title;
    Ok(look)
}

/// SHA-256 in hexadecimal.
pub(super) fn checksum(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// An article as text for people.
fn text(article: &Article) -> String {
    let mut text = String::new();
    let head = [&article.title, &article.byline, &article.published];
    for line in head.into_iter().flatten() {
        text.push_str(line);
        text.push('\n');
    }
    for block in &article.blocks {
        let line = match block {
            Block::Heading { text, .. } => format!("\n## {text}\n"),
            Block::Item { text, number, level } => {
                let indent = "  ".repeat(usize::from(*level).saturating_sub(1));
                let mark = number.map_or_else(|| "-".to_owned(), |number| format!("{number}."));
                format!("{indent}{mark} {text}\n")
            }
            Block::Quote { text } => format!("\n> {}\n", text.replace('\n', "\n> ")),
            Block::Paragraph { text } | Block::Preformatted { text } => format!("\n{text}\n"),
        };
        text.push_str(&line);
    }
    text
}

#[cfg(test)]
mod tests {
    use duologue_web::readable::article;

    use super::{checksum, text};

    #[test]
    fn a_checksum_is_the_one_that_everybody_computes() {
        assert_eq!(
            checksum(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_page_becomes_text_that_can_be_read() {
        let page = "<title>Rain</title><article><h2>Why</h2><p>It rained all day, and nobody minded at all.</p>\
                    <ul><li>wet</li></ul><blockquote><p>So be it.</p></blockquote></article>";
        let article = article(page, &"https://news.test/1".parse().unwrap());
        let text = text(&article);
        for part in ["Rain\n", "## Why", "It rained all day", "- wet", "> So be it."] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }
}
