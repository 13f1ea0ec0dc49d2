//! White space and control characters of texts that come from elsewhere. Pure functions.

/// Text in one line: every run of white space is one space, and nothing is around it.
pub(super) fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let is_visible = |word: &&str| word.chars().any(|c| !c.is_control());
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
    let mut clean = String::with_capacity(text.len());
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let first = lines
        .iter()
        .position(|line| !line.is_empty())
        .unwrap_or(lines.len());
    let last = lines
        .iter()
        .rposition(|line| !line.is_empty())
        .map_or(first, |last| last + 1);
    for (index, line) in lines[first..last].iter().enumerate() {
        if index > 0 {
            clean.push('\n');
        }
        push_visible(&mut clean, line);
    }
    clean
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

fn push_visible(into: &mut String, text: &str) {
    into.extend(text.chars().filter(|&c| c == '\t' || !c.is_control()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_made_one_and_control_characters_go() {
        assert_eq!(clean(" a\u{a0}\t b\r\nc\u{7}\u{1b}[1m "), "a b c[1m");
        assert_eq!(clean("a \u{7f} \u{b}b \0"), "a b");
        assert_eq!(clean_lines("a  b\n\n \n c\n"), "a b\nc");
        assert_eq!(clean_preformatted("\n\n  a\t\n\n\tb  \n\n"), "  a\n\n\tb");
        assert_eq!(clean_preformatted(" \n"), "");
        assert_eq!(clean_to("abc  def", 5), Some("abc d…".to_owned()));
        assert_eq!(clean_to("abcde", 5), Some("abcde".to_owned()));
        assert_eq!(clean_to(" \n", 5), None);
    }
}
