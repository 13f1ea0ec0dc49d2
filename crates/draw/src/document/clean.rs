//! Text as it is shown: spaces count once, and nothing hidden in it changes how the rest looks. Owns no state.

use crate::document::address::followed;
use crate::document::model::{Run, Style};

/// A text without what controls how text is shown, each run of spaces and new lines as one space, none at its ends.
pub(super) fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    push(&mut cleaned, text, AtStart(true));
    cleaned.truncate(cleaned.trim_end_matches(' ').len());
    cleaned
}

/// A part of a paragraph in one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Cleaned, and not empty.
    pub(super) words: String,
    pub(super) look: Look,
}

/// How a part of a paragraph looks, and where it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Words(Style),
    /// To an address that can be followed.
    Link(String),
    /// To the reference with this number.
    Citation(u32),
}

impl Piece {
    pub(super) fn plain(words: &str) -> Option<Self> {
        let words = clean(words);
        let look = Look::Words(Style::Plain);
        (!words.is_empty()).then_some(Self { words, look })
    }
}

/// The parts of a paragraph, cleaned as one text. Neighbours in the same style are one part.
pub(super) fn pieces(runs: &[Run]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::with_capacity(runs.len());
    let mut start = AtStart(true);
    for run in runs {
        let (words, look) = match run {
            Run::Text { words, style } => (words.clone(), Look::Words(*style)),
            Run::Citation(number) => (format!("[{number}]"), Look::Citation(*number)),
            Run::Link { words, address } => {
                let words = if clean(words).is_empty() { address } else { words };
                let look = followed(address).map_or(Look::Words(Style::Plain), Look::Link);
                (words.clone(), look)
            }
        };
        let mut cleaned = String::with_capacity(words.len());
        start = push(&mut cleaned, &words, start);
        match pieces.last_mut() {
            Some(last) if last.look == look && matches!(look, Look::Words(_)) => {
                last.words.push_str(&cleaned)
            }
            _ if cleaned.is_empty() => {}
            _ => {
                let words = cleaned;
                pieces.push(Piece { words, look });
            }
        }
    }
    if let Some(last) = pieces.last_mut() {
        last.words.truncate(last.words.trim_end_matches(' ').len());
        if last.words.is_empty() {
            pieces.pop();
        }
    }
    pieces
}

/// Whether a space would be the first character or follow another space.
#[derive(Clone, Copy)]
struct AtStart(bool);

fn push(cleaned: &mut String, text: &str, mut start: AtStart) -> AtStart {
    for letter in text.chars() {
        if is_space(letter) {
            if !start.0 {
                cleaned.push(' ');
            }
            start = AtStart(true);
        } else if !is_hidden(letter) {
            cleaned.push(letter);
            start = AtStart(false);
        }
    }
    start
}

/// All spaces but those that keep words together.
fn is_space(letter: char) -> bool {
    letter.is_whitespace() && !matches!(letter, '\u{A0}' | '\u{2007}' | '\u{202F}')
}

/// What has no shape of its own: controls, soft hyphens, what turns the direction of writing, tags, and what is no
/// character at all. Joiners stay, since letters and emoji need them.
fn is_hidden(letter: char) -> bool {
    let marks = matches!(letter,
        '\u{AD}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFB}'
        | '\u{FDD0}'..='\u{FDEF}' | '\u{E0000}'..='\u{E0FFF}');
    // The last two of each plane are set aside.
    letter.is_control() || marks || u32::from(letter) & 0xFFFE == 0xFFFE
}

#[cfg(test)]
mod tests {
    use super::{Look, Piece, clean, pieces};
    use crate::document::model::{Run, Style};

    fn piece(words: &str, look: Look) -> Piece {
        let words = words.to_owned();
        Piece { words, look }
    }

    #[test]
    fn spaces_count_once_and_hidden_characters_not_at_all() {
        assert_eq!(clean("  one\n\n two\t\u{202E}three\u{0} \u{AD}"), "one two three");
        assert_eq!(
            clean("5\u{A0}km \u{1F469}\u{200D}\u{1F680}"),
            "5\u{A0}km \u{1F469}\u{200D}\u{1F680}"
        );
        assert_eq!(clean("\u{FFFF}\u{1FFFE}\u{E0041}"), "");
    }

    #[test]
    fn a_paragraph_is_cleaned_as_one_text() {
        let runs = [
            Run::plain(" one "),
            Run::plain(" two "),
            Run::bold(" three"),
            Run::Citation(4),
            Run::italic(" \n "),
        ];
        let expected = [
            piece("one two ", Look::Words(Style::Plain)),
            piece("three", Look::Words(Style::Bold)),
            piece("[4]", Look::Citation(4)),
        ];
        assert_eq!(pieces(&runs), expected);
    }

    #[test]
    fn a_link_without_words_shows_its_address_and_one_without_an_address_is_words() {
        let runs = [
            Run::link(" ", "https://example.org"),
            Run::link("press me", "javascript:alert(1)"),
        ];
        let expected = [
            piece(
                "https://example.org",
                Look::Link("https://example.org".to_owned()),
            ),
            piece("press me", Look::Words(Style::Plain)),
        ];
        assert_eq!(pieces(&runs), expected);
    }
}
