//! HTML to tags and text, in one pass over the input whatever it is. Pure; it borrows from the page.
//!
//! It follows the tokenizer of the HTML standard as far as a reader needs: comments, declarations and the contents of
//! scripts end where a browser ends them. It builds nothing and remembers nothing, so there is nothing in it that a
//! page could make deep or large.

/// A piece of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `<name attributes>`.
    Start(Tag<'a>),
    /// `</name>`.
    End(&'a str),
    /// Text with its character references as they stand.
    Text(&'a str),
    /// What is between the tags of a script or of another element whose content is no HTML.
    Raw(&'a str),
}

/// A start tag. Names are as they stand: compare them without case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    pub(super) name: &'a str,
    attributes: &'a str,
}

/// The rest of a page.
pub(super) struct Tokens<'a> {
    rest: &'a str,
    /// The element whose content comes next, if that is no HTML.
    raw: Option<&'a str>,
}

/// Elements whose content is no HTML. The title's content may have character references; all of it is text.
const RAW: [&str; 9] = [
    "script",
    "style",
    "title",
    "textarea",
    "xmp",
    "iframe",
    "noembed",
    "noframes",
    "plaintext",
];

pub(super) fn tokens(page: &str) -> Tokens<'_> {
    Tokens {
        rest: page,
        raw: None,
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            if let Some(name) = self.raw.take()
                && let content @ 1.. = raw_length(self.rest, name)
            {
                return Some(Token::Raw(self.take(content)));
            }
            match self.rest.as_bytes() {
                [] => return None,
                [b'<', b'!', ..] => self.skip_declaration(),
                [b'<', b'?', ..] | [b'<', b'/', _, ..] if !is_end_tag(self.rest) => {
                    self.skip_past(">");
                }
                [b'<', b'/', _, ..] => {
                    let tag = self.tag(2);
                    return tag.map(|tag| Token::End(tag.name));
                }
                [b'<', c, ..] if c.is_ascii_alphabetic() => {
                    let tag = self.tag(1)?;
                    self.raw = RAW.into_iter().find(|raw| tag.name.eq_ignore_ascii_case(raw));
                    return Some(Token::Start(tag));
                }
                bytes => {
                    // A `<` that begins no tag is text.
                    let next = bytes[1..].iter().position(|&c| c == b'<');
                    let text = self.take(next.map_or(bytes.len(), |next| next + 1));
                    return Some(Token::Text(text));
                }
            }
        }
    }
}

impl<'a> Tokens<'a> {
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    /// A comment, a doctype, or what else begins with `<!`.
    fn skip_declaration(&mut self) {
        match self.rest.strip_prefix("<!--") {
            // These two are whole comments.
            Some(comment) if comment.starts_with('>') || comment.starts_with("->") => self.skip_past(">"),
            Some(comment) => {
                self.rest = comment;
                self.skip_past("-->");
            }
            None => self.skip_past(">"),
        }
    }

    /// Without an end, it goes to the end of the page.
    fn skip_past(&mut self, end: &str) {
        let length = self.rest.find(end).map_or(self.rest.len(), |at| at + end.len());
        self.take(length);
    }

    /// A tag whose name begins after some bytes; `None`, and nothing is left, for one that does not end.
    fn tag(&mut self, before: usize) -> Option<Tag<'a>> {
        let page = std::mem::take(&mut self.rest);
        let inside = &page[before..];
        let name = inside.find(|c: char| is_space(c) || matches!(c, '/' | '>'))?;
        let mut attributes = Attributes {
            rest: &inside[name..],
        };
        while attributes.next().is_some() {}
        // What is left is the end of the tag, or nothing.
        self.rest = attributes.rest.strip_prefix('>')?;
        let length = inside.len() - attributes.rest.len();
        Some(Tag {
            name: &inside[..name],
            attributes: &inside[name..length],
        })
    }
}

impl<'a> Tag<'a> {
    /// The attributes: names as they stand, values without quotes, with their character references as they stand.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        Attributes {
            rest: self.attributes,
        }
    }

    /// The value of an attribute; its first one counts.
    pub(super) fn attribute(&self, name: &str) -> Option<&'a str> {
        self.attributes()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    /// `None` at the end of the tag, which stays, or at the end of the page.
    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        let rest = self.rest.trim_start_matches(|c| is_space(c) || c == '/');
        self.rest = rest;
        let first = rest.chars().next().filter(|&c| c != '>')?;
        // A `=` may begin a name, and ends it later.
        let after_first = &rest[first.len_utf8()..];
        let end = after_first.find(|c| is_space(c) || matches!(c, '/' | '>' | '='));
        let name = &rest[..first.len_utf8() + end.unwrap_or(after_first.len())];
        self.rest = &rest[name.len()..];
        let Some(value) = self.rest.trim_start_matches(is_space).strip_prefix('=') else {
            return Some((name, ""));
        };
        let value = value.trim_start_matches(is_space);
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, rest) = match quote {
            Some(quote) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
            None => value.split_at(value.find(|c| is_space(c) || c == '>').unwrap_or(value.len())),
        };
        self.rest = rest;
        Some((name, value))
    }
}

/// The white space of the HTML standard.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0c')
}

fn is_end_tag(page: &str) -> bool {
    page.as_bytes().get(2).is_some_and(u8::is_ascii_alphabetic) && page.starts_with("</")
}

/// How long the content of an element is, up to its end tag or the end of the page.
fn raw_length(page: &str, name: &str) -> usize {
    let ends = |at: &usize| {
        let after = &page.as_bytes()[at + 2..];
        let named = after
            .get(..name.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()));
        let delimited = after
            .get(name.len())
            .is_some_and(|&c| is_space(c.into()) || matches!(c, b'/' | b'>'));
        named && delimited
    };
    let end = page.match_indices("</").map(|(at, _)| at).find(ends);
    end.unwrap_or(page.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tokens in short: `<name a=b>`, `</name>`, text as it is, raw content in brackets.
    fn short(page: &str) -> String {
        let one = |token| match token {
            Token::Start(tag) => {
                let attributes: String = tag
                    .attributes()
                    .map(|(name, value)| format!(" {name}={value}"))
                    .collect();
                format!("<{}{attributes}>", tag.name)
            }
            Token::End(name) => format!("</{name}>"),
            Token::Text(text) => text.to_owned(),
            Token::Raw(text) => format!("[{text}]"),
        };
        tokens(page).map(one).collect()
    }

    #[test]
    fn pages_are_cut_where_a_browser_cuts_them() {
        let table = [
            ("a<b>c</b>d", "a<b>c</b>d"),
            ("<a href=x y='1 > 2' Z=\"'\" w>", "<a href=x y=1 > 2 Z=' w=>"),
            ("<a href = x/y / z/>t", "<a href=x/y z=>t"),
            ("<a =x =y=z>t", "<a =x=y=z>t"),
            ("<a x=>t", "<a x=>t"),
            ("<br/>t", "<br>t"),
            ("1 < 2 <3 <", "1 < 2 <3 <"),
            ("a<!-- b > c -- d -->e", "ae"),
            ("a<!-->b", "ab"),
            ("a<!--->b", "ab"),
            ("a<!-- never closed", "a"),
            ("<!DOCTYPE html>a", "a"),
            ("<![CDATA[a]]>b", "b"),
            ("<?php echo 1 ?>b", "b"),
            ("a</>b</ c>d", "abd"),
            ("</p  x=1>a", "</p>a"),
            ("a<b never closed", "a"),
            ("a<b x='never closed>b", "a"),
            ("<script>a<b>c</script >d", "<script>[a<b>c]</script>d"),
            ("<SCRIPT>a</scriptx></Script>d", "<SCRIPT>[a</scriptx>]</Script>d"),
            ("<script></script>d", "<script></script>d"),
            ("<style>a", "<style>[a]"),
            ("<title>a<b></title>", "<title>[a<b>]</title>"),
            ("é<ü>ß</ü>", "é<ü>ß"),
            ("", ""),
            ("<", "<"),
            ("</", "</"),
        ];
        for (page, expected) in table {
            assert_eq!(short(page), expected, "{page}");
        }
    }
}
