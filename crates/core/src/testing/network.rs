//! A network that exists only in memory. Pure data.

use std::time::Duration;

use crate::capabilities::{
    ButtonLimits, Capabilities, CommandRules, FileLimits, Markup, NameCharacters, Pace, Rate, Support,
    TextLimits, TextUnit,
};
use crate::id::{AccountId, Chat, ChatId, NetworkId};

/// The network that exists only in memory.
pub const NETWORK: NetworkId = NetworkId::new("paper");

/// A small network's limits, without any pace of its own.
#[must_use]
pub fn capabilities() -> Capabilities {
    Capabilities {
        text: TextLimits {
            message: 4096,
            caption: 1024,
            unit: TextUnit::Utf16,
            markup: Markup::Entities,
            spans: 100,
            headings: true,
        },
        buttons: ButtonLimits {
            per_row: 5,
            rows: 5,
            label: 40,
            url: 512,
            token: 64,
        },
        files: FileLimits {
            per_message: 10,
            group_buttons: false,
            mixed: true,
            photo_bytes: 10 << 20,
            upload_bytes: 50 << 20,
            download_bytes: 20 << 20,
        },
        commands: CommandRules {
            count: 100,
            name: 32,
            name_characters: NameCharacters::AsciiSnake,
            description: 100,
            options: None,
        },
        pace: Pace {
            private: Rate::UNLIMITED,
            group: Rate::UNLIMITED,
            broadcast: Rate::UNLIMITED,
            edit_private: Duration::ZERO,
            edit_group: Duration::ZERO,
            in_flight: 32,
        },
        edit: Support::Native,
        delete: Support::Native,
        react: Support::Native,
        typing: Support::Native,
        drafts: Support::No,
        ephemeral: Support::No,
        keyed_sends: Support::No,
    }
}

/// A chat of the network in memory.
#[must_use]
pub fn chat(id: &str) -> Chat {
    Chat {
        network: NETWORK,
        account: AccountId::new("1"),
        id: ChatId::new(id),
        thread: None,
    }
}
