//! What a network can do and how much of it, as data. Each adapter declares one; rendering, pacing and the check of
//! commands read it.

use std::time::Duration;

use crate::content::Style;

/// What a network can do, with its limits.
#[derive(Clone, Debug)]
pub struct Capabilities {
    /// Lengths of text.
    pub text: TextLimits,
    /// What buttons may be.
    pub buttons: ButtonLimits,
    /// What files may be.
    pub files: FileLimits,
    /// What commands may be.
    pub commands: CommandRules,
    /// How fast one may speak.
    pub pace: Pace,
    /// Whether a message can be changed.
    pub edit: Support,
    /// Whether a message can be taken back.
    pub delete: Support,
    /// Whether a message can be reacted to.
    pub react: Support,
    /// Whether the bot can show that it writes.
    pub typing: Support,
    /// Whether the bot can show what it is writing in a private chat, with a button that stops it. The press comes as
    /// [`EventKind::Stop`](crate::EventKind::Stop).
    pub drafts: Support,
    /// Whether an answer can be shown to one person alone.
    pub ephemeral: Support,
    /// Whether the network recognizes a message that is sent again under its [`nonce`](crate::SendOperation::nonce), for
    /// some minutes.
    pub keyed_sends: Support,
}

/// Whether a network can do a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// It can.
    Native,
    /// The adapter makes it from something else, as the words say.
    Emulated(&'static str),
    /// It cannot.
    No,
}

/// Lengths of text.
#[derive(Clone, Debug)]
pub struct TextLimits {
    /// The most that one message holds, in units.
    pub message: usize,
    /// The most that stands beside a file, in units.
    pub caption: usize,
    /// How lengths are counted.
    pub unit: TextUnit,
    /// How styles travel.
    pub markup: Markup,
    /// The most stretches of style in one message.
    pub spans: usize,
    /// Whether headings exist; without, they are shown bold.
    pub headings: bool,
}

/// How lengths are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextUnit {
    /// UTF-16 code units.
    Utf16,
    /// Unicode scalar values.
    Chars,
}

/// How styles travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Markup {
    /// Beside the text, by position: the text is counted without them.
    Entities,
    /// In the text, as Markdown: what [`markdown`](crate::render::markdown) writes is counted.
    Markdown,
}

/// What buttons may be.
#[derive(Clone, Debug)]
pub struct ButtonLimits {
    /// The most buttons in a row.
    pub per_row: usize,
    /// The most rows.
    pub rows: usize,
    /// The longest label, in characters.
    pub label: usize,
    /// The longest address, in characters.
    pub url: usize,
    /// The longest token, in bytes.
    pub token: usize,
}

/// What files may be.
#[derive(Clone, Debug)]
pub struct FileLimits {
    /// The most files in one message.
    pub per_message: usize,
    /// Whether a message of several files can hold buttons.
    pub group_buttons: bool,
    /// Whether files of different kinds can share a message.
    pub mixed: bool,
    /// The largest picture, in bytes; a larger one goes as a document.
    pub photo_bytes: u64,
    /// The largest file to send, in bytes.
    pub upload_bytes: u64,
    /// The largest file to fetch, in bytes.
    pub download_bytes: u64,
}

/// What commands may be.
#[derive(Clone, Debug)]
pub struct CommandRules {
    /// The most commands in one menu.
    pub count: usize,
    /// The longest name, in characters.
    pub name: usize,
    /// Which characters a name may have.
    pub name_characters: NameCharacters,
    /// The longest description, in characters.
    pub description: usize,
    /// Typed options, where the network has them.
    pub options: Option<OptionRules>,
}

/// Which characters a command's name may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameCharacters {
    /// `a` to `z`, `0` to `9` and `_`.
    AsciiSnake,
    /// Letters and digits of any script in lower case, `-`, `_` and `'`.
    UnicodeLower,
}

/// What typed options may be.
#[derive(Clone, Debug)]
pub struct OptionRules {
    /// The most options of a command.
    pub count: usize,
    /// The longest name, in characters; the characters are those of a command's name.
    pub name: usize,
    /// The longest description, in characters.
    pub description: usize,
    /// The most choices of an option.
    pub choices: usize,
    /// The longest choice, in characters.
    pub choice: usize,
    /// The most characters of a command as a whole: names, descriptions and values.
    pub total: usize,
}

/// How fast one may speak. What the network answers (429) always counts more than these figures.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Messages to one private chat.
    pub private: Rate,
    /// Messages to one group.
    pub group: Rate,
    /// Messages of a broadcast to all chats together.
    pub broadcast: Rate,
    /// The shortest time between two edits in one private chat.
    pub edit_private: Duration,
    /// The shortest time between two edits in one group.
    pub edit_group: Duration,
    /// The most calls in flight at once.
    pub in_flight: usize,
}

/// So many at once, and then one per interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many may go at once after a silence.
    pub burst: u32,
    /// After how long another one may go.
    pub interval: Duration,
}

impl Rate {
    /// No limit of our own: only what the network answers counts.
    pub const UNLIMITED: Self = Self {
        burst: u32::MAX,
        interval: Duration::ZERO,
    };
}

impl TextLimits {
    /// The length of a text as this network counts it.
    #[must_use]
    pub fn measure(&self, text: &crate::content::StyledText) -> usize {
        match (self.markup, self.unit) {
            (Markup::Entities, TextUnit::Utf16) => text.utf16_len(),
            (Markup::Entities, TextUnit::Chars) => text.text.chars().count(),
            (Markup::Markdown, TextUnit::Utf16) => crate::content::utf16_len(&crate::render::markdown(text)),
            (Markup::Markdown, TextUnit::Chars) => crate::render::markdown(text).chars().count(),
        }
    }

    /// Whether this network shows a style as what it is.
    #[must_use]
    pub fn shows(&self, style: &Style) -> bool {
        self.headings || !matches!(style, Style::Heading)
    }
}
