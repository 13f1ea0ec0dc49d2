//! Content as messages: what goes where, what is lost, and Markdown.

use duologue_core::content::{
    Block, Button, Content, Fallback, Inline, Media, bold, code, italic, link, mention, spoiler, strike,
    text, underline,
};
use duologue_core::render::{Rendered, markdown, render};
use duologue_core::testing::capabilities;
use duologue_core::{Became, Capabilities, Loss, Markup, SendErrorKind, UserId};

fn rendered(content: &Content) -> Rendered {
    render(content, &capabilities()).expect("it can be shown")
}

fn as_markdown(content: &Content) -> String {
    markdown(&rendered(content).parts[0].text)
}

#[test]
fn styles_become_markdown() {
    let check = |inlines: Vec<Inline>, wanted: &str| {
        assert_eq!(as_markdown(&Content::new().paragraph(inlines)), wanted);
    };
    check(vec![bold("b"), text(" "), italic("i")], "**b** *i*");
    check(vec![underline("u"), strike("s"), spoiler("p")], "__u__~~s~~||p||");
    check(vec![bold(vec![text("a "), italic("b")])], "**a *b***");
    check(vec![code("x * y")], "`x * y`");
    check(vec![code("a ` b")], "`` a ` b ``");
    check(
        vec![link("the page", "https://a.b/c_(d)")],
        "[the page](https://a.b/c_(d%29)",
    );
    check(vec![mention(UserId::new("42"), "Anna"), text(" hi")], "<@42> hi");
}

#[test]
fn plain_words_stay_plain_words() {
    for (words, wanted) in [
        ("2 * 3 * 4", r"2 \* 3 \* 4"),
        ("snake_case_name", r"snake\_case\_name"),
        ("# not a heading", r"\# not a heading"),
        ("> not a quote", r"\> not a quote"),
        ("- not a list\n- nor this", "\\- not a list\n\\- nor this"),
        ("a - b > c # d", "a - b > c # d"),
        (
            "see https://a.b/c_d_e*f now_or_never",
            r"see https://a.b/c_d_e*f now\_or\_never",
        ),
        ("<@123> and <t:1>", r"\<@123> and \<t:1>"),
        ("||no spoiler||", r"\|\|no spoiler\|\|"),
    ] {
        assert_eq!(as_markdown(&Content::text(words)), wanted, "{words}");
    }
}

#[test]
fn blocks_become_markdown() {
    let check = |content: Content, wanted: &str| assert_eq!(as_markdown(&content), wanted);
    check(
        Content::new().heading("Title").paragraph("words"),
        "## Title\n\nwords",
    );
    check(
        Content::new().quote("one\ntwo").paragraph("after"),
        "> one\n> two\n\nafter",
    );
    check(Content::new().list(["one", "two"]), "• one\n• two");
    check(Content::new().numbered(["one", "two"]), "1. one\n2. two");
    check(Content::new().code_block("let x = 1;"), "```\nlet x = 1;\n```");
    let rust = Block::Code {
        language: Some("rust".into()),
        text: "a ``` b".to_owned(),
    };
    check(Content::new().block(rust), "```rust\na ``\u{200b}` b\n```");
}

#[test]
fn a_heading_becomes_bold_where_there_are_none_and_the_receipt_says_so() {
    let mut capabilities = capabilities();
    capabilities.text.headings = false;
    let rendered = render(&Content::new().heading("Title"), &capabilities).expect("it can be shown");
    assert_eq!(markdown(&rendered.parts[0].text), "**Title**");
    assert_eq!(
        rendered.losses,
        [Loss {
            what: "heading",
            became: Became::Simpler("bold")
        }]
    );
}

#[test]
fn a_block_can_have_a_rule_of_its_own() {
    let mut capabilities = capabilities();
    capabilities.text.headings = false;
    let with = |fallback| Content::text("words").heading("Title").or(fallback);
    let shown = |fallback, capabilities: &Capabilities| {
        render(&with(fallback), capabilities).map(|rendered| rendered.parts[0].text.text.clone())
    };
    assert_eq!(
        shown(Fallback::Strict, &capabilities),
        Err(SendErrorKind::Unsupported("headings"))
    );
    assert_eq!(shown(Fallback::Omit, &capabilities).as_deref(), Ok("words"));
    assert_eq!(
        shown(Fallback::Loose, &capabilities).as_deref(),
        Ok("words\n\nTitle")
    );
    assert_eq!(
        shown(Fallback::Alternative("TITLE".into()), &capabilities).as_deref(),
        Ok("words\n\nTITLE")
    );
    capabilities.text.headings = true;
    assert_eq!(
        shown(Fallback::Strict, &capabilities).as_deref(),
        Ok("words\n\nTitle")
    );
}

#[test]
fn text_stands_beside_a_file_where_it_fits_and_behind_it_where_not() {
    let photo = || Media::photo("a.png", vec![1, 2, 3]);
    let short = rendered(&Content::text("caption").media(photo()));
    assert_eq!(short.parts.len(), 1);
    assert_eq!(
        (short.parts[0].text.text.as_str(), short.parts[0].media.len()),
        ("caption", 1)
    );
    let long = rendered(&Content::text("x".repeat(2000)).media(photo()));
    assert_eq!(long.parts.len(), 2);
    assert!(long.parts[0].text.is_empty() && long.parts[1].media.is_empty());
    assert_eq!(long.parts[1].text.text.len(), 2000);
}

#[test]
fn files_are_grouped_and_buttons_find_a_message_that_can_hold_them() {
    let mut content = Content::text("all of them");
    for number in 0..12 {
        content = content.media(Media::document(format!("{number}.txt"), "x"));
    }
    let rendered = rendered(&content.buttons([Button::link("More", "https://example.org")]));
    let shape: Vec<(usize, &str, usize)> = rendered
        .parts
        .iter()
        .map(|part| (part.media.len(), part.text.text.as_str(), part.buttons.len()))
        .collect();
    assert_eq!(shape, [(10, "", 0), (2, "", 0), (0, "all of them", 1)]);
}

#[test]
fn buttons_over_the_limits_wrap_and_go_on_in_another_message() {
    let row = (0..27).map(|number| Button::command(format!("{number}"), "pick", format!("{number}")));
    let rendered = rendered(&Content::text("Pick").buttons(row));
    let shape: Vec<Vec<usize>> = rendered
        .parts
        .iter()
        .map(|part| part.buttons.iter().map(Vec::len).collect())
        .collect();
    assert_eq!(shape, [vec![5, 5, 5, 5, 5], vec![2]]);
    let long = self::rendered(&Content::text("Pick").buttons([Button::command("x".repeat(50), "pick", "")]));
    assert_eq!(long.parts[0].buttons[0][0].label.chars().count(), 40);
    assert_eq!(
        long.losses,
        [Loss {
            what: "button label",
            became: Became::Cut(40)
        }]
    );
}

#[test]
fn nothing_to_say_is_an_error_and_not_an_empty_message() {
    for content in [Content::new(), Content::text(""), Content::text(" \n ")] {
        assert!(matches!(
            render(&content, &capabilities()),
            Err(SendErrorKind::Refused(_))
        ));
    }
}

#[test]
fn markdown_counts_with_its_marks() {
    let mut capabilities = capabilities();
    capabilities.text.markup = Markup::Markdown;
    capabilities.text.message = 100;
    let rendered = render(&Content::text("*".repeat(150)), &capabilities).expect("it can be shown");
    assert_eq!(rendered.parts.len(), 3);
    for part in &rendered.parts {
        assert!(markdown(&part.text).chars().count() <= 100);
    }
}
