//! Content as a tree: what a bot says, before any network's form of it. Pure data with builders.

mod inline;
mod media;
mod styled;

pub use self::inline::{
    Inline, Inlines, bold, code, italic, link, mention, spoiler, strike, text, underline,
};
pub use self::media::{Media, MediaSource};
pub(crate) use self::styled::utf16_len;
pub use self::styled::{Span, Style, StyledText};

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::press::ButtonAction;

/// What a bot says: a list of blocks.
///
/// ```
/// use duologue_core::content::{Content, bold};
///
/// let content = Content::text("Dinner is ready.")
///     .paragraph([bold("Tonight: "), "soup".into()])
///     .list(["bread", "salt"]);
/// assert_eq!(content.to_plain(), "Dinner is ready.\n\nTonight: soup\n\n• bread\n• salt");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content {
    /// The blocks, from top to bottom.
    pub blocks: Vec<Block>,
}

/// One block of content.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Block {
    /// Running text.
    Paragraph(Vec<Inline>),
    /// A heading; networks without headings show it bold.
    Heading(Vec<Inline>),
    /// Lines of code, with the language where it is known.
    Code {
        /// The language's short name, such as `rust`.
        language: Option<SmolStr>,
        /// The code itself.
        text: String,
    },
    /// Items with bullets, or with numbers from 1.
    List {
        /// Whether the items are numbered.
        ordered: bool,
        /// The items; each is running text.
        items: Vec<Vec<Inline>>,
    },
    /// Somebody else's words.
    Quote(Vec<Inline>),
    /// A picture or another file.
    Media(Media),
    /// Rows of buttons. All rows of a content stand under its last message.
    Buttons(Vec<Vec<Button>>),
    /// A block with a rule of its own for a network that lacks it.
    Ruled(Box<Block>, Fallback),
}

/// What becomes of a block on a network that lacks it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fallback {
    /// Nothing is sent; the send fails with [`SendError::Unsupported`](crate::SendError).
    Strict,
    /// The default rule of that block.
    Loose,
    /// This content stands in its place.
    Alternative(Content),
    /// It is left out, and the receipt says so.
    Omit,
}

/// A button under a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Button {
    /// What stands on it.
    pub label: SmolStr,
    /// What it does.
    pub action: ButtonAction,
    /// How it looks, where the network can.
    pub style: ButtonStyle,
}

/// How a button looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ButtonStyle {
    /// The thing to do.
    Primary,
    /// One choice among others.
    #[default]
    Secondary,
    /// It takes something away.
    Danger,
}

impl Button {
    /// A button that opens an address.
    #[must_use]
    pub fn link(label: impl Into<SmolStr>, url: impl Into<String>) -> Self {
        Self::with_action(label, ButtonAction::Open(url.into()))
    }

    /// A button that does what the command does with these arguments, as if its presser had typed it.
    #[must_use]
    pub fn command(
        label: impl Into<SmolStr>,
        name: impl Into<SmolStr>,
        arguments: impl Into<String>,
    ) -> Self {
        Self::with_action(
            label,
            ButtonAction::Command {
                name: name.into(),
                arguments: arguments.into(),
            },
        )
    }

    /// A button with an action.
    #[must_use]
    pub fn with_action(label: impl Into<SmolStr>, action: ButtonAction) -> Self {
        Self {
            label: label.into(),
            action,
            style: ButtonStyle::default(),
        }
    }

    /// The same button in another look.
    #[must_use]
    pub fn style(mut self, style: ButtonStyle) -> Self {
        self.style = style;
        self
    }
}

impl Content {
    /// Empty content.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One paragraph of plain text. No character of it is markup.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            blocks: vec![Block::Paragraph(vec![Inline::Text(text.into())])],
        }
    }

    /// With another block at the end.
    #[must_use]
    pub fn block(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// With a paragraph.
    #[must_use]
    pub fn paragraph(self, inlines: impl Into<Inlines>) -> Self {
        self.block(Block::Paragraph(inlines.into().0))
    }

    /// With a heading.
    #[must_use]
    pub fn heading(self, inlines: impl Into<Inlines>) -> Self {
        self.block(Block::Heading(inlines.into().0))
    }

    /// With lines of code in no named language.
    #[must_use]
    pub fn code_block(self, text: impl Into<String>) -> Self {
        self.block(Block::Code {
            language: None,
            text: text.into(),
        })
    }

    /// With a list of bullets.
    #[must_use]
    pub fn list<T: Into<Inlines>>(self, items: impl IntoIterator<Item = T>) -> Self {
        self.block(Block::List {
            ordered: false,
            items: items.into_iter().map(|item| item.into().0).collect(),
        })
    }

    /// With a numbered list.
    #[must_use]
    pub fn numbered<T: Into<Inlines>>(self, items: impl IntoIterator<Item = T>) -> Self {
        self.block(Block::List {
            ordered: true,
            items: items.into_iter().map(|item| item.into().0).collect(),
        })
    }

    /// With a quotation.
    #[must_use]
    pub fn quote(self, inlines: impl Into<Inlines>) -> Self {
        self.block(Block::Quote(inlines.into().0))
    }

    /// With a picture or another file.
    #[must_use]
    pub fn media(self, media: Media) -> Self {
        self.block(Block::Media(media))
    }

    /// With one row of buttons.
    #[must_use]
    pub fn buttons(self, row: impl IntoIterator<Item = Button>) -> Self {
        self.block(Block::Buttons(vec![row.into_iter().collect()]))
    }

    /// The last block gets a rule of its own for networks that lack it.
    #[must_use]
    pub fn or(mut self, fallback: Fallback) -> Self {
        if let Some(block) = self.blocks.pop() {
            self.blocks.push(Block::Ruled(Box::new(block), fallback));
        }
        self
    }

    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The words alone, as a log or a screen reader wants them.
    #[must_use]
    pub fn to_plain(&self) -> String {
        let mut whole = String::new();
        for block in &self.blocks {
            let styled = block.to_styled();
            if styled.is_empty() {
                continue;
            }
            if !whole.is_empty() {
                whole.push_str("\n\n");
            }
            whole.push_str(&styled.text);
        }
        whole
    }
}

impl Block {
    /// The block's text with its styles; empty for media and buttons.
    pub(crate) fn to_styled(&self) -> StyledText {
        let mut styled = StyledText::default();
        match self {
            Self::Paragraph(inlines) => styled.push_inlines(inlines),
            Self::Heading(inlines) => styled.styled(Style::Heading, |styled| styled.push_inlines(inlines)),
            Self::Quote(inlines) => styled.styled(Style::Quote, |styled| styled.push_inlines(inlines)),
            Self::Code { language, text } => {
                styled.styled(Style::CodeBlock(language.clone()), |styled| styled.push_str(text));
            }
            Self::List { ordered, items } => {
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        styled.push_str("\n");
                    }
                    if *ordered {
                        styled.push_str(&format!("{}. ", index + 1));
                    } else {
                        styled.push_str("• ");
                    }
                    styled.push_inlines(item);
                }
            }
            Self::Media(_) | Self::Buttons(_) => {}
            Self::Ruled(block, _) => return block.to_styled(),
        }
        styled
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<StyledText> for Content {
    fn from(styled: StyledText) -> Self {
        Self {
            blocks: vec![Block::Paragraph(vec![Inline::Styled(styled)])],
        }
    }
}
