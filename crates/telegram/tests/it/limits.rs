//! The limits as data, against the figures of the network's documentation.

use duologue_core::content::{Content, StyledText};
use duologue_core::render::render;
use duologue_core::{Markup, NameCharacters, Rate, Support, TextUnit};
use duologue_telegram::{capabilities, pace};

#[test]
fn the_figures_are_the_documented_ones() {
    let it = capabilities(pace());
    assert_eq!(
        (it.text.message, it.text.caption, it.text.spans),
        (4096, 1024, 100)
    );
    assert_eq!(
        (it.text.unit, it.text.markup),
        (TextUnit::Utf16, Markup::Entities)
    );
    assert!(!it.text.headings);
    assert_eq!(it.buttons.token, 64);
    assert!(it.buttons.per_row * it.buttons.rows <= 100);
    assert_eq!(
        (it.files.per_message, it.files.group_buttons, it.files.mixed),
        (10, false, false)
    );
    assert_eq!(
        (
            it.files.photo_bytes,
            it.files.upload_bytes,
            it.files.download_bytes
        ),
        (10 << 20, 50 << 20, 20 << 20)
    );
    assert_eq!(
        (it.commands.count, it.commands.name, it.commands.description),
        (100, 32, 256)
    );
    assert_eq!(it.commands.name_characters, NameCharacters::AsciiSnake);
    assert!(it.commands.options.is_none());
    assert_eq!(it.ephemeral, Support::No);
    for support in [it.edit, it.delete, it.react, it.typing] {
        assert_eq!(support, Support::Native);
    }
}

#[test]
fn the_pace_stays_within_what_the_network_recommends() {
    let pace = pace();
    let per_minute = |rate: Rate| 60.0 / rate.interval.as_secs_f64();
    assert!(per_minute(pace.private) <= 60.0);
    assert!(per_minute(pace.group) <= 20.0);
    assert!(per_minute(pace.broadcast) <= 30.0 * 60.0);
}

#[test]
fn text_is_split_by_utf16_units() {
    let it = capabilities(pace());
    let text = "😀".repeat(4096);
    let rendered = render(&Content::text(text), &it).unwrap();
    let lengths: Vec<usize> = rendered.parts.iter().map(|part| part.text.utf16_len()).collect();
    assert_eq!(lengths, [4096, 4096]);
    assert_eq!(it.text.measure(&StyledText::plain("a😀")), 3);
}
