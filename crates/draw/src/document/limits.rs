//! How much of a document is too much. Owns no state.

use serde::{Deserialize, Serialize};

use crate::document::error::{DocumentError, DocumentQuantity};
use crate::document::model::{Block, Document, Run, Section, Table};
use crate::picture::ImageLimits;

/// Bounds that are checked before a PDF is made, but for its pages, which are counted while they are. The default fits a
/// worker process with 256 MiB of address space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentLimits {
    /// Bytes of all text, in UTF-8.
    pub text: u64,
    /// Sections, blocks, points of lists, cells of tables, runs and references together.
    pub parts: u64,
    /// Columns of a table.
    pub columns: u64,
    /// Pictures.
    pub pictures: u64,
    /// Bytes of all pictures' files together.
    pub picture_bytes: u64,
    /// Pages.
    pub pages: u64,
    /// For each picture: bytes, pixels, memory.
    pub images: ImageLimits,
}

impl Default for DocumentLimits {
    fn default() -> Self {
        Self {
            text: 500_000,
            parts: 20_000,
            columns: 12,
            pictures: 20,
            picture_bytes: 16 << 20,
            pages: 300,
            // A photograph of a telephone. The whole document is in memory beside it, so there is less for each picture
            // than where it is alone.
            images: ImageLimits {
                pixels: 4096 * 3072,
                ..ImageLimits::default()
            },
        }
    }
}

impl DocumentLimits {
    pub(super) fn check(&self, document: &Document) -> Result<(), DocumentError> {
        let amount = Amount::of(document);
        within(DocumentQuantity::Text, amount.text, self.text)?;
        within(DocumentQuantity::Parts, amount.parts, self.parts)?;
        within(DocumentQuantity::Columns, amount.columns, self.columns)?;
        within(DocumentQuantity::Pictures, amount.pictures, self.pictures)?;
        within(
            DocumentQuantity::PictureBytes,
            amount.picture_bytes,
            self.picture_bytes,
        )
    }

    pub(super) fn check_pages(&self, pages: usize) -> Result<(), DocumentError> {
        within(DocumentQuantity::Pages, pages as u64, self.pages)
    }
}

fn within(what: DocumentQuantity, value: u64, most: u64) -> Result<(), DocumentError> {
    if value > most {
        return Err(DocumentError::TooLarge { what, most });
    }
    Ok(())
}

/// How much there is of everything.
#[derive(Default)]
struct Amount {
    text: u64,
    parts: u64,
    columns: u64,
    pictures: u64,
    picture_bytes: u64,
}

impl Amount {
    fn of(document: &Document) -> Self {
        let mut amount = Self::default();
        let words = &document.words;
        let front = [
            &document.title,
            &document.subtitle,
            &document.author,
            &document.date,
            &document.language,
            &words.contents,
            &words.references,
            &words.figure,
            &words.read,
        ];
        front.into_iter().for_each(|text| amount.text(text));
        document
            .sections
            .iter()
            .for_each(|section| amount.section(section));
        for reference in &document.references {
            amount.parts += 1;
            let texts = [
                &reference.title,
                &reference.site,
                &reference.address,
                &reference.read,
            ];
            texts.into_iter().for_each(|text| amount.text(text));
        }
        amount
    }

    fn text(&mut self, text: &str) {
        self.text += text.len() as u64;
    }

    fn section(&mut self, section: &Section) {
        self.parts += 1;
        self.text(&section.heading);
        for block in &section.blocks {
            self.parts += 1;
            match block {
                Block::Paragraph(runs) => self.runs(runs),
                Block::Bullets(points) | Block::Numbers(points) => self.many(points),
                Block::Quote { words, source } => {
                    self.runs(words);
                    self.runs(source);
                }
                Block::Table(table) => self.table(table),
                Block::Picture { bytes, caption } => {
                    self.pictures += 1;
                    self.picture_bytes += bytes.len() as u64;
                    self.runs(caption);
                }
            }
        }
    }

    fn table(&mut self, table: &Table) {
        for row in std::iter::once(&table.head).chain(&table.rows) {
            self.columns = self.columns.max(row.len() as u64);
            self.parts += 1;
            self.many(row);
        }
    }

    fn many(&mut self, texts: &[Vec<Run>]) {
        for runs in texts {
            self.parts += 1;
            self.runs(runs);
        }
    }

    fn runs(&mut self, runs: &[Run]) {
        for run in runs {
            self.parts += 1;
            match run {
                Run::Text { words, .. } => self.text(words),
                Run::Link { words, address } => {
                    self.text(words);
                    self.text(address);
                }
                Run::Citation(_) => {}
            }
        }
    }
}
