//! A document as Markdown. Owns the text while it is written.

mod escape;

use crate::document::address::followed;
use crate::document::clean::{clean, pieces};
use crate::document::markdown::escape::{escaped, inline, line};
use crate::document::model::{Block, Document, Level, Reference, Run, Table, Words};

impl Document {
    /// The document as CommonMark, with tables as GitHub writes them. Texts are escaped: none of them becomes markup, a
    /// link, HTML or the beginning of a list. A mark like `[3]` leads to the address of its reference. Pictures show as
    /// their captions.
    pub fn markdown(&self) -> String {
        let mut writer = Writer {
            references: &self.references,
            ..Writer::default()
        };
        writer.front(self);
        for section in &self.sections {
            writer.heading(section.level, &section.heading);
            for block in &section.blocks {
                writer.block(block, &self.words);
            }
        }
        writer.references(&self.words);
        writer.text
    }
}

#[derive(Default)]
struct Writer<'a> {
    text: String,
    pictures: usize,
    references: &'a [Reference],
    /// Whether the last block was a list of points or of numbers.
    list: Option<List>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    Points,
    Numbers,
}

impl Writer<'_> {
    /// A block: lines that are set apart by empty lines.
    fn add(&mut self, block: &str) {
        if block.is_empty() {
            return;
        }
        self.list = None;
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(block);
        self.text.push('\n');
    }

    fn front(&mut self, document: &Document) {
        self.marked("# ", &clean(&document.title));
        self.add(&line(&escaped(&clean(&document.subtitle))));
        let made = [clean(&document.author), clean(&document.date)];
        let made: Vec<String> = made
            .iter()
            .filter(|text| !text.is_empty())
            .map(|text| escaped(text))
            .collect();
        self.add(&line(&made.join(" · ")));
    }

    fn marked(&mut self, mark: &str, words: &str) {
        if !words.is_empty() {
            self.add(&format!("{mark}{}", escaped(words)));
        }
    }

    /// The title is the first level, so that sections begin at the second.
    fn heading(&mut self, level: Level, words: &str) {
        let mark = match level {
            Level::One => "## ",
            Level::Two => "### ",
            Level::Three => "#### ",
        };
        self.marked(mark, &clean(words));
    }

    fn block(&mut self, block: &Block, words: &Words) {
        match block {
            Block::Paragraph(runs) => self.add(&line(&self.runs(runs))),
            Block::Bullets(points) => self.points(points, List::Points),
            Block::Numbers(points) => self.points(points, List::Numbers),
            Block::Quote { words, source } => self.quote(words, source),
            Block::Table(table) => self.table(table),
            Block::Picture { caption, .. } => {
                self.pictures += 1;
                let label = escaped(&format!("{} {}", clean(&words.figure), self.pictures));
                let caption = self.runs(caption);
                let colon = if caption.is_empty() { "" } else { ": " };
                self.add(&format!("**{}**{colon}{caption}", label.trim()));
            }
        }
    }

    fn points(&mut self, points: &[Vec<Run>], list: List) {
        let mut lines = Vec::new();
        for (index, point) in points.iter().enumerate() {
            let words = line(&self.runs(point));
            if !words.is_empty() {
                lines.push(match list {
                    List::Points => format!("- {words}"),
                    List::Numbers => format!("{}. {words}", index + 1),
                });
            }
        }
        self.lines(&lines, list);
    }

    fn lines(&mut self, lines: &[String], list: List) {
        if lines.is_empty() {
            return;
        }
        if self.list == Some(list) {
            // Two lists in a row would be read as one; a comment between them is the way that CommonMark names.
            self.add("<!-- -->");
        }
        self.add(&lines.join("\n"));
        self.list = Some(list);
    }

    fn quote(&mut self, words: &[Run], source: &[Run]) {
        let mut parts = vec![line(&self.runs(words))];
        let source = self.runs(source);
        if !source.is_empty() {
            parts.push(format!("— {source}"));
        }
        parts.retain(|part| !part.is_empty());
        let quoted: Vec<String> = parts.iter().map(|part| format!("> {part}")).collect();
        self.add(&quoted.join("\n>\n"));
    }

    fn table(&mut self, table: &Table) {
        let columns = table.rows.iter().map(Vec::len).chain([table.head.len()]).max();
        let columns = columns.unwrap_or(0);
        if columns == 0 {
            return;
        }
        let row = |cells: &[Vec<Run>]| {
            let mut written = String::from("|");
            for index in 0..columns {
                let words = cells.get(index).map_or_else(String::new, |cell| self.runs(cell));
                written.push_str(&format!(" {words} |"));
            }
            written
        };
        let mut lines = vec![row(&table.head), format!("|{}", " --- |".repeat(columns))];
        lines.extend(table.rows.iter().map(|cells| row(cells)));
        self.add(&lines.join("\n"));
    }

    fn references(&mut self, words: &Words) {
        if self.references.is_empty() {
            return;
        }
        self.heading(Level::One, &words.references);
        let read = clean(&words.read);
        let lines = self.references.iter().enumerate().map(|(index, reference)| {
            let number = index + 1;
            let said = line(&said_of(number, reference, &read));
            format!("{number}. {said}").trim_end().to_owned()
        });
        self.lines(&Vec::from_iter(lines), List::Numbers);
        let addresses = self
            .references
            .iter()
            .enumerate()
            .filter_map(|(index, reference)| {
                let address = followed(&reference.address)?;
                Some(format!("[{}]: {}", index + 1, escape::address(&address)))
            });
        self.add(&Vec::from_iter(addresses).join("\n"));
    }

    fn runs(&self, runs: &[Run]) -> String {
        let leads = |number: u32| {
            let index = usize::try_from(number).unwrap_or(usize::MAX).wrapping_sub(1);
            self.references
                .get(index)
                .is_some_and(|reference| followed(&reference.address).is_some())
        };
        inline(&pieces(runs), leads)
    }
}

/// Title, site and day of a reference.
fn said_of(number: usize, reference: &Reference, read: &str) -> String {
    let title = clean(&reference.title);
    let address = clean(&reference.address);
    let mut parts = Vec::new();
    if followed(&address).is_some() {
        let title = if title.is_empty() { &address } else { &title };
        parts.push(format!("[{}][{number}]", escaped(title)));
    } else {
        parts.extend(
            [title, address]
                .iter()
                .filter(|text| !text.is_empty())
                .map(|text| escaped(text)),
        );
    }
    let site = clean(&reference.site);
    if !site.is_empty() {
        parts.push(escaped(&site));
    }
    let day = clean(&reference.read);
    if !day.is_empty() {
        parts.push(escaped(format!("{read} {day}").trim()));
    }
    if parts.is_empty() {
        // A list without a number in between would count on wrongly.
        parts.push("—".to_owned());
    }
    parts.join(", ")
}
