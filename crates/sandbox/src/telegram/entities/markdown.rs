//! `parse_mode: MarkdownV2` and the older `Markdown`. Owns no state.

use serde_json::{Value, json};

use super::utf16;

/// Characters that MarkdownV2 wants escaped where they mean nothing.
const RESERVED: &str = "_*[]()~`>#+-=|{}.!";

struct Parser<'a> {
    source: &'a str,
    at: usize,
    text: String,
    found: Vec<Value>,
    /// Kind, place in the text, place in the source.
    open: Vec<(&'static str, usize, usize)>,
    /// Where a block quotation began.
    quote: Option<usize>,
}

impl<'a> Parser<'a> {
    fn new(source: &'a str) -> Self {
        Self {
            source,
            at: 0,
            text: String::new(),
            found: Vec::new(),
            open: Vec::new(),
            quote: None,
        }
    }

    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    fn add(&mut self, kind: &str, start: usize, more: &Value) {
        let length = utf16(&self.text) - start;
        if length == 0 {
            return;
        }
        let mut entity = json!({ "type": kind, "offset": start, "length": length });
        if let (Some(entity), Some(more)) = (entity.as_object_mut(), more.as_object()) {
            entity.extend(more.clone());
        }
        self.found.push(entity);
    }

    /// Opens or closes a span.
    fn toggle(&mut self, kind: &'static str, mark: &str) -> Result<(), String> {
        let here = self.at;
        self.at += mark.len();
        match self.open.iter().position(|(open, ..)| *open == kind) {
            Some(index) if index + 1 == self.open.len() => {
                let (_, start, _) = self.open.remove(index);
                self.add(kind, start, &Value::Null);
                Ok(())
            }
            Some(_) => Err(format!(
                "can't find end of {} entity at byte offset {here}",
                title(self.open.last())
            )),
            None => {
                self.open.push((kind, utf16(&self.text), here));
                Ok(())
            }
        }
    }

    /// Code and pre: nothing inside is markup but the closing mark.
    fn code(&mut self, escapes: bool) -> Result<(), String> {
        let here = self.at;
        let mark = if self.rest().starts_with("```") {
            "```"
        } else {
            "`"
        };
        self.at += mark.len();
        let mut language = None;
        if mark == "```" {
            let line = self.rest().split('\n').next().unwrap_or_default();
            if line.len() < self.rest().len() && !line.contains('`') && !line.contains(' ') {
                language = Some(line.to_owned()).filter(|line| !line.is_empty());
                self.at += line.len() + 1;
            }
        }
        let start = utf16(&self.text);
        loop {
            let rest = self.rest();
            if rest.starts_with(mark) {
                break;
            }
            let mut chars = rest.chars();
            let kind = if mark == "```" { "Pre" } else { "Code" };
            let mut c = chars
                .next()
                .ok_or_else(|| format!("can't find end of {kind} entity at byte offset {here}"))?;
            self.at += c.len_utf8();
            if escapes
                && c == '\\'
                && let Some(next) = chars.next()
            {
                c = next;
                self.at += c.len_utf8();
            }
            self.text.push(c);
        }
        self.at += mark.len();
        match (mark, language) {
            ("```", Some(language)) => self.add("pre", start, &json!({ "language": language })),
            ("```", None) => self.add("pre", start, &Value::Null),
            _ => self.add("code", start, &Value::Null),
        }
        Ok(())
    }

    /// The `(address)` after a closing bracket.
    fn address(&mut self, escapes: bool) -> Option<String> {
        let rest = self.rest().strip_prefix('(')?;
        let mut address = String::new();
        let mut chars = rest.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                ')' => {
                    self.at += at + 2;
                    return Some(address);
                }
                '\\' if escapes => address.extend(chars.next().map(|(_, c)| c)),
                c => address.push(c),
            }
        }
        None
    }

    fn push(&mut self, c: char) {
        self.text.push(c);
        self.at += c.len_utf8();
    }

    fn end_link(&mut self, escapes: bool, emoji: bool) -> Result<(), String> {
        self.at += 1;
        let Some((_, start, _)) = self.open.pop() else {
            return Ok(());
        };
        match self.address(escapes) {
            Some(address) if emoji => {
                let id = address
                    .strip_prefix("tg://emoji?id=")
                    .unwrap_or(&address)
                    .to_owned();
                self.add("custom_emoji", start, &json!({ "custom_emoji_id": id }));
            }
            Some(address) if !address.is_empty() => self.add("text_link", start, &json!({ "url": address })),
            _ => {}
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(String, Vec<Value>), String> {
        if let Some(start) = self.quote.take() {
            self.add("blockquote", start, &Value::Null);
        }
        if let Some((_, _, at)) = self.open.last() {
            let kind = title(self.open.last());
            return Err(format!("can't find end of {kind} entity at byte offset {at}"));
        }
        Ok((self.text, self.found))
    }
}

fn title(open: Option<&(&'static str, usize, usize)>) -> &'static str {
    match open.map(|(kind, ..)| *kind) {
        Some("bold") => "Bold",
        Some("italic") => "Italic",
        Some("underline") => "Underline",
        Some("strikethrough") => "Strikethrough",
        Some("spoiler") => "Spoiler",
        Some("link" | "emoji") => "TextUrl",
        _ => "an",
    }
}

/// MarkdownV2: every reserved character is markup or escaped.
pub(super) fn parse_v2(source: &str) -> Result<(String, Vec<Value>), String> {
    let mut p = Parser::new(source);
    let mut line_start = true;
    while let Some(c) = p.rest().chars().next() {
        let rest = p.rest();
        if line_start {
            line_start = false;
            let expandable = rest.starts_with("**>");
            if rest.starts_with('>') || expandable {
                p.quote.get_or_insert(utf16(&p.text));
                p.at += if expandable { 3 } else { 1 };
                continue;
            }
            if let Some(start) = p.quote.take() {
                p.add("blockquote", start, &Value::Null);
            }
        }
        match c {
            '\\' => {
                p.at += 1;
                match p.rest().chars().next() {
                    Some(next) if next.is_ascii() && !next.is_alphanumeric() => p.push(next),
                    _ => p.text.push('\\'),
                }
            }
            '*' => p.toggle("bold", "*")?,
            '_' if rest.starts_with("__") => p.toggle("underline", "__")?,
            '_' => p.toggle("italic", "_")?,
            '~' => p.toggle("strikethrough", "~")?,
            '|' if rest.starts_with("||") => p.toggle("spoiler", "||")?,
            '`' => p.code(true)?,
            '!' if rest.starts_with("![") => {
                p.open.push(("emoji", utf16(&p.text), p.at));
                p.at += 2;
            }
            '[' => {
                p.open.push(("link", utf16(&p.text), p.at));
                p.at += 1;
            }
            ']' if matches!(p.open.last(), Some(("link" | "emoji", ..))) => {
                let emoji = matches!(p.open.last(), Some(("emoji", ..)));
                p.end_link(true, emoji)?;
            }
            c if RESERVED.contains(c) => {
                return Err(format!(
                    "character '{c}' is reserved and must be escaped with the preceding '\\'"
                ));
            }
            c => {
                p.push(c);
                line_start = c == '\n';
            }
        }
    }
    p.finish()
}

/// The older Markdown: four kinds of spans, no nesting, unmatched marks are errors.
pub(super) fn parse_old(source: &str) -> Result<(String, Vec<Value>), String> {
    let mut p = Parser::new(source);
    while let Some(c) = p.rest().chars().next() {
        let inside = p.open.last().map(|(kind, ..)| *kind);
        match (c, inside) {
            ('\\', None) if p.rest()[1..].starts_with(['_', '*', '`', '[']) => {
                p.at += 1;
                let escaped = p.rest().chars().next().unwrap_or('\\');
                p.push(escaped);
            }
            ('*', None | Some("bold")) => p.toggle("bold", "*")?,
            ('_', None | Some("italic")) => p.toggle("italic", "_")?,
            ('`', None) => p.code(false)?,
            ('[', None) => {
                p.open.push(("link", utf16(&p.text), p.at));
                p.at += 1;
            }
            (']', Some("link")) => p.end_link(false, false)?,
            (c, _) => p.push(c),
        }
    }
    p.finish()
}
