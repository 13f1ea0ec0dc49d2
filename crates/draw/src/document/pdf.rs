//! A document as a PDF: laid out in rows, broken into pages, written with the letters that it uses. Owns nothing that
//! outlives the call.

mod blocks;
mod brush;
mod front;
mod look;
mod pages;
mod rows;
mod shaped;
mod table;
mod tree;
mod words;
mod write;

use krilla::tagging::TagKind;
use serde::{Deserialize, Serialize};

use crate::document::error::DocumentError;
use crate::document::limits::DocumentLimits;
use crate::document::model::Document;
use crate::text::{Fonts, Missing};
use rows::{Place, Row};
use tree::Tree;

/// A PDF and what there is to say of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pdf {
    /// The file. The same document gives the same bytes.
    pub bytes: Vec<u8>,
    /// How many pages it has, at least one.
    pub pages: usize,
    /// Characters that no shipped font has: they are drawn as a box, but can be searched and copied. Shipped are Latin,
    /// Greek, Cyrillic and emoji.
    pub missing: Vec<char>,
}

impl Document {
    /// Makes a PDF on A4: title, contents if there are more than two sections, text, references. Its text can be
    /// searched and copied, its links can be followed, and its headings are bookmarks.
    pub fn pdf(&self, limits: &DocumentLimits) -> Result<Pdf, DocumentError> {
        limits.check(self)?;
        let mut layout = Layout::new(limits);
        let rows = layout.document(self)?;
        let pages = pages::broken(rows, limits)?;
        write::write(self, &mut layout, pages)
    }
}

/// Makes rows. Owns the parsed fonts and what was seen of the document so far.
struct Layout<'a> {
    fonts: Fonts,
    missing: Missing,
    tree: Tree,
    limits: &'a DocumentLimits,
    /// The headings so far, for places and bookmarks.
    headings: usize,
    pictures: usize,
    /// How many references there are: a mark leads to one of them or nowhere.
    references: usize,
}

impl<'a> Layout<'a> {
    fn new(limits: &'a DocumentLimits) -> Self {
        Self {
            fonts: Fonts::shipped(),
            missing: Missing::default(),
            tree: Tree::default(),
            limits,
            headings: 0,
            pictures: 0,
            references: 0,
        }
    }

    fn document(&mut self, document: &Document) -> Result<Vec<Row>, DocumentError> {
        self.references = document.references.len();
        let mut rows = self.title(document);
        rows.append(&mut self.contents(document));
        let mut before = blocks::LARGE_GAP;
        for section in &document.sections {
            let mut heading = self.heading(&section.heading, section.level);
            if !heading.is_empty() {
                before = 0.0;
            }
            rows.append(&mut heading);
            for block in &section.blocks {
                let mut block = self.block(block, &document.words)?;
                if let Some(first) = block.first_mut() {
                    // What stands apart does so on both sides.
                    let above = first.above;
                    first.above = above.max(before);
                    before = if above > blocks::GAP { above } else { 0.0 };
                }
                rows.append(&mut block);
            }
        }
        rows.append(&mut self.reference_list(document));
        Ok(rows)
    }

    /// Makes something that is a part of the document of this kind.
    fn tagged<T>(&mut self, tag: impl Into<TagKind>, make: impl FnOnce(&mut Self) -> T) -> T {
        let element = self.tree.add(tag);
        let outer = self.tree.open(Some(element));
        let made = make(self);
        self.tree.open(outer);
        made
    }

    /// The place of the next heading.
    fn next_heading(&mut self) -> Place {
        let place = Place::Heading(self.headings);
        self.headings += 1;
        place
    }
}
