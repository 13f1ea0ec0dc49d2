//! What Discord can do, as data. Each figure names its place in discord-api-docs.

use std::time::Duration;

use duologue_core::{
    ButtonLimits, Capabilities, CommandRules, FileLimits, Markup, NameCharacters, OptionRules, Pace, Rate,
    Support, TextLimits, TextUnit,
};

use crate::call::MAX_IN_FLIGHT;

/// The largest file without a boosted server, in bytes (reference, "Uploading files").
pub(crate) const UPLOAD_BYTES: u64 = 10 << 20;

/// The most characters that a text option takes (interactions/application-commands, "max_length").
pub(crate) const OPTION_TEXT: usize = 6_000;

pub(crate) fn capabilities() -> Capabilities {
    Capabilities {
        text: TextLimits {
            // resources/message, "content". The docs speak of characters; UTF-16 is the stricter reading.
            message: 2_000,
            caption: 2_000,
            unit: TextUnit::Utf16,
            markup: Markup::Markdown,
            spans: usize::MAX,
            headings: true,
        },
        // components/reference, "Action Row" and "Button".
        buttons: ButtonLimits {
            per_row: 5,
            rows: 5,
            label: 80,
            url: 512,
            token: 100,
        },
        files: FileLimits {
            // resources/message, "files[n]".
            per_message: 10,
            group_buttons: true,
            mixed: true,
            photo_bytes: UPLOAD_BYTES,
            upload_bytes: UPLOAD_BYTES,
            // What members with a subscription can upload.
            download_bytes: 500 << 20,
        },
        // interactions/application-commands.
        commands: CommandRules {
            count: 100,
            name: 32,
            name_characters: NameCharacters::UnicodeLower,
            description: 100,
            options: Some(OptionRules {
                count: 25,
                name: 32,
                description: 100,
                choices: 25,
                choice: 100,
                total: 8_000,
            }),
        },
        pace: Pace {
            // The limits come with each answer, and this crate's book says when to wait.
            private: Rate::UNLIMITED,
            group: Rate::UNLIMITED,
            // Half of the 50 calls a second that all calls share (topics/rate-limits, "Global rate limit").
            broadcast: Rate {
                burst: 10,
                interval: Duration::from_millis(40),
            },
            edit_private: Duration::from_secs(1),
            edit_group: Duration::from_secs(1),
            in_flight: MAX_IN_FLIGHT,
        },
        edit: Support::Native,
        delete: Support::Native,
        react: Support::Native,
        typing: Support::Native,
        drafts: Support::No,
        ephemeral: Support::Emulated("only as the answer to a command or a press"),
        // `enforce_nonce` with a `nonce`: checked against the messages of the past few minutes (resources/message).
        keyed_sends: Support::Native,
    }
}
