//! White space and control characters of texts that come from elsewhere. Pure functions.

/// Text in one line: every run of white space is one space, and nothing is around it.
pub(super) fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let is_visible = |word: &&str| word.chars().any(|c| !is_hidden(c));
    for word in text.split(is_blank).filter(is_visible) {
        if !clean.is_empty() {
            clean.push(' ');
        }
        push_visible(&mut clean, word);
    }
    clean
}

/// Text in lines, each clean, without empty ones.
pub(super) fn clean_lines(text: &str) -> String {
    let mut clean_text = String::with_capacity(text.len());
    for line in text.split('\n').map(clean).filter(|line| !line.is_empty()) {
        if !clean_text.is_empty() {
            clean_text.push('\n');
        }
        clean_text.push_str(&line);
    }
    clean_text
}

/// Text whose spaces count: without empty lines around it, and without control characters.
pub(super) fn clean_preformatted(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for line in text.lines() {
        push_visible(&mut visible, line);
        visible.truncate(visible.trim_end_matches(|c| c != '\n' && is_blank(c)).len());
        visible.push('\n');
    }
    let begin = visible.len() - visible.trim_start_matches('\n').len();
    visible[begin..].trim_end().to_owned()
}

/// Text in one line of at most so many characters; `None` if nothing is left.
pub(super) fn clean_to(text: &str, characters: usize) -> Option<String> {
    let mut clean = clean(text);
    if let Some((end, _)) = clean.char_indices().nth(characters) {
        clean.truncate(end);
        clean.push('…');
    }
    (!clean.is_empty()).then_some(clean)
}

/// Characters that separate words, the no-break space among them.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
}

/// Control characters, and those that turn the order of what follows, also of what others write behind this text. The
/// marks that right-to-left scripts need are not among them.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn push_visible(into: &mut String, text: &str) {
    into.extend(text.chars().filter(|&c| c == '\t' || !is_hidden(c)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_made_one_and_characters_that_nobody_sees_go() {
        assert_eq!(clean(" a\u{a0}\t b\r\nc\u{7}\u{1b}[1m "), "a b c[1m");
        assert_eq!(clean("a \u{7f} \u{b}b \0"), "a b");
        assert_eq!(
            clean("\u{202e}exe.\u{2066}a\u{200f} \u{202c} b"),
            "exe.a\u{200f} b"
        );
        assert_eq!(clean_lines("a  b\n\n \n c\n"), "a b\nc");
        assert_eq!(clean_preformatted("\n\n  a\t\n\n\tb  \n\n"), "  a\n\n\tb");
        assert_eq!(clean_preformatted(" \n"), "");
        assert_eq!(clean_preformatted("\0\n \u{202e} \n a\0 \n\n\u{202e}"), " a");
        assert_eq!(clean_to("abc  def", 5), Some("abc d…".to_owned()));
        assert_eq!(clean_to("abcde", 5), Some("abcde".to_owned()));
        assert_eq!(clean_to(" \n", 5), None);
    }
}
