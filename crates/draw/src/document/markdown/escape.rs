//! Text within Markdown: escaped, so that it is read back as the same text (CommonMark 0.31.2). Owns no state.

use crate::document::clean::{Look, Piece};
use crate::document::model::Style;

/// A text within a line. Expects a cleaned text: it has no new lines and no spaces at its ends.
pub(super) fn escaped(text: &str) -> String {
    between(text, '\n')
}

/// The parts of a paragraph. `leads` says which references have an address to lead to.
pub(super) fn inline(pieces: &[Piece], leads: impl Fn(u32) -> bool) -> String {
    let mut written = String::new();
    for (index, piece) in pieces.iter().enumerate() {
        let next = pieces
            .get(index + 1)
            .map_or('\n', |next| first_written(next, &leads));
        match &piece.look {
            Look::Words(style) => styled(&piece.words, *style, next, &mut written),
            Look::Link(address) => {
                written.push_str(&format!(
                    "[{}]({})",
                    between(&piece.words, ']'),
                    self::address(address)
                ));
            }
            Look::Citation(number) if leads(*number) => written.push_str(&format!("[[{number}]]")),
            Look::Citation(number) => written.push_str(&format!("\\[{number}\\]")),
        }
    }
    written
}

/// An address where a link leads, so that it ends where it ends.
pub(super) fn address(address: &str) -> String {
    // It is in ASCII without spaces, brackets of this kind and backslashes; "&copy;" would be read as a sign.
    format!("<{}>", address.replace('&', "&amp;"))
}

/// How a part begins, for what must be known of it before. Words behind others with marks have none, so that their first
/// letter is what follows those marks.
fn first_written(piece: &Piece, leads: &impl Fn(u32) -> bool) -> char {
    match piece.look {
        Look::Citation(number) if !leads(number) => '\\',
        Look::Citation(_) | Look::Link(_) => '[',
        Look::Words(_) => piece.words.chars().next().unwrap_or('\n'),
    }
}

/// Words in their style. Where marks would not be read as such, there are none: the words are what matters.
fn styled(words: &str, style: Style, next: char, written: &mut String) {
    let mark = match style {
        Style::Plain => return written.push_str(&between(words, next)),
        Style::Bold => "**",
        Style::Italic => "_",
    };
    let inner = words.trim_matches(' ');
    let start = words.len() - words.trim_start_matches(' ').len();
    written.push_str(&words[..start]);
    let end = &words[start + inner.len()..];
    let after = end.chars().next().unwrap_or(next);
    let before = written.chars().next_back().unwrap_or('\n');
    if can_be_marked(inner, style, before, after) {
        written.push_str(&format!("{mark}{}{mark}", between(inner, '*')));
    } else {
        written.push_str(&between(inner, after));
    }
    written.push_str(end);
}

/// The rules of CommonMark for what opens and closes emphasis, with less than they allow: letters of other marks and
/// signs beyond ASCII are not looked up.
fn can_be_marked(inner: &str, style: Style, before: char, after: char) -> bool {
    let (Some(first), Some(last)) = (inner.chars().next(), inner.chars().next_back()) else {
        return false;
    };
    let is_mark = |letter: char| matches!(letter, '*' | '_');
    let sign = |letter: char| letter.is_ascii_punctuation() && !is_mark(letter);
    let apart = |letter: char| matches!(letter, ' ' | '\n') || sign(letter);
    if style == Style::Bold && is_letter(first) && is_letter(last) {
        return !is_mark(before) && !is_mark(after);
    }
    let ends = |letter: char| is_letter(letter) || letter.is_ascii_punctuation();
    ends(first) && ends(last) && apart(before) && apart(after)
}

/// Letters and digits, without the ones in circles and boxes, which count as signs.
fn is_letter(letter: char) -> bool {
    letter.is_alphanumeric() && !matches!(letter, '\u{24B6}'..='\u{24E9}' | '\u{1F130}'..='\u{1F189}')
}

/// Text in a line; `next` is what follows it.
fn between(text: &str, next: char) -> String {
    let mut written = String::with_capacity(text.len() + text.len() / 8);
    let mut letters = text.chars().peekable();
    let mut before = '\n';
    while let Some(letter) = letters.next() {
        let after = letters.peek().copied().unwrap_or(next);
        let marks = match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '#' | '@' | '$' => true,
            // Before a bracket it makes a picture of a link, and before letters it names a sign.
            '!' => after == '[',
            '&' => after == '#' || after.is_ascii_alphanumeric(),
            // Many programs make links of addresses without being asked.
            ':' => after == '/',
            '.' => before.eq_ignore_ascii_case(&'w') && after.is_alphanumeric(),
            _ => false,
        };
        if marks {
            written.push('\\');
        }
        written.push(letter);
        before = letter;
    }
    written
}

/// A line whose beginning is no mark of a list, of a heading or of a line across the page.
pub(super) fn line(written: &str) -> String {
    let digits = written.len()
        - written
            .trim_start_matches(|letter: char| letter.is_ascii_digit())
            .len();
    let at = match written.as_bytes().get(digits) {
        Some(b'.' | b')') if digits > 0 => digits,
        Some(b'-' | b'+' | b'=' | b':') if digits == 0 => 0,
        _ => return written.to_owned(),
    };
    format!("{}\\{}", &written[..at], &written[at..])
}
