//! What a document is: plain data, in the order in which it is read. Owns no state.

use serde::{Deserialize, Serialize};

/// A document. Every text in it may come from anywhere: it is shown as it is and never becomes markup.
///
/// Spaces and new lines within a text count as one space. Characters that control how text is shown (for example those
/// that turn the direction of writing) are left out.
///
/// ```
/// use duologue_draw::document::{Block, Document, DocumentLimits, Level, Run, Section};
///
/// let document = Document {
///     title: "Tea in Frisia".to_owned(),
///     sections: vec![Section {
///         level: Level::One,
///         heading: "How it is drunk".to_owned(),
///         blocks: vec![Block::Paragraph(vec![Run::plain("With cream, and "), Run::bold("never stirred.")])],
///     }],
///     ..Document::default()
/// };
/// let pdf = document.pdf(&DocumentLimits::default())?;
/// assert_eq!((pdf.pages, pdf.missing.len()), (1, 0));
/// assert!(document.markdown().ends_with("With cream, and **never stirred.**\n"));
/// # Ok::<(), duologue_draw::document::DocumentError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// What it is called; it stands below each page too.
    pub title: String,
    /// What stands below the title; may be empty.
    pub subtitle: String,
    /// Who made it; may be empty.
    pub author: String,
    /// When it was made, as people read it; may be empty.
    pub date: String,
    /// The language of its text (BCP 47, for example `en` or `de-AT`), for reading it aloud. What is no such tag is not
    /// written.
    pub language: String,
    /// The words that are written without being asked for.
    pub words: Words,
    /// Its text.
    pub sections: Vec<Section>,
    /// Where it comes from: [`Run::Citation`] counts them from 1.
    pub references: Vec<Reference>,
}

/// The words that a document says by itself, in its language. The default is English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// Above the list of sections.
    pub contents: String,
    /// Above the list of references.
    pub references: String,
    /// Before the number of a picture.
    pub figure: String,
    /// Before the day on which a reference was read.
    pub read: String,
}

impl Default for Words {
    fn default() -> Self {
        Self {
            contents: "Contents".to_owned(),
            references: "References".to_owned(),
            figure: "Figure".to_owned(),
            read: "read".to_owned(),
        }
    }
}

/// A part of a document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// How deep it lies.
    pub level: Level,
    /// Its heading. With an empty one the text begins without, and the contents do not have it.
    pub heading: String,
    /// Its text.
    pub blocks: Vec<Block>,
}

/// How deep a section lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// A main part.
    #[default]
    One,
    /// A part of a main part.
    Two,
    /// A part of that.
    Three,
}

/// What stands below each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// Text.
    Paragraph(Vec<Run>),
    /// Points in no order.
    Bullets(Vec<Vec<Run>>),
    /// Points in their order, counted from 1.
    Numbers(Vec<Vec<Run>>),
    /// What somebody else said.
    Quote {
        /// The words.
        words: Vec<Run>,
        /// Who said them and where; may be empty.
        source: Vec<Run>,
    },
    /// A small table.
    Table(Table),
    /// A picture, as large as it is but not larger than the page's text. All kinds that [`probe`] knows are read; an
    /// animation shows its first frame.
    ///
    /// [`probe`]: crate::picture::probe
    Picture {
        /// The file.
        bytes: Vec<u8>,
        /// What stands below it, after "Figure" and its number; may be empty.
        caption: Vec<Run>,
    },
}

/// Rows of cells. Rows that are shorter than others end in empty cells.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// What the columns are; it is repeated on each page. May be empty.
    pub head: Vec<Vec<Run>>,
    /// The rows, each a list of cells.
    pub rows: Vec<Vec<Vec<Run>>>,
}

/// A piece of text in one look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Run {
    /// Words.
    Text {
        /// The words.
        words: String,
        /// How they look.
        style: Style,
    },
    /// Words that lead somewhere.
    Link {
        /// The words; the address, where they are empty.
        words: String,
        /// Where: `http`, `https` or `mailto`. What is none of these is shown as words alone.
        address: String,
    },
    /// A mark like `[3]` that leads to that reference.
    Citation(u32),
}

/// How words look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// Like the text around them.
    #[default]
    Plain,
    /// They matter.
    Bold,
    /// Another voice.
    Italic,
}

impl Run {
    /// Words in the look of the text.
    pub fn plain(words: impl Into<String>) -> Self {
        let (words, style) = (words.into(), Style::Plain);
        Self::Text { words, style }
    }

    /// Words that matter.
    pub fn bold(words: impl Into<String>) -> Self {
        let (words, style) = (words.into(), Style::Bold);
        Self::Text { words, style }
    }

    /// Words in another voice.
    pub fn italic(words: impl Into<String>) -> Self {
        let (words, style) = (words.into(), Style::Italic);
        Self::Text { words, style }
    }

    /// Words that lead to an address.
    pub fn link(words: impl Into<String>, address: impl Into<String>) -> Self {
        let (words, address) = (words.into(), address.into());
        Self::Link { words, address }
    }
}

/// Where something in the document comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// What it is called.
    pub title: String,
    /// Whose it is, for example the name of a site; may be empty.
    pub site: String,
    /// Where it is; may be empty. It can be followed if it is `http`, `https` or `mailto`.
    pub address: String,
    /// The day on which it was read, as people read it; may be empty.
    pub read: String,
}

impl Document {
    /// The sections that have a heading.
    pub(super) fn headed(&self) -> impl Iterator<Item = &Section> {
        self.sections
            .iter()
            .filter(|section| !section.heading.trim().is_empty())
    }
}
