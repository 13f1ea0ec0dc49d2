//! Documents as Markdown, read back by a parser of CommonMark.

use duologue_draw::document::{Block, Document, Level, Reference, Run, Style, Table};
use proptest::prelude::{ProptestConfig, Strategy, any, prop, prop_oneof};
use pulldown_cmark::{Event, LinkType, Options, Parser, Tag};

use crate::papers::{paragraph, report, section, text};

fn of(blocks: Vec<Block>) -> Document {
    Document {
        sections: vec![section(Level::One, "", blocks)],
        ..Document::default()
    }
}

/// All words, all addresses that links lead to, and the kinds of everything else that a reader finds.
#[derive(Debug, Default, PartialEq)]
struct Read {
    words: String,
    addresses: Vec<String>,
    kinds: Vec<String>,
}

fn read(markdown: &str) -> Read {
    let mut read = Read::default();
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_MATH
        | Options::ENABLE_GFM
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST;
    for event in Parser::new_ext(markdown, options) {
        match event {
            Event::Text(text) => read.words.push_str(&text),
            Event::Start(Tag::Link { dest_url, .. }) => read.addresses.push(dest_url.into_string()),
            Event::Start(Tag::Paragraph | Tag::Strong | Tag::Emphasis) | Event::End(_) => {}
            other => read.kinds.push(format!("{other:?}")),
        }
    }
    read
}

/// Texts that would be markup if they were not escaped.
const HOSTILE: &[&str] = &[
    "# not a heading",
    "- not a point",
    "+ not a point",
    "1. not counted",
    "12) not counted",
    "> not a quote",
    "---",
    "***",
    "===",
    "```sh",
    "~~~",
    "~~gone~~",
    "    indented",
    "`code`",
    "**loud** __loud__ *quiet* _quiet_",
    "[click](https://evil.example)",
    "[click][1]",
    "[click]",
    "[1]",
    "[1]: https://evil.example",
    "[^1]",
    "[ ] not a task",
    "![picture](https://evil.example/x.png)",
    "<https://evil.example>",
    "<script>alert(1)</script>",
    "<!-- hidden -->",
    "&lt;b&gt; &copy; &#35;",
    "\\[back\\slash\\](x)",
    "a | b | c",
    "| --- | --- |",
    "$x^2$ and $$y$$",
    ": not a definition",
    "line one  \nline two\n===\n\n# three",
    "{#id .class}",
    "](https://evil.example)",
    "`",
    "*",
    "_",
    "!",
];

/// A text as the document shows it.
fn shown(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn hostile_text_is_text_wherever_it_stands() {
    for words in HOSTILE {
        for runs in [
            text(words),
            vec![Run::bold(*words)],
            vec![Run::italic(*words)],
            vec![Run::plain("a "), Run::plain(*words)],
        ] {
            let before = if runs.len() > 1 { "a " } else { "" };
            let markdown = of(vec![Block::Paragraph(runs)]).markdown();
            let found = read(&markdown);
            assert_eq!(found.words, format!("{before}{}", shown(words)), "{markdown}");
            assert_eq!(
                (found.addresses.len(), found.kinds.len()),
                (0, 0),
                "{markdown} {found:?}"
            );
        }
    }
}

#[test]
fn hostile_text_is_text_in_every_part_of_a_document() {
    for words in HOSTILE {
        let one = |words: &str| vec![text(words)];
        let document = Document {
            title: (*words).to_owned(),
            subtitle: (*words).to_owned(),
            author: (*words).to_owned(),
            date: (*words).to_owned(),
            sections: vec![section(
                Level::Two,
                words,
                vec![
                    Block::Bullets(one(words)),
                    Block::Numbers(one(words)),
                    Block::Quote {
                        words: text(words),
                        source: text(words),
                    },
                    Block::Table(Table {
                        head: one(words),
                        rows: vec![one(words)],
                    }),
                    Block::Picture {
                        bytes: vec![],
                        caption: text(words),
                    },
                ],
            )],
            references: vec![Reference {
                title: (*words).to_owned(),
                site: (*words).to_owned(),
                address: "https://example.org/good".to_owned(),
                read: (*words).to_owned(),
            }],
            ..Document::default()
        };
        let markdown = document.markdown();
        let found = read(&markdown);
        let shown = shown(words);
        assert!(found.words.matches(&shown).count() >= 13, "{markdown}\n{found:?}");
        assert_eq!(found.addresses, ["https://example.org/good"], "{markdown}");
        let kinds = [
            "Heading",
            "List",
            "Item",
            "BlockQuote",
            "Table",
            "TableHead",
            "TableRow",
            "TableCell",
        ];
        for kind in &found.kinds {
            assert!(
                kinds
                    .iter()
                    .any(|known| kind.starts_with(&format!("Start({known}"))),
                "{kind} in {markdown}"
            );
        }
    }
}

#[test]
fn links_lead_where_they_should_and_nowhere_else() {
    let markdown = of(vec![Block::Paragraph(vec![
        Run::plain("Look!"),
        Run::link("a]b", "https://example.org/(x)?a=1&copy;=2"),
        Run::link("mean", "https://example.org/> <script>"),
        Run::link("worse", "javascript:alert(1)"),
    ])])
    .markdown();
    let found = read(&markdown);
    assert_eq!(found.words, "Look!a]bmeanworse");
    let expected = [
        "https://example.org/(x)?a=1&copy;=2",
        "https://example.org/%3E%20%3Cscript%3E",
    ];
    assert_eq!(found.addresses, expected, "{markdown}");
    assert_eq!(found.kinds, [""; 0], "{markdown}");
}

#[test]
fn marks_lead_to_the_addresses_of_their_references() {
    let mut document = of(vec![Block::Paragraph(vec![
        Run::plain("Said "),
        Run::Citation(1),
        Run::Citation(2),
        Run::plain("(and so on) "),
        Run::Citation(9),
    ])]);
    let reference = |address: &str| Reference {
        title: "Title".to_owned(),
        address: address.to_owned(),
        ..Reference::default()
    };
    document.references = vec![reference("https://example.org/one"), reference("an old book")];
    let markdown = document.markdown();
    assert!(
        markdown.starts_with("Said [[1]]\\[2\\](and so on) \\[9\\]\n"),
        "{markdown}"
    );
    assert!(
        markdown.ends_with("1. [Title][1]\n2. Title, an old book\n\n[1]: <https://example.org/one>\n"),
        "{markdown}"
    );
    let found = read(&markdown);
    assert_eq!(
        found.addresses,
        ["https://example.org/one", "https://example.org/one"]
    );
    assert!(found.words.starts_with("Said [1][2](and so on) [9]"), "{found:?}");
    let shortcut = Parser::new(&markdown).any(|event| {
        matches!(
            event,
            Event::Start(Tag::Link {
                link_type: LinkType::Shortcut,
                ..
            })
        )
    });
    assert!(shortcut);
}

#[test]
fn a_document_keeps_its_structure() {
    let found = read(&report().markdown());
    let count = |kind: &str| {
        found
            .kinds
            .iter()
            .filter(|found| found.starts_with(&format!("Start({kind}")))
            .count()
    };
    assert_eq!(count("Heading"), 8);
    assert_eq!((count("List"), count("Item")), (3, 9));
    assert_eq!(
        (
            count("BlockQuote"),
            count("Table {") + count("Table("),
            count("TableRow")
        ),
        (1, 1, 3)
    );
}

#[test]
fn two_lists_in_a_row_stay_two() {
    let list = || Block::Numbers(vec![text("one"), text("two")]);
    let markdown = of(vec![
        list(),
        paragraph(""),
        list(),
        Block::Bullets(vec![text("x")]),
    ])
    .markdown();
    let lists = read(&markdown)
        .kinds
        .iter()
        .filter(|kind| kind.starts_with("Start(List"))
        .count();
    assert_eq!(lists, 3, "{markdown}");
}

fn any_run() -> impl Strategy<Value = Run> {
    let signs = "[ a-c0-1.)(*_`~<>!&#\\[\\]|\\\\:/@$+=\n-]{0,8}";
    let letters = prop_oneof![signs.prop_map(String::from), any::<String>()];
    let style = prop_oneof![
        proptest::strategy::Just(Style::Plain),
        proptest::strategy::Just(Style::Bold),
        proptest::strategy::Just(Style::Italic)
    ];
    prop_oneof![
        6 => (letters.clone(), style).prop_map(|(words, style)| Run::Text { words, style }),
        1 => letters.prop_map(|words| Run::link(format!("x{words}"), "https://example.org/good")),
        1 => (0..3_u32).prop_map(Run::Citation),
    ]
}

proptest::proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_written_is_read_back(runs in prop::collection::vec(any_run(), 0..6)) {
        let mut document = of(vec![Block::Paragraph(runs.clone())]);
        let leads = runs.iter().filter(|run| matches!(run, Run::Link { .. } | Run::Citation(1))).count();
        let all: String = runs.iter().map(|run| match run {
            Run::Text { words, .. } | Run::Link { words, .. } => words.clone(),
            Run::Citation(number) => format!("[{number}]"),
        }).collect();
        let address = "https://example.org/good".to_owned();
        document.words.references = String::new();
        document.references = vec![Reference { title: "END".to_owned(), address, ..Reference::default() }];
        let markdown = document.markdown();
        let found = read(&markdown);
        // What is left out of every text, and which spaces are one, is told elsewhere.
        let only = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric() || letter.is_ascii_graphic()).collect::<String>();
        proptest::prop_assert_eq!(only(&found.words), format!("{}END", only(&all)), "{}", markdown);
        proptest::prop_assert_eq!(found.addresses.len(), leads + 1, "{}", markdown);
        proptest::prop_assert_eq!(found.kinds, ["Start(List(Some(1)))", "Start(Item)"], "{}", markdown);
    }
}
