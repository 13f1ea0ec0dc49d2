//! Styles by position, between bytes of UTF-8 and the network's UTF-16 code units. Pure functions.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::ops::Range;

use duologue_core::UserId;
use duologue_core::content::{Span, Style, StyledText};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::call::Text;

/// A `MessageEntity`. Its kind is text, so that a kind of tomorrow is one more that has no style.
#[derive(Debug, Deserialize)]
pub(crate) struct WireEntity<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Text<'a>,
    offset: i64,
    length: i64,
    #[serde(borrow)]
    url: Option<Text<'a>>,
    user: Option<UserIn>,
    #[serde(borrow)]
    language: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
struct UserIn {
    id: i64,
}

/// A `MessageEntity` to send.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct EntityOut<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    offset: usize,
    length: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
}

#[derive(Debug, PartialEq, Serialize)]
struct UserOut<'a> {
    id: i64,
    is_bot: bool,
    first_name: &'a str,
}

impl WireEntity<'_> {
    fn style(&self) -> Option<Style> {
        Some(match &*self.kind {
            "bold" => Style::Bold,
            "italic" => Style::Italic,
            "underline" => Style::Underline,
            "strikethrough" => Style::Strike,
            "spoiler" => Style::Spoiler,
            "code" => Style::Code,
            "pre" => Style::CodeBlock(self.language.as_deref().map(SmolStr::new)),
            "blockquote" | "expandable_blockquote" => Style::Quote,
            "text_link" => Style::Link(self.url.as_deref()?.to_owned()),
            "text_mention" => Style::Mention(UserId::number(self.user.as_ref()?.id)),
            _ => return None,
        })
    }

    /// Where it stands, in UTF-16 units; `None` for nonsense.
    fn units(&self) -> Option<Range<usize>> {
        let start = usize::try_from(self.offset).ok()?;
        let length = usize::try_from(self.length).ok()?;
        (length > 0).then_some(start..start.checked_add(length)?)
    }

    /// Whether it makes the text from its start on code, in which nothing is a command.
    pub(super) fn is_code_at_start(&self) -> bool {
        self.offset == 0 && matches!(&*self.kind, "code" | "pre")
    }
}

/// Text with its styles. Offsets outside the text, or inside a character, are moved to where they make sense.
pub(super) fn from_wire(text: &str, entities: &[WireEntity<'_>]) -> StyledText {
    let mut styled: Vec<(Range<usize>, Style)> = entities
        .iter()
        .filter_map(|entity| Some((entity.units()?, entity.style()?)))
        .collect();
    if styled.is_empty() {
        return StyledText::plain(text);
    }
    // An outer one stands before the ones inside it.
    styled.sort_by_key(|(units, _)| (units.start, Reverse(units.end)));
    let positions = Positions::new(text, styled.iter().map(|(units, _)| units));
    let spans = styled.into_iter().filter_map(|(units, style)| {
        let range = positions.start(units.start)..positions.end(units.end);
        (range.start < range.end).then_some(Span { range, style })
    });
    StyledText {
        text: text.to_owned(),
        spans: spans.collect(),
    }
}

/// The entities of a text, for `entities` or `caption_entities`.
pub(crate) fn to_wire(text: &StyledText) -> Vec<EntityOut<'_>> {
    if text.spans.is_empty() {
        return Vec::new();
    }
    let mut borders: Vec<usize> = text
        .spans
        .iter()
        .flat_map(|span| [span.range.start, span.range.end])
        .collect();
    borders.sort_unstable();
    borders.dedup();
    let units = units_at(&text.text, &borders);
    let unit = |byte: usize| borders.binary_search(&byte).map_or(0, |place| units[place]);
    text.spans
        .iter()
        .filter_map(|span| {
            let (offset, end) = (unit(span.range.start), unit(span.range.end));
            let words = text.text.get(span.range.clone())?;
            (offset < end).then(|| EntityOut::new(&span.style, words, offset, end - offset))?
        })
        .collect()
}

impl<'a> EntityOut<'a> {
    /// `None` for a style that the network has no entity for.
    fn new(style: &'a Style, words: &'a str, offset: usize, length: usize) -> Option<Self> {
        let (mut url, mut user, mut language) = (None, None, None);
        let kind = match style {
            // `core` shows headings bold before; one that comes here is bold too.
            Style::Bold | Style::Heading => "bold",
            Style::Italic => "italic",
            Style::Underline => "underline",
            Style::Strike => "strikethrough",
            Style::Spoiler => "spoiler",
            Style::Code => "code",
            Style::CodeBlock(name) => {
                language = name.as_deref();
                "pre"
            }
            Style::Quote => "blockquote",
            Style::Link(address) => {
                url = Some(Cow::Borrowed(address.as_str()));
                "text_link"
            }
            Style::Mention(id) => match (id.parse(), id.as_str().strip_prefix('@')) {
                (Some(id), _) => {
                    user = Some(UserOut {
                        id,
                        is_bot: false,
                        first_name: words,
                    });
                    "text_mention"
                }
                // A handle in the text is a mention by itself; under a name it is a link to the person.
                (None, Some(handle)) if !words.starts_with('@') => {
                    url = Some(Cow::Owned(format!("https://t.me/{handle}")));
                    "text_link"
                }
                _ => return None,
            },
            _ => return None,
        };
        Some(Self {
            kind,
            offset,
            length,
            url,
            user,
            language,
        })
    }
}

/// For some positions in UTF-16 units: at which byte the character there starts and ends.
struct Positions {
    /// Unit, byte where the character starts that holds it, byte of the next border.
    known: Vec<(usize, usize, usize)>,
    len: usize,
}

impl Positions {
    fn new<'a>(text: &str, ranges: impl Iterator<Item = &'a Range<usize>>) -> Self {
        let mut wanted: Vec<usize> = ranges.flat_map(|range| [range.start, range.end]).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut known = Vec::with_capacity(wanted.len());
        let mut wanted = wanted.into_iter().peekable();
        let mut unit = 0;
        for (byte, c) in text.char_indices() {
            let next = unit + c.len_utf16();
            while let Some(at) = wanted.next_if(|at| *at < next) {
                let end = if at == unit { byte } else { byte + c.len_utf8() };
                known.push((at, byte, end));
            }
            if wanted.peek().is_none() {
                break;
            }
            unit = next;
        }
        Self {
            known,
            len: text.len(),
        }
    }

    fn start(&self, unit: usize) -> usize {
        self.find(unit).map_or(self.len, |(_, start, _)| *start)
    }

    fn end(&self, unit: usize) -> usize {
        self.find(unit).map_or(self.len, |(_, _, end)| *end)
    }

    fn find(&self, unit: usize) -> Option<&(usize, usize, usize)> {
        let place = self.known.binary_search_by_key(&unit, |(at, _, _)| *at).ok()?;
        self.known.get(place)
    }
}

/// How many UTF-16 units stand before each of some bytes, given in order.
fn units_at(text: &str, bytes: &[usize]) -> Vec<usize> {
    if text.is_ascii() {
        return bytes.to_vec();
    }
    let mut units = 0;
    let mut from = 0;
    let mut counted = Vec::with_capacity(bytes.len());
    for byte in bytes {
        let between = text.get(from..*byte).unwrap_or_default();
        units += between.chars().map(char::len_utf16).sum::<usize>();
        from = *byte;
        counted.push(units);
    }
    counted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads entities and gives what is styled how.
    #[track_caller]
    fn check_in(text: &str, json: &str, expected: &[(&str, Style)]) {
        let entities: Vec<WireEntity<'_>> = serde_json::from_str(json).unwrap();
        let styled = from_wire(text, &entities);
        let found: Vec<(&str, Style)> = styled
            .spans
            .iter()
            .map(|span| (&styled.text[span.range.clone()], span.style.clone()))
            .collect();
        assert_eq!(found, expected, "{text:?} {json}");
    }

    #[track_caller]
    fn check_out(text: &StyledText, expected: &serde_json::Value) {
        assert_eq!(&serde_json::to_value(to_wire(text)).unwrap(), expected);
    }

    #[test]
    fn every_style_comes_in() {
        check_in(
            "abc",
            r#"[{"type":"bold","offset":0,"length":1}]"#,
            &[("a", Style::Bold)],
        );
        check_in(
            "abc",
            r#"[{"type":"italic","offset":1,"length":1}]"#,
            &[("b", Style::Italic)],
        );
        check_in(
            "abc",
            r#"[{"type":"underline","offset":0,"length":3},{"type":"strikethrough","offset":2,"length":1}]"#,
            &[("abc", Style::Underline), ("c", Style::Strike)],
        );
        check_in(
            "abc",
            r#"[{"type":"pre","language":"rust","offset":0,"length":2},{"type":"spoiler","offset":2,"length":1}]"#,
            &[
                ("ab", Style::CodeBlock(Some("rust".into()))),
                ("c", Style::Spoiler),
            ],
        );
        check_in(
            "abc",
            r#"[{"type":"text_link","url":"https:\/\/x.y","offset":0,"length":1},
                {"type":"text_mention","user":{"id":7,"is_bot":false,"first_name":"A"},"offset":1,"length":1},
                {"type":"expandable_blockquote","offset":2,"length":1}]"#,
            &[
                ("a", Style::Link("https://x.y".into())),
                ("b", Style::Mention(UserId::number(7))),
                ("c", Style::Quote),
            ],
        );
    }

    #[test]
    fn offsets_count_utf16_units() {
        // The family is 11 units: four faces of 2 and three joiners of 1.
        check_in(
            "👨‍👩‍👧‍👦 ж𝄞z",
            r#"[{"type":"bold","offset":12,"length":1},{"type":"italic","offset":13,"length":2},
                {"type":"code","offset":15,"length":1},{"type":"underline","offset":0,"length":11}]"#,
            &[
                ("👨‍👩‍👧‍👦", Style::Underline),
                ("ж", Style::Bold),
                ("𝄞", Style::Italic),
                ("z", Style::Code),
            ],
        );
    }

    #[test]
    fn bad_offsets_are_mended_or_left_out() {
        check_in(
            "a😀b",
            r#"[{"type":"bold","offset":2,"length":1}]"#,
            &[("😀", Style::Bold)],
        );
        check_in(
            "a😀b",
            r#"[{"type":"bold","offset":1,"length":1}]"#,
            &[("😀", Style::Bold)],
        );
        check_in(
            "ab",
            r#"[{"type":"bold","offset":1,"length":900}]"#,
            &[("b", Style::Bold)],
        );
        for nothing in [
            r#"[{"type":"bold","offset":2,"length":1}]"#,
            r#"[{"type":"bold","offset":-1,"length":1}]"#,
            r#"[{"type":"bold","offset":0,"length":0}]"#,
            r#"[{"type":"bold","offset":0,"length":-5}]"#,
            r#"[{"type":"bold","offset":9223372036854775807,"length":9223372036854775807}]"#,
            r#"[{"type":"date_time","offset":0,"length":1,"unix_time":1}]"#,
            r#"[{"type":"text_link","offset":0,"length":1}]"#,
        ] {
            check_in("ab", nothing, &[]);
        }
    }

    #[test]
    fn an_outer_style_stands_before_the_ones_inside() {
        check_in(
            "abc",
            r#"[{"type":"italic","offset":0,"length":1},{"type":"bold","offset":0,"length":3}]"#,
            &[("abc", Style::Bold), ("a", Style::Italic)],
        );
    }

    #[test]
    fn every_style_goes_out_in_utf16_units() {
        let mut text = StyledText::plain("😀 ");
        text.styled(Style::Bold, |text| text.push_str("b𝄞"));
        text.styled(Style::CodeBlock(Some("c".into())), |text| text.push_str("x"));
        text.styled(Style::Link("https://x.y".into()), |text| text.push_str("y"));
        text.styled(Style::Mention(UserId::number(7)), |text| text.push_str("Ann"));
        text.styled(Style::Mention(UserId::new("@bob")), |text| text.push_str("Bob"));
        text.styled(Style::Mention(UserId::new("@bob")), |text| text.push_str("@bob"));
        check_out(
            &text,
            &serde_json::json!([
                {"type": "bold", "offset": 3, "length": 3},
                {"type": "pre", "offset": 6, "length": 1, "language": "c"},
                {"type": "text_link", "offset": 7, "length": 1, "url": "https://x.y"},
                {"type": "text_mention", "offset": 8, "length": 3,
                 "user": {"id": 7, "is_bot": false, "first_name": "Ann"}},
                {"type": "text_link", "offset": 11, "length": 3, "url": "https://t.me/bob"},
            ]),
        );
        check_out(&StyledText::plain("plain"), &serde_json::json!([]));
    }

    #[test]
    fn what_goes_out_comes_back_the_same() {
        let mut text = StyledText::plain("é");
        text.styled(Style::Quote, |text| {
            text.push_str("👍🏽");
            text.styled(Style::Italic, |text| text.push_str("ни"));
        });
        let json = serde_json::to_string(&to_wire(&text)).unwrap();
        let entities: Vec<WireEntity<'_>> = serde_json::from_str(&json).unwrap();
        assert_eq!(from_wire(&text.text, &entities), text);
    }
}
