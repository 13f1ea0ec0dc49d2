//! Cutting styled text into pieces that a network takes. Pure functions.

use unicode_segmentation::UnicodeSegmentation;

use crate::capabilities::TextLimits;
use crate::content::{Style, StyledText};

/// Cuts text into pieces of at most `longest` units. Pieces end at a line's end where one is near, else between words,
/// else between characters as a reader sees them; never inside a link, a mention or a short piece of code. Styles go on
/// in the next piece. Only white space at the borders goes away.
#[must_use]
pub fn split(text: &StyledText, longest: usize, limits: &TextLimits) -> Vec<StyledText> {
    let fits = |piece: &StyledText| piece.spans.len() <= limits.spans && limits.measure(piece) <= longest;
    let mut pieces = Vec::new();
    let mut rest = text.clone();
    while !fits(&rest) {
        let end = border(&rest, &fits);
        let piece = rest.slice(0..end);
        let kept = piece.text.trim_end().len();
        if kept > 0 {
            pieces.push(piece.slice(0..kept));
        }
        let start = end + leading_space(&rest, end);
        if start >= rest.text.len() {
            return pieces;
        }
        rest = rest.slice(start..rest.text.len());
    }
    if !rest.text.trim().is_empty() || pieces.is_empty() {
        pieces.push(rest);
    }
    pieces
}

/// Joins blocks into as few messages as they fit, with an empty line between, and cuts blocks that are too long alone.
pub(crate) fn pack(blocks: &[StyledText], longest: usize, limits: &TextLimits) -> Vec<StyledText> {
    let fits = |piece: &StyledText| piece.spans.len() <= limits.spans && limits.measure(piece) <= longest;
    let mut packed: Vec<StyledText> = Vec::new();
    for block in blocks {
        if let Some(last) = packed.last_mut() {
            let mut joined = last.clone();
            joined.push_str("\n\n");
            joined.push(block);
            if fits(&joined) {
                *last = joined;
                continue;
            }
        }
        packed.extend(split(block, longest, limits));
    }
    packed
}

/// The best place to cut: the longest beginning that fits, then back to a line's end or a space.
fn border(text: &StyledText, fits: &impl Fn(&StyledText) -> bool) -> usize {
    let ends: Vec<usize> = text
        .text
        .grapheme_indices(true)
        .map(|(start, grapheme)| start + grapheme.len())
        .collect();
    let fitting = ends.partition_point(|end| fits(&text.slice(0..*end)));
    // One character always goes, whatever the limit: otherwise nothing would.
    let longest = ends[fitting.max(1) - 1];
    let preferred = soft_border(&text.text, longest);
    outside_of_atoms(text, preferred)
}

fn soft_border(text: &str, longest: usize) -> usize {
    let head = &text[..longest];
    let at_border = text[longest..].starts_with(char::is_whitespace);
    if at_border && text[longest..].starts_with('\n') {
        return longest;
    }
    let after = |found: Option<usize>, near: usize| found.map(|at| at + 1).filter(|end| *end > near);
    // A line's end is worth more than a space: code and lists read badly when cut inside a line.
    after(head.rfind('\n'), longest / 4)
        .or(at_border.then_some(longest))
        .or_else(|| after(head.rfind(' '), longest / 2))
        .unwrap_or(longest)
}

/// Moves a border out of what must stay whole, unless that stands at the very beginning.
fn outside_of_atoms(text: &StyledText, border: usize) -> usize {
    text.spans
        .iter()
        .filter(|span| matches!(span.style, Style::Link(_) | Style::Mention(_) | Style::Code))
        .filter(|span| span.range.start > 0 && span.range.start < border && border < span.range.end)
        .map(|span| span.range.start)
        .min()
        .unwrap_or(border)
}

/// How much white space the next piece leaves out. Inside a code block only the line's end: indentation counts there.
fn leading_space(text: &StyledText, at: usize) -> usize {
    let rest = &text.text[at..];
    let in_code = text.spans.iter().any(|span| {
        matches!(span.style, Style::CodeBlock(_)) && span.range.start <= at && at < span.range.end
    });
    if in_code {
        return usize::from(rest.starts_with('\n') && !text.text[..at].ends_with('\n'));
    }
    rest.len() - rest.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::{pack, split};
    use crate::capabilities::{Markup, TextLimits, TextUnit};
    use crate::content::{Content, Style, StyledText, bold, link, text};

    fn limits(markup: Markup) -> TextLimits {
        TextLimits {
            message: 20,
            caption: 10,
            unit: TextUnit::Utf16,
            markup,
            spans: 100,
            headings: true,
        }
    }

    fn letters(pieces: &[StyledText]) -> String {
        pieces
            .iter()
            .flat_map(|piece| piece.text.chars())
            .filter(|c| !c.is_whitespace())
            .collect()
    }

    #[test]
    fn text_is_cut_between_words_and_nothing_is_lost() {
        let whole = StyledText::plain("the quick brown fox jumps over the lazy dog");
        let pieces = split(&whole, 20, &limits(Markup::Entities));
        let texts: Vec<&str> = pieces.iter().map(|piece| piece.text.as_str()).collect();
        assert_eq!(texts, ["the quick brown fox", "jumps over the lazy", "dog"]);
    }

    #[test]
    fn every_piece_fits_and_keeps_every_letter_for_any_text() {
        let alphabet = [
            "a",
            "*",
            "_",
            " ",
            "\n",
            "😀",
            "👨‍👩‍👧",
            "é",
            "`",
            "https://a.b/c_d",
            "|",
            "> ",
        ];
        let mut seed = 7_u64;
        for _ in 0..300 {
            let mut whole = StyledText::default();
            for _ in 0..60 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                whole.push_str(alphabet[(seed >> 33) as usize % alphabet.len()]);
            }
            for markup in [Markup::Entities, Markup::Markdown] {
                let limits = limits(markup);
                let pieces = split(&whole, 40, &limits);
                assert_eq!(
                    letters(&pieces),
                    letters(std::slice::from_ref(&whole)),
                    "seed {seed}"
                );
                for piece in &pieces {
                    assert!(limits.measure(piece) <= 40, "{piece:?} is too long (seed {seed})");
                }
            }
        }
    }

    #[test]
    fn a_style_goes_on_in_the_next_piece() {
        let block = Content::new()
            .paragraph(bold("one two three four five six"))
            .blocks[0]
            .to_styled();
        let pieces = split(&block, 15, &limits(Markup::Entities));
        assert!(pieces.len() > 1);
        for piece in pieces {
            assert_eq!(piece.spans.len(), 1);
            assert_eq!(piece.spans[0].style, Style::Bold);
            assert_eq!(piece.spans[0].range, 0..piece.text.len());
        }
    }

    #[test]
    fn a_link_stays_whole() {
        let block = Content::new()
            .paragraph([
                text("see the page "),
                link("of the project", "https://example.org"),
            ])
            .blocks[0]
            .to_styled();
        let pieces = split(&block, 20, &limits(Markup::Entities));
        assert_eq!(pieces[1].text, "of the project");
    }

    #[test]
    fn code_keeps_its_indentation_in_the_next_piece() {
        let block = Content::new().code_block("if a {\n    b();\n    c();\n}").blocks[0].to_styled();
        let pieces = split(&block, 14, &limits(Markup::Entities));
        assert_eq!(pieces[1].text, "    b();");
        assert!(
            pieces
                .iter()
                .all(|piece| matches!(piece.spans[0].style, Style::CodeBlock(_)))
        );
    }

    #[test]
    fn blocks_share_a_message_while_they_fit() {
        let blocks = ["one", "two", "a longer paragraph"].map(StyledText::plain);
        let packed = pack(&blocks, 20, &limits(Markup::Entities));
        let texts: Vec<&str> = packed.iter().map(|piece| piece.text.as_str()).collect();
        assert_eq!(texts, ["one\n\ntwo", "a longer paragraph"]);
    }
}
