//! Documents as the bot makes them. Owns no state.

use duologue_draw::Theme;
use duologue_draw::document::{Block, Document, Level, Run, Section, Table};

use crate::examples;

pub(crate) fn text(words: &str) -> Vec<Run> {
    vec![Run::plain(words)]
}

pub(crate) fn paragraph(words: &str) -> Block {
    Block::Paragraph(text(words))
}

pub(crate) fn section(level: Level, heading: &str, blocks: Vec<Block>) -> Section {
    let heading = heading.to_owned();
    Section {
        level,
        heading,
        blocks,
    }
}

fn table(head: &[&str], rows: &[&[&str]]) -> Block {
    let cells = |row: &[&str]| row.iter().map(|cell| text(cell)).collect();
    let head = cells(head);
    let rows = rows.iter().map(|row| cells(row)).collect();
    Block::Table(Table { head, rows })
}

/// A report with everything that a document can have, in German.
pub(crate) fn report() -> Document {
    let mut report: Document = serde_json::from_str(include_str!("report.json")).expect("it is a document");
    let blocks = report.sections.iter_mut().flat_map(|section| &mut section.blocks);
    for block in blocks {
        if let Block::Picture { bytes, .. } = block {
            *bytes = examples::estimate().draw(Theme::Light).png;
        }
    }
    report
}

/// A short note: no contents, no references.
pub(crate) fn note() -> Document {
    Document {
        title: "Notes of the meeting".to_owned(),
        date: "Tuesday, 24 November 2026".to_owned(),
        language: "en".to_owned(),
        sections: vec![
            section(
                Level::One,
                "",
                vec![paragraph(
                    "Ada, Grace and Edsger met for half an hour. They talked about the release and about lunch.",
                )],
            ),
            section(
                Level::Two,
                "Decided",
                vec![Block::Numbers(vec![
                    text("The release goes out on Thursday, not on Friday."),
                    vec![
                        Run::plain("Grace writes the "),
                        Run::bold("change log"),
                        Run::plain(" and asks everybody."),
                    ],
                ])],
            ),
            section(
                Level::Two,
                "Open",
                vec![
                    Block::Bullets(vec![text("Who brings the cake?"), text("A very short one")]),
                    table(&["Who", "Cakes"], &[&["Ada", "2"], &["Edsger", "10"]]),
                ],
            ),
        ],
        ..Document::default()
    }
}
