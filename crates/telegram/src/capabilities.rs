//! What Telegram can do and how much of it, as data, with where each figure is from. Pure data.
//!
//! Anchors such as `#sendmessage` stand for `https://core.telegram.org/bots/api#sendmessage`.

use std::time::Duration;

use duologue_core::{
    ButtonLimits, Capabilities, CommandRules, FileLimits, Markup, NameCharacters, Pace, Rate, Support,
    TextLimits, TextUnit,
};

/// The longest text, in UTF-16 units: "1-4096 characters after entities parsing" (`#sendmessage`). Reports differ on
/// what is counted; UTF-16 units are the stricter reading.
pub(crate) const TEXT: usize = 4096;

/// The longest caption, in UTF-16 units: "0-1024 characters after entities parsing" (`#sendphoto`).
pub(crate) const CAPTION: usize = 1024;

/// The longest note on a press: "0-200 characters" (`#answercallbackquery`).
pub(crate) const NOTE: usize = 200;

/// The largest file to send, in bytes: "50 MB max size for other files" (`#sending-files`).
pub(crate) const UPLOAD_BYTES: u64 = 50 << 20;

/// The largest picture, in bytes: "10 MB max size for photos" (`#sending-files`).
pub(crate) const PHOTO_BYTES: u64 = 10 << 20;

/// The largest file to fetch, in bytes: "bots can download files of up to 20MB in size" (`#getfile`).
pub(crate) const DOWNLOAD_BYTES: u64 = 20 << 20;

/// Items of an album: "must include 2-10 items" (`#sendmediagroup`).
pub(crate) const ALBUM: usize = 10;

/// What Telegram can do, at a pace.
#[must_use]
pub fn capabilities(pace: Pace) -> Capabilities {
    Capabilities {
        text: TextLimits {
            message: TEXT,
            caption: CAPTION,
            // "Offset in UTF-16 code units" (#messageentity).
            unit: TextUnit::Utf16,
            markup: Markup::Entities,
            // The network keeps about 100 entities of a message and drops the rest; found by experiment, undocumented.
            spans: 100,
            headings: false,
        },
        buttons: ButtonLimits {
            // A keyboard holds 100 buttons and its clients show 8 in a row; undocumented. 12 rows of 8 always fit.
            per_row: 8,
            rows: 12,
            // No limit is documented; clients cut what does not fit on the screen.
            label: 64,
            // No limit is documented; longer ones are refused by some servers.
            url: 2048,
            // "Data to be sent in a callback query to the bot when the button is pressed, 1-64 bytes"
            // (#inlinekeyboardbutton).
            token: 64,
        },
        files: FileLimits {
            per_message: ALBUM,
            // #sendmediagroup has no reply_markup.
            group_buttons: false,
            // "Documents and audio files can be only grouped in an album with messages of the same type"
            // (#sendmediagroup).
            mixed: false,
            photo_bytes: PHOTO_BYTES,
            upload_bytes: UPLOAD_BYTES,
            download_bytes: DOWNLOAD_BYTES,
        },
        commands: CommandRules {
            // "At most 100 commands can be specified" (#setmycommands).
            count: 100,
            // "1-32 characters. Can contain only lowercase English letters, digits and underscores" (#botcommand).
            name: 32,
            name_characters: NameCharacters::AsciiSnake,
            // "1-256 characters" (#botcommand).
            description: 256,
            options: None,
        },
        pace,
        edit: Support::Native,
        delete: Support::Native,
        react: Support::Native,
        typing: Support::Native,
        // #sendmessagedraft: a preview of 30 seconds, in private chats alone; a server that does not know it says so.
        drafts: Support::Native,
        ephemeral: Support::No,
        // The Bot API has no key for a message.
        keyed_sends: Support::No,
    }
}

/// The pace that the network recommends to bots (<https://core.telegram.org/bots/faq>, "My bot is hitting limits"):
/// one message per second in a chat with short bursts, 20 per minute in a group, 30 per second in a broadcast.
#[must_use]
pub fn pace() -> Pace {
    Pace {
        private: Rate {
            burst: 5,
            interval: Duration::from_secs(1),
        },
        group: Rate {
            burst: 5,
            interval: Duration::from_secs(3),
        },
        broadcast: Rate {
            burst: 30,
            interval: Duration::from_millis(34),
        },
        // Edits have no figure of their own; in groups they were seen to count as messages, about 20 per minute.
        edit_private: Duration::from_secs(1),
        edit_group: Duration::from_secs(3),
        in_flight: 32,
    }
}
