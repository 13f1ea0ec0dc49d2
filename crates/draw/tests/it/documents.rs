//! Documents as PDF: what a reader finds in them, by the tools of poppler where they are installed.

use std::io::Write as _;
use std::process::{Command, Stdio};

use duologue_draw::canvas::{Canvas, Colour};
use duologue_draw::document::{
    Block, Document, DocumentError, DocumentLimits, DocumentQuantity, Level, Pdf, Reference, Run, Table,
};
use duologue_draw::picture::{ImageError, ImageLimits, OutputFormat, apply, parse_ops};

use proptest::prelude::{ProptestConfig, Strategy, any, prop, prop_oneof};

use crate::papers::{paragraph, report, section, text};

fn pdf(document: &Document) -> Pdf {
    document
        .pdf(&DocumentLimits::default())
        .expect("a document within the limits")
}

fn of(blocks: Vec<Block>) -> Document {
    Document {
        title: "A document".to_owned(),
        sections: vec![section(Level::One, "", blocks)],
        ..Document::default()
    }
}

/// What one of poppler's tools says of a PDF, or nothing and a line if it is not installed.
fn poppler(tool: &str, arguments: &[&str], pdf: &Pdf) -> Option<String> {
    let tried = Command::new(tool)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut running) = tried else {
        // Not by a macro: the test runner would keep that line to itself.
        let _said = writeln!(
            std::io::stderr(),
            "SKIPPED: {tool} (poppler-utils) is not installed"
        );
        return None;
    };
    let mut input = running.stdin.take().expect("it was asked for");
    input.write_all(&pdf.bytes).expect("the tool reads all of it");
    drop(input);
    let done = running.wait_with_output().expect("it was started");
    assert!(done.status.success(), "{tool} cannot read it");
    Some(String::from_utf8(done.stdout).expect("poppler writes UTF-8"))
}

fn words_of(pdf: &Pdf) -> Option<String> {
    poppler("pdftotext", &["-", "-"], pdf)
}

/// The words of each page.
fn pages_of(pdf: &Pdf) -> Option<Vec<String>> {
    let words = words_of(pdf)?;
    let pages: Vec<String> = words
        .trim_end_matches('\u{C}')
        .split('\u{C}')
        .map(str::to_owned)
        .collect();
    assert_eq!(pages.len(), pdf.pages);
    Some(pages)
}

fn contains(pdf: &Pdf, bytes: &str) -> bool {
    pdf.bytes
        .windows(bytes.len())
        .any(|window| window == bytes.as_bytes())
}

fn sentences(count: usize) -> String {
    (0..count)
        .map(|number| format!("This is sentence {number} of a long paragraph. "))
        .collect()
}

#[test]
fn text_can_be_read_back_in_its_order() {
    let Some(words) = words_of(&pdf(&report())) else {
        return;
    };
    let mut rest = words.as_str();
    for expected in [
        "Wärme für den Winter",
        "Zusammengestellt von Duologue · 24. November 2026",
        "Inhalt",
        "Das Wichtigste in Kürze",
        "elf öffentliche Quellen",
        "Hälfte [3] und",
        "— Anna Öztürk",
        "Pufferspeicher",
        "700 000",
        "Abbildung 1: Eine Schätzung",
        "1. Zuerst den Bedarf messen",
        "Ελληνικά, Українська, Tiếng Việt, 😀 🔥",
        "漢字",
        "Quellen",
        "[1] Heizwärmebedarf",
        "https://example.org/wasser?a=1&b=2",
    ] {
        let at = rest
            .find(expected)
            .unwrap_or_else(|| panic!("{expected:?} is not in {rest}"));
        rest = &rest[at..];
    }
}

#[test]
fn a_reader_is_told_title_author_language_and_size() {
    let made = pdf(&report());
    assert!(contains(&made, "/Lang(de)"));
    let Some(info) = poppler("pdfinfo", &["-"], &made) else {
        return;
    };
    for line in [
        "Title:           Wärme für den Winter: Was saisonale Speicher leisten",
        "Author:          Zusammengestellt von Duologue",
        "Tagged:          yes",
        "Page size:       595.276 x 841.89 pts (A4)",
        &format!("Pages:           {}", made.pages),
    ] {
        assert!(info.contains(line), "{line} is not in {info}");
    }
}

#[test]
fn links_lead_to_addresses_and_nothing_else_does() {
    let made = pdf(&of(vec![Block::Paragraph(vec![
        Run::link("a page", "https://example.org/a?b=(c)"),
        Run::link("a program", "javascript:alert(1)"),
        Run::plain("https://example.org/plain"),
    ])]));
    assert!(contains(&made, "/URI(https://example.org/a?b=(c))"));
    assert!(!contains(&made, "javascript") && !contains(&made, "/plain"));
}

#[test]
fn headings_are_bookmarks_and_marks_lead_to_their_references() {
    let count = |made: &Pdf, bytes: &str| {
        made.bytes
            .windows(bytes.len())
            .filter(|window| *window == bytes.as_bytes())
            .count()
    };
    let made = pdf(&Document {
        sections: vec![
            section(
                Level::One,
                "First part",
                vec![Block::Paragraph(vec![
                    Run::Citation(1),
                    Run::Citation(2),
                    Run::Citation(0),
                ])],
            ),
            section(Level::Three, "Deep part", vec![]),
        ],
        references: vec![Reference::default()],
        ..Document::default()
    });
    for title in ["(First part)", "(Deep part)", "(References)"] {
        assert!(contains(&made, &format!("/Title{title}")), "{title}");
    }
    assert_eq!(count(&made, "/Subtype/Link"), 1, "one mark has a reference");
}

#[test]
fn contents_are_there_for_more_than_two_headings_and_give_their_pages() {
    let long = || vec![paragraph(&sentences(60))];
    let mut document = Document {
        sections: ["Alpha", "Beta", "Gamma"]
            .map(|name| section(Level::One, name, long()))
            .into(),
        ..Document::default()
    };
    let made = pdf(&document);
    if let Some(pages) = pages_of(&made) {
        assert!(pages[0].starts_with("Contents"), "{}", pages[0]);
        for name in ["Alpha", "Beta", "Gamma"] {
            let page = pages.iter().rposition(|page| page.contains(name)).unwrap() + 1;
            let listed = pages[0].split(name).nth(1).unwrap().trim_start();
            assert!(
                listed.starts_with(&page.to_string()),
                "{name} is on page {page}: {}",
                pages[0]
            );
        }
    }
    document.sections.pop();
    if let Some(words) = words_of(&pdf(&document)) {
        assert!(!words.contains("Contents"), "{words}");
    }
}

#[test]
fn every_page_has_its_number_and_all_but_the_first_the_title() {
    let made = pdf(&of(vec![paragraph(&sentences(200))]));
    assert!(made.pages > 2);
    let Some(pages) = pages_of(&made) else { return };
    for (index, page) in pages.iter().enumerate() {
        let flat = page.replace(' ', "");
        assert!(flat.contains(&format!("{}/{}", index + 1, made.pages)), "{page}");
        assert!(page.contains("A document"), "{page}");
    }
}

#[test]
fn a_long_paragraph_goes_over_pages_without_losing_a_word_or_leaving_a_line_alone() {
    // Each length moves the end of the paragraph, so that it falls on all places of a page.
    for count in 30..70 {
        let made = pdf(&of(vec![paragraph(&sentences(count)), paragraph(&sentences(25))]));
        let Some(pages) = pages_of(&made) else { return };
        let words = pages.concat().replace('\n', " ");
        for number in 0..count {
            assert!(
                words.contains(&format!("sentence {number} ")),
                "{number} of {count}"
            );
        }
        for page in &pages {
            let is_text = |line: &&str| line.len() > 3 && *line != "A document";
            let lines = page.lines().filter(is_text).count();
            assert!(lines != 1, "a line alone in {page}");
        }
    }
}

#[test]
fn a_heading_is_on_the_page_of_its_text() {
    for count in 30..70 {
        let mut document = of(vec![paragraph(&sentences(count))]);
        let next = section(
            Level::Two,
            "The next part",
            vec![paragraph("It begins here and goes on.")],
        );
        document.sections.push(next);
        let Some(pages) = pages_of(&pdf(&document)) else {
            return;
        };
        for page in pages {
            assert_eq!(
                page.contains("The next part"),
                page.contains("It begins here"),
                "{page}"
            );
        }
    }
}

#[test]
fn a_word_without_end_is_split_over_lines() {
    let word = "abcdefghij".repeat(200);
    let made = pdf(&of(vec![paragraph(&word)]));
    assert_eq!(made.missing, []);
    let Some(words) = words_of(&made) else { return };
    let flat: String = words.split_whitespace().collect();
    assert!(flat.contains(&word), "{words}");
    assert!(words.lines().all(|line| line.len() < 120));
}

#[test]
fn letters_that_no_font_has_are_reported_and_can_still_be_copied() {
    let made = pdf(&of(vec![paragraph(
        "Emoji 🎉 are there, 漢 and ש and 漢字 are not.",
    )]));
    assert_eq!(made.missing, ['ש', '字', '漢']);
    let Some(words) = words_of(&made) else { return };
    assert!(
        words.contains("🎉") && words.contains("漢 and") && words.contains("漢字"),
        "{words}"
    );
}

#[test]
fn a_document_without_anything_is_an_empty_page() {
    let empty = Document::default();
    let made = pdf(&empty);
    assert_eq!((made.pages, made.missing), (1, vec![]));
    assert_eq!(empty.markdown(), "");
    let blocks = vec![
        paragraph(" \n "),
        Block::Bullets(vec![vec![], text("")]),
        Block::Numbers(vec![]),
        Block::Quote {
            words: vec![],
            source: vec![],
        },
        Block::Table(Table::default()),
        Block::Table(Table {
            head: vec![],
            rows: vec![vec![], vec![vec![]]],
        }),
    ];
    assert_eq!(pdf(&of(blocks)).pages, 1);
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    assert!(pdf(&report()).bytes == pdf(&report()).bytes);
}

#[test]
fn a_long_table_has_its_head_on_each_page() {
    let rows = (0..120)
        .map(|row| vec![text(&format!("row {row}")), text(&row.to_string())])
        .collect();
    let head = vec![text("What it is"), text("Amount")];
    let made = pdf(&of(vec![Block::Table(Table { head, rows })]));
    assert!(made.pages > 2);
    let Some(pages) = pages_of(&made) else { return };
    assert!(pages.iter().all(|page| page.contains("What it is")), "{pages:?}");
}

#[test]
fn a_cell_that_is_higher_than_a_page_is_broken() {
    let rows = vec![vec![text(&sentences(300)), text("short")]];
    let made = pdf(&of(vec![Block::Table(Table { head: vec![], rows })]));
    assert!(made.pages > 2, "{}", made.pages);
}

#[test]
fn pictures_of_each_kind_and_size_fit_the_page() {
    let picture = |width, height| {
        Canvas::new(width, height, Colour::rgb(0x2457B8))
            .unwrap()
            .into_png()
    };
    let jpeg = apply(
        &[picture(300, 4000)],
        &parse_ops("jpeg").unwrap(),
        OutputFormat::Same,
        &ImageLimits::default(),
    );
    let pictures = [picture(10, 10), picture(3000, 200), jpeg.unwrap().bytes];
    let caption = || text("What is seen here");
    let blocks = pictures.map(|bytes| Block::Picture {
        bytes,
        caption: caption(),
    });
    let made = pdf(&of(blocks.into()));
    assert_eq!(made.pages, 1);
    assert_eq!(
        made.bytes
            .windows(14)
            .filter(|window| window == b"/Subtype/Image")
            .count(),
        3
    );
    let Some(words) = words_of(&made) else { return };
    assert!(words.contains("Figure 3: What is seen here"), "{words}");
}

#[test]
fn a_broken_picture_is_an_error_with_its_number() {
    let good = Canvas::new(10, 10, Colour::WHITE).unwrap().into_png();
    let blocks = [good, b"hello".to_vec()].map(|bytes| Block::Picture {
        bytes,
        caption: vec![],
    });
    let error = of(blocks.into()).pdf(&DocumentLimits::default()).unwrap_err();
    let (number, source) = (2, ImageError::NotAnImage);
    assert_eq!(error, DocumentError::Picture { number, source });
}

#[test]
fn what_is_more_than_the_limits_allow_is_refused() {
    let base = DocumentLimits::default;
    let picture = Block::Picture {
        bytes: vec![],
        caption: vec![],
    };
    let wide = Table {
        head: vec![vec![]; 13],
        rows: vec![],
    };
    for (what, most, limits, block) in [
        (
            DocumentQuantity::Text,
            100,
            DocumentLimits { text: 100, ..base() },
            paragraph(&"a".repeat(101)),
        ),
        (
            DocumentQuantity::Parts,
            3,
            DocumentLimits { parts: 3, ..base() },
            Block::Bullets(vec![vec![]; 3]),
        ),
        (DocumentQuantity::Columns, 12, base(), Block::Table(wide)),
        (
            DocumentQuantity::Pictures,
            0,
            DocumentLimits {
                pictures: 0,
                ..base()
            },
            picture,
        ),
        (
            DocumentQuantity::PictureBytes,
            4,
            DocumentLimits {
                picture_bytes: 4,
                ..base()
            },
            Block::Picture {
                bytes: b"hello".to_vec(),
                caption: vec![],
            },
        ),
        (
            DocumentQuantity::Pages,
            1,
            DocumentLimits { pages: 1, ..base() },
            paragraph(&sentences(200)),
        ),
    ] {
        let error = of(vec![block]).pdf(&limits).unwrap_err();
        assert_eq!(error, DocumentError::TooLarge { what, most });
    }
}

#[test]
fn documents_and_errors_cross_the_border_of_a_process() {
    let document = report();
    let json = serde_json::to_string(&document).unwrap();
    assert!(serde_json::from_str::<Document>(&json).unwrap() == document);
    let error = DocumentError::TooLarge {
        what: DocumentQuantity::Pages,
        most: 3,
    };
    let json = serde_json::to_string(&error).unwrap();
    assert_eq!(serde_json::from_str::<DocumentError>(&json).unwrap(), error);
    assert_eq!(
        error.to_string(),
        "too large: the number of pages may be 3 at most"
    );
}

fn any_runs() -> impl Strategy<Value = Vec<Run>> {
    let words = prop_oneof![
        "[a-z ]{0,40}".prop_map(String::from),
        "[a-zäß漢ש🎉 \u{200B}\u{AD}\u{301}\u{FE0F}]{0,12}".prop_map(String::from),
        any::<String>(),
    ];
    let run = prop_oneof![
        4 => words.clone().prop_map(Run::plain),
        1 => words.clone().prop_map(Run::bold),
        1 => words.clone().prop_map(Run::italic),
        1 => (words, any::<String>()).prop_map(|(words, end)| Run::link(words, format!("https://{end}"))),
        1 => any::<u32>().prop_map(Run::Citation),
    ];
    prop::collection::vec(run, 0..5)
}

fn any_block() -> impl Strategy<Value = Block> {
    let many = || prop::collection::vec(any_runs(), 0..5);
    prop_oneof![
        any_runs().prop_map(Block::Paragraph),
        many().prop_map(Block::Bullets),
        many().prop_map(Block::Numbers),
        (any_runs(), any_runs()).prop_map(|(words, source)| Block::Quote { words, source }),
        (many(), prop::collection::vec(many(), 0..5))
            .prop_map(|(head, rows)| Block::Table(Table { head, rows })),
    ]
}

proptest::proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_written_becomes_a_document(
        title in any::<String>(),
        language in any::<String>(),
        sections in prop::collection::vec((0..3_usize, any::<String>(), prop::collection::vec(any_block(), 0..6)), 0..6),
        reference in any::<String>(),
    ) {
        let levels = [Level::One, Level::Two, Level::Three];
        let sections = sections.into_iter().map(|(level, heading, blocks)| section(levels[level], &heading, blocks));
        let document = Document {
            title,
            language,
            sections: sections.collect(),
            references: vec![Reference { title: reference, ..Reference::default() }],
            ..Document::default()
        };
        let made = pdf(&document);
        proptest::prop_assert!(made.pages > 0 && made.bytes.starts_with(b"%PDF-1.7"));


    }
}
