//! Styled text as Markdown, for networks whose styles travel in the text. A pure function.

use crate::content::{Span, Style, StyledText};

/// Writes styled text as the Markdown that chat networks share: `**bold**`, `*italic*`, `__underline__`, `~~strike~~`,
/// `||spoiler||`, `` `code` ``, fenced blocks, `## heading`, `> quote`, `[words](address)`, `<@person>`.
///
/// Plain words come out as plain words: what would be markup is escaped, but not inside an address that stands in the
/// text, where a backslash would break it.
///
/// ```
/// use duologue_core::content::StyledText;
/// use duologue_core::render::markdown;
///
/// assert_eq!(markdown(&StyledText::plain("2 * 3 * 4")), r"2 \* 3 \* 4");
/// ```
#[must_use]
pub fn markdown(styled: &StyledText) -> String {
    if styled.spans.is_empty() && !needs_escape(&styled.text) {
        return styled.text.clone();
    }
    Writer::new(styled).write()
}

/// Characters that can be markup somewhere.
const MARKUP: &[char] = &[
    '\\', '*', '_', '~', '|', '`', '[', ']', '<', '>', '#', '-', ':', '@',
];

fn needs_escape(text: &str) -> bool {
    text.contains(MARKUP)
}

struct Writer<'a> {
    source: &'a StyledText,
    out: String,
    /// The spans that are open, the outermost first.
    open: Vec<&'a Span>,
    line_start: bool,
    /// Where an address that stands in the text ends; nothing is escaped before.
    address_end: usize,
}

impl<'a> Writer<'a> {
    fn new(source: &'a StyledText) -> Self {
        Self {
            source,
            out: String::with_capacity(source.text.len() + 16),
            open: Vec::new(),
            line_start: true,
            address_end: 0,
        }
    }

    fn write(mut self) -> String {
        let mut borders: Vec<usize> = self
            .source
            .spans
            .iter()
            .flat_map(|span| [span.range.start, span.range.end])
            .collect();
        borders.push(self.source.text.len());
        borders.sort_unstable();
        borders.dedup();
        let mut at = 0;
        for border in borders {
            self.text(at, border);
            self.close(border);
            self.open(border);
            at = border;
        }
        self.out
    }

    /// Closes what ends here. What started later but goes on is closed too and opened again: markup nests.
    fn close(&mut self, at: usize) {
        let Some(first) = self.open.iter().position(|span| span.range.end <= at) else {
            return;
        };
        let closed: Vec<&Span> = self.open.drain(first..).collect();
        for span in closed.iter().rev() {
            self.end_mark(span);
        }
        for span in closed.into_iter().filter(|span| span.range.end > at) {
            self.start_mark(span);
            self.open.push(span);
        }
    }

    fn open(&mut self, at: usize) {
        let source = self.source;
        for span in source
            .spans
            .iter()
            .filter(|span| span.range.start == at && span.range.end > at)
        {
            self.start_mark(span);
            self.open.push(span);
        }
    }

    fn raw(&self) -> bool {
        self.open
            .iter()
            .any(|span| matches!(span.style, Style::Code | Style::CodeBlock(_)))
    }

    fn quoted(&self) -> bool {
        self.open.iter().any(|span| matches!(span.style, Style::Quote))
    }

    fn start_mark(&mut self, span: &Span) {
        match &span.style {
            Style::Quote if self.line_start => self.out.push_str("> "),
            Style::Quote => self.out.push_str("\n> "),
            Style::Heading => self.out.push_str("## "),
            Style::CodeBlock(language) => {
                self.out.push_str("```");
                self.out.push_str(language.as_deref().unwrap_or_default());
                self.out.push('\n');
                if self.quoted() {
                    self.out.push_str("> ");
                }
            }
            Style::Code => self
                .out
                .push_str(code_fence(&self.source.text[span.range.clone()]).0),
            Style::Link(_) => self.out.push('['),
            Style::Mention(user) => {
                self.out.push_str("<@");
                self.out.push_str(user.as_str());
                self.out.push('>');
            }
            style => self.out.push_str(simple_mark(style)),
        }
        if !matches!(span.style, Style::Quote) {
            self.line_start = false;
        }
    }

    fn end_mark(&mut self, span: &Span) {
        match &span.style {
            Style::Quote | Style::Heading | Style::Mention(_) => {}
            Style::CodeBlock(_) => {
                if !self.out.ends_with('\n') {
                    self.out.push('\n');
                }
                self.out.push_str("```");
            }
            Style::Code => self
                .out
                .push_str(code_fence(&self.source.text[span.range.clone()]).1),
            Style::Link(url) => {
                self.out.push_str("](");
                self.out.push_str(&url.replace(')', "%29").replace(' ', "%20"));
                self.out.push(')');
            }
            style => self.out.push_str(simple_mark(style)),
        }
    }

    fn text(&mut self, start: usize, end: usize) {
        if self
            .open
            .iter()
            .any(|span| matches!(span.style, Style::Mention(_)))
        {
            // The network shows the name itself.
            return;
        }
        let raw = self.raw();
        let text = &self.source.text[start..end];
        for (offset, c) in text.char_indices() {
            let at = start + offset;
            if !raw && at >= self.address_end {
                self.address_end = address_end(&self.source.text, at).unwrap_or(self.address_end);
            }
            if raw {
                self.raw_char(c, at);
            } else if at >= self.address_end && self.must_escape(c, at) {
                self.out.push('\\');
                self.out.push(c);
            } else {
                self.out.push(c);
            }
            self.line_start = c == '\n';
            if self.line_start && self.quoted() && at + 1 < self.source.text.len() {
                self.out.push_str("> ");
            }
        }
    }

    fn raw_char(&mut self, c: char, at: usize) {
        self.out.push(c);
        // Three backticks would end the block: a zero-width space between them keeps it whole.
        if c == '`' && self.source.text[..=at].ends_with("``") && self.source.text[at + 1..].starts_with('`')
        {
            self.out.push('\u{200b}');
        }
    }

    fn must_escape(&self, c: char, at: usize) -> bool {
        match c {
            '\\' | '*' | '_' | '~' | '|' | '`' | '[' | ']' => true,
            '<' => self.source.text[at + 1..].starts_with(['@', '#', ':', '/', 't', 'a', 'i', 'h']),
            '>' | '#' | '-' => self.line_start,
            _ => false,
        }
    }
}

fn simple_mark(style: &Style) -> &'static str {
    match style {
        Style::Bold => "**",
        Style::Italic => "*",
        Style::Underline => "__",
        Style::Strike => "~~",
        Style::Spoiler => "||",
        _ => "",
    }
}

/// The marks around code: two backticks where one stands inside.
fn code_fence(code: &str) -> (&'static str, &'static str) {
    if code.contains('`') {
        ("`` ", " ``")
    } else {
        ("`", "`")
    }
}

/// Where the address ends that starts at a position, if one does.
fn address_end(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    if !(rest.starts_with("https://") || rest.starts_with("http://")) {
        return None;
    }
    Some(
        at + rest
            .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '|'))
            .unwrap_or(rest.len()),
    )
}
