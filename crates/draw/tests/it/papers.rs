//! Documents as the bot makes them. Owns no state.

use duologue_draw::Theme;
use duologue_draw::document::{Block, Document, Level, Reference, Run, Section, Table, Words};

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

fn reference(title: &str, site: &str, address: &str, read: &str) -> Reference {
    Reference {
        title: title.to_owned(),
        site: site.to_owned(),
        address: address.to_owned(),
        read: read.to_owned(),
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
    let chart = examples::estimate().draw(Theme::Light).png;
    let storage = "Wärmepumpen brauchen Strom, wenn es kalt ist, und Sonne liefert ihn, wenn es warm ist. Zwischen beiden \
        liegt kein Tag, sondern ein halbes Jahr. Ein Wasserspeicher von der Größe einer Garage überbrückt zwei Wochen; für \
        den Winter müsste er so groß sein wie das Haus selbst. ";
    let introduction = Block::Paragraph(vec![
        Run::plain(
            "Dieser Bericht fasst zusammen, was über saisonale Wärmespeicher bekannt ist. Er stützt sich auf ",
        ),
        Run::bold("elf öffentliche Quellen"),
        Run::plain(
            ", die am selben Tag gelesen wurden. Wo Quellen einander widersprechen, stehen beide Zahlen; was nur eine \
            Quelle sagt, ist ",
        ),
        Run::italic("als solches gekennzeichnet"),
        Run::plain(". Die wichtigste Zahl zuerst: Ein gut gedämmtes Haus verliert im Winter etwa 4 000 kWh "),
        Run::Citation(1),
        Run::plain(", und ein Kubikmeter Wasser speichert zwischen 90 °C und 30 °C rund 70 kWh "),
        Run::Citation(2),
        Run::plain(". Mehr dazu bei "),
        Run::link(
            "Wikipedia",
            "https://de.wikipedia.org/wiki/Saisonaler_W%C3%A4rmespeicher",
        ),
        Run::plain("."),
    ]);
    Document {
        title: "Wärme für den Winter: Was saisonale Speicher leisten".to_owned(),
        subtitle: "Ein Überblick für Hausbesitzer, ohne Werbung und mit nachprüfbaren Zahlen".to_owned(),
        author: "Zusammengestellt von Duologue".to_owned(),
        date: "24. November 2026".to_owned(),
        language: "de".to_owned(),
        words: Words {
            contents: "Inhalt".to_owned(),
            references: "Quellen".to_owned(),
            figure: "Abbildung".to_owned(),
            read: "gelesen am".to_owned(),
        },
        sections: vec![
            section(
                Level::One,
                "Das Wichtigste in Kürze",
                vec![
                    introduction,
                    Block::Bullets(vec![
                        text("Speicher aus Wasser sind billig, aber groß."),
                        vec![
                            Run::plain(
                                "Erdsonden speichern im Boden; sie verlieren im ersten Jahr bis zur Hälfte ",
                            ),
                            Run::Citation(3),
                            Run::plain(
                                " und erst nach drei bis fünf Jahren weniger, weil der Boden um sie herum sich erst \
                            erwärmen muss.",
                            ),
                        ],
                        text("Eis speichert viel auf kleinem Raum, liefert aber nur Wärme um 0 °C."),
                    ]),
                ],
            ),
            section(
                Level::One,
                "Wie Wärme gespeichert wird",
                vec![
                    paragraph(&storage.repeat(2)),
                    Block::Quote {
                        words: text(
                            "Der Speicher ist nie das Problem. Das Problem ist, dass niemand im August an den Januar denkt.",
                        ),
                        source: vec![
                            Run::plain("Anna Öztürk, Gespräch mit dem Energiemagazin "),
                            Run::Citation(2),
                        ],
                    },
                ],
            ),
            section(
                Level::Two,
                "Wasser",
                vec![
                    paragraph(&storage.repeat(3)),
                    table(
                        &["Speicher", "Größe (m³)", "Wärme (kWh)", "Anmerkung"],
                        &[
                            &[
                                "Pufferspeicher",
                                "0,8",
                                "56",
                                "In jedem Keller; reicht für einen Tag",
                            ],
                            &[
                                "Sonnenhaus",
                                "9,5",
                                "660",
                                "Zwei Stockwerke hoch, im Haus, und deshalb geht keine Wärme verloren",
                            ],
                            &["Erdbecken", "12 000", "700 000", "Für ein ganzes Dorf"],
                        ],
                    ),
                    paragraph(&storage.repeat(2)),
                ],
            ),
            section(
                Level::Two,
                "Boden und Gestein",
                vec![
                    paragraph(storage),
                    Block::Picture {
                        bytes: chart,
                        caption: vec![
                            Run::plain("Eine Schätzung nähert sich ihrem Wert. Die Daten stammen aus "),
                            Run::Citation(1),
                            Run::plain("."),
                        ],
                    },
                    paragraph(&storage.repeat(3)),
                ],
            ),
            section(
                Level::Three,
                "Was das kostet",
                vec![
                    paragraph(storage),
                    Block::Numbers(vec![
                        text("Zuerst den Bedarf messen, nicht schätzen."),
                        text("Dann dämmen: Was nicht verloren geht, muss nicht gespeichert werden."),
                        text("Erst danach Angebote einholen, mindestens drei."),
                    ]),
                ],
            ),
            section(
                Level::One,
                "Was offen bleibt",
                vec![
                    paragraph(
                        "Andere Schriften: Ελληνικά, Українська, Tiếng Việt, 😀 🔥. Nicht darstellbar: 漢字 und العربية.",
                    ),
                    paragraph(storage),
                ],
            ),
        ],
        references: vec![
            reference(
                "Heizwärmebedarf von Wohngebäuden 2025",
                "Umweltbundesamt",
                "https://www.umweltbundesamt.de/daten/private-haushalte-konsum/wohnen/energieverbrauch-privater-haushalte",
                "24.11.2026",
            ),
            reference(
                "Wie viel Wärme passt in Wasser?",
                "Energiemagazin",
                "https://example.org/wasser?a=1&b=2",
                "24.11.2026",
            ),
            reference(
                "Borehole Thermal Energy Storage: A Review",
                "",
                "https://example.org/btes",
                "23.11.2026",
            ),
        ],
    }
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
