//! From a message's Markdown to styled text. A pure function.
//!
//! What Discord shows styled becomes a span, a person's mention becomes their name, and the bot's own mention is taken
//! out. What is no markup stays as it stands.

use duologue_core::UserId;
use duologue_core::content::{Style, StyledText};
use smol_str::SmolStr;

/// How deep styles nest; deeper marks stay as they stand.
const MAX_DEPTH: u8 = 8;

/// Marks around words, the longer ones first.
const MARKS: [(&str, Style); 6] = [
    ("**", Style::Bold),
    ("__", Style::Underline),
    ("~~", Style::Strike),
    ("||", Style::Spoiler),
    ("*", Style::Italic),
    ("_", Style::Italic),
];

/// Reads a message. `name_of` gives the name of a mentioned person; `bot` is whose mention is taken out.
pub(crate) fn styled(text: &str, bot: u64, name_of: &dyn Fn(u64) -> Option<String>) -> StyledText {
    let mut out = StyledText::default();
    let special = |byte: u8| {
        matches!(
            byte,
            b'\\' | b'*' | b'_' | b'~' | b'|' | b'`' | b'[' | b'<' | b'>' | b'#'
        )
    };
    if text.bytes().any(special) {
        Reader {
            bot,
            name_of,
            depth: 0,
        }
        .read(text, true, &mut out);
    } else {
        out.push_str(text);
    }
    out
}

struct Reader<'a> {
    bot: u64,
    name_of: &'a dyn Fn(u64) -> Option<String>,
    depth: u8,
}

impl Reader<'_> {
    fn read(&mut self, text: &str, at_start: bool, out: &mut StyledText) {
        let mut rest = text;
        let mut line_start = at_start;
        let mut before = ' ';
        // A mark without its partner behind has none further on either.
        let mut lonely = [false; MARKS.len()];
        while let Some(first) = rest.chars().next() {
            let taken = self
                .line(rest, line_start, out)
                .or_else(|| self.literal(rest, out))
                .or_else(|| self.mention(rest, out))
                .or_else(|| self.link(rest, out))
                .or_else(|| self.marked(rest, before, &mut lonely, out));
            if let Some(length) = taken {
                before = rest[..length].chars().next_back().unwrap_or(' ');
                line_start = rest[..length].ends_with('\n');
                rest = &rest[length..];
                continue;
            }
            let length = first.len_utf8();
            out.push_str(&rest[..length]);
            line_start = first == '\n';
            before = first;
            rest = &rest[length..];
        }
    }

    /// A quotation or a heading, to the end of its line.
    fn line(&mut self, rest: &str, line_start: bool, out: &mut StyledText) -> Option<usize> {
        if !line_start || self.depth > 0 {
            return None;
        }
        let (mark, style) = [
            ("> ", Style::Quote),
            ("# ", Style::Heading),
            ("## ", Style::Heading),
            ("### ", Style::Heading),
        ]
        .into_iter()
        .find(|(mark, _)| rest.starts_with(mark))?;
        let end = rest.find('\n').unwrap_or(rest.len());
        self.nested(style, &rest[mark.len()..end], out);
        Some(end)
    }

    /// Code, and characters behind a backslash: nothing inside is markup.
    fn literal(&mut self, rest: &str, out: &mut StyledText) -> Option<usize> {
        if let Some(behind) = rest.strip_prefix('\\') {
            let escaped = behind.chars().next().filter(char::is_ascii_punctuation)?;
            out.push_str(&behind[..escaped.len_utf8()]);
            return Some(1 + escaped.len_utf8());
        }
        if let Some(behind) = rest.strip_prefix("```")
            && let Some(end) = behind.find("```").filter(|end| *end > 0)
        {
            let (language, code) = code_block(&behind[..end]);
            out.styled(Style::CodeBlock(language), |out| out.push_str(code));
            return Some(end + 6);
        }
        let behind = rest.strip_prefix('`')?;
        let end = behind.find('`').filter(|end| *end > 0)?;
        out.styled(Style::Code, |out| out.push_str(&behind[..end]));
        Some(end + 2)
    }

    fn mention(&mut self, rest: &str, out: &mut StyledText) -> Option<usize> {
        let behind = rest.strip_prefix("<@")?;
        let digits = behind.strip_prefix('!').unwrap_or(behind);
        let (id, _) = digits.split_once('>')?;
        let user: u64 = id.parse().ok()?;
        let length = rest.len() - digits.len() + id.len() + 1;
        if user == self.bot {
            // With the space behind it.
            let space = rest[length..].chars().next().filter(|c| c.is_whitespace());
            return Some(length + space.map_or(0, char::len_utf8));
        }
        let name = (self.name_of)(user).unwrap_or_else(|| id.to_owned());
        out.styled(Style::Mention(UserId::number(user)), |out| {
            out.push_str("@");
            out.push_str(&name);
        });
        Some(length)
    }

    fn link(&mut self, rest: &str, out: &mut StyledText) -> Option<usize> {
        let behind = rest.strip_prefix('[')?;
        let middle = behind.find("](")?;
        let address = &behind[middle + 2..];
        let end = address.find(')')?;
        let url = address[..end].trim_matches(['<', '>']);
        if !(url.starts_with("https://") || url.starts_with("http://")) || behind[..middle].contains('\n') {
            return None;
        }
        self.nested(Style::Link(url.to_owned()), &behind[..middle], out);
        Some(1 + middle + 2 + end + 1)
    }

    fn marked(
        &mut self,
        rest: &str,
        before: char,
        lonely: &mut [bool; MARKS.len()],
        out: &mut StyledText,
    ) -> Option<usize> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        for (index, (mark, style)) in MARKS.iter().enumerate() {
            let Some(behind) = rest.strip_prefix(mark).filter(|_| !lonely[index]) else {
                continue;
            };
            if behind.starts_with(char::is_whitespace) || (*mark == "_" && before.is_alphanumeric()) {
                continue;
            }
            match partner(behind, mark) {
                Some(end) => {
                    self.nested(style.clone(), &behind[..end], out);
                    return Some(end + 2 * mark.len());
                }
                None => lonely[index] = true,
            }
        }
        None
    }

    fn nested(&mut self, style: Style, inside: &str, out: &mut StyledText) {
        self.depth += 1;
        out.styled(style, |out| self.read(inside, false, out));
        self.depth -= 1;
    }
}

/// Where the closing mark stands.
fn partner(behind: &str, mark: &str) -> Option<usize> {
    let single = mark.len() == 1;
    let mut from = behind.chars().next()?.len_utf8();
    while let Some(offset) = behind.get(from..).and_then(|rest| rest.find(mark)) {
        let mut at = from + offset;
        // Of three marks in a row the first one belongs inside.
        while !single && behind[at + 1..].starts_with(mark) {
            at += 1;
        }
        let after = &behind[at + mark.len()..];
        let doubled = single && (after.starts_with(mark) || behind[..at].ends_with(mark));
        let inside_word = mark == "_" && after.starts_with(char::is_alphanumeric);
        if !behind[..at].ends_with(char::is_whitespace) && !doubled && !inside_word {
            return Some(at);
        }
        from = at + mark.len();
    }
    None
}

fn code_block(inside: &str) -> (Option<SmolStr>, &str) {
    let named = |line: &str| {
        !line.is_empty()
            && line
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '#' | '_'))
    };
    let (language, code) = match inside.split_once('\n') {
        Some((line, code)) if named(line) => (Some(line.into()), code),
        Some(("", code)) => (None, code),
        _ => (None, inside),
    };
    (language, code.strip_suffix('\n').unwrap_or(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes the styles around the words, as `bold{words}`.
    fn shown(styled: &StyledText) -> String {
        let mut whole = String::new();
        for (at, c) in styled.text.char_indices().chain([(styled.text.len(), '\0')]) {
            let ends = styled.spans.iter().filter(|span| span.range.end == at).count();
            whole.extend(std::iter::repeat_n('}', ends));
            for span in styled.spans.iter().filter(|span| span.range.start == at) {
                let name = format!("{:?}", span.style).to_lowercase();
                whole.push_str(name.split('(').next().unwrap_or_default());
                whole.push('{');
            }
            if c != '\0' {
                whole.push(c);
            }
        }
        whole
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let name_of = |user| (user == 5).then(|| "Ada".to_owned());
        assert_eq!(shown(&styled(text, 1, &name_of)), expected, "{text}");
    }

    #[test]
    fn markdown_becomes_styles() {
        check("plain", "plain");
        check(
            "**b** *i* __u__ ~~s~~ ||p|| _i_",
            "bold{b} italic{i} underline{u} strike{s} spoiler{p} italic{i}",
        );
        check("***both***", "bold{italic{both}}");
        check("**é** *ü*", "bold{é} italic{ü}");
        check("**a *b* c**", "bold{a italic{b} c}");
        check(
            "`a * b` and ```rust\nfn x() {}\n``` end",
            "code{a * b} and codeblock{fn x() {}} end",
        );
        check("> said\nthen", "quote{said}\nthen");
        check("# Title\ntext", "heading{Title}\ntext");
        check("[words](https://a.example) [no](x)", "link{words} [no](x)");
        check(r"\*not\* \\ C:\dir", r"*not* \ C:\dir");
    }

    #[test]
    fn what_is_no_markup_stays() {
        check("3 * 4 * 5", "3 * 4 * 5");
        check("snake_case_name and __init", "snake_case_name and __init");
        check("a*b and ** and ||", "a*b and ** and ||");
        check("`", "`");
        check("<@x> < > #", "<@x> < > #");
    }

    #[test]
    fn mentions_become_names_and_the_bots_own_goes() {
        check("<@1> roll 3", "roll 3");
        check("<@!1>", "");
        check("hi <@5>!", "hi mention{@Ada}!");
        check("hi <@!77>", "hi mention{@77}");
    }

    #[test]
    fn many_lonely_marks_take_no_time() {
        let text = "*_~|`[<@ ".repeat(2000);
        styled(&text, 1, &|_| None);
    }
}
